/* SPDX-License-Identifier: MIT */
#include "codec/date.h"
#include "web/file_view.h"
#include "web/product_view.h"
#include "web/view.h"

/* clang-format off */
static const struct member file_members[] = {
	{ "file_id", MEMBER_NUMBER },
	{ "status", MEMBER_TEXT, .choices = "pending live trashed rejected gone" },
	{ "key", MEMBER_TEXT, .about = "The object's name in the store." },
	{ "original_filename", MEMBER_TEXT },
	{ "file_type", MEMBER_TEXT, .choices = "image video audio document" },
	{ "content_type", MEMBER_TEXT },
	{ "size", MEMBER_NUMBER, .about = "Bytes." },
	{ "sha256", MEMBER_TEXT, .is_nullable = true,
	    .about = "Hexadecimal; null while nobody has read the whole." },
	{ "width", MEMBER_NUMBER, .is_optional = true },
	{ "height", MEMBER_NUMBER, .is_optional = true },
	{ "frames", MEMBER_NUMBER, .is_optional = true },
	{ "orientation", MEMBER_NUMBER, .is_optional = true,
	    .about = "As EXIF has it, 1 to 8." },
	{ "is_public", MEMBER_BOOL },
	{ "owner", MEMBER_TEXT, .is_nullable = true,
	    .about = "The user's id in keys; null: a page of ours." },
	{ "athlete_id", MEMBER_TEXT, .is_nullable = true },
	{ "alt_text", MEMBER_TEXT, .is_nullable = true },
	{ "tags", MEMBER_TEXTS },
	{ "version", MEMBER_NUMBER, .about = "Grows with each change." },
	{ "created_at", MEMBER_TIME },
	{ "updated_at", MEMBER_TIME },
	{ "restorable_until", MEMBER_TIME, .is_optional = true,
	    .about = "Of a file in the trash." },
	{ "url", MEMBER_TEXT, .is_optional = true,
	    .about = "Of a public file." },
	{ "links", MEMBER_MAP, .about = "Where to find it in this API." },
	{ .name = NULL },
};
/* clang-format on */
const struct schema file_schema = { "File", file_members };

/* null stands for what is not known. */
static void
set_known(struct json *object, const char *name, const char *text)
{
	if (*text == '\0')
		json_set_null(object, name);
	else
		json_set_text(object, name, text);
}

static void
add_picture(const struct file *file, struct json *object)
{
	if (file->width == 0)
		return;
	json_set_number(object, "width", file->width);
	json_set_number(object, "height", file->height);
	json_set_number(object, "frames", file->frames);
	if (file->orientation > 0)
		json_set_number(object, "orientation", file->orientation);
}

static void
add_tags(struct pool *pool, const struct file *file, struct json *object)
{
	struct slice rest = slice_str(file->tags), tag;
	struct json *tags = json_set_array(object, "tags");

	while (slice_next(&rest, ',', &tag))
		if (tag.len > 0)
			json_add_text(tags,
			    slice_dup(pool, tag));
}

static void
add_times(struct pool *pool, const struct file *file, struct json *object)
{
	json_set_text(object, "created_at", date_iso(pool, file->created_secs));
	json_set_text(object, "updated_at", date_iso(pool, file->updated_secs));
	if (file->state == FILE_TRASHED)
		json_set_text(object, "restorable_until",
		    date_iso(pool, file->expires_secs));
}

/* What is in the trash has no content for anybody. */
static void
add_links(const struct app *app, const struct request *request,
    const struct file *file, struct json *object)
{
	static const struct {
		const char *name, *path;
	} contents[] = {
		{ "download", "/download" },
		{ "presigned_url", "/presigned-url" },
	};
	struct json *links = json_set_object(object, "links");
	const char *self = pool_format(request->pool, "%s/files/%lld",
	    view_origin(app, request), (long long)file->id);

	json_set_text(links, "self", self);
	if (file->state == FILE_TRASHED)
		json_set_text(links, "restore",
		    pool_format(request->pool, "%s/restore", self));
	for (size_t i = 0; file->state == FILE_LIVE &&
	     i < ARRAY_COUNT(contents); i++)
		json_set_text(links, contents[i].name,
		    pool_format(request->pool, "%s%s", self,
			contents[i].path));
}

const char *
file_etag(struct pool *pool, const struct file *file)
{
	return pool_format(pool, "\"%lld-%lld\"", (long long)file->id,
	    (long long)file->version);
}

void
file_view(const struct app *app, const struct request *request,
    const struct file *file, struct json *object)
{
	json_set_number(object, "file_id", file->id);
	json_set_text(object, "status", file_state_name(file->state));
	json_set_text(object, "key", file->key);
	json_set_text(object, "original_filename", file->original_name);
	json_set_text(object, "file_type", file_kind_name(file->kind));
	json_set_text(object, "content_type", file->content_type);
	json_set_number(object, "size", file->size_bytes);
	set_known(object, "sha256", file->sha256);
	add_picture(file, object);
	json_set_bool(object, "is_public", file->is_public);
	set_known(object, "owner", file->owner);
	set_known(object, "athlete_id", file->athlete_id);
	set_known(object, "alt_text", file->alt_text);
	add_tags(request->pool, file, object);
	json_set_number(object, "version", file->version);
	add_times(request->pool, file, object);
	if (file->is_public && file->state == FILE_LIVE)
		json_set_text(object, "url",
		    product_image_url(app, request, file->key));
	add_links(app, request, file, object);
}
