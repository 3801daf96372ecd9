/*
 * GET /openapi.json (B17): OpenAPI 3.1, made of the route table and of the
 * tables that web/route_doc.h describes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "http/etag.h"
#include "web/openapi_operation.h"
#include "web/openapi_schema.h"
#include "web/routes.h"
#include "web/view.h"

enum { TAG_BYTES = 16 };

/* B16; all of them look like this. */
static const struct member error_members[] = {
	{ "status", MEMBER_NUMBER },
	{ "error", MEMBER_TEXT, .about = "The cause, as a word that stays." },
	{ "message", MEMBER_TEXT, .about = "For people, in their language." },
	{ "detail", MEMBER_TEXT, .about = "For programs, in English." },
	{ "request_id", MEMBER_TEXT },
	{ .name = NULL },
};
static const struct schema error_schema = { "Error", error_members };

/* ---- ways to log in ---- */

static struct json *
add_scheme(struct json *schemes, const char *name, const char *type)
{
	struct json *scheme = json_set_object(schemes, name);

	json_set_text(scheme, "type", type);
	return scheme;
}

static void
add_schemes(struct json *schemes)
{
	struct json *scheme = add_scheme(schemes, "bearer", "http");

	json_set_text(scheme, "scheme", "bearer");
	json_set_text(scheme, "description",
	    "An API token, alm_..., with the scope that is named.");
	scheme = add_scheme(schemes, "apiKey", "apiKey");
	json_set_text(scheme, "in", "header");
	json_set_text(scheme, "name", "X-Api-Key");
	json_set_text(scheme, "description",
	    "An API token, where the web server keeps Authorization.");
	scheme = add_scheme(schemes, "cookie", "apiKey");
	json_set_text(scheme, "in", "cookie");
	json_set_text(scheme, "name", "almacen_session");
	json_set_text(scheme, "description", "What the login page leaves.");
	scheme = add_scheme(schemes, "server", "http");
	json_set_text(scheme, "scheme", "basic");
	json_set_text(scheme, "description", "The web server's own login.");
}

/* ---- the document ---- */

/* "/download/{object_name*}" as OpenAPI writes it. */
static const char *
path_of(struct pool *pool, const struct route *route)
{
	const char *pattern = route->pattern;
	size_t len = strlen(pattern);

	if (route->doc->path != NULL)
		return route->doc->path;
	if (!slice_has_suffix(slice_str(pattern), "*}"))
		return pattern;
	return pool_format(pool, "%.*s}", (int)len - 2, pattern);
}

static const char *
method_of(struct pool *pool, enum http_method method)
{
	char *name = pool_strdup(pool, http_method_name(method));

	for (char *at = name; *at != '\0'; at++)
		*at = (char)(*at - 'A' + 'a');
	return name;
}

/* The members of a path come in several rows of the table. */
static void
add_path(struct openapi *openapi, const char *path)
{
	struct json *methods = json_set_object(openapi->paths, path);

	for (size_t i = 0; i < routes_count; i++)
		if (routes[i].doc != NULL &&
		    strcmp(path_of(openapi->pool, &routes[i]), path) == 0)
			openapi_operation(openapi, json_set_object(methods,
			    method_of(openapi->pool, routes[i].method)),
			    &routes[i], path);
}

static void
add_paths(struct openapi *openapi)
{
	for (size_t i = 0; i < routes_count; i++) {
		const char *path;

		if (routes[i].doc == NULL)
			continue;
		path = path_of(openapi->pool, &routes[i]);
		if (json_find(openapi->paths, path) == NULL)
			add_path(openapi, path);
	}
}

static struct json *
add_error_response(struct json *responses, const char *name,
    const char *about)
{
	struct json *response = json_set_object(responses, name), *content;

	json_set_text(response, "description", about);
	content = json_set_object(
	    json_set_object(response, "content"), "application/json");
	openapi_refer(json_set_object(content, "schema"), error_schema.name);
	return response;
}

static void
add_components(struct openapi *openapi, struct json *components)
{
	struct json *responses = json_set_object(components, "responses");
	struct json *later;

	openapi_add_schema(openapi->schemas, &error_schema);
	(void)add_error_response(responses, "Error", "What is the matter.");
	later = add_error_response(responses, "Later",
	    "Too many requests, or something is away: try again later.");
	openapi_header(json_set_object(later, "headers"), "Retry-After",
	    "Seconds.");
	add_schemes(json_set_object(components, "securitySchemes"));
}

static const char *
build(const struct app *app, const struct request *request)
{
	struct json *document = json_object(request->pool), *info, *components;
	struct openapi openapi = { .pool = request->pool, .app = app };

	json_set_text(document, "openapi", "3.1.0");
	info = json_set_object(document, "info");
	json_set_text(info, "title", "almacen");
	json_set_text(info, "version", PACKAGE_VERSION);
	json_set_text(json_add_object(json_set_array(document, "servers")),
	    "url", view_origin(app, request));
	openapi.paths = json_set_object(document, "paths");
	components = json_set_object(document, "components");
	openapi.schemas = json_set_object(components, "schemas");
	add_paths(&openapi);
	add_components(&openapi, components);
	return json_format(request->pool, document);
}

static const char *
tag_of(struct pool *pool, const char *text)
{
	uint8_t hash[SHA256_BYTES];

	sha256(slice_str(text), hash);
	return pool_format(pool, "\"%s\"",
	    hex_encode(pool, slice_make(hash, TAG_BYTES)));
}

const struct route_doc doc_openapi = {
	.id = "describe",
	.summary = "This description",
	.status = 200,
	.has_etag = true,
};

int
api_openapi(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *text = build(app, request);
	const char *tag = tag_of(request->pool, text);

	(void)err;
	response_header(response, "Cache-Control", "public, max-age=300");
	response_header(response, "ETag", "%s", tag);
	if (etag_matches(slice_str(request_header(request, "If-None-Match")),
		tag)) {
		response->status = 304;
		return 0;
	}
	response_body(response, "application/json", slice_str(text));
	return 0;
}
