/* SPDX-License-Identifier: MIT */
#include "model/audit_private.h"

#define AUDIT_END INT64_MAX

enum statement { HEAD, LIST };

static const char *const sql[] = {
	[HEAD] = "SELECT CAST(number AS BIGINT), CAST(hash AS TEXT)"
		 " FROM audit_head WHERE id = 1",
	[LIST] = "SELECT " AUDIT_COLUMNS ", CAST(p.hash AS TEXT)"
		 " FROM audit a LEFT JOIN audit p ON p.number = a.number - 1"
		 " WHERE a.number > $1 AND a.at_ms >= $2 AND a.at_ms < $3"
		 " AND (CAST($4 AS BIGINT) = 0 OR a.tenant_id = $4)"
		 " AND (CAST($5 AS BIGINT) = 0 OR a.user_id = $5)"
		 " AND (CAST($6 AS TEXT) IS NULL OR a.actor = $6)"
		 " AND (CAST($7 AS TEXT) IS NULL OR a.action = $7)"
		 " AND (CAST($8 AS TEXT) IS NULL OR a.subject = $8)"
		 " ORDER BY a.number LIMIT $9",
};

/* NOT NULL holds until somebody edits the file. */
static const char *
text_of(const struct sql_rows *rows, size_t i, size_t column)
{
	const char *text = sql_text(rows, i, column);

	return text == NULL ? "" : text;
}

struct audit_row
audit_row_read(const struct sql_rows *rows, size_t i)
{
	return (struct audit_row){
		.number = sql_int(rows, i, 0),
		.at_ms = sql_int(rows, i, 1),
		.event = {
		    .tenant_id = sql_int(rows, i, 2),
		    .user_id = sql_int(rows, i, 3),
		    .actor = text_of(rows, i, 4),
		    .via = text_of(rows, i, 5),
		    .action = text_of(rows, i, 6),
		    .subject = text_of(rows, i, 7),
		    .remote_addr = text_of(rows, i, 8),
		    .request_id = text_of(rows, i, 9),
		    .status = sql_int(rows, i, 10),
		    .result = text_of(rows, i, 11),
		},
		.hash = text_of(rows, i, 12),
		.previous = "",
	};
}

int
audit_head_load(struct sql *db, struct pool *pool, struct audit_head *head_r,
    struct err *err)
{
	struct sql_rows rows;

	if (sql_query(db, pool, sql[HEAD], NULL, 0, &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return err_set_code(err, ERR_INTERNAL, "audit_head",
		    "the row with the end of the chain is missing");
	head_r->number = sql_int(&rows, 0, 0);
	head_r->hash = text_of(&rows, 0, 1);
	return 0;
}

int
audit_list(struct sql *db, struct pool *pool,
    const struct audit_search *search, struct audit_row **rows_r,
    size_t *count_r, struct err *err)
{
	int64_t until_ms = search->until_ms == 0 ? AUDIT_END :
						   search->until_ms;
	struct sql_value args[] = { SQL_INT(search->after_number),
		SQL_INT(search->since_ms), SQL_INT(until_ms),
		SQL_INT(search->tenant_id), SQL_INT(search->user_id),
		SQL_TEXT(search->actor), SQL_TEXT(search->action),
		SQL_TEXT(search->subject), SQL_INT(search->limit) };
	struct sql_rows rows;

	if (sql_query(db, pool, sql[LIST], args, ARRAY_COUNT(args), &rows,
		err) == -1)
		return -1;
	*rows_r = pool_alloc_array(pool, rows.count, sizeof(**rows_r));
	*count_r = rows.count;
	for (size_t i = 0; i < rows.count; i++) {
		(*rows_r)[i] = audit_row_read(&rows, i);
		(*rows_r)[i].previous = text_of(&rows, i, 13);
	}
	return 0;
}
