/*
 * What the tests of the model stand on: a database that can fail, a store in
 * memory, a clock that stands still, a log that can be read.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_MODELTEST_H
#define MODEL_MODELTEST_H

#include "lib/sql_fault.h"
#include "lib/store_mem.h"
#include "model/product.h"
#include "model/upload.h"

#define MODELTEST_NOW_SECS INT64_C(1795358280) /* 2026-11-22T14:38:00Z */

struct modeltest {
	struct pool *pool;
	struct sql *db;
	struct store_mem *mem;
	struct store *store;
	struct clock clock;
	struct log log;
	int log_fd; /* of an unnamed file */
};

/* For cmocka_unit_test_setup_teardown(); *state is the struct modeltest. */
int modeltest_setup(void **state);
int modeltest_teardown(void **state);

/* The first number of the first row. */
int64_t modeltest_number(struct modeltest *test, const char *text);
/* All that was logged since the last call. */
const char *modeltest_log(struct modeltest *test);
/* outbox_run() with the parts of the test. */
int modeltest_outbox(struct modeltest *test, int limit, int *left_r,
    struct err *err) ATTR_MUST_USE;
/* A pending file whose object is in the store. */
int64_t modeltest_image(struct modeltest *test, const char *key);
/*
 * The counters of all tenants are what their files say and within the quota,
 * and each file is charged what it is.
 */
void modeltest_check_quota(struct modeltest *test);
/*
 * Nothing is lost and nothing is left: every object has a row that wants it
 * or is in the outbox, and every product's image is live and in the store.
 * The quota is right.
 */
void modeltest_check(struct modeltest *test);

#endif
