/*
 * A form of s3_post_sign() is accepted, and refused once any field of it is
 * another; policies of other makers mean what S3 takes them for.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "base/buf.h"
#include "codec/hex.h"
#include "s3/post.h"
#include "s3/verify.h"

#define NOW 1451347200 /* 20151229T000000Z */
#define CREDENTIAL "AKIDFIRST/20151229/eu-west-1/s3/aws4_request"

enum { FIELDS_MAX = 70, TEXT_MAX = 64 * 1024 };

static const struct sign_credentials pairs[] = {
	{ "AKIDFIRST", "first/secret+key", "", 0 },
	{ "ASIATEMPORARY", "second/secret+key", "to/ken==", NOW + 7200 },
};

static const struct sign_header meta[] = { { "x-amz-meta-id", "42" },
	{ "Cache-Control", "no-store" } };

static struct signer
new_signer(size_t pair)
{
	return (struct signer){ .credentials = pairs[pair],
		.scope = { "eu-west-1", "s3", NOW } };
}

struct form {
	struct sign_header fields[FIELDS_MAX];
	size_t count;
	const char *bucket;
	int64_t now_secs;
};

static int
verify(struct pool *pool, const struct form *form,
    struct s3_verified_form *verified_r, struct err *err)
{
	const struct s3_verify_keys keys = { .pairs = pairs,
		.count = ARRAY_COUNT(pairs),
		.region = "eu-west-1",
		.now_secs = form->now_secs };
	const struct s3_verify_form verify_form = { .bucket = form->bucket,
		.fields = form->fields,
		.field_count = form->count };

	return s3_verify_post(pool, &keys, &verify_form, verified_r, err);
}

/* The error's code; "" when the form is accepted. */
static const char *
code_of(struct pool *pool, const struct form *form)
{
	struct s3_verified_form verified;
	struct err err = ERR_INIT;

	if (verify(pool, form, &verified, &err) == 0)
		return "";
	assert_true(err.code[0] != '\0');
	assert_true(err.kind == ERR_INVALID || err.kind == ERR_DENIED);
	return pool_strdup(pool, err.code);
}

static void
check_refused(const struct form *form, const char *what)
{
	struct pool *pool = pool_new();

	if (code_of(pool, form)[0] == '\0')
		fail_msg("accepted: %s", what);
	pool_free(&pool);
}

/* ---- forms of ours ---- */

static void
issue(struct pool *pool, size_t pair, struct form *form_r)
{
	const struct s3_place_config config = {
		.endpoint = "http://store.example",
		.region = "eu-west-1",
		.bucket = "bucket",
		.addressing = "path",
	};
	const struct s3_post post = { .bucket = "bucket",
		.key = "temp/1/\xc3\xb1 \"photo\".jpg",
		.key_prefix = "temp/1/",
		.content_type = "image/jpeg",
		.min_bytes = 1,
		.max_bytes = 5000000,
		.fields = meta,
		.field_count = ARRAY_COUNT(meta),
		.status = 201,
		.expires_secs = 900 };
	struct signer signer = new_signer(pair);
	struct s3_post_form form;
	struct s3_place place;
	struct err err = ERR_INIT;

	assert_int_equal(s3_place_init(&place, pool, &config, &err), 0);
	assert_int_equal(s3_post_sign(pool, &signer, &place, &post, &form,
	    &err), 0);
	*form_r = (struct form){ .count = form.field_count,
		.bucket = "bucket",
		.now_secs = NOW };
	memcpy(form_r->fields, form.fields,
	    form.field_count * sizeof(form.fields[0]));
}

static void
test_issued(void **state)
{
	struct pool *pool = *state;

	for (size_t pair = 0; pair < ARRAY_COUNT(pairs); pair++) {
		struct s3_verified_form verified;
		struct form form;
		struct err err = ERR_INIT;

		issue(pool, pair, &form);
		assert_int_equal(verify(pool, &form, &verified, &err), 0);
		assert_string_equal(verified.key,
		    "temp/1/\xc3\xb1 \"photo\".jpg");
		assert_string_equal(verified.content_type, "image/jpeg");
		assert_int_equal(verified.min_bytes, 1);
		assert_int_equal(verified.max_bytes, 5000000);
		assert_int_equal(verified.status, 201);
		form.now_secs = NOW + 899;
		assert_string_equal(code_of(pool, &form), "");
		form.now_secs = NOW + 900;
		assert_string_equal(code_of(pool, &form), "AccessDenied");
	}
}

/* Every byte of a value changed, the field removed, renamed, twice. */
static void
check_field(struct pool *pool, const struct form *issued, size_t at)
{
	const struct sign_header *field = &issued->fields[at];
	struct form altered = *issued;

	for (size_t i = 0; field->value[i] != '\0'; i++) {
		char *value = pool_strdup(pool, field->value);

		value[i] = value[i] == 'x' ? 'y' : 'x';
		altered.fields[at].value = value;
		check_refused(&altered, field->name);
	}
	altered.fields[at].value = pool_format(pool, "%s ", field->value);
	check_refused(&altered, field->name);
	altered.fields[at].value = "";
	check_refused(&altered, field->name);
	altered = *issued;
	altered.fields[at] = altered.fields[--altered.count];
	check_refused(&altered, field->name);
	altered = *issued;
	altered.fields[at].name = "x-amz-meta-other";
	check_refused(&altered, field->name);
	altered = *issued;
	altered.fields[altered.count++] = *field;
	check_refused(&altered, field->name);
	altered.fields[altered.count - 1].name = at % 2 == 0 ? "KEY" :
							      "Policy";
	check_refused(&altered, field->name);
}

static void
test_altered(void **state)
{
	static const char *const more[] = { "acl", "x-amz-acl",
		"success_action_redirect", "x-amz-meta-more", "bucket",
		"x-ignore", "" };
	struct pool *pool = *state;

	for (size_t pair = 0; pair < ARRAY_COUNT(pairs); pair++) {
		struct form issued, altered;

		issue(pool, pair, &issued);
		for (size_t i = 0; i < issued.count; i++)
			check_field(pool, &issued, i);
		for (size_t i = 0; i < ARRAY_COUNT(more); i++) {
			altered = issued;
			altered.fields[altered.count++] =
			    (struct sign_header){ more[i], "v" };
			check_refused(&altered, more[i]);
		}
		altered = issued;
		altered.bucket = "other";
		check_refused(&altered, "bucket");
	}
}

/* What a form may well differ in. */
static void
test_allowed(void **state)
{
	struct pool *pool = *state;
	struct form form;

	issue(pool, 0, &form);
	form.fields[form.count++] = (struct sign_header){ "X-Ignore-a", "b" };
	form.fields[form.count++] = (struct sign_header){ "Bucket", "bucket" };
	for (size_t i = 0; i < form.count; i++) {
		char *name = pool_strdup(pool, form.fields[i].name);

		if (name[0] >= 'a' && name[0] <= 'z')
			name[0] = (char)(name[0] - 'a' + 'A');
		form.fields[i].name = name;
	}
	assert_string_equal(code_of(pool, &form), "");
	form.fields[form.count - 1].value = "other";
	assert_string_equal(code_of(pool, &form), "AccessDenied");
}

/* ---- policies of other makers ---- */

#define OWN                                                              \
	",{\"x-amz-algorithm\":\"AWS4-HMAC-SHA256\"},{\"x-amz-date\":"   \
	"\"20151229T000000Z\"},{\"x-amz-credential\":\"" CREDENTIAL "\"}"
#define WITH(conditions)                                           \
	"{\"expiration\":\"2015-12-29T01:00:00.000Z\",\"conditions\":" \
	"[" conditions OWN "]}"
#define USUAL "{\"bucket\":\"bucket\"},[\"starts-with\",\"$key\",\"temp/\"]"
#define UNTIL(expiration)                                         \
	"{\"expiration\":\"" expiration "\",\"conditions\":[" USUAL OWN \
	"]}"
#define BAD "InvalidPolicyDocument"

static const struct row {
	const char *policy, *code;
	struct sign_header more; /* one field more */
} rows[] = {
	{ WITH(USUAL), "", { NULL, NULL } },
	{ WITH("{\"bUcKeT\":\"bucket\"},[\"StArTs-WiTh\",\"$KeY\",\"temp/\"]"),
	    "", { NULL, NULL } },
	{ WITH("[\"eq\",\"$bucket\",\"bucket\"],[\"eq\",\"$key\",\"temp/k\"]"),
	    "", { NULL, NULL } },
	{ WITH("[\"eq\",\"$bucket\",\"bucket\"],[\"eq\",\"$key\",\"temp/K\"]"),
	    "AccessDenied", { NULL, NULL } },
	{ WITH("[\"eq\",\"$bucket\",\"bucket\"],[\"eq\",\"key\",\"temp/k\"]"),
	    BAD, { NULL, NULL } },
	{ WITH("[\"eq\",\"$bucket\",\"bucket\"],[\"eq\",\"$\",\"temp/k\"]"),
	    BAD, { NULL, NULL } },
	{ WITH("[\"starts-with\",\"$bucket\",\"b\"],{\"key\":\"temp/k\"}"),
	    BAD, { NULL, NULL } },
	{ WITH("{\"bucket\":\"bucket2\"},{\"key\":\"temp/k\"}"),
	    "AccessDenied", { NULL, NULL } },
	{ WITH("{\"key\":\"temp/k\"}"), "AccessDenied", { NULL, NULL } },
	{ WITH("{\"bucket\":\"bucket\"}"), "AccessDenied", { NULL, NULL } },
	{ WITH("{\"bucket\":\"bucket\"},[\"starts-with\",\"$key\",\"\"]"), "",
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"starts-with\",\"$acl\",\"\"]"), "AccessDenied",
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"starts-with\",\"$acl\",\"\"]"), "",
	    { "acl", "public-read" } },
	{ WITH(USUAL ",[\"starts-with\",\"$acl\",\"\"],{\"ACL\":\"private\"}"),
	    "AccessDenied", { "acl", "public-read" } },
	{ WITH(USUAL), "AccessDenied", { "acl", "public-read" } },
	{ WITH(USUAL), "", { "x-ignore-acl", "public-read" } },
	{ WITH(USUAL), "", { "file", "x" } },
	{ WITH(USUAL), "InvalidArgument", { "kEY", "temp/k" } },
	/* Bounds: the range is checked in test_ranges. */
	{ WITH(USUAL ",[\"content-length-range\",0,10]"), "", { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",\"5\",\"10\"]"), "",
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",0.0,10]"), BAD,
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",0,1e1]"), BAD,
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",\"0\",\"1.0\"]"), BAD,
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",-1,10]"), BAD,
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",10,9]"), BAD,
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",1]"), BAD, { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",1,2,3]"), BAD,
	    { NULL, NULL } },
	{ WITH(USUAL ",[\"content-length-range\",null,2]"), BAD,
	    { NULL, NULL } },
	/* Shapes. */
	{ WITH(USUAL ",{}"), BAD, { NULL, NULL } },
	{ WITH(USUAL ",{\"acl\":\"a\",\"b\":\"c\"}"), BAD, { "acl", "a" } },
	{ WITH(USUAL ",{\"acl\":1}"), BAD, { "acl", "1" } },
	{ WITH(USUAL ",[\"eq\",\"$acl\",1]"), BAD, { "acl", "1" } },
	{ WITH(USUAL ",[\"eq\",\"$acl\"]"), BAD, { "acl", "1" } },
	{ WITH(USUAL ",[\"eq\",\"$acl\",\"1\",\"1\"]"), BAD, { "acl", "1" } },
	{ WITH(USUAL ",[\"ne\",\"$acl\",\"1\"]"), BAD, { "acl", "1" } },
	{ WITH(USUAL ",[]"), BAD, { NULL, NULL } },
	{ WITH(USUAL ",null"), BAD, { NULL, NULL } },
	{ WITH(USUAL ",\"eq\""), BAD, { NULL, NULL } },
	{ WITH("[[" USUAL "]]"), BAD, { NULL, NULL } },
	{ "", BAD, { NULL, NULL } },
	{ "{}", BAD, { NULL, NULL } },
	{ "[]", BAD, { NULL, NULL } },
	{ "{\"expiration\":\"2015-12-29T01:00:00Z\"}", BAD, { NULL, NULL } },
	{ "{\"expiration\":\"2015-12-29T01:00:00Z\",\"conditions\":{}}", BAD,
	    { NULL, NULL } },
	{ "{\"expiration\":\"2015-12-29T01:00:00Z\",\"conditions\":[]}",
	    "AccessDenied", { NULL, NULL } },
	{ "{\"expiration\":1451350800,\"conditions\":[" USUAL OWN "]}", BAD,
	    { NULL, NULL } },
	{ "{\"Expiration\":\"2015-12-29T01:00:00Z\",\"conditions\":[" USUAL OWN
	  "]}", BAD, { NULL, NULL } },
	{ "{\"expiration\":\"2015-12-29T01:00:00Z\",\"Conditions\":[" USUAL OWN
	  "]}", BAD, { NULL, NULL } },
	{ "{\"expiration\":\"2015-12-29T01:00:00Z\",\"a\":1,\"conditions\":["
	  USUAL OWN "]}", BAD, { NULL, NULL } },
	{ "{\"expiration\":\"2015-12-29T01:00:00Z\",\"expiration\":"
	  "\"2015-12-29T01:00:00Z\",\"conditions\":[" USUAL OWN "]}", BAD,
	    { NULL, NULL } },
	/* Time. */
	{ UNTIL("2015-12-29T00:00:01Z"), "", { NULL, NULL } },
	{ UNTIL("2015-12-29T00:00:00Z"), "AccessDenied", { NULL, NULL } },
	{ UNTIL("2015-12-29T01:00:00+02:00"), BAD, { NULL, NULL } },
	{ UNTIL("2015-12-29 01:00:00Z"), BAD, { NULL, NULL } },
	{ UNTIL("2015-12-29T01:00:00"), BAD, { NULL, NULL } },
	{ UNTIL("20151229T010000Z"), BAD, { NULL, NULL } },
	{ UNTIL(""), BAD, { NULL, NULL } },
};

static void
add(struct form *form, const char *name, const char *value)
{
	assert_true(form->count < FIELDS_MAX);
	form->fields[form->count++] = (struct sign_header){ name, value };
}

/* A form with this policy, well signed. */
static void
seal(struct pool *pool, const char *policy, struct form *form_r)
{
	struct signer signer = new_signer(0);
	const char *text = base64_encode(pool, slice_str(policy));

	*form_r = (struct form){ .bucket = "bucket", .now_secs = NOW };
	add(form_r, "key", "temp/k");
	add(form_r, "x-amz-algorithm", "AWS4-HMAC-SHA256");
	add(form_r, "x-amz-date", "20151229T000000Z");
	add(form_r, "x-amz-credential", CREDENTIAL);
	add(form_r, "policy", text);
	add(form_r, "x-amz-signature", sign_text(pool, &signer, text));
}

static void
test_policies(void **state)
{
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct form form;

		seal(pool, rows[i].policy, &form);
		if (rows[i].more.name != NULL)
			add(&form, rows[i].more.name, rows[i].more.value);
		if (strcmp(code_of(pool, &form), rows[i].code) != 0)
			print_message("# %s\n", rows[i].policy);
		assert_string_equal(code_of(pool, &form), rows[i].code);
	}
}

static void
test_ranges(void **state)
{
	static const struct {
		const char *policy;
		int64_t min_bytes, max_bytes;
	} ranges[] = {
		{ WITH(USUAL), 0, INT64_MAX },
		{ WITH(USUAL ",[\"content-length-range\",5,10]"), 5, 10 },
		{ WITH(USUAL ",[\"content-length-range\",\"7\",\"7\"]"), 7, 7 },
		{ WITH(USUAL ",[\"content-length-range\",5,10]"
			     ",[\"content-length-range\",1,8]"), 5, 8 },
		{ WITH(USUAL ",[\"content-length-range\",5,10]"
			     ",[\"content-length-range\",11,12]"), 11, 10 },
	};
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(ranges); i++) {
		struct s3_verified_form verified;
		struct form form;
		struct err err = ERR_INIT;

		seal(pool, ranges[i].policy, &form);
		assert_int_equal(verify(pool, &form, &verified, &err), 0);
		assert_int_equal(verified.min_bytes, ranges[i].min_bytes);
		assert_int_equal(verified.max_bytes, ranges[i].max_bytes);
		assert_string_equal(verified.content_type, "");
	}
}

static void
test_status(void **state)
{
	static const struct {
		const char *text;
		int status;
	} answers[] = { { "200", 200 }, { "201", 201 }, { "204", 204 },
		{ "", 204 }, { "0201", 204 }, { "303", 204 } };
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		struct s3_verified_form verified;
		struct form form;
		struct err err = ERR_INIT;

		seal(pool, WITH(USUAL ",[\"starts-with\","
			"\"$success_action_status\",\"\"]"), &form);
		add(&form, "success_action_status", answers[i].text);
		assert_int_equal(verify(pool, &form, &verified, &err), 0);
		assert_int_equal(verified.status, answers[i].status);
	}
}

static void
test_keys(void **state)
{
	struct pool *pool = *state;
	struct form form;

	seal(pool, WITH("{\"bucket\":\"bucket\"},[\"starts-with\",\"$key\",\"\"]"),
	    &form);
	form.fields[0].value = "";
	assert_string_equal(code_of(pool, &form), "InvalidArgument");
	form.fields[0].value = "temp/${filename}";
	assert_string_equal(code_of(pool, &form), "InvalidArgument");
	form.fields[0].value = "anything";
	assert_string_equal(code_of(pool, &form), "");
}

/* The signature comes first: nobody learns what else is wrong. */
static void
test_signature_first(void **state)
{
	struct pool *pool = *state;
	struct form form;

	seal(pool, "no policy at all", &form);
	assert_string_equal(code_of(pool, &form), BAD);
	form.fields[5].value = pool_format(pool, "%064d", 0);
	assert_string_equal(code_of(pool, &form), "SignatureDoesNotMatch");
	form.fields[5].value = "0";
	assert_string_equal(code_of(pool, &form), "InvalidArgument");
	form.fields[3].value = "AKIDOTHER/20151229/eu-west-1/s3/aws4_request";
	form.fields[5].value = pool_format(pool, "%064d", 0);
	assert_string_equal(code_of(pool, &form), "InvalidAccessKeyId");
	form.fields[3].value = "AKIDFIRST/20151228/eu-west-1/s3/aws4_request";
	assert_string_equal(code_of(pool, &form), "InvalidArgument");
}

static void
test_bounds(void **state)
{
	struct pool *pool = *state;
	struct form form;
	struct buf large;

	seal(pool, WITH(USUAL), &form);
	while (form.count < 64)
		add(&form, pool_format(pool, "x-ignore-%zu", form.count), "");
	assert_string_equal(code_of(pool, &form), "");
	add(&form, "x-ignore-65", "");
	assert_string_equal(code_of(pool, &form), "InvalidArgument");

	seal(pool, WITH(USUAL), &form);
	buf_init(&large, pool, TEXT_MAX);
	for (int i = 0; i < 20 * 1024; i++)
		(void)buf_char(&large, 'a');
	add(&form, "x-ignore-large", large.data);
	assert_string_equal(code_of(pool, &form),
	    "MaxPostPreDataLengthExceeded");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_issued),
		POOL_TEST(test_altered),
		POOL_TEST(test_allowed),
		POOL_TEST(test_policies),
		POOL_TEST(test_ranges),
		POOL_TEST(test_status),
		POOL_TEST(test_keys),
		POOL_TEST(test_signature_first),
		POOL_TEST(test_bounds),
	};

	return cmocka_run_group_tests_name("s3/verify_post", tests, NULL,
	    NULL);
}
