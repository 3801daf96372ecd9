/*
 * almacenctl check-form: the parts of a form body as the program reads them,
 * or why it refuses them.  Fields need no table here: what is shown is what
 * the parsers say.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "ctl/command.h"
#include "http/multipart.h"
#include "http/param.h"
#include "http/urlencoded.h"

enum { READ_BYTES = 64 * 1024, ENCODED_BYTES_MAX = 1024 * 1024 };

struct body {
	struct pool *pool;
	const char *content_type;
	int fd;
	struct json *parts;
	/* the open part */
	struct json *part;
	struct digest *digest;
	int64_t size_bytes;
};

typedef int (*take_fn)(void *arg, struct slice bytes, struct err *err);

/* Hand everything that can be read to take(). */
static int
read_body(const struct body *body, take_fn take, void *arg, struct err *err)
{
	char *buffer = pool_alloc(body->pool, READ_BYTES);
	ssize_t n;

	for (;;) {
		n = read(body->fd, buffer, READ_BYTES);
		if (n == 0)
			return 0;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set_code(err, ERR_INTERNAL, "unreadable",
			    "read: %s", strerror(errno));
		if (take(arg, slice_make(buffer, (size_t)n), err) == -1)
			return -1;
	}
}

static void
start_part(struct body *body, struct slice name, const char *filename,
    const char *type)
{
	body->part = json_add_object(body->parts);
	body->size_bytes = 0;
	json_set_slice(body->part, "name", name);
	/* An empty name is none: so browsers send a file nobody picked. */
	if (filename == NULL || *filename == '\0')
		json_set_null(body->part, "filename");
	else
		json_set_text(body->part, "filename", filename);
	if (type == NULL)
		json_set_null(body->part, "type");
	else
		json_set_text(body->part, "type", type);
}

static void
add_data(struct body *body, struct slice bytes)
{
	body->size_bytes += (int64_t)bytes.len;
	digest_update(body->digest, bytes);
}

static void
end_part(struct body *body)
{
	uint8_t sum[SHA256_BYTES];

	digest_finish(body->digest, sum);
	json_set_number(body->part, "size", body->size_bytes);
	json_set_text(body->part, "sha256",
	    hex_encode(body->pool, slice_make(sum, sizeof(sum))));
}

static int
on_begin(void *arg, const struct multipart_part *part, struct err *err)
{
	(void)err;
	start_part(arg, slice_str(part->name), part->filename,
	    part->content_type);
	return 0;
}

static int
on_data(void *arg, struct slice bytes, struct err *err)
{
	(void)err;
	add_data(arg, bytes);
	return 0;
}

static int
on_end(void *arg, struct err *err)
{
	(void)err;
	end_part(arg);
	return 0;
}

static int
take_multipart(void *arg, struct slice bytes, struct err *err)
{
	return multipart_feed(arg, bytes, err);
}

static int
read_multipart(struct body *body, struct err *err)
{
	static const struct multipart_ops ops = { on_begin, on_data, on_end };
	struct multipart *multipart;
	const char *boundary;

	if (multipart_boundary(body->pool, body->content_type, &boundary,
	    err) == -1)
		return -1;
	multipart = multipart_new(body->pool, boundary,
	    &multipart_default_limits, &ops, body);
	if (read_body(body, take_multipart, multipart, err) == -1)
		return -1;
	return multipart_finish(multipart, err);
}

static int
take_encoded(void *arg, struct slice bytes, struct err *err)
{
	if (buf_slice(arg, bytes) == 0)
		return 0;
	return err_set_code(err, ERR_TOO_LARGE, "fields_too_large",
	    "the form is longer than %d bytes", ENCODED_BYTES_MAX);
}

static int
read_urlencoded(struct body *body, struct err *err)
{
	struct slice rest, name, value;
	struct buf text;
	int result;

	buf_init(&text, body->pool, ENCODED_BYTES_MAX);
	if (read_body(body, take_encoded, &text, err) == -1)
		return -1;
	rest = buf_view(&text);
	while ((result = urlencoded_next(body->pool, &rest, &name,
	    &value)) == 1) {
		start_part(body, name, NULL, NULL);
		add_data(body, value);
		end_part(body);
	}
	if (result == -1)
		return err_set_code(err, ERR_INVALID, "bad_escape",
		    "the form holds a bad percent escape");
	return 0;
}

static int
read_form(struct body *body, struct err *err)
{
	struct slice rest = slice_str(body->content_type);

	if (slice_eq_case(param_head(&rest),
	    "application/x-www-form-urlencoded"))
		return read_urlencoded(body, err);
	return read_multipart(body, err);
}

static int
refuse(struct ctl *ctl, const struct err *err)
{
	struct json *answer = json_object(ctl->pool);

	json_set_text(answer, "error", err->code);
	json_set_text(answer, "message", err->text);
	(void)fprintf(ctl->out, "%s\n", json_format(ctl->pool, answer));
	return CTL_REFUSED;
}

static int
check_form(struct ctl *ctl, const char *content_type, int fd)
{
	struct json *answer = json_object(ctl->pool);
	struct body body = { .pool = ctl->pool,
		.content_type = content_type,
		.fd = fd,
		.parts = json_set_array(answer, "parts"),
		.digest = digest_new(ctl->pool, DIGEST_SHA256) };
	struct err err = ERR_INIT;

	if (read_form(&body, &err) == -1)
		return refuse(ctl, &err);
	(void)fprintf(ctl->out, "%s\n", json_format(ctl->pool, answer));
	return CTL_OK;
}

/* check-form --content-type TYPE [FILE] */
int
cmd_check_form(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{ "content-type", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	const char *content_type = NULL;
	struct err err = ERR_INIT;
	int c, fd = STDIN_FILENO;

	optind = 0; /* getopt_long() begins anew */
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 't')
			return ctl_usage(ctl, "check-form", "unknown option");
		content_type = optarg;
	}
	if (content_type == NULL || argc - optind > 1)
		return ctl_usage(ctl, "check-form",
		    "expected --content-type and at most one FILE");
	if (optind < argc) {
		fd = open(argv[optind], O_RDONLY | O_CLOEXEC);
		if (fd == -1) {
			(void)err_set_code(&err, ERR_INVALID, "unreadable",
			    "%s: %s", argv[optind], strerror(errno));
			return refuse(ctl, &err);
		}
		file_close_with(ctl->pool, fd);
	}
	return check_form(ctl, content_type, fd);
}
