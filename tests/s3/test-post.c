/*
 * Forms to upload with: what is asked for comes out, the policy is closed
 * whatever is asked for, and what cannot be closed is refused.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "codec/hex.h"
#include "codec/json.h"
#include "s3/post.h"

#define NOW 1451347200 /* 20151229T000000Z */
#define TOKEN "FwoGZXIvYXdzE//token+with/odd==characters"

static const struct sign_header meta[] = {
	{ "x-amz-meta-id", "42" },
	{ "x-amz-meta-name", "\"],[\"starts-with\",\"$key\",\"" },
	{ "Cache-Control", "public, max-age=31536000" },
};

static struct signer
new_signer(void)
{
	return (struct signer){
		.credentials = { "AKIAIOSFODNN7EXAMPLE",
		    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", 0 },
		.scope = { "us-east-1", "s3", NOW }
	};
}

static struct s3_post
new_post(void)
{
	return (struct s3_post){ .bucket = "bucket",
		.key = "temp/1/photo.jpg",
		.content_type = "image/jpeg",
		.min_bytes = 1,
		.max_bytes = 5000000,
		.status = 201,
		.expires_secs = 900 };
}

static int
post_sign(struct pool *pool, const struct signer *signer,
    const struct s3_post *post, struct s3_post_form *form_r, struct err *err)
{
	const struct s3_place_config config = {
		.endpoint = "",
		.region = "us-east-1",
		.bucket = "bucket",
		.addressing = "virtual",
	};
	struct s3_place place;

	assert_int_equal(s3_place_init(&place, pool, &config, err), 0);
	return s3_post_sign(pool, signer, &place, post, form_r, err);
}

static const char *
field(const struct s3_post_form *form, const char *name)
{
	for (size_t i = 0; i < form->field_count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	return "";
}

static const char *
policy_text(struct pool *pool, const struct s3_post_form *form)
{
	struct slice text;

	assert_true(base64_decode(pool, slice_str(field(form, "policy")),
	    &text));
	return slice_dup(pool, text);
}

/* ---- a policy that leaves nothing open ---- */

struct lint {
	const struct s3_post_form *form;
	const char *bucket;
	size_t exact; /* conditions that fix a field of the form */
	size_t buckets, ranges, prefixes;
	size_t members; /* of the object at hand */
};

static void
lint_exact(void *arg, const char *name, const struct json *value)
{
	struct lint *lint = arg;

	lint->members++;
	assert_int_equal(json_type(value), JSON_TEXT);
	assert_null(strstr(json_text(value), "${"));
	if (strcmp(name, "bucket") == 0) {
		assert_string_equal(json_text(value), lint->bucket);
		lint->buckets++;
		return;
	}
	assert_string_equal(json_text(value), field(lint->form, name));
	lint->exact++;
}

static void
lint_array(struct lint *lint, const struct json *condition)
{
	const char *kind = json_text(json_at(condition, 0));
	const char *prefix = json_text(json_at(condition, 2));

	assert_int_equal(json_count(condition), 3);
	if (strcmp(kind, "content-length-range") == 0) {
		assert_int_equal(json_type(json_at(condition, 1)), JSON_NUMBER);
		assert_int_equal(json_type(json_at(condition, 2)), JSON_NUMBER);
		assert_true(json_number(json_at(condition, 1)) >= 0);
		assert_true(json_number(json_at(condition, 1)) <=
		    json_number(json_at(condition, 2)));
		lint->ranges++;
		return;
	}
	/* Only beside the exact key, and of something. */
	assert_string_equal(kind, "starts-with");
	assert_string_equal(json_text(json_at(condition, 1)), "$key");
	assert_true(prefix[0] != '\0');
	assert_true(slice_has_prefix(slice_str(field(lint->form, "key")),
	    prefix));
	lint->prefixes++;
}

static void
lint_names(void *arg, const char *name, const struct json *value)
{
	size_t *count = arg;

	(void)value;
	assert_true(strcmp(name, "expiration") == 0 ||
	    strcmp(name, "conditions") == 0);
	++*count;
}

/* Any policy of ours passes this, and may be decoded by it. */
static void
lint_form(struct pool *pool, const struct s3_post_form *form,
    const char *bucket, int64_t now_secs)
{
	struct lint lint = { .form = form, .bucket = bucket };
	const struct json *conditions;
	struct json *policy;
	struct err err = ERR_INIT;
	size_t members = 0;

	assert_int_equal(json_parse(pool, slice_str(policy_text(pool, form)),
	    &policy, &err), 0);
	json_each(policy, lint_names, &members);
	assert_int_equal(members, 2);
	assert_string_equal(json_text(json_find(policy, "expiration")),
	    date_iso(pool, now_secs + form->expires_secs));
	conditions = json_find(policy, "conditions");
	for (size_t i = 0; i < json_count(conditions); i++) {
		const struct json *condition = json_at(conditions, i);

		if (json_type(condition) == JSON_ARRAY) {
			lint_array(&lint, condition);
			continue;
		}
		lint.members = 0;
		json_each(condition, lint_exact, &lint);
		assert_int_equal(lint.members, 1);
	}
	assert_int_equal(lint.buckets, 1);
	assert_int_equal(lint.ranges, 1);
	assert_true(lint.prefixes <= 1);
	/* All fields but policy and x-amz-signature. */
	assert_int_equal(lint.exact, form->field_count - 2);
	assert_string_equal(form->fields[form->field_count - 2].name,
	    "policy");
	assert_string_equal(form->fields[form->field_count - 1].name,
	    "x-amz-signature");
}

/* ---- */

static void
test_form(void **state)
{
	static const char *const names[] = { "key", "Content-Type",
		"x-amz-meta-id", "x-amz-meta-name", "Cache-Control",
		"success_action_status", "x-amz-algorithm", "x-amz-credential",
		"x-amz-date", "x-amz-security-token", "policy",
		"x-amz-signature" };
	struct pool *pool = *state;
	struct signer signer = new_signer();
	struct s3_post post = new_post();
	struct s3_post_form form;
	struct err err = ERR_INIT;

	signer.credentials.session_token = TOKEN;
	post.key_prefix = "temp/1/";
	post.fields = meta;
	post.field_count = ARRAY_COUNT(meta);
	assert_int_equal(post_sign(pool, &signer, &post, &form, &err), 0);
	lint_form(pool, &form, "bucket", NOW);
	assert_string_equal(form.url,
	    "https://bucket.s3.us-east-1.amazonaws.com/");
	assert_int_equal(form.expires_secs, 900);
	assert_int_equal(form.field_count, ARRAY_COUNT(names));
	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		assert_string_equal(form.fields[i].name, names[i]);
	assert_string_equal(policy_text(pool, &form),
	    "{\"expiration\":\"2015-12-29T00:15:00Z\",\"conditions\":["
	    "{\"bucket\":\"bucket\"},"
	    "[\"content-length-range\",1,5000000],"
	    "[\"starts-with\",\"$key\",\"temp/1/\"],"
	    "{\"key\":\"temp/1/photo.jpg\"},"
	    "{\"Content-Type\":\"image/jpeg\"},"
	    "{\"x-amz-meta-id\":\"42\"},"
	    "{\"x-amz-meta-name\":"
	    "\"\\\"],[\\\"starts-with\\\",\\\"$key\\\",\\\"\"},"
	    "{\"Cache-Control\":\"public, max-age=31536000\"},"
	    "{\"success_action_status\":\"201\"},"
	    "{\"x-amz-algorithm\":\"AWS4-HMAC-SHA256\"},"
	    "{\"x-amz-credential\":\"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/"
	    "s3/aws4_request\"},"
	    "{\"x-amz-date\":\"20151229T000000Z\"},"
	    "{\"x-amz-security-token\":\"" TOKEN "\"}]}");
	assert_string_equal(field(&form, "x-amz-signature"),
	    sign_text(pool, &signer, field(&form, "policy")));
}

/* What people type ends in one condition, whatever it is. */
static void
test_hostile_texts(void **state)
{
	static const char *const texts[] = { "\"", "\\", "\\\"", "\\u0022",
		"\"},{\"acl\":\"public-read", "'", "</script>", "$key", "$",
		"{filename}", "%24%7Bfilename}", "\xf0\x9f\x8e\x89",
		"a//../\xc3\xb1?#+% .jpg", "\xe2\x80\xae" };
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
		const struct sign_header fields[] = {
			{ "x-amz-meta-text", texts[i] },
		};
		struct signer signer = new_signer();
		struct s3_post post = new_post();
		struct s3_post_form form;
		struct err err = ERR_INIT;

		post.key = texts[i];
		post.key_prefix = texts[i];
		post.content_type = texts[i];
		post.fields = fields;
		post.field_count = 1;
		assert_int_equal(post_sign(pool, &signer, &post, &form, &err),
		    0);
		lint_form(pool, &form, "bucket", NOW);
		assert_string_equal(field(&form, "key"), texts[i]);
	}
}

static void
test_least(void **state)
{
	struct pool *pool = *state;
	struct signer signer = new_signer();
	struct s3_post post = { .bucket = "b",
		.key = "k",
		.max_bytes = INT64_MAX,
		.status = 204,
		.expires_secs = SIGN_PRESIGN_SECS_MAX };
	struct s3_post_form form;
	struct err err = ERR_INIT;

	signer.credentials.expires_secs = NOW + 60;
	assert_int_equal(post_sign(pool, &signer, &post, &form, &err), 0);
	lint_form(pool, &form, "b", NOW);
	assert_int_equal(form.expires_secs, 60);
	assert_string_equal(field(&form, "Content-Type"), "");
	signer.credentials.expires_secs = NOW;
	assert_int_equal(post_sign(pool, &signer, &post, &form, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

/* Each changes a good request into one that is refused. */
static void
no_key(struct s3_post *post)
{
	post->key = "";
}

static void
filename_key(struct s3_post *post)
{
	post->key = "temp/1/${filename}";
}

static void
dollars_key(struct s3_post *post)
{
	post->key = "temp/1/a$$b";
}

static void
control_key(struct s3_post *post)
{
	post->key = "temp/1/a\nb";
}

static void
late_control_key(struct s3_post *post)
{
	post->key = "temp/1/\xc2\x85";
}

static void
broken_key(struct s3_post *post)
{
	post->key = "temp/1/\xff";
}

static void
empty_prefix(struct s3_post *post)
{
	post->key_prefix = "";
}

static void
other_prefix(struct s3_post *post)
{
	post->key_prefix = "temp/2/";
}

static void
filename_bucket(struct s3_post *post)
{
	post->bucket = "${filename}";
}

static void
filename_type(struct s3_post *post)
{
	post->content_type = "${filename}";
}

static void
control_type(struct s3_post *post)
{
	post->content_type = "image/png\r\n";
}

static void
negative_bound(struct s3_post *post)
{
	post->min_bytes = -1;
}

static void
crossed_bounds(struct s3_post *post)
{
	post->max_bytes = 0;
}

static void
other_status(struct s3_post *post)
{
	post->status = 303;
}

static void
no_time(struct s3_post *post)
{
	post->expires_secs = 0;
}

static void
long_time(struct s3_post *post)
{
	post->expires_secs = SIGN_PRESIGN_SECS_MAX + 1;
}

static void
with_field(struct s3_post *post, const char *name, const char *value)
{
	static struct sign_header fields[1];

	fields[0] = (struct sign_header){ name, value };
	post->fields = fields;
	post->field_count = 1;
}

static void
filename_field(struct s3_post *post)
{
	with_field(post, "x-amz-meta-name", "a ${filename}");
}

static void
broken_field(struct s3_post *post)
{
	with_field(post, "x-amz-meta-name", "\xc3");
}

static void
control_field(struct s3_post *post)
{
	with_field(post, "x-amz-meta-name", "\x01");
}

static void
named_field(struct s3_post *post)
{
	with_field(post, "x-amz-meta name", "a");
}

static void
key_field(struct s3_post *post)
{
	with_field(post, "Key", "other");
}

static void
file_field(struct s3_post *post)
{
	with_field(post, "file", "a");
}

static void
policy_field(struct s3_post *post)
{
	with_field(post, "POLICY", "a");
}

static void
token_field(struct s3_post *post)
{
	with_field(post, "X-Amz-Security-Token", "a");
}

static void
same_field(struct s3_post *post)
{
	static const struct sign_header fields[] = { { "x-amz-meta-a", "1" },
		{ "X-Amz-Meta-A", "1" } };

	post->fields = fields;
	post->field_count = 2;
}

static void
large_field(struct s3_post *post)
{
	static char value[16 * 1024 + 1];

	memset(value, 'a', sizeof(value) - 1);
	with_field(post, "x-amz-meta-a", value);
}

static void
test_refused(void **state)
{
	static void (*const changes[])(struct s3_post *) = { no_key,
		filename_key, dollars_key, control_key, late_control_key,
		broken_key, empty_prefix, other_prefix, filename_bucket,
		filename_type, control_type, negative_bound, crossed_bounds,
		other_status, no_time, long_time, filename_field, broken_field,
		control_field, named_field, key_field, file_field, policy_field,
		token_field, same_field, large_field };
	struct pool *pool = *state;

	for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
		struct signer signer = new_signer();
		struct s3_post post = new_post();
		struct s3_post_form form;
		struct err err = ERR_INIT;

		assert_int_equal(post_sign(pool, &signer, &post, &form, &err),
		    0);
		changes[i](&post);
		if (post_sign(pool, &signer, &post, &form, &err) != -1)
			fail_msg("change %zu was taken", i);
		assert_int_equal(err.kind, ERR_INVALID);
	}
}

static void
test_many_fields(void **state)
{
	struct sign_header fields[S3_POST_FIELDS_MAX];
	struct pool *pool = *state;
	struct signer signer = new_signer();
	struct s3_post post = new_post();
	struct s3_post_form form;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
		fields[i] = (struct sign_header){
			pool_format(pool, "x-amz-meta-%zu", i), "v" };
	post.fields = fields;
	/* Eight are ours. */
	post.field_count = S3_POST_FIELDS_MAX - 8;
	assert_int_equal(post_sign(pool, &signer, &post, &form, &err), 0);
	assert_int_equal(form.field_count, S3_POST_FIELDS_MAX);
	lint_form(pool, &form, "bucket", NOW);
	post.field_count++;
	assert_int_equal(post_sign(pool, &signer, &post, &form, &err), -1);
	post.field_count = S3_POST_FIELDS_MAX;
	assert_int_equal(post_sign(pool, &signer, &post, &form, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_form),
		POOL_TEST(test_hostile_texts),
		POOL_TEST(test_least),
		POOL_TEST(test_refused),
		POOL_TEST(test_many_fields),
	};

	return cmocka_run_group_tests_name("s3/post", tests, NULL, NULL);
}
