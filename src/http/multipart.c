/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/multipart_private.h"

const struct multipart_limits multipart_default_limits = {
	.parts_max = 128,
	.header_bytes_max = 8192,
	.headers_max = 16,
	.name_bytes_max = 256,
	.filename_bytes_max = 1024,
};

/*
 * The delimiter is CRLF "--" boundary (RFC 2046 section 5.1.1).  Its CR is the
 * only one in it, so bytes that match its beginning cannot hold another
 * beginning: nothing is ever looked at again, and of what was matched at the
 * end of one piece only the count must be kept.
 */
enum state {
	SEARCH,	    /* for the delimiter, through preamble, part or epilogue */
	DELIMITER,  /* it was seen: what follows? */
	DASH,	    /* "-" after it */
	LINE_BREAK, /* CR after it */
	PADDING,    /* spaces and tabs after it */
	PADDING_BREAK, /* CR after those */
	HEADER,	     /* lines of a part's header block */
	CLOSED,	     /* "--" after it, perhaps with padding */
	CLOSED_BREAK, /* CR after that */
	STATE_COUNT
};

enum region { PREAMBLE, PART, EPILOGUE };

struct multipart {
	const struct multipart_ops *ops;
	void *arg;
	enum state state;
	enum region region; /* what the bytes before a delimiter belong to */
	bool has_preamble;
	struct slice delimiter;
	size_t matched; /* bytes of the delimiter seen last */
	/*
	 * How many of these are no data if the match fails: the line break
	 * before a part's first byte may begin the next delimiter already.
	 */
	size_t borrowed;
	struct part_header header;
	struct multipart_part part; /* the one that is open */
	char *line; /* the header line so far */
	size_t line_bytes;
	size_t header_bytes; /* of the block so far */
	size_t parts, parts_max;
	struct err failure; /* the first; ERR_NONE while all is well */
};

enum { CRLF_BYTES = 2 };

static int
refuse(struct err *err, const char *code, const char *text)
{
	return err_set_code(err, ERR_INVALID, code, "%s", text);
}

struct multipart *
multipart_new(struct pool *pool, const char *boundary,
    const struct multipart_limits *limits, const struct multipart_ops *ops,
    void *arg)
{
	struct multipart *multipart = POOL_NEW(pool, struct multipart);

	multipart->ops = ops;
	multipart->arg = arg;
	multipart->delimiter =
	    slice_str(pool_format(pool, "\r\n--%s", boundary));
	/* The first delimiter needs no line break before it. */
	multipart->matched = multipart->borrowed = CRLF_BYTES;
	part_header_init(&multipart->header, pool, limits);
	multipart->line = pool_alloc(pool, limits->header_bytes_max);
	multipart->parts_max = limits->parts_max;
	return multipart;
}

/* Preamble and epilogue are for nobody. */
static int
emit(struct multipart *multipart, struct slice bytes, struct err *err)
{
	if (bytes.len == 0)
		return 0;
	if (multipart->region == PREAMBLE)
		multipart->has_preamble = true;
	if (multipart->region != PART)
		return 0;
	return multipart->ops->part_data(multipart->arg, bytes, err);
}

/* What was held back as the beginning of a delimiter is data. */
static int
emit_matched(struct multipart *multipart, struct err *err)
{
	struct slice held = slice_make(multipart->delimiter.data,
	    multipart->matched);

	held = slice_from(held, multipart->borrowed);
	multipart->matched = multipart->borrowed = 0;
	return emit(multipart, held, err);
}

static void
search_from_line_break(struct multipart *multipart, enum region region)
{
	multipart->state = SEARCH;
	multipart->region = region;
	multipart->matched = multipart->borrowed = CRLF_BYTES;
}

/* The rest of a delimiter whose beginning ended the piece before. */
static int
continue_match(struct multipart *multipart, struct slice *bytes,
    struct err *err)
{
	struct slice want = slice_from(multipart->delimiter,
	    multipart->matched);
	size_t i;

	for (i = 0; i < want.len && i < bytes->len; i++)
		if (bytes->data[i] != want.data[i])
			break;
	multipart->matched += i;
	*bytes = slice_from(*bytes, i);
	if (i == want.len)
		multipart->state = DELIMITER;
	else if (bytes->len > 0)
		return emit_matched(multipart, err);
	return 0;
}

/* Where the first delimiter, whole or cut off by the end, begins. */
static size_t
find_delimiter(struct slice delimiter, struct slice bytes)
{
	size_t at = 0;

	for (;;) {
		struct slice rest = slice_from(bytes, at);
		size_t len;

		at += slice_find(rest, delimiter.data[0]);
		len = bytes.len - at < delimiter.len ?
		    bytes.len - at : delimiter.len;
		if (memcmp(bytes.data + at, delimiter.data, len) == 0)
			return at;
		at++;
	}
}

static int
search(struct multipart *multipart, struct slice *bytes, struct err *err)
{
	struct slice data;

	if (multipart->matched > 0)
		return continue_match(multipart, bytes, err);
	data = slice_make(bytes->data,
	    find_delimiter(multipart->delimiter, *bytes));
	*bytes = slice_from(*bytes, data.len);
	if (emit(multipart, data, err) == -1)
		return -1;
	return bytes->len > 0 ? continue_match(multipart, bytes, err) : 0;
}

static int
end_part(struct multipart *multipart, struct err *err)
{
	if (multipart->region == EPILOGUE)
		return refuse(err, "data_after_end",
		    "the form goes on after its end");
	if (multipart->region == PART)
		return multipart->ops->part_end(multipart->arg, err);
	return 0;
}

static int
start_header(struct multipart *multipart, struct err *err)
{
	if (end_part(multipart, err) == -1)
		return -1;
	if (multipart->parts == multipart->parts_max)
		return err_set_code(err, ERR_TOO_LARGE, "too_many_parts",
		    "the form has more than %zu parts", multipart->parts_max);
	multipart->parts++;
	multipart->state = HEADER;
	multipart->line_bytes = multipart->header_bytes = 0;
	part_header_start(&multipart->header);
	return 0;
}

/*
 * A line that only begins with the delimiter.  Inside a part it is data, since
 * boundaries may be beginnings of one another; before the first part there is
 * nothing that it could be.
 */
static int
not_a_delimiter(struct multipart *multipart, const char *seen,
    struct err *err)
{
	if (multipart->region == PREAMBLE)
		return refuse(err, "bad_delimiter",
		    "a boundary is followed by other bytes");
	multipart->state = SEARCH;
	if (emit_matched(multipart, err) == -1)
		return -1;
	return emit(multipart, slice_str(seen), err);
}

static int
after_delimiter(struct multipart *multipart, struct slice *bytes,
    struct err *err)
{
	if (slice_take_str(bytes, "\r"))
		multipart->state = LINE_BREAK;
	else if (slice_take_str(bytes, "-"))
		multipart->state = DASH;
	else if (slice_take_str(bytes, " ") || slice_take_str(bytes, "\t"))
		multipart->state = PADDING;
	else
		return not_a_delimiter(multipart, "", err);
	return 0;
}

static int
after_dash(struct multipart *multipart, struct slice *bytes, struct err *err)
{
	if (!slice_take_str(bytes, "-"))
		return not_a_delimiter(multipart, "-", err);
	/* Bytes and no part: parts with another boundary, most likely. */
	if (multipart->region == PREAMBLE && multipart->has_preamble)
		return refuse(err, "missing_delimiter",
		    "the form ends before its first part");
	multipart->state = CLOSED;
	return end_part(multipart, err);
}

static int
after_line_break(struct multipart *multipart, struct slice *bytes,
    struct err *err)
{
	if (!slice_take_str(bytes, "\n"))
		return not_a_delimiter(multipart, "\r", err);
	return start_header(multipart, err);
}

/* Transport padding: spaces and tabs up to the line break. */
static int
take_padding(struct multipart *multipart, struct slice *bytes,
    enum state state_after, struct err *err)
{
	if (slice_take_str(bytes, " ") || slice_take_str(bytes, "\t"))
		return 0;
	if (!slice_take_str(bytes, "\r"))
		return refuse(err, "bad_delimiter",
		    "a boundary is followed by other bytes");
	multipart->state = state_after;
	return 0;
}

static int
after_padding(struct multipart *multipart, struct slice *bytes,
    struct err *err)
{
	return take_padding(multipart, bytes, PADDING_BREAK, err);
}

static int
after_padding_break(struct multipart *multipart, struct slice *bytes,
    struct err *err)
{
	if (!slice_take_str(bytes, "\n"))
		return refuse(err, "bad_delimiter",
		    "a boundary's line does not end in CRLF");
	return start_header(multipart, err);
}

static int
after_close(struct multipart *multipart, struct slice *bytes, struct err *err)
{
	return take_padding(multipart, bytes, CLOSED_BREAK, err);
}

static int
after_close_break(struct multipart *multipart, struct slice *bytes,
    struct err *err)
{
	if (!slice_take_str(bytes, "\n"))
		return refuse(err, "bad_delimiter",
		    "the last boundary's line does not end in CRLF");
	search_from_line_break(multipart, EPILOGUE);
	return 0;
}

static int
start_part(struct multipart *multipart, struct err *err)
{
	if (part_header_finish(&multipart->header, &multipart->part, err) == -1)
		return -1;
	search_from_line_break(multipart, PART);
	return multipart->ops->part_begin(multipart->arg, &multipart->part,
	    err);
}

static int
end_line(struct multipart *multipart, struct err *err)
{
	struct slice line = slice_make(multipart->line, multipart->line_bytes);

	multipart->line_bytes = 0;
	if (!slice_has_suffix(line, "\r\n"))
		return refuse(err, "bad_part_header",
		    "a part's header line does not end in CRLF");
	line.len -= CRLF_BYTES;
	if (line.len == 0)
		return start_part(multipart, err);
	return part_header_line(&multipart->header, line, err);
}

static int
take_header(struct multipart *multipart, struct slice *bytes, struct err *err)
{
	size_t max = multipart->header.limits.header_bytes_max;
	size_t at = slice_find(*bytes, '\n');
	size_t len = at < bytes->len ? at + 1 : at;

	if (len > max - multipart->header_bytes)
		return err_set_code(err, ERR_TOO_LARGE,
		    "part_header_too_large",
		    "a part's headers are longer than %zu bytes", max);
	memcpy(multipart->line + multipart->line_bytes, bytes->data, len);
	multipart->line_bytes += len;
	multipart->header_bytes += len;
	*bytes = slice_from(*bytes, len);
	return multipart->line[multipart->line_bytes - 1] == '\n' ?
	    end_line(multipart, err) : 0;
}

/* Each takes at least one byte, or changes the state so that the next does. */
typedef int (*step_fn)(struct multipart *multipart, struct slice *bytes,
    struct err *err);

static const step_fn steps[STATE_COUNT] = {
	[SEARCH] = search,
	[DELIMITER] = after_delimiter,
	[DASH] = after_dash,
	[LINE_BREAK] = after_line_break,
	[PADDING] = after_padding,
	[PADDING_BREAK] = after_padding_break,
	[HEADER] = take_header,
	[CLOSED] = after_close,
	[CLOSED_BREAK] = after_close_break,
};

static int
fail_again(const struct multipart *multipart, struct err *err)
{
	*err = multipart->failure;
	return -1;
}

int
multipart_feed(struct multipart *multipart, struct slice bytes,
    struct err *err)
{
	if (multipart->failure.kind != ERR_NONE)
		return fail_again(multipart, err);
	while (bytes.len > 0) {
		if (steps[multipart->state](multipart, &bytes, err) == -1) {
			multipart->failure = *err;
			return -1;
		}
	}
	return 0;
}

int
multipart_finish(struct multipart *multipart, struct err *err)
{
	if (multipart->failure.kind != ERR_NONE)
		return fail_again(multipart, err);
	if (multipart->region == EPILOGUE || multipart->state == CLOSED ||
	    multipart->state == CLOSED_BREAK)
		return 0;
	if (multipart->state == SEARCH && multipart->region == PREAMBLE)
		return refuse(err, "missing_delimiter",
		    "the form's boundary never appears in its body");
	return refuse(err, "truncated", "the form ends before its last boundary");
}
