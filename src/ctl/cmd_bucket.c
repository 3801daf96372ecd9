/*
 * almacenctl bucket: the bucket and its documents.  What would be applied is
 * printed first, so that it can be read, kept, or given to another tool.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <string.h>

#include "base/num.h"
#include "codec/url.h"
#include "ctl/command.h"
#include "ctl/storage.h"
#include "s3/bucket.h"
#include "store/open.h"

/* The prefix of objects nobody has confirmed yet. */
#define TEMP_PREFIX "temp/"

enum { USUAL_DAYS = 7, DAYS_MAX = 3650 };

struct options {
	bool want_public, want_apply;
	const char **origins; /* NULL at the end */
	size_t origin_count;
	int64_t temp_days, abort_days; /* -1: not given */
};

struct action {
	const char *name;
	const char *letters; /* of the options it takes */
	int (*run)(struct ctl *ctl, const struct options *options,
	    struct err *err);
};

/* ---- actions ---- */

static int
open_store(struct ctl *ctl, struct store **store_r, struct err *err)
{
	struct backend *backend;

	if (storage_open(ctl, &backend, err) == -1)
		return -1;
	*store_r = backend->store;
	return 0;
}

static int
create(struct ctl *ctl, const struct options *options, struct err *err)
{
	struct store *store;
	bool created;

	if (open_store(ctl, &store, err) == -1 ||
	    store_prepare(store, &created, err) == -1)
		return -1;
	(void)fprintf(ctl->out, "Bucket '%s' %s\n", store_bucket(store),
	    created ? "created" : "exists");
	if (!options->want_public)
		return 0;
	if (store_apply_policy(store, err) == -1)
		return -1;
	(void)fprintf(ctl->out, "Public-read policy applied\n");
	return 0;
}

/* Beside the document, which may be read by a program. */
static void
say_applied(struct store *store)
{
	(void)fprintf(stderr, "Applied to bucket '%s'\n",
	    store_bucket(store));
}

static int
policy(struct ctl *ctl, const struct options *options, struct err *err)
{
	struct store *store;

	if (open_store(ctl, &store, err) == -1)
		return -1;
	(void)fprintf(ctl->out, "%s\n", store_policy_json(store, ctl->pool));
	if (!options->want_apply)
		return 0;
	if (store_apply_policy(store, err) == -1)
		return -1;
	say_applied(store);
	return 0;
}

/* Print a document and, when it is wanted, put it on the bucket. */
static int
publish(struct ctl *ctl, const struct options *options, const char *xml,
    int (*put)(struct s3_client *client, const char *xml, struct err *err),
    struct err *err)
{
	struct store *store;
	struct s3_client *client;

	(void)fprintf(ctl->out, "%s\n", xml);
	if (!options->want_apply)
		return 0;
	if (open_store(ctl, &store, err) == -1)
		return -1;
	client = store_s3_client(store);
	if (client == NULL)
		return err_set(err, ERR_UNSUPPORTED,
		    "the file store has no such rules: nothing to apply");
	if (put(client, xml, err) == -1)
		return -1;
	say_applied(store);
	return 0;
}

/* What a browser sends as Origin: a scheme and a host, and no path. */
static int
check_origin(struct pool *pool, const char *origin, struct err *err)
{
	struct url url;

	if (strcmp(origin, "*") == 0)
		return 0;
	if (url_parse(pool, slice_str(origin), &url, err) == -1)
		return err_wrap(err, "origin %s", origin);
	if (url.path[0] != '\0' || url.query[0] != '\0')
		return err_set(err, ERR_INVALID,
		    "an origin ends with its host or port: %s://%s",
		    url.scheme, url.authority);
	return 0;
}

static int
cors(struct ctl *ctl, const struct options *options, struct err *err)
{
	if (options->origin_count == 0)
		return err_set(err, ERR_INVALID,
		    "name the site whose pages upload: --origin "
		    "https://www.example.com");
	for (size_t i = 0; i < options->origin_count; i++)
		if (check_origin(ctl->pool, options->origins[i], err) == -1)
			return -1;
	return publish(ctl, options, s3_cors_xml(ctl->pool, options->origins),
	    s3_bucket_put_cors, err);
}

static int
lifecycle(struct ctl *ctl, const struct options *options, struct err *err)
{
	const struct s3_lifecycle rules = {
		.temp_prefix = options->temp_days == 0 ? "" : TEMP_PREFIX,
		.temp_days = options->temp_days == -1 ?
		    USUAL_DAYS : (int)options->temp_days,
		.abort_days = options->abort_days == -1 ?
		    USUAL_DAYS : (int)options->abort_days,
	};

	if (options->temp_days == 0 && options->abort_days == 0)
		return err_set(err, ERR_INVALID,
		    "--temp-days 0 and --abort-days 0 leave no rule");
	return publish(ctl, options, s3_lifecycle_xml(ctl->pool, &rules),
	    s3_bucket_put_lifecycle, err);
}

static const struct action actions[] = {
	{ "create", "p", create },
	{ "policy", "a", policy },
	{ "cors", "ao", cors },
	{ "lifecycle", "atu", lifecycle },
};

/* ---- the command line ---- */

static const struct action *
find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

/* NULL, or what is wrong. */
static const char *
take_option(struct options *options, int c, const char *value)
{
	switch (c) {
	case 'p':
		options->want_public = true;
		return NULL;
	case 'a':
		options->want_apply = true;
		return NULL;
	case 'o':
		options->origins[options->origin_count++] = value;
		return NULL;
	case 't':
	case 'u':
		if (num_parse_i64(slice_str(value), DAYS_MAX, c == 't' ?
			&options->temp_days : &options->abort_days))
			return NULL;
		return "expected a number of days, 0 for no such rule";
	default:
		return "unknown option";
	}
}

/* Which options were given, and none the action has not. */
static const char *
check_letters(const struct action *action, const char *given)
{
	return given[strspn(given, action->letters)] == '\0' ?
	    NULL : "another action's option";
}

int
cmd_bucket(struct ctl *ctl, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "public", no_argument, NULL, 'p' },
		{ "apply", no_argument, NULL, 'a' },
		{ "origin", required_argument, NULL, 'o' },
		{ "temp-days", required_argument, NULL, 't' },
		{ "abort-days", required_argument, NULL, 'u' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .temp_days = -1, .abort_days = -1 };
	const struct action *action;
	const char *problem = NULL;
	char *given = pool_alloc(ctl->pool, (size_t)argc + 1);
	struct err err = ERR_INIT;
	int c, count = 0;

	options.origins = pool_alloc_array(ctl->pool, (size_t)argc + 1,
	    sizeof(*options.origins));
	optind = 0; /* getopt_long() begins anew */
	while (problem == NULL &&
	    (c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		given[count++] = (char)c;
		problem = take_option(&options, c, optarg);
	}
	if (problem == NULL && argc - optind != 1)
		problem = "expected create, policy, cors or lifecycle";
	if (problem != NULL)
		return ctl_usage(ctl, "bucket", "%s", problem);
	action = find_action(argv[optind]);
	if (action == NULL)
		return ctl_usage(ctl, "bucket", "cannot %s", argv[optind]);
	problem = check_letters(action, given);
	if (problem != NULL)
		return ctl_usage(ctl, "bucket", "%s: %s", action->name,
		    problem);
	if (action->run(ctl, &options, &err) == 0)
		return CTL_OK;
	return storage_refuse(pool_format(ctl->pool, "bucket %s",
	    action->name), &err);
}
