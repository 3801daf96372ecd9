/*
 * almacenctl render: a page from a template and a file of data, for those who
 * write templates.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <string.h>

#include "base/file.h"
#include "ctl/command.h"
#include "model/settings.h"
#include "tmpl/tmpl.h"

enum { DATA_BYTES_MAX = 1024 * 1024 };

struct render_args {
	const char *template; /* "products", or "path/products.html" */
	const char *data;     /* path */
	enum lang lang;
};

static int
read_args(struct ctl *ctl, int argc, char **argv, struct render_args *args_r)
{
	static const struct option options[] = {
		{ "lang", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*args_r = (struct render_args){ .lang = LANG_ES };
	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "l:", options, NULL)) != -1) {
		if (c != 'l')
			return ctl_usage(ctl, "render", "unknown option");
		if (!lang_find(slice_str(optarg), &args_r->lang))
			return ctl_usage(ctl, "render", "no language \"%s\"",
			    optarg);
	}
	if (argc - optind != 2)
		return ctl_usage(ctl, "render", "TEMPLATE and DATA expected");
	args_r->template = argv[optind];
	args_r->data = argv[optind + 1];
	return CTL_OK;
}

/* The folder of a template named by its path, else the configured one. */
static const char *
find_folder(struct ctl *ctl, const struct conf *conf, const char *template)
{
	/* Not NULL: ctl_usage() never gives CTL_OK. */
	/* NOLINTNEXTLINE(*-core.NonNullParamChecker) */
	const char *slash = strrchr(template, '/');

	if (slash == NULL)
		return conf_text(conf, SET_TEMPLATE_DIR);
	if (slash == template)
		return "/";
	return pool_strndup(ctl->pool, template, (size_t)(slash - template));
}

static const char *
find_name(struct ctl *ctl, const char *template)
{
	const char *slash = strrchr(template, '/');
	struct slice name = slice_str(slash == NULL ? template : slash + 1);

	if (slice_has_suffix(name, ".html"))
		name.len -= strlen(".html");
	return slice_dup(ctl->pool, name);
}

static int
render(struct ctl *ctl, const struct render_args *args, struct buf *page,
    struct err *err)
{
	struct tmpl_set *set;
	struct json *view;
	struct conf *conf;
	struct slice data;

	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf, err) ==
		-1 ||
	    lang_init(conf_text(conf, SET_LOCALE_DIR), err) == -1 ||
	    tmpl_set_load(ctl->pool, find_folder(ctl, conf, args->template),
		&set, err) == -1 ||
	    file_read(ctl->pool, args->data, DATA_BYTES_MAX, &data, err) == -1)
		return -1;
	if (json_parse(ctl->pool, data, &view, err) == -1)
		return err_wrap(err, "%s", args->data);
	return tmpl_render(set, find_name(ctl, args->template), view,
	    args->lang, page, err);
}

int
cmd_render(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct render_args args;
	struct buf page;
	int status;

	status = read_args(ctl, argc, argv, &args);
	if (status != CTL_OK)
		return status;
	buf_init(&page, ctl->pool, TMPL_OUTPUT_MAX);
	if (render(ctl, &args, &page, &err) == -1) {
		(void)fprintf(stderr, "almacenctl render: %s\n", err.text);
		return CTL_REFUSED;
	}
	(void)fwrite(page.data, 1, page.len, ctl->out);
	return CTL_OK;
}
