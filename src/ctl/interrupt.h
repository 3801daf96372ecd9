/*
 * Ctrl-C, and a request to end, as something a transfer looks at: it stops in
 * an orderly way and says what is left.  A second one ends the program.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_INTERRUPT_H
#define CTL_INTERRUPT_H

#include <stdbool.h>

#include "base/err.h"

/* From now on SIGINT and SIGTERM only leave a mark. */
void interrupt_catch(void);
/* From any thread. */
bool interrupt_came(void);
/* -1, "interrupted", when one has come. */
int interrupt_check(struct err *err) ATTR_MUST_USE;
/*
 * At the end of the program: when one has come, die of it after all, so that a
 * shell knows and ends the loop it was in.
 */
void interrupt_pass_on(void);

#endif
