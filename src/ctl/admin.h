/*
 * What the commands for tenants, people and tokens have in common: actions
 * with options, the opened database, tables, and the note in the audit log.
 *
 *	almacenctl user role ana@example.com admin
 *		   command action argument...  option...
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_ADMIN_H
#define CTL_ADMIN_H

#include "codec/json.h"
#include "ctl/command.h"
#include "model/audit.h"
#include "model/user.h"

enum admin_option {
	ADMIN_JSON,
	ADMIN_TENANT,
	ADMIN_ROLE,
	ADMIN_NAME,
	ADMIN_HOST,
	ADMIN_QUOTA_BYTES,
	ADMIN_QUOTA_OBJECTS,
	ADMIN_USER,
	ADMIN_SCOPES,
	ADMIN_EXPIRES,
	ADMIN_PASSWORD_STDIN,
	ADMIN_GENERATE,
	ADMIN_OPTION_COUNT
};
#define ADMIN_HAS(option) (1U << (option))

struct admin {
	struct ctl *ctl;
	struct pool *pool;
	struct sql *db;
	int64_t now_secs;
	int64_t default_tenant; /* setting DEFAULT_TENANT */
	const char *options[ADMIN_OPTION_COUNT]; /* NULL: not given */
	char **args; /* behind the action, as many as it takes */
	/* Whose audit log tells of it, and as what; subject NULL: nothing. */
	int64_t tenant_id;
	const char *subject;
};

struct admin_action {
	const char *name;
	int args;
	unsigned options; /* ADMIN_HAS() each */
	/* ERR_INVALID with code "usage" for what was typed wrongly. */
	int (*run)(struct admin *admin, struct err *err);
};

struct admin_command {
	const char *name;
	const struct admin_action *actions;
	size_t count;
};

/* Do what the command line says; the exit status. */
int admin_main(struct ctl *ctl, const struct admin_command *command, int argc,
    char **argv);

/* A number that was given, or fallback; -1 for anything else. */
int admin_number(const struct admin *admin, enum admin_option option,
    int64_t max, int64_t fallback, int64_t *number_r, struct err *err)
    ATTR_MUST_USE;
/*
 * The user of an email address or a number; ERR_NOT_FOUND.  What is done is
 * noted as done to him.
 */
int admin_find_user(struct admin *admin, const char *text,
    struct user *user_r, struct err *err) ATTR_MUST_USE;

/* Print rows of aligned columns; the first has their headings. */
void admin_print_table(struct admin *admin, const char *const *cells,
    size_t rows, size_t columns);
void admin_print_json(struct admin *admin, const struct json *root);
/* "2026-11-22T14:38:00Z"; "-" for 0. */
const char *admin_time(struct pool *pool, int64_t secs);

#endif
