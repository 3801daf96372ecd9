/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http/acceptor.h"
#include "http/listen.h"
#include "http/master.h"
#include "http/server.h"
#include "http/transport_fcgi.h"

enum {
	FDS_WANTED = 65536,
	/* Waiting for a body is free of the minimum rate for so long. */
	RATE_GRACE_MS = 10 * 1000
};

struct server {
	const struct server_config *config;
	const struct server_handler *handler;
	struct transport_fcgi_limits limits;
};

static enum connection_end
serve(void *arg, int fd)
{
	struct server *server = arg;

	return transport_fcgi_serve(
	    fd, &server->limits, server->handler->handle, server->handler->arg);
}

/* Serve requests in this process until it is told to stop. */
static int
accept_requests(struct server *server, bool has_master, struct err *err)
{
	struct acceptor_config config = {
		.listen_fd = server->config->listen_fd,
		.threads = server->config->threads,
		.io_timeout_ms = server->limits.io_timeout_ms,
		.has_master = has_master,
		.log = server->config->log,
		.serve = serve,
		.arg = server,
	};

	return acceptor_run(&config, err);
}

static int
work(struct server *server, bool has_master, struct err *err)
{
	const struct server_handler *handler = server->handler;
	int rc;

	if (transport_fcgi_init(err) == -1 ||
	    handler->worker_start(handler->arg, err) == -1)
		return -1;
	rc = accept_requests(server, has_master, err);
	handler->worker_stop(handler->arg);
	return rc;
}

static int
work_for_master(void *arg)
{
	struct server *server = arg;
	struct err err = ERR_INIT;

	if (work(server, true, &err) == 0)
		return 0;
	log_error(server->config->log, "worker cannot start: %s", err.text);
	return MASTER_WORKER_CANNOT_START;
}

static void
stop_listening(void *arg)
{
	const struct server *server = arg;

	log_info(server->config->log, "stopping");
	listen_close(server->config->listen_fd, true);
}

static int
run_master(struct server *server, struct err *err)
{
	struct master_config config = {
		.workers = server->config->workers,
		.log = server->config->log,
		.arg = server,
		.work = work_for_master,
		.stop = stop_listening,
	};

	return master_run(&config, err);
}

static int
run_single(struct server *server, struct err *err)
{
	acceptor_block_signals();
	return work(server, false, err);
}

/* As many descriptors as we may have: a thread can need several. */
static void
raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= FDS_WANTED)
		return;
	limit.rlim_cur =
	    limit.rlim_max < FDS_WANTED ? limit.rlim_max : FDS_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* An inherited socket may block, and workers compete for its connections. */
static int
prepare(const struct server_config *config, struct err *err)
{
	int flags = fcntl(config->listen_fd, F_GETFL);

	if (flags == -1 ||
	    fcntl(config->listen_fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return err_set(err, ERR_INTERNAL,
		    "descriptor %d is no listening socket", config->listen_fd);
	raise_fd_limit();
	return 0;
}

static void
log_start(const struct server_config *config)
{
	const struct log_field fields[] = {
		{ "pid", NULL, getpid() },
		{ "workers", NULL, config->workers },
		{ "threads", NULL, config->threads },
	};

	log_fields(config->log, LOG_INFO, "serving FastCGI", fields,
	    ARRAY_COUNT(fields));
}

int
server_run(const struct server_config *config,
    const struct server_handler *handler, struct err *err)
{
	struct server server = {
		.config = config,
		.handler = handler,
		.limits = {
			.io_timeout_ms = config->io_timeout_secs * 1000,
			.min_rate = config->min_rate,
			.grace_ms = RATE_GRACE_MS,
		},
	};
	sigset_t mask;
	int rc;

	if (prepare(config, err) == -1)
		return -1;
	log_start(config);
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	rc = config->workers == 0 ? run_single(&server, err)
				  : run_master(&server, err);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	if (rc == 0)
		log_info(config->log, "stopped");
	return rc;
}
