/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/url.h"
#include "store/presign.h"
#include "web/caller.h"
#include "web/file_card.h"
#include "web/product_view.h"
#include "web/view.h"

enum { THUMB_BYTES_MAX = 1024 * 1024 };

const char *
file_card_kind(enum lang lang, enum file_kind kind)
{
	static const char *const names[FILE_KIND_COUNT] = {
		[FILE_IMAGE] = N_("Image"),
		[FILE_VIDEO] = N_("Video"),
		[FILE_AUDIO] = N_("Audio"),
		[FILE_DOCUMENT] = N_("Document"),
	};

	return lang_text(lang, names[kind]);
}

const char *
file_card_url(const struct request *request, const struct file *file,
    const char *word)
{
	return view_url(request, "/files/%lld%s%s", (long long)file->id,
	    *word == '\0' ? "" : "/", word);
}

/* In the trash nobody sees it, though it will be public again. */
static bool
is_open(const struct file *file)
{
	return file->is_public && file->state == FILE_LIVE;
}

/* ---- the picture ---- */

static const char *
presign_preview(const struct app *app, const struct request *request,
    const struct file *file)
{
	const struct store_access access = { .method = "GET",
		.key = file->key,
		.part_number = -1,
		.content_length = -1,
		.response_type = file->content_type,
		.response_disposition = "inline",
		.expires_secs = FILE_CARD_PREVIEW_SECS,
		.origin = view_origin(app, request) };
	struct store_presigned presigned;
	struct err err = ERR_INIT;

	if (store_presign(app->backend.store, request->pool, &access,
		&presigned, &err) == 0)
		return presigned.url;
	log_warning(&request->log, "preview: %s", err.text);
	return NULL;
}

const char *
file_card_preview(const struct app *app, const struct request *request,
    const struct file *file)
{
	const struct store *store = app->backend.store;

	if (file->kind != FILE_IMAGE || file->width == 0 ||
	    strcmp(file->provider, store_driver(store)) != 0 ||
	    strcmp(file->bucket, store_bucket(store)) != 0)
		return NULL;
	if (is_open(file))
		return product_image_url(app, request, file->key);
	return presign_preview(app, request, file);
}

/* ---- what lists show ---- */

static void
add_tags(const struct request *request, const struct file *file,
    struct json *object)
{
	struct slice rest = slice_str(file->tags), tag;
	struct json *tags;

	json_set_bool(object, "has_tags", *file->tags != '\0');
	if (*file->tags == '\0')
		return;
	tags = json_set_array(object, "tags");
	while (slice_next(&rest, ',', &tag)) {
		struct json *row = json_add_object(tags);

		json_set_slice(row, "name", tag);
		json_set_text(row, "tag_url",
		    view_url(request, "/files?q=%s",
			url_encoded(request->pool, tag)));
	}
}

/*
 * There are no smaller pictures than the originals, so only light ones stand
 * in lists; and no private ones, since a look at each of those is noted
 * (F4), which only the page of the file does.
 */
static void
add_thumb(const struct app *app, const struct request *request,
    const struct file *file, struct json *object)
{
	const char *url;

	if (file->size_bytes > THUMB_BYTES_MAX || !is_open(file))
		return;
	url = file_card_preview(app, request, file);
	if (url != NULL)
		json_set_text(object, "thumb_url", url);
}

static void
add_ways_out(const struct request *request, const struct file *file,
    struct json *object)
{
	json_set_text(object, "restore_url",
	    file_card_url(request, file, "restore"));
	json_set_text(object, "erase_url",
	    file_card_url(request, file, "erase"));
	if (file->expires_secs > 0)
		view_set_time(object, request->pool, "until",
		    file->expires_secs);
}

void
file_card_view(const struct app *app, const struct request *request,
    const struct file *file, struct json *object)
{
	json_set_number(object, "id", file->id);
	json_set_text(object, "name", file->original_name);
	json_set_text(object, "url", file_card_url(request, file, ""));
	json_set_text(object, "download_url",
	    file_card_url(request, file, "download"));
	json_set_text(object, "kind", file_kind_name(file->kind));
	json_set_text(object, "kind_text",
	    file_card_kind(request->lang, file->kind));
	json_set_text(object, "size_text",
	    view_size(request->pool, file->size_bytes));
	json_set_bool(object, "is_public", is_open(file));
	json_set_bool(object, "is_trashed", file->state == FILE_TRASHED);
	view_set_time(object, request->pool, "created", file->created_secs);
	if (file->state == FILE_TRASHED)
		add_ways_out(request, file, object);
	add_tags(request, file, object);
	add_thumb(app, request, file, object);
}

/* ---- what its own page shows ---- */

static void
set_known(struct json *object, const char *name, const char *text)
{
	if (*text != '\0')
		json_set_text(object, name, text);
}

static void
add_picture(const struct app *app, const struct request *request,
    const struct file *file, struct json *object)
{
	const char *url = file_card_preview(app, request, file);

	if (url != NULL)
		json_set_text(object, "preview_url", url);
	if (file->width == 0)
		return;
	json_set_number(object, "width", file->width);
	json_set_number(object, "height", file->height);
	if (file->frames > 1)
		json_set_number(object, "frames", file->frames);
}

static bool
is_own(const struct request *request, const struct file *file)
{
	return strcmp(file->owner, request->caller->id) == 0;
}

static void
add_owner(const struct request *request, const struct file *file,
    struct json *object)
{
	json_set_bool(object, "is_own", is_own(request, file));
	set_known(object, "owner", file->owner);
}

void
file_card_details(const struct app *app, const struct request *request,
    const struct file *file, struct json *object)
{
	file_card_view(app, request, file, object);
	add_picture(app, request, file, object);
	add_owner(request, file, object);
	json_set_text(object, "type", file->content_type);
	json_set_number(object, "size", file->size_bytes);
	json_set_text(object, "alt",
	    *file->alt_text == '\0' ? file->original_name : file->alt_text);
	set_known(object, "description", file->alt_text);
	set_known(object, "athlete_id", file->athlete_id);
	set_known(object, "sha256", file->sha256);
	json_set_number(object, "version", file->version);
	view_set_time(object, request->pool, "updated", file->updated_secs);
	if (is_open(file))
		json_set_text(object, "public_url",
		    product_image_url(app, request, file->key));
}
