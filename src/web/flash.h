/*
 * A message for the next page, in a signed cookie that lives a minute
 * (decision 9): several instances need no shared memory for it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_FLASH_H
#define WEB_FLASH_H

#include "http/request.h"
#include "http/response.h"
#include "web/app.h"

enum flash_kind { FLASH_NONE, FLASH_SUCCESS, FLASH_ERROR };

struct flash {
	enum flash_kind kind;
	const char *text; /* in the language of the request that set it */
};

/* Leave a message for the page that the redirect leads to. */
void flash_set(const struct app *app, const struct request *request,
    struct response *response, const char *text);
/* Take the message and delete the cookie; FLASH_NONE when there is none. */
void flash_take(const struct app *app, const struct request *request,
    struct response *response, struct flash *flash_r);

#endif
