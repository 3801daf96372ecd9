/* SPDX-License-Identifier: MIT */
#include "net/fetch_private.h"

/* Handles beyond this are closed when they come back. */
enum { IDLE_COUNT_MAX = 32 };

void
handle_stack_init(struct handle_stack *stack)
{
	*stack = (struct handle_stack){ .pool = pool_new() };
	(void)pthread_mutex_init(&stack->mutex, NULL);
}

void
handle_stack_release(struct handle_stack *stack)
{
	handle_stack_close(stack);
	(void)pthread_mutex_destroy(&stack->mutex);
	pool_free(&stack->pool);
}

void
handle_stack_close(struct handle_stack *stack)
{
	struct fetch_handle *handle;

	(void)pthread_mutex_lock(&stack->mutex);
	while ((handle = stack->idle) != NULL) {
		stack->idle = handle->next;
		curl_easy_cleanup(handle->curl);
		handle->curl = NULL;
		handle->next = stack->spare;
		stack->spare = handle;
	}
	stack->idle_count = 0;
	(void)pthread_mutex_unlock(&stack->mutex);
}

static struct fetch_handle *
take_node(struct handle_stack *stack)
{
	struct fetch_handle *handle = stack->idle;

	if (handle != NULL) {
		stack->idle = handle->next;
		stack->idle_count--;
		return handle;
	}
	handle = stack->spare;
	if (handle == NULL)
		return POOL_NEW(stack->pool, struct fetch_handle);
	stack->spare = handle->next;
	return handle;
}

struct fetch_handle *
handle_take(struct handle_stack *stack)
{
	struct fetch_handle *handle;

	(void)pthread_mutex_lock(&stack->mutex);
	handle = take_node(stack);
	(void)pthread_mutex_unlock(&stack->mutex);
	if (handle->curl == NULL)
		handle->curl = curl_easy_init();
	if (handle->curl != NULL)
		return handle;
	handle_give(stack, handle);
	return NULL;
}

void
handle_give(struct handle_stack *stack, struct fetch_handle *handle)
{
	(void)pthread_mutex_lock(&stack->mutex);
	if (handle->curl != NULL && stack->idle_count < IDLE_COUNT_MAX) {
		handle->next = stack->idle;
		stack->idle = handle;
		stack->idle_count++;
		handle = NULL;
	}
	(void)pthread_mutex_unlock(&stack->mutex);
	if (handle == NULL)
		return;
	curl_easy_cleanup(handle->curl);
	handle->curl = NULL;
	(void)pthread_mutex_lock(&stack->mutex);
	handle->next = stack->spare;
	stack->spare = handle;
	(void)pthread_mutex_unlock(&stack->mutex);
}
