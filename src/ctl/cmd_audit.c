/*
 * almacenctl audit: read the audit log, verify its chain, and take it away.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/num.h"
#include "codec/date.h"
#include "codec/hex.h"
#include "ctl/audit_lines.h"
#include "ctl/storage.h"
#include "model/backend.h"
#include "model/settings.h"

enum {
	PAGE_ROWS = 1000,
	ITEMS_MAX = 10000, /* of list --json: it is held in memory */
	MS_PER_SEC = 1000
};

struct audit_command {
	struct ctl *ctl;
	struct sql *db;
	const char *file; /* of verify; NULL: the database */
	bool want_json, may_skip;
	struct audit_search search;
	int64_t expected_number;
	const char *expected_hash;
	struct json *items;
	size_t item_count;
};

struct action {
	const char *name, *options;
	int args_max;
	int (*run)(struct audit_command *command, struct err *err);
};

/* ---- the command line ---- */

/* "2026-11-22" or "2026-11-22T14:38:00Z" */
static const char *
take_time(struct audit_command *command, const char *text, int64_t *ms_r)
{
	int64_t secs;

	if (strchr(text, 'T') == NULL)
		text = pool_format(command->ctl->pool, "%sT00:00:00Z", text);
	if (!date_parse_iso(slice_str(text), &secs))
		return "a time is written 2026-11-22 or 2026-11-22T14:38:00Z";
	*ms_r = secs * MS_PER_SEC;
	return NULL;
}

/* The number of a user, or what stands in the log as his name. */
static void
take_user(struct audit_command *command, const char *text)
{
	if (!num_parse_i64(slice_str(text), INT64_MAX,
		&command->search.user_id))
		command->search.actor = text;
}

static const char *
take_head(struct audit_command *command, const char *text)
{
	struct slice rest = slice_str(text), number, hash;

	if (!slice_next(&rest, ':', &number) ||
	    !num_parse_i64(number, INT64_MAX, &command->expected_number) ||
	    command->expected_number == 0 || rest.len != AUDIT_HASH_CHARS ||
	    !hex_decode(command->ctl->pool, rest, &hash))
		return "--head wants NUMBER:HASH, as verify prints it";
	command->expected_hash = slice_dup(command->ctl->pool, rest);
	return NULL;
}

static const char *
take_tenant(struct audit_command *command, const char *text)
{
	if (num_parse_i64(slice_str(text), INT64_MAX,
		&command->search.tenant_id) &&
	    command->search.tenant_id > 0)
		return NULL;
	return "--tenant wants the number of a tenant";
}

/* clang-format off */
static const struct option long_options[] = {
	{ "tenant", required_argument, NULL, 't' },
	{ "user", required_argument, NULL, 'u' },
	{ "action", required_argument, NULL, 'a' },
	{ "subject", required_argument, NULL, 's' },
	{ "since", required_argument, NULL, 'f' },
	{ "until", required_argument, NULL, 'b' },
	{ "json", no_argument, NULL, 'j' },
	{ "head", required_argument, NULL, 'h' },
	{ "partial", no_argument, NULL, 'p' },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

/* NULL, or what is wrong. */
static const char *
take_option(struct audit_command *command, int c, const char *text)
{
	switch (c) {
	case 't':
		return take_tenant(command, text);
	case 'u':
		take_user(command, text);
		return NULL;
	case 'a':
		command->search.action = text;
		return NULL;
	case 's':
		command->search.subject = text;
		return NULL;
	case 'f':
		return take_time(command, text, &command->search.since_ms);
	case 'b':
		return take_time(command, text, &command->search.until_ms);
	case 'j':
		command->want_json = true;
		return NULL;
	case 'h':
		return take_head(command, text);
	case 'p':
		command->may_skip = true;
		return NULL;
	default:
		return "unknown option";
	}
}

/* ---- opening ---- */

static int
open_database(struct audit_command *command, struct err *err)
{
	struct ctl *ctl = command->ctl;
	struct backend backend = { .clock = ctl->clock, .log = &ctl->log };
	struct conf *conf;

	ctl->log.least = LOG_WARNING;
	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		err) == -1 ||
	    storage_become_owner(ctl, conf, err) == -1 ||
	    storage_check_database(ctl->pool, conf, err) == -1)
		return -1;
	backend.conf = conf;
	if (backend_open_db(&backend, ctl->pool, err) == -1)
		return -1;
	command->db = backend.db;
	return 0;
}

/* ---- list and export ---- */

typedef bool (*show_fn)(struct audit_command *command, struct pool *pool,
    const struct audit_row *row);

static const char *
or_dash(struct pool *pool, const char *text)
{
	return *text == '\0' ? "-" : storage_printable(pool, text);
}

static bool
print_row(struct audit_command *command, struct pool *pool,
    const struct audit_row *row)
{
	const struct audit_event *event = &row->event;

	(void)fprintf(command->ctl->out, "%-6lld  %s  %-3lld  %-20s  %-12s"
	    "  %-16s  %-15s  %3lld  %-10s  %s\n", (long long)row->number,
	    date_iso(pool, row->at_ms / MS_PER_SEC),
	    (long long)event->tenant_id, or_dash(pool, event->actor),
	    or_dash(pool, event->via), or_dash(pool, event->action),
	    or_dash(pool, event->remote_addr), (long long)event->status,
	    or_dash(pool, event->result), or_dash(pool, event->subject));
	return true;
}

static bool
add_item(struct audit_command *command, struct pool *pool,
    const struct audit_row *row)
{
	(void)pool;
	if (command->item_count == ITEMS_MAX)
		return false;
	command->item_count++;
	audit_lines_fill(json_add_object(command->items), row);
	return true;
}

static bool
print_line(struct audit_command *command, struct pool *pool,
    const struct audit_row *row)
{
	struct json *line = json_object(pool);

	audit_lines_fill(line, row);
	(void)fprintf(command->ctl->out, "%s\n", json_format(pool, line));
	return ferror(command->ctl->out) == 0;
}

/* 1: there may be more. */
static int
show_page(struct audit_command *command, struct pool *pool, show_fn show,
    struct err *err)
{
	struct audit_row *rows;
	size_t count;

	if (audit_list(command->db, pool, &command->search, &rows, &count,
		err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!show(command, pool, &rows[i]))
			return 0;
		command->search.after_number = rows[i].number;
	}
	return count == PAGE_ROWS ? 1 : 0;
}

static int
show_all(struct audit_command *command, show_fn show, struct err *err)
{
	struct pool *pool = pool_new();
	int result;

	command->search.limit = PAGE_ROWS;
	do {
		pool_clear(pool);
		result = show_page(command, pool, show, err);
	} while (result == 1);
	pool_free(&pool);
	return result;
}

static int
list_json(struct audit_command *command, struct err *err)
{
	struct pool *pool = command->ctl->pool;
	struct json *root = json_object(pool);

	command->items = json_set_array(root, "rows");
	if (show_all(command, add_item, err) == -1)
		return -1;
	json_set_bool(root, "truncated", command->item_count == ITEMS_MAX);
	(void)fprintf(command->ctl->out, "%s\n",
	    json_format_pretty(pool, root));
	return 0;
}

static int
run_list(struct audit_command *command, struct err *err)
{
	if (open_database(command, err) == -1)
		return -1;
	if (command->want_json)
		return list_json(command, err);
	return show_all(command, print_row, err);
}

static int
run_export(struct audit_command *command, struct err *err)
{
	if (open_database(command, err) == -1)
		return -1;
	return show_all(command, print_line, err);
}

/* ---- verify ---- */

static int
verify_stream(struct audit_command *command, FILE *file,
    struct audit_findings *findings_r, struct err *err)
{
	struct audit_trail trail = { .may_skip = command->may_skip,
		.expected_number = command->expected_number,
		.expected_hash = command->expected_hash };

	if (audit_lines_verify(file, &trail, err) == -1)
		return err_wrap(err, "%s", command->file);
	*findings_r = (struct audit_findings){ .rows = trail.rows,
		.bad_number = trail.bad_number,
		.problem = trail.problem,
		.head_number = trail.number,
		.head_hash = pool_strdup(command->ctl->pool, trail.hash) };
	return 0;
}

static int
verify_file(struct audit_command *command, struct audit_findings *findings_r,
    struct err *err)
{
	FILE *file;
	int result;

	if (strcmp(command->file, "-") == 0)
		return verify_stream(command, stdin, findings_r, err);
	file = fopen(command->file, "re");
	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "%s: %s", command->file,
		    strerror(errno));
	result = verify_stream(command, file, findings_r, err);
	(void)fclose(file);
	return result;
}

static int
verify(struct audit_command *command, struct audit_findings *findings_r,
    struct err *err)
{
	if (command->file != NULL)
		return verify_file(command, findings_r, err);
	if (open_database(command, err) == -1)
		return -1;
	return audit_verify(command->db, command->ctl->pool,
	    command->expected_number, command->expected_hash, findings_r, err);
}

static void
print_findings(struct audit_command *command,
    const struct audit_findings *findings)
{
	struct pool *pool = command->ctl->pool;
	const char *head = pool_format(pool, "%lld:%s",
	    (long long)findings->head_number, findings->head_hash);
	struct json *root = json_object(pool);

	if (!command->want_json) {
		(void)fprintf(command->ctl->out, "audit: %lld rows; the end"
		    " is %s\n", (long long)findings->rows,
		    storage_printable(pool, head));
		return;
	}
	json_set_bool(root, "ok", findings->problem == NULL);
	json_set_number(root, "rows", findings->rows);
	json_set_text(root, "head", head);
	if (findings->problem != NULL) {
		json_set_number(root, "bad_number", findings->bad_number);
		json_set_text(root, "problem", findings->problem);
	}
	(void)fprintf(command->ctl->out, "%s\n",
	    json_format_pretty(pool, root));
}

static int
run_verify(struct audit_command *command, struct err *err)
{
	struct audit_findings findings;

	if (verify(command, &findings, err) == -1)
		return -1;
	print_findings(command, &findings);
	if (findings.problem == NULL)
		return 0;
	return err_set(err, ERR_CONFLICT, "row %lld %s",
	    (long long)findings.bad_number, findings.problem);
}

/* ---- which ---- */

#define FILTERS "tuasfb"

static const struct action actions[] = {
	{ "list", FILTERS "j", 0, run_list },
	{ "verify", "hpj", 1, run_verify },
	{ "export", FILTERS, 0, run_export },
};

static const struct action *
find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

/* NULL, or what is wrong; the letters of the options that were given. */
static const char *
take_options(struct audit_command *command, int argc, char **argv,
    char given_r[ARRAY_COUNT(long_options)])
{
	const char *problem;
	size_t count = 0;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		problem = take_option(command, c, optarg);
		if (problem != NULL)
			return problem;
		if (strchr(given_r, c) != NULL)
			return "an option was given twice";
		given_r[count++] = (char)c;
	}
	return optind == argc ? "list, verify or export?" : NULL;
}

static const char *
check_action(const struct audit_command *command, const struct action *action,
    const char *given, int args)
{
	if (args > action->args_max)
		return "too many arguments";
	if (strspn(given, action->options) != strlen(given))
		return "another action's option";
	if (command->may_skip && command->file == NULL)
		return "--partial is for a file";
	return NULL;
}

int
cmd_audit(struct ctl *ctl, int argc, char **argv)
{
	struct audit_command command = { .ctl = ctl };
	char given[ARRAY_COUNT(long_options)] = "";
	const struct action *action;
	struct err err = ERR_INIT;
	const char *problem = take_options(&command, argc, argv, given);

	if (problem != NULL)
		return ctl_usage(ctl, "audit", "%s", problem);
	action = find_action(argv[optind]);
	if (action == NULL)
		return ctl_usage(ctl, "audit", "cannot %s", argv[optind]);
	command.file = argv[optind + 1];
	problem = check_action(&command, action, given, argc - optind - 1);
	if (problem != NULL)
		return ctl_usage(ctl, "audit", "%s: %s", action->name,
		    problem);
	if (action->run(&command, &err) == 0)
		return CTL_OK;
	return storage_refuse("audit", &err);
}
