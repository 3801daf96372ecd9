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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_check, modeltest_setup,
		    modeltest_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
