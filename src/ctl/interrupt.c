/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>

#include "ctl/interrupt.h"

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t has_come;

static void
on_signal(int number)
{
	(void)number;
	has_come = 1;
}

void
interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND };

	has_come = 0;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

bool
interrupt_came(void)
{
	return has_come != 0;
}

int
interrupt_check(struct err *err)
{
	return interrupt_came() ?
	    err_set(err, ERR_GONE_AWAY, "interrupted") : 0;
}
