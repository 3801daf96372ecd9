# SPDX-License-Identifier: MIT
noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = \
	src/web/api.c src/web/api.h \
	src/web/api_downloads.c \
	src/web/api_file_list.c \
	src/web/api_files.c \
	src/web/api_quota.c \
	src/web/api_records.c \
	src/web/api_share.c \
	src/web/api_uploads.c \
	src/web/download.c src/web/download.h \
	src/web/app.c src/web/app.h \
	src/web/audit_note.c src/web/audit_note.h \
	src/web/arrival.c src/web/arrival.h \
	src/web/caller.c src/web/caller.h \
	src/web/csrf.c src/web/csrf.h \
	src/web/cursor.c src/web/cursor.h \
	src/web/device_name.c src/web/device_name.h \
	src/web/error_page.c src/web/error_page.h \
	src/web/file_access.c src/web/file_access.h \
	src/web/file_card.c src/web/file_card.h \
	src/web/file_form.c src/web/file_form.h \
	src/web/file_view.c src/web/file_view.h \
	src/web/flash.c src/web/flash.h \
	src/web/form_text.c src/web/form_text.h \
	src/web/guard.c src/web/guard.h \
	src/web/idempotency.c src/web/idempotency.h \
	src/web/login_cookie.c src/web/login_cookie.h \
	src/web/openapi.c \
	src/web/openapi_operation.c src/web/openapi_operation.h \
	src/web/openapi_schema.c src/web/openapi_schema.h \
	src/web/page_file.c \
	src/web/page_file_change.c \
	src/web/page_files.c src/web/page_files.h \
	src/web/page_account.c src/web/page_account.h \
	src/web/page_login.c \
	src/web/page_password.c \
	src/web/page_product_form.c \
	src/web/page_products.c src/web/page_products.h \
	src/web/page_sessions.c \
	src/web/page_static.c \
	src/web/page_upload.c \
	src/web/page_tokens.c \
	src/web/product_form.c src/web/product_form.h \
	src/web/product_view.c src/web/product_view.h \
	src/web/route_doc.h \
	src/web/quota_view.c src/web/quota_view.h \
	src/web/rate.c src/web/rate.h \
	src/web/return_path.c src/web/return_path.h \
	src/web/routes.c src/web/routes.h \
	src/web/serve.c src/web/serve.h \
	src/web/static_files.c src/web/static_files.h \
	src/web/store_cors.c src/web/store_cors.h \
	src/web/store_delete.c \
	src/web/store_error.c src/web/store_error.h \
	src/web/store_form.c \
	src/web/store_get.c \
	src/web/store_put.c \
	src/web/store_request.c src/web/store_request.h \
	src/web/store_upload.c \
	src/web/token.c src/web/token.h \
	src/web/upload_batch.c src/web/upload_batch.h \
	src/web/upload_kinds.c src/web/upload_kinds.h \
	src/web/view.c src/web/view.h
