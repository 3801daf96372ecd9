/*
 * Connections of one database that many threads take turns with, and the
 * patience with a database that is busy or away.
 *
 *	struct sql_retry retry = sql_retry_begin(shared, SQL_RETRY_WAIT_MS);
 *
 *	do
 *		status = once(shared, err);
 *	while (status == -1 && sql_retry_again(&retry, err));
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_LEASE_PRIVATE_H
#define SQL_SQL_LEASE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "sql/sql_private.h"

enum {
	SQL_RETRY_WAIT_MS = 15 * 1000, /* for all tries together */
	SQL_OPEN_WAIT_MS = 10 * 1000   /* a restart takes seconds */
};

struct sql_conn {
	struct sql_conn *next; /* while idle */
	struct pool *pool; /* its own: pools belong to one thread at a time */
	void *handle;	   /* the driver's */
};

/* The transaction that writers share (sql_batch.c). */
struct sql_batch {
	/* Guarded by the mutex of sql_shared: */
	bool is_taken; /* somebody has the turn */
	int waiting;   /* for it */
	/* One waiter is woken when the turn is passed, all members at last. */
	pthread_cond_t turn, over;
	/* Of whoever has the turn: */
	struct sql_conn *conn; /* NULL: no transaction has begun */
	struct sql_member *members;
	int count;
};

/* What all leases of a database share. */
struct sql_shared {
	const struct sql_driver *driver;
	struct sql_config config;
	int connections_max;
	/* It stayed away for as long as we wait: others need not wait too. */
	atomic_bool is_away;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t conn_free; /* one waiter is woken for each */
	struct sql_conn *idle;
	int open_count; /* leased and idle ones */
	struct sql_batch batch;
};

struct sql_retry {
	struct sql_shared *shared;
	int64_t deadline_ms;
	int64_t back_off_ms;
	bool is_stubborn; /* also when others have found it away */
};

/* Ready for leases; its connections are closed when the pool is cleared. */
void sql_shared_init(struct sql_shared *shared, struct pool *pool);

struct sql_retry sql_retry_begin(struct sql_shared *shared, int wait_ms);
/*
 * After a failure: sleep and say true when another try makes sense.
 */
bool sql_retry_again(struct sql_retry *retry, const struct err *err)
    ATTR_MUST_USE;
/* The code of the error is this one. */
bool sql_err_is(const struct err *err, const char *code);

/* A connection for this thread alone. */
int sql_lease_begin(struct sql_shared *shared, struct sql_conn **conn_r,
    struct err *err) ATTR_MUST_USE;
/* Give a place back, with its connection or (NULL) without. */
void sql_lease_end(struct sql_shared *shared, struct sql_conn *conn);
/* Until when to wait for one that begins to wait now. */
struct timespec sql_lease_deadline(void);

/* A connection beside the leases, to take the place of one that was lost. */
int sql_conn_open(struct sql_shared *shared, struct sql_conn **conn_r,
    struct err *err) ATTR_MUST_USE;
void sql_conn_close(struct sql_conn *conn);
/* One connection died: the idle ones may have died with it. */
void sql_close_idle(struct sql_shared *shared);

#endif
