/*
 * Each change is one conditional UPDATE: of the version that was read, or of
 * nothing.  An object that moves is copied before, under a reservation that
 * the same transaction takes away, and its old key goes to the outbox there.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/filename.h"
#include "model/file_change.h"
#include "model/keys.h"
#include "model/object_copy.h"
#include "model/search_text.h"

enum { TRIES = 8 /* each lost race means that another one has won */ };

enum statement { UPDATE_FILE, MARK_FILE, FIND_USE, STATEMENT_COUNT };

#define THIS_VERSION                                                    \
	" version = version + 1, updated_secs = $5"                     \
	" WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state = $4"

static const char *const statements[STATEMENT_COUNT] = {
	[UPDATE_FILE] = "UPDATE files SET state = $6, expires_secs = $7,"
			" object_key = $8, upload_key = $9, etag = $10,"
			" is_public = $11, original_name = $12,"
			" athlete_id = $13, alt_text = $14, tags = $15,"
			" search_text = $16," THIS_VERSION,
	[MARK_FILE] = "UPDATE files SET" THIS_VERSION,
	[FIND_USE] = "SELECT 1 FROM products"
		     " WHERE tenant_id = $1 AND image_file_id = $2"
		     " UNION ALL SELECT 1 FROM users"
		     " WHERE tenant_id = $1 AND avatar_file_id = $2",
};

/* One try at a change. */
struct step {
	struct pool *pool;
	const struct file_changer *changer;
	struct outbox outbox;
	struct file before, after;
	bool must_be_unused; /* it would vanish from a page */
	bool moves;
	struct object_copy copy;
};

/* ---- what is there ---- */

static int
no_file(int64_t id, struct err *err)
{
	return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
	    "no file %lld", (long long)id);
}

/* Load it into a step; version 0 is any. */
static int
begin(struct step *step, struct pool *pool,
    const struct file_changer *changer, int64_t id, int64_t version,
    struct err *err)
{
	int found;

	*step = (struct step){ .pool = pool,
		.changer = changer,
		.outbox = { changer->db, changer->store, changer->clock,
		    changer->log } };
	found = file_load(changer->db, pool, changer->tenant_id, id,
	    &step->before, err);
	if (found == -1)
		return -1;
	if (found == 0)
		return no_file(id, err);
	if (version != 0 && version != step->before.version)
		return err_set_code(err, ERR_PRECONDITION, "version_changed",
		    "file %lld has version %lld, not %lld", (long long)id,
		    (long long)step->before.version, (long long)version);
	step->after = step->before;
	step->after.version++;
	step->after.updated_secs = clock_now_secs(changer->clock);
	return 0;
}

static int
expect_state(const struct step *step, enum file_state state, struct err *err)
{
	if (step->before.state == state)
		return 0;
	return no_file(step->before.id, err);
}

static int
check_unused(struct sql *tx, const struct file *file, struct err *err)
{
	struct sql_value args[] = { SQL_INT(file->tenant_id),
		SQL_INT(file->id) };
	struct pool *pool = pool_new();
	struct sql_rows rows = { .count = 0 };
	int result = sql_query(tx, pool, statements[FIND_USE], args,
	    ARRAY_COUNT(args), &rows, err);

	pool_free(&pool);
	if (result == 0 && rows.count > 0)
		return err_set_code(err, ERR_CONFLICT, "file_used",
		    "file %lld is shown by a page", (long long)file->id);
	return result;
}

/* ---- moving ---- */

static const char *
extension(const struct step *step)
{
	const struct file *file = &step->after;
	const struct media_type *type =
	    media_type_find(slice_str(file->content_type));

	if (type == NULL)
		return filename_extension(step->pool, file->original_name);
	return slice_dup(step->pool, media_type_extension(type));
}

/* Where everybody, or nobody, can read it. */
static int
move(struct step *step, bool is_public, struct err *err)
{
	struct store *store = step->changer->store;
	struct store_info info;
	struct file *moved = POOL_NEW(step->pool, struct file);
	struct keys_wanted wanted;

	*moved = step->after;
	moved->is_public = is_public;
	/* Where an athlete's files are public there is no private key. */
	if (step->after.state == FILE_TRASHED)
		moved->athlete_id = "";
	wanted = (struct keys_wanted){ .layout = KEYS_FILE,
		.file = moved,
		.extension = extension(step) };
	if (keys_make(step->pool, store, &wanted, &moved->key, err) == -1)
		return -1;
	step->copy = (struct object_copy){ .file = moved,
		.from_key = step->before.key,
		.to_key = moved->key,
		.content_type = moved->content_type };
	if (object_copy_make(step->pool, &step->outbox, &step->copy, &info,
		err) == -1)
		return err->kind != ERR_NOT_FOUND ? -1 :
		    err_set_code(err, ERR_CONFLICT, "object_lost",
			"%s is not in the store", step->before.key);
	step->moves = true;
	step->after.key = moved->key;
	step->after.etag = info.etag;
	/* A URL that is still valid leads to the old key. */
	if (*step->before.upload_key == '\0' &&
	    step->before.url_expires_secs > 0)
		step->after.upload_key = step->before.key;
	return 0;
}

static int
settle_move(struct sql *tx, const struct step *step, struct err *err)
{
	const struct file *before = &step->before;
	bool can_come_back = before->url_expires_secs > 0 &&
	    (*before->upload_key == '\0' ||
		strcmp(before->upload_key, before->key) == 0);
	const struct outbox_row left = { before->provider, before->bucket,
		before->key, 0,
		can_come_back ?
		    before->url_expires_secs + OUTBOX_URL_GRACE_SECS : 0 };

	if (!step->moves)
		return 0;
	if (outbox_keep(tx, &step->copy.reservation, err) == -1)
		return -1;
	return outbox_add(tx, &left, err);
}

/* ---- committing ---- */

enum { VERSION_VALUES = 5, FILE_VALUES = 16 };

static void
fill_version(const struct step *step, struct sql_value *args_r)
{
	const struct sql_value args[VERSION_VALUES] = {
		SQL_INT(step->before.tenant_id), SQL_INT(step->before.id),
		SQL_INT(step->before.version),
		SQL_TEXT(file_state_name(step->before.state)),
		SQL_INT(step->after.updated_secs) };

	memcpy(args_r, args, sizeof(args));
}

static void
fill_values(const struct step *step, struct sql_value *args_r)
{
	const struct file *file = &step->after;
	const struct sql_value args[FILE_VALUES - VERSION_VALUES] = {
		SQL_TEXT(file_state_name(file->state)),
		SQL_INT(file->expires_secs), SQL_TEXT(file->key),
		SQL_TEXT(file->upload_key), SQL_TEXT(file->etag),
		SQL_INT(file->is_public ? 1 : 0),
		SQL_TEXT(file->original_name), SQL_TEXT(file->athlete_id),
		SQL_TEXT(file->alt_text), SQL_TEXT(file->tags),
		SQL_TEXT(search_text(step->pool, file)) };

	memcpy(args_r, args, sizeof(args));
}

/* Run an UPDATE that finds only the version that was read. */
static int
update_version(struct sql *tx, enum statement which,
    const struct sql_value *args, size_t count, struct err *err)
{
	int64_t changed;

	if (sql_exec(tx, statements[which], args, count, &changed, err) == -1)
		return -1;
	if (changed > 0)
		return 0;
	return err_set_code(err, ERR_CONFLICT, "file_changed",
	    "file %lld changes all the time", (long long)args[1].number);
}

static int
commit_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct step *step = arg;
	struct sql_value args[FILE_VALUES];

	fill_version(step, args);
	fill_values(step, args + VERSION_VALUES);
	if (update_version(tx, UPDATE_FILE, args, FILE_VALUES, err) == -1)
		return -1;
	if (step->must_be_unused &&
	    check_unused(tx, &step->before, err) == -1)
		return -1;
	return settle_move(tx, step, err);
}

static int
commit(struct step *step, struct err *err)
{
	if (sql_transaction(step->changer->db, commit_in_transaction, step,
		err) == -1) {
		object_copy_drop(&step->outbox, &step->copy);
		return -1;
	}
	if (step->moves)
		outbox_run_now(&step->outbox);
	return 0;
}

/* ---- changing ---- */

/* The content is what it was: so is the end of its name. */
static int
check_name(const struct step *step, const char *name, struct err *err)
{
	const struct media_type *type =
	    media_type_find(slice_str(step->before.content_type));
	const char *ending = filename_extension(step->pool, name);
	const char *old =
	    filename_extension(step->pool, step->before.original_name);

	if (strcmp(ending, old) == 0 ||
	    (type != NULL && media_list_has(type->extensions,
				 slice_str(ending))))
		return 0;
	return err_set_code(err, ERR_INVALID, "bad_name",
	    "the name must end in \".%s\" as before", old);
}

static int
take_texts(struct step *step, const struct file_change *change,
    struct err *err)
{
	struct file *file = &step->after;

	if (change->name != NULL) {
		file->original_name =
		    filename_display(step->pool, change->name);
		if (check_name(step, file->original_name, err) == -1)
			return -1;
	}
	if (change->athlete_id != NULL) {
		file->athlete_id = change->athlete_id;
		if (keys_check_athlete(change->athlete_id, err) == -1)
			return -1;
	}
	if (change->alt_text != NULL)
		file->alt_text = change->alt_text;
	if (change->tags != NULL)
		file->tags = change->tags;
	return 0;
}

/* To where it can be read by whoever may, or stay. */
static int
move_to(struct step *step, bool is_public, struct err *err)
{
	const struct file_changer *changer = step->changer;

	/* Before the work; the transaction looks again. */
	if (step->must_be_unused &&
	    check_unused(changer->db, &step->before, err) == -1)
		return -1;
	if (store_is_public(changer->store, step->before.key) == is_public)
		return 0;
	return move(step, is_public, err);
}

static bool
says_nothing(const struct file_change *change)
{
	return change->name == NULL && change->athlete_id == NULL &&
	    change->alt_text == NULL && change->tags == NULL &&
	    !change->has_is_public;
}

static int
change_step(struct step *step, const struct file_change *change,
    struct err *err)
{
	if (expect_state(step, FILE_LIVE, err) == -1 ||
	    take_texts(step, change, err) == -1)
		return -1;
	if (says_nothing(change)) {
		step->after = step->before;
		return 0;
	}
	if (change->has_is_public) {
		step->after.is_public = change->is_public;
		step->must_be_unused =
		    step->before.is_public && !change->is_public;
		if (move_to(step, change->is_public, err) == -1)
			return -1;
	}
	return commit(step, err);
}

static int
trash_step(struct step *step, const struct file_change *change,
    struct err *err)
{
	(void)change;
	if (expect_state(step, FILE_LIVE, err) == -1)
		return -1;
	step->must_be_unused = true;
	step->after.state = FILE_TRASHED;
	step->after.expires_secs =
	    step->after.updated_secs + step->changer->retention_secs;
	if (move_to(step, false, err) == -1)
		return -1;
	return commit(step, err);
}

static int
restore_step(struct step *step, const struct file_change *change,
    struct err *err)
{
	(void)change;
	if (expect_state(step, FILE_TRASHED, err) == -1)
		return -1;
	if (step->before.expires_secs <= step->after.updated_secs)
		return no_file(step->before.id, err);
	step->after.state = FILE_LIVE;
	step->after.expires_secs = 0;
	if (move_to(step, step->after.is_public, err) == -1)
		return -1;
	return commit(step, err);
}

/* ---- erasing ---- */

static int
erase_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct step *step = arg;
	struct sql_value args[VERSION_VALUES];

	fill_version(step, args);
	if (update_version(tx, MARK_FILE, args, VERSION_VALUES, err) == -1 ||
	    check_unused(tx, &step->before, err) == -1)
		return -1;
	return file_discard(tx, step->before.tenant_id, step->before.id,
	    FILE_GONE, err);
}

static int
erase_step(struct step *step, const struct file_change *change,
    struct err *err)
{
	enum file_state state = step->before.state;

	(void)change;
	if (state != FILE_PENDING && state != FILE_TRASHED &&
	    expect_state(step, FILE_LIVE, err) == -1)
		return -1;
	if (sql_transaction(step->changer->db, erase_in_transaction, step,
		err) == -1)
		return -1;
	outbox_run_now(&step->outbox);
	return 0;
}

/* ---- tries ---- */

static bool
is_lost_race(const struct err *err)
{
	return err->kind == ERR_CONFLICT &&
	    (strcmp(err->code, "file_changed") == 0 ||
		strcmp(err->code, "object_lost") == 0);
}

typedef int (*step_fn)(struct step *step, const struct file_change *change,
    struct err *err);

/* Whoever lost a race looks again at what there is now. */
static int
run(struct pool *pool, const struct file_changer *changer, int64_t id,
    int64_t version, step_fn fn, const struct file_change *change,
    struct file *file_r, struct err *err)
{
	for (int i = 0; i < TRIES; i++) {
		struct step step;

		if (begin(&step, pool, changer, id, version, err) == -1)
			return -1;
		if (fn(&step, change, err) == 0) {
			*file_r = step.after;
			return 0;
		}
		if (!is_lost_race(err))
			return -1;
	}
	return -1;
}

int
file_change(struct pool *pool, const struct file_changer *changer, int64_t id,
    int64_t version, const struct file_change *change, struct file *file_r,
    struct err *err)
{
	return run(pool, changer, id, version, change_step, change, file_r,
	    err);
}

int
file_trash(struct pool *pool, const struct file_changer *changer, int64_t id,
    int64_t version, struct file *file_r, struct err *err)
{
	return run(pool, changer, id, version, trash_step, NULL, file_r, err);
}

int
file_restore(struct pool *pool, const struct file_changer *changer,
    int64_t id, int64_t version, struct file *file_r, struct err *err)
{
	return run(pool, changer, id, version, restore_step, NULL, file_r,
	    err);
}

int
file_erase(struct pool *pool, const struct file_changer *changer, int64_t id,
    int64_t version, struct err *err)
{
	struct file gone;

	return run(pool, changer, id, version, erase_step, NULL, &gone, err);
}
