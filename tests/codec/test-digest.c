/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/digest.h"
#include "codec/hex.h"

/* FIPS 180-2 appendix B and RFC 1321 appendix A.5. */
static const struct {
	const char *text, *sha256, *md5;
} rows[] = {
	{ "",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "d41d8cd98f00b204e9800998ecf8427e" },
	{ "abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "900150983cd24fb0d6963f7d28e17f72" },
};

static void
assert_hex(struct pool *pool, const uint8_t *bytes, size_t len,
    const char *text)
{
	assert_string_equal(hex_encode(pool, slice_make(bytes, len)), text);
}

static void
test_one_shot(void **state)
{
	uint8_t digest[SHA256_BYTES];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		sha256(slice_str(rows[i].text), digest);
		assert_hex(*state, digest, sizeof(digest), rows[i].sha256);
	}
}

/* A digest starts anew after it is finished. */
static void
test_reuse(void **state)
{
	struct digest *sha = digest_new(*state, DIGEST_SHA256);
	struct digest *md5 = digest_new(*state, DIGEST_MD5);
	uint8_t digest[SHA256_BYTES];

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		digest_update(sha, slice_str(rows[i].text));
		digest_finish(sha, digest);
		assert_hex(*state, digest, SHA256_BYTES, rows[i].sha256);
		digest_update(md5, slice_str(rows[i].text));
		digest_finish(md5, digest);
		assert_hex(*state, digest, MD5_BYTES, rows[i].md5);
	}
}

static void
test_pieces(void **state)
{
	struct digest *digest = digest_new(*state, DIGEST_SHA256);
	uint8_t bytes[SHA256_BYTES];

	digest_update(digest, slice_str("a"));
	digest_update(digest, slice_str(""));
	digest_update(digest, slice_str("bc"));
	digest_finish(digest, bytes);
	assert_hex(*state, bytes, sizeof(bytes), rows[1].sha256);
}

/* RFC 4231 sections 4.2, 4.3, 4.7 and 4.8. */
static void
test_hmac(void **state)
{
	char long_key[131];
	const struct {
		struct slice key;
		const char *text, *mac;
	} macs[] = {
		{ slice_str("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
			    "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
		    "Hi There",
		    "b0344c61d8db38535ca8afceaf0bf12b"
		    "881dc200c9833da726e9376c2e32cff7" },
		{ slice_str("Jefe"), "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c7"
		    "5a003f089d2739839dec58b964ec3843" },
		{ slice_make(long_key, sizeof(long_key)),
		    "Test Using Larger Than Block-Size Key - Hash Key First",
		    "60e431591ee0b67f0d8a26aacbf5b77f"
		    "8e0bc6213728c5140546040f0ee37f54" },
		{ slice_make(long_key, sizeof(long_key)),
		    "This is a test using a larger than block-size key and a "
		    "larger than block-size data. The key needs to be hashed "
		    "before being used by the HMAC algorithm.",
		    "9b09ffa71b942fcb27635fbcd5b0e944"
		    "bfdc63644f0713938a7f51535c3a35e2" },
	};
	uint8_t mac[SHA256_BYTES];

	memset(long_key, 0xaa, sizeof(long_key));
	for (size_t i = 0; i < ARRAY_COUNT(macs); i++) {
		hmac_sha256(macs[i].key, slice_str(macs[i].text), mac);
		assert_hex(*state, mac, sizeof(mac), macs[i].mac);
	}
}

static void
test_hmac_empty(void **state)
{
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(slice_str(""), slice_str(""), mac);
	assert_hex(*state, mac, sizeof(mac),
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(digest_equal("abc", "abc", 3));
	assert_true(digest_equal("abc", "abd", 2));
	assert_false(digest_equal("abc", "abd", 3));
	assert_false(digest_equal("xbc", "abc", 3));
	assert_true(digest_equal("a", "b", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_one_shot),
		POOL_TEST(test_reuse),
		POOL_TEST(test_pieces),
		POOL_TEST(test_hmac),
		POOL_TEST(test_hmac_empty),
		POOL_TEST(test_equal),
	};

	return cmocka_run_group_tests_name("codec/digest", tests, NULL, NULL);
}
