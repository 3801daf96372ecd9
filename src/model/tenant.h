/*
 * Tenants: who owns users, products, units of measure and files.
 *
 * Keys of tenant 1 are as in A9; those of another have "tenant_{id}" as their
 * second segment: users/tenant_7/…  (products/tenant_{id}/ has it always).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_TENANT_H
#define MODEL_TENANT_H

#include <stdbool.h>
#include <stdint.h>

#include "sql/sql.h"

enum { TENANT_FIRST = 1, TENANT_NAME_MAX = 100, TENANT_HOST_MAX = 253 };

struct tenant {
	int64_t id; /* 1, 2, 3, ... */
	const char *name;
	const char *host; /* lower case, without port; "": none of its own */
	bool is_disabled;
	int64_t created_secs;
	/* What it may have (0: no limit), has, and has promised to uploads. */
	int64_t quota_bytes, quota_objects;
	int64_t used_bytes, used_objects;
	int64_t reserved_bytes, reserved_objects;
};

/* ERR_NOT_FOUND when there is no such tenant. */
int tenant_check(struct sql *db, int64_t id, struct err *err) ATTR_MUST_USE;
/* 1 found, 0 absent, -1. */
int tenant_load(struct sql *db, struct pool *pool, int64_t id,
    struct tenant *tenant_r, struct err *err) ATTR_MUST_USE;
/*
 * The Host of a request without its port, in lower case; "" for what cannot
 * be the name of one.
 */
const char *tenant_clean_host(struct pool *pool, const char *host);
/* By the Host of a request, with or without port; 1, 0 or -1. */
int tenant_find_host(struct sql *db, struct pool *pool, const char *host,
    struct tenant *tenant_r, struct err *err) ATTR_MUST_USE;
/*
 * Insert with the usual units of measure; fills tenant->id.  ERR_CONFLICT
 * (code "host_taken").
 */
int tenant_insert(struct sql *db, struct tenant *tenant, struct err *err)
    ATTR_MUST_USE;
/* Change name, host, is_disabled and the quotas. */
int tenant_update(struct sql *db, const struct tenant *tenant,
    struct err *err) ATTR_MUST_USE;
/* All by id; *tenants_r is an array of *count_r. */
int tenant_list(struct sql *db, struct pool *pool, struct tenant **tenants_r,
    size_t *count_r, struct err *err) ATTR_MUST_USE;
/* "" for the first tenant, else "tenant_7/": after a key's first segment. */
const char *tenant_key_segment(struct pool *pool, int64_t tenant_id);

#endif
