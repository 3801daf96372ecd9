/*
 * A form body read at once and read in pieces gives the same parts or the same
 * refusal; a Content-Type never gives a boundary that is none.  The first byte
 * is the seed of the pieces, or 0xff before a Content-Type.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/utf8.h"
#include "fuzz/fuzz.h"
#include "http/multipart_record.h"

enum { BODY_BYTES_MAX = 64 * 1024, CONTENT_TYPE_BYTE = 0xff };

/* Small enough to be met. */
static const struct multipart_limits limits = { .parts_max = 4,
	.header_bytes_max = 256,
	.headers_max = 4,
	.name_bytes_max = 16,
	.filename_bytes_max = 16 };

static int
checked_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	FUZZ_CHECK(strlen(part->name) <= limits.name_bytes_max);
	FUZZ_CHECK(utf8_is_valid(slice_str(part->name)));
	FUZZ_CHECK(part->filename == NULL ||
	    strlen(part->filename) <= limits.filename_bytes_max);
	return record_begin(arg, part, err);
}

static size_t
next_len(uint32_t *seed, size_t left)
{
	size_t len;

	*seed = *seed * 1103515245 + 12345;
	len = 1 + (*seed >> 16) % 9;
	return len < left ? len : left;
}

/* seed 0: at once */
static int
parse(struct pool *pool, struct slice body, uint32_t seed,
    struct record *record, struct err *err)
{
	static const struct multipart_ops ops = { checked_begin, record_data,
		record_end };
	struct multipart *multipart;

	buf_init(&record->text, pool, RECORD_BYTES_MAX);
	multipart = multipart_new(pool, "b", &limits, &ops, record);
	while (body.len > 0) {
		size_t len = seed == 0 ? body.len : next_len(&seed, body.len);

		if (multipart_feed(multipart, slice_make(body.data, len),
		    err) == -1)
			return -1;
		body = slice_from(body, len);
	}
	return multipart_finish(multipart, err);
}

static void
check_body(struct pool *pool, struct slice body, uint32_t seed)
{
	struct err whole_err = ERR_INIT, pieces_err = ERR_INIT;
	struct record whole = { .ends = 0 }, pieces = { .ends = 0 };
	int result = parse(pool, body, 0, &whole, &whole_err);

	FUZZ_CHECK(parse(pool, body, seed + 1, &pieces, &pieces_err) ==
	    result);
	FUZZ_CHECK(strcmp(whole_err.code, pieces_err.code) == 0);
	FUZZ_CHECK((result == -1) == (*whole_err.code != '\0'));
	FUZZ_CHECK(whole.ends == pieces.ends);
	/* A refusal may come before or after the bytes of the same piece. */
	if (result == 0)
		FUZZ_CHECK(slice_eq(buf_view(&whole.text),
		    buf_view(&pieces.text)));
}

static void
check_content_type(struct pool *pool, struct slice text)
{
	struct err err = ERR_INIT;
	const char *boundary;

	if (multipart_boundary(pool, slice_dup(pool, text), &boundary,
	    &err) == -1) {
		FUZZ_CHECK(*err.code != '\0');
		return;
	}
	FUZZ_CHECK(strlen(boundary) >= 1 && strlen(boundary) <= 70);
	FUZZ_CHECK(strpbrk(boundary, "\r\n\"\\;") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice rest = slice_make(data, len);
	struct pool *pool;
	int seed;

	if (len == 0 || len > BODY_BYTES_MAX)
		return 0;
	pool = pool_new();
	seed = slice_take(&rest);
	if (seed == CONTENT_TYPE_BYTE)
		check_content_type(pool, rest);
	else
		check_body(pool, rest, (uint32_t)seed);
	pool_free(&pool);
	return 0;
}
