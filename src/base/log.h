/*
 * Structured logs: one logfmt line per event, to a file descriptor (stderr,
 * which the web server or journald keeps).
 *
 *	ts=2026-11-22T14:38:00.123Z level=info req=5f0c… msg="…" status=302
 *
 * A line is written with one write(2), so that threads and processes do not
 * mix.  Control characters, quotes and invalid UTF-8 are escaped, and values
 * are cut at LOG_VALUE_MAX bytes as escaped: text from a client cannot forge a
 * line, nor push the fields after it out of a line.
 * There is no global log: a struct log is handed down, and a request's copy
 * carries its id.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum { LOG_VALUE_MAX = 1024, LOG_LINE_MAX = 4096, LOG_ID_BYTES = 33 };

struct log {
	int fd;
	enum log_level least; /* lines below this level are dropped */
	char req[LOG_ID_BYTES]; /* "" outside a request */
};

/* One more "key=value" at the end of a line; text NULL writes the number. */
struct log_field {
	const char *key;
	const char *text;
	int64_t number;
};

/* A log to fd that drops what is below least. */
void log_init(struct log *log, int fd, enum log_level least);
/* A copy of parent whose lines carry req=id; id is cut, not checked. */
void log_init_request(struct log *log, const struct log *parent,
    const char *id);

void log_debug(const struct log *log, const char *fmt, ...) ATTR_FORMAT(2, 3);
void log_info(const struct log *log, const char *fmt, ...) ATTR_FORMAT(2, 3);
void log_warning(const struct log *log, const char *fmt, ...) ATTR_FORMAT(2, 3);
void log_error(const struct log *log, const char *fmt, ...) ATTR_FORMAT(2, 3);
/* A line with further fields. */
void log_fields(const struct log *log, enum log_level level, const char *msg,
    const struct log_field *fields, size_t count);

#endif
