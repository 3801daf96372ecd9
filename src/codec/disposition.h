/*
 * Content-Disposition of what is downloaded (RFC 6266).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_DISPOSITION_H
#define CODEC_DISPOSITION_H

#include "base/pool.h"

/*
 * attachment; filename="informe_2026.pdf"; filename*=UTF-8''informe%202026.pdf
 *
 * The name may be anything: it is cut and cleaned as for showing.  The plain
 * form has characters that every client reads alike, and where that says all,
 * there is no other.
 */
const char *disposition_attachment(struct pool *pool, const char *name);

#endif
