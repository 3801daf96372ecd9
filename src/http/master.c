/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pool.h"
#include "http/acceptor.h"
#include "http/master.h"

enum {
	/* A worker that lived for less has died at once. */
	SHORT_LIFE_MS = 5000,
	DELAY_FIRST_MS = 100,
	DELAY_DOUBLINGS_MAX = 7 /* 12.8 s */
};

struct worker {
	pid_t pid; /* 0: not running */
	bool is_replacement;
	int short_lives; /* in a row */
	int64_t started_ms;
	int64_t due_ms; /* when to start it, if it is not running */
};

struct master {
	const struct master_config *config;
	struct worker *workers;
	sigset_t signals;
	bool is_stopping;
	int64_t stopped_ms; /* since when it is */
	bool has_failed;
};

static void
signal_workers(const struct master *master, int signo)
{
	for (int i = 0; i < master->config->workers; i++)
		if (master->workers[i].pid != 0)
			(void)kill(master->workers[i].pid, signo);
}

static void
stop(struct master *master)
{
	if (!master->is_stopping) {
		master->config->stop(master->config->arg);
		master->stopped_ms = clock_monotonic_ms();
	}
	master->is_stopping = true;
	signal_workers(master, SIGTERM);
}

static ATTR_NORETURN void
be_worker(const struct master_config *config, pid_t master_pid)
{
	/* Also when the master is killed; it may be dead already. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != master_pid)
		_exit(1);
	acceptor_block_signals();
	exit(config->work(config->arg));
}

static void
worker_starts_later(struct worker *worker, int64_t lived_ms)
{
	int64_t delay_ms = 0;

	if (lived_ms >= SHORT_LIFE_MS)
		worker->short_lives = 0;
	else
		delay_ms = (int64_t)DELAY_FIRST_MS << worker->short_lives;
	if (delay_ms != 0 && worker->short_lives < DELAY_DOUBLINGS_MAX)
		worker->short_lives++;
	worker->due_ms = clock_monotonic_ms() + delay_ms;
}

static void
start_worker(struct master *master, struct worker *worker)
{
	pid_t master_pid = getpid(), pid;

	/* Else what is buffered would be written twice. */
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_worker(master->config, master_pid);
	if (pid == -1) {
		log_error(master->config->log, "cannot start a worker: %s",
		    strerror(errno));
		worker_starts_later(worker, 0);
		return;
	}
	worker->pid = pid;
	worker->started_ms = clock_monotonic_ms();
}

static void
start_due(struct master *master)
{
	int64_t now = clock_monotonic_ms();

	for (int i = 0; i < master->config->workers; i++)
		if (master->workers[i].pid == 0 &&
		    master->workers[i].due_ms <= now)
			start_worker(master, &master->workers[i]);
}

static void
log_death(const struct master *master, pid_t pid, int status)
{
	bool is_crash = WIFSIGNALED(status);
	struct log_field fields[] = {
		{ "pid", NULL, pid },
		{ is_crash ? "signal" : "status", NULL,
		    is_crash ? WTERMSIG(status) : WEXITSTATUS(status) },
	};
	enum log_level level = is_crash ? LOG_ERROR : LOG_WARNING;

	if (master->is_stopping && status == 0)
		level = LOG_DEBUG;
	log_fields(master->config->log, level, "worker ended", fields,
	    ARRAY_COUNT(fields));
}

static void
worker_ended(struct master *master, struct worker *worker, int status)
{
	log_death(master, worker->pid, status);
	worker->pid = 0;
	if (!worker->is_replacement && WIFEXITED(status) &&
	    WEXITSTATUS(status) == MASTER_WORKER_CANNOT_START) {
		master->has_failed = true;
		stop(master);
	}
	worker->is_replacement = true;
	worker_starts_later(worker, clock_monotonic_ms() - worker->started_ms);
}

static void
reap(struct master *master)
{
	for (int i = 0; i < master->config->workers; i++) {
		struct worker *worker = &master->workers[i];
		int status;

		if (worker->pid != 0 &&
		    waitpid(worker->pid, &status, WNOHANG) == worker->pid)
			worker_ended(master, worker, status);
	}
}

static int
running(const struct master *master)
{
	int count = 0;

	for (int i = 0; i < master->config->workers; i++)
		count += master->workers[i].pid != 0;
	return count;
}

/* How long until a worker is due; an hour when none is. */
static struct timespec
time_to_wait(const struct master *master)
{
	int64_t now = clock_monotonic_ms(), soonest = now + 3600 * 1000;

	for (int i = 0; i < master->config->workers; i++)
		if (!master->is_stopping && master->workers[i].pid == 0 &&
		    master->workers[i].due_ms < soonest)
			soonest = master->workers[i].due_ms;
	if (soonest < now)
		soonest = now;
	return (struct timespec){
		.tv_sec = (soonest - now) / 1000,
		.tv_nsec = (soonest - now) % 1000 * 1000000,
	};
}

static bool
is_another_stop(const struct master *master)
{
	return master->is_stopping &&
	    clock_monotonic_ms() - master->stopped_ms >= ACCEPTOR_SAME_STOP_MS;
}

static void
wait_for_signal(struct master *master)
{
	struct timespec timeout = time_to_wait(master);
	int signo = sigtimedwait(&master->signals, NULL, &timeout);

	if (signo == -1)
		return;
	if (signo == SIGCHLD)
		reap(master);
	else if (signo == SIGQUIT || is_another_stop(master))
		signal_workers(master, SIGKILL);
	else
		stop(master);
}

static void
block_signals(struct master *master)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };

	/* Ignored by our parent, it would hide how workers ended. */
	(void)sigaction(SIGCHLD, &sa, NULL);
	acceptor_block_signals();
	(void)sigprocmask(SIG_SETMASK, NULL, &master->signals);
	sigaddset(&master->signals, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &master->signals, NULL);
}

int
master_run(const struct master_config *config, struct err *err)
{
	struct pool *pool = pool_new();
	struct master master = {
		.config = config,
		.workers = pool_alloc_array(
		    pool, (size_t)config->workers, sizeof(struct worker)),
	};

	block_signals(&master);
	while (!master.is_stopping || running(&master) > 0) {
		if (!master.is_stopping)
			start_due(&master);
		wait_for_signal(&master);
	}
	pool_free(&pool);
	if (master.has_failed)
		return err_set(err, ERR_INTERNAL,
		    "a worker could not start; the log says why");
	return 0;
}
