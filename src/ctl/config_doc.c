/* SPDX-License-Identifier: MIT */
#include "ctl/config_doc.h"
#include "model/settings.h"

enum { RANGE_BYTES = 128 };

/* What values a setting takes; "" when any text will do. */
static void
format_range(const struct conf_setting *setting, char range_r[RANGE_BYTES])
{
	range_r[0] = '\0';
	switch (setting->type) {
	case CONF_CHOICE:
		(void)snprintf(range_r, RANGE_BYTES, "One of: %s",
		    setting->choices);
		break;
	case CONF_BOOL:
		(void)snprintf(range_r, RANGE_BYTES, "true or false");
		break;
	case CONF_NUMBER:
	case CONF_BYTES:
	case CONF_SECS:
		(void)snprintf(range_r, RANGE_BYTES, "From %lld to %lld%s",
		    (long long)setting->min, (long long)setting->max,
		    setting->type == CONF_BYTES ?
			" bytes; k, m and g are understood" :
			"");
		break;
	case CONF_TEXT:
		break;
	}
}

static void
print_example(FILE *out, const struct conf_setting *setting)
{
	char range[RANGE_BYTES];

	(void)fprintf(out, "\n# %s\n", setting->help);
	for (size_t n = 1; n < CONF_NAMES_MAX; n++)
		if (setting->names[n] != NULL)
			(void)fprintf(out, "# Also read as %s\n",
			    setting->names[n]);
	format_range(setting, range);
	if (range[0] != '\0')
		(void)fprintf(out, "# %s\n", range);
	(void)fprintf(out, "#%s=%s\n", setting->names[0], setting->fallback);
}

void
config_doc_example(FILE *out)
{
	(void)fputs(
	    "# Settings of almacen: NAME=value, as systemd's EnvironmentFile\n"
	    "# has them.  The environment wins over this file; NAME_FILE=path\n"
	    "# reads a value from a file of its own.\n",
	    out);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		print_example(out, &settings_table[i]);
}

static const char man_begin[] =
    ".\\\" SPDX-License-Identifier: MIT\n"
    ".\\\" Written by almacenctl config --man from the table of settings.\n"
    ".Dd November 22, 2026\n"
    ".Dt ALMACEN.ENV 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm almacen.env\n"
    ".Nd settings of almacen\n"
    ".Sh DESCRIPTION\n"
    "Settings are read from the environment and from a file of\n"
    ".Ar NAME Ns = Ns Ar value\n"
    "lines in the format of systemd's EnvironmentFile.\n"
    "Lines that begin with # are comments, and values may stand in quotes.\n"
    "Names that are not listed here are errors in the file.\n"
    ".Pp\n"
    "Of the names of a setting the first that has a value wins, the\n"
    "environment before the file.\n"
    ".Ar NAME Ns _FILE= Ns Ar path\n"
    "reads the value from a file of its own, which suits secrets.\n"
    ".Pp\n"
    ".Ql almacenctl config\n"
    "prints every setting, its value and where it comes from;\n"
    ".Ql almacenctl config --example\n"
    "prints a file to start from.\n"
    ".Sh SETTINGS\n"
    ".Bl -tag -width Ds\n";

static const char man_end[] =
    ".El\n"
    ".Sh FILES\n"
    ".Bl -tag -width Ds\n"
    ".It Pa /etc/almacen/almacen.env\n"
    "Read when no file is named with\n"
    ".Fl -env-file .\n"
    ".It Pa ./.env\n"
    "Read when that file is not there and the environment says\n"
    ".Ql ENVIRONMENT=development .\n"
    ".El\n"
    ".Sh SEE ALSO\n"
    ".Xr almacenctl 1 ,\n"
    ".Xr almacen.fcgi 8\n";

static void
print_man(FILE *out, const struct conf_setting *setting)
{
	char range[RANGE_BYTES];

	(void)fprintf(out, ".It Ev %s\n%c%s.\n", setting->names[0],
	    setting->help[0] >= 'a' && setting->help[0] <= 'z' ?
		setting->help[0] - 'a' + 'A' :
		setting->help[0],
	    setting->help + 1);
	for (size_t n = 1; n < CONF_NAMES_MAX; n++)
		if (setting->names[n] != NULL)
			(void)fprintf(out, "Also read as\n.Ev %s .\n",
			    setting->names[n]);
	format_range(setting, range);
	if (range[0] != '\0')
		(void)fprintf(out, "%s.\n", range);
	if (setting->fallback[0] != '\0')
		(void)fprintf(out, "Default:\n.Ql %s .\n", setting->fallback);
}

void
config_doc_man(FILE *out)
{
	(void)fputs(man_begin, out);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		print_man(out, &settings_table[i]);
	(void)fputs(man_end, out);
}
