/*
 * Where one is logged in, and how to end it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "model/session.h"
#include "web/caller.h"
#include "web/device_name.h"
#include "web/flash.h"
#include "web/page_account.h"
#include "web/routes.h"

static void
add_session(const struct request *request, const struct session *session,
    struct json *row)
{
	struct pool *pool = request->pool;
	const char *device = device_name(pool, session->user_agent);
	bool is_current = session->id == request->caller->session_id;

	json_set_text(row, "device", *device == '\0' ?
	    lang_text(request->lang, "Unknown device") : device);
	json_set_text(row, "remote_addr", session->remote_addr);
	json_set_bool(row, "is_current", is_current);
	view_set_time(row, pool, "created", session->created_secs);
	view_set_time(row, pool, "seen", session->seen_secs);
	if (!is_current)
		json_set_text(row, "end_url",
		    view_url(request, "/account/sessions/%lld/end",
			(long long)session->id));
}

int
page_sessions(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct session *sessions;
	struct json *rows;
	struct view view;
	size_t count;

	if (account_check_login(app, err) == -1 ||
	    session_list(app->backend.db, request->pool,
		request->caller->user_id, &app->session_terms,
		clock_now_secs(request->clock), &sessions, &count, err) == -1)
		return -1;
	account_view_init(&view, app, request, "account_sessions",
	    ACCOUNT_SESSIONS);
	rows = json_set_array(view.data, "sessions");
	for (size_t i = 0; i < count; i++)
		add_session(request, &sessions[i], json_add_object(rows));
	json_set_bool(view.data, "has_others", count > 1);
	json_set_text(view.data, "end_others_url",
	    view_url(request, "/account/sessions/end-others"));
	return view_send(app, request, response, &view, err);
}

static int
go_back(const struct app *app, const struct request *request,
    struct response *response, const char *message)
{
	flash_set(app, request, response, message);
	response_redirect(response, view_url(request, "/account/sessions"));
	return 0;
}

int
page_session_end(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	int64_t id;

	if (account_check_login(app, err) == -1 ||
	    account_read_button(app, request, err) == -1 ||
	    account_read_id(request, &id, err) == -1)
		return -1;
	request->subject =
	    pool_format(request->pool, "sessions/%lld", (long long)id);
	if (session_end(app->backend.db, request->caller->user_id, id, err) ==
	    -1)
		return -1;
	return go_back(app, request, response,
	    lang_text(request->lang, "The session has ended"));
}

int
page_sessions_end_others(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	if (account_check_login(app, err) == -1 ||
	    account_read_button(app, request, err) == -1 ||
	    session_end_others(app->backend.db, request->caller->user_id,
		request->caller->session_id, err) == -1)
		return -1;
	return go_back(app, request, response,
	    lang_text(request->lang, "All other sessions have ended"));
}
