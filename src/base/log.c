/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/slice.h"

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

struct line {
	char text[LOG_LINE_MAX];
	size_t len;
};

static void
line_char(struct line *line, char c)
{
	/* The last byte is kept for the newline. */
	if (line->len < sizeof(line->text) - 1)
		line->text[line->len++] = c;
}

static void
line_str(struct line *line, const char *s)
{
	for (; *s != '\0'; s++)
		line_char(line, *s);
}

static bool
is_plain(const char *value)
{
	if (*value == '\0')
		return false;
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return true;
}

/* One character of a value as it is written, at most this long. */
enum { ESCAPED_MAX = 2 * 4 };

/* Write the first character of rest, take it, and give its length. */
static size_t
escape_one(struct slice *rest, char text_r[ESCAPED_MAX])
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)rest->data;
	size_t n = slice_utf8(*rest), len = 0;
	bool is_control = n == 0 || (n == 1 && (*s < ' ' || *s == 0x7f)) ||
	    (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);

	n = n == 0 ? 1 : n;
	if (n == 1 && (*s == '"' || *s == '\\'))
		text_r[len++] = '\\';
	for (size_t i = 0; i < n; i++) {
		if (!is_control) {
			text_r[len++] = (char)s[i];
			continue;
		}
		text_r[len++] = '\\';
		text_r[len++] = 'x';
		text_r[len++] = digits[s[i] >> 4];
		text_r[len++] = digits[s[i] & 15];
	}
	*rest = slice_from(*rest, n);
	return len;
}

/* At most max_bytes, and no half of an escape. */
static void
line_escaped(struct line *line, const char *value, size_t max_bytes)
{
	struct slice rest = slice_make(value, strnlen(value, LOG_VALUE_MAX));
	char text[ESCAPED_MAX];

	while (rest.len > 0) {
		size_t len = escape_one(&rest, text);

		if (len > max_bytes)
			return;
		for (size_t i = 0; i < len; i++)
			line_char(line, text[i]);
		max_bytes -= len;
	}
}

/* A field that does not fit is cut; with no room for a byte it is left out. */
static void
line_value(struct line *line, const char *key, const char *value)
{
	size_t left = sizeof(line->text) - 1 - line->len;
	size_t around = strlen(key) + strlen(" =\"\"");
	size_t max_bytes = LOG_VALUE_MAX;

	if (left <= around)
		return;
	if (max_bytes > left - around)
		max_bytes = left - around;
	line_char(line, ' ');
	line_str(line, key);
	line_char(line, '=');
	if (is_plain(value)) {
		line_escaped(line, value, max_bytes);
		return;
	}
	line_char(line, '"');
	line_escaped(line, value, max_bytes);
	line_char(line, '"');
}

static void
line_begin(struct line *line, const struct log *log, enum log_level level)
{
	struct timespec now;
	struct tm tm;
	char stamp[64];

	line->len = 0;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)snprintf(stamp, sizeof(stamp),
	    "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    now.tv_nsec / 1000000);
	line_str(line, stamp);
	line_value(line, "level", level_names[level]);
	if (log->req[0] != '\0')
		line_value(line, "req", log->req);
}

static void
line_end(struct line *line, const struct log *log)
{
	const char *at = line->text;
	size_t left;

	line->text[line->len++] = '\n';
	left = line->len;
	while (left > 0) {
		ssize_t n = write(log->fd, at, left);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* there is nowhere to complain */
		at += n;
		left -= (size_t)n;
	}
}

void
log_init(struct log *log, int fd, enum log_level least)
{
	log->fd = fd;
	log->least = least;
	log->req[0] = '\0';
}

void
log_init_request(struct log *log, const struct log *parent, const char *id)
{
	log_init(log, parent->fd, parent->least);
	(void)snprintf(log->req, sizeof(log->req), "%s", id);
}

void
log_fields(const struct log *log, enum log_level level, const char *msg,
    const struct log_field *fields, size_t count)
{
	struct line line;
	char number[24];

	if (level < log->least)
		return;
	line_begin(&line, log, level);
	line_value(&line, "msg", msg);
	for (size_t i = 0; i < count; i++) {
		const char *text = fields[i].text;

		if (text == NULL) {
			(void)snprintf(number, sizeof(number), "%lld",
			    (long long)fields[i].number);
			text = number;
		}
		line_value(&line, fields[i].key, text);
	}
	line_end(&line, log);
}

static ATTR_FORMAT(3, 0) void
log_va(const struct log *log, enum log_level level, const char *fmt, va_list ap)
{
	char msg[LOG_VALUE_MAX];

	if (level < log->least)
		return;
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	log_fields(log, level, msg, NULL, 0);
}

#define LOG_FUNCTION(name, level)                           \
	void name(const struct log *log, const char *fmt, ...) \
	{                                                     \
		va_list ap;                                   \
                                                              \
		va_start(ap, fmt);                            \
		log_va(log, level, fmt, ap);                  \
		va_end(ap);                                   \
	}

LOG_FUNCTION(log_debug, LOG_DEBUG)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_warning, LOG_WARNING)
LOG_FUNCTION(log_error, LOG_ERROR)
