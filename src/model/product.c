/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/utf8.h"
#include "model/product.h"

enum {
	SEARCH_MAX_BYTES = 4 * PRODUCT_NAME_MAX, /* no name is longer */
	PAGE_MAX = 1000000000
};

enum statement {
	LIST_UOMS,
	FIND_UOM,
	COUNT_PRODUCTS,
	LIST_PRODUCTS,
	LOAD_PRODUCT,
	NEXT_ID,
	INSERT_PRODUCT,
	UPDATE_PRODUCT,
	UPDATE_IMAGE,
	DELETE_PRODUCT,
	STATEMENT_COUNT
};

#define SELECT_PRODUCT                                                    \
	"SELECT p.id, p.name, p.sku, p.uom_id, u.name,"                   \
	" p.sale_price_cents, coalesce(p.image_file_id, 0),"              \
	" coalesce(f.object_key, ''), coalesce(f.original_name, ''),"     \
	" coalesce(f.width, 0), coalesce(f.height, 0),"                   \
	" p.created_secs, p.updated_secs"                                 \
	" FROM products p"                                                \
	" JOIN uoms u ON u.tenant_id = p.tenant_id AND u.id = p.uom_id"   \
	" LEFT JOIN files f ON f.tenant_id = p.tenant_id"                 \
	" AND f.id = p.image_file_id"                                     \
	" WHERE p.tenant_id = $1"

#define MATCHES                                       \
	" AND (lower(p.name) LIKE lower($2) ESCAPE '\\'" \
	" OR lower(p.sku) LIKE lower($2) ESCAPE '\\')"

static const char *const statements[STATEMENT_COUNT] = {
	[LIST_UOMS] = "SELECT id, name FROM uoms WHERE tenant_id = $1"
		      " ORDER BY id",
	[FIND_UOM] = "SELECT id FROM uoms WHERE tenant_id = $1 AND id = $2",
	[COUNT_PRODUCTS] = "SELECT count(*) FROM products p"
			   " WHERE p.tenant_id = $1" MATCHES,
	[LIST_PRODUCTS] = SELECT_PRODUCT MATCHES
	    " ORDER BY p.id DESC LIMIT $3 OFFSET $4",
	[LOAD_PRODUCT] = SELECT_PRODUCT " AND p.id = $2",
	[NEXT_ID] = "UPDATE counters SET value = value + 1"
		    " WHERE name = 'products' RETURNING value",
	[INSERT_PRODUCT] =
	    "INSERT INTO products (id, tenant_id, name, sku, uom_id,"
	    " sale_price_cents, image_file_id, created_secs, updated_secs)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
	/* Holds the row and tells which image it has. */
	[UPDATE_PRODUCT] =
	    "UPDATE products SET name = $3, sku = $4, uom_id = $5,"
	    " sale_price_cents = $6, updated_secs = $7"
	    " WHERE tenant_id = $1 AND id = $2"
	    " RETURNING coalesce(image_file_id, 0)",
	[UPDATE_IMAGE] = "UPDATE products SET image_file_id = $3"
			 " WHERE tenant_id = $1 AND id = $2",
	[DELETE_PRODUCT] = "DELETE FROM products"
			   " WHERE tenant_id = $1 AND id = $2"
			   " RETURNING coalesce(image_file_id, 0)",
};

/* ---- reading ---- */

int
uom_list(struct sql *db, struct pool *pool, int64_t tenant_id,
    const struct uom **uoms_r, size_t *count_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id) };
	struct sql_rows rows;
	struct uom *uoms;

	if (sql_query(db, pool, statements[LIST_UOMS], args, ARRAY_COUNT(args),
		&rows, err) == -1)
		return -1;
	uoms = pool_alloc_array(pool, rows.count + 1, sizeof(*uoms));
	for (size_t i = 0; i < rows.count; i++) {
		uoms[i].id = sql_int(&rows, i, 0);
		uoms[i].name = sql_text(&rows, i, 1);
	}
	*uoms_r = uoms;
	*count_r = rows.count;
	return 0;
}

static void
read_row(const struct sql_rows *rows, size_t row, int64_t tenant_id,
    struct product *product)
{
	*product = (struct product){
		.id = sql_int(rows, row, 0),
		.tenant_id = tenant_id,
		.name = sql_text(rows, row, 1),
		.sku = sql_text(rows, row, 2),
		.uom_id = sql_int(rows, row, 3),
		.uom_name = sql_text(rows, row, 4),
		.sale_price_cents = sql_int(rows, row, 5),
		.image_file_id = sql_int(rows, row, 6),
		.image_key = sql_text(rows, row, 7),
		.image_name = sql_text(rows, row, 8),
		.image_width = sql_int(rows, row, 9),
		.image_height = sql_int(rows, row, 10),
		.created_secs = sql_int(rows, row, 11),
		.updated_secs = sql_int(rows, row, 12),
	};
}

/* "%text%" with the wildcards in text meaning themselves. */
static const char *
like_pattern(struct pool *pool, const char *text)
{
	/* Half a character is no text to PostgreSQL. */
	struct slice cut = utf8_cut(slice_str(text), SEARCH_MAX_BYTES);
	char *pattern = pool_alloc(pool, 2 * cut.len + 3);
	size_t at = 0;

	pattern[at++] = '%';
	for (size_t i = 0; i < cut.len; i++) {
		if (strchr("%_\\", cut.data[i]) != NULL)
			pattern[at++] = '\\';
		pattern[at++] = cut.data[i];
	}
	pattern[at] = '%';
	return pattern;
}

static int64_t
page_offset(int64_t page)
{
	if (page < 1)
		return 0;
	return ((page > PAGE_MAX ? PAGE_MAX : page) - 1) * PRODUCT_PAGE_ROWS;
}

int
product_list(struct sql *db, struct pool *pool,
    const struct product_search *search, struct product_page *page_r,
    struct err *err)
{
	struct sql_value args[] = { SQL_INT(search->tenant_id),
		SQL_TEXT(like_pattern(pool, search->text)),
		SQL_INT(PRODUCT_PAGE_ROWS),
		SQL_INT(page_offset(search->page)) };
	struct sql_rows total, rows;
	struct product *products;

	if (sql_query(db, pool, statements[COUNT_PRODUCTS], args, 2, &total,
		err) == -1 ||
	    sql_query(db, pool, statements[LIST_PRODUCTS], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	products = pool_alloc_array(pool, rows.count + 1, sizeof(*products));
	for (size_t i = 0; i < rows.count; i++)
		read_row(&rows, i, search->tenant_id, &products[i]);
	page_r->products = products;
	page_r->count = rows.count;
	page_r->total = sql_int(&total, 0, 0);
	return 0;
}

int
product_load(struct sql *db, struct pool *pool, int64_t tenant_id, int64_t id,
    struct product *product_r, struct err *err)
{
	struct sql_value args[] = { SQL_INT(tenant_id), SQL_INT(id) };
	struct sql_rows rows;

	if (sql_query(db, pool, statements[LOAD_PRODUCT], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return 0;
	read_row(&rows, 0, tenant_id, product_r);
	return 1;
}

/* ---- writing ---- */

struct change {
	const struct product *product;
	struct pool *pool;
	int64_t now_secs;
	int64_t id_r;
};

static int
check_uom(struct sql *tx, const struct change *change, struct err *err)
{
	const struct product *product = change->product;
	struct sql_value args[] = { SQL_INT(product->tenant_id),
		SQL_INT(product->uom_id) };
	struct sql_rows rows;

	if (sql_query(tx, change->pool, statements[FIND_UOM], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return -1;
	if (rows.count == 0)
		return err_set_code(err, ERR_CONFLICT, "uom_unknown",
		    "no unit of measure %lld", (long long)product->uom_id);
	return 0;
}

static int
make_image_live(struct sql *tx, const struct change *change, struct err *err)
{
	const struct product *product = change->product;

	if (product->fresh_image != NULL &&
	    file_update_stored(tx, product->fresh_image, err) == -1)
		return -1;
	return file_make_live(tx, product->tenant_id, product->image_file_id,
	    change->now_secs, err);
}

static int
use_image(struct sql *tx, const struct change *change, struct err *err)
{
	const struct product *product = change->product;

	if (product->image_file_id == 0 ||
	    make_image_live(tx, change, err) == 0)
		return 0;
	if (err->kind != ERR_CONFLICT)
		return -1;
	return err_set_code(err, ERR_CONFLICT, "image_used",
	    "image %lld has expired or is in use",
	    (long long)product->image_file_id);
}

/* Unit and image have been checked: what is left to collide is the SKU. */
static int
name_conflict(const struct product *product, struct err *err)
{
	if (strcmp(err->code, "unique") != 0)
		return -1;
	return err_set_code(err, ERR_CONFLICT, "sku_taken",
	    "another product has the SKU \"%s\"", product->sku);
}

static struct sql_value
image_value(const struct product *product)
{
	return product->image_file_id == 0 ? SQL_NULL :
					     SQL_INT(product->image_file_id);
}

static int
insert_product(struct sql *tx, const struct change *change, struct err *err)
{
	const struct product *product = change->product;
	struct sql_value args[] = { SQL_INT(change->id_r),
		SQL_INT(product->tenant_id), SQL_TEXT(product->name),
		SQL_TEXT(product->sku), SQL_INT(product->uom_id),
		SQL_INT(product->sale_price_cents), image_value(product),
		SQL_INT(change->now_secs) };

	if (sql_exec(tx, statements[INSERT_PRODUCT], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return name_conflict(product, err);
	return 0;
}

static int
create_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct change *change = arg;
	struct sql_rows rows;

	if (sql_query(tx, change->pool, statements[NEXT_ID], NULL, 0, &rows,
		err) == -1)
		return -1;
	change->id_r = sql_int(&rows, 0, 0);
	if (check_uom(tx, change, err) == -1 ||
	    use_image(tx, change, err) == -1)
		return -1;
	return insert_product(tx, change, err);
}

/* Run fn in a transaction with a pool for its rows. */
static int
run_change(struct sql *db, struct change *change, sql_fn fn, struct err *err)
{
	int result;

	change->pool = pool_new();
	result = sql_transaction(db, fn, change, err);
	pool_free(&change->pool);
	return result;
}

int
product_create(struct sql *db, struct product *product, int64_t now_secs,
    struct err *err)
{
	struct change change = { .product = product, .now_secs = now_secs };

	if (run_change(db, &change, create_in_transaction, err) == -1)
		return -1;
	product->id = change.id_r;
	product->created_secs = product->updated_secs = now_secs;
	return 0;
}

/* A statement with a RETURNING clause that gives the product's image. */
static int
returned_image(const struct product *product, const struct sql_rows *rows,
    int64_t *image_r, struct err *err)
{
	if (rows->count == 0)
		return err_set(err, ERR_NOT_FOUND, "no product %lld",
		    (long long)product->id);
	*image_r = sql_int(rows, 0, 0);
	return 0;
}

static int
update_row(struct sql *tx, const struct change *change, int64_t *image_r,
    struct err *err)
{
	const struct product *product = change->product;
	struct sql_value args[] = { SQL_INT(product->tenant_id),
		SQL_INT(product->id), SQL_TEXT(product->name),
		SQL_TEXT(product->sku), SQL_INT(product->uom_id),
		SQL_INT(product->sale_price_cents),
		SQL_INT(change->now_secs) };
	struct sql_rows rows;

	if (sql_query(tx, change->pool, statements[UPDATE_PRODUCT], args,
		ARRAY_COUNT(args), &rows, err) == -1)
		return name_conflict(product, err);
	return returned_image(product, &rows, image_r, err);
}

static int
replace_image(struct sql *tx, const struct change *change, int64_t old,
    struct err *err)
{
	const struct product *product = change->product;
	struct sql_value args[] = { SQL_INT(product->tenant_id),
		SQL_INT(product->id), image_value(product) };

	if (use_image(tx, change, err) == -1 ||
	    sql_exec(tx, statements[UPDATE_IMAGE], args, ARRAY_COUNT(args),
		NULL, err) == -1)
		return -1;
	if (old == 0)
		return 0;
	return file_discard(tx, product->tenant_id, old, FILE_GONE, err);
}

static int
update_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct change *change = arg;
	const struct product *product = change->product;
	int64_t old = 0;

	if (check_uom(tx, change, err) == -1 ||
	    update_row(tx, change, &old, err) == -1)
		return -1;
	if (product->image_file_id == 0 || product->image_file_id == old)
		return 0;
	return replace_image(tx, change, old, err);
}

int
product_update(struct sql *db, const struct product *product,
    int64_t now_secs, struct err *err)
{
	struct change change = { .product = product, .now_secs = now_secs };

	return run_change(db, &change, update_in_transaction, err);
}

static int
delete_in_transaction(struct sql *tx, void *arg, struct err *err)
{
	struct change *change = arg;
	const struct product *product = change->product;
	struct sql_value args[] = { SQL_INT(product->tenant_id),
		SQL_INT(product->id) };
	struct sql_rows rows;
	int64_t image = 0;

	if (sql_query(tx, change->pool, statements[DELETE_PRODUCT], args,
		ARRAY_COUNT(args), &rows, err) == -1 ||
	    returned_image(product, &rows, &image, err) == -1)
		return -1;
	if (image == 0)
		return 0;
	return file_discard(tx, product->tenant_id, image, FILE_GONE, err);
}

int
product_delete(struct sql *db, int64_t tenant_id, int64_t id, struct err *err)
{
	const struct product product = { .id = id, .tenant_id = tenant_id };
	struct change change = { .product = &product };

	return run_change(db, &change, delete_in_transaction, err);
}
