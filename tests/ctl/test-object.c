/* SPDX-License-Identifier: MIT */
#include "lib/check.h"
#include "lib/scripted.h"
#include "lib/tmpdir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/json.h"
#include "ctl/capture.h"
#include "store/open.h"

#define EMPTY(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n\r\n"
#define ETAG \
	"HTTP/1.1 200 OK\r\nETag: \"0cc175b9c0f1b6a831c399e269772661\"\r\n" \
	"Content-Length: 0\r\n\r\n"
#define HOSTILE "ñ +%41&#?' \".txt"

enum { ARGS_MAX = 8, MANY = 1234, BIG_BYTES = 6 * 1024 * 1024 };

struct fixture {
	struct pool *pool;
	const char *dir; /* files of the test's own */
	const char *env[10];
};

#define RUN(f, ...) \
	run(f, (const char *const[ARGS_MAX]){ __VA_ARGS__ })

static struct captured
run(struct fixture *f, const char *const *args)
{
	return capture(f->pool, f->env, cmd_object, args, ARGS_MAX);
}

/* One that must work, and what it printed. */
#define OUTPUT(f, ...) \
	output(f, (const char *const[ARGS_MAX]){ __VA_ARGS__ })

static const char *
output(struct fixture *f, const char *const *args)
{
	struct captured result = run(f, args);

	if (result.status != CTL_OK)
		fail_msg("object %s: %d", args[0], result.status);
	return result.output;
}

/* With the file store, whose bucket is there. */
static struct fixture
file_fixture(struct pool *pool)
{
	struct fixture f = { .pool = pool, .dir = tmpdir_new(pool) };
	const char *data = tmpdir_new(pool);
	static const char *const create[] = { "create", NULL };

	f.env[0] = "STORE=file";
	f.env[1] = "S3_BUCKET=cubo";
	f.env[2] = pool_format(pool, "DATA_DIR=%s", data);
	f.env[3] = pool_format(pool, "XDG_STATE_HOME=%s", f.dir);
	f.env[4] = "ENVIRONMENT=development";
	assert_int_equal(capture(pool, f.env, cmd_bucket, create, 2).status,
	    CTL_OK);
	return f;
}

static const char *
file(struct fixture *f, const char *name, const char *text)
{
	return tmpdir_file(f->pool, f->dir, name, text);
}

static void
check_file(struct fixture *f, const char *path, const char *text)
{
	struct slice got;
	struct err err = ERR_INIT;

	assert_int_equal(file_read(f->pool, path, (size_t)MIB, &got, &err),
	    0);
	assert_slice(got, text);
}

/* ---- tests ---- */

static void
test_round(void **state)
{
	struct fixture f = file_fixture(*state);
	const char *got = pool_format(f.pool, "%s/got", f.dir);
	const struct json *json;
	struct json *root;
	struct err err = ERR_INIT;
	struct stat st;

	assert_string_equal(OUTPUT(&f, "put", file(&f, HOSTILE, "hola")),
	    "1 object put, 4 B\n");
	OUTPUT(&f, "put", file(&f, HOSTILE, "hola"), "d/otro.png");
	assert_int_equal(json_parse(f.pool, slice_str(OUTPUT(&f, "head",
	    HOSTILE, "--json")), &root, &err), 0);
	json = root;
	assert_int_equal(json_number(json_find(json, "size")), 4);
	assert_string_equal(json_text(json_find(json, "key")), HOSTILE);
	assert_string_equal(json_text(json_find(json, "type")), "text/plain");
	assert_non_null(strstr(OUTPUT(&f, "head", "d/otro.png"),
	    "image/png"));
	OUTPUT(&f, "get", HOSTILE, got);
	check_file(&f, got, "hola");
	OUTPUT(&f, "get", HOSTILE, got, "--range", "1-2");
	check_file(&f, got, "ol");
	OUTPUT(&f, "get", HOSTILE, got, "--range", "-3");
	check_file(&f, got, "ola");
	OUTPUT(&f, "get", HOSTILE, got, "--range", "2-99");
	check_file(&f, got, "la");
	assert_int_equal(stat(got, &st), 0);
	assert_int_equal(st.st_mode & 0111, 0);
	OUTPUT(&f, "get", HOSTILE, "/dev/null");
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	OUTPUT(&f, "cp", HOSTILE, "copia/x");
	assert_non_null(strstr(OUTPUT(&f, "head", "copia/x"), "text/plain"));
	assert_string_equal(OUTPUT(&f, "rm", HOSTILE, "copia/x", "nada"),
	    "3 deleted\n");
	assert_non_null(strstr(OUTPUT(&f, "ls"), "  d/otro.png\n"));
	assert_null(strstr(OUTPUT(&f, "ls"), "copia"));
}

/* A failed get leaves no file, and the old one as it was. */
static void
test_get_fails(void **state)
{
	struct fixture f = file_fixture(*state);
	const char *old = file(&f, "old", "old");

	OUTPUT(&f, "put", file(&f, "a", "hola"));
	assert_int_equal(RUN(&f, "get", "absent", old).status, CTL_REFUSED);
	assert_int_equal(RUN(&f, "get", "a", old, "--range", "4-").status,
	    CTL_REFUSED);
	assert_int_equal(RUN(&f, "get", "a", "/nonexistent/x").status,
	    CTL_REFUSED);
	check_file(&f, old, "old");
	assert_int_equal(tmpdir_count(f.dir), 2);
}

static void
make_folder(struct fixture *f, int count)
{
	for (int i = 0; i < count; i++)
		(void)file(f, pool_format(f->pool, "f/%04d", i), "x");
}

/* A folder with more files than a page of a listing has. */
static void
test_folder(void **state)
{
	struct fixture f = file_fixture(*state);
	const char *folder = pool_format(f.pool, "%s/f", f.dir);
	const char *sub = pool_format(f.pool, "%s/f/sub", f.dir);
	const char *list;
	size_t lines = 0;

	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkdir(sub, 0700), 0);
	make_folder(&f, MANY - 1);
	(void)file(&f, "f/sub/" HOSTILE, "x");
	assert_string_equal(OUTPUT(&f, "put", "-r", folder, "p/"),
	    pool_format(f.pool, "%d objects put, 1.2 KiB\n", MANY));
	/* With "/" at its end it is the same folder. */
	OUTPUT(&f, "put", "-r", pool_format(f.pool, "%s/", sub), "q/");
	list = OUTPUT(&f, "ls", "p/");
	for (const char *at = list; *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(lines, MANY);
	assert_non_null(strstr(OUTPUT(&f, "ls", "p/sub/", "--json"),
	    "\"key\":\"p/sub/"));
	assert_non_null(strstr(OUTPUT(&f, "ls", "q/"), "  q/" HOSTILE));
	/* Nobody can be asked in a test. */
	assert_int_equal(RUN(&f, "rm", "--prefix", "p/").status,
	    CTL_REFUSED);
	assert_string_equal(OUTPUT(&f, "rm", "--prefix", "p/", "--yes"),
	    pool_format(f.pool, "%d deleted\n", MANY));
	assert_string_equal(OUTPUT(&f, "ls", "p/"), "");
	assert_string_equal(OUTPUT(&f, "rm", "--prefix", "p/"),
	    "0 deleted\n");
}

/* What cannot be sent is named, the rest goes. */
static void
test_some_fail(void **state)
{
	struct fixture f = file_fixture(*state);
	const char *folder = pool_format(f.pool, "%s/f", f.dir);
	struct captured result;

	assert_int_equal(mkdir(folder, 0700), 0);
	(void)file(&f, "f/good", "x");
	(void)file(&f, "f/bad\nname", "x");
	assert_int_equal(symlink("good", pool_format(f.pool, "%s/link",
	    folder)), 0);
	assert_int_equal(mkfifo(pool_format(f.pool, "%s/fifo", folder), 0600),
	    0);
	result = RUN(&f, "put", "-r", folder);
	assert_int_equal(result.status, CTL_REFUSED);
	assert_string_equal(result.output, "1 object put, 1 B\n");
	result = RUN(&f, "put", "/nonexistent", file(&f, "a", "x"), "p/");
	assert_int_equal(result.status, CTL_REFUSED);
	assert_non_null(strstr(OUTPUT(&f, "ls"), "p/a"));
	assert_int_equal(RUN(&f, "put", "-r", "/nonexistent").status,
	    CTL_REFUSED);
	assert_int_equal(RUN(&f, "put", pool_format(f.pool, "%s/fifo",
	    folder)).status, CTL_REFUSED);
	assert_int_equal(RUN(&f, "cp", "absent", "b").status, CTL_REFUSED);
	assert_int_equal(RUN(&f, "head", "absent").status, CTL_REFUSED);
}

static void
test_usage(void **state)
{
	static const char *const rows[][ARGS_MAX] = {
		{ NULL },
		{ "move", "a", "b" },
		{ "put" },
		{ "put", "-r" },
		{ "put", "a", "b", "c" },
		{ "put", "-r", "d", "prefix" },
		{ "put", "-r", "d", "p/", "q/" },
		{ "put", "-" },
		{ "put", "-", "p/" },
		{ "put", "a", "--what" },
		{ "get" },
		{ "get", "k", "f", "g" },
		{ "get", "k", "--range", "5" },
		{ "get", "k", "--range", "5-4" },
		{ "get", "k", "--range", "-0" },
		{ "get", "k", "--range", "-" },
		{ "get", "k", "--range", "a-b" },
		{ "get", "k", "--what" },
		{ "head" },
		{ "head", "k", "l" },
		{ "head", "k", "--what" },
		{ "ls", "p", "q" },
		{ "ls", "--what" },
		{ "rm" },
		{ "rm", "k", "--prefix", "p" },
		/* all of the bucket is no slip of a script's */
		{ "rm", "--prefix", "", "--yes" },
		{ "rm", "--what" },
		{ "cp", "a" },
		{ "cp", "a", "b", "c" },
		{ "cp", "--what", "a", "b" },
	};
	struct fixture f = { .pool = *state, .env = { "STORE=file" } };

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct captured result = run(&f, rows[i]);

		if (result.status != CTL_USAGE)
			fail_msg("row %zu: %d", i, result.status);
		assert_string_equal(result.output, "");
	}
}

/* Standard input, of any length. */
static void
test_stdin(void **state)
{
	struct fixture f = file_fixture(*state);
	int before = dup(STDIN_FILENO);
	int fd = open(file(&f, "in", "desde fuera"), O_RDONLY | O_CLOEXEC);

	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_string_equal(OUTPUT(&f, "put", "-", "k.txt"),
	    "1 object put, 11 B\n");
	(void)dup2(before, STDIN_FILENO);
	(void)close(before);
	(void)close(fd);
	OUTPUT(&f, "get", "k.txt", pool_format(f.pool, "%s/out", f.dir));
	check_file(&f, pool_format(f.pool, "%s/out", f.dir), "desde fuera");
}

/* ---- with a server that fails ---- */

static struct fixture
s3_fixture(struct pool *pool, const struct scripted *server)
{
	struct fixture f = { .pool = pool, .dir = tmpdir_new(pool) };

	f.env[0] = "STORE=s3";
	f.env[1] = "S3_BUCKET=cubo";
	f.env[2] = "S3_ACCESS_KEY=AK";
	f.env[3] = "S3_SECRET_KEY=SK";
	f.env[4] = pool_format(pool, "S3_ENDPOINT=%s", scripted_url(server));
	f.env[5] = pool_format(pool, "XDG_STATE_HOME=%s", f.dir);
	f.env[6] = "S3_PART_SIZE=5m";
	f.env[7] = "S3_PART_CONCURRENCY=1";
	f.env[8] = "S3_STALL_TIMEOUT=2";
	return f;
}

/* When keys are wrong, one file's failure is that of all. */
static void
test_denied(void **state)
{
	static const struct scripted_step steps[] = {
		{ "PUT ", SCRIPTED_REPLY, EMPTY("403 Forbidden"), 0 },
	};
	struct scripted *server = scripted_start(steps, ARRAY_COUNT(steps));
	struct fixture f = s3_fixture(*state, server);

	assert_int_equal(mkdir(pool_format(f.pool, "%s/f", f.dir), 0700), 0);
	make_folder(&f, 200);
	assert_int_equal(RUN(&f, "put", "-r", pool_format(f.pool, "%s/f",
	    f.dir)).status, CTL_REFUSED);
	assert_true(scripted_count(server, "PUT ") < 100);
	/* Nothing was begun, so nothing is remembered. */
	(void)file(&f, "big", "");
	assert_int_equal(truncate(pool_format(f.pool, "%s/big", f.dir),
	    BIG_BYTES), 0);
	assert_int_equal(RUN(&f, "put", pool_format(f.pool, "%s/big",
	    f.dir)).status, CTL_REFUSED);
	assert_int_equal(tmpdir_count(f.dir), 201);
	scripted_stop(server);
}

#define ANSWER(body) \
	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
/* The MD5 of 5 MiB of zeros. */
#define MD5_OF_PART "5f363e0e58a95f06cbe9bbc662c5dfb6"

/*
 * The first run fails at its second part; the next one sends that part alone,
 * and nothing is remembered then.
 */
static void
test_resume(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST /cubo/big?uploads", SCRIPTED_CUT,
		    ANSWER("<InitiateMultipartUploadResult><UploadId>U1"
			   "</UploadId></InitiateMultipartUploadResult>"),
		    1 },
		{ "partNumber=1&", SCRIPTED_REPLY, ETAG, 1 },
		{ "partNumber=2&", SCRIPTED_REPLY, EMPTY("403 Forbidden"),
		    1 },
		{ "GET /cubo/big?", SCRIPTED_CUT,
		    ANSWER("<ListPartsResult><IsTruncated>false</IsTruncated>"
			   "<Part><PartNumber>1</PartNumber><Size>5242880"
			   "</Size><ETag>\"" MD5_OF_PART "\"</ETag></Part>"
			   "</ListPartsResult>"), 0 },
		{ "partNumber=2&", SCRIPTED_REPLY, ETAG, 0 },
		{ "POST /cubo/big?uploadId=U1", SCRIPTED_CUT,
		    ANSWER("<CompleteMultipartUploadResult><ETag>\"x-2\""
			   "</ETag></CompleteMultipartUploadResult>"), 0 },
	};
	struct scripted *server = scripted_start(steps, ARRAY_COUNT(steps));
	struct fixture f = s3_fixture(*state, server);
	const char *big = file(&f, "big", "");

	assert_int_equal(truncate(big, BIG_BYTES), 0);
	assert_int_equal(RUN(&f, "put", big).status, CTL_REFUSED);
	assert_int_equal(scripted_count(server, "DELETE "), 0);
	/* the file, and what is remembered of it */
	assert_int_equal(tmpdir_count(f.dir), 2);
	assert_string_equal(OUTPUT(&f, "put", big), "1 object put, 6.0 MiB\n");
	assert_int_equal(scripted_count(server, "partNumber=1&"), 1);
	assert_int_equal(scripted_count(server, "partNumber=2&"), 2);
	assert_int_equal(scripted_count(server, "?uploads"), 1);
	assert_int_equal(tmpdir_count(f.dir), 1);
	scripted_stop(server);
}

/* Who reads no more is not listed the rest of a large bucket. */
static void
test_nobody_reads(void **state)
{
#define PAGE(number)                                                     \
	{ "GET /cubo?", SCRIPTED_CUT,                                    \
	    ANSWER("<ListBucketResult><IsTruncated>true</IsTruncated>"   \
		   "<NextContinuationToken>" number                      \
		   "</NextContinuationToken><Contents><Key>" number      \
		   "</Key><Size>1</Size><LastModified>"                  \
		   "2026-01-01T00:00:00.000Z</LastModified></Contents>"  \
		   "</ListBucketResult>"), 1 }
	static const struct scripted_step steps[] = { PAGE("1"), PAGE("2"),
		PAGE("3") };
	struct scripted *server = scripted_start(steps, ARRAY_COUNT(steps));
	struct fixture f = s3_fixture(*state, server);
	const struct clock clock = { .fixed_ms = INT64_C(1767225600000) };
	struct ctl ctl = { .pool = f.pool,
		.clock = &clock,
		.environ = f.env,
		.out = fopen("/dev/full", "w") };
	char *argv[] = { pool_strdup(f.pool, "object"),
		pool_strdup(f.pool, "ls"), NULL };

	log_init(&ctl.log, 2, LOG_ERROR);
	assert_non_null(ctl.out);
	(void)setvbuf(ctl.out, NULL, _IONBF, 0);
	(void)cmd_object(&ctl, 2, argv);
	assert_int_equal(scripted_count(server, "GET "), 1);
	(void)fclose(ctl.out);
	scripted_stop(server);
}

/* A server that keeps what it says is gone is not asked for ever. */
static void
test_undead(void **state)
{
	static const struct scripted_step steps[] = {
		{ "GET /cubo?", SCRIPTED_CUT,
		    ANSWER("<ListBucketResult><IsTruncated>false"
			   "</IsTruncated><Contents><Key>p/a</Key><Size>1"
			   "</Size><LastModified>2026-01-01T00:00:00.000Z"
			   "</LastModified></Contents></ListBucketResult>"),
		    0 },
		{ "DELETE ", SCRIPTED_REPLY, EMPTY("204 No Content"), 20 },
	};
	struct scripted *server = scripted_start(steps, ARRAY_COUNT(steps));
	struct fixture f = s3_fixture(*state, server);

	assert_int_equal(RUN(&f, "rm", "--prefix", "p/", "--yes").status,
	    CTL_REFUSED);
	assert_int_equal(scripted_count(server, "DELETE "), 1);
	scripted_stop(server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_round),
		POOL_TEST(test_get_fails),
		POOL_TEST(test_folder),
		POOL_TEST(test_some_fail),
		POOL_TEST(test_usage),
		POOL_TEST(test_stdin),
		POOL_TEST(test_denied),
		POOL_TEST(test_resume),
		POOL_TEST(test_nobody_reads),
		POOL_TEST(test_undead),
	};

	return cmocka_run_group_tests_name("ctl/object", tests, NULL, NULL);
}
