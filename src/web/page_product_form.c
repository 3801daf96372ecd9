/*
 * The pages that make and change a product (E1 to E6).
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/flash.h"
#include "web/page_products.h"
#include "web/product_form.h"
#include "web/product_view.h"
#include "web/routes.h"
#include "web/view.h"

static void
view_current_image(const struct app *app, const struct request *request,
    const struct product *product, struct json *data)
{
	struct json *image;

	if (product->image_file_id == 0)
		return;
	image = json_set_object(data, "current_image");
	json_set_text(image, "url",
	    product_image_url(app, request, product->image_key));
	json_set_text(image, "name", product->image_name);
	json_set_text(image, "alt", product->name);
}

/* Show the form; product is NULL on the page for a new one. */
static int
send_form(struct product_form *pf, struct response *response,
    const struct product *product, struct err *err)
{
	struct request *request = pf->request;
	struct view view;

	view_init(&view, request, "product_form",
	    product == NULL ? lang_text(request->lang, "New product") :
			      lang_text(request->lang, "Edit product"));
	json_set_bool(view.data, "is_new", product == NULL);
	if (product == NULL) {
		json_set_text(view.data, "action",
		    view_url(request, "/products/new"));
		json_set_text(view.data, "cancel_url",
		    view_url(request, "/products"));
	} else {
		json_set_text(view.data, "action",
		    view_url(request, "/products/%lld/edit",
			(long long)product->id));
		json_set_text(view.data, "cancel_url",
		    view_url(request, "/products/%lld",
			(long long)product->id));
		view_current_image(pf->app, request, product, view.data);
	}
	if (product_form_view(pf, &view, err) == -1)
		return err_wrap(err, "product form");
	if (pf->has_storage_failed) {
		response->status = 503;
		response_header(response, "Retry-After", "5");
	}
	return view_send(pf->app, request, response, &view, err);
}

static int
redirect_to(struct product_form *pf, struct response *response, int64_t id,
    const char *message)
{
	flash_set(pf->app, pf->request, response, message);
	response_redirect(response,
	    view_url(pf->request, "/products/%lld", (long long)id));
	return 0;
}

/* The error that goes out when the form cannot be shown again. */
static struct err
give_up(const struct product_form *pf, const struct err *failure)
{
	product_form_abandon(pf);
	return *failure;
}

int
page_product_new(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct product_form pf;

	product_form_init(&pf, app, request);
	return send_form(&pf, response, NULL, err);
}

int
page_product_create(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct product product = { .id = 0 };
	struct err failure = ERR_INIT;
	struct product_form pf;

	product_form_init(&pf, app, request);
	if (product_form_read(&pf, err) == -1)
		return -1;
	if (!product_form_is_valid(&pf))
		return send_form(&pf, response, NULL, err);
	product_form_fill(&pf, &product);
	if (product_create(app->backend.db, &product,
		clock_now_secs(request->clock), &failure) == -1) {
		if (product_form_explain(&pf, &failure))
			return send_form(&pf, response, NULL, err);
		*err = give_up(&pf, &failure);
		return err_wrap(err, "create product");
	}
	return redirect_to(&pf, response, product.id,
	    lang_text(request->lang, "Product created successfully"));
}

int
page_product_edit(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct product product;
	struct product_form pf;

	if (page_products_load(app, request, &product, err) == -1)
		return -1;
	product_form_init(&pf, app, request);
	product_form_show(&pf, &product);
	return send_form(&pf, response, &product, err);
}

int
page_product_update(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const struct outbox outbox = app_outbox(app, &request->log);
	struct err failure = ERR_INIT;
	struct product product, changed;
	struct product_form pf;

	if (page_products_load(app, request, &product, err) == -1)
		return -1;
	product_form_init(&pf, app, request);
	if (product_form_read(&pf, err) == -1)
		return -1;
	if (!product_form_is_valid(&pf))
		return send_form(&pf, response, &product, err);
	changed = product;
	product_form_fill(&pf, &changed);
	if (product_update(app->backend.db, &changed,
		clock_now_secs(request->clock), &failure) == -1) {
		if (product_form_explain(&pf, &failure))
			return send_form(&pf, response, &product, err);
		*err = give_up(&pf, &failure);
		return err_wrap(err, "update product");
	}
	outbox_run_now(&outbox);
	return redirect_to(&pf, response, product.id,
	    lang_text(request->lang, "Product updated"));
}
