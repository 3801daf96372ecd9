/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>
#include <stdio.h>

#include "lib/tmpdir.h"
#include "model/install.h"
#include "model/schema.h"
#include "modeltest.h"

static struct product
product_of(const char *sku, int64_t image)
{
	return (struct product){ .tenant_id = 1,
		.name = "Martillo",
		.sku = sku,
		.uom_id = 1,
		.sale_price_cents = 1250,
		.image_file_id = image };
}

static int64_t
create(struct modeltest *test, const char *name, const char *sku)
{
	struct product product = product_of(sku, 0);
	struct err err = ERR_INIT;

	product.name = name;
	if (product_create(test->db, &product, MODELTEST_NOW_SECS, &err) == -1)
		fail_msg("%s: %s", sku, err.text);
	return product.id;
}

static void
test_create_and_load(void **state)
{
	struct modeltest *test = *state;
	int64_t image = modeltest_image(test, "products/tenant_1/a.png");
	struct product product = product_of("M-1", image), loaded;
	struct err err = ERR_INIT;

	assert_int_equal(
	    product_create(test->db, &product, MODELTEST_NOW_SECS, &err), 0);
	assert_int_equal(product.id, 1);
	assert_int_equal(
	    product_load(test->db, test->pool, 1, 1, &loaded, &err), 1);
	assert_string_equal(loaded.name, "Martillo");
	assert_string_equal(loaded.sku, "M-1");
	assert_int_equal(loaded.uom_id, 1);
	assert_string_equal(loaded.uom_name, "Unidad");
	assert_int_equal(loaded.sale_price_cents, 1250);
	assert_int_equal(loaded.image_file_id, image);
	assert_string_equal(loaded.image_key, "products/tenant_1/a.png");
	assert_string_equal(loaded.image_name, "foto.png");
	assert_int_equal(loaded.image_width, 640);
	assert_int_equal(loaded.image_height, 480);
	assert_int_equal(loaded.created_secs, MODELTEST_NOW_SECS);
	modeltest_check(test);

	/* Another tenant sees nothing and changes nothing. */
	assert_int_equal(
	    product_load(test->db, test->pool, 2, 1, &loaded, &err), 0);
	assert_int_equal(product_delete(test->db, 2, 1, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	loaded.tenant_id = 2;
	assert_int_equal(product_update(test->db, &loaded, 1, &err), -1);
	assert_int_equal(
	    product_load(test->db, test->pool, 1, 1, &loaded, &err), 1);
}

static void
test_conflicts(void **state)
{
	struct modeltest *test = *state;
	int64_t image = modeltest_image(test, "products/tenant_1/a.png");
	struct product product = product_of("M-1", image);
	struct product other = product_of("M-1", 0);
	struct err err = ERR_INIT;

	assert_int_equal(product_create(test->db, &product, 1, &err), 0);
	assert_int_equal(product_create(test->db, &other, 1, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "sku_taken");

	other.sku = "M-2";
	other.image_file_id = image;
	assert_int_equal(product_create(test->db, &other, 1, &err), -1);
	assert_string_equal(err.code, "image_used");
	other.image_file_id = 12345;
	assert_int_equal(product_create(test->db, &other, 1, &err), -1);
	assert_string_equal(err.code, "image_used");

	other.image_file_id = 0;
	other.uom_id = 999;
	assert_int_equal(product_create(test->db, &other, 1, &err), -1);
	assert_string_equal(err.code, "uom_unknown");
	other.uom_id = 1;
	other.tenant_id = 2;
	assert_int_equal(product_create(test->db, &other, 1, &err), -1);
	assert_string_equal(err.code, "uom_unknown");

	other.tenant_id = 1;
	assert_int_equal(product_create(test->db, &other, 1, &err), 0);
	assert_int_equal(other.id, 2); /* refusals use up no number */
	other.sku = "M-1";
	assert_int_equal(product_update(test->db, &other, 1, &err), -1);
	assert_string_equal(err.code, "sku_taken");
	other.sku = "M-2";
	other.uom_id = 0;
	assert_int_equal(product_update(test->db, &other, 1, &err), -1);
	assert_string_equal(err.code, "uom_unknown");
	other.id = 77;
	other.uom_id = 1;
	assert_int_equal(product_update(test->db, &other, 1, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	modeltest_check(test);
}

static void
test_replace_and_delete(void **state)
{
	struct modeltest *test = *state;
	int64_t first = modeltest_image(test, "products/tenant_1/a.png");
	int64_t second = modeltest_image(test, "products/tenant_1/b.png");
	struct product product = product_of("M-1", first);
	struct err err = ERR_INIT;
	int left = -1;

	assert_int_equal(product_create(test->db, &product, 1, &err), 0);
	product.image_file_id = 0;
	product.name = "Martillo grande";
	assert_int_equal(product_update(test->db, &product, 2, &err), 0);
	product.image_file_id = first;
	assert_int_equal(product_update(test->db, &product, 2, &err), 0);
	assert_int_equal(modeltest_number(test, "SELECT count(*) FROM outbox"),
	    0);

	product.image_file_id = second;
	assert_int_equal(product_update(test->db, &product, 3, &err), 0);
	modeltest_check(test);
	assert_int_equal(test->mem->count, 2);
	assert_int_equal(
	    modeltest_outbox(test, 10, &left, &err), 0);
	assert_int_equal(left, 0);
	assert_int_equal(test->mem->count, 1);
	assert_non_null(store_mem_find(test->mem, "products/tenant_1/b.png"));
	modeltest_check(test);

	assert_int_equal(product_delete(test->db, 1, product.id, &err), 0);
	assert_int_equal(product_delete(test->db, 1, product.id, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(
	    modeltest_outbox(test, 10, &left, &err), 0);
	assert_int_equal(test->mem->count, 0);
	assert_int_equal(modeltest_number(test,
			     "SELECT count(*) FROM files"
			     " WHERE state = 'gone'"),
	    2);
}

static void
test_search(void **state)
{
	static const struct {
		const char *text;
		int64_t total;
	} cases[] = {
		{ "", 6 },	   { "MARTILLO", 2 }, { "100%", 1 },
		{ "%", 1 },	   { "_", 1 },	      { "a_b", 1 },
		{ "\\", 1 },	   { "sku-3", 1 },    { "' OR 1=1 --", 0 },
		{ "ÑANDÚ", 1 }, { "nothing", 0 },
	};
	struct modeltest *test = *state;
	struct product_page page;
	struct err err = ERR_INIT;

	(void)create(test, "Martillo", "sku-1");
	(void)create(test, "martillo 100%", "sku-2");
	(void)create(test, "Clavo", "SKU-3");
	(void)create(test, "a_b", "sku4");
	(void)create(test, "c\\d", "sku5");
	(void)create(test, "Pluma de ñandú", "sku6");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct product_search search = { .tenant_id = 1,
			.text = cases[i].text,
			.page = 1 };

		assert_int_equal(
		    product_list(test->db, test->pool, &search, &page, &err),
		    0);
		assert_int_equal(page.total, cases[i].total);
		assert_int_equal(page.count, cases[i].total);
	}
}

/* Cut between characters: a database of UTF-8 takes no half of one. */
static void
test_long_search(void **state)
{
	struct modeltest *test = *state;
	struct product_page page;
	struct err err = ERR_INIT;

	for (int bytes = 4 * PRODUCT_NAME_MAX - 3;
	     bytes <= 4 * PRODUCT_NAME_MAX; bytes++) {
		const struct product_search search = { .tenant_id = 1,
			.text = pool_format(test->pool, "%0*d\xf0\x9f\x98\x80",
			    bytes, 0),
			.page = 1 };

		assert_int_equal(
		    product_list(test->db, test->pool, &search, &page, &err),
		    0);
		assert_int_equal(page.total, 0);
	}
}

static void
test_pages(void **state)
{
	static const struct {
		int64_t page;
		size_t count;
		const char *first;
	} cases[] = {
		{ 1, PRODUCT_PAGE_ROWS, "s45" }, { 0, PRODUCT_PAGE_ROWS, "s45" },
		{ -9, PRODUCT_PAGE_ROWS, "s45" },
		{ 2, PRODUCT_PAGE_ROWS, "s25" }, { 3, 5, "s5" }, { 4, 0, "" },
		{ INT64_MAX, 0, "" },
	};
	struct modeltest *test = *state;
	struct product_page page;
	struct err err = ERR_INIT;

	for (int i = 1; i <= 45; i++)
		(void)create(test, "Tornillo",
		    pool_format(test->pool, "s%d", i));
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct product_search search = { .tenant_id = 1,
			.text = "",
			.page = cases[i].page };

		assert_int_equal(
		    product_list(test->db, test->pool, &search, &page, &err),
		    0);
		assert_int_equal(page.total, 45);
		assert_int_equal(page.count, cases[i].count);
		if (page.count > 0)
			assert_string_equal(page.products[0].sku,
			    cases[i].first);
	}
}

static void
test_uoms(void **state)
{
	struct modeltest *test = *state;
	const struct uom *uoms;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(
	    uom_list(test->db, test->pool, 1, &uoms, &count, &err), 0);
	assert_true(count > 6);
	assert_int_equal(uoms[0].id, 1);
	assert_string_equal(uoms[0].name, "Unidad");
	assert_int_equal(
	    uom_list(test->db, test->pool, 2, &uoms, &count, &err), 0);
	assert_int_equal(count, 0);
}

static void
test_install_value(void **state)
{
	struct modeltest *test = *state;
	const char *value;
	struct err err = ERR_INIT;

	assert_int_equal(install_value(test->db, test->pool, "key", "one",
			     &value, &err),
	    0);
	assert_string_equal(value, "one");
	assert_int_equal(install_value(test->db, test->pool, "key", "two",
			     &value, &err),
	    0);
	assert_string_equal(value, "one");
}

/* ---- faults: each call to the database fails in turn ---- */

typedef bool (*arm_fn)(int n);

static const arm_fn arms[] = { fault_at, fault_at_lost_commit, fault_from };

static int
change_once(struct modeltest *test, const char *what, int64_t id,
    int64_t image, int n)
{
	struct product product = product_of("M-1", image);
	struct err err = ERR_INIT;

	product.id = id;
	if (strcmp(what, "create") == 0) {
		product.sku = pool_format(test->pool, "F-%d", n);
		return product_create(test->db, &product, 1, &err);
	}
	if (strcmp(what, "update") == 0)
		return product_update(test->db, &product, 2, &err);
	return product_delete(test->db, 1, id, &err);
}

/* Fail at the n-th call; true when there was no such call. */
static bool
fail_at(struct modeltest *test, const char *what, arm_fn arm, int n)
{
	const char *key = pool_format(test->pool, "products/tenant_1/%s-%d.png",
	    what, n);
	int64_t image = modeltest_image(test, key), id = 0;
	struct product product = product_of("M-1", 0);
	struct err err = ERR_INIT;
	bool has_failed;
	int result;

	if (strcmp(what, "create") != 0) {
		product.image_file_id = modeltest_image(test,
		    pool_format(test->pool, "%s.old", key));
		assert_int_equal(product_create(test->db, &product, 1, &err),
		    0);
		id = product.id;
	}
	(void)arm(n);
	result = change_once(test, what, id, image, n);
	has_failed = fault_at(0);
	assert_int_equal(result, has_failed ? -1 : 0);
	modeltest_check(test);
	/* Clear away, so that the next round finds a free SKU. */
	if (product_delete(test->db, 1, id, &err) == -1)
		assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(
	    modeltest_outbox(test, 99, NULL, &err), 0);
	modeltest_check(test);
	return !has_failed;
}

static void
test_faults(void **state)
{
	static const char *const whats[] = { "create", "update", "delete" };
	struct modeltest *test = *state;

	for (size_t w = 0; w < ARRAY_COUNT(whats); w++)
		for (size_t a = 0; a < ARRAY_COUNT(arms); a++) {
			int n = 1;

			test->mem->count = 0;
			assert_int_equal(sql_script(test->db,
					     "DELETE FROM products;"
					     "DELETE FROM files;"
					     "UPDATE tenants SET"
					     " used_bytes = 0,"
					     " used_objects = 0,"
					     " reserved_bytes = 0,"
					     " reserved_objects = 0",
					     &(struct err)ERR_INIT),
			    0);
			while (!fail_at(test, whats[w], arms[a], n) && n < 30)
				n++;
			/* begin, two or more statements, commit, none */
			assert_in_range(n, 5, 16);
		}
}

/* ---- many at once on one file ---- */

enum { THREADS = 20, ROUNDS = 4 };

struct shopkeeper {
	struct sql *db;
	int number, failures, conflicts;
};

static void *
keep_shop(void *arg)
{
	struct shopkeeper *keeper = arg;
	struct pool *pool = pool_new();

	for (int i = 0; i < ROUNDS; i++) {
		struct product mine = product_of(
		    pool_format(pool, "%d-%d", keeper->number, i), 0);
		struct product shared =
		    product_of(pool_format(pool, "shared-%d", i), 0);
		struct err err = ERR_INIT;

		if (product_create(keeper->db, &mine, 1, &err) == -1 ||
		    product_update(keeper->db, &mine, 2, &err) == -1)
			keeper->failures++;
		if (product_create(keeper->db, &shared, 1, &err) == 0)
			continue;
		if (strcmp(err.code, "sku_taken") == 0)
			keeper->conflicts++;
		else
			keeper->failures++;
	}
	pool_free(&pool);
	return NULL;
}

static void
test_threads(void **state)
{
	struct modeltest *test = *state;
	const char *url = pool_format(test->pool, "sqlite:%s/almacen.db",
	    tmpdir_new(test->pool));
	struct shopkeeper keepers[THREADS];
	pthread_t threads[THREADS];
	struct pool *pool = pool_new();
	struct err err = ERR_INIT;
	struct sql *memory = test->db;
	int conflicts = 0;

	assert_int_equal(sql_open(pool, url, 8, &test->db, &err), 0);
	assert_int_equal(sql_migrate(test->db, schema_migrations,
			     SCHEMA_VERSION, &test->log, &err),
	    0);
	for (int i = 0; i < THREADS; i++) {
		keepers[i] = (struct shopkeeper){ .db = test->db, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, keep_shop,
				     &keepers[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(keepers[i].failures, 0);
		conflicts += keepers[i].conflicts;
	}
	assert_int_equal(conflicts, (THREADS - 1) * ROUNDS);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM products"),
	    THREADS * ROUNDS + ROUNDS);
	assert_int_equal(
	    modeltest_number(test, "SELECT max(id) FROM products"),
	    THREADS * ROUNDS + ROUNDS);
	test->db = memory;
	pool_free(&pool);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, modeltest_setup, \
	    modeltest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create_and_load),
		TEST(test_conflicts),
		TEST(test_replace_and_delete),
		TEST(test_search),
		TEST(test_long_search),
		TEST(test_pages),
		TEST(test_uoms),
		TEST(test_install_value),
		TEST(test_faults),
		TEST(test_threads),
	};

	return cmocka_run_group_tests_name("model/product", tests, NULL, NULL);
}
