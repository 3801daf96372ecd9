/*
 * Every list is walked along an index that has its order, from where the page
 * before ended.  So is a search: what many files hold is soon found among the
 * newest.  Where PostgreSQL can look up trigrams the walk ends after a window,
 * and what is rarer is looked up (docs/QUERIES.md).
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>

#include "codec/utf8.h"
#include "model/file_private.h"
#include "model/file_search.h"
#include "model/search_text.h"

enum {
	/*
	 * What is rarer than a page in so many files is held by so few of a
	 * million that all of them can be sorted.
	 */
	TEXT_WINDOW = 4000,
	/* Shorter ones have no trigram. */
	LOOKUP_MIN = 3,
	SEEN_COLUMN = FILE_COLUMN_COUNT
};

enum statement {
	LIST_BY_TIME,
	LIST_BY_KIND,
	LIST_BY_OWNER,
	LIST_BY_OWNER_KIND,
	LIST_BY_ATHLETE,
	SEARCH_BY_TIME, /* in the order of the lists */
	SEARCH_BY_KIND,
	SEARCH_BY_OWNER,
	SEARCH_BY_OWNER_KIND,
	SEARCH_BY_ATHLETE,
	LOOK_UP,
	FIND_KEY,
	STATEMENT_COUNT
};

/* NULL stands for any.  Lists take those before PATTERN. */
enum param {
	TENANT,
	STATE,
	AFTER_SECS,
	AFTER_ID,
	LIMIT,
	OWNER,
	ATHLETE,
	KIND,
	PATTERN,
	WINDOW,
	PARAM_COUNT
};

#define IN_LIST \
	"tenant_id = $1 AND state = $2 AND (created_secs, id) < ($3, $4)"
#define NEWEST_FIRST " ORDER BY created_secs DESC, id DESC"
/*
 * A filter that may be off.  Of a CASE a planner expects that it lets half of
 * the rows pass, of "$6 IS NULL OR" that it lets none pass, and then it would
 * rather sort all than walk.
 */
#define IF(param, claim)                                            \
	" AND CASE WHEN CAST(" param " AS TEXT) IS NULL THEN TRUE"  \
	" ELSE " claim " END"
#define IF_OWNER IF("$6", "owner = $6")
#define IF_ATHLETE IF("$7", "athlete_id = $7")
#define IF_KIND IF("$8", "file_kind = $8")
#define HAS_TEXT "search_text LIKE $9 ESCAPE '\\'"

/* By what the fewest files have in common; each has an index of its own. */
#define BY_TIME IF_OWNER IF_ATHLETE IF_KIND
#define BY_KIND " AND file_kind = $8" IF_OWNER IF_ATHLETE
#define BY_OWNER " AND owner = $6" IF_ATHLETE IF_KIND
#define BY_OWNER_KIND " AND owner = $6 AND file_kind = $8" IF_ATHLETE
#define BY_ATHLETE \
	" AND athlete_id = $7 AND athlete_id <> ''" IF_OWNER IF_KIND

/* A planner that does not know $5 knows at least that the walk is short. */
#define LIST(filter)                                                         \
	"SELECT " FILE_COLUMNS " FROM (SELECT * FROM files WHERE " IN_LIST   \
	filter NEWEST_FIRST " LIMIT 201) AS newest" NEWEST_FIRST " LIMIT $5"
_Static_assert(FILE_SEARCH_MAX < 201, "lists are cut short");

/*
 * Of the first $10 of a list those that have the text; always a row, and in it
 * how many were looked at, unless the page was full before.
 */
#define SEARCH(filter)                                                      \
	"WITH newest AS MATERIALIZED (SELECT id AS hit_id,"                 \
	"  created_secs AS hit_secs, search_text FROM files"                \
	"  WHERE " IN_LIST filter NEWEST_FIRST " LIMIT $10),"               \
	" hits AS MATERIALIZED (SELECT hit_id FROM newest WHERE " HAS_TEXT  \
	"  ORDER BY hit_secs DESC, hit_id DESC LIMIT $5)"                   \
	" SELECT " FILE_COLUMNS ", CASE WHEN (SELECT count(*) FROM hits)"   \
	"  < $5 THEN (SELECT count(*) FROM newest) ELSE 0 END"              \
	" FROM (SELECT 1) AS always LEFT JOIN hits ON 1 = 1"                \
	" LEFT JOIN files ON tenant_id = $1 AND id = hit_id" NEWEST_FIRST

static const char *const statements[STATEMENT_COUNT] = {
	[LIST_BY_TIME] = LIST(BY_TIME),
	[LIST_BY_KIND] = LIST(BY_KIND),
	[LIST_BY_OWNER] = LIST(BY_OWNER),
	[LIST_BY_OWNER_KIND] = LIST(BY_OWNER_KIND),
	[LIST_BY_ATHLETE] = LIST(BY_ATHLETE),
	[SEARCH_BY_TIME] = SEARCH(BY_TIME),
	[SEARCH_BY_KIND] = SEARCH(BY_KIND),
	[SEARCH_BY_OWNER] = SEARCH(BY_OWNER),
	[SEARCH_BY_OWNER_KIND] = SEARCH(BY_OWNER_KIND),
	[SEARCH_BY_ATHLETE] = SEARCH(BY_ATHLETE),
	/*
	 * All that have the text, then the page: its order must not tempt to
	 * walk again, nor "+ 0" and "|| ''" to join large indexes to a small
	 * one.
	 */
	[LOOK_UP] = "WITH found AS MATERIALIZED (SELECT id AS hit_id,"
	    "  created_secs AS hit_secs FROM files WHERE " HAS_TEXT
	    "  AND tenant_id + 0 = $1 AND state || '' = $2"
	    "  AND (created_secs + 0, id + 0) < ($3, $4)"
	    IF_OWNER IF_ATHLETE IF_KIND "),"
	    " page AS MATERIALIZED (SELECT hit_id FROM found"
	    "  ORDER BY hit_secs DESC, hit_id DESC LIMIT $5)"
	    " SELECT " FILE_COLUMNS " FROM page"
	    " JOIN files ON tenant_id = $1 AND id = hit_id"
	    " WHERE CAST($10 AS BIGINT) > 0" NEWEST_FIRST,
	[FIND_KEY] = FILE_SELECT " WHERE bucket = $2 AND object_key = $3"
	    " AND tenant_id = $1 AND state = 'live'",
};

static enum statement
choose_list(const struct file_search *search)
{
	if (search->athlete_id != NULL && *search->athlete_id != '\0')
		return LIST_BY_ATHLETE;
	if (search->owner != NULL)
		return search->has_kind ? LIST_BY_OWNER_KIND : LIST_BY_OWNER;
	return search->has_kind ? LIST_BY_KIND : LIST_BY_TIME;
}

/* How much of a list is walked for a text. */
static int64_t
choose_window(const struct sql *db, const char *pattern)
{
	/* Without its two "%". */
	bool is_long = utf8_count(slice_str(pattern)) >= LOOKUP_MIN + 2;

	return is_long && sql_is_pgsql(db) ? TEXT_WINDOW : INT64_MAX;
}

/* One more than is shown, to know whether there are more. */
static void
fill_list(const struct file_search *search, struct sql_value *args_r)
{
	bool is_first = search->after.id == 0;

	args_r[TENANT] = SQL_INT(search->tenant_id);
	args_r[STATE] = SQL_TEXT(file_state_name(search->state));
	args_r[AFTER_SECS] = SQL_INT(is_first ? INT64_MAX :
						search->after.created_secs);
	args_r[AFTER_ID] = SQL_INT(is_first ? INT64_MAX : search->after.id);
	args_r[LIMIT] = SQL_INT(search->limit + 1);
	args_r[OWNER] = SQL_TEXT(search->owner);
	args_r[ATHLETE] = SQL_TEXT(search->athlete_id);
	args_r[KIND] = SQL_TEXT(search->has_kind ?
		file_kind_name(search->kind) : NULL);
}

static int
list(struct sql *db, struct pool *pool, const struct file_search *search,
    struct sql_rows *rows_r, struct err *err)
{
	struct sql_value args[PATTERN];

	fill_list(search, args);
	return sql_query(db, pool, statements[choose_list(search)], args,
	    ARRAY_COUNT(args), rows_r, err);
}

/* Whether the walk saw less than there is, and too little of it. */
static bool
must_look_up(struct sql_rows *rows, int64_t window)
{
	int64_t seen = sql_int(rows, 0, SEEN_COLUMN);

	/* The row that is there always. */
	if (sql_is_null(rows, 0, 0))
		rows->count = 0;
	return seen >= window;
}

static int
search_text_in(struct sql *db, struct pool *pool,
    const struct file_search *search, struct sql_rows *rows_r,
    struct err *err)
{
	enum statement walk = choose_list(search) + SEARCH_BY_TIME;
	const char *pattern = search_text_pattern(pool, search->text);
	int64_t window = choose_window(db, pattern);
	struct sql_value args[PARAM_COUNT];

	fill_list(search, args);
	args[PATTERN] = SQL_TEXT(pattern);
	args[WINDOW] = SQL_INT(window);
	if (sql_query(db, pool, statements[walk], args, PARAM_COUNT, rows_r,
		err) == -1)
		return -1;
	if (!must_look_up(rows_r, window))
		return 0;
	return sql_query(db, pool, statements[LOOK_UP], args, PARAM_COUNT,
	    rows_r, err);
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
	bool has_text = search->text != NULL && *search->text != '\0';
	struct sql_rows rows;
	int result;

	assert(search->limit >= 1 && search->limit <= FILE_SEARCH_MAX);
	*list_r = (struct file_list){ .last = search->after };
	result = has_text ? search_text_in(db, pool, search, &rows, err) :
			    list(db, pool, search, &rows, err);
	if (result == -1 ||
	    file_read_rows(pool, &rows, &list_r->files, &list_r->count, err) ==
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

	if (sql_query(db, pool, statements[FIND_KEY], args, ARRAY_COUNT(args),
		&rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	return file_read_row(&rows, 0, file_r, err) == -1 ? -1 : 1;
}
