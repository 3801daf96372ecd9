/*
 * What `object put` remembers of an upload in parts, so that it can be taken
 * up after an interruption of any kind: one small file of our own for each
 * file, bucket and key, in $XDG_STATE_HOME/almacen or ~/.local/state/almacen.
 *
 *	upload_state_open(pool, &what, &state, err);
 *	... state->upload_id, or NULL
 *	upload_state_save(state, id, part_bytes, err);
 *	upload_state_forget(state);
 *
 * While it is open it is locked: two processes never work on one upload.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_UPLOAD_STATE_H
#define CTL_UPLOAD_STATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

/* What is uploaded where. */
struct upload_what {
	const char *const *environ; /* XDG_STATE_HOME, HOME */
	const char *endpoint, *bucket, *key;
	int fd; /* the file; its identity, size and time count */
};

struct upload_state {
	struct pool *pool;
	const char *path; /* NULL: there is no place to remember */
	int fd;
	int64_t size_bytes, modified_ns;
	const char *upload_id; /* of the attempt before; NULL: none */
	int64_t part_bytes;
	/* One that is of no use any more: the file is another one by now. */
	const char *stale_id; /* or NULL */
};

/*
 * ERR_CONFLICT when another process is at it.
 */
int upload_state_open(struct pool *pool, const struct upload_what *what,
    struct upload_state *state_r, struct err *err) ATTR_MUST_USE;
int upload_state_save(struct upload_state *state, const char *upload_id,
    int64_t part_bytes, struct err *err) ATTR_MUST_USE;
void upload_state_forget(struct upload_state *state);

#endif
