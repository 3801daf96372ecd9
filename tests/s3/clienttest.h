/*
 * A client before a scripted server, with a clock that stands still and a log
 * that can be read: what the tests of calls begin with.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CLIENTTEST_H
#define CLIENTTEST_H

#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/scripted.h"
#include "s3/call.h"

/* 2026-02-28T23:59:59Z */
#define CLIENTTEST_NOW INT64_C(1772323199)

#define ANSWER(line, headers) \
	"HTTP/1.1 " line "\r\n" headers "Content-Length: 0\r\n\r\n"
#define ERROR_XML(line, headers, code, more)                                \
	"HTTP/1.1 " line "\r\nConnection: close\r\n" headers "\r\n<Error>" \
	"<Code>" code "</Code>" more "</Error>"

struct clienttest {
	struct pool *pool;
	struct clock clock;
	FILE *log_file;
	struct log log;
	struct scripted *server;
	struct s3_config config;
	struct s3_client *client;
	struct err err;
};

static inline int
clienttest_setup(void **state)
{
	struct clienttest *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->clock.fixed_ms = CLIENTTEST_NOW * 1000;
	f->log_file = tmpfile();
	log_init(&f->log, fileno(f->log_file), LOG_INFO);
	f->config = (struct s3_config){
		.place = { .endpoint = "http://127.0.0.1:9",
		    .region = "us-east-1",
		    .bucket = "uploads",
		    .addressing = "path" },
		.credentials = { .source = "static",
		    .access_key = "AK",
		    .secret_key = "SK",
		    .session_token = "" },
		.connect_secs = 2,
		.stall_secs = 2,
		.retry = { .attempts_max = 3, .base_ms = 5, .cap_ms = 10 },
		.breaker = { .failures_max = 1000,
		    .cool_down_ms = 100,
		    .cool_down_max_ms = 1000 },
		.clock = &f->clock,
		.log = &f->log
	};
	*state = f;
	return 0;
}

static inline int
clienttest_teardown(void **state)
{
	struct clienttest *f = *state;

	pool_free(&f->pool);
	if (f->server != NULL)
		scripted_stop(f->server);
	(void)fclose(f->log_file);
	free(f);
	return 0;
}

/* A client as of f->config. */
static inline void
clienttest_open(struct clienttest *f)
{
	assert_int_equal(s3_client_new(f->pool, &f->config, &f->client,
	    &f->err), 0);
}

static inline void
clienttest_begin(struct clienttest *f, const struct scripted_step *steps,
    size_t count)
{
	f->server = scripted_start(steps, count);
	f->config.place.endpoint = scripted_url(f->server);
	clienttest_open(f);
}

#define BEGIN(f, steps) clienttest_begin(f, steps, ARRAY_COUNT(steps))

/* One call by this method for the key "k". */
static inline int
clienttest_call(struct clienttest *f, const char *method)
{
	const struct s3_call call = { .method = method,
		.key = "k",
		.query = "" };

	err_clear(&f->err);
	return s3_call_plain(f->client, &call, &f->err);
}

/* How many lines of the log have this in them. */
static inline size_t
clienttest_logged(struct clienttest *f, const char *part)
{
	char line[LOG_LINE_MAX + 1];
	FILE *log = fdopen(dup(fileno(f->log_file)), "r");
	size_t count = 0;

	rewind(log);
	while (fgets(line, sizeof(line), log) != NULL)
		count += strstr(line, part) != NULL;
	(void)fclose(log);
	return count;
}

#define CLIENT_TEST(fn)                                        \
	cmocka_unit_test_setup_teardown(fn, clienttest_setup, \
	    clienttest_teardown)

#endif
