/*
 * A browser as people call it, from its User-Agent: a help for recognising
 * one's own, and nothing to rely on.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_DEVICE_NAME_H
#define WEB_DEVICE_NAME_H

#include "base/pool.h"

/* "Firefox, Linux"; a program's own name, "curl"; "" for nothing known. */
const char *device_name(struct pool *pool, const char *user_agent);

#endif
