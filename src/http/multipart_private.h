/*
 * The header block of one part: lines go in, a struct multipart_part comes
 * out.  Its three strings are buffers made once for the whole body.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_MULTIPART_PRIVATE_H
#define HTTP_MULTIPART_PRIVATE_H

#include <stdbool.h>

#include "http/multipart.h"

struct part_header {
	struct multipart_limits limits;
	char *name, *filename, *content_type; /* sized by the limits */
	size_t lines;
	bool has_disposition, has_name, has_filename, has_star, has_type;
};

void part_header_init(struct part_header *header, struct pool *pool,
    const struct multipart_limits *limits);
/* Forget the lines of the part before. */
void part_header_start(struct part_header *header);
/* One line, without its line break. */
int part_header_line(struct part_header *header, struct slice line,
    struct err *err) ATTR_MUST_USE;
/* The empty line came. */
int part_header_finish(const struct part_header *header,
    struct multipart_part *part_r, struct err *err) ATTR_MUST_USE;

#endif
