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

#endif
