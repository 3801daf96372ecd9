/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/command.h"
#include "ctl/interrupt.h"

int
main(int argc, char **argv)
{
	struct clock clock = { .fixed_ms = 0 };
	struct ctl ctl = { .pool = pool_new_secret(),
		.clock = &clock,
		.out = stdout,
		.environ = (const char *const *)environ };
	int status;

	/* A write to a closed connection is an error, not the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	log_init(&ctl.log, STDERR_FILENO, LOG_INFO);
	status = ctl_main(&ctl, argc, argv);
	/* The error of an earlier write stays, and what it was is forgotten. */
	if (ferror(stdout) || fflush(stdout) == EOF) {
		(void)fprintf(stderr,
		    "almacenctl: standard output was not written whole\n");
		if (status == CTL_OK)
			status = CTL_REFUSED;
	}
	pool_free(&ctl.pool);
	interrupt_pass_on();
	return status;
}
