/*
 * JSON Schema (2020-12, as OpenAPI 3.1 has it) of field tables and answers.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_OPENAPI_SCHEMA_H
#define WEB_OPENAPI_SCHEMA_H

#include "codec/json.h"
#include "web/route_doc.h"

/* Not described: of our own pages alone. */
bool openapi_is_described(const struct field *field);
/* What one value may be, into an empty object. */
void openapi_field(struct json *object, const struct field *field);
/* A body, into an empty object; has files or may be JSON. */
void openapi_form(struct json *object, const struct field *fields,
    bool is_json);
/* Add a schema, and those it refers to, where they are not yet there. */
void openapi_add_schema(struct json *schemas, const struct schema *schema);
/* {"$ref": "#/components/schemas/NAME"} */
void openapi_refer(struct json *object, const char *name);

#endif
