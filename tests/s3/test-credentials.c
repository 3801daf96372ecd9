/* SPDX-License-Identifier: MIT */
#include "credentials_fixture.h"

#include <unistd.h>

#include "s3/credentials_private.h"

/* ---- the chain ---- */

static void
test_sources(void **state)
{
	static const struct {
		struct s3_credentials_config config;
		const char *source; /* NULL: refused */
		const char *text;   /* in the refusal */
	} rows[] = {
		{ { .access_key = "A", .secret_key = "S" }, "static", "" },
		{ { .source = "", .access_key = "A", .secret_key = "S" },
		    "static", "" },
		{ { .source = "static", .access_key = "A", .secret_key = "S" },
		    "static", "" },
		/* The first of all that are configured. */
		{ { .source = "auto", .access_key = "A", .secret_key = "S",
		      .profile = "p", .credentials_file = "f",
		      .container_uri = "http://evil.example/" },
		    "static", "" },
		{ { .credentials_file = "f", .role_arn = "r",
		      .web_identity_token_file = "t" },
		    "profile default", "" },
		{ { .profile = "eu", .credentials_file = "f" }, "profile eu",
		    "" },
		{ { .role_arn = "r", .web_identity_token_file = "t",
		      .container_uri = "http://127.0.0.1:1/" },
		    "web_identity", "" },
		{ { .sts_endpoint = "http://sts:1",
		      .web_identity_token_file = "t" },
		    "web_identity", "" },
		{ { .container_uri = "http://127.0.0.1:1/" }, "container", "" },
		{ { .metadata_endpoint = "http://127.0.0.1:1" }, "instance",
		    "" },
		{ { .source = "instance", .access_key = "A", .secret_key = "S",
		      .metadata_endpoint = "http://127.0.0.1:1" },
		    "instance", "" },
		{ { .source = "instance" }, "instance", "" },
		/* None, or one by half. */
		{ { .is_metadata_disabled = true }, NULL, "S3_ACCESS_KEY" },
		{ { .access_key = "A" }, NULL, "go together" },
		{ { .secret_key = "S3CRET" }, NULL, "go together" },
		{ { .access_key = "A", .secret_key = "S",
		      .access_key_2 = "B" },
		    NULL, "go together" },
		{ { .access_key_2 = "B", .secret_key_2 = "S" }, NULL,
		    "without a first" },
		{ { .profile = "eu" }, NULL, "S3_CREDENTIALS_FILE" },
		{ { .web_identity_token_file = "t" }, NULL, "S3_ROLE_ARN" },
		{ { .web_identity_token_file = "t", .sts_endpoint = "sts" },
		    NULL, "S3_STS_ENDPOINT" },
		{ { .container_uri = "http://evil.example/" }, NULL,
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
		{ { .source = "static" }, NULL, "S3_ACCESS_KEY" },
		{ { .source = "profile" }, NULL, "S3_CREDENTIALS_FILE" },
		{ { .source = "web_identity", .role_arn = "r" }, NULL,
		    "S3_WEB_IDENTITY_TOKEN_FILE" },
		{ { .source = "container" }, NULL, "FULL_URI" },
		{ { .source = "instance", .is_metadata_disabled = true }, NULL,
		    "AWS_EC2_METADATA_DISABLED" },
		{ { .source = "vault" }, NULL, "vault" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config = rows[i].config;
		f->config.clock = &f->clock;
		f->config.log = &f->log;
		if (rows[i].source == NULL) {
			assert_int_equal(open_credentials(f), -1);
			assert_int_equal(f->err.kind, ERR_INVALID);
			if (strstr(f->err.text, rows[i].text) == NULL)
				fail_msg("row %zu: %s", i, f->err.text);
			assert_discreet(f);
			continue;
		}
		assert_opens(f);
		assert_string_equal(s3_credentials_source(f->credentials),
		    rows[i].source);
	}
}

static void
test_sts_url(void **state)
{
	static const struct {
		const char *endpoint, *region, *url;
	} rows[] = {
		{ "http://sts.lan:9000", "eu-west-1", "http://sts.lan:9000" },
		{ "", "eu-west-1", "https://sts.eu-west-1.amazonaws.com" },
		{ NULL, "cn-north-1",
		    "https://sts.cn-north-1.amazonaws.com.cn" },
		{ "", "auto", "https://sts.us-east-1.amazonaws.com" },
		{ "", "", "https://sts.us-east-1.amazonaws.com" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.sts_endpoint = rows[i].endpoint;
		f->config.region = rows[i].region;
		assert_string_equal(credentials_sts_url(&f->config, f->pool),
		    rows[i].url);
	}
}

/* ---- static pairs ---- */

static void
test_rotation(void **state)
{
	struct fixture *f = *state;

	f->config.access_key = "OLD";
	f->config.secret_key = "S1";
	f->config.session_token = "T1";
	f->config.access_key_2 = "NEW";
	f->config.secret_key_2 = "S2";
	assert_opens(f);
	assert_loads(f, "OLD");
	assert_string_equal(f->pair.secret_key, "S1");
	assert_string_equal(f->pair.session_token, "T1");
	assert_int_equal(f->pair.expires_secs, 0);
	/* A refusal of what nobody uses changes nothing. */
	assert_true(s3_credentials_reject(f->credentials, "NEW"));
	assert_loads(f, "OLD");
	assert_true(s3_credentials_reject(f->credentials, "OLD"));
	assert_loads(f, "NEW");
	assert_string_equal(f->pair.secret_key, "S2");
	assert_string_equal(f->pair.session_token, "");
	/* Another thread's refusal of the first one comes late. */
	assert_true(s3_credentials_reject(f->credentials, "OLD"));
	assert_loads(f, "NEW");
	assert_true(s3_credentials_reject(f->credentials, "NEW"));
	assert_loads(f, "OLD");
}

static void
test_single_pair(void **state)
{
	struct fixture *f = *state;

	f->config.access_key = "ONE";
	f->config.secret_key = "S1";
	assert_opens(f);
	assert_false(s3_credentials_reject(f->credentials, "ONE"));
	assert_loads(f, "ONE");
}

/* The caller's texts may go away. */
static void
test_copies(void **state)
{
	struct fixture *f = *state;
	char key[] = "KEY", secret[] = "S1";

	f->config.access_key = key;
	f->config.secret_key = secret;
	assert_opens(f);
	memset(key, 'x', sizeof(key) - 1);
	memset(secret, 'x', sizeof(secret) - 1);
	assert_loads(f, "KEY");
	assert_string_equal(f->pair.secret_key, "S1");
}

/* ---- files ---- */

static void
write_file(struct fixture *f, const char *text)
{
	f->config.credentials_file = tmpdir_file(f->pool, f->dir, "keys",
	    text);
}

static void
test_profiles(void **state)
{
	static const char text[] =
	    "# keys\n"
	    "aws_access_key_id = NOBODY\n"
	    "\n"
	    "[default]\r\n"
	    "aws_access_key_id=DEF\r\n"
	    "aws_secret_access_key=s/+=\r\n"
	    "[ eu ]\n"
	    "; a comment\n"
	    "aws_access_key_id   =   EU  \n"
	    "  aws_secret_access_key\t= s = 1\n"
	    "[eu2]\n"
	    "AWS_ACCESS_KEY_ID = EU2\n"
	    "aws_secret_access_key = s2\n"
	    "aws_session_token = t2\n"
	    "[profile  conf]\n"
	    "region = eu-west-1\n"
	    "s3 =\n"
	    "  max_concurrent_requests = 20\n"
	    "  aws_access_key_id = NESTED\n"
	    "aws_access_key_id = CONF\n"
	    "aws_secret_access_key = s3\n"
	    "[twice]\n"
	    "aws_access_key_id = T1\n"
	    "[other]\n"
	    "[twice]\n"
	    "aws_secret_access_key = s4\n"
	    "[last]\n"
	    "aws_secret_access_key = s5\n"
	    "aws_access_key_id = LAST";
	static const struct {
		const char *profile, *access_key, *secret_key, *token;
	} rows[] = {
		{ "", "DEF", "s/+=", "" },
		{ "default", "DEF", "s/+=", "" },
		{ "eu2", "EU2", "s2", "t2" },
		{ "conf", "CONF", "s3", "" },
		{ "twice", "T1", "s4", "" },
		{ "last", "LAST", "s5", "" },
	};
	struct fixture *f = *state;

	write_file(f, text);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.profile = rows[i].profile;
		assert_opens(f);
		assert_loads(f, rows[i].access_key);
		assert_string_equal(f->pair.secret_key, rows[i].secret_key);
		assert_string_equal(f->pair.session_token, rows[i].token);
		assert_int_equal(f->pair.expires_secs, 0);
	}
}

static void
test_bad_profiles(void **state)
{
	static const struct {
		const char *text; /* NULL: no file */
		const char *profile, *error;
	} rows[] = {
		{ NULL, "", "credentials file" },
		{ "", "", "no profile \"default\"" },
		{ "[a]\naws_access_key_id = A\n", "b", "no profile \"b\"" },
		{ "[a]\naws_secret_access_key = S3CRET\n", "a",
		    "aws_access_key_id" },
		{ "[a]\naws_access_key_id = A\nsource_profile = b\n", "a",
		    "aws_secret_access_key" },
		{ "[a]\naws_access_key_id = A\n"
		  "aws_secret_access_key = S3CRET S3CRET\n",
		    "a", "aws_secret_access_key" },
		{ "[a]\naws_access_key_id = A\naws_secret_access_key = s\n"
		  "aws_session_token = T0KEN\rT0KEN\n",
		    "a", "aws_session_token" },
		{ "[a]\naws_access_key_id = \xc3\xa1\n", "a",
		    "aws_access_key_id" },
		{ "[a\naws_access_key_id\n=\n[]\n", "a", "aws_access_key_id" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (rows[i].text == NULL)
			f->config.credentials_file = pool_format(f->pool,
			    "%s/none", f->dir);
		else
			write_file(f, rows[i].text);
		f->config.profile = rows[i].profile;
		assert_opens(f);
		assert_fails(f, ERR_UNAVAILABLE, rows[i].error);
	}
}

static void
test_huge_file(void **state)
{
	struct fixture *f = *state;
	size_t len = 300 * 1024;
	char *text = pool_alloc(f->pool, len + 1);

	memset(text, '[', len);
	write_file(f, text);
	assert_opens(f);
	assert_fails(f, ERR_UNAVAILABLE, "credentials file");
}

#define KEYS(key) "[default]\naws_access_key_id=" key \
	"\naws_secret_access_key=S3CRET\n"

static void
test_changed_file(void **state)
{
	struct fixture *f = *state;

	write_file(f, KEYS("ONE"));
	assert_opens(f);
	assert_loads(f, "ONE");
	write_file(f, KEYS("OTHER"));
	assert_loads(f, "OTHER");
	/* Half written: the old pair goes on, and it is said once a minute. */
	write_file(f, "[default]\naws_access_key_id=THIRD\n");
	assert_loads(f, "OTHER");
	assert_loads(f, "OTHER");
	assert_non_null(strstr(log_text(f), "aws_secret_access_key"));
	write_file(f, KEYS("THIRD"));
	assert_loads(f, "THIRD");
	assert_int_equal(unlink(f->config.credentials_file), 0);
	assert_loads(f, "THIRD");
	write_file(f, KEYS("FOURTH"));
	assert_loads(f, "FOURTH");
	/* A refusal of what the file still says leads nowhere. */
	pass_secs(f, 3600);
	assert_false(s3_credentials_reject(f->credentials, "FOURTH"));
	write_file(f, KEYS("FIFTH"));
	assert_loads(f, "FIFTH");
	assert_true(s3_credentials_reject(f->credentials, "FOURTH"));
}

/* A missing profile is not looked for over and over, but soon. */
static void
test_absent_then_there(void **state)
{
	struct fixture *f = *state;

	write_file(f, "");
	assert_opens(f);
	assert_false(s3_credentials_reject(f->credentials, "X"));
	assert_fails(f, ERR_UNAVAILABLE, "no profile");
	assert_fails(f, ERR_UNAVAILABLE, "no profile");
	write_file(f, KEYS("HERE"));
	assert_loads(f, "HERE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_sources),
		FIXTURE_TEST(test_sts_url),
		FIXTURE_TEST(test_rotation),
		FIXTURE_TEST(test_single_pair),
		FIXTURE_TEST(test_copies),
		FIXTURE_TEST(test_profiles),
		FIXTURE_TEST(test_bad_profiles),
		FIXTURE_TEST(test_huge_file),
		FIXTURE_TEST(test_changed_file),
		FIXTURE_TEST(test_absent_then_there),
	};

	return cmocka_run_group_tests_name("s3/credentials", tests, NULL,
	    NULL);
}
