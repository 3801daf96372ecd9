/*
 * Parameters of header values: "form-data; name=\"a\"; filename=b"
 * (RFC 9110 section 5.6.6).
 *
 *	struct slice rest = header, type = param_head(&rest);
 *	while ((result = param_next(&rest, &param)) == 1) { ... }
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_PARAM_H
#define HTTP_PARAM_H

#include <stdbool.h>

#include "base/slice.h"

struct param {
	struct slice name; /* a token, as written */
	/*
	 * As written, between the quotes if there are any.  A backslash stands
	 * for itself: browsers send Windows paths so, and no browser escapes
	 * with it.
	 */
	struct slice value;
	bool is_quoted;
};

/* Take what stands before the parameters, trimmed. */
struct slice param_head(struct slice *rest);
/*
 * Take the next parameter: 1 with *param_r, 0 at the end, -1 when it is
 * malformed.  A backslash right before a quote is malformed too: to some it
 * ends the text, to others it does not.
 */
int param_next(struct slice *rest, struct param *param_r);
/* True for a non-empty run of token characters (section 5.6.2). */
bool param_is_token(struct slice text);
/* True when text starts with prefix, whatever the case. */
bool param_starts(struct slice text, const char *prefix);

#endif
