/*
 * The list of files and the trash.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "codec/url.h"
#include "web/caller.h"
#include "web/cursor.h"
#include "web/file_access.h"
#include "web/file_card.h"
#include "web/page_files.h"
#include "web/quota_view.h"
#include "web/routes.h"
#include "web/view.h"

/* An escape is three bytes where there was one. */
enum { QUERY_MAX = 3 * REQUEST_URI_MAX, TRASH_PAGE_ROWS = 50 };

/* ---- filters ---- */

static void
add_argument(struct request *request, struct buf *query, const char *name,
    const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	(void)buf_format(query, "%s%s=%s", query->len == 0 ? "?" : "&", name,
	    url_encoded(request->pool, slice_str(value)));
}

/* The address of this list with its filters, from a place on. */
static const char *
list_url(struct request *request, const char *path, const char *cursor)
{
	static const char *const kept[] = { "q", "file_type", "athlete_id",
		"scope", "limit" };
	struct buf query;

	buf_init(&query, request->pool, QUERY_MAX);
	for (size_t i = 0; i < ARRAY_COUNT(kept); i++)
		add_argument(request, &query, kept[i],
		    request_query(request, kept[i]));
	add_argument(request, &query, "cursor", cursor);
	return view_url(request, "%s%s", path,
	    buf_is_full(&query) ? "" : query.data);
}

static void
add_kinds(const struct request *request, const struct file_search *search,
    struct json *data)
{
	struct json *kinds = json_set_array(data, "kinds");

	for (int i = 0; i < FILE_KIND_COUNT; i++) {
		enum file_kind kind = (enum file_kind)i;
		struct json *row = json_add_object(kinds);

		json_set_text(row, "value", file_kind_name(kind));
		json_set_text(row, "text", file_card_kind(request->lang, kind));
		json_set_bool(row, "selected",
		    search->has_kind && search->kind == kind);
	}
}

/* Where there is nothing at all there is nothing to search in. */
static void
add_filters(const struct request *request, const struct file_search *search,
    bool has_files, struct json *data)
{
	const char *text = search->text == NULL ? "" : search->text;
	const char *athlete_id =
	    search->athlete_id == NULL ? "" : search->athlete_id;
	bool is_of_all = search->owner == NULL;
	bool is_searched =
	    *text != '\0' || *athlete_id != '\0' || search->has_kind;

	json_set_text(data, "q", text);
	json_set_text(data, "athlete_id", athlete_id);
	json_set_bool(data, "can_choose_scope",
	    caller_may(request->caller, ROUTE_ADMIN));
	json_set_bool(data, "is_of_all", is_of_all);
	json_set_bool(data, "searched", is_searched);
	json_set_bool(data, "has_filters",
	    has_files || is_searched || is_of_all ||
		caller_may(request->caller, ROUTE_ADMIN));
	add_kinds(request, search, data);
}

/* ---- the list and the trash ---- */

static void
add_rows(const struct app *app, const struct request *request,
    const struct file_list *list, struct json *data)
{
	struct json *rows = json_set_array(data, "files");

	for (size_t i = 0; i < list->count; i++)
		file_card_view(app, request, &list->files[i],
		    json_add_object(rows));
	json_set_bool(data, "has_files", list->count > 0);
}

/* Just moved to the trash, and still there: the way back. */
static void
add_undo(const struct app *app, struct request *request, struct view *view)
{
	const char *text = request_query(request, "trashed");
	struct err err = ERR_INIT;
	struct json *undo;
	struct file file;
	int64_t id;

	if (text == NULL || !num_parse_i64(slice_str(text), INT64_MAX, &id) ||
	    !caller_may(request->caller, ROUTE_WRITE) ||
	    file_access_load(app, request, id, FILE_TO_CHANGE, &file, &err) ==
		-1 ||
	    file.state != FILE_TRASHED)
		return;
	undo = json_set_object(view->data, "undo");
	json_set_text(undo, "name", file.original_name);
	json_set_text(undo, "restore_url",
	    file_card_url(request, &file, "restore"));
	view->has_form = true;
}

/* What was searched for and found. */
struct found {
	const struct app *app;
	struct request *request;
	const struct file_search *search;
	const struct file_list *list;
};

static void
add_pager(const struct found *found, const char *path, struct json *data)
{
	struct request *request = found->request;

	if (found->search->after.id != 0)
		json_set_text(data, "first_url",
		    list_url(request, path, NULL));
	if (found->list->has_more)
		json_set_text(data, "older_url",
		    list_url(request, path,
			cursor_make(found->app, request, found->search,
			    &found->list->last)));
}

/* What the list and the trash share. */
static int
fill_list(const struct found *found, const char *path, struct view *view,
    struct err *err)
{
	struct request *request = found->request;

	view->is_html_only = true;
	json_set_bool(view->data, "can_write",
	    caller_may(request->caller, ROUTE_WRITE));
	add_pager(found, path, view->data);
	add_rows(found->app, request, found->list, view->data);
	return quota_view(found->app, request, view->data, err);
}

int
page_files_list(struct app *app, struct request *request,
    struct response *response, const struct file_search *search,
    const struct file_list *list, struct err *err)
{
	const struct found found = { app, request, search, list };
	const char *subject = request->subject;
	struct view view;

	if (search->state == FILE_TRASHED) {
		response_redirect(response, view_url(request, "/files/trash"));
		return 0;
	}
	view_init(&view, request, "files", lang_text(request->lang, "Files"));
	if (fill_list(&found, "/files", &view, err) == -1)
		return -1;
	add_filters(request, search, list->count > 0, view.data);
	add_undo(app, request, &view);
	request->subject = subject;
	return view_send(app, request, response, &view, err);
}

/* One's own, or with scope=tenant everybody's, for admins. */
static int
read_trash_search(const struct app *app, struct request *request,
    struct file_search *search_r, struct err *err)
{
	const char *cursor = request_query(request, "cursor");
	const char *scope = request_query(request, "scope");

	*search_r =
	    (struct file_search){ .tenant_id = request->caller->tenant_id,
		    .owner = request->caller->id,
		    .state = FILE_TRASHED,
		    .limit = TRASH_PAGE_ROWS };
	if (scope != NULL && strcmp(scope, "tenant") == 0 &&
	    caller_may(request->caller, ROUTE_ADMIN))
		search_r->owner = NULL;
	if (cursor == NULL)
		return 0;
	return cursor_read(app, request, cursor, search_r, err);
}

/* The way to the other of both trashes, for admins. */
static void
add_scope(const struct request *request, const struct file_search *search,
    struct json *data)
{
	bool is_of_all = search->owner == NULL;

	if (!caller_may(request->caller, ROUTE_ADMIN))
		return;
	json_set_text(data, "scope_url",
	    view_url(request, "/files/trash%s",
		is_of_all ? "" : "?scope=tenant"));
	json_set_bool(data, "is_of_all", is_of_all);
}

int
page_files_trash(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct file_search search;
	struct file_list list;
	const struct found found = { app, request, &search, &list };
	struct view view;

	if (read_trash_search(app, request, &search, err) == -1 ||
	    file_search(app->backend.db, request->pool, &search, &list, err) ==
		-1)
		return -1;
	view_init(&view, request, "trash", lang_text(request->lang, "Trash"));
	view.has_form = true;
	if (fill_list(&found, "/files/trash", &view, err) == -1)
		return -1;
	add_scope(request, &search, view.data);
	return view_send(app, request, response, &view, err);
}
