/*
 * Run one command of almacenctl and keep what it prints.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_CAPTURE_H
#define CTL_CAPTURE_H

#include "lib/check.h"

#include "ctl/command.h"

enum { CAPTURE_ARGS_MAX = 40, CAPTURE_OUTPUT_MAX = 64 * 1024 };

struct captured {
	int status;
	const char *output;
};

/* The arguments behind the command's name end at max or before, with NULL. */
static inline struct captured
capture(struct pool *pool, const char *const *env, command_fn command,
    const char *const *args, size_t max)
{
	/* 2013-05-24, as in the examples of signatures */
	const struct clock clock = { .fixed_ms = INT64_C(1369353600000) };
	struct ctl ctl = { .pool = pool, .clock = &clock, .environ = env };
	char *output = pool_alloc(pool, CAPTURE_OUTPUT_MAX);
	char *argv[CAPTURE_ARGS_MAX + 2] = { pool_strdup(pool, "command") };
	struct captured captured = { .output = output };
	int argc = 1;

	assert_true(max <= CAPTURE_ARGS_MAX);
	for (size_t i = 0; i < max && args[i] != NULL; i++)
		argv[argc++] = pool_strdup(pool, args[i]);
	log_init(&ctl.log, 2, LOG_ERROR);
	ctl.out = fmemopen(output, CAPTURE_OUTPUT_MAX, "w");
	assert_non_null(ctl.out);
	captured.status = command(&ctl, argc, argv);
	assert_int_equal(fclose(ctl.out), 0);
	return captured;
}

#endif
