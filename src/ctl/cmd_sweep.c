/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "base/num.h"
#include "codec/json.h"
#include "ctl/storage.h"
#include "model/backend.h"
#include "model/limit.h"
#include "model/rules.h"
#include "model/settings.h"
#include "model/sweep.h"

/* Of --json: it is held in memory. */
enum { ITEMS_MAX = 10000 };

struct sweep_command {
	struct ctl *ctl;
	bool want_json, want_log;
	struct sweep_input input;
	struct json *items;
	size_t item_count;
	bool is_truncated;
};

/* ---- showing ---- */

static void
add_item(struct sweep_command *command, const struct sweep_item *item)
{
	struct json *row;

	if (command->item_count == ITEMS_MAX) {
		command->is_truncated = true;
		return;
	}
	command->item_count++;
	row = json_add_object(command->items);
	json_set_text(row, "kind", sweep_kind_name(item->kind));
	json_set_text(row, "action", sweep_action_name(item->action));
	json_set_text(row, "key", item->key);
	json_set_number(row, "size_bytes", item->size_bytes);
	json_set_text(row, "detail", item->detail);
}

static void
print_item(const struct sweep_command *command, const struct sweep_item *item)
{
	struct pool *pool = pool_new();

	(void)fprintf(command->ctl->out, "%-10s  %-17s  %s",
	    sweep_action_name(item->action), sweep_kind_name(item->kind),
	    storage_printable(pool, item->key));
	if (item->detail[0] != '\0')
		(void)fprintf(command->ctl->out, "  (%s)",
		    storage_printable(pool, item->detail));
	(void)fprintf(command->ctl->out, "\n");
	pool_free(&pool);
}

static void
show_item(void *arg, const struct sweep_item *item)
{
	struct sweep_command *command = arg;

	if (command->want_json)
		add_item(command, item);
	else if (!command->want_log)
		print_item(command, item);
}

static struct sweep_count
add_up(const struct sweep_report *report)
{
	struct sweep_count sum = { .found = 0 };

	for (size_t i = 0; i < SWEEP_KIND_COUNT; i++) {
		sum.found += report->counts[i].found;
		sum.mended += report->counts[i].mended;
		sum.failed += report->counts[i].failed;
		sum.reported += report->counts[i].reported;
	}
	return sum;
}

/* One line, the last. */
static void
print_summary(const struct sweep_command *command,
    const struct sweep_report *report)
{
	struct sweep_count sum = add_up(report);
	FILE *out = command->ctl->out;

	if (command->input.is_dry_run)
		(void)fprintf(out, "sweep: %lld to mend, %lld to look at;"
		    " nothing was changed; %lld objects\n",
		    (long long)(sum.found - sum.reported),
		    (long long)sum.reported, (long long)report->objects);
	else
		(void)fprintf(out, "sweep: %lld mended, %lld failed, %lld to"
		    " look at; %lld objects\n", (long long)sum.mended,
		    (long long)sum.failed, (long long)sum.reported,
		    (long long)report->objects);
}

static void
print_json(struct sweep_command *command, struct json *root,
    const struct sweep_report *report)
{
	struct json *counts = json_set_object(root, "counts");

	for (size_t i = 0; i < SWEEP_KIND_COUNT; i++) {
		const struct sweep_count *count = &report->counts[i];
		struct json *row = json_set_object(counts,
		    sweep_kind_name((enum sweep_kind)i));

		json_set_number(row, "found", count->found);
		json_set_number(row, "mended", count->mended);
		json_set_number(row, "failed", count->failed);
		json_set_number(row, "reported", count->reported);
		json_set_number(row, "bytes", count->bytes);
	}
	json_set_number(root, "objects", report->objects);
	json_set_bool(root, "dry_run", command->input.is_dry_run);
	json_set_bool(root, "truncated", command->is_truncated);
	(void)fprintf(command->ctl->out, "%s\n",
	    json_format_pretty(command->ctl->pool, root));
}

/* ---- running ---- */

static int
open_backend(struct ctl *ctl, struct backend *backend, struct err *err)
{
	struct conf *conf;

	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		err) == -1 ||
	    storage_become_owner(ctl, conf, err) == -1)
		return -1;
	if (storage_check_database(ctl->pool, conf, err) == -1)
		return err_wrap(err, "no database to go by, start the"
		    " program once (or mend DATA_DIR)");
	backend->conf = conf;
	backend->clock = ctl->clock;
	backend->log = &ctl->log;
	if (backend_open_store(backend, ctl->pool, err) == -1)
		return -1;
	return backend_open_db(backend, ctl->pool, err);
}

/* No step of the sweep: buckets are full again by themselves. */
static void
purge_limits(const struct sweep_command *command, const struct conf *conf)
{
	struct ctl *ctl = command->ctl;
	struct err err = ERR_INIT;

	if (command->input.is_dry_run)
		return;
	if (limiter_purge(limiter_new(ctl->pool,
			      settings_database_url(ctl->pool, conf),
			      ctl->clock),
		&err) == -1)
		log_warning(&ctl->log, "%s", err.text);
}

static int
run_opened(struct sweep_command *command, struct backend *backend,
    struct err *err)
{
	struct file_rules rules[FILE_KIND_COUNT], image_rules;
	struct direct direct = { .db = backend->db,
		.store = backend->store,
		.clock = backend->clock,
		.log = backend->log,
		.rules = rules,
		.owner = "" };
	struct sweep_report report;
	struct json *root = json_object(command->ctl->pool);
	int result;

	if (rules_load_image(command->ctl->pool, backend->conf, &image_rules,
		err) == -1)
		return -1;
	rules_load_files(backend->conf, image_rules.sniffer, rules);
	command->items = json_set_array(root, "items");
	command->input.direct = &direct;
	command->input.found = show_item;
	command->input.sessions = (struct session_terms){
		.idle_secs = conf_number(backend->conf, SET_SESSION_IDLE),
		.max_secs = conf_number(backend->conf, SET_SESSION_MAX)
	};
	command->input.arg = command;
	if (command->input.grace_secs == 0)
		command->input.grace_secs =
		    conf_number(backend->conf, SET_SWEEP_GRACE);
	result = sweep_run(&command->input, &report, err);
	purge_limits(command, backend->conf);
	if (command->want_json)
		print_json(command, root, &report);
	else
		print_summary(command, &report);
	if (result == 0 && add_up(&report).failed > 0)
		return err_set(err, ERR_UNAVAILABLE,
		    "something failed and is left to the next sweep");
	return result;
}

static int
run(struct sweep_command *command)
{
	struct ctl *ctl = command->ctl;
	struct backend *backend = POOL_NEW(ctl->pool, struct backend);
	struct err err = ERR_INIT;

	/* What is listed need not be said twice. */
	if (!command->want_log)
		ctl->log.least = LOG_WARNING;
	if (open_backend(ctl, backend, &err) == 0 &&
	    run_opened(command, backend, &err) == 0)
		return CTL_OK;
	return storage_refuse("sweep", &err);
}

int
cmd_sweep(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
		{ "log", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	struct sweep_command command = { .ctl = ctl };
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			command.input.is_dry_run = true;
		else if (c == 'j')
			command.want_json = true;
		else if (c == 'f')
			command.input.want_force = true;
		else if (c == 'l')
			command.want_log = true;
		else
			return ctl_usage(ctl, "sweep", "unknown option");
	}
	if (optind < argc)
		return ctl_usage(ctl, "sweep", "unexpected argument %s",
		    argv[optind]);
	if (command.want_json && command.want_log)
		return ctl_usage(ctl, "sweep", "--json or --log, not both");
	return run(&command);
}
