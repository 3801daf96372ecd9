/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/slice.h"
#include "sql/sql_pgsql_private.h"

/*
 * What SQLSTATEs mean (PostgreSQL, Appendix A); the first row whose letters
 * they begin with.
 */
static const struct {
	const char *state;
	enum err_kind kind;
	const char *code;
} states[] = {
	{ "23505", ERR_CONFLICT, "unique" },
	{ "23503", ERR_CONFLICT, "foreign_key" },
	/* Of two that make the same table or type, one gets these. */
	{ "42P07", ERR_CONFLICT, "exists" },
	{ "42710", ERR_CONFLICT, "exists" },
	{ "40003", ERR_UNAVAILABLE, SQL_AWAY },
	{ "40", ERR_UNAVAILABLE, SQL_BUSY },	 /* serialization, deadlock */
	{ "55P03", ERR_UNAVAILABLE, SQL_BUSY },	 /* lock_timeout */
	{ "57014", ERR_UNAVAILABLE, "timeout" }, /* statement_timeout */
	{ "57", ERR_UNAVAILABLE, SQL_AWAY },	 /* shutdown, crash, start */
	{ "08", ERR_UNAVAILABLE, SQL_AWAY },	 /* connection exception */
	{ "25P03", ERR_UNAVAILABLE, SQL_AWAY },	 /* idle in transaction */
	{ "25P04", ERR_UNAVAILABLE, SQL_AWAY },	 /* transaction_timeout */
	{ "25006", ERR_UNAVAILABLE, "read_only" },
	{ "53100", ERR_UNAVAILABLE, "full" },
	{ "53", ERR_UNAVAILABLE, "resources" },
	{ "58", ERR_UNAVAILABLE, "io" },
};

int
pgsql_lose(struct pgsql *pgsql, const char *why, struct err *err)
{
	pgsql->is_lost = true;
	return err_set_code(err, ERR_UNAVAILABLE, SQL_AWAY, "database: %s",
	    why);
}

static bool
has_ended(const struct pgsql *pgsql, const char *state)
{
	return state == NULL || PQstatus(pgsql->conn) == CONNECTION_BAD;
}

int
pgsql_fail(struct pgsql *pgsql, const PGresult *answer, struct err *err)
{
	const char *state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
	/* The details may hold values of the row: they are left out. */
	const char *text = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);

	if (text == NULL)
		text = "the connection was lost";
	if (has_ended(pgsql, state))
		return pgsql_lose(pgsql, text, err);
	for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
		if (strncmp(state, states[i].state, strlen(states[i].state)) !=
		    0)
			continue;
		if (strcmp(states[i].code, SQL_AWAY) == 0)
			pgsql->is_lost = true;
		return err_set_code(err, states[i].kind, states[i].code,
		    "database: %s", text);
	}
	return err_set(err, ERR_INTERNAL, "database: %s (%s)", text, state);
}
