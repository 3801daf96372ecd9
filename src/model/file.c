/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/rand.h"
#include "model/file_private.h"
#include "model/quota.h"
#include "model/search_text.h"

/* A number that every JSON reader can hold (RFC 8259 section 6). */
#define ID_MAX (INT64_C(1) << 53)

enum statement {
	INSERT_FILE,
	UPDATE_STORED,
	LOAD_FILE,
	FIND_UPLOAD,
	LIST_EXPIRED,
	MAKE_LIVE,
	CONFIRM,
	REFUSE,
	FILL_OUTBOX,
	REJECT_UNSENT,
	DROP_PENDING,
	DROP_USED,
	DROP_EXPIRED,
	SET_CHARGE,
	INSERT_MULTIPART,
	DELETE_MULTIPART,
	STATEMENT_COUNT
};

#define THIS_FILE " WHERE tenant_id = $1 AND id = $2"
#define WHERE_PENDING THIS_FILE " AND state = 'pending'"
/* What a transition changes in any case. */
#define NEXT_VERSION " expires_secs = 0, version = version + 1"
/* What was reserved for it, and what it has become. */
#define RETURNING_CHARGE " RETURNING charged_bytes, size_bytes"

/* While its URL is valid an object that was deleted can come back. */
#define COMES_BACK_UNTIL                                                    \
	"CASE WHEN url_expires_secs > 0 AND upload_key IN ('', object_key)" \
	" THEN url_expires_secs + $3 ELSE 0 END"

static const char *const statements[STATEMENT_COUNT] = {
	[INSERT_FILE] =
	    "INSERT INTO files (id, tenant_id, state, provider, bucket,"
	    " object_key, original_name, content_type, size_bytes, sha256,"
	    " etag, width, height, frames, orientation, is_public,"
	    " created_secs, expires_secs, owner, file_kind, athlete_id,"
	    " declared_type, declared_bytes, declared_sha256,"
	    " is_sha256_signed, upload_key, url_expires_secs, charged_bytes,"
	    " alt_text, tags, search_text, updated_secs)"
	    " VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, 0, '', '', 0, 0,"
	    " 0, 0, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,"
	    " $20, $21, $22, $23, $9)",
	[UPDATE_STORED] =
	    "UPDATE files SET content_type = $3, size_bytes = $4, sha256 = $5,"
	    " etag = $6, width = $7, height = $8, frames = $9,"
	    " orientation = $10" WHERE_PENDING,
	[LOAD_FILE] = FILE_SELECT " WHERE tenant_id = $1 AND id = $2",
	[FIND_UPLOAD] = "SELECT id FROM files WHERE tenant_id = $1"
			" AND owner = $2 AND bucket = $3 AND upload_key = $4"
			" AND file_kind = $5 AND upload_key <> ''",
	[LIST_EXPIRED] = FILE_SELECT
	    " WHERE state = $6 AND expires_secs > 0"
	    " AND expires_secs <= $3 AND provider = $1 AND bucket = $2"
	    " AND id > $4 ORDER BY id LIMIT $5",
	/* Before anything is known the object has not arrived yet. */
	[MAKE_LIVE] = "UPDATE files SET state = 'live', updated_secs = $3,"
	    NEXT_VERSION WHERE_PENDING " AND (size_bytes > 0 OR etag <> '')"
	    RETURNING_CHARGE,
	[CONFIRM] =
	    "UPDATE files SET state = 'live', content_type = $3,"
	    " size_bytes = $4, sha256 = $5, etag = $6, width = $7,"
	    " height = $8, frames = $9, orientation = $10, object_key = $11,"
	    " updated_secs = $12," NEXT_VERSION WHERE_PENDING
	    RETURNING_CHARGE,
	[REFUSE] = "UPDATE files SET state = 'rejected', refusal = $3,"
		   " updated_secs = $4," NEXT_VERSION WHERE_PENDING
		   RETURNING_CHARGE,
	[FILL_OUTBOX] = "INSERT INTO outbox (provider, bucket, object_key,"
			" tries, due_secs, until_secs)"
			" SELECT provider, bucket, object_key, 0, 0,"
			" " COMES_BACK_UNTIL
			" FROM files WHERE tenant_id = $1 AND id = $2"
			" ON CONFLICT DO NOTHING",
	/* That object is somebody else's: no sweep may take it for ours. */
	[REJECT_UNSENT] = "UPDATE files SET state = 'rejected',"
	    " object_key = 'unsent/' || id," NEXT_VERSION WHERE_PENDING
	    RETURNING_CHARGE,
	[DROP_PENDING] = "UPDATE files SET state = $3," NEXT_VERSION
	    WHERE_PENDING RETURNING_CHARGE,
	[DROP_USED] = "UPDATE files SET state = $3," NEXT_VERSION THIS_FILE
	    " AND state IN ('live', 'trashed')" RETURNING_CHARGE,
	[DROP_EXPIRED] = "UPDATE files SET state = 'gone',"
	    " updated_secs = $3," NEXT_VERSION THIS_FILE
	    " AND state = 'trashed' AND expires_secs > 0"
	    " AND expires_secs <= $3" RETURNING_CHARGE,
	[SET_CHARGE] = "UPDATE files SET charged_bytes = $3" THIS_FILE,
	[INSERT_MULTIPART] =
	    "INSERT INTO multipart_uploads"
	    " (upload_id, file_id, bucket, object_key, created_secs)"
	    " VALUES ($1, $2, $3, $4, $5)",
	[DELETE_MULTIPART] =
	    "DELETE FROM multipart_uploads WHERE upload_id = $1",
};

/* Never 0, which stands for no file. */
static int64_t
random_id(void)
{
	return (int64_t)rand_below(ID_MAX - 1) + 1;
}

static struct sql_value
text_value(const char *text)
{
	return SQL_TEXT(text == NULL ? "" : text);
}

/* ---- a new row ---- */

int
file_insert_in(struct sql *tx, struct pool *pool, struct file *file,
    struct err *err)
{
	int64_t id = random_id();
	struct sql_value args[] = { SQL_INT(id), SQL_INT(file->tenant_id),
		SQL_TEXT(file->provider), SQL_TEXT(file->bucket),
		SQL_TEXT(file->key), SQL_TEXT(file->original_name),
		SQL_TEXT(file->content_type), SQL_INT(file->is_public ? 1 : 0),
		SQL_INT(file->created_secs), SQL_INT(file->expires_secs),
		text_value(file->owner), SQL_TEXT(file_kind_name(file->kind)),
		text_value(file->athlete_id), text_value(file->declared_type),
		SQL_INT(file->declared_bytes),
		text_value(file->declared_sha256),
		SQL_INT(file->is_sha256_signed ? 1 : 0),
		text_value(file->upload_key),
		SQL_INT(file->url_expires_secs), SQL_INT(file->charged_bytes),
		text_value(file->alt_text), text_value(file->tags),
		SQL_TEXT(search_text(pool, file)) };

	if (quota_reserve(tx, file->tenant_id, file->charged_bytes, err) ==
		-1 ||
	    sql_exec(tx, statements[INSERT_FILE], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return -1;
	file->id = id;
	file->state = FILE_PENDING;
	file->version = 1;
	file->share_version = 1;
	file->updated_secs = file->created_secs;
	return 0;
}

struct insert {
	struct pool *pool;
	struct file *file;
};

static int
insert_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct insert *insert = arg;

	return file_insert_in(tx, insert->pool, insert->file, err);
}

int
file_insert(struct sql *db, struct pool *pool, struct file *file,
    struct err *err)
{
	struct insert insert = { pool, file };

	return sql_transaction_read_committed(db, insert_in_transaction,
	    &insert, err);
}

/* ---- what it takes from the quota ---- */

struct charge {
	int64_t reserved_bytes; /* or used ones */
	int64_t size_bytes;
};

/*
 * Run an UPDATE that tells the charge of the row it changed: 1, or 0 when the
 * row is not (or no longer) in that state.  Who gets 1 is the only one.
 */
static int
change_state(struct sql *tx, enum statement how, const struct sql_value *args,
    size_t count, struct charge *charge_r, struct err *err)
{
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int result = sql_query(tx, pool, statements[how], args, count, &rows,
	    err);

	if (result == 0 && rows.count > 0) {
		charge_r->reserved_bytes = sql_int(&rows, 0, 0);
		charge_r->size_bytes = sql_int(&rows, 0, 1);
		result = 1;
	}
	pool_free(&pool);
	return result;
}

/* Tenant and id stand first in the arguments of every statement. */
static int
set_charge(struct sql *tx, const struct sql_value *args, int64_t bytes,
    struct err *err)
{
	const struct sql_value own[] = { args[0], args[1], SQL_INT(bytes) };

	return sql_exec(tx, statements[SET_CHARGE], own, ARRAY_COUNT(own),
	    NULL, err);
}

static int
settle(struct sql *tx, const struct sql_value *args,
    const struct charge *charge, struct err *err)
{
	if (quota_settle(tx, args[0].number, charge->reserved_bytes,
		charge->size_bytes, err) == -1)
		return -1;
	if (charge->reserved_bytes == charge->size_bytes)
		return 0;
	return set_charge(tx, args, charge->size_bytes, err);
}

static int
release(struct sql *tx, bool was_used, const struct sql_value *args,
    const struct charge *charge, struct err *err)
{
	int64_t tenant_id = args[0].number, bytes = charge->reserved_bytes;
	int result = was_used ? quota_release_used(tx, tenant_id, bytes, err) :
				quota_release_reserved(tx, tenant_id, bytes,
				    err);

	if (result == -1 || bytes == 0)
		return result;
	return set_charge(tx, args, 0, err);
}

static int
not_pending(int64_t id, struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "file_not_pending",
	    "file %lld is no longer pending", (long long)id);
}

/* ---- what is known of the object ---- */

enum { STORED_VALUES = 10 };

/* What is known of a stored object, after tenant and id. */
static void
fill_stored(const struct file *file, struct sql_value args_r[STORED_VALUES])
{
	const struct sql_value args[STORED_VALUES] = {
		SQL_INT(file->tenant_id), SQL_INT(file->id),
		SQL_TEXT(file->content_type), SQL_INT(file->size_bytes),
		SQL_TEXT(file->sha256), SQL_TEXT(file->etag),
		SQL_INT(file->width), SQL_INT(file->height),
		SQL_INT(file->frames), SQL_INT(file->orientation) };

	memcpy(args_r, args, sizeof(args));
}

int
file_update_stored(struct sql *db, const struct file *file, struct err *err)
{
	struct sql_value args[STORED_VALUES];

	int64_t changed;

	fill_stored(file, args);
	if (sql_exec(db, statements[UPDATE_STORED], args, STORED_VALUES,
		&changed, err) == -1)
		return -1;
	return changed > 0 ? 0 : not_pending(file->id, err);
}

/* ---- reading ---- */

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
	return file_read_row(&rows, 0, file_r, err) == -1 ? -1 : 1;
}

int
file_find_upload(struct sql *db, const struct file *wanted, int64_t *id_r,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(wanted->tenant_id),
		SQL_TEXT(wanted->owner), SQL_TEXT(wanted->bucket),
		SQL_TEXT(wanted->upload_key),
		SQL_TEXT(file_kind_name(wanted->kind)) };
	struct pool *pool = pool_new();
	struct sql_rows rows;
	int result = sql_query(db, pool, statements[FIND_UPLOAD], args,
	    ARRAY_COUNT(args), &rows, err);

	if (result == 0 && rows.count > 0) {
		*id_r = sql_int(&rows, 0, 0);
		result = 1;
	}
	pool_free(&pool);
	return result;
}

int
file_list_expired(struct sql *db, struct pool *pool,
    const struct file_expired *which, struct file **files_r, size_t *count_r,
    struct err *err)
{
	struct sql_value args[] = { SQL_TEXT(store_driver(which->store)),
		SQL_TEXT(store_bucket(which->store)),
		SQL_INT(which->now_secs), SQL_INT(which->after_id),
		SQL_INT(which->limit),
		SQL_TEXT(file_state_name(which->state)) };
	struct sql_rows rows;

	if (sql_query(db, pool, statements[LIST_EXPIRED], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	return file_read_rows(pool, &rows, files_r, count_r, err);
}

/* ---- changing the state ---- */

/* pending -> live: what was reserved becomes what it takes. */
static int
make_live(struct sql *tx, enum statement how, const struct sql_value *args,
    size_t count, struct err *err)
{
	struct charge charge;
	int changed = change_state(tx, how, args, count, &charge, err);

	if (changed == 0)
		return not_pending(args[1].number, err);
	return changed == 1 ? settle(tx, args, &charge, err) : -1;
}

int
file_make_live(struct sql *tx, int64_t tenant_id, int64_t id,
    int64_t now_secs, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_INT(now_secs) };

	return make_live(tx, MAKE_LIVE, args, ARRAY_COUNT(args), err);
}

int
file_confirm(struct sql *tx, const struct file *file, struct err *err)
{
	struct sql_value args[STORED_VALUES + 2];

	fill_stored(file, args);
	args[STORED_VALUES] = SQL_TEXT(file->key);
	args[STORED_VALUES + 1] = SQL_INT(file->updated_secs);
	return make_live(tx, CONFIRM, args, ARRAY_COUNT(args), err);
}

static int
fill_outbox(struct sql *tx, int64_t tenant_id, int64_t id, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_INT(OUTBOX_URL_GRACE_SECS) };

	return sql_exec(tx, statements[FILL_OUTBOX], args, ARRAY_COUNT(args),
	    NULL, err);
}

/*
 * To a state without an object, which must go too: 1, or 0 when the row was
 * not in the state that the statement wants.
 */
static int
drop(struct sql *tx, enum statement how, const struct sql_value *args,
    size_t count, struct err *err)
{
	bool was_used = how == DROP_USED || how == DROP_EXPIRED;
	struct charge charge;
	int changed = change_state(tx, how, args, count, &charge, err);

	if (changed != 1)
		return changed;
	if (release(tx, was_used, args, &charge, err) == -1 ||
	    fill_outbox(tx, args[0].number, args[1].number, err) == -1)
		return -1;
	return 1;
}

int
file_refuse(struct sql *tx, const struct file *file, struct err *err)
{
	struct sql_value args[] = { SQL_INT(file->tenant_id),
		SQL_INT(file->id), text_value(file->refusal),
		SQL_INT(file->updated_secs) };
	int changed = drop(tx, REFUSE, args, ARRAY_COUNT(args), err);

	if (changed == 0)
		return not_pending(file->id, err);
	return changed == 1 ? 0 : -1;
}

int
file_discard(struct sql *tx, int64_t tenant_id, int64_t id,
    enum file_state state, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_TEXT(file_state_name(state)) };
	int changed = drop(tx, DROP_USED, args, ARRAY_COUNT(args), err);

	if (changed == 0)
		changed = drop(tx, DROP_PENDING, args, ARRAY_COUNT(args), err);
	return changed == -1 ? -1 : 0;
}

int
file_discard_pending(struct sql *tx, int64_t tenant_id, int64_t id,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_TEXT(file_state_name(FILE_GONE)) };

	return drop(tx, DROP_PENDING, args, ARRAY_COUNT(args), err) == -1 ?
	    -1 : 0;
}

int
file_discard_expired(struct sql *tx, int64_t tenant_id, int64_t id,
    int64_t now_secs, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id),
		SQL_INT(now_secs) };

	return drop(tx, DROP_EXPIRED, args, ARRAY_COUNT(args), err) == -1 ?
	    -1 : 0;
}

int
file_reject_unsent(struct sql *tx, int64_t tenant_id, int64_t id,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id) };
	struct charge charge;
	int changed = change_state(tx, REJECT_UNSENT, args, ARRAY_COUNT(args),
	    &charge, err);

	return changed == 1 ? release(tx, false, args, &charge, err) :
			      changed;
}

/* ---- uploads in parts ---- */

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
