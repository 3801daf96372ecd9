/*
 * Content negotiation (RFC 9110 section 12.5): which language, and whether
 * JSON is wanted rather than HTML.  Malformed items of a header are skipped:
 * a preference that cannot be read is no reason to refuse a request.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include <stdbool.h>

#include "base/lang.h"
#include "base/slice.h"

/*
 * The language of Accept-Language with the highest weight, the first of
 * equals; fallback when there is none that we speak.
 */
enum lang accept_language(struct slice header, enum lang fallback);
/*
 * Whether Accept gives application/json or text/html more weight than the
 * other.  Of equal weights the more exact name wins (JSON named beside a
 * wildcard is wanted), then the one that comes first; a wildcard alone wants
 * neither.
 */
struct accept_format {
	bool wants_json, wants_html;
};
struct accept_format accept_format(struct slice header);

#endif
