/* SPDX-License-Identifier: MIT */
#include "base/attr.h"
#include "web/routes.h"

/*
 * The file store is for whoever brings a signature: no login, and requests of
 * other sites are what forms and scripts with a policy of ours make.
 */
#define STORE \
	.access = ROUTE_PUBLIC, .answer = ROUTE_S3, .is_unguarded = true

/* clang-format off */
const struct route routes[] = {
	{ HTTP_GET,  "/",                     page_index,
	    .access = ROUTE_READ },
	{ HTTP_GET,  "/products",             page_products_list,
	    .access = ROUTE_READ },
	{ HTTP_GET,  "/products/new",         page_product_new,
	    .access = ROUTE_WRITE },
	{ HTTP_POST, "/products/new",         page_product_create,
	    .access = ROUTE_WRITE, .body = ROUTE_UPLOAD,
	    .rate = ROUTE_RATE_UPLOAD, .action = "product.create" },
	{ HTTP_GET,  "/products/{id}",        page_products_show,
	    .access = ROUTE_READ },
	{ HTTP_GET,  "/products/{id}/edit",   page_product_edit,
	    .access = ROUTE_WRITE },
	{ HTTP_POST, "/products/{id}/edit",   page_product_update,
	    .access = ROUTE_WRITE, .body = ROUTE_UPLOAD,
	    .rate = ROUTE_RATE_UPLOAD, .action = "product.change" },
	{ HTTP_POST, "/products/{id}/delete", page_products_delete,
	    .access = ROUTE_WRITE, .body = ROUTE_FIELDS,
	    .action = "product.delete" },
	{ HTTP_POST, "/files/upload/presigned", api_upload_presigned,
	    .access = ROUTE_WRITE, .answer = ROUTE_JSON, .body = ROUTE_FIELDS,
	    .rate = ROUTE_RATE_PRESIGN, .is_creating = true,
	    .action = "upload.begin",
	    .doc = &doc_upload_presigned },
	/* Confirming reads the object: it counts as an upload. */
	{ HTTP_POST, "/files/{file_id}/confirm-upload", api_confirm_upload,
	    .access = ROUTE_WRITE, .answer = ROUTE_JSON, .body = ROUTE_UPLOAD,
	    .rate = ROUTE_RATE_UPLOAD, .action = "upload.confirm",
	    .doc = &doc_confirm_upload },
	{ HTTP_POST, "/get-upload-url",       api_get_upload_url,
	    .access = ROUTE_WRITE, .answer = ROUTE_JSON, .body = ROUTE_FIELDS,
	    .rate = ROUTE_RATE_PRESIGN, .is_creating = true,
	    .action = "upload.begin",
	    .doc = &doc_get_upload_url },
	{ HTTP_POST, "/api/get-upload-url",   api_get_upload_url,
	    .access = ROUTE_WRITE, .answer = ROUTE_JSON, .body = ROUTE_FIELDS,
	    .rate = ROUTE_RATE_PRESIGN, .is_creating = true,
	    .action = "upload.begin",
	    .doc = &doc_api_get_upload_url },
	{ HTTP_POST, "/api/file-uploaded",    api_file_uploaded,
	    .access = ROUTE_WRITE, .answer = ROUTE_JSON, .body = ROUTE_UPLOAD,
	    .rate = ROUTE_RATE_UPLOAD, .action = "upload.confirm",
	    .doc = &doc_file_uploaded },
	{ HTTP_GET,  "/openapi.json",         api_openapi,
	    .access = ROUTE_PUBLIC, .answer = ROUTE_JSON,
	    .doc = &doc_openapi },
	{ HTTP_GET,  "/files/{file_id}/edit", page_file_edit,
	    .access = ROUTE_WRITE },
	{ HTTP_POST, "/files/{file_id}/edit", page_file_update,
	    .access = ROUTE_WRITE, .body = ROUTE_FIELDS,
	    .action = "file.change" },
	{ HTTP_GET,  "/files/{file_id}/delete", page_file_delete_ask,
	    .access = ROUTE_WRITE },
	{ HTTP_POST, "/files/{file_id}/delete", page_file_delete,
	    .access = ROUTE_WRITE, .body = ROUTE_FIELDS,
	    .action = "file.trash" },
	{ HTTP_GET,  "/files/{file_id}/erase", page_file_erase_ask,
	    .access = ROUTE_WRITE },
	{ HTTP_POST, "/files/{file_id}/erase", page_file_erase,
	    .access = ROUTE_WRITE, .body = ROUTE_FIELDS,
	    .action = "file.erase" },
	{ HTTP_GET,  "/static/{name}",        page_static, .access = ROUTE_PUBLIC },
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
