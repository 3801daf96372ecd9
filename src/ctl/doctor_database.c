/*
 * Doctor: the database.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/stat.h>

#include "ctl/doctor.h"
#include "ctl/storage.h"
#include "model/schema.h"
#include "sql/sql.h"

enum {
	QUICK_CHECK_MAX = 64 * 1024 * 1024, /* more takes too long */
	LIMIT_CONNECTIONS = 2 /* of each worker, for its rate limits */
};

static void
judge_version(struct doctor *doctor, int64_t version, const char *what,
    struct finding *finding_r)
{
	doctor->has_old_schema = version < SCHEMA_VERSION;
	if (version > SCHEMA_VERSION)
		finding_bad(finding_r, doctor->pool,
		    "install the almacen that wrote it, or a newer one",
		    "schema version %lld is of a newer almacen; this one knows"
		    " up to %d",
		    (long long)version, SCHEMA_VERSION);
	else if (version < SCHEMA_VERSION)
		finding_warn(finding_r, doctor->pool,
		    "start the program once, after a backup",
		    "schema version %lld: the program will bring it to %d",
		    (long long)version, SCHEMA_VERSION);
	else
		finding_ok(finding_r, doctor->pool, "%s, schema version %d",
		    what, SCHEMA_VERSION);
}

/* ---- SQLite ---- */

/* What is rolled back after it is known that it could be written. */
static int
write_nothing(struct sql *tx, void *arg, struct err *err)
{
	bool *can_write = arg;

	(void)tx;
	*can_write = true;
	return err_set(err, ERR_INTERNAL, "rolled back");
}

static int
check_writable(struct sql *db, struct err *err)
{
	bool can_write = false;

	if (sql_transaction(db, write_nothing, &can_write, err) == 0)
		return 0;
	if (!can_write)
		return -1;
	err_clear(err);
	return 0;
}

static int
check_pages(struct doctor *doctor, struct sql *db, const char *path,
    struct err *err)
{
	struct sql_rows rows;
	struct stat st;

	if (stat(path, &st) == -1 || st.st_size > QUICK_CHECK_MAX)
		return 0;
	if (sql_query(db, doctor->pool, "PRAGMA quick_check(1)", NULL, 0, &rows,
		err) == -1)
		return -1;
	if (rows.count == 1 && strcmp(sql_text(&rows, 0, 0), "ok") == 0)
		return 0;
	return err_set(err, ERR_INTERNAL, "database: damaged: %s",
	    rows.count == 0 ? "" : sql_text(&rows, 0, 0));
}

static const char *
sqlite_fix(const struct err *err)
{
	if (strcmp(err->code, "read_only") == 0 ||
	    strcmp(err->code, "absent") == 0)
		return "DATABASE_URL or DATA_DIR, and who owns the file and its"
		       " folder";
	if (strcmp(err->code, "full") == 0)
		return "make room on its disk";
	if (strcmp(err->code, "busy") == 0)
		return "see which process holds it";
	return "put the newest backup in its place, or DATABASE_URL to the"
	       " right one";
}

static void
check_sqlite(struct doctor *doctor, const char *url, struct finding *finding_r)
{
	struct slice path = slice_str(url);
	struct err err = ERR_INIT;
	struct sql *db;
	int64_t version = 0;

	(void)slice_take_str(&path, "sqlite:");
	if (sql_open(doctor->pool, url, 1, &db, &err) == -1 ||
	    sql_version(db, &version, &err) == -1 ||
	    check_writable(db, &err) == -1 ||
	    check_pages(doctor, db, path.data, &err) == -1) {
		finding_bad(finding_r, doctor->pool, sqlite_fix(&err), "%s: %s",
		    url, err.text);
		return;
	}
	judge_version(doctor, version, "sound", finding_r);
	if (finding_r->state == FINDING_OK)
		doctor->backend->db = db;
}

/* ---- PostgreSQL ---- */

/* What one query tells about a server. */
struct server {
	const char *version, *database, *schema; /* schema: NULL for none */
	bool is_read_only, is_durable, has_tables, can_create, folds_letters;
	int64_t connections_max; /* for us */
};

static const char server_query[] =
    "SELECT current_setting('server_version'), current_database()::text,"
    " current_schema()::text,"
    " (current_setting('transaction_read_only') = 'on')::int,"
    " (current_setting('fsync') = 'on'"
    "  AND current_setting('full_page_writes') = 'on'"
    "  AND current_setting('synchronous_commit') <> 'off')::int,"
    " (to_regclass('schema_version') IS NOT NULL)::int,"
    " coalesce(has_schema_privilege(current_schema(), 'CREATE'),"
    "  false)::int,"
    " (lower('Ñ') = 'ñ')::int,"
    " (SELECT least(current_setting('max_connections')::bigint"
    "   - current_setting('superuser_reserved_connections')::bigint,"
    "   nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1))"
    "  FROM pg_roles r, pg_database d WHERE r.rolname = current_user"
    "  AND d.datname = current_database())";

static int
load_server(struct doctor *doctor, struct sql *db, struct server *server_r,
    struct err *err)
{
	struct sql_rows rows;

	if (sql_query(db, doctor->pool, server_query, NULL, 0, &rows, err) ==
	    -1)
		return -1;
	*server_r = (struct server){ .version = sql_text(&rows, 0, 0),
		.database = sql_text(&rows, 0, 1),
		.schema = sql_text(&rows, 0, 2),
		.is_read_only = sql_int(&rows, 0, 3) != 0,
		.is_durable = sql_int(&rows, 0, 4) != 0,
		.has_tables = sql_int(&rows, 0, 5) != 0,
		.can_create = sql_int(&rows, 0, 6) != 0,
		.folds_letters = sql_int(&rows, 0, 7) != 0,
		.connections_max = sql_int(&rows, 0, 8) };
	return 0;
}

/* Why the program cannot work there; the finding is left alone if it can. */
static bool
is_useless(struct doctor *doctor, const struct server *server,
    struct finding *finding_r)
{
	if (server->is_read_only)
		finding_bad(finding_r, doctor->pool,
		    "DATABASE_URL: the primary server",
		    "%s can only be read: a standby, or"
		    " default_transaction_read_only",
		    server->database);
	else if (server->schema == NULL)
		finding_bad(finding_r, doctor->pool,
		    "GRANT USAGE, CREATE ON SCHEMA public TO the role of"
		    " DATABASE_URL",
		    "%s has no schema that the role may use", server->database);
	else if (!server->has_tables && !server->can_create)
		finding_bad(finding_r, doctor->pool,
		    "ALTER DATABASE ... OWNER TO the role of DATABASE_URL",
		    "%s is empty, and the role may not make tables in the"
		    " schema %s",
		    server->database, server->schema);
	else
		return false;
	return true;
}

/* What works, but not always or not for ever. */
static bool
has_weakness(struct doctor *doctor, const struct server *server,
    struct finding *finding_r)
{
	int64_t workers = conf_number(doctor->conf, SET_WORKERS);
	int64_t wanted = (workers == 0 ? 1 : workers) *
	    (conf_number(doctor->conf, SET_DATABASE_POOL) + LIMIT_CONNECTIONS);

	if (!server->is_durable)
		finding_warn(finding_r, doctor->pool,
		    "fsync, full_page_writes and synchronous_commit = on",
		    "the server answers before the disk has it: what was"
		    " confirmed may be lost with the power");
	else if (wanted > server->connections_max)
		finding_warn(finding_r, doctor->pool,
		    "fewer WORKERS or a smaller DATABASE_POOL, or a greater"
		    " max_connections of the server",
		    "WORKERS and DATABASE_POOL may want %lld connections, and"
		    " the server has %lld for them",
		    (long long)wanted, (long long)server->connections_max);
	else if (!server->folds_letters)
		finding_warn(finding_r, doctor->pool,
		    "CREATE DATABASE ... LOCALE 'C.UTF-8' TEMPLATE template0",
		    "%s does not know Ñ from ñ: searches tell great"
		    " letters beyond ASCII from small ones",
		    server->database);
	else
		return false;
	return true;
}

static const char *
pgsql_fix(const struct err *err)
{
	if (strcmp(err->code, "away") == 0)
		return "start the server; see host, port, name, user and"
		       " password of DATABASE_URL";
	if (strcmp(err->code, "full") == 0)
		return "make room on the server's disk";
	if (strcmp(err->code, "resources") == 0)
		return "fewer connections: WORKERS, DATABASE_POOL; or a"
		       " greater max_connections";
	if (err->kind == ERR_INVALID)
		return "mend DATABASE_URL, or what it names";
	return "see the server's log";
}

static void
judge_server(struct doctor *doctor, struct sql *db, const struct server *server,
    struct finding *finding_r)
{
	const char *what = pool_format(doctor->pool, "%s of PostgreSQL %s",
	    server->database, server->version);
	struct err err = ERR_INIT;
	int64_t version;

	if (is_useless(doctor, server, finding_r))
		return;
	if (!server->has_tables) {
		finding_warn(finding_r, doctor->pool, "start the program once",
		    "%s has no tables yet", what);
		return;
	}
	if (sql_version(db, &version, &err) == -1) {
		finding_bad(finding_r, doctor->pool, pgsql_fix(&err), "%s",
		    err.text);
		return;
	}
	judge_version(doctor, version, what, finding_r);
	if (finding_r->state != FINDING_OK)
		return;
	doctor->backend->db = db;
	(void)has_weakness(doctor, server, finding_r);
}

/* The URL holds a password: what is shown is what the server says. */
static void
check_pgsql(struct doctor *doctor, const char *url, struct finding *finding_r)
{
	struct err err = ERR_INIT;
	struct server server;
	struct sql *db;

	if (sql_open(doctor->pool, url, 1, &db, &err) == -1 ||
	    load_server(doctor, db, &server, &err) == -1)
		finding_bad(finding_r, doctor->pool, pgsql_fix(&err), "%s",
		    err.text);
	else
		judge_server(doctor, db, &server, finding_r);
}

void
doctor_database(struct doctor *doctor, struct finding *finding_r)
{
	const char *url = settings_database_url(doctor->pool, doctor->conf);
	struct err err = ERR_INIT;

	if (!slice_has_prefix(slice_str(url), "sqlite:"))
		check_pgsql(doctor, url, finding_r);
	else if (storage_check_database(doctor->pool, doctor->conf, &err) == -1)
		finding_warn(finding_r, doctor->pool, "start the program once",
		    "%s", err.text);
	else
		check_sqlite(doctor, url, finding_r);
}
