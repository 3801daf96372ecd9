/*
 * Direct uploads that are confirmed, refused, expired, or swept.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"

#include "codec/digest.h"
#include "codec/hex.h"
#include "directtest.h"

static void
test_confirm_in_place(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket = directtest_begin(f, &request);
	struct file file;

	directtest_confirm_fails(f, &ticket, "not_uploaded_yet");
	directtest_put(f, &ticket, f->image);
	f->test->mem->objects[0].has_other_metadata = true;
	file = directtest_confirm(f, &ticket);
	directtest_check_live(f, &file);
	assert_string_equal(file.key, ticket.file.key);
	assert_string_equal(file.content_type, "image/jpeg");
	assert_true(file.width > 0 && file.height > 0);
	assert_non_null(strstr(modeltest_log(f->test),
	    "✓ File validation passed: martillo.jpg"));
	/* The URL cannot replace it, and what is right is not copied. */
	assert_int_equal(
	    store_mem_put(f->test->mem, file.key, "text/html", slice_str(HTML)),
	    -1);
	file = directtest_confirm(f, &ticket);
	directtest_check_live(f, &file);
	assert_int_equal(directtest_count(f, "outbox"), 0);
	directtest_check_all(f);
}

static void
test_confirm_a_copy(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;
	struct file file, again;

	directtest_set_copying(f, true);
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, f->image);
	file = directtest_confirm(f, &ticket);
	directtest_check_live(f, &file);
	directtest_like(file.key, "users/ana/image/" UUID);
	assert_null(store_mem_find(f->test->mem, ticket.file.key));
	assert_int_equal(f->test->mem->count, 1);

	/* The URL is still good, and changes nothing. */
	directtest_put(f, &ticket, slice_str(HTML));
	again = directtest_confirm(f, &ticket);
	assert_string_equal(again.key, file.key);
	directtest_check_live(f, &again);
	directtest_check_all(f);
	directtest_wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
	assert_int_equal(directtest_run_outbox(f), 0);
	assert_int_equal(f->test->mem->count, 1);
	assert_int_equal(directtest_count(f, "outbox"), 0);
	directtest_check_live(f, &file);
}

static void
test_confirm_public(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;
	struct file file;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/");
	f->test->mem->base.traits.urls_never_replace = true;
	request.is_public = true;
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, f->image);
	file = directtest_confirm(f, &ticket);
	directtest_check_live(f, &file);
	directtest_like(file.key, "general/2026/11/" UUID ".jpg");
	assert_string_equal(
	    store_mem_find(f->test->mem, file.key)->cache_control,
	    "public, max-age=31536000, immutable");
	directtest_check_all(f);
}

/* What may hold scripts is saved, not shown, where everybody can read it. */
static void
test_confirm_public_document(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_document_request();
	struct direct_ticket ticket;
	struct file file;

	store_init(f->test->store, f->pool, f->test->store->driver, "uploads",
	    "general/");
	request.is_public = true;
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, slice_str(PDF));
	file = directtest_confirm(f, &ticket);
	assert_string_equal(
	    store_mem_find(f->test->mem, file.key)->disposition, "attachment");
}

/* B14 finds its file by the key, and only its own. */
static void
test_find(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket;
	struct err err = ERR_INIT;
	int64_t id = 0;

	request.way = DIRECT_TEMP_PUT;
	ticket = directtest_begin(f, &request);
	for (int i = 0; i < 2; i++) { /* before and after */
		assert_int_equal(direct_find(&f->direct, ticket.file.key,
				     FILE_IMAGE, &id, &err),
		    1);
		assert_int_equal(id, ticket.file.id);
		directtest_put(f, &ticket, f->image);
		(void)directtest_confirm(f, &ticket);
	}
	assert_int_equal(
	    direct_find(&f->direct, "temp/x", FILE_IMAGE, &id, &err), 0);
	assert_int_equal(direct_find(&f->direct, "", FILE_IMAGE, &id, &err), 0);
	assert_int_equal(
	    direct_find(&f->direct, ticket.file.key, FILE_VIDEO, &id, &err), 0);
	f->direct.owner = "eva";
	assert_int_equal(
	    direct_find(&f->direct, ticket.file.key, FILE_IMAGE, &id, &err), 0);
	assert_int_equal(
	    directtest_confirm_fails(f, &ticket, "file_not_found").kind,
	    ERR_NOT_FOUND);
	f->direct.owner = "ana";
	f->direct.tenant_id = 2;
	assert_int_equal(
	    directtest_confirm_fails(f, &ticket, "file_not_found").kind,
	    ERR_NOT_FOUND);
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
	struct directtest *f = *state;

	for (size_t i = 0; i < 2 * ARRAY_COUNT(cases); i++) {
		size_t n = i / 2;
		struct direct_request request = directtest_document_request();
		struct direct_ticket ticket;
		struct err err;

		directtest_set_copying(f, i % 2 == 1);
		request.declared_bytes = cases[n].declared_bytes;
		request.declared_sha256 = cases[n].sha256;
		ticket = directtest_begin(f, &request);
		directtest_put(f, &ticket, slice_str(cases[n].content));
		err = directtest_confirm_fails(f, &ticket, cases[n].code);
		assert_int_equal(err.kind, cases[n].kind);
		assert_string_equal(err.text, cases[n].text);
		assert_non_null(
		    strstr(modeltest_log(f->test), "File validation error: "));
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(directtest_count(f, "outbox"), 1);

		/* For good, even when something better comes. */
		directtest_put(f, &ticket, slice_str(PDF));
		err = directtest_confirm_fails(f, &ticket, cases[n].code);
		assert_int_equal(err.kind, cases[n].kind);
		directtest_check_all(f);
		assert_int_equal(directtest_run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 1);
		directtest_wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
		assert_int_equal(directtest_run_outbox(f), 0);
		assert_int_equal(f->test->mem->count, 0);
		assert_int_equal(directtest_count(f, "outbox"), 0);
	}
	assert_int_equal(directtest_count(f, "files WHERE state = 'rejected'"),
	    2 * ARRAY_COUNT(cases));
}

static void
test_too_large(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket = directtest_begin(f, &request);

	f->rules[FILE_IMAGE].max_bytes = (int64_t)f->image.len - 1;
	directtest_put(f, &ticket, f->image);
	assert_int_equal(
	    directtest_confirm_fails(f, &ticket, "file_too_large").kind,
	    ERR_TOO_LARGE);
	assert_int_equal(f->test->mem->get_bytes, 0);
	assert_int_equal(f->test->mem->count, 0);
	assert_string_equal(
	    directtest_confirm_fails(f, &ticket, "file_too_large").text,
	    "File too large");
}

/* A PDF of so many bytes; what lies between its ends is seed. */
static struct slice
large_pdf(struct directtest *f, size_t len, char seed)
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
	struct directtest *f = *state;
	struct slice pdf = large_pdf(f, 20 * (size_t)MIB, 'x');
	uint8_t hash[SHA256_BYTES];
	const char *hex;
	struct direct_request request = directtest_document_request();
	struct direct_ticket ticket = directtest_begin(f, &request);
	struct file file;
	struct err err = ERR_INIT;

	directtest_put(f, &ticket, pdf);
	file = directtest_confirm(f, &ticket);
	assert_string_equal(file.sha256, "");
	assert_int_equal(file.size_bytes, pdf.len);
	/* Nobody makes a file live that nothing is known of; this is known. */
	assert_int_equal(directtest_count(f, "files WHERE state = 'live'"), 1);

	/* The store has checked it: what was said is true. */
	sha256(pdf, hash);
	hex = hex_encode(f->pool, slice_make(hash, sizeof(hash)));
	request.declared_sha256 = hex;
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, pdf);
	assert_string_equal(directtest_confirm(f, &ticket).sha256, hex);

	/* The store has not: the whole is read. */
	ticket = directtest_begin(f, &request);
	assert_int_equal(sql_script(f->test->db,
			     "UPDATE files SET is_sha256_signed = 0"
			     " WHERE state = 'pending'",
			     &err),
	    0);
	directtest_put(f, &ticket, large_pdf(f, 20 * (size_t)MIB, 'y'));
	directtest_confirm_fails(f, &ticket, "checksum_mismatch");

	/* Its end counts, though nobody looks in between. */
	request.declared_sha256 = "";
	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, slice_make(pdf.data, pdf.len - 6));
	directtest_confirm_fails(f, &ticket, "file_damaged");
}

static void
test_expired(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket = directtest_begin(f, &request);

	directtest_wait_secs(f, 600);
	directtest_confirm_fails(f, &ticket, "url_expired");
	/* It came just in time, and is confirmed later. */
	directtest_put(f, &ticket, f->image);
	directtest_wait_secs(f, DIRECTTEST_PENDING_SECS - 1);
	(void)directtest_confirm(f, &ticket);

	ticket = directtest_begin(f, &request);
	directtest_put(f, &ticket, f->image);
	directtest_wait_secs(f, 600 + DIRECTTEST_PENDING_SECS);
	directtest_confirm_fails(f, &ticket, "upload_expired");
}

static void
test_deleted(void **state)
{
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket = directtest_begin(f, &request);
	struct err err = ERR_INIT;

	directtest_put(f, &ticket, f->image);
	(void)directtest_confirm(f, &ticket);
	assert_int_equal(
	    file_discard(f->test->db, 1, ticket.file.id, FILE_GONE, &err), 0);
	assert_int_equal(
	    directtest_confirm_fails(f, &ticket, "file_not_found").kind,
	    ERR_NOT_FOUND);
	/* The URL is still good: twice, then. */
	assert_int_equal(directtest_run_outbox(f), 0);
	assert_int_equal(directtest_count(f, "outbox"), 1);
	assert_int_equal(f->test->mem->count, 0);
	directtest_put(f, &ticket, f->image);
	directtest_wait_secs(f, 600 + OUTBOX_URL_GRACE_SECS);
	assert_int_equal(directtest_run_outbox(f), 0);
	assert_int_equal(f->test->mem->count, 0);
	assert_int_equal(directtest_count(f, "outbox"), 0);
}

/* A file that came through us is not confirmed. */
static void
test_foreign_rows(void **state)
{
	struct directtest *f = *state;
	struct direct_ticket ticket = { .method = "" };

	ticket.file.id = modeltest_image(f->test, "products/a.png");
	directtest_confirm_fails(f, &ticket, "file_not_found");
	f->direct.owner = "";
	assert_int_equal(
	    directtest_confirm_fails(f, &ticket, "file_not_found").kind,
	    ERR_NOT_FOUND);
}

/* ---- the sweeper's part ---- */

static enum direct_outcome
settle_one(struct directtest *f)
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
	assert_int_equal(file_list_expired(f->test->db, f->pool, &which, &files,
			     &count, &err),
	    0);
	assert_int_equal(count, 1);
	if (direct_settle(&sweeper, &files[0], &outcome, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(file_list_expired(f->test->db, f->pool, &which, &files,
			     &count, &err),
	    0);
	assert_int_equal(count, 0);
	directtest_check_all(f);
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
	struct directtest *f = *state;
	int64_t live = 0;

	for (size_t i = 0; i < 2 * ARRAY_COUNT(cases); i++) {
		const char *content = cases[i / 2].content;
		struct direct_request request = directtest_image_request();
		struct direct_ticket ticket;

		directtest_set_copying(f, i % 2 == 1);
		ticket = directtest_begin(f, &request);
		if (content != NULL)
			directtest_put(f, &ticket,
			    *content == '\0' ? f->image : slice_str(content));
		directtest_wait_secs(f, 600 + DIRECTTEST_PENDING_SECS);
		assert_int_equal(settle_one(f), cases[i / 2].outcome);
		live += cases[i / 2].outcome == DIRECT_LIVE ? 1 : 0;
		assert_int_equal(
		    directtest_count(f, "files WHERE state = 'live'"), live);
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
	struct directtest *f = *state;
	struct direct_request request = directtest_image_request();
	struct direct_ticket ticket = directtest_begin(f, &request);
	enum direct_outcome outcome;
	struct err err = ERR_INIT;

	directtest_put(f, &ticket, f->image);
	f->test->mem->fails_get = true;
	assert_int_equal(
	    direct_settle(&f->direct, &ticket.file, &outcome, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	assert_int_equal(directtest_count(f, "files WHERE state = 'pending'"),
	    1);
	/* And somebody who is faster than the sweeper. */
	f->test->mem->fails_get = false;
	(void)directtest_confirm(f, &ticket);
	assert_int_equal(
	    direct_settle(&f->direct, &ticket.file, &outcome, &err), 0);
	assert_int_equal(outcome, DIRECT_TAKEN);
	assert_int_equal(directtest_count(f, "files WHERE state = 'live'"), 1);
	directtest_check_all(f);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, directtest_setup,                \
	    directtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_confirm_in_place),
		TEST(test_confirm_a_copy),
		TEST(test_confirm_public),
		TEST(test_confirm_public_document),
		TEST(test_find),
		TEST(test_refused),
		TEST(test_too_large),
		TEST(test_large),
		TEST(test_expired),
		TEST(test_deleted),
		TEST(test_foreign_rows),
		TEST(test_settle),
		TEST(test_settle_while_away),
	};

	return cmocka_run_group_tests_name("model/direct_confirm", tests, NULL,
	    NULL);
}
