/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/rand.h"
#include "base/slice.h"
#include "sql/sql_pgsql_private.h"

enum {
	VERSION_MIN = 130000, /* pg_current_xact_id_if_assigned() */
	NAME_BYTES = 16
};

/* What the session has unless the URL's "options" say otherwise. */
#define SESSION                                                                \
	"-c statement_timeout=30s -c lock_timeout=5s"                          \
	" -c idle_in_transaction_session_timeout=60s"                          \
	" -c standard_conforming_strings=on -c jit=off"

/* ---- the URL ---- */

/* Fails with an URL that is none. */
static int
parse_url(const char *url, PQconninfoOption **options_r, struct err *err)
{
	char *message = NULL;

	*options_r = PQconninfoParse(url, &message);
	/* The message quotes the URL, maybe its password: it is not shown. */
	PQfreemem(message);
	if (*options_r != NULL)
		return 0;
	return err_set(err, ERR_INVALID,
	    "DATABASE_URL: not an URL of PostgreSQL, see \"Connection URIs\" in"
	    " its manual; in the password all but letters and digits are"
	    " written as %%XX");
}

static const char *
value_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return options->val != NULL ? options->val : "";
	return "";
}

/*
 * With an "@", a "/" or a "?" in it, the end of the password is taken for the
 * host, the port or the name, which errors show.
 */
static bool
is_split_wrong(const PQconninfoOption *options)
{
	const char *port = value_of(options, "port");
	const char *host = value_of(options, "host");

	/* One that begins with "@" is a socket without a file. */
	return strspn(port, "0123456789,") != strlen(port) ||
	    (*host != '\0' && strchr(host + 1, '@') != NULL) ||
	    strpbrk(value_of(options, "dbname"), "@/") != NULL;
}

int
pgsql_check_url(const char *url, struct err *err)
{
	PQconninfoOption *options;
	bool is_wrong;

	if (parse_url(url, &options, err) == -1)
		return -1;
	is_wrong = is_split_wrong(options);
	PQconninfoFree(options);
	if (!is_wrong)
		return 0;
	return err_set(err, ERR_INVALID,
	    "DATABASE_URL: in the password all but letters and digits are"
	    " written as %%XX, \"@\" as %%40 and \"/\" as %%2F");
}

/* ---- connecting ---- */

/* Later options win: the URL's over ours, and ours that must be. */
static int
session_options(struct pool *pool, const struct sql_config *config,
    const char **text_r, struct err *err)
{
	PQconninfoOption *options;

	if (parse_url(config->url, &options, err) == -1)
		return -1;
	*text_r =
	    pool_format(pool, SESSION " %s%s", value_of(options, "options"),
		config->is_volatile ? " -c synchronous_commit=off" : "");
	PQconninfoFree(options);
	return 0;
}

/* Notices are for people at a terminal. */
static void
ignore_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	(void)notice;
}

static void
finish(void *arg)
{
	struct pgsql *pgsql = arg;

	PQfinish(pgsql->conn);
	pool_free(&pgsql->prepared_pool);
}

/* libpq's message, of one or more lines, as one. */
static int
fail_to_connect(struct pgsql *pgsql, struct err *err)
{
	char text[ERR_TEXT_BYTES];
	size_t len;

	(void)snprintf(text, sizeof(text), "%s", PQerrorMessage(pgsql->conn));
	for (len = strlen(text); len > 0 && text[len - 1] == '\n'; len--)
		text[len - 1] = '\0';
	for (char *c = text; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	return pgsql_lose(pgsql, text, err);
}

static int
connect_with(struct pgsql *pgsql, const struct sql_config *config,
    const char *options, struct err *err)
{
	/* What stands before "dbname" yields to the URL there. */
	const char *const params[][2] = {
		{ "connect_timeout", "5" },
		{ "keepalives_idle", "30" },
		{ "keepalives_interval", "10" },
		{ "keepalives_count", "3" },
		{ "tcp_user_timeout", "60000" },
		{ "gssencmode", "disable" },
		{ "fallback_application_name", "almacen" },
		{ "dbname", config->url },
		{ "options", options },
		{ "client_encoding", "UTF8" },
	};
	const char *names[ARRAY_COUNT(params) + 1] = { NULL };
	const char *values[ARRAY_COUNT(params) + 1] = { NULL };

	for (size_t i = 0; i < ARRAY_COUNT(params); i++) {
		names[i] = params[i][0];
		values[i] = params[i][1];
	}
	pgsql->conn = PQconnectdbParams(names, values, 1);
	if (PQstatus(pgsql->conn) != CONNECTION_OK)
		return fail_to_connect(pgsql, err);
	(void)PQsetNoticeReceiver(pgsql->conn, ignore_notice, NULL);
	return 0;
}

static int
check_server(struct pgsql *pgsql, struct err *err)
{
	const char *encoding =
	    PQparameterStatus(pgsql->conn, "server_encoding");
	int version = PQserverVersion(pgsql->conn);

	if (version < VERSION_MIN)
		return err_set(err, ERR_INVALID,
		    "DATABASE_URL: PostgreSQL 13 or newer is needed, this is"
		    " %d",
		    version / 10000);
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return err_set(err, ERR_INVALID,
		    "DATABASE_URL: the encoding of the database is %s: make"
		    " it with ENCODING 'UTF8'",
		    encoding == NULL ? "unknown" : encoding);
	return 0;
}

int
pgsql_connect(struct pgsql *pgsql, struct pool *pool,
    const struct sql_config *config, struct err *err)
{
	const char *options;

	if (session_options(pool, config, &options, err) == -1)
		return -1;
	pgsql->prepared_pool = pool_new();
	pgsql->name = rand_hex(pool, NAME_BYTES);
	pool_on_clear(pool, finish, pgsql);
	if (connect_with(pgsql, config, options, err) == -1 ||
	    check_server(pgsql, err) == -1)
		return -1;
	if (PQsetnonblocking(pgsql->conn, 1) == -1 ||
	    PQenterPipelineMode(pgsql->conn) == 0)
		return pgsql_lose(pgsql, "no pipeline", err);
	return 0;
}
