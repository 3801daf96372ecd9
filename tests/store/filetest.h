/*
 * A file store in a folder of its own, for the tests of its parts.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_FILETEST_H
#define STORE_FILETEST_H

#include "lib/check.h"
#include "lib/tmpdir.h"

#include "base/buf.h"
#include "store/manage.h"
#include "store/open.h"

#define FILETEST_SECRET "0123456789abcdef0123456789abcdef"

enum { FILETEST_NOW_SECS = 1795356000 };

struct filetest {
	struct pool *pool;
	const char *root;
	struct store *store;
	struct clock clock;
};

static inline int
filetest_setup(void **state)
{
	struct filetest *f = calloc(1, sizeof(*f));
	struct store_file_config config = { .bucket = "uploads",
		.public_url = "",
		.public_prefixes = "products/",
		.secret = FILETEST_SECRET,
		.clock = &f->clock };
	struct err err = ERR_INIT;
	bool created;

	f->clock.fixed_ms = (int64_t)FILETEST_NOW_SECS * 1000;
	f->pool = pool_new();
	f->root = pool_format(f->pool, "%s/store", tmpdir_new(f->pool));
	config.root = f->root;
	if (store_open_file(f->pool, &config, &f->store, &err) == -1 ||
	    store_prepare(f->store, &created, &err) == -1)
		fail_msg("%s", err.text);
	*state = f;
	return 0;
}

static inline int
filetest_teardown(void **state)
{
	struct filetest *f = *state;

	pool_free(&f->pool);
	free(f);
	return 0;
}

#define FILETEST(name) \
	cmocka_unit_test_setup_teardown(name, filetest_setup, \
	    filetest_teardown)

static inline void
filetest_put(struct filetest *f, const char *key, const char *text)
{
	const struct store_object object = { .key = key,
		.content_type = "text/plain",
		.content_disposition = "inline" };
	struct store_writer *writer;
	struct store_stored stored;
	struct err err = ERR_INIT;

	if (store_writer_open(f->store, f->pool, &object, &writer, &err) ==
		-1 ||
	    store_writer_write(writer, slice_str(text), &err) == -1 ||
	    store_writer_commit(writer, &stored, &err) == -1)
		fail_msg("%s: %s", key, err.text);
}

static inline int
filetest_collect(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	return buf_slice(arg, bytes);
}

/* An object's bytes, or "(absent)". */
static inline const char *
filetest_get(struct filetest *f, const char *key)
{
	struct buf buf;
	struct err err = ERR_INIT;

	buf_init(&buf, f->pool, 64 * 1024 * 1024);
	if (store_get(f->store, key, 0, -1, filetest_collect, &buf, &err) ==
	    -1)
		return "(absent)";
	return slice_dup(f->pool, buf_view(&buf));
}

static inline struct store_info
filetest_head(struct filetest *f, const char *key)
{
	struct store_info info;
	struct err err = ERR_INIT;

	if (store_head(f->store, f->pool, key, &info, &err) != 1)
		fail_msg("%s: %s", key, err.text);
	return info;
}

/* Files below a folder of the store, such as ".tmp". */
static inline int
filetest_count(struct filetest *f, const char *folder)
{
	return tmpdir_count(pool_format(f->pool, "%s/%s", f->root, folder));
}

#endif
