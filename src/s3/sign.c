/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "codec/hex.h"
#include "codec/url.h"
#include "s3/sign_private.h"

enum { DAY_CHARS = 8 };

/* ---- string to sign, key, signature ---- */

static const char *
scope_text(struct pool *pool, const struct sign_scope *scope)
{
	char date[DATE_AMZ_CHARS + 1];

	date_amz(date, scope->now_secs);
	return pool_format(pool, "%.*s/%s/%s/aws4_request", DAY_CHARS, date,
	    scope->region, scope->service);
}

const char *
sign_string_to_sign(struct pool *pool, const struct sign_scope *scope,
    const char *canonical_request)
{
	char date[DATE_AMZ_CHARS + 1];
	uint8_t hash[SHA256_BYTES];

	date_amz(date, scope->now_secs);
	sha256(slice_str(canonical_request), hash);
	return pool_format(pool, SIGN_ALGORITHM "\n%s\n%s\n%s", date,
	    scope_text(pool, scope),
	    hex_encode(pool, slice_make(hash, sizeof(hash))));
}

void
sign_key_derive(struct sign_key *key_r, const char *secret_key,
    const struct sign_scope *scope)
{
	struct pool *pool = pool_new_secret();
	struct slice key = slice_make(key_r->bytes, sizeof(key_r->bytes));
	char date[DATE_AMZ_CHARS + 1];
	const char *first = pool_format(pool, "AWS4%s", secret_key);

	date_amz(date, scope->now_secs);
	hmac_sha256(slice_str(first), slice_make(date, DAY_CHARS),
	    key_r->bytes);
	hmac_sha256(key, slice_str(scope->region), key_r->bytes);
	hmac_sha256(key, slice_str(scope->service), key_r->bytes);
	hmac_sha256(key, slice_str("aws4_request"), key_r->bytes);
	pool_free(&pool);
}

const char *
sign_signature(struct pool *pool, const struct sign_key *key,
    const char *string_to_sign)
{
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(slice_make(key->bytes, sizeof(key->bytes)),
	    slice_str(string_to_sign), mac);
	return hex_encode(pool, slice_make(mac, sizeof(mac)));
}

/* ---- the key of the day ---- */

static void
cache_hook(void *arg)
{
	struct sign_key_cache *cache = arg;

	pool_free(&cache->pool);
	explicit_bzero(&cache->key, sizeof(cache->key));
	(void)pthread_mutex_destroy(&cache->mutex);
}

void
sign_key_cache_init(struct sign_key_cache *cache, struct pool *pool)
{
	*cache = (struct sign_key_cache){ .pool = pool_new_secret() };
	(void)pthread_mutex_init(&cache->mutex, NULL);
	pool_on_clear(pool, cache_hook, cache);
}

static bool
is_cached(const struct sign_key_cache *cache, const struct signer *signer,
    const char *day)
{
	return strcmp(cache->day, day) == 0 &&
	    strcmp(cache->secret_key, signer->credentials.secret_key) == 0 &&
	    strcmp(cache->region, signer->scope.region) == 0 &&
	    strcmp(cache->service, signer->scope.service) == 0;
}

static void
remember(struct sign_key_cache *cache, const struct signer *signer,
    const char *day)
{
	sign_key_derive(&cache->key, signer->credentials.secret_key,
	    &signer->scope);
	pool_clear(cache->pool);
	cache->secret_key = pool_strdup(cache->pool,
	    signer->credentials.secret_key);
	cache->region = pool_strdup(cache->pool, signer->scope.region);
	cache->service = pool_strdup(cache->pool, signer->scope.service);
	memcpy(cache->day, day, DAY_CHARS + 1);
}

static void
key_of(const struct signer *signer, struct sign_key *key_r)
{
	struct sign_key_cache *cache = signer->cache;
	char day[DATE_AMZ_CHARS + 1];

	if (cache == NULL) {
		sign_key_derive(key_r, signer->credentials.secret_key,
		    &signer->scope);
		return;
	}
	date_amz(day, signer->scope.now_secs);
	day[DAY_CHARS] = '\0';
	(void)pthread_mutex_lock(&cache->mutex);
	if (!is_cached(cache, signer, day))
		remember(cache, signer, day);
	*key_r = cache->key;
	(void)pthread_mutex_unlock(&cache->mutex);
}

/* ---- the whole ---- */

const char *
sign_credential(struct pool *pool, const struct signer *signer)
{
	return pool_format(pool, "%s/%s", signer->credentials.access_key,
	    scope_text(pool, &signer->scope));
}

const char *
sign_text(struct pool *pool, const struct signer *signer, const char *text)
{
	struct sign_key key;
	const char *signature;

	key_of(signer, &key);
	signature = sign_signature(pool, &key, text);
	explicit_bzero(&key, sizeof(key));
	return signature;
}

int
sign_lifetime(const struct signer *signer, int64_t wanted_secs,
    int64_t *secs_r, struct err *err)
{
	int64_t end_secs = signer->credentials.expires_secs;
	int64_t left_secs = end_secs - signer->scope.now_secs;

	if (wanted_secs < 1 || wanted_secs > SIGN_PRESIGN_SECS_MAX)
		return err_set(err, ERR_INVALID,
		    "what is presigned is valid for 1 to %d seconds",
		    SIGN_PRESIGN_SECS_MAX);
	if (end_secs != 0 && left_secs < 1)
		return err_set(err, ERR_UNAVAILABLE,
		    "the storage credentials have expired");
	*secs_r = end_secs != 0 && left_secs < wanted_secs ? left_secs :
							     wanted_secs;
	return 0;
}

int
sign_check_header(const struct sign_header *header, struct err *err)
{
	size_t len = strspn(header->name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	if (len == 0 || header->name[len] != '\0')
		return err_set(err, ERR_INVALID, "impossible header name");
	if (header->value == NULL)
		return 0;
	for (const char *c = header->value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == '\177')
			return err_set(err, ERR_INVALID,
			    "%.64s: control character", header->name);
	return 0;
}

static void
sign(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, const struct sign_canonical *canonical,
    struct sign_result *result_r)
{
	result_r->canonical_request = sign_canonical_text(pool, request,
	    canonical);
	result_r->signed_headers = canonical->names;
	result_r->string_to_sign = sign_string_to_sign(pool, &signer->scope,
	    result_r->canonical_request);
	result_r->signature = sign_text(pool, signer,
	    result_r->string_to_sign);
}

void
sign_with_header(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r)
{
	struct sign_canonical canonical = sign_canonical_headers(pool, request);

	*result_r = (struct sign_result){ .query = "" };
	canonical.query = sign_canonical_query(pool, request->query);
	sign(pool, signer, request, &canonical, result_r);
	result_r->authorization = pool_format(pool,
	    SIGN_ALGORITHM " Credential=%s, SignedHeaders=%s, Signature=%s",
	    sign_credential(pool, signer),
	    result_r->signed_headers, result_r->signature);
}

enum { PRESIGN_PARAMS = 7 };

/* The request's own parameters and what a presigned query holds beside them. */
static const char *
presign_query(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, const char *names,
    int64_t expires_secs)
{
	const char *token = signer->credentials.session_token;
	char date[DATE_AMZ_CHARS + 1];
	struct sign_param *params = pool_alloc_array(pool,
	    PRESIGN_PARAMS + sign_query_items(request->query), sizeof(*params));
	size_t count = 0;

	date_amz(date, signer->scope.now_secs);
	params[count++] = (struct sign_param){ "X-Amz-Algorithm", SIGN_ALGORITHM };
	params[count++] = (struct sign_param){ "X-Amz-Credential",
		url_encoded(pool, slice_str(sign_credential(pool, signer))) };
	params[count++] = (struct sign_param){ "X-Amz-Date",
		pool_strdup(pool, date) };
	params[count++] = (struct sign_param){ "X-Amz-Expires",
		pool_format(pool, "%lld", (long long)expires_secs) };
	params[count++] = (struct sign_param){ "X-Amz-SignedHeaders",
		url_encoded(pool, slice_str(names)) };
	if (token[0] != '\0')
		params[count++] = (struct sign_param){ "X-Amz-Security-Token",
			url_encoded(pool, slice_str(token)) };
	count += sign_query_split(pool, request->query, params + count);
	return sign_query_join(pool, params, count);
}

int
sign_presign(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r,
    struct err *err)
{
	struct sign_canonical canonical = sign_canonical_headers(pool, request);
	int64_t expires_secs;

	if (sign_lifetime(signer, request->expires_secs, &expires_secs, err) ==
	    -1)
		return -1;
	*result_r = (struct sign_result){ .authorization = "" };
	canonical.query = presign_query(pool, signer, request, canonical.names,
	    expires_secs);
	sign(pool, signer, request, &canonical, result_r);
	result_r->query = pool_format(pool, "%s&X-Amz-Signature=%s",
	    canonical.query, result_r->signature);
	return 0;
}
