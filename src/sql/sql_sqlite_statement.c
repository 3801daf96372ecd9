/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/num.h"
#include "base/slice.h"
#include "sql/sql_sqlite_private.h"

enum {
	CACHE_TRIES = 8, /* slots where a statement may be */
	FIRST_ROWS = 8
};

/* Of extended result codes the most telling, then the primary ones. */
static const struct {
	int code;
	enum err_kind kind;
	const char *cause;
} failures[] = {
	{ SQLITE_CONSTRAINT_UNIQUE, ERR_CONFLICT, "unique" },
	{ SQLITE_CONSTRAINT_PRIMARYKEY, ERR_CONFLICT, "unique" },
	{ SQLITE_CONSTRAINT_ROWID, ERR_CONFLICT, "unique" },
	{ SQLITE_CONSTRAINT_FOREIGNKEY, ERR_CONFLICT, "foreign_key" },
	{ SQLITE_BUSY, ERR_UNAVAILABLE, SQL_BUSY },
	{ SQLITE_LOCKED, ERR_UNAVAILABLE, SQL_BUSY },
	{ SQLITE_FULL, ERR_UNAVAILABLE, "full" },
	{ SQLITE_IOERR, ERR_UNAVAILABLE, "io" },
	{ SQLITE_CANTOPEN, ERR_UNAVAILABLE, "absent" },
	{ SQLITE_READONLY, ERR_UNAVAILABLE, "read_only" },
	{ SQLITE_PERM, ERR_UNAVAILABLE, "absent" },
};

int
lite_fail(sqlite3 *db, int code, struct err *err)
{
	const char *text = db != NULL ? sqlite3_errmsg(db) :
					sqlite3_errstr(code);

	for (size_t i = 0; i < ARRAY_COUNT(failures); i++)
		if (code == failures[i].code ||
		    (code & 0xff) == failures[i].code)
			return err_set_code(err, failures[i].kind,
			    failures[i].cause, "database: %s", text);
	return err_set(err, ERR_INTERNAL, "database: %s", text);
}

/* FNV-1a, 32 bits. */
static size_t
slot_of(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash % LITE_CACHE_SLOTS;
}

/* Where the statement is, else where it may go: a free slot, or the first. */
static sqlite3_stmt **
find_slot(struct lite *lite, const char *text)
{
	size_t first = slot_of(text);

	for (size_t i = 0; i < CACHE_TRIES; i++) {
		sqlite3_stmt **slot =
		    &lite->cache[(first + i) % LITE_CACHE_SLOTS];

		if (*slot == NULL || strcmp(sqlite3_sql(*slot), text) == 0)
			return slot;
	}
	return &lite->cache[first];
}

/* A statement ready to be bound; the cache keeps it. */
static int
prepare(struct lite *lite, const char *text, sqlite3_stmt **stmt_r,
    struct err *err)
{
	sqlite3_stmt **slot = find_slot(lite, text);
	const char *tail;
	int code;

	if (*slot != NULL && strcmp(sqlite3_sql(*slot), text) == 0) {
		*stmt_r = *slot;
		return 0;
	}
	(void)sqlite3_finalize(*slot);
	*slot = NULL;
	code = sqlite3_prepare_v3(lite->db, text, -1,
	    SQLITE_PREPARE_PERSISTENT, slot, &tail);
	if (code != SQLITE_OK)
		return lite_fail(lite->db, code, err);
	assert(*slot != NULL && *tail == '\0'); /* exactly one statement */
	*stmt_r = *slot;
	return 0;
}

static int
bind_value(sqlite3_stmt *stmt, int index, const struct sql_value *value)
{
	/* bind_all() has seen that there are so many. */
	switch (value->type) { /* NOLINT(*-core.NullDereference) */
	case SQL_TYPE_INT:
		return sqlite3_bind_int64(stmt, index, value->number);
	case SQL_TYPE_TEXT:
		return sqlite3_bind_text(stmt, index, value->text, -1,
		    SQLITE_STATIC);
	case SQL_TYPE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, index);
}

/* SQLite numbers $2, $1 by appearance; we and PostgreSQL by their name. */
static int
bind_all(struct lite *lite, sqlite3_stmt *stmt,
    const struct sql_statement *statement, struct err *err)
{
	int params = sqlite3_bind_parameter_count(stmt);

	for (int i = 1; i <= params; i++) {
		const char *name = sqlite3_bind_parameter_name(stmt, i);
		int64_t number;
		int code;

		if (name == NULL || *name != '$' ||
		    !num_parse_i64(slice_str(name + 1),
			(int64_t)statement->count, &number) ||
		    number == 0)
			return err_set(err, ERR_INTERNAL,
			    "database: no value for parameter %s of: %s",
			    name == NULL ? "?" : name, statement->text);
		code = bind_value(stmt, i, &statement->args[number - 1]);
		if (code != SQLITE_OK)
			return lite_fail(lite->db, code, err);
	}
	return 0;
}

/* Rows as they grow. */
struct collector {
	struct pool *pool;
	struct sql_value *values;
	size_t columns, count, room;
};

static int
collect_cell(struct collector *to, sqlite3_stmt *stmt, int column,
    struct err *err)
{
	struct sql_value *value =
	    &to->values[to->count * to->columns + (size_t)column];

	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_NULL:
		*value = SQL_NULL;
		return 0;
	case SQLITE_INTEGER:
		*value = SQL_INT(sqlite3_column_int64(stmt, column));
		return 0;
	case SQLITE_TEXT:
		*value = SQL_TEXT(pool_strdup(to->pool,
		    (const char *)sqlite3_column_text(stmt, column)));
		return 0;
	default:
		return err_set(err, ERR_INTERNAL,
		    "database: column %s is neither integer nor text",
		    sqlite3_column_name(stmt, column));
	}
}

static void
make_room(struct collector *to)
{
	struct sql_value *values;
	size_t room = to->room == 0 ? FIRST_ROWS : 2 * to->room;

	if (to->count < to->room)
		return;
	values =
	    pool_alloc_array(to->pool, room * to->columns, sizeof(*values));
	if (to->count > 0)
		memcpy(values, to->values,
		    to->count * to->columns * sizeof(*values));
	to->values = values;
	to->room = room;
}

static int
collect_row(struct collector *to, sqlite3_stmt *stmt, struct err *err)
{
	if (to->pool == NULL)
		return 0; /* rows are not wanted */
	if (to->count == SQL_ROWS_MAX)
		return err_set(err, ERR_INTERNAL,
		    "database: more than %d rows: %s", SQL_ROWS_MAX,
		    sqlite3_sql(stmt));
	make_room(to);
	for (int i = 0; i < (int)to->columns; i++)
		if (collect_cell(to, stmt, i, err) == -1)
			return -1;
	to->count++;
	return 0;
}

static int
step_all(struct lite *lite, sqlite3_stmt *stmt, struct collector *to,
    struct err *err)
{
	int code;

	while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
		if (collect_row(to, stmt, err) == -1)
			return -1;
	return code == SQLITE_DONE ? 0 : lite_fail(lite->db, code, err);
}

static int
run_bound(struct lite *lite, sqlite3_stmt *stmt, struct sql_result *result,
    struct err *err)
{
	struct collector to = {
		.pool = result->rows == NULL ? NULL : result->pool,
		.columns = (size_t)sqlite3_column_count(stmt)
	};

	if (step_all(lite, stmt, &to, err) == -1)
		return -1;
	result->changed = sqlite3_changes64(lite->db);
	if (result->rows != NULL)
		*result->rows = (struct sql_rows){ .count = to.count,
			.columns = to.columns,
			.values = to.values };
	return 0;
}

int
lite_run(void *conn, const struct sql_statement *statement,
    struct sql_result *result, struct err *err)
{
	struct lite *lite = conn;
	sqlite3_stmt *stmt = NULL;
	int status;

	if (prepare(lite, statement->text, &stmt, err) == -1)
		return -1;
	status = bind_all(lite, stmt, statement, err);
	if (status == 0)
		status = run_bound(lite, stmt, result, err);
	(void)sqlite3_reset(stmt);
	(void)sqlite3_clear_bindings(stmt);
	return status;
}
