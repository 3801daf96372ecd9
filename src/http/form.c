/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "codec/utf8.h"
#include "http/form_private.h"
#include "http/param.h"
#include "http/urlencoded.h"

enum {
	/* Escapes make text up to three times as long. */
	ENCODED_BYTES_MAX = 3 * FORM_FIELDS_BYTES_MAX,
	PAIRS_MAX = 1000,
	UNKNOWN_SHOWN = 64 /* bytes of a name that somebody made up */
};

struct reader {
	struct pool *pool;
	const struct form_input *input;
	struct form *form;
	bool *is_seen; /* for each field */
	size_t fields_bytes; /* of all text values */
	struct buf text; /* of the open part, or a whole urlencoded body */
	struct multipart *multipart;
	/* the open part */
	const struct multipart_part *part;
	size_t index; /* of its field; count for an unknown one */
	bool is_in_sink;
};

typedef int (*take_fn)(struct reader *reader, struct slice bytes,
    struct err *err);

void
form_init(struct form *form, struct pool *pool, const struct field *fields,
    size_t count)
{
	form->fields = fields;
	form->count = count;
	form->values = pool_alloc_array(pool, count, sizeof(*form->values));
	for (size_t i = 0; i < count; i++)
		form->values[i].text = "";
}

size_t
form_find(const struct form *form, struct slice name)
{
	size_t i;

	for (i = 0; i < form->count; i++)
		if (slice_eq_str(name, form->fields[i].name))
			break;
	return i;
}

int
form_unknown(struct slice name, struct err *err)
{
	return err_set_code(err, ERR_INVALID, "unknown_field",
	    "nobody can set a field %.*s here",
	    (int)(name.len < UNKNOWN_SHOWN ? name.len : UNKNOWN_SHOWN),
	    name.data);
}

struct form_value *
form_value(const struct form *form, const char *name)
{
	size_t i = form_find(form, slice_str(name));

	assert(i < form->count);
	return &form->values[i];
}

bool
form_is_valid(const struct form *form)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->values[i].problem != FIELD_OK)
			return false;
	return true;
}

/* The row of a field that now comes; count for an unknown one. */
static int
see_field(struct reader *reader, struct slice name, size_t *index_r,
    struct err *err)
{
	size_t i = form_find(reader->form, name);
	const struct field *field;

	*index_r = i;
	if (i == reader->form->count)
		return reader->input->refuses_unknown ?
		    form_unknown(name, err) : 0;
	field = &reader->form->fields[i];
	if (reader->is_seen[i] && !field->is_many)
		return err_set_code(err, ERR_INVALID, "duplicate_field",
		    "the field %s is given twice", field->name);
	reader->is_seen[i] = true;
	return 0;
}

static int
count_text(struct reader *reader, size_t len, struct err *err)
{
	reader->fields_bytes += len;
	if (reader->fields_bytes > FORM_FIELDS_BYTES_MAX)
		return err_set_code(err, ERR_TOO_LARGE, "fields_too_large",
		    "the fields together are longer than %d bytes",
		    FORM_FIELDS_BYTES_MAX);
	return 0;
}

static int
too_long(struct err *err)
{
	return err_set_code(err, ERR_TOO_LARGE, "field_too_large",
	    "a field is longer than %d bytes", FORM_FIELD_BYTES_MAX);
}

static int
set_text(struct reader *reader, size_t index, struct slice text,
    struct err *err)
{
	const struct field *field;

	if (index == reader->form->count)
		return 0;
	field = &reader->form->fields[index];
	if (field->type != FIELD_FILE) {
		form_value_check(reader->pool, field, text,
		    &reader->form->values[index]);
		return 0;
	}
	if (text.len == 0)
		return 0;
	return err_set_code(err, ERR_INVALID, "text_for_file",
	    "the field %s holds text instead of a file", field->name);
}

/* Give the open part to the sink; an unknown field's file is dropped. */
static int
start_file(struct reader *reader, struct err *err)
{
	const struct form_file_sink *sink = reader->input->sink;
	struct form_value *value;

	if (sink == NULL)
		return err_set_code(err, ERR_INVALID, "unexpected_file",
		    "this form takes no file");
	if (reader->index == reader->form->count)
		return 0;
	if (reader->form->fields[reader->index].type != FIELD_FILE)
		return err_set_code(err, ERR_INVALID, "unexpected_file",
		    "the field %s takes no file",
		    reader->form->fields[reader->index].name);
	value = &reader->form->values[reader->index];
	if (!value->is_given)
		value->text = utf8_clean(reader->pool,
		    slice_str(reader->part->filename));
	value->is_given = true;
	reader->is_in_sink = true;
	return sink->begin(sink->arg, reader->part, err);
}

static int
part_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct reader *reader = arg;

	reader->part = part;
	reader->is_in_sink = false;
	buf_clear(&reader->text);
	if (see_field(reader, slice_str(part->name), &reader->index, err) == -1)
		return -1;
	/* Without a name it is a file only when bytes follow. */
	if (part->filename != NULL && *part->filename != '\0')
		return start_file(reader, err);
	return 0;
}

static int
part_data(void *arg, struct slice bytes, struct err *err)
{
	struct reader *reader = arg;
	const struct form_file_sink *sink = reader->input->sink;

	if (reader->part->filename == NULL) {
		if (count_text(reader, bytes.len, err) == -1)
			return -1;
		return buf_slice(&reader->text, bytes) == -1 ?
		    too_long(err) : 0;
	}
	if (!reader->is_in_sink && start_file(reader, err) == -1)
		return -1;
	return reader->is_in_sink ? sink->write(sink->arg, bytes, err) : 0;
}

static int
part_end(void *arg, struct err *err)
{
	struct reader *reader = arg;
	const struct form_file_sink *sink = reader->input->sink;

	if (reader->is_in_sink)
		return sink->end(sink->arg, err);
	if (reader->part->filename != NULL)
		return 0;
	return set_text(reader, reader->index, buf_view(&reader->text), err);
}

static const struct multipart_ops part_ops = { part_begin, part_data,
	part_end };

static int
body_too_large(const struct reader *reader, struct err *err)
{
	return err_set_code(err, ERR_TOO_LARGE, "body_too_large",
	    "the request is larger than %lld bytes",
	    (long long)reader->input->body_max_bytes);
}

/* Hand the whole body to take(), to its end of input. */
static int
read_body(struct reader *reader, take_fn take, struct err *err)
{
	struct request *request = reader->input->request;
	struct slice bytes;
	int result;

	if (request->content_length > reader->input->body_max_bytes)
		return body_too_large(reader, err);
	while ((result = request_read(request, &bytes, err)) == 1) {
		if (request->body_bytes > reader->input->body_max_bytes)
			return body_too_large(reader, err);
		if (take(reader, bytes, err) == -1)
			return -1;
	}
	return result;
}

static int
take_multipart(struct reader *reader, struct slice bytes, struct err *err)
{
	return multipart_feed(reader->multipart, bytes, err);
}

static int
read_multipart(struct reader *reader, struct err *err)
{
	const char *boundary;

	if (multipart_boundary(reader->pool,
	    reader->input->request->content_type, &boundary, err) == -1)
		return -1;
	buf_init(&reader->text, reader->pool, FORM_FIELD_BYTES_MAX);
	reader->multipart = multipart_new(reader->pool, boundary,
	    &multipart_default_limits, &part_ops, reader);
	if (read_body(reader, take_multipart, err) == -1)
		return -1;
	return multipart_finish(reader->multipart, err);
}

static int
take_encoded(struct reader *reader, struct slice bytes, struct err *err)
{
	if (buf_slice(&reader->text, bytes) == 0)
		return 0;
	return err_set_code(err, ERR_TOO_LARGE, "fields_too_large",
	    "the form is longer than %d bytes", ENCODED_BYTES_MAX);
}

static int
take_pair(struct reader *reader, struct slice name, struct slice value,
    struct err *err)
{
	size_t index;

	if (value.len > FORM_FIELD_BYTES_MAX)
		return too_long(err);
	if (count_text(reader, value.len, err) == -1 ||
	    see_field(reader, name, &index, err) == -1)
		return -1;
	return set_text(reader, index, value, err);
}

static int
read_urlencoded(struct reader *reader, struct err *err)
{
	struct slice rest, name, value;
	int result;

	buf_init(&reader->text, reader->pool, ENCODED_BYTES_MAX);
	if (read_body(reader, take_encoded, err) == -1)
		return -1;
	rest = buf_view(&reader->text);
	for (int pairs = 0; (result = urlencoded_next(reader->pool, &rest,
	    &name, &value)) == 1; pairs++) {
		if (pairs == PAIRS_MAX)
			return err_set_code(err, ERR_TOO_LARGE,
			    "too_many_fields",
			    "the form has more than %d fields", PAIRS_MAX);
		if (take_pair(reader, name, value, err) == -1)
			return -1;
	}
	if (result == -1)
		return err_set_code(err, ERR_INVALID, "bad_escape",
		    "the form holds a bad percent escape");
	return 0;
}

static int
take_json(struct reader *reader, struct slice bytes, struct err *err)
{
	if (buf_slice(&reader->text, bytes) == 0)
		return 0;
	return err_set_code(err, ERR_TOO_LARGE, "fields_too_large",
	    "the body is longer than %d bytes", FORM_JSON_BYTES_MAX);
}

static int
read_json(struct reader *reader, struct err *err)
{
	buf_init(&reader->text, reader->pool, FORM_JSON_BYTES_MAX);
	if (read_body(reader, take_json, err) == -1)
		return -1;
	/* Nothing at all says no more than {} does. */
	if (reader->text.len == 0)
		return 0;
	return form_json_parse(reader->pool, buf_view(&reader->text),
	    reader->input, reader->form, err);
}

static int
unsupported(struct err *err)
{
	return err_set_code(err, ERR_UNSUPPORTED, "unsupported_type",
	    "the body is no form");
}

static int
refuse_bytes(struct reader *reader, struct slice bytes, struct err *err)
{
	(void)reader;
	(void)bytes;
	return unsupported(err);
}

static int
read_fields(struct reader *reader, struct err *err)
{
	const struct request *request = reader->input->request;
	struct slice rest = slice_str(request->content_type), type;
	const char *encoding = request_header(request, "Content-Encoding");

	if (encoding != NULL && *encoding != '\0')
		return err_set_code(err, ERR_UNSUPPORTED,
		    "unsupported_encoding", "the body is compressed");
	type = param_head(&rest);
	if (slice_eq_case(type, "multipart/form-data"))
		return read_multipart(reader, err);
	if (slice_eq_case(type, "application/x-www-form-urlencoded"))
		return read_urlencoded(reader, err);
	if (reader->input->takes_json &&
	    slice_eq_case(type, "application/json"))
		return read_json(reader, err);
	if (type.len > 0)
		return unsupported(err);
	/* A form of no fields may come without a type and without a body. */
	return read_body(reader, refuse_bytes, err);
}

/* The fields that did not come. */
static void
check_absent(struct reader *reader)
{
	for (size_t i = 0; i < reader->form->count; i++) {
		const struct field *field = &reader->form->fields[i];
		struct form_value *value = &reader->form->values[i];

		if (field->is_required && !value->is_given)
			value->problem = FIELD_MISSING;
	}
}

int
form_read(struct pool *pool, const struct form_input *input,
    struct form *form_r, struct err *err)
{
	struct reader reader = { .pool = pool, .input = input,
		.form = form_r };

	form_init(form_r, pool, input->fields, input->count);
	reader.is_seen = pool_alloc_array(pool, input->count, sizeof(bool));
	if (read_fields(&reader, err) == -1)
		return -1;
	check_absent(&reader);
	return 0;
}
