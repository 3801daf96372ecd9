/*
 * Presigned requests: bytes that bypass us, by a URL or an HTML form that
 * permits one upload or download and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_PRESIGN_H
#define STORE_PRESIGN_H

#include "store/store.h"

/* What a URL permits.  What is NULL, "" or -1 is not signed. */
struct store_access {
	const char *method; /* GET, HEAD, PUT or DELETE */
	const char *key;
	const char *upload_id; /* with PUT: a part of that upload */
	int part_number;
	/* PUT: another type, length or content is refused. */
	const char *content_type;
	int64_t content_length;
	const char *sha256; /* hex; where the provider checks it */
	bool is_new_only;   /* where the provider can: traits */
	/* GET and HEAD: what the answer's headers will say. */
	const char *response_type, *response_disposition, *response_cache;
	int64_t expires_secs;
	/*
	 * "https://host/base" of the application as the browser sees it; the
	 * file store's URLs lead there.
	 */
	const char *origin;
};

struct store_presigned {
	const char *method, *url;
	const struct store_header *headers; /* to be sent, all signed */
	size_t header_count;
	int64_t expires_secs; /* from now */
};
/* Pure, but that credentials may have to be fetched. */
int store_presign(struct store *store, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err) ATTR_MUST_USE;

/* An upload by an HTML form; see s3/post.h. */
struct store_form_access {
	const char *key;
	const char *key_prefix;
	const char *content_type; /* NULL: the form has none */
	int64_t min_bytes, max_bytes;
	const struct store_header *fields; /* x-amz-meta-..., exact */
	size_t field_count;
	int64_t expires_secs;
	const char *origin;
};
struct store_form {
	const char *url;
	const struct store_header *fields; /* in order, before the file */
	size_t field_count;
	int64_t expires_secs;
};
/* ERR_UNSUPPORTED where the provider has no POST Object. */
int store_presign_form(struct store *store, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err) ATTR_MUST_USE;

/* What the server behind a store can do. */
struct store_traits {
	bool can_post_forms;
	bool can_write_conditionally; /* If-None-Match: * is honoured */
	/* A URL that is_new_only never replaces, whatever else its holder
	   sends along (s3/provider.h). */
	bool urls_never_replace;
	bool signs_checksum; /* store_access.sha256 is signed, and checked */
};
const struct store_traits *store_traits(const struct store *store);

#endif
