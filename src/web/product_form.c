/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/num.h"
#include "model/file_finish.h"
#include "model/settings.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "web/error_page.h"
#include "web/form_text.h"
#include "web/product_form.h"
#include "web/product_view.h"
#include "web/token.h"

#define REF_PURPOSE "image_ref"

/* clang-format off */
static const struct field fields[PRODUCT_FIELD_COUNT] = {
	[PRODUCT_NAME] = { "name", FIELD_TEXT, .max = PRODUCT_NAME_MAX,
	    .is_required = true },
	[PRODUCT_SKU] = { "sku", FIELD_TEXT, .max = PRODUCT_SKU_MAX,
	    .is_required = true },
	[PRODUCT_PRICE] = { "sale_price", FIELD_CENTS,
	    .max = PRODUCT_PRICE_MAX_CENTS, .is_required = true },
	[PRODUCT_UOM] = { "uom_id", FIELD_ID, .is_required = true },
	[PRODUCT_IMAGE] = { "image", FIELD_FILE },
	[PRODUCT_IMAGE_REF] = { "image_ref", FIELD_TOKEN,
	    .max = TOKEN_CHARS_MAX },
	[PRODUCT_CSRF] = { "csrf", FIELD_TOKEN, .max = 256 },
};
/* clang-format on */

static const char *
text_of(const struct product_form *pf, const char *msgid)
{
	return lang_text(pf->request->lang, msgid);
}

/* ---- the picture on its way in ---- */

/*
 * A store that fails in mid-body must not lose the typed fields: the rest of
 * the body is read and dropped.
 */
static void
note_failure(struct product_form *pf, const struct err *err)
{
	if (err->kind == ERR_TOO_LARGE)
		pf->no_room = error_code_message(err);
	if (pf->no_room != NULL)
		return;
	log_error(&pf->request->log, "upload: %s", err->text);
	pf->has_storage_failed = true;
}

static bool
has_failed(const struct product_form *pf)
{
	return pf->has_storage_failed || pf->no_room != NULL;
}

static int
image_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	struct product_form *pf = arg;
	const struct app *app = pf->app;
	const struct upload_input input = { .db = app->backend.db,
		.store = app->backend.store,
		.clock = &app->clock,
		.log = &pf->request->log,
		.rules = &app->image_rules,
		.tenant_id = pf->request->caller->tenant_id,
		.layout = UPLOAD_PRODUCT,
		.body_bytes = pf->request->content_length,
		.pending_secs = conf_number(app->conf, SET_PENDING_EXPIRY) };

	if (upload_open(pf->request->pool, &input, part->filename,
		part->content_type, &pf->upload, err) == -1)
		note_failure(pf, err);
	return 0;
}

static int
image_write(void *arg, struct slice bytes, struct err *err)
{
	struct product_form *pf = arg;

	if (!has_failed(pf) && upload_write(pf->upload, bytes, err) == -1)
		note_failure(pf, err);
	return 0;
}

static int
image_end(void *arg, struct err *err)
{
	struct product_form *pf = arg;

	(void)err;
	if (!has_failed(pf))
		upload_verdict(pf->upload, &pf->verdict);
	return 0;
}

/* ---- what is wrong, in words ---- */

static const char *
problem_text(const struct product_form *pf, enum product_field id)
{
	enum field_problem problem = pf->form.values[id].problem;

	if (id == PRODUCT_UOM &&
	    (problem == FIELD_MISSING || problem == FIELD_NOT_NUMBER))
		return text_of(pf, "Choose a unit of measure");
	return form_problem_text(pf->request->lang, problem);
}

/* It has expired or was used, and the form still says that it is there. */
static bool
is_waiting_image_lost(const struct product_form *pf)
{
	return pf->form.values[PRODUCT_IMAGE_REF].is_given &&
	    pf->image.id == 0;
}

static void
collect_errors(struct product_form *pf)
{
	for (int id = 0; id < PRODUCT_IMAGE; id++)
		pf->errors[id] = problem_text(pf, (enum product_field)id);
	if (!form_is_valid(&pf->form))
		pf->flash = text_of(pf, "Please correct the marked fields");
	if (pf->has_storage_failed)
		pf->errors[PRODUCT_IMAGE] = text_of(pf,
		    "Storage is not available. Your data is kept: please "
		    "try again.");
	else if (pf->no_room != NULL)
		pf->errors[PRODUCT_IMAGE] = text_of(pf, pf->no_room);
	else if (pf->upload != NULL)
		pf->errors[PRODUCT_IMAGE] =
		    form_refusal_text(pf->request->pool, pf->request->lang,
			&pf->verdict, pf->app->image_rules.max_bytes);
	else if (is_waiting_image_lost(pf))
		pf->errors[PRODUCT_IMAGE] =
		    text_of(pf, "Please choose the image again");
	if (pf->errors[PRODUCT_IMAGE] != NULL)
		pf->flash = pf->errors[PRODUCT_IMAGE];
}

/* ---- the picture that waits for its product ---- */

static const char *
make_ref(const struct product_form *pf)
{
	const char *payload = pool_format(pf->request->pool, "%lld.%lld",
	    (long long)pf->request->caller->tenant_id, (long long)pf->image.id);

	return token_make(pf->request->pool, pf->app->secret, REF_PURPOSE,
	    slice_str(payload), pf->image.expires_secs);
}

static bool
read_ref(const struct product_form *pf, int64_t *file_id_r)
{
	const struct form_value *value = &pf->form.values[PRODUCT_IMAGE_REF];
	struct slice payload, tenant;
	int64_t tenant_id;

	if (!value->is_given || value->problem != FIELD_OK)
		return false;
	if (!token_read(pf->request->pool, pf->app->secret, REF_PURPOSE,
		slice_str(value->text), clock_now_secs(pf->request->clock),
		&payload))
		return false;
	return slice_next(&payload, '.', &tenant) &&
	    num_parse_i64(tenant, INT64_MAX, &tenant_id) &&
	    tenant_id == pf->request->caller->tenant_id &&
	    num_parse_i64(payload, INT64_MAX, file_id_r);
}

/* The picture an earlier try left waiting, if it still does. */
static int
find_waiting_image(struct product_form *pf, struct err *err)
{
	int64_t id;
	int found;

	if (!read_ref(pf, &id))
		return 0;
	found = file_load(pf->app->backend.db, pf->request->pool,
	    pf->request->caller->tenant_id, id, &pf->image, err);
	if (found == -1)
		return err_wrap(err, "waiting image");
	if (found == 0 || pf->image.state != FILE_PENDING)
		pf->image = (struct file){ .id = 0 };
	return 0;
}

/* Nobody waits for this picture any more, unless a rival has used it. */
static void
discard_image(const struct product_form *pf, int64_t file_id)
{
	const struct outbox outbox = app_outbox(pf->app, &pf->request->log);

	file_abandon(&outbox, pf->request->caller->tenant_id, file_id);
}

static void
store_image(struct product_form *pf)
{
	int64_t waiting_id = pf->image.id;
	struct err err = ERR_INIT;
	struct file image;

	if (pf->upload == NULL || has_failed(pf) ||
	    pf->verdict.refusal != FILE_ACCEPTED)
		return;
	if (upload_commit(pf->upload, &image, &err) == -1) {
		note_failure(pf, &err);
		return;
	}
	pf->image = image;
	pf->is_image_fresh = true;
	if (waiting_id != 0)
		discard_image(pf, waiting_id);
}

void
product_form_abandon(const struct product_form *pf)
{
	if (pf->is_image_fresh)
		discard_image(pf, pf->image.id);
}

/* ---- the form ---- */

void
product_form_init(struct product_form *pf, struct app *app,
    struct request *request)
{
	*pf = (struct product_form){ .app = app, .request = request };
	form_init(&pf->form, request->pool, fields, PRODUCT_FIELD_COUNT);
}

void
product_form_show(struct product_form *pf, const struct product *product)
{
	struct form_value *values = pf->form.values;

	values[PRODUCT_NAME].text = product->name;
	values[PRODUCT_SKU].text = product->sku;
	values[PRODUCT_PRICE].text =
	    product_price(pf->request->pool, product->sale_price_cents);
	values[PRODUCT_UOM].number = product->uom_id;
}

int
product_form_read(struct product_form *pf, struct err *err)
{
	const struct form_file_sink sink = { .arg = pf,
		.begin = image_begin,
		.write = image_write,
		.end = image_end };
	const struct form_input input = { .request = pf->request,
		.fields = fields,
		.count = PRODUCT_FIELD_COUNT,
		.sink = &sink,
		.body_max_bytes = pf->app->body_max_bytes };

	if (form_read(pf->request->pool, &input, &pf->form, err) == -1)
		return err_wrap(err, "product form");
	if (csrf_check_token(pf->app, pf->request,
		pf->form.values[PRODUCT_CSRF].text, err) == -1)
		return -1;
	if (find_waiting_image(pf, err) == -1)
		return -1;
	store_image(pf);
	collect_errors(pf);
	return 0;
}

bool
product_form_is_valid(const struct product_form *pf)
{
	return pf->flash == NULL;
}

void
product_form_fill(const struct product_form *pf, struct product *product)
{
	const struct form_value *values = pf->form.values;

	product->tenant_id = pf->request->caller->tenant_id;
	product->name = values[PRODUCT_NAME].text;
	product->sku = values[PRODUCT_SKU].text;
	product->sale_price_cents = values[PRODUCT_PRICE].number;
	product->uom_id = values[PRODUCT_UOM].number;
	product->image_file_id = pf->image.id;
	product->fresh_image = pf->is_image_fresh ? &pf->image : NULL;
}

/* The database is away: what was typed is shown again, to be sent later. */
static bool
explain_unavailable(struct product_form *pf, const struct err *err)
{
	log_error(&pf->request->log, "product: %s", err->text);
	pf->has_storage_failed = true;
	pf->flash = text_of(pf,
	    "Storage is not available. Your data is kept: please try again.");
	if (!pf->is_image_fresh)
		return true;
	/* Its row cannot be completed now, and expires. */
	pf->image = (struct file){ .id = 0 };
	pf->is_image_fresh = false;
	pf->errors[PRODUCT_IMAGE] =
	    text_of(pf, "Please choose the image again");
	return true;
}

bool
product_form_explain(struct product_form *pf, const struct err *err)
{
	enum product_field id;
	const char *text;

	if (err->kind == ERR_UNAVAILABLE)
		return explain_unavailable(pf, err);
	if (strcmp(err->code, "sku_taken") == 0) {
		id = PRODUCT_SKU;
		text = text_of(pf, "This SKU is already used");
	} else if (strcmp(err->code, "uom_unknown") == 0) {
		id = PRODUCT_UOM;
		text = text_of(pf, "Choose a unit of measure");
	} else if (strcmp(err->code, "image_used") == 0) {
		id = PRODUCT_IMAGE;
		text = text_of(pf, "Please choose the image again");
		pf->image = (struct file){ .id = 0 };
		pf->is_image_fresh = false;
	} else {
		return false;
	}
	pf->errors[id] = text;
	pf->flash = text;
	return true;
}

static void
view_field(const struct product_form *pf, struct json *group,
    enum product_field id)
{
	struct json *field = json_set_object(group, fields[id].name);

	json_set_text(field, "value", pf->form.values[id].text);
	if (pf->errors[id] != NULL)
		json_set_text(field, "error", pf->errors[id]);
}

static int
view_uoms(const struct product_form *pf, struct json *data, struct err *err)
{
	struct json *rows = json_set_array(data, "uoms"), *row;
	const struct uom *uoms;
	size_t count;

	if (uom_list(pf->app->backend.db, pf->request->pool,
		pf->request->caller->tenant_id, &uoms, &count, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		row = json_add_object(rows);
		json_set_number(row, "id", uoms[i].id);
		json_set_text(row, "name", uoms[i].name);
		json_set_bool(row, "selected",
		    uoms[i].id == pf->form.values[PRODUCT_UOM].number);
	}
	return 0;
}

/* "image/jpeg,image/png", for the file chooser. */
static const char *
accept_list(const struct product_form *pf)
{
	char *list = pool_strdup(pf->request->pool,
	    pf->app->image_rules.allowed_types);

	for (char *c = list; *c != '\0'; c++)
		if (*c == ' ')
			*c = ',';
	return list;
}

/* The picture waits for another try: complete its row, show a reference. */
static int
view_waiting_image(struct product_form *pf, struct json *data, struct err *err)
{
	if (pf->image.id == 0)
		return 0;
	if (pf->is_image_fresh &&
	    file_update_stored(pf->app->backend.db, &pf->image, err) == -1)
		return err_wrap(err, "waiting image");
	pf->is_image_fresh = false;
	json_set_text(data, "image_ref", make_ref(pf));
	json_set_text(data, "image_ref_name", pf->image.original_name);
	json_set_text(data, "image_ref_url",
	    product_image_url(pf->app, pf->request, pf->image.key));
	return 0;
}

int
product_form_view(struct product_form *pf, struct view *view, struct err *err)
{
	struct json *data = view->data, *group;

	view->has_form = true;
	view->is_html_only = true;
	group = json_set_object(data, "fields");
	for (int id = 0; id <= PRODUCT_IMAGE; id++)
		view_field(pf, group, (enum product_field)id);
	if (pf->flash != NULL) {
		pf->request->refusal = "invalid";
		view->flash = (struct flash){ FLASH_ERROR, pf->flash };
	}
	json_set_bool(data, "has_errors", pf->flash != NULL);
	json_set_text(data, "max_size_text",
	    pool_format(pf->request->pool, "%.1f MB",
		(double)pf->app->image_rules.max_bytes / (double)MIB));
	json_set_text(data, "accept", accept_list(pf));
	if (view_waiting_image(pf, data, err) == -1)
		return -1;
	return view_uoms(pf, data, err);
}
