/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "store/manage.h"
#include "store/store_private.h"

/* A driver that remembers what got through to it, and fails "bad". */
struct fake {
	struct store base;
	size_t count;
	const char *keys[8];
	const char *prefix;
};

static int
fake_copy(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
{
	(void)pool;
	(void)err;
	((struct fake *)store)->keys[0] = copy->to_key;
	*info_r = (struct store_info){ .size_bytes = 7 };
	return 0;
}

static int
fake_remove_many(struct store *store, const char *const *keys, size_t count,
    bool *failed_r, struct err *err)
{
	struct fake *fake = (struct fake *)store;

	for (size_t i = 0; i < count; i++) {
		assert_false(failed_r[i]);
		if (strcmp(keys[i], "away") == 0)
			return err_set(err, ERR_UNAVAILABLE, "away");
		failed_r[i] = strcmp(keys[i], "bad") == 0;
		fake->keys[i] = keys[i];
	}
	fake->count = count;
	return 0;
}

static int
fake_list(struct store *store, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err)
{
	(void)pool;
	(void)err;
	((struct fake *)store)->prefix = prefix;
	*page_r = (struct store_page){ .next = next };
	return 0;
}

static int
fake_abort(struct store *store, const char *key, const char *upload_id,
    struct err *err)
{
	(void)store;
	(void)key;
	(void)upload_id;
	(void)err;
	return 0;
}

static const struct store_driver fake_driver = { .name = "fake",
	.copy = fake_copy,
	.remove_many = fake_remove_many,
	.list = fake_list,
	.multipart_abort = fake_abort };
static const struct store_driver no_driver = { .name = "none" };

static void
test_copy(void **state)
{
	static const struct {
		const char *from_key, *to_key;
		int result;
	} rows[] = {
		{ "a", "b", 0 },
		{ "a", "a", 0 },
		{ "a/../b", "b", -1 },
		{ "a", "", -1 },
		{ "a", "/b", -1 },
	};
	struct fake fake = { .base = { .driver = &fake_driver } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct store_copy copy = { .from_key = rows[i].from_key,
			.to_key = rows[i].to_key };
		struct store_info info;
		struct err err = ERR_INIT;

		assert_int_equal(store_copy(&fake.base, *state, &copy, &info,
		    &err), rows[i].result);
		assert_int_equal(store_copy(&fake.base, *state, &copy, NULL,
		    &err), rows[i].result);
		if (rows[i].result == 0)
			assert_int_equal(info.size_bytes, 7);
		else
			assert_int_equal(err.kind, ERR_INVALID);
	}
}

/* What is no key does not reach the driver; places stay right. */
static void
test_delete_many(void **state)
{
	static const char *const keys[] = { "a//b", "x", "..", "bad", "y" };
	static const char *const odd[] = { "", "a/" };
	static const char *const away[] = { "a/", "away" };
	static const bool expected[] = { true, false, true, true, false };
	struct fake fake = { .base = { .driver = &fake_driver } };
	struct err err = ERR_INIT;
	bool failed[5];

	(void)state;
	assert_int_equal(store_delete_many(&fake.base, keys, 5, failed, &err),
	    0);
	assert_memory_equal(failed, expected, sizeof(failed));
	assert_int_equal(fake.count, 3);
	assert_string_equal(fake.keys[1], "bad");
	fake.count = 99;
	assert_int_equal(store_delete_many(&fake.base, odd, 2, failed, &err),
	    0);
	assert_true(failed[0] && failed[1]);
	assert_int_equal(fake.count, 99);
	assert_int_equal(store_delete_many(&fake.base, keys, 0, failed, &err),
	    0);
	assert_int_equal(store_delete_many(&fake.base, away, 2, failed, &err),
	    -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

static void
test_list(void **state)
{
	static const struct {
		const char *prefix;
		int result;
	} rows[] = {
		{ "", 0 },
		{ "a", 0 },
		{ "a/", 0 },
		{ "a/b", 0 },
		{ "/", -1 },
		{ "a//", -1 },
		{ "../", -1 },
		{ "a\n", -1 },
	};
	struct fake fake = { .base = { .driver = &fake_driver } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct store_page page;
		struct err err = ERR_INIT;

		fake.prefix = NULL;
		assert_int_equal(store_list(&fake.base, *state, rows[i].prefix,
		    "n", &page, &err), rows[i].result);
		if (rows[i].result == 0)
			assert_string_equal(fake.prefix, rows[i].prefix);
		else
			assert_null(fake.prefix);
	}
}

static void
test_abort(void **state)
{
	struct fake fake = { .base = { .driver = &fake_driver } };
	char *longest = pool_alloc(*state, 1026);
	struct err err = ERR_INIT;

	memset(longest, 'i', 1025);
	assert_int_equal(store_multipart_abort(&fake.base, "k", "", &err), -1);
	assert_int_equal(store_multipart_abort(&fake.base, "k", longest, &err),
	    -1);
	longest[1024] = '\0';
	assert_int_equal(store_multipart_abort(&fake.base, "k", longest, &err),
	    0);
	assert_int_equal(store_multipart_abort(&fake.base, "../k", "i", &err),
	    -1);
}

static int
fake_remove(struct store *store, const char *key, struct err *err)
{
	(void)store;
	if (strcmp(key, "away") == 0)
		return err_set(err, ERR_UNAVAILABLE, "away");
	return 0;
}

/* A driver that deletes one by one; one that is ill is not asked on. */
static void
test_delete_each(void **state)
{
	static const struct store_driver driver = { .name = "each",
		.remove = fake_remove };
	static const char *const keys[] = { "a", "away", "b" };
	static const bool expected[] = { false, true, true };
	struct store store = { .driver = &driver };
	struct err err = ERR_INIT;
	bool failed[3];

	(void)state;
	assert_int_equal(store_delete_many(&store, keys, 3, failed, &err), 0);
	assert_memory_equal(failed, expected, sizeof(failed));
	assert_int_equal(store_delete_many(&store, keys + 1, 2, failed, &err),
	    -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

/* A driver that has none of it says so. */
static void
test_unsupported(void **state)
{
	const struct store_copy copy = { .from_key = "a", .to_key = "b" };
	struct store store = { .driver = &no_driver };
	struct store_unfinished *uploads;
	struct store_page page;
	struct err errs[4] = { ERR_INIT };
	size_t count;

	assert_int_equal(store_copy(&store, *state, &copy, NULL, &errs[0]),
	    -1);
	assert_int_equal(store_list(&store, *state, "", "", &page, &errs[1]),
	    -1);
	assert_int_equal(store_multipart_abort(&store, "k", "i", &errs[2]),
	    -1);
	assert_int_equal(store_multipart_list(&store, *state, &uploads, &count,
	    &errs[3]), -1);
	for (size_t i = 0; i < ARRAY_COUNT(errs); i++)
		assert_int_equal(errs[i].kind, ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_copy),
		POOL_TEST(test_delete_many),
		POOL_TEST(test_delete_each),
		POOL_TEST(test_list),
		POOL_TEST(test_abort),
		POOL_TEST(test_unsupported),
	};

	return cmocka_run_group_tests_name("store/manage", tests, NULL, NULL);
}
