/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include "s3/multipart.h"

#define XML(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define COPIED XML("<CopyObjectResult><ETag>&quot;copy&quot;</ETag>" \
		   "</CopyObjectResult>")
#define SOURCE(size, etag)                                           \
	{ "HEAD ", SCRIPTED_REPLY, "HTTP/1.1 200 OK\r\nContent-Length: " \
	    size "\r\nETag: \"" etag "\"\r\n\r\n", 0 }

static int
copy(struct clienttest *f, const char *if_match, const char **etag_r)
{
	const struct s3_copy request = { .from_key = "/a b+%41/ñ?",
		.to_key = "new",
		.if_match = if_match,
		.content_type = "image/png",
		.content_disposition = "inline",
		.cache_control = "no-store",
		.acl = "public-read" };

	err_clear(&f->err);
	return s3_copy(f->client, f->pool, &request, etag_r, &f->err);
}

static void
test_copy(void **state)
{
	static const struct scripted_step steps[] = { SOURCE("5", "e1"),
		{ "PUT ", SCRIPTED_CUT, COPIED, 0 } };
	struct clienttest *f = *state;
	const char *etag, *head;

	BEGIN(f, steps);
	assert_int_equal(copy(f, "e1", &etag), 0);
	assert_string_equal(etag, "copy");
	head = scripted_head(f->server, "PUT /uploads/new ");
	assert_non_null(strstr(head, "\r\nx-amz-copy-source: /uploads//a%20b%2B"
	    "%2541/%C3%B1%3F\r\n"));
	assert_non_null(strstr(head,
	    "\r\nx-amz-copy-source-if-match: \"e1\"\r\n"));
	assert_non_null(strstr(head,
	    "\r\nx-amz-metadata-directive: REPLACE\r\n"));
	assert_non_null(strstr(head, "\r\ncontent-type: image/png\r\n"));
	assert_non_null(strstr(head, "\r\ncontent-disposition: inline\r\n"));
	assert_non_null(strstr(head, "\r\ncache-control: no-store\r\n"));
	assert_non_null(strstr(head, "\r\nx-amz-acl: public-read\r\n"));
	assert_non_null(strstr(head, "\r\nContent-Length: 0\r\n"));
	assert_int_equal(copy(f, NULL, &etag), 0);
	assert_null(strstr(scripted_head(f->server, "PUT "), "if-match"));
}

/* The condition holds also where the server does not know it. */
static void
test_source(void **state)
{
	static const struct scripted_step steps[] = {
		{ "HEAD ", SCRIPTED_REPLY, ANSWER("404 No", ""), 1 },
		SOURCE("5", "e2"),
		{ "PUT ", SCRIPTED_CUT, ERROR_XML("412 No", "",
		    "PreconditionFailed", ""), 1 },
		{ "PUT ", SCRIPTED_CUT, ERROR_XML("404 No", "", "NoSuchKey",
		    ""), 1 },
	};
	struct clienttest *f = *state;
	const char *etag;

	BEGIN(f, steps);
	assert_int_equal(copy(f, NULL, &etag), -1);
	assert_int_equal(f->err.kind, ERR_NOT_FOUND);
	assert_int_equal(copy(f, "e1", &etag), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_int_equal(scripted_count(f->server, "PUT "), 0);
	assert_int_equal(copy(f, "e2", &etag), -1);
	assert_int_equal(f->err.kind, ERR_CONFLICT);
	assert_int_equal(copy(f, "e2", &etag), -1);
	assert_int_equal(f->err.kind, ERR_NOT_FOUND);
}

/*
 * Swift misreads the condition for objects uploaded in parts: what is looked
 * at before and after stands in for it.
 */
static void
test_misread_condition(void **state)
{
	static const struct scripted_step sources[] = { SOURCE("5", "e-2"),
		SOURCE("5", "e-3") };
	static const struct {
		size_t looks[3]; /* which source each look finds */
		int result;
		size_t copies;
	} rows[] = {
		{ { 0, 0, 0 }, 0, 2 },
		{ { 0, 1, 1 }, -1, 1 },
		{ { 0, 0, 1 }, -1, 2 },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct scripted_step steps[5] = { { "if-match: ",
		    SCRIPTED_CUT, ERROR_XML("412 No", "", "PreconditionFailed",
		    ""), 0, 0 }, { "PUT ", SCRIPTED_CUT, COPIED, 0, 0 } };
		struct clienttest *f;
		const char *etag;

		(void)clienttest_setup(state);
		f = *state;
		for (size_t j = 0; j < 3; j++) {
			steps[2 + j] = sources[rows[i].looks[j]];
			steps[2 + j].times = 1;
		}
		clienttest_begin(f, steps, ARRAY_COUNT(steps));
		assert_int_equal(copy(f, "e-2", &etag), rows[i].result);
		assert_int_equal(scripted_count(f->server, "PUT "),
		    rows[i].copies);
		if (rows[i].result == 0)
			assert_string_equal(etag, "copy");
		else
			assert_int_equal(f->err.kind, ERR_CONFLICT);
		(void)clienttest_teardown(state);
	}
}

/* D13: 200 is not success yet. */
static void
test_late_errors(void **state)
{
	static const struct {
		const char *reply; /* once, then it is copied */
		int result;
		const char *code;
	} rows[] = {
		{ XML("<Error><Code>InternalError</Code></Error>"), 0, "" },
		{ XML(" \n\t\r <Error><Code>SlowDown</Code></Error>"), 0, "" },
		{ XML(" \n <Error><Code>AccessDenied</Code></Error>"), -1,
		    "AccessDenied" },
		{ XML("<Error><Code>NoSuchKey</Code></Error>"), -1,
		    "NoSuchKey" },
		{ XML(""), 0, "" },
		{ XML("<CopyObjectResult><ETag>"), 0, "" },
		{ XML("<CopyObjectResult></CopyObjectResult>"), -1, "" },
		{ XML("<CopyObjectResult><ETag>a b</ETag></CopyObjectResult>"),
		    -1, "" },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step steps[] = { SOURCE("5", "e1"),
			{ "PUT ", SCRIPTED_CUT, rows[i].reply, 1 },
			{ "PUT ", SCRIPTED_CUT, COPIED, 0 } };
		struct clienttest *f;
		const char *etag;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, steps, 3);
		assert_int_equal(copy(f, NULL, &etag), rows[i].result);
		assert_string_equal(f->err.code, rows[i].code);
		assert_int_equal(scripted_count(f->server, "PUT "),
		    rows[i].result == 0 ? 2 : 1);
		(void)clienttest_teardown(state);
	}
}

/* ---- by parts ---- */

#define CREATED XML("<InitiateMultipartUploadResult><UploadId>u+1</UploadId>" \
		    "</InitiateMultipartUploadResult>")
#define MD5_A "0cc175b9c0f1b6a831c399e269772661"
#define PART_COPIED XML("<CopyPartResult><ETag>&quot;" MD5_A \
			"&quot;</ETag></CopyPartResult>")
#define COMPLETED XML("<CompleteMultipartUploadResult><ETag>&quot;x-3&quot;" \
		      "</ETag></CompleteMultipartUploadResult>")

static void
test_by_parts(void **state)
{
	static const struct scripted_step steps[] = {
		SOURCE("1005", "e1"),
		{ "POST /uploads/new?uploads= ", SCRIPTED_CUT, CREATED, 1 },
		{ "partNumber=2&", SCRIPTED_CUT, ERROR_XML("503 No", "",
		    "SlowDown", ""), 1 },
		{ "partNumber=3&", SCRIPTED_CUT, XML(" \n<Error><Code>"
		    "InternalError</Code></Error>"), 1 },
		{ "PUT ", SCRIPTED_CUT, PART_COPIED, 0 },
		{ "POST /uploads/new?uploadId=u%2B1 ", SCRIPTED_CUT, COMPLETED,
		    1 },
	};
	struct clienttest *f = *state;
	const char *etag, *head;

	BEGIN(f, steps);
	f->client->copy_bytes_max = 100;
	assert_int_equal(copy(f, NULL, &etag), 0);
	assert_string_equal(etag, "x-3");
	head = scripted_head(f->server, "POST /uploads/new?uploads= ");
	assert_non_null(strstr(head, "\r\ncontent-type: image/png\r\n"));
	assert_non_null(strstr(head, "\r\nx-amz-acl: public-read\r\n"));
	assert_int_equal(scripted_count(f->server, "PUT "), 13);
	head = scripted_head(f->server,
	    "PUT /uploads/new?partNumber=11&uploadId=u%2B1 ");
	assert_non_null(strstr(head,
	    "\r\nx-amz-copy-source-range: bytes=1000-1004\r\n"));
	/* Pinned, though nobody asked for it: parts of one object. */
	assert_non_null(strstr(head,
	    "\r\nx-amz-copy-source-if-match: \"e1\"\r\n"));
	assert_non_null(strstr(scripted_body(f->server, "uploadId=u%2B1 "),
	    "<Part><PartNumber>11</PartNumber><ETag>&quot;" MD5_A
	    "&quot;</ETag></Part></CompleteMultipartUpload>"));
}

/* Whatever goes wrong, the upload is aborted. */
static void
test_by_parts_fails(void **state)
{
	static const struct {
		const char *part, *complete;
		enum err_kind kind;
	} rows[] = {
		{ ERROR_XML("412 No", "", "PreconditionFailed", ""), COMPLETED,
		    ERR_CONFLICT },
		{ XML("<CopyPartResult></CopyPartResult>"), COMPLETED,
		    ERR_UPSTREAM },
		{ PART_COPIED, ERROR_XML("400 No", "", "InvalidPart", ""),
		    ERR_UPSTREAM },
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct scripted_step steps[] = { SOURCE("300", "e1"),
			{ "?uploads= ", SCRIPTED_CUT, CREATED, 0 },
			{ "PUT ", SCRIPTED_CUT, rows[i].part, 0 },
			{ "POST ", SCRIPTED_CUT, rows[i].complete, 0 },
			{ "DELETE ", SCRIPTED_REPLY, NULL, 0 } };
		struct clienttest *f;
		const char *etag;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, steps, 5);
		f->client->copy_bytes_max = 100;
		assert_int_equal(copy(f, NULL, &etag), -1);
		assert_int_equal(f->err.kind, rows[i].kind);
		assert_int_equal(scripted_count(f->server,
		    "DELETE /uploads/new?uploadId=u%2B1 "), 1);
		(void)clienttest_teardown(state);
	}
}

/* ---- uploads that somebody else began ---- */

static void
test_resume(void **state)
{
	static const struct scripted_step steps[] = {
		{ "POST ", SCRIPTED_RESET, NULL, 1 },
		{ "HEAD ", SCRIPTED_REPLY, "HTTP/1.1 200 OK\r\n"
		    "Content-Length: 99\r\nETag: \"7b3c799ee8b11a11c798c8b41bed8"
		    "502-2\"\r\n\r\n", 0 },
	};
	const struct s3_put put = { .key = "k", .is_new_only = true };
	struct s3_known_part parts[] = { { 1, -1, MD5_A }, { 7, 10, MD5_A },
		{ 8, 10, "\"><Evil/>" }, { 8, 10, "" } };
	struct clienttest *f = *state;
	struct s3_upload *upload;
	const char *etag;

	BEGIN(f, steps);
	upload = s3_upload_resume(f->client, f->pool, &put, "id");
	assert_int_equal(s3_part_adopt(upload, &parts[0], &f->err), 0);
	assert_int_equal(s3_part_adopt(upload, &parts[1], &f->err), 0);
	for (int i = 2; i < 4; i++) {
		assert_int_equal(s3_part_adopt(upload, &parts[i], &f->err),
		    -1);
		assert_int_equal(f->err.kind, ERR_INVALID);
	}
	/* The answer got lost: the object has the ETag of these parts. */
	assert_string_equal(s3_upload_expected_etag(upload),
	    "7b3c799ee8b11a11c798c8b41bed8502-2");
	assert_int_equal(s3_upload_complete(upload, &etag, &f->err), 0);
	assert_string_equal(etag, "7b3c799ee8b11a11c798c8b41bed8502-2");
	assert_non_null(strstr(scripted_head(f->server, "POST "),
	    "\r\nif-none-match: *\r\n"));
	assert_non_null(strstr(scripted_body(f->server, "POST "),
	    "<PartNumber>7</PartNumber>"));
}

/* Ceph names no ETag here; it can be reckoned. */
static void
test_no_etag(void **state)
{
	static const struct scripted_step steps[] = { { "POST ", SCRIPTED_CUT,
	    XML("<CompleteMultipartUploadResult><ETag></ETag>"
		"</CompleteMultipartUploadResult>"), 0 } };
	const struct s3_put put = { .key = "k" };
	static const struct s3_known_part md5 = { 1, 5, MD5_A },
		other = { 2, 5, "no-md5" };
	struct clienttest *f = *state;
	struct s3_upload *upload;
	const char *etag;

	BEGIN(f, steps);
	upload = s3_upload_resume(f->client, f->pool, &put, "id");
	assert_int_equal(s3_part_adopt(upload, &md5, &f->err), 0);
	assert_int_equal(s3_upload_complete(upload, &etag, &f->err), 0);
	assert_string_equal(etag, s3_upload_expected_etag(upload));
	upload = s3_upload_resume(f->client, f->pool, &put, "id");
	assert_int_equal(s3_part_adopt(upload, &md5, &f->err), 0);
	assert_int_equal(s3_part_adopt(upload, &other, &f->err), 0);
	assert_int_equal(s3_upload_complete(upload, &etag, &f->err), 0);
	assert_string_equal(etag, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_copy),
		CLIENT_TEST(test_source),
		cmocka_unit_test(test_misread_condition),
		cmocka_unit_test(test_late_errors),
		CLIENT_TEST(test_by_parts),
		cmocka_unit_test(test_by_parts_fails),
		CLIENT_TEST(test_resume),
		CLIENT_TEST(test_no_etag),
	};

	return cmocka_run_group_tests_name("s3/copy", tests, NULL, NULL);
}
