/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/slice.h"
#include "sql/sql_pgsql_private.h"

enum {
	SILENCE_MS = 60 * 1000, /* then the server is taken for dead */
	NAME_BYTES = 24,
	NUMBER_BYTES = 24
};

/* Types of PostgreSQL, as catalog/pg_type.dat numbers them. */
enum { INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, VARCHAR = 1043 };

/* ---- prepared statements ---- */

/* FNV-1a, 32 bits. */
static size_t
slot_of(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619U;
	return hash % PGSQL_PREPARED_SLOTS;
}

/* The same text may be prepared for several types: NULL has none. */
static struct prepared
key_of(const struct sql_statement *statement)
{
	struct prepared key = { .text = statement->text };

	assert(statement->count <= PGSQL_ARGS_MAX);
	for (size_t i = 0; i < statement->count; i++) {
		if (statement->args[i].type == SQL_TYPE_INT)
			key.ints |= UINT64_C(1) << i;
		else if (statement->args[i].type == SQL_TYPE_TEXT)
			key.texts |= UINT64_C(1) << i;
	}
	return key;
}

static bool
is_same(const struct prepared *a, const struct prepared *b)
{
	return a->ints == b->ints && a->texts == b->texts &&
	    strcmp(a->text, b->text) == 0;
}

/* Where it is, else the free slot where it goes: there always is one. */
static struct prepared *
find_slot(struct pgsql *pgsql, const struct prepared *key)
{
	size_t i = slot_of(key->text);

	while (pgsql->prepared[i].text != NULL &&
	    !is_same(&pgsql->prepared[i], key))
		i = (i + 1) % PGSQL_PREPARED_SLOTS;
	return &pgsql->prepared[i];
}

static void
write_name(const struct pgsql *pgsql, const struct prepared *slot, char *name)
{
	(void)snprintf(name, NAME_BYTES, "s%td", slot - pgsql->prepared);
}

/* ---- sending ---- */

void
flow_begin(struct flow *flow, struct pgsql *pgsql, struct err *err)
{
	*flow = (struct flow){ .pgsql = pgsql, .err = err };
}

static void
note(struct flow *flow, int is_sent, struct prepared *prepared,
    struct sql_result *result)
{
	struct step *step = &flow->steps[flow->count];

	if (is_sent == 0) {
		flow->status = pgsql_lose(flow->pgsql,
		    "the connection takes no queries", flow->err);
		return;
	}
	assert(flow->count < ARRAY_COUNT(flow->steps));
	step->prepared = prepared;
	step->result = result;
	flow->count++;
}

void
flow_text(struct flow *flow, const char *text)
{
	if (flow->status == 0)
		note(flow,
		    PQsendQueryParams(flow->pgsql->conn, text, 0, NULL, NULL,
			NULL, NULL, 0),
		    NULL, NULL);
}

static void
claim_slot(struct pgsql *pgsql, struct prepared *slot,
    const struct prepared *key)
{
	assert(pgsql->prepared_count < PGSQL_PREPARED_MAX);
	*slot = *key;
	slot->text = pool_strdup(pgsql->prepared_pool, key->text);
	pgsql->prepared_count++;
}

static void
send_prepare(struct flow *flow, struct prepared *slot, int count)
{
	struct pgsql *pgsql = flow->pgsql;
	Oid types[PGSQL_ARGS_MAX];
	char name[NAME_BYTES];

	for (int i = 0; i < count; i++)
		types[i] = (slot->ints >> i & 1) != 0 ? INT8 :
		    (slot->texts >> i & 1) != 0	      ? TEXT :
							0; /* it finds out */
	write_name(pgsql, slot, name);
	note(flow, PQsendPrepare(pgsql->conn, name, slot->text, count, types),
	    slot, NULL);
}

static void
send_bound(struct flow *flow, const struct prepared *slot,
    const struct sql_statement *statement, struct sql_result *result)
{
	const char *values[PGSQL_ARGS_MAX];
	char numbers[PGSQL_ARGS_MAX][NUMBER_BYTES];
	char name[NAME_BYTES];

	for (size_t i = 0; i < statement->count; i++) {
		const struct sql_value *arg = &statement->args[i];

		values[i] = arg->text; /* NULL for SQL NULL */
		if (arg->type != SQL_TYPE_INT)
			continue;
		(void)snprintf(numbers[i], NUMBER_BYTES, "%lld",
		    (long long)arg->number);
		values[i] = numbers[i];
	}
	write_name(flow->pgsql, slot, name);
	note(flow,
	    PQsendQueryPrepared(flow->pgsql->conn, name, (int)statement->count,
		values, NULL, NULL, 0),
	    NULL, result);
}

void
flow_statement(struct flow *flow, const struct sql_statement *statement,
    struct sql_result *result)
{
	const struct prepared key = key_of(statement);
	struct prepared *slot = find_slot(flow->pgsql, &key);

	if (slot->text == NULL)
		claim_slot(flow->pgsql, slot, &key);
	if (flow->status == 0 && !slot->is_there)
		send_prepare(flow, slot, (int)statement->count);
	if (flow->status == 0)
		send_bound(flow, slot, statement, result);
}

/* ---- waiting ---- */

/* Wait for the socket; 0 also when poll() was interrupted. */
static int
wait_once(struct pgsql *pgsql, bool is_sending, int64_t deadline_ms,
    struct err *err)
{
	struct pollfd fd = { .fd = PQsocket(pgsql->conn),
		.events = is_sending ? POLLIN | POLLOUT : POLLIN };
	int64_t left_ms = deadline_ms - clock_monotonic_ms();
	int ready = left_ms <= 0 ? 0 : poll(&fd, 1, (int)left_ms);

	if (ready == 0)
		return pgsql_lose(pgsql, "no answer", err);
	if (ready == -1 && errno != EINTR)
		return pgsql_lose(pgsql, strerror(errno), err);
	if (ready > 0 && (fd.revents & ~POLLOUT) != 0 &&
	    PQconsumeInput(pgsql->conn) == 0)
		return pgsql_lose(pgsql, "the connection was lost", err);
	return 0;
}

/* Send what is to be sent, until PQgetResult() need not wait. */
static int
wait_for_answer(struct pgsql *pgsql, struct err *err)
{
	int64_t deadline_ms = clock_monotonic_ms() + SILENCE_MS;

	for (;;) {
		int unsent = PQflush(pgsql->conn);

		if (PQisBusy(pgsql->conn) == 0)
			return 0;
		if (unsent == -1)
			return pgsql_lose(pgsql, "the connection was lost",
			    err);
		if (wait_once(pgsql, unsent == 1, deadline_ms, err) == -1)
			return -1;
	}
}

/* ---- results ---- */

static bool
is_int(Oid type)
{
	return type == INT8 || type == INT4 || type == INT2;
}

static int
check_types(const PGresult *answer, struct err *err)
{
	for (int i = 0; i < PQnfields(answer); i++) {
		Oid type = PQftype(answer, i);

		if (!is_int(type) && type != TEXT && type != VARCHAR)
			return err_set(err, ERR_INTERNAL,
			    "database: column %s is neither integer nor text,"
			    " but of type %u",
			    PQfname(answer, i), type);
	}
	return 0;
}

static int
parse_int(struct slice text, int64_t *number_r, struct err *err)
{
	bool is_negative = slice_has_prefix(text, "-");
	uint64_t magnitude;

	if (!num_parse_u64(slice_from(text, is_negative ? 1 : 0),
		(uint64_t)INT64_MAX + is_negative, &magnitude))
		return err_set(err, ERR_INTERNAL,
		    "database: an integer that is none");
	*number_r = (int64_t)(is_negative ? 0 - magnitude : magnitude);
	return 0;
}

static int
take_cell(const PGresult *answer, int row, int column, struct pool *pool,
    struct sql_value *value, struct err *err)
{
	const struct slice text = { PQgetvalue(answer, row, column),
		(size_t)PQgetlength(answer, row, column) };

	if (PQgetisnull(answer, row, column) != 0) {
		*value = SQL_NULL;
		return 0;
	}
	if (!is_int(PQftype(answer, column))) {
		*value = SQL_TEXT(slice_dup(pool, text));
		return 0;
	}
	value->type = SQL_TYPE_INT;
	return parse_int(text, &value->number, err);
}

static int
take_rows(const PGresult *answer, struct sql_result *result, struct err *err)
{
	int rows = PQntuples(answer), columns = PQnfields(answer);
	struct sql_value *values;

	if (check_types(answer, err) == -1)
		return -1;
	if (rows > SQL_ROWS_MAX)
		return err_set(err, ERR_INTERNAL, "database: more than %d rows",
		    SQL_ROWS_MAX);
	values = pool_alloc_array(result->pool,
	    (size_t)rows * (size_t)columns + 1, sizeof(*values));
	for (int i = 0; i < rows * columns; i++)
		if (take_cell(answer, i / columns, i % columns, result->pool,
			&values[i], err) == -1)
			return -1;
	*result->rows = (struct sql_rows){ .count = (size_t)rows,
		.columns = (size_t)columns,
		.values = values };
	return 0;
}

static int
take_result(PGresult *answer, struct sql_result *result, struct err *err)
{
	int64_t changed = 0;

	if (result == NULL)
		return 0;
	/* "" of what changes no rows */
	(void)num_parse_i64(slice_str(PQcmdTuples(answer)), INT64_MAX,
	    &changed);
	result->changed = changed;
	return result->rows == NULL ? 0 : take_rows(answer, result, err);
}

/* Where the failure of a step goes: the first one is what the flow fails of. */
static struct err *
err_of(const struct flow *flow, struct err *ignored)
{
	return flow->status == 0 ? flow->err : ignored;
}

static int
take_answer(const struct flow *flow, const struct step *step, PGresult *answer,
    struct err *err)
{
	switch (PQresultStatus(answer)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		return take_result(answer, step->result, err);
	case PGRES_PIPELINE_ABORTED: /* what failed came before */
		return -1;
	case PGRES_FATAL_ERROR:
		return pgsql_fail(flow->pgsql, answer, err);
	default: /* what none of our queries can bring */
		return pgsql_lose(flow->pgsql, "an unknown answer", err);
	}
}

/* The answer to a step, then the NULL that ends it. */
static void
end_step(struct flow *flow, const struct step *step)
{
	struct pgsql *pgsql = flow->pgsql;
	struct err ignored;
	PGresult *answer;

	if (wait_for_answer(pgsql, err_of(flow, &ignored)) == -1) {
		flow->status = -1;
		return;
	}
	answer = PQgetResult(pgsql->conn);
	if (take_answer(flow, step, answer, err_of(flow, &ignored)) == -1)
		flow->status = -1;
	else if (step->prepared != NULL)
		step->prepared->is_there = true;
	PQclear(answer);
	if (!pgsql->is_lost &&
	    wait_for_answer(pgsql, err_of(flow, &ignored)) == -1)
		flow->status = -1;
	if (!pgsql->is_lost)
		PQclear(PQgetResult(pgsql->conn));
}

/* After an error the server skips what comes before this. */
static void
end_sync(struct flow *flow)
{
	struct pgsql *pgsql = flow->pgsql;
	struct err ignored, *err = err_of(flow, &ignored);
	PGresult *answer;

	if (wait_for_answer(pgsql, err) == -1) {
		flow->status = -1;
		return;
	}
	answer = PQgetResult(pgsql->conn);
	if (PQresultStatus(answer) != PGRES_PIPELINE_SYNC)
		flow->status = pgsql_lose(pgsql, "an unknown answer", err);
	PQclear(answer);
}

int
flow_end(struct flow *flow)
{
	struct pgsql *pgsql = flow->pgsql;

	if (flow->status == 0 && PQpipelineSync(pgsql->conn) == 0)
		flow->status =
		    pgsql_lose(pgsql, "the connection was lost", flow->err);
	for (size_t i = 0; i < flow->count && !pgsql->is_lost; i++)
		end_step(flow, &flow->steps[i]);
	if (!pgsql->is_lost)
		end_sync(flow);
	return flow->status;
}

int
flow_make_room(struct pgsql *pgsql, struct err *err)
{
	struct flow flow;

	if (pgsql->prepared_count + PGSQL_STEPS_MAX <= PGSQL_PREPARED_MAX)
		return 0;
	flow_begin(&flow, pgsql, err);
	flow_text(&flow, "DEALLOCATE ALL");
	if (flow_end(&flow) == -1)
		return -1;
	memset(pgsql->prepared, 0, sizeof(pgsql->prepared));
	pgsql->prepared_count = 0;
	pool_clear(pgsql->prepared_pool);
	return 0;
}
