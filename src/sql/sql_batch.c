/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>

#include "sql/sql_batch_private.h"

enum { MEMBERS_MAX = 64 };

/* One whose work is done (or undone) and waits for the commit; on his stack. */
struct sql_member {
	struct sql_member *next;
	bool is_over;
	int status;
	struct err err;
};

/* ---- turns; the mutex is held where it says so ---- */

static int
take_turn_now(struct sql_shared *shared, struct err *err)
{
	struct sql_batch *batch = &shared->batch;
	bool is_free;

	(void)pthread_mutex_lock(&shared->mutex);
	is_free = !batch->is_taken;
	batch->is_taken = true;
	(void)pthread_mutex_unlock(&shared->mutex);
	if (is_free)
		return 0;
	return err_set_code(err, ERR_UNAVAILABLE, SQL_BUSY,
	    "the database is busy writing");
}

static int
take_turn(struct sql_shared *shared, struct err *err)
{
	const struct timespec until = sql_lease_deadline();
	struct sql_batch *batch = &shared->batch;
	int status = 0;

	(void)pthread_mutex_lock(&shared->mutex);
	batch->waiting++;
	while (batch->is_taken && status == 0)
		if (pthread_cond_timedwait(&batch->turn, &shared->mutex,
			&until) == ETIMEDOUT &&
		    batch->is_taken)
			status = -1;
	batch->waiting--;
	/* Whoever goes without it leaves it to somebody who will commit. */
	if (status == 0)
		batch->is_taken = true;
	(void)pthread_mutex_unlock(&shared->mutex);
	if (status == 0)
		return 0;
	return err_set(err, ERR_UNAVAILABLE, "the database is busy writing");
}

/* With the mutex held. */
static void
pass_turn(struct sql_batch *batch)
{
	batch->is_taken = false;
	(void)pthread_cond_signal(&batch->turn);
}

/* ---- the end of a transaction; by whoever has the turn ---- */

/* Tell all members, and let the next transaction begin. */
static void
end(struct sql_shared *shared, int status, const struct err *err)
{
	struct sql_batch *batch = &shared->batch;
	struct sql_conn *conn = batch->conn;

	batch->conn = NULL;
	sql_lease_end(shared, conn);
	(void)pthread_mutex_lock(&shared->mutex);
	for (struct sql_member *at = batch->members; at != NULL;
	     at = at->next) {
		at->status = status;
		if (status == -1)
			at->err = *err;
		at->is_over = true;
	}
	batch->members = NULL;
	batch->count = 0;
	(void)pthread_cond_broadcast(&batch->over);
	pass_turn(batch);
	(void)pthread_mutex_unlock(&shared->mutex);
}

/* A connection that cannot even roll back is of no more use. */
static void
roll_back(struct sql_shared *shared)
{
	struct sql_batch *batch = &shared->batch;

	if (shared->driver->rollback(batch->conn->handle) == 0)
		return;
	sql_conn_close(batch->conn);
	batch->conn = NULL;
}

static void
commit(struct sql_shared *shared)
{
	struct err err = ERR_INIT;
	int status =
	    shared->driver->commit(shared->batch.conn->handle, &err);

	if (status == -1)
		roll_back(shared);
	end(shared, status, &err);
}

/* What the others did is lost with it: they have to do it again. */
static void
break_up(struct sql_shared *shared)
{
	struct err err = ERR_INIT;

	err_fill_code(&err, ERR_UNAVAILABLE, SQL_BUSY,
	    "the transaction ended with the failure of another");
	roll_back(shared);
	end(shared, -1, &err);
}

static int
wait_for_commit(struct sql_shared *shared, struct sql_member *self,
    struct err *err)
{
	struct sql_batch *batch = &shared->batch;

	(void)pthread_mutex_lock(&shared->mutex);
	while (!self->is_over)
		(void)pthread_cond_wait(&batch->over, &shared->mutex);
	(void)pthread_mutex_unlock(&shared->mutex);
	if (self->status == -1)
		*err = self->err;
	return self->status;
}

/* Let the next one join; false: there is none, or there are enough. */
static bool
pass_on(struct sql_shared *shared)
{
	struct sql_batch *batch = &shared->batch;
	bool is_passed;

	(void)pthread_mutex_lock(&shared->mutex);
	is_passed = batch->waiting > 0 && batch->count < MEMBERS_MAX;
	if (is_passed)
		pass_turn(batch);
	(void)pthread_mutex_unlock(&shared->mutex);
	return is_passed;
}

/* ---- the work of one ---- */

/* The first needs no savepoint: when it fails there is nobody else. */
static int
begin(struct sql_shared *shared, enum sql_mode mode, struct err *err)
{
	struct sql_batch *batch = &shared->batch;

	if (batch->conn != NULL)
		return shared->driver->savepoint(batch->conn->handle, err);
	if (sql_lease_begin(shared, &batch->conn, err) == -1)
		return -1;
	return shared->driver->begin(batch->conn->handle, mode, err);
}

static int
join(struct sql_shared *shared, struct err *err)
{
	struct sql_batch *batch = &shared->batch;
	struct sql_member self = { .next = batch->members };

	batch->members = &self;
	batch->count++;
	if (!pass_on(shared))
		commit(shared);
	return wait_for_commit(shared, &self, err);
}

/*
 * Nothing of it stays, and the others are served.  It may have failed because
 * of what they did: that is true only once it is committed, and when that
 * fails, it has to be done again like theirs.
 */
static int
withdraw(struct sql_shared *shared, bool has_begun, struct err *err)
{
	struct sql_batch *batch = &shared->batch;
	struct err none = ERR_INIT;

	if (batch->conn == NULL) {
		(void)pthread_mutex_lock(&shared->mutex);
		pass_turn(batch);
		(void)pthread_mutex_unlock(&shared->mutex);
	} else if (batch->members == NULL) {
		roll_back(shared);
		end(shared, 0, &none);
	} else if (!has_begun ||
	    shared->driver->undo(batch->conn->handle) == -1) {
		break_up(shared);
	} else {
		(void)join(shared, err);
	}
	return -1;
}

static int
do_work(struct sql_shared *shared, sql_work_fn work, void *arg,
    struct err *err)
{
	struct sql_batch *batch = &shared->batch;
	bool is_first = batch->members == NULL;

	if (work(batch->conn, arg, err) == -1)
		return -1;
	return is_first ? 0 :
			  shared->driver->release(batch->conn->handle, err);
}

int
sql_batch_run(struct sql_shared *shared, enum sql_mode mode, sql_work_fn work,
    void *arg, struct err *err)
{
	if ((mode == SQL_NO_WAIT ? take_turn_now(shared, err) :
				   take_turn(shared, err)) == -1)
		return -1;
	if (begin(shared, mode, err) == -1)
		return withdraw(shared, false, err);
	if (do_work(shared, work, arg, err) == -1)
		return withdraw(shared, true, err);
	return join(shared, err);
}
