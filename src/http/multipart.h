/*
 * An incremental parser of multipart/form-data (RFC 7578, RFC 2046).
 *
 * Bytes are fed as they come, in pieces of any size; parts go to three
 * callbacks.  Time is linear in the input and memory is a small constant: the
 * longest part header plus one delimiter.  Nothing is guessed: what two
 * parsers could read differently is refused, with a message of its own.
 *
 * Where the standards leave a choice:
 * - Preamble and epilogue are skipped, but an epilogue must hold no delimiter,
 *   and a preamble must be followed by a part.
 * - Within a part, a line that only begins with the delimiter is data.
 * - Names are read as browsers write them: %22, %0D and %0A are decoded and a
 *   backslash stands for itself; right before a quote it is refused.
 * - filename* (RFC 7578 section 4.2) is skipped beside filename and refused
 *   without it.
 * - Content-Transfer-Encoding, charsets and nested multiparts are not looked
 *   at: a part's data is its bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

struct multipart_limits {
	size_t parts_max;	 /* parts in one body */
	size_t header_bytes_max; /* of one part's header block */
	size_t headers_max;	 /* lines in one part's header block */
	size_t name_bytes_max;	 /* of a field's name */
	size_t filename_bytes_max;
};

extern const struct multipart_limits multipart_default_limits;

struct multipart_part {
	const char *name;	  /* valid UTF-8, without control characters */
	/*
	 * NULL when the part is no file, "" for a file without a name.  A
	 * stranger's bytes: see codec/filename.h before showing or storing it.
	 */
	const char *filename;
	const char *content_type; /* as sent, NULL when absent */
};

struct multipart_ops {
	/* part and its strings are valid until part_end. */
	int (*part_begin)(void *arg, const struct multipart_part *part,
	    struct err *err);
	int (*part_data)(void *arg, struct slice bytes, struct err *err);
	int (*part_end)(void *arg, struct err *err);
};

struct multipart;

/*
 * The boundary of a Content-Type (RFC 2046 section 5.1.1: 1 to 70 bchars).
 * ERR_UNSUPPORTED when the type is not multipart/form-data, ERR_INVALID when
 * the boundary is missing, doubled or malformed.
 */
int multipart_boundary(struct pool *pool, const char *content_type,
    const char **boundary_r, struct err *err) ATTR_MUST_USE;

struct multipart *multipart_new(struct pool *pool, const char *boundary,
    const struct multipart_limits *limits, const struct multipart_ops *ops,
    void *arg);
/* Feed the next bytes; -1 as soon as they cannot be right, then for ever. */
int multipart_feed(struct multipart *multipart, struct slice bytes,
    struct err *err) ATTR_MUST_USE;
/* The input has ended; -1 unless the close delimiter was seen. */
int multipart_finish(struct multipart *multipart, struct err *err)
    ATTR_MUST_USE;

#endif
