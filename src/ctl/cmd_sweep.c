/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "base/num.h"
#include "codec/json.h"
#include "ctl/storage.h"
#include "model/backend.h"
#include "model/rules.h"
#include "model/settings.h"
#include "model/sweep.h"

struct sweep_command {
	struct ctl *ctl;
	bool want_json;
	struct sweep_input input;
	struct json *items; /* of --json */
};

/* ---- showing ---- */

static const char *
kind_text(enum sweep_kind kind)
{
	static const char *const texts[SWEEP_KIND_COUNT] = {
		[SWEEP_OUTBOX] = "objects to be deleted",
		[SWEEP_PENDING] = "uploads nobody confirmed",
		[SWEEP_MULTIPART] = "unfinished uploads in parts",
		[SWEEP_DEAD_OBJECT] = "objects of dead records",
		[SWEEP_UNKNOWN_OBJECT] = "objects without a record",
		[SWEEP_UNKNOWN_MULTIPART] = "unknown uploads in parts",
		[SWEEP_LOST_OBJECT] = "records without their object",
	};

	return texts[kind];
}

static void
show_item(void *arg, const struct sweep_item *item)
{
	struct sweep_command *command = arg;
	struct json *row;

	if (!command->want_json) {
		(void)fprintf(command->ctl->out, "%s\t%s\t%s%s%s\n",
		    sweep_action_name(item->action),
		    sweep_kind_name(item->kind), item->key,
		    item->detail[0] == '\0' ? "" : "\t", item->detail);
		return;
	}
	row = json_add_object(command->items);
	json_set_text(row, "kind", sweep_kind_name(item->kind));
	json_set_text(row, "action", sweep_action_name(item->action));
	json_set_text(row, "key", item->key);
	json_set_number(row, "size_bytes", item->size_bytes);
	json_set_text(row, "detail", item->detail);
}

static void
print_summary(const struct sweep_command *command,
    const struct sweep_report *report)
{
	for (size_t i = 0; i < SWEEP_KIND_COUNT; i++) {
		const struct sweep_count *count = &report->counts[i];

		if (count->found > 0)
			(void)fprintf(command->ctl->out,
			    "%s: %lld found, %lld mended, %lld failed\n",
			    kind_text((enum sweep_kind)i),
			    (long long)count->found, (long long)count->mended,
			    (long long)count->failed);
	}
	(void)fprintf(command->ctl->out, "%lld objects looked at%s\n",
	    (long long)report->objects,
	    command->input.is_dry_run ? "; nothing was changed" : "");
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
		json_set_number(row, "bytes", count->bytes);
	}
	json_set_number(root, "objects", report->objects);
	json_set_bool(root, "dry_run", command->input.is_dry_run);
	(void)fprintf(command->ctl->out, "%s\n",
	    json_format_pretty(command->ctl->pool, root));
}

static bool
has_failures(const struct sweep_report *report)
{
	for (size_t i = 0; i < SWEEP_KIND_COUNT; i++)
		if (report->counts[i].failed > 0)
			return true;
	return false;
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
	backend->conf = conf;
	backend->clock = ctl->clock;
	backend->log = &ctl->log;
	if (backend_open_store(backend, ctl->pool, err) == -1)
		return -1;
	return backend_open_db(backend, ctl->pool, err);
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
	command->input.arg = command;
	if (command->input.grace_secs == 0)
		command->input.grace_secs =
		    conf_number(backend->conf, SET_SWEEP_GRACE);
	result = sweep_run(&command->input, &report, err);
	if (command->want_json)
		print_json(command, root, &report);
	else
		print_summary(command, &report);
	if (result == 0 && has_failures(&report))
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

	if (open_backend(ctl, backend, &err) == 0 &&
	    run_opened(command, backend, &err) == 0)
		return CTL_OK;
	(void)fprintf(stderr, "almacenctl sweep: %s\n", err.text);
	return CTL_REFUSED;
}

int
cmd_sweep(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "force", no_argument, NULL, 'f' },
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
		else
			return ctl_usage(ctl, "sweep", "unknown option");
	}
	if (optind < argc)
		return ctl_usage(ctl, "sweep", "unexpected argument %s",
		    argv[optind]);
	return run(&command);
}
