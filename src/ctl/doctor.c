/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>

#include "ctl/doctor.h"

/* Each check may rely on what stands above it. */
/* clang-format off */
const struct doctor_check doctor_checks[] = {
	{ "database", "database", NULL, false, doctor_database },
	{ "folders", "folders", NULL, false, doctor_folders },
	{ "file_store", "file store", "folders", false, doctor_file_store },
	{ "credentials", "credentials", NULL, true, doctor_credentials },
	{ "endpoint", "endpoint", NULL, true, doctor_endpoint },
	{ "clock", "clock", "endpoint", true, doctor_clock },
	{ "addressing", "addressing", "endpoint", true, doctor_addressing },
	{ "access", "bucket and keys", "endpoint", true, doctor_access },
	{ "region", "region", "access", true, doctor_region },
	{ "put", "put", "access", true, doctor_put },
	{ "head", "head", "put", true, doctor_head },
	{ "range", "range", "put", true, doctor_range },
	{ "checksum", "checksum", "put", true, doctor_checksum },
	{ "conditional", "conditional write", "put", true,
	    doctor_conditional },
	{ "presigned_get", "presigned GET", "put", true,
	    doctor_presigned_get },
	{ "presigned_put", "presigned PUT", "put", true,
	    doctor_presigned_put },
	{ "post", "POST policy", "put", true, doctor_post },
	{ "cors", "CORS", "put", true, doctor_cors },
	{ "public", "public URL", "put", true, doctor_public },
	{ "private", "privacy", "put", true, doctor_private },
	{ "multipart", "multipart", "put", true, doctor_multipart },
	{ "lifecycle", "lifecycle", "access", true, doctor_lifecycle },
	{ "delete", "delete", "put", true, doctor_delete },
};
/* clang-format on */

const size_t doctor_check_count = ARRAY_COUNT(doctor_checks);

void
finding_ok(struct finding *finding, struct pool *pool, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*finding = (struct finding){ .state = FINDING_OK,
		.text = pool_vformat(pool, fmt, ap),
		.fix = "" };
	va_end(ap);
}

void
finding_warn(struct finding *finding, struct pool *pool, const char *fix,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*finding = (struct finding){ .state = FINDING_WARNING,
		.text = pool_vformat(pool, fmt, ap),
		.fix = fix };
	va_end(ap);
}

void
finding_bad(struct finding *finding, struct pool *pool, const char *fix,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*finding = (struct finding){ .state = FINDING_BAD,
		.text = pool_vformat(pool, fmt, ap),
		.fix = fix };
	va_end(ap);
}

void
finding_skip(struct finding *finding, struct pool *pool, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*finding = (struct finding){ .state = FINDING_SKIPPED,
		.text = pool_vformat(pool, fmt, ap),
		.fix = "" };
	va_end(ap);
}

struct slice
doctor_bytes(void)
{
	return slice_str("almacenctl doctor was here\n");
}

static int
read_slice(void *arg, int64_t offset, void *data, size_t len, size_t *got_r,
    struct err *err)
{
	const struct slice *body = arg;
	struct slice rest = slice_from(*body, (size_t)offset);

	(void)err;
	*got_r = len < rest.len ? len : rest.len;
	memcpy(data, rest.data, *got_r);
	return 0;
}

int
doctor_fetch(struct doctor *doctor, const char *method, const char *url,
    const char *const *lines, struct slice body, struct fetch_reply *reply_r,
    struct err *err)
{
	struct fetch_request request = { .method = method,
		.url = url,
		.headers = lines,
		.has_body = strcmp(method, "PUT") == 0 ||
		    strcmp(method, "POST") == 0,
		.body_bytes = (int64_t)body.len,
		.read = body.len > 0 ? read_slice : NULL,
		.read_arg = &body,
		.deadlines = {
		    .connect_secs = (int)conf_number(doctor->conf,
			SET_S3_CONNECT_TIMEOUT),
		    .stall_secs = (int)conf_number(doctor->conf,
			SET_S3_STALL_TIMEOUT),
		    .total_secs = 60 } };

	return fetch_run(doctor->fetcher, doctor->pool, &request, reply_r,
	    err);
}

/* NULL when nothing stands in the way, else the check that failed. */
static const struct doctor_check *
find_obstacle(const struct doctor_check *check, const struct finding *findings)
{
	if (check->needs == NULL)
		return NULL;
	for (size_t i = 0; i < doctor_check_count; i++)
		if (strcmp(doctor_checks[i].name, check->needs) == 0 &&
		    (findings[i].state == FINDING_BAD ||
			findings[i].state == FINDING_SKIPPED))
			return &doctor_checks[i];
	return NULL;
}

static void
run_check(struct doctor *doctor, const struct doctor_check *check,
    const struct finding *findings, struct finding *finding_r)
{
	const struct doctor_check *obstacle = find_obstacle(check, findings);

	if (check->is_s3 && doctor->client == NULL)
		finding_skip(finding_r, doctor->pool,
		    "objects live in the file store");
	else if (obstacle != NULL)
		finding_skip(finding_r, doctor->pool, "needs: %s",
		    obstacle->title);
	else
		check->run(doctor, finding_r);
}

void
doctor_run(struct doctor *doctor, struct finding *findings_r)
{
	for (size_t i = 0; i < doctor_check_count; i++)
		run_check(doctor, &doctor_checks[i], findings_r,
		    &findings_r[i]);
}
