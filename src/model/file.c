/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/rand.h"
#include "model/file.h"

enum statement {
	INSERT_FILE,
	UPDATE_STORED,
	LOAD_FILE,
	MAKE_LIVE,
	FILL_OUTBOX,
	SET_STATE,
	DROP_PENDING,
	INSERT_MULTIPART,
	DELETE_MULTIPART,
	STATEMENT_COUNT
};

static const char *const statements[STATEMENT_COUNT] = {
	[INSERT_FILE] =
	    "INSERT INTO files (id, tenant_id, state, provider, bucket,"
	    " object_key, original_name, content_type, size_bytes, sha256,"
	    " etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs)"
	    " VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, 0, '', '', 0, 0,"
	    " 0, 0, $8, $9, $10)",
	[UPDATE_STORED] =
	    "UPDATE files SET content_type = $3, size_bytes = $4, sha256 = $5,"
	    " etag = $6, width = $7, height = $8, frames = $9,"
	    " orientation = $10"
	    " WHERE tenant_id = $1 AND id = $2 AND state = 'pending'",
	[LOAD_FILE] =
	    "SELECT state, provider, bucket, object_key, original_name,"
	    " content_type, sha256, etag, size_bytes, width, height, frames,"
	    " orientation, is_public, created_secs, expires_secs"
	    " FROM files WHERE tenant_id = $1 AND id = $2",
	/* Without a hash the object has not arrived yet. */
	[MAKE_LIVE] = "UPDATE files SET state = 'live', expires_secs = 0"
		      " WHERE tenant_id = $1 AND id = $2"
		      " AND state = 'pending' AND sha256 <> ''",
	[FILL_OUTBOX] = "INSERT INTO outbox"
			" (provider, bucket, object_key, tries)"
			" SELECT provider, bucket, object_key, 0 FROM files"
			" WHERE tenant_id = $1 AND id = $2"
			" ON CONFLICT DO NOTHING",
	[SET_STATE] = "UPDATE files SET state = $3, expires_secs = 0"
		      " WHERE tenant_id = $1 AND id = $2 AND state IN"
		      " ('pending', 'live', 'trashed')",
	[DROP_PENDING] = "UPDATE files SET state = 'gone', expires_secs = 0"
			 " WHERE tenant_id = $1 AND id = $2"
			 " AND state = 'pending'",
	[INSERT_MULTIPART] =
	    "INSERT INTO multipart_uploads"
	    " (upload_id, file_id, bucket, object_key, created_secs)"
	    " VALUES ($1, $2, $3, $4, $5)",
	[DELETE_MULTIPART] =
	    "DELETE FROM multipart_uploads WHERE upload_id = $1",
};

static const char *const state_names[FILE_STATE_COUNT] = {
	[FILE_PENDING] = "pending",
	[FILE_LIVE] = "live",
	[FILE_TRASHED] = "trashed",
	[FILE_REJECTED] = "rejected",
	[FILE_GONE] = "gone",
};

/* Never 0, which stands for no file. */
static int64_t
random_id(void)
{
	return (int64_t)rand_below(INT64_MAX) + 1;
}

int
file_insert(struct sql *db, struct pool *pool, struct file *file,
    struct err *err)
{
	int64_t id = random_id();
	struct sql_value args[] = { SQL_INT(id), SQL_INT(file->tenant_id),
		SQL_TEXT(file->provider), SQL_TEXT(file->bucket),
		SQL_TEXT(file->key), SQL_TEXT(file->original_name),
		SQL_TEXT(file->content_type), SQL_INT(file->is_public ? 1 : 0),
		SQL_INT(file->created_secs), SQL_INT(file->expires_secs) };

	(void)pool;
	if (sql_exec(db, statements[INSERT_FILE], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return -1;
	file->id = id;
	file->state = FILE_PENDING;
	return 0;
}

int
file_update_stored(struct sql *db, const struct file *file, struct err *err)
{
	struct sql_value args[] = { SQL_INT(file->tenant_id), SQL_INT(file->id),
		SQL_TEXT(file->content_type), SQL_INT(file->size_bytes),
		SQL_TEXT(file->sha256), SQL_TEXT(file->etag),
		SQL_INT(file->width), SQL_INT(file->height),
		SQL_INT(file->frames), SQL_INT(file->orientation) };
	int64_t changed;

	if (sql_exec(db, statements[UPDATE_STORED], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set(err, ERR_CONFLICT, "file %lld is not pending",
		    (long long)file->id);
	return 0;
}

static int
state_find(const char *name, enum file_state *state_r, struct err *err)
{
	for (size_t i = 0; i < FILE_STATE_COUNT; i++)
		if (strcmp(name, state_names[i]) == 0) {
			*state_r = (enum file_state)i;
			return 0;
		}
	return err_set(err, ERR_INTERNAL, "unknown file state \"%s\"", name);
}

static void
read_row(const struct sql_rows *rows, struct file *file)
{
	file->provider = sql_text(rows, 0, 1);
	file->bucket = sql_text(rows, 0, 2);
	file->key = sql_text(rows, 0, 3);
	file->original_name = sql_text(rows, 0, 4);
	file->content_type = sql_text(rows, 0, 5);
	file->sha256 = sql_text(rows, 0, 6);
	file->etag = sql_text(rows, 0, 7);
	file->size_bytes = sql_int(rows, 0, 8);
	file->width = sql_int(rows, 0, 9);
	file->height = sql_int(rows, 0, 10);
	file->frames = sql_int(rows, 0, 11);
	file->orientation = (int)sql_int(rows, 0, 12);
	file->is_public = sql_int(rows, 0, 13) != 0;
	file->created_secs = sql_int(rows, 0, 14);
	file->expires_secs = sql_int(rows, 0, 15);
}

int
file_load(struct sql *db, struct pool *pool, int64_t tenant_id, int64_t id,
    struct file *file_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id) };
	struct sql_rows rows;

	if (sql_query(db, pool, statements[LOAD_FILE], args, ARRAY_COUNT(args),
		&rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	*file_r = (struct file){ .id = id, .tenant_id = tenant_id };
	if (state_find(sql_text(&rows, 0, 0), &file_r->state, err) == -1)
		return -1;
	read_row(&rows, file_r);
	return 1;
}

int
file_make_live(struct sql *tx, int64_t tenant_id, int64_t id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id) };
	int64_t changed;

	if (sql_exec(tx, statements[MAKE_LIVE], args, ARRAY_COUNT(args),
		&changed, err) == -1)
		return -1;
	if (changed == 0)
		return err_set_code(err, ERR_CONFLICT, "file_not_pending",
		    "file %lld is no longer pending", (long long)id);
	return 0;
}

/* Change the state; where that changed anything, the object must go too. */
static int
drop(struct sql *tx, enum statement how, const struct sql_value *args,
    size_t count, struct err *err)
{
	int64_t changed;

	if (sql_exec(tx, statements[how], args, count, &changed, err) == -1)
		return -1;
	if (changed == 0)
		return 0;
	return sql_exec(tx, statements[FILL_OUTBOX], args, 2, NULL, err);
}

int
file_discard(struct sql *tx, int64_t tenant_id, int64_t id,
    enum file_state state, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_TEXT(state_names[state]) };

	return drop(tx, SET_STATE, args, ARRAY_COUNT(args), err);
}

int
file_discard_pending(struct sql *tx, int64_t tenant_id, int64_t id,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id) };

	return drop(tx, DROP_PENDING, args, ARRAY_COUNT(args), err);
}

int
file_reject_unsent(struct sql *db, int64_t tenant_id, int64_t id,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_TEXT(state_names[FILE_REJECTED]) };

	return sql_exec(db, statements[SET_STATE], args, ARRAY_COUNT(args),
	    NULL, err);
}

int
file_multipart_insert(struct sql *db, int64_t file_id, const char *bucket,
    const char *key, const char *upload_id, int64_t now_secs, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(upload_id), SQL_INT(file_id),
		SQL_TEXT(bucket), SQL_TEXT(key), SQL_INT(now_secs) };

	return sql_exec(db, statements[INSERT_MULTIPART], args,
	    ARRAY_COUNT(args), NULL, err);
}

int
file_multipart_delete(struct sql *db, const char *upload_id, struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(upload_id) };

	return sql_exec(db, statements[DELETE_MULTIPART], args,
	    ARRAY_COUNT(args), NULL, err);
}
