/*
 * Files by URLs that lead past us: what permits somebody to read one for a
 * while, under its own name and type and as a download, never as a page.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_DOWNLOAD_H
#define WEB_DOWNLOAD_H

#include "http/request.h"
#include "http/response.h"
#include "model/file.h"
#include "web/app.h"

/*
 * A presigned URL; ERR_UPSTREAM or ERR_UNAVAILABLE with code "storage_failed"
 * when none can be made.
 */
int download_sign(const struct app *app, const struct request *request,
    const struct file *file, int64_t expires_secs, const char **url_r,
    struct err *err) ATTR_MUST_USE;
/* 302 to such a URL, which neither caches nor other sites shall learn. */
void download_redirect(struct response *response, const char *url);

#endif
