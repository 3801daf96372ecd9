/*
 * What the sources of credentials (credentials_*.c) share with credentials.c.
 *
 * A source is a constant row.  Its fetch function is called by one thread at a
 * time and without the lock, with a pool that is wiped; it answers with the
 * kinds ERR_UNAVAILABLE and ERR_UPSTREAM only.  No error text holds a secret,
 * a token or anything a server said, but for one word of letters.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef S3_CREDENTIALS_PRIVATE_H
#define S3_CREDENTIALS_PRIVATE_H

#include "s3/credentials.h"

enum {
	CREDENTIALS_KEY_MAX = 128,
	CREDENTIALS_SECRET_MAX = 512,
	CREDENTIALS_TOKEN_MAX = 16 * 1024,
	CREDENTIALS_FILE_MAX = 256 * 1024
};

/* By what a file is known to be another one. */
struct credentials_stamp {
	int64_t modified_ns, size_bytes;
	uint64_t inode;
};

struct credentials_source {
	const char *name;
	const char *needs; /* the setting that is missing when check() is 0 */
	/* 1 when it is configured, 0 when nothing names it, -1 by half. */
	int (*check)(struct pool *pool,
	    const struct s3_credentials_config *config, struct err *err);
	int (*fetch)(const struct s3_credentials_config *config,
	    struct pool *pool, struct sign_credentials *pair_r,
	    struct err *err);
	/* NULL: nothing to watch. */
	void (*stamp)(const struct s3_credentials_config *config,
	    struct credentials_stamp *stamp_r);
};

extern const struct credentials_source credentials_profile;
extern const struct credentials_source credentials_web_identity;
extern const struct credentials_source credentials_container;
extern const struct credentials_source credentials_instance;

bool credentials_is_set(const char *text);
/* A small file without the line end it may have. */
int credentials_read_text(struct pool *pool, const char *path,
    const char **text_r, struct err *err) ATTR_MUST_USE;

/* Where a web identity is exchanged: the setting, or AWS in the region. */
const char *credentials_sts_url(const struct s3_credentials_config *config,
    struct pool *pool);

/* ---- HTTP (credentials_http.c) ---- */

struct credentials_request {
	const char *who; /* is asked: "STS" */
	const char *method, *url;
	const char *const *headers; /* "Name: value", NULL at the end */
	struct slice body;	    /* empty: none */
	const char *ca_file;	    /* NULL: the system's */
	int connect_secs, total_secs;
};

/*
 * One request, and a second one if the first met a fault.  0 when an answer
 * came that is not of a server at fault: its status is in the reply.
 */
int credentials_ask(const struct s3_credentials_config *config,
    struct pool *pool, const struct credentials_request *request,
    struct fetch_reply *reply_r, struct err *err) ATTR_MUST_USE;
/* As credentials_ask(), and anything but 200 is an error. */
int credentials_get(const struct s3_credentials_config *config,
    struct pool *pool, const struct credentials_request *request,
    struct slice *body_r, struct err *err) ATTR_MUST_USE;

/* What a server sent, before it is believed. */
struct credentials_answer {
	const char *access_key, *secret_key, *session_token, *expiration;
};
/* Bounded, printable, not expired; else ERR_UPSTREAM. */
int credentials_accept(const struct s3_credentials_config *config,
    const char *who, const struct credentials_answer *answer,
    struct sign_credentials *pair_r, struct err *err) ATTR_MUST_USE;
/* credentials_get() of the JSON that containers and instances are given. */
int credentials_get_json(const struct s3_credentials_config *config,
    struct pool *pool, const struct credentials_request *request,
    struct sign_credentials *pair_r, struct err *err) ATTR_MUST_USE;

/* Visible ASCII: fit for a header, at most max bytes, not empty. */
bool credentials_is_visible(const char *text, size_t max_bytes);
/*
 * ERR_INVALID unless the URL is https, or leads to this machine or to the
 * addresses beside it that clouds use (169.254.169.254, 169.254.170.2 and so
 * on): keys do not travel in the open.
 */
int credentials_check_url(struct pool *pool, const char *name, const char *text,
    struct err *err) ATTR_MUST_USE;

#endif
