/*
 * `almacenctl doctor`: is this installation well, and if not, what mends it?
 *
 * Checks are rows of one table (doctor.c) that run in its order with real
 * requests; a check whose `needs` did not succeed is skipped, so that one
 * cause has one finding.  Each request is bounded to seconds and tried twice
 * at most.
 *
 * Objects of the checks live below "temp/doctor/", where rules for unfinished
 * uploads would remove them, and below the first public prefix, under random
 * names; they are removed at the end, whatever the checks found.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include <stdbool.h>
#include <sys/statvfs.h>

#include "ctl/command.h"
#include "model/backend.h"
#include "model/settings.h"
#include "net/fetch.h"
#include "s3/client.h"
#include "store/presign.h"

enum finding_state {
	FINDING_OK,
	FINDING_BAD,
	FINDING_WARNING, /* works, but somebody should know */
	FINDING_SKIPPED, /* something is missing to look at it, or not asked */
	FINDING_BLOCKED, /* what it needs is not well */
	FINDING_FOREIGN, /* of the other kind of store */
	FINDING_STATE_COUNT
};

struct finding {
	enum finding_state state;
	const char *text; /* what was seen, in words */
	const char *fix;  /* a command, setting or document; "" for none */
};

struct doctor {
	struct pool *pool;
	struct ctl *ctl;
	const struct conf *conf; /* NULL: the settings are not well */
	struct err settings_err; /* why */
	struct backend *backend;
	struct s3_client *client; /* NULL: the file store */
	struct fetcher *fetcher;  /* for requests as strangers make them */
	const char *region;	  /* signed for before anything was learnt */
	const char *base_url;	  /* of the application; "" if unknown */
	const char *origin;	  /* of the site's pages; "" if unknown */
	const char *key;	  /* of the private test object */
	const char *public_key;	  /* the public one; NULL: nothing is */

	/* What later checks go by. */
	int64_t server_secs;	/* its clock; 0: it does not say */
	bool has_old_schema;	/* what its tables hold is not asked */
	struct err listing_err; /* of the bucket; ERR_NONE: it was listed */
	bool has_put;		/* objects may be there */
};

typedef void (*doctor_fn)(struct doctor *doctor, struct finding *finding_r);

enum doctor_scope { DOCTOR_ANY, DOCTOR_S3, DOCTOR_FILES };
enum { DOCTOR_NEEDS_MAX = 2 };

struct doctor_check {
	const char *name;  /* stable, for --json and `needs` */
	const char *title; /* for people */
	enum doctor_scope scope;
	doctor_fn run;
	const char *needs[DOCTOR_NEEDS_MAX]; /* names of earlier checks */
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

/*
 * Load the settings and open what they name; what fails there is found by the
 * checks.  origin NULL: that of BASE_URL.
 */
void doctor_prepare(struct doctor *doctor, const char *origin);
/*
 * The store, with a setting more ("NAME=value", NULL: none) that goes before
 * all others.
 */
int doctor_open_store(struct doctor *doctor, const char *setting,
    struct backend **backend_r, struct err *err) ATTR_MUST_USE;
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

/* Seconds of a setting, but no more than a doctor waits. */
enum { DOCTOR_CONNECT_SECS = 4, DOCTOR_ANSWER_SECS = 8 };
int doctor_secs(const struct doctor *doctor, enum setting id, int max);

/* The bytes and the type of the test objects. */
#define DOCTOR_TYPE "text/plain"
struct slice doctor_bytes(void);
/* Store them, by the keys that are configured. */
int doctor_put_bytes(struct doctor *doctor, const char *key, struct err *err)
    ATTR_MUST_USE;

/* A request without our signature, as a browser makes it. */
struct doctor_request {
	const char *method, *url;
	const char *const *lines; /* headers, NULL at the end; or NULL */
	struct slice body;
	/* To the S3 server: trusted as the program trusts it, and no more. */
	bool is_to_server;
};
int doctor_fetch(struct doctor *doctor, const struct doctor_request *request,
    struct fetch_reply *reply_r, struct err *err) ATTR_MUST_USE;
/* A GET as anybody can make it. */
int doctor_get(struct doctor *doctor, const char *url,
    struct fetch_reply *reply_r, struct err *err) ATTR_MUST_USE;
bool doctor_is_good(const struct fetch_reply *reply);
/* It brought the bytes of the test objects. */
bool doctor_has_bytes(const struct fetch_reply *reply);
bool doctor_says(const struct fetch_reply *reply, const char *text);
/* The server's own code for a refusal, or "status 404". */
const char *doctor_cause(struct doctor *doctor,
    const struct fetch_reply *reply);
/* Presign, and do it as a browser would. */
int doctor_presigned(struct doctor *doctor, const struct store_access *access,
    struct slice body, struct fetch_reply *reply_r, struct err *err)
    ATTR_MUST_USE;
/* What goes with a presigned request but its length, as header lines. */
const char *const *doctor_lines(struct doctor *doctor,
    const struct store_presigned *presigned);
/* No way from an exchange that failed, in words. */
const char *doctor_no_way(struct doctor *doctor, const char *url,
    const struct err *err);
/* True when less is left than a server should have. */
bool doctor_is_nearly_full(const struct statvfs *fs);

/* doctor_local.c */
void doctor_settings(struct doctor *doctor, struct finding *finding_r);
void doctor_secret_key(struct doctor *doctor, struct finding *finding_r);
void doctor_secret_files(struct doctor *doctor, struct finding *finding_r);
void doctor_folders(struct doctor *doctor, struct finding *finding_r);
void doctor_disk(struct doctor *doctor, struct finding *finding_r);
void doctor_store(struct doctor *doctor, struct finding *finding_r);
/* doctor_database.c */
void doctor_database(struct doctor *doctor, struct finding *finding_r);
/* doctor_login.c */
void doctor_login(struct doctor *doctor, struct finding *finding_r);
void doctor_people(struct doctor *doctor, struct finding *finding_r);
void doctor_authorization(struct doctor *doctor, struct finding *finding_r);
/* doctor_server.c */
void doctor_credentials(struct doctor *doctor, struct finding *finding_r);
void doctor_endpoint(struct doctor *doctor, struct finding *finding_r);
void doctor_clock(struct doctor *doctor, struct finding *finding_r);
/* doctor_bucket.c */
void doctor_addressing(struct doctor *doctor, struct finding *finding_r);
void doctor_access(struct doctor *doctor, struct finding *finding_r);
void doctor_region(struct doctor *doctor, struct finding *finding_r);
void doctor_multipart(struct doctor *doctor, struct finding *finding_r);
void doctor_lifecycle(struct doctor *doctor, struct finding *finding_r);
/* A policy that allows the key what the program does. */
const char *doctor_user_policy(struct doctor *doctor);
/* doctor_object.c */
void doctor_put(struct doctor *doctor, struct finding *finding_r);
void doctor_head(struct doctor *doctor, struct finding *finding_r);
void doctor_range(struct doctor *doctor, struct finding *finding_r);
void doctor_checksum(struct doctor *doctor, struct finding *finding_r);
void doctor_conditional(struct doctor *doctor, struct finding *finding_r);
void doctor_delete(struct doctor *doctor, struct finding *finding_r);
/* Remove what a check has left. */
void doctor_clean(struct doctor *doctor);
/* doctor_presign.c */
void doctor_presigned_get(struct doctor *doctor, struct finding *finding_r);
void doctor_presigned_put(struct doctor *doctor, struct finding *finding_r);
void doctor_unsigned(struct doctor *doctor, struct finding *finding_r);
void doctor_post(struct doctor *doctor, struct finding *finding_r);
/* doctor_browser.c */
void doctor_cors(struct doctor *doctor, struct finding *finding_r);
void doctor_public(struct doctor *doctor, struct finding *finding_r);
void doctor_private(struct doctor *doctor, struct finding *finding_r);

#endif
