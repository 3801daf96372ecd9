/* SPDX-License-Identifier: MIT */
#include "lib/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/interrupt.h"

/* What becomes of a program that is interrupted while it transfers. */
static int
end_of_child(int number)
{
	struct err err = ERR_INIT;
	int status;
	pid_t pid = fork();

	if (pid != 0) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		return status;
	}
	interrupt_catch();
	if (interrupt_check(&err) != 0)
		_exit(2);
	if (number != 0)
		(void)raise(number);
	if (interrupt_came() != (number != 0))
		_exit(3);
	if (number != 0 && (interrupt_check(&err) != -1 ||
			       err.kind != ERR_GONE_AWAY))
		_exit(4);
	interrupt_pass_on();
	_exit(0);
}

/* It goes on to an orderly end, and only then does it die. */
static void
test_pass_on(void **state)
{
	static const int numbers[] = { SIGINT, SIGTERM };
	int status = end_of_child(0);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		status = end_of_child(numbers[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), numbers[i]);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_on),
	};

	return cmocka_run_group_tests_name("ctl/interrupt", tests, NULL,
	    NULL);
}
