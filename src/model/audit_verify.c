/*
 * Rows are read up to where the chain ends when it begins, so that what is
 * noted meanwhile does not disturb; afterwards nothing may stand behind the
 * end there is then.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/audit_chain.h"
#include "model/audit_private.h"

enum { PAGE_ROWS = 500 };

enum statement { PAGE, BEHIND };

static const char *const sql[] = {
	[PAGE] = "SELECT " AUDIT_COLUMNS " FROM audit a"
		 " WHERE a.number > $1 AND a.number <= $2"
		 " ORDER BY a.number LIMIT $3",
	[BEHIND] = "SELECT CAST(min(number) AS BIGINT) FROM audit"
		   " WHERE number > (SELECT number FROM audit_head"
		   "  WHERE id = 1)",
};

/* 1: go on, 0: that was the last or it does not fit. */
static int
verify_page(struct sql *db, struct audit_trail *trail, int64_t *after,
    int64_t end, struct err *err)
{
	struct pool *pool = pool_new();
	struct sql_value args[] = { SQL_INT(*after), SQL_INT(end),
		SQL_INT(PAGE_ROWS) };
	struct sql_rows rows;
	int result = sql_query(db, pool, sql[PAGE], args, ARRAY_COUNT(args),
	    &rows, err);

	for (size_t i = 0; result == 0 && i < rows.count; i++) {
		struct audit_row row = audit_row_read(&rows, i);

		row.previous = pool_strdup(pool, trail->hash);
		*after = row.number;
		if (!audit_trail_add(trail, pool, &row))
			break;
	}
	if (result == 0 && rows.count == PAGE_ROWS && trail->problem == NULL)
		result = 1;
	pool_free(&pool);
	return result;
}

static int
verify_rows(struct sql *db, struct audit_trail *trail, int64_t end,
    struct err *err)
{
	int64_t after = INT64_MIN;
	int result;

	do
		result = verify_page(db, trail, &after, end, err);
	while (result == 1);
	return result;
}

static void
compare_head(struct audit_trail *trail, const struct audit_head *head)
{
	if (trail->problem != NULL || !audit_trail_end(trail))
		return;
	if (trail->number < head->number) {
		trail->bad_number = trail->number + 1;
		trail->problem = "is missing, and all up to the end";
	} else if (strcmp(trail->hash, head->hash) != 0) {
		trail->bad_number = trail->number;
		trail->problem = "is not what the chain ends with";
	}
}

static int
look_behind(struct sql *db, struct pool *pool, struct audit_trail *trail,
    struct err *err)
{
	struct sql_rows rows;

	if (trail->problem != NULL)
		return 0;
	if (sql_query(db, pool, sql[BEHIND], NULL, 0, &rows, err) == -1)
		return -1;
	if (rows.count == 1 && !sql_is_null(&rows, 0, 0)) {
		trail->bad_number = sql_int(&rows, 0, 0);
		trail->problem = "stands behind the end of the chain";
	}
	return 0;
}

int
audit_verify(struct sql *db, struct pool *pool, int64_t expected_number,
    const char *expected_hash, struct audit_findings *findings_r,
    struct err *err)
{
	struct audit_trail trail = { .expected_number = expected_number,
		.expected_hash = expected_hash };
	struct audit_head head;

	if (audit_head_load(db, pool, &head, err) == -1 ||
	    verify_rows(db, &trail, head.number, err) == -1)
		return -1;
	compare_head(&trail, &head);
	if (look_behind(db, pool, &trail, err) == -1)
		return -1;
	*findings_r = (struct audit_findings){ .rows = trail.rows,
		.bad_number = trail.bad_number,
		.problem = trail.problem,
		.head_number = head.number,
		.head_hash = head.hash };
	return 0;
}
