/*
 * The list of products, one product, and its deletion (E1, E7, E8).
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/num.h"
#include "codec/url.h"
#include "http/form.h"
#include "web/caller.h"
#include "web/csrf.h"
#include "web/flash.h"
#include "web/page_products.h"
#include "web/product_view.h"
#include "web/routes.h"
#include "web/view.h"

enum { PAGE_NUMBER_MAX = 1000000 };

static int64_t
find_page_number(const struct request *request)
{
	const char *text = request_query(request, "page");
	int64_t page;

	if (text == NULL ||
	    !num_parse_i64(slice_str(text), PAGE_NUMBER_MAX, &page) || page < 1)
		return 1;
	return page;
}

/* An empty list is one page, too. */
static int64_t
count_pages(int64_t total)
{
	return total == 0 ? 1 :
			    (total + PRODUCT_PAGE_ROWS - 1) / PRODUCT_PAGE_ROWS;
}

static const char *
page_url(const struct request *request, const struct product_search *search,
    int64_t page)
{
	if (*search->text == '\0')
		return view_url(request, "/products?page=%lld",
		    (long long)page);
	return view_url(request, "/products?q=%s&page=%lld",
	    url_encoded(request->pool, slice_str(search->text)),
	    (long long)page);
}

static void
add_pager(struct json *data, const struct request *request,
    const struct product_search *search, int64_t total)
{
	int64_t pages = count_pages(total);

	json_set_number(data, "total", total);
	json_set_number(data, "page", search->page);
	json_set_number(data, "pages", pages);
	if (search->page > 1)
		json_set_text(data, "prev_url",
		    page_url(request, search, search->page - 1));
	if (search->page < pages)
		json_set_text(data, "next_url",
		    page_url(request, search, search->page + 1));
}

static void
fill_list(const struct app *app, const struct request *request,
    const struct product_search *search, const struct product_page *page,
    struct json *data)
{
	struct json *rows = json_set_array(data, "products");

	for (size_t i = 0; i < page->count; i++)
		product_view(app, request, &page->products[i],
		    json_add_object(rows));
	json_set_bool(data, "has_products", page->count > 0);
	json_set_text(data, "q", search->text);
	json_set_bool(data, "searched", *search->text != '\0');
	json_set_text(data, "new_url", view_url(request, "/products/new"));
	add_pager(data, request, search, page->total);
}

/* Behind the last page, which an old link may ask for, is the last page. */
static int
find_page(const struct app *app, const struct request *request,
    struct product_search *search, struct product_page *page_r,
    struct err *err)
{
	int64_t pages;

	if (product_list(app->backend.db, request->pool, search, page_r,
		err) == -1)
		return -1;
	pages = count_pages(page_r->total);
	if (search->page <= pages)
		return 0;
	search->page = pages;
	return product_list(app->backend.db, request->pool, search, page_r,
	    err);
}

int
page_products_list(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	const char *text = request_query(request, "q");
	struct product_search search = {
		.tenant_id = request->caller->tenant_id,
		.text = text == NULL ? "" : text,
		.page = find_page_number(request),
	};
	struct product_page page;
	struct view view;

	if (find_page(app, request, &search, &page, err) == -1)
		return err_wrap(err, "list products");
	view_init(&view, request, "products",
	    lang_text(request->lang, "Products"));
	fill_list(app, request, &search, &page, view.data);
	return view_send(app, request, response, &view, err);
}

int
page_products_load(const struct app *app, const struct request *request,
    struct product *product_r, struct err *err)
{
	int64_t id;
	int found = 0;

	if (num_parse_i64(slice_str(request->captures[0]), INT64_MAX, &id))
		found = product_load(app->backend.db, request->pool,
		    request->caller->tenant_id, id, product_r, err);
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no product %s",
		    request->captures[0]);
	return found == 1 ? 0 : -1;
}

int
page_products_show(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	struct product product;
	struct view view;

	if (page_products_load(app, request, &product, err) == -1)
		return -1;
	view_init(&view, request, "product", product.name);
	view.has_form = true; /* the delete button */
	product_view(app, request, &product,
	    json_set_object(view.data, "product"));
	json_set_text(view.data, "list_url", view_url(request, "/products"));
	return view_send(app, request, response, &view, err);
}

int
page_products_delete(struct app *app, struct request *request,
    struct response *response, struct err *err)
{
	static const struct field fields[] = {
		{ "csrf", FIELD_TOKEN, .max = 256 },
	};
	const struct form_input input = { .request = request,
		.fields = fields,
		.count = ARRAY_COUNT(fields),
		.body_max_bytes = FORM_FIELDS_BYTES_MAX };
	const struct outbox outbox = app_outbox(app, &request->log);
	struct product product;
	struct form form;

	if (form_read(request->pool, &input, &form, err) == -1 ||
	    csrf_check_token(app, request, form.values[0].text, err) == -1)
		return -1;
	if (page_products_load(app, request, &product, err) == -1)
		return -1;
	if (product_delete(app->backend.db, request->caller->tenant_id,
		product.id, err) == -1)
		return err_wrap(err, "delete product");
	outbox_run_now(&outbox);
	flash_set(app, request, response,
	    lang_text(request->lang, "Product deleted"));
	response_redirect(response, view_url(request, "/products"));
	return 0;
}
