/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/digest.h"
#include "model/session.h"
#include "model/tenant.h"
#include "modeltest.h"

#define NOW MODELTEST_NOW_SECS

static const struct session_terms terms = { .idle_secs = 600,
	.max_secs = 3600 };

static int64_t
add_user(struct modeltest *test, const char *login)
{
	struct user user = { .tenant_id = 1,
		.has_password_realm = true,
		.login = login };
	struct err err = ERR_INIT;

	assert_int_equal(user_insert(test->db, test->pool, &user, &err), 0);
	return user.id;
}

static struct session
begin(struct modeltest *test, int64_t user_id, int64_t now_secs,
    const char **secret_r)
{
	struct session session = { .user_id = user_id,
		.remote_addr = "192.0.2.7",
		.user_agent = "Lynx/2.9" };
	struct err err = ERR_INIT;

	if (session_begin(test->db, test->pool, &session, &terms, now_secs,
		secret_r, &err) == -1)
		fail_msg("%s", err.text);
	return session;
}

static int
find_on(struct modeltest *test, const char *secret, const char *host,
    int64_t now_secs)
{
	const struct user_proof proof = { .secret = slice_str(secret),
		.host = host,
		.now_secs = now_secs };
	struct session session;
	struct user user;
	struct err err = ERR_INIT;

	return session_find(test->db, test->pool, &proof, &terms, &session,
	    &user, &err);
}

static int
find(struct modeltest *test, const char *secret, int64_t now_secs)
{
	return find_on(test, secret, "", now_secs);
}

static void
test_begin_and_find(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	const char *secret, *other;
	struct session session = begin(test, ana, NOW, &secret), found;
	struct user_proof proof = { .host = "", .now_secs = NOW + 5 };
	struct user user;
	struct err err = ERR_INIT;

	assert_int_equal(strlen(secret), SESSION_SECRET_CHARS);
	assert_int_equal(strspn(secret, "0123456789abcdef"),
	    SESSION_SECRET_CHARS);
	(void)begin(test, ana, NOW, &other);
	assert_string_not_equal(secret, other);
	proof.secret = slice_str(secret);
	assert_int_equal(session_find(test->db, test->pool, &proof, &terms,
			     &found, &user, &err),
	    1);
	assert_int_equal(found.id, session.id);
	assert_int_equal(found.user_id, ana);
	assert_int_equal(found.created_secs, NOW);
	assert_int_equal(found.seen_secs, NOW);
	assert_int_equal(found.expires_secs, NOW + terms.max_secs);
	assert_string_equal(found.remote_addr, "192.0.2.7");
	assert_string_equal(found.user_agent, "Lynx/2.9");
	assert_int_equal(user.id, ana);
	assert_string_equal(user.login, "ana@example.com");
}

/* Who reads the database cannot be anybody. */
static void
test_secret_is_not_kept(void **state)
{
	struct modeltest *test = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;
	const char *secret;

	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	assert_int_equal(sql_query(test->db, test->pool,
			     "SELECT secret_hash FROM sessions", NULL, 0,
			     &rows, &err),
	    0);
	assert_int_equal(strlen(sql_text(&rows, 0, 0)), 2 * SHA256_BYTES);
	assert_null(strstr(sql_text(&rows, 0, 0), secret));
	assert_int_equal(find(test, sql_text(&rows, 0, 0), NOW), 0);
}

static void
test_not_found(void **state)
{
	struct modeltest *test = *state;
	static const char *const rows[] = { "", "0",
		"0123456789abcdef0123456789abcdef",
		"0123456789abcdef0123456789abcdeg",
		"0123456789abcdef0123456789abcdef0",
		"' OR 1 = 1 -- 0123456789abcdef01" };
	const char *secret;

	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(find(test, rows[i], NOW), 0);
	/* What cannot be one does not even reach the database. */
	(void)fault_from(1);
	assert_int_equal(find(test, "nonsense", NOW), 0);
	assert_int_equal(find(test, secret, NOW), -1);
	(void)fault_at(0);
	assert_int_equal(find(test, secret, NOW), 1);
}

static void
test_idle_end(void **state)
{
	struct modeltest *test = *state;
	const char *secret;

	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	assert_int_equal(find(test, secret, NOW + terms.idle_secs), 0);
	assert_int_equal(find(test, secret, NOW + terms.idle_secs - 1), 1);
	/* It was seen: the time begins anew. */
	assert_int_equal(find(test, secret, NOW + 2 * terms.idle_secs - 2),
	    1);
}

static void
test_absolute_end(void **state)
{
	struct modeltest *test = *state;
	const char *secret;
	int64_t at;

	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	for (at = NOW; at < NOW + terms.max_secs; at += 300)
		assert_int_equal(find(test, secret, at), 1);
	assert_int_equal(find(test, secret, NOW + terms.max_secs - 1), 1);
	assert_int_equal(find(test, secret, NOW + terms.max_secs), 0);
}

static int64_t
seen(struct modeltest *test)
{
	return modeltest_number(test, "SELECT seen_secs FROM sessions");
}

static void
test_touch(void **state)
{
	struct modeltest *test = *state;
	const char *secret;

	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	assert_int_equal(find(test, secret, NOW + SESSION_TOUCH_SECS - 1), 1);
	assert_int_equal(seen(test), NOW);
	assert_int_equal(find(test, secret, NOW + SESSION_TOUCH_SECS), 1);
	assert_int_equal(seen(test), NOW + SESSION_TOUCH_SECS);
	/* A clock behind that of another machine does not turn it back. */
	assert_int_equal(find(test, secret, NOW), 1);
	assert_int_equal(seen(test), NOW + SESSION_TOUCH_SECS);
}

/* The second call is the touch. */
static void
test_touch_fails(void **state)
{
	struct modeltest *test = *state;
	const char *secret;

	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	(void)fault_at(2);
	assert_int_equal(find(test, secret, NOW + 100), 1);
	assert_true(fault_at(0));
	assert_int_equal(seen(test), NOW);
}

static void
test_disabled(void **state)
{
	struct modeltest *test = *state;
	struct session session = { .user_id = add_user(test, "ana@b") };
	struct err err = ERR_INIT;
	const char *secret;

	(void)begin(test, session.user_id, NOW, &secret);
	assert_int_equal(sql_script(test->db,
			     "UPDATE tenants SET is_disabled = 1;", &err),
	    0);
	assert_int_equal(find(test, secret, NOW), 0);
	assert_int_equal(sql_script(test->db,
			     "UPDATE tenants SET is_disabled = 0;"
			     "UPDATE users SET is_disabled = 1;",
			     &err),
	    0);
	assert_int_equal(find(test, secret, NOW), 0);
	assert_int_equal(session_begin(test->db, test->pool, &session, &terms,
			     NOW, &secret, &err),
	    -1);
	assert_int_equal(err.kind, ERR_UNAUTHENTICATED);
}

/* Whoever knew the old password has no session with the new one. */
static void
test_password_changed(void **state)
{
	struct modeltest *test = *state;
	struct session session = { .user_id = add_user(test, "ana@b"),
		.password = "$y$old" };
	struct err err = ERR_INIT;
	const char *secret;

	assert_int_equal(user_set_password(test->db, session.user_id,
			     "$y$old", 0, NOW, &err),
	    0);
	assert_int_equal(session_begin(test->db, test->pool, &session, &terms,
			     NOW, &secret, &err),
	    0);
	assert_int_equal(user_set_password(test->db, session.user_id,
			     "$y$new", 0, NOW, &err),
	    0);
	assert_int_equal(find(test, secret, NOW), 0);
	assert_int_equal(session_begin(test->db, test->pool, &session, &terms,
			     NOW, &secret, &err),
	    -1);
	assert_int_equal(err.kind, ERR_UNAUTHENTICATED);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 0);
	session.password = NULL;
	assert_int_equal(session_begin(test->db, test->pool, &session, &terms,
			     NOW, &secret, &err),
	    0);
}

static void
test_host(void **state)
{
	struct modeltest *test = *state;
	struct tenant other = { .name = "B", .host = "b.example.com" };
	struct tenant first = { .id = 1,
		.name = "A",
		.host = "a.example.com" };
	struct err err = ERR_INIT;
	const char *secret;

	assert_int_equal(tenant_insert(test->db, &other, &err), 0);
	(void)begin(test, add_user(test, "ana@example.com"), NOW, &secret);
	assert_int_equal(find_on(test, secret, "b.example.com", NOW), 0);
	assert_int_equal(find_on(test, secret, "B.example.com.:81", NOW), 0);
	assert_int_equal(find_on(test, secret, "c.example.com", NOW), 1);
	assert_int_equal(tenant_update(test->db, &first, &err), 0);
	assert_int_equal(find_on(test, secret, "A.example.com:81", NOW), 1);
	assert_int_equal(find_on(test, secret, "b.example.com", NOW), 0);
	assert_int_equal(find_on(test, secret, "\xff\xfe", NOW), 1);
}

static void
test_list_and_end(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	int64_t eva = add_user(test, "eva@example.com");
	const char *one, *two, *three, *hers;
	struct session first = begin(test, ana, NOW, &one);
	struct session second = begin(test, ana, NOW + 10, &two);
	struct session third = begin(test, ana, NOW + 20, &three);
	struct session *sessions;
	struct err err = ERR_INIT;
	size_t count;

	(void)begin(test, eva, NOW, &hers);
	assert_int_equal(session_list(test->db, test->pool, ana, &terms,
			     NOW + 30, &sessions, &count, &err),
	    0);
	assert_int_equal(count, 3);
	assert_int_equal(sessions[0].id, third.id);
	assert_int_equal(sessions[2].id, first.id);
	assert_string_equal(sessions[2].user_agent, "Lynx/2.9");
	assert_int_equal(session_list(test->db, test->pool, ana, &terms,
			     NOW + terms.idle_secs, &sessions, &count, &err),
	    0);
	assert_int_equal(count, 2);

	/* Nobody ends another's. */
	assert_int_equal(session_end(test->db, eva, first.id, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(session_end(test->db, ana, first.id, &err), 0);
	assert_int_equal(session_end(test->db, ana, first.id, &err), -1);
	assert_int_equal(find(test, one, NOW + 30), 0);
	assert_int_equal(find(test, two, NOW + 30), 1);

	assert_int_equal(
	    session_end_others(test->db, ana, second.id, &err), 0);
	assert_int_equal(find(test, two, NOW + 30), 1);
	assert_int_equal(find(test, three, NOW + 30), 0);
	assert_int_equal(session_end_others(test->db, ana, 0, &err), 0);
	assert_int_equal(find(test, two, NOW + 30), 0);
	assert_int_equal(find(test, hers, NOW + 30), 1);
}

static void
test_surplus(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	int64_t eva = add_user(test, "eva@example.com");
	const char *first, *second, *hers, *last;

	(void)begin(test, eva, NOW - 5, &hers);
	(void)begin(test, ana, NOW, &first);
	(void)begin(test, ana, NOW + 1, &second);
	for (int i = 2; i <= SESSIONS_MAX; i++)
		(void)begin(test, ana, NOW + i, &last);
	assert_int_equal(find(test, first, NOW + 200), 0);
	assert_int_equal(find(test, second, NOW + 200), 1);
	assert_int_equal(find(test, last, NOW + 200), 1);
	assert_int_equal(find(test, hers, NOW + 200), 1);
}

static void
test_purge(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	struct err err = ERR_INIT;
	const char *secret;

	(void)begin(test, ana, NOW, &secret);
	(void)begin(test, ana, NOW + 300, &secret);
	assert_int_equal(session_purge(test->db, &terms,
			     NOW + terms.idle_secs - 1, &err),
	    0);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 2);
	assert_int_equal(
	    session_purge(test->db, &terms, NOW + terms.idle_secs, &err), 0);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 1);
	assert_int_equal(session_purge(test->db, &terms,
			     NOW + 300 + terms.max_secs, &err),
	    0);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 0);
}

/* A browser may call itself anything. */
static void
test_agent(void **state)
{
	struct modeltest *test = *state;
	struct session session = { .user_id = add_user(test, "ana@b") };
	struct err err = ERR_INIT;
	char agent[4 * SESSION_AGENT_MAX];
	const char *secret;

	memset(agent, 'x', sizeof(agent));
	memcpy(agent, "\xff\x01", 2);
	memcpy(agent + SESSION_AGENT_MAX - 1, "\xc3\xb1", 2);
	agent[sizeof(agent) - 1] = '\0';
	session.user_agent = agent;
	assert_int_equal(session_begin(test->db, test->pool, &session, &terms,
			     NOW, &secret, &err),
	    0);
	assert_true(strlen(session.user_agent) <= SESSION_AGENT_MAX);
	assert_memory_equal(session.user_agent, "\xef\xbf\xbd\x01xxx", 7);
	assert_string_equal(session.remote_addr, "");
	assert_int_equal(find(test, secret, NOW), 1);
}

int
main(void)
{
#define MODEL_TEST(fn)                                       \
	cmocka_unit_test_setup_teardown(fn, modeltest_setup, \
	    modeltest_teardown)
	const struct CMUnitTest tests[] = {
		MODEL_TEST(test_begin_and_find),
		MODEL_TEST(test_secret_is_not_kept),
		MODEL_TEST(test_not_found),
		MODEL_TEST(test_idle_end),
		MODEL_TEST(test_absolute_end),
		MODEL_TEST(test_touch),
		MODEL_TEST(test_touch_fails),
		MODEL_TEST(test_disabled),
		MODEL_TEST(test_password_changed),
		MODEL_TEST(test_host),
		MODEL_TEST(test_list_and_end),
		MODEL_TEST(test_surplus),
		MODEL_TEST(test_purge),
		MODEL_TEST(test_agent),
	};

	return cmocka_run_group_tests_name("model/session", tests, NULL, NULL);
}
