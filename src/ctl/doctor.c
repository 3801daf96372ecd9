/*
 * Doctor: the table of checks, and how they run.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <string.h>

#include "ctl/doctor.h"

/* Each check may rely on what stands above it. */
/* clang-format off */
const struct doctor_check doctor_checks[] = {
	{ "settings", "settings", DOCTOR_ANY, doctor_settings, { NULL } },
	{ "secret_key", "secret key", DOCTOR_ANY, doctor_secret_key,
	    { "settings" } },
	{ "secret_files", "files with secrets", DOCTOR_ANY,
	    doctor_secret_files, { "settings" } },
	{ "folders", "folders", DOCTOR_ANY, doctor_folders, { "settings" } },
	{ "disk", "room on disk", DOCTOR_ANY, doctor_disk, { "folders" } },
	{ "database", "database", DOCTOR_ANY, doctor_database,
	    { "folders" } },
	{ "login", "login", DOCTOR_ANY, doctor_login, { "settings" } },
	{ "people", "people", DOCTOR_ANY, doctor_people,
	    { "settings", "database" } },
	{ "authorization", "tokens of programs", DOCTOR_ANY,
	    doctor_authorization, { "settings" } },
	{ "store", "store", DOCTOR_ANY, doctor_store, { "settings" } },
	{ "credentials", "credentials", DOCTOR_S3, doctor_credentials,
	    { "store" } },
	{ "endpoint", "endpoint", DOCTOR_S3, doctor_endpoint, { "store" } },
	{ "clock", "clock", DOCTOR_S3, doctor_clock, { "endpoint" } },
	{ "addressing", "addressing", DOCTOR_S3, doctor_addressing,
	    { "endpoint", "credentials" } },
	{ "access", "bucket and keys", DOCTOR_S3, doctor_access,
	    { "addressing" } },
	{ "region", "region", DOCTOR_S3, doctor_region, { "access" } },
	{ "put", "store an object", DOCTOR_ANY, doctor_put,
	    { "store", "access" } },
	{ "head", "look at it", DOCTOR_ANY, doctor_head, { "put" } },
	{ "range", "read a part of it", DOCTOR_ANY, doctor_range, { "put" } },
	{ "checksum", "checksums", DOCTOR_S3, doctor_checksum, { "put" } },
	{ "conditional", "never replace", DOCTOR_S3, doctor_conditional,
	    { "put" } },
	{ "presigned_get", "presigned GET", DOCTOR_ANY, doctor_presigned_get,
	    { "put" } },
	{ "presigned_put", "presigned PUT", DOCTOR_ANY, doctor_presigned_put,
	    { "presigned_get" } },
	{ "unsigned", "unsigned headers", DOCTOR_S3, doctor_unsigned,
	    { "presigned_put" } },
	{ "post", "upload by form", DOCTOR_ANY, doctor_post,
	    { "presigned_get" } },
	{ "cors", "site's scripts", DOCTOR_ANY, doctor_cors,
	    { "presigned_get" } },
	{ "public", "public objects", DOCTOR_ANY, doctor_public, { "put" } },
	{ "private", "private objects", DOCTOR_ANY, doctor_private,
	    { "put" } },
	{ "multipart", "upload in parts", DOCTOR_S3, doctor_multipart,
	    { "put" } },
	{ "lifecycle", "expiry rules", DOCTOR_S3, doctor_lifecycle,
	    { "access" } },
	{ "delete", "delete it", DOCTOR_ANY, doctor_delete, { "put" } },
};
/* clang-format on */

const size_t doctor_check_count = ARRAY_COUNT(doctor_checks);

/* ---- findings ---- */

static void
set_finding(struct finding *finding, enum finding_state state,
    const char *text, const char *fix)
{
	*finding = (struct finding){ .state = state,
		.text = text,
		.fix = fix };
}

void
finding_ok(struct finding *finding, struct pool *pool, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_finding(finding, FINDING_OK, pool_vformat(pool, fmt, ap), "");
	va_end(ap);
}

void
finding_warn(struct finding *finding, struct pool *pool, const char *fix,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_finding(finding, FINDING_WARNING, pool_vformat(pool, fmt, ap),
	    fix);
	va_end(ap);
}

void
finding_bad(struct finding *finding, struct pool *pool, const char *fix,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_finding(finding, FINDING_BAD, pool_vformat(pool, fmt, ap), fix);
	va_end(ap);
}

void
finding_skip(struct finding *finding, struct pool *pool, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_finding(finding, FINDING_SKIPPED, pool_vformat(pool, fmt, ap), "");
	va_end(ap);
}

/* ---- running ---- */

static bool
is_obstacle(const struct finding *finding)
{
	return finding->state == FINDING_BAD ||
	    finding->state == FINDING_SKIPPED ||
	    finding->state == FINDING_BLOCKED;
}

static const struct doctor_check *
find_one(const char *name, const struct finding *findings)
{
	for (size_t i = 0; i < doctor_check_count; i++)
		if (strcmp(doctor_checks[i].name, name) == 0 &&
		    is_obstacle(&findings[i]))
			return &doctor_checks[i];
	return NULL;
}

/* NULL when nothing stands in the way, else the check that failed. */
static const struct doctor_check *
find_obstacle(const struct doctor_check *check, const struct finding *findings)
{
	const struct doctor_check *found = NULL;

	for (size_t i = 0; i < DOCTOR_NEEDS_MAX && found == NULL; i++)
		if (check->needs[i] != NULL)
			found = find_one(check->needs[i], findings);
	return found;
}

static bool
is_foreign(const struct doctor *doctor, const struct doctor_check *check)
{
	if (doctor->backend == NULL || doctor->backend->store == NULL ||
	    check->scope == DOCTOR_ANY)
		return false;
	return (check->scope == DOCTOR_S3) != (doctor->client != NULL);
}

static void
run_check(struct doctor *doctor, const struct doctor_check *check,
    const struct finding *findings, struct finding *finding_r)
{
	const struct doctor_check *obstacle = find_obstacle(check, findings);

	if (is_foreign(doctor, check))
		set_finding(finding_r, FINDING_FOREIGN,
		    doctor->client == NULL ? "objects live in the file store" :
					     "objects live in S3", "");
	else if (obstacle != NULL)
		set_finding(finding_r, FINDING_BLOCKED,
		    pool_format(doctor->pool, "needs: %s", obstacle->title),
		    "");
	else
		check->run(doctor, finding_r);
}

void
doctor_run(struct doctor *doctor, struct finding *findings_r)
{
	for (size_t i = 0; i < doctor_check_count; i++)
		run_check(doctor, &doctor_checks[i], findings_r,
		    &findings_r[i]);
	doctor_clean(doctor);
}
