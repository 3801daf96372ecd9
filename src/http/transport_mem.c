/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "http/transport_mem.h"

enum { OUT_BYTES_MAX = 64 * 1024 * 1024 };

static const char *
mem_param(struct transport *transport, const char *name)
{
	struct transport_mem *mem = (struct transport_mem *)transport;
	const char *const *params = mem->params;

	for (size_t i = 0; params[i] != NULL; i += 2)
		if (strcmp(params[i], name) == 0)
			return params[i + 1];
	return NULL;
}

static void
mem_each_param(struct transport *transport, transport_param_fn fn, void *arg)
{
	const char *const *params =
	    ((struct transport_mem *)transport)->params;

	for (; *params != NULL; params += 2)
		fn(arg, slice_str(params[0]), params[1]);
}

static int
mem_read(struct transport *transport, struct slice *bytes_r, struct err *err)
{
	struct transport_mem *mem = (struct transport_mem *)transport;
	struct slice rest = slice_from(mem->body, mem->read_bytes);

	if (mem->read_bytes >= mem->cut_at)
		return err_set(err, ERR_GONE_AWAY, "the client went away");
	if (rest.len > mem->cut_at - mem->read_bytes)
		rest.len = mem->cut_at - mem->read_bytes;
	if (mem->step_bytes > 0 && rest.len > mem->step_bytes)
		rest.len = mem->step_bytes;
	mem->read_bytes += rest.len;
	*bytes_r = rest;
	return rest.len > 0 ? 1 : 0;
}

static int
mem_write(struct transport *transport, const void *data, size_t len,
    struct err *err)
{
	struct transport_mem *mem = (struct transport_mem *)transport;

	if (buf_append(&mem->out, data, len) == -1)
		return err_set(err, ERR_GONE_AWAY, "the answer is too long");
	return 0;
}

static void
mem_give_up_body(struct transport *transport)
{
	((struct transport_mem *)transport)->gave_up_body = true;
}

static void
mem_cut(struct transport *transport)
{
	((struct transport_mem *)transport)->was_cut = true;
}

static const struct transport_ops mem_ops = {
	.param = mem_param,
	.each_param = mem_each_param,
	.read = mem_read,
	.write = mem_write,
	.give_up_body = mem_give_up_body,
	.cut = mem_cut,
};

void
transport_mem_init(struct transport_mem *mem, struct pool *pool,
    const char *const *params, struct slice body)
{
	*mem = (struct transport_mem){ .transport.ops = &mem_ops,
		.params = params,
		.body = body.len > 0 ? body : slice_str(""),
		.cut_at = SIZE_MAX };
	buf_init(&mem->out, pool, OUT_BYTES_MAX);
}
