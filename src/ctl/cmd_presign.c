/*
 * almacenctl presign: URLs and forms that permit one upload or download.
 * They go to standard output and nowhere else.
 *
 * SPDX-License-Identifier: MIT
 */
#include <getopt.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/num.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "ctl/command.h"
#include "ctl/storage.h"
#include "model/settings.h"
#include "store/presign.h"

enum {
	EXPIRES_MAX = 7 * 24 * 3600,
	USUAL_FORM_BYTES = 10 * 1024 * 1024,
	COMMAND_MAX = 256 * 1024
};

struct input {
	const char *kind, *key; /* get, put or post */
	const char *type, *sha256, *origin;
	int64_t expires_secs, size_bytes, min_bytes, max_bytes; /* -1: unset */
	bool is_new_only, want_json;
};

/* ---- the command line ---- */

/* clang-format off */
static const struct option long_options[] = {
	{ "expires", required_argument, NULL, 'e' },
	{ "type", required_argument, NULL, 't' },
	{ "size", required_argument, NULL, 's' },
	{ "sha256", required_argument, NULL, 'h' },
	{ "new-only", no_argument, NULL, 'n' },
	{ "min", required_argument, NULL, 'm' },
	{ "max", required_argument, NULL, 'x' },
	{ "origin", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};
/* clang-format on */

static const char *
take_size(const char *value, int64_t *bytes_r)
{
	if (num_parse_size(slice_str(value), INT64_MAX, bytes_r))
		return NULL;
	return "a size is bytes, or 64k, 10m, 1g";
}

static const char *
take_option(struct input *input, int c, const char *value)
{
	switch (c) {
	case 'e':
		if (num_parse_i64(slice_str(value), EXPIRES_MAX,
			&input->expires_secs) && input->expires_secs > 0)
			return NULL;
		return "--expires is 1 to 604800 seconds";
	case 't':
		input->type = value;
		return NULL;
	case 's':
		return take_size(value, &input->size_bytes);
	case 'h':
		input->sha256 = value;
		return NULL;
	case 'm':
		return take_size(value, &input->min_bytes);
	case 'x':
		return take_size(value, &input->max_bytes);
	case 'o':
		input->origin = value;
		return NULL;
	case 'n':
		input->is_new_only = true;
		return NULL;
	case 'j':
		input->want_json = true;
		return NULL;
	default:
		return "unknown option";
	}
}

static const char *
check_sha256(struct pool *pool, const char *sha256)
{
	struct slice bytes;

	if (sha256 == NULL ||
	    (strlen(sha256) == STORE_SHA256_CHARS &&
		hex_decode(pool, slice_str(sha256), &bytes)))
		return NULL;
	return "--sha256 is 64 hexadecimal digits";
}

/* What is asked of a kind that has no such thing. */
static const char *
check_put(const struct input *input)
{
	return input->min_bytes == -1 && input->max_bytes == -1 ?
	    NULL : "--min and --max are for post: use --size";
}

static const char *
check_get(const struct input *input)
{
	bool is_plain = input->type == NULL && input->size_bytes == -1 &&
	    input->sha256 == NULL && !input->is_new_only;

	return is_plain ? check_put(input) :
			  "get takes --expires, --origin and --json alone";
}

static const char *
check_post(const struct input *input)
{
	if (input->sha256 != NULL || input->is_new_only)
		return "--sha256 and --new-only are for put";
	if (input->size_bytes != -1 && check_put(input) != NULL)
		return "--size is both bounds: leave out --min and --max";
	return NULL;
}

static const struct {
	const char *name;
	const char *(*check)(const struct input *input);
} kinds[] = {
	{ "get", check_get },
	{ "put", check_put },
	{ "post", check_post },
};

static const char *
check_input(struct pool *pool, const struct input *input)
{
	const char *problem;

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, input->kind) != 0)
			continue;
		problem = kinds[i].check(input);
		return problem != NULL ?
		    problem : check_sha256(pool, input->sha256);
	}
	return "expected get, put or post";
}

static const char *
parse(struct pool *pool, int argc, char **argv, struct input *input)
{
	const char *problem;
	int c;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		problem = take_option(input, c, optarg);
		if (problem != NULL)
			return problem;
	}
	if (argc - optind != 2)
		return "expected get, put or post, and a key";
	input->kind = argv[optind];
	input->key = argv[optind + 1];
	return check_input(pool, input);
}

/* ---- output ---- */

/* For a shell: nothing in single quotes is special but they themselves. */
static void
add_quoted(struct buf *line, const char *text)
{
	(void)buf_char(line, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			(void)buf_str(line, "'\\''");
		else
			(void)buf_char(line, *text);
	(void)buf_char(line, '\'');
}

static void
add_pair(struct buf *line, const char *option, const struct store_header *pair,
    const char *between)
{
	(void)buf_format(line, " %s ", option);
	add_quoted(line, pool_format(line->pool, "%s%s%s", pair->name, between,
	    pair->value));
}

static void
print_json(struct ctl *ctl, struct json *json, const char *name,
    const struct store_header *pairs, size_t count)
{
	struct json *object = json_set_object(json, name);

	for (size_t i = 0; i < count; i++)
		json_set_text(object, pairs[i].name, pairs[i].value);
	(void)fprintf(ctl->out, "%s\n", json_format_pretty(ctl->pool, json));
}

static struct json *
begin_json(struct ctl *ctl, const char *method, const char *url,
    int64_t expires_secs)
{
	struct json *json = json_object(ctl->pool);

	json_set_text(json, "method", method);
	json_set_text(json, "url", url);
	json_set_number(json, "expires_in", expires_secs);
	return json;
}

/* curl counts the bytes itself. */
static bool
is_curls_own(const struct store_header *header)
{
	return strcasecmp(header->name, "content-length") == 0;
}

static void
print_url(struct ctl *ctl, const struct input *input,
    const struct store_presigned *presigned)
{
	struct buf line;

	if (input->want_json) {
		print_json(ctl, begin_json(ctl, presigned->method,
		    presigned->url, presigned->expires_secs), "headers",
		    presigned->headers, presigned->header_count);
		return;
	}
	if (strcmp(presigned->method, "PUT") != 0) {
		(void)fprintf(ctl->out, "%s\n", presigned->url);
		return;
	}
	buf_init(&line, ctl->pool, COMMAND_MAX);
	(void)buf_str(&line, "curl --fail-with-body -T FILE");
	for (size_t i = 0; i < presigned->header_count; i++)
		if (!is_curls_own(&presigned->headers[i]))
			add_pair(&line, "-H", &presigned->headers[i], ": ");
	(void)buf_char(&line, ' ');
	add_quoted(&line, presigned->url);
	(void)fprintf(ctl->out, "%s\n", line.data);
}

static void
print_form(struct ctl *ctl, const struct input *input,
    const struct store_form *form)
{
	struct buf line;

	if (input->want_json) {
		print_json(ctl, begin_json(ctl, "POST", form->url,
		    form->expires_secs), "fields", form->fields,
		    form->field_count);
		return;
	}
	buf_init(&line, ctl->pool, COMMAND_MAX);
	(void)buf_str(&line, "curl --fail-with-body");
	for (size_t i = 0; i < form->field_count; i++)
		add_pair(&line, "--form-string", &form->fields[i], "=");
	/* What comes behind the file is ignored by servers. */
	(void)buf_str(&line, " -F file=@FILE ");
	add_quoted(&line, form->url);
	(void)fprintf(ctl->out, "%s\n", line.data);
}

/* ---- the work ---- */

static int
presign_url(struct ctl *ctl, struct store *store, const struct input *input,
    struct err *err)
{
	const struct store_access access = {
		.method = strcmp(input->kind, "get") == 0 ? "GET" : "PUT",
		.key = input->key,
		.content_type = input->type,
		.content_length = input->size_bytes,
		.sha256 = input->sha256,
		.is_new_only = input->is_new_only,
		.expires_secs = input->expires_secs,
		.origin = input->origin
	};
	struct store_presigned presigned;

	if (input->is_new_only &&
	    !store_traits(store)->can_write_conditionally)
		return err_set(err, ERR_UNSUPPORTED,
		    "this server cannot refuse to replace an object "
		    "(S3_CONDITIONAL_WRITE): leave out --new-only");
	if (store_presign(store, ctl->pool, &access, &presigned, err) == -1)
		return -1;
	print_url(ctl, input, &presigned);
	return 0;
}

static int
presign_form(struct ctl *ctl, struct store *store, const struct input *input,
    struct err *err)
{
	struct store_form_access access = {
		.key = input->key,
		.content_type = input->type,
		.min_bytes = input->min_bytes == -1 ? 1 : input->min_bytes,
		.max_bytes = input->max_bytes == -1 ?
		    USUAL_FORM_BYTES : input->max_bytes,
		.expires_secs = input->expires_secs,
		.origin = input->origin
	};
	struct store_form form;

	if (input->size_bytes != -1)
		access.min_bytes = access.max_bytes = input->size_bytes;
	if (store_presign_form(store, ctl->pool, &access, &form, err) == -1)
		return -1;
	print_form(ctl, input, &form);
	return 0;
}

static int
presign(struct ctl *ctl, struct input *input, struct err *err)
{
	struct backend *backend;

	if (storage_open(ctl, &backend, err) == -1)
		return -1;
	if (input->expires_secs == -1)
		input->expires_secs = conf_number(backend->conf,
		    SET_PRESIGNED_URL_EXPIRY);
	if (input->origin == NULL)
		input->origin = "";
	if (strcmp(input->kind, "post") == 0)
		return presign_form(ctl, backend->store, input, err);
	return presign_url(ctl, backend->store, input, err);
}

int
cmd_presign(struct ctl *ctl, int argc, char **argv)
{
	struct input input = { .expires_secs = -1,
		.size_bytes = -1,
		.min_bytes = -1,
		.max_bytes = -1 };
	const char *problem = parse(ctl->pool, argc, argv, &input);
	struct err err = ERR_INIT;

	if (problem != NULL)
		return ctl_usage(ctl, "presign", "%s", problem);
	if (presign(ctl, &input, &err) == 0)
		return CTL_OK;
	return storage_refuse(pool_format(ctl->pool, "presign %s",
	    input.kind), &err);
}
