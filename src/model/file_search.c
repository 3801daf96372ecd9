/*
 * Every list is walked along an index that has its order, from where the page
 * before ended.  A text that many files hold is found among the newest ones;
 * one that is rare there is looked up by what it says (docs/QUERIES.md).
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>

#include "model/file_private.h"
#include "model/file_search.h"
#include "model/search_text.h"

/*
 * So many files are read one by one before a text is looked up.  What is rarer
 * than a page in so many is found so seldom that all of it can be sorted.
 */
enum { TEXT_WINDOW = 4000 };

enum statement {
	BY_TIME,
	BY_KIND,
	BY_OWNER,
	BY_OWNER_KIND,
	BY_ATHLETE,
	BY_TEXT,
	BY_KEY,
	STATEMENT_COUNT
};

/* Parameters of all lists; NULL stands for any. */
enum param {
	TENANT,
	STATE,
	AFTER_SECS,
	AFTER_ID,
	WINDOW,
	LIMIT,
	OWNER,
	ATHLETE,
	KIND,
	PATTERN,
	PARAM_COUNT
};

#define IN_LIST \
	"tenant_id = $1 AND state = $2 AND (created_secs, id) < ($3, $4)"
#define NEWEST_FIRST " ORDER BY created_secs DESC, id DESC"
#define IF_OWNER " AND (CAST($7 AS TEXT) IS NULL OR owner = $7)"
#define IF_ATHLETE " AND (CAST($8 AS TEXT) IS NULL OR athlete_id = $8)"
#define IF_KIND " AND (CAST($9 AS TEXT) IS NULL OR file_kind = $9)"
#define HAS_TEXT "search_text LIKE $10 ESCAPE '\\'"

/* The first $5 of an order, and of them those that have the text. */
#define WALK(filter)                                                         \
	"SELECT " FILE_COLUMNS " FROM (SELECT * FROM files WHERE " IN_LIST   \
	filter NEWEST_FIRST " LIMIT $5) AS newest"                           \
	" WHERE (CAST($10 AS TEXT) IS NULL OR " HAS_TEXT ")"                 \
	NEWEST_FIRST " LIMIT $6"

static const char *const statements[STATEMENT_COUNT] = {
	[BY_TIME] = WALK(IF_OWNER IF_ATHLETE IF_KIND),
	[BY_KIND] = WALK(" AND file_kind = $9" IF_OWNER IF_ATHLETE),
	[BY_OWNER] = WALK(" AND owner = $7" IF_ATHLETE IF_KIND),
	[BY_OWNER_KIND] = WALK(" AND owner = $7 AND file_kind = $9"
	    IF_ATHLETE),
	[BY_ATHLETE] = WALK(" AND athlete_id = $8 AND athlete_id <> ''"
	    IF_OWNER IF_KIND),
	/* Not before all are found: the order must not tempt to walk again. */
	[BY_TEXT] = "WITH found AS MATERIALIZED (SELECT id, created_secs"
	    " FROM files WHERE " IN_LIST " AND " HAS_TEXT
	    IF_OWNER IF_ATHLETE IF_KIND "), page AS MATERIALIZED"
	    " (SELECT id FROM found" NEWEST_FIRST " LIMIT $6)"
	    " SELECT " FILE_COLUMNS " FROM files WHERE tenant_id = $1"
	    " AND id IN (SELECT id FROM page) AND CAST($5 AS BIGINT) > 0"
	    NEWEST_FIRST,
	[BY_KEY] = FILE_SELECT " WHERE bucket = $2 AND object_key = $3"
	    " AND tenant_id = $1 AND state = 'live'",
};

/* By what the fewest files have in common. */
static enum statement
choose_walk(const struct file_search *search)
{
	if (search->athlete_id != NULL && *search->athlete_id != '\0')
		return BY_ATHLETE;
	if (search->owner != NULL)
		return search->has_kind ? BY_OWNER_KIND : BY_OWNER;
	return search->has_kind ? BY_KIND : BY_TIME;
}

static bool
has_text(const struct file_search *search)
{
	return search->text != NULL && *search->text != '\0';
}

/* One more than is shown, to know whether there are more. */
static void
fill_args(const struct file_search *search, struct pool *pool,
    struct sql_value args_r[PARAM_COUNT])
{
	bool is_first = search->after.id == 0;

	args_r[TENANT] = SQL_INT(search->tenant_id);
	args_r[STATE] = SQL_TEXT(file_state_name(search->state));
	args_r[AFTER_SECS] = SQL_INT(is_first ? INT64_MAX :
						search->after.created_secs);
	args_r[AFTER_ID] = SQL_INT(is_first ? INT64_MAX : search->after.id);
	args_r[WINDOW] =
	    SQL_INT(has_text(search) ? TEXT_WINDOW : search->limit + 1);
	args_r[LIMIT] = SQL_INT(search->limit + 1);
	args_r[OWNER] = SQL_TEXT(search->owner);
	args_r[ATHLETE] = SQL_TEXT(search->athlete_id);
	args_r[KIND] = SQL_TEXT(search->has_kind ?
		file_kind_name(search->kind) : NULL);
	args_r[PATTERN] = SQL_TEXT(has_text(search) ?
		search_text_pattern(pool, search->text) : NULL);
}

static void
finish(const struct file_search *search, struct file_list *list)
{
	size_t limit = (size_t)search->limit;

	list->has_more = list->count > limit;
	if (list->has_more)
		list->count = limit;
	if (list->count > 0) {
		const struct file *last = &list->files[list->count - 1];

		list->last = (struct file_place){ last->created_secs,
			last->id };
	}
}

int
file_search(struct sql *db, struct pool *pool,
    const struct file_search *search, struct file_list *list_r,
    struct err *err)
{
	struct sql_value args[PARAM_COUNT];
	struct sql_rows rows;

	assert(search->limit >= 1 && search->limit <= FILE_SEARCH_MAX);
	*list_r = (struct file_list){ .last = search->after };
	fill_args(search, pool, args);
	if (sql_query(db, pool, statements[choose_walk(search)], args,
		PARAM_COUNT, &rows, err) == -1)
		return -1;
	if (has_text(search) && rows.count <= (size_t)search->limit &&
	    sql_query(db, pool, statements[BY_TEXT], args, PARAM_COUNT, &rows,
		err) == -1)
		return -1;
	if (file_read_rows(pool, &rows, &list_r->files, &list_r->count, err) ==
	    -1)
		return -1;
	finish(search, list_r);
	return 0;
}

int
file_find_key(struct sql *db, struct pool *pool, int64_t tenant_id,
    const char *bucket, const char *key, struct file *file_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_TEXT(bucket),
		SQL_TEXT(key) };
	struct sql_rows rows;

	if (sql_query(db, pool, statements[BY_KEY], args, ARRAY_COUNT(args),
		&rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	return file_read_row(&rows, 0, file_r, err) == -1 ? -1 : 1;
}
