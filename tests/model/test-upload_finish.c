/*
 * Uploads by the API: layouts, what they reserve, and files that are in use
 * with one call.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "directtest.h"
#include "model/tenant.h"
#include "model/user.h"

static struct upload_input
input_of(struct directtest *f, enum upload_layout layout)
{
	return (struct upload_input){ .db = f->test->db,
		.store = f->test->store,
		.clock = &f->test->clock,
		.log = &f->test->log,
		.rules = &f->rules[FILE_IMAGE],
		.tenant_id = 1,
		.layout = layout,
		.owner = "ana",
		.pending_secs = 3600 };
}

/* A whole picture that waits for its end; the pool is the request's. */
static struct upload *
send(struct directtest *f, struct pool *pool, const struct upload_input *input)
{
	struct file_verdict verdict;
	struct upload *upload;
	struct err err = ERR_INIT;

	if (upload_open(pool, input, "foto.JPG", "image/jpeg", &upload, &err) ==
		-1 ||
	    upload_write(upload, f->image, &err) == -1)
		fail_msg("%s", err.text);
	upload_verdict(upload, &verdict);
	assert_int_equal(verdict.refusal, FILE_ACCEPTED);
	return upload;
}

static struct file
finish(struct directtest *f, const struct upload_input *input)
{
	struct err err = ERR_INIT;
	struct file file;

	if (upload_finish(send(f, f->pool, input), &file, &err) == -1)
		fail_msg("%s", err.text);
	return file;
}

static void
limit_bytes(struct directtest *f, int64_t bytes)
{
	const struct tenant tenant = { .id = 1,
		.name = "Uno",
		.host = "",
		.quota_bytes = bytes };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_update(f->test->db, &tenant, &err), 0);
}

static int64_t
number(struct directtest *f, const char *text)
{
	return modeltest_number(f->test, text);
}

/* ---- layouts ---- */

static void
test_layouts(void **state)
{
	static const struct {
		enum upload_layout layout;
		int64_t tenant_id;
		const char *athlete_id;
		bool is_public;
		const char *pattern;
	} cases[] = {
		{ UPLOAD_GENERAL, 1, NULL, false, "uploads/" UUID ".jpg" },
		{ UPLOAD_AUDIO, 1, NULL, false, "audio/" UUID ".jpg" },
		{ UPLOAD_USER, 1, NULL, false, "users/ana/" UUID ".jpg" },
		{ UPLOAD_AVATAR, 1, "", false,
		    "users/ana/avatars/" UUID ".jpg" },
		{ UPLOAD_AVATAR, 2, "", false,
		    "users/tenant_2/ana/avatars/" UUID ".jpg" },
		{ UPLOAD_FILE, 1, "", false, "users/ana/image/" UUID },
		{ UPLOAD_FILE, 2, "", false,
		    "users/tenant_2/ana/image/" UUID },
		{ UPLOAD_FILE, 1, "", true,
		    "general/2026/11/" UUID ".jpg" },
		{ UPLOAD_FILE, 1, "a1", false,
		    "athletes/a1/2026/11/" UUID ".jpg" },
		{ UPLOAD_FILE, 2, "a1", false,
		    "athletes/tenant_2/a1/2026/11/" UUID ".jpg" },
		{ UPLOAD_PRODUCT, 2, NULL, true,
		    "products/tenant_2/20261122143800_foto.JPG" },
	};
	struct directtest *f = *state;
	struct tenant other = { .name = "Dos", .host = "" };
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(f->test->db, &other, &err), 0);
	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "products/ general/");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct upload_input input = input_of(f, cases[i].layout);
		const struct store_mem_object *object;
		struct file file, loaded;

		input.tenant_id = cases[i].tenant_id;
		input.athlete_id = cases[i].athlete_id;
		input.is_public = cases[i].is_public;
		file = finish(f, &input);
		directtest_like(file.key, cases[i].pattern);
		assert_int_equal(file_load(f->test->db, f->pool,
				     input.tenant_id, file.id, &loaded, &err),
		    1);
		assert_int_equal(loaded.state, FILE_LIVE);
		assert_int_equal(loaded.size_bytes, (int64_t)f->image.len);
		assert_string_equal(loaded.key, file.key);
		assert_string_equal(loaded.owner, "ana");
		assert_int_equal(loaded.is_public, cases[i].is_public);
		assert_int_equal(loaded.charged_bytes, loaded.size_bytes);
		/* What the caller got is the row. */
		assert_int_equal(file.state, FILE_LIVE);
		assert_int_equal(file.version, loaded.version);
		assert_int_equal(file.updated_secs, loaded.updated_secs);
		assert_int_equal(file.charged_bytes, loaded.charged_bytes);
		assert_int_equal(file.share_version, loaded.share_version);
		assert_int_equal(file.expires_secs, 0);
		assert_string_equal(file.sha256, loaded.sha256);
		assert_string_equal(file.athlete_id, loaded.athlete_id);
		assert_string_equal(file.alt_text, loaded.alt_text);
		assert_string_equal(file.tags, loaded.tags);
		assert_string_equal(file.refusal, loaded.refusal);
		assert_string_equal(file.declared_type, loaded.declared_type);
		assert_string_equal(file.upload_key, loaded.upload_key);
		object = store_mem_find(f->test->mem, file.key);
		assert_non_null(object);
		assert_string_equal(object->type, "image/jpeg");
		assert_string_equal(object->cache_control,
		    cases[i].is_public ?
			"public, max-age=31536000, immutable" : "");
	}
	directtest_check_all(f);
}

static void
test_refused_inputs(void **state)
{
	static const struct {
		enum upload_layout layout;
		const char *athlete_id;
		bool is_public;
		const char *code;
	} cases[] = {
		{ UPLOAD_GENERAL, "", true, "no_public_prefix" },
		{ UPLOAD_AVATAR, "", true, "no_public_prefix" },
		{ UPLOAD_FILE, "a1", true, "no_public_prefix" },
		{ UPLOAD_FILE, "", false, "prefix_is_public" },
		{ UPLOAD_FILE, "../x", false, "bad_athlete_id" },
		{ UPLOAD_FILE, "tenant_2", false, "bad_athlete_id" },
	};
	struct directtest *f = *state;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "users/ana/image/");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct upload_input input = input_of(f, cases[i].layout);
		struct upload *upload;
		struct err err = ERR_INIT;

		input.athlete_id = cases[i].athlete_id;
		input.is_public = cases[i].is_public;
		assert_int_equal(upload_open(f->pool, &input, "a.jpg", NULL,
				     &upload, &err),
		    -1);
		assert_int_equal(err.kind, ERR_INVALID);
		assert_string_equal(err.code, cases[i].code);
	}
	assert_int_equal(number(f, "SELECT count(*) FROM files"), 0);
}

/* Where everybody reads it, a document is no page of ours. */
static void
test_public_document(void **state)
{
	struct directtest *f = *state;
	struct upload_input input = input_of(f, UPLOAD_FILE);
	struct file_verdict verdict;
	struct upload *upload;
	struct file file;
	struct err err = ERR_INIT;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/");
	input.rules = &f->rules[FILE_DOCUMENT];
	input.is_public = true;
	assert_int_equal(upload_open(f->pool, &input, "a.pdf",
			     "application/pdf", &upload, &err),
	    0);
	assert_int_equal(upload_write(upload, slice_str(PDF), &err), 0);
	upload_verdict(upload, &verdict);
	assert_int_equal(verdict.refusal, FILE_ACCEPTED);
	assert_int_equal(upload_finish(upload, &file, &err), 0);
	assert_int_equal(file.kind, FILE_DOCUMENT);
	assert_string_equal(
	    store_mem_find(f->test->mem, file.key)->disposition,
	    "attachment");
}

/* ---- the quota ---- */

/* Exactly its size, when it is sent whole. */
static void
test_exact(void **state)
{
	struct directtest *f = *state;
	struct upload_input input = input_of(f, UPLOAD_GENERAL);
	int64_t size = (int64_t)f->image.len;
	struct file file;
	struct err err = ERR_INIT;

	limit_bytes(f, size - 1);
	assert_int_equal(
	    upload_finish(send(f, f->pool, &input), &file, &err), -1);
	assert_int_equal(err.kind, ERR_TOO_LARGE);
	assert_string_equal(err.code, "quota_bytes");
	assert_int_equal(number(f, "SELECT count(*) FROM files"), 0);
	assert_int_equal(f->test->mem->count, 0);
	limit_bytes(f, size);
	(void)finish(f, &input);
	assert_int_equal(number(f, "SELECT used_bytes FROM tenants"), size);
	directtest_check_all(f);
}

/* A comment that makes the picture larger than one part. */
static struct slice
large_image(struct directtest *f, size_t extra)
{
	char *data = pool_alloc(f->pool, f->image.len + extra);

	assert_true(extra % 65537 == 0);
	memcpy(data, f->image.data, 2);
	for (size_t at = 0; at < extra; at += 65537)
		memcpy(data + 2 + at, "\xff\xfe\xff\xff", 4);
	memcpy(data + 2 + extra, f->image.data + 2, f->image.len - 2);
	return slice_make(data, f->image.len + extra);
}

/* In parts: the most it can become, until it is whole. */
static void
test_parts(void **state)
{
	static const struct {
		int64_t body_bytes, reserved;
	} cases[] = {
		{ -1, DIRECTTEST_MAX_BYTES },
		{ 0, DIRECTTEST_MAX_BYTES },
		{ 900000, 900000 },
		{ DIRECTTEST_MAX_BYTES + 1, DIRECTTEST_MAX_BYTES },
	};
	struct directtest *f = *state;
	struct slice image = large_image(f, (size_t)65537 * 4);
	const char reserved[] = "SELECT reserved_bytes FROM tenants";

	f->test->mem->part_bytes = 100000;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct upload_input input = input_of(f, UPLOAD_GENERAL);
		struct pool *pool = pool_new();
		struct file_verdict verdict;
		struct upload *upload;
		struct file file;
		struct err err = ERR_INIT;

		input.body_bytes = cases[i].body_bytes;
		assert_int_equal(upload_open(pool, &input, "foto.jpg", NULL,
				     &upload, &err),
		    0);
		assert_int_equal(upload_write(upload,
				     slice_make(image.data, 99999), &err),
		    0);
		assert_int_equal(number(f, reserved), 0);
		assert_int_equal(upload_write(upload,
				     slice_from(image, 99999), &err),
		    0);
		assert_int_equal(number(f, reserved), cases[i].reserved);
		upload_verdict(upload, &verdict);
		if (i % 2 == 0)
			assert_int_equal(upload_finish(upload, &file, &err),
			    0);
		pool_free(&pool);
		assert_int_equal(number(f, reserved), 0);
		directtest_check_all(f);
	}
	assert_int_equal(number(f, "SELECT used_bytes FROM tenants"),
	    2 * (int64_t)image.len);
}

/* No room shows when the first part would leave. */
static void
test_parts_without_room(void **state)
{
	struct directtest *f = *state;
	struct upload_input input = input_of(f, UPLOAD_GENERAL);
	struct slice image = large_image(f, (size_t)65537 * 4);
	struct upload *upload;
	struct err err = ERR_INIT;

	f->test->mem->part_bytes = 100000;
	limit_bytes(f, (int64_t)image.len + 99);
	input.body_bytes = (int64_t)image.len + 100;
	assert_int_equal(upload_open(f->pool, &input, "foto.jpg", NULL,
			     &upload, &err),
	    0);
	assert_int_equal(upload_write(upload, image, &err), -1);
	assert_int_equal(err.kind, ERR_TOO_LARGE);
	assert_string_equal(err.code, "quota_bytes");
	assert_int_equal(f->test->mem->parts_open, 0);
	assert_int_equal(number(f, "SELECT count(*) FROM files"), 0);
	/* What comes after is only counted. */
	assert_int_equal(upload_write(upload, image, &err), 0);
}

/* ---- avatars ---- */

static struct user
add_user(struct directtest *f, int64_t tenant_id, const char *login)
{
	struct user user = { .tenant_id = tenant_id,
		.has_password_realm = true,
		.login = login,
		.name = "",
		.role = ROLE_EDITOR,
		.password = "" };
	struct err err = ERR_INIT;

	if (user_insert(f->test->db, f->pool, &user, &err) == -1)
		fail_msg("%s", err.text);
	return user;
}

static int64_t
avatar_of(struct directtest *f, const struct user *user)
{
	struct user loaded;
	struct err err = ERR_INIT;

	assert_int_equal(
	    user_load(f->test->db, f->pool, user->id, &loaded, &err), 1);
	return loaded.avatar_file_id;
}

static void
test_avatar(void **state)
{
	struct directtest *f = *state;
	struct upload_input input = input_of(f, UPLOAD_AVATAR);
	struct user user = add_user(f, 1, "ana@example.com");
	struct file first, second, old;
	struct err err = ERR_INIT;

	input.owner = user.key_id;
	assert_int_equal(upload_finish_avatar(send(f, f->pool, &input),
			     user.id, &first, &err),
	    0);
	assert_int_equal(avatar_of(f, &user), first.id);
	assert_int_equal(upload_finish_avatar(send(f, f->pool, &input),
			     user.id, &second, &err),
	    0);
	assert_int_equal(avatar_of(f, &user), second.id);
	assert_int_equal(
	    file_load(f->test->db, f->pool, 1, first.id, &old, &err), 1);
	assert_int_equal(old.state, FILE_GONE);
	assert_int_equal(f->test->mem->count, 1);
	assert_int_equal(number(f, "SELECT used_objects FROM tenants"), 1);
	directtest_check_all(f);
}

/* Of nobody, or of somebody in another tenant: nothing stays. */
static void
test_avatar_of_nobody(void **state)
{
	struct directtest *f = *state;
	struct upload_input input = input_of(f, UPLOAD_AVATAR);
	struct tenant other = { .name = "Dos", .host = "" };
	struct user stranger;
	struct err err = ERR_INIT;

	assert_int_equal(tenant_insert(f->test->db, &other, &err), 0);
	stranger = add_user(f, 2, "eva@example.com");
	for (int i = 0; i < 2; i++) {
		struct file file;

		assert_int_equal(
		    upload_finish_avatar(send(f, f->pool, &input),
			i == 0 ? stranger.id : 77, &file, &err),
		    -1);
		assert_int_equal(err.kind, ERR_NOT_FOUND);
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(
		    number(f, "SELECT count(*) FROM files"
			      " WHERE state <> 'gone'"),
		    0);
	}
	assert_int_equal(avatar_of(f, &stranger), 0);
	directtest_check_all(f);
}

/* ---- faults ---- */

static bool (*const arms[])(int) = { fault_at, fault_at_lost_commit,
	fault_from };

/* Each call to the database fails in turn, for files and for avatars. */
static void
test_faults(void **state)
{
	struct directtest *f = *state;
	struct user user = add_user(f, 1, "ana@example.com");

	for (size_t a = 0; a < 2 * ARRAY_COUNT(arms); a++) {
		bool has_failed = true;
		int n;

		for (n = 1; has_failed && n < 40; n++) {
			struct upload_input input = input_of(f, UPLOAD_AVATAR);
			struct pool *pool = pool_new();
			struct upload *upload = send(f, pool, &input);
			struct file file;
			struct err err = ERR_INIT;
			int result;

			(void)arms[a / 2](n);
			result = a % 2 == 0 ?
			    upload_finish(upload, &file, &err) :
			    upload_finish_avatar(upload, user.id, &file, &err);
			pool_free(&pool);
			has_failed = fault_at(0);
			/* What follows the last commit may fail unheard. */
			if (!has_failed)
				assert_int_equal(result, 0);
			directtest_check_all(f);
			if (a % 2 == 1 && result == 0)
				assert_int_equal(avatar_of(f, &user),
				    file.id);
			(void)directtest_run_outbox(f);
			directtest_check_all(f);
		}
		assert_in_range(n, 8, 30);
	}
}

/*
 * A process that dies between commit and use: the row is pending, what it
 * holds is counted, and goes when it expires.
 */
static void
test_died(void **state)
{
	struct directtest *f = *state;
	const struct upload_input input = input_of(f, UPLOAD_GENERAL);
	const struct file_expired which = { .store = f->test->store,
		.now_secs = MODELTEST_NOW_SECS + 3600,
		.limit = 10 };
	enum direct_outcome outcome;
	struct file file, *files;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(
	    upload_commit(send(f, f->pool, &input), &file, &err), 0);
	assert_int_equal(number(f, "SELECT reserved_bytes FROM tenants"),
	    (int64_t)f->image.len);
	directtest_check_all(f);
	directtest_wait_secs(f, 3600);
	assert_int_equal(file_list_expired(f->test->db, f->pool, &which,
			     &files, &count, &err),
	    0);
	assert_int_equal(count, 1);
	assert_int_equal(
	    direct_settle(&f->direct, &files[0], &outcome, &err), 0);
	assert_int_equal(outcome, DIRECT_ERASED);
	assert_int_equal(number(f, "SELECT reserved_bytes FROM tenants"), 0);
	assert_int_equal(f->test->mem->count, 0);
	directtest_check_all(f);
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, directtest_setup, \
	    directtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_layouts),
		TEST(test_refused_inputs),
		TEST(test_public_document),
		TEST(test_exact),
		TEST(test_parts),
		TEST(test_parts_without_room),
		TEST(test_avatar),
		TEST(test_avatar_of_nobody),
		TEST(test_faults),
		TEST(test_died),
	};

	return cmocka_run_group_tests_name("model/upload_finish", tests, NULL,
	    NULL);
}
