/*
 * The server as processes: fcgi-echo is started on a socket of its own, and
 * asked, stopped and killed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/check.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "http/fcgi_client.h"
#include "http/server.h"

enum { PATH_BYTES = 100, ARGS_MAX = 16, PROGRAM_BYTES = 1000 };

struct fixture {
	char dir[PATH_BYTES - 10];
	char socket[PATH_BYTES];
	char program[PROGRAM_BYTES];
	pid_t pid;
	struct fcgi_answer answer;
};

static int
set_up(void **state)
{
	const char *build = getenv("top_builddir");
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/almacen-server-XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	(void)snprintf(f.socket, sizeof(f.socket), "%s/socket", f.dir);
	(void)snprintf(f.program, sizeof(f.program), "%s/tests/http/fcgi-echo",
	    build != NULL ? build : ".");
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->pid > 0) {
		(void)kill(f->pid, SIGKILL);
		(void)waitpid(f->pid, NULL, 0);
	}
	(void)unlink(f->socket);
	assert_int_equal(rmdir(f->dir), 0);
	return 0;
}

static ATTR_NORETURN void
exec_program(struct fixture *f, const char *const *args)
{
	char *argv[ARGS_MAX] = { f->program };
	int log = open("/dev/null", O_WRONLY);

	for (int i = 0; args[i] != NULL && i < ARGS_MAX - 2; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	if (getenv("ALMACEN_TEST_LOG") == NULL)
		(void)dup2(log, STDERR_FILENO);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)execv(f->program, argv);
	_exit(127);
}

/* Milliseconds later, so that a loop with a deadline does not spin. */
static void
nap(int ms)
{
	(void)usleep((useconds_t)ms * 1000);
}

/* A connection; the program has some seconds to start listening. */
static int
connect_to(const struct fixture *f)
{
	for (int i = 0; i < 300; i++) {
		int fd = fcgi_connect(f->socket);

		if (fd != -1)
			return fd;
		nap(10);
	}
	fail_msg("nothing listens on %s", f->socket);
	return -1;
}

/* Start the program and have it answer once. */
static void
start(struct fixture *f, const char *workers, const char *threads)
{
	const char *const args[] = { "-l", f->socket, "-w", workers, "-t",
		threads, "-i", "1", NULL };
	int fd;

	f->pid = fork();
	if (f->pid == 0)
		exec_program(f, args);
	assert_true(f->pid > 0);
	fd = connect_to(f);
	fcgi_get(fd, false, "", &f->answer);
	assert_true(f->answer.has_ended);
	(void)close(fd);
}

/* The exit status of the program, or -1 when it has not ended in time. */
static int
wait_for_end(struct fixture *f, int timeout_ms)
{
	int status;

	for (; timeout_ms > 0; timeout_ms -= 5) {
		if (waitpid(f->pid, &status, WNOHANG) == f->pid) {
			f->pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) :
						   1000 + WTERMSIG(status);
		}
		nap(5);
	}
	return -1;
}

/* A number in a report: "pid=12". */
static long
number(const struct fcgi_answer *answer, const char *name)
{
	const char *found = strstr(answer->text, name);

	assert_non_null(found);
	return strtol(found + strlen(name), NULL, 10);
}

/* One GET on a connection of its own. */
static void
get(struct fixture *f, const char *query)
{
	int fd = connect_to(f);

	fcgi_get(fd, false, query, &f->answer);
	(void)close(fd);
}

static void
test_kept_connection(void **state)
{
	struct fixture *f = *state;
	int fd;

	start(f, "1", "2");
	fd = connect_to(f);
	for (int i = 0; i < 20; i++) {
		fcgi_get(fd, true, i % 2 ? "ignore" : "", &f->answer);
		assert_true(f->answer.has_ended);
		assert_non_null(strstr(f->answer.text,
		    i % 2 ? "end=unread" : "end=end"));
	}
	(void)close(fd);
}

static void
test_connection_is_closed_unless_kept(void **state)
{
	struct fixture *f = *state;

	start(f, "1", "1");
	get(f, "");
	assert_true(f->answer.has_ended);
	assert_true(f->answer.is_closed);
}

/* Kept and silent connections take no thread: two threads serve a third. */
static void
test_more_connections_than_threads(void **state)
{
	struct fixture *f = *state;
	int fds[50];

	start(f, "1", "2");
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = connect_to(f);
		if (i % 2 == 0)
			continue;
		fcgi_get(fds[i], true, "", &f->answer);
		assert_true(f->answer.has_ended);
	}
	for (size_t i = 1; i < ARRAY_COUNT(fds); i += 2) {
		fcgi_get(fds[i], true, "", &f->answer);
		assert_true(f->answer.has_ended);
	}
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
		(void)close(fds[i]);
}

/* Requests beyond the threads wait their turn and are all answered. */
static void
test_more_requests_than_threads(void **state)
{
	static const char *const params[] = { "REQUEST_METHOD", "GET",
		"QUERY_STRING", "sleep=10", NULL };
	struct fixture *f = *state;
	int fds[40];

	start(f, "1", "4");
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = connect_to(f);
		fcgi_begin(fds[i], false, params);
		fcgi_body(fds[i], NULL, 0);
	}
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
		fcgi_read(fds[i], 3000, true, &f->answer);
		assert_true(f->answer.has_ended);
		(void)close(fds[i]);
	}
}

static void
test_descriptors_are_given_back(void **state)
{
	struct fixture *f = *state;
	long before;

	start(f, "1", "2");
	get(f, "");
	before = number(&f->answer, "fds=");
	for (int i = 0; i < 50; i++) {
		int fd = connect_to(f);

		if (i % 3 == 0)
			fcgi_get(fd, true, "", &f->answer);
		if (i % 3 == 1)
			fcgi_record(fd, FCGI_BEGIN_REQUEST, "x", 1);
		(void)close(fd);
	}
	for (int i = 0; i < 200; i++) {
		get(f, "");
		if (number(&f->answer, "fds=") == before)
			return;
		nap(10);
	}
	fail_msg("%ld descriptors before, %ld after", before,
	    number(&f->answer, "fds="));
}

static void
test_silent_connection_is_dropped(void **state)
{
	struct fixture *f = *state;
	int fd;

	start(f, "1", "1");
	fd = connect_to(f);
	fcgi_read(fd, 3000, true, &f->answer);
	assert_true(f->answer.is_closed);
	(void)close(fd);
}

/* The answer arrives although the peer goes on sending. */
static void
test_early_answer(void **state)
{
	static const char *const params[] = { "REQUEST_METHOD", "POST",
		"QUERY_STRING", "early", NULL };
	static const char data[60000];
	struct fixture *f = *state;
	int fd;

	start(f, "1", "1");
	fd = connect_to(f);
	fcgi_begin(fd, true, params);
	for (int i = 0; i < 20; i++)
		fcgi_record(fd, FCGI_STDIN, data, sizeof(data));
	fcgi_read(fd, 3000, false, &f->answer);
	assert_true(f->answer.has_ended);
	assert_non_null(strstr(f->answer.text, "Status: 413"));
	(void)close(fd);
}

static void
test_cut_answer_has_no_end(void **state)
{
	struct fixture *f = *state;

	start(f, "1", "1");
	get(f, "cut");
	assert_true(f->answer.is_closed);
	assert_false(f->answer.has_ended);
}

static void
stop_during_upload(struct fixture *f, const char *workers, int signo)
{
	static const char *const params[] = { "REQUEST_METHOD", "POST", NULL };
	int fd;

	start(f, workers, "2");
	fd = connect_to(f);
	fcgi_begin(fd, true, params);
	fcgi_record(fd, FCGI_STDIN, "first,", 6);
	nap(50);
	assert_int_equal(kill(f->pid, signo), 0);
	nap(50);
	assert_int_equal(fcgi_connect(f->socket), -1);
	assert_int_equal(wait_for_end(f, 50), -1);
	fcgi_body(fd, "last", 4);
	fcgi_read(fd, 3000, true, &f->answer);
	assert_non_null(strstr(f->answer.text, "body=10\n"));
	assert_true(f->answer.has_ended);
	/* Although it was to be kept. */
	assert_true(f->answer.is_closed);
	(void)close(fd);
	assert_int_equal(wait_for_end(f, 3000), 0);
	assert_int_equal(access(f->socket, F_OK), -1);
}

static void
test_stop_finishes_upload(void **state)
{
	stop_during_upload(*state, "2", SIGTERM);
}

static void
test_stop_finishes_upload_without_master(void **state)
{
	stop_during_upload(*state, "0", SIGTERM);
}

static void
test_other_signals_stop_too(void **state)
{
	static const int signals[] = { SIGINT, SIGHUP, SIGUSR1 };

	for (size_t i = 0; i < ARRAY_COUNT(signals); i++) {
		struct fixture *f = *state;

		start(f, i % 2 ? "0" : "1", "1");
		assert_int_equal(kill(f->pid, signals[i]), 0);
		assert_int_equal(wait_for_end(f, 3000), 0);
	}
}

static void
test_stop_ends_parked_connections(void **state)
{
	struct fixture *f = *state;
	int64_t start_ms;
	int fds[10];

	start(f, "2", "2");
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++) {
		fds[i] = connect_to(f);
		if (i % 2 == 0)
			fcgi_get(fds[i], true, "", &f->answer);
	}
	start_ms = clock_monotonic_ms();
	assert_int_equal(kill(f->pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(f, 3000), 0);
	assert_true(clock_monotonic_ms() - start_ms < 500);
	for (size_t i = 0; i < ARRAY_COUNT(fds); i++)
		(void)close(fds[i]);
}

static void
second_signal(struct fixture *f, const char *workers, int status)
{
	static const char *const params[] = { "REQUEST_METHOD", "GET",
		"QUERY_STRING", "sleep=5000", NULL };
	int fd;

	start(f, workers, "1");
	fd = connect_to(f);
	fcgi_begin(fd, false, params);
	fcgi_body(fd, NULL, 0);
	nap(50);
	assert_int_equal(kill(f->pid, SIGTERM), 0);
	nap(50);
	assert_int_equal(kill(f->pid, SIGTERM), 0); /* the same stop */
	assert_int_equal(wait_for_end(f, 1100), -1);
	assert_int_equal(kill(f->pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(f, 1000), status);
	(void)close(fd);
}

static void
test_second_signal_ends_at_once(void **state)
{
	second_signal(*state, "1", 0);
}

static void
test_second_signal_without_master(void **state)
{
	second_signal(*state, "0", 1);
}

static void
test_dead_worker_is_replaced(void **state)
{
	struct fixture *f = *state;
	long first;

	start(f, "1", "2");
	first = number(&f->answer, "pid=");
	assert_int_equal(kill((pid_t)first, SIGSEGV), 0);
	get(f, "");
	assert_true(f->answer.has_ended);
	assert_int_not_equal(number(&f->answer, "pid="), first);
	/* And one that dies while it serves. */
	get(f, "crash");
	assert_false(f->answer.has_ended);
	get(f, "");
	assert_true(f->answer.has_ended);
}

static void
test_workers_end_with_their_master(void **state)
{
	struct fixture *f = *state;
	pid_t worker;

	start(f, "1", "2");
	worker = (pid_t)number(&f->answer, "pid=");
	assert_int_equal(kill(f->pid, SIGKILL), 0);
	assert_int_equal(wait_for_end(f, 1000), 1000 + SIGKILL);
	for (int i = 0; i < 300; i++) {
		/* As an orphan it is somebody else's to wait for. */
		if (fcgi_connect(f->socket) == -1 && kill(worker, 0) == -1)
			return;
		nap(10);
	}
	fail_msg("worker %d is still there", (int)worker);
}

static void
test_worker_that_cannot_start(void **state)
{
	struct fixture *f = *state;
	const char *const args[] = { "-l", f->socket, "-w", "2", "-F", NULL };

	f->pid = fork();
	if (f->pid == 0)
		exec_program(f, args);
	assert_int_equal(wait_for_end(f, 3000), 1);
	assert_int_equal(access(f->socket, F_OK), -1);
}

static void
test_inherited_socket(void **state)
{
	const char *const args[] = { "-w", "1", NULL };
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	int fd;

	assert_int_equal(server_listen(f->socket, &fd, &err), 0);
	f->pid = fork();
	if (f->pid == 0) {
		(void)dup2(fd, 0);
		exec_program(f, args);
	}
	(void)close(fd);
	get(f, "");
	assert_true(f->answer.has_ended);
	assert_int_equal(kill(f->pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(f, 3000), 0);
	/* Who made it removes it. */
	assert_int_equal(access(f->socket, F_OK), 0);
}

static void
test_listen(void **state)
{
	struct fixture *f = *state;
	struct err err = ERR_INIT;
	char longer[300];
	struct stat st;
	int fd, second;

	assert_false(server_is_inherited());
	assert_int_equal(server_listen(f->socket, &fd, &err), 0);
	assert_int_equal(stat(f->socket, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	/* A live one is left alone, a stale one is replaced. */
	assert_int_equal(server_listen(f->socket, &second, &err), -1);
	assert_non_null(strstr(err.text, "listening there already"));
	(void)close(fd);
	assert_int_equal(server_listen(f->socket, &fd, &err), 0);
	(void)close(fd);
	assert_int_equal(unlink(f->socket), 0);
	/* What is no socket is not removed. */
	fd = open(f->socket, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	(void)close(fd);
	assert_int_equal(server_listen(f->socket, &fd, &err), -1);
	assert_non_null(strstr(err.text, "something else"));
	assert_int_equal(access(f->socket, F_OK), 0);
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(server_listen(longer, &fd, &err), -1);
}

static void
test_listen_tcp(void **state)
{
	static const char *const wrong[] = { ":80", "127.0.0.1:http",
		"127.0.0.1:", "127.0.0.1:70000", "nowhere.invalid:9", "[]:9" };
	struct err err = ERR_INIT;
	int fd;

	(void)state;
	assert_int_equal(server_listen("127.0.0.1:0", &fd, &err), 0);
	(void)close(fd);
	assert_int_equal(server_listen("[::1]:0", &fd, &err), 0);
	(void)close(fd);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		assert_int_equal(server_listen(wrong[i], &fd, &err), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_listen),
		TEST(test_listen_tcp),
		TEST(test_kept_connection),
		TEST(test_connection_is_closed_unless_kept),
		TEST(test_more_connections_than_threads),
		TEST(test_more_requests_than_threads),
		TEST(test_descriptors_are_given_back),
		TEST(test_silent_connection_is_dropped),
		TEST(test_early_answer),
		TEST(test_cut_answer_has_no_end),
		TEST(test_stop_finishes_upload),
		TEST(test_stop_finishes_upload_without_master),
		TEST(test_other_signals_stop_too),
		TEST(test_stop_ends_parked_connections),
		TEST(test_second_signal_ends_at_once),
		TEST(test_second_signal_without_master),
		TEST(test_dead_worker_is_replaced),
		TEST(test_workers_end_with_their_master),
		TEST(test_worker_that_cannot_start),
		TEST(test_inherited_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
