/*
 * Sessions that are begun, seen and ended at the same moment, and tokens that
 * are made, each by a connection of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <pthread.h>

#include "lib/database.h"
#include "lib/tmpdir.h"
#include "model/api_token.h"
#include "model/schema.h"
#include "model/session.h"

#define NOW INT64_C(1795358280)

enum { RIVALS = 8, ROUNDS = 15 };

static const struct session_terms terms = { .idle_secs = 600,
	.max_secs = 3600 };

struct fixture {
	struct pool *pool;
	struct sql *db;
	struct err err;
	int64_t ana;
};

struct rival {
	struct sql *db;
	pthread_barrier_t *start;
	struct session session;
	const char *secret; /* to be found; NULL: to begin one */
	bool wants_token;
	int result;
};

static int
setup(void **state)
{
	struct pool *pool = pool_new();
	struct fixture *f = POOL_NEW(pool, struct fixture);
	const struct log log = { .fd = 2, .least = LOG_ERROR };
	struct user user = { .tenant_id = 1,
		.has_password_realm = true,
		.login = "ana@example.com",
		.password = "$y$old" };

	f->pool = pool;
	if (sql_open(pool,
		database_new(pool,
		    pool_format(pool, "sqlite:%s/a.db", tmpdir_new(pool))),
		RIVALS + 1, &f->db, &f->err) == -1 ||
	    sql_migrate(f->db, schema_migrations, SCHEMA_VERSION, &log,
		&f->err) == -1 ||
	    user_insert(f->db, pool, &user, &f->err) == -1)
		fail_msg("%s", f->err.text);
	f->ana = user.id;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct pool *pool = ((struct fixture *)*state)->pool;

	pool_free(&pool);
	return 0;
}

static int64_t
number(struct fixture *f, const char *text)
{
	struct sql_rows rows;

	assert_int_equal(
	    sql_query(f->db, f->pool, text, NULL, 0, &rows, &f->err), 0);
	return sql_int(&rows, 0, 0);
}

static int
begin_or_find(struct rival *rival, struct pool *pool)
{
	const struct user_proof proof = { .secret = slice_str(rival->secret),
		.host = "",
		.now_secs = NOW + 100 };
	const char *secret;
	struct user user;
	struct err err = ERR_INIT;

	if (rival->secret == NULL)
		return session_begin(rival->db, pool, &rival->session, &terms,
		    NOW, &secret, &err);
	return session_find(rival->db, pool, &proof, &terms, &rival->session,
	    &user, &err);
}

static int
make_token(struct sql *db, struct pool *pool, int64_t user_id)
{
	struct api_token token = { .user_id = user_id,
		.name = "t",
		.scopes = API_SCOPE_READ,
		.created_secs = NOW };
	struct err err = ERR_INIT;
	const char *text;

	return api_token_insert(db, pool, &token, &text, &err);
}

static void *
run_rival(void *arg)
{
	struct rival *rival = arg;
	struct pool *pool = pool_new();

	(void)pthread_barrier_wait(rival->start);
	rival->result = rival->wants_token ?
	    make_token(rival->db, pool, rival->session.user_id) :
	    begin_or_find(rival, pool);
	pool_free(&pool);
	return NULL;
}

/* All at once, and fn (may be NULL) among them. */
static void
race_for(struct fixture *f, struct rival rivals[RIVALS],
    const struct rival *model, void (*fn)(struct fixture *f))
{
	pthread_t threads[RIVALS];
	pthread_barrier_t start;

	assert_int_equal(pthread_barrier_init(&start, NULL, RIVALS + 1), 0);
	for (int i = 0; i < RIVALS; i++) {
		rivals[i] = *model;
		rivals[i].db = f->db;
		rivals[i].start = &start;
		rivals[i].session = (struct session){ .user_id = f->ana,
			.password = "$y$old" };
		assert_int_equal(pthread_create(&threads[i], NULL, run_rival,
				     &rivals[i]),
		    0);
	}
	(void)pthread_barrier_wait(&start);
	if (fn != NULL)
		fn(f);
	for (int i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(pthread_barrier_destroy(&start), 0);
}

static void
race(struct fixture *f, struct rival rivals[RIVALS], const char *secret,
    void (*fn)(struct fixture *f))
{
	const struct rival model = { .secret = secret };

	race_for(f, rivals, &model, fn);
}

/* Of many who note that a session was seen none fails. */
static void
test_touched(void **state)
{
	struct fixture *f = *state;
	struct session session = { .user_id = f->ana };
	struct rival rivals[RIVALS];
	const char *secret;

	assert_int_equal(session_begin(f->db, f->pool, &session, &terms, NOW,
			     &secret, &f->err),
	    0);
	race(f, rivals, secret, NULL);
	for (int i = 0; i < RIVALS; i++)
		assert_int_equal(rivals[i].result, 1);
	assert_int_equal(number(f, "SELECT seen_secs FROM sessions"),
	    NOW + 100);
}

static void
set_password(struct fixture *f, const char *password)
{
	if (user_set_password(f->db, f->ana, password, 0, NOW, &f->err) == -1)
		fail_msg("%s", f->err.text);
}

static void
change_password(struct fixture *f)
{
	set_password(f, "$y$new");
}

/* However they meet, no session outlives the password it began with. */
static void
test_password_changed(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[RIVALS];

	for (int i = 0; i < ROUNDS; i++) {
		set_password(f, "$y$old");
		race(f, rivals, NULL, change_password);
		assert_int_equal(number(f, "SELECT count(*) FROM sessions"),
		    0);
	}
}

static void
disable(struct fixture *f)
{
	struct user user = { .id = f->ana,
		.login = "ana@example.com",
		.name = "",
		.is_disabled = true };

	assert_int_equal(user_update(f->db, &user, &f->err), 0);
}

static void
test_disabled(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[RIVALS];

	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(sql_exec(f->db,
				     "UPDATE users SET is_disabled = 0", NULL,
				     0, NULL, &f->err),
		    0);
		race(f, rivals, NULL, disable);
		assert_int_equal(number(f, "SELECT count(*) FROM sessions"),
		    0);
	}
}

/* Where one more token may be made, one is made. */
static void
test_last_token(void **state)
{
	const struct rival model = { .wants_token = true };
	struct fixture *f = *state;
	struct rival rivals[RIVALS];

	for (int i = 1; i < API_TOKENS_MAX; i++)
		assert_int_equal(make_token(f->db, f->pool, f->ana), 0);
	for (int i = 0; i < ROUNDS; i++) {
		race_for(f, rivals, &model, NULL);
		assert_int_equal(number(f, "SELECT count(*) FROM api_tokens"),
		    API_TOKENS_MAX);
		assert_int_equal(sql_exec(f->db,
				     "DELETE FROM api_tokens WHERE id ="
				     " (SELECT max(id) FROM api_tokens)",
				     NULL, 0, NULL, &f->err),
		    0);
	}
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_touched),
		TEST(test_password_changed),
		TEST(test_disabled),
		TEST(test_last_token),
	};

	return cmocka_run_group_tests_name("model/session_races", tests, NULL,
	    NULL);
}
