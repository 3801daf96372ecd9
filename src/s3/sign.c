/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "codec/url.h"
#include "s3/sign.h"

/* More than a command line or a request of ours can make. */
enum { SIGN_TEXT_MAX = 16 * 1024 * 1024, DAY_CHARS = 8 };

/* ---- canonical request ---- */

static struct slice
decoded(struct pool *pool, struct slice text)
{
	struct slice plain;

	return url_decode(pool, text, &plain) ? plain : text;
}

const char *
sign_canonical_path(struct pool *pool, const char *path)
{
	if (path[0] == '\0')
		return "/";
	return url_encoded_path(pool, decoded(pool, slice_str(path)));
}

struct param {
	const char *name, *value; /* encoded */
};

static int
compare_params(const void *a, const void *b)
{
	const struct param *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	return order != 0 ? order : strcmp(p->value, q->value);
}

/* S3 takes "+" in a query for a space, so that is what must be signed. */
static const char *
canonical_param(struct pool *pool, struct slice text)
{
	char *copy = slice_dup(pool, text);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	return url_encoded(pool, decoded(pool, slice_make(copy, text.len)));
}

static size_t
split_query(struct pool *pool, const char *query, struct param **params_r)
{
	struct slice rest = slice_str(query), item;
	size_t count = 1;

	for (size_t i = 0; i < rest.len; i++)
		count += rest.data[i] == '&';
	*params_r = pool_alloc_array(pool, count, sizeof(**params_r));
	count = 0;
	while (slice_next(&rest, '&', &item)) {
		struct param *param = &(*params_r)[count];
		size_t equals = slice_find(item, '=');

		if (item.len == 0)
			continue;
		param->name = canonical_param(pool,
		    slice_make(item.data, equals));
		param->value = canonical_param(pool,
		    slice_from(item, equals + 1));
		count++;
	}
	return count;
}

const char *
sign_canonical_query(struct pool *pool, const char *query)
{
	struct param *params;
	size_t count = split_query(pool, query, &params);
	struct buf buf;

	qsort(params, count, sizeof(*params), compare_params);
	buf_init(&buf, pool, SIGN_TEXT_MAX);
	for (size_t i = 0; i < count; i++)
		(void)buf_format(&buf, "%s%s=%s", i == 0 ? "" : "&",
		    params[i].name, params[i].value);
	return buf.data;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *
sign_header_value(struct pool *pool, const char *value)
{
	char *text = pool_alloc(pool, strlen(value) + 1);
	size_t len = 0;

	for (; *value != '\0'; value++) {
		if (!is_space(*value))
			text[len++] = *value;
		else if (len > 0 && text[len - 1] != ' ')
			text[len++] = ' ';
	}
	if (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

struct line {
	const char *name, *value;
	size_t index; /* keeps the order of equal names */
};

static int
compare_lines(const void *a, const void *b)
{
	const struct line *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	if (order != 0)
		return order;
	return p->index < q->index ? -1 : 1;
}

static const char *
lower(struct pool *pool, const char *name)
{
	char *copy = pool_strdup(pool, name);

	for (char *c = copy; *c != '\0'; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	return copy;
}

static struct line *
sorted_lines(struct pool *pool, const struct sign_request *request)
{
	struct line *lines = pool_alloc_array(pool, request->header_count + 1,
	    sizeof(*lines));

	for (size_t i = 0; i < request->header_count; i++)
		lines[i] = (struct line){
			.name = lower(pool, request->headers[i].name),
			.value = sign_header_value(pool,
			    request->headers[i].value),
			.index = i
		};
	qsort(lines, request->header_count, sizeof(*lines), compare_lines);
	return lines;
}

/* Values of one name are joined by commas in the order they were given. */
static void
append_headers(struct buf *text, struct buf *names, const struct line *lines,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(lines[i].name, lines[i - 1].name) == 0) {
			(void)buf_format(text, ",%s", lines[i].value);
			continue;
		}
		(void)buf_format(text, "%s%s:%s", i == 0 ? "" : "\n",
		    lines[i].name, lines[i].value);
		(void)buf_format(names, "%s%s", i == 0 ? "" : ";",
		    lines[i].name);
	}
}

const char *
sign_canonical_request(struct pool *pool, const struct sign_request *request,
    const char **signed_headers_r)
{
	struct buf text, names;

	buf_init(&text, pool, SIGN_TEXT_MAX);
	buf_init(&names, pool, SIGN_TEXT_MAX);
	(void)buf_format(&text, "%s\n%s\n%s\n", request->method,
	    sign_canonical_path(pool, request->path),
	    sign_canonical_query(pool, request->query));
	append_headers(&text, &names, sorted_lines(pool, request),
	    request->header_count);
	(void)buf_format(&text, "\n\n%s\n%s", names.data,
	    request->payload_hash);
	*signed_headers_r = names.data;
	return text.data;
}

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
	for (const char *c = header->value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == '\177')
			return err_set(err, ERR_INVALID,
			    "%.64s: control character", header->name);
	return 0;
}

static void
sign(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r)
{
	result_r->canonical_request = sign_canonical_request(pool, request,
	    &result_r->signed_headers);
	result_r->string_to_sign = sign_string_to_sign(pool, &signer->scope,
	    result_r->canonical_request);
	result_r->signature = sign_text(pool, signer,
	    result_r->string_to_sign);
}

void
sign_with_header(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r)
{
	*result_r = (struct sign_result){ .query = "" };
	sign(pool, signer, request, result_r);
	result_r->authorization = pool_format(pool,
	    SIGN_ALGORITHM " Credential=%s, SignedHeaders=%s, Signature=%s",
	    sign_credential(pool, signer),
	    result_r->signed_headers, result_r->signature);
}

/* What a presigned query holds beside the request's own parameters. */
static const char *
presign_query(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, const char *signed_headers)
{
	const char *token = signer->credentials.session_token;
	const char *credential = sign_credential(pool, signer);
	char date[DATE_AMZ_CHARS + 1];
	struct buf buf;

	date_amz(date, signer->scope.now_secs);
	buf_init(&buf, pool, SIGN_TEXT_MAX);
	(void)buf_format(&buf,
	    "%s&X-Amz-Algorithm=" SIGN_ALGORITHM
	    "&X-Amz-Credential=%s&X-Amz-Date=%s&X-Amz-Expires=%lld"
	    "&X-Amz-SignedHeaders=%s",
	    request->query, url_encoded(pool, slice_str(credential)), date,
	    (long long)request->expires_secs,
	    url_encoded(pool, slice_str(signed_headers)));
	if (token[0] != '\0')
		(void)buf_format(&buf, "&X-Amz-Security-Token=%s",
		    url_encoded(pool, slice_str(token)));
	return sign_canonical_query(pool, buf.data);
}

int
sign_presign(struct pool *pool, const struct signer *signer,
    const struct sign_request *request, struct sign_result *result_r,
    struct err *err)
{
	struct sign_request with_query = *request;

	if (sign_lifetime(signer, request->expires_secs,
		&with_query.expires_secs, err) == -1)
		return -1;
	*result_r = (struct sign_result){ .authorization = "" };
	(void)sign_canonical_request(pool, request, &result_r->signed_headers);
	with_query.query = presign_query(pool, signer, &with_query,
	    result_r->signed_headers);
	sign(pool, signer, &with_query, result_r);
	result_r->query = pool_format(pool, "%s&X-Amz-Signature=%s",
	    with_query.query, result_r->signature);
	return 0;
}
