/*
 * What fetch.c and fetch_set.c share: libcurl's handles (handle.c), and one
 * exchange on a handle (exchange.c).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef NET_FETCH_PRIVATE_H
#define NET_FETCH_PRIVATE_H

#include <curl/curl.h>
#include <pthread.h>

#include "base/buf.h"
#include "net/fetch.h"
#include "net/watch.h"

/* An easy handle and the exchange that is on it. */
struct fetch_handle {
	struct fetch_handle *next;
	CURL *curl;
	char detail[CURL_ERROR_SIZE];
};

/*
 * Handles not in use, the latest first.  The nodes come from a pool that is
 * only touched under the mutex, and are used again.
 */
struct handle_stack {
	pthread_mutex_t mutex;
	struct pool *pool;
	struct fetch_handle *idle;  /* with a curl handle */
	struct fetch_handle *spare; /* without */
	size_t idle_count;
};

void handle_stack_init(struct handle_stack *stack);
void handle_stack_release(struct handle_stack *stack);
/* Close the handles that are not in use. */
void handle_stack_close(struct handle_stack *stack);
/* NULL when libcurl gives none. */
struct fetch_handle *handle_take(struct handle_stack *stack);
void handle_give(struct handle_stack *stack, struct fetch_handle *handle);

struct exchange {
	struct pool *pool;
	const struct fetch_request *request;
	struct fetch_reply *reply;
	struct fetch_handle *handle;
	struct curl_slist *headers;
	struct buf body;
	struct watch watch;
	int64_t read_offset;
	size_t header_bytes;
	bool has_whole_head; /* its empty line came */
	bool is_interim;     /* the head is a 1xx's (RFC 9110 15.2) */
	struct err failure;  /* of a callback */
};

/* Put the exchange on its handle. */
int exchange_begin(struct exchange *exchange, struct err *err) ATTR_MUST_USE;
/* Fill the reply and say what became of it. */
int exchange_end(struct exchange *exchange, CURLcode result, struct err *err)
    ATTR_MUST_USE;

#endif
