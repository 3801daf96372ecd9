/*
 * What the tests of credentials begin with: a clock that stands still, a log
 * in a file, a server on loopback, and a configuration whose every address is
 * that server's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_CREDENTIALS_FIXTURE_H
#define S3_CREDENTIALS_FIXTURE_H

#include "lib/check.h"
#include "lib/scripted.h"
#include "lib/tmpdir.h"

#include <fcntl.h>

#include "base/file.h"
#include "s3/credentials.h"

/* 2026-01-01T00:00:00Z */
#define NOW_SECS INT64_C(1767225600)

/* With SCRIPTED_CUT: the body ends with the connection. */
#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define STATUS(status) \
	"HTTP/1.1 " status "\r\nConnection: close\r\n\r\nS3CRET answer"
#define PAIR_JSON(key, expiration) \
	"{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"" key \
	"\",\"SecretAccessKey\":\"S3CRET/" key "\",\"Token\":\"T0KEN-" key \
	"\",\"Expiration\":\"" expiration "\"}"

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	const char *dir, *log_path;
	struct scripted *server;
	struct s3_credentials_config config;
	struct s3_credentials *credentials;
	struct sign_credentials pair;
	struct err err;
};

static inline int
fixture_new(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	f->pool = pool_new();
	f->clock.fixed_ms = NOW_SECS * 1000;
	f->dir = tmpdir_new(f->pool);
	f->log_path = tmpdir_file(f->pool, f->dir, "log", "");
	fd = open(f->log_path, O_WRONLY | O_APPEND | O_CLOEXEC);
	file_close_with(f->pool, fd);
	log_init(&f->log, fd, LOG_DEBUG);
	f->config = (struct s3_credentials_config){
		.is_metadata_disabled = true,
		.fetcher = fetcher_new(f->pool),
		.clock = &f->clock,
		.log = &f->log
	};
	*state = f;
	return 0;
}

static inline const char *
log_text(struct fixture *f)
{
	struct slice text;
	struct err err = ERR_INIT;

	assert_int_equal(file_read(f->pool, f->log_path, 65536, &text, &err),
	    0);
	return text.data;
}

/* Whatever happened, nobody has written down what is nobody's business. */
static inline void
assert_discreet(struct fixture *f)
{
	static const char *const words[] = { "S3CRET", "T0KEN" };

	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		assert_null(strstr(f->err.text, words[i]));
		assert_null(strstr(log_text(f), words[i]));
	}
}

static inline int
fixture_free(void **state)
{
	struct fixture *f = *state;

	assert_discreet(f);
	pool_free(&f->pool);
	if (f->server != NULL)
		scripted_stop(f->server);
	free(f);
	return 0;
}

#define FIXTURE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_new, fixture_free)

static inline int
open_credentials(struct fixture *f)
{
	err_clear(&f->err);
	return s3_credentials_new(f->pool, &f->config, &f->credentials,
	    &f->err);
}

static inline void
assert_opens(struct fixture *f)
{
	if (open_credentials(f) == -1)
		fail_msg("%s", f->err.text);
}

static inline int
load(struct fixture *f)
{
	err_clear(&f->err);
	return s3_credentials_load(f->credentials, f->pool, &f->pair, &f->err);
}

static inline void
assert_loads(struct fixture *f, const char *access_key)
{
	if (load(f) == -1)
		fail_msg("%s", f->err.text);
	assert_string_equal(f->pair.access_key, access_key);
}

static inline void
assert_fails(struct fixture *f, enum err_kind kind, const char *text)
{
	assert_int_equal(load(f), -1);
	assert_int_equal(f->err.kind, kind);
	if (strstr(f->err.text, text) == NULL)
		fail_msg("%s: no \"%s\"", f->err.text, text);
	assert_discreet(f);
}

static inline void
pass_secs(struct fixture *f, int64_t secs)
{
	f->clock.fixed_ms += secs * 1000;
}

#endif
