/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "model/audit_chain.h"

enum { NUMBER_CHARS = 24 };

static void
hash_text(struct digest *digest, const char *text)
{
	char length[NUMBER_CHARS];

	(void)snprintf(length, sizeof(length), "%zu:", strlen(text));
	digest_update(digest, slice_str(length));
	digest_update(digest, slice_str(text));
	digest_update(digest, slice_str(","));
}

static void
hash_number(struct digest *digest, int64_t number)
{
	char text[NUMBER_CHARS];

	(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	hash_text(digest, text);
}

const char *
audit_hash(struct pool *pool, const struct audit_row *row)
{
	struct digest *digest = digest_new(pool, DIGEST_SHA256);
	const struct audit_event *event = &row->event;
	uint8_t bytes[SHA256_BYTES];

	hash_text(digest, row->previous);
	hash_number(digest, row->number);
	hash_number(digest, row->at_ms);
	hash_number(digest, event->tenant_id);
	hash_number(digest, event->user_id);
	hash_text(digest, event->actor);
	hash_text(digest, event->via);
	hash_text(digest, event->action);
	hash_text(digest, event->subject);
	hash_text(digest, event->remote_addr);
	hash_text(digest, event->request_id);
	hash_number(digest, event->status);
	hash_text(digest, event->result);
	digest_finish(digest, bytes);
	return hex_encode(pool, slice_make(bytes, sizeof(bytes)));
}

static bool
refuse(struct audit_trail *trail, int64_t number, const char *problem)
{
	trail->bad_number = number;
	trail->problem = problem;
	return false;
}

static bool
check_place(struct audit_trail *trail, const struct audit_row *row)
{
	int64_t next = trail->number + 1;

	if (row->number < next)
		return refuse(trail, row->number,
		    "is not in the order of the chain");
	if (row->number > next && !trail->may_skip)
		return refuse(trail, next, "is missing");
	return true;
}

/* Rows that were left out: the row itself says what came before it. */
static bool
is_after_last(const struct audit_trail *trail, const struct audit_row *row)
{
	if (row->number != trail->number + 1)
		return true;
	return strcmp(row->previous, trail->hash) == 0;
}

static bool
check_expected(struct audit_trail *trail, const struct audit_row *row)
{
	if (trail->expected_hash == NULL ||
	    row->number != trail->expected_number ||
	    strcmp(row->hash, trail->expected_hash) == 0)
		return true;
	return refuse(trail, row->number,
	    "has another hash than was written down: it or one before it was"
	    " altered");
}

bool
audit_trail_add(struct audit_trail *trail, struct pool *pool,
    const struct audit_row *row)
{
	if (!check_place(trail, row))
		return false;
	if (!is_after_last(trail, row) ||
	    strcmp(audit_hash(pool, row), row->hash) != 0)
		return refuse(trail, row->number,
		    "was altered, or the one before it was");
	if (!check_expected(trail, row))
		return false;
	trail->rows++;
	trail->number = row->number;
	(void)snprintf(trail->hash, sizeof(trail->hash), "%s", row->hash);
	return true;
}

bool
audit_trail_end(struct audit_trail *trail)
{
	if (trail->expected_hash == NULL ||
	    trail->expected_number <= trail->number)
		return true;
	return refuse(trail, trail->number + 1,
	    "is missing, and all up to the one that was written down");
}
