/*
 * The chain of the audit log: how a row's hash is made, and how a chain of
 * rows is followed, whether they come from the database or from an export.
 *
 * The hash is the SHA-256, in hex, of the hash of the row before ("" for the
 * first) and of all of the row's columns, each as a netstring, which is its
 * length in bytes, a colon, its bytes and a comma, so that no two rows give
 * the same bytes.  A program of somebody else verifies a row in a few lines:
 *
 *	FIELDS = ("previous", "number", "at_ms", "tenant_id", "user_id",
 *	          "actor", "via", "action", "subject", "remote_addr",
 *	          "request_id", "status", "result")
 *	def row_hash(row):
 *	    digest = hashlib.sha256()
 *	    for name in FIELDS:
 *	        text = str(row[name]).encode()
 *	        digest.update(b"%d:%s," % (len(text), text))
 *	    return digest.hexdigest()
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef MODEL_AUDIT_CHAIN_H
#define MODEL_AUDIT_CHAIN_H

#include "model/audit.h"

enum { AUDIT_HASH_CHARS = 64 };

/* The hash that a row must have. */
const char *audit_hash(struct pool *pool, const struct audit_row *row);

/* Start with zeros and what is wanted. */
struct audit_trail {
	/* What somebody had written down; hash NULL: nothing. */
	int64_t expected_number;
	const char *expected_hash;
	/* Rows may have been left out, as by a search. */
	bool may_skip;

	/* So far: */
	int64_t rows, number;
	char hash[AUDIT_HASH_CHARS + 1];
	/* The first thing that is wrong; problem NULL: nothing. */
	int64_t bad_number;
	const char *problem;
};

/* The next row; false, with the problem told, when it does not fit. */
bool audit_trail_add(struct audit_trail *trail, struct pool *pool,
    const struct audit_row *row);
/* There are no more; false when what was expected did not come. */
bool audit_trail_end(struct audit_trail *trail);

#endif
