/*
 * Direct uploads: rows, URLs, confirmations and what may go wrong in between.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include <pthread.h>
#include <stdlib.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/sniff.h"
#include "lib/sample.h"
#include "model/direct.h"
#include "modeltest.h"

#define MAX_BYTES (30 * MIB)
#define IMAGES "image/jpeg image/png image/webp image/gif"
#define PDF "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
#define HTML "<!DOCTYPE html><html><script>alert(1)</script></html>"

enum { PENDING_SECS = 86400, RIVALS = 20 };

struct fixture {
	struct modeltest *test;
	struct direct direct;
	struct file_rules rules[FILE_KIND_COUNT];
	struct slice image;
	struct pool *pool;
};

static int
setup(void **state)
{
	static const char *const types[FILE_KIND_COUNT] = { IMAGES,
		"video/mp4 video/webm", "audio/mpeg audio/wav",
		"application/pdf text/plain" };
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;
	struct sniffer *sniffer;

	assert_int_equal(modeltest_setup((void **)&f->test), 0);
	f->pool = f->test->pool;
	assert_int_equal(sniffer_open(f->pool, &sniffer, &err), 0);
	for (int i = 0; i < FILE_KIND_COUNT; i++)
		f->rules[i] = (struct file_rules){ .kind = (enum file_kind)i,
			.max_bytes = MAX_BYTES,
			.allowed_types = types[i],
			.allowed_extensions = "",
			.max_pixels = 50000000,
			.max_frames = 500,
			.sniffer = sniffer };
	f->direct = (struct direct){ .db = f->test->db,
		.store = f->test->store,
		.clock = &f->test->clock,
		.log = &f->test->log,
		.rules = f->rules,
		.tenant_id = 1,
		.owner = "ana",
		.pending_secs = PENDING_SECS };
	f->image = sample_read(f->pool, "images/baseline.jpg");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)modeltest_teardown((void **)&f->test);
	free(f);
	return 0;
}

static struct direct_request
image_request(void)
{
	return (struct direct_request){ .way = DIRECT_PUT,
		.name = "martillo.jpg",
		.kind = FILE_IMAGE,
		.athlete_id = "",
		.declared_type = "",
		.declared_bytes = -1,
		.declared_sha256 = "",
		.expires_secs = 600,
		.origin = "https://shop.example" };
}

static struct direct_request
document_request(void)
{
	struct direct_request request = image_request();

	request.kind = FILE_DOCUMENT;
	request.name = "informe.pdf";
	return request;
}

static struct direct_ticket
begin(struct fixture *f, const struct direct_request *request)
{
	struct direct_ticket ticket;
	struct err err = ERR_INIT;

	if (direct_begin(f->pool, &f->direct, request, &ticket, &err) == -1)
		fail_msg("%s", err.text);
	return ticket;
}

static void
put(struct fixture *f, const struct direct_ticket *ticket, struct slice data)
{
	assert_int_equal(store_mem_put(f->test->mem, ticket->file.key,
			     "binary/octet-stream", data),
	    0);
}

/* Confirm, which must succeed. */
static struct file
confirm(struct fixture *f, const struct direct_ticket *ticket)
{
	struct err err = ERR_INIT;
	struct file file;

	if (direct_confirm(f->pool, &f->direct, ticket->file.id, &file,
		&err) == -1)
		fail_msg("%s", err.text);
	return file;
}

/* Confirm, which must fail with this code. */
static struct err
confirm_fails(struct fixture *f, const struct direct_ticket *ticket,
    const char *code)
{
	struct err err = ERR_INIT;
	struct file file;

	assert_int_equal(direct_confirm(f->pool, &f->direct, ticket->file.id,
			     &file, &err),
	    -1);
	if (strcmp(err.code, code) != 0)
		fail_msg("%s, not %s: %s", err.code, code, err.text);
	return err;
}

static int64_t
rows(struct fixture *f, const char *where)
{
	return modeltest_number(f->test,
	    pool_format(f->pool, "SELECT count(*) FROM %s", where));
}

static int
run_outbox(struct fixture *f)
{
	struct err err = ERR_INIT;
	int left;

	assert_int_equal(modeltest_outbox(f->test, 100, &left, &err), 0);
	return left;
}

static void
wait_secs(struct fixture *f, int64_t secs)
{
	f->test->clock.fixed_ms += secs * 1000;
}

/*
 * Nothing is lost and nothing is left: each object is wanted by a row or by
 * the outbox, and each live file has its object.
 */
static void
check_all(struct fixture *f)
{
	struct sql_rows found;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < f->test->mem->count; i++) {
		struct sql_value args[] = { SQL_TEXT(
		    f->test->mem->objects[i].key) };

		assert_int_equal(
		    sql_query(f->test->db, f->pool,
			"SELECT 1 FROM files WHERE object_key = $1"
			" AND state IN ('pending', 'live')"
			" UNION SELECT 1 FROM outbox WHERE object_key = $1",
			args, 1, &found, &err),
		    0);
		if (found.count != 1)
			fail_msg("orphan %s", args[0].text);
	}
	assert_int_equal(sql_query(f->test->db, f->pool,
			     "SELECT object_key FROM files"
			     " WHERE state = 'live'",
			     NULL, 0, &found, &err),
	    0);
	for (size_t i = 0; i < found.count; i++) {
		struct sql_value args[] = { SQL_TEXT(sql_text(&found, i, 0)) };
		struct sql_rows doomed;

		assert_non_null(store_mem_find(f->test->mem, args[0].text));
		assert_int_equal(
		    sql_query(f->test->db, f->pool,
			"SELECT 1 FROM outbox WHERE object_key = $1", args, 1,
			&doomed, &err),
		    0);
		assert_int_equal(doomed.count, 0);
	}
}

/* ---- beginning ---- */

static void
set_copying(struct fixture *f, bool is_copying)
{
	f->test->mem->base.traits.urls_never_replace = !is_copying;
}

#define UUID "########-####-4###-####-############"

/* "#" in the pattern is any one character. */
static void
assert_like(const char *text, const char *pattern)
{
	size_t len = strlen(pattern);

	if (strlen(text) != len)
		fail_msg("%s is not like %s", text, pattern);
	for (size_t i = 0; i < len; i++)
		if (pattern[i] != '#' && pattern[i] != text[i])
			fail_msg("%s is not like %s", text, pattern);
}

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
	struct fixture *f = *state;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/");
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket;
		struct file row;
		struct err err = ERR_INIT;

		request.way = cases[i].way;
		request.athlete_id = cases[i].athlete;
		request.is_public = cases[i].is_public;
		f->test->mem->base.traits = (struct store_traits){
			.can_post_forms = true,
			.urls_never_replace = !cases[i].is_copying
		};
		ticket = begin(f, &request);
		assert_like(ticket.file.key, cases[i].key);
		assert_int_equal(file_load(f->test->db, f->pool, 1,
				     ticket.file.id, &row, &err),
		    1);
		assert_int_equal(row.state, FILE_PENDING);
		assert_string_equal(row.key, ticket.file.key);
		assert_string_equal(row.owner, "ana");
		assert_int_equal(row.is_public, cases[i].is_public);
		assert_int_equal(row.expires_secs,
		    row.url_expires_secs + PENDING_SECS);
		assert_non_null(strstr(modeltest_log(f->test),
		    pool_format(f->pool,
			"Generated presigned upload URL for key: %s",
			row.key)));
	}
}

static void
test_what_is_signed(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	const struct store_access *access = &f->test->mem->access;
	struct direct_ticket ticket;

	ticket = begin(f, &request);
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
	ticket = begin(f, &request);
	assert_string_equal(access->content_type, "image/jpg");
	assert_int_equal(access->content_length, 1234);
	assert_memory_equal(access->sha256, "abcdefabcdef", 12);
	assert_int_equal(access->expires_secs, DIRECT_URL_MAX_SECS);
	assert_true(ticket.file.is_sha256_signed);

	set_copying(f, true);
	ticket = begin(f, &request);
	assert_false(access->is_new_only);
	assert_string_equal(ticket.file.upload_key, ticket.file.key);

	request.way = DIRECT_TEMP_PUT;
	ticket = begin(f, &request);
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
		{ -1, MAX_BYTES, 1, 10485760 },
		{ -1, 1000, 1, 1000 },
		{ 77, MAX_BYTES, 77, 77 },
		{ 10485760, MAX_BYTES, 10485760, 10485760 },
	};
	struct fixture *f = *state;
	const struct store_form_access *form = &f->test->mem->form;
	struct direct_request request = image_request();
	struct direct_ticket ticket;
	struct err err = ERR_INIT;

	request.way = DIRECT_FORM;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		request.declared_bytes = cases[i].declared;
		f->rules[FILE_IMAGE].max_bytes = cases[i].max;
		ticket = begin(f, &request);
		assert_string_equal(ticket.method, "POST");
		assert_int_equal(ticket.field_count, 1);
		assert_string_equal(form->key, ticket.file.key);
		assert_string_equal(form->key_prefix, "users/ana/");
		assert_int_equal(form->min_bytes, cases[i].from);
		assert_int_equal(form->max_bytes, cases[i].to);
		assert_int_equal(form->expires_secs, 300);
		assert_null(form->content_type);
	}
	f->rules[FILE_IMAGE].max_bytes = MAX_BYTES;
	request.declared_bytes = 10485761;
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_string_equal(err.code, "file_too_large");

	request.declared_bytes = 5;
	request.declared_type = "image/jpeg";
	(void)begin(f, &request);
	assert_string_equal(form->content_type, "image/jpeg");

	f->test->mem->base.traits.can_post_forms = false;
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_int_equal(err.kind, ERR_UNSUPPORTED);
	assert_string_equal(err.code, "no_forms");
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
		{ "a.jpg", "", FILE_IMAGE, MAX_BYTES + 1, ERR_TOO_LARGE,
		    "file_too_large" },
		{ "a.exe", "", FILE_IMAGE, MAX_BYTES + 1, ERR_TOO_LARGE,
		    "file_too_large" },
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
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;

		request.name = cases[i].name;
		request.kind = cases[i].kind;
		request.declared_type = cases[i].type;
		request.declared_bytes = cases[i].bytes;
		assert_int_equal(direct_begin(f->pool, &f->direct, &request,
				     &ticket, &err),
		    -1);
		assert_string_equal(err.code, cases[i].code);
		assert_int_equal(err.kind, cases[i].error);
	}
	assert_int_equal(rows(f, "files"), 0);
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
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;

		request.athlete_id = cases[i].athlete;
		request.declared_sha256 = cases[i].sha256;
		assert_int_equal(direct_begin(f->pool, &f->direct, &request,
				     &ticket, &err),
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
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket;
		struct err err = ERR_INIT;
		int result;

		store_init(f->test->store, f->pool, f->test->store->driver,
		    "uploads", cases[i].prefixes);
		f->test->mem->base.traits = (struct store_traits){
			.can_post_forms = true,
			.urls_never_replace = true
		};
		request.is_public = cases[i].is_public;
		request.way = cases[i].way;
		result = direct_begin(f->pool, &f->direct, &request, &ticket,
		    &err);
		assert_int_equal(result, cases[i].code == NULL ? 0 : -1);
		if (cases[i].code != NULL)
			assert_string_equal(err.code, cases[i].code);
	}
}

/* ---- confirming ---- */

static void
check_live(struct fixture *f, const struct file *file)
{
	const struct store_mem_object *object =
	    store_mem_find(f->test->mem, file->key);
	uint8_t hash[SHA256_BYTES];

	assert_int_equal(file->state, FILE_LIVE);
	assert_int_equal(file->expires_secs, 0);
	assert_non_null(object);
	assert_string_equal(object->type, file->content_type);
	assert_false(object->has_other_metadata);
	assert_int_equal(object->size_bytes, file->size_bytes);
	assert_string_equal(object->etag, file->etag);
	sha256(object->data, hash);
	assert_string_equal(file->sha256,
	    hex_encode(f->pool, slice_make(hash, sizeof(hash))));
}

static void
test_confirm_in_place(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket = begin(f, &request);
	struct file file;

	confirm_fails(f, &ticket, "not_uploaded_yet");
	put(f, &ticket, f->image);
	f->test->mem->objects[0].has_other_metadata = true;
	file = confirm(f, &ticket);
	check_live(f, &file);
	assert_string_equal(file.key, ticket.file.key);
	assert_string_equal(file.content_type, "image/jpeg");
	assert_true(file.width > 0 && file.height > 0);
	assert_non_null(strstr(modeltest_log(f->test),
	    "✓ File validation passed: martillo.jpg"));
	/* The URL cannot replace it, and what is right is not copied. */
	assert_int_equal(
	    store_mem_put(f->test->mem, file.key, "text/html",
		slice_str(HTML)),
	    -1);
	file = confirm(f, &ticket);
	check_live(f, &file);
	assert_int_equal(rows(f, "outbox"), 0);
	check_all(f);
}

static void
test_confirm_a_copy(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket;
	struct file file, again;

	set_copying(f, true);
	ticket = begin(f, &request);
	put(f, &ticket, f->image);
	file = confirm(f, &ticket);
	check_live(f, &file);
	assert_like(file.key, "users/ana/image/" UUID);
	assert_null(store_mem_find(f->test->mem, ticket.file.key));
	assert_int_equal(f->test->mem->count, 1);

	/* The URL is still good, and changes nothing. */
	put(f, &ticket, slice_str(HTML));
	again = confirm(f, &ticket);
	assert_string_equal(again.key, file.key);
	check_live(f, &again);
	check_all(f);
	wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
	assert_int_equal(run_outbox(f), 0);
	assert_int_equal(f->test->mem->count, 1);
	assert_int_equal(rows(f, "outbox"), 0);
	check_live(f, &file);
}

static void
test_confirm_public(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket;
	struct file file;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/");
	f->test->mem->base.traits.urls_never_replace = true;
	request.is_public = true;
	ticket = begin(f, &request);
	put(f, &ticket, f->image);
	file = confirm(f, &ticket);
	check_live(f, &file);
	assert_like(file.key, "general/2026/11/" UUID ".jpg");
	assert_string_equal(
	    store_mem_find(f->test->mem, file.key)->cache_control,
	    "public, max-age=31536000, immutable");
	check_all(f);
}

/* B14 finds its file by the key, and only its own. */
static void
test_find(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket;
	struct err err = ERR_INIT;
	int64_t id = 0;

	request.way = DIRECT_TEMP_PUT;
	ticket = begin(f, &request);
	for (int i = 0; i < 2; i++) { /* before and after */
		assert_int_equal(
		    direct_find(&f->direct, ticket.file.key, FILE_IMAGE, &id, &err), 1);
		assert_int_equal(id, ticket.file.id);
		put(f, &ticket, f->image);
		(void)confirm(f, &ticket);
	}
	assert_int_equal(direct_find(&f->direct, "temp/x", FILE_IMAGE, &id, &err), 0);
	assert_int_equal(direct_find(&f->direct, "", FILE_IMAGE, &id, &err), 0);
	assert_int_equal(direct_find(&f->direct, ticket.file.key, FILE_VIDEO,
			     &id, &err),
	    0);
	f->direct.owner = "eva";
	assert_int_equal(direct_find(&f->direct, ticket.file.key, FILE_IMAGE, &id, &err),
	    0);
	assert_int_equal(
	    confirm_fails(f, &ticket, "").kind, ERR_NOT_FOUND);
	f->direct.owner = "ana";
	f->direct.tenant_id = 2;
	assert_int_equal(
	    confirm_fails(f, &ticket, "").kind, ERR_NOT_FOUND);
}

/* Refused, erased, and erased again when the URL brings it back. */
static void
test_refused(void **state)
{
	static const struct {
		const char *content;
		int64_t declared_bytes;
		const char *sha256, *code, *text;
		enum err_kind kind;
	} cases[] = {
		{ HTML, -1, "", "type_mismatch", "Invalid MIME type: text/html",
		    ERR_UNSUPPORTED },
		{ PDF, 5, "", "size_mismatch",
		    "the file has another size than was said", ERR_INVALID },
		{ "", -1, "", "file_empty", "the file is empty", ERR_INVALID },
		{ "%PDF-1.4\n1 0 obj\n", -1, "", "file_damaged",
		    "no %%EOF at the end", ERR_INVALID },
		{ PDF, -1,
		    "0123456789012345678901234567890123456789012345678901234567"
		    "890123",
		    "checksum_mismatch",
		    "the file has another SHA-256 than was said", ERR_INVALID },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < 2 * ARRAY_COUNT(cases); i++) {
		size_t n = i / 2;
		struct direct_request request = document_request();
		struct direct_ticket ticket;
		struct err err;

		set_copying(f, i % 2 == 1);
		request.declared_bytes = cases[n].declared_bytes;
		request.declared_sha256 = cases[n].sha256;
		ticket = begin(f, &request);
		put(f, &ticket, slice_str(cases[n].content));
		err = confirm_fails(f, &ticket, cases[n].code);
		assert_int_equal(err.kind, cases[n].kind);
		assert_string_equal(err.text, cases[n].text);
		assert_non_null(strstr(modeltest_log(f->test),
		    "File validation error: "));
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(rows(f, "outbox"), 1);

		/* For good, even when something better comes. */
		put(f, &ticket, slice_str(PDF));
		err = confirm_fails(f, &ticket, cases[n].code);
		assert_int_equal(err.kind, cases[n].kind);
		check_all(f);
		assert_int_equal(run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 1);
		wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
		assert_int_equal(run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(rows(f, "outbox"), 0);
	}
	assert_int_equal(rows(f, "files WHERE state = 'rejected'"),
	    2 * ARRAY_COUNT(cases));
}

static void
test_too_large(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket = begin(f, &request);

	f->rules[FILE_IMAGE].max_bytes = (int64_t)f->image.len - 1;
	put(f, &ticket, f->image);
	assert_int_equal(confirm_fails(f, &ticket, "file_too_large").kind,
	    ERR_TOO_LARGE);
	assert_int_equal(f->test->mem->get_bytes, 0);
	assert_int_equal(f->test->mem->count, 0);
	assert_string_equal(confirm_fails(f, &ticket, "file_too_large").text,
	    "File too large");
}

/* A PDF of so many bytes; what lies between its ends is seed. */
static struct slice
large_pdf(struct fixture *f, size_t len, char seed)
{
	char *data = pool_alloc(f->pool, len);

	memset(data, seed, len);
	memcpy(data, PDF, strlen(PDF));
	memcpy(data + len - 6, "%%EOF\n", 6);
	return slice_make(data, len);
}

/* Long files are read at their ends, unless a hash must be checked. */
static void
test_large(void **state)
{
	struct fixture *f = *state;
	struct slice pdf = large_pdf(f, 20 * (size_t)MIB, 'x');
	uint8_t hash[SHA256_BYTES];
	const char *hex;
	struct direct_request request = document_request();
	struct direct_ticket ticket = begin(f, &request);
	struct file file;
	struct err err = ERR_INIT;

	put(f, &ticket, pdf);
	file = confirm(f, &ticket);
	assert_string_equal(file.sha256, "");
	assert_int_equal(file.size_bytes, pdf.len);
	/* Nobody makes a file live that nothing is known of; this is known. */
	assert_int_equal(rows(f, "files WHERE state = 'live'"), 1);

	/* The store has checked it: what was said is true. */
	sha256(pdf, hash);
	hex = hex_encode(f->pool, slice_make(hash, sizeof(hash)));
	request.declared_sha256 = hex;
	ticket = begin(f, &request);
	put(f, &ticket, pdf);
	assert_string_equal(confirm(f, &ticket).sha256, hex);

	/* The store has not: the whole is read. */
	ticket = begin(f, &request);
	assert_int_equal(sql_script(f->test->db,
			     "UPDATE files SET is_sha256_signed = 0"
			     " WHERE state = 'pending'",
			     &err),
	    0);
	put(f, &ticket, large_pdf(f, 20 * (size_t)MIB, 'y'));
	confirm_fails(f, &ticket, "checksum_mismatch");

	/* Its end counts, though nobody looks in between. */
	request.declared_sha256 = "";
	ticket = begin(f, &request);
	put(f, &ticket, slice_make(pdf.data, pdf.len - 6));
	confirm_fails(f, &ticket, "file_damaged");
}

static void
test_expired(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket = begin(f, &request);

	wait_secs(f, 600);
	confirm_fails(f, &ticket, "url_expired");
	/* It came just in time, and is confirmed later. */
	put(f, &ticket, f->image);
	wait_secs(f, PENDING_SECS - 1);
	(void)confirm(f, &ticket);

	ticket = begin(f, &request);
	put(f, &ticket, f->image);
	wait_secs(f, 600 + PENDING_SECS);
	confirm_fails(f, &ticket, "upload_expired");
}

static void
test_deleted(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket = begin(f, &request);
	struct err err = ERR_INIT;

	put(f, &ticket, f->image);
	(void)confirm(f, &ticket);
	assert_int_equal(file_discard(f->test->db, 1, ticket.file.id,
			     FILE_GONE, &err),
	    0);
	assert_int_equal(confirm_fails(f, &ticket, "").kind, ERR_NOT_FOUND);
	/* The URL is still good: twice, then. */
	assert_int_equal(run_outbox(f), 0);
	assert_int_equal(rows(f, "outbox"), 1);
	assert_int_equal(f->test->mem->count, 0);
	put(f, &ticket, f->image);
	wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
	assert_int_equal(run_outbox(f), 0);
	assert_int_equal(f->test->mem->count, 0);
	assert_int_equal(rows(f, "outbox"), 0);
}

/* A file that came through us is not confirmed. */
static void
test_foreign_rows(void **state)
{
	struct fixture *f = *state;
	struct direct_ticket ticket = { .method = "" };

	ticket.file.id = modeltest_image(f->test, "products/a.png");
	confirm_fails(f, &ticket, "");
	f->direct.owner = "";
	assert_int_equal(confirm_fails(f, &ticket, "").kind, ERR_NOT_FOUND);
}

/* ---- many at once ---- */

struct rival {
	struct fixture *f;
	int64_t id;
	struct pool *pool;
	struct file file;
	struct err err;
	int result;
};

static void *
run_rival(void *arg)
{
	struct rival *rival = arg;

	rival->pool = pool_new();
	rival->result = direct_confirm(rival->pool, &rival->f->direct,
	    rival->id, &rival->file, &rival->err);
	return NULL;
}

static void
race(struct fixture *f, const struct direct_ticket *ticket,
    struct rival rivals[RIVALS])
{
	pthread_t threads[RIVALS];

	for (int i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){ .f = f, .id = ticket->file.id };
		assert_int_equal(pthread_create(&threads[i], NULL, run_rival,
				     &rivals[i]),
		    0);
	}
	for (int i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void
free_rivals(struct rival rivals[RIVALS])
{
	for (int i = 0; i < RIVALS; i++)
		pool_free(&rivals[i].pool);
}

static void
test_twenty_confirm(void **state)
{
	struct fixture *f = *state;

	for (int copying = 0; copying < 2; copying++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket;
		struct rival rivals[RIVALS];

		set_copying(f, copying);
		ticket = begin(f, &request);
		put(f, &ticket, f->image);
		race(f, &ticket, rivals);
		for (int i = 0; i < RIVALS; i++) {
			assert_int_equal(rivals[i].result, 0);
			check_live(f, &rivals[i].file);
			assert_string_equal(rivals[i].file.key,
			    rivals[0].file.key);
			assert_string_equal(rivals[i].file.etag,
			    rivals[0].file.etag);
		}
		free_rivals(rivals);
		check_all(f);
		wait_secs(f, OUTBOX_RESERVE_SECS + 600);
		assert_int_equal(run_outbox(f), 0);
		check_all(f);
		assert_int_equal(f->test->mem->count, copying + 1);
		assert_int_equal(rows(f, "files WHERE state = 'live'"),
		    copying + 1);
		assert_int_equal(rows(f, "outbox"), 0);
	}
}

static void
test_twenty_refuse(void **state)
{
	struct fixture *f = *state;

	for (int copying = 0; copying < 2; copying++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket;
		struct rival rivals[RIVALS];

		set_copying(f, copying);
		ticket = begin(f, &request);
		put(f, &ticket, slice_str(HTML));
		race(f, &ticket, rivals);
		for (int i = 0; i < RIVALS; i++) {
			assert_int_equal(rivals[i].result, -1);
			assert_int_equal(rivals[i].err.kind, ERR_UNSUPPORTED);
			assert_string_equal(rivals[i].err.code,
			    "type_mismatch");
		}
		free_rivals(rivals);
		check_all(f);
		wait_secs(f, OUTBOX_RESERVE_SECS + 600);
		assert_int_equal(run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(rows(f, "outbox"), 0);
	}
}

/* ---- the quick rival ---- */

struct swap {
	struct fixture *f;
	const char *key;
	enum store_mem_call call;
	int calls; /* of that kind until it strikes */
	struct slice data;
};

static void
strike(void *arg, enum store_mem_call call, const char *key)
{
	struct swap *swap = arg;

	(void)key;
	if (call != swap->call || swap->calls-- != 1)
		return;
	swap->f->test->mem->access.is_new_only = false;
	assert_int_equal(store_mem_put(swap->f->test->mem, swap->key,
			     "image/jpeg", swap->data),
	    0);
}

/*
 * The object is replaced at each step: what is live is what was checked, with
 * its own hash, or nothing is.
 */
static void
test_replaced(void **state)
{
	static const struct {
		enum store_mem_call call;
		int calls;
		bool is_copying;
		const char *code; /* NULL: live */
	} cases[] = {
		{ MEM_GET, 1, false, "type_mismatch" },
		{ MEM_HEAD, 2, false, "type_mismatch" },
		{ MEM_COPY, 1, false, "type_mismatch" },
		{ MEM_HEAD, 1, true, "type_mismatch" },
		{ MEM_COPY, 1, true, "type_mismatch" },
		/* Too late: the copy was made. */
		{ MEM_GET, 1, true, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct direct_request request = image_request();
		struct swap swap = { f, NULL, cases[i].call, cases[i].calls,
			slice_str(HTML) };
		struct direct_ticket ticket;
		struct file file;

		set_copying(f, cases[i].is_copying);
		ticket = begin(f, &request);
		put(f, &ticket, f->image);
		swap.key = ticket.file.key;
		f->test->mem->before = strike;
		f->test->mem->before_arg = &swap;
		if (cases[i].code != NULL) {
			confirm_fails(f, &ticket, cases[i].code);
		} else {
			file = confirm(f, &ticket);
			check_live(f, &file);
		}
		assert_true(swap.calls <= 0);
		f->test->mem->before = NULL;
		check_all(f);
	}
}

/* ---- faults ---- */

static void
test_store_faults(void **state)
{
	struct fixture *f = *state;
	struct store_mem *mem = f->test->mem;
	bool *const faults[] = { &mem->fails_get, &mem->fails_copy,
		&mem->loses_copy_answer };

	set_copying(f, true);
	for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
		struct direct_request request = image_request();
		struct direct_ticket ticket = begin(f, &request);
		struct file file;

		put(f, &ticket, f->image);
		*faults[i] = true;
		assert_int_equal(
		    confirm_fails(f, &ticket, "storage_failed").kind,
		    i == 0 ? ERR_UNAVAILABLE : ERR_UPSTREAM);
		*faults[i] = false;
		check_all(f);
		file = confirm(f, &ticket);
		check_live(f, &file);
		wait_secs(f, OUTBOX_RESERVE_SECS + 600);
		assert_int_equal(run_outbox(f), 0);
		assert_int_equal(mem->count, i + 1);
		assert_int_equal(rows(f, "outbox"), 0);
		check_all(f);
	}
	/* What cannot be deleted is not forgotten. */
	mem->fails_delete = true;
	{
		struct direct_request request = image_request();
		struct direct_ticket ticket = begin(f, &request);

		put(f, &ticket, slice_str(HTML));
		confirm_fails(f, &ticket, "type_mismatch");
		check_all(f);
		assert_int_equal(mem->count, ARRAY_COUNT(faults) + 2);
		mem->fails_delete = false;
		wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
		assert_int_equal(run_outbox(f), 0);
		assert_int_equal(mem->count, ARRAY_COUNT(faults));
	}
}

/*
 * The time of a reservation is over before its copy is wanted: the object goes,
 * and another copy is made.
 */
static void
late(void *arg, enum store_mem_call call, const char *key)
{
	struct fixture *f = arg;
	struct err err = ERR_INIT;

	(void)key;
	if (call != MEM_GET)
		return;
	f->test->mem->before = NULL;
	wait_secs(f, OUTBOX_RESERVE_SECS);
	assert_int_equal(modeltest_outbox(f->test, 9, NULL, &err), 0);
}

static void
test_late(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket;
	struct file file;

	set_copying(f, true);
	ticket = begin(f, &request);
	put(f, &ticket, f->image);
	f->test->mem->before = late;
	f->test->mem->before_arg = f;
	file = confirm(f, &ticket);
	check_live(f, &file);
	check_all(f);
}

/* Each call to the database fails in turn. */
static void
test_sql_faults(void **state)
{
	struct fixture *f = *state;
	bool (*const arms[])(int) = { fault_at, fault_at_lost_commit,
		fault_from };
	const struct slice contents[] = { f->image, slice_str(HTML) };

	for (int i = 0; i < 12; i++) {
		struct direct_request request = image_request();
		bool has_failed = true;
		int n;

		set_copying(f, i / 6 == 1);
		for (n = 1; has_failed && n < 30; n++) {
			struct direct_ticket ticket = begin(f, &request);
			struct err err = ERR_INIT;
			struct file file;
			int result;

			put(f, &ticket, contents[i / 3 % 2]);
			(void)arms[i % 3](n);
			result = direct_confirm(f->pool, &f->direct,
			    ticket.file.id, &file, &err);
			assert_in_range(result + 1, 0, 1);
			has_failed = fault_at(0);
			check_all(f);
			/* Afterwards all is well again. */
			err_clear(&err);
			result = direct_confirm(f->pool, &f->direct,
			    ticket.file.id, &file, &err);
			assert_int_equal(result, i / 3 % 2 == 0 ? 0 : -1);
			if (result == -1)
				assert_string_equal(err.code, "type_mismatch");
			check_all(f);
			wait_secs(f, 2 * OUTBOX_RESERVE_SECS);
			assert_int_equal(run_outbox(f), 0);
			check_all(f);
			assert_int_equal(rows(f, "outbox"), 0);
			if (result == 0)
				assert_int_equal(file_discard(f->test->db, 1,
						     ticket.file.id, FILE_GONE,
						     &err),
				    0);
			assert_int_equal(run_outbox(f), 0);
			assert_int_equal(f->test->mem->count, 0);
		}
		assert_true(n > 4 && n < 30);
	}
}

static void
test_begin_faults(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket;
	struct err err = ERR_INIT;

	(void)fault_at(1);
	assert_int_equal(
	    direct_begin(f->pool, &f->direct, &request, &ticket, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_true(fault_at(0));
	assert_int_equal(rows(f, "files"), 0);
}

/* ---- the sweeper's part ---- */

static enum direct_outcome
settle_one(struct fixture *f)
{
	const struct file_expired which = { .store = f->test->store,
		.now_secs = clock_now_secs(&f->test->clock),
		.limit = 10 };
	struct direct sweeper = f->direct;
	enum direct_outcome outcome = DIRECT_TAKEN;
	struct err err = ERR_INIT;
	struct file *files;
	size_t count;

	sweeper.owner = NULL;
	sweeper.tenant_id = 0;
	assert_int_equal(file_list_expired(f->test->db, f->pool, &which,
			     &files, &count, &err),
	    0);
	assert_int_equal(count, 1);
	if (direct_settle(&sweeper, &files[0], &outcome, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(file_list_expired(f->test->db, f->pool, &which,
			     &files, &count, &err),
	    0);
	assert_int_equal(count, 0);
	check_all(f);
	return outcome;
}

static void
test_settle(void **state)
{
	static const struct {
		const char *content; /* NULL: nothing came; "" a good image */
		enum direct_outcome outcome;
	} cases[] = {
		{ NULL, DIRECT_ERASED },
		{ HTML, DIRECT_ERASED },
		{ "", DIRECT_LIVE },
	};
	struct fixture *f = *state;
	int64_t live = 0;

	for (size_t i = 0; i < 2 * ARRAY_COUNT(cases); i++) {
		const char *content = cases[i / 2].content;
		struct direct_request request = image_request();
		struct direct_ticket ticket;

		set_copying(f, i % 2 == 1);
		ticket = begin(f, &request);
		if (content != NULL)
			put(f, &ticket,
			    *content == '\0' ? f->image : slice_str(content));
		wait_secs(f, 600 + PENDING_SECS);
		assert_int_equal(settle_one(f), cases[i / 2].outcome);
		live += cases[i / 2].outcome == DIRECT_LIVE ? 1 : 0;
		assert_int_equal(rows(f, "files WHERE state = 'live'"), live);
		assert_int_equal(f->test->mem->count, live);
	}
	/* What came through us and was never used. */
	(void)modeltest_image(f->test, "products/a.png");
	assert_int_equal(sql_script(f->test->db,
			     "UPDATE files SET expires_secs = 1"
			     " WHERE state = 'pending'",
			     &(struct err)ERR_INIT),
	    0);
	assert_int_equal(settle_one(f), DIRECT_ERASED);
	assert_int_equal(f->test->mem->count, live);
}

static void
test_settle_while_away(void **state)
{
	struct fixture *f = *state;
	struct direct_request request = image_request();
	struct direct_ticket ticket = begin(f, &request);
	enum direct_outcome outcome;
	struct err err = ERR_INIT;

	put(f, &ticket, f->image);
	f->test->mem->fails_get = true;
	assert_int_equal(
	    direct_settle(&f->direct, &ticket.file, &outcome, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(rows(f, "files WHERE state = 'pending'"), 1);
	/* And somebody who is faster than the sweeper. */
	f->test->mem->fails_get = false;
	(void)confirm(f, &ticket);
	assert_int_equal(
	    direct_settle(&f->direct, &ticket.file, &outcome, &err), 0);
	assert_int_equal(outcome, DIRECT_TAKEN);
	assert_int_equal(rows(f, "files WHERE state = 'live'"), 1);
	check_all(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keys),
		TEST(test_what_is_signed),
		TEST(test_form),
		TEST(test_refused_requests),
		TEST(test_bad_words),
		TEST(test_visibility),
		TEST(test_confirm_in_place),
		TEST(test_confirm_a_copy),
		TEST(test_confirm_public),
		TEST(test_find),
		TEST(test_refused),
		TEST(test_too_large),
		TEST(test_large),
		TEST(test_expired),
		TEST(test_deleted),
		TEST(test_foreign_rows),
		TEST(test_twenty_confirm),
		TEST(test_twenty_refuse),
		TEST(test_replaced),
		TEST(test_store_faults),
		TEST(test_late),
		TEST(test_sql_faults),
		TEST(test_begin_faults),
		TEST(test_settle),
		TEST(test_settle_while_away),
	};

	return cmocka_run_group_tests_name("model/direct", tests, NULL, NULL);
}
