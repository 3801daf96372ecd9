/*
 * Requests that are done once, however often they are sent: a client names its
 * request by a key, and the answer is kept under that key.
 *
 *	idempotency_begin()	1: to be done now; 0: done before, answer known
 *	idempotency_keep()	it is done, this is the answer
 *	idempotency_free()	it failed: the key may be used again
 *
 * A request that is being done holds its key for a while only, so that the key
 * of a process that was killed becomes free again.  Whoever took it then is
 * not disturbed by a first holder who was only slow.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_IDEMPOTENCY_H
#define MODEL_IDEMPOTENCY_H

#include <stdint.h>

#include "sql/sql.h"

enum {
	IDEMPOTENCY_NAME_MAX = 255,	  /* bytes of a key */
	IDEMPOTENCY_LEASE_SECS = 600,	  /* that a request holds it */
	IDEMPOTENCY_KEEP_SECS = 86400,	  /* that its answer is kept */
	IDEMPOTENCY_BODY_MAX = 64 * 1024  /* bytes of an answer */
};

struct idempotency_key {
	int64_t tenant_id, user_id;
	const char *name;
	/* Of all but the body: the same request has the same one. */
	const char *fingerprint;
	const char *holder; /* no other request has it */
};

struct idempotency_answer {
	int64_t status;
	const char *content_type, *location; /* "": none */
	const char *body;
	const char *body_hash; /* of the request's body; "": not known */
};

/*
 * ERR_CONFLICT with code "idempotency_running" while another request holds
 * the key, or "idempotency_mismatch" when it was for another fingerprint.
 */
int idempotency_begin(struct sql *db, struct pool *pool,
    const struct idempotency_key *key, int64_t now_secs,
    struct idempotency_answer *answer_r, struct err *err) ATTR_MUST_USE;
/* No effect for a key that somebody else holds by now. */
int idempotency_keep(struct sql *db, const struct idempotency_key *key,
    const struct idempotency_answer *answer, int64_t now_secs,
    struct err *err) ATTR_MUST_USE;
int idempotency_free(struct sql *db, const struct idempotency_key *key,
    struct err *err) ATTR_MUST_USE;
/* Forget what has expired; for the sweeper. */
int idempotency_purge(struct sql *db, int64_t now_secs, struct err *err)
    ATTR_MUST_USE;

#endif
