/*
 * What a route of the API takes and answers: openapi.json is made of these
 * tables and of nothing else, and the handlers read requests by the same field
 * tables.
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
	const char *about;
};

/* A named object; members end with a row without a name. */
struct schema {
	const char *name;
	const struct member *members;
};

/* Parameters of the query, as of a form. */
struct route_doc {
	const char *id;	     /* operationId, "presignUpload" */
	const char *summary; /* one sentence */
	/* Both end with a row without a name; NULL: none.  FIELD_FILE makes it
	   multipart/form-data, else it is JSON or a form. */
	const struct field *query, *fields;
	int status; /* of success */
	const struct schema *answer; /* NULL: no JSON */
	bool can_redirect; /* browsers get 302 */
	/* Error statuses besides those the guards give; ends with 0. */
	const int *errors;
};

#endif
