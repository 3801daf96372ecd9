/* SPDX-License-Identifier: MIT */
#include "codec/date.h"
#include "web/file_view.h"
#include "web/product_view.h"

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
	{ "athlete_id", MEMBER_TEXT, .is_nullable = true },
	{ "created_at", MEMBER_TIME },
	{ "url", MEMBER_TEXT, .is_optional = true,
	    .about = "Of a public file." },
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
	set_known(object, "athlete_id", file->athlete_id);
	json_set_text(object, "created_at",
	    date_iso(request->pool, file->created_secs));
	if (file->is_public)
		json_set_text(object, "url",
		    product_image_url(app, request, file->key));
}
