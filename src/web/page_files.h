/*
 * Files as pages for people: the list, the trash and one file.
 *
 * The handlers of GET /files and GET /files/{id} have found what is to be
 * shown and that the caller may see it; these show it to a browser.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_PAGE_FILES_H
#define WEB_PAGE_FILES_H

#include "http/request.h"
#include "http/response.h"
#include "model/file_search.h"
#include "web/app.h"

/*
 * The list that a search found; its filters stand in the page's form again,
 * and the query of the request is kept in the links to other pages.
 */
int page_files_list(struct app *app, struct request *request,
    struct response *response, const struct file_search *search,
    const struct file_list *list, struct err *err) ATTR_MUST_USE;
/* One file, live or in the trash, with what the caller may do with it. */
int page_file_show(struct app *app, struct request *request,
    struct response *response, const struct file *file, struct err *err)
    ATTR_MUST_USE;
/* A share link that was just made: nothing of it is kept. */
struct file_link {
	const char *url;
	int64_t expires_secs;
};
/* The same page, with the link to be copied. */
int page_file_show_link(struct app *app, struct request *request,
    struct response *response, const struct file *file,
    const struct file_link *link, struct err *err) ATTR_MUST_USE;

#endif
