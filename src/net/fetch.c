/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "net/fetch_private.h"

struct fetcher {
	struct handle_stack handles;
};

static void
fetcher_hook(void *arg)
{
	struct fetcher *fetcher = arg;

	handle_stack_release(&fetcher->handles);
	curl_global_cleanup();
}

struct fetcher *
fetcher_new(struct pool *pool)
{
	struct fetcher *fetcher = POOL_NEW(pool, struct fetcher);

	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	handle_stack_init(&fetcher->handles);
	pool_on_clear(pool, fetcher_hook, fetcher);
	return fetcher;
}

void
fetcher_close_idle(struct fetcher *fetcher)
{
	handle_stack_close(&fetcher->handles);
}

int
fetch_run(struct fetcher *fetcher, struct pool *pool,
    const struct fetch_request *request, struct fetch_reply *reply_r,
    struct err *err)
{
	struct exchange exchange = { .pool = pool,
		.request = request,
		.reply = reply_r };
	int result;

	exchange.handle = handle_take(&fetcher->handles);
	if (exchange.handle == NULL)
		return err_set(err, ERR_INTERNAL, "out of memory");
	result = exchange_begin(&exchange, err);
	if (result == 0)
		result = exchange_end(&exchange,
		    curl_easy_perform(exchange.handle->curl), err);
	handle_give(&fetcher->handles, exchange.handle);
	return result;
}

int
fetch_read_slice(void *arg, int64_t offset, void *data, size_t len,
    size_t *got_r, struct err *err)
{
	const struct slice *body = arg;
	struct slice rest = slice_from(*body, (size_t)offset);

	(void)err;
	*got_r = len < rest.len ? len : rest.len;
	memcpy(data, rest.data, *got_r);
	return 0;
}

const struct slice *
fetch_header(const struct fetch_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (slice_eq_case(reply->headers[i].name, name))
			return &reply->headers[i].value;
	return NULL;
}
