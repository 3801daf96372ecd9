/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <fcntl.h>
#include <stdio.h>

#include "lib/scripted.h"
#include "lib/tmpdir.h"
#include "s3test.h"
#include "store/queue.h"

#define EMPTY(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n\r\n"
#define ETAG \
	"HTTP/1.1 200 OK\r\nETag: \"0cc175b9c0f1b6a831c399e269772661\"\r\n" \
	"Content-Length: 0\r\n\r\n"
#define SHA256_OF_A \
	"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

enum { JOBS = 40, LIMIT = 4 };

struct fixture {
	struct pool *pool;
	struct s3test_world world;
	struct scripted *server;
	struct store *store;
};

static struct fixture *
fixture_new(struct pool *pool)
{
	struct fixture *f = POOL_NEW(pool, struct fixture);

	f->pool = pool;
	log_init(&f->world.log, 2, LOG_ERROR);
	f->world.budget.temp_dir = "/tmp";
	f->world.budget.max_bytes = MIB;
	return f;
}

static void
open_file_store(struct fixture *f)
{
	const struct store_file_config config = {
		.root = tmpdir_new(f->pool),
		.bucket = "uploads",
		.public_url = "",
		.public_prefixes = ""
	};
	struct err err = ERR_INIT;
	bool created;

	assert_int_equal(store_open_file(f->pool, &config, &f->store, &err),
	    0);
	assert_int_equal(store_prepare(f->store, &created, &err), 0);
}

static void
stop_hook(void *server)
{
	scripted_stop(server);
}

static void
open_s3_store(struct fixture *f, const struct scripted_step *steps,
    size_t count)
{
	struct store_s3_config config = s3test_config(&f->world);
	struct err err = ERR_INIT;

	config.conditional_write = "true";
	config.checksum = "none";
	config.part_bytes = MIB;
	f->server = scripted_start(steps, count);
	pool_on_clear(f->pool, stop_hook, f->server);
	config.endpoint = scripted_url(f->server);
	assert_int_equal(store_open_s3(f->pool, &config, &f->store, &err), 0);
}

/* ---- what `done` saw ---- */

struct seen {
	int calls, failures, found;
	int64_t bytes;
	enum err_kind kind;
	char sha256[STORE_SHA256_CHARS + 1];
	char url[64];
};

static void
see(void *arg, const struct store_result *result)
{
	struct seen *seen = arg;

	seen->calls++;
	assert_true((result->status == -1) == (result->err != NULL));
	if (result->status == -1) {
		seen->failures++;
		seen->kind = result->err->kind;
	}
	if (result->status == 1) {
		seen->found++;
		seen->bytes += result->info->size_bytes;
	}
	if (result->stored != NULL) {
		seen->bytes += result->stored->size_bytes;
		memcpy(seen->sha256, result->stored->sha256,
		    sizeof(seen->sha256));
	}
	if (result->presigned != NULL)
		(void)snprintf(seen->url, sizeof(seen->url), "%s",
		    result->presigned->url);
}

static void
put_text(struct store_queue *queue, const char *key, const char *text,
    struct seen *seen)
{
	const struct store_upload upload = {
		.object = { .key = key, .content_type = "text/plain" },
		.bytes = slice_str(text)
	};

	store_queue_put(queue, &upload, see, seen);
}

/* ---- tests ---- */

/* The same calls, whatever the store: put, exists, delete, exists. */
static void
round_trip(struct fixture *f, bool has_bytes)
{
	struct store_queue *queue = store_queue_new(f->store, f->pool, LIMIT);
	struct seen puts = { 0 }, there = { 0 }, deletes = { 0 },
		    gone = { 0 };

	for (int i = 0; i < JOBS; i++)
		put_text(queue, pool_format(f->pool, "k/%d", i), "a", &puts);
	store_queue_wait(queue);
	assert_int_equal(puts.calls, JOBS);
	assert_int_equal(puts.failures, 0);
	assert_int_equal(puts.bytes, JOBS);
	assert_string_equal(puts.sha256, SHA256_OF_A);
	for (int i = 0; i < JOBS; i++)
		store_queue_exists(queue, pool_format(f->pool, "k/%d", i),
		    see, &there);
	store_queue_wait(queue);
	assert_int_equal(there.found, JOBS);
	assert_int_equal(there.bytes, has_bytes ? JOBS : 0);
	for (int i = 0; i < JOBS; i++)
		store_queue_delete(queue, pool_format(f->pool, "k/%d", i),
		    see, &deletes);
	store_queue_wait(queue);
	assert_int_equal(deletes.calls, JOBS);
	assert_int_equal(deletes.failures, 0);
	store_queue_exists(queue, "absent", see, &gone);
	store_queue_delete(queue, "absent", see, &gone);
	store_queue_wait(queue);
	assert_int_equal(gone.calls, 2);
	assert_int_equal(gone.found, 0);
	assert_int_equal(gone.failures, 0);
}

static void
test_file(void **state)
{
	struct fixture *f = fixture_new(*state);

	open_file_store(f);
	round_trip(f, true);
}

static void
test_s3(void **state)
{
	static const struct scripted_step steps[] = {
		{ "PUT /uploads/k/", SCRIPTED_REPLY, ETAG, 0 },
		{ "HEAD /uploads/k/", SCRIPTED_REPLY, EMPTY("200 OK"), 0 },
		{ "DELETE /uploads/k/", SCRIPTED_REPLY,
		    EMPTY("204 No Content"), 0 },
		{ "/uploads/absent", SCRIPTED_REPLY, EMPTY("404 Not Found"),
		    0 },
	};
	struct fixture *f = fixture_new(*state);

	open_s3_store(f, steps, ARRAY_COUNT(steps));
	round_trip(f, false);
	assert_true(scripted_connections(f->server) <= LIMIT + 1);
	assert_int_equal(scripted_count(f->server, "PUT "), JOBS);
}

/* A bad key, a missing file, a refusal: each is told once, others go on. */
static void
test_failures(void **state)
{
	static const struct scripted_step steps[] = {
		{ "PUT /uploads/denied", SCRIPTED_REPLY,
		    EMPTY("403 Forbidden"), 0 },
		{ "PUT /uploads/there", SCRIPTED_REPLY,
		    EMPTY("412 Precondition Failed"), 0 },
		{ "PUT /uploads/good", SCRIPTED_REPLY, ETAG, 0 },
	};
	static const struct {
		const char *key, *path;
		bool is_new_only;
		enum err_kind kind;
	} rows[] = {
		{ "a/../b", NULL, false, ERR_INVALID },
		{ "good", "/nonexistent/file", false, ERR_NOT_FOUND },
		{ "good", "/dev/null", false, ERR_INVALID },
		{ "denied", NULL, false, ERR_UPSTREAM },
		{ "there", NULL, true, ERR_CONFLICT },
		{ "good", NULL, false, ERR_NONE },
	};
	struct fixture *f = fixture_new(*state);
	struct seen seen[ARRAY_COUNT(rows)] = { { 0 } };
	struct store_queue *queue;

	open_s3_store(f, steps, ARRAY_COUNT(steps));
	queue = store_queue_new(f->store, f->pool, 2);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct store_upload upload = {
			.object = { .key = rows[i].key,
			    .is_new_only = rows[i].is_new_only },
			.path = rows[i].path,
			.bytes = slice_str("a")
		};

		store_queue_put(queue, &upload, see, &seen[i]);
	}
	store_queue_wait(queue);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(seen[i].calls, 1);
		assert_int_equal(seen[i].kind, rows[i].kind);
	}
}

/* Each `done` starts the next, with the queue full. */
struct chain {
	struct store_queue *queue;
	int left;
};

static void
go_on(void *arg, const struct store_result *result)
{
	struct chain *chain = arg;

	assert_int_equal(result->status, 0);
	if (chain->left > 0) {
		chain->left--;
		store_queue_delete(chain->queue, "k", go_on, chain);
	}
}

static void
test_chain(void **state)
{
	static const struct scripted_step steps[] = {
		{ "DELETE ", SCRIPTED_REPLY, EMPTY("204 No Content"), 0 },
	};
	struct fixture *f = fixture_new(*state);
	struct chain chain = { .left = JOBS };

	open_s3_store(f, steps, ARRAY_COUNT(steps));
	chain.queue = store_queue_new(f->store, f->pool, 2);
	for (int i = 0; i < 4; i++)
		store_queue_delete(chain.queue, "k", go_on, &chain);
	store_queue_wait(chain.queue);
	assert_int_equal(chain.left, 0);
	assert_int_equal(scripted_count(f->server, "DELETE "), JOBS + 4);
}

/* Nobody answers: what is under way is broken off and not told of. */
static void
test_cancel(void **state)
{
	static const struct scripted_step steps[] = {
		{ "", SCRIPTED_SILENT, NULL, 0 },
	};
	struct fixture *f = fixture_new(*state);
	struct pool *pool = pool_new();
	struct seen seen = { 0 };
	struct store_queue *queue;

	open_s3_store(f, steps, ARRAY_COUNT(steps));
	queue = store_queue_new(f->store, pool, LIMIT);
	for (int i = 0; i < LIMIT; i++)
		put_text(queue, "k", "a", &seen);
	store_queue_cancel(queue);
	store_queue_wait(queue);
	/* The queue can be used again, and goes with its pool. */
	put_text(queue, "k", "a", &seen);
	pool_free(&pool);
	assert_int_equal(seen.calls, 0);
}

static void
test_presign(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	const struct store_access access = { .method = "GET",
		.key = "k",
		.content_length = -1,
		.expires_secs = 60,
		.origin = "" };
	const struct store_access bad = { .method = "GET",
		.key = "..",
		.content_length = -1,
		.expires_secs = 60,
		.origin = "" };
	struct fixture *f = fixture_new(*state);
	struct seen seen = { 0 };
	struct store_queue *queue;

	f->world.clock.fixed_ms = INT64_C(1369353600000);
	open_s3_store(f, steps, ARRAY_COUNT(steps));
	queue = store_queue_new(f->store, f->pool, 1);
	store_queue_presign(queue, &access, see, &seen);
	assert_int_equal(seen.calls, 1);
	assert_true(slice_has_prefix(slice_str(seen.url), "http://127.0.0.1:"));
	store_queue_presign(queue, &bad, see, &seen);
	assert_int_equal(seen.kind, ERR_INVALID);
	assert_int_equal(scripted_connections(f->server), 0);
}

/* before_send may stop an upload; nothing leaves then. */
static int
refuse(void *arg, struct err *err)
{
	(void)arg;
	return err_set(err, ERR_TOO_MANY, "not now");
}

static void
test_before_send(void **state)
{
	static const struct scripted_step steps[] = { { .match = "" } };
	struct fixture *f = fixture_new(*state);
	const struct store_upload upload = {
		.object = { .key = "k", .events = { .before_send = refuse } },
		.bytes = slice_str("a")
	};
	struct seen seen = { 0 };
	struct store_queue *queue;

	open_s3_store(f, steps, ARRAY_COUNT(steps));
	queue = store_queue_new(f->store, f->pool, 1);
	store_queue_put(queue, &upload, see, &seen);
	store_queue_wait(queue);
	assert_int_equal(seen.kind, ERR_TOO_MANY);
	assert_int_equal(scripted_connections(f->server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_file),
		POOL_TEST(test_s3),
		POOL_TEST(test_failures),
		POOL_TEST(test_chain),
		POOL_TEST(test_cancel),
		POOL_TEST(test_presign),
		POOL_TEST(test_before_send),
	};

	return cmocka_run_group_tests_name("store/queue", tests, NULL, NULL);
}
