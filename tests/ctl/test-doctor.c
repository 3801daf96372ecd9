/*
 * doctor before a server that is well but for one thing, and on a machine that
 * is: exactly that check must say so, and how it is mended.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"
#include "lib/scripted.h"
#include "lib/tmpdir.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/json.h"
#include "ctl/capture.h"
#include "ctl/doctor.h"
#include "model/schema.h"
#include "model/user.h"

#define BYTES "almacenctl doctor was here\n"
#define HEAD(line) "HTTP/1.1 " line "\r\nConnection: close\r\n"
#define EMPTY(line) HEAD(line) "Content-Length: 0\r\n\r\n"
#define REFUSED(line, code) \
	HEAD(line) "Content-Type: application/xml\r\n\r\n" \
	"<Error><Code>" code "</Code></Error>"
#define DENIED REFUSED("403 Forbidden", "AccessDenied")
#define DATED(date) \
	HEAD("403 Forbidden") "Date: " date "\r\n\r\n" \
	"<Error><Code>AccessDenied</Code></Error>"
#define TEXT(extra) \
	HEAD("200 OK") "Content-Type: text/plain\r\nETag: \"e\"\r\n" extra \
	"Content-Length: 27\r\n\r\n"
#define XML(body) HEAD("200 OK") "Content-Type: application/xml\r\n\r\n" body
#define LISTING XML("<ListBucketResult><IsTruncated>false</IsTruncated>" \
		    "</ListBucketResult>")
#define CORS(methods, headers, exposed) \
	"Access-Control-Allow-Origin: https://shop.example\r\n" \
	"Access-Control-Allow-Methods: " methods "\r\n" \
	"Access-Control-Allow-Headers: " headers "\r\n" \
	"Access-Control-Expose-Headers: " exposed "\r\n"
#define PREFLIGHT(methods, headers) \
	HEAD("200 OK") CORS(methods, headers, "etag") \
	"Content-Length: 0\r\n\r\n"
#define SEEN(exposed) TEXT(CORS("GET", "*", exposed)) BYTES
#define RANGE \
	HEAD("206 Partial Content") "Content-Range: bytes 4-11/27\r\n" \
	"Content-Length: 8\r\n\r\ncenctl d"
#define RULES(abort, prefix) \
	XML("<LifecycleConfiguration><Rule><Filter><Prefix>" prefix \
	    "</Prefix></Filter>" abort "</Rule></LifecycleConfiguration>")
#define ABORT_RULE \
	"<AbortIncompleteMultipartUpload><DaysAfterInitiation>7" \
	"</DaysAfterInitiation></AbortIncompleteMultipartUpload>"

enum { ENV_MAX = 16, OVERRIDES_MAX = 3, STEPS_MAX = 32 };

/* As they come, where the words of a request do not tell them apart. */
static const struct scripted_step well[] = {
	{ "list-type=2&max-keys=1 ", SCRIPTED_CUT,
	    DATED("Fri, 24 May 2013 00:00:10 GMT"), 0, 0 },
	{ "prefix=temp", SCRIPTED_CUT, LISTING, 0, 0 },
	{ "47DEQpj8", SCRIPTED_CUT, REFUSED("400 Bad Request", "BadDigest"), 0,
	    0 },
	{ "f-none-match: *", SCRIPTED_CUT,
	    REFUSED("412 Precondition Failed", "PreconditionFailed"), 0, 0 },
	{ "Content-Length: 26", SCRIPTED_CUT, DENIED, 0, 0 },
	{ "OPTIONS ", SCRIPTED_CUT,
	    PREFLIGHT("GET, PUT", "content-type, if-none-match"), 0, 0 },
	{ "HEAD /cubo/temp/doctor/", SCRIPTED_CUT, TEXT(""), 1, 0 },
	{ "HEAD /cubo/temp/doctor/", SCRIPTED_CUT, EMPTY("404 Not Found"), 0,
	    0 },
	{ "bytes=4-11", SCRIPTED_CUT, RANGE, 0, 0 },
	{ "response-content-disposition", SCRIPTED_CUT, TEXT("") BYTES, 0, 0 },
	{ "Origin: https", SCRIPTED_CUT, SEEN("ETag"), 0, 0 },
	{ "SignedHeaders=content-length", SCRIPTED_REPLY, NULL, 0, 0 },
	{ "x-amz-copy-source:", SCRIPTED_CUT, DENIED, 0, 0 },
	{ "POST /cubo ", SCRIPTED_CUT, EMPTY("204 No Content"), 1, 0 },
	{ "POST /cubo ", SCRIPTED_CUT,
	    REFUSED("400 Bad Request", "EntityTooLarge"), 0, 0 },
	{ "?uploads", SCRIPTED_CUT,
	    XML("<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
		"</InitiateMultipartUploadResult>"), 0, 0 },
	{ "?lifecycle", SCRIPTED_CUT, RULES(ABORT_RULE, "temp/"), 0, 0 },
	{ "DELETE /cubo/", SCRIPTED_CUT, EMPTY("204 No Content"), 0, 0 },
	{ "PUT /cubo/temp/doctor/", SCRIPTED_REPLY, NULL, 2, 0 },
	{ "PUT /cubo/temp/doctor/", SCRIPTED_CUT, DENIED, 0, 0 },
	{ "GET /cubo/temp/doctor/", SCRIPTED_CUT, DENIED, 0, 0 },
	{ "PUT /cubo/products/doctor/", SCRIPTED_REPLY, NULL, 0, 0 },
	{ "GET /cubo/products/doctor/", SCRIPTED_CUT, TEXT("") BYTES, 0, 0 },
};

struct fixture {
	struct pool *pool;
	const char *data;
	const char *env[ENV_MAX];
	size_t env_count;
};

static void
add_env(struct fixture *f, const char *setting)
{
	assert_true(f->env_count + 1 < ENV_MAX);
	f->env[f->env_count++] = setting;
}

/* A database that is current, unless somebody else's word is for it. */
static void
make_database(struct fixture *f)
{
	struct err err = ERR_INIT;
	const struct log log = { .fd = 2, .least = LOG_ERROR };
	struct pool *pool = pool_new();
	struct sql *db;

	if (sql_open(pool, pool_format(f->pool, "sqlite:%s/almacen.db",
		f->data), 1, &db, &err) == -1 ||
	    sql_migrate(db, schema_migrations, SCHEMA_VERSION, &log, &err) ==
		-1)
		fail_msg("%s", err.text);
	pool_free(&pool);
}

static struct fixture
fixture(struct pool *pool, const char *auth)
{
	struct fixture f = { .pool = pool, .data = tmpdir_new(pool) };

	add_env(&f, "ENVIRONMENT=development");
	add_env(&f, auth);
	add_env(&f, pool_format(pool, "DATA_DIR=%s", f.data));
	make_database(&f);
	return f;
}

static void
use_server(struct fixture *f, const struct scripted *server)
{
	add_env(f, "STORE=s3");
	add_env(f, "S3_BUCKET=cubo");
	add_env(f, "S3_ACCESS_KEY=AK");
	add_env(f, "S3_SECRET_KEY=SK");
	add_env(f, "S3_CHECKSUM=sha256");
	add_env(f, "S3_CONDITIONAL_WRITE=true");
	add_env(f, "S3_FORM_POST=true");
	add_env(f, "S3_CONNECT_TIMEOUT=1");
	add_env(f, "S3_STALL_TIMEOUT=1");
	add_env(f, "S3_FIRST_BYTE_TIMEOUT=1");
	add_env(f, "BASE_URL=https://shop.example/almacen");
	add_env(f, pool_format(f->pool, "S3_ENDPOINT=%s",
	    scripted_url(server)));
}

/* ---- what it says ---- */

static const struct json *
diagnose(struct fixture *f)
{
	static const char *const args[] = { "--json" };
	struct captured result = capture(f->pool, f->env, cmd_doctor, args, 1);
	struct json *root;
	struct err err = ERR_INIT;

	if (json_parse(f->pool, slice_str(result.output), &root, &err) == -1)
		fail_msg("%s: %s", err.text, result.output);
	assert_int_equal(result.status, json_bool(json_find(root, "ok")) ?
		CTL_OK : CTL_REFUSED);
	return json_find(root, "checks");
}

static const char *
field(const struct json *row, const char *name)
{
	return json_text(json_find(row, name));
}

struct expected {
	const char *name; /* of the only check that complains; NULL: none */
	const char *state;
	const char *text, *fix; /* parts of them */
};

static bool
is_quiet(const struct json *row)
{
	return strcmp(field(row, "state"), "ok") == 0 ||
	    strcmp(field(row, "state"), "skipped") == 0;
}

static void
check_row(const struct json *row, const struct expected *expected)
{
	bool is_it = expected->name != NULL &&
	    strcmp(field(row, "name"), expected->name) == 0;

	if ((!is_it && !is_quiet(row)) ||
	    (is_it && (strcmp(field(row, "state"), expected->state) != 0 ||
			  strstr(field(row, "text"), expected->text) == NULL ||
			  strstr(field(row, "fix"), expected->fix) == NULL)))
		fail_msg("for %s: %s is %s: %s\n→ %s",
		    expected->name == NULL ? "nothing" : expected->name,
		    field(row, "name"), field(row, "state"),
		    field(row, "text"), field(row, "fix"));
}

static void
check_only(const struct json *checks, const struct expected *expected)
{
	for (size_t i = 0; i < json_count(checks); i++)
		check_row(json_at(checks, i), expected);
	assert_int_equal(json_count(checks), doctor_check_count);
}

/* ---- one thing is wrong with the server ---- */

struct fault {
	struct scripted_step steps[OVERRIDES_MAX];
	struct expected expected;
};

static struct scripted *
start(const struct scripted_step *first)
{
	struct scripted_step steps[STEPS_MAX];
	size_t count = 0;

	while (count < OVERRIDES_MAX && first[count].match != NULL) {
		steps[count] = first[count];
		count++;
	}
	for (size_t i = 0; i < ARRAY_COUNT(well); i++)
		steps[count++] = well[i];
	return scripted_start(steps, count);
}

static void
check_fault(const struct fault *fault)
{
	struct pool *pool = pool_new();
	struct scripted *server = start(fault->steps);
	struct fixture f = fixture(pool, "AUTH=open");

	use_server(&f, server);
	check_only(diagnose(&f), &fault->expected);
	/* Whatever was put is taken away. */
	if (scripted_count(server, "PUT /cubo/temp/doctor/") > 0)
		assert_true(scripted_count(server,
				"DELETE /cubo/temp/doctor/") > 0);
	if (scripted_count(server, "PUT /cubo/products/doctor/") > 0)
		assert_true(scripted_count(server,
				"DELETE /cubo/products/doctor/") > 0);
	scripted_stop(server);
	pool_free(&pool);
}

static void
check_faults(const struct fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_fault(&faults[i]);
}

#define STEP(match, reply) { match, SCRIPTED_CUT, reply, 0, 0 }
#define TAKEN(match) { match, SCRIPTED_REPLY, NULL, 0, 0 }
#define GONE STEP("HEAD /cubo/temp/doctor/", EMPTY("404 Not Found"))
#define ONCE(match, reply) { match, SCRIPTED_CUT, reply, 1, 0 }

static void
test_well(void **state)
{
	static const struct fault none = { .expected = { .name = NULL } };

	(void)state;
	check_fault(&none);
}

static void
test_endpoint(void **state)
{
	static const struct fault faults[] = {
		{ { STEP("", HEAD("200 OK") "Content-Type: text/html\r\n\r\n"
			"<html>Console</html>") },
		    { "endpoint", "bad", "no S3 server (status 200, text/html)",
			"S3_ENDPOINT" } },
		{ { STEP("", HEAD("502 Bad Gateway") "\r\n<html>") },
		    { "endpoint", "bad", "status 502", "server runs" } },
		{ { { "", SCRIPTED_SILENT, NULL, 0, 0 } },
		    { "endpoint", "bad", "no answer from 127.0.0.1:",
			"S3_ENDPOINT" } },
		{ { { "", SCRIPTED_RESET, NULL, 0, 0 } },
		    { "endpoint", "bad", "no answer from 127.0.0.1:",
			"S3_ENDPOINT" } },
		{ { STEP("list-type=2&max-keys=1 ",
		      DATED("Fri, 24 May 2013 02:00:00 GMT")) },
		    { "clock", "bad", "7200 s behind", "set-ntp" } },
		{ { STEP("list-type=2&max-keys=1 ",
		      DATED("Thu, 23 May 2013 23:40:00 GMT")) },
		    { "clock", "bad", "1200 s ahead", "set-ntp" } },
		{ { STEP("list-type=2&max-keys=1 ",
		      DATED("Fri, 24 May 2013 00:05:00 GMT")) },
		    { "clock", "warning", "300 s behind", "set-ntp" } },
		{ { STEP("list-type=2&max-keys=1 ", DENIED) },
		    { "clock", "skipped", "does not say", "" } },
	};

	(void)state;
	check_faults(faults, ARRAY_COUNT(faults));
}

/* The whole of a silent server takes seconds. */
static void
test_silence_is_bounded(void **state)
{
	static const struct scripted_step silent[OVERRIDES_MAX] = {
		{ "prefix=temp", SCRIPTED_SILENT, NULL, 0, 0 }
	};
	static const struct expected expected = { "access", "bad", "", "log" };
	struct scripted *server = start(silent);
	struct fixture f = fixture(*state, "AUTH=open");
	time_t begun = time(NULL);

	use_server(&f, server);
	check_only(diagnose(&f), &expected);
	assert_true(time(NULL) - begun < 8);
	scripted_stop(server);
}

static void
test_access(void **state)
{
	static const struct fault faults[] = {
		{ { STEP("prefix=temp", REFUSED("404 Not Found",
			"NoSuchBucket")) },
		    { "access", "bad", "NoSuchBucket",
			"almacenctl bucket create" } },
		{ { STEP("prefix=temp", REFUSED("403 Forbidden",
			"InvalidAccessKeyId")) },
		    { "access", "bad", "InvalidAccessKeyId",
			"S3_ACCESS_KEY" } },
		{ { STEP("prefix=temp", REFUSED("403 Forbidden",
			"SignatureDoesNotMatch")) },
		    { "access", "bad", "SignatureDoesNotMatch",
			"S3_SECRET_KEY" } },
		{ { STEP("prefix=temp", REFUSED("400 Bad Request",
			"ExpiredToken")) },
		    { "access", "bad", "ExpiredToken",
			"S3_SESSION_TOKEN" } },
		{ { STEP("prefix=temp", DENIED) },
		    { "access", "bad", "AccessDenied",
			"\"arn:aws:s3:::cubo/*\"" } },
		{ { ONCE("prefix=temp", HEAD("400 Bad Request") "\r\n<Error>"
			"<Code>AuthorizationHeaderMalformed</Code>"
			"<Region>eu-west-3</Region></Error>") },
		    { "region", "bad", "in eu-west-3",
			"S3_REGION=eu-west-3" } },
		{ { ONCE("prefix=temp", HEAD("301 Moved Permanently")
			"x-amz-bucket-region: eu-west-3\r\n\r\n<Error>"
			"<Code>PermanentRedirect</Code></Error>") },
		    { "region", "bad", "in eu-west-3",
			"S3_REGION=eu-west-3" } },
	};

	(void)state;
	check_faults(faults, ARRAY_COUNT(faults));
}

static void
test_objects(void **state)
{
	static const struct fault faults[] = {
		{ { STEP("PUT /cubo/temp/doctor/", DENIED) },
		    { "put", "bad", "AccessDenied", "\"s3:PutObject\"" } },
		{ { ONCE("PUT /cubo/temp/doctor/", REFUSED(
			"507 Insufficient Storage", "QuotaExceeded")) },
		    { "put", "bad", "QuotaExceeded", "log" } },
		{ { ONCE("HEAD /cubo/temp/doctor/", HEAD("200 OK")
			"Content-Type: text/html\r\nContent-Length: 9\r\n"
			"\r\n"), GONE },
		    { "head", "bad", "9 of text/html", "proxy" } },
		{ { ONCE("HEAD /cubo/temp/doctor/", DENIED), GONE },
		    { "head", "bad", "403", "s3:GetObject" } },
		{ { GONE },
		    { "head", "bad", "not there", "lost" } },
		{ { STEP("bytes=4-11", HEAD("206 Partial Content")
			"Content-Range: bytes 4-11/27\r\n"
			"Content-Length: 8\r\n\r\nXXXXXXXX") },
		    { "range", "bad", "other bytes", "proxy" } },
		{ { STEP("bytes=4-11", DENIED) },
		    { "range", "bad", "AccessDenied", "" } },
		{ { TAKEN("47DEQpj8") },
		    { "checksum", "bad", "does not check", "=none" } },
		{ { STEP("x-amz-checksum-sha256", REFUSED(
			"501 Not Implemented", "NotImplemented")) },
		    { "put", "bad", "NotImplemented", "log" } },
		{ { TAKEN("f-none-match: *") },
		    { "conditional", "bad", "replaces objects",
			"S3_CONDITIONAL_WRITE=false" } },
		{ { STEP("f-none-match: *", REFUSED("501 Not Implemented",
			"NotImplemented")) },
		    { "conditional", "bad", "NotImplemented",
			"S3_CONDITIONAL_WRITE=false" } },
		{ { STEP("?uploads", DENIED) },
		    { "multipart", "bad", "begin", "s3:Abort" } },
		{ { STEP("uploadId=", DENIED) },
		    { "multipart", "bad", "given up", "s3:Abort" } },
		{ { STEP("?lifecycle", REFUSED("404 Not Found",
			"NoSuchLifecycleConfiguration")) },
		    { "lifecycle", "warning", "unfinished",
			"bucket lifecycle --apply" } },
		{ { STEP("?lifecycle", RULES(ABORT_RULE, "")) },
		    { "lifecycle", "warning", "temp/",
			"bucket lifecycle --apply" } },
		{ { STEP("?lifecycle", REFUSED("501 Not Implemented",
			"NotImplemented")) },
		    { "lifecycle", "skipped", "almacenctl sweep", "" } },
		{ { STEP("uploadId=", EMPTY("204 No Content")),
		      STEP("DELETE /cubo/", DENIED) },
		    { "delete", "bad", "AccessDenied", "s3:DeleteObject" } },
		{ { ONCE("HEAD /cubo/temp/doctor/", TEXT("")),
		      STEP("HEAD /cubo/temp/doctor/", TEXT("")) },
		    { "delete", "bad", "still there", "locks" } },
	};

	(void)state;
	check_faults(faults, ARRAY_COUNT(faults));
}

static void
test_browsers(void **state)
{
	static const struct fault faults[] = {
		{ { STEP("response-content-disposition", REFUSED(
			"403 Forbidden", "SignatureDoesNotMatch")) },
		    { "presigned_get", "bad", "SignatureDoesNotMatch",
			"Host" } },
		{ { STEP("response-content-disposition", HEAD("200 OK")
			"\r\n<html>") },
		    { "presigned_get", "bad", "other bytes", "" } },
		{ { TAKEN("Content-Length: 26") },
		    { "presigned_put", "bad", "another size", "do not" } },
		{ { STEP("SignedHeaders=content-length", DENIED) },
		    { "presigned_put", "bad", "AccessDenied", "" } },
		{ { STEP("x-amz-copy-source:", XML("<CopyObjectResult/>")) },
		    { "unsigned", "warning", "x-amz-copy-source",
			"S3_PROVIDER=ceph" } },
		{ { STEP("POST /cubo ", REFUSED("501 Not Implemented",
			"NotImplemented")) },
		    { "post", "bad", "NotImplemented",
			"S3_FORM_POST=false" } },
		{ { STEP("POST /cubo ", EMPTY("204 No Content")) },
		    { "post", "bad", "more bytes", "S3_FORM_POST=false" } },
		{ { STEP("OPTIONS ", DENIED) },
		    { "cors", "bad", "may not upload (AccessDenied)",
			"bucket cors --origin https://shop.example --apply" } },
		{ { STEP("OPTIONS ", PREFLIGHT("GET", "*")) },
		    { "cors", "bad", "may not PUT", "bucket cors" } },
		{ { STEP("OPTIONS ", PREFLIGHT("PUT", "content-type")) },
		    { "cors", "bad", "if-none-match", "bucket cors" } },
		{ { STEP("Origin: https://shop.example\r\n\r\n",
		      SEEN("x-amz-id")) },
		    { "cors", "bad", "may not read ETag", "bucket cors" } },
		{ { STEP("GET /cubo/products/doctor/", DENIED) },
		    { "public", "bad", "nobody can read",
			"almacenctl bucket policy --apply" } },
		{ { STEP("GET /cubo/products/doctor/", HEAD("200 OK")
			"\r\n<html>") },
		    { "public", "bad", "something else", "" } },
		{ { STEP("PUT /cubo/products/", DENIED) },
		    { "public", "bad", "cannot be stored",
			"s3:PutObject" } },
		{ { STEP("bytes=4-11", RANGE),
		      STEP("Origin: https://shop.example\r\n\r\n", SEEN("*")),
		      STEP("GET /cubo/temp/doctor/", TEXT("") BYTES) },
		    { "private", "bad", "read private objects",
			"bucket policy --apply" } },
		{ { STEP("GET /cubo?list-type=2&max-keys=1 ", LISTING) },
		    { "private", "bad", "list the bucket",
			"put-bucket-acl --acl private --bucket cubo" } },
	};

	(void)state;
	check_faults(faults, ARRAY_COUNT(faults));
}

/* ---- one thing is wrong with the machine ---- */

static const char *
database_of(const struct fixture *f)
{
	return pool_format(f->pool, "%s/almacen.db", f->data);
}

static void
run_sql(struct fixture *f, const char *text)
{
	struct err err = ERR_INIT;
	struct pool *pool = pool_new();
	struct sql *db;

	if (sql_open(pool, pool_format(pool, "sqlite:%s", database_of(f)), 1,
		&db, &err) == -1 ||
	    sql_exec(db, text, NULL, 0, NULL, &err) == -1)
		fail_msg("%s", err.text);
	pool_free(&pool);
}

static void
break_settings(struct fixture *f)
{
	add_env(f, "THREADS=many");
}

static void
break_env_file(struct fixture *f)
{
	add_env(f, "S3_SECRET_KEY_FILE=/nonexistent/secret");
	add_env(f, "S3_ACCESS_KEY=AK");
}

static void
be_in_production(struct fixture *f)
{
	f->env[0] = "ENVIRONMENT=production";
	/* Of a group that may be the program's. */
	assert_int_equal(chmod(f->data, 0770), 0);
}

static void
show_secret(struct fixture *f)
{
	const char *path = tmpdir_file(f->pool, f->data, "secret", "s3cr3t\n");

	assert_int_equal(chmod(path, 0644), 0);
	add_env(f, pool_format(f->pool, "SECRET_KEY_FILE=%s", path));
}

static void
lose_data_dir(struct fixture *f)
{
	f->env[1] = "DATA_DIR=/nonexistent/almacen";
}

static void
spoil_data_dir(struct fixture *f)
{
	f->env[1] = pool_format(f->pool, "DATA_DIR=%s/almacen.db", f->data);
	assert_int_equal(chmod(database_of(f), 0700), 0);
}

static void
lose_temp_dir(struct fixture *f)
{
	add_env(f, "TEMP_DIR=/nonexistent/temp");
}

static void
lose_database(struct fixture *f)
{
	assert_int_equal(unlink(database_of(f)), 0);
}

static void
spoil_database(struct fixture *f)
{
	(void)tmpdir_file(f->pool, f->data, "almacen.db",
	    "this was a database once, and then somebody edited it by hand"
	    " with a text editor, and saved it: it is longer than a head");
}

/* Its head is good, what follows is not. */
static void
damage_database(struct fixture *f)
{
	FILE *file = fopen(database_of(f), "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, 4096 * 3, SEEK_SET), 0);
	for (int i = 0; i < 4096 * 8; i++)
		assert_int_equal(fputc(0x55, file), 0x55);
	assert_int_equal(fclose(file), 0);
}

static void
age_program(struct fixture *f)
{
	run_sql(f, "INSERT INTO schema_version VALUES (99, 'later', 1)");
}

static void
age_database(struct fixture *f)
{
	run_sql(f, pool_format(f->pool,
	    "DELETE FROM schema_version WHERE version = %d", SCHEMA_VERSION));
}

static void
lose_site(struct fixture *f)
{
	add_env(f, "SECRET_KEY=secret");
	add_env(f, "BASE_URL=http://127.0.0.1:1");
	add_env(f, "S3_PUBLIC_PREFIXES=none");
}

static void
lose_public_site(struct fixture *f)
{
	add_env(f, "S3_PUBLIC_URL=http://127.0.0.1:1");
}

static void
spoil_store(struct fixture *f)
{
	(void)tmpdir_file(f->pool, f->data, "objects", "no folder");
}

static void
do_nothing(struct fixture *f)
{
	(void)f;
}

/* What the checks have left behind. */
static int
count_objects(const struct fixture *f)
{
	const char *path = pool_format(f->pool, "%s/objects/uploads", f->data);

	return access(path, F_OK) == 0 ? tmpdir_count(path) : 0;
}

static void
test_machine(void **state)
{
	static const struct {
		void (*spoil)(struct fixture *f);
		struct expected expected;
	} rows[] = {
		{ do_nothing, { .name = NULL } },
		{ break_settings,
		    { "settings", "bad", "THREADS", "almacenctl config" } },
		{ break_env_file,
		    { "settings", "bad", "/nonexistent/secret", "" } },
		{ be_in_production,
		    { "secret_key", "warning", "SECRET_KEY", "openssl" } },
		{ show_secret,
		    { "secret_files", "warning", "/secret", "chmod o-rwx " } },
		{ lose_data_dir,
		    { "folders", "bad", "/nonexistent/almacen is not there",
			"install -d -m 750 -o USER /nonexistent/almacen" } },
		{ spoil_data_dir,
		    { "folders", "bad", "not a folder", "DATA_DIR" } },
		{ lose_temp_dir,
		    { "folders", "bad", "/nonexistent/temp", "install -d" } },
		{ lose_database,
		    { "database", "warning", "not there yet", "start" } },
		{ spoil_database,
		    { "database", "bad", "not a database", "backup" } },
		{ damage_database,
		    { "database", "bad", "almacen.db", "backup" } },
		{ age_program,
		    { "database", "bad", "version 99", "install" } },
		{ age_database,
		    { "database", "warning", "will bring it", "backup" } },
		{ lose_site,
		    { "presigned_get", "bad", "nobody answers at 127.0.0.1:1",
			"BASE_URL" } },
		{ lose_public_site,
		    { "public", "bad", "nobody answers at 127.0.0.1:1",
			"S3_PUBLIC_URL" } },
		{ spoil_store,
		    { "store", "bad", "objects", "chown" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();
		struct fixture f = fixture(pool, "AUTH=remote_user");

		add_env(&f, "STORE=file");
		rows[i].spoil(&f);
		check_only(diagnose(&f), &rows[i].expected);
		assert_int_equal(count_objects(&f), 0);
		pool_free(&pool);
	}
}

/* What root alone may write to, the program may not; another user is it. */
static void
test_root_folder(void **state)
{
	static const struct expected nothing = { .name = NULL },
		of_root = { "folders", "warning", "only root can write to",
		    "chown -R USER " };
	struct pool *pool = pool_new();
	struct fixture f = fixture(pool, "AUTH=remote_user");

	(void)state;
	add_env(&f, "STORE=file");
	add_env(&f, "SECRET_KEY=0123456789abcdef0123456789abcdef");
	be_in_production(&f);
	assert_int_equal(chmod(f.data, 0700), 0);
	check_only(diagnose(&f), geteuid() == 0 ? &of_root : &nothing);
	pool_free(&pool);
}

/* The password of nobody: it is never tried. */
static void
add_person(struct fixture *f)
{
	struct user user = { .tenant_id = 1,
		.has_password_realm = true,
		.login = "ana@example.com",
		.role = ROLE_ADMIN,
		.password = "$y$none" };
	struct err err = ERR_INIT;
	struct pool *pool = pool_new();
	struct sql *db;

	if (sql_open(pool, pool_format(f->pool, "sqlite:%s/almacen.db",
		f->data), 1, &db, &err) == -1 ||
	    user_insert(db, pool, &user, &err) == -1)
		fail_msg("%s", err.text);
	pool_free(&pool);
}

static void
test_people(void **state)
{
	static const struct {
		const char *auth;
		bool has_somebody;
		struct expected expected;
	} rows[] = {
		{ "AUTH=login", false, { "people", "warning",
		    "no user can log in yet",
		    "almacenctl user add EMAIL --role admin" } },
		{ "AUTH=login", true, { .name = NULL } },
		{ "AUTH=remote_user", false, { .name = NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pool *pool = pool_new();
		struct fixture f = fixture(pool, rows[i].auth);

		add_env(&f, "STORE=file");
		if (rows[i].has_somebody)
			add_person(&f);
		check_only(diagnose(&f), &rows[i].expected);
		pool_free(&pool);
	}
}

static void
test_nearly_full(void **state)
{
	static const struct {
		unsigned long block, blocks, free, files, free_files;
		bool is_full;
	} rows[] = {
		{ 4096, 1000000, 500000, 1000, 500, false },
		{ 4096, 1000000, 50000, 1000, 500, false },
		{ 4096, 1000000, 49999, 1000, 500, true },
		{ 4096, 1000000, 0, 1000, 500, true },
		{ 4096, 1000000, 500000, 1000, 49, true },
		{ 4096, 1000000, 500000, 0, 0, false },
		/* A large disk with 1 % left has enough. */
		{ 4096, 1000000000, 10000000, 1000, 500, false },
		{ 4096, 0, 0, 0, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct statvfs fs = { .f_frsize = rows[i].block,
			.f_blocks = rows[i].blocks,
			.f_bavail = rows[i].free,
			.f_files = rows[i].files,
			.f_favail = rows[i].free_files };

		if (doctor_is_nearly_full(&fs) != rows[i].is_full)
			fail_msg("row %zu", i);
	}
}

/* ---- for people ---- */

static void
test_text(void **state)
{
	static const char *const args[] = { NULL };
	struct fixture f = fixture(*state, "AUTH=remote_user");
	const char *output;

	add_env(&f, "STORE=s3");
	add_env(&f, "S3_ENDPOINT=http://127.0.0.1:1");
	add_env(&f, "S3_ACCESS_KEY=AK");
	add_env(&f, "S3_SECRET_KEY=SK");
	output = capture(f.pool, f.env, cmd_doctor, args, 1).output;
	assert_non_null(strstr(output,
	    "✗ endpoint           nobody answers at 127.0.0.1:1"));
	assert_non_null(strstr(output,
	    "\n                     → S3_ENDPOINT: host and port"));
	assert_non_null(strstr(output,
	    "– for that reason    not looked at: clock, addressing, "));
	assert_non_null(strstr(output, "\n1 to mend, 0 to think about.\n"));
}

static void
test_usage(void **state)
{
	static const char *const rows[][2] = {
		{ "--what", NULL },
		{ "more", NULL },
		{ "--origin", "shop.example" },
		{ "--origin", "https://shop.example/path" },
	};
	struct fixture f = fixture(*state, "AUTH=remote_user");

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		assert_int_equal(capture(f.pool, f.env, cmd_doctor, rows[i],
				     2).status, CTL_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well),
		cmocka_unit_test(test_endpoint),
		POOL_TEST(test_silence_is_bounded),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_browsers),
		cmocka_unit_test(test_machine),
		cmocka_unit_test(test_root_folder),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_nearly_full),
		POOL_TEST(test_text),
		POOL_TEST(test_usage),
	};

	return cmocka_run_group_tests_name("ctl/doctor", tests, NULL, NULL);
}
