/*
 * The things below the model that the configuration names: database and store,
 * opened and ready.  Both programs start with this.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_BACKEND_H
#define MODEL_BACKEND_H

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/spool.h"
#include "sql/sql.h"
#include "store/store.h"

struct backend {
	struct sql *db;
	struct store *store;
	struct spool_budget budget;
	const struct conf *conf;
	const struct clock *clock;
	const struct log *log;
	const char *secret; /* of the installation; NULL until it is wanted */
	int s3_attempts_max; /* as of store_s3_config; before opening it */
};

/*
 * Find backend->secret; without SECRET_KEY the database is opened for it if it
 * is not yet open.
 */
int backend_load_secret(struct backend *backend, struct pool *pool,
    struct err *err) ATTR_MUST_USE;
/*
 * Open the store the settings name, without asking it anything.  The file
 * store signs with the secret.
 */
int backend_open_store(struct backend *backend, struct pool *pool,
    struct err *err) ATTR_MUST_USE;
/* Open the database and bring its schema up to date. */
int backend_open_db(struct backend *backend, struct pool *pool,
    struct err *err) ATTR_MUST_USE;
/* Check or make the bucket and log "[STORAGE] Bucket '…' exists" (A2). */
int backend_prepare_store(struct backend *backend, struct err *err)
    ATTR_MUST_USE;

#endif
