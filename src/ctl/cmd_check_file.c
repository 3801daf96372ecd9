/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/filecheck.h"
#include "codec/json.h"
#include "ctl/command.h"
#include "model/rules.h"
#include "model/settings.h"

enum { READ_BYTES = 64 * 1024 };

struct input {
	const char *path;
	const char *name; /* as a browser would send it */
	const char *type; /* declared; NULL: nothing is declared */
	const char *kind;
};

static int
load_rules(struct ctl *ctl, struct file_rules *rules_r, struct err *err)
{
	struct conf *conf;

	if (settings_load(ctl->pool, ctl->env_file, ctl->environ, &conf,
		err) == -1)
		return -1;
	return rules_load_image(ctl->pool, conf, rules_r, err);
}

/* Regular files alone: a FIFO or a terminal would let us wait for ever. */
static int
open_regular(struct pool *pool, const char *path, int *fd_r, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd == -1)
		return err_set(err,
		    errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, "%s: %s",
		    path, strerror(errno));
	file_close_with(pool, fd);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, "%s: not a regular file",
		    path);
	*fd_r = fd;
	return 0;
}

static int
feed_file(struct pool *pool, const char *path, struct filecheck *check,
    struct err *err)
{
	char *bytes = pool_alloc(pool, READ_BYTES);
	ssize_t len;
	int fd;

	if (open_regular(pool, path, &fd, err) == -1)
		return -1;
	while ((len = read(fd, bytes, READ_BYTES)) > 0)
		filecheck_feed(check, slice_make(bytes, (size_t)len));
	if (len == -1)
		return err_set(err, ERR_INTERNAL, "%s: %s", path,
		    strerror(errno));
	return 0;
}

static void
set_known_text(struct json *object, const char *name, const char *text)
{
	if (*text == '\0')
		json_set_null(object, name);
	else
		json_set_text(object, name, text);
}

static void
set_known_number(struct json *object, const char *name, int64_t number)
{
	if (number == 0)
		json_set_null(object, name);
	else
		json_set_number(object, name, number);
}

static void
print_verdict(const struct ctl *ctl, const struct file_verdict *verdict)
{
	struct json *json = json_object(ctl->pool);

	json_set_bool(json, "accepted", verdict->refusal == FILE_ACCEPTED);
	set_known_text(json, "type", verdict->type);
	set_known_number(json, "width", verdict->width);
	set_known_number(json, "height", verdict->height);
	set_known_number(json, "frames", verdict->frames);
	set_known_number(json, "orientation", verdict->orientation);
	json_set_number(json, "size", verdict->size_bytes);
	set_known_text(json, "code", verdict->code);
	set_known_text(json, "reason", verdict->reason);
	(void)fprintf(ctl->out, "%s\n", json_format(ctl->pool, json));
}

static int
check_file(struct ctl *ctl, const struct input *input)
{
	struct file_rules rules;
	struct file_verdict verdict;
	struct filecheck *check;
	struct err err = ERR_INIT;

	if (load_rules(ctl, &rules, &err) == -1) {
		(void)fprintf(stderr, "almacenctl check-file: %s\n", err.text);
		return CTL_REFUSED;
	}
	check = filecheck_new(ctl->pool, &rules, input->name, input->type);
	if (feed_file(ctl->pool, input->path, check, &err) == -1) {
		(void)fprintf(stderr, "almacenctl check-file: %s\n", err.text);
		return CTL_REFUSED;
	}
	filecheck_finish(check, &verdict);
	print_verdict(ctl, &verdict);
	return verdict.refusal == FILE_ACCEPTED ? CTL_OK : CTL_REFUSED;
}

/* False for an option that does not exist. */
static bool
parse_options(int argc, char **argv, struct input *input)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, 'n' },
		{ "type", required_argument, NULL, 't' },
		{ "kind", required_argument, NULL, 'k' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			input->name = optarg;
		else if (c == 't')
			input->type = optarg;
		else if (c == 'k')
			input->kind = optarg;
		else
			return false;
	}
	return true;
}

/*
 * Where no type is given none is declared: the extension then says what the
 * content must be, as it does for a type that a browser derives from it.
 */
int
cmd_check_file(struct ctl *ctl, int argc, char **argv)
{
	struct input input = { .kind = "image" };
	const char *slash;

	if (!parse_options(argc, argv, &input))
		return ctl_usage(ctl, "check-file", "unknown option");
	if (argc - optind != 1)
		return ctl_usage(ctl, "check-file", "expected one FILE");
	if (strcmp(input.kind, "image") != 0)
		return ctl_usage(ctl, "check-file", "unknown kind %s",
		    input.kind);
	input.path = argv[optind];
	slash = strrchr(input.path, '/');
	if (input.name == NULL)
		input.name = slash == NULL ? input.path : slash + 1;
	return check_file(ctl, &input);
}
