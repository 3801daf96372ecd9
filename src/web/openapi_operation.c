/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "web/openapi_operation.h"
#include "web/openapi_schema.h"
#include "web/route_doc.h"

/* ---- errors ---- */

static bool
is_safe(enum http_method method)
{
	return method == HTTP_GET || method == HTTP_HEAD;
}

/* What a route's own row says about its errors. */
static bool
is_implied(const struct route *route, int status)
{
	switch (status) {
	case 401:
		return route->access != ROUTE_PUBLIC;
	case 403:
		return route->access != ROUTE_PUBLIC ||
		    (!is_safe(route->method) && !route->is_unguarded);
	case 404:
		return strchr(route->pattern, '{') != NULL;
	case 409:
		return route->is_creating;
	case 412:
		return route->doc->takes_if_match;
	case 413:
	case 415:
		return route->body != ROUTE_NO_BODY;
	case 429:
		return route->rate != ROUTE_RATE_NONE;
	default:
		return true;
	}
}

static bool
is_listed(const int *statuses, int status)
{
	for (; statuses != NULL && *statuses != 0; statuses++)
		if (*statuses == status)
			return true;
	return false;
}

static void
add_errors(struct json *responses, const struct route *route)
{
	static const int statuses[] = { 400, 401, 403, 404, 409, 412, 413, 415,
		429, 500, 502, 503 };
	char name[8];

	for (size_t i = 0; i < ARRAY_COUNT(statuses); i++) {
		int status = statuses[i];

		if (!is_implied(route, status) &&
		    !is_listed(route->doc->errors, status))
			continue;
		(void)snprintf(name, sizeof(name), "%d", status);
		json_set_text(json_set_object(responses, name), "$ref",
		    status == 429 || status == 503 ?
			"#/components/responses/Later" :
			"#/components/responses/Error");
	}
}

/* ---- answers ---- */

void
openapi_header(struct json *headers, const char *name, const char *about)
{
	struct json *header = json_set_object(headers, name);

	json_set_text(header, "description", about);
	json_set_text(json_set_object(header, "schema"), "type", "string");
}

static void
add_headers(struct json *response, const struct route_doc *doc)
{
	struct json *headers;

	if (!doc->has_etag && !doc->has_location)
		return;
	headers = json_set_object(response, "headers");
	if (doc->has_etag)
		openapi_header(headers, "ETag", "Its version, for If-Match.");
	if (doc->has_location)
		openapi_header(headers, "Location", "Where it is.");
}

static void
add_success(struct openapi *openapi, struct json *responses,
    const struct route_doc *doc)
{
	struct json *response, *content;
	char status[8];

	(void)snprintf(status, sizeof(status), "%d", doc->status);
	response = json_set_object(responses, status);
	json_set_text(response, "description",
	    http_status_reason(doc->status));
	add_headers(response, doc);
	if (doc->answer == NULL)
		return;
	openapi_add_schema(openapi->schemas, doc->answer);
	content = json_set_object(
	    json_set_object(response, "content"), "application/json");
	openapi_refer(json_set_object(content, "schema"), doc->answer->name);
}

static void
add_responses(struct openapi *openapi, struct json *operation,
    const struct route *route)
{
	struct json *responses = json_set_object(operation, "responses");
	struct json *found;

	add_success(openapi, responses, route->doc);
	if (route->doc->can_redirect) {
		found = json_set_object(responses, "302");
		json_set_text(found, "description",
		    "Found: for browsers");
		openapi_header(json_set_object(found, "headers"), "Location",
		    "Where it is.");
	}
	add_errors(responses, route);
}

/* ---- what a request brings ---- */

static struct json *
add_parameter(struct json *list, const char *name, const char *where)
{
	struct json *parameter = json_add_object(list);

	json_set_text(parameter, "name", name);
	json_set_text(parameter, "in", where);
	return parameter;
}

/* "{file_id}" of a path; our own ids are numbers. */
static void
add_capture(struct openapi *openapi, struct json *list, struct slice segment)
{
	struct slice name = slice_make(segment.data + 1, segment.len - 2);
	struct json *parameter = add_parameter(list,
	    slice_dup(openapi->pool, name), "path");
	struct json *schema;

	json_set_bool(parameter, "required", true);
	schema = json_set_object(parameter, "schema");
	if (slice_eq_str(name, "file_id") || slice_eq_str(name, "id")) {
		json_set_text(schema, "type", "integer");
		json_set_text(schema, "format", "int64");
	} else {
		json_set_text(schema, "type", "string");
	}
}

static void
add_query(struct json *list, const struct field *fields)
{
	for (; fields != NULL && fields->name != NULL; fields++) {
		struct json *parameter =
		    add_parameter(list, fields->name, "query");

		if (fields->is_required)
			json_set_bool(parameter, "required", true);
		openapi_field(json_set_object(parameter, "schema"), fields);
	}
}

static void
add_header_parameter(struct json *list, const char *name, const char *about)
{
	struct json *parameter = add_parameter(list, name, "header");

	json_set_text(parameter, "description", about);
	json_set_text(json_set_object(parameter, "schema"), "type", "string");
}

static void
add_parameters(struct openapi *openapi, struct json *operation,
    const struct route *route, const char *path)
{
	struct json *list = json_set_array(operation, "parameters");
	struct slice rest = slice_str(path), segment;

	while (slice_next(&rest, '/', &segment))
		if (slice_has_prefix(segment, "{"))
			add_capture(openapi, list, segment);
	add_query(list, route->doc->query);
	if (route->doc->takes_if_match)
		add_header_parameter(list, "If-Match",
		    "The ETag that the change is made for.");
	if (route->is_creating)
		add_header_parameter(list, "Idempotency-Key",
		    "A word of the client's own; the same request with the"
		    " same word is done once and answered alike for a day.");
}

static bool
has_files(const struct field *fields)
{
	for (; fields->name != NULL; fields++)
		if (fields->type == FIELD_FILE)
			return true;
	return false;
}

static bool
has_required(const struct field *fields)
{
	for (; fields->name != NULL; fields++)
		if (fields->is_required)
			return true;
	return false;
}

static void
add_body(struct json *operation, const struct field *fields)
{
	struct json *body, *content;

	if (fields == NULL || !openapi_is_described(fields))
		return;
	body = json_set_object(operation, "requestBody");
	if (has_required(fields))
		json_set_bool(body, "required", true);
	content = json_set_object(body, "content");
	if (has_files(fields)) {
		openapi_form(json_set_object(json_set_object(content,
		    "multipart/form-data"), "schema"), fields, false);
		return;
	}
	openapi_form(json_set_object(json_set_object(content,
	    "application/json"), "schema"), fields, true);
	openapi_form(json_set_object(json_set_object(content,
	    "application/x-www-form-urlencoded"), "schema"), fields, false);
}

/* ---- who may come ---- */

static const char *
scope_of(const struct route *route)
{
	if (route->doc->scope != NULL)
		return route->doc->scope;
	switch (route->access) {
	case ROUTE_ADMIN:
		return "admin";
	case ROUTE_WRITE:
		return "write";
	case ROUTE_READ:
		return "read";
	case ROUTE_SELF:
	case ROUTE_PUBLIC:
		break;
	}
	return NULL;
}

static void
add_way(struct json *ways, const char *scheme, const char *scope)
{
	struct json *scopes = json_set_array(json_add_object(ways), scheme);

	/* The names of roles, OpenAPI 3.1.0 section 4.8.30. */
	if (scope != NULL)
		json_add_text(scopes, scope);
}

static void
add_security(const struct openapi *openapi, struct json *operation,
    const struct route *route)
{
	struct json *ways = json_set_array(operation, "security");
	const char *scope = scope_of(route);

	if (route->access == ROUTE_PUBLIC)
		return;
	if (openapi->app->auth == AUTH_OPEN) {
		(void)json_add_object(ways); /* {}: nobody logs in */
		return;
	}
	if (scope != NULL) {
		add_way(ways, "bearer", scope);
		add_way(ways, "apiKey", scope);
	}
	add_way(ways, openapi->app->auth == AUTH_LOGIN ? "cookie" : "server",
	    NULL);
}

void
openapi_operation(struct openapi *openapi, struct json *operation,
    const struct route *route, const char *path)
{
	const struct route_doc *doc = route->doc;

	json_set_text(operation, "operationId", doc->id);
	json_set_text(operation, "summary", doc->summary);
	add_parameters(openapi, operation, route, path);
	add_body(operation, doc->fields);
	add_responses(openapi, operation, route);
	add_security(openapi, operation, route);
}
