/*
 * Stands between the driver and PostgreSQL and cuts a connection at COMMIT.
 *
 *	struct pgsql_proxy *proxy = pgsql_proxy_start(pool, url);
 *
 *	sql_open(pool, pgsql_proxy_url(proxy), ...);
 *	pgsql_proxy_arm(proxy, CUT_ANSWER);	the next COMMIT suffers it
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SQL_PGSQL_PROXY_H
#define SQL_PGSQL_PROXY_H

#include <stdbool.h>

#include "base/pool.h"

enum cut {
	CUT_NONE,
	CUT_QUERY,  /* COMMIT never arrives, and the server sees the end */
	CUT_ANSWER, /* COMMIT arrives, its answer does not */
	CUT_LATE    /* the server sees nothing, until COMMIT arrives later */
};

struct pgsql_proxy;

/* In front of the server of this URL; it ends with the pool. */
struct pgsql_proxy *pgsql_proxy_start(struct pool *pool, const char *url,
    const char *dir);
const char *pgsql_proxy_url(const struct pgsql_proxy *proxy);
void pgsql_proxy_arm(struct pgsql_proxy *proxy, enum cut cut);
/* The cut has happened; forgets it. */
bool pgsql_proxy_has_cut(struct pgsql_proxy *proxy);
/* Deliver the COMMIT that CUT_LATE held back; true when the server took it. */
bool pgsql_proxy_deliver(struct pgsql_proxy *proxy);

#endif
