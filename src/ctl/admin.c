/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "codec/date.h"
#include "codec/utf8.h"
#include "ctl/admin.h"
#include "ctl/storage.h"
#include "model/settings.h"

static const struct option long_options[] = {
	{ "json", no_argument, NULL, ADMIN_JSON },
	{ "tenant", required_argument, NULL, ADMIN_TENANT },
	{ "role", required_argument, NULL, ADMIN_ROLE },
	{ "name", required_argument, NULL, ADMIN_NAME },
	{ "host", required_argument, NULL, ADMIN_HOST },
	{ "quota-bytes", required_argument, NULL, ADMIN_QUOTA_BYTES },
	{ "quota-objects", required_argument, NULL, ADMIN_QUOTA_OBJECTS },
	{ "user", required_argument, NULL, ADMIN_USER },
	{ "scopes", required_argument, NULL, ADMIN_SCOPES },
	{ "expires", required_argument, NULL, ADMIN_EXPIRES },
	{ "password-stdin", no_argument, NULL, ADMIN_PASSWORD_STDIN },
	{ "generate", no_argument, NULL, ADMIN_GENERATE },
	{ NULL, 0, NULL, 0 },
};

/* ---- opening ---- */

/*
 * The first people may come before the program runs for the first time.  But
 * a database that was made by somebody else than it is one it cannot write.
 */
static int
check_database(struct pool *pool, const struct conf *conf, struct err *err)
{
	const char *data_dir = conf_text(conf, SET_DATA_DIR);
	struct stat st;

	if (storage_check_database(pool, conf, err) == 0)
		return 0;
	if (stat(data_dir, &st) == 0 && st.st_uid == geteuid()) {
		err_clear(err);
		return 0;
	}
	return err_wrap(err, "start the program once, or be the owner of"
	    " DATA_DIR (%s)", data_dir);
}

static int
open_db(struct admin *admin, const struct conf *conf, struct err *err)
{
	struct backend backend = { .conf = conf,
		.clock = admin->ctl->clock,
		.log = &admin->ctl->log };

	if (storage_become_owner(admin->ctl, conf, err) == -1 ||
	    check_database(admin->pool, conf, err) == -1 ||
	    backend_open_db(&backend, admin->pool, err) == -1)
		return -1;
	admin->db = backend.db;
	admin->now_secs = clock_now_secs(admin->ctl->clock);
	admin->default_tenant = conf_number(conf, SET_DEFAULT_TENANT);
	return 0;
}

/* ---- the audit log ---- */

/* Who typed it, before we go on as the owner of DATA_DIR. */
static const char *
unix_name(struct pool *pool)
{
	const struct passwd *user = getpwuid(getuid());

	if (user == NULL)
		return pool_format(pool, "%u", (unsigned)getuid());
	return pool_strdup(pool, user->pw_name);
}

static int
note(struct admin *admin, const struct conf *conf, struct audit_event *event,
    struct err *err)
{
	if (admin->subject == NULL ||
	    strcmp(conf_text(conf, SET_AUDIT), "on") != 0)
		return 0;
	event->tenant_id = admin->tenant_id;
	event->subject = admin->subject;
	if (audit_note(audit_new(admin->pool, admin->db, admin->ctl->clock,
			   &admin->ctl->log),
		event, err) == -1)
		return err_wrap(err, "it is done, but not noted");
	return 0;
}

static int
run(struct admin *admin, const char *name, const struct admin_action *action,
    struct err *err)
{
	struct audit_event event = { .via = "almacenctl",
		.actor = pool_format(admin->pool, "almacenctl:%s",
		    unix_name(admin->pool)),
		.action = pool_format(admin->pool, "%s.%s", name,
		    action->name),
		.remote_addr = "",
		.request_id = "" };
	struct err ignored = ERR_INIT;
	struct conf *conf;

	/* What is listed need not be said twice. */
	admin->ctl->log.least = LOG_WARNING;
	if (settings_load(admin->pool, admin->ctl->env_file,
		admin->ctl->environ, &conf, err) == -1 ||
	    open_db(admin, conf, err) == -1)
		return -1;
	if (action->run(admin, err) == 0) {
		event.result = "ok";
		return note(admin, conf, &event, err);
	}
	event.result = err->code[0] != '\0' ? err->code :
					      err_kind_name(err->kind);
	(void)note(admin, conf, &event, &ignored);
	return -1;
}

/* ---- the command line ---- */

static const struct admin_action *
find_action(const struct admin_command *command, const char *name)
{
	for (size_t i = 0; i < command->count; i++)
		if (strcmp(command->actions[i].name, name) == 0)
			return &command->actions[i];
	return NULL;
}

/* NULL, or what is wrong. */
static const char *
take_options(struct admin *admin, int argc, char **argv, unsigned *given_r)
{
	int c;

	optind = 0; /* getopt_long() begins anew */
	*given_r = 0;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c < 0 || c >= ADMIN_OPTION_COUNT)
			return "unknown option";
		if ((*given_r & ADMIN_HAS(c)) != 0)
			return "an option was given twice";
		*given_r |= ADMIN_HAS(c);
		admin->options[c] = optarg == NULL ? "" : optarg;
	}
	return NULL;
}

static const char *
check_action(const struct admin_action *action, int count, unsigned given)
{
	if (count < action->args)
		return "an argument is missing";
	if (count > action->args)
		return "too many arguments";
	if ((given & ~action->options) != 0)
		return "another action's option";
	return NULL;
}

int
admin_main(struct ctl *ctl, const struct admin_command *command, int argc,
    char **argv)
{
	struct admin admin = { .ctl = ctl, .pool = ctl->pool };
	const struct admin_action *action;
	struct err err = ERR_INIT;
	const char *problem;
	unsigned given;

	problem = take_options(&admin, argc, argv, &given);
	if (problem == NULL && optind == argc)
		problem = "what shall be done?";
	if (problem != NULL)
		return ctl_usage(ctl, command->name, "%s", problem);
	action = find_action(command, argv[optind]);
	if (action == NULL)
		return ctl_usage(ctl, command->name, "cannot %s",
		    argv[optind]);
	problem = check_action(action, argc - optind - 1, given);
	if (problem != NULL)
		return ctl_usage(ctl, command->name, "%s: %s", action->name,
		    problem);
	admin.args = argv + optind + 1;
	if (run(&admin, command->name, action, &err) == 0)
		return CTL_OK;
	if (strcmp(err.code, "usage") == 0)
		return ctl_usage(ctl, command->name, "%s", err.text);
	return storage_refuse(pool_format(ctl->pool, "%s %s", command->name,
	    action->name), &err);
}

/* ---- what actions share ---- */

int
admin_number(const struct admin *admin, enum admin_option option,
    int64_t max, int64_t fallback, int64_t *number_r, struct err *err)
{
	const char *text = admin->options[option];

	*number_r = fallback;
	if (text == NULL ||
	    num_parse_i64(slice_str(text), max, number_r))
		return 0;
	return err_set_code(err, ERR_INVALID, "usage",
	    "--%s: expected a number up to %lld", long_options[option].name,
	    (long long)max);
}

static int
load_user(struct admin *admin, const char *text, struct user *user_r,
    struct err *err)
{
	const char *email;
	int64_t id;

	if (num_parse_i64(slice_str(text), INT64_MAX, &id))
		return user_load(admin->db, admin->pool, id, user_r, err);
	if (user_clean_email(admin->pool, slice_str(text), &email, err) == -1)
		return err_wrap(err, "%s", text);
	return user_find_email(admin->db, admin->pool, email, user_r, err);
}

int
admin_find_user(struct admin *admin, const char *text, struct user *user_r,
    struct err *err)
{
	int found = load_user(admin, text, user_r, err);

	if (found == -1)
		return -1;
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no user %s", text);
	admin->tenant_id = user_r->tenant_id;
	admin->subject = pool_format(admin->pool, "users/%lld",
	    (long long)user_r->id);
	return 0;
}

/* ---- printing ---- */

/* Text for a terminal may have more bytes than it takes columns. */
static size_t
width_of(const char *text)
{
	return utf8_count(slice_str(text));
}

static void
print_row(FILE *out, const char *const *cells, const size_t *widths,
    size_t columns)
{
	for (size_t i = 0; i < columns; i++) {
		int padding = i + 1 == columns ? 0 :
		    (int)(widths[i] - width_of(cells[i]) + 2);

		(void)fprintf(out, "%s%*s", cells[i], padding, "");
	}
	(void)fprintf(out, "\n");
}

void
admin_print_table(struct admin *admin, const char *const *cells, size_t rows,
    size_t columns)
{
	size_t count = rows * columns;
	const char **printable = pool_alloc_array(admin->pool, count + 1,
	    sizeof(*printable));
	size_t *widths = pool_alloc_array(admin->pool, columns,
	    sizeof(*widths));

	for (size_t i = 0; i < count; i++) {
		size_t width;

		printable[i] = storage_printable(admin->pool, cells[i]);
		width = width_of(printable[i]);
		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t row = 0; row < rows; row++)
		print_row(admin->ctl->out, printable + row * columns, widths,
		    columns);
}

void
admin_print_json(struct admin *admin, const struct json *root)
{
	(void)fprintf(admin->ctl->out, "%s\n",
	    json_format_pretty(admin->pool, root));
}

const char *
admin_time(struct pool *pool, int64_t secs)
{
	return secs == 0 ? "-" : date_iso(pool, secs);
}
