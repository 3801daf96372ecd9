/*
 * Files that are changed, moved, trashed, restored and erased, with rivals and
 * with a store and a database that fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "base/attr.h"
#include "directtest.h"
#include "model/file_change.h"
#include "model/search_text.h"

enum { RETENTION_SECS = 3600 };

static int
setup(void **state)
{
	struct directtest *f;
	int result = directtest_setup(state);

	f = *state;
	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/ products/");
	directtest_set_copying(f, false);
	return result;
}

static struct file_changer
changer_of(struct directtest *f)
{
	return (struct file_changer){ .db = f->test->db,
		.store = f->test->store,
		.clock = &f->test->clock,
		.log = &f->test->log,
		.tenant_id = 1,
		.retention_secs = RETENTION_SECS };
}

static struct file
live_file(struct directtest *f, bool is_public)
{
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;

	request.is_public = is_public;
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, f->image);
	return directtest_confirm(f, &ticket);
}

static struct file
load(struct directtest *f, int64_t id)
{
	struct err err = ERR_INIT;
	struct file file;

	assert_int_equal(file_load(f->test->db, f->pool, 1, id, &file, &err),
	    1);
	return file;
}

/* ---- operations by name ---- */

enum op { RENAME, PUBLISH, HIDE, TRASH, RESTORE, ERASE, OP_COUNT };

static int
run(struct directtest *f, enum op op, int64_t id, int64_t version,
    struct file *file_r, struct err *err)
{
	static const struct file_change changes[] = {
		[RENAME] = { .name = "Ñandú.jpeg" },
		[PUBLISH] = { .has_is_public = true, .is_public = true },
		[HIDE] = { .has_is_public = true },
	};
	const struct file_changer changer = changer_of(f);

	switch (op) {
	case TRASH:
		return file_trash(f->pool, &changer, id, version, file_r, err);
	case RESTORE:
		return file_restore(f->pool, &changer, id, version, file_r,
		    err);
	case ERASE:
		return file_erase(f->pool, &changer, id, version, err);
	default:
		return file_change(f->pool, &changer, id, version,
		    &changes[op], file_r, err);
	}
}

static struct file
must(struct directtest *f, enum op op, int64_t id)
{
	struct err err = ERR_INIT;
	struct file file = { .id = id };

	if (run(f, op, id, 0, &file, &err) == -1)
		fail_msg("%d: %s", (int)op, err.text);
	directtest_check_all(f);
	return file;
}

static void
must_not(struct directtest *f, enum op op, int64_t id, enum err_kind kind,
    const char *code)
{
	struct err err = ERR_INIT;
	struct file file;

	assert_int_equal(run(f, op, id, 0, &file, &err), -1);
	if (err.kind != kind || strcmp(err.code, code) != 0)
		fail_msg("%d: %s %s", (int)op, err.code, err.text);
	directtest_check_all(f);
}

/* What was answered is what is kept. */
static void
check_kept(struct directtest *f, const struct file *file)
{
	struct file kept = load(f, file->id);

	assert_int_equal(kept.state, file->state);
	assert_int_equal(kept.version, file->version);
	assert_int_equal(kept.updated_secs, file->updated_secs);
	assert_int_equal(kept.expires_secs, file->expires_secs);
	assert_int_equal(kept.is_public, file->is_public);
	assert_string_equal(kept.key, file->key);
	assert_string_equal(kept.etag, file->etag);
	assert_string_equal(kept.original_name, file->original_name);
	assert_string_equal(kept.alt_text, file->alt_text);
	assert_string_equal(kept.tags, file->tags);
	assert_string_equal(kept.athlete_id, file->athlete_id);
	assert_string_equal(kept.owner, file->owner);
}

/* ---- texts ---- */

static void
test_texts(void **state)
{
	struct directtest *f = *state;
	const struct file_changer changer = changer_of(f);
	const struct file_change change = { .name = "C:\\Ñandú.JPEG",
		.athlete_id = "7",
		.alt_text = "Un Ñandú",
		.tags = "ave,pampa" };
	const struct file_change nothing = { .name = NULL };
	struct file before = live_file(f, false), after;
	struct err err = ERR_INIT;

	directtest_wait_secs(f, 5);
	assert_int_equal(file_change(f->pool, &changer, before.id,
			     before.version, &change, &after, &err),
	    0);
	assert_int_equal(after.version, before.version + 1);
	assert_int_equal(after.updated_secs, MODELTEST_NOW_SECS + 5);
	assert_string_equal(after.original_name, "Ñandú.JPEG");
	assert_string_equal(after.key, before.key);
	check_kept(f, &after);
	assert_int_equal(directtest_count(f,
			     "files WHERE search_text ="
			     " 'nandu.jpeg\nun nandu\nave,pampa'"),
	    1);
	/* What says nothing changes nothing. */
	assert_int_equal(file_change(f->pool, &changer, before.id, 0, &nothing,
			     &before, &err),
	    0);
	assert_int_equal(before.version, after.version);
	check_kept(f, &after);
}

/* clang-format off */
static const struct {
	struct file_change change;
	const char *code;
} refused[] = {
	{ { .name = "martillo.html" }, "bad_name" },
	{ { .name = "martillo.jpg.exe" }, "bad_name" },
	{ { .name = "martillo" }, "bad_name" },
	{ { .name = "" }, "bad_name" },
	{ { .athlete_id = "../x" }, "bad_athlete_id" },
};
/* clang-format on */

static void
test_refused(void **state)
{
	struct directtest *f = *state;
	const struct file_changer changer = changer_of(f);
	struct file before = live_file(f, false), after;

	for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(file_change(f->pool, &changer, before.id, 0,
				     &refused[i].change, &after, &err),
		    -1);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_string_equal(err.code, refused[i].code);
		check_kept(f, &before);
	}
}

/* ---- versions, states, tenants ---- */

static void
test_versions(void **state)
{
	struct directtest *f = *state;
	struct file file = live_file(f, false), out;

	for (int op = 0; op < OP_COUNT; op++) {
		struct err err = ERR_INIT;

		assert_int_equal(run(f, (enum op)op, file.id,
				     file.version + 1, &out, &err),
		    -1);
		assert_int_equal(err.kind, ERR_PRECONDITION);
		assert_string_equal(err.code, "version_changed");
		check_kept(f, &file);
	}
	for (int op = RENAME; op < OP_COUNT; op++) {
		struct err err = ERR_INIT;

		out = file;
		assert_int_equal(run(f, (enum op)op, file.id, file.version,
				     &out, &err),
		    0);
		if (op != ERASE)
			assert_int_equal(out.version, file.version + 1);
		file = out;
		directtest_check_all(f);
	}
}

static void
test_states(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket pending = directtest_begin(f, &request);
	struct file_changer other = changer_of(f);
	struct file file = live_file(f, false), out;
	struct err err = ERR_INIT;

	for (int op = RENAME; op < ERASE; op++)
		must_not(f, (enum op)op, pending.file.id, ERR_NOT_FOUND,
		    "file_not_found");
	must_not(f, RESTORE, file.id, ERR_NOT_FOUND, "file_not_found");
	must_not(f, TRASH, 12345, ERR_NOT_FOUND, "file_not_found");
	other.tenant_id = 2;
	assert_int_equal(file_trash(f->pool, &other, file.id, 0, &out, &err),
	    -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(file_erase(f->pool, &other, file.id, 0, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);

	out = must(f, TRASH, file.id);
	assert_int_equal(out.expires_secs,
	    MODELTEST_NOW_SECS + RETENTION_SECS);
	assert_string_equal(out.key, file.key);
	check_kept(f, &out);
	must_not(f, TRASH, file.id, ERR_NOT_FOUND, "file_not_found");
	must_not(f, RENAME, file.id, ERR_NOT_FOUND, "file_not_found");
	directtest_wait_secs(f, RETENTION_SECS);
	must_not(f, RESTORE, file.id, ERR_NOT_FOUND, "file_not_found");
	directtest_wait_secs(f, -1);
	out = must(f, RESTORE, file.id);
	assert_int_equal(out.expires_secs, 0);
	check_kept(f, &out);

	(void)must(f, ERASE, file.id);
	assert_null(store_mem_find(f->test->mem, file.key));
	(void)must(f, ERASE, pending.file.id);
	assert_int_equal(directtest_count(f, "files WHERE state = 'gone'"), 2);
	for (int op = RENAME; op < OP_COUNT; op++)
		must_not(f, (enum op)op, file.id, ERR_NOT_FOUND,
		    "file_not_found");
}

/* ---- visibility ---- */

static void
test_moves(void **state)
{
	struct directtest *f = *state;
	struct file file = live_file(f, false), moved;
	const char *first = file.key;

	moved = must(f, PUBLISH, file.id);
	directtest_like(moved.key, "general/2026/11/" UUID ".jpg");
	assert_string_equal(
	    store_mem_find(f->test->mem, moved.key)->cache_control,
	    "public, max-age=31536000, immutable");
	assert_string_equal(store_mem_find(f->test->mem, moved.key)->type,
	    "image/jpeg");
	assert_null(store_mem_find(f->test->mem, first));
	directtest_check_live(f, &moved);
	check_kept(f, &moved);
	file = must(f, PUBLISH, file.id);
	assert_string_equal(file.key, moved.key);

	/* In the trash nobody reads it, and out of it everybody does. */
	file = must(f, TRASH, file.id);
	directtest_like(file.key, "users/ana/image/" UUID);
	assert_true(file.is_public);
	assert_string_equal(
	    store_mem_find(f->test->mem, file.key)->cache_control, "");
	assert_null(store_mem_find(f->test->mem, moved.key));
	check_kept(f, &file);
	file = must(f, RESTORE, file.id);
	directtest_like(file.key, "general/2026/11/" UUID ".jpg");
	assert_string_not_equal(file.key, moved.key);

	file = must(f, HIDE, file.id);
	directtest_like(file.key, "users/ana/image/" UUID);
	check_kept(f, &file);
	assert_int_equal(f->test->mem->count, 1);
	/* A URL that is still valid leads to the first key. */
	assert_int_equal(directtest_count(f, "outbox"), 1);
	assert_int_equal(store_mem_put(f->test->mem, first, "text/html",
			     slice_str(HTML)),
	    0);
	directtest_check_all(f);
	directtest_wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
	assert_int_equal(directtest_run_outbox(f), 0);
	assert_int_equal(directtest_count(f, "outbox"), 0);
	assert_int_equal(f->test->mem->count, 1);
	directtest_check_live(f, &file);
}

static void
test_no_place(void **state)
{
	struct directtest *f = *state;
	struct file file = live_file(f, false);

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "products/");
	must_not(f, PUBLISH, file.id, ERR_INVALID, "no_public_prefix");
	check_kept(f, &file);
	(void)must(f, TRASH, file.id);
	(void)must(f, RESTORE, file.id);
}

/* An athlete's files are public here; in the trash they are not. */
static void
test_athlete(void **state)
{
	struct directtest *f = *state;
	const struct file_changer changer = changer_of(f);
	const struct file_change change = { .athlete_id = "7",
		.has_is_public = true,
		.is_public = true };
	struct file file = live_file(f, false);
	struct err err = ERR_INIT;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "athletes/");
	assert_int_equal(file_change(f->pool, &changer, file.id, 0, &change,
			     &file, &err),
	    0);
	directtest_like(file.key, "athletes/7/2026/11/" UUID ".jpg");
	must_not(f, HIDE, file.id, ERR_INVALID, "prefix_is_public");
	file = must(f, TRASH, file.id);
	directtest_like(file.key, "users/ana/image/" UUID);
	assert_string_equal(file.athlete_id, "7");
	file = must(f, RESTORE, file.id);
	directtest_like(file.key, "athletes/7/2026/11/" UUID ".jpg");
}

static void
execute(struct directtest *f, const char *text, int64_t id)
{
	struct sql_value args[] = { SQL_INT(id) };
	struct err err = ERR_INIT;

	if (sql_exec(f->test->db, text, args, 1, NULL, &err) == -1)
		fail_msg("%s", err.text);
}

static void
test_used(void **state)
{
	static const enum op ops[] = { HIDE, TRASH, ERASE };
	struct directtest *f = *state;
	struct file file = live_file(f, true);

	execute(f,
	    "INSERT INTO users (id, tenant_id, login, realm, key_id, name,"
	    " role, password, is_disabled, created_secs, password_secs,"
	    " avatar_file_id) VALUES (9, 1, 'ana', 'server', 'ana', '',"
	    " 'editor', '', 0, 0, 0, $1)",
	    file.id);
	for (size_t i = 0; i < ARRAY_COUNT(ops); i++)
		must_not(f, ops[i], file.id, ERR_CONFLICT, "file_used");
	check_kept(f, &file);
	file = must(f, RENAME, file.id);
	execute(f, "UPDATE users SET avatar_file_id = NULL WHERE id = 8 + $1",
	    1);
	execute(f,
	    "INSERT INTO products (id, tenant_id, name, sku, uom_id,"
	    " sale_price_cents, image_file_id, created_secs, updated_secs)"
	    " VALUES (1, 1, 'Martillo', 'M', 1, 1, $1, 0, 0)",
	    file.id);
	for (size_t i = 0; i < ARRAY_COUNT(ops); i++)
		must_not(f, ops[i], file.id, ERR_CONFLICT, "file_used");
	check_kept(f, &file);
}

/* ---- rivals ---- */

struct rival {
	struct directtest *f;
	enum op op;
	int64_t id;
};

static void
act(void *arg, enum store_mem_call call, const char *key)
{
	struct rival *rival = arg;

	(void)key;
	if (call != MEM_COPY)
		return;
	rival->f->test->mem->before = NULL;
	(void)must(rival->f, rival->op, rival->id);
}

/* Another one changes, moves or erases while we copy. */
static void
test_rivals(void **state)
{
	static const enum op ops[] = { RENAME, PUBLISH, TRASH, ERASE };
	struct directtest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(ops); i++) {
		enum op op = ops[i];
		struct file file = live_file(f, false), out;
		struct rival rival = { f, op, file.id };
		struct err err = ERR_INIT;
		int result;

		f->test->mem->before = act;
		f->test->mem->before_arg = &rival;
		result = run(f, PUBLISH, file.id, 0, &out, &err);
		directtest_check_all(f);
		/* The copy of the loser has gone at once. */
		assert_int_equal(f->test->mem->count, result == 0 ||
			op == TRASH ? 1 : 0);
		assert_int_equal(result, op == TRASH || op == ERASE ? -1 : 0);
		if (result == -1)
			assert_string_equal(err.code, "file_not_found");
		else
			check_kept(f, &out);
		/* With a version the second one hears of the first. */
		if (op == RENAME) {
			f->test->mem->before = act;
			file = load(f, file.id);
			assert_int_equal(run(f, HIDE, file.id, file.version,
					     &out, &err),
			    -1);
			assert_string_equal(err.code, "version_changed");
			directtest_check_all(f);
		}
		if (op != ERASE)
			(void)must(f, ERASE, file.id);
		directtest_wait_secs(f, 2 * OUTBOX_RESERVE_SECS);
		assert_int_equal(directtest_run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 0);
	}
}

/* ---- faults ---- */

/* A walk through all operations, each from what the one before left. */
static const enum op walk[] = { RENAME, PUBLISH, TRASH, RESTORE, HIDE, TRASH,
	RESTORE, ERASE };

static bool
arm(int kind, int n)
{
	switch (kind) {
	case 0:
		return fault_at(n);
	case 1:
		return fault_at_lost_commit(n);
	default:
		return fault_from(n);
	}
}

/* Until a time when all that waits is over. */
static void
check_nothing_left(struct directtest *f)
{
	directtest_wait_secs(f, 3 * OUTBOX_RESERVE_SECS);
	assert_int_equal(directtest_run_outbox(f), 0);
	directtest_check_all(f);
	assert_int_equal(directtest_count(f, "outbox"), 0);
	assert_int_equal(f->test->mem->count,
	    directtest_count(f, "files WHERE state IN ('live', 'trashed')"));
}

/*
 * Each call to the database fails in turn, also for good, as when we are
 * killed; afterwards the same can be done again.
 */
static void
test_sql_faults(void **state)
{
	struct directtest *f = *state;

	for (int i = 0; i < 3 * (int)ARRAY_COUNT(walk); i++) {
		enum op op = walk[i / 3];
		bool has_failed = true;
		int n;

		for (n = 1; has_failed; n++) {
			struct file file = live_file(f, false), out;
			struct err err = ERR_INIT;

			for (int j = 0; j < i / 3; j++)
				(void)must(f, walk[j], file.id);
			file = load(f, file.id);
			(void)arm(i % 3, n);
			(void)run(f, op, file.id, 0, &out, &err);
			has_failed = fault_at(0);
			directtest_check_all(f);
			if (load(f, file.id).version == file.version)
				(void)must(f, op, file.id);
			if (load(f, file.id).state != FILE_GONE)
				(void)must(f, ERASE, file.id);
			f->test->clock.fixed_ms = MODELTEST_NOW_SECS * 1000;
			check_nothing_left(f);
			f->test->clock.fixed_ms = MODELTEST_NOW_SECS * 1000;
		}
		assert_true(n > 3 && n < 30);
	}
}

static void
test_store_faults(void **state)
{
	struct directtest *f = *state;
	struct store_mem *mem = f->test->mem;
	struct file file = live_file(f, false);

	mem->fails_copy = true;
	must_not(f, PUBLISH, file.id, ERR_UPSTREAM, "storage_failed");
	mem->fails_copy = false;
	check_kept(f, &file);
	mem->loses_copy_answer = true;
	must_not(f, PUBLISH, file.id, ERR_UPSTREAM, "storage_failed");
	mem->loses_copy_answer = false;
	check_kept(f, &file);
	check_nothing_left(f);
	/* The old object stays for a while: its key is in the outbox. */
	mem->fails_delete = true;
	file = must(f, PUBLISH, file.id);
	assert_int_equal(mem->count, 2);
	(void)must(f, TRASH, file.id);
	(void)must(f, ERASE, file.id);
	mem->fails_delete = false;
	check_nothing_left(f);
	assert_int_equal(mem->count, 0);

}

/* Somebody else has deleted the object. */
static void
test_lost_object(void **state)
{
	struct directtest *f = *state;
	struct file file = live_file(f, false), out;
	struct err err = ERR_INIT;

	f->test->mem->count = 0;
	assert_int_equal(run(f, PUBLISH, file.id, 0, &out, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "object_lost");
	check_kept(f, &file);
	/* Nothing keeps its record from going too. */
	(void)must(f, ERASE, file.id);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, directtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_texts),
		TEST(test_refused),
		TEST(test_versions),
		TEST(test_states),
		TEST(test_moves),
		TEST(test_no_place),
		TEST(test_athlete),
		TEST(test_used),
		TEST(test_rivals),
		TEST(test_sql_faults),
		TEST(test_store_faults),
		TEST(test_lost_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
