/*
 * Share links: whoever has one can download a file for a while, without
 * logging in.  A link is a signed token that names a file, the share version
 * it has now, and when it ends; nothing about it is kept.
 *
 * SPDX-License-Identifier: MIT
 */
#include "codec/date.h"
#include "model/file_share.h"
#include "model/settings.h"
#include "web/api.h"
#include "web/caller.h"
#include "web/download.h"
#include "web/file_access.h"
#include "web/file_card.h"
#include "web/flash.h"
#include "web/page_files.h"
#include "web/routes.h"
#include "web/token.h"
#include "web/view.h"

#define SHARE_PURPOSE "share"

enum {
	DAY_SECS = 86400,
	SHARE_DEFAULT_SECS = 7 * DAY_SECS,
	SHARE_MOST_SECS = 365 * DAY_SECS, /* whatever SHARE_MAX says */
	SHARE_URL_SECS = 300 /* of the URL that a link leads to */
};

/* ---- making a link ---- */

static const struct field share_fields[] = {
	{ "expires_in", FIELD_ID, .max = SHARE_MOST_SECS,
	    .about = "Seconds; a week when nothing is said." },
	API_LAST_FIELD,
};
static const struct member share_members[] = {
	{ "url", MEMBER_TEXT },
	{ "expires_at", MEMBER_TIME },
	{ .name = NULL },
};
static const struct schema share_schema = { "ShareLink", share_members };

const struct route_doc doc_share_file = {
	.id = "shareFile",
	.summary = "A link for people who have no login",
	.fields = share_fields,
	.status = 200,
	.answer = &share_schema,
};

static int
read_secs(const struct app *app, const struct form *form, int64_t *secs_r,
    struct err *err)
{
	const struct form_value *value = form_value(form, "expires_in");
	int64_t max = conf_number(app->conf, SET_SHARE_MAX);

	*secs_r = value->number;
	if (!value->is_given)
		*secs_r = max < SHARE_DEFAULT_SECS ? max : SHARE_DEFAULT_SECS;
	if (*secs_r <= max)
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_expires_in",
	    "expires_in: at most %lld seconds", (long long)max);
}

/* A live one of the caller's own. */
static int
load_file(const struct app *app, struct request *request, struct file *file_r,
    struct err *err)
{
	int64_t id;

	if (api_read_file_id(request, &id, err) == -1 ||
	    file_access_load(app, request, id, FILE_TO_CHANGE, file_r, err) ==
		-1)
		return -1;
	return file_access_check(request, file_r, FILE_TO_USE, err);
}

static struct file_link
make_link(const struct app *app, const struct request *request,
    const struct file *file, int64_t secs)
{
	int64_t expires_secs = clock_now_secs(request->clock) + secs;
	const char *token = token_make(request->pool, app->secret,
	    SHARE_PURPOSE, slice_str(file_share_format(request->pool, file)),
	    expires_secs);

	return (struct file_link){ pool_format(request->pool, "%s/s/%s",
		view_origin(app, request), token), expires_secs };
}

int
api_share_file(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct json *json = json_object(request->pool);
	struct file_link link;
	struct form form;
	struct file file;
	int64_t secs;

	if (api_read_form(app, request, share_fields, &form, err) == -1 ||
	    read_secs(app, &form, &secs, err) == -1 ||
	    load_file(app, request, &file, err) == -1)
		return -1;
	link = make_link(app, request, &file, secs);
	if (request->wants_html)
		return page_file_show_link(app, request, response, &file,
		    &link, err);
	json_set_text(json, "url", link.url);
	json_set_text(json, "expires_at",
	    date_iso(request->pool, link.expires_secs));
	api_send(response, json);
	return 0;
}

/* ---- ending all links of a file ---- */

static const struct field revoke_fields[] = { API_LAST_FIELD };
static const struct member revoke_members[] = {
	{ "message", MEMBER_TEXT },
	{ .name = NULL },
};
static const struct schema revoke_schema = { "Message", revoke_members };

const struct route_doc doc_revoke_shares = {
	.id = "revokeShares",
	.summary = "End all share links of a file",
	.fields = revoke_fields,
	.status = 200,
	.answer = &revoke_schema,
	.can_redirect = true,
};

int
api_revoke_shares(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct json *json = json_object(request->pool);
	struct form form;
	struct file file;

	if (api_read_form(app, request, revoke_fields, &form, err) == -1 ||
	    load_file(app, request, &file, err) == -1 ||
	    file_share_revoke(app->backend.db, file.tenant_id, file.id,
		err) == -1)
		return -1;
	if (request->wants_html) {
		flash_set(app, request, response, lang_text(request->lang,
		    "All links to this file have ended"));
		response_redirect(response,
		    file_card_url(request, &file, ""));
		return 0;
	}
	json_set_text(json, "message", "Share links revoked");
	api_send(response, json);
	return 0;
}

/* ---- following a link ---- */

const struct route_doc doc_follow_share = {
	.id = "followShare",
	.summary = "Where a share link leads: to the bytes of its file",
	.status = 302,
	.has_location = true,
};

/* It was good once, or never: nobody learns which. */
static int
bad_link(struct err *err)
{
	return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
	    "the share link leads nowhere");
}

/* Whoever comes acts for the tenant that the link is of. */
static void
become_guest(struct request *request, const struct file *file)
{
	struct caller *caller = POOL_NEW(request->pool, struct caller);

	*caller = *request->caller;
	caller->via = CALLER_SHARE;
	caller->tenant_id = file->tenant_id;
	request->caller = caller;
	request->subject = pool_format(request->pool, "files/%lld",
	    (long long)file->id);
}

int
api_follow_share(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct file_share share;
	struct slice payload;
	struct file file;
	const char *url;
	int found;

	if (!token_read(request->pool, app->secret, SHARE_PURPOSE,
		slice_str(request->captures[0]),
		clock_now_secs(request->clock), &payload) ||
	    !file_share_parse(payload, &share))
		return bad_link(err);
	found = file_share_load(app->backend.db, request->pool, &share, &file,
	    err);
	if (found != 1)
		return found == -1 ? -1 : bad_link(err);
	become_guest(request, &file);
	if (download_sign(app, request, &file, SHARE_URL_SECS, &url, err) ==
	    -1)
		return -1;
	download_redirect(response, url);
	return 0;
}
