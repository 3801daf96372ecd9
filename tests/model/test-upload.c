/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>

#include "codec/sniff.h"
#include "lib/sample.h"
#include "modeltest.h"

#define FIRST_KEY "products/tenant_1/20261122143800_martillo.jpg"

struct fixture {
	struct modeltest *test;
	struct file_rules rules;
	struct slice image;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;

	assert_int_equal(modeltest_setup((void **)&f->test), 0);
	f->rules = (struct file_rules){
		.kind = FILE_IMAGE,
		.max_bytes = 2 * MIB,
		.allowed_types = "image/jpeg image/png image/webp image/gif",
		.allowed_extensions = "jpg jpeg png gif webp",
		.max_pixels = 50000000,
		.max_frames = 500,
	};
	assert_int_equal(
	    sniffer_open(f->test->pool, &f->rules.sniffer, &err), 0);
	f->image = sample_read(f->test->pool, "images/baseline.jpg");
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

static struct upload_input
input_of(struct fixture *f)
{
	return (struct upload_input){ .db = f->test->db,
		.store = f->test->store,
		.clock = &f->test->clock,
		.log = &f->test->log,
		.rules = &f->rules,
		.tenant_id = 1,
		.layout = UPLOAD_PRODUCT,
		.pending_secs = 3600 };
}

struct sent {
	const char *name, *type;
	struct slice bytes;
	size_t step; /* bytes at once; 0: all */
};

/* The whole way; the pool is the request's. */
static int
send(struct fixture *f, struct pool *pool, const struct sent *sent,
    struct file *file_r, struct err *err)
{
	const struct upload_input input = input_of(f);
	struct file_verdict verdict;
	struct upload *upload;
	size_t step = sent->step == 0 ? sent->bytes.len : sent->step;

	if (upload_open(pool, &input, sent->name, sent->type, &upload, err) ==
	    -1)
		return -1;
	for (size_t at = 0; at < sent->bytes.len; at += step) {
		struct slice rest = slice_from(sent->bytes, at);

		if (rest.len > step)
			rest.len = step;
		if (upload_write(upload, rest, err) == -1)
			return -1;
	}
	upload_verdict(upload, &verdict);
	if (verdict.refusal != FILE_ACCEPTED)
		return err_set_code(err, ERR_UNSUPPORTED, verdict.code, "%s",
		    verdict.reason);
	return upload_commit(upload, file_r, err);
}

static struct sent
good(struct fixture *f)
{
	return (struct sent){ .name = "martillo.jpg",
		.type = "image/jpeg",
		.bytes = f->image };
}

static int64_t
rows(struct fixture *f, const char *where)
{
	return modeltest_number(f->test,
	    pool_format(f->test->pool, "SELECT count(*) FROM %s", where));
}

static void
test_accepted(void **state)
{
	static const size_t steps[] = { 0, 1, 1000 };
	struct fixture *f = *state;
	struct sent sent = good(f);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
		const struct store_mem_object *object;
		struct file file, loaded;

		sent.step = steps[i];
		f->test->clock.fixed_ms += 1000;
		assert_int_equal(
		    send(f, f->test->pool, &sent, &file, &err), 0);
		object = store_mem_find(f->test->mem, file.key);
		assert_non_null(object);
		assert_int_equal(object->size_bytes, f->image.len);
		assert_string_equal(object->type, "image/jpeg");
		assert_string_equal(object->cache_control,
		    "public, max-age=31536000, immutable");
		assert_int_equal(file_update_stored(f->test->db, &file, &err),
		    0);
		assert_int_equal(file_load(f->test->db, f->test->pool, 1,
				     file.id, &loaded, &err),
		    1);
		assert_int_equal(loaded.state, FILE_PENDING);
		assert_string_equal(loaded.key, file.key);
		assert_string_equal(loaded.bucket, "uploads");
		assert_string_equal(loaded.provider, "file");
		assert_string_equal(loaded.original_name, "martillo.jpg");
		assert_string_equal(loaded.content_type, "image/jpeg");
		assert_int_equal(loaded.size_bytes, f->image.len);
		assert_int_equal(strlen(loaded.sha256), 64);
		assert_true(loaded.width > 0 && loaded.height > 0);
		assert_true(loaded.is_public);
		assert_int_equal(loaded.expires_secs,
		    loaded.created_secs + 3600);
		assert_int_equal(file_load(f->test->db, f->test->pool, 2,
				     file.id, &loaded, &err),
		    0);
	}
	assert_int_equal(f->test->mem->count, 3);
	modeltest_check(f->test);
}

static void
test_log_lines(void **state)
{
	struct fixture *f = *state;
	struct sent sent = good(f);
	struct file file;
	struct err err = ERR_INIT;
	const char *lines[] = {
		pool_format(f->test->pool,
		    "msg=\"[STORAGE] ✓ File validation passed: martillo.jpg"
		    " (%zu bytes, image/jpeg)\"",
		    f->image.len),
		"msg=\"[STORAGE] Uploading '" FIRST_KEY
		"' to bucket 'uploads'...\"",
		"msg=\"[STORAGE] ✓ File uploaded: https://cdn.example/" FIRST_KEY
		"\"",
		"msg=\"Successfully uploaded file: martillo.jpg as " FIRST_KEY
		"\"",
	};
	const char *log;

	assert_int_equal(send(f, f->test->pool, &sent, &file, &err), 0);
	log = modeltest_log(f->test);
	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		log = strstr(log, lines[i]); /* and in this order */
		assert_non_null(log);
	}
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	char *zeros = pool_alloc(f->test->pool, 3 * (size_t)MIB);
	struct slice cut = slice_make(f->image.data, f->image.len / 2);
	const struct {
		struct sent sent;
		const char *log;
	} cases[] = {
		{ { "big.jpg", "image/jpeg",
		      slice_make(zeros, 3 * (size_t)MIB), 65536 },
		    "File validation error: File too large" },
		{ { "a.pdf", "application/pdf", slice_str("%PDF-1.4\n"), 0 },
		    "File validation error: Invalid MIME type:"
		    " application/pdf" },
		{ { "a.jpg", "image/jpeg", slice_str("%PDF-1.4\n%abc\n"), 0 },
		    "File validation error: Invalid MIME type:"
		    " application/pdf" },
		{ { "a.exe", "image/jpeg", f->image, 0 },
		    "File validation error: Invalid file extension: exe" },
		{ { "a.jpg", "image/jpeg", cut, 0 },
		    "File validation error: " },
		{ { "a.jpg", "image/jpeg", slice_str(""), 0 },
		    "File validation error: " },
	};

	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct pool *pool = pool_new();
		struct file file;
		struct err err = ERR_INIT;

		assert_int_equal(
		    send(f, pool, &cases[i].sent, &file, &err), -1);
		assert_non_null(strstr(modeltest_log(f->test), cases[i].log));
		pool_free(&pool);
	}
	assert_int_equal(f->test->mem->count, 0);
	assert_int_equal(rows(f, "files"), 0);
	assert_int_equal(rows(f, "outbox"), 0);
}

/* The same name in the same second, and names that need cleaning. */
static void
test_keys(void **state)
{
	struct fixture *f = *state;
	struct sent sent = good(f);
	struct file file;
	struct err err = ERR_INIT;

	assert_int_equal(send(f, f->test->pool, &sent, &file, &err), 0);
	assert_string_equal(file.key, FIRST_KEY);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    send(f, f->test->pool, &sent, &file, &err), 0);
		assert_int_equal(strlen(file.key), strlen(FIRST_KEY) + 9);
		assert_memory_equal(file.key, FIRST_KEY,
		    strlen(FIRST_KEY) - 4);
		assert_string_equal(file.key + strlen(file.key) - 4, ".jpg");
	}
	assert_int_equal(f->test->mem->count, 6);

	sent.name = "../../Árbol de Navidad.JPG";
	assert_int_equal(send(f, f->test->pool, &sent, &file, &err), 0);
	assert_string_equal(file.key,
	    "products/tenant_1/20261122143800_Arbol_de_Navidad.JPG");
	assert_string_equal(file.original_name, "Árbol de Navidad.JPG");
}

/* An upload that stops anywhere leaves nothing at all. */
static void
test_cut_off(void **state)
{
	struct fixture *f = *state;
	const struct upload_input input = input_of(f);
	size_t step = f->image.len / 50 + 1;

	for (size_t len = 0; len < f->image.len; len += step) {
		struct pool *pool = pool_new();
		struct upload *upload;
		struct err err = ERR_INIT;

		assert_int_equal(upload_open(pool, &input, "martillo.jpg",
				     "image/jpeg", &upload, &err),
		    0);
		assert_int_equal(upload_write(upload,
				     slice_make(f->image.data, len), &err),
		    0);
		pool_free(&pool);
	}
	assert_int_equal(f->test->mem->count, 0);
	assert_int_equal(rows(f, "files"), 0);
}

/* Accepted, and then nobody wants it: the same. */
static void
test_never_committed(void **state)
{
	struct fixture *f = *state;
	const struct upload_input input = input_of(f);
	struct pool *pool = pool_new();
	struct file_verdict verdict;
	struct upload *upload;
	struct err err = ERR_INIT;

	assert_int_equal(upload_open(pool, &input, "martillo.jpg",
			     "image/jpeg", &upload, &err),
	    0);
	assert_int_equal(upload_write(upload, f->image, &err), 0);
	upload_verdict(upload, &verdict);
	assert_int_equal(verdict.refusal, FILE_ACCEPTED);
	pool_free(&pool);
	assert_int_equal(f->test->mem->count, 0);
	assert_int_equal(rows(f, "files"), 0);
}

static void
test_store_refuses(void **state)
{
	struct fixture *f = *state;
	struct sent sent = good(f);
	struct file file;
	struct err err = ERR_INIT;

	f->test->mem->fails_commit = true;
	assert_int_equal(send(f, f->test->pool, &sent, &file, &err), -1);
	assert_int_equal(err.kind, ERR_UPSTREAM);
	assert_int_equal(rows(f, "files WHERE state = 'rejected'"), 1);
	assert_int_equal(rows(f, "outbox"), 0); /* tried at once, all right */
	modeltest_check(f->test);
}

static void
test_answer_lost(void **state)
{
	struct fixture *f = *state;
	struct sent sent = good(f);
	struct file file;
	struct err err = ERR_INIT;
	int left = 0;

	f->test->mem->loses_answer = true;
	f->test->mem->fails_delete = true;
	assert_int_equal(send(f, f->test->pool, &sent, &file, &err), -1);
	assert_int_equal(f->test->mem->count, 1);
	assert_int_equal(rows(f, "outbox WHERE tries = 1"), 1);
	modeltest_check(f->test);

	assert_int_equal(modeltest_outbox(f->test, 10, &left, &err),
	    0);
	assert_int_equal(left, 1);
	f->test->mem->fails_delete = false;
	assert_int_equal(modeltest_outbox(f->test, 10, &left, &err),
	    0);
	assert_int_equal(left, 0);
	assert_int_equal(f->test->mem->count, 0);
}

/* An object of somebody else under our key is not ours to delete. */
static void
test_foreign_object(void **state)
{
	struct fixture *f = *state;
	struct sent sent = good(f);
	struct file file;
	struct err err = ERR_INIT;
	struct pool *pool = pool_new();

	assert_int_equal(send(f, pool, &sent, &file, &err), 0);
	assert_int_equal(
	    sql_script(f->test->db, "DELETE FROM files", &err), 0);
	assert_int_equal(send(f, pool, &sent, &file, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	pool_free(&pool);
	assert_int_equal(f->test->mem->count, 1);
	assert_int_equal(rows(f, "outbox"), 0);
	assert_int_equal(rows(f, "files WHERE state = 'rejected'"), 1);
}

/* The image with comments that make it larger than what is sniffed. */
static struct slice
large_image(struct fixture *f)
{
	enum { COMMENT = 65535, COMMENTS = 3 };
	size_t extra = COMMENTS * (COMMENT + 2);
	char *data = pool_alloc(f->test->pool, f->image.len + extra);
	char *at = data + 2;

	memcpy(data, f->image.data, 2);
	for (int i = 0; i < COMMENTS; i++, at += COMMENT + 2)
		memcpy(at, "\xff\xfe\xff\xff", 4);
	memcpy(at, f->image.data + 2, f->image.len - 2);
	return slice_make(data, f->image.len + extra);
}

/* In parts: the row and the upload id are there before the first byte. */
static void
test_parts(void **state)
{
	struct fixture *f = *state;
	struct slice image = large_image(f);
	const struct {
		size_t len;
		bool is_whole;
	} cases[] = { { image.len, true }, { image.len - 1, false } };

	f->test->mem->part_bytes = 100000;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct upload_input input = input_of(f);
		struct pool *pool = pool_new();
		struct file_verdict verdict;
		struct upload *upload;
		struct file file;
		struct err err = ERR_INIT;

		assert_int_equal(upload_open(pool, &input, "martillo.jpg",
				     NULL, &upload, &err),
		    0);
		assert_int_equal(upload_write(upload,
				     slice_make(image.data, 99999), &err),
		    0);
		assert_int_equal(rows(f, "files WHERE state = 'pending'"), i);
		assert_int_equal(
		    upload_write(upload,
			slice_make(image.data + 99999, cases[i].len - 99999),
			&err),
		    0);
		assert_int_equal(f->test->mem->parts_open, 1);
		assert_int_equal(rows(f, "files WHERE state = 'pending'"),
		    i + 1);
		assert_int_equal(rows(f, "multipart_uploads"), 1);
		upload_verdict(upload, &verdict);
		assert_int_equal(verdict.refusal == FILE_ACCEPTED,
		    cases[i].is_whole);
		if (cases[i].is_whole)
			assert_int_equal(upload_commit(upload, &file, &err), 0);
		pool_free(&pool);
		assert_int_equal(f->test->mem->parts_open, 0);
		assert_int_equal(rows(f, "multipart_uploads"), 0);
		modeltest_check(f->test);
	}
	assert_int_equal(f->test->mem->count, 1);
	assert_string_equal(f->test->mem->objects[0].type, "image/jpeg");
	assert_int_equal(rows(f, "files WHERE state = 'rejected'"), 1);
}

/* Each call to the database fails in turn. */
static void
test_faults(void **state)
{
	struct fixture *f = *state;
	struct sent sent = good(f);
	bool (*const arms[])(int) = { fault_at, fault_at_lost_commit,
		fault_from };

	for (size_t a = 0; a < ARRAY_COUNT(arms); a++) {
		bool has_failed = true;
		int n;

		for (n = 1; has_failed && n < 20; n++) {
			struct pool *pool = pool_new();
			struct file file;
			struct err err = ERR_INIT;
			int result;

			f->test->clock.fixed_ms += 1000; /* a new key */
			(void)arms[a](n);
			result = send(f, pool, &sent, &file, &err);
			pool_free(&pool);
			has_failed = fault_at(0);
			assert_int_equal(result, has_failed ? -1 : 0);
			modeltest_check(f->test);
		}
		/* begin, reserve, insert, commit, none */
		assert_int_equal(n - 1, 5);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_accepted),
		TEST(test_log_lines),
		TEST(test_refused),
		TEST(test_keys),
		TEST(test_cut_off),
		TEST(test_never_committed),
		TEST(test_store_refuses),
		TEST(test_answer_lost),
		TEST(test_foreign_object),
		TEST(test_parts),
		TEST(test_faults),
	};

	return cmocka_run_group_tests_name("model/upload", tests, NULL, NULL);
}
