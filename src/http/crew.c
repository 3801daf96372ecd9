/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/crew.h"

enum { STACK_BYTES = 256 * 1024 };

static void *
serve_requests(void *arg)
{
	const struct crew *crew = arg;
	struct connection *connection;

	while ((connection = connection_take(crew->connections)) != NULL)
		connection_return(crew->connections, connection,
		    crew->serve(crew->arg, connection->fd));
	return NULL;
}

static int
create_threads(struct crew *crew, int threads)
{
	pthread_attr_t attr;
	int rc = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	while (crew->count < threads && rc == 0) {
		rc = pthread_create(
		    &crew->threads[crew->count], &attr, serve_requests, crew);
		if (rc == 0)
			crew->count++;
	}
	pthread_attr_destroy(&attr);
	return rc;
}

int
crew_start(struct crew *crew, struct pool *pool, int threads, struct err *err)
{
	int rc;

	crew->threads =
	    pool_alloc_array(pool, (size_t)threads, sizeof(*crew->threads));
	rc = create_threads(crew, threads);
	if (rc == 0)
		return 0;
	crew_end(crew);
	return err_set(err, ERR_INTERNAL, "start thread %d of %d: %s",
	    crew->count + 1, threads, strerror(rc));
}

void
crew_end(struct crew *crew)
{
	struct connections *connections = crew->connections;

	pthread_mutex_lock(&connections->lock);
	connections->is_stopping = true;
	pthread_cond_broadcast(&connections->ready);
	pthread_mutex_unlock(&connections->lock);
	for (int i = 0; i < crew->count; i++)
		(void)pthread_join(crew->threads[i], NULL);
}
