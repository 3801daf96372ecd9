/*
 * The second half of a direct upload: from an object that arrived to a file.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "model/direct_private.h"
#include "model/keys.h"
#include "model/object_copy.h"

enum { TRIES = 8 /* each lost race means that another one has won */ };

/* One try.  The object is checked where nobody else can write it. */
struct confirm {
	struct pool *pool;
	const struct direct *direct;
	struct file *file; /* as loaded; filled with what is found */
	struct direct_object object;
	struct store_info info; /* of the object */
	struct direct_findings findings;
	struct object_copy copy;
	bool is_refused;
};

static bool
is_code(const struct err *err, const char *code)
{
	return strcmp(err->code, code) == 0;
}

static bool
arrives_elsewhere(const struct file *file)
{
	return *file->upload_key != '\0';
}

static struct outbox
outbox_of(const struct direct *direct)
{
	return (struct outbox){ direct->db, direct->store, direct->clock,
		direct->log };
}

static void
run_outbox(const struct direct *direct)
{
	const struct outbox outbox = outbox_of(direct);

	outbox_run_now(&outbox);
}

/* ---- what arrived ---- */

static int
nothing_arrived(const struct confirm *c, struct err *err)
{
	if (clock_now_secs(c->direct->clock) >= c->file->url_expires_secs)
		return err_set_code(err, ERR_CONFLICT, "url_expired",
		    "Presigned URL expired");
	return err_set_code(err, ERR_CONFLICT, "not_uploaded_yet",
	    "nothing was uploaded to %s yet", c->file->key);
}

static int
find_object(struct confirm *c, struct err *err)
{
	int found = store_head(c->direct->store, c->pool, c->object.key,
	    &c->info, err);

	if (found == 0)
		return nothing_arrived(c, err);
	return found == 1 ? 0 : storage_failed(err);
}

/* ---- a copy that nobody else can write ---- */

/* From where it arrived, or in its place with headers of ours. */
static void
plan_copy(struct confirm *c, const char *to_key)
{
	c->copy = (struct object_copy){ .file = c->file,
		.from_key = c->object.key,
		.to_key = to_key,
		.if_match = *c->info.etag == '\0' ? NULL : c->info.etag,
		.content_type = c->findings.verdict.type };
}

static int
copy_failed(const struct confirm *c, struct err *err)
{
	return err->kind == ERR_NOT_FOUND ? nothing_arrived(c, err) : -1;
}

static int
make_copy(struct confirm *c, struct err *err)
{
	const struct outbox outbox = outbox_of(c->direct);
	const struct keys_wanted wanted = { .layout = KEYS_FILE,
		.file = c->file,
		.extension = c->findings.verdict.extension };
	const char *key;

	if (keys_make(c->pool, c->direct->store, &wanted, &key, err) == -1)
		return -1;
	plan_copy(c, key);
	if (object_copy_make(c->pool, &outbox, &c->copy, &c->info, err) == -1)
		return copy_failed(c, err);
	c->object.key = key;
	return 0;
}

static void
drop_copy(const struct confirm *c)
{
	const struct outbox outbox = outbox_of(c->direct);

	object_copy_drop(&outbox, &c->copy);
}

/* ---- refusing ---- */

static int
refuse_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct confirm *c = arg;

	return file_refuse(tx, c->file, err);
}

static int
refuse(struct confirm *c, struct err *err)
{
	const struct refusal *refusal = &c->findings.refusal;

	c->file->refusal = refusal->code;
	c->file->updated_secs = clock_now_secs(c->direct->clock);
	if (sql_transaction_read_committed(c->direct->db,
		refuse_in_transaction, c, err) == -1)
		return -1;
	c->is_refused = true;
	log_warning(c->direct->log, "File validation error: %s",
	    refusal->text);
	run_outbox(c->direct);
	return refusal_fail(refusal, err);
}

/* ---- accepting ---- */

/* An object that was checked in place must be the one that was looked at. */
static int
check_unchanged(struct confirm *c, struct err *err)
{
	struct store_info now;
	int found = store_head(c->direct->store, c->pool, c->object.key, &now,
	    err);

	if (found == -1)
		return storage_failed(err);
	if (found == 1 && now.size_bytes == c->info.size_bytes &&
	    strcmp(now.etag, c->info.etag) == 0)
		return 0;
	return err_set_code(err, ERR_CONFLICT, "object_changed",
	    "the object was replaced while it was read");
}

/* Its sender may have given it whatever metadata he liked. */
static int
settle_metadata(struct confirm *c, struct err *err)
{
	if (c->copy.is_made)
		return 0;
	if (check_unchanged(c, err) == -1)
		return -1;
	if (strcmp(c->info.content_type, c->findings.verdict.type) == 0 &&
	    *c->info.cache_control == '\0' && !c->info.has_other_metadata)
		return 0;
	plan_copy(c, c->object.key);
	if (object_copy_rewrite(c->pool, c->direct->store, &c->copy, &c->info,
		err) == -1)
		return copy_failed(c, err);
	return 0;
}

static void
fill_file(const struct confirm *c)
{
	const struct file_verdict *verdict = &c->findings.verdict;
	struct file *file = c->file;

	file->key = c->object.key;
	file->content_type = verdict->type;
	file->size_bytes = c->info.size_bytes;
	file->etag = c->info.etag;
	file->sha256 = c->findings.sha256;
	file->width = verdict->width;
	file->height = verdict->height;
	file->frames = verdict->frames;
	file->orientation = verdict->orientation;
	file->updated_secs = clock_now_secs(c->direct->clock);
}

static int
accept_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct confirm *c = arg;
	const struct file *file = c->file;
	const struct outbox_row arrived = { file->provider, file->bucket,
		file->upload_key, 0,
		file->url_expires_secs + OUTBOX_URL_GRACE_SECS };

	if (file_confirm(tx, file, err) == -1)
		return -1;
	if (!c->copy.is_made)
		return 0;
	if (outbox_keep(tx, &c->copy.reservation, err) == -1)
		return -1;
	return outbox_add(tx, &arrived, err);
}

static int
accept(struct confirm *c, struct err *err)
{
	if (settle_metadata(c, err) == -1)
		return -1;
	fill_file(c);
	if (sql_transaction_read_committed(c->direct->db,
		accept_in_transaction, c, err) == -1)
		return -1;
	log_info(c->direct->log,
	    "[STORAGE] ✓ File validation passed: %s (%lld bytes, %s)",
	    c->file->original_name, (long long)c->file->size_bytes,
	    c->file->content_type);
	log_info(c->direct->log, "Successfully uploaded file: %s as %s",
	    c->file->original_name, c->file->key);
	if (c->copy.is_made)
		run_outbox(c->direct);
	return 0;
}

/* ---- one try ---- */

static int
object_gone(const struct confirm *c, struct err *err)
{
	if (!c->copy.is_made)
		return nothing_arrived(c, err);
	return err_set_code(err, ERR_CONFLICT, "object_lost",
	    "%s was not wanted in time", c->object.key);
}

static int
check_and_settle(struct confirm *c, struct err *err)
{
	if (direct_check_bytes(c->pool, &c->object, &c->findings, err) == -1)
		return err->kind == ERR_NOT_FOUND ? object_gone(c, err) : -1;
	return c->findings.refusal.kind == ERR_NONE ? accept(c, err) :
						       refuse(c, err);
}

static int
try_once(struct confirm *c, struct err *err)
{
	if (find_object(c, err) == -1)
		return -1;
	direct_check_claims(c->pool, &c->object, &c->findings);
	if (c->findings.refusal.kind != ERR_NONE)
		return refuse(c, err);
	if (arrives_elsewhere(c->file) && make_copy(c, err) == -1)
		return -1;
	if (check_and_settle(c, err) == 0)
		return 0;
	drop_copy(c);
	return -1;
}

static void
confirm_init(struct confirm *c, struct pool *pool,
    const struct direct *direct, struct file *file)
{
	*c = (struct confirm){ .pool = pool, .direct = direct, .file = file };
	c->object = (struct direct_object){ .store = direct->store,
		.key = file->key,
		.info = &c->info,
		.file = file,
		.rules = &direct->rules[file->kind] };
}

/* ---- for its owner ---- */

static int
no_file(int64_t id, struct err *err)
{
	return err_set_code(err, ERR_NOT_FOUND, "file_not_found",
	    "no file %lld", (long long)id);
}

/* 1 when the row says all there is to say, 0 while it is pending. */
static int
answer_from_row(struct pool *pool, const struct direct *direct,
    const struct file *file, struct err *err)
{
	struct refusal refusal;

	switch (file->state) {
	case FILE_LIVE:
		return 1;
	case FILE_REJECTED:
		refusal = refusal_from_code(pool, file->refusal);
		return refusal.kind == ERR_NONE ? no_file(file->id, err) :
						  refusal_fail(&refusal, err);
	case FILE_PENDING:
		break;
	default:
		return no_file(file->id, err);
	}
	if (file->url_expires_secs == 0)
		return no_file(file->id, err);
	if (clock_now_secs(direct->clock) >= file->expires_secs)
		return err_set_code(err, ERR_CONFLICT, "upload_expired",
		    "Presigned URL expired");
	return 0;
}

/* The caller's file: 1 when it is settled, 0 while it is pending. */
static int
load(struct pool *pool, const struct direct *direct, int64_t id,
    struct file *file_r, struct err *err)
{
	int found = file_load(direct->db, pool, direct->tenant_id, id, file_r,
	    err);

	if (found == -1)
		return -1;
	if (found == 0 || strcmp(file_r->owner, direct->owner) != 0)
		return no_file(id, err);
	return answer_from_row(pool, direct, file_r, err);
}

static bool
is_lost_race(const struct err *err)
{
	return err->kind == ERR_CONFLICT &&
	    (is_code(err, "file_not_pending") ||
		is_code(err, "object_changed") || is_code(err, "object_lost"));
}

/* Perhaps because somebody else has taken it away meanwhile. */
static bool
is_missing(const struct err *err)
{
	return err->kind == ERR_CONFLICT &&
	    (is_code(err, "not_uploaded_yet") || is_code(err, "url_expired"));
}

/*
 * Whoever wins or loses, the answer is the row as it is afterwards.  An object
 * that is missing counts only when its row is pending even then.
 */
int
direct_confirm(struct pool *pool, const struct direct *direct, int64_t id,
    struct file *file_r, struct err *err)
{
	struct err missing = ERR_INIT;

	for (int i = 0; i < TRIES; i++) {
		struct confirm c;
		int settled = load(pool, direct, id, file_r, err);

		if (settled != 0)
			return settled == 1 ? 0 : -1;
		if (missing.kind != ERR_NONE) {
			*err = missing;
			return -1;
		}
		confirm_init(&c, pool, direct, file_r);
		if (try_once(&c, err) == 0)
			continue;
		if (is_missing(err))
			missing = *err;
		else if (!is_lost_race(err))
			return -1;
	}
	return err_set_code(err, ERR_CONFLICT, "object_changed",
	    "the object changes all the time");
}

/* ---- for the sweeper ---- */

static int
erase_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct file *file = arg;

	return file_discard_pending(tx, file->tenant_id, file->id, err);
}

static int
erase(const struct direct *direct, const struct file *file,
    enum direct_outcome *outcome_r, struct err *err)
{
	struct file own = *file;

	if (sql_transaction(direct->db, erase_in_transaction, &own, err) == -1)
		return -1;
	run_outbox(direct);
	*outcome_r = DIRECT_ERASED;
	return 0;
}

/* What became of the try, when it did not simply fail. */
static int
settle_failed(const struct confirm *c, const struct file *file,
    enum direct_outcome *outcome_r, struct err *err)
{
	/* Nor may it stay reserved for ever where there is no room for it. */
	if (is_missing(err) || err->kind == ERR_TOO_LARGE)
		return erase(c->direct, file, outcome_r, err);
	if (!c->is_refused && !is_lost_race(err))
		return -1;
	*outcome_r = c->is_refused ? DIRECT_ERASED : DIRECT_TAKEN;
	return 0;
}

static int
settle_in_pool(struct pool *pool, const struct direct *direct,
    const struct file *file, enum direct_outcome *outcome_r, struct err *err)
{
	struct file found = *file;
	struct confirm c;

	confirm_init(&c, pool, direct, &found);
	if (try_once(&c, err) == -1)
		return settle_failed(&c, file, outcome_r, err);
	*outcome_r = DIRECT_LIVE;
	return 0;
}

int
direct_settle(const struct direct *direct, const struct file *file,
    enum direct_outcome *outcome_r, struct err *err)
{
	struct pool *pool;
	int result;

	if (file->url_expires_secs == 0)
		return erase(direct, file, outcome_r, err);
	pool = pool_new();
	result = settle_in_pool(pool, direct, file, outcome_r, err);
	pool_free(&pool);
	return result;
}
