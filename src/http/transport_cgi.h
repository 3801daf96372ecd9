/*
 * Plain CGI (RFC 3875): one request from the environment and standard input.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_TRANSPORT_CGI_H
#define HTTP_TRANSPORT_CGI_H

#include <stdbool.h>
#include <stdint.h>

#include "http/transport.h"

enum { TRANSPORT_CGI_READ_BYTES = 64 * 1024 };

struct transport_cgi {
	struct transport transport;
	int in_fd, out_fd;
	int64_t left_bytes; /* of CONTENT_LENGTH; -1 to read to the end */
	int timeout_ms;	    /* for one read or write to make progress */
	bool is_cut;	    /* nothing more may be written */
	char buffer[TRANSPORT_CGI_READ_BYTES];
};

/*
 * The request of this process.  A server may keep standard input open after
 * the body (RFC 3875 section 4.2), so a CONTENT_LENGTH bounds the reading; a
 * body that ends before it is ERR_GONE_AWAY.  out_fd becomes non-blocking.
 *
 * A cut answer just ends: with a Content-Length the web server sees that it is
 * short; CGI has no other way to say so.
 */
void transport_cgi_init(struct transport_cgi *cgi, int in_fd, int out_fd,
    int timeout_ms);
/*
 * The answer is complete: end it, and read what is left of the body.  Apache's
 * mod_cgid looks at the answer only after it has passed on the whole body, and
 * forgets it when the program ends before.
 */
void transport_cgi_finish(struct transport_cgi *cgi);
/* True when the environment is that of a CGI program. */
bool transport_cgi_is_wanted(void);

#endif
