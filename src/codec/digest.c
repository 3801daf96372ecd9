/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "codec/digest.h"

struct digest {
	EVP_MD_CTX *ctx;
};

/* OpenSSL fails only without memory or with a broken set-up: no way on. */
static void
must(bool is_done)
{
	if (is_done)
		return;
	(void)fprintf(stderr, "level=error msg=\"OpenSSL cannot hash\"\n");
	abort();
}

static void
free_hook(void *arg)
{
	EVP_MD_CTX_free(arg);
}

struct digest *
digest_new(struct pool *pool, enum digest_kind kind)
{
	struct digest *digest = POOL_NEW(pool, struct digest);

	digest->ctx = EVP_MD_CTX_new();
	must(digest->ctx != NULL);
	pool_on_clear(pool, free_hook, digest->ctx);
	must(EVP_DigestInit_ex2(digest->ctx,
		 kind == DIGEST_MD5 ? EVP_md5() : EVP_sha256(), NULL) == 1);
	return digest;
}

void
digest_update(struct digest *digest, struct slice bytes)
{
	must(EVP_DigestUpdate(digest->ctx, bytes.data, bytes.len) == 1);
}

void
digest_finish(struct digest *digest, uint8_t *bytes_r)
{
	must(EVP_DigestFinal_ex(digest->ctx, bytes_r, NULL) == 1);
	must(EVP_DigestInit_ex2(digest->ctx, NULL, NULL) == 1);
}

void
sha256(struct slice bytes, uint8_t digest_r[SHA256_BYTES])
{
	must(EVP_Digest(bytes.data, bytes.len, digest_r, NULL, EVP_sha256(),
		 NULL) == 1);
}

void
hmac_sha256(struct slice key, struct slice bytes,
    uint8_t digest_r[SHA256_BYTES])
{
	size_t len;

	must(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.data, key.len,
		 (const unsigned char *)bytes.data, bytes.len, digest_r,
		 SHA256_BYTES, &len) != NULL);
	assert(len == SHA256_BYTES);
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
