/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "ctl/command.h"

/* clang-format off */
static const struct command commands[] = {
	{ "audit", cmd_audit,
	    "list [FILTER]... [--json] | export [FILTER]... |\n"
	    "    verify [FILE [--partial]] [--head NUMBER:HASH] [--json]\n"
	    "    FILTER: --tenant ID, --user ID|NAME, --action A,\n"
	    "    --subject S, --since TIME, --until TIME",
	    "who did what, and whether that was tampered with" },
	{ "bucket", cmd_bucket,
	    "create [--public] | policy [--apply] |\n"
	    "    cors --origin URL... [--apply] |\n"
	    "    lifecycle [--temp-days N] [--abort-days N] [--apply]",
	    "make the bucket, or show or set its rules" },
	{ "check-file", cmd_check_file,
	    "FILE [--name NAME] [--type TYPE] [--kind image]",
	    "judge a file as an upload would be" },
	{ "check-form", cmd_check_form,
	    "--content-type TYPE [FILE]",
	    "parse a form body and show its parts" },
	{ "config", cmd_config,
	    "[--json | --example | --man]",
	    "show every setting and its source" },
	{ "doctor", cmd_doctor, "[--origin URL] [--json]",
	    "check everything with real requests, and say what mends it" },
	{ "object", cmd_object,
	    "put FILE... [KEY|PREFIX/] [--type T] |\n"
	    "    put -r DIR [PREFIX/] [--type T] |\n"
	    "    get KEY [FILE] [--range FIRST-LAST] | head KEY [--json] |\n"
	    "    ls [PREFIX] [--json] | rm KEY... | rm --prefix P [--yes] |\n"
	    "    cp FROM TO",
	    "put, get, list, copy and delete objects" },
	{ "presign", cmd_presign,
	    "get|put|post KEY [--expires SECONDS] [--json]\n"
	    "    [--type T] [--size N] [--sha256 H] [--new-only]\n"
	    "    [--min N] [--max N] [--origin URL]",
	    "permit one upload or download without keys" },
	{ "render", cmd_render,
	    "TEMPLATE DATA.json [--lang TAG]",
	    "render a page template with a view" },
	{ "sign", cmd_sign,
	    "--method M (--url U | --endpoint E --bucket B --key K\n"
	    "    [--style path|virtual] [--query NAME=VALUE]...)\n"
	    "    [--region R] [--header 'Name: value']...\n"
	    "    [--date 20130524T000000Z] [--payload-hash H]\n"
	    "    [--presign SECONDS]",
	    "sign a request and show each stage" },
	{ "sweep", cmd_sweep, "[--dry-run] [--force] [--json | --log]",
	    "mend what crashes and people who went away left behind" },
	{ "tenant", cmd_tenant,
	    "add NAME [--host HOST] [QUOTA] | list [--json] |\n"
	    "    disable ID | enable ID | quota ID [QUOTA]\n"
	    "    QUOTA: [--quota-bytes 10g] [--quota-objects N], 0: no limit",
	    "who shares the installation, and how much of it" },
	{ "token", cmd_token,
	    "add --user EMAIL --name TEXT --scopes read,write,admin\n"
	    "    [--expires DAYS] |\n"
	    "    list --user EMAIL [--json] | revoke ID --user EMAIL",
	    "give programs access to the API, or end it" },
	{ "user", cmd_user,
	    "add EMAIL [--tenant ID] [--role viewer|editor|admin]\n"
	    "    [--name TEXT] [--password-stdin | --generate] |\n"
	    "    list [--tenant ID] [--json] | disable EMAIL | enable EMAIL |\n"
	    "    password EMAIL [--password-stdin | --generate] |\n"
	    "    role EMAIL viewer|editor|admin",
	    "people, their roles and passwords" },
};
/* clang-format on */

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
print_usage(FILE *out)
{
	(void)fprintf(out,
	    "usage: almacenctl [--env-file FILE] COMMAND [ARGUMENT]...\n"
	    "       almacenctl COMMAND --help\n"
	    "       almacenctl --help | --version\n\n");
	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		(void)fprintf(out, "  %-12s %s\n", commands[i].name,
		    commands[i].help);
}

static void
print_command_usage(FILE *out, const struct command *command)
{
	(void)fprintf(out, "usage: almacenctl %s %s\n", command->name,
	    command->usage);
}

int
ctl_usage(const struct ctl *ctl, const char *name, const char *fmt, ...)
{
	const struct command *command = find_command(name);
	va_list ap;

	va_start(ap, fmt);
	(void)fprintf(stderr, "almacenctl %s: %s\n", name,
	    pool_vformat(ctl->pool, fmt, ap));
	va_end(ap);
	if (command != NULL)
		print_command_usage(stderr, command);
	return CTL_USAGE;
}

/* Also after other words: "object put --help". */
static bool
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return argc == 2 && strcmp(argv[1], "-h") == 0;
}

static int
run_command(struct ctl *ctl, int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);

	if (command == NULL) {
		(void)fprintf(stderr, "almacenctl: no command %s\n", argv[0]);
		print_usage(stderr);
		return CTL_USAGE;
	}
	if (wants_help(argc, argv)) {
		print_command_usage(ctl->out, command);
		return CTL_OK;
	}
	return command->run(ctl, argc, argv);
}

int
ctl_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "env-file", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0; /* getopt_long() begins anew */
	/* "+": what follows the command's name is its own. */
	while ((c = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			ctl->env_file = optarg;
			break;
		case 'h':
			print_usage(ctl->out);
			return CTL_OK;
		case 'V':
			(void)fprintf(ctl->out, "almacenctl %s\n",
			    PACKAGE_VERSION);
			return CTL_OK;
		default:
			print_usage(stderr);
			return CTL_USAGE;
		}
	}
	if (optind == argc) {
		print_usage(stderr);
		return CTL_USAGE;
	}
	return run_command(ctl, argc - optind, argv + optind);
}
