/*
 * What an S3 server may answer.  The first byte says what it is read as: 'l' a
 * page of a listing, 'e' an error, 'c' the answer of a call that may fail
 * late.
 *
 * A page that is taken has no more than was asked for, only names below the
 * prefix, and does not lead to itself.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "s3/list.h"
#include "s3/reply.h"
#include "s3/xml_repair.h"

enum { ANSWER_BYTES_MAX = 64 * 1024 };

static void
check_list(struct pool *pool, const struct fetch_reply *reply)
{
	const struct s3_list list = { "p", "", "", "t", 3 };
	struct err err = ERR_INIT;
	struct s3_page page;

	if (s3_read_list(pool, &list, reply, &page, &err) == -1) {
		FUZZ_CHECK(err.kind != ERR_NONE && err.text[0] != '\0');
		return;
	}
	FUZZ_CHECK(page.count <= 3);
	FUZZ_CHECK(strcmp(page.next_token, "t") != 0);
	for (size_t i = 0; i < page.count; i++) {
		const struct s3_entry *entry = &page.entries[i];

		FUZZ_CHECK(entry->key[0] == 'p');
		FUZZ_CHECK(entry->size_bytes >= 0);
		FUZZ_CHECK(entry->is_prefix || entry->modified_secs != 0);
		FUZZ_CHECK(strpbrk(entry->etag, "\"<>&") == NULL);
	}
}

/* Repairing leaves nothing to repair, and makes nothing longer. */
static void
check_repair(struct pool *pool, struct slice doc)
{
	bool was_repaired, again;
	struct slice repaired = xml_repair(pool, doc, &was_repaired);

	FUZZ_CHECK(repaired.len <= doc.len);
	FUZZ_CHECK(was_repaired || slice_eq(repaired, doc));
	(void)xml_repair(pool, repaired, &again);
	FUZZ_CHECK(!was_repaired || !again);
	FUZZ_CHECK(xml_unrepair(pool, repaired).len <= doc.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slice rest = slice_make(data, len);
	struct fetch_reply reply = { .status = 200 };
	struct err err = ERR_INIT;
	struct pool *pool;
	int kind;

	if (len == 0 || len > ANSWER_BYTES_MAX)
		return 0;
	pool = pool_new();
	kind = slice_take(&rest);
	reply.body = rest;
	check_repair(pool, rest);
	if (kind == 'e')
		reply.status = 400;
	if (kind == 'l')
		check_list(pool, &reply);
	else if (kind == 'e')
		FUZZ_CHECK(s3_reply_check(&reply, &err) == -1);
	else if (s3_reply_check_body(&reply, &err) == 0)
		FUZZ_CHECK(memmem(rest.data, rest.len, "Result", 6) != NULL);
	pool_free(&pool);
	return 0;
}
