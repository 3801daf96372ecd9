/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "base/rand.h"
#include "codec/json.h"
#include "codec/url.h"
#include "ctl/doctor.h"
#include "ctl/storage.h"
#include "model/settings.h"
#include "store/open.h"

enum { KEY_RANDOM_BYTES = 8, PREFIX_BYTES_MAX = 512 };

static const struct mark {
	const char *sign, *name;
} marks[] = {
	[FINDING_OK] = { "✓", "ok" },
	[FINDING_BAD] = { "✗", "bad" },
	[FINDING_WARNING] = { "!", "warning" },
	[FINDING_SKIPPED] = { "–", "skipped" },
};

/* ---- showing ---- */

static void
print_line(const struct ctl *ctl, const char *title,
    const struct finding *finding)
{
	(void)fprintf(ctl->out, "%s %s: %s\n", marks[finding->state].sign,
	    title, finding->text);
	if (finding->fix[0] != '\0')
		(void)fprintf(ctl->out, "    → %s\n", finding->fix);
}

static void
print_text(const struct ctl *ctl, const struct finding *findings, size_t bad)
{
	for (size_t i = 0; i < doctor_check_count; i++)
		print_line(ctl, doctor_checks[i].title, &findings[i]);
	if (bad == 0)
		(void)fprintf(ctl->out, "All is well.\n");
	else
		(void)fprintf(ctl->out, "%zu to mend.\n", bad);
}

static void
print_json(const struct ctl *ctl, const struct finding *findings, size_t bad)
{
	struct json *root = json_object(ctl->pool), *rows;

	json_set_bool(root, "ok", bad == 0);
	rows = json_set_array(root, "checks");
	for (size_t i = 0; i < doctor_check_count; i++) {
		struct json *row = json_add_object(rows);

		json_set_text(row, "name", doctor_checks[i].name);
		json_set_text(row, "state", marks[findings[i].state].name);
		json_set_text(row, "text", findings[i].text);
		json_set_text(row, "fix", findings[i].fix);
	}
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, root));
}

/* Settings that cannot be read leave nothing else to look at. */
static int
refuse(const struct ctl *ctl, bool want_json, const struct err *err)
{
	const struct finding finding = { .state = FINDING_BAD,
		.text = err->text,
		.fix = "almacenctl config shows every setting and its source" };
	struct json *root, *row;

	if (!want_json) {
		print_line(ctl, "settings", &finding);
		return CTL_REFUSED;
	}
	root = json_object(ctl->pool);
	json_set_bool(root, "ok", false);
	row = json_add_object(json_set_array(root, "checks"));
	json_set_text(row, "name", "settings");
	json_set_text(row, "state", "bad");
	json_set_text(row, "text", finding.text);
	json_set_text(row, "fix", finding.fix);
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, root));
	return CTL_REFUSED;
}

/* ---- preparing ---- */

/* "https://host" of a URL, as browsers write origins; "" for none. */
static int
read_origin(struct pool *pool, const char *text, const char **origin_r,
    struct err *err)
{
	struct url url;

	*origin_r = "";
	if (text[0] == '\0')
		return 0;
	if (url_parse(pool, slice_str(text), &url, err) == -1)
		return err_wrap(err, "origin");
	*origin_r = pool_format(pool, "%s://%s", url.scheme, url.authority);
	return 0;
}

static const char *
public_key(struct doctor *doctor, const char *name)
{
	struct slice rest =
	    slice_str(settings_public_prefixes(doctor->pool, doctor->conf));
	struct slice prefix;

	while (slice_next(&rest, ' ', &prefix))
		if (prefix.len > 0 && prefix.len < PREFIX_BYTES_MAX)
			return pool_format(doctor->pool, "%.*s%s",
			    SLICE_ARG(prefix), name);
	return NULL;
}

static int
prepare(struct doctor *doctor, const char *origin, struct err *err)
{
	struct ctl *ctl = doctor->ctl;
	struct backend *backend = POOL_NEW(ctl->pool, struct backend);
	struct conf *conf;
	const char *name;

	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		err) == -1 ||
	    storage_become_owner(ctl, conf, err) == -1)
		return -1;
	doctor->conf = backend->conf = conf;
	backend->clock = ctl->clock;
	backend->log = &ctl->log;
	doctor->backend = backend;
	if (origin == NULL)
		origin = conf_text(conf, SET_BASE_URL);
	if (read_origin(ctl->pool, origin, &doctor->origin, err) == -1 ||
	    backend_open_store(backend, ctl->pool, err) == -1)
		return -1;
	doctor->client = store_s3_client(backend->store);
	if (doctor->client != NULL)
		doctor->region = s3_client_target(doctor->client)->region;
	doctor->fetcher = fetcher_new(ctl->pool);
	name = pool_format(ctl->pool, "doctor/%s",
	    rand_hex(ctl->pool, KEY_RANDOM_BYTES));
	doctor->key = name;
	doctor->public_key = public_key(doctor, name);
	return 0;
}

static int
run(struct ctl *ctl, const char *origin, bool want_json)
{
	struct doctor doctor = { .pool = ctl->pool, .ctl = ctl };
	struct finding *findings = pool_alloc_array(ctl->pool,
	    doctor_check_count, sizeof(*findings));
	struct err err = ERR_INIT;
	size_t bad = 0;

	if (prepare(&doctor, origin, &err) == -1)
		return refuse(ctl, want_json, &err);
	doctor_run(&doctor, findings);
	for (size_t i = 0; i < doctor_check_count; i++)
		bad += findings[i].state == FINDING_BAD;
	if (want_json)
		print_json(ctl, findings, bad);
	else
		print_text(ctl, findings, bad);
	return bad == 0 ? CTL_OK : CTL_REFUSED;
}

int
cmd_doctor(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "origin", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const char *origin = NULL;
	bool want_json = false;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			want_json = true;
		else if (c == 'o')
			origin = optarg;
		else
			return ctl_usage(ctl, "doctor", "unknown option");
	}
	if (optind < argc)
		return ctl_usage(ctl, "doctor", "unexpected argument %s",
		    argv[optind]);
	return run(ctl, origin, want_json);
}
