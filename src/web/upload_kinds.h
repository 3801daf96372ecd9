/*
 * Which kinds of file are taken, and which kind a file is.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_UPLOAD_KINDS_H
#define WEB_UPLOAD_KINDS_H

#include "codec/filecheck.h"
#include "codec/json.h"
#include "http/request.h"

/*
 * What is declared (NULL: nothing), else what the name says: content that
 * disagrees with either is refused later.  What nobody knows is a document,
 * and refused as one.
 */
enum file_kind upload_kind(struct pool *pool, const char *name,
    const char *declared_type);
/*
 * The extensions that these rules take, for accept="" of a form:
 * ".jpg,.png".
 */
const char *upload_accept(struct pool *pool, const struct file_rules *rules,
    size_t count);
/* Kinds, their extensions and sizes, for people: an array of objects. */
void upload_kinds_view(const struct request *request,
    const struct file_rules *rules, size_t count, struct json *array);

#endif
