/*
 * What the server of a live test cannot do: words with commas between, the
 * fourth in ALMACEN_TEST_S3.  A test goes by what the server does instead, or
 * leaves that part out.
 *
 *	conditional-put		If-None-Match is answered with 501
 *	post			there is no POST Object: 412, on objects 501
 *	signed-hash		x-amz-content-sha256 of a URL is not looked at
 *	unknown-keys		an unknown key is told from no wrong secret
 *	bucket-settings		neither policy nor CORS nor lifecycle
 *	control-characters	not in keys of uploads in parts: 500
 *	forget-uploads	the parts of what was completed are still told
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_LACKS_H
#define S3_LACKS_H

#include "lib/check.h"

#include <stdlib.h>

#include "base/slice.h"

static inline bool
server_lacks(const char *what)
{
	struct slice rest = slice_str(getenv("ALMACEN_TEST_S3"));
	struct slice lacks = slice_make("", 0), word;

	for (int i = 0; i < 4; i++)
		if (!slice_next(&rest, ' ', &lacks))
			return false;
	while (slice_next(&lacks, ',', &word))
		if (slice_eq_str(word, what))
			return true;
	return false;
}

#endif
