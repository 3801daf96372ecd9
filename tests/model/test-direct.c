/*
 * Direct uploads: rows, keys, URLs and forms.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "directtest.h"
#include "model/tenant.h"

static void
test_keys(void **state)
{
	static const struct {
		enum direct_way way;
		const char *athlete, *key;
		bool is_public, is_copying;
	} cases[] = {
		{ DIRECT_PUT, "", "users/ana/image/" UUID, false, false },
		{ DIRECT_PUT, "7-a_B", "athletes/7-a_B/2026/11/" UUID ".jpg",
		    false, false },
		{ DIRECT_PUT, "", "temp/ana/2026-11-22T14:38:00Z/image/" UUID,
		    false, true },
		{ DIRECT_PUT, "", "temp/ana/2026-11-22T14:38:00Z/image/" UUID,
		    true, false },
		{ DIRECT_FORM, "", "users/ana/image/" UUID, false, false },
		{ DIRECT_TEMP_PUT, "",
		    "temp/ana/2026-11-22T14:38:00Z/image/martillo.jpg", false,
		    false },
		{ DIRECT_TEMP_PUT, "",
		    "temp/ana/2026-11-22T14:38:00Z/image/"
		    "martillo_########.jpg",
		    false, false },
	};
	struct directtest *f = *state;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct file row;
		struct err err = ERR_INIT;

		request.way = cases[i].way;
		request.athlete_id = cases[i].athlete;
		request.is_public = cases[i].is_public;
		f->test->mem->base.traits =
		    (struct store_traits){ .can_post_forms = true,
			    .urls_never_replace = !cases[i].is_copying };
		ticket = directtest_begin(f, &request);
		directtest_like(ticket.file.key, cases[i].key);
		assert_int_equal(file_load(f->test->db, f->pool, 1,
				     ticket.file.id, &row, &err),
		    1);
		assert_int_equal(row.state, FILE_PENDING);
		assert_string_equal(row.key, ticket.file.key);
		assert_string_equal(row.owner, "ana");
		assert_int_equal(row.is_public, cases[i].is_public);
		assert_int_equal(row.expires_secs,
		    row.url_expires_secs + DIRECTTEST_PENDING_SECS);
		assert_non_null(strstr(modeltest_log(f->test),
		    pool_format(f->pool,
			"Generated presigned upload URL for key: %s",
			row.key)));
	}
}

static void
test_what_is_signed(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	const struct store_access *access = &f->test->mem->access;
	struct direct_ticket ticket;

	ticket = directtest_begin(f, &request);
	assert_string_equal(ticket.method, "PUT");
	assert_string_equal(access->method, "PUT");
	assert_string_equal(access->content_type, "");
	assert_int_equal(access->content_length, -1);
	assert_string_equal(access->sha256, "");
	assert_true(access->is_new_only);
	assert_int_equal(access->expires_secs, 600);
	assert_string_equal(access->origin, "https://shop.example");

	request.declared_type = "image/jpg";
	request.declared_bytes = 1234;
	request.expires_secs = 7 * 86400;
	request.declared_sha256 = "ABCDEFabcdef0123456789012345678901234567890"
				  "123456789012345678901";
	ticket = directtest_begin(f, &request);
	assert_string_equal(access->content_type, "image/jpg");
	assert_int_equal(access->content_length, 1234);
	assert_memory_equal(access->sha256, "abcdefabcdef", 12);
	assert_int_equal(access->expires_secs, DIRECT_URL_MAX_SECS);
	assert_true(ticket.file.is_sha256_signed);

	directtest_set_copying(f, true);
	ticket = directtest_begin(f, &request);
	assert_false(access->is_new_only);
	assert_string_equal(ticket.file.upload_key, ticket.file.key);

	request.way = DIRECT_TEMP_PUT;
	ticket = directtest_begin(f, &request);
	assert_string_equal(access->content_type, "application/octet-stream");
	assert_int_equal(access->expires_secs, 900);
	assert_int_equal(ticket.expires_secs, 900);
}

static void
test_form(void **state)
{
	static const struct {
		int64_t declared, max, from, to;
	} cases[] = {
		{ -1, DIRECTTEST_MAX_BYTES, 1, 10485760 },
		{ -1, 1000, 1, 1000 },
		{ 77, DIRECTTEST_MAX_BYTES, 77, 77 },
		{ 10485760, DIRECTTEST_MAX_BYTES, 10485760, 10485760 },
	};
	struct directtest *f = *state;
	const struct store_form_access *form = &f->test->mem->form;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;
	struct err err = ERR_INIT;

	request.way = DIRECT_FORM;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		request.declared_bytes = cases[i].declared;
		f->rules[FILE_IMAGE].max_bytes = cases[i].max;
		ticket = directtest_begin(f, &request);
		assert_string_equal(ticket.method, "POST");
		assert_int_equal(ticket.field_count, 1);
		assert_string_equal(form->key, ticket.file.key);
		assert_string_equal(form->key_prefix, "users/ana/");
		assert_int_equal(form->min_bytes, cases[i].from);
		assert_int_equal(form->max_bytes, cases[i].to);
		assert_int_equal(form->expires_secs, 300);
		assert_null(form->content_type);
	}
	f->rules[FILE_IMAGE].max_bytes = DIRECTTEST_MAX_BYTES;
	request.declared_bytes = 10485761;
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_string_equal(err.code, "file_too_large");

	request.declared_bytes = 5;
	request.declared_type = "image/jpeg";
	(void)directtest_begin(f, &request);
	assert_string_equal(form->content_type, "image/jpeg");

	f->test->mem->base.traits.can_post_forms = false;
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_string_equal(err.code, "no_forms");
}

/* What is reserved is the most that can arrive. */
static void
test_reservations(void **state)
{
	static const struct {
		enum direct_way way;
		int64_t declared, max, reserved;
	} cases[] = {
		{ DIRECT_PUT, -1, DIRECTTEST_MAX_BYTES, DIRECTTEST_MAX_BYTES },
		{ DIRECT_PUT, 77, DIRECTTEST_MAX_BYTES, 77 },
		{ DIRECT_TEMP_PUT, -1, DIRECTTEST_MAX_BYTES,
		    DIRECTTEST_MAX_BYTES },
		{ DIRECT_FORM, -1, DIRECTTEST_MAX_BYTES, 10485760 },
		{ DIRECT_FORM, -1, 1000, 1000 },
		{ DIRECT_FORM, 77, DIRECTTEST_MAX_BYTES, 77 },
	};
	struct directtest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;

		request.way = cases[i].way;
		request.declared_bytes = cases[i].declared;
		f->rules[FILE_IMAGE].max_bytes = cases[i].max;
		assert_int_equal(
		    sql_exec(f->test->db, "UPDATE tenants SET quota_bytes = $1",
			&SQL_INT(cases[i].reserved - 1), 1, NULL, &err),
		    0);
		assert_int_equal(direct_begin(f->pool, &f->direct, &request,
				     &ticket, &err),
		    -1);
		assert_int_equal(err.kind, ERR_TOO_LARGE);
		assert_string_equal(err.code, "quota_bytes");
		assert_int_equal(directtest_count(f, "files"), (int64_t)i);
		assert_int_equal(
		    sql_exec(f->test->db, "UPDATE tenants SET quota_bytes = $1",
			&SQL_INT(cases[i].reserved), 1, NULL, &err),
		    0);
		ticket = directtest_begin(f, &request);
		assert_int_equal(ticket.file.charged_bytes, cases[i].reserved);
		assert_int_equal(
		    modeltest_number(f->test,
			"SELECT reserved_bytes FROM tenants WHERE id = 1"),
		    cases[i].reserved);
		assert_int_equal(file_discard(f->test->db, 1, ticket.file.id,
				     FILE_GONE, &err),
		    0);
		modeltest_check_quota(f->test);
	}
}

/* Keys of another tenant have a segment of their own, prefixes too. */
static void
test_other_tenant(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct tenant other = { .name = "Dos", .host = "" };
	struct err err = ERR_INIT;
	struct direct_ticket ticket;

	assert_int_equal(tenant_insert(f->test->db, &other, &err), 0);
	f->direct.tenant_id = other.id;
	ticket = directtest_begin(f, &request);
	directtest_like(ticket.file.key, "users/tenant_2/ana/image/" UUID);
	request.way = DIRECT_FORM;
	ticket = directtest_begin(f, &request);
	directtest_like(ticket.file.key, "users/tenant_2/ana/image/" UUID);
	assert_string_equal(f->test->mem->form.key_prefix,
	    "users/tenant_2/ana/");
	request.way = DIRECT_TEMP_PUT;
	ticket = directtest_begin(f, &request);
	assert_string_equal(ticket.file.key,
	    "temp/tenant_2/ana/2026-11-22T14:38:00Z/image/martillo.jpg");
	directtest_put(f, &ticket, f->image);
	directtest_like(directtest_confirm(f, &ticket).key,
	    "users/tenant_2/ana/image/" UUID);
	request.athlete_id = "tenant_1";
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_string_equal(err.code, "bad_athlete_id");
}

/* What would be refused later anyway has neither URL nor row. */
static void
test_refused_requests(void **state)
{
	static const struct {
		const char *name, *type;
		enum file_kind kind;
		int64_t bytes;
		enum err_kind error;
		const char *code;
	} cases[] = {
		{ "a.jpg", "", FILE_IMAGE, DIRECTTEST_MAX_BYTES + 1,
		    ERR_TOO_LARGE, "file_too_large" },
		{ "a.exe", "", FILE_IMAGE, DIRECTTEST_MAX_BYTES + 1,
		    ERR_TOO_LARGE, "file_too_large" },
		{ "a.jpg", "", FILE_IMAGE, 0, ERR_INVALID, "file_empty" },
		{ "a.jpg", "", FILE_IMAGE, -2, ERR_INVALID, "bad_size" },
		{ "a.jpg", "application/pdf", FILE_IMAGE, -1, ERR_UNSUPPORTED,
		    "type_not_allowed" },
		{ "a.pdf", "", FILE_IMAGE, -1, ERR_UNSUPPORTED,
		    "extension_not_allowed" },
		{ "a", "", FILE_IMAGE, -1, ERR_UNSUPPORTED,
		    "extension_not_allowed" },
		{ "a.jpg", "image/png", FILE_IMAGE, -1, ERR_UNSUPPORTED,
		    "type_mismatch" },
		{ "a.jpg", "application/octet-stream; x=\xc3\xb1", FILE_IMAGE,
		    -1, ERR_UNSUPPORTED, "type_not_allowed" },
		{ "a.webm", "video/webm", FILE_AUDIO, -1, ERR_UNSUPPORTED,
		    "type_not_allowed" },
		{ "a.svg", "", FILE_DOCUMENT, -1, ERR_UNSUPPORTED,
		    "extension_not_allowed" },
		{ "a.html", "text/html", FILE_DOCUMENT, -1, ERR_UNSUPPORTED,
		    "type_not_allowed" },
	};
	struct directtest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;

		request.name = cases[i].name;
		request.kind = cases[i].kind;
		request.declared_type = cases[i].type;
		request.declared_bytes = cases[i].bytes;
		assert_int_equal(
		    direct_begin(f->pool, &f->direct, &request, &ticket, &err),
		    -1);
		assert_string_equal(err.code, cases[i].code);
		assert_int_equal(err.kind, cases[i].error);
	}
	assert_int_equal(directtest_count(f, "files"), 0);
	assert_null(f->test->mem->access.key);
}

static void
test_bad_words(void **state)
{
	static const struct {
		const char *athlete, *sha256, *code;
	} cases[] = {
		{ "..", "", "bad_athlete_id" },
		{ "a/b", "", "bad_athlete_id" },
		{ "\xc3\xb1", "", "bad_athlete_id" },
		{ "01234567890123456789012345678901234567890123456789"
		  "012345678901234",
		    "", "bad_athlete_id" },
		{ "", "abc", "bad_sha256" },
		{ "",
		    "g123456789012345678901234567890123456789012345678901234567"
		    "890123",
		    "bad_sha256" },
	};
	struct directtest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;

		request.athlete_id = cases[i].athlete;
		request.declared_sha256 = cases[i].sha256;
		assert_int_equal(
		    direct_begin(f->pool, &f->direct, &request, &ticket, &err),
		    -1);
		assert_string_equal(err.code, cases[i].code);
	}
}

/* A key is never more or less public than its file. */
static void
test_visibility(void **state)
{
	static const struct {
		const char *prefixes;
		bool is_public;
		enum direct_way way;
		const char *code; /* NULL: accepted */
	} cases[] = {
		{ "products/", true, DIRECT_PUT, "no_public_prefix" },
		{ "products/ general/", true, DIRECT_PUT, NULL },
		{ "general/", false, DIRECT_PUT, NULL },
		{ "users/", false, DIRECT_PUT, "prefix_is_public" },
		{ "users/", false, DIRECT_FORM, "prefix_is_public" },
		{ "temp/ general/", true, DIRECT_PUT, "prefix_is_public" },
		{ "temp/", false, DIRECT_TEMP_PUT, "prefix_is_public" },
	};
	struct directtest *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;
		int result;

		store_init(f->test->store, f->pool, f->test->store->driver,
		    "uploads", cases[i].prefixes);
		f->test->mem->base.traits =
		    (struct store_traits){ .can_post_forms = true,
			    .urls_never_replace = true };
		request.is_public = cases[i].is_public;
		request.way = cases[i].way;
		result =
		    direct_begin(f->pool, &f->direct, &request, &ticket, &err);
		assert_int_equal(result, cases[i].code == NULL ? 0 : -1);
		if (cases[i].code != NULL)
			assert_string_equal(err.code, cases[i].code);
	}
}

static void
test_begin_faults(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;
	struct err err = ERR_INIT;

	(void)fault_at(1);
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_true(fault_at(0));
	assert_int_equal(directtest_count(f, "files"), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, directtest_setup,                \
	    directtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keys),
		TEST(test_what_is_signed),
		TEST(test_form),
		TEST(test_reservations),
		TEST(test_other_tenant),
		TEST(test_refused_requests),
		TEST(test_bad_words),
		TEST(test_visibility),
		TEST(test_begin_faults),
	};

	return cmocka_run_group_tests_name("model/direct", tests, NULL, NULL);
}
