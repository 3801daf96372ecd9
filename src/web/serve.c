/*
 * The life of a request:
 *
 *  1. a pool, an id, the clock; line and headers parsed within limits
 *  2. the route by path and method (404; 405 and OPTIONS with Allow)
 *  3. guards in this order: login, origin, rate limit; a request whose
 *     Idempotency-Key was used before is answered as it was then; then a place
 *     among the uploads
 *  4. the handler reads the body as its field table says, and fills the
 *     response; when it fails it has sent nothing, and the error page takes
 *     over
 *  5. what the audit log wants is noted, before anything is given away
 *  6. the answer is sent, a line goes to the access log, the pool is freed
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>

#include "web/audit_note.h"
#include "web/caller.h"
#include "web/error_page.h"
#include "web/guard.h"
#include "web/idempotency.h"
#include "web/rate.h"
#include "web/routes.h"
#include "web/serve.h"
#include "web/store_cors.h"
#include "web/store_error.h"
#include "web/view.h"

static bool
take_upload_place(struct app *app)
{
	int running = atomic_fetch_add(&app->uploads, 1);

	if (app->uploads_max == 0 || running < app->uploads_max)
		return true;
	(void)atomic_fetch_sub(&app->uploads, 1);
	return false;
}

static int
run_handler(struct app *app, struct request *request, struct response *response,
    const struct route *route, struct err *err)
{
	int result;

	if (route->body != ROUTE_UPLOAD)
		return route->handler(app, request, response, err);
	/* Pages must find a thread however many people upload. */
	if (!take_upload_place(app))
		return err_set_code(err, ERR_UNAVAILABLE, "too_many_uploads",
		    "%d uploads are running already", app->uploads_max);
	result = route->handler(app, request, response, err);
	(void)atomic_fetch_sub(&app->uploads, 1);
	return result;
}

static int
run_route(struct app *app, struct request *request, struct response *response,
    const struct route *route, struct err *err)
{
	if (guard_check(app, request, route, err) == -1 ||
	    rate_check(app, request, route, err) == -1)
		return -1;
	return idempotency_run(app, request, response, route, run_handler,
	    err);
}

static void
answer_options(struct response *response, const char *allow)
{
	response->status = 204;
	response_header(response, "Allow", "%s", allow);
}

/* What ROUTE_PAGE does request_init() has found out. */
static void
take_route(struct request *request, const struct route *route)
{
	if (route->answer == ROUTE_JSON)
		request->wants_json = true;
	if (route->answer == ROUTE_BOTH)
		request->wants_json = !request->wants_html;
}

/* What the table says about a request, for its error. */
struct found {
	const struct route *route; /* NULL: none */
	const char *allow;	   /* where an Allow header is due */
};

static int
dispatch(struct app *app, struct request *request, struct response *response,
    struct found *found_r, struct err *err)
{
	int found = route_find(routes, routes_count, request, &found_r->route,
	    &found_r->allow, err);

	request->shown_path =
	    route_shown_path(routes, routes_count, request->path);
	if (found_r->route != NULL)
		take_route(request, found_r->route);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no route for %s",
		    request->shown_path);
	if (found == -1 && request->method == HTTP_OPTIONS) {
		answer_options(response, found_r->allow);
		return 0;
	}
	if (found == -1)
		return -1;
	assert(found_r->route != NULL);
	found_r->allow = NULL;
	return run_route(app, request, response, found_r->route, err);
}

static bool
speaks_s3(const struct route *route)
{
	return route != NULL && route->answer == ROUTE_S3;
}

static void
answer_error(struct app *app, struct request *request,
    struct response *response, const struct route *route,
    const struct err *err)
{
	if (speaks_s3(route))
		store_error(app, request, response, err);
	else if (!guard_leads_to_login(app, request, response, err))
		error_page(app, request, response, err);
}

static void
handle(struct app *app, struct request *request, struct response *response)
{
	struct err err = ERR_INIT, unnoted = ERR_INIT;
	struct found found = { .route = NULL };
	int result = dispatch(app, request, response, &found, &err);

	if (result == -1)
		answer_error(app, request, response, found.route, &err);
	if (audit_note_answer(app, request, found.route, response,
		result == -1 ? &err : NULL, &unnoted) == -1)
		answer_error(app, request, response, found.route, &unnoted);
	if (speaks_s3(found.route))
		store_cors(app, request, response);
	if (found.allow != NULL && result == -1)
		response_header(response, "Allow", "%s", found.allow);
	rate_headers(request, response);
}

static const char *
login_of(const struct request *request)
{
	if (request->caller == NULL || *request->caller->login == '\0')
		return "-";
	return request->caller->login;
}

static void
log_access(const struct request *request, const struct response *response)
{
	const struct log_field fields[] = {
		{ .key = "method", .text = request->method_text },
		{ .key = "path", .text = request->shown_path },
		{ .key = "status", .number = response->status },
		{ .key = "bytes", .number = response->sent_bytes },
		{ .key = "ms",
		    .number =
			(clock_monotonic_us() - request->start_us) / 1000 },
		{ .key = "remote", .text = request->remote_addr },
		{ .key = "user", .text = login_of(request) },
	};

	log_fields(&request->log, LOG_INFO, "request", fields,
	    ARRAY_COUNT(fields));
}

static void
send_answer(struct request *request, struct response *response)
{
	struct err err = ERR_INIT;

	response_header(response, "X-Request-Id", "%s", request->id);
	if (response_send(response, request, &err) == -1)
		log_info(&request->log, "answer not sent: %s", err.text);
	log_access(request, response);
}

void
serve(struct app *app, struct transport *transport)
{
	struct pool *pool = pool_new();
	const struct request_input input = { .pool = pool,
		.transport = transport,
		.clock = &app->clock,
		.log = &app->log,
		.default_lang = app->default_lang,
		.is_https = app->is_https };
	struct request request;
	struct response response;
	struct err err = ERR_INIT;

	response_init(&response, pool);
	view_security_headers(app, &response);
	if (request_init(&request, &input, &err) == -1)
		error_page(app, &request, &response, &err);
	else
		handle(app, &request, &response);
	send_answer(&request, &response);
	pool_free(&pool);
}
