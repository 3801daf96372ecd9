/*
 * A file as one object: large ones in parts that travel beside each other,
 * straight from the descriptor, while the next part is hashed.  What was sent
 * before an interruption need not be sent again.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_TRANSFER_H
#define STORE_TRANSFER_H

#include "store/source.h"
#include "store/store.h"

/*
 * Bytes that have gone, or that the server has already, as they go; may run on
 * another thread.  -1 ends the transfer.
 */
typedef int (*store_progress_fn)(void *arg, int64_t bytes, struct err *err);

struct store_transfer {
	/* multipart_begun and _ended tell what could be taken up again. */
	struct store_object object;
	struct store_source source;
	/* Of store_part_bytes(), or of the attempt before; 0: no parts. */
	int64_t part_bytes;
	const char *upload_id; /* of an attempt to take up; NULL: begin anew */
	/* After a failure the parts stay, to be taken up. */
	bool keep_unfinished;
	store_progress_fn progress; /* NULL: nobody asks */
	void *progress_arg;
};

/* How large the parts of a file of this size will be. */
int64_t store_part_bytes(const struct store *store, int64_t size_bytes);

/*
 * The object is durable when this returns 0.  ERR_CONFLICT when the source has
 * changed meanwhile: then there is no object, and no part is kept.  stored_r->sha256 is "" where the
 * object went in parts: only they were hashed.
 */
int store_put_file(struct store *store, struct pool *pool,
    const struct store_transfer *transfer, struct store_stored *stored_r,
    struct err *err) ATTR_MUST_USE;

#endif
