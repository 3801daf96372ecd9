/*
 * Products and their units of measure, always within a tenant.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_PRODUCT_H
#define MODEL_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/file.h"
#include "sql/sql.h"

enum {
	PRODUCT_NAME_MAX = 200, /* characters */
	PRODUCT_SKU_MAX = 64,
	PRODUCT_PAGE_ROWS = 20
};
#define PRODUCT_PRICE_MAX_CENTS INT64_C(99999999999)

struct product {
	int64_t id;
	int64_t tenant_id;
	const char *name, *sku;
	int64_t uom_id;
	const char *uom_name; /* when loaded */
	int64_t sale_price_cents;
	int64_t image_file_id; /* 0: no image */
	/*
	 * For a change whose image was stored just now: what
	 * upload_commit() gave.  NULL: its row is complete.
	 */
	const struct file *fresh_image;
	const char *image_key; /* "" when there is none; when loaded */
	const char *image_name; /* the file's original name, or "" */
	int64_t image_width, image_height;
	int64_t created_secs, updated_secs;
};

struct uom {
	int64_t id;
	const char *name; /* "Unidad" */
};

/* All units of the tenant by id; *uoms_r is an array of *count_r. */
int uom_list(struct sql *db, struct pool *pool, int64_t tenant_id,
    const struct uom **uoms_r, size_t *count_r, struct err *err) ATTR_MUST_USE;

struct product_search {
	int64_t tenant_id;
	const char *text; /* in name or sku, case ignored; "" for all */
	int64_t page;	  /* from 1 */
};

struct product_page {
	const struct product *products; /* newest first */
	size_t count;
	int64_t total; /* of all pages */
};

int product_list(struct sql *db, struct pool *pool,
    const struct product_search *search, struct product_page *page_r,
    struct err *err) ATTR_MUST_USE;
/* 1 found, 0 absent or another tenant's, -1. */
int product_load(struct sql *db, struct pool *pool, int64_t tenant_id,
    int64_t id, struct product *product_r, struct err *err) ATTR_MUST_USE;

/*
 * Create; fills product->id.  A pending image becomes live in the same
 * transaction.  ERR_CONFLICT with code "sku_taken", "uom_unknown" or
 * "image_used".
 */
int product_create(struct sql *db, struct product *product, int64_t now_secs,
    struct err *err) ATTR_MUST_USE;
/*
 * Change name, sku, uom and price; image_file_id 0 keeps the image, another
 * one replaces it, the old object going to the outbox in the same transaction.
 * ERR_NOT_FOUND when the product is gone; conflicts as in product_create().
 */
int product_update(struct sql *db, const struct product *product,
    int64_t now_secs, struct err *err) ATTR_MUST_USE;
/* Delete it and send its image to the outbox.  ERR_NOT_FOUND when gone. */
int product_delete(struct sql *db, int64_t tenant_id, int64_t id,
    struct err *err) ATTR_MUST_USE;

#endif
