/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "web/flash.h"
#include "web/token.h"

#define FLASH_COOKIE "almacen_flash"

enum { FLASH_SECS = 60 };

void
flash_set(const struct app *app, const struct request *request,
    struct response *response, const char *text)
{
	int64_t expires = clock_now_secs(request->clock) + FLASH_SECS;

	response_cookie(response, request, FLASH_COOKIE,
	    token_make(request->pool, app->secret, "flash", slice_str(text),
		expires),
	    FLASH_SECS);
}

void
flash_take(const struct app *app, const struct request *request,
    struct response *response, struct flash *flash_r)
{
	struct slice token, text;

	*flash_r = (struct flash){ .kind = FLASH_NONE, .text = "" };
	if (!request_cookie(request, FLASH_COOKIE, &token))
		return;
	response_cookie(response, request, FLASH_COOKIE, "", 0);
	if (!token_read(request->pool, app->secret, "flash", token,
		clock_now_secs(request->clock), &text))
		return;
	flash_r->kind = FLASH_SUCCESS;
	flash_r->text = slice_dup(request->pool, text);
}
