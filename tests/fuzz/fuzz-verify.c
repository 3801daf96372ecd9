/*
 * What is presigned comes back from strangers.  The first byte says how:
 * 'q' is a query as it comes; 's' a query that this program signs before, so
 * that the fuzzer gets behind the signature; 'p' the text of a policy, signed
 * too, with one form field a line ("name=value") after its first line.
 *
 * Whatever is accepted is refused with another signature, at another time and
 * with an unsigned header.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/hex.h"
#include "fuzz/fuzz.h"
#include "s3/verify.h"

#define NOW 1772323199
#define LAST_SECS (2 * SIGN_PRESIGN_SECS_MAX)

enum { TEXT_BYTES_MAX = 24 * 1024, LINES_MAX = 70, OWN_FIELDS = 5 };

static const struct sign_credentials pair = { "AKID", "secret", "", 0 };
static const struct sign_scope scope = { "eu-west-1", "s3", NOW };

static const struct sign_header came[] = { { "host", "h" },
	{ "content-type", "image/png" }, { "x-amz-meta-a", "b" } };

static const char *
find_header(void *arg, const char *name)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_COUNT(came); i++)
		if (strcmp(came[i].name, name) == 0)
			return came[i].value;
	return NULL;
}

static int
verify_query(struct pool *pool, struct slice query, int64_t now_secs,
    bool has_amz_header)
{
	static const char *const amz[] = { "x-amz-meta-a", "x-amz-acl" };
	const struct s3_verify_keys keys = { &pair, 1, "eu-west-1", now_secs };
	const struct s3_verify_request request = { .method = "PUT",
		.path = "/b/k",
		.query = query,
		.header = find_header,
		.amz_headers = amz,
		.amz_header_count = has_amz_header ? 2 : 0 };
	struct err err = ERR_INIT;

	if (s3_verify_presigned(pool, &keys, &request, &err) == 0)
		return 0;
	FUZZ_CHECK(err.code[0] != '\0' && err.text[0] != '\0');
	FUZZ_CHECK(err.kind == ERR_INVALID || err.kind == ERR_DENIED);
	return -1;
}

static const char *
signature_of(struct pool *pool, const char *query, bool has_type)
{
	const struct sign_request request = { .method = "PUT",
		.path = "/b/k",
		.query = query,
		.headers = came,
		.header_count = has_type ? 2 : 1,
		.payload_hash = SIGN_UNSIGNED_PAYLOAD };
	const struct signer signer = { .credentials = pair, .scope = scope };
	const char *names;

	return sign_text(pool, &signer, sign_string_to_sign(pool, &scope,
	    sign_canonical_request(pool, &request, &names)));
}

static void
check_signed_query(struct pool *pool, struct slice text)
{
	const char *query = slice_dup(pool, text);
	const char *signature = signature_of(pool, query,
	    strstr(query, "content-type") != NULL);
	struct slice sealed = slice_str(pool_format(pool,
	    "%s&X-Amz-Signature=%s", query, signature));
	struct slice other = slice_str(pool_format(pool,
	    "%s&X-Amz-Signature=%064d", query, 0));

	if (verify_query(pool, sealed, NOW, false) == -1)
		return;
	FUZZ_CHECK(s3_verify_is_presigned(sealed));
	FUZZ_CHECK(verify_query(pool, other, NOW, false) == -1);
	FUZZ_CHECK(verify_query(pool, sealed, NOW, true) == -1);
	FUZZ_CHECK(verify_query(pool, sealed, NOW + LAST_SECS, false) == -1);
	FUZZ_CHECK(verify_query(pool, sealed, NOW - LAST_SECS, false) == -1);
	/* What says more than was signed. */
	FUZZ_CHECK(verify_query(pool, slice_str(pool_format(pool, "%.*s&a",
	    SLICE_ARG(sealed))), NOW, false) == -1);
}

static int
verify_form(struct pool *pool, const struct sign_header *fields, size_t count,
    int64_t now_secs)
{
	const struct s3_verify_keys keys = { &pair, 1, "eu-west-1", now_secs };
	const struct s3_verify_form form = { "b", fields, count };
	struct s3_verified_form verified = { .key = NULL };
	struct err err = ERR_INIT;

	if (s3_verify_post(pool, &keys, &form, &verified, &err) == 0) {
		FUZZ_CHECK(verified.key[0] != '\0');
		FUZZ_CHECK(strstr(verified.key, "${") == NULL);
		FUZZ_CHECK(verified.content_type != NULL);
		FUZZ_CHECK(verified.min_bytes >= 0 && verified.max_bytes >= 0);
		FUZZ_CHECK(verified.status == 200 || verified.status == 201 ||
		    verified.status == 204);
		return 0;
	}
	FUZZ_CHECK(err.code[0] != '\0' && err.text[0] != '\0');
	FUZZ_CHECK(err.kind == ERR_INVALID || err.kind == ERR_DENIED);
	return -1;
}

/* The lines of the text are further fields. */
static size_t
read_fields(struct pool *pool, struct slice text, struct sign_header *fields)
{
	struct slice line;
	size_t count = 0;

	while (count < LINES_MAX && slice_next(&text, '\n', &line)) {
		size_t equals = slice_find(line, '=');

		fields[count++] = (struct sign_header){
			slice_dup(pool, slice_make(line.data, equals)),
			slice_dup(pool, slice_from(line, equals + 1)) };
	}
	return count;
}

static void
check_policy(struct pool *pool, struct slice text)
{
	struct sign_header fields[LINES_MAX + OWN_FIELDS + 1];
	const struct signer signer = { .credentials = pair, .scope = scope };
	size_t end = slice_find(text, '\n');
	const char *policy = base64_encode(pool, slice_make(text.data, end));
	size_t count = read_fields(pool, slice_from(text, end + 1), fields);

	fields[count++] = (struct sign_header){ "x-amz-algorithm",
		SIGN_ALGORITHM };
	fields[count++] = (struct sign_header){ "x-amz-date",
		"20260228T235959Z" };
	fields[count++] = (struct sign_header){ "x-amz-credential",
		sign_credential(pool, &signer) };
	fields[count++] = (struct sign_header){ "policy", policy };
	fields[count++] = (struct sign_header){ "x-amz-signature",
		sign_text(pool, &signer, policy) };
	if (verify_form(pool, fields, count, NOW) == -1)
		return;
	fields[count] = (struct sign_header){ "acl", "public-read" };
	FUZZ_CHECK(verify_form(pool, fields, count + 1, NOW) == -1);
	fields[count - 1].value = pool_format(pool, "%064d", 0);
	FUZZ_CHECK(verify_form(pool, fields, count, NOW) == -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice rest = slice_make(data, len);
	struct pool *pool;
	int kind;

	if (len == 0 || len > TEXT_BYTES_MAX)
		return 0;
	pool = pool_new();
	kind = slice_take(&rest);
	if (kind == 'p')
		check_policy(pool, rest);
	else if (kind == 's')
		check_signed_query(pool, rest);
	else
		FUZZ_CHECK(verify_query(pool, rest, NOW, false) == -1);
	pool_free(&pool);
	return 0;
}
