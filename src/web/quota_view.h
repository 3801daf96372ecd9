/*
 * How much of its quota a tenant has taken, for people: the partial
 * quota.html shows it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WEB_QUOTA_VIEW_H
#define WEB_QUOTA_VIEW_H

#include "codec/json.h"
#include "http/request.h"
#include "web/app.h"

/* The caller's tenant, as the member "quota" of an object. */
int quota_view(const struct app *app, const struct request *request,
    struct json *data, struct err *err) ATTR_MUST_USE;

#endif
