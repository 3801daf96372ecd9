/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "codec/url.h"
#include "s3/verify_private.h"

#define BAD_QUERY "AuthorizationQueryParametersError"

enum {
	QUERY_MAX = 16 * 1024,
	PARAMS_MAX = 64,
	SIGNED_MAX = 32,
	EARLY_SECS = 15 * 60 /* what clocks may differ by */
};

/* ---- who has signed ---- */

int
verify_claim_parse(struct pool *pool, const struct s3_verify_keys *keys,
    const char *code, struct verify_claim *claim, struct err *err)
{
	char again[DATE_AMZ_CHARS + 1];
	struct slice credential = slice_str(claim->credential);
	const char *end;

	if (strcmp(claim->algorithm, SIGN_ALGORITHM) != 0)
		return err_set_code(err, ERR_INVALID, code,
		    "the algorithm is not " SIGN_ALGORITHM);
	if (!date_parse_amz(slice_str(claim->date), &claim->scope.now_secs))
		return err_set_code(err, ERR_INVALID, code,
		    "X-Amz-Date is not like 20130524T000000Z");
	/* A leap second is signed as another one. */
	date_amz(again, claim->scope.now_secs);
	if (strcmp(again, claim->date) != 0)
		return err_set_code(err, ERR_INVALID, code,
		    "X-Amz-Date cannot be signed");
	claim->scope.region = keys->region;
	claim->scope.service = "s3";
	end = pool_format(pool, "/%.8s/%s/s3/aws4_request", claim->date,
	    keys->region);
	if (!slice_has_suffix(credential, end))
		return err_set_code(err, ERR_INVALID, code,
		    "the credential does not end in %s", end);
	credential.len -= strlen(end);
	claim->access_key = slice_dup(pool, credential);
	if (strlen(claim->signature) != SIGN_SIGNATURE_CHARS)
		return err_set_code(err, ERR_INVALID, code,
		    "the signature is not of %d digits", SIGN_SIGNATURE_CHARS);
	return 0;
}

static bool
has_signed(struct pool *pool, const struct sign_credentials *pair,
    const struct verify_claim *claim, const char *string_to_sign)
{
	const struct signer signer = { .credentials = *pair,
		.scope = claim->scope };

	return digest_equal(sign_text(pool, &signer, string_to_sign),
	    claim->signature, SIGN_SIGNATURE_CHARS);
}

static int
check_pair(const struct sign_credentials *pair, const char *token,
    int64_t now_secs, struct err *err)
{
	if (strcmp(pair->session_token, token) != 0)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the session token is another one");
	if (pair->expires_secs != 0 && now_secs >= pair->expires_secs)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the credentials have expired");
	return 0;
}

int
verify_claim(struct pool *pool, const struct s3_verify_keys *keys,
    const struct verify_claim *claim, const char *string_to_sign,
    struct err *err)
{
	bool is_known = false;

	for (size_t i = 0; i < keys->count; i++) {
		const struct sign_credentials *pair = &keys->pairs[i];

		if (strcmp(pair->access_key, claim->access_key) != 0)
			continue;
		is_known = true;
		if (has_signed(pool, pair, claim, string_to_sign))
			return check_pair(pair, claim->token, keys->now_secs,
			    err);
	}
	if (!is_known)
		return err_set_code(err, ERR_DENIED, "InvalidAccessKeyId",
		    "the access key is unknown");
	return err_set_code(err, ERR_DENIED, "SignatureDoesNotMatch",
	    "the signature is not that of the request");
}

/* ---- the query ---- */

enum param {
	ALGORITHM,
	CREDENTIAL,
	DATE,
	EXPIRES,
	SIGNED_HEADERS,
	SIGNATURE,
	TOKEN,
	PARAM_COUNT
};

static const char *const param_names[PARAM_COUNT] = {
	[ALGORITHM] = "X-Amz-Algorithm",
	[CREDENTIAL] = "X-Amz-Credential",
	[DATE] = "X-Amz-Date",
	[EXPIRES] = "X-Amz-Expires",
	[SIGNED_HEADERS] = "X-Amz-SignedHeaders",
	[SIGNATURE] = "X-Amz-Signature",
	[TOKEN] = "X-Amz-Security-Token",
};

struct query {
	const char *values[PARAM_COUNT]; /* "" when absent */
	struct slice names[PARAMS_MAX];	 /* decoded, of all parameters */
	size_t count;
	struct buf signed_part; /* all but the signature */
};

bool
s3_verify_is_presigned(struct slice query)
{
	struct slice item;

	while (slice_next(&query, '&', &item)) {
		item.len = slice_find(item, '=');
		if (slice_eq_case(item, param_names[SIGNATURE]))
			return true;
	}
	return false;
}

static bool
has_amz_prefix(struct slice name)
{
	static const char prefix[] = "x-amz-";

	return name.len >= strlen(prefix) &&
	    slice_eq_case(slice_make(name.data, strlen(prefix)), prefix);
}

static bool
decode(struct pool *pool, struct slice text, struct slice *plain_r)
{
	char *copy = slice_dup(pool, text);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	return url_decode(pool, slice_make(copy, text.len), plain_r) &&
	    slice_find(*plain_r, '\0') == plain_r->len;
}

/*
 * Only the parameters that we issue, spelled as we spell them: what a reader
 * of the query might take for one of them is refused.
 */
static int
take_amz(struct query *query, struct slice name, const char *value,
    enum param *param_r, struct err *err)
{
	for (int i = 0; i < PARAM_COUNT; i++) {
		if (!slice_eq_str(name, param_names[i]))
			continue;
		query->values[i] = value;
		*param_r = (enum param)i;
		return 0;
	}
	return err_set_code(err, ERR_INVALID, BAD_QUERY,
	    "unknown X-Amz parameter");
}

static int
take_param(struct pool *pool, struct query *query, struct slice item,
    struct err *err)
{
	size_t equals = slice_find(item, '=');
	enum param param = PARAM_COUNT;
	struct slice name, value;

	if (query->count == PARAMS_MAX)
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "too many query parameters");
	if (!decode(pool, slice_make(item.data, equals), &name) ||
	    !decode(pool, slice_from(item, equals + 1), &value))
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "badly encoded query parameter");
	for (size_t i = 0; i < query->count; i++)
		if (slice_eq(query->names[i], name))
			return err_set_code(err, ERR_INVALID, BAD_QUERY,
			    "a query parameter comes twice");
	query->names[query->count++] = name;
	if (has_amz_prefix(name) &&
	    take_amz(query, name, slice_dup(pool, value), &param, err) == -1)
		return -1;
	if (param == SIGNATURE)
		return 0;
	if (query->signed_part.len > 0)
		(void)buf_char(&query->signed_part, '&');
	(void)buf_slice(&query->signed_part, item);
	return 0;
}

static int
parse_query(struct pool *pool, struct slice text, struct query *query,
    struct err *err)
{
	struct slice item;

	if (text.len > QUERY_MAX)
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "the query is longer than %d bytes", QUERY_MAX);
	*query = (struct query){ .count = 0 };
	for (int i = 0; i < PARAM_COUNT; i++)
		query->values[i] = "";
	buf_init(&query->signed_part, pool, QUERY_MAX);
	while (slice_next(&text, '&', &item))
		if (item.len > 0 && take_param(pool, query, item, err) == -1)
			return -1;
	return 0;
}

static int
parse_claim(struct pool *pool, const struct s3_verify_keys *keys,
    const struct query *query, struct verify_claim *claim_r, struct err *err)
{
	*claim_r = (struct verify_claim){
		.algorithm = query->values[ALGORITHM],
		.credential = query->values[CREDENTIAL],
		.date = query->values[DATE],
		.token = query->values[TOKEN],
		.signature = query->values[SIGNATURE]
	};
	return verify_claim_parse(pool, keys, BAD_QUERY, claim_r, err);
}

/* ---- the headers ---- */

struct signed_headers {
	struct sign_header items[SIGNED_MAX];
	size_t count;
};

static const char *
find_signed(const struct signed_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++)
		if (slice_eq_case(slice_str(headers->items[i].name), name))
			return headers->items[i].value;
	return NULL;
}

static int
take_signed(const struct s3_verify_request *request, const char *name,
    struct signed_headers *headers, struct err *err)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t count = headers->count, len = strspn(name, chars);
	const char *value;

	if (count == SIGNED_MAX || len == 0 || name[len] != '\0' ||
	    (count > 0 && strcmp(headers->items[count - 1].name, name) >= 0))
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "X-Amz-SignedHeaders is not a sorted list of names");
	value = request->header(request->arg, name);
	if (value == NULL)
		return err_set_code(err, ERR_DENIED, "SignatureDoesNotMatch",
		    "the signed header %.64s is missing", name);
	headers->items[headers->count++] = (struct sign_header){ name, value };
	return 0;
}

static int
parse_headers(struct pool *pool, const struct s3_verify_request *request,
    const char *list, struct signed_headers *headers_r, struct err *err)
{
	struct slice rest = slice_str(list), name;

	headers_r->count = 0;
	while (slice_next(&rest, ';', &name))
		if (take_signed(request, slice_dup(pool, name), headers_r,
			err) == -1)
			return -1;
	if (find_signed(headers_r, "host") == NULL)
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "Host is not among the signed headers");
	return 0;
}

/* As AWS does: such a header would change the object unasked. */
static int
check_unsigned(const struct s3_verify_request *request,
    const struct signed_headers *headers, struct err *err)
{
	for (size_t i = 0; i < request->amz_header_count; i++)
		if (find_signed(headers, request->amz_headers[i]) == NULL)
			return err_set_code(err, ERR_DENIED, "AccessDenied",
			    "%.64s came and is not signed",
			    request->amz_headers[i]);
	return 0;
}

/* ---- the whole ---- */

static int
check_time(const struct verify_claim *claim, int64_t expires_secs,
    int64_t now_secs, struct err *err)
{
	int64_t begin_secs = claim->scope.now_secs;

	if (begin_secs > now_secs + EARLY_SECS)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the request is not yet valid");
	if (now_secs >= begin_secs + expires_secs)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the request has expired");
	return 0;
}

static const char *
string_to_sign(struct pool *pool, const struct s3_verify_request *request,
    const struct query *query, const struct signed_headers *headers,
    const struct sign_scope *scope)
{
	const char *hash = find_signed(headers, "x-amz-content-sha256"), *names;
	const struct sign_request signed_request = {
		.method = request->method,
		.path = request->path,
		.query = query->signed_part.data,
		.headers = headers->items,
		.header_count = headers->count,
		.payload_hash = hash == NULL ? SIGN_UNSIGNED_PAYLOAD :
					       sign_header_value(pool, hash)
	};

	return sign_string_to_sign(pool, scope,
	    sign_canonical_request(pool, &signed_request, &names));
}

int
s3_verify_presigned(struct pool *pool, const struct s3_verify_keys *keys,
    const struct s3_verify_request *request, struct err *err)
{
	struct query *query = POOL_NEW(pool, struct query);
	struct signed_headers headers;
	struct verify_claim claim;
	int64_t expires_secs;
	struct slice path;

	if (parse_query(pool, request->query, query, err) == -1 ||
	    parse_claim(pool, keys, query, &claim, err) == -1)
		return -1;
	if (!num_parse_i64(slice_str(query->values[EXPIRES]),
		SIGN_PRESIGN_SECS_MAX, &expires_secs) || expires_secs == 0)
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "X-Amz-Expires is not 1 to %d", SIGN_PRESIGN_SECS_MAX);
	if (!url_decode(pool, slice_str(request->path), &path))
		return err_set_code(err, ERR_INVALID, BAD_QUERY,
		    "badly encoded path");
	if (parse_headers(pool, request, query->values[SIGNED_HEADERS],
		&headers, err) == -1 ||
	    verify_claim(pool, keys, &claim,
		string_to_sign(pool, request, query, &headers, &claim.scope),
		err) == -1 ||
	    check_unsigned(request, &headers, err) == -1)
		return -1;
	return check_time(&claim, expires_secs, keys->now_secs, err);
}
