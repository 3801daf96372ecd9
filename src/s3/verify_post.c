/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/num.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "s3/verify_private.h"

#define BAD_POLICY "InvalidPolicyDocument"

enum { FORM_BYTES_MAX = 20 * 1024, FIELDS_MAX = 64 };

/* A form that is held against its policy. */
struct held {
	const struct s3_verify_form *form;
	bool is_covered[FIELDS_MAX];
	bool has_bucket; /* a condition names it */
	int64_t min_bytes, max_bytes;
};

/* ---- the form ---- */

static int
check_fields(const struct s3_verify_form *form, struct err *err)
{
	size_t bytes = 0;

	if (form->field_count > FIELDS_MAX)
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "more than %d form fields", FIELDS_MAX);
	for (size_t i = 0; i < form->field_count; i++) {
		const struct sign_header *field = &form->fields[i];

		bytes += strlen(field->name) + strlen(field->value);
		for (size_t j = 0; j < i; j++)
			if (slice_eq_case(slice_str(field->name),
				form->fields[j].name))
				return err_set_code(err, ERR_INVALID,
				    "InvalidArgument",
				    "form field %.64s comes twice",
				    field->name);
	}
	if (bytes > FORM_BYTES_MAX)
		return err_set_code(err, ERR_INVALID,
		    "MaxPostPreDataLengthExceeded",
		    "the form before its file has more than %d bytes",
		    FORM_BYTES_MAX);
	return 0;
}

/* The index of a field, or field_count. */
static size_t
find(const struct s3_verify_form *form, const char *name)
{
	size_t i = 0;

	while (i < form->field_count &&
	    !slice_eq_case(slice_str(form->fields[i].name), name))
		i++;
	return i;
}

/* "" when absent. */
static const char *
value_of(const struct s3_verify_form *form, const char *name)
{
	size_t i = find(form, name);

	return i < form->field_count ? form->fields[i].value : "";
}

/* ---- conditions ---- */

static int
bad_policy(struct err *err, const char *what)
{
	return err_set_code(err, ERR_INVALID, BAD_POLICY, "policy: %s", what);
}

static int
hold_bucket(struct held *held, const char *value, bool is_prefix,
    struct err *err)
{
	if (is_prefix)
		return bad_policy(err, "the bucket has no prefix");
	if (strcmp(held->form->bucket, value) != 0)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "policy condition failed: bucket");
	held->has_bucket = true;
	return 0;
}

/* A field that is absent fulfils no condition, not even that of nothing. */
static int
hold_field(struct held *held, const char *name, const char *value,
    bool is_prefix, struct err *err)
{
	size_t i = find(held->form, name);
	struct slice actual;

	if (slice_eq_case(slice_str(name), "bucket") &&
	    hold_bucket(held, value, is_prefix, err) == -1)
		return -1;
	if (i == held->form->field_count)
		return slice_eq_case(slice_str(name), "bucket") ? 0 :
		    err_set_code(err, ERR_DENIED, "AccessDenied",
			"policy condition failed: no field %.64s", name);
	actual = slice_str(held->form->fields[i].value);
	if (is_prefix ? !slice_has_prefix(actual, value) :
			!slice_eq_str(actual, value))
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "policy condition failed: %.64s", name);
	held->is_covered[i] = true;
	return 0;
}

/* 10 and "10", but not 10.0. */
static bool
read_bound(const struct json *json, int64_t *bytes_r)
{
	if (json_type(json) == JSON_TEXT)
		return num_parse_i64(slice_str(json_text(json)), INT64_MAX,
		    bytes_r);
	*bytes_r = json_number(json);
	return json_type(json) == JSON_NUMBER && *bytes_r >= 0;
}

/* Of several ranges what lies in all of them. */
static int
hold_range(struct held *held, const struct json *condition, struct err *err)
{
	int64_t min_bytes, max_bytes;

	if (!read_bound(json_at(condition, 1), &min_bytes) ||
	    !read_bound(json_at(condition, 2), &max_bytes) ||
	    min_bytes > max_bytes)
		return bad_policy(err, "content-length-range");
	if (min_bytes > held->min_bytes)
		held->min_bytes = min_bytes;
	if (max_bytes < held->max_bytes)
		held->max_bytes = max_bytes;
	return 0;
}

/* ["eq", "$name", "value"] */
static int
hold_array(struct held *held, const struct json *condition, struct err *err)
{
	struct slice kind = slice_str(json_text(json_at(condition, 0)));
	const char *name = json_text(json_at(condition, 1));
	bool is_prefix = slice_eq_case(kind, "starts-with");

	if (json_count(condition) != 3)
		return bad_policy(err, "a condition is not of three parts");
	if (slice_eq_case(kind, "content-length-range"))
		return hold_range(held, condition, err);
	if (!is_prefix && !slice_eq_case(kind, "eq"))
		return bad_policy(err, "unknown condition");
	if (name[0] != '$' || name[1] == '\0' ||
	    json_type(json_at(condition, 2)) != JSON_TEXT)
		return bad_policy(err, "a condition is not of texts");
	return hold_field(held, name + 1, json_text(json_at(condition, 2)),
	    is_prefix, err);
}

struct member {
	const char *name;
	const struct json *value;
	size_t count; /* of all members */
};

static void
take_member(void *arg, const char *name, const struct json *value)
{
	struct member *member = arg;

	member->name = name;
	member->value = value;
	member->count++;
}

/* {"name": "value"} */
static int
hold_object(struct held *held, const struct json *condition, struct err *err)
{
	struct member member = { .count = 0 };

	json_each(condition, take_member, &member);
	if (member.count != 1 || json_type(member.value) != JSON_TEXT)
		return bad_policy(err, "a condition is not one name and text");
	return hold_field(held, member.name, json_text(member.value), false,
	    err);
}

static int
hold_conditions(struct held *held, const struct json *conditions,
    struct err *err)
{
	for (size_t i = 0; i < json_count(conditions); i++) {
		const struct json *condition = json_at(conditions, i);
		bool is_array = json_type(condition) == JSON_ARRAY;

		if ((is_array ? hold_array(held, condition, err) :
				hold_object(held, condition, err)) == -1)
			return -1;
	}
	if (!held->has_bucket)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the policy names no bucket");
	return 0;
}

/* Fields that need no condition. */
static bool
is_free(const char *name)
{
	static const char ignored[] = "x-ignore-";
	struct slice text = slice_str(name);

	if (slice_eq_case(text, "x-amz-signature") ||
	    slice_eq_case(text, "policy") || slice_eq_case(text, "file"))
		return true;
	return text.len >= strlen(ignored) &&
	    slice_eq_case(slice_make(name, strlen(ignored)), ignored);
}

static int
check_covered(const struct held *held, struct err *err)
{
	for (size_t i = 0; i < held->form->field_count; i++)
		if (!held->is_covered[i] &&
		    !is_free(held->form->fields[i].name))
			return err_set_code(err, ERR_DENIED, "AccessDenied",
			    "extra input field: %.64s",
			    held->form->fields[i].name);
	return 0;
}

/* ---- the policy ---- */

static int
parse_policy(struct pool *pool, const char *text, struct json **policy_r,
    struct err *err)
{
	struct member member = { .count = 0 };
	struct slice bytes;

	if (!base64_decode(pool, slice_str(text), &bytes))
		return bad_policy(err, "no base64");
	if (json_parse(pool, bytes, policy_r, err) == -1)
		return bad_policy(err, "no JSON");
	json_each(*policy_r, take_member, &member);
	if (member.count != 2 ||
	    json_type(json_find(*policy_r, "expiration")) != JSON_TEXT ||
	    json_type(json_find(*policy_r, "conditions")) != JSON_ARRAY)
		return bad_policy(err, "not of expiration and conditions");
	return 0;
}

static int
check_expiration(const struct json *policy, int64_t now_secs, struct err *err)
{
	const char *text = json_text(json_find(policy, "expiration"));
	int64_t end_secs;

	if (!date_parse_iso(slice_str(text), &end_secs))
		return bad_policy(err, "expiration");
	if (now_secs >= end_secs)
		return err_set_code(err, ERR_DENIED, "AccessDenied",
		    "the policy has expired");
	return 0;
}

static int
check_key(const char *key, struct err *err)
{
	if (key[0] == '\0')
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "the form has no key");
	/* On other servers it becomes the name of the person's file. */
	if (strstr(key, "${") != NULL)
		return err_set_code(err, ERR_INVALID, "InvalidArgument",
		    "\"${\" in the key");
	return 0;
}

/* What is none of these is answered as if it were not there. */
static int
status_of(const char *text)
{
	if (strcmp(text, "200") == 0)
		return 200;
	return strcmp(text, "201") == 0 ? 201 : 204;
}

static int
check_signature(struct pool *pool, const struct s3_verify_keys *keys,
    const struct s3_verify_form *form, struct err *err)
{
	struct verify_claim claim = {
		.algorithm = value_of(form, "x-amz-algorithm"),
		.credential = value_of(form, "x-amz-credential"),
		.date = value_of(form, "x-amz-date"),
		.token = value_of(form, "x-amz-security-token"),
		.signature = value_of(form, "x-amz-signature")
	};

	if (verify_claim_parse(pool, keys, "InvalidArgument", &claim, err) ==
	    -1)
		return -1;
	return verify_claim(pool, keys, &claim, value_of(form, "policy"), err);
}

int
s3_verify_post(struct pool *pool, const struct s3_verify_keys *keys,
    const struct s3_verify_form *form, struct s3_verified_form *verified_r,
    struct err *err)
{
	struct held held = { .form = form, .max_bytes = INT64_MAX };
	struct json *policy;

	if (check_fields(form, err) == -1 ||
	    check_signature(pool, keys, form, err) == -1 ||
	    parse_policy(pool, value_of(form, "policy"), &policy, err) == -1 ||
	    check_expiration(policy, keys->now_secs, err) == -1 ||
	    hold_conditions(&held, json_find(policy, "conditions"), err) ==
		-1 ||
	    check_covered(&held, err) == -1 ||
	    check_key(value_of(form, "key"), err) == -1)
		return -1;
	*verified_r = (struct s3_verified_form){
		.key = value_of(form, "key"),
		.content_type = value_of(form, "Content-Type"),
		.min_bytes = held.min_bytes,
		.max_bytes = held.max_bytes,
		.status = status_of(value_of(form, "success_action_status"))
	};
	return 0;
}
