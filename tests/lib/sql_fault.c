/* SPDX-License-Identifier: MIT */
#include "lib/sql_fault.h"
#include "sql/sql_private.h"

static struct {
	int left; /* calls until the fault; 0: none */
	bool is_lasting;
	bool is_commit_kept;
	bool has_happened;
} fault;

static bool
arm(int n, bool is_lasting, bool is_commit_kept)
{
	bool has_happened = fault.has_happened;

	fault.left = n;
	fault.is_lasting = is_lasting;
	fault.is_commit_kept = is_commit_kept;
	fault.has_happened = false;
	return has_happened;
}

bool
fault_at(int n)
{
	return arm(n, false, false);
}

bool
fault_at_lost_commit(int n)
{
	return arm(n, false, true);
}

bool
fault_from(int n)
{
	return arm(n, true, false);
}

static bool
is_due(void)
{
	if (fault.has_happened)
		return fault.is_lasting;
	if (fault.left == 0 || --fault.left > 0)
		return false;
	fault.has_happened = true;
	return true;
}

static int
fail(struct err *err)
{
	return err_set_code(err, ERR_UNAVAILABLE, "fault", "injected fault");
}

static int
fault_run(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	if (is_due())
		return fail(err);
	return sql_sqlite_driver.run(conn, statement, result, err);
}

static int
fault_exec(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	if (is_due())
		return fail(err);
	return sql_sqlite_driver.exec(conn, statement, result, err);
}

static int
fault_script(void *conn, const char *text, struct err *err)
{
	if (is_due())
		return fail(err);
	return sql_sqlite_driver.script(conn, text, err);
}

static int
fault_begin(void *conn, struct err *err)
{
	if (is_due())
		return fail(err);
	return sql_sqlite_driver.begin(conn, err);
}

static int
fault_lock(void *conn, const char *table, struct err *err)
{
	return sql_sqlite_driver.lock(conn, table, err);
}

static int
fault_commit(void *conn, struct err *err)
{
	if (!is_due())
		return sql_sqlite_driver.commit(conn, err);
	if (fault.is_commit_kept &&
	    sql_sqlite_driver.commit(conn, err) == -1)
		return -1;
	return fail(err);
}

static int
fault_rollback(void *conn)
{
	return sql_sqlite_driver.rollback(conn);
}

static int
fault_prepare(const char *url, int *connections_max, struct err *err)
{
	return sql_sqlite_driver.prepare(url, connections_max, err);
}

static int
fault_connect(struct pool *pool, const struct sql_config *config,
    void **conn_r, struct err *err)
{
	return sql_sqlite_driver.open(pool, config, conn_r, err);
}

static const struct sql_driver fault_driver = {
	.schemes = { "sqlite:" },
	.is_single_writer = true,
	.prepare = fault_prepare,
	.open = fault_connect,
	.run = fault_run,
	.exec = fault_exec,
	.script = fault_script,
	.begin = fault_begin,
	.lock = fault_lock,
	.commit = fault_commit,
	.rollback = fault_rollback,
};

int
fault_open(struct pool *pool, const char *url, struct sql **db_r,
    struct err *err)
{
	const struct sql_config config = { .url = url };

	(void)fault_at(0);
	return sql_open_driver(pool, &fault_driver, &config, 1, db_r, err);
}
