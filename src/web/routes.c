/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "web/routes.h"

/*
 * The file store is for whoever brings a signature: no login, and requests of
 * other sites are what forms and scripts with a policy of ours make.
 */
#define STORE .is_public = true, .is_unguarded = true, .speaks_s3 = true

/* clang-format off */
const struct route routes[] = {
	{ HTTP_GET,  "/",                     page_index },
	{ HTTP_GET,  "/products",             page_products_list },
	{ HTTP_GET,  "/products/new",         page_product_new },
	{ HTTP_POST, "/products/new",         page_product_create,
	    .body = ROUTE_UPLOAD },
	{ HTTP_GET,  "/products/{id}",        page_products_show },
	{ HTTP_GET,  "/products/{id}/edit",   page_product_edit },
	{ HTTP_POST, "/products/{id}/edit",   page_product_update,
	    .body = ROUTE_UPLOAD },
	{ HTTP_POST, "/products/{id}/delete", page_products_delete,
	    .body = ROUTE_FIELDS },
	{ HTTP_POST, "/files/upload/presigned", api_upload_presigned,
	    .body = ROUTE_FIELDS, .is_api = true },
	/* Confirming reads the object: it counts as an upload. */
	{ HTTP_POST, "/files/{file_id}/confirm-upload", api_confirm_upload,
	    .body = ROUTE_UPLOAD, .is_api = true },
	{ HTTP_POST, "/get-upload-url",       api_get_upload_url,
	    .body = ROUTE_FIELDS, .is_api = true },
	{ HTTP_POST, "/api/get-upload-url",   api_get_upload_url,
	    .body = ROUTE_FIELDS, .is_api = true },
	{ HTTP_POST, "/api/file-uploaded",    api_file_uploaded,
	    .body = ROUTE_UPLOAD, .is_api = true },
	{ HTTP_GET,  "/static/{name}",        page_static, .is_public = true },
	{ HTTP_GET,  "/store/{key*}",         store_object_get, STORE },
	{ HTTP_PUT,  "/store/{key*}",         store_object_put, STORE,
	    .body = ROUTE_UPLOAD },
	{ HTTP_POST, "/store/{key*}",         store_object_post, STORE,
	    .body = ROUTE_UPLOAD },
	{ HTTP_DELETE, "/store/{key*}",       store_object_delete, STORE },
	{ HTTP_OPTIONS, "/store/{key*}",      store_options, STORE },
	{ HTTP_POST, "/store",                store_form_post, STORE,
	    .body = ROUTE_UPLOAD },
	{ HTTP_OPTIONS, "/store",             store_options, STORE },
};
/* clang-format on */

const size_t routes_count = ARRAY_COUNT(routes);
