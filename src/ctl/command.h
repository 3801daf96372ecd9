/*
 * almacenctl's commands: rows of one table (ctl/command.c), one file each
 * (ctl/cmd_*.c).
 *
 * Exit status: 0 done or accepted, 1 refused or failed, 2 wrong usage.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"

enum { CTL_OK = 0, CTL_REFUSED = 1, CTL_USAGE = 2 };

struct ctl {
	struct pool *pool;
	const struct clock *clock;
	struct log log;	      /* to stderr */
	FILE *out;	      /* results */
	const char *env_file; /* of --env-file, or NULL */
	const char *const *environ;
};

/* argv[0] is the command's own name; getopt_long() may be used on it. */
typedef int (*command_fn)(struct ctl *ctl, int argc, char **argv);

struct command {
	const char *name;
	command_fn run;
	const char *usage; /* after the name */
	const char *help;  /* one line */
};

/* Run the command line of almacenctl; returns the exit status. */
int ctl_main(struct ctl *ctl, int argc, char **argv);
/* Print "almacenctl NAME: text" and the usage to stderr; returns CTL_USAGE. */
int ctl_usage(const struct ctl *ctl, const char *name, const char *fmt, ...)
    ATTR_FORMAT(3, 4);

int cmd_audit(struct ctl *ctl, int argc, char **argv);
int cmd_bucket(struct ctl *ctl, int argc, char **argv);
int cmd_check_file(struct ctl *ctl, int argc, char **argv);
int cmd_check_form(struct ctl *ctl, int argc, char **argv);
int cmd_config(struct ctl *ctl, int argc, char **argv);
int cmd_object(struct ctl *ctl, int argc, char **argv);
int cmd_presign(struct ctl *ctl, int argc, char **argv);
int cmd_render(struct ctl *ctl, int argc, char **argv);
int cmd_doctor(struct ctl *ctl, int argc, char **argv);
int cmd_sweep(struct ctl *ctl, int argc, char **argv);
int cmd_sign(struct ctl *ctl, int argc, char **argv);
int cmd_tenant(struct ctl *ctl, int argc, char **argv);
int cmd_token(struct ctl *ctl, int argc, char **argv);
int cmd_user(struct ctl *ctl, int argc, char **argv);

#endif
