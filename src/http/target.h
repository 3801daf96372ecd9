/*
 * The request target: where the application is mounted and which path below
 * that is asked for, from the CGI variables (RFC 3875 section 4.1).
 *
 * REQUEST_URI is the only variable that every web server passes on raw, so the
 * path is REQUEST_URI minus SCRIPT_NAME.  After a rewrite REQUEST_URI does not
 * start with SCRIPT_NAME: then the path is PATH_INFO, encoded again, and what
 * stands before it in REQUEST_URI is the mount point.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/err.h"
#include "base/pool.h"

/* The variables; NULL where the web server has none. */
struct target_input {
	const char *request_uri; /* encoded */
	const char *script_name; /* decoded */
	const char *path_info;	 /* decoded */
};

struct target {
	const char *base; /* encoded, no slash at the end; "" for the root */
	const char *path; /* encoded, starts with "/" */
};

/*
 * ERR_INVALID with code "uri_too_long" or "bad_path" for control characters,
 * spaces, bad escapes, dot segments and a mount point that would make links
 * lead elsewhere; *target_r is then "" and "/".
 */
int target_parse(struct pool *pool, const struct target_input *input,
    struct target *target_r, struct err *err) ATTR_MUST_USE;

#endif
