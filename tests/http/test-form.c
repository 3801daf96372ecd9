/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include "base/attr.h"
#include "http/form.h"
#include "http/transport_mem.h"

#define MULTIPART "multipart/form-data; boundary=b"
#define URLENCODED "application/x-www-form-urlencoded"
#define PART(params, data) "--b\r\nContent-Disposition: form-data; " params \
    "\r\n\r\n" data "\r\n"
#define END "--b--\r\n"

enum { BODY_MAX = 1024 * 1024 };

static const struct field fields[] = {
	{ "name", FIELD_TEXT, .min = 2, .max = 5, .is_required = true },
	{ "id", FIELD_ID, .max = 100 },
	{ "price", FIELD_CENTS, .min = 100, .max = 99999 },
	{ "token", FIELD_TOKEN, .max = 4 },
	{ "active", FIELD_BOOL },
	{ "password", FIELD_SECRET, .max = 8 },
	{ "image", FIELD_FILE },
	{ "photos", FIELD_FILE, .is_many = true },
	{ "words", FIELD_TEXTS, .max = 11 },
};

/* Files as "<filename|bytes>", "<filename|bytes" while one is open. */
struct files {
	struct buf text;
	bool fail_begin;
};

static int
file_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct files *files = arg;

	if (files->fail_begin)
		return err_set_code(err, ERR_UNAVAILABLE, "full", "full");
	return buf_format(&files->text, "<%s|", part->filename);
}

static int
file_write(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	return buf_slice(&((struct files *)arg)->text, bytes);
}

static int
file_end(void *arg, struct err *err)
{
	(void)err;
	return buf_str(&((struct files *)arg)->text, ">");
}

struct fixture {
	struct pool *pool;
	struct clock clock;
	struct log log;
	struct transport_mem mem;
	struct request request;
	struct files files;
	struct form_file_sink sink;
	bool has_no_sink;
	bool takes_json, refuses_unknown;
	struct form form;
	struct err err;
};

static int
setup(void **state)
{
	struct pool *pool = pool_new();
	struct fixture *f = POOL_NEW(pool, struct fixture);

	f->pool = pool;
	log_init(&f->log, -1, LOG_ERROR);
	buf_init(&f->files.text, pool, BODY_MAX);
	f->sink = (struct form_file_sink){ &f->files, file_begin, file_write,
		file_end };
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

static void
start(struct fixture *f, const char *type, const char *length,
    struct slice body)
{
	const char **params = pool_alloc_array(f->pool, 7, sizeof(*params));
	struct request_input input = { .pool = f->pool,
		.transport = &f->mem.transport,
		.clock = &f->clock,
		.log = &f->log };

	params[0] = "REQUEST_METHOD";
	params[1] = "POST";
	params[2] = "CONTENT_TYPE";
	params[3] = type;
	if (length != NULL) {
		params[4] = "CONTENT_LENGTH";
		params[5] = length;
	}
	transport_mem_init(&f->mem, f->pool, params, body);
	err_clear(&f->err);
	buf_clear(&f->files.text);
	assert_int_equal(request_init(&f->request, &input, &f->err), 0);
}

static int
finish(struct fixture *f)
{
	struct form_input input = { .request = &f->request,
		.fields = fields,
		.count = ARRAY_COUNT(fields),
		.sink = f->has_no_sink ? NULL : &f->sink,
		.body_max_bytes = BODY_MAX,
		.takes_json = f->takes_json,
		.refuses_unknown = f->refuses_unknown };

	return form_read(f->pool, &input, &f->form, &f->err);
}

static int
read_form(struct fixture *f, const char *type, const char *body)
{
	start(f, type, NULL, slice_str(body));
	return finish(f);
}

static void
assert_refused(struct fixture *f, int result, enum err_kind kind,
    const char *code)
{
	assert_int_equal(result, -1);
	assert_string_equal(f->err.code, code);
	assert_int_equal(f->err.kind, kind);
}

static void
test_values(void **state)
{
	static const struct {
		const char *field, *encoded, *text;
		enum field_problem problem;
		int64_t number;
	} cases[] = {
		{ "name", "", "", FIELD_MISSING, 0 },
		{ "name", "++%0D%0A%09", "", FIELD_MISSING, 0 },
		{ "name", "a", "a", FIELD_TOO_SHORT, 0 },
		{ "name", "+ab+", "ab", FIELD_OK, 0 },
		{ "name", "%C3%B1%C3%B1%C3%B1%C3%B1%C3%B1",
		    "\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1\xc3\xb1", FIELD_OK, 0 },
		{ "name", "abcdef", "abcdef", FIELD_TOO_LONG, 0 },
		{ "name", "a%0Ab", "a\nb", FIELD_NOT_TEXT, 0 },
		{ "name", "ab%00c", "ab\xef\xbf\xbd" "c", FIELD_NOT_TEXT, 0 },
		{ "name", "ab%C2%85", "ab\xc2\x85", FIELD_NOT_TEXT, 0 },
		{ "name", "ab%FF", "ab\xef\xbf\xbd", FIELD_NOT_TEXT, 0 },
		{ "id", "", "", FIELD_OK, 0 },
		{ "id", "+7+", "7", FIELD_OK, 7 },
		{ "id", "100", "100", FIELD_OK, 100 },
		{ "id", "101", "101", FIELD_TOO_BIG, 0 },
		{ "id", "99999999999999999999", "99999999999999999999",
		    FIELD_TOO_BIG, 0 },
		{ "id", "0", "0", FIELD_TOO_SMALL, 0 },
		{ "id", "-1", "-1", FIELD_NOT_NUMBER, 0 },
		{ "id", "%2B1", "+1", FIELD_NOT_NUMBER, 0 },
		{ "id", "1.5", "1.5", FIELD_NOT_NUMBER, 0 },
		{ "id", "1x", "1x", FIELD_NOT_NUMBER, 0 },
		{ "price", "12", "12", FIELD_OK, 1200 },
		{ "price", "12.5", "12.5", FIELD_OK, 1250 },
		{ "price", "12,50", "12,50", FIELD_OK, 1250 },
		{ "price", "999.99", "999.99", FIELD_OK, 99999 },
		{ "price", "1000", "1000", FIELD_TOO_BIG, 0 },
		{ "price", "99999999999999999999.99",
		    "99999999999999999999.99", FIELD_TOO_BIG, 0 },
		{ "price", "0.99", "0.99", FIELD_TOO_SMALL, 99 },
		{ "price", "0.999", "0.999", FIELD_NOT_NUMBER, 0 },
		{ "price", "1.", "1.", FIELD_NOT_NUMBER, 0 },
		{ "price", ".5", ".5", FIELD_NOT_NUMBER, 0 },
		{ "price", "1,000.00", "1,000.00", FIELD_NOT_NUMBER, 0 },
		{ "price", "-5", "-5", FIELD_NOT_NUMBER, 0 },
		{ "price", "1e3", "1e3", FIELD_NOT_NUMBER, 0 },
		{ "token", "a-_~", "a-_~", FIELD_OK, 0 },
		{ "token", "abcde", "abcde", FIELD_TOO_LONG, 0 },
		{ "token", "a+b", "a b", FIELD_NOT_TEXT, 0 },
		{ "token", "%C3%B1", "\xc3\xb1", FIELD_NOT_TEXT, 0 },
		{ "password", "+a++b+", " a  b ", FIELD_OK, 0 },
		{ "password", "+", " ", FIELD_OK, 0 },
		{ "password", "123456789", "123456789", FIELD_TOO_LONG, 0 },
		{ "password", "a%00b", "a\xef\xbf\xbd" "b", FIELD_NOT_TEXT,
		    0 },
		{ "active", "1", "1", FIELD_OK, 1 },
		{ "active", "on", "on", FIELD_OK, 1 },
		{ "active", "TRUE", "TRUE", FIELD_OK, 1 },
		{ "active", "no", "no", FIELD_OK, 0 },
		{ "active", "maybe", "maybe", FIELD_NOT_BOOL, 0 },
		{ "active", "0", "0", FIELD_OK, 0 },
		{ "active", "", "", FIELD_OK, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct form_value *value;
		const char *body = pool_format(f->pool, "%s=%s",
		    cases[i].field, cases[i].encoded);

		assert_int_equal(read_form(f, URLENCODED, body), 0);
		value = form_value(&f->form, cases[i].field);
		if (value->problem != cases[i].problem)
			fail_msg("%s: problem %d", body, (int)value->problem);
		assert_string_equal(value->text, cases[i].text);
		if (value->problem == FIELD_OK)
			assert_int_equal(value->number, cases[i].number);
		assert_int_equal(value->is_given, *cases[i].text != '\0');
	}
}

static void
test_urlencoded(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_form(f, URLENCODED "; charset=latin1",
	    "&unknown=%C3&name=Ana&&id=3&image=&_charset_=x"), 0);
	assert_true(form_is_valid(&f->form));
	assert_true(f->request.body_is_read);
	assert_string_equal(form_value(&f->form, "name")->text, "Ana");
	assert_int_equal(form_value(&f->form, "id")->number, 3);
	assert_false(form_value(&f->form, "price")->is_given);
	assert_string_equal(form_value(&f->form, "price")->text, "");

	assert_int_equal(read_form(f, URLENCODED, ""), 0);
	assert_false(form_is_valid(&f->form));
	assert_int_equal(form_value(&f->form, "name")->problem, FIELD_MISSING);

	assert_refused(f, read_form(f, URLENCODED, "name=a&name=b"),
	    ERR_INVALID, "duplicate_field");
	assert_refused(f, read_form(f, URLENCODED, "name=%"), ERR_INVALID,
	    "bad_escape");
	assert_refused(f, read_form(f, URLENCODED, "x=1&%zz=b"), ERR_INVALID,
	    "bad_escape");
	assert_refused(f, read_form(f, URLENCODED, "image=x.jpg"), ERR_INVALID,
	    "text_for_file");
}

static void
test_multipart(void **state)
{
	static const char body[] =
	    PART("name=\"image\"; filename=\"m.jpg\"", "\r\n--bytes\r\n")
	    PART("name=\"other\"; filename=\"o\"", "dropped")
	    PART("name=\"name\"", " Ana ") PART("name=\"more\"", "x")
	    PART("name=\"id\"", "7") END;
	struct fixture *f = *state;

	for (size_t step = 0; step < sizeof(body); step++) {
		start(f, MULTIPART, NULL, slice_str(body));
		f->mem.step_bytes = step;
		assert_int_equal(finish(f), 0);
		assert_true(form_is_valid(&f->form));
		assert_string_equal(form_value(&f->form, "name")->text, "Ana");
		assert_int_equal(form_value(&f->form, "id")->number, 7);
		assert_true(form_value(&f->form, "image")->is_given);
		assert_string_equal(form_value(&f->form, "image")->text,
		    "m.jpg");
		assert_slice(buf_view(&f->files.text),
		    "<m.jpg|\r\n--bytes\r\n>");
	}
}

static void
test_files(void **state)
{
	static const struct {
		const char *body, *files, *code; /* code NULL: accepted */
	} cases[] = {
		/* what a browser sends when no file was picked */
		{ PART("name=\"image\"; filename=\"\"", ""), "", NULL },
		{ PART("name=\"image\"", ""), "", NULL },
		{ PART("name=\"image\"; filename=\"\"", "x"), "<|x>", NULL },
		{ PART("name=\"image\"; filename=\"x\"", ""), "<x|>", NULL },
		{ PART("name=\"id\"; filename=\"\"", ""), "", NULL },
		{ PART("name=\"image\"", "x"), "", "text_for_file" },
		{ PART("name=\"id\"; filename=\"x\"", "1"), "",
		    "unexpected_file" },
		{ PART("name=\"id\"; filename=\"\"", "1"), "",
		    "unexpected_file" },
		{ PART("name=\"image\"; filename=\"x\"", "1")
		    PART("name=\"image\"; filename=\"\"", ""), "<x|1>",
		    "duplicate_field" },
		{ PART("name=\"id\"", "1") PART("name=\"id\"", "1"), "",
		    "duplicate_field" },
		{ PART("name=\"image\"; filename=\"x\"", "1")
		    "--b\r\nX: y\r\n\r\n", "<x|1>", "missing_disposition" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int result = read_form(f, MULTIPART,
		    pool_format(f->pool, "%s" END, cases[i].body));

		if (cases[i].code == NULL)
			assert_int_equal(result, 0);
		else
			assert_refused(f, result, ERR_INVALID, cases[i].code);
		assert_slice(buf_view(&f->files.text), cases[i].files);
		if (result == 0)
			assert_int_equal(form_value(&f->form,
			    "image")->is_given, *cases[i].files != '\0');
	}
}

/* A field that is_many takes several files, wherever they stand. */
static void
test_many_files(void **state)
{
	static const struct {
		const char *body, *files, *first, *code;
	} cases[] = {
		{ PART("name=\"photos\"; filename=\"a\"", "1")
		    PART("name=\"name\"", "Ana")
		    PART("name=\"photos\"; filename=\"b\"", "2")
		    PART("name=\"photos\"; filename=\"\"", "")
		    PART("name=\"photos\"; filename=\"c\"", ""),
		    "<a|1><b|2><c|>", "a", NULL },
		{ PART("name=\"photos\"; filename=\"\"", ""), "", "", NULL },
		{ PART("name=\"photos\"", ""), "", "", NULL },
		{ PART("name=\"photos\"; filename=\"a\"", "1")
		    PART("name=\"photos\"", "text"), "<a|1>", "",
		    "text_for_file" },
		{ PART("name=\"photos\"; filename=\"a\"", "1")
		    PART("name=\"image\"; filename=\"b\"", "2")
		    PART("name=\"image\"; filename=\"c\"", "3"),
		    "<a|1><b|2>", "", "duplicate_field" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		int result = read_form(f, MULTIPART,
		    pool_format(f->pool, "%s" END, cases[i].body));

		assert_slice(buf_view(&f->files.text), cases[i].files);
		if (cases[i].code != NULL) {
			assert_refused(f, result, ERR_INVALID, cases[i].code);
			continue;
		}
		assert_int_equal(result, 0);
		assert_string_equal(form_value(&f->form, "photos")->text,
		    cases[i].first);
		assert_int_equal(form_value(&f->form, "photos")->is_given,
		    *cases[i].files != '\0');
	}
}

static void
test_sinks(void **state)
{
	struct fixture *f = *state;

	f->files.fail_begin = true;
	assert_refused(f, read_form(f, MULTIPART,
	    PART("name=\"image\"; filename=\"x\"", "1") END), ERR_UNAVAILABLE,
	    "full");
	f->has_no_sink = true;
	assert_refused(f, read_form(f, MULTIPART,
	    PART("name=\"image\"; filename=\"x\"", "1") END), ERR_INVALID,
	    "unexpected_file");
	assert_refused(f, read_form(f, MULTIPART,
	    PART("name=\"unknown\"; filename=\"x\"", "1") END), ERR_INVALID,
	    "unexpected_file");
	assert_int_equal(read_form(f, MULTIPART,
	    PART("name=\"image\"; filename=\"\"", "") END), 0);
}

/* A body cut anywhere ends neither the form nor its file. */
static void
test_cut(void **state)
{
	static const char body[] = PART("name=\"name\"", "Ana")
	    PART("name=\"image\"; filename=\"m.jpg\"", "bytes") END;
	struct fixture *f = *state;
	const char *length = pool_format(f->pool, "%zu", sizeof(body) - 1);

	for (size_t len = 0; len < sizeof(body) - 1; len++) {
		/* the input ends early, with and without a length */
		start(f, MULTIPART, length, slice_make(body, len));
		assert_refused(f, finish(f), ERR_INVALID, "body_truncated");
		if (len < sizeof(body) - 1 - strlen("\r\n")) {
			start(f, MULTIPART, NULL, slice_make(body, len));
			assert_int_equal(finish(f), -1);
			assert_false(slice_has_suffix(
			    buf_view(&f->files.text), ">"));
		}
		/* the client goes away */
		start(f, MULTIPART, NULL, slice_str(body));
		f->mem.cut_at = len;
		assert_int_equal(finish(f), -1);
		assert_int_equal(f->err.kind, ERR_GONE_AWAY);
	}
	start(f, MULTIPART, length, slice_str(body));
	assert_int_equal(finish(f), 0);
	start(f, MULTIPART, length,
	    slice_str(pool_format(f->pool, "%sx", body)));
	assert_refused(f, finish(f), ERR_INVALID, "body_too_long");
}

static const char *
repeat(struct pool *pool, const char *text, size_t count)
{
	struct buf buf;

	buf_init(&buf, pool, 4 * BODY_MAX);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_str(&buf, text), 0);
	return buf.data;
}

static void
test_body_limit(void **state)
{
	struct fixture *f = *state;
	const char *body = pool_format(f->pool, "%s%s" END,
	    PART("name=\"name\"", "Ana"),
	    pool_format(f->pool, PART("name=\"image\"; filename=x", "%s"),
	    repeat(f->pool, "x", BODY_MAX)));

	/* By the length alone, nothing is read. */
	start(f, MULTIPART, "1048577", slice_str(body));
	assert_refused(f, finish(f), ERR_TOO_LARGE, "body_too_large");
	assert_int_equal(f->mem.read_bytes, 0);
	/* Without one, not much more than the limit is. */
	start(f, MULTIPART, NULL, slice_str(body));
	f->mem.step_bytes = 100;
	assert_refused(f, finish(f), ERR_TOO_LARGE, "body_too_large");
	assert_true(f->mem.read_bytes <= BODY_MAX + 100);
	assert_false(slice_has_suffix(buf_view(&f->files.text), ">"));
}

static void
test_field_limits(void **state)
{
	struct fixture *f = *state;
	struct pool *pool = f->pool;
	const char *field = repeat(pool, "x", FORM_FIELD_BYTES_MAX);
	const char *part = pool_format(pool, PART("name=\"u\"", "%s"), field);
	const char *pair = pool_format(pool, "u=%s&", field);

	assert_int_equal(read_form(f, MULTIPART, pool_format(pool, "%s" END,
	    repeat(pool, part, 4))), 0);
	assert_refused(f, read_form(f, MULTIPART, pool_format(pool,
	    "%s" PART("name=\"v\"", "x") END, repeat(pool, part, 4))),
	    ERR_TOO_LARGE, "fields_too_large");
	assert_refused(f, read_form(f, MULTIPART, pool_format(pool,
	    PART("name=\"u\"", "%sx") END, field)), ERR_TOO_LARGE,
	    "field_too_large");

	assert_int_equal(read_form(f, URLENCODED, repeat(pool, pair, 4)), 0);
	assert_refused(f, read_form(f, URLENCODED, pool_format(pool, "%sv=x",
	    repeat(pool, pair, 4))), ERR_TOO_LARGE, "fields_too_large");
	assert_refused(f, read_form(f, URLENCODED, pool_format(pool, "u=x%s",
	    field)), ERR_TOO_LARGE, "field_too_large");
	assert_refused(f, read_form(f, URLENCODED,
	    repeat(pool, "&", 3 * FORM_FIELDS_BYTES_MAX + 1)), ERR_TOO_LARGE,
	    "fields_too_large");
	assert_int_equal(read_form(f, URLENCODED, repeat(pool, "u&", 1000)),
	    0);
	assert_refused(f, read_form(f, URLENCODED, repeat(pool, "u&", 1001)),
	    ERR_TOO_LARGE, "too_many_fields");
}

static void
test_types(void **state)
{
	static const char *const types[] = { "text/plain", "application/json",
		"multipart/mixed; boundary=b", "x" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(types); i++)
		assert_refused(f, read_form(f, types[i], "name=Ana"),
		    ERR_UNSUPPORTED, "unsupported_type");
	assert_refused(f, read_form(f, "", "x"), ERR_UNSUPPORTED,
	    "unsupported_type");
	assert_int_equal(read_form(f, "", ""), 0);
	assert_int_equal(form_value(&f->form, "name")->problem, FIELD_MISSING);
	assert_refused(f, read_form(f, "multipart/form-data", ""), ERR_INVALID,
	    "missing_boundary");
	assert_refused(f, read_form(f, MULTIPART, ""), ERR_INVALID,
	    "missing_delimiter");
}

static void
test_json(void **state)
{
	static const struct {
		const char *body, *field, *text;
		enum field_problem problem;
		int64_t number;
	} cases[] = {
		{ "{\"name\":\" A\u00f1a \"}", "name", "A\xc3\xb1" "a", FIELD_OK, 0 },
		{ "{\"name\":123}", "name", "123", FIELD_OK, 0 },
		{ "{\"name\":\"a\\u000ab\"}", "name", NULL, FIELD_NOT_TEXT, 0 },
		{ "{\"name\":null}", "name", "", FIELD_MISSING, 0 },
		{ "{}", "name", "", FIELD_MISSING, 0 },
		{ "{\"name\":\"\"}", "name", "", FIELD_MISSING, 0 },
		{ "{\"name\":true}", "name", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"name\":[\"Ana\"]}", "name", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"name\":{\"a\":1}}", "name", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"id\":7}", "id", "7", FIELD_OK, 7 },
		{ "{\"id\":\"7\"}", "id", "7", FIELD_OK, 7 },
		{ "{\"id\":-7}", "id", "-7", FIELD_NOT_NUMBER, 0 },
		{ "{\"id\":7.5}", "id", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"id\":101}", "id", "101", FIELD_TOO_BIG, 0 },
		{ "{\"active\":true}", "active", "true", FIELD_OK, 1 },
		{ "{\"active\":false}", "active", "false", FIELD_OK, 0 },
		{ "{\"active\":1}", "active", "1", FIELD_OK, 1 },
		{ "{\"active\":2}", "active", "2", FIELD_NOT_BOOL, 0 },
		{ "{\"image\":\"x\"}", "image", "", FIELD_WRONG_TYPE, 0 },
		{ " {\"other\":{\"id\":[1]},\"id\":9} ", "id", "9", FIELD_OK, 9 },
		{ "{\"words\":[\"a\",\" b c\"]}", "words", "a, b c", FIELD_OK, 0 },
		{ "{\"words\":\"a,b\"}", "words", "a,b", FIELD_OK, 0 },
		{ "{\"words\":[]}", "words", "", FIELD_OK, 0 },
		{ "{\"words\":[\"a,b\"]}", "words", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"words\":[\"a\",1]}", "words", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"words\":[[\"a\"]]}", "words", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"words\":{\"a\":1}}", "words", "", FIELD_WRONG_TYPE, 0 },
		{ "{\"words\":[\"a\\nb\"]}", "words", NULL, FIELD_NOT_TEXT, 0 },
		{ "{\"words\":[\"123456789\",\"01\"]}", "words", NULL,
		    FIELD_TOO_LONG, 0 },
	};
	static const char *const bad[] = { "{", "[]", "\"name\"", "null",
		"{\"id\":1,\"id\":2}", "{\"id\":1}x", "{'id':1}",
		"{\"id\":99999999999999999999}", "{\"name\":\"\xff\"}",
		"{\"name\":\"a\\u0000\"}" };
	struct fixture *f = *state;

	f->takes_json = true;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct form_value *value;

		assert_int_equal(
		    read_form(f, "Application/JSON; charset=utf-8",
			cases[i].body),
		    0);
		value = form_value(&f->form, cases[i].field);
		if (cases[i].text != NULL)
			assert_string_equal(value->text, cases[i].text);
		assert_string_equal(form_problem_name(value->problem),
		    form_problem_name(cases[i].problem));
		if (value->problem == FIELD_OK)
			assert_int_equal(value->number, cases[i].number);
	}
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_refused(f, read_form(f, "application/json", bad[i]),
		    ERR_INVALID, "bad_json");
	assert_int_equal(read_form(f, "application/json", ""), 0);
	assert_refused(f,
	    read_form(f, "application/json",
		pool_format(f->pool, "{\"u\":\"%s\"}",
		    repeat(f->pool, "x", FORM_JSON_BYTES_MAX))),
	    ERR_TOO_LARGE, "fields_too_large");
	assert_refused(f, read_form(f, "application/jsonx", "{}"),
	    ERR_UNSUPPORTED, "unsupported_type");
}

/* What has no row is refused by its name, however it comes. */
static void
test_unknown(void **state)
{
	static const struct {
		const char *type, *body;
	} cases[] = {
		{ "application/json", "{\"name\":\"Ana\",\"owner\":null}" },
		{ "application/json", "{\"owner\":\"x\"}" },
		{ URLENCODED, "name=Ana&owner=" },
		{ MULTIPART, PART("name=\"owner\"", "x") END },
		{ MULTIPART, PART("name=\"owner\"; filename=\"a\"", "x") END },
	};
	struct fixture *f = *state;

	f->takes_json = true;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		f->refuses_unknown = false;
		if (strstr(cases[i].body, "filename") == NULL)
			assert_int_equal(
			    read_form(f, cases[i].type, cases[i].body), 0);
		f->refuses_unknown = true;
		assert_refused(f, read_form(f, cases[i].type, cases[i].body),
		    ERR_INVALID, "unknown_field");
		assert_non_null(strstr(f->err.text, "owner"));
	}
	assert_int_equal(read_form(f, URLENCODED, "name=Ana&words=a,b"), 0);
}

/* What came empty is not what did not come. */
static void
test_named(void **state)
{
	struct fixture *f = *state;

	f->takes_json = true;
	assert_int_equal(read_form(f, "application/json",
			     "{\"id\":null,\"token\":\"\",\"words\":[]}"),
	    0);
	assert_true(form_value(&f->form, "id")->is_named);
	assert_true(form_value(&f->form, "token")->is_named);
	assert_true(form_value(&f->form, "words")->is_named);
	assert_false(form_value(&f->form, "words")->is_given);
	assert_false(form_value(&f->form, "price")->is_named);
	assert_int_equal(read_form(f, URLENCODED, "id=&token"), 0);
	assert_true(form_value(&f->form, "id")->is_named);
	assert_true(form_value(&f->form, "token")->is_named);
	assert_false(form_value(&f->form, "words")->is_named);
}

static void
test_encoding(void **state)
{
	struct fixture *f = *state;
	static const char *const params[] = { "REQUEST_METHOD", "POST",
		"CONTENT_TYPE", URLENCODED, "HTTP_CONTENT_ENCODING", "gzip",
		NULL };

	start(f, URLENCODED, NULL, slice_str("name=Ana"));
	f->mem.params = params;
	assert_refused(f, finish(f), ERR_UNSUPPORTED, "unsupported_encoding");
	assert_int_equal(f->mem.read_bytes, 0);
}

static void
test_empty(void **state)
{
	struct fixture *f = *state;

	form_init(&f->form, f->pool, fields, ARRAY_COUNT(fields));
	assert_true(form_is_valid(&f->form));
	assert_string_equal(form_value(&f->form, "name")->text, "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_urlencoded),
		TEST(test_multipart),
		TEST(test_files),
		TEST(test_many_files),
		TEST(test_sinks),
		TEST(test_unknown),
		TEST(test_named),
		TEST(test_cut),
		TEST(test_body_limit),
		TEST(test_field_limits),
		TEST(test_types),
		TEST(test_json),
		TEST(test_encoding),
		TEST(test_empty),
	};

	return cmocka_run_group_tests_name("http/form", tests, NULL, NULL);
}
