/*
 * Fifty at once, by two handles on one database as of two processes, where the
 * quota has room for twenty.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <pthread.h>
#include <stdatomic.h>

#include "directtest.h"
#include "lib/database.h"
#include "lib/tmpdir.h"
#include "model/quota.h"
#include "model/schema.h"
#include "model/tenant.h"

enum { RIVALS = 50, ROOM = 20, HANDLES = 2, CONNECTIONS = 8 };

struct fixture {
	struct directtest *direct;
	struct pool *pool;
	struct sql *handles[HANDLES];
	struct direct directs[HANDLES];
	int64_t confirmed_id;
};

struct rival {
	struct fixture *f;
	int number;
	struct pool *pool;
	struct sql *db;
	const struct direct *direct;
	struct file file;
	struct err err;
	int result;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *url;
	struct err err = ERR_INIT;

	assert_int_equal(directtest_setup((void **)&f->direct), 0);
	f->pool = f->direct->pool;
	url = database_new(f->pool,
	    pool_format(f->pool, "sqlite:%s/db", tmpdir_new(f->pool)));
	for (int i = 0; i < HANDLES; i++) {
		if (sql_open(f->pool, url, CONNECTIONS, &f->handles[i], &err) ==
		    -1)
			fail_msg("%s", err.text);
		f->directs[i] = f->direct->direct;
		f->directs[i].db = f->handles[i];
	}
	f->direct->test->db = f->handles[0];
	assert_int_equal(sql_migrate(f->handles[0], schema_migrations,
			     SCHEMA_VERSION, &f->direct->test->log, &err),
	    0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)directtest_teardown((void **)&f->direct);
	free(f);
	return 0;
}

static void
limit(struct fixture *f, int64_t bytes, int64_t objects)
{
	const struct tenant tenant = { .id = 1,
		.name = "Uno",
		.host = "",
		.quota_bytes = bytes,
		.quota_objects = objects };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_update(f->handles[0], &tenant, &err), 0);
}

static int64_t
number(struct fixture *f, const char *text)
{
	return modeltest_number(f->direct->test, text);
}

static void
race(struct fixture *f, void *(*run)(void *), struct rival rivals[RIVALS])
{
	pthread_t threads[RIVALS];

	for (int i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){ .f = f,
			.number = i,
			.pool = pool_new(),
			.db = f->handles[i % HANDLES],
			.direct = &f->directs[i % HANDLES],
			.result = -2 };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run, &rivals[i]), 0);
	}
	for (int i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* How many came through; all others found no room of that kind. */
static int
count_winners(const struct rival rivals[RIVALS], const char *code)
{
	int winners = 0;

	for (int i = 0; i < RIVALS; i++) {
		const struct rival *rival = &rivals[i];

		winners += rival->result == 0;
		if (rival->result == -1 && strcmp(rival->err.code, code) != 0)
			fail_msg("%d: %s: %s", i, rival->err.code,
			    rival->err.text);
		assert_int_not_equal(rival->result, -2);
	}
	return winners;
}

static void
free_all(struct rival rivals[RIVALS])
{
	for (int i = 0; i < RIVALS; i++)
		pool_free(&rivals[i].pool);
}

/* ---- rows ---- */

static void *
run_insert(void *arg)
{
	struct rival *rival = arg;

	rival->file = (struct file){ .tenant_id = 1,
		.provider = "file",
		.bucket = "uploads",
		.key = pool_format(rival->pool, "key%d", rival->number),
		.original_name = "a",
		.content_type = "image/png",
		.charged_bytes = 100 };
	rival->result = file_insert(rival->db, rival->pool, &rival->file,
	    &rival->err);
	return NULL;
}

static void
test_inserts(void **state)
{
	static const struct {
		int64_t bytes, objects;
		const char *code;
	} cases[] = { { ROOM * 100 + 99, 0, "quota_bytes" },
		{ 0, ROOM, "quota_objects" } };
	struct fixture *f = *state;
	struct rival rivals[RIVALS];
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int64_t drift;

		limit(f, cases[i].bytes, cases[i].objects);
		race(f, run_insert, rivals);
		assert_int_equal(count_winners(rivals, cases[i].code), ROOM);
		assert_int_equal(number(f, "SELECT count(*) FROM files"),
		    ROOM);
		modeltest_check_quota(f->direct->test);
		free_all(rivals);
		assert_int_equal(sql_script(f->handles[0],
				     "DELETE FROM files", &err),
		    0);
		assert_int_equal(
		    quota_recount(f->handles[0], 1, &drift, &err), 0);
		assert_int_equal(drift, ROOM * 100 + ROOM);
	}
}

/* ---- uploads through us ---- */

static int
upload_one(struct rival *rival)
{
	struct fixture *f = rival->f;
	const struct upload_input input = { .db = rival->db,
		.store = f->direct->test->store,
		.clock = &f->direct->test->clock,
		.log = &f->direct->test->log,
		.rules = &f->direct->rules[FILE_IMAGE],
		.tenant_id = 1,
		.layout = UPLOAD_FILE,
		.owner = "ana",
		.pending_secs = 3600 };
	struct file_verdict verdict;
	struct upload *upload;

	if (upload_open(rival->pool, &input, "a.jpg", "image/jpeg", &upload,
		&rival->err) == -1 ||
	    upload_write(upload, f->direct->image, &rival->err) == -1)
		return -1;
	upload_verdict(upload, &verdict);
	return upload_finish(upload, &rival->file, &rival->err);
}

static void *
run_upload(void *arg)
{
	struct rival *rival = arg;

	rival->result = upload_one(rival);
	return NULL;
}

static void
test_uploads(void **state)
{
	struct fixture *f = *state;
	int64_t size = (int64_t)f->direct->image.len;
	struct rival rivals[RIVALS];

	limit(f, ROOM * size + size - 1, 0);
	race(f, run_upload, rivals);
	assert_int_equal(count_winners(rivals, "quota_bytes"), ROOM);
	for (int i = 0; i < RIVALS; i++)
		if (rivals[i].result == 0)
			assert_int_equal(rivals[i].file.state, FILE_LIVE);
	assert_int_equal(f->direct->test->mem->count, ROOM);
	assert_int_equal(number(f, "SELECT used_bytes FROM tenants"),
	    ROOM * size);
	assert_int_equal(number(f, "SELECT reserved_objects FROM tenants"),
	    0);
	directtest_check_all(f->direct);
	free_all(rivals);
}

/* ---- direct uploads ---- */

static void *
run_begin(void *arg)
{
	struct rival *rival = arg;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;

	/* Every other one does not say how large it will be. */
	if (rival->number % 2 == 0)
		request.declared_bytes = (int64_t)rival->f->direct->image.len;
	rival->result = direct_begin(rival->pool, rival->direct, &request,
	    &ticket, &rival->err);
	if (rival->result == 0)
		rival->file = ticket.file;
	return NULL;
}

static void *
run_confirm(void *arg)
{
	struct rival *rival = arg;

	rival->result = direct_confirm(rival->pool, rival->direct,
	    rival->f->confirmed_id, &rival->file, &rival->err);
	return NULL;
}

/* As many URLs as there is room for what they can bring. */
static void
test_begins(void **state)
{
	struct fixture *f = *state;
	struct direct_ticket ticket = { .method = "" };
	struct rival rivals[RIVALS];
	int64_t size = (int64_t)f->direct->image.len;
	int winners;

	limit(f, (ROOM + 1) * DIRECTTEST_MAX_BYTES, ROOM);
	race(f, run_begin, rivals);
	winners = count_winners(rivals, "quota_objects");
	assert_int_equal(winners, ROOM);
	modeltest_check_quota(f->direct->test);
	for (int i = 0; i < RIVALS; i++)
		if (rivals[i].result == 0) {
			ticket.file = rivals[i].file;
			f->confirmed_id = ticket.file.id;
			directtest_put(f->direct, &ticket, f->direct->image);
		}
	free_all(rivals);
	/* Fifty confirm one of them: it is settled once. */
	race(f, run_confirm, rivals);
	for (int i = 0; i < RIVALS; i++)
		if (rivals[i].result != 0)
			fail_msg("%s: %s", rivals[i].err.code,
			    rivals[i].err.text);
	free_all(rivals);
	assert_int_equal(number(f, "SELECT used_bytes FROM tenants"), size);
	assert_int_equal(number(f, "SELECT used_objects FROM tenants"), 1);
	assert_int_equal(number(f, "SELECT reserved_objects FROM tenants"),
	    ROOM - 1);
	directtest_check_all(f->direct);
}

/* Without a size the most that can come is taken. */
static void
test_begins_by_bytes(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[RIVALS];
	int64_t reserved;

	limit(f, 5 * DIRECTTEST_MAX_BYTES, 0);
	race(f, run_begin, rivals);
	/* All that said their size fit into what five others leave. */
	assert_in_range(count_winners(rivals, "quota_bytes"), 5,
	    RIVALS / 2 + 5);
	reserved = number(f, "SELECT reserved_bytes FROM tenants");
	assert_true(reserved <= 5 * DIRECTTEST_MAX_BYTES);
	assert_true(reserved >= 4 * DIRECTTEST_MAX_BYTES);
	modeltest_check_quota(f->direct->test);
	free_all(rivals);
}

/* ---- everything at once ---- */

struct watch {
	struct fixture *f;
	atomic_bool is_over;
	int64_t worst; /* most bytes that were taken at a moment */
};

static void *
run_watch(void *arg)
{
	struct watch *watch = arg;

	while (!atomic_load(&watch->is_over)) {
		int64_t taken, drift;
		struct err err = ERR_INIT;
		struct pool *pool = pool_new();
		struct tenant tenant;

		assert_int_equal(tenant_load(watch->f->handles[0], pool, 1,
				     &tenant, &err),
		    1);
		taken = tenant.used_bytes + tenant.reserved_bytes;
		if (taken > watch->worst)
			watch->worst = taken;
		pool_free(&pool);
		/* At no moment do the counters and the files differ. */
		assert_int_equal(
		    quota_recount(watch->f->handles[1], 1, &drift, &err), 0);
		assert_int_equal(drift, 0);
	}
	return NULL;
}

static int
discard_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	const struct file *file = arg;

	return file_discard(tx, 1, file->id, FILE_GONE, err);
}

static int
upload_and_discard(struct rival *rival)
{
	const struct modeltest *test = rival->f->direct->test;
	const struct outbox outbox = { rival->db, test->store, &test->clock,
		&test->log };

	if (upload_one(rival) == -1)
		return strcmp(rival->err.code, "quota_bytes") == 0 ? 0 : -1;
	if (sql_transaction(rival->db, discard_in_transaction, &rival->file,
		&rival->err) == -1)
		return -1;
	outbox_run_now(&outbox);
	return 0;
}

static void *
run_churn(void *arg)
{
	struct rival *rival = arg;

	rival->result = 0;
	for (int i = 0; rival->result == 0 && i < 4; i++)
		rival->result = upload_and_discard(rival);
	return NULL;
}

static void
test_churn(void **state)
{
	struct fixture *f = *state;
	int64_t size = (int64_t)f->direct->image.len;
	struct watch watch = { .f = f };
	struct rival rivals[RIVALS];
	pthread_t thread;

	limit(f, 10 * size, 0);
	assert_int_equal(pthread_create(&thread, NULL, run_watch, &watch), 0);
	race(f, run_churn, rivals);
	atomic_store(&watch.is_over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (int i = 0; i < RIVALS; i++)
		if (rivals[i].result != 0)
			fail_msg("%s", rivals[i].err.text);
	free_all(rivals);
	assert_in_range(watch.worst, 0, 10 * size);
	assert_int_equal(number(f, "SELECT used_bytes + reserved_bytes"
				   " FROM tenants"),
	    0);
	directtest_check_all(f->direct);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_inserts),
		TEST(test_uploads),
		TEST(test_begins),
		TEST(test_begins_by_bytes),
		TEST(test_churn),
	};

	return cmocka_run_group_tests_name("model/quota_races", tests, NULL,
	    NULL);
}
