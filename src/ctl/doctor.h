/*
 * `almacenctl doctor`: is this installation well, and if not, what mends it?
 *
 * Checks are rows of one table (doctor.c) that run in its order with real
 * requests; a check whose `needs` did not succeed is skipped.  Objects of the
 * checks live below "doctor/" (and below the first public prefix) under random
 * names, and are removed at the end.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include <stdbool.h>

#include "ctl/command.h"
#include "model/backend.h"
#include "net/fetch.h"
#include "model/settings.h"
#include "s3/client.h"

enum finding_state {
	FINDING_OK,
	FINDING_BAD,
	FINDING_WARNING, /* works, but somebody should know */
	FINDING_SKIPPED	 /* makes no sense here, or what it needs failed */
};

struct finding {
	enum finding_state state;
	const char *text; /* what was seen, in words */
	const char *fix;  /* a command, setting or document; "" for none */
};

struct doctor {
	struct pool *pool;
	struct ctl *ctl;
	const struct conf *conf;
	struct backend *backend;
	struct s3_client *client; /* NULL: the file store */
	struct fetcher *fetcher;  /* for requests as strangers make them */
	const char *region;	  /* signed for before anything was learnt */
	const char *origin;	  /* of the site's pages; "" if unknown */
	const char *key;	  /* of the private test object */
	const char *public_key;	  /* the public one; NULL: nothing is */
};

typedef void (*doctor_fn)(struct doctor *doctor, struct finding *finding_r);

struct doctor_check {
	const char *name;  /* stable, for --json and `needs` */
	const char *title; /* for people */
	const char *needs; /* the name of an earlier check, or NULL */
	bool is_s3;	   /* skipped for the file store */
	doctor_fn run;
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

/* Run all; one finding per row of the table. */
void doctor_run(struct doctor *doctor, struct finding *findings_r);

/* What a check says. */
void finding_ok(struct finding *finding, struct pool *pool, const char *fmt,
    ...) ATTR_FORMAT(3, 4);
void finding_warn(struct finding *finding, struct pool *pool, const char *fix,
    const char *fmt, ...) ATTR_FORMAT(4, 5);
void finding_bad(struct finding *finding, struct pool *pool, const char *fix,
    const char *fmt, ...) ATTR_FORMAT(4, 5);
void finding_skip(struct finding *finding, struct pool *pool, const char *fmt,
    ...) ATTR_FORMAT(3, 4);

/* The bytes of the test objects. */
struct slice doctor_bytes(void);
/*
 * A request without our signature, as a browser makes it; lines are headers,
 * NULL at the end, body may be empty.
 */
int doctor_fetch(struct doctor *doctor, const char *method, const char *url,
    const char *const *lines, struct slice body,
    struct fetch_reply *reply_r, struct err *err) ATTR_MUST_USE;

/* doctor_local.c */
void doctor_database(struct doctor *doctor, struct finding *finding_r);
void doctor_folders(struct doctor *doctor, struct finding *finding_r);
void doctor_file_store(struct doctor *doctor, struct finding *finding_r);
/* doctor_server.c */
void doctor_credentials(struct doctor *doctor, struct finding *finding_r);
void doctor_endpoint(struct doctor *doctor, struct finding *finding_r);
void doctor_clock(struct doctor *doctor, struct finding *finding_r);
void doctor_addressing(struct doctor *doctor, struct finding *finding_r);
void doctor_access(struct doctor *doctor, struct finding *finding_r);
void doctor_region(struct doctor *doctor, struct finding *finding_r);
/* doctor_object.c */
void doctor_put(struct doctor *doctor, struct finding *finding_r);
void doctor_head(struct doctor *doctor, struct finding *finding_r);
void doctor_range(struct doctor *doctor, struct finding *finding_r);
void doctor_checksum(struct doctor *doctor, struct finding *finding_r);
void doctor_conditional(struct doctor *doctor, struct finding *finding_r);
void doctor_multipart(struct doctor *doctor, struct finding *finding_r);
void doctor_lifecycle(struct doctor *doctor, struct finding *finding_r);
void doctor_delete(struct doctor *doctor, struct finding *finding_r);
/* doctor_browser.c */
void doctor_presigned_get(struct doctor *doctor, struct finding *finding_r);
void doctor_presigned_put(struct doctor *doctor, struct finding *finding_r);
void doctor_post(struct doctor *doctor, struct finding *finding_r);
void doctor_cors(struct doctor *doctor, struct finding *finding_r);
void doctor_public(struct doctor *doctor, struct finding *finding_r);
void doctor_private(struct doctor *doctor, struct finding *finding_r);

#endif
