/* SPDX-License-Identifier: MIT */
#include "filetest.h"

#include "s3/verify.h"
#include "store/presign.h"
#include "store/serve.h"

/* A request as it comes: the URL taken apart, the headers that were given. */
struct incoming {
	struct s3_verify_request verify;
	const struct store_header *headers;
	size_t header_count;
	const char *host;
};

static const char *
find_header(void *arg, const char *name)
{
	const struct incoming *incoming = arg;

	if (slice_eq_case(slice_str(name), "host"))
		return incoming->host;
	for (size_t i = 0; i < incoming->header_count; i++)
		if (slice_eq_case(slice_str(incoming->headers[i].name), name))
			return incoming->headers[i].value;
	return NULL;
}

static int
verify(struct filetest *f, struct store *store,
    const struct store_presigned *presigned, struct err *err)
{
	struct incoming incoming = { .headers = presigned->headers,
		.header_count = presigned->header_count,
		.host = "shop.test:8080" };
	struct slice url = slice_str(presigned->url), path;

	if (!slice_take_str(&url, "http://shop.test:8080"))
		fail_msg("%s", presigned->url);
	path = url;
	path.len = slice_find(url, '?');
	incoming.verify = (struct s3_verify_request){
		.method = presigned->method,
		.path = slice_dup(f->pool, path),
		.query = slice_from(url, path.len + 1),
		.header = find_header,
		.arg = &incoming };
	return store_verify_request(store, f->pool, &incoming.verify, err);
}

static void
presign(struct filetest *f, struct store *store,
    struct store_presigned *presigned_r)
{
	static const struct store_access access = { .method = "PUT",
		.key = "users/7/a b.txt",
		.content_type = "text/plain",
		.content_length = 4,
		.is_new_only = true,
		.expires_secs = 60,
		.origin = "http://shop.test:8080/base/" };
	struct err err = ERR_INIT;

	if (store_presign(store, f->pool, &access, presigned_r, &err) == -1)
		fail_msg("%s", err.text);
}

static struct store *
open_store(struct filetest *f, const char *secret, const char *previous)
{
	const struct store_file_config config = { .root = f->root,
		.bucket = "uploads",
		.public_url = "",
		.public_prefixes = "",
		.secret = secret,
		.previous_secret = previous,
		.clock = &f->clock };
	struct store *store;
	struct err err = ERR_INIT;

	assert_int_equal(store_open_file(f->pool, &config, &store, &err), 0);
	return store;
}

static void
test_presign(void **state)
{
	struct filetest *f = *state;
	struct store_presigned presigned;
	struct err err = ERR_INIT;

	assert_true(store_is_served(f->store));
	assert_true(store_traits(f->store)->can_post_forms);
	assert_true(store_traits(f->store)->can_write_conditionally);
	assert_true(store_traits(f->store)->signs_checksum);
	presign(f, f->store, &presigned);
	assert_int_equal(presigned.expires_secs, 60);
	assert_int_equal(presigned.header_count, 3);
	assert_true(slice_has_prefix(slice_str(presigned.url),
	    "http://shop.test:8080/base/store/users/7/a%20b.txt?X-Amz-"));
	assert_int_equal(verify(f, f->store, &presigned, &err), 0);
	f->clock.fixed_ms += 60000;
	assert_int_equal(verify(f, f->store, &presigned, &err), -1);
	assert_string_equal(err.code, "AccessDenied");
}

/* URLs of before the secret was changed are good for as long as they say. */
static void
test_previous_secret(void **state)
{
	static const char other[] = "another secret of 32 characters.";
	struct filetest *f = *state;
	struct store *changed = open_store(f, other, FILETEST_SECRET);
	struct store *forgot = open_store(f, other, "");
	struct store_presigned old, new;
	struct err err = ERR_INIT;

	presign(f, f->store, &old);
	presign(f, changed, &new);
	assert_string_not_equal(old.url, new.url);
	assert_int_equal(verify(f, changed, &old, &err), 0);
	assert_int_equal(verify(f, changed, &new, &err), 0);
	assert_int_equal(verify(f, forgot, &new, &err), 0);
	assert_int_equal(verify(f, forgot, &old, &err), -1);
	assert_string_equal(err.code, "InvalidAccessKeyId");
	assert_int_equal(verify(f, f->store, &new, &err), -1);
}

static void
test_refused(void **state)
{
	static const struct {
		struct store_access access;
		enum err_kind kind;
	} rows[] = {
		{ { .method = "GET", .key = "a", .expires_secs = 60 },
		    ERR_INVALID },
		{ { .method = "GET", .key = "a", .expires_secs = 60,
		      .origin = "/base" }, ERR_INVALID },
		{ { .method = "GET", .key = "../a", .expires_secs = 60,
		      .origin = "http://shop.test" }, ERR_INVALID },
		{ { .method = "POST", .key = "a", .expires_secs = 60,
		      .origin = "http://shop.test" }, ERR_INVALID },
		{ { .method = "GET", .key = "a", .expires_secs = 0,
		      .origin = "http://shop.test" }, ERR_INVALID },
		{ { .method = "GET", .key = "a", .expires_secs = 604801,
		      .origin = "http://shop.test" }, ERR_INVALID },
		{ { .method = "PUT", .key = "a", .expires_secs = 60,
		      .sha256 = "abc", .origin = "http://shop.test" },
		    ERR_INVALID },
		{ { .method = "PUT", .key = "a", .expires_secs = 60,
		      .upload_id = "x", .part_number = 10001,
		      .origin = "http://shop.test" }, ERR_INVALID },
		{ { .method = "GET", .key = "a", .expires_secs = 60,
		      .upload_id = "x", .part_number = 1,
		      .origin = "http://shop.test" }, ERR_INVALID },
	};
	struct filetest *f = *state;
	struct store *unsigning = open_store(f, "", NULL);
	struct store_presigned presigned;
	struct store_access good = rows[0].access;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		err_clear(&err);
		assert_int_equal(store_presign(f->store, f->pool,
				     &rows[i].access, &presigned, &err),
		    -1);
		assert_int_equal(err.kind, rows[i].kind);
	}
	good.origin = "http://shop.test";
	assert_int_equal(
	    store_presign(f->store, f->pool, &good, &presigned, &err), 0);
	assert_int_equal(
	    store_presign(unsigning, f->pool, &good, &presigned, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_false(store_traits(unsigning)->can_post_forms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILETEST(test_presign),
		FILETEST(test_previous_secret),
		FILETEST(test_refused),
	};

	return cmocka_run_group_tests_name("store/file_sign", tests, NULL,
	    NULL);
}
