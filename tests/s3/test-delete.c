/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include "s3/list.h"

#define XML(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define RESULT(body) XML("<DeleteResult>" body "</DeleteResult>")
#define REFUSED(key, code)                                            \
	"<Error><Key>" key "</Key><Code>" code "</Code><Message>m"   \
	"</Message></Error>"
#define BULK "POST /uploads?delete= "

enum { KEYS_MAX = 64 };

static bool failed[KEYS_MAX];

static int
delete_many(struct clienttest *f, const char *const *keys, size_t count)
{
	err_clear(&f->err);
	return s3_delete_many(f->client, keys, count, failed, &f->err);
}

static size_t
failures(size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += failed[i];
	return found;
}

static void
test_bulk(void **state)
{
	static const struct scripted_step steps[] = { { BULK, SCRIPTED_CUT,
	    RESULT(""), 0 } };
	static const char *const keys[] = { "b<&>\"'", "a]]>", "ñ/\x7f",
		"ñ" };
	struct clienttest *f = *state;
	const char *head;

	BEGIN(f, steps);
	/* DEL goes by itself, to a step that is not there. */
	assert_int_equal(delete_many(f, keys, 4), 0);
	assert_int_equal(failures(4), 1);
	assert_true(failed[2]);
	head = scripted_head(f->server, BULK);
	assert_non_null(strstr(head, "\r\ncontent-md5: "));
	assert_non_null(strstr(head,
	    "SignedHeaders=content-md5;content-type;host;"));
	assert_string_equal(scripted_body(f->server, BULK),
	    "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>"
	    "true</Quiet><Object><Key>b&lt;&amp;&gt;&quot;&#39;</Key></Object>"
	    "<Object><Key>a]]&gt;</Key></Object><Object><Key>ñ</Key></Object>"
	    "</Delete>");
}

/* Keys that XML does not carry unchanged go one by one. */
static void
test_keys_beyond_xml(void **state)
{
	static const char *const keys[] = { "a", "b", "\x01", "cr\r", "lf\n",
		"tab\t", " lead", "trail ", "bad\xff", "ffff\xef\xbf\xbf",
		"nel\xc2\x85" };
	static const struct scripted_step steps[] = {
		{ BULK, SCRIPTED_CUT, RESULT(""), 1 },
		{ "DELETE ", SCRIPTED_REPLY, NULL, 0 },
	};
	struct clienttest *f = *state;

	BEGIN(f, steps);
	assert_int_equal(delete_many(f, keys, ARRAY_COUNT(keys)), 0);
	assert_int_equal(failures(ARRAY_COUNT(keys)), 0);
	assert_int_equal(scripted_count(f->server, "DELETE "), 9);
	assert_int_equal(scripted_count(f->server, "DELETE /uploads/%01 "), 1);
	assert_int_equal(scripted_count(f->server, "/bad%FF "), 1);
	assert_non_null(strstr(scripted_body(f->server, BULK),
	    "<Key>b</Key></Object></Delete>"));
}

static void
test_refusals(void **state)
{
	static const char *const keys[] = { "z", "a&b", "m", "a&b", "gone" };
	static const struct scripted_step steps[] = {
		{ BULK, SCRIPTED_CUT, RESULT(REFUSED("a&amp;b", "AccessDenied")
		    REFUSED("gone", "NoSuchKey")), 1 },
		/* In another spelling: which one is not known. */
		{ BULK, SCRIPTED_CUT, RESULT(REFUSED("a%26b", "InternalError")),
		    1 },
		{ BULK, SCRIPTED_CUT, RESULT("<Deleted><Key>z</Key></Deleted>"),
		    1 },
	};
	struct clienttest *f = *state;

	BEGIN(f, steps);
	assert_int_equal(delete_many(f, keys, 5), 0);
	assert_int_equal(failures(5), 2);
	assert_true(failed[1] && failed[3]);
	assert_int_equal(clienttest_logged(f, "AccessDenied"), 1);
	assert_int_equal(delete_many(f, keys, 5), 0);
	assert_int_equal(failures(5), 5);
	assert_int_equal(delete_many(f, keys, 5), 0);
	assert_int_equal(failures(5), 0);
}

static void
test_no_bulk(void **state)
{
	static const char *const keys[] = { "a", "b", "c" };
	static const struct {
		const char *reply;
		bool is_unknown;
	} rows[] = {
		{ ERROR_XML("501 No", "", "NotImplemented", ""), true },
		{ ANSWER("501 No", ""), true },
		{ ANSWER("405 No", ""), true },
		{ ERROR_XML("400 No", "", "MethodNotAllowed", ""), true },
		{ XML("<Error><Code>NotImplemented</Code></Error>"), true },
		{ ERROR_XML("403 No", "", "AccessDenied", ""), false },
		{ XML("<html></html>"), false },
		{ XML(""), false },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step steps[] = {
			{ BULK, SCRIPTED_CUT, rows[i].reply, 0 },
			{ "DELETE /uploads/b ", SCRIPTED_CUT,
			    ERROR_XML("403 No", "", "AccessDenied", ""), 0 },
			{ "DELETE /uploads/c ", SCRIPTED_CUT,
			    ERROR_XML("404 No", "", "NoSuchKey", ""), 0 },
			{ "DELETE ", SCRIPTED_REPLY, NULL, 0 },
		};
		struct clienttest *f;
		int expected = rows[i].is_unknown ? 0 : -1;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, steps, 4);
		assert_int_equal(delete_many(f, keys, 3), expected);
		assert_int_equal(failures(3), rows[i].is_unknown ? 1 : 3);
		assert_true(failed[1]);
		if (rows[i].is_unknown) {
			/* Learnt once. */
			assert_int_equal(delete_many(f, keys, 1), 0);
			assert_int_equal(delete_many(f, keys, 3), 0);
			assert_int_equal(scripted_count(f->server, BULK), 1);
		}
		(void)clienttest_teardown(state);
	}
}

/* A provider that is known not to have it, and one that takes few. */
static void
test_limits(void **state)
{
	static const char *const keys[] = { "a", "b", "c", "d", "e" };
	static const struct scripted_step steps[] = {
		{ BULK, SCRIPTED_CUT, RESULT(""), 0 },
		{ "DELETE ", SCRIPTED_REPLY, NULL, 0 },
	};
	struct clienttest *f = *state;

	f->config.bulk_delete_max = 2;
	BEGIN(f, steps);
	assert_int_equal(delete_many(f, keys, 5), 0);
	assert_int_equal(failures(5), 0);
	assert_int_equal(scripted_count(f->server, BULK), 2);
	/* One that is left alone needs no list. */
	assert_int_equal(scripted_count(f->server, "DELETE /uploads/e "), 1);
	f->config.bulk_delete_max = -1;
	clienttest_open(f);
	assert_int_equal(delete_many(f, keys, 5), 0);
	assert_int_equal(scripted_count(f->server, "DELETE "), 6);
	assert_int_equal(scripted_count(f->server, BULK), 2);
	assert_int_equal(delete_many(f, keys, 0), 0);
}

/* What one chunk says goes for it alone. */
static void
test_chunks(void **state)
{
	static const char *const keys[] = { "a", "b", "c", "d" };
	static const struct scripted_step steps[] = {
		{ BULK, SCRIPTED_CUT, ERROR_XML("400 No", "", "MalformedXML",
		    ""), 1 },
		{ BULK, SCRIPTED_CUT, RESULT(""), 1 },
	};
	struct clienttest *f = *state;

	f->config.bulk_delete_max = 2;
	BEGIN(f, steps);
	assert_int_equal(delete_many(f, keys, 4), 0);
	assert_true(failed[0] && failed[1]);
	assert_false(failed[2] || failed[3]);
	assert_int_equal(clienttest_logged(f, "MalformedXML"), 1);
}

/* More than run at once, some of which fail at first. */
static void
test_many_singles(void **state)
{
	static const struct scripted_step steps[] = {
		{ "DELETE ", SCRIPTED_CUT, ERROR_XML("503 No", "", "SlowDown",
		    ""), 3 },
		{ "DELETE /uploads/k7 ", SCRIPTED_CUT, ERROR_XML("403 No", "",
		    "AccessDenied", ""), 0 },
		{ "DELETE ", SCRIPTED_REPLY, NULL, 0 },
	};
	struct clienttest *f = *state;
	const char *keys[40];

	for (int i = 0; i < 40; i++)
		keys[i] = pool_format(f->pool, "k%d", i);
	f->config.bulk_delete_max = -1;
	BEGIN(f, steps);
	assert_int_equal(delete_many(f, keys, 40), 0);
	assert_int_equal(failures(40), 1);
	assert_true(failed[7]);
	assert_int_equal(scripted_count(f->server, "DELETE "), 43);
}

static void
test_nobody_there(void **state)
{
	static const char *const keys[] = { "a", "b" };
	struct clienttest *f = *state;

	f->config.retry.attempts_max = 1;
	clienttest_open(f);
	assert_int_equal(delete_many(f, keys, 2), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(failures(2), 2);
	f->client->has_no_bulk_delete = true;
	assert_int_equal(delete_many(f, keys, 2), -1);
	assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
	assert_int_equal(failures(2), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_bulk),
		CLIENT_TEST(test_keys_beyond_xml),
		CLIENT_TEST(test_refusals),
		cmocka_unit_test(test_no_bulk),
		CLIENT_TEST(test_limits),
		CLIENT_TEST(test_chunks),
		CLIENT_TEST(test_many_singles),
		CLIENT_TEST(test_nobody_there),
	};

	return cmocka_run_group_tests_name("s3/delete", tests, NULL, NULL);
}
