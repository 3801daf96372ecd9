/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"
#include "sql/sql_sqlite_private.h"

#define SCHEME "sqlite:"
#define MEMORY ":memory:"

enum {
	BUSY_PAUSE_US = 1000,
	BUSY_PAUSES_MAX = 3000 /* of one statement; sql.c tries again */
};

static const char *
path_of(const char *url)
{
	return url + strlen(SCHEME);
}

/*
 * Make the file before SQLite does, for its mode; the journals take it over.
 * Only a new file may be opened here: closing a descriptor of a database that
 * is in use would drop the process's locks on it.
 */
static int
make_file(const char *path, struct err *err)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	if (fd != -1) {
		(void)close(fd);
		return 0;
	}
	if (errno == EEXIST)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		return err_set_code(err, ERR_UNAVAILABLE, "absent",
		    "database %s: its folder does not exist", path);
	return err_set_code(err, ERR_UNAVAILABLE, "absent", "database %s: %s",
	    path, strerror(errno));
}

static int
lite_prepare(const char *url, int *connections_max, struct err *err)
{
	const char *path = path_of(url);

	if (*path == '\0')
		return err_set(err, ERR_INVALID,
		    "DATABASE_URL: no path after \"" SCHEME "\"");
	if (strcmp(path, MEMORY) != 0)
		return make_file(path, err);
	*connections_max = 1; /* each would be a database of its own */
	return 0;
}

static void
lite_close(void *arg)
{
	struct lite *lite = arg;

	for (size_t i = 0; i < LITE_CACHE_SLOTS; i++)
		(void)sqlite3_finalize(lite->cache[i]);
	(void)sqlite3_close(lite->db);
}

static int
lite_script(void *conn, const char *text, struct err *err)
{
	struct lite *lite = conn;
	int code = sqlite3_exec(lite->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : lite_fail(lite->db, code, err);
}

/*
 * lower() for Latin-1 too, as PostgreSQL has it: in SQLite's own "Ñ" stays.
 * In UTF-8 these letters are C3 80 to C3 9E but the multiplication sign.
 */
static void
lower(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	const unsigned char *text = sqlite3_value_text(argv[0]);
	int len = sqlite3_value_bytes(argv[0]);
	unsigned char *copy;

	assert(argc == 1);
	if (text == NULL)
		return; /* NULL stays NULL */
	copy = sqlite3_malloc(len + 1);
	if (copy == NULL) {
		sqlite3_result_error_nomem(context);
		return;
	}
	for (int i = 0; i < len; i++) {
		bool is_latin1 = i > 0 && text[i - 1] == 0xc3 &&
		    text[i] >= 0x80 && text[i] <= 0x9e && text[i] != 0x97;
		bool is_ascii = text[i] >= 'A' && text[i] <= 'Z';

		copy[i] = text[i];
		if (is_latin1 || is_ascii)
			copy[i] = (unsigned char)(text[i] | 0x20);
	}
	sqlite3_result_text(context, (char *)copy, len, sqlite3_free);
}

/*
 * Another process writes.  Only one writer of this process comes here (sql.c
 * queues the others), so looking often costs little, while the pauses of
 * SQLite's own handler grow to a hundred times a transaction's length.
 */
static int
wait_while_busy(void *arg, int pauses)
{
	const struct timespec pause = { .tv_nsec = BUSY_PAUSE_US * 1000 };
	const struct lite *lite = arg;

	if (lite->is_impatient || pauses >= BUSY_PAUSES_MAX)
		return 0;
	(void)nanosleep(&pause, NULL);
	return 1;
}

static int
configure(struct lite *lite, const struct sql_config *config, struct err *err)
{
	/* Under FULL a commit would sync itself, with the lock: sync_log(). */
	const char *pragmas = config->is_volatile ?
	    "PRAGMA synchronous = OFF;" :
	    "PRAGMA synchronous = NORMAL;";

	lite->is_volatile = config->is_volatile;
	(void)sqlite3_busy_handler(lite->db, wait_while_busy, lite);
	(void)sqlite3_db_config(lite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(lite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
	    NULL);
	(void)sqlite3_create_function(lite->db, "lower", 1,
	    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, lower,
	    NULL, NULL);
	if (lite_script(lite, "PRAGMA journal_mode = WAL;", err) == -1 ||
	    lite_script(lite, pragmas, err) == -1 ||
	    lite_script(lite, "PRAGMA foreign_keys = ON", err) == -1)
		return err_wrap(err, "open %s", path_of(config->url));
	return 0;
}

static int
lite_open(struct pool *pool, const struct sql_config *config, void **conn_r,
    struct err *err)
{
	struct lite *lite = POOL_NEW(pool, struct lite);
	const char *path = path_of(config->url);
	int code;

	pool_on_clear(pool, lite_close, lite);
	/* No SQLITE_OPEN_URI: the path is a path.  One thread at a time. */
	code = sqlite3_open_v2(path, &lite->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_EXRESCODE,
	    NULL);
	if (code != SQLITE_OK) {
		(void)lite_fail(lite->db, code, err);
		return err_wrap(err, "open %s", path);
	}
	if (configure(lite, config, err) == -1)
		return -1;
	*conn_r = lite;
	return 0;
}

/* ---- transactions ---- */

static int
lite_simple(void *conn, const char *text, struct err *err)
{
	struct sql_statement statement = { .text = text };
	struct sql_result result = { .rows = NULL };

	return lite_run(conn, &statement, &result, err);
}

static int
lite_begin(void *conn, enum sql_mode mode, struct err *err)
{
	struct lite *lite = conn;
	int status;

	lite->is_impatient = mode == SQL_NO_WAIT;
	/* At once for writing: a later upgrade of a reader cannot wait. */
	status = lite_simple(lite, "BEGIN IMMEDIATE", err);
	lite->is_impatient = false;
	return status;
}

/* BEGIN IMMEDIATE is the lock. */
static int
lite_lock(void *conn, const char *table, struct err *err)
{
	(void)conn;
	(void)table;
	(void)err;
	return 0;
}

/*
 * What was answered has been kept.  SQLite's own sync of the log would come
 * before others may write; so they write meanwhile, and often one sync is that
 * of several.  The order of log and database is SQLite's affair in any case.
 */
static int
sync_log(struct lite *lite, struct err *err)
{
	sqlite3_file *file = NULL;
	int code = sqlite3_file_control(lite->db, "main",
	    SQLITE_FCNTL_JOURNAL_POINTER, &file);

	if (code == SQLITE_OK && file != NULL && file->pMethods != NULL)
		code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
	if (code == SQLITE_OK)
		return 0;
	return err_set_code(err, ERR_UNAVAILABLE, SQL_UNSETTLED,
	    "database: sync after a commit: %s", sqlite3_errstr(code));
}

static int
lite_commit(void *conn, struct err *err)
{
	struct lite *lite = conn;

	if (lite_simple(lite, "COMMIT", err) == -1)
		return -1;
	return lite->is_volatile ? 0 : sync_log(lite, err);
}

static int
lite_rollback(void *conn)
{
	struct lite *lite = conn;
	struct err ignored;

	/* After some failures SQLite has rolled back itself. */
	if (sqlite3_get_autocommit(lite->db) != 0)
		return 0;
	return lite_simple(conn, "ROLLBACK", &ignored);
}

static int
lite_savepoint(void *conn, struct err *err)
{
	return lite_simple(conn, "SAVEPOINT member", err);
}

static int
lite_release(void *conn, struct err *err)
{
	return lite_simple(conn, "RELEASE member", err);
}

static int
lite_undo(void *conn)
{
	struct lite *lite = conn;
	struct err ignored;

	/* After some failures SQLite has rolled back itself. */
	if (sqlite3_get_autocommit(lite->db) != 0 ||
	    lite_simple(conn, "ROLLBACK TO member", &ignored) == -1)
		return -1;
	return lite_release(conn, &ignored);
}

const struct sql_driver sql_sqlite_driver = {
	.schemes = { SCHEME },
	.is_single_writer = true,
	.prepare = lite_prepare,
	.open = lite_open,
	.run = lite_run,
	.exec = lite_run,
	.script = lite_script,
	.begin = lite_begin,
	.lock = lite_lock,
	.commit = lite_commit,
	.savepoint = lite_savepoint,
	.release = lite_release,
	.undo = lite_undo,
	.rollback = lite_rollback,
};
