/* SPDX-License-Identifier: MIT */
#include "codec/date.h"
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

/* For people: "2026-11-22 14:38"; in UTC, as the machine-readable form. */
static const char *
short_date(struct pool *pool, const char *iso)
{
	return pool_format(pool, "%.10s %.5s", iso, iso + 11);
}

static void
add_dates(struct pool *pool, const struct product *product,
    struct json *object)
{
	const char *created = date_iso(pool, product->created_secs);
	const char *updated = date_iso(pool, product->updated_secs);

	json_set_text(object, "created", created);
	json_set_text(object, "created_text", short_date(pool, created));
	json_set_text(object, "updated", updated);
	json_set_text(object, "updated_text", short_date(pool, updated));
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
	add_dates(request->pool, product, object);
	add_links(request, product, object);
}
