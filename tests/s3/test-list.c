/* SPDX-License-Identifier: MIT */
#include "s3/clienttest.h"

#include "s3/list.h"
#include "s3/multipart.h"
#include "s3/reply.h"

#define XML(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define LIST(body) XML("<?xml version=\"1.0\"?>\n<ListBucketResult>" body \
		       "</ListBucketResult>")
#define ENTRY(key)                                                        \
	"<Contents><Key>" key "</Key><LastModified>"                      \
	"2026-02-28T10:00:00.123Z</LastModified><ETag>&quot;e1&quot;</ETag>" \
	"<Size>12</Size><Owner><ID>o</ID></Owner></Contents>"
#define LAST "<IsTruncated>false</IsTruncated>"
#define MORE(token) \
	"<IsTruncated>true</IsTruncated><NextContinuationToken>" token \
	"</NextContinuationToken>"
#define URL "<EncodingType>url</EncodingType>"

static int
list(struct clienttest *f, const struct s3_list *request,
    struct s3_page *page_r)
{
	err_clear(&f->err);
	return s3_list(f->client, f->pool, request, page_r, &f->err);
}

/* What is asked for. */
static void
test_query(void **state)
{
	static const struct scripted_step steps[] = { { .match = "GET",
	    .way = SCRIPTED_CUT,
	    .reply = LIST(LAST ENTRY("a b/c+d/e")) } };
	const struct s3_list request = { "a b/", "/", "a b/c+", "", 7 };
	const struct s3_list next = { "a b/", "/", "a b/c+", "to=k&en", 7 };
	struct clienttest *f = *state;
	struct s3_page page;

	BEGIN(f, steps);
	assert_int_equal(list(f, &request, &page), 0);
	assert_int_equal(scripted_count(f->server,
	    "GET /uploads?list-type=2&encoding-type=url&max-keys=7&delimiter="
	    "%2F&prefix=a%20b%2F&start-after=a%20b%2Fc%2B HTTP"), 1);
	assert_int_equal(list(f, &next, &page), 0);
	assert_int_equal(scripted_count(f->server, "max-keys=7&continuation-"
	    "token=to%3Dk%26en&delimiter=%2F&prefix=a%20b%2F HTTP"), 1);
}

static void
test_entries(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, LIST(ENTRY("plain+&amp;%41") MORE("t1")
		    "<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes>"),
		    1 },
		{ "", SCRIPTED_CUT, LIST(URL LAST ENTRY("a%2Fb+c%2Bd%00%FF")
		    ENTRY("a%2Fb+c%2Bd%0A%FF%25") "<CommonPrefixes><Prefix>"
		    "d+r%2F</Prefix></CommonPrefixes>"), 1 },
	};
	const struct s3_list request = { "", "/", "", "", 10 };
	struct clienttest *f = *state;
	struct s3_page page;

	BEGIN(f, steps);
	/* A server that does not encode. */
	assert_int_equal(list(f, &request, &page), 0);
	assert_int_equal(page.count, 2);
	assert_string_equal(page.entries[0].key, "plain+&%41");
	assert_int_equal(page.entries[0].size_bytes, 12);
	assert_int_equal(page.entries[0].modified_secs, 1772272800);
	assert_string_equal(page.entries[0].etag, "e1");
	assert_false(page.entries[0].is_prefix);
	assert_string_equal(page.entries[1].key, "dir/");
	assert_true(page.entries[1].is_prefix);
	assert_string_equal(page.next_token, "t1");
	/* One that does; a key with a NUL is nobody's. */
	assert_int_equal(list(f, &request, &page), 0);
	assert_int_equal(page.count, 2);
	assert_string_equal(page.entries[0].key, "a/b c+d\n\xff%");
	assert_string_equal(page.entries[1].key, "d r/");
	assert_string_equal(page.next_token, "");
}

/* What XML cannot hold is there all the same. */
static void
test_repaired(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, LIST("<Prefix>&#x1;</Prefix>"
		    ENTRY("a&#x01;&#31;b\xef\xbf\xbf&#9;\xef\xbf\xbe&#65;")
		    MORE("a&#x1f;")), 1 },
		{ "", SCRIPTED_CUT, LIST(ENTRY("a&#0;b") LAST), 1 },
		{ "", SCRIPTED_CUT, LIST(ENTRY("a") MORE("a&#0;")), 1 },
	};
	const struct s3_list request = { "", "", "", "", 10 };
	struct clienttest *f = *state;
	struct s3_page page;

	BEGIN(f, steps);
	assert_int_equal(list(f, &request, &page), 0);
	assert_string_equal(page.entries[0].key,
	    "a\x01\x1f" "b\xef\xbf\xbf\t\xef\xbf\xbe" "A");
	assert_string_equal(page.next_token, "a\x1f");
	assert_int_equal(list(f, &request, &page), 0);
	assert_int_equal(page.count, 0);
	assert_int_equal(list(f, &request, &page), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

/* None of these is an empty bucket. */
static void
test_odd_answers(void **state)
{
	static const char *const replies[] = {
		XML(""),
		XML("<html><body>Welcome</body></html>"),
		XML("<ListBucketResult></ListBucketResult>"),
		LIST("<IsTruncated>maybe</IsTruncated>"),
		XML("<ListAllMyBucketsResult>" LAST "</ListAllMyBucketsResult>"),
		XML("<ListBucketResult>" LAST ENTRY("a")),
		XML("garbage"),
		XML("<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult>" LAST
		    "</ListBucketResult>"),
		/* Pages that lead nowhere, or back. */
		LIST("<IsTruncated>true</IsTruncated>"),
		LIST(MORE("")),
		LIST(MORE("same")),
		/* More than was asked for, or something else. */
		LIST(LAST ENTRY("a1") ENTRY("a2") ENTRY("a3")),
		LIST(LAST ENTRY("b")),
		LIST(URL LAST ENTRY("a%2")),
		/* Objects that cannot be. */
		LIST(LAST "<Contents></Contents>"),
		LIST(LAST "<Contents><Key>a</Key><Size>1</Size></Contents>"),
		LIST(LAST "<Contents><Key>a</Key><Size>-1</Size><LastModified>"
		    "2026-02-28T10:00:00Z</LastModified></Contents>"),
		LIST(LAST "<Contents><Key>a</Key><Size>1</Size><LastModified>"
		    "yesterday</LastModified></Contents>"),
		LIST(LAST "<CommonPrefixes></CommonPrefixes>"),
	};
	const struct s3_list request = { "a", "", "", "same", 2 };

	for (size_t i = 0; i < ARRAY_COUNT(replies); i++) {
		const struct scripted_step step = { "", SCRIPTED_CUT,
			replies[i], 0 };
		struct clienttest *f;
		struct s3_page page;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, &step, 1);
		if (list(f, &request, &page) != -1 ||
		    (f->err.kind != ERR_UPSTREAM &&
			f->err.kind != ERR_UNAVAILABLE))
			fail_msg("taken: %s", replies[i]);
		(void)clienttest_teardown(state);
	}
}

static void
test_errors(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, XML(" \n <Error><Code>AccessDenied</Code>"
		    "</Error>"), 1 },
		{ "", SCRIPTED_CUT, ERROR_XML("404 No", "", "NoSuchBucket",
		    ""), 1 },
		{ "", SCRIPTED_CUT, ERROR_XML("503 No", "", "SlowDown", ""),
		    1 },
		{ "", SCRIPTED_CUT, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n"
		    "\r\n<ListBucketResult>" LAST, 1 },
		{ "", SCRIPTED_CUT, XML("\n  <ListBucketResult>" LAST
		    "</ListBucketResult>"), 1 },
	};
	const struct s3_list request = { "", "", "", "", 2 };
	struct clienttest *f = *state;
	struct s3_page page;

	BEGIN(f, steps);
	assert_int_equal(list(f, &request, &page), -1);
	assert_string_equal(f->err.code, "AccessDenied");
	assert_int_equal(list(f, &request, &page), -1);
	assert_string_equal(f->err.code, "NoSuchBucket");
	/* Refused, cut, and then told. */
	assert_int_equal(list(f, &request, &page), 0);
	assert_int_equal(page.count, 0);
}

/* A megabyte is a list, nine are not. */
static void
test_huge(void **state)
{
	struct clienttest *f = *state;
	char *pad = pool_alloc(f->pool, 9 * 1024 * 1024 + 1);
	struct scripted_step steps[2] = { { "", SCRIPTED_CUT, NULL, 1 },
		{ "", SCRIPTED_CUT, NULL, 1 } };
	const struct s3_list request = { "", "", "", "", 2 };
	struct s3_page page;

	memset(pad, ' ', 1024 * 1024);
	steps[0].reply = pool_format(f->pool, LIST(LAST "%s"), pad);
	memset(pad, ' ', 9 * 1024 * 1024);
	steps[1].reply = pool_format(f->pool, LIST(LAST "%s"), pad);
	BEGIN(f, steps);
	assert_int_equal(list(f, &request, &page), 0);
	assert_int_equal(list(f, &request, &page), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
}

/* ---- uploads ---- */

#define UPLOADS(body) XML("<ListMultipartUploadsResult>" body \
			  "</ListMultipartUploadsResult>")
#define UPLOAD(key, id)                                                    \
	"<Upload><Key>" key "</Key><UploadId>" id "</UploadId><Initiated>" \
	"2026-02-28T10:00:00.000Z</Initiated></Upload>"
#define MARKERS(key, id)                                                \
	"<NextKeyMarker>" key "</NextKeyMarker><NextUploadIdMarker>" id \
	"</NextUploadIdMarker>"
#define TRUE "<IsTruncated>true</IsTruncated>"

static void
test_uploads(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_CUT, UPLOADS(TRUE MARKERS("a&#x1;", "i2")
		    UPLOAD("a&#x1;", "i1") UPLOAD("a&#x1;", "i2")), 1 },
		{ "", SCRIPTED_CUT, UPLOADS(URL LAST MARKERS("z", "i3")
		    UPLOAD("a%2B", "i3")), 1 },
		{ "", SCRIPTED_CUT, UPLOADS(TRUE MARKERS("k", "i")), 1 },
		{ "", SCRIPTED_CUT, UPLOADS(TRUE MARKERS("k", "j")), 1 },
		{ "", SCRIPTED_CUT, UPLOADS(LAST "<Upload><Key>k</Key>"
		    "</Upload>"), 1 },
		{ "", SCRIPTED_CUT, LIST(LAST), 1 },
	};
	struct clienttest *f = *state;
	struct s3_unfinished_page page;

	BEGIN(f, steps);
	assert_int_equal(s3_list_uploads(f->client, f->pool, "p/", "", "",
	    &page, &f->err), 0);
	assert_int_equal(scripted_count(f->server,
	    "GET /uploads?uploads=&max-uploads=1000&prefix=p%2F HTTP"), 1);
	assert_int_equal(page.count, 2);
	assert_string_equal(page.uploads[1].key, "a\x01");
	assert_string_equal(page.uploads[1].upload_id, "i2");
	assert_int_equal(page.uploads[1].begun_secs, 1772272800);
	assert_string_equal(page.next_key, "a\x01");
	assert_string_equal(page.next_upload_id, "i2");
	assert_int_equal(s3_list_uploads(f->client, f->pool, "", "a\x01", "i2",
	    &page, &f->err), 0);
	assert_int_equal(scripted_count(f->server,
	    "&key-marker=a%01&upload-id-marker=i2 HTTP"), 1);
	assert_int_equal(page.count, 1);
	assert_string_equal(page.uploads[0].key, "a+");
	assert_string_equal(page.next_key, "");
	assert_string_equal(page.next_upload_id, "");
	/* The page before once more, another one, and two that are none. */
	assert_int_equal(s3_list_uploads(f->client, f->pool, "", "k", "i",
	    &page, &f->err), -1);
	assert_int_equal(f->err.kind, ERR_UPSTREAM);
	assert_int_equal(s3_list_uploads(f->client, f->pool, "", "k", "i",
	    &page, &f->err), 0);
	for (int i = 0; i < 2; i++) {
		err_clear(&f->err);
		assert_int_equal(s3_list_uploads(f->client, f->pool, "", "",
		    "", &page, &f->err), -1);
		assert_int_equal(f->err.kind, ERR_UPSTREAM);
	}
}

/* ---- parts ---- */

#define PARTS(body) XML("<ListPartsResult>" body "</ListPartsResult>")
#define PART(number)                                                        \
	"<Part><PartNumber>" number "</PartNumber><ETag>&quot;e" number     \
	"&quot;</ETag><Size>5</Size></Part>"

static void
test_parts(void **state)
{
	static const struct scripted_step steps[] = {
		{ "part-number-marker=0&", SCRIPTED_CUT, PARTS(TRUE PART("1")
		    PART("3")), 1 },
		{ "part-number-marker=3&", SCRIPTED_CUT, PARTS(LAST
		    PART("10000")), 1 },
	};
	const struct s3_upload_name name = { "a b", "i+d" };
	struct clienttest *f = *state;
	struct s3_known_parts parts;

	BEGIN(f, steps);
	assert_int_equal(s3_list_parts(f->client, f->pool, &name, &parts,
	    &f->err), 0);
	assert_int_equal(scripted_count(f->server, "GET /uploads/a%20b?max-"
	    "parts=1000&part-number-marker=3&uploadId=i%2Bd HTTP"), 1);
	assert_int_equal(parts.count, 3);
	assert_int_equal(parts.parts[2].number, 10000);
	assert_string_equal(parts.parts[1].etag, "e3");
	assert_int_equal(parts.parts[1].size_bytes, 5);
}

static void
test_odd_parts(void **state)
{
	static const char *const replies[] = {
		PARTS(TRUE),
		PARTS(LAST PART("2") PART("1")),
		PARTS(LAST PART("1") PART("1")),
		PARTS(LAST PART("0")),
		PARTS(LAST PART("10001")),
		PARTS(LAST PART("one")),
		PARTS(LAST "<Part><PartNumber>1</PartNumber><Size>1</Size>"
		    "</Part>"),
		PARTS(LAST "<Part><PartNumber>1</PartNumber><ETag>e</ETag>"
		    "</Part>"),
		PARTS(""),
		LIST(LAST),
	};
	const struct s3_upload_name name = { "k", "id" };

	for (size_t i = 0; i < ARRAY_COUNT(replies); i++) {
		const struct scripted_step step = { "", SCRIPTED_CUT,
			replies[i], 0 };
		struct clienttest *f;
		struct s3_known_parts parts;

		(void)clienttest_setup(state);
		f = *state;
		clienttest_begin(f, &step, 1);
		if (s3_list_parts(f->client, f->pool, &name, &parts,
			&f->err) != -1 ||
		    (f->err.kind != ERR_UPSTREAM &&
			f->err.kind != ERR_UNAVAILABLE))
			fail_msg("taken: %s", replies[i]);
		(void)clienttest_teardown(state);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(test_query),
		CLIENT_TEST(test_entries),
		CLIENT_TEST(test_repaired),
		cmocka_unit_test(test_odd_answers),
		CLIENT_TEST(test_errors),
		CLIENT_TEST(test_huge),
		CLIENT_TEST(test_uploads),
		CLIENT_TEST(test_parts),
		cmocka_unit_test(test_odd_parts),
	};

	return cmocka_run_group_tests_name("s3/list", tests, NULL, NULL);
}
