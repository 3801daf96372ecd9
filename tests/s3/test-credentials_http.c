/* SPDX-License-Identifier: MIT */
#include "credentials_fixture.h"

#include <pthread.h>

#define HOUR "2026-01-01T01:00:00Z"
#define LATER "2026-01-01T06:00:00Z"
#define PAST "2025-12-31T23:59:59Z"

enum { THREADS = 20 };

static void
serve(struct fixture *f, const struct scripted_step *steps, size_t count)
{
	f->server = scripted_start(steps, count);
}

#define SERVE(f, steps) serve(f, steps, ARRAY_COUNT(steps))

static void
stop(struct fixture *f)
{
	fetcher_close_idle(f->config.fetcher);
	scripted_stop(f->server);
	f->server = NULL;
}

/* ---- container ---- */

static void
use_container(struct fixture *f)
{
	f->config.source = "container";
	f->config.container_uri = pool_format(f->pool, "%s/keys?id=1",
	    scripted_url(f->server));
	assert_opens(f);
}

static void
test_container(void **state)
{
	static const struct scripted_step steps[] = {
		{ "GET /keys?id=1 ", SCRIPTED_CUT, OK PAIR_JSON("AK", HOUR),
		    0 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	f->config.container_token = "Bearer T0KEN 1";
	use_container(f);
	assert_loads(f, "AK");
	assert_string_equal(f->pair.secret_key, "S3CRET/AK");
	assert_string_equal(f->pair.session_token, "T0KEN-AK");
	assert_int_equal(f->pair.expires_secs, NOW_SECS + 3600);
	assert_loads(f, "AK");
	assert_int_equal(scripted_count(f->server, "GET /keys"), 1);
	assert_non_null(strstr(scripted_head(f->server, "GET /keys"),
	    "\r\nAuthorization: Bearer T0KEN 1\r\n"));
}

/* The file goes before the variable, and is read each time. */
static void
test_container_token_file(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 1 },
	};
	static const char *const bad[] = { "", "\n", "T0KEN\nX: y",
		"T0KEN\tx", "T0KEN\xc3\xa1" };
	struct fixture *f = *state;

	SERVE(f, steps);
	f->config.container_token = "T0KEN 0";
	f->config.container_token_file = tmpdir_file(f->pool, f->dir, "token",
	    "T0KEN 1\r\n");
	use_container(f);
	assert_loads(f, "A1");
	assert_non_null(strstr(scripted_head(f->server, "GET"),
	    "\r\nAuthorization: T0KEN 1\r\n"));
	(void)tmpdir_file(f->pool, f->dir, "token", "T0KEN 2");
	pass_secs(f, 3500);
	assert_loads(f, "A2");
	assert_non_null(strstr(scripted_head(f->server, "GET"),
	    "\r\nAuthorization: T0KEN 2\r\n"));
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		(void)tmpdir_file(f->pool, f->dir, "token", bad[i]);
		assert_opens(f);
		assert_fails(f, ERR_UNAVAILABLE, "container token");
	}
	f->config.container_token_file = "/nowhere/token";
	assert_opens(f);
	assert_fails(f, ERR_UNAVAILABLE, "container token");
	assert_int_equal(scripted_count(f->server, "GET"), 2);
}

/* Keys in the open: only from where nobody can listen. */
static void
test_container_addresses(void **state)
{
	static const struct {
		const char *uri;
		bool is_good;
	} rows[] = {
		{ "https://keys.example/", true },
		{ "http://127.0.0.1/", true },
		{ "http://127.9.9.9:8080/", true },
		{ "http://localhost:51679/", true },
		{ "http://[::1]/", true },
		{ "http://[0:0:0:0:0:0:0:1]/", true },
		{ "http://169.254.170.2/v2/credentials/1", true },
		{ "http://169.254.170.23/v1/credentials", true },
		{ "http://[fd00:ec2::23]/v1/credentials", true },
		{ "http://keys.example/", false },
		{ "http://169.254.170.3/", false },
		{ "http://10.0.0.1/", false },
		{ "http://127.0.0.1.evil.example/", false },
		{ "http://127.1/", false },
		{ "http://2130706433/", false },
		{ "http://localhost.evil.example/", false },
		{ "http://localhost@evil.example/", false },
		{ "http://169.254.170.2@evil.example/", false },
		{ "http://[::ffff:127.0.0.1]/", false },
		{ "http://[fd00:ec2::24]/", false },
		{ "ftp://localhost/", false },
		{ "/v2/credentials/1", false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.source = "container";
		f->config.container_uri = rows[i].uri;
		if ((open_credentials(f) == 0) != rows[i].is_good)
			fail_msg("%s: %s", rows[i].uri, f->err.text);
	}
}

static const char *
huge_answer(struct pool *pool)
{
	size_t len = 200 * 1024;
	char *filler = pool_alloc(pool, len + 1);

	memset(filler, 'x', len);
	return pool_format(pool, OK "{\"AccessKeyId\":\"%s\"}", filler);
}

#define HALF(key, secret, token, expiration) OK "{\"AccessKeyId\":\"" key \
	"\",\"SecretAccessKey\":\"" secret "\",\"Token\":\"" token \
	"\",\"Expiration\":\"" expiration "\"}"

static void
test_bad_answers(void **state)
{
	const struct {
		enum scripted_way way;
		const char *reply;
		size_t tries;
		enum err_kind kind;
		const char *text;
	} rows[] = {
		{ SCRIPTED_CUT, STATUS("403 Forbidden"), 1, ERR_UPSTREAM,
		    "container credentials answered 403" },
		{ SCRIPTED_CUT, STATUS("404 Not Found"), 1, ERR_UPSTREAM,
		    "answered 404" },
		{ SCRIPTED_CUT, "HTTP/1.1 307 Off\r\nLocation: http://evil/"
		    "\r\nConnection: close\r\n\r\n", 1, ERR_UPSTREAM,
		    "answered 307" },
		{ SCRIPTED_CUT, STATUS("500 Oops"), 2, ERR_UNAVAILABLE,
		    "answered 500" },
		{ SCRIPTED_CUT, STATUS("429 Slow"), 2, ERR_UNAVAILABLE,
		    "answered 429" },
		{ SCRIPTED_RESET, NULL, 2, ERR_UNAVAILABLE, "container" },
		{ SCRIPTED_CUT, "S3CRET T0KEN\r\n", 0, ERR_NONE, "" },
		{ SCRIPTED_CUT, OK, 1, ERR_UPSTREAM, "JSON" },
		{ SCRIPTED_CUT, OK "S3CRET", 1, ERR_UPSTREAM, "JSON" },
		{ SCRIPTED_CUT, OK "{\"SecretAccessKey\":\"S3CRET", 1,
		    ERR_UPSTREAM, "JSON" },
		{ SCRIPTED_CUT, OK "[]", 1, ERR_UPSTREAM, "usable" },
		{ SCRIPTED_CUT, OK "{\"AccessKeyId\":1}", 1, ERR_UPSTREAM,
		    "usable" },
		{ SCRIPTED_CUT, HALF("", "S3CRET", "T0KEN", HOUR), 1,
		    ERR_UPSTREAM, "usable" },
		{ SCRIPTED_CUT, HALF("A", "", "T0KEN", HOUR), 1, ERR_UPSTREAM,
		    "usable" },
		{ SCRIPTED_CUT, HALF("A", "S3CRET", "", HOUR), 1, ERR_UPSTREAM,
		    "usable" },
		{ SCRIPTED_CUT, HALF("A B", "S3CRET", "T0KEN", HOUR), 1,
		    ERR_UPSTREAM, "usable" },
		{ SCRIPTED_CUT, HALF("A", "S3CRET", "T0KEN\\r\\nX: y", HOUR),
		    1, ERR_UPSTREAM, "usable" },
		{ SCRIPTED_CUT, HALF("A", "S3CRET", "T0KEN", ""), 1,
		    ERR_UPSTREAM, "expire" },
		{ SCRIPTED_CUT, HALF("A", "S3CRET", "T0KEN", "soon S3CRET"),
		    1, ERR_UPSTREAM, "expire" },
		{ SCRIPTED_CUT, HALF("A", "S3CRET", "T0KEN", PAST), 1,
		    ERR_UPSTREAM, "have expired" },
		{ SCRIPTED_CUT,
		    HALF("A", "S3CRET", "T0KEN", "2026-01-01T00:00:00Z"), 1,
		    ERR_UPSTREAM, "have expired" },
		{ SCRIPTED_CUT, huge_answer(((struct fixture *)*state)->pool),
		    1, ERR_UPSTREAM, "container" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step step = { "", rows[i].way,
			rows[i].reply, 0 };

		serve(f, &step, 1);
		use_container(f);
		if (rows[i].kind == ERR_NONE)
			assert_int_equal(load(f), -1);
		else
			assert_fails(f, rows[i].kind, rows[i].text);
		assert_discreet(f);
		if (rows[i].tries > 0)
			assert_int_equal(scripted_count(f->server, "GET"),
			    rows[i].tries);
		stop(f);
	}
}

/* A second try after a fault is a success. */
static void
test_second_try(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, STATUS("503 Busy"), 1 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("AK", HOUR), 0 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_container(f);
	assert_loads(f, "AK");
	assert_int_equal(scripted_count(f->server, "GET"), 2);
}

/* ---- web identity ---- */

#define STS(key, expiration) \
	OK "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts/\">" \
	"<AssumeRoleWithWebIdentityResult><Credentials>" \
	"<SessionToken>T0KEN&amp;" key "</SessionToken>" \
	"<SecretAccessKey>S3CRET/" key "</SecretAccessKey>" \
	"<Expiration>" expiration "</Expiration>" \
	"<AccessKeyId>" key "</AccessKeyId></Credentials>" \
	"</AssumeRoleWithWebIdentityResult>" \
	"</AssumeRoleWithWebIdentityResponse>"
#define STS_ERROR(status, code) \
	"HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" \
	"<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code>" \
	"<Message>S3CRET</Message></Error></ErrorResponse>"

static void
use_web_identity(struct fixture *f, const char *token)
{
	f->config.source = "web_identity";
	f->config.sts_endpoint = scripted_url(f->server);
	f->config.role_arn = "arn:aws:iam::1:role/a b";
	f->config.web_identity_token_file = tmpdir_file(f->pool, f->dir,
	    "token", token);
	assert_opens(f);
}

static void
test_web_identity(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST / ", SCRIPTED_CUT, STS("W1", HOUR), 1 },
		{ "POST / ", SCRIPTED_CUT, STS("W2", LATER), 1 },
	};
	struct fixture *f = *state;
	const char *head;

	SERVE(f, steps);
	use_web_identity(f, "T0KEN.1/+=\n");
	assert_loads(f, "W1");
	assert_string_equal(f->pair.secret_key, "S3CRET/W1");
	assert_string_equal(f->pair.session_token, "T0KEN&W1");
	assert_int_equal(f->pair.expires_secs, NOW_SECS + 3600);
	head = scripted_head(f->server, "POST");
	assert_non_null(strstr(head,
	    "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_null(strstr(head, "T0KEN"));
	assert_string_equal(scripted_body(f->server, "POST"),
	    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&"
	    "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b&"
	    "RoleSessionName=almacen&WebIdentityToken=T0KEN.1%2F%2B%3D");
	/* The platform has renewed its token meanwhile. */
	(void)tmpdir_file(f->pool, f->dir, "token", "T0KEN.2");
	pass_secs(f, 3500);
	assert_loads(f, "W2");
	assert_non_null(strstr(scripted_body(f->server, "POST"),
	    "&WebIdentityToken=T0KEN.2"));
}

static void
test_bad_sts(void **state)
{
	static const struct {
		const char *reply;
		enum err_kind kind;
		const char *text;
	} rows[] = {
		{ STS_ERROR("400 Bad", "ExpiredTokenException"), ERR_UPSTREAM,
		    "STS answered 400 ExpiredTokenException" },
		{ STS_ERROR("403 No", "AccessDenied"), ERR_UPSTREAM,
		    "AccessDenied" },
		{ STS_ERROR("400 Bad", "S3CRET.T0KEN.1"), ERR_UPSTREAM,
		    "answered 400" },
		{ STS_ERROR("500 Oops", "InternalFailure"), ERR_UNAVAILABLE,
		    "STS: answered 500" },
		{ STATUS("404 No"), ERR_UPSTREAM, "answered 404" },
		{ OK, ERR_UPSTREAM, "XML" },
		{ OK "{}", ERR_UPSTREAM, "XML" },
		{ OK "<a><!-- S3CRET -->", ERR_UPSTREAM, "XML" },
		{ OK "<!DOCTYPE a [<!ENTITY b \"S3CRET\">]><a>&b;</a>",
		    ERR_UPSTREAM, "XML" },
		{ OK "<a/>", ERR_UPSTREAM, "usable" },
		{ STS("A B", HOUR), ERR_UPSTREAM, "usable" },
		{ STS("A", "never"), ERR_UPSTREAM, "expire" },
		{ STS("A", PAST), ERR_UPSTREAM, "have expired" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step step = { "", SCRIPTED_CUT,
			rows[i].reply, 0 };

		serve(f, &step, 1);
		use_web_identity(f, "T0KEN");
		assert_fails(f, rows[i].kind, rows[i].text);
		stop(f);
	}
}

static void
test_bad_web_token(void **state)
{
	static const struct scripted_step none = { "nothing", SCRIPTED_CUT,
		OK, 0 };
	struct fixture *f = *state;
	size_t len = 17 * 1024;
	char *long_token = pool_alloc(f->pool, len + 1);

	memset(long_token, 'x', len);
	serve(f, &none, 1);
	use_web_identity(f, "\n");
	assert_fails(f, ERR_UNAVAILABLE, "web identity token");
	use_web_identity(f, long_token);
	assert_fails(f, ERR_UNAVAILABLE, "web identity token");
	f->config.web_identity_token_file = "/nowhere/token";
	assert_opens(f);
	assert_fails(f, ERR_UNAVAILABLE, "web identity token");
	assert_int_equal(scripted_count(f->server, ""), 0);
}

/* ---- instance ---- */

#define ROLES "/latest/meta-data/iam/security-credentials/"

static void
use_instance(struct fixture *f)
{
	f->config.source = "instance";
	f->config.is_metadata_disabled = false;
	f->config.metadata_endpoint = pool_format(f->pool, "%s/",
	    scripted_url(f->server));
	assert_opens(f);
}

static void
test_instance(void **state)
{
	static const struct scripted_step steps[] = {
		{ "PUT /latest/api/token ", SCRIPTED_CUT, OK "T0KEN==", 0 },
		{ "GET " ROLES " ", SCRIPTED_CUT, OK "my-role\nother", 0 },
		{ "GET " ROLES "my-role ", SCRIPTED_CUT,
		    OK PAIR_JSON("IK", HOUR), 0 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_instance(f);
	assert_loads(f, "IK");
	assert_int_equal(f->pair.expires_secs, NOW_SECS + 3600);
	assert_non_null(strstr(scripted_head(f->server, "PUT"),
	    "\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n"));
	assert_int_equal(scripted_count(f->server,
	    "\r\nX-aws-ec2-metadata-token: T0KEN==\r\n"), 2);
	assert_int_equal(scripted_count(f->server, ""), 3);
}

/* Without the token of version 2 nothing is asked. */
static void
test_bad_instance(void **state)
{
	static const struct {
		struct scripted_step steps[3];
		size_t requests;
		const char *text;
	} rows[] = {
		{ { { "PUT", SCRIPTED_CUT, STATUS("403 No"), 0 },
		      { "GET", SCRIPTED_CUT, OK "role", 0 } },
		    1, "metadata service answered 403" },
		{ { { "PUT", SCRIPTED_CUT, STATUS("405 No"), 0 } }, 1, "405" },
		{ { { "PUT", SCRIPTED_RESET, NULL, 0 } }, 2, "metadata" },
		{ { { "PUT", SCRIPTED_CUT, OK, 0 } }, 1, "nonsense" },
		{ { { "PUT", SCRIPTED_CUT, OK "T0KEN with space", 0 } }, 1,
		    "nonsense" },
		{ { { "PUT", SCRIPTED_CUT, OK "T0KEN", 0 },
		      { "GET", SCRIPTED_CUT, STATUS("404 No"), 0 } },
		    2, "role of the instance" },
		{ { { "PUT", SCRIPTED_CUT, OK "T0KEN", 0 },
		      { "GET", SCRIPTED_CUT, OK "\n", 0 } },
		    2, "role of the instance" },
		{ { { "PUT", SCRIPTED_CUT, OK "T0KEN", 0 },
		      { "GET", SCRIPTED_CUT, OK "../user-data?x", 0 } },
		    2, "no name of a role" },
		{ { { "PUT", SCRIPTED_CUT, OK "T0KEN", 0 },
		      { "GET " ROLES " ", SCRIPTED_CUT, OK "r", 0 },
		      { "GET " ROLES "r ", SCRIPTED_CUT,
			  OK "{\"Code\":\"Failed\"}", 0 } },
		    3, "usable" },
		{ { { "PUT", SCRIPTED_CUT, OK "T0KEN", 0 },
		      { "GET " ROLES " ", SCRIPTED_CUT, OK "r", 0 },
		      { "GET " ROLES "r ", SCRIPTED_CUT,
			  OK PAIR_JSON("A", PAST), 0 } },
		    3, "have expired" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		SERVE(f, rows[i].steps);
		use_instance(f);
		assert_int_equal(load(f), -1);
		if (strstr(f->err.text, rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, f->err.text);
		assert_discreet(f);
		assert_int_equal(scripted_count(f->server, ""),
		    rows[i].requests);
		stop(f);
	}
}

/* ---- time ---- */

static void
test_renewal(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 0 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_container(f);
	assert_loads(f, "A1");
	/* Five to six minutes before its end. */
	pass_secs(f, 3600 - 361);
	assert_loads(f, "A1");
	pass_secs(f, 61);
	assert_loads(f, "A2");
	assert_int_equal(f->pair.expires_secs, NOW_SECS + 6 * 3600);
	assert_int_equal(scripted_count(f->server, "GET"), 2);
}

static size_t
count_log(struct fixture *f, const char *text)
{
	size_t count = 0;

	for (const char *at = log_text(f); (at = strstr(at, text)) != NULL;
	    at++)
		count++;
	return count;
}

/* The old pair goes on to its end; the failure is logged once a minute. */
static void
test_failing_renewal(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ "", SCRIPTED_CUT, STATUS("403 No"), 7 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 0 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_container(f);
	assert_loads(f, "A1");
	pass_secs(f, 3300);
	assert_loads(f, "A1"); /* 403 */
	assert_loads(f, "A1"); /* not asked again at once */
	assert_int_equal(scripted_count(f->server, "GET"), 2);
	assert_int_equal(count_log(f, "could not be renewed"), 1);
	for (int i = 0; i < 4; i++) {
		pass_secs(f, 15);
		assert_loads(f, "A1"); /* 403 */
	}
	assert_int_equal(scripted_count(f->server, "GET"), 6);
	assert_int_equal(count_log(f, "could not be renewed"), 2);
	pass_secs(f, 240);
	assert_fails(f, ERR_UPSTREAM, "S3 credentials (container)");
	assert_int_equal(scripted_count(f->server, "GET"), 7);
	assert_fails(f, ERR_UPSTREAM, "answered 403");
	assert_int_equal(scripted_count(f->server, "GET"), 7);
	pass_secs(f, 2);
	assert_fails(f, ERR_UPSTREAM, "answered 403");
	pass_secs(f, 2);
	assert_loads(f, "A2");
}

static void
test_refused(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 1 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 1 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_container(f);
	assert_loads(f, "A1");
	/* A young pair is not asked for again. */
	assert_false(s3_credentials_reject(f->credentials, "A1"));
	assert_int_equal(scripted_count(f->server, "GET"), 1);
	pass_secs(f, 31);
	assert_true(s3_credentials_reject(f->credentials, "A1"));
	assert_true(s3_credentials_reject(f->credentials, "A1"));
	assert_loads(f, "A2");
	assert_int_equal(scripted_count(f->server, "GET"), 2);
	pass_secs(f, 31);
	assert_false(s3_credentials_reject(f->credentials, "A2"));
	assert_int_equal(scripted_count(f->server, "GET"), 3);
}

/* How old a pair is cannot be told: it counts as old enough. */
static void
test_refused_after_clock_was_set_back(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 1 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_container(f);
	assert_loads(f, "A1");
	pass_secs(f, -24 * 3600);
	assert_true(s3_credentials_reject(f->credentials, "A1"));
	assert_loads(f, "A2");
}

/* ---- threads ---- */

struct crew {
	struct fixture *f;
	pthread_barrier_t begin;
	const char *access_key; /* that is expected, or refused */
};

static void *
load_in_thread(void *arg)
{
	struct crew *crew = arg;
	struct pool *pool = pool_new_secret();
	struct sign_credentials pair;
	struct err err = ERR_INIT;
	bool is_right;

	(void)pthread_barrier_wait(&crew->begin);
	is_right = s3_credentials_load(crew->f->credentials, pool, &pair,
		       &err) == 0 &&
	    strcmp(pair.access_key, crew->access_key) == 0;
	pool_free(&pool);
	return is_right ? crew : NULL;
}

static void *
reject_in_thread(void *arg)
{
	struct crew *crew = arg;

	(void)pthread_barrier_wait(&crew->begin);
	return s3_credentials_reject(crew->f->credentials, crew->access_key) ?
	    crew : NULL;
}

static void
run_crew(struct fixture *f, void *(*run)(void *), const char *access_key)
{
	struct crew crew = { .f = f, .access_key = access_key };
	pthread_t threads[THREADS];

	assert_int_equal(pthread_barrier_init(&crew.begin, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    run, &crew), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	(void)pthread_barrier_destroy(&crew.begin);
}

/* One of twenty asks, the others wait for it or use the old pair. */
static void
test_threads(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ "", SCRIPTED_SILENT, NULL, 2 },
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A2", LATER), 1 },
	};
	struct fixture *f = *state;
	int64_t begun_ms;

	SERVE(f, steps);
	use_container(f);
	run_crew(f, load_in_thread, "A1");
	assert_int_equal(scripted_count(f->server, "GET"), 1);
	/* Slow: two tries of two seconds, and never an old pair that ends. */
	pass_secs(f, 3310);
	begun_ms = clock_monotonic_ms();
	run_crew(f, load_in_thread, "A1");
	assert_true(clock_monotonic_ms() - begun_ms < 8000);
	assert_int_equal(scripted_count(f->server, "GET"), 3);
	/* Nearly at its end: all wait for the new one. */
	pass_secs(f, 250);
	run_crew(f, load_in_thread, "A2");
	assert_int_equal(scripted_count(f->server, "GET"), 4);
}

/* One of twenty asks; all of them are told that there is another pair. */
static void
test_refused_in_threads(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, OK PAIR_JSON("A1", HOUR), 1 },
		{ .match = "", .way = SCRIPTED_CUT, .times = 1,
		    .reply = OK PAIR_JSON("A2", LATER), .delay_ms = 300 },
	};
	struct fixture *f = *state;

	SERVE(f, steps);
	use_container(f);
	assert_loads(f, "A1");
	pass_secs(f, 31);
	run_crew(f, reject_in_thread, "A1");
	assert_int_equal(scripted_count(f->server, "GET"), 2);
	assert_loads(f, "A2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_container),
		FIXTURE_TEST(test_container_token_file),
		FIXTURE_TEST(test_container_addresses),
		FIXTURE_TEST(test_bad_answers),
		FIXTURE_TEST(test_second_try),
		FIXTURE_TEST(test_web_identity),
		FIXTURE_TEST(test_bad_sts),
		FIXTURE_TEST(test_bad_web_token),
		FIXTURE_TEST(test_instance),
		FIXTURE_TEST(test_bad_instance),
		FIXTURE_TEST(test_renewal),
		FIXTURE_TEST(test_failing_renewal),
		FIXTURE_TEST(test_refused),
		FIXTURE_TEST(test_refused_after_clock_was_set_back),
		FIXTURE_TEST(test_refused_in_threads),
		FIXTURE_TEST(test_threads),
	};

	return cmocka_run_group_tests_name("s3/credentials_http", tests, NULL,
	    NULL);
}
