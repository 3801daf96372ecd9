/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "base/clock.h"
#include "sql/sql.h"

enum statement { CREATE_TABLE, LOAD_VERSION, INSERT_VERSION, STATEMENT_COUNT };

static const char *const statements[STATEMENT_COUNT] = {
	[CREATE_TABLE] = "CREATE TABLE IF NOT EXISTS schema_version ("
			 " version BIGINT NOT NULL PRIMARY KEY,"
			 " name TEXT NOT NULL,"
			 " applied_secs BIGINT NOT NULL)",
	[LOAD_VERSION] = "SELECT coalesce(max(version), 0)"
			 " FROM schema_version",
	[INSERT_VERSION] = "INSERT INTO schema_version"
			   " (version, name, applied_secs)"
			   " VALUES ($1, $2, $3)",
};

struct migration_run {
	const struct sql_migration *table;
	size_t count;
	size_t done; /* rows that had been applied before */
};

int
sql_version(struct sql *db, int64_t *version_r, struct err *err)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int result = sql_query(db, pool, statements[LOAD_VERSION], NULL, 0,
	    &rows, err);

	if (result == 0)
		*version_r = sql_int(&rows, 0, 0);
	pool_free(&pool);
	return result;
}

static int
check_version(int64_t version, size_t count, struct err *err)
{
	if (version <= (int64_t)count)
		return 0;
	return err_set_code(err, ERR_INTERNAL, "schema_newer",
	    "the database has schema version %lld and this program knows only"
	    " %zu: use the newer program",
	    (long long)version, count);
}

static int
apply(struct sql *tx, const struct sql_migration *row, struct err *err)
{
	struct clock clock = { .fixed_ms = 0 };
	struct sql_value args[] = { SQL_INT(row->version), SQL_TEXT(row->name),
		SQL_INT(clock_now_secs(&clock)) };

	if (sql_script(tx, row->script, err) == -1 ||
	    (row->pgsql_script != NULL && sql_is_pgsql(tx) &&
		sql_script(tx, row->pgsql_script, err) == -1) ||
	    sql_exec(tx, statements[INSERT_VERSION], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return err_wrap(err, "migration %d (%s)", row->version,
		    row->name);
	return 0;
}

static int
apply_missing(struct sql *tx, void *arg, struct err *err)
{
	struct migration_run *run = arg;
	int64_t version = 0;

	if (sql_lock_table(tx, "schema_version", err) == -1 ||
	    sql_version(tx, &version, err) == -1 ||
	    check_version(version, run->count, err) == -1)
		return -1;
	run->done = (size_t)version;
	for (size_t i = run->done; i < run->count; i++)
		if (apply(tx, &run->table[i], err) == -1)
			return -1;
	return 0;
}

/* On PostgreSQL, IF NOT EXISTS fails when another makes it just now. */
static int
create_table(struct sql *db, struct err *err)
{
	const char *text = statements[CREATE_TABLE];

	int result = sql_exec(db, text, NULL, 0, NULL, err);

	if (result == -1 && err->kind == ERR_CONFLICT)
		result = sql_exec(db, text, NULL, 0, NULL, err);
	return result;
}

int
sql_migrate(struct sql *db, const struct sql_migration *table, size_t count,
    const struct log *log, struct err *err)
{
	struct migration_run run = { .table = table, .count = count };
	struct err ignored;
	int64_t version;

	for (size_t i = 0; i < count; i++)
		assert(table[i].version == (int)i + 1);
	/* Most starts find nothing to do and need no lock. */
	if (sql_version(db, &version, &ignored) == 0 &&
	    version == (int64_t)count)
		return 0;
	/* The lock across processes is on a table, which must be there. */
	if (create_table(db, err) == -1 ||
	    sql_transaction(db, apply_missing, &run, err) == -1)
		return err_wrap(err, "bring the database up to date");
	for (size_t i = run.done; i < count; i++)
		log_info(log, "Applied migration %d (%s)", table[i].version,
		    table[i].name);
	return 0;
}
