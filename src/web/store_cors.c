/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/mediatype.h"
#include "model/settings.h"
#include "web/store_cors.h"
#include "web/store_request.h"

enum { PREFLIGHT_SECS = 3000, HEADERS_MAX = 1024 };

/* "*", the request's own origin, or NULL when it may not. */
static const char *
find_allowed(const struct app *app, const struct request *request)
{
	const char *origin = request_header(request, "Origin");
	struct slice list = slice_str(conf_text(app->conf, SET_CORS_ORIGINS));
	struct slice word;

	if (origin == NULL || !store_is_served(app->backend.store))
		return NULL;
	while (media_list_next(&list, &word)) {
		if (slice_eq_str(word, "*"))
			return "*";
		if (slice_eq_case(word, origin))
			return origin;
	}
	return NULL;
}

void
store_cors(const struct app *app, const struct request *request,
    struct response *response)
{
	const char *allowed = find_allowed(app, request);

	if (*conf_text(app->conf, SET_CORS_ORIGINS) != '\0')
		response_header(response, "Vary", "Origin");
	if (allowed == NULL)
		return;
	response_header(response, "Access-Control-Allow-Origin", "%s",
	    allowed);
	response_header(response, "Access-Control-Expose-Headers",
	    "ETag, Location, Content-Range");
}

/* Names of headers, as a browser lists them. */
static bool
is_list(const char *text)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_., ";

	return strlen(text) <= HEADERS_MAX && text[strspn(text, chars)] == '\0';
}

/* The question that a browser puts before it sends a script's request. */
int
store_options(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	static const char methods[] = "GET, HEAD, PUT, POST, DELETE";
	const char *headers =
	    request_header(request, "Access-Control-Request-Headers");

	response->status = 204;
	response_header(response, "Allow", "%s, OPTIONS", methods);
	if (request_header(request, "Access-Control-Request-Method") == NULL)
		return 0;
	if (find_allowed(app, request) == NULL)
		return err_set_code(err, ERR_DENIED, "AccessForbidden",
		    "CORS_ORIGINS does not name this origin");
	response_header(response, "Access-Control-Allow-Methods", "%s",
	    methods);
	/* Which of them may come is the signature's to say. */
	if (headers != NULL && *headers != '\0' && is_list(headers))
		response_header(response, "Access-Control-Allow-Headers", "%s",
		    headers);
	response_header(response, "Access-Control-Max-Age", "%d",
	    PREFLIGHT_SECS);
	return 0;
}
