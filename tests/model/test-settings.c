/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/tmpdir.h"

#include <unistd.h>

#include "model/settings.h"

enum { ENVIRON_MAX = 8 };

struct fixture {
	struct pool *pool;
	struct conf *conf;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
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

static int
load(struct fixture *f, const char *file, const char *const *env)
{
	err_clear(&f->err);
	return settings_load(f->pool, file, env, &f->conf, &f->err);
}

static void
test_defaults(void **state)
{
	static const struct {
		enum setting id;
		const char *text;
	} texts[] = {
		{ SET_ENVIRONMENT, "production" }, { SET_AUTH, "login" },
		{ SET_DEFAULT_LANGUAGE, "es" }, { SET_STORE, "auto" },
		{ SET_DATA_DIR, "/var/lib/almacen" },
		{ SET_S3_BUCKET, "uploads" }, { SET_S3_REGION, "" },
		{ SET_S3_PUBLIC_PREFIXES, "products/" },
		{ SET_S3_ADDRESSING, "auto" }, { SET_S3_CHECKSUM, "auto" },
		{ SET_S3_PROVIDER, "auto" }, { SET_S3_CREDENTIALS, "auto" },
		{ SET_S3_CONDITIONAL_WRITE, "auto" },
		{ SET_S3_FORM_POST, "auto" }, { SET_S3_PRESIGN_ENDPOINT, "" },
		{ SET_S3_ROLE_SESSION_NAME, "almacen" },
		{ SET_S3_CA_FILE, "" }, { SET_BASE_URL, "" },
		{ SET_S3_ENDPOINT, "" }, { SET_TEMP_DIR, "/tmp" },
		{ SET_ALLOWED_IMAGE_TYPES,
		    "image/jpeg image/png image/webp image/gif" },
		{ SET_ALLOWED_EXTENSIONS, "jpg jpeg png gif webp" },
		{ SET_LISTEN, "" },
	};
	static const struct {
		enum setting id;
		int64_t number;
	} numbers[] = {
		{ SET_DEFAULT_TENANT, 1 },
		{ SET_S3_APPLY_POLICY, 0 }, { SET_S3_PART_SIZE, 16 * MIB },
		{ SET_S3_PART_CONCURRENCY, 4 }, { SET_S3_CONNECT_TIMEOUT, 5 },
		{ SET_S3_STALL_TIMEOUT, 30 }, { SET_S3_FIRST_BYTE_TIMEOUT, 60 },
		{ SET_METADATA_DISABLED, 0 },
		{ SET_PRESIGNED_URL_EXPIRY, 3600 },
		{ SET_MAX_UPLOAD_SIZE, 2097152 },
		{ SET_MAX_BODY_SIZE, 134217728 },
		{ SET_MAX_IMAGE_PIXELS, 50000000 },
		{ SET_MAX_IMAGE_FRAMES, 500 }, { SET_UPLOAD_MEMORY, 32 * MIB },
		{ SET_PENDING_EXPIRY, 86400 }, { SET_WORKERS, 2 },
		{ SET_THREADS, 64 }, { SET_IO_TIMEOUT, 60 },
		{ SET_MIN_RATE, 500 },
	};
	static const char *const none[] = { NULL };
	struct fixture *f = *state;

	assert_int_equal(load(f, NULL, none), 0);
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		assert_string_equal(conf_text(f->conf, texts[i].id),
		    texts[i].text);
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
		assert_int_equal(conf_number(f->conf, numbers[i].id),
		    numbers[i].number);
	assert_string_equal(settings_database_url(f->pool, f->conf),
	    "sqlite:/var/lib/almacen/almacen.db");
	assert_int_equal(settings_log_level(f->conf), LOG_INFO);
}

/* Every row is complete, and every name means one setting. */
static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct conf_setting *row = &settings_table[i];

		assert_non_null(row->names[0]);
		assert_non_null(row->fallback);
		assert_true(strlen(row->help) > 5);
		assert_true(row->type != CONF_CHOICE || row->choices != NULL);
		for (size_t n = 0; n < CONF_NAMES_MAX; n++)
			for (size_t j = 0; row->names[n] != NULL && j < i; j++)
				for (size_t m = 0; m < CONF_NAMES_MAX; m++)
					assert_false(
					    settings_table[j].names[m] !=
						NULL &&
					    strcmp(row->names[n],
						settings_table[j].names[m]) ==
						0);
	}
}

static void
test_aliases(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		enum setting id;
		const char *text;
	} cases[] = {
		{ { "S3_BUCKET_NAME=b", "R2_BUCKET_NAME=c" }, SET_S3_BUCKET,
		    "b" },
		{ { "R2_BUCKET_NAME=c" }, SET_S3_BUCKET, "c" },
		{ { "S3_BUCKET=", "S3_BUCKET_NAME=b" }, SET_S3_BUCKET, "b" },
		{ { "S3_BUCKET=a", "S3_BUCKET_NAME=b" }, SET_S3_BUCKET, "a" },
		{ { "R2_ENDPOINT_URL=https://r2" }, SET_S3_ENDPOINT,
		    "https://r2" },
		{ { "AWS_REGION=eu-west-1" }, SET_S3_REGION, "eu-west-1" },
		{ { "AWS_ACCESS_KEY_ID=w", "AWS_SECRET_ACCESS_KEY=s",
		      "R2_ACCESS_KEY_ID=r" },
		    SET_S3_ACCESS_KEY, "r" },
		{ { "AWS_ACCESS_KEY_ID=w", "AWS_SECRET_ACCESS_KEY=s" },
		    SET_S3_SECRET_KEY, "s" },
		{ { "R2_ACCESS_KEY_ID=w", "R2_SECRET_ACCESS_KEY=s" },
		    SET_S3_SECRET_KEY, "s" },
		{ { "TMPDIR=/var/tmp" }, SET_TEMP_DIR, "/var/tmp" },
		{ { "AWS_PROFILE=w" }, SET_S3_PROFILE, "w" },
		{ { "AWS_PROFILE=w", "S3_PROFILE=s" }, SET_S3_PROFILE, "s" },
		{ { "AWS_ENDPOINT_URL_STS=https://sts" }, SET_S3_STS_ENDPOINT,
		    "https://sts" },
		{ { "AWS_ROLE_ARN=r" }, SET_S3_ROLE_ARN, "r" },
		/* Names of files, which are read later and by others. */
		{ { "S3_CREDENTIALS_FILE=/nowhere/f" }, SET_S3_CREDENTIALS_FILE,
		    "/nowhere/f" },
		{ { "S3_CREDENTIALS_FILE=/nowhere/f" }, SET_S3_CREDENTIALS,
		    "auto" },
		{ { "AWS_SHARED_CREDENTIALS_FILE=/nowhere/f" },
		    SET_S3_CREDENTIALS_FILE, "/nowhere/f" },
		{ { "AWS_WEB_IDENTITY_TOKEN_FILE=/nowhere/t" },
		    SET_S3_WEB_IDENTITY_TOKEN_FILE, "/nowhere/t" },
		{ { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/nowhere/t" },
		    SET_CONTAINER_TOKEN, "" },
		{ { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/nowhere/t" },
		    SET_CONTAINER_TOKEN_FILE, "/nowhere/t" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		if (load(f, NULL, cases[i].environ) == -1)
			fail_msg("row %zu: %s", i, f->err.text);
		assert_string_equal(conf_text(f->conf, cases[i].id),
		    cases[i].text);
	}
}

static void
test_public_url(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *url;
	} cases[] = {
		{ { NULL }, "" },
		{ { "R2_PUBLIC_DOMAIN=img.example.com" },
		    "https://img.example.com" },
		{ { "R2_PUBLIC_DOMAIN=https://img.example.com" },
		    "https://img.example.com" },
		{ { "S3_PUBLIC_URL=http://a:9000/x", "R2_PUBLIC_DOMAIN=b" },
		    "http://a:9000/x" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(load(f, NULL, cases[i].environ), 0);
		assert_string_equal(settings_public_url(f->pool, f->conf),
		    cases[i].url);
	}
}

static void
test_cors_origins(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		int result;
	} cases[] = {
		{ { "CORS_ORIGINS=*" }, 0 },
		{ { "CORS_ORIGINS=https://a.example, http://b:8080" }, 0 },
		{ { "CORS_ORIGINS=a.example" }, -1 },
		{ { "CORS_ORIGINS=https://a.example b.example" }, -1 },
		{ { "CORS_ORIGINS=https://a.example/" }, -1 },
		{ { "CORS_ORIGINS=https://a.example/shop" }, -1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(load(f, NULL, cases[i].environ),
		    cases[i].result);
		if (cases[i].result == -1)
			assert_non_null(strstr(f->err.text, "CORS_ORIGINS: "));
	}
}

static void
test_base_url(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *url; /* NULL: refused */
	} cases[] = {
		{ { NULL }, "" },
		{ { "BASE_URL=https://shop.example.com" },
		    "https://shop.example.com" },
		{ { "BASE_URL=https://shop.example.com/tienda//" },
		    "https://shop.example.com/tienda" },
		{ { "BASE_URL=http://[::1]:8080" }, "http://[::1]:8080" },
		{ { "BASE_URL=shop.example.com" }, NULL },
		{ { "BASE_URL=javascript:alert(1)" }, NULL },
		{ { "BASE_URL=https://a@shop.example.com" }, NULL },
		{ { "BASE_URL=https://shop.example.com/?a" }, NULL },
		{ { "BASE_URL=https://shop.example.com/#a" }, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int result = load(f, NULL, cases[i].environ);

		assert_int_equal(result, cases[i].url == NULL ? -1 : 0);
		if (result == -1)
			assert_non_null(strstr(f->err.text, "BASE_URL"));
		else
			assert_string_equal(
			    settings_base_url(f->pool, f->conf), cases[i].url);
	}
}

static void
test_container_uri(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *uri;
	} cases[] = {
		{ { NULL }, "" },
		{ { "AWS_CONTAINER_CREDENTIALS_FULL_URI=https://h/k" },
		    "https://h/k" },
		{ { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/c?id=1" },
		    "http://169.254.170.2/v2/c?id=1" },
		{ { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/c",
		      "AWS_CONTAINER_CREDENTIALS_FULL_URI=https://h/k" },
		    "http://169.254.170.2/v2/c" },
		/* No other host comes of it. */
		{ { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=.evil.example/" },
		    "http://169.254.170.2/.evil.example/" },
		{ { "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=@evil.example/" },
		    "http://169.254.170.2/@evil.example/" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(load(f, NULL, cases[i].environ), 0);
		assert_string_equal(settings_container_uri(f->pool, f->conf),
		    cases[i].uri);
	}
}

static void
test_own_names(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *file; /* its text, or NULL */
		bool is_own;
	} cases[] = {
		{ { NULL }, NULL, false },
		{ { "S3_PROFILE=a" }, NULL, true },
		{ { "AWS_PROFILE=a" }, NULL, false },
		{ { "S3_PROFILE=a", "AWS_PROFILE=b" }, NULL, true },
		{ { NULL }, "S3_PROFILE=a\n", true },
		{ { NULL }, "AWS_PROFILE=a\n", false },
		{ { "AWS_PROFILE=b" }, "S3_PROFILE=a\n", true },
	};
	struct fixture *f = *state;
	const char *dir = tmpdir_new(f->pool);

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *file = cases[i].file == NULL ? NULL :
		    tmpdir_file(f->pool, dir, "AWS_ settings", cases[i].file);

		if (load(f, file, cases[i].environ) == -1)
			fail_msg("row %zu: %s", i, f->err.text);
		assert_int_equal(settings_is_own(f->conf, SET_S3_PROFILE),
		    cases[i].is_own);
	}
}

/* A token of the surroundings does not go with a key of ours. */
static void
test_session_token(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *token;
	} cases[] = {
		{ { "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
		      "AWS_SESSION_TOKEN=t" },
		    "t" },
		{ { "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b",
		      "AWS_SESSION_TOKEN=t" },
		    "" },
		{ { "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b",
		      "S3_SESSION_TOKEN=t" },
		    "t" },
		{ { "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b" }, "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(load(f, NULL, cases[i].environ), 0);
		assert_string_equal(settings_session_token(f->conf),
		    cases[i].token);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *environ[ENVIRON_MAX];
		const char *text; /* in the message */
	} cases[] = {
		{ { "AUTH=open" }, "ENVIRONMENT=development" },
		{ { "S3_PUBLIC_URL=javascript://x/%0aalert(1)" },
		    "S3_PUBLIC_URL" },
		{ { "AUTH=open", "ENVIRONMENT=production" },
		    "ENVIRONMENT=development" },
		{ { "S3_ACCESS_KEY=a" }, "S3_SECRET_KEY" },
		{ { "S3_SECRET_KEY=hidden" }, "S3_ACCESS_KEY" },
		{ { "S3_ACCESS_KEY=a", "S3_SECRET_KEY=b",
		      "S3_ACCESS_KEY_2=c" },
		    "S3_SECRET_KEY_2" },
		{ { "S3_ACCESS_KEY_2=c", "S3_SECRET_KEY_2=hidden" },
		    "S3_ACCESS_KEY is not" },
		{ { "S3_PROVIDER=gcs" }, "S3_PROVIDER" },
		{ { "S3_CREDENTIALS=vault" }, "S3_CREDENTIALS" },
		{ { "MAX_UPLOAD_SIZE=200m" }, "MAX_BODY_SIZE" },
		{ { "S3_PART_SIZE=4m" }, "S3_PART_SIZE" },
		{ { "S3_PART_SIZE=6g" }, "S3_PART_SIZE" },
		{ { "ENVIRONMENT=staging" }, "ENVIRONMENT" },
		{ { "WORKERS=-1" }, "WORKERS" },
		{ { "S3_CONDITIONAL_WRITE=maybe" }, "auto true false" },
		{ { "PRESIGNED_URL_EXPIRY=604801" }, "PRESIGNED_URL_EXPIRY" },
	};
	static const char *const open[] = { "AUTH=open",
		"ENVIRONMENT=development", NULL };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		assert_int_equal(load(f, NULL, cases[i].environ), -1);
		assert_int_equal(f->err.kind, ERR_INVALID);
		assert_non_null(strstr(f->err.text, cases[i].text));
		assert_null(strstr(f->err.text, "hidden"));
	}
	assert_int_equal(load(f, NULL, open), 0);
}

static void
test_lists(void **state)
{
	static const char *const env[] = {
		"ALLOWED_IMAGE_TYPES=image/jpeg,image/png",
		"S3_PUBLIC_PREFIXES=none", NULL
	};
	static const char *const two[] = {
		"S3_PUBLIC_PREFIXES=products/,general/", NULL
	};
	struct fixture *f = *state;

	assert_int_equal(load(f, NULL, env), 0);
	assert_string_equal(
	    settings_list(f->pool, f->conf, SET_ALLOWED_IMAGE_TYPES),
	    "image/jpeg image/png");
	assert_string_equal(settings_public_prefixes(f->pool, f->conf), "");
	assert_int_equal(load(f, NULL, two), 0);
	assert_string_equal(settings_public_prefixes(f->pool, f->conf),
	    "products/ general/");
}

static void
test_env_files(void **state)
{
	static const char *const production[] = { NULL };
	static const char *const development[] = { "ENVIRONMENT=development",
		NULL };
	struct fixture *f = *state;
	const char *dir = tmpdir_new(f->pool), *named;
	char *before = getcwd(NULL, 0);

	named = tmpdir_file(f->pool, dir, "named", "S3_BUCKET='named'\n");
	(void)tmpdir_file(f->pool, dir, ".env", "S3_BUCKET=local\n");
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(load(f, named, production), 0);
	assert_string_equal(conf_text(f->conf, SET_S3_BUCKET), "named");
	if (access("/etc/almacen/almacen.env", F_OK) == -1) {
		assert_int_equal(load(f, NULL, production), 0);
		assert_string_equal(conf_text(f->conf, SET_S3_BUCKET),
		    "uploads");
		assert_int_equal(load(f, NULL, development), 0);
		assert_string_equal(conf_text(f->conf, SET_S3_BUCKET),
		    "local");
	}
	assert_int_equal(load(f, "missing", production), -1);
	assert_int_equal(load(f, NULL,
	    (const char *const[]){ "ALMACEN_ENV_FILE=named", NULL }), 0);
	assert_string_equal(conf_text(f->conf, SET_S3_BUCKET), "named");
	assert_int_equal(load(f, ".env",
	    (const char *const[]){ "ALMACEN_ENV_FILE=named", NULL }), 0);
	assert_string_equal(conf_text(f->conf, SET_S3_BUCKET), "local");
	assert_int_equal(chdir(before), 0);
	free(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_table),
		TEST(test_aliases),
		TEST(test_public_url),
		TEST(test_cors_origins),
		TEST(test_base_url),
		TEST(test_container_uri),
		TEST(test_own_names),
		TEST(test_session_token),
		TEST(test_refusals),
		TEST(test_lists),
		TEST(test_env_files),
	};

	return cmocka_run_group_tests_name("model/settings", tests, NULL,
	    NULL);
}
