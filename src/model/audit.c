/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>

#include "codec/utf8.h"
#include "model/audit_chain.h"
#include "model/audit_private.h"

enum {
	BATCH_MAX = 64,
	LOG_EVERY = 1000, /* rows */
	/* Bytes that a row keeps of a text. */
	NAME_MAX_BYTES = 64,
	ACTOR_MAX_BYTES = 256,
	SUBJECT_MAX_BYTES = 1024
};

/* A thread that has something to note. */
struct waiter {
	struct waiter *next;
	pthread_cond_t told; /* its own: the others sleep on */
	struct audit_row *row;
	bool is_done;
	int result;
	struct err *err;
};

struct audit {
	struct sql *db;
	const struct clock *clock;
	const struct log *log;
	pthread_mutex_t mutex; /* guards what follows */
	struct waiter *first, **last_next;
	bool is_writing;
	int64_t rows; /* written by this process */
	int64_t head_number;
	char head_hash[AUDIT_HASH_CHARS + 1];
};

enum statement { APPEND, MOVE_HEAD };

static const char *const sql[] = {
	[APPEND] = "INSERT INTO audit (number, at_ms, tenant_id, user_id,"
		   " actor, via, action, subject, remote_addr, request_id,"
		   " status, result, hash) VALUES ($1, $2, $3, $4, $5, $6, $7,"
		   " $8, $9, $10, $11, $12, $13)",
	[MOVE_HEAD] = "UPDATE audit_head SET number = $1, hash = $2"
		      " WHERE id = 1",
};

/* ---- opening ---- */

/* For whoever wants to know later that no row was cut off. */
static void
log_head(const struct audit *audit)
{
	const struct log_field fields[] = {
		{ .key = "number", .number = audit->head_number },
		{ .key = "hash", .text = audit->head_hash },
	};

	log_fields(audit->log, LOG_INFO, "end of the audit log", fields,
	    ARRAY_COUNT(fields));
}

static void
close_audit(void *arg)
{
	struct audit *audit = arg;

	/* A CGI program writes one row; the log would be as long as ours. */
	if (audit->rows > 1)
		log_head(audit);
	(void)pthread_mutex_destroy(&audit->mutex);
}

struct audit *
audit_new(struct pool *pool, struct sql *db, const struct clock *clock,
    const struct log *log)
{
	struct audit *audit = POOL_NEW(pool, struct audit);

	audit->db = db;
	audit->clock = clock;
	audit->log = log;
	audit->last_next = &audit->first;
	(void)pthread_mutex_init(&audit->mutex, NULL);
	pool_on_clear(pool, close_audit, audit);
	return audit;
}

/* ---- one batch ---- */

struct batch {
	struct waiter *first;
	struct audit_head head; /* after it */
	struct pool *pool;
};

static int
append(struct sql *tx, const struct audit_row *row, struct err *err)
{
	const struct audit_event *event = &row->event;
	struct sql_value args[] = { SQL_INT(row->number), SQL_INT(row->at_ms),
		SQL_INT(event->tenant_id), SQL_INT(event->user_id),
		SQL_TEXT(event->actor), SQL_TEXT(event->via),
		SQL_TEXT(event->action), SQL_TEXT(event->subject),
		SQL_TEXT(event->remote_addr), SQL_TEXT(event->request_id),
		SQL_INT(event->status), SQL_TEXT(event->result),
		SQL_TEXT(row->hash) };

	return sql_exec(tx, sql[APPEND], args, ARRAY_COUNT(args), NULL, err);
}

static int
move_head(struct sql *tx, const struct audit_head *head, struct err *err)
{
	struct sql_value args[] = { SQL_INT(head->number),
		SQL_TEXT(head->hash) };

	return sql_exec(tx, sql[MOVE_HEAD], args, ARRAY_COUNT(args), NULL,
	    err);
}

/* Runs again when the database asks for it: numbers are given anew. */
static int
write_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct batch *batch = arg;
	struct waiter *waiter;

	/* All processes that have something to note meet here. */
	if (sql_lock_table(tx, "audit_head", err) == -1 ||
	    audit_head_load(tx, batch->pool, &batch->head, err) == -1)
		return -1;
	for (waiter = batch->first; waiter != NULL; waiter = waiter->next) {
		struct audit_row *row = waiter->row;

		row->number = ++batch->head.number;
		row->previous = batch->head.hash;
		row->hash = audit_hash(batch->pool, row);
		batch->head.hash = row->hash;
		if (append(tx, row, err) == -1)
			return -1;
	}
	return move_head(tx, &batch->head, err);
}

/* ---- the group commit; these are called with the mutex held ---- */

/* Up to BATCH_MAX of those who wait, in the order they came. */
static struct waiter *
take_batch(struct audit *audit)
{
	struct waiter *first = audit->first, *last = first;

	for (int i = 1; i < BATCH_MAX && last->next != NULL; i++)
		last = last->next;
	audit->first = last->next;
	if (last->next == NULL)
		audit->last_next = &audit->first;
	last->next = NULL;
	return first;
}

static void
remember_head(struct audit *audit, const struct audit_head *head,
    int64_t rows)
{
	int64_t before = audit->head_number;

	audit->rows += rows;
	audit->head_number = head->number;
	(void)snprintf(audit->head_hash, sizeof(audit->head_hash), "%s",
	    head->hash);
	if (before > 0 && head->number / LOG_EVERY > before / LOG_EVERY)
		log_head(audit);
}

/* Each hears how its batch went, and goes when the mutex is free. */
static int64_t
tell(struct waiter *waiter, int result, const struct err *err)
{
	struct waiter *next;
	int64_t count = 0;

	for (; waiter != NULL; waiter = next) {
		next = waiter->next;
		if (result == -1)
			*waiter->err = *err;
		waiter->result = result;
		waiter->is_done = true;
		(void)pthread_cond_signal(&waiter->told);
		count++;
	}
	return count;
}

/* Whoever finds that nobody writes does it for all who wait. */
static void
write_batch(struct audit *audit)
{
	struct batch batch = { .first = take_batch(audit),
		.pool = pool_new() };
	struct err err = ERR_INIT;
	int64_t count;
	int result;

	audit->is_writing = true;
	(void)pthread_mutex_unlock(&audit->mutex);
	result = sql_transaction(audit->db, write_in_transaction, &batch,
	    &err);
	(void)pthread_mutex_lock(&audit->mutex);
	audit->is_writing = false;
	count = tell(batch.first, result, &err);
	if (result == 0)
		remember_head(audit, &batch.head, count);
	/* The first of those who came meanwhile writes the next one. */
	if (audit->first != NULL)
		(void)pthread_cond_signal(&audit->first->told);
	pool_free(&batch.pool);
}

static int
wait_written(struct audit *audit, struct waiter *waiter)
{
	(void)pthread_cond_init(&waiter->told, NULL);
	(void)pthread_mutex_lock(&audit->mutex);
	*audit->last_next = waiter;
	audit->last_next = &waiter->next;
	while (!waiter->is_done) {
		if (audit->is_writing)
			(void)pthread_cond_wait(&waiter->told,
			    &audit->mutex);
		else
			write_batch(audit);
	}
	(void)pthread_mutex_unlock(&audit->mutex);
	(void)pthread_cond_destroy(&waiter->told);
	return waiter->result;
}

/* ---- noting ---- */

static const char *
cut(struct pool *pool, const char *text, size_t max_bytes)
{
	const char *clean = utf8_clean(pool, slice_str(text));

	return slice_dup(pool, utf8_cut(slice_str(clean), max_bytes));
}

static struct audit_row
make_row(struct pool *pool, const struct audit *audit,
    const struct audit_event *event)
{
	struct audit_row row = { .event = *event,
		.at_ms = clock_now_ms(audit->clock) };
	struct audit_event *kept = &row.event;

	kept->actor = cut(pool, event->actor, ACTOR_MAX_BYTES);
	kept->via = cut(pool, event->via, NAME_MAX_BYTES);
	kept->action = cut(pool, event->action, NAME_MAX_BYTES);
	kept->subject = cut(pool, event->subject, SUBJECT_MAX_BYTES);
	kept->remote_addr = cut(pool, event->remote_addr, NAME_MAX_BYTES);
	kept->request_id = cut(pool, event->request_id, NAME_MAX_BYTES);
	kept->result = cut(pool, event->result, NAME_MAX_BYTES);
	return row;
}

int
audit_note(struct audit *audit, const struct audit_event *event,
    struct err *err)
{
	struct pool *pool = pool_new();
	struct audit_row row = make_row(pool, audit, event);
	struct waiter waiter = { .row = &row, .err = err };
	int result = wait_written(audit, &waiter);

	pool_free(&pool);
	return result == -1 ? err_wrap(err, "audit log") : 0;
}
