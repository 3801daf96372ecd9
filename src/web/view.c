/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "codec/date.h"
#include "codec/url.h"
#include "model/settings.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "web/view.h"

void
view_init(struct view *view, struct request *request, const char *template,
    const char *title)
{
	*view = (struct view){ .template = template,
		.title = title,
		.data = json_object(request->pool) };
}

const char *
view_url(const struct request *request, const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = pool_vformat(request->pool, fmt, ap);
	va_end(ap);
	return pool_format(request->pool, "%s%s", request->base, path);
}

const char *
view_origin(const struct app *app, const struct request *request)
{
	const char *url = settings_base_url(request->pool, app->conf);

	return *url == '\0' ? request_origin(request) : url;
}

void
view_security_headers(const struct app *app, struct response *response)
{
	response_header(response, "X-Content-Type-Options", "nosniff");
	response_header(response, "Referrer-Policy", "same-origin");
	response_header(response, "X-Frame-Options", "DENY");
	response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
	if (app->content_security_policy != NULL)
		response_header(response, "Content-Security-Policy", "%s",
		    app->content_security_policy);
}

const char *
view_size(struct pool *pool, int64_t bytes)
{
	static const char *const units[] = { "KB", "MB", "GB", "TB", "PB",
		"EB" };
	double size = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024)
		return pool_format(pool, "%lld B", (long long)bytes);
	/* What would be written as 1024.0 is one of the next unit. */
	for (; size >= 1023.95 && i + 1 < ARRAY_COUNT(units); i++)
		size /= 1024;
	return pool_format(pool, "%.1f %s", size, units[i]);
}

void
view_set_time(struct json *object, struct pool *pool, const char *name,
    int64_t secs)
{
	const char *iso = date_iso(pool, secs);

	json_set_text(object, name, iso);
	json_set_text(object, pool_format(pool, "%s_text", name),
	    pool_format(pool, "%.10s %.5s", iso, iso + 11));
}

void
view_allow_image(const struct app *app, struct response *response,
    const char *url)
{
	struct pool *pool = response->pool;
	struct url parts;
	struct err err;

	if (url_parse(pool, slice_str(url), &parts, &err) == -1)
		return; /* a path of our own */
	response_header(response, "Content-Security-Policy", "%s",
	    app_policy(app, pool,
		pool_format(pool, "%s://%s", parts.scheme, parts.authority)));
}

static void
add_flash(const struct app *app, const struct request *request,
    struct response *response, struct view *view)
{
	struct json *flash;

	if (view->flash.kind == FLASH_NONE)
		flash_take(app, request, response, &view->flash);
	if (view->flash.kind == FLASH_NONE)
		return;
	flash = json_set_object(view->data, "flash");
	json_set_text(flash, "kind",
	    view->flash.kind == FLASH_SUCCESS ? "success" : "error");
	json_set_text(flash, "text", view->flash.text);
}

/* The menu of whoever is logged in. */
static void
add_user(const struct app *app, const struct request *request,
    struct response *response, struct view *view)
{
	const struct caller *caller = request->caller;

	if (caller == NULL || caller->via == CALLER_NOBODY)
		return;
	json_set_text(view->data, "user", caller->name);
	if (caller->via != CALLER_SESSION)
		return;
	json_set_bool(view->data, "can_log_out", true);
	json_set_text(view->data, "csrf", csrf_token(app, request, response));
}

static void
add_chrome(const struct app *app, const struct request *request,
    struct response *response, struct view *view)
{
	json_set_text(view->data, "base", request->base);
	json_set_text(view->data, "lang", lang_tag(request->lang));
	json_set_text(view->data, "title", view->title);
	json_set_text(view->data, "version", PACKAGE_VERSION);
	add_user(app, request, response, view);
	if (view->has_form)
		json_set_text(view->data, "csrf",
		    csrf_token(app, request, response));
	add_flash(app, request, response, view);
}

static int
send_html(const struct app *app, struct request *request,
    struct response *response, struct view *view, struct err *err)
{
	struct buf page;

	add_chrome(app, request, response, view);
	buf_init(&page, request->pool, TMPL_OUTPUT_MAX);
	if (tmpl_render(app->templates, view->template, view->data,
		request->lang, &page, err) == -1)
		return -1;
	response_body(response, "text/html; charset=utf-8", buf_view(&page));
	return 0;
}

int
view_send(const struct app *app, struct request *request,
    struct response *response, struct view *view, struct err *err)
{
	response_header(response, "Cache-Control", "private, no-store");
	response_header(response, "Vary", "Accept, Accept-Language, Cookie");
	if (request->wants_json && !view->is_html_only) {
		const char *text = json_format(request->pool, view->data);

		response_body(response, "application/json", slice_str(text));
		return 0;
	}
	response_header(response, "Content-Language", "%s",
	    lang_tag(request->lang));
	return send_html(app, request, response, view, err);
}
