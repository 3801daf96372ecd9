/*
 * JSON values over json-c: what views are made of, what API bodies parse to.
 *
 * A tree is owned by its root, and the root by the pool it was made in; the
 * children are borrowed.  Setters copy text, which must be valid UTF-8 (what
 * is not is replaced by U+FFFD, RFC 3629).  A name that is set again replaces
 * the old value.
 *
 *	struct json *view = json_object(pool);
 *	json_set_text(view, "name", product->name);
 *	struct json *rows = json_set_array(view, "products");
 *	struct json *row = json_add_object(rows);
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

struct json; /* opaque */

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER, /* integer */
	JSON_REAL,
	JSON_TEXT,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A new root that lives until the pool is cleared. */
struct json *json_object(struct pool *pool);
struct json *json_array(struct pool *pool);

/* Members of an object. */
void json_set_text(struct json *object, const char *name, const char *text);
void json_set_slice(struct json *object, const char *name, struct slice text);
void json_set_number(struct json *object, const char *name, int64_t number);
void json_set_bool(struct json *object, const char *name, bool value);
void json_set_null(struct json *object, const char *name);
struct json *json_set_object(struct json *object, const char *name);
struct json *json_set_array(struct json *object, const char *name);

/* Items of an array. */
void json_add_text(struct json *array, const char *text);
void json_add_number(struct json *array, int64_t number);
struct json *json_add_object(struct json *array);
struct json *json_add_array(struct json *array);

/* Looking; NULL stands for an absent value and has type JSON_NULL. */
enum json_type json_type(const struct json *json);
const struct json *json_find(const struct json *object, const char *name);
size_t json_count(const struct json *array); /* 0 for what is no array */
const struct json *json_at(const struct json *array, size_t index);
/* "" for what is no text. */
const char *json_text(const struct json *json);
/* 0 for what is no number. */
int64_t json_number(const struct json *json);
bool json_bool(const struct json *json);
/* Every member of an object, in order. */
typedef void (*json_member_fn)(void *arg, const char *name,
    const struct json *value);
void json_each(const struct json *object, json_member_fn fn, void *arg);

/*
 * Parse one complete value of RFC 8259: strict UTF-8, no trailing data, no
 * duplicate names, at most JSON_DEPTH_MAX deep, no U+0000 and no integer
 * beyond int64_t.  ERR_INVALID says where.  A tree takes up to fifty times the
 * memory of its text, so bound the text.
 */
enum { JSON_DEPTH_MAX = 32 };
int json_parse(struct pool *pool, struct slice text, struct json **json_r,
    struct err *err) ATTR_MUST_USE;
/* As text, on one line or indented; slashes are not escaped. */
const char *json_format(struct pool *pool, const struct json *json);
const char *json_format_pretty(struct pool *pool, const struct json *json);

#endif
