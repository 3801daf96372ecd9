/*
 * One request from its first byte to its line in the access log.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#include "http/transport.h"
#include "web/app.h"

void serve(struct app *app, struct transport *transport);

#endif
