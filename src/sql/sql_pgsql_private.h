/*
 * The parts of the driver for PostgreSQL (libpq, 13 or newer).
 *
 * What goes to the server goes as a flow: queries that are sent together and
 * answered together (libpq's pipeline mode), so that BEGIN and the first
 * statement of a transaction are one way to the server and back, and so are
 * the mark and COMMIT.
 *
 *	struct flow flow;
 *
 *	flow_begin(&flow, pgsql, err);
 *	flow_text(&flow, "BEGIN ISOLATION LEVEL REPEATABLE READ");
 *	flow_statement(&flow, statement, result);
 *	return flow_end(&flow);
 *
 * Marks: the transactions of a connection are numbered, and each that writes
 * leaves its number in the connection's row of the table commit_marks.  When
 * the answer to COMMIT is lost, that row tells whether it was kept.  (The
 * transaction id of the server cannot: after a crash of the server the id of a
 * transaction that was lost is given to another.)
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_SQL_PGSQL_PRIVATE_H
#define SQL_SQL_PGSQL_PRIVATE_H

#include <libpq-fe.h>

#include "sql/sql_private.h"

enum {
	PGSQL_PREPARED_MAX = 256, /* statements of one connection */
	PGSQL_PREPARED_SLOTS = 2 * PGSQL_PREPARED_MAX,
	PGSQL_ARGS_MAX = 64,
	PGSQL_STEPS_MAX = 4 /* queries of one flow */
};

/* A statement that the server has prepared, for these types of arguments. */
struct prepared {
	const char *text;     /* NULL: a free slot */
	uint64_t ints, texts; /* bit n: argument n is one */
	bool is_there;	      /* the server has it */
};

struct pgsql {
	PGconn *conn;
	/* Open addressing; its pool holds the texts. */
	struct prepared prepared[PGSQL_PREPARED_SLOTS];
	size_t prepared_count;
	struct pool *prepared_pool;

	const char *name; /* of its row in commit_marks: a random one */
	int64_t number;	  /* of the last commit that was sent */
	int64_t backend_pid, backend_start_us; /* the server's process */

	bool has_marks;	   /* the table is there */
	bool must_begin;   /* begin() was called, BEGIN not sent yet */
	enum sql_mode mode; /* of begin() */
	bool has_snapshot; /* a statement ran in the transaction */
	bool is_lost;
};

struct flow {
	struct pgsql *pgsql;
	struct err *err;
	struct step {
		struct prepared *prepared; /* by this step, or NULL */
		struct sql_result *result; /* NULL: not wanted */
	} steps[PGSQL_STEPS_MAX * 2];
	size_t count;
	int status; /* -1: err says why */
};

void flow_begin(struct flow *flow, struct pgsql *pgsql, struct err *err);
/* A query without arguments and result. */
void flow_text(struct flow *flow, const char *text);
void flow_statement(struct flow *flow, const struct sql_statement *statement,
    struct sql_result *result);
/* Make room for the statements of a flow, when there is none. */
int flow_make_room(struct pgsql *pgsql, struct err *err) ATTR_MUST_USE;
/* Send, wait and look at all answers; -1 for the first that is an error. */
int flow_end(struct flow *flow) ATTR_MUST_USE;

/* The URL can be used and holds no password where errors would show it. */
int pgsql_check_url(const char *url, struct err *err) ATTR_MUST_USE;
/* Connect, ready for flows. */
int pgsql_connect(struct pgsql *pgsql, struct pool *pool,
    const struct sql_config *config, struct err *err) ATTR_MUST_USE;

/* What the server said, or what became of the connection; gives -1. */
int pgsql_fail(struct pgsql *pgsql, const PGresult *answer, struct err *err);
/* The connection is of no more use; gives -1. */
int pgsql_lose(struct pgsql *pgsql, const char *why, struct err *err);

#endif
