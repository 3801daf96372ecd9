/* SPDX-License-Identifier: MIT */
#include "filetest.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/serve.h"

#define KEY "users/7/big"

static const char *
begin(struct filetest *f)
{
	static const struct store_header meta[] = { { "x-amz-meta-a", "b" } };
	const struct store_object object = { .key = KEY,
		.content_type = "video/mp4",
		.cache_control = "private",
		.meta = meta,
		.meta_count = 1 };
	struct err err = ERR_INIT;
	const char *id;

	if (store_multipart_create(f->store, f->pool, &object, &id, &err) ==
	    -1)
		fail_msg("%s", err.text);
	return id;
}

/* `filler` STORE_PART_BYTES_MIN times when it is not 0, and then the text. */
static int
put_part(struct filetest *f, const char *id, int number, char filler,
    const char *text, struct err *err)
{
	const struct store_part_name part = { .upload = { KEY, id },
		.number = number };
	struct pool *pool = pool_new();
	char *bytes = pool_alloc(pool, STORE_PART_BYTES_MIN);
	struct store_writer *writer;
	struct store_stored stored;
	int result = store_part_open(f->store, pool, &part, &writer, err);

	memset(bytes, filler, STORE_PART_BYTES_MIN);
	if (result == 0 && filler != '\0')
		result = store_writer_write(writer,
		    slice_make(bytes, STORE_PART_BYTES_MIN), err);
	if (result == 0)
		result = store_writer_write(writer, slice_str(text), err);
	if (result == 0)
		result = store_writer_commit(writer, &stored, err);
	pool_free(&pool);
	return result;
}

static struct store_parts
list_parts(struct filetest *f, const char *id)
{
	const struct store_multipart upload = { KEY, id };
	struct store_parts parts;
	struct err err = ERR_INIT;

	if (store_multipart_parts(f->store, f->pool, &upload, &parts, &err) ==
	    -1)
		fail_msg("%s", err.text);
	return parts;
}

static int
complete(struct filetest *f, const char *id, const struct store_parts *parts,
    bool is_new_only, struct err *err)
{
	const struct store_complete complete = { .upload = { KEY, id },
		.parts = parts->parts,
		.count = parts->count,
		.is_new_only = is_new_only };
	const char *etag;

	return store_multipart_complete(f->store, f->pool, &complete, &etag,
	    err);
}

static size_t
count_unfinished(struct filetest *f)
{
	struct store_unfinished *uploads;
	struct err err = ERR_INIT;
	size_t count;

	if (store_multipart_list(f->store, f->pool, &uploads, &count, &err) ==
	    -1)
		fail_msg("%s", err.text);
	return count;
}

static void
test_complete(void **state)
{
	/* SHA-256 of those of 5 MiB of "a" with "1" behind, and of "end". */
	static const char etag[] = "0f30cdc4eec6a239523c7876f9081563"
				   "4a7595cbcbd3a51146df3d5be3296e5b-2";
	struct filetest *f = *state;
	const char *id = begin(f), *text;
	struct store_parts parts;
	struct store_info info;
	struct err err = ERR_INIT;

	/* In any order, and again. */
	assert_int_equal(put_part(f, id, 10000, 0, "end", &err), 0);
	assert_int_equal(put_part(f, id, 2, 0, "old", &err), 0);
	assert_int_equal(put_part(f, id, 2, 'a', "1", &err), 0);
	assert_int_equal(put_part(f, id, 7, 0, "left out", &err), 0);
	parts = list_parts(f, id);
	assert_int_equal(parts.count, 3);
	assert_int_equal(parts.parts[0].number, 2);
	assert_int_equal(parts.parts[0].size_bytes, STORE_PART_BYTES_MIN + 1);
	assert_int_equal(parts.parts[1].number, 7);
	assert_int_equal(parts.parts[2].number, 10000);
	assert_int_equal(parts.parts[2].size_bytes, 3);
	assert_string_equal(filetest_get(f, KEY), "(absent)");

	parts.parts[1] = parts.parts[2];
	parts.count = 2;
	assert_int_equal(complete(f, id, &parts, true, &err), 0);
	text = filetest_get(f, KEY);
	assert_int_equal(strlen(text), STORE_PART_BYTES_MIN + 4);
	assert_string_equal(text + STORE_PART_BYTES_MIN - 1, "a1end");
	info = filetest_head(f, KEY);
	assert_string_equal(info.content_type, "video/mp4");
	assert_string_equal(info.cache_control, "private");
	assert_int_equal(info.meta_count, 1);
	assert_string_equal(info.meta[0].value, "b");
	assert_string_equal(info.etag, etag);
	assert_int_equal(filetest_count(f, ".parts"), 0);
	assert_int_equal(filetest_count(f, ".tmp"), 0);
	assert_int_equal(count_unfinished(f), 0);
	/* It is gone, so it cannot happen twice. */
	assert_int_equal(complete(f, id, &parts, true, &err), -1);
	assert_string_equal(err.code, "NoSuchUpload");
}

static void
test_refused(void **state)
{
	static const struct {
		struct store_part parts[2];
		size_t count;
		const char *code;
	} rows[] = {
		{ { { 0 } }, 0, "InvalidPart" },
		{ { { .number = 3, .etag = "" } }, 1, "InvalidPart" },
		{ { { .number = 1, .etag = "" } }, 1, "InvalidPart" },
		{ { { .number = 1, .etag = "xyz" } }, 1, "InvalidPart" },
		{ { { .number = 1 }, { .number = 1 } }, 2,
		    "InvalidPartOrder" },
		{ { { .number = 2 }, { .number = 1 } }, 2,
		    "InvalidPartOrder" },
		{ { { .number = 1 }, { .number = 2 } }, 2, "EntityTooSmall" },
	};
	struct filetest *f = *state;
	const char *id = begin(f);
	struct store_parts there;
	struct err err = ERR_INIT;

	assert_int_equal(put_part(f, id, 1, 0, "too small", &err), 0);
	assert_int_equal(put_part(f, id, 2, 0, "end", &err), 0);
	there = list_parts(f, id);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct store_part parts[2] = { rows[i].parts[0],
			rows[i].parts[1] };
		const struct store_parts wanted = { parts, rows[i].count };

		for (size_t j = 0; j < 2; j++)
			if (parts[j].etag == NULL)
				parts[j].etag = there.parts[j].etag;
		err_clear(&err);
		assert_int_equal(complete(f, id, &wanted, false, &err), -1);
		assert_string_equal(err.code, rows[i].code);
	}
	/* And one that is there already stays. */
	filetest_put(f, KEY, "first");
	there.count = 1;
	assert_int_equal(complete(f, id, &there, true, &err), -1);
	assert_int_equal(err.kind, ERR_CONFLICT);
	assert_string_equal(filetest_get(f, KEY), "first");
	assert_int_equal(filetest_count(f, ".tmp"), 0);
	assert_int_equal(complete(f, id, &there, false, &err), 0);
	assert_string_equal(filetest_get(f, KEY), "too small");
}

static void
test_no_upload(void **state)
{
	static const char *const ids[] = { "", "x", "..",
		"0123456789abcdef0123456789abcdef",
		"0123456789ABCDEF0123456789ABCDEF",
		"../../../../../../../../../../x/" };
	struct filetest *f = *state;
	const struct store_part_name other = { .upload = { "users/8/big",
						   begin(f) },
		.number = 1 };
	struct store_writer *writer;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
		const struct store_multipart upload = { KEY, ids[i] };
		struct store_parts parts;

		err_clear(&err);
		assert_int_equal(put_part(f, ids[i], 1, 0, "x", &err), -1);
		assert_string_equal(err.code, "NoSuchUpload");
		assert_int_equal(store_multipart_parts(f->store, f->pool,
				     &upload, &parts, &err),
		    -1);
		assert_string_equal(err.code, "NoSuchUpload");
	}
	/* The id of one key is none of another. */
	assert_int_equal(store_part_open(f->store, f->pool, &other, &writer,
			     &err),
	    -1);
	assert_string_equal(err.code, "NoSuchUpload");
	assert_int_equal(store_multipart_abort(f->store, "users/8/big",
			     other.upload.upload_id, &err),
	    0);
	assert_int_equal(count_unfinished(f), 1);
	assert_int_equal(filetest_count(f, ".tmp"), 0);
}

/* Aborted while a part is on its way: the part finds nobody. */
static void
test_abort(void **state)
{
	struct filetest *f = *state;
	const char *id = begin(f);
	const struct store_part_name part = { .upload = { KEY, id },
		.number = 2 };
	struct store_unfinished *uploads;
	struct store_writer *writer;
	struct store_stored stored;
	struct err err = ERR_INIT;
	size_t count;

	assert_int_equal(put_part(f, id, 1, 0, "x", &err), 0);
	assert_int_equal(
	    store_part_open(f->store, f->pool, &part, &writer, &err), 0);
	assert_int_equal(store_multipart_list(f->store, f->pool, &uploads,
			     &count, &err),
	    0);
	assert_int_equal(count, 1);
	assert_string_equal(uploads[0].key, KEY);
	assert_string_equal(uploads[0].upload_id, id);
	assert_true(uploads[0].begun_secs > 1700000000);
	for (int i = 0; i < 2; i++)
		assert_int_equal(store_multipart_abort(f->store, KEY, id, &err),
		    0);
	assert_int_equal(count_unfinished(f), 0);
	assert_int_equal(store_writer_commit(writer, &stored, &err), -1);
	assert_string_equal(err.code, "NoSuchUpload");
	assert_int_equal(filetest_count(f, ".parts"), 0);
	assert_int_equal(filetest_count(f, ".tmp"), 0);
}

static void
make_old(const char *path)
{
	const struct timespec then[2] = { { .tv_sec = 1000000000 },
		{ .tv_sec = 1000000000 } };

	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
}

/* What a process that was killed left between two steps. */
static void
test_leftovers(void **state)
{
	struct filetest *f = *state;
	const char *fresh = pool_format(f->pool,
	    "%s/.parts/uploads/0123456789abcdef0123456789abcdef", f->root);
	const char *old = pool_format(f->pool,
	    "%s/.parts/uploads/0123456789abcdef0123456789abcdee", f->root);

	assert_int_equal(mkdir(fresh, 0700), 0);
	assert_int_equal(mkdir(old, 0700), 0);
	make_old(old);
	assert_int_equal(count_unfinished(f), 0);
	assert_int_equal(access(fresh, F_OK), 0);
	assert_int_equal(access(old, F_OK), -1);
}

/* An installation from before there were uploads in parts. */
static void
test_no_folder_yet(void **state)
{
	struct filetest *f = *state;

	assert_int_equal(rmdir(pool_format(f->pool, "%s/.parts/uploads",
			     f->root)),
	    0);
	assert_int_equal(rmdir(pool_format(f->pool, "%s/.parts", f->root)), 0);
	assert_int_equal(count_unfinished(f), 0);
	(void)begin(f);
	assert_int_equal(count_unfinished(f), 1);
}

enum { RIVALS = 4 };

struct rival {
	struct filetest *f;
	const char *id;
	struct store_parts parts;
	int result;
	struct err err;
};

static void *
run_rival(void *arg)
{
	struct rival *rival = arg;
	const struct store_complete complete = { .upload = { KEY, rival->id },
		.parts = rival->parts.parts,
		.count = rival->parts.count };
	struct pool *pool = pool_new();
	const char *etag;

	rival->result = store_multipart_complete(rival->f->store, pool,
	    &complete, &etag, &rival->err);
	pool_free(&pool);
	return NULL;
}

static void
test_rivals(void **state)
{
	struct filetest *f = *state;
	const char *id = begin(f);
	struct rival rivals[RIVALS];
	pthread_t threads[RIVALS];
	struct err err = ERR_INIT;
	int winners = 0;

	assert_int_equal(put_part(f, id, 1, 0, "x", &err), 0);
	for (size_t i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){ .f = f,
			.id = id,
			.parts = list_parts(f, id) };
	}
	for (size_t i = 0; i < RIVALS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_rival,
				     &rivals[i]),
		    0);
	for (size_t i = 0; i < RIVALS; i++) {
		(void)pthread_join(threads[i], NULL);
		winners += rivals[i].result == 0;
		if (rivals[i].result == -1)
			assert_string_equal(rivals[i].err.code,
			    "NoSuchUpload");
	}
	assert_int_equal(winners, 1);
	assert_string_equal(filetest_get(f, KEY), "x");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FILETEST(test_complete),
		FILETEST(test_refused),
		FILETEST(test_no_upload),
		FILETEST(test_abort),
		FILETEST(test_leftovers),
		FILETEST(test_no_folder_yet),
		FILETEST(test_rivals),
	};

	return cmocka_run_group_tests_name("store/file_multipart", tests, NULL,
	    NULL);
}
