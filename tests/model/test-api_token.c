/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "model/api_token.h"
#include "model/tenant.h"
#include "modeltest.h"

#define NOW MODELTEST_NOW_SECS

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

static struct api_token
insert(struct modeltest *test, int64_t user_id, int64_t expires_secs,
    const char **text_r)
{
	struct api_token token = { .user_id = user_id,
		.name = "Copia nocturna",
		.scopes = API_SCOPE_READ | API_SCOPE_WRITE,
		.created_secs = NOW,
		.expires_secs = expires_secs };
	struct err err = ERR_INIT;

	if (api_token_insert(test->db, test->pool, &token, text_r, &err) ==
	    -1)
		fail_msg("%s", err.text);
	return token;
}

static int
find_on(struct modeltest *test, const char *text, const char *host,
    int64_t now_secs)
{
	const struct user_proof proof = { .secret = slice_str(text),
		.host = host,
		.now_secs = now_secs };
	struct api_token token;
	struct user user;
	struct err err = ERR_INIT;

	return api_token_find(test->db, test->pool, &proof, &token, &user,
	    &err);
}

static int
find(struct modeltest *test, const char *text, int64_t now_secs)
{
	return find_on(test, text, "", now_secs);
}

static void
test_scopes(void **state)
{
	static const struct {
		const char *text;
		unsigned scopes; /* 0: refused */
		const char *formatted;
	} rows[] = {
		{ "read", API_SCOPE_READ, "read" },
		{ "write", API_SCOPE_WRITE, "write" },
		{ "admin", API_SCOPE_ADMIN, "admin" },
		{ "read,write", API_SCOPE_READ | API_SCOPE_WRITE,
		    "read,write" },
		{ "admin, write ,read", 7, "read,write,admin" },
		{ "read,read", API_SCOPE_READ, "read" },
		{ "", 0, "" },
		{ ",", 0, "" },
		{ "read,", 0, "" },
		{ "read;write", 0, "" },
		{ "Read", 0, "" },
		{ "root", 0, "" },
	};
	unsigned scopes;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		bool is_good = api_scopes_parse(slice_str(rows[i].text),
		    &scopes);

		if (is_good != (rows[i].scopes != 0))
			fail_msg("%s", rows[i].text);
		if (!is_good)
			continue;
		assert_int_equal(scopes, rows[i].scopes);
		assert_string_equal(api_scopes_format(*state, scopes),
		    rows[i].formatted);
	}
	assert_string_equal(api_scopes_format(*state, 0), "");
}

static void
test_insert_and_find(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	const char *text, *other;
	struct api_token token = insert(test, ana, NOW + 100, &text), found;
	struct user_proof proof = { .secret = slice_str(text),
		.host = "",
		.now_secs = NOW + 1 };
	struct user user;
	struct err err = ERR_INIT;

	assert_int_equal(strlen(text), 47);
	assert_memory_equal(text, "alm_", 4);
	assert_null(strpbrk(text, "+/="));
	(void)insert(test, ana, 0, &other);
	assert_string_not_equal(text, other);
	assert_int_equal(api_token_find(test->db, test->pool, &proof, &found,
			     &user, &err),
	    1);
	assert_int_equal(found.id, token.id);
	assert_int_equal(found.user_id, ana);
	assert_string_equal(found.name, "Copia nocturna");
	assert_int_equal(found.scopes, API_SCOPE_READ | API_SCOPE_WRITE);
	assert_int_equal(found.created_secs, NOW);
	assert_int_equal(found.expires_secs, NOW + 100);
	assert_int_equal(found.used_secs, NOW + 1);
	assert_false(found.is_revoked);
	assert_int_equal(user.id, ana);
}

static void
test_secret_is_not_kept(void **state)
{
	struct modeltest *test = *state;
	struct sql_rows rows;
	struct err err = ERR_INIT;
	const char *text, *kept;

	(void)insert(test, add_user(test, "ana@example.com"), 0, &text);
	assert_int_equal(sql_query(test->db, test->pool,
			     "SELECT secret_hash FROM api_tokens", NULL, 0,
			     &rows, &err),
	    0);
	kept = sql_text(&rows, 0, 0);
	assert_null(strstr(kept, text + 4));
	assert_int_equal(find(test, kept, NOW), 0);
	assert_int_equal(
	    find(test, pool_format(test->pool, "alm_%.43s", kept), NOW), 0);
}

static void
test_not_found(void **state)
{
	struct modeltest *test = *state;
	static const char *const rows[] = { "", "alm_", "alm_x",
		"alm_0123456789012345678901234567890123456789012",
		"bea_0123456789012345678901234567890123456789012" };
	const char *text;

	(void)insert(test, add_user(test, "ana@example.com"), 0, &text);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(find(test, rows[i], NOW), 0);
	assert_int_equal(
	    find(test, pool_format(test->pool, "%sA", text), NOW), 0);
	(void)fault_from(1);
	assert_int_equal(find(test, "alm_x", NOW), 0);
	assert_int_equal(find(test, text, NOW), -1);
	(void)fault_at(0);
	assert_int_equal(find(test, text, NOW), 1);
}

static void
test_expiry(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	const char *text, *eternal;

	(void)insert(test, ana, NOW + 100, &text);
	(void)insert(test, ana, 0, &eternal);
	assert_int_equal(find(test, text, NOW + 99), 1);
	assert_int_equal(find(test, text, NOW + 100), 0);
	assert_int_equal(find(test, eternal, NOW + 1000000000), 1);
}

static int64_t
used(struct modeltest *test)
{
	return modeltest_number(test, "SELECT used_secs FROM api_tokens");
}

static void
test_touch(void **state)
{
	struct modeltest *test = *state;
	const char *text;

	(void)insert(test, add_user(test, "ana@example.com"), 0, &text);
	assert_int_equal(used(test), 0);
	assert_int_equal(find(test, text, NOW), 1);
	assert_int_equal(used(test), NOW);
	assert_int_equal(find(test, text, NOW + API_TOKEN_TOUCH_SECS - 1), 1);
	assert_int_equal(used(test), NOW);
	/* Of a find the second call is the touch. */
	(void)fault_at(2);
	assert_int_equal(find(test, text, NOW + API_TOKEN_TOUCH_SECS), 1);
	assert_true(fault_at(0));
	assert_int_equal(used(test), NOW);
	assert_int_equal(find(test, text, NOW + API_TOKEN_TOUCH_SECS), 1);
	assert_int_equal(used(test), NOW + API_TOKEN_TOUCH_SECS);
	assert_int_equal(find(test, text, NOW), 1);
	assert_int_equal(used(test), NOW + API_TOKEN_TOUCH_SECS);
}

static void
test_disabled(void **state)
{
	struct modeltest *test = *state;
	struct tenant other = { .name = "B", .host = "b.example.com" };
	struct err err = ERR_INIT;
	const char *text;

	(void)insert(test, add_user(test, "ana@example.com"), 0, &text);
	assert_int_equal(tenant_insert(test->db, &other, &err), 0);
	assert_int_equal(find_on(test, text, "b.example.com", NOW), 0);
	assert_int_equal(find_on(test, text, "c.example.com", NOW), 1);
	assert_int_equal(sql_script(test->db,
			     "UPDATE tenants SET is_disabled = 1;", &err),
	    0);
	assert_int_equal(find(test, text, NOW), 0);
	assert_int_equal(sql_script(test->db,
			     "UPDATE tenants SET is_disabled = 0;"
			     "UPDATE users SET is_disabled = 1;",
			     &err),
	    0);
	assert_int_equal(find(test, text, NOW), 0);
}

static void
test_list_and_revoke(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = add_user(test, "ana@example.com");
	int64_t eva = add_user(test, "eva@example.com");
	const char *text, *other, *hers;
	struct api_token token = insert(test, ana, 0, &text), *tokens;
	struct err err = ERR_INIT;
	size_t count;

	(void)insert(test, ana, 0, &other);
	(void)insert(test, eva, 0, &hers);
	assert_int_equal(api_token_revoke(test->db, eva, token.id, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_int_equal(api_token_revoke(test->db, ana, token.id, &err), 0);
	assert_int_equal(api_token_revoke(test->db, ana, token.id, &err), -1);
	assert_int_equal(find(test, text, NOW), 0);
	assert_int_equal(find(test, other, NOW), 1);
	assert_int_equal(
	    api_token_list(test->db, test->pool, ana, &tokens, &count, &err),
	    0);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(tokens[i].is_revoked,
		    tokens[i].id == token.id);
	assert_int_equal(
	    api_token_list(test->db, test->pool, 77, &tokens, &count, &err),
	    0);
	assert_int_equal(count, 0);
}

static void
test_insert_refused(void **state)
{
	struct modeltest *test = *state;
	struct api_token token = { .user_id = add_user(test, "ana@b"),
		.name = "",
		.scopes = API_SCOPE_READ,
		.created_secs = NOW };
	struct err err = ERR_INIT;
	const char *text;

	assert_int_equal(
	    api_token_insert(test->db, test->pool, &token, &text, &err), -1);
	assert_string_equal(err.code, "bad_name");
	token.name = "a\nb";
	assert_int_equal(
	    api_token_insert(test->db, test->pool, &token, &text, &err), -1);
	token.name = "x";
	token.user_id++;
	assert_int_equal(
	    api_token_insert(test->db, test->pool, &token, &text, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_too_many(void **state)
{
	struct modeltest *test = *state;
	struct api_token token = { .name = "one more",
		.scopes = API_SCOPE_READ,
		.created_secs = NOW };
	struct err err = ERR_INIT;
	const char *text;
	int64_t last = 0;

	token.user_id = add_user(test, "ana@example.com");
	/* A dead one does not count. */
	(void)insert(test, token.user_id, NOW - 1, &text);
	for (int i = 0; i < API_TOKENS_MAX; i++)
		last = insert(test, token.user_id, 0, &text).id;
	assert_int_equal(
	    api_token_insert(test->db, test->pool, &token, &text, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "too_many_tokens");
	assert_int_equal(
	    api_token_revoke(test->db, token.user_id, last, &err), 0);
	assert_int_equal(
	    api_token_insert(test->db, test->pool, &token, &text, &err), 0);
}

int
main(void)
{
#define MODEL_TEST(fn)                                       \
	cmocka_unit_test_setup_teardown(fn, modeltest_setup, \
	    modeltest_teardown)
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_scopes),
		MODEL_TEST(test_insert_and_find),
		MODEL_TEST(test_secret_is_not_kept),
		MODEL_TEST(test_not_found),
		MODEL_TEST(test_expiry),
		MODEL_TEST(test_touch),
		MODEL_TEST(test_disabled),
		MODEL_TEST(test_list_and_revoke),
		MODEL_TEST(test_insert_refused),
		MODEL_TEST(test_too_many),
	};

	return cmocka_run_group_tests_name("model/api_token", tests, NULL, NULL);
}
