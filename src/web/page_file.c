/*
 * One file, and sharing it by a link.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/settings.h"
#include "web/caller.h"
#include "web/file_card.h"
#include "web/page_files.h"
#include "web/view.h"

/* ---- what can be done with it ---- */

static bool
can_change(const struct request *request, const struct file *file)
{
	return caller_owns(request->caller, file->owner) &&
	    caller_may(request->caller, ROUTE_WRITE);
}

static void
add_actions(const struct request *request, const struct file *file,
    struct json *object)
{
	bool can_edit = can_change(request, file);
	static const char *const words[] = { "edit", "delete", "restore",
		"erase" };

	json_set_bool(object, "can_edit", can_edit);
	for (size_t i = 0; can_edit && i < ARRAY_COUNT(words); i++)
		json_set_text(object,
		    pool_format(request->pool, "%s_url", words[i]),
		    file_card_url(request, file, words[i]));
	json_set_text(object, "list_url",
	    view_url(request,
		file->state == FILE_TRASHED ? "/files/trash" : "/files"));
}

/* ---- share links ---- */

enum {
	HOUR_SECS = 3600,
	DAY_SECS = 24 * HOUR_SECS,
	CHOSEN_SECS = DAY_SECS /* unless somebody chooses otherwise */
};

/* Those that SHARE_MAX permits; the first always, however short it is. */
static void
add_choices(const struct app *app, const struct request *request,
    struct json *data)
{
	static const struct {
		int64_t secs;
		const char *text;
	} rows[] = {
		{ HOUR_SECS, N_("1 hour") },
		{ DAY_SECS, N_("1 day") },
		{ 7 * (int64_t)DAY_SECS, N_("1 week") },
		{ 30 * (int64_t)DAY_SECS, N_("30 days") },
	};
	int64_t max = conf_number(app->conf, SET_SHARE_MAX);
	struct json *choices = json_set_array(data, "share_choices");

	if (max < rows[0].secs) {
		struct json *choice = json_add_object(choices);

		json_set_number(choice, "secs", max);
		json_set_text(choice, "text",
		    pool_format(request->pool,
			lang_text(request->lang, "%lld minutes"),
			(long long)(max / 60)));
	}
	for (size_t i = 0; i < ARRAY_COUNT(rows) && rows[i].secs <= max; i++) {
		struct json *choice = json_add_object(choices);

		json_set_number(choice, "secs", rows[i].secs);
		json_set_text(choice, "text",
		    lang_text(request->lang, rows[i].text));
		json_set_bool(choice, "selected", rows[i].secs == CHOSEN_SECS);
	}
}

static void
add_sharing(const struct app *app, const struct request *request,
    const struct file *file, struct json *data)
{
	json_set_bool(data, "can_share", true);
	json_set_text(data, "share_action",
	    file_card_url(request, file, "share"));
	json_set_text(data, "revoke_action",
	    file_card_url(request, file, "share/revoke"));
	add_choices(app, request, data);
}

/* ---- the page ---- */

struct file_page {
	const struct app *app;
	struct request *request;
	struct response *response;
	const struct file *file;
	const struct file_link *link; /* NULL: none was made just now */
};

static void
add_link(const struct file_page *page, struct json *data)
{
	if (page->link == NULL)
		return;
	json_set_text(data, "share_url", page->link->url);
	view_set_time(data, page->request->pool, "share_until",
	    page->link->expires_secs);
}

static int
show(const struct file_page *page, struct err *err)
{
	const struct app *app = page->app;
	const struct file *file = page->file;
	struct request *request = page->request;
	const struct json *preview;
	struct json *object;
	struct view view;

	view_init(&view, request, "file", file->original_name);
	view.is_html_only = true;
	view.has_form = true;
	object = json_set_object(view.data, "file");
	file_card_details(app, request, file, object);
	add_actions(request, file, object);
	if (file->state == FILE_LIVE && can_change(request, file))
		add_sharing(app, request, file, view.data);
	add_link(page, view.data);
	preview = json_find(object, "preview_url");
	if (preview != NULL)
		view_allow_image(app, page->response, json_text(preview));
	return view_send(app, request, page->response, &view, err);
}

int
page_file_show(struct app *app, struct request *request,
    struct response *response, const struct file *file, struct err *err)
{
	const struct file_page page = { app, request, response, file, NULL };

	return show(&page, err);
}

int
page_file_show_link(struct app *app, struct request *request,
    struct response *response, const struct file *file,
    const struct file_link *link, struct err *err)
{
	const struct file_page page = { app, request, response, file, link };

	return show(&page, err);
}
