/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <stdlib.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/sniff.h"
#include "directtest.h"
#include "lib/sample.h"

#define IMAGES "image/jpeg image/png image/webp image/gif"

int
directtest_setup(void **state)
{
	static const char *const types[FILE_KIND_COUNT] = { IMAGES,
		"video/mp4 video/webm", "audio/mpeg audio/wav",
		"application/pdf text/plain" };
	struct directtest *f = calloc(1, sizeof(*f));
	struct err err = ERR_INIT;
	struct sniffer *sniffer;

	assert_int_equal(modeltest_setup((void **)&f->test), 0);
	f->pool = f->test->pool;
	assert_int_equal(sniffer_open(f->pool, &sniffer, &err), 0);
	for (int i = 0; i < FILE_KIND_COUNT; i++)
		f->rules[i] = (struct file_rules){ .kind = (enum file_kind)i,
			.max_bytes = DIRECTTEST_MAX_BYTES,
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
		.pending_secs = DIRECTTEST_PENDING_SECS };
	f->image = sample_read(f->pool, "images/baseline.jpg");
	*state = f;
	return 0;
}

int
directtest_teardown(void **state)
{
	struct directtest *f = *state;

	(void)modeltest_teardown((void **)&f->test);
	free(f);
	return 0;
}

struct direct_request
directtest_image_request(void)
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

struct direct_request
directtest_document_request(void)
{
	struct direct_request request = directtest_image_request();

	request.kind = FILE_DOCUMENT;
	request.name = "informe.pdf";
	return request;
}

struct direct_ticket
directtest_begin(struct directtest *f, const struct direct_request *request)
{
	struct direct_ticket ticket;
	struct err err = ERR_INIT;

	if (direct_begin(f->pool, &f->direct, request, &ticket, &err) == -1)
		fail_msg("%s", err.text);
	return ticket;
}

void
directtest_put(struct directtest *f, const struct direct_ticket *ticket,
    struct slice data)
{
	assert_int_equal(store_mem_put(f->test->mem, ticket->file.key,
			     "binary/octet-stream", data),
	    0);
}

/* Confirm, which must succeed. */
struct file
directtest_confirm(struct directtest *f, const struct direct_ticket *ticket)
{
	struct err err = ERR_INIT;
	struct file file;

	if (direct_confirm(f->pool, &f->direct, ticket->file.id, &file, &err) ==
	    -1)
		fail_msg("%s", err.text);
	return file;
}

/* Confirm, which must fail with this code. */
struct err
directtest_confirm_fails(struct directtest *f,
    const struct direct_ticket *ticket, const char *code)
{
	struct err err = ERR_INIT;
	struct file file;

	assert_int_equal(
	    direct_confirm(f->pool, &f->direct, ticket->file.id, &file, &err),
	    -1);
	if (strcmp(err.code, code) != 0)
		fail_msg("%s, not %s: %s", err.code, code, err.text);
	return err;
}

int64_t
directtest_count(struct directtest *f, const char *where)
{
	return modeltest_number(f->test,
	    pool_format(f->pool, "SELECT count(*) FROM %s", where));
}

int
directtest_run_outbox(struct directtest *f)
{
	struct err err = ERR_INIT;
	int left;

	assert_int_equal(modeltest_outbox(f->test, 100, &left, &err), 0);
	return left;
}

void
directtest_wait_secs(struct directtest *f, int64_t secs)
{
	f->test->clock.fixed_ms += secs * 1000;
}

/*
 * Nothing is lost and nothing is left: each object is wanted by a row or by
 * the outbox, and each live or trashed file has its object.
 */
void
directtest_check_all(struct directtest *f)
{
	struct sql_rows found;
	struct err err = ERR_INIT;

	modeltest_check_quota(f->test);
	for (size_t i = 0; i < f->test->mem->count; i++) {
		struct sql_value args[] = { SQL_TEXT(
		    f->test->mem->objects[i].key) };

		assert_int_equal(
		    sql_query(f->test->db, f->pool,
			"SELECT 1 FROM files WHERE object_key = $1"
			" AND state IN ('pending', 'live', 'trashed')"
			" UNION SELECT 1 FROM outbox WHERE object_key = $1",
			args, 1, &found, &err),
		    0);
		if (found.count != 1)
			fail_msg("orphan %s", args[0].text);
	}
	assert_int_equal(sql_query(f->test->db, f->pool,
			     "SELECT object_key FROM files"
			     " WHERE state IN ('live', 'trashed')",
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

void
directtest_set_copying(struct directtest *f, bool is_copying)
{
	f->test->mem->base.traits.urls_never_replace = !is_copying;
}

/* "#" in the pattern is any one character. */
void
directtest_like(const char *text, const char *pattern)
{
	size_t len = strlen(pattern);

	if (strlen(text) != len)
		fail_msg("%s is not like %s", text, pattern);
	for (size_t i = 0; i < len; i++)
		if (pattern[i] != '#' && pattern[i] != text[i])
			fail_msg("%s is not like %s", text, pattern);
}

void
directtest_check_live(struct directtest *f, const struct file *file)
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
