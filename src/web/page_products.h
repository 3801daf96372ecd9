/*
 * What the pages of one product share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_PAGE_PRODUCTS_H
#define WEB_PAGE_PRODUCTS_H

#include "http/request.h"
#include "model/product.h"
#include "web/app.h"

/* The product that the path names; ERR_NOT_FOUND, also for another tenant's. */
int page_products_load(const struct app *app, const struct request *request,
    struct product *product_r, struct err *err) ATTR_MUST_USE;

#endif
