/*
 * Direct uploads: bytes go from the client to the store by a presigned URL or
 * form, and become a file only after they were checked like an upload through
 * us.
 *
 *	direct_begin(pool, &direct, &request, &ticket, err)	row, then URL
 *	... the client sends its bytes to ticket.url ...
 *	direct_confirm(pool, &direct, ticket.file.id, &file, err)
 *
 * The URL can never replace what was confirmed.  Where the store's URLs never
 * replace (store_traits), it leads to the final key.  Elsewhere, for forms, and
 * for what will be public, it leads to a key of its own, and confirming copies
 * the object to a fresh key that nobody else ever could write, and checks that
 * copy.
 *
 * Any number of confirmations may run at once, without locks: each checks an
 * object that cannot change, and the first that turns the row from pending to
 * live wins; the others find the row as it left it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_DIRECT_H
#define MODEL_DIRECT_H

#include "codec/filecheck.h"
#include "model/file.h"
#include "store/presign.h"

enum {
	DIRECT_FORM_MAX = 10485760,  /* bytes by a form (B15) */
	DIRECT_FORM_SECS = 300,	     /* a form is valid (decision 3) */
	DIRECT_TEMP_SECS = 900,	     /* a URL for /api/get-upload-url */
	DIRECT_URL_MAX_SECS = 3600   /* any other, however it is set */
};

struct direct {
	struct sql *db;
	struct store *store;
	const struct clock *clock;
	const struct log *log; /* gets the lines of E9 */
	const struct file_rules *rules; /* FILE_KIND_COUNT of them, by kind */
	int64_t tenant_id;
	const char *owner; /* key-safe id of the caller */
	int64_t pending_secs; /* how long after its URL a row is kept */
};

enum direct_way {
	DIRECT_PUT,	/* a URL for one PUT (B5) */
	DIRECT_FORM,	/* a form for one POST (B15); ERR_UNSUPPORTED */
	DIRECT_TEMP_PUT /* as DIRECT_PUT, below temp/, its type signed (B13) */
};

/* Nothing in it is trusted. */
struct direct_request {
	enum direct_way way;
	const char *name;
	enum file_kind kind;
	bool is_public;
	const char *athlete_id;	   /* "" for none */
	const char *declared_type; /* "" for none; else signed */
	int64_t declared_bytes;	   /* -1 for unknown; else signed */
	const char *declared_sha256; /* hex, or ""; signed where it can be */
	int64_t expires_secs;	     /* of DIRECT_PUT */
	const char *origin;	     /* of store_access */
};

struct direct_ticket {
	struct file file; /* pending; its key is where the URL leads */
	const char *method, *url;
	const struct store_header *headers; /* to be sent with the request */
	size_t header_count;
	const struct store_header *fields; /* of a form, before the file */
	size_t field_count;
	int64_t expires_secs; /* from now */
};

/*
 * ERR_TOO_LARGE, ERR_UNSUPPORTED or ERR_INVALID with the codes of
 * codec/filecheck.h for what would be refused later anyway; ERR_INVALID with
 * code "no_public_prefix" or "prefix_is_public" when no key of that layout has
 * the wanted visibility, and "bad_athlete_id", "bad_sha256" or "bad_size".
 */
int direct_begin(struct pool *pool, const struct direct *direct,
    const struct direct_request *request, struct direct_ticket *ticket_r,
    struct err *err) ATTR_MUST_USE;

/*
 * Check the object and make its row live; the same answer however often it is
 * asked.  ERR_NOT_FOUND for no file of this owner, ERR_CONFLICT with code
 * "not_uploaded_yet" (the row stays pending), "url_expired" (and nothing came)
 * or "upload_expired".  What is refused is erased: ERR_TOO_LARGE,
 * ERR_UNSUPPORTED or ERR_INVALID with the codes of codec/filecheck.h,
 * "size_mismatch" or "checksum_mismatch", and so are later tries.  When the
 * store fails the code is "storage_failed".
 */
int direct_confirm(struct pool *pool, const struct direct *direct, int64_t id,
    struct file *file_r, struct err *err) ATTR_MUST_USE;
/* The id of the owner's upload of that kind to that key: 1, 0 or -1. */
int direct_find(const struct direct *direct, const char *key,
    enum file_kind kind, int64_t *id_r, struct err *err) ATTR_MUST_USE;

enum direct_outcome {
	DIRECT_LIVE,	/* it had arrived and is good */
	DIRECT_ERASED,	/* nothing, or nothing good, had arrived */
	DIRECT_TAKEN	/* somebody else was faster */
};
/*
 * Confirm or erase an expired pending row (file_list_expired()), whoever its
 * owner is; a row that is no direct upload is erased.  -1 leaves it as it is,
 * for the next time.
 */
int direct_settle(const struct direct *direct, const struct file *file,
    enum direct_outcome *outcome_r, struct err *err) ATTR_MUST_USE;

#endif
