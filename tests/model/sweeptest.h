/*
 * What the tests of the sweeper stand on: a real file store, and things that
 * are left behind, made by hand.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_SWEEPTEST_H
#define MODEL_SWEEPTEST_H

#include "model/sweep.h"
#include "modeltest.h"

enum {
	SWEEPTEST_DAY_SECS = 86400,
	SWEEPTEST_GRACE_SECS = 86400,
	SWEEPTEST_IDLE_SECS = 600 /* of sessions */
};

struct sweeptest {
	struct modeltest *test;
	struct direct direct;
	struct file_rules rules[FILE_KIND_COUNT];
	struct pool *pool;
	const char *root;
	struct sweep_report report;
};

int sweeptest_setup(void **state);
int sweeptest_teardown(void **state);

void sweeptest_sql(struct sweeptest *f, const char *text);
int sweeptest_put(struct store *store, const char *key, struct err *err)
    ATTR_MUST_USE;
void sweeptest_put_object(struct sweeptest *f, const char *key);
/* A record of five bytes in some state, with or without its object. */
void sweeptest_file(struct sweeptest *f, const char *key, const char *state,
    bool has_object);
bool sweeptest_has_object(struct sweeptest *f, const char *key);
int64_t sweeptest_count_files(struct sweeptest *f, const char *state);

int sweeptest_try(struct sweeptest *f, bool is_dry_run, bool want_force,
    struct err *err);
/* One that must succeed; its report is in f. */
void sweeptest_run(struct sweeptest *f, bool is_dry_run, bool want_force);
void sweeptest_check(struct sweeptest *f, enum sweep_kind kind, int64_t found,
    int64_t mended);

#endif
