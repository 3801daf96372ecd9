/*
 * API tokens: "alm_" and 256 random bits in base64url, shown once; the
 * database holds their SHA-256 only.  A token acts for its user, within its
 * scopes and within his role, and never beyond his tenant.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_API_TOKEN_H
#define MODEL_API_TOKEN_H

#include "model/user.h"

#define API_TOKEN_PREFIX "alm_"

enum {
	API_TOKEN_NAME_MAX = 100, /* characters */
	API_TOKENS_MAX = 100,	  /* living ones of a user */
	API_TOKEN_TOUCH_SECS = 60 /* used_secs is not exacter than this */
};

/* Scopes: bits. */
enum api_scope {
	API_SCOPE_READ = 1,
	API_SCOPE_WRITE = 2, /* holds read */
	API_SCOPE_ADMIN = 4  /* holds write */
};
/* "read,write" and back; false for an unknown or empty list. */
const char *api_scopes_format(struct pool *pool, unsigned scopes);
bool api_scopes_parse(struct slice text, unsigned *scopes_r);

struct api_token {
	int64_t id; /* random; names it in pages and in the audit log */
	int64_t user_id;
	const char *name;
	unsigned scopes;
	int64_t created_secs;
	int64_t expires_secs; /* 0: never */
	int64_t used_secs;    /* 0: never used */
	bool is_revoked;
};

/* Insert; fills token->id.  *text_r is the token itself. */
int api_token_insert(struct sql *db, struct pool *pool,
    struct api_token *token, const char **text_r, struct err *err)
    ATTR_MUST_USE;
/*
 * The living token of a text and its user, who is not disabled (nor his
 * tenant): 1, 0 or -1.  Notes that it was used.
 */
int api_token_find(struct sql *db, struct pool *pool,
    const struct user_proof *proof, struct api_token *token_r,
    struct user *user_r, struct err *err) ATTR_MUST_USE;
/* All of a user, the newest first, dead ones too. */
int api_token_list(struct sql *db, struct pool *pool, int64_t user_id,
    struct api_token **tokens_r, size_t *count_r, struct err *err)
    ATTR_MUST_USE;
/* ERR_NOT_FOUND when the user has no living token of that id. */
int api_token_revoke(struct sql *db, int64_t user_id, int64_t id,
    struct err *err) ATTR_MUST_USE;

#endif
