/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "model/avatar.h"
#include "model/session.h"
#include "model/tenant.h"
#include "model/user.h"
#include "modeltest.h"

static const struct session_terms terms = { .idle_secs = 600,
	.max_secs = 3600 };

static struct user
user_of(const char *login)
{
	return (struct user){ .tenant_id = 1,
		.has_password_realm = true,
		.login = login,
		.name = "Ana María",
		.role = ROLE_EDITOR,
		.created_secs = MODELTEST_NOW_SECS,
		.password_secs = MODELTEST_NOW_SECS,
		.password = "$y$one" };
}

static int64_t
insert(struct modeltest *test, const char *login)
{
	struct user user = user_of(login);
	struct err err = ERR_INIT;

	if (user_insert(test->db, test->pool, &user, &err) == -1)
		fail_msg("%s: %s", login, err.text);
	return user.id;
}

static struct user
load(struct modeltest *test, int64_t id)
{
	struct user user;
	struct err err = ERR_INIT;

	assert_int_equal(user_load(test->db, test->pool, id, &user, &err), 1);
	return user;
}

static int64_t
begin_session(struct modeltest *test, int64_t user_id)
{
	struct session session = { .user_id = user_id };
	struct err err = ERR_INIT;
	const char *secret;

	assert_int_equal(session_begin(test->db, test->pool, &session, &terms,
			     MODELTEST_NOW_SECS, &secret, &err),
	    0);
	return session.id;
}

static int64_t
add_tenant(struct modeltest *test, const char *host, bool is_disabled)
{
	struct tenant tenant = { .name = "Otro",
		.host = host,
		.is_disabled = is_disabled };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(test->db, &tenant, &err), 0);
	return tenant.id;
}

static void
test_roles(void **state)
{
	enum role role = ROLE_COUNT;

	(void)state;
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		assert_true(
		    role_find(slice_str(role_name((enum role)i)), &role));
		assert_int_equal(role, i);
	}
	assert_false(role_find(slice_str("root"), &role));
	assert_false(role_find(slice_str(""), &role));
	assert_false(role_find(slice_str("Admin"), &role));
}

static void
test_email(void **state)
{
	static const struct {
		const char *text, *email; /* NULL: refused */
	} rows[] = {
		{ "ana@example.com", "ana@example.com" },
		{ "  Ana.Maria+x@Example.COM\t", "ana.maria+x@example.com" },
		{ "a@b", "a@b" },
		{ "o'neill_{a}~!@mail-1.example.org",
		    "o'neill_{a}~!@mail-1.example.org" },
		{ "", NULL },
		{ "ana", NULL },
		{ "@example.com", NULL },
		{ "ana@", NULL },
		{ "ana@@example.com", NULL },
		{ "ana@b@example.com", NULL },
		{ "ana maria@example.com", NULL },
		{ "ana@example..com", NULL },
		{ "ana@.example.com", NULL },
		{ "ana@example.com.", NULL },
		{ "ana@-example.com", NULL },
		{ "ana@example-.com", NULL },
		{ "ana@exa_mple.com", NULL },
		{ "ana@[127.0.0.1]", NULL },
		{ "\"ana\"@example.com", NULL },
		{ "ana@example.com\r\nBcc: x@y", NULL },
		{ "a\xc3\xb1o@example.com", NULL },
		{ "ana@ejempl\xc3\xb3.com", NULL },
	};
	struct err err = ERR_INIT;
	const char *email;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int result = user_clean_email(*state, slice_str(rows[i].text),
		    &email, &err);

		if (result != (rows[i].email == NULL ? -1 : 0))
			fail_msg("%s: %d", rows[i].text, result);
		if (result == -1)
			assert_string_equal(err.code, "bad_email");
		else
			assert_string_equal(email, rows[i].email);
	}
	assert_int_equal(user_clean_email(*state,
			     slice_make("ana\0@example.com", 16), &email,
			     &err),
	    -1);
}

static void
test_email_length(void **state)
{
	struct pool *pool = *state;
	char local[66], label[65];
	struct err err = ERR_INIT;
	const char *email, *text;

	memset(local, 'a', sizeof(local));
	memset(label, 'b', sizeof(label));
	text = pool_format(pool, "%.64s@%.63s.%.63s.%.61s", local, label,
	    label, label);
	assert_int_equal(strlen(text), USER_LOGIN_MAX);
	assert_int_equal(
	    user_clean_email(pool, slice_str(text), &email, &err), 0);
	text = pool_format(pool, "%sb", text);
	assert_int_equal(
	    user_clean_email(pool, slice_str(text), &email, &err), -1);
	text = pool_format(pool, "%.65s@example.com", local);
	assert_int_equal(
	    user_clean_email(pool, slice_str(text), &email, &err), -1);
	text = pool_format(pool, "ana@%.64s.com", label);
	assert_int_equal(
	    user_clean_email(pool, slice_str(text), &email, &err), -1);
}

static void
test_insert_and_load(void **state)
{
	struct modeltest *test = *state;
	struct user user = user_of("ana@example.com"), found;
	struct err err = ERR_INIT;

	assert_int_equal(user_insert(test->db, test->pool, &user, &err), 0);
	assert_true(user.id > 0 && user.id < INT64_C(1) << 53);
	assert_string_equal(user.key_id,
	    pool_format(test->pool, "%lld", (long long)user.id));
	assert_int_equal(user_find_email(test->db, test->pool,
			     "ana@example.com", &found, &err),
	    1);
	assert_int_equal(found.id, user.id);
	assert_int_equal(found.tenant_id, 1);
	assert_true(found.has_password_realm);
	assert_string_equal(found.login, "ana@example.com");
	assert_string_equal(found.key_id, user.key_id);
	assert_string_equal(found.name, "Ana María");
	assert_int_equal(found.role, ROLE_EDITOR);
	assert_false(found.is_disabled);
	assert_false(found.is_tenant_disabled);
	assert_int_equal(found.created_secs, MODELTEST_NOW_SECS);
	assert_int_equal(found.password_secs, MODELTEST_NOW_SECS);
	assert_int_equal(found.avatar_file_id, 0);
	assert_string_equal(found.password, "$y$one");
	assert_string_equal(load(test, user.id).login, "ana@example.com");
	assert_int_equal(
	    user_load(test->db, test->pool, user.id + 1, &found, &err), 0);
	assert_int_equal(
	    user_find_email(test->db, test->pool, "eva@b", &found, &err), 0);
}

static void
test_insert_refused(void **state)
{
	struct modeltest *test = *state;
	struct user user = user_of("ana@example.com");
	struct err err = ERR_INIT;
	char name[USER_NAME_MAX + 2];

	(void)insert(test, "ana@example.com");
	/* Unique in the installation, not in the tenant alone. */
	user.tenant_id = add_tenant(test, "", false);
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(err.code, "login_taken");

	user = user_of("eva@example.com");
	user.tenant_id = 77;
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);

	user = user_of("eva@example.com");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	user.name = name;
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), -1);
	assert_string_equal(err.code, "bad_name");
	user.name = "Eva\nroot";
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), -1);
	user.name = "Eva\xff";
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), -1);
	user = user_of("");
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), -1);
	assert_string_equal(err.code, "bad_login_name");
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM users"), 1);
}

static void
test_list(void **state)
{
	struct modeltest *test = *state;
	struct user other = user_of("bea@example.com"), *users;
	struct err err = ERR_INIT;
	size_t count;

	(void)insert(test, "eva@example.com");
	(void)insert(test, "ana@example.com");
	other.tenant_id = add_tenant(test, "", false);
	assert_int_equal(user_insert(test->db, test->pool, &other, &err), 0);

	assert_int_equal(
	    user_list(test->db, test->pool, 1, &users, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(users[0].login, "ana@example.com");
	assert_string_equal(users[1].login, "eva@example.com");
	assert_int_equal(
	    user_list(test->db, test->pool, 0, &users, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(users[1].login, "bea@example.com");
	assert_int_equal(
	    user_list(test->db, test->pool, 9, &users, &count, &err), 0);
	assert_int_equal(count, 0);
}

/* More than the rows of one result. */
static void
test_long_list(void **state)
{
	struct modeltest *test = *state;
	struct user *users;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(
	    sql_script(test->db,
		"INSERT INTO users (id, tenant_id, login, realm, key_id, name,"
		" role, password, is_disabled, created_secs, password_secs)"
		" WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
		"  SELECT i + 1 FROM n WHERE i < 10003)"
		" SELECT i, 1, 'u' || i, 'server', 'k' || i, '', 'viewer', '',"
		" 0, 0, 0 FROM n;",
		&err),
	    0);
	assert_int_equal(
	    user_list(test->db, test->pool, 1, &users, &count, &err), 0);
	assert_int_equal(count, 10003);
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(users[i - 1].login, users[i].login) < 0);
}

static struct user
visitor(const char *login, const char *key_id)
{
	return (struct user){ .tenant_id = 1,
		.login = login,
		.key_id = key_id,
		.name = "Del servidor",
		.role = ROLE_VIEWER };
}

static void
test_provision(void **state)
{
	struct modeltest *test = *state;
	struct user user = visitor("ana", "ana");
	struct err err = ERR_INIT;
	int64_t id;

	/* An email login of the same name is somebody else. */
	(void)insert(test, "ana");
	assert_int_equal(user_provision(test->db, test->pool, &user, "",
			     MODELTEST_NOW_SECS, &err),
	    0);
	id = user.id;
	assert_false(user.has_password_realm);
	assert_string_equal(user.password, "");
	assert_int_equal(user.created_secs, MODELTEST_NOW_SECS);

	user.role = ROLE_ADMIN;
	user.name = "Ana";
	assert_int_equal(user_update(test->db, &user, &err), 0);
	/* What an administrator gave is kept. */
	user = visitor("ana", "ana");
	assert_int_equal(user_provision(test->db, test->pool, &user, "",
			     MODELTEST_NOW_SECS + 5, &err),
	    0);
	assert_int_equal(user.id, id);
	assert_int_equal(user.role, ROLE_ADMIN);
	assert_string_equal(user.name, "Ana");
	assert_int_equal(user.created_secs, MODELTEST_NOW_SECS);

	/* Two logins that would share their keys. */
	user = visitor("Ana", "ana");
	assert_int_equal(user_provision(test->db, test->pool, &user, "",
			     MODELTEST_NOW_SECS, &err),
	    -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
}

static void
test_provision_by_host(void **state)
{
	struct modeltest *test = *state;
	int64_t tenant = add_tenant(test, "b.example.com", false);
	struct user user = visitor("ana", "ana"), again;
	struct err err = ERR_INIT;

	assert_int_equal(user_provision(test->db, test->pool, &user,
			     "B.Example.com:8080", MODELTEST_NOW_SECS, &err),
	    0);
	assert_int_equal(user.tenant_id, tenant);
	again = visitor("ana", "ana");
	assert_int_equal(user_provision(test->db, test->pool, &again,
			     "a.example.com", MODELTEST_NOW_SECS, &err),
	    0);
	assert_int_equal(again.tenant_id, 1);
	assert_int_not_equal(again.id, user.id);
}

static void
test_provision_refused(void **state)
{
	struct modeltest *test = *state;
	int64_t tenant = add_tenant(test, "off.example.com", true);
	struct user user = visitor("ana", "ana");
	struct err err = ERR_INIT;

	assert_int_equal(user_provision(test->db, test->pool, &user,
			     "off.example.com", MODELTEST_NOW_SECS, &err),
	    -1);
	assert_int_equal(err.kind, ERR_DENIED);
	assert_string_equal(err.code, "tenant_disabled");
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM users"), 0);

	/* And of somebody who has been there before. */
	assert_int_equal(sql_script(test->db,
			     "UPDATE tenants SET is_disabled = 0;", &err),
	    0);
	user = visitor("ana", "ana");
	user.tenant_id = tenant;
	assert_int_equal(user_provision(test->db, test->pool, &user, "",
			     MODELTEST_NOW_SECS, &err),
	    0);
	assert_int_equal(sql_script(test->db,
			     "UPDATE tenants SET is_disabled = 1;", &err),
	    0);
	assert_int_equal(user_provision(test->db, test->pool, &user, "",
			     MODELTEST_NOW_SECS, &err),
	    -1);
	assert_string_equal(err.code, "tenant_disabled");
	assert_true(load(test, user.id).is_tenant_disabled);

	user = visitor("ana", "ana");
	user.tenant_id = 77;
	assert_int_equal(user_provision(test->db, test->pool, &user, "",
			     MODELTEST_NOW_SECS, &err),
	    -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_update(void **state)
{
	struct modeltest *test = *state;
	int64_t image = modeltest_image(test, "avatar.png");
	struct user user = load(test, insert(test, "ana@example.com"));
	struct err err = ERR_INIT;

	(void)begin_session(test, user.id);
	assert_int_equal(avatar_set(test->db, 1, user.id, image, &err), 0);
	user.name = "";
	user.role = ROLE_ADMIN;
	user.avatar_file_id = 0; /* nor is this: it was read before */
	user.login = "other@example.com"; /* not changed by this */
	assert_int_equal(user_update(test->db, &user, &err), 0);
	user = load(test, user.id);
	assert_string_equal(user.name, "");
	assert_int_equal(user.role, ROLE_ADMIN);
	assert_int_equal(user.avatar_file_id, image);
	assert_string_equal(user.login, "ana@example.com");
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 1);

	user.is_disabled = true;
	assert_int_equal(user_update(test->db, &user, &err), 0);
	user = load(test, user.id);
	assert_true(user.is_disabled);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 0);

	user.id++;
	assert_int_equal(user_update(test->db, &user, &err), -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_set_password(void **state)
{
	struct modeltest *test = *state;
	int64_t ana = insert(test, "ana@example.com");
	int64_t eva = insert(test, "eva@example.com");
	int64_t kept = begin_session(test, ana);
	struct err err = ERR_INIT;

	(void)begin_session(test, ana);
	(void)begin_session(test, eva);
	assert_int_equal(user_set_password(test->db, ana, "$y$two", kept,
			     MODELTEST_NOW_SECS + 9, &err),
	    0);
	assert_string_equal(load(test, ana).password, "$y$two");
	assert_int_equal(load(test, ana).password_secs,
	    MODELTEST_NOW_SECS + 9);
	assert_string_equal(load(test, eva).password, "$y$one");
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 2);
	assert_int_equal(modeltest_number(test, "SELECT min(id) FROM sessions"
						" WHERE user_id <> 0"
						" AND user_id IN (SELECT id"
						" FROM users WHERE login ="
						" 'ana@example.com')"),
	    kept);
	assert_int_equal(user_set_password(test->db, ana, "$y$three", 0,
			     MODELTEST_NOW_SECS, &err),
	    0);
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 1);
	assert_int_equal(user_set_password(test->db, 77, "$y$three", 0,
			     MODELTEST_NOW_SECS, &err),
	    -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	/* Whom the web server logs in has none here. */
	assert_int_equal(sql_exec(test->db,
			     "UPDATE users SET realm = 'server'", NULL, 0,
			     NULL, &err),
	    0);
	assert_int_equal(user_set_password(test->db, ana, "$y$four", 0,
			     MODELTEST_NOW_SECS, &err),
	    -1);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
}

static void
test_renew_password(void **state)
{
	struct modeltest *test = *state;
	struct user user = load(test, insert(test, "ana@example.com"));
	struct err err = ERR_INIT;

	(void)begin_session(test, user.id);
	assert_int_equal(user_renew_password(test->db, &user, "$y$new", &err),
	    0);
	assert_string_equal(load(test, user.id).password, "$y$new");
	assert_int_equal(
	    modeltest_number(test, "SELECT count(*) FROM sessions"), 1);
	/* It was changed in between: that is what counts. */
	assert_int_equal(user_renew_password(test->db, &user, "$y$old", &err),
	    0);
	assert_string_equal(load(test, user.id).password, "$y$new");
}

/* Whatever fails, a change happens as a whole or not at all. */
static void
test_faults(void **state)
{
	struct modeltest *test = *state;
	struct user user = load(test, insert(test, "ana@example.com"));
	struct err err = ERR_INIT;
	int failed = 0;

	(void)begin_session(test, user.id);
	user.is_disabled = true;
	for (int n = 1; n < 10; n++) {
		(void)fault_at(n);
		if (user_update(test->db, &user, &err) == 0) {
			(void)fault_at(0);
			break;
		}
		(void)fault_at(0);
		failed++;
		assert_false(load(test, user.id).is_disabled);
		assert_int_equal(
		    modeltest_number(test, "SELECT count(*) FROM sessions"),
		    1);
	}
	assert_int_equal(failed, 4); /* begin, two statements, commit */
}

static int64_t
count_logins(struct modeltest *test)
{
	struct err err = ERR_INIT;
	int64_t count;

	assert_int_equal(
	    user_count_logins(test->db, test->pool, &count, &err), 0);
	return count;
}

/* Nobody without a password, nobody disabled, nobody of a disabled tenant. */
static void
test_count_logins(void **state)
{
	struct modeltest *test = *state;
	struct tenant tenant = { .name = "Norte", .host = "" };
	struct user user = user_of("ana@example.com");
	struct user bare = user_of("eva@example.com");
	struct user away = user_of("leo@example.com");
	struct user known = { .tenant_id = 1, .login = "maria",
		.key_id = "maria", .name = "" };
	struct err err = ERR_INIT;

	assert_int_equal(count_logins(test), 0);
	bare.password = "";
	assert_int_equal(tenant_insert(test->db, &tenant, &err), 0);
	away.tenant_id = tenant.id;
	assert_int_equal(user_insert(test->db, test->pool, &bare, &err), 0);
	assert_int_equal(user_insert(test->db, test->pool, &user, &err), 0);
	assert_int_equal(user_insert(test->db, test->pool, &away, &err), 0);
	assert_int_equal(user_provision(test->db, test->pool, &known, "",
			     MODELTEST_NOW_SECS, &err), 0);
	assert_int_equal(count_logins(test), 2);
	user.is_disabled = true;
	assert_int_equal(user_update(test->db, &user, &err), 0);
	assert_int_equal(count_logins(test), 1);
	tenant.is_disabled = true;
	assert_int_equal(tenant_update(test->db, &tenant, &err), 0);
	assert_int_equal(count_logins(test), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles),
		POOL_TEST(test_email),
		POOL_TEST(test_email_length),
#define MODEL_TEST(fn)                                       \
	cmocka_unit_test_setup_teardown(fn, modeltest_setup, \
	    modeltest_teardown)
		MODEL_TEST(test_insert_and_load),
		MODEL_TEST(test_insert_refused),
		MODEL_TEST(test_list),
		MODEL_TEST(test_long_list),
		MODEL_TEST(test_provision),
		MODEL_TEST(test_provision_by_host),
		MODEL_TEST(test_provision_refused),
		MODEL_TEST(test_update),
		MODEL_TEST(test_set_password),
		MODEL_TEST(test_renew_password),
		MODEL_TEST(test_count_logins),
		MODEL_TEST(test_faults),
	};

	return cmocka_run_group_tests_name("model/user", tests, NULL, NULL);
}
