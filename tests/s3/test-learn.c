/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include "codec/date.h"
#include "s3/attempt.h"
#include "s3/learn.h"
#include "s3/reply.h"

/* ---- without a server ---- */

struct answer {
	const char *method;
	int status;
	const char *region; /* x-amz-bucket-region, or NULL */
	const char *date;   /* or NULL */
	const char *body;
};

static void
add_header(struct fetch_reply *reply, const char *name, const char *value)
{
	if (value == NULL)
		return;
	reply->headers[reply->header_count++] = (struct fetch_header){
		.name = slice_str(name),
		.value = slice_str(value)
	};
}

/* What a call of its own learns from this answer to each of `times`. */
static bool
learn_times(struct clienttest *f, const struct answer *answer, int times)
{
	const struct s3_call call = { .method = answer->method,
		.key = "k",
		.query = "" };
	struct fetch_reply reply = { .status = answer->status,
		.was_sent = true,
		.body = slice_str(answer->body) };
	struct fetch_request request;
	struct s3_attempts attempts;
	bool result = false;

	add_header(&reply, "X-Amz-Bucket-Region", answer->region);
	add_header(&reply, "Date", answer->date);
	add_header(&reply, "Location", "http://127.0.0.2/elsewhere");
	s3_attempts_begin(&attempts, f->client, f->pool, &call);
	for (int i = 0; i < times; i++) {
		assert_int_equal(s3_attempt_sign(&attempts, &request,
		    &f->err), 0);
		assert_int_equal(s3_reply_check(&reply, &f->err), -1);
		result = s3_learn(&attempts, &reply, &f->err);
	}
	return result;
}

static bool
learn(struct clienttest *f, const struct answer *answer)
{
	return learn_times(f, answer, 1);
}

#define XML(code, more) "<Error><Code>" code "</Code>" more "</Error>"

static void
test_region(void **state)
{
	static const struct {
		struct answer answer;
		const char *expected; /* NULL: nothing is learnt */
	} rows[] = {
		{ { "GET", 301, "eu-west-1", NULL, "" }, "eu-west-1" },
		{ { "HEAD", 301, "eu-west-1", NULL, "" }, "eu-west-1" },
		{ { "PUT", 307, "eu-west-1", NULL,
		      XML("TemporaryRedirect", "") }, "eu-west-1" },
		{ { "GET", 301, NULL, NULL, XML("PermanentRedirect",
		      "<Region>eu-west-1</Region>") }, "eu-west-1" },
		{ { "GET", 400, NULL, NULL, XML("AuthorizationHeaderMalformed",
		      "<Region>ap-south-1</Region>") }, "ap-south-1" },
		/* The header goes first. */
		{ { "GET", 400, "eu-north-1", NULL,
		      XML("AuthorizationHeaderMalformed",
			  "<Region>ap-south-1</Region>") }, "eu-north-1" },
		{ { "HEAD", 400, "eu-west-1", NULL, "" }, "eu-west-1" },
		/* It says nothing, or nothing new. */
		{ { "GET", 301, NULL, NULL, "" }, NULL },
		{ { "GET", 301, "us-east-1", NULL, "" }, NULL },
		{ { "GET", 400, "eu-west-1", NULL, XML("InvalidArgument", "") },
		    NULL },
		{ { "GET", 403, "eu-west-1", NULL, XML("AccessDenied", "") },
		    NULL },
		{ { "GET", 404, "eu-west-1", NULL, XML("NoSuchKey", "") },
		    NULL },
		{ { "GET", 503, "eu-west-1", NULL, "" }, NULL },
		/* What it says could lead somewhere else. */
		{ { "GET", 301, "evil.example/", NULL, "" }, NULL },
		{ { "GET", 301, "x.evil", NULL, "" }, NULL },
		{ { "GET", 301, "x@evil", NULL, "" }, NULL },
		{ { "GET", 301, "EU-WEST-1", NULL, "" }, NULL },
		{ { "GET", 301, "", NULL, "" }, NULL },
		{ { "GET", 301, "a-region-whose-name-is-too-long-to", NULL,
		      "" }, NULL },
		{ { "GET", 301, NULL, NULL, XML("PermanentRedirect",
		      "<Region>a b</Region>") }, NULL },
	};
	struct clienttest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct s3_target *target;

		clienttest_open(f);
		assert_int_equal(learn(f, &rows[i].answer),
		    rows[i].expected != NULL);
		target = s3_client_target(f->client);
		assert_string_equal(target->region, rows[i].expected != NULL ?
			rows[i].expected : "us-east-1");
		/* The host was configured. */
		assert_string_equal(target->place.host, "127.0.0.1:9");
	}
}

/* Amazon's hosts are named after their regions. */
static void
test_region_host(void **state)
{
	static const struct answer answer = { "GET", 301, "eu-west-1", NULL,
		"" };
	struct clienttest *f = *state;
	const struct s3_target *before;

	f->config.place.endpoint = "";
	f->config.place.addressing = "auto";
	clienttest_open(f);
	before = s3_client_target(f->client);
	assert_string_equal(before->place.host,
	    "uploads.s3.us-east-1.amazonaws.com");
	assert_true(learn(f, &answer));
	assert_string_equal(s3_client_place(f->client)->host,
	    "uploads.s3.eu-west-1.amazonaws.com");
	/* Who works with the old one still can. */
	assert_string_equal(before->region, "us-east-1");
	assert_int_equal(clienttest_logged(f,
	    "Bucket 'uploads' is in region eu-west-1: set S3_REGION="), 1);
}

/* A server that never agrees is followed for a while only. */
static void
test_region_bounds(void **state)
{
	struct clienttest *f = *state;
	struct answer answer = { "GET", 301, NULL, NULL, "" };
	int learnt = 0;

	clienttest_open(f);
	for (int i = 0; i < 50; i++) {
		answer.region = pool_format(f->pool, "region-%d", i);
		learnt += learn(f, &answer);
	}
	assert_int_equal(learnt, 8);
	assert_int_equal(clienttest_logged(f, "set S3_REGION="), 8);
	/* And once by one call. */
	clienttest_open(f);
	answer.region = "eu-west-1";
	assert_false(learn_times(f, &answer, 2));
	assert_string_equal(s3_client_target(f->client)->region, "eu-west-1");
}

static const char *
date(struct clienttest *f, int64_t offset_secs)
{
	return date_http(f->pool, CLIENTTEST_NOW + offset_secs);
}

static void
test_clock(void **state)
{
	static const struct {
		const char *method, *body;
		int64_t offset_secs;
		bool expected;
		const char *words;
	} rows[] = {
		{ "GET", XML("RequestTimeTooSkewed", ""), 1200, true,
		    "is 20 minutes behind storage's" },
		{ "GET", XML("RequestTimeTooSkewed", ""), -8 * 3600, true,
		    "is 8 hours ahead of storage's" },
		{ "PUT", XML("RequestTimeTooSkewed", ""), 7500, true,
		    "is 2 hours and 5 minutes behind storage's" },
		{ "PUT", XML("RequestTimeTooSkewed", ""), 86400 + 3600, true,
		    "is 1 day and 1 hour behind storage's" },
		{ "PUT", XML("RequestTimeTooSkewed", ""), 3 * 86400 + 60, true,
		    "is 3 days behind storage's" },
		/* The clocks agree: it means something else. */
		{ "GET", XML("RequestTimeTooSkewed", ""), 240, false, NULL },
		{ "GET", XML("RequestTimeTooSkewed", ""), -240, false, NULL },
		/* A HEAD does not say why. */
		{ "HEAD", "", 1200, true, "is 20 minutes behind" },
		{ "HEAD", "", 200, false, NULL },
		{ "GET", XML("AccessDenied", ""), 1200, false, NULL },
		{ "GET", XML("SignatureDoesNotMatch", ""), 1200, false, NULL },
		/* Dates that make no sense: 2019 and 2100. */
		{ "GET", XML("RequestTimeTooSkewed", ""), -7 * 31536000LL,
		    false, NULL },
		{ "GET", XML("RequestTimeTooSkewed", ""), 74 * 31536000LL,
		    false, NULL },
	};
	struct clienttest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct answer answer = { rows[i].method, 403, NULL,
			date(f, rows[i].offset_secs), rows[i].body };
		size_t before = clienttest_logged(f, "This machine's clock");

		clienttest_open(f);
		assert_int_equal(learn(f, &answer), rows[i].expected);
		assert_int_equal(s3_client_now_secs(f->client),
		    CLIENTTEST_NOW +
			(rows[i].expected ? rows[i].offset_secs : 0));
		assert_int_equal(clienttest_logged(f, "This machine's clock"),
		    before + rows[i].expected);
		if (rows[i].words != NULL)
			assert_true(clienttest_logged(f, rows[i].words) > 0);
	}
}

static void
test_clock_bounds(void **state)
{
	struct clienttest *f = *state;
	struct answer answer = { "GET", 403, NULL, date(f, 1200),
		XML("RequestTimeTooSkewed", "") };
	static const char *const odd[] = { NULL, "", "yesterday",
		"Sun, 06 Nov 1994 08:49:37 GMT" };
	struct signer signer;

	clienttest_open(f);
	/* Once by one call; the next one is right at once. */
	assert_false(learn_times(f, &answer, 2));
	assert_false(learn(f, &answer));
	assert_int_equal(s3_client_signer(f->client, f->pool, &signer,
	    &f->err), 0);
	assert_int_equal(signer.scope.now_secs, CLIENTTEST_NOW + 1200);
	/* Back again, when somebody has set the clock. */
	answer.date = date(f, 0);
	assert_true(learn(f, &answer));
	assert_int_equal(s3_client_now_secs(f->client), CLIENTTEST_NOW);
	assert_int_equal(clienttest_logged(f, "agrees with storage's"), 1);
	for (size_t i = 0; i < ARRAY_COUNT(odd); i++) {
		answer.date = odd[i];
		assert_false(learn(f, &answer));
	}
	/* A server that never agrees does not fill the log. */
	for (int i = 0; i < 50; i++) {
		answer.date = date(f, 1200 * (i % 2 + 1));
		assert_true(learn(f, &answer));
	}
	assert_int_equal(clienttest_logged(f, "This machine's clock"), 8);
}

static void
test_pair(void **state)
{
	static const struct {
		const char *body;
		bool expected;
	} rows[] = {
		{ XML("InvalidAccessKeyId", ""), true },
		{ XML("SignatureDoesNotMatch", ""), true },
		{ XML("ExpiredToken", ""), true },
		{ XML("InvalidToken", ""), true },
		{ XML("AccessDenied", ""), false },
		{ "", false },
	};
	struct clienttest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct answer answer = { "GET", 403, NULL, NULL,
			rows[i].body };

		/* Without another pair there is nothing to change. */
		f->config.credentials.access_key_2 = NULL;
		f->config.credentials.secret_key_2 = NULL;
		clienttest_open(f);
		assert_false(learn(f, &answer));
		f->config.credentials.access_key_2 = "AK2";
		f->config.credentials.secret_key_2 = "SK2";
		clienttest_open(f);
		assert_int_equal(learn(f, &answer), rows[i].expected);
		/* Once by one call. */
		clienttest_open(f);
		assert_false(learn_times(f, &answer, 2));
	}
}

/* ---- before a server, counted by requests ---- */

static void
test_moved_bucket(void **state)
{
	static const char *const methods[] = { "PUT", "GET", "HEAD", "DELETE" };
	static const struct scripted_step steps[] = {
		{ .match = "/eu-west-1/s3/aws4_request" },
		{ .match = "HEAD", .reply = ANSWER("400 Bad Request",
		      "x-amz-bucket-region: eu-west-1\r\n") },
		{ .match = "GET", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("400 Bad Request", "",
			"AuthorizationHeaderMalformed",
			"<Region>eu-west-1</Region>") },
		{ .match = "", .reply = ANSWER("301 Moved",
		      "Location: http://127.0.0.1:1/\r\n"
		      "x-amz-bucket-region: eu-west-1\r\n") },
	};
	struct clienttest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
		if (f->server != NULL)
			scripted_stop(f->server);
		BEGIN(f, steps);
		for (int j = 0; j < 3; j++)
			assert_int_equal(clienttest_call(f, methods[i]), 0);
		assert_int_equal(scripted_count(f->server, ""), 4);
		assert_int_equal(scripted_count(f->server, "/us-east-1/s3/"),
		    1);
	}
	assert_int_equal(clienttest_logged(f, "is in region eu-west-1"),
	    ARRAY_COUNT(methods));
}

/* Sent from one to the other and back: two requests, then it is an error. */
static void
test_endless_redirect(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/us-east-1/s3/", .reply = ANSWER("301 Moved",
		      "x-amz-bucket-region: eu-west-1\r\n") },
		{ .match = "", .reply = ANSWER("301 Moved",
		      "x-amz-bucket-region: us-east-1\r\n") },
	};
	struct clienttest *f = *state;

	BEGIN(f, steps);
	assert_int_equal(clienttest_call(f, "GET"), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_string_equal(f->err.code, "PermanentRedirect");
	assert_int_equal(scripted_count(f->server, ""), 2);
}

static void
test_skewed_clock(void **state)
{
	static const char *const methods[] = { "PUT", "GET", "HEAD" };
	static const struct scripted_step steps[] = {
		/* 00:20 of the next day: the key of the day changes too. */
		{ .match = "x-amz-date: 20260301T00" },
		{ .match = "HEAD", .reply = ANSWER("403 Forbidden",
		      "Date: Sun, 01 Mar 2026 00:20:00 GMT\r\n") },
		{ .match = "", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("403 Forbidden",
			"Date: Sun, 01 Mar 2026 00:20:00 GMT\r\n",
			"RequestTimeTooSkewed", "") },
	};
	struct clienttest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(methods); i++) {
		if (f->server != NULL)
			scripted_stop(f->server);
		BEGIN(f, steps);
		for (int j = 0; j < 3; j++)
			assert_int_equal(clienttest_call(f, methods[i]), 0);
		assert_int_equal(scripted_count(f->server, ""), 4);
		assert_int_equal(scripted_count(f->server,
		    "Credential=AK/20260301/"), 3);
	}
	assert_int_equal(clienttest_logged(f,
	    "This machine's clock is 20 minutes behind storage's"),
	    ARRAY_COUNT(methods));
}

static void
test_rotated_keys(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "Credential=NEW/" },
		{ .match = "", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("403 Forbidden", "",
			"InvalidAccessKeyId", "") },
	};
	struct clienttest *f = *state;

	f->config.credentials.access_key_2 = "NEW";
	f->config.credentials.secret_key_2 = "SK2";
	BEGIN(f, steps);
	for (int i = 0; i < 3; i++)
		assert_int_equal(clienttest_call(f, "GET"), 0);
	assert_int_equal(scripted_count(f->server, "Credential=AK/"), 1);
	assert_int_equal(scripted_count(f->server, "Credential=NEW/"), 3);
}

/* Both are wrong: each is tried once. */
static void
test_wrong_keys(void **state)
{
	static const struct scripted_step steps[] = { { .match = "",
	    .way = SCRIPTED_CUT,
	    .reply = ERROR_XML("403 Forbidden", "", "InvalidAccessKeyId",
		"") } };
	struct clienttest *f = *state;

	f->config.credentials.access_key_2 = "NEW";
	f->config.credentials.secret_key_2 = "SK2";
	BEGIN(f, steps);
	assert_int_equal(clienttest_call(f, "GET"), -1);
	assert_string_equal(f->err.code, "InvalidAccessKeyId");
	assert_int_equal(scripted_count(f->server, ""), 2);
}

/* All three in one call, and a retry on top. */
static void
test_everything_at_once(void **state)
{
	static const struct scripted_step steps[] = {
		{ .match = "/us-east-1/s3/", .reply = ANSWER("301 Moved",
		      "x-amz-bucket-region: eu-west-1\r\n") },
		{ .match = "x-amz-date: 20260228", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("403 Forbidden",
			"Date: Sun, 01 Mar 2026 00:20:00 GMT\r\n",
			"RequestTimeTooSkewed", "") },
		{ .match = "Credential=AK/", .way = SCRIPTED_CUT,
		    .reply = ERROR_XML("403 Forbidden", "",
			"InvalidAccessKeyId", "") },
		{ .match = "", .reply = ANSWER("503 Busy", ""), .times = 1 },
		{ .match = "" },
	};
	struct clienttest *f = *state;

	f->config.credentials.access_key_2 = "NEW";
	f->config.credentials.secret_key_2 = "SK2";
	BEGIN(f, steps);
	assert_int_equal(clienttest_call(f, "PUT"), 0);
	assert_int_equal(scripted_count(f->server, ""), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_region),
		CLIENT_TEST(test_region_host),
		CLIENT_TEST(test_region_bounds),
		CLIENT_TEST(test_clock),
		CLIENT_TEST(test_clock_bounds),
		CLIENT_TEST(test_pair),
		CLIENT_TEST(test_moved_bucket),
		CLIENT_TEST(test_endless_redirect),
		CLIENT_TEST(test_skewed_clock),
		CLIENT_TEST(test_rotated_keys),
		CLIENT_TEST(test_wrong_keys),
		CLIENT_TEST(test_everything_at_once),
	};

	return cmocka_run_group_tests_name("s3/learn", tests, NULL, NULL);
}
