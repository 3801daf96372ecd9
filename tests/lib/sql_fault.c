/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/sql_fault.h"
#include "sql/sql_private.h"

static const struct sql_driver *base; /* the real one */
static struct sql_driver driver;      /* with our functions in it */

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
	return base->run(conn, statement, result, err);
}

static int
fault_exec(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	if (is_due())
		return fail(err);
	return base->exec(conn, statement, result, err);
}

static int
fault_script(void *conn, const char *text, struct err *err)
{
	if (is_due())
		return fail(err);
	return base->script(conn, text, err);
}

static int
fault_begin(void *conn, enum sql_mode mode, struct err *err)
{
	if (is_due())
		return fail(err);
	return base->begin(conn, mode, err);
}

static int
fault_commit(void *conn, struct err *err)
{
	if (!is_due())
		return base->commit(conn, err);
	if (fault.is_commit_kept && base->commit(conn, err) == -1)
		return -1;
	return fail(err);
}

int
fault_open(struct pool *pool, const char *url, struct sql **db_r,
    struct err *err)
{
	const struct sql_config config = { .url = url };

	base = strncmp(url, "sqlite:", 7) == 0 ? &sql_sqlite_driver :
						 &sql_pgsql_driver;
	driver = *base;
	driver.run = fault_run;
	driver.exec = fault_exec;
	driver.script = fault_script;
	driver.begin = fault_begin;
	driver.commit = fault_commit;
	(void)fault_at(0);
	return sql_open_driver(pool, &driver, &config, 1, db_r, err);
}
