/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "codec/json.h"
#include "ctl/command.h"
#include "model/settings.h"

#define MASK "********"

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_EXAMPLE, OUTPUT_MAN };

/* Secrets, and URLs that carry a password, are never shown. */
static const char *
shown_value(const struct conf *conf, size_t id)
{
	const char *value = conf_text(conf, id);
	const char *host = strstr(value, "://");

	if (*value != '\0' && settings_table[id].is_secret)
		return MASK;
	if (host != NULL && strchr(host, '@') != NULL)
		return MASK;
	return value;
}

static void
print_text(const struct ctl *ctl, const struct conf *conf)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *line = pool_format(ctl->pool, "%s=%s",
		    settings_table[i].names[0], shown_value(conf, i));

		(void)fprintf(ctl->out, "%-47s # %s\n", line,
		    conf_source(conf, i));
	}
}

static void
print_json(const struct ctl *ctl, const struct conf *conf)
{
	struct json *json = json_object(ctl->pool);

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct conf_setting *setting = &settings_table[i];
		struct json *row = json_set_object(json, setting->names[0]);

		json_set_text(row, "value", shown_value(conf, i));
		json_set_text(row, "source", conf_source(conf, i));
		json_set_bool(row, "is_secret", setting->is_secret);
	}
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, json));
}

static void
print_range(const struct ctl *ctl, const struct conf_setting *setting)
{
	switch (setting->type) {
	case CONF_CHOICE:
		(void)fprintf(ctl->out, "# One of: %s\n", setting->choices);
		break;
	case CONF_BOOL:
		(void)fprintf(ctl->out, "# true or false\n");
		break;
	case CONF_NUMBER:
	case CONF_BYTES:
	case CONF_SECS:
		(void)fprintf(ctl->out, "# From %lld to %lld%s\n",
		    (long long)setting->min, (long long)setting->max,
		    setting->type == CONF_BYTES ?
			" bytes; k, m and g are understood" :
			"");
		break;
	case CONF_TEXT:
		break;
	}
}

/* A file for --env-file in which every setting is commented out. */
static void
print_example(const struct ctl *ctl)
{
	(void)fprintf(ctl->out,
	    "# Settings of almacen: NAME=value, as systemd's EnvironmentFile\n"
	    "# has them.  The environment wins over this file; NAME_FILE=path\n"
	    "# reads a value from a file of its own.\n");
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct conf_setting *setting = &settings_table[i];

		(void)fprintf(ctl->out, "\n# %s\n", setting->help);
		for (size_t n = 1; n < CONF_NAMES_MAX; n++)
			if (setting->names[n] != NULL)
				(void)fprintf(ctl->out, "# Also: %s\n",
				    setting->names[n]);
		print_range(ctl, setting);
		(void)fprintf(ctl->out, "#%s=%s\n", setting->names[0],
		    setting->fallback);
	}
}

static void
print_man_setting(const struct ctl *ctl, const struct conf_setting *setting)
{
	FILE *out = ctl->out;

	(void)fprintf(out, ".It Ev %s\n", setting->names[0]);
	for (size_t n = 1; n < CONF_NAMES_MAX && setting->names[n] != NULL; n++)
		(void)fprintf(out, "%s.Ev %s ,\n",
		    n == 1 ? "Also\n" : "", setting->names[n]);
	if (setting->names[1] != NULL)
		(void)fprintf(out, "in this order.\n");
	(void)fprintf(out, "%s.\n", setting->help);
	if (setting->type == CONF_CHOICE)
		(void)fprintf(out, "One of: %s.\n", setting->choices);
	if (*setting->fallback != '\0')
		(void)fprintf(out, "Default:\n.Ql %s .\n", setting->fallback);
}

/* almacen.env(5), in mdoc; the build writes it to man/. */
static void
print_man(const struct ctl *ctl)
{
	FILE *out = ctl->out;

	(void)fprintf(out,
	    ".\\\" Written by almacenctl config --man\n"
	    ".Dd November 22, 2026\n.Dt ALMACEN.ENV 5\n.Os\n"
	    ".Sh NAME\n.Nm almacen.env\n.Nd settings of almacen\n"
	    ".Sh DESCRIPTION\n"
	    "Settings are lines of the form\n.Ar NAME=value ,\n"
	    "as systemd's EnvironmentFile has them.\n"
	    "The environment wins over the file.\n"
	    "A name followed by\n.Ql _FILE\n"
	    "reads the value from the file that it names.\n"
	    "Sizes understand k, m and g.\n.Pp\n"
	    "The settings are as follows:\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < SETTING_COUNT; i++)
		print_man_setting(ctl, &settings_table[i]);
	(void)fprintf(out,
	    ".El\n.Sh FILES\n.Bl -tag -width Ds\n"
	    ".It Pa /etc/almacen/almacen.env\n"
	    "Read when no other file is named.\n"
	    ".It Pa ./.env\nRead instead of it when\n.Ev ENVIRONMENT\n"
	    "is development.\n.El\n"
	    ".Sh SEE ALSO\n.Xr almacenctl 1 ,\n.Xr almacen.fcgi 8\n");
}

static int
print_settings(struct ctl *ctl, enum output output)
{
	struct conf *conf = NULL;
	struct err err = ERR_INIT;
	int result =
	    settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf, &err);

	/* Settings that only contradict each other are shown all the same. */
	if (conf != NULL && output == OUTPUT_JSON)
		print_json(ctl, conf);
	else if (conf != NULL)
		print_text(ctl, conf);
	if (result == 0)
		return CTL_OK;
	(void)fprintf(stderr, "almacenctl config: %s\n", err.text);
	return CTL_REFUSED;
}

int
cmd_config(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "example", no_argument, NULL, 'e' },
		{ "man", no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	enum output output = OUTPUT_TEXT;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'j')
			output = OUTPUT_JSON;
		else if (c == 'e')
			output = OUTPUT_EXAMPLE;
		else if (c == 'm')
			output = OUTPUT_MAN;
		else
			return ctl_usage(ctl, "config", "unknown option");
	}
	if (optind < argc)
		return ctl_usage(ctl, "config", "unexpected argument %s",
		    argv[optind]);
	if (output == OUTPUT_EXAMPLE)
		print_example(ctl);
	else if (output == OUTPUT_MAN)
		print_man(ctl);
	else
		return print_settings(ctl, output);
	return CTL_OK;
}
