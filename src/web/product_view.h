/*
 * How products look in views: the members that lists and pages share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_PRODUCT_VIEW_H
#define WEB_PRODUCT_VIEW_H

#include "codec/json.h"
#include "http/request.h"
#include "model/product.h"
#include "web/app.h"

/* Fill an object with a product: id, name, sku, ..., image_path, links. */
void product_view(const struct app *app, const struct request *request,
    const struct product *product, struct json *object);
/* The full public URL of an object, also of the local file store (E7). */
const char *product_image_url(const struct app *app,
    const struct request *request, const char *key);
/* "12.50" */
const char *product_price(struct pool *pool, int64_t cents);

#endif
