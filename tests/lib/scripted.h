/*
 * An HTTP server on loopback that does what its script says, right or wrong,
 * and remembers what it was asked.
 *
 * For each request the first step that is not used up and whose match is part
 * of the request's head is played; a request that no step fits gets a 599.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LIB_SCRIPTED_H
#define LIB_SCRIPTED_H

#include <stddef.h>

enum scripted_way {
	SCRIPTED_REPLY,	  /* send it, keep the connection */
	SCRIPTED_CUT,	  /* send it, close */
	SCRIPTED_RESET,	  /* read the request, reset the connection */
	SCRIPTED_SILENT,  /* read the request, say nothing */
	SCRIPTED_TRICKLE, /* send it, a byte each tenth of a second */
	SCRIPTED_EARLY	  /* send it after the head, before the body */
};

struct scripted_step {
	const char *match; /* "" fits all */
	enum scripted_way way;
	const char *reply; /* NULL: an empty 200 with an ETag */
	int times;	   /* 0: for ever */
	int delay_ms;	   /* before the answer */
};

struct scripted;

/* What the steps point to must outlive the server. */
struct scripted *scripted_start(const struct scripted_step *steps,
    size_t count);
int scripted_port(const struct scripted *server);
/* "http://127.0.0.1:PORT" */
const char *scripted_url(const struct scripted *server);
void scripted_stop(struct scripted *server);

/* How many requests had this in their head. */
size_t scripted_count(struct scripted *server, const char *part);
/* The head of the last request that had this in it; "" if none. */
const char *scripted_head(struct scripted *server, const char *part);
/* Its body, as far as it was kept. */
const char *scripted_body(struct scripted *server, const char *part);
size_t scripted_connections(struct scripted *server);

#endif
