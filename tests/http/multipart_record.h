/*
 * What a multipart parser told its callbacks, as one text: each part is
 * "[name|filename|type]data;", with "-" for what is absent.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_MULTIPART_RECORD_H
#define HTTP_MULTIPART_RECORD_H

#include "base/buf.h"
#include "http/multipart.h"

enum { RECORD_BYTES_MAX = 1024 * 1024 };

struct record {
	struct buf text;
	size_t ends;
};

static int
record_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct record *record = arg;

	(void)err;
	return buf_format(&record->text, "[%s|%s|%s]", part->name,
	    part->filename == NULL ? "-" : part->filename,
	    part->content_type == NULL ? "-" : part->content_type);
}

static int
record_data(void *arg, struct slice bytes, struct err *err)
{
	struct record *record = arg;

	(void)err;
	return buf_slice(&record->text, bytes);
}

static int
record_end(void *arg, struct err *err)
{
	struct record *record = arg;

	(void)err;
	record->ends++;
	return buf_char(&record->text, ';');
}

static const struct multipart_ops record_ops = { record_begin, record_data,
	record_end };

/* Parse a whole body in pieces of step bytes (0: at once). */
static int
record_parse(struct pool *pool, const char *boundary, struct slice body,
    size_t step, struct record *record, struct err *err)
{
	struct multipart *multipart;

	*record = (struct record){ .ends = 0 };
	buf_init(&record->text, pool, RECORD_BYTES_MAX);
	multipart = multipart_new(pool, boundary, &multipart_default_limits,
	    &record_ops, record);
	while (body.len > 0) {
		size_t len = step == 0 || step > body.len ? body.len : step;

		if (multipart_feed(multipart, slice_make(body.data, len),
		    err) == -1)
			return -1;
		body = slice_from(body, len);
	}
	return multipart_finish(multipart, err);
}

#endif
