/*
 * What a route of the API takes and answers: openapi.json is made of these
 * tables and of nothing else, and the handlers read requests by the same field
 * tables.  A doc stands beside its handler and is named in web/routes.c:
 *
 *	static const struct member members[] = {
 *		{ "url", MEMBER_TEXT },
 *		{ "expires_in", MEMBER_NUMBER, .about = "Seconds." },
 *		{ .name = NULL },
 *	};
 *	static const struct schema signed_url = { "SignedUrl", members };
 *	const struct route_doc doc_file_presign = {
 *		.id = "presignFile",
 *		.summary = "A URL to read a file with",
 *		.query = fields, .status = 200, .answer = &signed_url,
 *		.errors = ROUTE_ERRORS(404),
 *	};
 *
 * Said by the route itself and never here: method, path and its {captures},
 * who may come (401, 403), limits (429), Idempotency-Key (409), and that a
 * body may be too large or of a kind that is not taken (413, 415).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_ROUTE_DOC_H
#define WEB_ROUTE_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "http/form.h"

/* A member of an answer's object. */
enum member_type {
	MEMBER_TEXT,
	MEMBER_NUMBER, /* integer */
	MEMBER_BOOL,
	MEMBER_TIME, /* text, RFC 3339 */
	MEMBER_TEXTS, /* array of text */
	MEMBER_MAP,   /* object of texts */
	MEMBER_OBJECT, /* of .schema */
	MEMBER_OBJECTS /* array of .schema */
};

struct member {
	const char *name;
	enum member_type type;
	bool is_optional; /* may be absent */
	bool is_nullable;
	const struct schema *schema;
	const char *choices; /* of a MEMBER_TEXT: words parted by spaces */
	const char *about;
};

/* A named object; members end with a row without a name. */
struct schema {
	const char *name;
	const struct member *members;
};

struct route_doc {
	const char *id;	     /* operationId, "presignUpload" */
	const char *summary; /* a few words, without a full stop */
	/*
	 * Where the pattern of the route would say the same as another one: an
	 * object's name has slashes, so it is "/files/{folder}/{object_name}"
	 * and not "/files/{file_id}".
	 */
	const char *path;
	/* Of a token, where the handler wants more than the route; NULL. */
	const char *scope;
	/* Both end with a row without a name; NULL: none.  FIELD_FILE makes it
	   multipart/form-data, else it is JSON or a form. */
	const struct field *query, *fields;
	int status; /* of success */
	const struct schema *answer; /* NULL: no JSON */
	bool can_redirect; /* browsers get 302 */
	bool takes_if_match, has_etag, has_location; /* headers */
	/* Error statuses besides those the route gives; ends with 0. */
	const int *errors;
};
#define ROUTE_ERRORS(...) ((const int[]){ __VA_ARGS__, 0 })

#endif
