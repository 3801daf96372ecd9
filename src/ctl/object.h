/*
 * The parts of `almacenctl object`, one file each (ctl/cmd_object_*.c); their
 * table is in ctl/cmd_object.c.  argv[0] is the part's own name.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_OBJECT_H
#define CTL_OBJECT_H

#include <getopt.h>

#include "ctl/command.h"
#include "ctl/storage.h"

int object_put(struct ctl *ctl, int argc, char **argv);
int object_get(struct ctl *ctl, int argc, char **argv);
int object_head(struct ctl *ctl, int argc, char **argv);
int object_ls(struct ctl *ctl, int argc, char **argv);
int object_rm(struct ctl *ctl, int argc, char **argv);
int object_cp(struct ctl *ctl, int argc, char **argv);

/* Print "almacenctl object NAME: text" and its usage; CTL_USAGE. */
int object_usage(struct ctl *ctl, const char *name, const char *fmt, ...)
    ATTR_FORMAT(3, 4);
/* Print the same with an error; CTL_REFUSED. */
int object_refuse(struct ctl *ctl, const char *name, const struct err *err);
/* The type of a name by its extension; application/octet-stream at last. */
const char *object_type(const char *name);

#endif
