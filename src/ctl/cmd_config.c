/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "codec/json.h"
#include "ctl/command.h"
#include "ctl/config_doc.h"
#include "ctl/storage.h"
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

/* An empty region stands for one that depends on other settings. */
static const char *
shown_source(const struct ctl *ctl, const struct conf *conf, size_t id)
{
	if (id != SET_S3_REGION || conf_is_set(conf, id))
		return conf_source(conf, id);
	return pool_format(ctl->pool, "default: %s",
	    storage_region(ctl->pool, conf, NULL));
}

static void
print_text(const struct ctl *ctl, const struct conf *conf)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *line = pool_format(ctl->pool, "%s=%s",
		    settings_table[i].names[0], shown_value(conf, i));

		(void)fprintf(ctl->out, "%-47s # %s\n", line,
		    shown_source(ctl, conf, i));
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
		json_set_text(row, "source", shown_source(ctl, conf, i));
		json_set_bool(row, "is_secret", setting->is_secret);
	}
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, json));
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
		config_doc_example(ctl->out);
	else if (output == OUTPUT_MAN)
		config_doc_man(ctl->out);
	else
		return print_settings(ctl, output);
	return CTL_OK;
}
