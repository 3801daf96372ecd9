/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "model/keys.h"
#include "web/csrf.h"
#include "web/file_form.h"
#include "web/form_text.h"

enum { TAGS_TEXT_MAX = FILE_TAGS_MAX * (FILE_TAG_MAX + 2) };

/* clang-format off */
static const struct field fields[FILE_FIELD_COUNT] = {
	[FILE_FIELD_NAME] = { "name", FIELD_TEXT, .max = FILE_NAME_MAX },
	[FILE_FIELD_ALT] = { "alt_text", FIELD_TEXT, .max = FILE_ALT_MAX },
	[FILE_FIELD_TAGS] = { "tags", FIELD_TEXT, .max = TAGS_TEXT_MAX },
	[FILE_FIELD_ATHLETE] = { "athlete_id", FIELD_TEXT,
	    .max = KEYS_ATHLETE_MAX },
	[FILE_FIELD_PUBLIC] = { "is_public", FIELD_BOOL },
	[FILE_FIELD_VERSION] = { "version", FIELD_ID },
	[FILE_FIELD_CSRF] = { "csrf", FIELD_TOKEN, .max = 256 },
	[FILE_FIELD_FILES] = { "files", FIELD_FILE, .is_many = true },
};
/* clang-format on */

static const char *
text_of(const struct file_form *ff, const char *msgid)
{
	return lang_text(ff->request->lang, msgid);
}

void
file_form_init(struct file_form *ff, struct app *app, struct request *request)
{
	*ff = (struct file_form){ .app = app, .request = request };
	form_init(&ff->form, request->pool, fields, FILE_FIELD_COUNT);
}

/* "salto, final" of "salto,final". */
static const char *
spaced_tags(struct pool *pool, const char *tags)
{
	struct slice rest = slice_str(tags), tag;
	const char *text = "";

	while (slice_next(&rest, ',', &tag))
		text = pool_format(pool, "%s%s%.*s", text,
		    *text == '\0' ? "" : ", ", (int)tag.len, tag.data);
	return text;
}

void
file_form_show(struct file_form *ff, const struct file *file)
{
	struct form_value *values = ff->form.values;
	struct pool *pool = ff->request->pool;

	values[FILE_FIELD_NAME].text = file->original_name;
	values[FILE_FIELD_ALT].text = file->alt_text;
	values[FILE_FIELD_TAGS].text = spaced_tags(pool, file->tags);
	values[FILE_FIELD_ATHLETE].text = file->athlete_id;
	values[FILE_FIELD_PUBLIC].number = file->is_public ? 1 : 0;
	values[FILE_FIELD_VERSION].number = file->version;
}

/* ---- what is wrong, in words ---- */

/* Codes of model/file_change.h and model/upload.h. */
/* clang-format off */
static const struct {
	const char *code;
	enum file_field field;
	const char *text;
} reasons[] = {
	{ "bad_name", FILE_FIELD_NAME,
	    N_("The name must keep its ending, such as “.jpg”") },
	{ "bad_tags", FILE_FIELD_TAGS,
	    N_("At most 20 tags of at most 50 characters each") },
	{ "bad_athlete_id", FILE_FIELD_ATHLETE,
	    N_("Only letters, digits, “-” and “_”") },
	{ "no_public_prefix", FILE_FIELD_PUBLIC,
	    N_("Files cannot be public here") },
	{ "prefix_is_public", FILE_FIELD_PUBLIC,
	    N_("Files of an athlete are always public here") },
};
/* clang-format on */

bool
file_form_explain(struct file_form *ff, const struct err *err)
{
	for (size_t i = 0; i < ARRAY_COUNT(reasons); i++)
		if (strcmp(err->code, reasons[i].code) == 0) {
			ff->errors[reasons[i].field] =
			    text_of(ff, reasons[i].text);
			ff->flash =
			    text_of(ff, "Please correct the marked fields");
			return true;
		}
	return false;
}

static void
check_tags(struct file_form *ff)
{
	const struct form_value *value = &ff->form.values[FILE_FIELD_TAGS];
	struct err err = ERR_INIT;

	if (value->problem == FIELD_OK &&
	    file_clean_tags(ff->request->pool, slice_str(value->text),
		&ff->tags, &err) == -1)
		(void)file_form_explain(ff, &err);
}

static void
check_athlete(struct file_form *ff)
{
	const struct form_value *value = &ff->form.values[FILE_FIELD_ATHLETE];
	struct err err = ERR_INIT;

	if (value->is_given && value->problem == FIELD_OK &&
	    keys_check_athlete(value->text, &err) == -1)
		(void)file_form_explain(ff, &err);
}

/* Reading files may have found some already. */
static void
collect_errors(struct file_form *ff)
{
	for (int id = 0; id < FILE_FIELD_VERSION; id++)
		if (ff->form.values[id].problem != FIELD_OK)
			ff->errors[id] = form_problem_text(ff->request->lang,
			    ff->form.values[id].problem);
	if (!form_is_valid(&ff->form))
		ff->flash = text_of(ff, "Please correct the marked fields");
	check_tags(ff);
	check_athlete(ff);
}

int
file_form_read(struct file_form *ff, const struct form_file_sink *sink,
    struct err *err)
{
	const struct form_input input = { .request = ff->request,
		.fields = fields,
		.count = FILE_FIELD_COUNT,
		.sink = sink,
		.body_max_bytes = sink == NULL ? FORM_FIELDS_BYTES_MAX :
						 ff->app->body_max_bytes };

	if (form_read(ff->request->pool, &input, &ff->form, err) == -1 ||
	    csrf_check_token(ff->app, ff->request,
		file_form_text(ff, FILE_FIELD_CSRF), err) == -1)
		return -1;
	collect_errors(ff);
	return 0;
}

void
file_form_require_name(struct file_form *ff)
{
	if (ff->form.values[FILE_FIELD_NAME].is_given)
		return;
	ff->errors[FILE_FIELD_NAME] =
	    form_problem_text(ff->request->lang, FIELD_MISSING);
	ff->flash = text_of(ff, "Please correct the marked fields");
}

bool
file_form_is_valid(const struct file_form *ff)
{
	return ff->flash == NULL;
}

const char *
file_form_text(const struct file_form *ff, enum file_field field)
{
	return ff->form.values[field].text;
}

void
file_form_fill(const struct file_form *ff, struct file_change *change)
{
	*change = (struct file_change){ .tags = ff->tags,
		.alt_text = file_form_text(ff, FILE_FIELD_ALT),
		.athlete_id = file_form_text(ff, FILE_FIELD_ATHLETE),
		.has_is_public = true,
		.is_public = ff->form.values[FILE_FIELD_PUBLIC].number != 0 };
}

/* ---- the form again ---- */

/* Where no prefix of theirs is public the box would only be refused. */
static bool
can_be_public(const struct file_form *ff)
{
	const struct store *store = ff->app->backend.store;

	return store_is_public(store, "general/") ||
	    store_is_public(store, "athletes/") ||
	    ff->form.values[FILE_FIELD_PUBLIC].number != 0;
}

void
file_form_view(const struct file_form *ff, struct view *view)
{
	struct json *all = json_set_object(view->data, "fields");

	view->has_form = true;
	view->is_html_only = true;
	for (int id = 0; id < FILE_FIELD_VERSION; id++) {
		struct json *field = json_set_object(all, fields[id].name);

		json_set_text(field, "value", ff->form.values[id].text);
		if (ff->errors[id] != NULL)
			json_set_text(field, "error", ff->errors[id]);
		if (id == FILE_FIELD_PUBLIC)
			json_set_bool(field, "checked",
			    ff->form.values[id].number != 0);
	}
	json_set_bool(view->data, "can_be_public", can_be_public(ff));
	if (ff->flash != NULL)
		view->flash = (struct flash){ FLASH_ERROR, ff->flash };
	json_set_bool(view->data, "has_errors", ff->flash != NULL);
}
