/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "model/backend.h"
#include "model/settings.h"
#include "store/presign.h"

enum { ENVIRON_MAX = 10 };

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	const char *dir, *log_path;
	struct backend backend;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	f->pool = pool_new();
	f->dir = tmpdir_new(f->pool);
	f->log_path = tmpdir_file(f->pool, f->dir, "log", "");
	fd = open(f->log_path, O_WRONLY | O_APPEND);
	file_close_with(f->pool, fd);
	log_init(&f->log, fd, LOG_INFO);
	f->backend.clock = &f->clock;
	f->backend.log = &f->log;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

static void
load(struct fixture *f, const char *const *settings)
{
	const char *env[ENVIRON_MAX] = { pool_format(f->pool,
	    "DATA_DIR=%s", f->dir) };
	struct conf *conf;
	struct err err = ERR_INIT;

	for (size_t i = 0; settings[i] != NULL; i++)
		env[i + 1] = settings[i];
	if (settings_load(f->pool, NULL, env, &conf, &err) == -1)
		fail_msg("%s", err.text);
	f->backend.conf = conf;
}

static void
test_choice_of_store(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *driver; /* NULL: refused */
		const char *text;   /* in the refusal */
	} cases[] = {
		{ { "ENVIRONMENT=development" }, "file", "" },
		{ { "STORE=file" }, "file", "" },
		{ { "STORE=file", "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b" },
		    "file", "" },
		{ { "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b" }, "s3", "" },
		{ { "ENVIRONMENT=development", "AWS_ACCESS_KEY_ID=a",
		      "AWS_SECRET_ACCESS_KEY=b" },
		    "s3", "" },
		{ { "STORE=s3", "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b",
		      "S3_ENDPOINT=http://127.0.0.1:9000" },
		    "s3", "" },
		{ { "S3_BUCKET=b" }, NULL, "S3_ENDPOINT" },
		{ { "STORE=s3", "AWS_EC2_METADATA_DISABLED=true" }, NULL,
		    "S3_ACCESS_KEY" },
		{ { "ENVIRONMENT=development",
		      "S3_ENDPOINT=http://127.0.0.1:9000" },
		    NULL, "S3_ACCESS_KEY" },
		/* Another source of keys, named by us. */
		{ { "S3_CREDENTIALS=instance",
		      "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1" },
		    "s3", "" },
		{ { "ENVIRONMENT=development", "S3_CREDENTIALS=web_identity",
		      "AWS_ROLE_ARN=r", "AWS_WEB_IDENTITY_TOKEN_FILE=/t" },
		    "s3", "" },
		{ { "S3_CREDENTIALS=web_identity" }, NULL,
		    "S3_WEB_IDENTITY_TOKEN_FILE" },
		{ { "S3_PROFILE=eu", "S3_CREDENTIALS_FILE=/f" }, "s3", "" },
		{ { "S3_CREDENTIALS_FILE=/f" }, "s3", "" },
		{ { "S3_PROFILE=eu" }, NULL, "S3_CREDENTIALS_FILE" },
		{ { "STORE=s3", "AWS_PROFILE=eu",
		      "AWS_SHARED_CREDENTIALS_FILE=/f" },
		    "s3", "" },
		{ { "STORE=s3",
		      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/c" },
		    "s3", "" },
		/* What other programs left behind moves nothing to S3. */
		{ { "ENVIRONMENT=development", "AWS_PROFILE=eu",
		      "AWS_SHARED_CREDENTIALS_FILE=/f", "AWS_ROLE_ARN=r",
		      "AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_REGION=eu-west-1",
		      "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost/" },
		    "file", "" },
		{ { "AWS_PROFILE=eu", "AWS_SHARED_CREDENTIALS_FILE=/f" }, NULL,
		    "S3_CREDENTIALS" },
		{ { "STORE=file", "S3_CREDENTIALS=instance" }, "file", "" },
		/* The machine's role is for its own provider, or by name. */
		{ { "STORE=s3", "S3_ENDPOINT=https://s3.example.com" }, NULL,
		    "S3_ACCESS_KEY" },
		{ { "STORE=s3",
		      "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1" },
		    "s3", "" },
		{ { "S3_ENDPOINT=https://s3.example.com",
		      "S3_CREDENTIALS=instance",
		      "AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1" },
		    "s3", "" },
		{ { "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b",
		      "S3_PRESIGN_ENDPOINT=files.example.com" },
		    NULL, "S3_PRESIGN_ENDPOINT" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct err err = ERR_INIT;
		int result;

		load(f, cases[i].environ);
		result = backend_open_store(&f->backend, f->pool, &err);
		if (cases[i].driver != NULL) {
			assert_int_equal(result, 0);
			assert_string_equal(store_driver(f->backend.store),
			    cases[i].driver);
		} else {
			assert_int_equal(result, -1);
			assert_non_null(strstr(err.text, cases[i].text));
		}
	}
}

static void
test_file_store(void **state)
{
	static const char *const env[] = { "STORE=file", NULL };
	struct fixture *f = *state;
	struct slice log;
	struct err err = ERR_INIT;
	const char *at;

	load(f, env);
	assert_int_equal(backend_open_store(&f->backend, f->pool, &err), 0);
	assert_int_equal(backend_prepare_store(&f->backend, &err), 0);
	assert_int_equal(backend_prepare_store(&f->backend, &err), 0);
	assert_int_equal(access(pool_format(f->pool, "%s/objects/uploads",
				    f->dir),
			     X_OK),
	    0);
	assert_int_equal(
	    file_read(f->pool, f->log_path, 10000, &log, &err), 0);
	at = strstr(log.data, "msg=\"[STORAGE] Bucket 'uploads' created\"\n");
	assert_non_null(at);
	at = strstr(at, "msg=\"[STORAGE] Bucket 'uploads' exists\"\n");
	assert_non_null(at);
}

static const char *
presign(struct fixture *f, const char *const *settings)
{
	const struct store_access access = { .method = "GET",
		.key = "a",
		.content_length = -1,
		.expires_secs = 60,
		.origin = "http://shop.test" };
	struct store_presigned presigned;
	struct err err = ERR_INIT;

	load(f, settings);
	f->backend.db = NULL;
	f->backend.secret = NULL;
	assert_int_equal(backend_open_store(&f->backend, f->pool, &err), 0);
	if (store_presign(f->backend.store, f->pool, &access, &presigned,
		&err) == -1)
		fail_msg("%s", err.text);
	return presigned.url;
}

/* Both programs make the same URLs, of SECRET_KEY or the database's secret. */
static void
test_secret_of_file_store(void **state)
{
	static const char *const kept[] = { "STORE=file", NULL };
	static const char *const set[] = { "STORE=file",
		"SECRET_KEY=0123456789abcdef0123456789abcdef", NULL };
	struct fixture *f = *state;
	const char *first, *url;

	f->clock.fixed_ms = 1795356000000;
	url = presign(f, set);
	assert_string_equal(url, presign(f, set));
	assert_null(f->backend.db);
	first = presign(f, kept);
	assert_string_not_equal(first, url);
	assert_string_equal(first, presign(f, kept));
}

static void
test_database(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const missing[] = { "DATABASE_URL=sqlite:/nowhere/x",
		NULL };
	struct fixture *f = *state;
	struct err err = ERR_INIT;

	load(f, none);
	assert_int_equal(backend_open_db(&f->backend, f->pool, &err), 0);
	assert_int_equal(
	    access(pool_format(f->pool, "%s/almacen.db", f->dir), R_OK), 0);
	assert_int_equal(backend_open_db(&f->backend, f->pool, &err), 0);
	load(f, missing);
	assert_int_equal(backend_open_db(&f->backend, f->pool, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_choice_of_store),
		TEST(test_file_store),
		TEST(test_secret_of_file_store),
		TEST(test_database),
	};

	return cmocka_run_group_tests_name("model/backend", tests, NULL, NULL);
}
