/*
 * Lists of files (B8): the caller's own, or all of the tenant for its admins.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "codec/url.h"
#include "model/file_search.h"
#include "model/keys.h"
#include "web/api.h"
#include "web/caller.h"
#include "web/cursor.h"
#include "web/file_view.h"
#include "web/page_files.h"
#include "web/routes.h"
#include "web/token.h"
#include "web/view.h"

enum {
	LIMIT_DEFAULT = 50,
	WORD_MAX = 16, /* of a choice */
	/* An escape is three bytes where there was one. */
	QUERY_MAX = 3 * REQUEST_URI_MAX
};

static const struct field list_fields[] = {
	{ "athlete_id", FIELD_TEXT, .max = KEYS_ATHLETE_MAX },
	{ "file_type", FIELD_TEXT, .max = WORD_MAX,
	    .choices = "image video audio document" },
	{ "q", FIELD_TEXT, .max = FILE_SEARCH_TEXT_MAX,
	    .about = "Part of name, description or tags; case and accents are"
		     " ignored." },
	{ "state", FIELD_TEXT, .max = WORD_MAX, .choices = "live trashed" },
	{ "scope", FIELD_TEXT, .max = WORD_MAX, .choices = "mine tenant",
	    .about = "tenant: files of everybody; for admins." },
	{ "limit", FIELD_ID, .max = FILE_SEARCH_MAX },
	{ "cursor", FIELD_TOKEN, .max = TOKEN_CHARS_MAX,
	    .about = "Of the page before, with the same filters." },
	API_LAST_PARAMETER,
};

/* clang-format off */
static const struct member list_members[] = {
	{ "files", MEMBER_OBJECTS, .schema = &file_schema,
	    .about = "Newest first." },
	{ "next_cursor", MEMBER_TEXT, .is_nullable = true,
	    .about = "For the page behind this one; null: there is none." },
	{ "limit", MEMBER_NUMBER },
	{ .name = NULL },
};
/* clang-format on */
static const struct schema list_schema = { "FileList", list_members };

const struct route_doc doc_file_list = {
	.id = "listFiles",
	.summary = "A page of the files there are",
	.query = list_fields,
	.status = 200,
	.answer = &list_schema,
	.errors = ROUTE_ERRORS(400),
};

/* ---- what was asked for ---- */

static int
bad_choice(const char *name, const char *choices, struct err *err)
{
	return err_set_code(err, ERR_INVALID, "bad_field",
	    "%s is one of: %s", name, choices);
}

/* True for the second word of two, false for the first or none. */
static int
read_choice(const struct form *form, const char *name, const char *first,
    const char *second, bool *is_second_r, struct err *err)
{
	const char *text = form_value(form, name)->text;

	*is_second_r = strcmp(text, second) == 0;
	if (*is_second_r || *text == '\0' || strcmp(text, first) == 0)
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_field", "%s is %s or %s",
	    name, first, second);
}

static int
read_kind(const struct form *form, struct file_search *search,
    struct err *err)
{
	const struct form_value *value = form_value(form, "file_type");

	search->has_kind = value->is_given;
	if (!value->is_given ||
	    file_kind_find(slice_str(value->text), &search->kind))
		return 0;
	return bad_choice("file_type", "image, video, audio, document", err);
}

static int
read_scope(const struct request *request, const struct form *form,
    struct file_search *search, struct err *err)
{
	bool is_of_tenant;

	if (read_choice(form, "scope", "mine", "tenant", &is_of_tenant, err) ==
	    -1)
		return -1;
	search->owner = is_of_tenant ? NULL : request->caller->id;
	if (is_of_tenant && !caller_may(request->caller, ROUTE_ADMIN))
		return err_set(err, ERR_DENIED, "Forbidden");
	return 0;
}

static const char *
given(const struct form *form, const char *name)
{
	const struct form_value *value = form_value(form, name);

	return value->is_given ? value->text : NULL;
}

/* The cursor last: it belongs to all the rest. */
static int
read_search(const struct app *app, const struct request *request,
    const struct form *form, struct file_search *search, struct err *err)
{
	const struct form_value *limit = form_value(form, "limit");
	const char *cursor = given(form, "cursor");
	bool is_trash;

	*search = (struct file_search){
		.tenant_id = request->caller->tenant_id,
		.athlete_id = given(form, "athlete_id"),
		.text = given(form, "q"),
		.limit = limit->is_given ? (int)limit->number : LIMIT_DEFAULT
	};
	if (read_choice(form, "state", "live", "trashed", &is_trash, err) ==
		-1 ||
	    read_kind(form, search, err) == -1 ||
	    read_scope(request, form, search, err) == -1)
		return -1;
	search->state = is_trash ? FILE_TRASHED : FILE_LIVE;
	if (cursor == NULL)
		return 0;
	return cursor_read(app, request, cursor, search, err);
}

/* ---- what is answered ---- */

/* The query of this page with another cursor (RFC 8288). */
static void
add_link(const struct request *request, struct response *response,
    const struct form *form, const char *cursor)
{
	struct buf query;

	buf_init(&query, request->pool, QUERY_MAX);
	for (size_t i = 0; i < form->count; i++) {
		const char *name = form->fields[i].name;

		if (form->values[i].is_given && strcmp(name, "cursor") != 0)
			(void)buf_format(&query, "%s=%s&", name,
			    url_encoded(request->pool,
				slice_str(form->values[i].text)));
	}
	(void)buf_format(&query, "cursor=%s", cursor);
	response_header(response, "Link", "<%s>; rel=\"next\"",
	    view_url(request, "/files?%s", query.data));
}

static void
send_list(const struct app *app, struct request *request,
    struct response *response, const struct file_list *list,
    const struct file_search *search, const char *cursor)
{
	struct json *json = json_object(request->pool);
	struct json *files = json_set_array(json, "files");

	for (size_t i = 0; i < list->count; i++)
		file_view(app, request, &list->files[i],
		    json_add_object(files));
	if (cursor == NULL)
		json_set_null(json, "next_cursor");
	else
		json_set_text(json, "next_cursor", cursor);
	json_set_number(json, "limit", search->limit);
	response_header(response, "Vary", "Accept");
	api_send(response, json);
}

int
api_file_list(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *cursor = NULL;
	struct file_search search;
	struct file_list list;
	struct form form;

	if (api_read_query(request, list_fields, &form, err) == -1 ||
	    read_search(app, request, &form, &search, err) == -1 ||
	    file_search(app->backend.db, request->pool, &search, &list, err) ==
		-1)
		return -1;
	if (list.has_more) {
		cursor = cursor_make(app, request, &search, &list.last);
		add_link(request, response, &form, cursor);
	}
	if (!request->wants_json)
		return page_files_list(app, request, response, &search, &list,
		    err);
	send_list(app, request, response, &list, &search, cursor);
	return 0;
}
