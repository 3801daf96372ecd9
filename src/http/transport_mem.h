/*
 * A transport whose request is a table of strings and whose answer is a
 * buffer: for tests of everything above the web server.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_TRANSPORT_MEM_H
#define HTTP_TRANSPORT_MEM_H

#include "base/buf.h"
#include "http/transport.h"

struct transport_mem {
	struct transport transport;
	/* "NAME", "value", ..., NULL */
	const char *const *params;
	struct slice body;
	size_t step_bytes; /* most bytes one read gives; 0 for all at once */
	/* After so many bytes the peer goes away; SIZE_MAX for never. */
	size_t cut_at;
	size_t read_bytes;   /* how far the body was read */
	struct buf out;	     /* the whole CGI answer, header block included */
	bool gave_up_body;
	bool was_cut;
};

/* A request with these variables and body, its answer kept in pool. */
void transport_mem_init(struct transport_mem *mem, struct pool *pool,
    const char *const *params, struct slice body);

#endif
