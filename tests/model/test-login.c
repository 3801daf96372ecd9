/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "codec/password.h"
#include "model/login.h"
#include "model/tenant.h"
#include "modeltest.h"

#define RIGHT "vela-trueno-77"
#define WRONG "vela-trueno-78"
#define ANA "ana@example.com"
/* RIGHT at a lower cost, as an older version might have kept it. */
#define OLD                              \
	"$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/" \
	"$qgsTLPjYyl6bMP2LcUKbsTs05.sCD68ExGD6AUXDa92"

enum { RATE = 3 };

struct fixture {
	struct modeltest *model;
	struct hasher *hasher;
	struct login login;
	struct login_outcome outcome;
	struct err err;
	int64_t ana;
};

static int64_t
add_user(struct fixture *f, const char *email, const char *password,
    bool is_disabled)
{
	struct user user = { .tenant_id = 1,
		.has_password_realm = true,
		.login = email,
		.password = password,
		.is_disabled = is_disabled };

	assert_int_equal(
	    user_insert(f->model->db, f->model->pool, &user, &f->err), 0);
	return user.id;
}

static int
setup(void **state)
{
	struct modeltest *model;
	struct fixture *f;
	struct limiter *limiter;
	const char *hash;

	assert_int_equal(modeltest_setup((void **)&model), 0);
	f = POOL_NEW(model->pool, struct fixture);
	f->model = model;
	f->hasher = hasher_new(model->pool, 2, HASHER_WAIT_MS);
	assert_int_equal(limiter_open_in(model->pool, model->db,
			     &model->clock, &limiter, &f->err),
	    0);
	f->login = (struct login){ .db = model->db,
		.limiter = limiter,
		.hasher = f->hasher,
		.clock = &model->clock,
		.log = &model->log,
		.rate = RATE };
	assert_int_equal(password_hash(model->pool, RIGHT, &hash, &f->err),
	    0);
	f->ana = add_user(f, ANA, hash, false);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	void *model = f->model;
	const char *log = modeltest_log(f->model);

	/* Whatever happened, no password was told to the log. */
	assert_null(strstr(log, RIGHT));
	assert_null(strstr(log, WRONG));
	assert_null(strstr(log, "$y$"));
	return modeltest_teardown(&model);
}

/* "" for a login that was right, else the code of the error. */
static const char *
try_input(struct fixture *f, const struct login_input *input)
{
	err_clear(&f->err);
	if (login_try(&f->login, f->model->pool, input, &f->outcome,
		&f->err) == 0)
		return "";
	if (*input->password != '\0')
		assert_null(strstr(f->err.text, input->password));
	return f->err.code;
}

static const char *
try_from(struct fixture *f, const char *email, const char *password,
    const char *remote_addr)
{
	const struct login_input input = { .email = email,
		.password = password,
		.remote_addr = remote_addr,
		.host = "" };

	return try_input(f, &input);
}

static const char *
try(struct fixture *f, const char *email, const char *password)
{
	return try_from(f, email, password, "192.0.2.7");
}

static const char *
try_with_device(struct fixture *f, const char *password, int64_t user_id)
{
	const struct login_input input = { .email = ANA,
		.password = password,
		.remote_addr = "192.0.2.7",
		.host = "",
		.device_user_id = user_id };

	return try_input(f, &input);
}

static void
test_right(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(try(f, " Ana@EXAMPLE.com ", RIGHT), "");
	assert_int_equal(f->outcome.user.id, f->ana);
	assert_int_equal(f->outcome.user.tenant_id, 1);
	assert_string_equal(f->outcome.user.login, ANA);
}

/* One answer for all, and one hash each. */
static void
test_wrong(void **state)
{
	struct fixture *f = *state;
	struct sql *db = f->model->db;
	const char *hash, *text = NULL;
	struct {
		const char *email, *password;
	} rows[] = {
		{ ANA, WRONG },
		{ ANA, "" },
		{ "nobody@example.com", RIGHT },
		{ "nobody@example.com", "" },
		{ "no address", RIGHT },
		{ "", "" },
		{ "\xff\xfe@example.com", RIGHT },
		{ "off@example.com", RIGHT },
		{ "none@example.com", RIGHT },
		{ "none@example.com", "" },
		{ "off@example.org", RIGHT },
	};
	struct tenant off = { .name = "B", .host = "", .is_disabled = true };
	struct user user;

	assert_int_equal(
	    password_hash(f->model->pool, RIGHT, &hash, &f->err), 0);
	(void)add_user(f, "off@example.com", hash, true);
	(void)add_user(f, "none@example.com", "", false);
	assert_int_equal(tenant_insert(db, &off, &f->err), 0);
	user = (struct user){ .tenant_id = off.id,
		.has_password_realm = true,
		.login = "off@example.org",
		.password = hash };
	assert_int_equal(user_insert(db, f->model->pool, &user, &f->err), 0);
	f->login.rate = 0;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		int64_t count = hasher_count(f->hasher);

		assert_string_equal(try(f, rows[i].email, rows[i].password),
		    "bad_login");
		assert_int_equal(f->err.kind, ERR_UNAUTHENTICATED);
		assert_int_equal(hasher_count(f->hasher), count + 1);
		if (text != NULL)
			assert_string_equal(f->err.text, text);
		text = pool_strdup(f->model->pool, f->err.text);
	}
}

static void
test_host(void **state)
{
	struct fixture *f = *state;
	struct tenant other = { .name = "B", .host = "b.example.com" };
	struct login_input input = { .email = ANA,
		.password = RIGHT,
		.remote_addr = "192.0.2.7",
		.host = "b.example.com" };

	assert_int_equal(tenant_insert(f->model->db, &other, &f->err), 0);
	assert_string_equal(try_input(f, &input), "bad_login");
	input.host = "c.example.com";
	assert_string_equal(try_input(f, &input), "");
}

static void
fail_times(struct fixture *f, int times, const char *email,
    const char *remote_addr)
{
	for (int i = 0; i < times; i++)
		assert_string_equal(try_from(f, email, WRONG, remote_addr),
		    "bad_login");
}

static void
test_throttled_pair(void **state)
{
	struct fixture *f = *state;
	int64_t count;

	fail_times(f, RATE, ANA, "192.0.2.7");
	count = hasher_count(f->hasher);
	assert_string_equal(try(f, ANA, RIGHT), "too_many_logins");
	assert_int_equal(f->err.kind, ERR_TOO_MANY);
	assert_int_equal(f->outcome.verdict.retry_secs, 60 / RATE);
	/* Before any hashing. */
	assert_int_equal(hasher_count(f->hasher), count);
	/* From elsewhere, and another from there. */
	assert_string_equal(try_from(f, ANA, RIGHT, "192.0.2.8"), "");
	assert_string_equal(try(f, "eva@example.com", RIGHT), "bad_login");
	f->model->clock.fixed_ms += 60 / RATE * 1000;
	assert_string_equal(try(f, ANA, RIGHT), "");
}

/* An account that is not there is throttled like any other. */
static void
test_throttled_unknown(void **state)
{
	struct fixture *f = *state;

	fail_times(f, RATE, "eva@example.com", "192.0.2.7");
	assert_string_equal(try(f, "eva@example.com", RIGHT),
	    "too_many_logins");
}

static void
test_only_failures_count(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 12 * RATE; i++)
		assert_string_equal(try(f, ANA, RIGHT), "");
	/* And a right one makes good for those before it. */
	for (int i = 0; i < 3; i++) {
		fail_times(f, RATE - 1, ANA, "192.0.2.7");
		assert_string_equal(try(f, ANA, RIGHT), "");
	}
}

static void
test_throttled_address(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < LOGIN_WIDE_FACTOR * RATE; i++)
		fail_times(f, 1,
		    pool_format(f->model->pool, "u%d@example.com", i),
		    "192.0.2.66");
	assert_string_equal(try_from(f, ANA, RIGHT, "192.0.2.66"),
	    "too_many_logins");
	assert_string_equal(try_from(f, ANA, RIGHT, "192.0.2.7"), "");
}

/* An account of one's own is no way to guess at others for ever. */
static void
test_address_is_not_refilled(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < LOGIN_WIDE_FACTOR * RATE; i++) {
		fail_times(f, 1,
		    pool_format(f->model->pool, "u%d@example.com", i),
		    "192.0.2.66");
		if (i % 7 == 0)
			assert_string_equal(
			    try_from(f, ANA, RIGHT, "192.0.2.66"), "");
	}
	assert_string_equal(try_from(f, ANA, RIGHT, "192.0.2.66"),
	    "too_many_logins");
}

/* Whoever has one IPv6 address has a whole site of them. */
static void
test_throttled_site(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < RATE; i++)
		fail_times(f, 1, ANA,
		    pool_format(f->model->pool, "2001:db8:1:2::%x", i + 1));
	assert_string_equal(try_from(f, ANA, RIGHT, "2001:db8:1:2:9::9"),
	    "too_many_logins");
	assert_string_equal(try_from(f, ANA, RIGHT, "2001:db8:1:3::1"), "");
	/* These are addresses of IPv4, and no site. */
	fail_times(f, RATE, ANA, "::ffff:192.0.2.1");
	assert_string_equal(try_from(f, ANA, RIGHT, "::ffff:192.0.2.2"), "");
}

static void
empty_account(struct fixture *f)
{
	for (int i = 0; i < LOGIN_WIDE_FACTOR * RATE; i++)
		fail_times(f, 1, ANA,
		    pool_format(f->model->pool, "198.51.100.%d", i));
}

static void
test_owner_is_not_locked_out(void **state)
{
	struct fixture *f = *state;
	int64_t eva = add_user(f, "eva@example.com", "", false);

	empty_account(f);
	assert_string_equal(try(f, ANA, RIGHT), "too_many_logins");
	/* Somebody else's device is none. */
	assert_string_equal(try_with_device(f, RIGHT, eva),
	    "too_many_logins");
	assert_string_equal(try_with_device(f, RIGHT, f->ana), "");
	/* His own bucket is one, too. */
	for (int i = 0; i < RATE; i++)
		assert_string_equal(try_with_device(f, WRONG, f->ana),
		    "bad_login");
	assert_string_equal(try_with_device(f, RIGHT, f->ana),
	    "too_many_logins");
}

static void
test_renewed(void **state)
{
	struct fixture *f = *state;
	struct user user;
	struct sql_value args[] = { SQL_TEXT(OLD) };

	assert_true(password_is_outdated(OLD));
	assert_int_equal(sql_exec(f->model->db, "UPDATE users SET password ="
						" $1, password_secs = 5",
			     args, ARRAY_COUNT(args), NULL, &f->err),
	    0);
	assert_string_equal(try(f, ANA, WRONG), "bad_login");
	assert_int_equal(user_load(f->model->db, f->model->pool, f->ana,
			     &user, &f->err),
	    1);
	assert_string_equal(user.password, OLD);
	assert_string_equal(try(f, ANA, RIGHT), "");
	assert_int_equal(user_load(f->model->db, f->model->pool, f->ana,
			     &user, &f->err),
	    1);
	assert_string_not_equal(user.password, OLD);
	assert_string_equal(f->outcome.user.password, user.password);
	assert_false(password_is_outdated(user.password));
	assert_int_equal(user.password_secs, 5);
	assert_string_equal(try(f, ANA, RIGHT), "");
}

static void
test_confirm(void **state)
{
	struct fixture *f = *state;
	struct limit_verdict verdict;
	struct user user;

	assert_int_equal(user_load(f->model->db, f->model->pool, f->ana,
			     &user, &f->err),
	    1);
	assert_int_equal(login_confirm(&f->login, f->model->pool, &user,
			     RIGHT, &verdict, &f->err),
	    0);
	for (int i = 0; i < RATE; i++) {
		assert_int_equal(login_confirm(&f->login, f->model->pool,
				     &user, WRONG, &verdict, &f->err),
		    -1);
		assert_int_equal(f->err.kind, ERR_DENIED);
		assert_string_equal(f->err.code, "bad_password");
	}
	assert_int_equal(login_confirm(&f->login, f->model->pool, &user,
			     RIGHT, &verdict, &f->err),
	    -1);
	assert_int_equal(f->err.kind, ERR_TOO_MANY);
	/* Nobody is kept from logging in by that. */
	assert_string_equal(try(f, ANA, RIGHT), "");
}

/* Whatever fails, nobody gets in by it, and an attempt can be made again. */
static void
test_faults(void **state)
{
	struct fixture *f = *state;
	int refused = 0;

	for (int n = 1; n < 10; n++) {
		(void)fault_at(n);
		if (*try(f, ANA, WRONG) == '\0')
			fail_msg("in by fault %d", n);
		refused += strcmp(f->err.code, "bad_login") != 0;
		(void)fault_at(0);
		f->model->clock.fixed_ms += 60000;
	}
	assert_int_equal(refused, 2); /* the account, the buckets */
	/* What was taken could not be given back: the login counts. */
	(void)fault_at(3);
	assert_string_equal(try(f, ANA, RIGHT), "");
	assert_true(fault_at(0));
	assert_non_null(strstr(modeltest_log(f->model), "[AUTH]"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_right),
		TEST(test_wrong),
		TEST(test_host),
		TEST(test_throttled_pair),
		TEST(test_throttled_unknown),
		TEST(test_only_failures_count),
		TEST(test_throttled_address),
		TEST(test_address_is_not_refilled),
		TEST(test_throttled_site),
		TEST(test_owner_is_not_locked_out),
		TEST(test_renewed),
		TEST(test_confirm),
		TEST(test_faults),
	};

	return cmocka_run_group_tests_name("model/login", tests, NULL, NULL);
}
