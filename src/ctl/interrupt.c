/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>

#include "ctl/interrupt.h"

/* The signal that came, or 0; a handler can reach nothing else. */
static volatile sig_atomic_t number_come;

static void
on_signal(int number)
{
	number_come = number;
}

void
interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND };

	number_come = 0;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

bool
interrupt_came(void)
{
	return number_come != 0;
}

int
interrupt_check(struct err *err)
{
	return interrupt_came() ?
	    err_set(err, ERR_GONE_AWAY, "interrupted") : 0;
}

void
interrupt_pass_on(void)
{
	/* Its handler was reset when it came. */
	if (interrupt_came())
		(void)raise(number_come);
}
