/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "http/multipart.h"
#include "http/param.h"

enum { BOUNDARY_MAX = 70 };

static int
bad_boundary(struct err *err, const char *why)
{
	return err_set_code(err, ERR_INVALID, "bad_boundary",
	    "the boundary of the form %s", why);
}

/* bchars (RFC 2046 section 5.1.1) */
static bool
is_boundary_char(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr("'()+_,-./:=? ", c) != NULL;
}

static int
check_boundary(const struct param *param, struct err *err)
{
	struct slice text = param->value;

	if (text.len == 0 || text.len > BOUNDARY_MAX)
		return bad_boundary(err, "is not 1 to 70 characters long");
	for (size_t i = 0; i < text.len; i++) {
		if (!is_boundary_char(text.data[i]))
			return bad_boundary(err, "holds a forbidden character");
		/* Without quotes, parsers disagree where these end it. */
		if (!param->is_quoted && strchr(", ", text.data[i]) != NULL)
			return bad_boundary(err, "must be quoted");
	}
	if (text.data[text.len - 1] == ' ')
		return bad_boundary(err, "ends with a space");
	return 0;
}

static int
take_boundary(const struct param *param, struct slice *boundary,
    struct err *err)
{
	/* Split and encoded forms (RFC 2231) could name another boundary. */
	if (param_starts(param->name, "boundary*"))
		return bad_boundary(err, "is encoded");
	if (!slice_eq_case(param->name, "boundary"))
		return 0;
	if (boundary->len > 0)
		return err_set_code(err, ERR_INVALID, "duplicate_boundary",
		    "the form has two boundaries");
	if (check_boundary(param, err) == -1)
		return -1;
	*boundary = param->value;
	return 0;
}

int
multipart_boundary(struct pool *pool, const char *content_type,
    const char **boundary_r, struct err *err)
{
	struct slice rest = slice_str(content_type), boundary = { NULL, 0 };
	struct param param;
	int result;

	if (!slice_eq_case(param_head(&rest), "multipart/form-data"))
		return err_set_code(err, ERR_UNSUPPORTED, "unsupported_type",
		    "the body is not multipart/form-data");
	while ((result = param_next(&rest, &param)) == 1)
		if (take_boundary(&param, &boundary, err) == -1)
			return -1;
	if (result == -1)
		return err_set_code(err, ERR_INVALID, "bad_content_type",
		    "the Content-Type is malformed");
	if (boundary.len == 0)
		return err_set_code(err, ERR_INVALID, "missing_boundary",
		    "the form has no boundary");
	*boundary_r = slice_dup(pool, boundary);
	return 0;
}
