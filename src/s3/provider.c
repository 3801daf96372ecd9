/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "codec/url.h"
#include "s3/provider.h"

enum { BULK_DELETE_MAX = 1000 };

/*
 * The payload hash of every request is checked by all of them, so a checksum
 * besides it is sent only where it is known to be welcome.  What a provider
 * merely claims about conditional writes is not believed: a look beforehand
 * is taken instead until S3_CONDITIONAL_WRITE says otherwise.
 */
/* clang-format off */
static const struct s3_profile profiles[S3_PROVIDER_COUNT] = {
	[S3_PROVIDER_AWS] = { .provider = S3_PROVIDER_AWS,
	    .name = "aws", .title = "Amazon S3",
	    .can_post = true, .can_write_conditionally = true,
	    .checksum = S3_CHECKSUM_SHA256, .acl = S3_ACL_NEVER,
	    .unsigned_headers = S3_UNSIGNED_REFUSED,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
	/* No POST Object (501), no policies; a custom domain is one bucket. */
	[S3_PROVIDER_R2] = { .provider = S3_PROVIDER_R2,
	    .name = "r2", .title = "Cloudflare R2",
	    .can_write_conditionally = true,
	    .has_bucket_hosts = true,
	    .checksum = S3_CHECKSUM_SHA256, .acl = S3_ACL_NEVER,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "auto" },
	/* CORS is a setting of the server, unfinished parts expire there. */
	[S3_PROVIDER_MINIO] = { .provider = S3_PROVIDER_MINIO,
	    .name = "minio", .title = "MinIO",
	    .can_post = true, .can_write_conditionally = true,
	    .checksum = S3_CHECKSUM_SHA256, .acl = S3_ACL_NEVER,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
	/* Objects are private unless the ACL comes, signed, with each. */
	[S3_PROVIDER_SPACES] = { .provider = S3_PROVIDER_SPACES,
	    .name = "spaces", .title = "DigitalOcean Spaces",
	    .can_post = true,
	    .checksum = S3_CHECKSUM_NONE, .acl = S3_ACL_SIGNED,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
	/* What it does about unsigned headers was measured with Ceph 16. */
	[S3_PROVIDER_CEPH] = { .provider = S3_PROVIDER_CEPH,
	    .name = "ceph", .title = "Ceph",
	    .can_post = true, .can_write_conditionally = true,
	    .checksum = S3_CHECKSUM_NONE, .acl = S3_ACL_NEVER,
	    .unsigned_headers = S3_UNSIGNED_FORBIDDABLE,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
	/* No POST Object (501), checksums are refused, rules are its own. */
	[S3_PROVIDER_B2] = { .provider = S3_PROVIDER_B2,
	    .name = "b2", .title = "Backblaze B2",
	    .checksum = S3_CHECKSUM_NONE, .acl = S3_ACL_NEVER,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
	/*
	 * No POST Object (412), a condition on PUT is refused (501); public
	 * buckets and CORS are a matter of its own interface.
	 */
	[S3_PROVIDER_SWIFT] = { .provider = S3_PROVIDER_SWIFT,
	    .name = "swift", .title = "OpenStack Swift",
	    .checksum = S3_CHECKSUM_NONE, .acl = S3_ACL_NEVER,
	    .unsigned_headers = S3_UNSIGNED_REFUSED,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
	[S3_PROVIDER_GENERIC] = { .provider = S3_PROVIDER_GENERIC,
	    .name = "generic", .title = "S3-compatible storage",
	    .can_post = true, .can_write_conditionally = true,
	    .checksum = S3_CHECKSUM_NONE, .acl = S3_ACL_NEVER,
	    .bulk_delete_max = BULK_DELETE_MAX,
	    .addressing = "auto", .region = "" },
};
/* clang-format on */

/* Hosts below these names; in front of a suffix there is always a label. */
static const struct {
	const char *suffix;
	enum s3_provider provider;
} suffixes[] = {
	{ ".amazonaws.com", S3_PROVIDER_AWS },
	{ ".amazonaws.com.cn", S3_PROVIDER_AWS },
	{ ".r2.cloudflarestorage.com", S3_PROVIDER_R2 },
	{ ".digitaloceanspaces.com", S3_PROVIDER_SPACES },
	{ ".backblazeb2.com", S3_PROVIDER_B2 },
};

/* Servers of one's own, by a whole label of their name. */
static const struct {
	const char *label;
	enum s3_provider provider;
} labels[] = {
	{ "minio", S3_PROVIDER_MINIO },
	{ "ceph", S3_PROVIDER_CEPH },
	{ "rgw", S3_PROVIDER_CEPH },
	{ "radosgw", S3_PROVIDER_CEPH },
	{ "swift", S3_PROVIDER_SWIFT },
};

const struct s3_profile *
s3_profile_find(const char *name)
{
	for (size_t i = 0; i < S3_PROVIDER_COUNT; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

/* *front_r: the host's labels in front of the suffix. */
static bool
take_suffix(struct slice host, const char *suffix, struct slice *front_r)
{
	if (!slice_has_suffix(host, suffix))
		return false;
	*front_r = slice_make(host.data, host.len - strlen(suffix));
	return front_r->len > 0;
}

static enum s3_provider
provider_of_host(struct slice host)
{
	struct slice rest = host, label;

	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++)
		if (take_suffix(host, suffixes[i].suffix, &label))
			return suffixes[i].provider;
	while (slice_next(&rest, '.', &label))
		for (size_t i = 0; i < ARRAY_COUNT(labels); i++)
			if (slice_eq_str(label, labels[i].label))
				return labels[i].provider;
	return S3_PROVIDER_GENERIC;
}

const struct s3_profile *
s3_profile_detect(struct pool *pool, const char *endpoint)
{
	struct err err = ERR_INIT;
	struct url url;

	if (endpoint[0] == '\0')
		return &profiles[S3_PROVIDER_AWS];
	/* Who opens the endpoint says what is wrong with it. */
	if (url_parse(pool, slice_str(endpoint), &url, &err) == -1)
		return &profiles[S3_PROVIDER_GENERIC];
	return &profiles[provider_of_host(slice_str(url.host))];
}

/* ---- regions ---- */

/* "us-west-004", "eu-central-1": three words, the last one a number. */
static bool
looks_like_region(struct slice label)
{
	struct slice rest = label, word, last = slice_make("", 0);
	size_t count = 0;

	while (slice_next(&rest, '-', &word)) {
		last = word;
		count++;
	}
	return count >= 3 && last.len > 0 && last.data[0] >= '0' &&
	    last.data[0] <= '9';
}

/*
 * "BUCKET.s3.dualstack.REGION" and its relatives: the region is the first
 * label after the last "s3" that looks like one; of old, "s3-REGION".
 */
static struct slice
region_after_s3(struct slice front)
{
	struct slice label, region = slice_make("", 0);
	bool is_after_s3 = false;

	while (slice_next(&front, '.', &label)) {
		if (slice_eq_str(label, "s3") ||
		    slice_has_prefix(label, "s3-")) {
			is_after_s3 = true;
			region = slice_from(label, strlen("s3-"));
			if (!looks_like_region(region))
				region.len = 0;
		} else if (is_after_s3 && region.len == 0 &&
		    looks_like_region(label)) {
			region = label;
		}
	}
	return region;
}

/* "SPACE.nyc3" and "SPACE.nyc3.cdn". */
static struct slice
region_of_spaces(struct slice front)
{
	struct slice label, region = slice_make("", 0);

	while (slice_next(&front, '.', &label))
		if (!slice_eq_str(label, "cdn"))
			region = label;
	return region;
}

static struct slice
region_of_host(enum s3_provider provider, struct slice host)
{
	struct slice front;

	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++) {
		if (suffixes[i].provider != provider ||
		    !take_suffix(host, suffixes[i].suffix, &front))
			continue;
		return provider == S3_PROVIDER_SPACES ?
		    region_of_spaces(front) :
		    region_after_s3(front);
	}
	return slice_make("", 0);
}

const char *
s3_profile_region(const struct s3_profile *profile, struct pool *pool,
    const char *endpoint)
{
	struct err err = ERR_INIT;
	struct slice region = slice_make("", 0);
	struct url url;

	if (profile->region[0] != '\0')
		return profile->region;
	if (url_parse(pool, slice_str(endpoint), &url, &err) == 0)
		region = region_of_host(profile->provider,
		    slice_str(url.host));
	return region.len == 0 ? "us-east-1" : slice_dup(pool, region);
}
