/*
 * almacen.fcgi: wire configuration, application and transport together.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/conf.h"
#include "base/log.h"
#include "base/num.h"
#include "base/pool.h"
#include "http/server.h"
#include "http/transport_cgi.h"
#include "model/settings.h"
#include "web/app.h"
#include "web/serve.h"

enum { EXIT_USAGE = 2, MS_PER_SEC = 1000, KEPT_BYTES = 512 << 10 };

struct options {
	const char *env_file;
	const char *listen;
	const char *workers;
	const char *threads;
};

static const char usage[] =
    "usage: almacen.fcgi [-hV] [-e FILE] [-l PATH|HOST:PORT] [-w N] [-t N]\n"
    "\n"
    "  -e, --env-file FILE  read settings from FILE (ALMACEN_ENV_FILE)\n"
    "  -l, --listen WHERE   listen there instead of on descriptor 0 (LISTEN)\n"
    "  -w, --workers N      worker processes; 0: no master (WORKERS)\n"
    "  -t, --threads N      threads of each worker (THREADS)\n"
    "  -h, --help           show this text\n"
    "  -V, --version        show the version\n"
    "\n"
    "Started by a web server as a CGI program it answers one request.\n"
    "Every setting: almacenctl config\n";

/* 1: go on; else exit with *status_r. */
static int
parse_options(int argc, char **argv, struct options *options, int *status_r)
{
	static const struct option names[] = {
		{ "env-file", required_argument, NULL, 'e' },
		{ "listen", required_argument, NULL, 'l' },
		{ "workers", required_argument, NULL, 'w' },
		{ "threads", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*status_r = EXIT_SUCCESS;
	while ((c = getopt_long(argc, argv, "e:l:w:t:hV", names, NULL)) != -1) {
		switch (c) {
		case 'e':
			options->env_file = optarg;
			break;
		case 'l':
			options->listen = optarg;
			break;
		case 'w':
			options->workers = optarg;
			break;
		case 't':
			options->threads = optarg;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			return 0;
		case 'V':
			(void)puts("almacen " PACKAGE_VERSION);
			return 0;
		default:
			*status_r = EXIT_USAGE;
			return 0;
		}
	}
	return 1;
}

/* The number of an option, else of its setting; -1 for nonsense. */
static int
find_number(const struct conf *conf, enum setting id, const char *text)
{
	int64_t max = settings_table[id].max, value;

	if (text == NULL)
		return (int)conf_number(conf, id);
	if (!num_parse_i64(slice_str(text), max, &value) ||
	    value < settings_table[id].min)
		return -1;
	return (int)value;
}

/* ---- FastCGI ---- */

struct program {
	struct app *app;
	int uploads_max;
};

static int
worker_start(void *arg, struct err *err)
{
	struct program *program = arg;

	if (app_start(program->app, program->uploads_max, err) == -1)
		return -1;
	app_prepare_store(program->app);
	app_look_for_people(program->app);
	return 0;
}

static void
worker_stop(void *arg)
{
	struct program *program = arg;

	/* Database and storage connections close with the pool. */
	pool_clear(program->app->pool);
}

static void
worker_handle(void *arg, struct transport *transport)
{
	struct program *program = arg;

	serve(program->app, transport);
}

static int
open_socket(const struct options *options, const struct conf *conf, int *fd_r,
    struct err *err)
{
	const char *where = options->listen;

	if (where == NULL)
		where = conf_text(conf, SET_LISTEN);
	if (*where != '\0')
		return server_listen(where, fd_r, err);
	*fd_r = STDIN_FILENO;
	if (server_is_inherited())
		return 0;
	return err_set(err, ERR_INVALID,
	    "no listening socket on descriptor 0: start almacen.fcgi from a "
	    "web server, or with --listen");
}

/*
 * By default glibc returns the end of a heap once 128 KiB of it are free.  One
 * request uses more, and the next would have the same pages cleared again.
 * Setting one of the two stops glibc from adjusting both; it keeps them so.
 */
static void
keep_freed_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 2);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
#endif
}

static int
run_fastcgi(struct app *app, const struct options *options, struct err *err)
{
	struct program program = { .app = app };
	const struct server_handler handler = { .arg = &program,
		.worker_start = worker_start,
		.worker_stop = worker_stop,
		.handle = worker_handle };
	struct server_config config = {
		.workers =
		    find_number(app->conf, SET_WORKERS, options->workers),
		.threads =
		    find_number(app->conf, SET_THREADS, options->threads),
		.io_timeout_secs = (int)conf_number(app->conf, SET_IO_TIMEOUT),
		.min_rate = (int)conf_number(app->conf, SET_MIN_RATE),
		.log = &app->log,
	};

	if (config.workers < 0 || config.threads < 1)
		return err_set(err, ERR_INVALID,
		    "--workers or --threads is out of range");
	/* At least a quarter of the threads is kept for pages. */
	program.uploads_max = config.threads == 1 ? 1 : config.threads * 3 / 4;
	if (open_socket(options, app->conf, &config.listen_fd, err) == -1)
		return -1;
	keep_freed_memory();
	return server_run(&config, &handler, err);
}

/* ---- CGI ---- */

static int
run_cgi(struct app *app, struct err *err)
{
	static struct transport_cgi cgi; /* too large for the stack */
	const char *method = getenv("REQUEST_METHOD");

	if (app_start(app, 0, err) == -1)
		return -1;
	/* Each request is a start here; pages must not wait for storage. */
	if (method != NULL && strcmp(method, "POST") == 0)
		app_prepare_store(app);
	transport_cgi_init(&cgi, STDIN_FILENO, STDOUT_FILENO,
	    (int)conf_number(app->conf, SET_IO_TIMEOUT) * MS_PER_SEC);
	serve(app, &cgi.transport);
	transport_cgi_finish(&cgi);
	return 0;
}

static int
run(struct app *app, const struct options *options, struct pool *pool,
    struct err *err)
{
	struct conf *conf;

	if (settings_load(pool, options->env_file,
		(const char *const *)environ, &conf, err) == -1 ||
	    app_open(app, pool, conf, err) == -1)
		return -1;
	if (transport_cgi_is_wanted() && !server_is_inherited())
		return run_cgi(app, err);
	return run_fastcgi(app, options, err);
}

int
main(int argc, char **argv)
{
	struct options options = { NULL };
	struct err err = ERR_INIT;
	struct pool *pool;
	struct app app;
	struct log log;
	int status;

	if (parse_options(argc, argv, &options, &status) != 1)
		return status;
	(void)signal(SIGPIPE, SIG_IGN);
	pool = pool_new_secret();
	if (run(&app, &options, pool, &err) == -1) {
		log_init(&log, STDERR_FILENO, LOG_INFO);
		log_error(&log, "cannot start: %s", err.text);
		status = EXIT_FAILURE;
	}
	pool_free(&pool);
	return status;
}
