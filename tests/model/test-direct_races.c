/*
 * Direct uploads beside rivals: twenty at once, one who is quick, a store and a
 * database that fail.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <pthread.h>

#include "directtest.h"

enum { RIVALS = 20 };

struct rival {
	struct directtest *f;
	int64_t id;
	struct pool *pool;
	struct file file;
	struct err err;
	int result;
};

static void *
run_rival(void *arg)
{
	struct rival *rival = arg;

	rival->pool = pool_new();
	rival->result = direct_confirm(rival->pool, &rival->f->direct,
	    rival->id, &rival->file, &rival->err);
	return NULL;
}

static void
race(struct directtest *f, const struct direct_ticket *ticket,
    struct rival rivals[RIVALS])
{
	pthread_t threads[RIVALS];

	for (int i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){ .f = f, .id = ticket->file.id };
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run_rival, &rivals[i]),
		    0);
	}
	for (int i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void
free_rivals(struct rival rivals[RIVALS])
{
	for (int i = 0; i < RIVALS; i++)
		pool_free(&rivals[i].pool);
}

static void
test_twenty_confirm(void **state)
{
	struct directtest *f = *state;

	for (int copying = 0; copying < 2; copying++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct rival rivals[RIVALS];

		directtest_set_copying(f, copying);
		ticket = directtest_begin(f, &request);
		directtest_put(f, &ticket, f->image);
		race(f, &ticket, rivals);
		for (int i = 0; i < RIVALS; i++) {
			assert_int_equal(rivals[i].result, 0);
			directtest_check_live(f, &rivals[i].file);
			assert_string_equal(rivals[i].file.key,
			    rivals[0].file.key);
			assert_string_equal(rivals[i].file.etag,
			    rivals[0].file.etag);
		}
		free_rivals(rivals);
		directtest_check_all(f);
		directtest_wait_secs(f, OUTBOX_RESERVE_SECS + 600);
		assert_int_equal(directtest_run_outbox(f), 0);
		directtest_check_all(f);
		assert_int_equal(f->test->mem->count, copying + 1);
		assert_int_equal(
		    directtest_count(f, "files WHERE state = 'live'"),
		    copying + 1);
		assert_int_equal(directtest_count(f, "outbox"), 0);
	}
}

static void
test_twenty_refuse(void **state)
{
	struct directtest *f = *state;

	for (int copying = 0; copying < 2; copying++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct rival rivals[RIVALS];

		directtest_set_copying(f, copying);
		ticket = directtest_begin(f, &request);
		directtest_put(f, &ticket, slice_str(HTML));
		race(f, &ticket, rivals);
		for (int i = 0; i < RIVALS; i++) {
			assert_int_equal(rivals[i].result, -1);
			assert_int_equal(rivals[i].err.kind, ERR_UNSUPPORTED);
			assert_string_equal(rivals[i].err.code,
			    "type_mismatch");
		}
		free_rivals(rivals);
		directtest_check_all(f);
		directtest_wait_secs(f, OUTBOX_RESERVE_SECS + 600);
		assert_int_equal(directtest_run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(directtest_count(f, "outbox"), 0);
	}
}

/* ---- the quick rival ---- */

struct swap {
	struct directtest *f;
	const char *key;
	enum store_mem_call call;
	int calls; /* of that kind until it strikes */
	struct slice data;
};

static void
strike(void *arg, enum store_mem_call call, const char *key)
{
	struct swap *swap = arg;

	(void)key;
	if (call != swap->call || swap->calls-- != 1)
		return;
	swap->f->test->mem->access.is_new_only = false;
	assert_int_equal(store_mem_put(swap->f->test->mem, swap->key,
			     "image/jpeg", swap->data),
	    0);
}

/*
 * The object is replaced at each step: what is live is what was checked, with
 * its own hash, or nothing is.
 */
static void
test_replaced(void **state)
{
	static const struct {
		enum store_mem_call call;
		int calls;
		bool is_copying;
		const char *code; /* NULL: live */
	} cases[] = {
		{ MEM_GET, 1, false, "type_mismatch" },
		{ MEM_HEAD, 2, false, "type_mismatch" },
		{ MEM_COPY, 1, false, "type_mismatch" },
		{ MEM_HEAD, 1, true, "type_mismatch" },
		{ MEM_COPY, 1, true, "type_mismatch" },
		/* Too late: the copy was made. */
		{ MEM_GET, 1, true, NULL },
	};
	struct directtest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = directtest_image_request();
		struct swap swap = { f, NULL, cases[i].call, cases[i].calls,
			slice_str(HTML) };
		struct direct_ticket ticket;
		struct file file;

		directtest_set_copying(f, cases[i].is_copying);
		ticket = directtest_begin(f, &request);
		directtest_put(f, &ticket, f->image);
		swap.key = ticket.file.key;
		f->test->mem->before = strike;
		f->test->mem->before_arg = &swap;
		if (cases[i].code != NULL) {
			directtest_confirm_fails(f, &ticket, cases[i].code);
		} else {
			file = directtest_confirm(f, &ticket);
			directtest_check_live(f, &file);
		}
		assert_true(swap.calls <= 0);
		f->test->mem->before = NULL;
		directtest_check_all(f);
	}
}

/* ---- faults ---- */

static void
test_store_faults(void **state)
{
	struct directtest *f = *state;
	struct store_mem *mem = f->test->mem;
	bool *const faults[] = { &mem->fails_get, &mem->fails_copy,
		&mem->loses_copy_answer };

	directtest_set_copying(f, true);
	for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket = directtest_begin(f, &request);
		struct file file;

		directtest_put(f, &ticket, f->image);
		*faults[i] = true;
		assert_int_equal(
		    directtest_confirm_fails(f, &ticket, "storage_failed").kind,
		    i == 0 ? ERR_UNAVAILABLE : ERR_UPSTREAM);
		*faults[i] = false;
		directtest_check_all(f);
		file = directtest_confirm(f, &ticket);
		directtest_check_live(f, &file);
		directtest_wait_secs(f, OUTBOX_RESERVE_SECS + 600);
		assert_int_equal(directtest_run_outbox(f), 0);
		assert_int_equal(mem->count, i + 1);
		assert_int_equal(directtest_count(f, "outbox"), 0);
		directtest_check_all(f);
	}
	/* What cannot be deleted is not forgotten. */
	mem->fails_delete = true;
	{
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket = directtest_begin(f, &request);

		directtest_put(f, &ticket, slice_str(HTML));
		directtest_confirm_fails(f, &ticket, "type_mismatch");
		directtest_check_all(f);
		assert_int_equal(mem->count, ARRAY_COUNT(faults) + 2);
		mem->fails_delete = false;
		directtest_wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
		assert_int_equal(directtest_run_outbox(f), 0);
		assert_int_equal(mem->count, ARRAY_COUNT(faults));
	}
}

/*
 * The time of a reservation is over before its copy is wanted: the object goes,
 * and another copy is made.
 */
static void
late(void *arg, enum store_mem_call call, const char *key)
{
	struct directtest *f = arg;
	struct err err = ERR_INIT;

	(void)key;
	if (call != MEM_GET)
		return;
	f->test->mem->before = NULL;
	directtest_wait_secs(f, OUTBOX_RESERVE_SECS);
	assert_int_equal(modeltest_outbox(f->test, 9, NULL, &err), 0);
}

static void
test_late(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;
	struct file file;

	directtest_set_copying(f, true);
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, f->image);
	f->test->mem->before = late;
	f->test->mem->before_arg = f;
	file = directtest_confirm(f, &ticket);
	directtest_check_live(f, &file);
	directtest_check_all(f);
}

/* Each call to the database fails in turn. */
static void
test_sql_faults(void **state)
{
	struct directtest *f = *state;
	bool (*const arms[])(
	    int) = { fault_at, fault_at_lost_commit, fault_from };
	const struct slice contents[] = { f->image, slice_str(HTML) };

	for (int i = 0; i < 12; i++) {
		struct direct_request request = directtest_image_request();
		bool has_failed = true;
		int n;

		directtest_set_copying(f, i / 6 == 1);
		for (n = 1; has_failed && n < 30; n++) {
			struct direct_ticket ticket =
			    directtest_begin(f, &request);
			struct err err = ERR_INIT;
			struct file file;
			int result;

			directtest_put(f, &ticket, contents[i / 3 % 2]);
			(void)arms[i % 3](n);
			result = direct_confirm(f->pool, &f->direct,
			    ticket.file.id, &file, &err);
			assert_in_range(result + 1, 0, 1);
			has_failed = fault_at(0);
			directtest_check_all(f);
			/* Afterwards all is well again. */
			err_clear(&err);
			result = direct_confirm(f->pool, &f->direct,
			    ticket.file.id, &file, &err);
			assert_int_equal(result, i / 3 % 2 == 0 ? 0 : -1);
			if (result == -1)
				assert_string_equal(err.code, "type_mismatch");
			directtest_check_all(f);
			directtest_wait_secs(f, 2 * OUTBOX_RESERVE_SECS);
			assert_int_equal(directtest_run_outbox(f), 0);
			directtest_check_all(f);
			assert_int_equal(directtest_count(f, "outbox"), 0);
			if (result == 0)
				assert_int_equal(file_discard(f->test->db, 1,
						     ticket.file.id, FILE_GONE,
						     &err),
				    0);
			assert_int_equal(directtest_run_outbox(f), 0);
			assert_int_equal(f->test->mem->count, 0);
		}
		assert_true(n > 4 && n < 30);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, directtest_setup,                \
	    directtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_twenty_confirm),
		TEST(test_twenty_refuse),
		TEST(test_replaced),
		TEST(test_store_faults),
		TEST(test_late),
		TEST(test_sql_faults),
	};

	return cmocka_run_group_tests_name("model/direct_races", tests, NULL,
	    NULL);
}
