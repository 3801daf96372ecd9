/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/file_private.h"

static const char *const state_names[FILE_STATE_COUNT] = {
	[FILE_PENDING] = "pending",
	[FILE_LIVE] = "live",
	[FILE_TRASHED] = "trashed",
	[FILE_REJECTED] = "rejected",
	[FILE_GONE] = "gone",
};

const char *
file_state_name(enum file_state state)
{
	return state_names[state];
}

/* A key is never used twice. */
const char *
file_cache_control(const struct file *file)
{
	return file->is_public ? "public, max-age=31536000, immutable" : NULL;
}

/* Documents may hold scripts, and what is public is read from our own host. */
const char *
file_disposition(const struct file *file)
{
	return file->is_public && file->kind == FILE_DOCUMENT ?
	    "attachment" : NULL;
}

static int
state_find(const char *name, enum file_state *state_r, struct err *err)
{
	for (size_t i = 0; i < FILE_STATE_COUNT; i++)
		if (strcmp(name, state_names[i]) == 0) {
			*state_r = (enum file_state)i;
			return 0;
		}
	return err_set(err, ERR_INTERNAL, "unknown file state \"%s\"", name);
}

static void
read_texts(const struct sql_rows *rows, size_t row, struct file *file)
{
	file->provider = sql_text(rows, row, 3);
	file->bucket = sql_text(rows, row, 4);
	file->key = sql_text(rows, row, 5);
	file->original_name = sql_text(rows, row, 6);
	file->content_type = sql_text(rows, row, 7);
	file->sha256 = sql_text(rows, row, 8);
	file->etag = sql_text(rows, row, 9);
	file->owner = sql_text(rows, row, 10);
	file->athlete_id = sql_text(rows, row, 12);
	file->refusal = sql_text(rows, row, 13);
	file->declared_type = sql_text(rows, row, 14);
	file->declared_sha256 = sql_text(rows, row, 15);
	file->upload_key = sql_text(rows, row, 16);
	file->alt_text = sql_text(rows, row, 31);
	file->tags = sql_text(rows, row, 32);
}

static void
read_numbers(const struct sql_rows *rows, size_t row, struct file *file)
{
	file->id = sql_int(rows, row, 0);
	file->tenant_id = sql_int(rows, row, 1);
	file->size_bytes = sql_int(rows, row, 17);
	file->width = sql_int(rows, row, 18);
	file->height = sql_int(rows, row, 19);
	file->frames = sql_int(rows, row, 20);
	file->orientation = (int)sql_int(rows, row, 21);
	file->is_public = sql_int(rows, row, 22) != 0;
	file->created_secs = sql_int(rows, row, 23);
	file->expires_secs = sql_int(rows, row, 24);
	file->declared_bytes = sql_int(rows, row, 25);
	file->is_sha256_signed = sql_int(rows, row, 26) != 0;
	file->url_expires_secs = sql_int(rows, row, 27);
	file->charged_bytes = sql_int(rows, row, 28);
	file->version = sql_int(rows, row, 29);
	file->updated_secs = sql_int(rows, row, 30);
	file->share_version = sql_int(rows, row, 33);
}

int
file_read_row(const struct sql_rows *rows, size_t row, struct file *file_r,
    struct err *err)
{
	const char *kind = sql_text(rows, row, 11);

	*file_r = (struct file){ .id = 0 };
	if (state_find(sql_text(rows, row, 2), &file_r->state, err) == -1)
		return -1;
	if (!file_kind_find(slice_str(kind), &file_r->kind))
		return err_set(err, ERR_INTERNAL, "unknown file kind \"%s\"",
		    kind);
	read_texts(rows, row, file_r);
	read_numbers(rows, row, file_r);
	return 0;
}

int
file_read_rows(struct pool *pool, const struct sql_rows *rows,
    struct file **files_r, size_t *count_r, struct err *err)
{
	struct file *files = pool_alloc_array(pool, rows->count + 1,
	    sizeof(*files));

	for (size_t i = 0; i < rows->count; i++)
		if (file_read_row(rows, i, &files[i], err) == -1)
			return -1;
	*files_r = files;
	*count_r = rows->count;
	return 0;
}
