/*
 * The audit log: who did what to which thing, when, from where, how it ended.
 *
 * Rows are only ever added.  Each carries a number and the SHA-256 of the row
 * before it and of itself, so that a row that was altered or taken away is
 * noticed; the end of the chain stands in a row of its own and, from time to
 * time, in the program's log, so that a cut end is noticed too.
 *
 * Threads that have something to note at the same moment share one
 * transaction: whoever comes first writes for all who wait (a group commit),
 * so that the chain costs a request no more than one insert.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/log.h"
#include "sql/sql.h"

struct audit_event {
	int64_t tenant_id;
	int64_t user_id;	 /* 0: nobody known */
	const char *actor;	 /* login name, as it was; "" */
	const char *via;	 /* "session/9", "token/12", "server", "open" */
	const char *action;	 /* "file.read", "login" */
	const char *subject;	 /* "files/123", a path, an email address */
	const char *remote_addr; /* "" for almacenctl */
	const char *request_id;
	int64_t status;	    /* of HTTP; 0 for almacenctl */
	const char *result; /* "ok" or the code of the error */
};

struct audit_row {
	int64_t number; /* 1, 2, 3, ... without gaps */
	int64_t at_ms;
	struct audit_event event;
	const char *previous; /* hash of the row before; "" for the first */
	const char *hash;     /* hex; see model/audit_chain.h */
};

struct audit;

/*
 * One for all threads of a process.  Nothing is asked yet.  The end of the
 * chain goes to the log once in a while and when the pool is cleared.
 */
struct audit *audit_new(struct pool *pool, struct sql *db,
    const struct clock *clock, const struct log *log);
/* Durable when it returns 0.  Texts are cut to what a row holds. */
int audit_note(struct audit *audit, const struct audit_event *event,
    struct err *err) ATTR_MUST_USE;

struct audit_search {
	int64_t tenant_id; /* 0: all */
	int64_t user_id;   /* 0: all */
	const char *actor, *action, *subject; /* exact; NULL: all */
	int64_t since_ms, until_ms;   /* [since, until); until 0: now */
	int64_t after_number;
	int limit;
};
/* In the order of numbers; *rows_r is an array of *count_r. */
int audit_list(struct sql *db, struct pool *pool,
    const struct audit_search *search, struct audit_row **rows_r,
    size_t *count_r, struct err *err) ATTR_MUST_USE;

struct audit_findings {
	int64_t rows;	     /* that were read */
	int64_t bad_number;  /* the first that is missing or altered; 0: none */
	const char *problem; /* what about it */
	int64_t head_number; /* where the chain ends */
	const char *head_hash;
};
/*
 * Follow the whole chain.  With expected_hash (NULL: none) the row
 * expected_number must have that hash: what somebody had written down.
 */
int audit_verify(struct sql *db, struct pool *pool, int64_t expected_number,
    const char *expected_hash, struct audit_findings *findings_r,
    struct err *err) ATTR_MUST_USE;

#endif
