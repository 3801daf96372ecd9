/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/utf8.h"
#include "http/multipart_private.h"
#include "http/param.h"

void
part_header_init(struct part_header *header, struct pool *pool,
    const struct multipart_limits *limits)
{
	*header = (struct part_header){ .limits = *limits };
	header->name = pool_alloc(pool, limits->name_bytes_max + 1);
	header->filename = pool_alloc(pool, limits->filename_bytes_max + 1);
	header->content_type = pool_alloc(pool, limits->header_bytes_max + 1);
}

void
part_header_start(struct part_header *header)
{
	header->lines = 0;
	header->has_disposition = false;
	header->has_name = false;
	header->has_filename = false;
	header->has_star = false;
	header->has_type = false;
}

static int
refuse(struct err *err, const char *code, const char *text)
{
	return err_set_code(err, ERR_INVALID, code, "%s", text);
}

/*
 * The three escapes that browsers write in names (WHATWG HTML, "Multipart form
 * data"); any other "%" is a plain character.
 */
static char
take_escape(struct slice *rest)
{
	static const struct {
		const char *text;
		char c;
	} escapes[] = { { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };
	for (size_t i = 0; i < ARRAY_COUNT(escapes); i++) {
		if (!param_starts(*rest, escapes[i].text))
			continue;
		*rest = slice_from(*rest, 3);
		return escapes[i].c;
	}
	return (char)slice_take(rest);
}

/* False when the text does not fit max bytes and a NUL. */
static bool
copy_value(char *out, size_t max, const struct param *param)
{
	struct slice rest = param->value;
	size_t len = 0;

	while (rest.len > 0) {
		if (len == max)
			return false;
		if (param->is_quoted)
			out[len++] = take_escape(&rest);
		else
			out[len++] = (char)slice_take(&rest);
	}
	out[len] = '\0';
	return true;
}

static bool
is_clean_name(const char *name)
{
	struct slice rest = slice_str(name);
	int32_t c;

	while ((c = utf8_take(&rest)) >= 0)
		if (utf8_is_control(c))
			return false;
	return c == -1;
}

static int
take_name(struct part_header *header, const struct param *param,
    struct err *err)
{
	if (header->has_name)
		return refuse(err, "duplicate_name", "a part has two names");
	header->has_name = true;
	if (!copy_value(header->name, header->limits.name_bytes_max, param))
		return err_set_code(err, ERR_TOO_LARGE, "name_too_long",
		    "a field's name is longer than %zu bytes",
		    header->limits.name_bytes_max);
	if (!is_clean_name(header->name))
		return refuse(err, "bad_name",
		    "a field's name holds control characters or bad UTF-8");
	return 0;
}

static int
take_filename(struct part_header *header, const struct param *param,
    struct err *err)
{
	if (header->has_filename)
		return refuse(err, "duplicate_filename",
		    "a part has two file names");
	header->has_filename = true;
	if (!copy_value(header->filename, header->limits.filename_bytes_max,
	    param))
		return err_set_code(err, ERR_TOO_LARGE, "filename_too_long",
		    "a file's name is longer than %zu bytes",
		    header->limits.filename_bytes_max);
	return 0;
}

/*
 * "filename*" is forbidden (RFC 7578 section 4.2), but common client libraries
 * send it beside "filename": then it is skipped.  Alone it would make the part
 * a file to some parsers and a field to others, and so would the split forms
 * of RFC 2231.
 */
static int
take_star(struct part_header *header, struct slice name, struct err *err)
{
	if (slice_eq_case(name, "filename*") && !header->has_star) {
		header->has_star = true;
		return 0;
	}
	if (param_starts(name, "name*") || param_starts(name, "filename*"))
		return refuse(err, "bad_disposition",
		    "a part's name is encoded in a forbidden way");
	return 0;
}

static int
take_param(struct part_header *header, const struct param *param,
    struct err *err)
{
	if (!param->is_quoted && !param_is_token(param->value))
		return refuse(err, "bad_disposition",
		    "a parameter of Content-Disposition must be quoted");
	if (slice_eq_case(param->name, "name"))
		return take_name(header, param, err);
	if (slice_eq_case(param->name, "filename"))
		return take_filename(header, param, err);
	return take_star(header, param->name, err);
}

static int
take_disposition(struct part_header *header, struct slice value,
    struct err *err)
{
	struct param param;
	int result;

	if (header->has_disposition)
		return refuse(err, "duplicate_disposition",
		    "a part has two Content-Disposition headers");
	header->has_disposition = true;
	if (!slice_eq_case(param_head(&value), "form-data"))
		return refuse(err, "bad_disposition",
		    "a part's Content-Disposition is not form-data");
	while ((result = param_next(&value, &param)) == 1)
		if (take_param(header, &param, err) == -1)
			return -1;
	if (result == -1)
		return refuse(err, "bad_disposition",
		    "a part's Content-Disposition is malformed");
	return 0;
}

static int
take_type(struct part_header *header, struct slice value, struct err *err)
{
	if (header->has_type)
		return refuse(err, "duplicate_type",
		    "a part has two Content-Type headers");
	header->has_type = true;
	/* A header line never exceeds the header block's limit. */
	memcpy(header->content_type, value.data, value.len);
	header->content_type[value.len] = '\0';
	return 0;
}

/* field-vchar, space and tab (RFC 9110 section 5.5) */
static bool
is_value(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

int
part_header_line(struct part_header *header, struct slice line,
    struct err *err)
{
	size_t at = slice_find(line, ':');
	struct slice name = slice_make(line.data, at);
	struct slice value = slice_trim(slice_from(line, at + 1));

	if (++header->lines > header->limits.headers_max)
		return err_set_code(err, ERR_TOO_LARGE,
		    "too_many_part_headers", "a part has more than %zu headers",
		    header->limits.headers_max);
	if (line.data[0] == ' ' || line.data[0] == '\t')
		return refuse(err, "bad_part_header",
		    "a part's header is folded over lines");
	if (at == line.len || !param_is_token(name) || !is_value(value))
		return refuse(err, "bad_part_header",
		    "a part's header is malformed");
	if (slice_eq_case(name, "Content-Disposition"))
		return take_disposition(header, value, err);
	if (slice_eq_case(name, "Content-Type"))
		return take_type(header, value, err);
	/* Content-Transfer-Encoding and the rest never steer anything. */
	return 0;
}

int
part_header_finish(const struct part_header *header,
    struct multipart_part *part_r, struct err *err)
{
	if (!header->has_disposition)
		return refuse(err, "missing_disposition",
		    "a part has no Content-Disposition");
	if (!header->has_name)
		return refuse(err, "missing_name", "a part has no name");
	if (header->has_star && !header->has_filename)
		return refuse(err, "bad_disposition",
		    "a part has filename* without filename");
	*part_r = (struct multipart_part){ .name = header->name };
	if (header->has_filename)
		part_r->filename = header->filename;
	if (header->has_type)
		part_r->content_type = header->content_type;
	return 0;
}
