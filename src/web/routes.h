/*
 * Every address of the application (web/routes.c is the table to read first).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include "http/route.h"
#include "web/route_doc.h"

extern const struct route routes[];
extern const size_t routes_count;

/* Handlers, in the file that their names say. */
int page_index(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_products_list(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_products_show(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_products_delete(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_product_new(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_product_create(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_product_edit(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_product_update(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_upload_presigned(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_confirm_upload(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_get_upload_url(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_file_uploaded(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_upload(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_upload_avatar(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_upload_direct(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_download_object(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_download_file(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_presign_file(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_share_file(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_revoke_shares(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_follow_share(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_file_list(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_file_show(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_file_change(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_file_delete(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_file_restore(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_object_delete(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_quota(struct app *app, struct request *request,
    struct response *response, struct err *err);
int api_openapi(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_upload(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_upload_send(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_files_trash(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_file_edit(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_file_update(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_file_delete_ask(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_file_delete(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_file_erase_ask(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_file_erase(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_static(struct app *app, struct request *request,
    struct response *response, struct err *err);
int store_object_get(struct app *app, struct request *request,
    struct response *response, struct err *err);
int store_object_put(struct app *app, struct request *request,
    struct response *response, struct err *err);
int store_object_post(struct app *app, struct request *request,
    struct response *response, struct err *err);
int store_object_delete(struct app *app, struct request *request,
    struct response *response, struct err *err);
int store_form_post(struct app *app, struct request *request,
    struct response *response, struct err *err);
int store_options(struct app *app, struct request *request,
    struct response *response, struct err *err);

/* What those of the API take and answer; beside their handlers too. */
extern const struct route_doc doc_upload_presigned;
extern const struct route_doc doc_confirm_upload;
extern const struct route_doc doc_get_upload_url;
extern const struct route_doc doc_api_get_upload_url;
extern const struct route_doc doc_file_uploaded;
extern const struct route_doc doc_upload;
extern const struct route_doc doc_upload_avatar;
extern const struct route_doc doc_upload_direct;
extern const struct route_doc doc_download_object;
extern const struct route_doc doc_download_file;
extern const struct route_doc doc_presign_file;
extern const struct route_doc doc_share_file;
extern const struct route_doc doc_revoke_shares;
extern const struct route_doc doc_follow_share;
extern const struct route_doc doc_file_list;
extern const struct route_doc doc_file_show;
extern const struct route_doc doc_file_change;
extern const struct route_doc doc_file_delete;
extern const struct route_doc doc_file_restore;
extern const struct route_doc doc_object_delete;
extern const struct route_doc doc_quota;
extern const struct route_doc doc_openapi;
int page_login(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_login_try(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_logout(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_account(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_password(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_password_change(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_sessions(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_session_end(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_sessions_end_others(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_tokens(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_token_create(struct app *app, struct request *request,
    struct response *response, struct err *err);
int page_token_revoke(struct app *app, struct request *request,
    struct response *response, struct err *err);

#endif
