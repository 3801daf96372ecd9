/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "s3/provider.h"

static void
test_find(void **state)
{
	static const char *const names[] = { "aws", "r2", "minio", "spaces",
		"ceph", "b2", "swift", "generic" };
	static const char *const none[] = { "", "AWS", "auto", "aws ", "s3" };

	(void)state;
	assert_int_equal(ARRAY_COUNT(names), S3_PROVIDER_COUNT);
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		const struct s3_profile *profile = s3_profile_find(names[i]);

		assert_non_null(profile);
		assert_int_equal(profile->provider, i);
		assert_string_equal(profile->name, names[i]);
		assert_true(strlen(profile->title) > 3);
		assert_non_null(profile->addressing);
		assert_non_null(profile->region);
	}
	for (size_t i = 0; i < ARRAY_COUNT(none); i++)
		assert_null(s3_profile_find(none[i]));
}

/* What a wrong word here would break. */
static void
test_traits(void **state)
{
	static const struct {
		const char *name;
		bool can_post, can_write_conditionally;
		enum s3_checksum checksum;
		enum s3_acl acl;
	} rows[] = {
		{ "aws", true, true, S3_CHECKSUM_SHA256, S3_ACL_NEVER },
		{ "r2", false, true, S3_CHECKSUM_SHA256, S3_ACL_NEVER },
		{ "minio", true, true, S3_CHECKSUM_SHA256, S3_ACL_NEVER },
		{ "spaces", true, false, S3_CHECKSUM_NONE, S3_ACL_SIGNED },
		{ "ceph", true, true, S3_CHECKSUM_NONE, S3_ACL_NEVER },
		{ "b2", false, false, S3_CHECKSUM_NONE, S3_ACL_NEVER },
		{ "swift", false, false, S3_CHECKSUM_NONE, S3_ACL_NEVER },
		{ "generic", true, true, S3_CHECKSUM_NONE, S3_ACL_NEVER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct s3_profile *p = s3_profile_find(rows[i].name);

		assert_int_equal(p->can_post, rows[i].can_post);
		assert_int_equal(p->can_write_conditionally,
		    rows[i].can_write_conditionally);
		assert_int_equal(p->checksum, rows[i].checksum);
		assert_int_equal(p->acl, rows[i].acl);
		assert_int_equal(p->has_bucket_hosts,
		    p->provider == S3_PROVIDER_R2);
	}
}

static void
test_detect(void **state)
{
	static const struct {
		const char *endpoint, *name;
	} rows[] = {
		{ "", "aws" },
		{ "https://s3.amazonaws.com", "aws" },
		{ "https://s3.eu-central-1.amazonaws.com", "aws" },
		{ "https://S3.EU-central-1.AmazonAWS.com:443/", "aws" },
		{ "https://s3.cn-north-1.amazonaws.com.cn", "aws" },
		{ "https://shop.s3.us-east-2.amazonaws.com", "aws" },
		{ "https://0123abcd.r2.cloudflarestorage.com", "r2" },
		{ "https://0123abcd.eu.r2.cloudflarestorage.com/", "r2" },
		{ "https://0123abcd.fedramp.r2.cloudflarestorage.com", "r2" },
		{ "https://nyc3.digitaloceanspaces.com", "spaces" },
		{ "https://shop.nyc3.digitaloceanspaces.com", "spaces" },
		{ "https://s3.us-west-004.backblazeb2.com", "b2" },
		{ "http://minio:9000", "minio" },
		{ "https://minio.example.com", "minio" },
		{ "https://files.minio.example.com", "minio" },
		{ "http://ceph.lan", "ceph" },
		{ "http://rgw:8080", "ceph" },
		{ "http://radosgw.example.com", "ceph" },
		{ "https://swift.example.com:8080", "swift" },
		{ "http://127.0.0.1:9000", "generic" },
		{ "http://[::1]:9000", "generic" },
		{ "https://s3.example.com", "generic" },
		/* Nearly a name of theirs. */
		{ "https://evil-amazonaws.com", "generic" },
		{ "https://amazonaws.com", "generic" },
		{ "https://.amazonaws.com", "generic" },
		{ "https://s3.amazonaws.com.evil.example", "generic" },
		{ "https://s3.amazonaws.com.", "generic" },
		{ "https://s3.amazonaws.com@evil.example", "generic" },
		{ "https://evil.example/s3.amazonaws.com", "generic" },
		{ "https://evil.example?.amazonaws.com", "generic" },
		{ "https://evil.example#.amazonaws.com", "generic" },
		{ "https://evil.example:9000.amazonaws.com", "generic" },
		{ "https://s3.amazonaws.com%00.evil.example", "generic" },
		{ "https://r2.cloudflarestorage.com", "generic" },
		{ "https://x.r2-cloudflarestorage.com", "generic" },
		{ "https://xdigitaloceanspaces.com", "generic" },
		{ "https://backblazeb2.com.example", "generic" },
		{ "https://minio-console.example.com", "generic" },
		{ "https://myceph.example.com", "generic" },
		{ "https://swiftly.example.com", "generic" },
		{ "https://example.com/minio", "generic" },
		{ "ftp://minio", "generic" },
		{ "minio:9000", "generic" },
		{ "https://", "generic" },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct s3_profile *profile = s3_profile_detect(pool,
		    rows[i].endpoint);

		if (strcmp(profile->name, rows[i].name) != 0)
			fail_msg("%s: %s", rows[i].endpoint, profile->name);
	}
}

static void
test_region(void **state)
{
	static const struct {
		const char *provider, *endpoint, *region;
	} rows[] = {
		{ "aws", "", "us-east-1" },
		{ "aws", "https://s3.amazonaws.com", "us-east-1" },
		{ "aws", "https://s3.eu-central-1.amazonaws.com",
		    "eu-central-1" },
		{ "aws", "https://s3-us-gov-west-1.amazonaws.com",
		    "us-gov-west-1" },
		{ "aws", "https://s3-external-1.amazonaws.com", "us-east-1" },
		{ "aws", "https://s3-accelerate.amazonaws.com", "us-east-1" },
		{ "aws", "https://s3.dualstack.ap-south-1.amazonaws.com",
		    "ap-south-1" },
		{ "aws", "https://s3-fips.us-west-2.amazonaws.com",
		    "us-west-2" },
		{ "aws", "https://s3.cn-north-1.amazonaws.com.cn",
		    "cn-north-1" },
		{ "aws", "https://my-shop-1.s3.sa-east-1.amazonaws.com",
		    "sa-east-1" },
		{ "aws", "https://my-shop-1.s3.amazonaws.com", "us-east-1" },
		{ "aws", "https://s3.s3.us-west-1.amazonaws.com", "us-west-1" },
		{ "aws", "https://b.vpce-1-2-3.s3.eu-west-3.vpce.amazonaws.com",
		    "eu-west-3" },
		{ "aws", "https://my-shop-1.amazonaws.com", "us-east-1" },
		{ "aws", "http://127.0.0.1:9000", "us-east-1" },
		{ "r2", "https://0123.r2.cloudflarestorage.com", "auto" },
		{ "r2", "http://127.0.0.1:9000", "auto" },
		{ "spaces", "https://nyc3.digitaloceanspaces.com", "nyc3" },
		{ "spaces", "https://shop.ams3.digitaloceanspaces.com",
		    "ams3" },
		{ "spaces", "https://shop.ams3.cdn.digitaloceanspaces.com",
		    "ams3" },
		{ "spaces", "https://files.example.com", "us-east-1" },
		{ "b2", "https://s3.us-west-004.backblazeb2.com",
		    "us-west-004" },
		{ "b2", "https://shop.s3.eu-central-003.backblazeb2.com:443",
		    "eu-central-003" },
		{ "b2", "https://f004.backblazeb2.com", "us-east-1" },
		{ "minio", "http://minio.eu-west-1.example.com", "us-east-1" },
		{ "ceph", "http://ceph", "us-east-1" },
		{ "generic", "no url", "us-east-1" },
		{ "generic", "https://s3.eu-west-1.amazonaws.com",
		    "us-east-1" },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *region = s3_profile_region(
		    s3_profile_find(rows[i].provider), pool, rows[i].endpoint);

		if (strcmp(region, rows[i].region) != 0)
			fail_msg("%s: %s", rows[i].endpoint, region);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_traits),
		POOL_TEST(test_detect),
		POOL_TEST(test_region),
	};

	return cmocka_run_group_tests_name("s3/provider", tests, NULL, NULL);
}
