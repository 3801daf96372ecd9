/*
 * The other side of presigned requests (store/presign.h): where objects are
 * files, almacen itself is what their URLs lead to, below /store/.
 *
 * Codes of errors are those of S3; see s3/verify.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_SERVE_H
#define STORE_SERVE_H

#include "s3/verify.h"
#include "store/manage.h"

/* True for the file store. */
bool store_is_served(struct store *store);

/* 0 for a request that this store has presigned and that still holds. */
int store_verify_request(struct store *store, struct pool *pool,
    const struct s3_verify_request *request, struct err *err) ATTR_MUST_USE;

struct store_form_fields {
	const struct sign_header *fields;
	size_t count;
};
/* The same for the fields of a form before its file. */
int store_verify_form(struct store *store, struct pool *pool,
    const struct store_form_fields *fields, struct s3_verified_form *form_r,
    struct err *err) ATTR_MUST_USE;

/*
 * A writer for one part of an upload; what it commits replaces an earlier part
 * of that number.  ERR_NOT_FOUND ("NoSuchUpload").
 */
struct store_part_name {
	struct store_multipart upload;
	int number;
};
int store_part_open(struct store *store, struct pool *pool,
    const struct store_part_name *part, struct store_writer **writer_r,
    struct err *err) ATTR_MUST_USE;

#endif
