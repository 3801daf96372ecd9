/* SPDX-License-Identifier: MIT */
#include "web/product_view.h"
#include "web/view.h"

const char *
product_price(struct pool *pool, int64_t cents)
{
	return pool_format(pool, "%lld.%02lld", (long long)(cents / 100),
	    (long long)(cents % 100));
}

const char *
product_image_url(const struct app *app, const struct request *request,
    const char *key)
{
	const char *url =
	    store_public_url(app->backend.store, request->pool, key);

	/* The file store's URLs are paths below our own base. */
	if (*url != '/')
		return url;
	return pool_format(request->pool, "%s%s", view_origin(app, request), url);
}

static void
add_image(const struct app *app, const struct request *request,
    const struct product *product, struct json *object)
{
	if (product->image_file_id == 0)
		return;
	json_set_text(object, "image_path",
	    product_image_url(app, request, product->image_key));
	json_set_text(object, "image_alt", product->name);
	json_set_text(object, "image_name", product->image_name);
	json_set_number(object, "image_width", product->image_width);
	json_set_number(object, "image_height", product->image_height);
}

static void
add_links(const struct request *request, const struct product *product,
    struct json *object)
{
	const char *url =
	    view_url(request, "/products/%lld", (long long)product->id);

	json_set_text(object, "url", url);
	json_set_text(object, "edit_url",
	    pool_format(request->pool, "%s/edit", url));
	json_set_text(object, "delete_url",
	    pool_format(request->pool, "%s/delete", url));
}

void
product_view(const struct app *app, const struct request *request,
    const struct product *product, struct json *object)
{
	json_set_number(object, "id", product->id);
	json_set_text(object, "name", product->name);
	json_set_text(object, "sku", product->sku);
	json_set_number(object, "uom_id", product->uom_id);
	json_set_text(object, "uom", product->uom_name);
	json_set_text(object, "sale_price",
	    product_price(request->pool, product->sale_price_cents));
	add_image(app, request, product, object);
	view_set_time(object, request->pool, "created", product->created_secs);
	view_set_time(object, request->pool, "updated", product->updated_secs);
	add_links(request, product, object);
}
