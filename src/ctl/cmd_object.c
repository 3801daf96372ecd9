/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "ctl/object.h"

struct part {
	const char *name;
	command_fn run;
	const char *usage;
};

/* clang-format off */
static const struct part parts[] = {
	{ "put", object_put,
	    "FILE... [KEY|PREFIX/] | -r DIR [PREFIX/] [--type T]" },
	{ "get", object_get, "KEY [FILE] [--range FIRST-LAST]" },
	{ "head", object_head, "KEY [--json]" },
	{ "ls", object_ls, "[PREFIX] [--json]" },
	{ "rm", object_rm, "KEY... | --prefix PREFIX [--yes]" },
	{ "cp", object_cp, "FROM TO" },
};
/* clang-format on */

static const struct part *
find_part(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}

int
object_usage(struct ctl *ctl, const char *name, const char *fmt, ...)
{
	const struct part *part = find_part(name);
	va_list ap;

	assert(part != NULL);
	va_start(ap, fmt);
	(void)fprintf(stderr, "almacenctl object %s: %s\n", name,
	    pool_vformat(ctl->pool, fmt, ap));
	va_end(ap);
	(void)fprintf(stderr, "usage: almacenctl object %s %s\n", name,
	    part->usage);
	return CTL_USAGE;
}

int
object_refuse(struct ctl *ctl, const char *name, const struct err *err)
{
	return storage_refuse(pool_format(ctl->pool, "object %s", name), err);
}

int
cmd_object(struct ctl *ctl, int argc, char **argv)
{
	const struct part *part;

	if (argc < 2)
		return ctl_usage(ctl, "object",
		    "expected put, get, head, ls, rm or cp");
	part = find_part(argv[1]);
	if (part == NULL)
		return ctl_usage(ctl, "object", "cannot %s", argv[1]);
	return part->run(ctl, argc - 1, argv + 1);
}

/* ---- types ---- */

/* clang-format off */
static const struct {
	const char *extension, *type;
} types[] = {
	{ "aac", "audio/aac" }, { "avi", "video/x-msvideo" },
	{ "avif", "image/avif" }, { "bmp", "image/bmp" },
	{ "css", "text/css" }, { "csv", "text/csv" },
	{ "docx", "application/vnd.openxmlformats-officedocument."
	    "wordprocessingml.document" },
	{ "flac", "audio/flac" }, { "gif", "image/gif" },
	{ "gz", "application/gzip" }, { "htm", "text/html" },
	{ "html", "text/html" }, { "ico", "image/vnd.microsoft.icon" },
	{ "jpeg", "image/jpeg" }, { "jpg", "image/jpeg" },
	{ "js", "text/javascript" }, { "json", "application/json" },
	{ "m3u8", "application/vnd.apple.mpegurl" }, { "m4a", "audio/mp4" },
	{ "m4v", "video/mp4" }, { "md", "text/markdown" },
	{ "mov", "video/quicktime" }, { "mp3", "audio/mpeg" },
	{ "mp4", "video/mp4" }, { "mpd", "application/dash+xml" },
	{ "ogg", "audio/ogg" }, { "opus", "audio/ogg" },
	{ "pdf", "application/pdf" }, { "png", "image/png" },
	{ "svg", "image/svg+xml" }, { "ts", "video/mp2t" },
	{ "txt", "text/plain" }, { "wav", "audio/wav" },
	{ "webm", "video/webm" }, { "webp", "image/webp" },
	{ "wmv", "video/x-ms-wmv" }, { "woff2", "font/woff2" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument."
	    "spreadsheetml.sheet" },
	{ "xml", "application/xml" }, { "zip", "application/zip" },
};
/* clang-format on */

const char *
object_type(const char *name)
{
	const char *dot = strrchr(storage_base_name(name), '.');

	for (size_t i = 0; dot != NULL && i < ARRAY_COUNT(types); i++)
		if (slice_eq_case(slice_str(dot + 1), types[i].extension))
			return types[i].type;
	return "application/octet-stream";
}
