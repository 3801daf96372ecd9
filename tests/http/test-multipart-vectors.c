/*
 * The multipart cases of other parsers' test suites, read at run time from
 * $ALMACEN_VECTORS (or ../shared/vectors beside the source tree); skipped
 * where they are not.  A line is one JSON object: content_type, body_b64,
 * verdict (ok, reject, either, unknown, mime-only) and the parts.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/file.h"
#include "base/rand.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "http/multipart.h"

enum { VECTORS_BYTES_MAX = 4 * 1024 * 1024, SPLITS = 5 };

/*
 * What others accept and we refuse on purpose, and the code of the refusal.
 */
static const struct {
	const char *id, *code;
} refused[] = {
	/* delimiter lines without the two dashes before the boundary */
	{ "python-multipart/single_field_blocks", "missing_delimiter" },
	/* line ends of a bare LF */
	{ "werkzeug/ie7_full_path", "bad_delimiter" },
	/* backslashes are no bchars; base64 would have to be decoded */
	{ "formidable/encoding/beta-sticker-1.png.http", "bad_boundary" },
	{ "formidable/encoding/binaryfile.tar.gz.http", "bad_boundary" },
	{ "formidable/encoding/blank.gif.http", "bad_boundary" },
	{ "formidable/encoding/menu_separator.png.http", "bad_boundary" },
	/* no close delimiter: the same as a truncated body */
	{ "formidable/workarounds/missing-hyphens1.http", "truncated" },
	{ "formidable/workarounds/missing-hyphens2.http", "truncated" },
};

/* What came, in the shape of the vectors' own "parts". */
struct got {
	struct json *parts;
	struct json *part; /* the open one */
	struct digest *digest;
	int64_t bytes;
};

static int
got_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct got *got = arg;

	(void)err;
	got->part = json_add_object(got->parts);
	json_set_text(got->part, "name", part->name);
	/* The vectors have no name for an empty one. */
	if (part->filename == NULL || *part->filename == '\0')
		json_set_null(got->part, "filename");
	else
		json_set_text(got->part, "filename", part->filename);
	if (part->content_type != NULL)
		json_set_text(got->part, "ctype", part->content_type);
	got->bytes = 0;
	return 0;
}

static int
got_data(void *arg, struct slice bytes, struct err *err)
{
	struct got *got = arg;

	(void)err;
	got->bytes += (int64_t)bytes.len;
	digest_update(got->digest, bytes);
	return 0;
}

static int
got_end(void *arg, struct err *err)
{
	struct got *got = arg;
	uint8_t sum[SHA256_BYTES];
	struct pool *pool = pool_new();

	(void)err;
	digest_finish(got->digest, sum);
	json_set_number(got->part, "len", got->bytes);
	json_set_text(got->part, "sha256",
	    hex_encode(pool, slice_make(sum, sizeof(sum))));
	pool_free(&pool);
	return 0;
}

static size_t
piece_len(size_t left, int round)
{
	if (round == 0)
		return left;
	if (round == 1)
		return 1;
	return 1 + (size_t)rand_below(left < 200 ? left : 200);
}

/* round 0: at once; 1: byte by byte; else in random pieces. */
static int
parse(struct pool *pool, const struct json *vector, int round,
    struct json **parts_r, struct err *err)
{
	static const struct multipart_ops ops = { got_begin, got_data,
		got_end };
	struct got got = { .parts = json_array(pool) };
	struct multipart *multipart;
	const char *boundary;
	struct slice body;

	*parts_r = got.parts;
	got.digest = digest_new(pool, DIGEST_SHA256);
	assert_true(base64_decode(pool,
	    slice_str(json_text(json_find(vector, "body_b64"))), &body));
	if (multipart_boundary(pool,
	    json_text(json_find(vector, "content_type")), &boundary, err) == -1)
		return -1;
	multipart = multipart_new(pool, boundary, &multipart_default_limits,
	    &ops, &got);
	while (body.len > 0) {
		size_t len = piece_len(body.len, round);

		if (multipart_feed(multipart, slice_make(body.data, len),
		    err) == -1)
			return -1;
		body = slice_from(body, len);
	}
	return multipart_finish(multipart, err);
}

/* Every member that the vector names must be the same. */
static bool
is_same_part(const struct json *want, const struct json *got)
{
	static const char *const texts[] = { "name", "filename", "sha256" };
	const struct json *type = json_find(want, "ctype");

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		if (json_type(json_find(want, texts[i])) !=
		    json_type(json_find(got, texts[i])) ||
		    strcmp(json_text(json_find(want, texts[i])),
		    json_text(json_find(got, texts[i]))) != 0)
			return false;
	/* Some give an absent type its default (RFC 7578 section 4.4). */
	if (json_find(got, "ctype") != NULL && type != NULL &&
	    strcmp(json_text(type), json_text(json_find(got, "ctype"))) != 0)
		return false;
	return json_number(json_find(want, "len")) ==
	    json_number(json_find(got, "len"));
}

static bool
is_same(const struct json *want, const struct json *got)
{
	if (json_count(want) != json_count(got))
		return false;
	for (size_t i = 0; i < json_count(want); i++)
		if (!is_same_part(json_at(want, i), json_at(got, i)))
			return false;
	return true;
}

static const char *
refusal(const char *id)
{
	for (size_t i = 0; i < ARRAY_COUNT(refused); i++)
		if (strcmp(refused[i].id, id) == 0)
			return refused[i].code;
	return NULL;
}

/* What is wrong with the outcome, or NULL. */
static const char *
judge(const struct json *vector, int result, const struct json *parts,
    const struct err *err)
{
	const char *verdict = json_text(json_find(vector, "verdict"));
	const char *code = refusal(json_text(json_find(vector, "id")));

	if (code != NULL)
		return result == -1 && strcmp(err->code, code) == 0 ?
		    NULL : "not refused as we say";
	if (strcmp(verdict, "ok") == 0) {
		if (result == -1)
			return err->text;
		return is_same(json_find(vector, "parts"), parts) ?
		    NULL : "other parts";
	}
	if (strcmp(verdict, "reject") == 0 ||
	    strcmp(verdict, "mime-only") == 0)
		return result == -1 ? NULL : "accepted";
	return NULL;
}

static void
check_vector(struct slice line)
{
	struct pool *pool = pool_new();
	struct json *vector, *parts;
	struct err err = ERR_INIT, first = ERR_INIT;
	const char *problem;

	assert_int_equal(json_parse(pool, line, &vector, &err), 0);
	for (int round = 0; round < 2 + SPLITS; round++) {
		int result = parse(pool, vector, round, &parts, &err);

		problem = judge(vector, result, parts, &err);
		if (problem != NULL)
			fail_msg("%s: %s\n%s",
			    json_text(json_find(vector, "id")), problem,
			    json_format(pool, parts));
		if (round == 0)
			first = err;
		assert_string_equal(err.code, first.code);
	}
	pool_free(&pool);
}

static const char *
vectors_path(struct pool *pool)
{
	const char *dir = getenv("ALMACEN_VECTORS");
	const char *top = getenv("top_srcdir");

	if (dir == NULL)
		dir = pool_format(pool, "%s/../shared/vectors",
		    top == NULL ? "." : top);
	return pool_format(pool, "%s/multipart.jsonl", dir);
}

static void
test_vectors(void **state)
{
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct slice lines, line;
	size_t count = 0;

	(void)state;
	assert_int_equal(file_read(pool, vectors_path(pool), VECTORS_BYTES_MAX,
	    &lines, &err), 0);
	while (slice_next(&lines, '\n', &line)) {
		if (line.len == 0)
			continue;
		check_vector(line);
		count++;
	}
	assert_true(count > 0);
	pool_free(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};
	struct pool *pool = pool_new();
	bool is_there = access(vectors_path(pool), R_OK) == 0;

	pool_free(&pool);
	if (!is_there) {
		printf("1..0 # SKIP no multipart.jsonl in $ALMACEN_VECTORS\n");
		return 0;
	}
	return cmocka_run_group_tests_name("http/multipart vectors", tests,
	    NULL, NULL);
}
