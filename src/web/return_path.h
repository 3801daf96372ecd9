/*
 * Where a login leads to: a path of our own below the mount point, with its
 * query, that travels through the login page.  It comes from an address that
 * anybody may have made up, so what could lead elsewhere is not one.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_RETURN_PATH_H
#define WEB_RETURN_PATH_H

#include <stdbool.h>

#include "http/request.h"

enum { RETURN_PATH_MAX = 1024 };

/*
 * One "/", then visible ASCII without "\", "#", "//" and dot segments; and not
 * the login page itself.
 */
bool return_path_is_own(const char *path);
/* "/base/login?next=...", to come back to this request. */
const char *return_path_login_url(const struct request *request);

#endif
