/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/tmpdir.h"
#include "net/fetch.h"

enum { TRIES = 100, TRY_US = 50000 };

static const char *const no_headers[] = { NULL };

/* A quiet child; 127 when there is no such program. */
static pid_t
spawn(const char *const argv[])
{
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* A certificate for 127.0.0.1 that is its own authority. */
static bool
make_certificate(const char *key, const char *certificate)
{
	const char *const argv[] = { "openssl", "req", "-x509", "-newkey", "ec",
		"-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
		"/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-days",
		"2", "-keyout", key, "-out", certificate, NULL };
	int status = 0;

	return waitpid(spawn(argv), &status, 0) != -1 && status == 0;
}

/* Nobody else is likely to take it before the server does. */
static int
free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_return_code(bind(fd, (struct sockaddr *)&addr, len), 0);
	assert_return_code(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	(void)close(fd);
	return ntohs(addr.sin_port);
}

static void
stop_server(void *arg)
{
	const pid_t *pid = arg;

	(void)kill(*pid, SIGKILL);
	(void)waitpid(*pid, NULL, 0);
}

static void
start_server(struct pool *pool, int port, const char *key,
    const char *certificate)
{
	const char *const argv[] = { "openssl", "s_server", "-quiet", "-www",
		"-accept", pool_format(pool, "127.0.0.1:%d", port), "-key",
		key, "-cert", certificate, NULL };
	pid_t pid = spawn(argv);

	pool_on_clear(pool, stop_server, pool_memdup(pool, &pid, sizeof(pid)));
}

/* Asked again until the server is up. */
static int
ask(struct pool *pool, const char *url, const char *ca_file, struct err *err)
{
	struct fetcher *fetcher = fetcher_new(pool);
	const struct fetch_request request = { .method = "GET",
		.url = url,
		.headers = no_headers,
		.ca_file = ca_file,
		.deadlines = { .connect_secs = 5, .stall_secs = 5,
		    .total_secs = 10 } };
	struct fetch_reply reply;
	int result = -1;

	for (int i = 0; i < TRIES; i++) {
		err_clear(err);
		result = fetch_run(fetcher, pool, &request, &reply, err);
		if (result == 0 || err->kind != ERR_UNAVAILABLE)
			break;
		(void)usleep(TRY_US);
	}
	return result;
}

/* D9: who signed it must be known; a file of authorities can say so. */
static void
test_authorities(void **state)
{
	struct pool *pool = *state;
	const char *dir = tmpdir_new(pool);
	const char *key = pool_format(pool, "%s/key.pem", dir);
	const char *certificate = pool_format(pool, "%s/ca.pem", dir);
	int port = free_port();
	const char *url = pool_format(pool, "https://127.0.0.1:%d/", port);
	const char *other = pool_format(pool, "https://localhost:%d/", port);
	const char *const strange[] = { NULL, "",
		/* A file that is not there is no leave to trust anybody. */
		pool_format(pool, "%s/absent", dir) };
	struct err err = ERR_INIT;

	if (!make_certificate(key, certificate))
		fail_msg("no openssl(1) that makes certificates");
	start_server(pool, port, key, certificate);
	assert_int_equal(ask(pool, url, certificate, &err), 0);
	for (size_t i = 0; i < ARRAY_COUNT(strange); i++) {
		assert_int_equal(ask(pool, url, strange[i], &err), -1);
		assert_int_equal(err.kind, ERR_UPSTREAM);
	}
	/* The name counts too: the certificate is for another one. */
	assert_int_equal(ask(pool, other, certificate, &err), -1);
	assert_int_equal(err.kind, ERR_UPSTREAM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(test_authorities),
	};

	return cmocka_run_group_tests_name("net/tls", tests, NULL, NULL);
}
