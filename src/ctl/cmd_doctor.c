/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <string.h>

#include "base/buf.h"
#include "codec/json.h"
#include "codec/url.h"
#include "ctl/doctor.h"
#include "ctl/storage.h"

enum { TITLE_WIDTH = 18, BLOCKED_MAX = 1024 };

static const struct mark {
	const char *sign, *name;
} marks[FINDING_STATE_COUNT] = {
	[FINDING_OK] = { "✓", "ok" },
	[FINDING_BAD] = { "✗", "bad" },
	[FINDING_WARNING] = { "!", "warning" },
	[FINDING_SKIPPED] = { "–", "skipped" },
	[FINDING_BLOCKED] = { "–", "skipped" },
	[FINDING_FOREIGN] = { "–", "skipped" },
};

static size_t
count_state(const struct finding *findings, enum finding_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < doctor_check_count; i++)
		count += findings[i].state == state;
	return count;
}

/* ---- as text ---- */

static void
print_line(const struct ctl *ctl, const char *title,
    const struct finding *finding)
{
	(void)fprintf(ctl->out, "%s %-*s %s\n", marks[finding->state].sign,
	    TITLE_WIDTH, title, storage_printable(ctl->pool, finding->text));
	if (finding->fix[0] != '\0')
		(void)fprintf(ctl->out, "  %-*s → %s\n", TITLE_WIDTH, "",
		    finding->fix);
}

/* In one line: their cause stands above. */
static void
print_blocked(const struct ctl *ctl, const struct finding *findings)
{
	struct buf names;

	buf_init(&names, ctl->pool, BLOCKED_MAX);
	for (size_t i = 0; i < doctor_check_count; i++)
		if (findings[i].state == FINDING_BLOCKED)
			(void)buf_format(&names, "%s%s",
			    names.len == 0 ? "" : ", ",
			    doctor_checks[i].title);
	if (names.len > 0)
		(void)fprintf(ctl->out, "%s %-*s %s\n",
		    marks[FINDING_BLOCKED].sign, TITLE_WIDTH, "for that reason",
		    pool_format(ctl->pool, "not looked at: %s", names.data));
}

static void
print_text(const struct ctl *ctl, const struct finding *findings)
{
	size_t bad = count_state(findings, FINDING_BAD);
	size_t warnings = count_state(findings, FINDING_WARNING);

	for (size_t i = 0; i < doctor_check_count; i++)
		if (findings[i].state < FINDING_BLOCKED)
			print_line(ctl, doctor_checks[i].title, &findings[i]);
	print_blocked(ctl, findings);
	if (bad == 0 && warnings == 0)
		(void)fprintf(ctl->out, "All is well.\n");
	else
		(void)fprintf(ctl->out, "%zu to mend, %zu to think about.\n",
		    bad, warnings);
}

/* ---- as JSON ---- */

static void
print_json(const struct ctl *ctl, const struct finding *findings)
{
	struct json *root = json_object(ctl->pool), *rows;

	json_set_bool(root, "ok", count_state(findings, FINDING_BAD) == 0);
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

/* ---- running ---- */

static int
run(struct ctl *ctl, const char *origin, bool want_json)
{
	struct doctor doctor = { .pool = ctl->pool, .ctl = ctl };
	struct finding *findings = pool_alloc_array(ctl->pool,
	    doctor_check_count, sizeof(*findings));

	doctor_prepare(&doctor, origin);
	doctor_run(&doctor, findings);
	if (want_json)
		print_json(ctl, findings);
	else
		print_text(ctl, findings);
	return count_state(findings, FINDING_BAD) == 0 ? CTL_OK : CTL_REFUSED;
}

/* "https://host[:port]" and nothing behind it, as browsers send it. */
static bool
is_origin(struct pool *pool, const char *text)
{
	struct err ignored = ERR_INIT;
	struct url url;

	return url_parse(pool, slice_str(text), &url, &ignored) == 0 &&
	    url.path[0] == '\0' && url.query[0] == '\0';
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
	if (origin != NULL && !is_origin(ctl->pool, origin))
		return ctl_usage(ctl, "doctor",
		    "--origin %s: not like https://www.example.com", origin);
	return run(ctl, origin, want_json);
}
