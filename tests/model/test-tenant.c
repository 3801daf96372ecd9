/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "model/tenant.h"
#include "modeltest.h"

static void
test_check(void **state)
{
	struct modeltest *test = *state;
	struct err err = ERR_INIT;

	assert_int_equal(tenant_check(test->db, 1, &err), 0);
	assert_int_equal(tenant_check(test->db, 77, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "77"));
}

static struct tenant
tenant_of(const char *name, const char *host)
{
	return (struct tenant){ .name = name,
		.host = host,
		.created_secs = 10,
		.quota_bytes = 2000,
		.quota_objects = 3 };
}

/* The next free number, the usual units, and nothing used. */
static void
test_insert(void **state)
{
	struct modeltest *test = *state;
	struct tenant tenant = tenant_of("Dos", "Dos.Example:8080"), loaded;
	struct err err = ERR_INIT;

	for (int64_t id = 2; id < 4; id++) {
		if (tenant_insert(test->db, &tenant, &err) == -1)
			fail_msg("%s", err.text);
		assert_int_equal(tenant.id, id);
		tenant.host = "";
	}
	assert_int_equal(tenant_load(test->db, test->pool, 2, &loaded, &err),
	    1);
	assert_string_equal(loaded.name, "Dos");
	assert_string_equal(loaded.host, "dos.example");
	assert_int_equal(loaded.created_secs, 10);
	assert_int_equal(loaded.quota_bytes, 2000);
	assert_int_equal(loaded.quota_objects, 3);
	assert_int_equal(loaded.used_bytes + loaded.used_objects +
		loaded.reserved_bytes + loaded.reserved_objects,
	    0);
	assert_false(loaded.is_disabled);
	assert_int_equal(tenant_load(test->db, test->pool, 4, &loaded, &err),
	    0);
	/* Each has the same units under numbers of its own. */
	assert_int_equal(modeltest_number(test, "SELECT count(*) FROM uoms"),
	    36);
	assert_int_equal(modeltest_number(test,
			     "SELECT count(*) FROM uoms a JOIN uoms b"
			     " ON b.name = a.name AND b.tenant_id = 3"
			     " AND b.id = a.id + 24 WHERE a.tenant_id = 1"),
	    12);
}

static void
test_host_taken(void **state)
{
	struct modeltest *test = *state;
	struct tenant tenant = tenant_of("Dos", "dos.example");
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(test->db, &tenant, &err), 0);
	tenant.host = "DOS.example";
	assert_int_equal(tenant_insert(test->db, &tenant, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "host_taken");
	/* Nothing of it stays. */
	assert_int_equal(modeltest_number(test,
			     "SELECT value FROM counters"
			     " WHERE name = 'tenants'"),
	    2);
	assert_int_equal(modeltest_number(test, "SELECT count(*) FROM uoms"),
	    24);
	tenant = tenant_of("Uno", "dos.example");
	tenant.id = 1;
	assert_int_equal(tenant_update(test->db, &tenant, &err), -1);
	assert_string_equal(err.code, "host_taken");
}

static void
test_find_host(void **state)
{
	static const struct {
		const char *host;
		int64_t id; /* 0: nobody's */
	} cases[] = {
		{ "dos.example", 2 },
		{ "dos.example:443", 2 },
		{ "DOS.Example.:80", 2 },
		{ "[::1]:8080", 3 },
		{ "[::1]", 3 },
		{ "", 0 },
		{ ":80", 0 },
		{ ".", 0 },
		{ "[", 0 },
		{ "os.example", 0 },
		{ "a.dos.example", 0 },
		{ "dos.example/", 0 },
	};
	struct modeltest *test = *state;
	struct tenant tenant = tenant_of("Dos", "dos.example");
	char long_host[TENANT_HOST_MAX + 2];
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(test->db, &tenant, &err), 0);
	tenant = tenant_of("Tres", "[::1]");
	assert_int_equal(tenant_insert(test->db, &tenant, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(tenant_find_host(test->db, test->pool,
				     cases[i].host, &tenant, &err),
		    cases[i].id != 0);
		if (cases[i].id != 0)
			assert_int_equal(tenant.id, cases[i].id);
	}
	memset(long_host, 'a', sizeof(long_host) - 1);
	long_host[sizeof(long_host) - 1] = '\0';
	assert_int_equal(tenant_find_host(test->db, test->pool, long_host,
			     &tenant, &err),
	    0);
}

/* What it has used is not for others to change. */
static void
test_update_and_list(void **state)
{
	struct modeltest *test = *state;
	struct tenant tenant = tenant_of("Uno", "uno.example"), *all;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(sql_exec(test->db,
			     "UPDATE tenants SET used_bytes = 7", NULL, 0,
			     NULL, &err),
	    0);
	tenant.id = 1;
	tenant.is_disabled = true;
	tenant.used_bytes = 99;
	assert_int_equal(tenant_update(test->db, &tenant, &err), 0);
	tenant = tenant_of("Dos", "");
	assert_int_equal(tenant_insert(test->db, &tenant, &err), 0);
	assert_int_equal(
	    tenant_list(test->db, test->pool, &all, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(all[0].name, "Uno");
	assert_string_equal(all[0].host, "uno.example");
	assert_true(all[0].is_disabled);
	assert_int_equal(all[0].quota_bytes, 2000);
	assert_int_equal(all[0].used_bytes, 7);
	assert_int_equal(all[1].id, 2);
	tenant.id = 3;
	assert_int_equal(tenant_update(test->db, &tenant, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_key_segment(void **state)
{
	struct modeltest *test = *state;

	assert_string_equal(tenant_key_segment(test->pool, 1), "");
	assert_string_equal(tenant_key_segment(test->pool, 7), "tenant_7/");
}

#define TEST(name)                                            \
	cmocka_unit_test_setup_teardown(name, modeltest_setup, \
	    modeltest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check),
		TEST(test_insert),
		TEST(test_host_taken),
		TEST(test_find_host),
		TEST(test_update_and_list),
		TEST(test_key_segment),
	};

	return cmocka_run_group_tests_name("model/tenant", tests, NULL, NULL);
}
