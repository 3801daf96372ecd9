/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "ctl/command.h"
#include "model/backend.h"
#include "model/settings.h"
#include "store/open.h"

static int
refuse(const char *action, const struct err *err)
{
	(void)fprintf(stderr, "almacenctl bucket %s: %s\n", action, err->text);
	return CTL_REFUSED;
}

static int
open_store(struct ctl *ctl, struct backend *backend, struct err *err)
{
	struct conf *conf;

	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		err) == -1)
		return -1;
	backend->conf = conf;
	backend->clock = ctl->clock;
	backend->log = &ctl->log;
	return backend_open_store(backend, ctl->pool, err);
}

static int
create(struct ctl *ctl, struct store *store, bool is_public, struct err *err)
{
	bool created;

	if (store_prepare(store, &created, err) == -1)
		return -1;
	(void)fprintf(ctl->out, "Bucket '%s' %s\n", store_bucket(store),
	    created ? "created" : "exists");
	if (!is_public)
		return 0;
	if (store_apply_policy(store, err) == -1)
		return -1;
	(void)fprintf(ctl->out, "Public-read policy applied\n");
	return 0;
}

static int
policy(struct ctl *ctl, struct store *store, bool want_apply, struct err *err)
{
	(void)fprintf(ctl->out, "%s\n", store_policy_json(store, ctl->pool));
	return want_apply ? store_apply_policy(store, err) : 0;
}

static int
run(struct ctl *ctl, const char *action, bool flag)
{
	struct backend *backend = POOL_NEW(ctl->pool, struct backend);
	struct err err = ERR_INIT;
	int result;

	if (open_store(ctl, backend, &err) == -1)
		return refuse(action, &err);
	if (strcmp(action, "create") == 0)
		result = create(ctl, backend->store, flag, &err);
	else
		result = policy(ctl, backend->store, flag, &err);
	return result == -1 ? refuse(action, &err) : CTL_OK;
}

/* bucket create [--public] | policy [--apply] */
int
cmd_bucket(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "public", no_argument, NULL, 'p' },
		{ "apply", no_argument, NULL, 'a' },
		{ NULL, 0, NULL, 0 },
	};
	const char *action;
	int c, flag = 0;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return ctl_usage(ctl, "bucket", "unknown option");
		flag = c;
	}
	if (argc - optind != 1)
		return ctl_usage(ctl, "bucket", "expected create or policy");
	action = argv[optind];
	if (strcmp(action, "create") == 0 && flag != 'a')
		return run(ctl, action, flag == 'p');
	if (strcmp(action, "policy") == 0 && flag != 'p')
		return run(ctl, action, flag == 'a');
	return ctl_usage(ctl, "bucket", "cannot %s", action);
}
