/*
 * The published vectors of several projects, where a file of them is at hand:
 * sigv4.json in $ALMACEN_VECTORS.
 *
 * SPDX-License-Identifier: MIT
 */
#include "vector.h"

#include <stdio.h>

#include "codec/url.h"
#include "s3/verify.h"

static struct json *
load_published(struct pool *pool)
{
	const char *dir = getenv("ALMACEN_VECTORS");
	const char *top = getenv("top_srcdir");

	if (dir == NULL)
		dir = pool_format(pool, "%s/../shared/vectors",
		    top == NULL ? "." : top);
	return load(pool, pool_format(pool, "%s/sigv4.json", dir));
}

static const char *
query_of(struct pool *pool, const struct json *row)
{
	const struct json *pairs = json_find(row, "query");
	const char *query = text(row, "raw_query");

	for (size_t i = 0; i < json_count(pairs); i++)
		query = pool_format(pool, "%s&%s=%s", query,
		    url_encoded(pool,
			slice_str(json_text(json_at(json_at(pairs, i), 0)))),
		    url_encoded(pool,
			slice_str(json_text(json_at(json_at(pairs, i), 1)))));
	return query;
}

static const char *
payload_hash(struct pool *pool, const struct json *row)
{
	if (text(row, "payload_hash")[0] != '\0')
		return text(row, "payload_hash");
	return hex_sha256(pool, text(row, "body"));
}

/* The vector was made with the token outside of the signature. */
static bool
has_late_token(const struct json *row)
{
	return strcasestr(text(row, "canonical_request"),
		   "x-amz-security-token") == NULL;
}

static void
fill_published(const struct json *row, struct signer *signer,
    struct headers *headers)
{
	const struct json *pairs = json_find(row, "headers");

	*signer = (struct signer){
		.credentials = { text(row, "access_key_id"),
		    text(row, "secret_access_key"),
		    has_late_token(row) ? "" : text(row, "session_token") },
		.scope = { text(row, "region"), text(row, "service"), 0 },
	};
	assert_true(date_parse_amz(slice_str(text(row, "timestamp")),
	    &signer->scope.now_secs));
	for (size_t i = 0; i < json_count(pairs); i++)
		add(headers, json_text(json_at(json_at(pairs, i), 0)),
		    json_text(json_at(json_at(pairs, i), 1)));
}

static void
add_header_auth(struct pool *pool, const struct json *row,
    const struct signer *signer, struct headers *headers)
{
	if (json_bool(json_find(row, "sign_body")) &&
	    find(headers, "x-amz-content-sha256") == NULL)
		add(headers, "x-amz-content-sha256", payload_hash(pool, row));
	if (find(headers, "x-amz-date") == NULL)
		add(headers, "X-Amz-Date", text(row, "timestamp"));
	if (signer->credentials.session_token[0] != '\0' &&
	    find(headers, "x-amz-security-token") == NULL)
		add(headers, "X-Amz-Security-Token",
		    signer->credentials.session_token);
}

static void
check_published(struct pool *pool, const struct json *row)
{
	struct headers headers = { .count = 0 };
	struct sign_request request = { .method = text(row, "method"),
		.path = text(row, "raw_path"),
		.headers = headers.items,
		.expires_secs = 3600 };
	struct sign_result result;
	struct signer signer;
	struct err err = ERR_INIT;

	fill_published(row, &signer, &headers);
	request.query = query_of(pool, row);
	request.payload_hash = payload_hash(pool, row);
	if (json_find(row, "expires") != NULL)
		request.expires_secs = json_number(json_find(row, "expires"));
	if (strcmp(text(row, "kind"), "sigv4-header") == 0) {
		add_header_auth(pool, row, &signer, &headers);
		request.header_count = headers.count;
		sign_with_header(pool, &signer, &request, &result);
	} else {
		request.header_count = headers.count;
		assert_int_equal(
		    sign_presign(pool, &signer, &request, &result, &err), 0);
	}
	if (strcmp(result.canonical_request, text(row, "canonical_request")) !=
	    0)
		print_message("# %s\n", text(row, "id"));
	assert_string_equal(result.canonical_request,
	    text(row, "canonical_request"));
	assert_string_equal(result.string_to_sign,
	    text(row, "string_to_sign"));
	assert_string_equal(result.signature, text(row, "signature"));
}

/* Chunks are not ours, but their key and signature are made the same way. */
static void
check_string(struct pool *pool, const struct json *row)
{
	struct sign_scope scope = { text(row, "region"), text(row, "service"),
		0 };
	struct sign_key key;

	assert_true(date_parse_amz(slice_str(text(row, "timestamp")),
	    &scope.now_secs));
	sign_key_derive(&key, text(row, "secret_access_key"), &scope);
	assert_string_equal(
	    sign_signature(pool, &key, text(row, "string_to_sign")),
	    text(row, "signature"));
}

static void
own_fields(struct pool *pool, const struct json *row, struct headers *fields)
{
	const struct json *pairs = json_find(row, "form_fields");

	for (size_t i = 0; i < json_count(pairs); i++)
		add(fields, json_text(json_at(json_at(pairs, i), 0)),
		    json_text(json_at(json_at(pairs, i), 1)));
	if (fields->count > 0)
		return;
	/* A policy alone: the fields that it names. */
	add(fields, "key", "user/user1/photo.jpg");
	add(fields, "x-amz-algorithm", SIGN_ALGORITHM);
	add(fields, "x-amz-date", text(row, "timestamp"));
	add(fields, "x-amz-credential",
	    pool_format(pool, "%s/%.8s/%s/s3/aws4_request",
		text(row, "access_key_id"), text(row, "timestamp"),
		text(row, "region")));
}

static int
verify_form(struct pool *pool, const struct json *row,
    const struct headers *fields, struct err *err)
{
	const struct sign_credentials pair = { text(row, "access_key_id"),
		text(row, "secret_access_key"), "", 0 };
	struct s3_verify_keys keys = { &pair, 1, text(row, "region"), 0 };
	const struct s3_verify_form form = { "sigv4examplebucket",
		fields->items, fields->count };
	struct s3_verified_form verified;

	assert_true(date_parse_amz(slice_str(text(row, "timestamp")),
	    &keys.now_secs));
	return s3_verify_post(pool, &keys, &form, &verified, err);
}

static void
check_post(struct pool *pool, const struct json *row)
{
	struct headers fields = { .count = 0 };
	struct err err = ERR_INIT;

	own_fields(pool, row, &fields);
	add(&fields, "policy", base64_encode(pool,
	    slice_str(text(row, "policy"))));
	assert_string_equal(find(&fields, "policy"),
	    text(row, "string_to_sign"));
	add(&fields, "x-amz-signature", text(row, "signature"));
	/* We take no "${filename}"; the signature is found good before. */
	if (strstr(find(&fields, "key"), "${filename}") != NULL) {
		assert_int_equal(verify_form(pool, row, &fields, &err), -1);
		assert_string_equal(err.code, "InvalidArgument");
		fields.items[0].value = "user/user1/photo.jpg";
	}
	assert_int_equal(verify_form(pool, row, &fields, &err), 0);
}

static void
check_key(struct pool *pool, const struct json *row)
{
	struct sign_scope scope = { text(row, "region"), text(row, "service"),
		0 };
	struct sign_key key;

	assert_true(date_parse_amz(
	    slice_str(pool_format(pool, "%sT000000Z", text(row, "date"))),
	    &scope.now_secs));
	sign_key_derive(&key, text(row, "secret_access_key"), &scope);
	assert_string_equal(
	    hex_encode(pool, slice_make(key.bytes, sizeof(key.bytes))),
	    text(row, "signing_key_hex"));
}

static bool
holds_for_s3(const struct json *row)
{
	const struct json *rule = json_find(row, "s3_path_rule_holds");

	return rule == NULL || json_bool(rule);
}

static void
test_vectors(void **state)
{
	struct pool *pool = pool_new(), *scratch = pool_new();
	struct json *file = load_published(pool);
	const struct json *rows = json_find(file, "vectors");
	size_t count = 0;

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);
		const char *kind = text(row, "kind");

		if (!holds_for_s3(row))
			continue;
		count++;
		if (strcmp(kind, "signing-key") == 0)
			check_key(scratch, row);
		else if (strcmp(kind, "sigv4-header") == 0 ||
		    strcmp(kind, "sigv4-query") == 0)
			check_published(scratch, row);
		else
			check_string(scratch, row);
		if (strcmp(kind, "post-policy") == 0)
			check_post(scratch, row);
		pool_clear(scratch);
	}
	print_message("# %zu published vectors\n", count);
	assert_true(count > 0);
	pool_free(&scratch);
	pool_free(&pool);
}

static const char *
apply(struct pool *pool, const char *op, const char *input)
{
	if (strcmp(op, "encode-key-path") == 0)
		return url_encoded_path(pool, slice_str(input));
	if (strcmp(op, "trim-header-value") == 0)
		return sign_header_value(pool, input);
	return sign_canonical_query(pool, input);
}

static void
test_tables(void **state)
{
	struct pool *pool = pool_new();
	struct json *file = load_published(pool);
	const struct json *rows = json_find(file, "tables");

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < json_count(rows); i++) {
		const struct json *row = json_at(rows, i);

		assert_string_equal(
		    apply(pool, text(row, "op"), text(row, "input")),
		    text(row, "expected"));
	}
	pool_free(&pool);
}

static bool
has_file(void)
{
	struct pool *pool = pool_new();
	bool result = load_published(pool) != NULL;

	pool_free(&pool);
	return result;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_tables),
	};

	if (!has_file()) {
		(void)puts("1..0 # SKIP no sigv4.json, see ALMACEN_VECTORS");
		return 0;
	}
	return cmocka_run_group_tests_name("s3/published", tests, NULL, NULL);
}
