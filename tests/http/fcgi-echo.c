/*
 * A FastCGI program that does what its query says, for tests of the server
 * and of web server configurations:
 *
 *	sleep=MS   wait before the body is read
 *	bytes=N    answer with N times "x" after the report
 *	early      answer 413 without reading the body
 *	ignore     answer without reading the body, without saying so
 *	cut        break off after half an answer
 *	crash      die from a signal
 *
 * The report has one "name=value" a line: what came as variables, how many
 * bytes the body had, their FNV-1a hash, and how reading ended.
 *
 * usage: fcgi-echo [-l WHERE] [-w WORKERS] [-t THREADS] [-i IO_SECS] [-F]
 * Without -l on descriptor 0; with -F no worker can start.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/server.h"

enum { REPORT_BYTES = 8192, BLOCK_BYTES = 100000 };

struct body {
	long long bytes;
	unsigned int hash;
	const char *end;
};

static const char *const shown[] = { "REQUEST_METHOD", "REQUEST_URI",
	"SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE",
	"CONTENT_LENGTH", "REMOTE_ADDR", "REMOTE_USER", "HTTPS", "HTTP_HOST",
	"HTTP_AUTHORIZATION", "HTTP_X_FORWARDED_FOR", "HTTP_PROXY" };

static void
read_body(struct transport *transport, struct body *body)
{
	struct err err = ERR_INIT;
	struct slice bytes;
	int rc;

	*body = (struct body){ .hash = 2166136261U, .end = "end" };
	while ((rc = transport->ops->read(transport, &bytes, &err)) == 1) {
		body->bytes += (long long)bytes.len;
		for (size_t i = 0; i < bytes.len; i++)
			body->hash =
			    (body->hash ^ (unsigned char)bytes.data[i]) *
			    16777619U;
	}
	if (rc == -1)
		body->end = err.code[0] != '\0' ? err.code :
						  err_kind_name(err.kind);
}

/* Open descriptors of this process, but for the one that counts them. */
static int
count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count - 3;
}

static size_t
write_report(struct transport *transport, const struct body *body, char *report)
{
	int len = snprintf(report, REPORT_BYTES,
	    "pid=%d\nfds=%d\nbody=%lld\nhash=%u\nend=%s\n", (int)getpid(),
	    count_fds(), body->bytes, body->hash, body->end);

	for (size_t i = 0; i < ARRAY_COUNT(shown); i++) {
		const char *value =
		    transport->ops->param(transport, shown[i]);

		if (value != NULL && len < REPORT_BYTES)
			len += snprintf(report + len,
			    (size_t)(REPORT_BYTES - len), "%s=%.400s\n",
			    shown[i], value);
	}
	return (size_t)(len < REPORT_BYTES ? len : REPORT_BYTES - 1);
}

/* The number after "name=" in the query, or 0. */
static long
query_number(const char *query, const char *name)
{
	const char *found = strstr(query, name);

	return found == NULL ? 0 : strtol(found + strlen(name), NULL, 10);
}

static void
answer(struct transport *transport, const char *query,
    const struct body *body)
{
	static const char block[BLOCK_BYTES];
	char report[REPORT_BYTES], head[200];
	size_t report_len = write_report(transport, body, report);
	long left = query_number(query, "bytes=");
	struct err err = ERR_INIT;
	int len = snprintf(head, sizeof(head),
	    "Status: %s\r\nContent-Type: text/plain\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    strstr(query, "early") != NULL ? "413 Content Too Large" : "200 OK",
	    report_len + (size_t)left);
	int rc = transport->ops->write(transport, head, (size_t)len, &err);

	if (strstr(query, "cut") != NULL)
		report_len /= 2;
	if (rc == 0)
		rc = transport->ops->write(transport, report, report_len, &err);
	if (strstr(query, "cut") != NULL)
		transport->ops->cut(transport);
	while (rc == 0 && left > 0) {
		size_t part = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;

		rc = transport->ops->write(transport, block, part, &err);
		left -= (long)part;
	}
}

static void
handle(void *arg, struct transport *transport)
{
	const char *query = transport->ops->param(transport, "QUERY_STRING");
	struct body body = { .end = "unread" };
	long sleep_ms;

	(void)arg;
	if (query == NULL)
		query = "";
	sleep_ms = query_number(query, "sleep=");
	if (strstr(query, "crash") != NULL)
		abort();
	if (sleep_ms > 0)
		(void)usleep((useconds_t)sleep_ms * 1000);
	if (strstr(query, "early") != NULL)
		transport->ops->give_up_body(transport);
	else if (strstr(query, "ignore") == NULL)
		read_body(transport, &body);
	answer(transport, query, &body);
}

static int
worker_start(void *arg, struct err *err)
{
	const bool *fails = arg;

	if (*fails)
		return err_set(err, ERR_UNAVAILABLE, "asked to fail");
	return 0;
}

static void
worker_stop(void *arg)
{
	(void)arg;
}

static int
parse_args(int argc, char **argv, struct server_config *config, bool *fails,
    const char **where)
{
	int c;

	while ((c = getopt(argc, argv, "l:w:t:i:F")) != -1)
		switch (c) {
		case 'l':
			*where = optarg;
			break;
		case 'w':
			config->workers = (int)strtol(optarg, NULL, 10);
			break;
		case 't':
			config->threads = (int)strtol(optarg, NULL, 10);
			break;
		case 'i':
			config->io_timeout_secs = (int)strtol(optarg, NULL, 10);
			break;
		case 'F':
			*fails = true;
			break;
		default:
			return -1;
		}
	return 0;
}

int
main(int argc, char **argv)
{
	struct server_config config = {
		.workers = 1, .threads = 4, .io_timeout_secs = 30
	};
	struct server_handler handler = { .worker_start = worker_start,
		.worker_stop = worker_stop,
		.handle = handle };
	const char *where = NULL;
	struct err err = ERR_INIT;
	bool fails = false;
	struct log log;

	log_init(&log, STDERR_FILENO, LOG_INFO);
	config.log = &log;
	handler.arg = &fails;
	if (parse_args(argc, argv, &config, &fails, &where) == -1)
		return 2;
	if (where == NULL && !server_is_inherited()) {
		log_error(&log, "descriptor 0 is no listening socket");
		return 1;
	}
	if ((where != NULL &&
		server_listen(where, &config.listen_fd, &err) == -1) ||
	    server_run(&config, &handler, &err) == -1) {
		log_error(&log, "%s", err.text);
		return 1;
	}
	return 0;
}
