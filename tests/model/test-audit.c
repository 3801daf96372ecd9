/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "lib/database.h"
#include "lib/sql_fault.h"
#include "lib/tmpdir.h"
#include "model/audit_chain.h"
#include "model/schema.h"

#define NOW_MS INT64_C(1795358280000)

enum { LOG_BYTES_MAX = 64 * 1024 };

struct fixture {
	struct pool *pool, *process; /* the latter ends before the former */
	struct clock clock;
	struct log log;
	int log_fd;
	const char *url;
	struct sql *db;
	struct audit *audit;
	struct err err;
};

static const struct audit_event sample = { .tenant_id = 7,
	.user_id = 9,
	.actor = "ana@example.com",
	.via = "token/12",
	.action = "file.read",
	.subject = "files/123",
	.remote_addr = "192.0.2.7",
	.request_id = "0123456789abcdef0123456789abcdef",
	.status = 302,
	.result = "ok" };

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	f->process = pool_new();
	f->clock.fixed_ms = NOW_MS;
	assert_int_equal(file_open_unnamed("/tmp", &f->log_fd, &f->err), 0);
	file_close_with(f->pool, f->log_fd);
	log_init(&f->log, f->log_fd, LOG_INFO);
	f->url = database_new(f->pool,
	    pool_format(f->pool, "sqlite:%s/a.db", tmpdir_new(f->pool)));
	if (fault_open(f->process, f->url, &f->db, &f->err) == -1 ||
	    sql_migrate(f->db, schema_migrations, SCHEMA_VERSION, &f->log,
		&f->err) == -1)
		fail_msg("%s", f->err.text);
	f->audit = audit_new(f->process, f->db, &f->clock, &f->log);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)fault_at(0);
	pool_free(&f->process);
	pool_free(&f->pool);
	free(f);
	return 0;
}

static void
note(struct fixture *f, const struct audit_event *event)
{
	f->clock.fixed_ms++;
	if (audit_note(f->audit, event, &f->err) == -1)
		fail_msg("%s", f->err.text);
}

/* Subjects files/1, files/2, ... */
static void
note_many(struct fixture *f, int count)
{
	for (int i = 1; i <= count; i++) {
		struct audit_event event = sample;

		event.subject = pool_format(f->pool, "files/%d", i);
		note(f, &event);
	}
}

static struct audit_findings
verify_with(struct fixture *f, int64_t number, const char *hash)
{
	struct audit_findings findings;

	if (audit_verify(f->db, f->pool, number, hash, &findings, &f->err) ==
	    -1)
		fail_msg("%s", f->err.text);
	return findings;
}

static struct audit_findings
verify(struct fixture *f)
{
	return verify_with(f, 0, NULL);
}

static void
run(struct fixture *f, const char *script)
{
	if (sql_script(f->db, script, &f->err) == -1)
		fail_msg("%s: %s", script, f->err.text);
}

static struct audit_row *
list(struct fixture *f, struct audit_search search, size_t *count_r)
{
	struct audit_row *rows;

	if (search.limit == 0)
		search.limit = 1000;
	if (audit_list(f->db, f->pool, &search, &rows, count_r, &f->err) == -1)
		fail_msg("%s", f->err.text);
	return rows;
}

static const char *
read_log(struct fixture *f)
{
	char *text = pool_alloc(f->pool, LOG_BYTES_MAX + 1);

	assert_true(pread(f->log_fd, text, LOG_BYTES_MAX, 0) >= 0);
	return text;
}

/* ---- rows ---- */

static void
test_empty(void **state)
{
	struct fixture *f = *state;
	struct audit_findings findings = verify(f);

	assert_null(findings.problem);
	assert_int_equal(findings.rows, 0);
	assert_int_equal(findings.head_number, 0);
	assert_string_equal(findings.head_hash, "");
}

static void
test_row(void **state)
{
	struct fixture *f = *state;
	struct audit_row *rows;
	struct audit_findings findings;
	size_t count;

	note(f, &sample);
	note(f, &sample);
	rows = list(f, (struct audit_search){ .tenant_id = 7 }, &count);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].number, 1);
	assert_int_equal(rows[0].at_ms, NOW_MS + 1);
	assert_int_equal(rows[0].event.tenant_id, 7);
	assert_int_equal(rows[0].event.user_id, 9);
	assert_string_equal(rows[0].event.actor, "ana@example.com");
	assert_string_equal(rows[0].event.via, "token/12");
	assert_string_equal(rows[0].event.action, "file.read");
	assert_string_equal(rows[0].event.subject, "files/123");
	assert_string_equal(rows[0].event.remote_addr, "192.0.2.7");
	assert_string_equal(rows[0].event.request_id, sample.request_id);
	assert_int_equal(rows[0].event.status, 302);
	assert_string_equal(rows[0].event.result, "ok");
	assert_string_equal(rows[0].previous, "");
	assert_string_equal(rows[1].previous, rows[0].hash);
	findings = verify(f);
	assert_null(findings.problem);
	assert_int_equal(findings.rows, 2);
	assert_string_equal(findings.head_hash, rows[1].hash);
}

/* The bytes that are hashed are a promise to programs of others. */
static void
test_hash(void **state)
{
	struct pool *pool = *state;
	struct audit_row row = { .event = sample,
		.number = 2,
		.at_ms = NOW_MS,
		.previous = "00ff" };

	/* python3: sha256(b"4:00ff,1:2,13:1795358280000,1:7,1:9,"
	 * b"15:ana@example.com,8:token/12,9:file.read,9:files/123,"
	 * b"9:192.0.2.7,32:0123...,3:302,2:ok,") */
	assert_string_equal(audit_hash(pool, &row),
	    "15195bdc2785ad04728bb2481f8e5773bdce3ccedfcfbf4cc2af2dce4780dcbc");
	row.previous = "";
	assert_string_not_equal(audit_hash(pool, &row),
	    "15195bdc2785ad04728bb2481f8e5773bdce3ccedfcfbf4cc2af2dce4780dcbc");
}

/* Where one text ends and the next begins matters. */
static void
test_unambiguous(void **state)
{
	struct pool *pool = *state;
	struct audit_row a = { .event = sample, .previous = "" }, b = a;

	a.event.actor = "ana";
	a.event.via = "server";
	b.event.actor = "anas";
	b.event.via = "erver";
	assert_string_not_equal(audit_hash(pool, &a), audit_hash(pool, &b));
	a.event.actor = "x,1:y";
	a.event.via = "z";
	b.event.actor = "x";
	b.event.via = "y,1:z";
	assert_string_not_equal(audit_hash(pool, &a), audit_hash(pool, &b));
}

/* Texts of strangers: long, no UTF-8, absent, or SQL. */
static void
test_texts(void **state)
{
	struct fixture *f = *state;
	struct audit_event event = sample;
	char *longest = pool_alloc(f->pool, 5001);
	struct audit_row *rows;
	size_t count;

	for (int i = 0; i < 5000; i += 2)
		memcpy(longest + i, "\xc3\xb1", 2);
	event.actor = longest;
	event.subject = longest;
	event.via = NULL;
	event.action = "a'); DROP TABLE audit; --";
	event.remote_addr = "\xff\xfe";
	event.result = "two\nlines";
	note(f, &event);
	rows = list(f, (struct audit_search){ .tenant_id = 0 }, &count);
	assert_int_equal(count, 1);
	assert_int_equal(strlen(rows[0].event.actor), 256);
	assert_int_equal(strlen(rows[0].event.subject), 1024);
	assert_string_equal(rows[0].event.via, "");
	assert_string_equal(rows[0].event.action, event.action);
	assert_string_equal(rows[0].event.remote_addr,
	    "\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(rows[0].event.result, "two\nlines");
	assert_null(verify(f).problem);
}

static void
test_search(void **state)
{
	static const struct {
		struct audit_search search;
		size_t count;
		int64_t first; /* number */
	} cases[] = {
		{ { .limit = 100 }, 12, 1 },
		{ { .limit = 5 }, 5, 1 },
		{ { .after_number = 5 }, 7, 6 },
		{ { .after_number = 12 }, 0, 0 },
		{ { .tenant_id = 7 }, 10, 1 },
		{ { .tenant_id = 8 }, 2, 11 },
		{ { .user_id = 9 }, 11, 1 },
		{ { .user_id = 33 }, 1, 12 },
		{ { .actor = "eva@example.com" }, 1, 12 },
		{ { .action = "login" }, 1, 12 },
		{ { .action = "LOGIN" }, 0, 0 },
		{ { .subject = "files/3" }, 1, 3 },
		{ { .subject = "files/%" }, 0, 0 },
		{ { .since_ms = NOW_MS + 3 }, 10, 3 },
		{ { .until_ms = NOW_MS + 3 }, 2, 1 },
		{ { .since_ms = NOW_MS + 3, .until_ms = NOW_MS + 5 }, 2, 3 },
		{ { .tenant_id = 8, .user_id = 9, .action = "file.read" }, 1,
		    11 },
	};
	struct fixture *f = *state;
	struct audit_event event = sample;

	note_many(f, 10);
	event.tenant_id = 8;
	note(f, &event);
	event.user_id = 33;
	event.actor = "eva@example.com";
	event.action = "login";
	note(f, &event);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count;
		struct audit_row *rows = list(f, cases[i].search, &count);

		assert_int_equal(count, cases[i].count);
		if (count > 0)
			assert_int_equal(rows[0].number, cases[i].first);
		for (size_t k = 1; k < count; k++)
			assert_true(rows[k].number > rows[k - 1].number);
	}
}

/* ---- tampering ---- */

static void
test_tampering(void **state)
{
	static const struct {
		const char *script;
		int64_t bad_number;
		const char *problem;
	} cases[] = {
		{ "UPDATE audit SET at_ms = at_ms + 1 WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET tenant_id = 1 WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET user_id = 1 WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET actor = 'eva' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET via = 'open' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET action = 'x' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET subject = 'files/5' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET remote_addr = '' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET request_id = '' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET status = 200 WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET result = 'OK' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET hash = '' WHERE number = 4", 4,
		    "altered" },
		{ "UPDATE audit SET hash = (SELECT hash FROM audit"
		  " WHERE number = 3) WHERE number = 10", 10, "altered" },
		{ "DELETE FROM audit WHERE number = 1", 1, "missing" },
		{ "DELETE FROM audit WHERE number = 5", 5, "missing" },
		{ "DELETE FROM audit WHERE number = 10", 10, "missing" },
		{ "DELETE FROM audit WHERE number > 3", 4, "missing" },
		{ "DELETE FROM audit", 1, "missing" },
		/* Taken out, and those behind it moved up. */
		{ "DELETE FROM audit WHERE number = 5;"
		  "UPDATE audit SET number = number - 100 WHERE number > 5;"
		  "UPDATE audit SET number = number + 99 WHERE number < 0", 5,
		    "altered" },
		/* Two have changed places. */
		{ "UPDATE audit SET number = 100 WHERE number = 4;"
		  "UPDATE audit SET number = 4 WHERE number = 5;"
		  "UPDATE audit SET number = 5 WHERE number = 100", 4,
		    "altered" },
		{ "UPDATE audit SET number = 0 WHERE number = 4", 0,
		    "order" },
		/* A forged one. */
		{ "INSERT INTO audit SELECT 11, at_ms, tenant_id, user_id,"
		  " actor, via, action, subject, remote_addr, request_id,"
		  " status, result, hash FROM audit WHERE number = 10", 11,
		    "behind" },
		{ "UPDATE audit_head SET number = 9", 9, "ends with" },
		{ "UPDATE audit_head SET number = 11", 11, "missing" },
		{ "UPDATE audit_head SET hash = ''", 10, "ends with" },
		{ "DELETE FROM audit WHERE number > 8;"
		  "UPDATE audit_head SET number = 8", 8, "ends with" },
	};
	struct fixture *f = *state;

	note_many(f, 10);
	run(f, "CREATE TABLE kept AS SELECT * FROM audit");
	run(f, "CREATE TABLE kept_head AS SELECT * FROM audit_head");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct audit_findings findings;

		assert_null(verify(f).problem);
		run(f, cases[i].script);
		findings = verify(f);
		if (findings.problem == NULL)
			fail_msg("not noticed: %s", cases[i].script);
		if (strstr(findings.problem, cases[i].problem) == NULL)
			fail_msg("%s: %s", cases[i].script, findings.problem);
		assert_int_equal(findings.bad_number, cases[i].bad_number);
		run(f, "DELETE FROM audit; DELETE FROM audit_head;"
		       "INSERT INTO audit SELECT * FROM kept;"
		       "INSERT INTO audit_head SELECT * FROM kept_head");
	}
}

/* Whoever can write the head too can cut the end: what was written down. */
static void
test_expected(void **state)
{
	struct fixture *f = *state;
	struct audit_row *rows;
	struct audit_findings findings;
	size_t count;

	note_many(f, 10);
	rows = list(f, (struct audit_search){ .tenant_id = 0 }, &count);
	assert_null(verify_with(f, 10, rows[9].hash).problem);
	assert_null(verify_with(f, 4, rows[3].hash).problem);
	findings = verify_with(f, 4, rows[4].hash);
	assert_int_equal(findings.bad_number, 4);
	assert_non_null(strstr(findings.problem, "another hash"));
	run(f, "DELETE FROM audit WHERE number > 8;"
	       "UPDATE audit_head SET number = 8,"
	       " hash = (SELECT hash FROM audit WHERE number = 8)");
	assert_null(verify(f).problem);
	findings = verify_with(f, 10, rows[9].hash);
	assert_int_equal(findings.bad_number, 9);
	assert_non_null(strstr(findings.problem, "written down"));
}

/* Where columns have no types somebody may put in anything. */
static void
test_wrong_types(void **state)
{
	static const char *const scripts[] = {
		"UPDATE audit SET at_ms = 'soon' WHERE number = 2",
		"UPDATE audit SET number = 'two' WHERE number = 2",
		"UPDATE audit SET actor = x'ff00' WHERE number = 2",
		"UPDATE audit SET hash = 5 WHERE number = 2",
		"UPDATE audit_head SET number = 'ten'",
		"UPDATE audit_head SET hash = 5",
	};
	struct fixture *f = *state;

	if (database_is_pgsql())
		return;
	for (size_t i = 0; i < ARRAY_COUNT(scripts); i++) {
		run(f, "DELETE FROM audit;"
		       "UPDATE audit_head SET number = 0, hash = ''");
		note_many(f, 3);
		run(f, scripts[i]);
		assert_non_null(verify(f).problem);
	}
}

/* More rows than a page of the verifier. */
static void
test_many(void **state)
{
	struct fixture *f = *state;

	note_many(f, 1201);
	assert_int_equal(verify(f).rows, 1201);
	assert_null(verify(f).problem);
	/* The log says where the chain was. */
	assert_non_null(strstr(read_log(f), "end of the audit log"));
	assert_non_null(strstr(read_log(f), "number=1000 "));
	run(f, "DELETE FROM audit WHERE number = 1001");
	assert_int_equal(verify(f).bad_number, 1001);
	run(f, "DELETE FROM audit WHERE number = 1000");
	assert_int_equal(verify(f).bad_number, 1000);
}

static void
test_log_at_end(void **state)
{
	struct fixture *f = *state;
	const char *head;

	note(f, &sample);
	pool_clear(f->process);
	assert_null(strstr(read_log(f), "end of the audit log"));
	assert_int_equal(fault_open(f->process, f->url, &f->db, &f->err), 0);
	f->audit = audit_new(f->process, f->db, &f->clock, &f->log);
	note_many(f, 2);
	head = pool_format(f->pool, "number=3 hash=%s",
	    verify(f).head_hash);
	pool_clear(f->process);
	assert_non_null(strstr(read_log(f), head));
}

/* ---- failures ---- */

static void
test_faults(void **state)
{
	struct fixture *f = *state;
	struct audit_findings findings;
	struct audit_search search = { .limit = 10 };
	struct audit_row *rows;
	size_t count;
	int n;

	note_many(f, 2);
	for (n = 1; n < 20; n++) {
		(void)fault_at(n);
		f->err.text[0] = '\0';
		if (audit_note(f->audit, &sample, &f->err) == 0)
			break;
		assert_true(fault_at(0));
		assert_int_equal(f->err.kind, ERR_UNAVAILABLE);
		assert_non_null(strstr(f->err.text, "audit log"));
		assert_int_equal(verify(f).rows, 2);
		assert_null(verify(f).problem);
	}
	assert_true(n > 4); /* begin, read, append, move, commit */
	(void)fault_at(0);
	assert_int_equal(verify(f).rows, 3);
	for (n = 1; n <= 3; n++) {
		(void)fault_at(n);
		assert_int_equal(audit_verify(f->db, f->pool, 0, NULL,
				     &findings, &f->err),
		    -1);
	}
	(void)fault_at(1);
	assert_int_equal(
	    audit_list(f->db, f->pool, &search, &rows, &count, &f->err), -1);
	(void)fault_at(0);
	run(f, "DELETE FROM audit_head");
	assert_int_equal(audit_note(f->audit, &sample, &f->err), -1);
	assert_string_equal(f->err.code, "audit_head");
	assert_int_equal(
	    audit_verify(f->db, f->pool, 0, NULL, &findings, &f->err), -1);
}

/* ---- rivals ---- */

enum { THREADS = 8, PROCESSES = 3, NOTES = 25 };

struct rival {
	struct audit *audit;
	const char *name;
	int noted, failed;
	struct err err;
};

static void *
run_rival(void *arg)
{
	struct rival *rival = arg;
	struct audit_event event = sample;

	event.actor = rival->name;
	for (int i = 0; i < NOTES; i++) {
		if (audit_note(rival->audit, &event, &rival->err) == 0)
			rival->noted++;
		else
			rival->failed++;
	}
	return NULL;
}

static void
run_rivals(struct audit *audit, struct rival rivals[THREADS])
{
	static const char *const names[THREADS] = { "a", "b", "c", "d", "e",
		"f", "g", "h" };
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		rivals[i] = (struct rival){ .audit = audit,
			.name = names[i] };
		assert_int_equal(pthread_create(&threads[i], NULL, run_rival,
				     &rivals[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void
test_threads(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[THREADS];

	run_rivals(f->audit, rivals);
	for (int i = 0; i < THREADS; i++) {
		struct audit_search search = { .actor = rivals[i].name };
		size_t count;

		assert_int_equal(rivals[i].failed, 0);
		(void)list(f, search, &count);
		assert_int_equal(count, NOTES);
	}
	assert_null(verify(f).problem);
	assert_int_equal(verify(f).rows, THREADS * NOTES);
}

/* Each hears of its own batch: as many rows as were told so. */
static void
test_threads_and_faults(void **state)
{
	struct fixture *f = *state;
	struct rival rivals[THREADS];
	int noted = 0, failed = 0;

	(void)fault_from(60);
	run_rivals(f->audit, rivals);
	(void)fault_at(0);
	for (int i = 0; i < THREADS; i++) {
		noted += rivals[i].noted;
		failed += rivals[i].failed;
		if (rivals[i].failed > 0)
			assert_int_equal(rivals[i].err.kind, ERR_UNAVAILABLE);
	}
	assert_true(failed > 0);
	assert_int_equal(noted + failed, THREADS * NOTES);
	assert_int_equal(verify(f).rows, noted);
	assert_null(verify(f).problem);
}

static int
run_process(const struct fixture *f)
{
	struct pool *pool = pool_new();
	struct rival rivals[THREADS];
	struct err err;
	struct sql *db;
	int failed = 0;

	if (sql_open(pool, f->url, 2, &db, &err) == -1)
		return 1;
	run_rivals(audit_new(pool, db, &f->clock, &f->log), rivals);
	for (int i = 0; i < THREADS; i++)
		failed += rivals[i].failed;
	pool_free(&pool);
	return failed;
}

static void
test_processes(void **state)
{
	struct fixture *f = *state;
	pid_t pids[PROCESSES];
	int status;

	/* No connection is open across the fork. */
	pool_clear(f->process);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_int_not_equal(pids[i], -1);
		if (pids[i] == 0)
			_exit(run_process(f));
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	assert_int_equal(fault_open(f->process, f->url, &f->db, &f->err), 0);
	assert_null(verify(f).problem);
	assert_int_equal(verify(f).rows, PROCESSES * THREADS * NOTES);
}

/* ---- a chain from elsewhere ---- */

static void
test_trail(void **state)
{
	struct fixture *f = *state;
	struct audit_trail whole = { .rows = 0 }, part = { .rows = 0 },
			   skipping = { .may_skip = true };
	struct audit_row *rows;
	size_t count;

	note_many(f, 5);
	rows = list(f, (struct audit_search){ .tenant_id = 0 }, &count);
	for (size_t i = 0; i < count; i++)
		assert_true(audit_trail_add(&whole, f->pool, &rows[i]));
	assert_true(audit_trail_end(&whole));
	assert_true(audit_trail_add(&part, f->pool, &rows[0]));
	assert_false(audit_trail_add(&part, f->pool, &rows[2]));
	assert_int_equal(part.bad_number, 2);
	assert_true(audit_trail_add(&skipping, f->pool, &rows[1]));
	assert_true(audit_trail_add(&skipping, f->pool, &rows[4]));
	assert_false(audit_trail_add(&skipping, f->pool, &rows[4]));
	assert_false(audit_trail_add(&skipping, f->pool, &rows[2]));
	rows[2].event.status = 5;
	assert_false(audit_trail_add(
	    &(struct audit_trail){ .may_skip = true }, f->pool, &rows[2]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(test_empty),
		TEST(test_row),
		POOL_TEST(test_hash),
		POOL_TEST(test_unambiguous),
		TEST(test_texts),
		TEST(test_search),
		TEST(test_tampering),
		TEST(test_expected),
		TEST(test_wrong_types),
		TEST(test_many),
		TEST(test_log_at_end),
		TEST(test_faults),
		TEST(test_threads),
		TEST(test_threads_and_faults),
		TEST(test_processes),
		TEST(test_trail),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
