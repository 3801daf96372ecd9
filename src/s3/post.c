/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/hex.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "s3/post.h"

/* What S3 reads of a form before its file; the file's own part is not ours. */
enum { FORM_BYTES_MAX = 20 * 1024 };

/* The form while it is built, and the policy's conditions beside it. */
struct form {
	struct sign_header fields[S3_POST_FIELDS_MAX];
	size_t count;
	size_t bytes;
	struct json *conditions;
};

/* ---- what no policy can say safely ---- */

static int
check_text(const char *name, const char *text, struct err *err)
{
	struct slice rest = slice_str(text);

	if (!utf8_is_valid(rest))
		return err_set(err, ERR_INVALID, "POST form: %.64s: no UTF-8",
		    name);
	while (rest.len > 0)
		if (utf8_is_control(utf8_take(&rest)))
			return err_set(err, ERR_INVALID,
			    "POST form: %.64s: control character", name);
	/* S3 would put the name of the person's file there. */
	if (strstr(text, "${") != NULL)
		return err_set(err, ERR_INVALID,
		    "POST form: %.64s: \"${\" is not allowed", name);
	return 0;
}

static int
check_key(const struct s3_post *post, struct err *err)
{
	const char *prefix = post->key_prefix;

	if (post->key[0] == '\0')
		return err_set(err, ERR_INVALID, "POST form: no key");
	if (check_text("key", post->key, err) == -1)
		return -1;
	if (strstr(post->key, "$$") != NULL)
		return err_set(err, ERR_INVALID,
		    "POST form: \"$$\" in the key");
	if (prefix == NULL)
		return 0;
	if (prefix[0] == '\0' ||
	    !slice_has_prefix(slice_str(post->key), prefix))
		return err_set(err, ERR_INVALID,
		    "POST form: the key does not begin with the prefix");
	return 0;
}

static int
check(const struct s3_post *post, struct err *err)
{
	if (check_text("bucket", post->bucket, err) == -1 ||
	    check_key(post, err) == -1)
		return -1;
	if (post->min_bytes < 0 || post->max_bytes < post->min_bytes)
		return err_set(err, ERR_INVALID,
		    "POST form: impossible bounds of the length");
	if (post->status != 200 && post->status != 201 && post->status != 204)
		return err_set(err, ERR_INVALID,
		    "POST form: the status is 200, 201 or 204");
	return 0;
}

/* ---- policy and form ---- */

static int
add_field(struct form *form, const char *name, const char *value,
    struct err *err)
{
	const struct sign_header field = { name, value };

	if (sign_check_header(&field, err) == -1)
		return err_wrap(err, "POST form");
	for (size_t i = 0; i < form->count; i++)
		if (slice_eq_case(slice_str(form->fields[i].name), name))
			return err_set(err, ERR_INVALID,
			    "POST form: %.64s comes twice", name);
	form->bytes += strlen(name) + strlen(value);
	if (form->count == S3_POST_FIELDS_MAX || form->bytes > FORM_BYTES_MAX)
		return err_set(err, ERR_INVALID, "POST form: too large");
	form->fields[form->count++] = field;
	return 0;
}

/* A field that may have this value and no other. */
static int
add_exact(struct form *form, const char *name, const char *value,
    struct err *err)
{
	if (check_text(name, value, err) == -1 ||
	    add_field(form, name, value, err) == -1)
		return -1;
	json_set_text(json_add_object(form->conditions), name, value);
	return 0;
}

static void
add_bounds(struct form *form, const struct s3_post *post)
{
	struct json *condition;

	json_set_text(json_add_object(form->conditions), "bucket",
	    post->bucket);
	condition = json_add_array(form->conditions);
	json_add_text(condition, "content-length-range");
	json_add_number(condition, post->min_bytes);
	json_add_number(condition, post->max_bytes);
	if (post->key_prefix == NULL)
		return;
	condition = json_add_array(form->conditions);
	json_add_text(condition, "starts-with");
	json_add_text(condition, "$key");
	json_add_text(condition, post->key_prefix);
}

static bool
is_own_name(const char *name)
{
	static const char *const names[] = { "key", "content-type",
		"success_action_status", "x-amz-algorithm", "x-amz-credential",
		"x-amz-date", "x-amz-security-token", "x-amz-signature",
		"policy", "file", "bucket" };

	for (size_t i = 0; i < ARRAY_COUNT(names); i++)
		if (slice_eq_case(slice_str(name), names[i]))
			return true;
	return false;
}

static int
add_wanted(struct pool *pool, struct form *form, const struct s3_post *post,
    struct err *err)
{
	if (add_exact(form, "key", pool_strdup(pool, post->key), err) == -1)
		return -1;
	if (post->content_type != NULL &&
	    add_exact(form, "Content-Type",
		pool_strdup(pool, post->content_type), err) == -1)
		return -1;
	for (size_t i = 0; i < post->field_count; i++) {
		const struct sign_header *field = &post->fields[i];

		if (is_own_name(field->name))
			return err_set(err, ERR_INVALID,
			    "POST form: %.64s is no extra field", field->name);
		if (add_exact(form, pool_strdup(pool, field->name),
			pool_strdup(pool, field->value), err) == -1)
			return -1;
	}
	return add_exact(form, "success_action_status",
	    pool_format(pool, "%d", post->status), err);
}

static int
add_signer(struct pool *pool, struct form *form, const struct signer *signer,
    struct err *err)
{
	const char *token = signer->credentials.session_token;
	char date[DATE_AMZ_CHARS + 1];

	date_amz(date, signer->scope.now_secs);
	if (add_exact(form, "x-amz-algorithm", SIGN_ALGORITHM, err) == -1 ||
	    add_exact(form, "x-amz-credential",
		sign_credential(pool, signer), err) == -1 ||
	    add_exact(form, "x-amz-date", pool_strdup(pool, date), err) == -1)
		return -1;
	if (token[0] == '\0')
		return 0;
	return add_exact(form, "x-amz-security-token",
	    pool_strdup(pool, token), err);
}

static int
add_policy(struct pool *pool, struct form *form, const struct signer *signer,
    const struct json *policy, struct err *err)
{
	const char *text = base64_encode(pool,
	    slice_str(json_format(pool, policy)));

	if (add_field(form, "policy", text, err) == -1)
		return -1;
	return add_field(form, "x-amz-signature",
	    sign_text(pool, signer, text), err);
}

int
s3_post_sign(struct pool *pool, const struct signer *signer,
    const struct s3_place *place, const struct s3_post *post,
    struct s3_post_form *form_r, struct err *err)
{
	struct form *form = POOL_NEW(pool, struct form);
	struct json *policy = json_object(pool);
	struct s3_url url;
	int64_t secs;

	if (check(post, err) == -1 ||
	    sign_lifetime(signer, post->expires_secs, &secs, err) == -1)
		return -1;
	json_set_text(policy, "expiration",
	    date_iso(pool, signer->scope.now_secs + secs));
	form->conditions = json_set_array(policy, "conditions");
	add_bounds(form, post);
	if (add_wanted(pool, form, post, err) == -1 ||
	    add_signer(pool, form, signer, err) == -1 ||
	    add_policy(pool, form, signer, policy, err) == -1)
		return -1;
	s3_place_url(place, pool, NULL, "", &url);
	*form_r = (struct s3_post_form){ .url = url.url,
		.fields = form->fields,
		.field_count = form->count,
		.expires_secs = secs };
	return 0;
}
