/*
 * POST of an HTML form to the bucket (POST Object of S3): its fields come
 * before its file, a signed policy among them says what they may hold, and the
 * file's length is held against that policy while it comes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <strings.h>

#include "http/multipart.h"
#include "web/store_request.h"

enum {
	FIELDS_MAX = 64,
	FIELDS_BYTES_MAX = 20 * 1024, /* names and values, as S3 has it */
	TEXT_MAX = 1024
};

enum place { BEFORE_FILE, IN_FILE, AFTER_FILE };

struct upload {
	struct app *app;
	struct request *request;
	struct sign_header fields[FIELDS_MAX];
	struct store_header meta[FIELDS_MAX];
	size_t count;
	size_t bytes; /* of all fields */
	struct buf value;
	enum place place;
	bool is_field; /* the part that comes is one */
	struct s3_verified_form form;
	struct store_writer *writer;
	int64_t size_bytes;
};

static int
bad_form(struct err *err, const char *what)
{
	return err_set_code(err, ERR_INVALID, "MalformedPOSTRequest", "%s",
	    what);
}

/* ---- fields ---- */

static const char *
find_field(const struct upload *upload, const char *name)
{
	for (size_t i = 0; i < upload->count; i++)
		if (strcasecmp(upload->fields[i].name, name) == 0)
			return upload->fields[i].value;
	return NULL;
}

static int
begin_field(struct upload *upload, const char *name, struct err *err)
{
	if (upload->count == FIELDS_MAX)
		return bad_form(err, "the form has too many fields");
	upload->fields[upload->count].name =
	    pool_strdup(upload->request->pool, name);
	upload->bytes += strlen(name);
	upload->is_field = true;
	buf_init(&upload->value, upload->request->pool, FIELDS_BYTES_MAX);
	return 0;
}

static int
add_to_field(struct upload *upload, struct slice bytes, struct err *err)
{
	upload->bytes += bytes.len;
	if (upload->bytes <= FIELDS_BYTES_MAX &&
	    buf_slice(&upload->value, bytes) == 0)
		return 0;
	return err_set_code(err, ERR_INVALID, "MaxPostPreDataLengthExceeded",
	    "the form before its file has more than %d bytes",
	    FIELDS_BYTES_MAX);
}

static int
end_field(struct upload *upload, struct err *err)
{
	struct slice value = buf_view(&upload->value);

	upload->is_field = false;
	if (slice_find(value, '\0') < value.len)
		return bad_form(err, "a field holds a NUL");
	upload->fields[upload->count++].value =
	    slice_dup(upload->request->pool, value);
	return 0;
}

/* ---- the file ---- */

static int
take_text(const struct upload *upload, const char *name, const char **text_r,
    struct err *err)
{
	const char *text = find_field(upload, name);

	*text_r = text == NULL || *text == '\0' ? NULL : text;
	if (text == NULL ||
	    (strlen(text) <= TEXT_MAX && store_request_is_clean(text)))
		return 0;
	return err_set_code(err, ERR_INVALID, "InvalidArgument",
	    "%s cannot be kept", name);
}

static void
take_meta(struct upload *upload, struct store_object *object)
{
	static const char prefix[] = "x-amz-meta-";

	for (size_t i = 0; i < upload->count; i++) {
		const struct sign_header *field = &upload->fields[i];

		if (strncasecmp(field->name, prefix, strlen(prefix)) != 0)
			continue;
		upload->meta[object->meta_count++] = (struct store_header){
			.name = pool_format(upload->request->pool, "%s%s",
			    prefix, field->name + strlen(prefix)),
			.value = field->value };
	}
	object->meta = upload->meta;
}

static int
open_writer(struct upload *upload, struct err *err)
{
	struct store_object object = { .key = upload->form.key };

	if (take_text(upload, "Content-Type", &object.content_type, err) ==
		-1 ||
	    take_text(upload, "Content-Disposition",
		&object.content_disposition, err) == -1 ||
	    take_text(upload, "Cache-Control", &object.cache_control, err) ==
		-1)
		return -1;
	take_meta(upload, &object);
	return store_writer_open(upload->app->backend.store,
	    upload->request->pool, &object, &upload->writer, err);
}

/* All that decides has come before it. */
static int
begin_file(struct upload *upload, struct err *err)
{
	const struct store_form_fields fields = { upload->fields,
		upload->count };

	if (upload->place != BEFORE_FILE)
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "a form has one file");
	if (store_verify_form(upload->app->backend.store,
		upload->request->pool, &fields, &upload->form, err) == -1)
		return -1;
	upload->place = IN_FILE;
	return open_writer(upload, err);
}

static int
add_to_file(struct upload *upload, struct slice bytes, struct err *err)
{
	upload->size_bytes += (int64_t)bytes.len;
	if (upload->size_bytes > upload->form.max_bytes)
		return err_set_code(err, ERR_TOO_LARGE, "EntityTooLarge",
		    "the file has more than %lld bytes",
		    (long long)upload->form.max_bytes);
	return store_writer_write(upload->writer, bytes, err);
}

static int
end_file(struct upload *upload, struct err *err)
{
	upload->place = AFTER_FILE;
	if (upload->size_bytes >= upload->form.min_bytes)
		return 0;
	return err_set_code(err, ERR_INVALID, "EntityTooSmall",
	    "the file has fewer than %lld bytes",
	    (long long)upload->form.min_bytes);
}

/* ---- the form ---- */

/* What comes behind the file is the submit button and the like. */
static int
part_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct upload *upload = arg;

	if (strcasecmp(part->name, "file") == 0)
		return begin_file(upload, err);
	if (upload->place == BEFORE_FILE)
		return begin_field(upload, part->name, err);
	return 0;
}

static int
part_data(void *arg, struct slice bytes, struct err *err)
{
	struct upload *upload = arg;

	if (upload->is_field)
		return add_to_field(upload, bytes, err);
	if (upload->place == IN_FILE)
		return add_to_file(upload, bytes, err);
	return 0;
}

static int
part_end(void *arg, struct err *err)
{
	struct upload *upload = arg;

	if (upload->is_field)
		return end_field(upload, err);
	if (upload->place == IN_FILE)
		return end_file(upload, err);
	return 0;
}

static int
feed(void *arg, struct slice bytes, struct err *err)
{
	return multipart_feed(arg, bytes, err);
}

static int
read_form(struct upload *upload, struct err *err)
{
	static const struct multipart_ops ops = { .part_begin = part_begin,
		.part_data = part_data,
		.part_end = part_end };
	struct request *request = upload->request;
	struct multipart *multipart;
	const char *boundary;

	if (multipart_boundary(request->pool, request->content_type, &boundary,
		err) == -1)
		return err_set_code(err, ERR_CONFLICT, "PreconditionFailed",
		    "the body is not multipart/form-data");
	multipart = multipart_new(request->pool, boundary,
	    &multipart_default_limits, &ops, upload);
	if (store_request_body(request, feed, multipart, err) == -1 ||
	    multipart_finish(multipart, err) == -1)
		return -1;
	if (upload->place == AFTER_FILE)
		return 0;
	return err_set_code(err, ERR_INVALID, "InvalidArgument",
	    "the form has no file");
}

static void
answer(const struct upload *upload, struct response *response,
    const char *etag)
{
	const char *quoted = pool_format(response->pool, "\"%s\"", etag);
	const char *location = store_request_location(upload->request,
	    upload->form.key);

	response->status = upload->form.status;
	response_header(response, "ETag", "%s", quoted);
	response_header(response, "Location", "%s", location);
	if (response->status != 201)
		return;
	store_request_xml(response, "PostResponse",
	    (const struct store_xml[]){ { "Location", location },
		{ "Bucket", store_bucket(upload->app->backend.store) },
		{ "Key", upload->form.key }, { "ETag", quoted } }, 4);
}

int
store_form_post(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct upload *upload = POOL_NEW(request->pool, struct upload);
	struct store_stored stored;

	upload->app = app;
	upload->request = request;
	if (store_request_check(app, err) == -1 ||
	    store_request_length(app, request, err) == -1 ||
	    read_form(upload, err) == -1 ||
	    store_writer_commit(upload->writer, &stored, err) == -1)
		return -1;
	answer(upload, response, stored.etag);
	return 0;
}
