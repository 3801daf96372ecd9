/* SPDX-License-Identifier: MIT */
#include "model/audit.h"
#include "web/audit_note.h"
#include "web/caller.h"
#include "web/error_page.h"

enum { STATUS_TOO_MANY = 429, STATUS_ERROR = 400 };

static bool
is_read(const struct request *request)
{
	return request->method == HTTP_GET || request->method == HTTP_HEAD;
}

/* Something that everybody may read; whoever changes it is noted. */
static bool
has_no_subject(const struct request *request)
{
	return request->subject != NULL && *request->subject == '\0';
}

/*
 * Strangers got nothing, and a flood of them must not cost more than lines of
 * the log: nobody limits those who stay outside.
 */
static bool
is_stranger(const struct request *request, const struct route *route)
{
	return request->caller->via == CALLER_NOBODY &&
	    route->access != ROUTE_PUBLIC;
}

static bool
is_wanted(const struct app *app, const struct request *request,
    const struct route *route, const struct response *response)
{
	return app->audit != NULL && route != NULL && route->action != NULL &&
	    request->caller != NULL && /* 405 never came to the guard */
	    response->status != STATUS_TOO_MANY &&
	    !is_stranger(request, route) &&
	    !(is_read(request) && has_no_subject(request));
}

/* The path of what is for everybody may hold what opens it. */
static const char *
subject_of(const struct request *request, const struct route *route)
{
	if (request->subject != NULL && !has_no_subject(request))
		return request->subject;
	return route->access == ROUTE_PUBLIC ? route->pattern : request->path;
}

static const char *
result_of(const struct request *request, const struct response *response,
    const struct err *failure)
{
	if (failure != NULL)
		return error_code(failure);
	/* A form that comes back with its errors. */
	if (request->refusal != NULL)
		return request->refusal;
	return response->status >= STATUS_ERROR ? "refused" : "ok";
}

static void
log_lost(const struct request *request, const struct audit_event *event,
    const struct err *err)
{
	const struct log_field fields[] = {
		{ .key = "action", .text = event->action },
		{ .key = "subject", .text = event->subject },
		{ .key = "tenant", .number = event->tenant_id },
		{ .key = "actor", .text = event->actor },
		{ .key = "via", .text = event->via },
		{ .key = "remote", .text = event->remote_addr },
		{ .key = "status", .number = event->status },
		{ .key = "result", .text = event->result },
		{ .key = "cause", .text = err->text },
	};

	log_fields(&request->log, LOG_ERROR, "not in the audit log", fields,
	    ARRAY_COUNT(fields));
}

int
audit_note_answer(const struct app *app, const struct request *request,
    const struct route *route, const struct response *response,
    const struct err *failure, struct err *err)
{
	struct audit_event event;

	if (!is_wanted(app, request, route, response))
		return 0;
	event = (struct audit_event){
		.tenant_id = request->caller->tenant_id,
		.user_id = request->caller->user_id,
		.actor = request->caller->login,
		.via = caller_via_text(request->pool, request->caller),
		.action = route->action,
		.subject = subject_of(request, route),
		.remote_addr = request->remote_addr,
		.request_id = request->id,
		.status = response->status,
		.result = result_of(request, response, failure),
	};
	if (audit_note(app->audit, &event, err) == 0)
		return 0;
	log_lost(request, &event, err);
	if (failure != NULL || !is_read(request))
		return 0;
	err->kind = ERR_UNAVAILABLE;
	return -1;
}
