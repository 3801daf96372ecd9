/*
 * Is the object that arrived what was said, and something we take?
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/digest.h"
#include "codec/hex.h"
#include "model/direct_private.h"

enum {
	/* A longer file is read at its ends alone, where that is enough. */
	WHOLE_BYTES_MAX = 16 * 1024 * 1024
};

struct reading {
	struct filecheck *check;
	struct digest *digest; /* NULL: not of the whole */
	int64_t left_bytes;    /* that may come yet */
	bool has_enough;       /* what comes cannot make it acceptable */
};

/* ---- before the bytes ---- */

static struct refusal
judge_sizes(const struct direct_object *object)
{
	int64_t bytes = object->info->size_bytes;
	int64_t declared = object->file->declared_bytes;

	if (bytes == 0)
		return (struct refusal){ ERR_INVALID, "file_empty",
			"the file is empty" };
	if (bytes > object->rules->max_bytes)
		return (struct refusal){ ERR_TOO_LARGE, "file_too_large",
			"File too large" };
	if (declared != -1 && declared != bytes)
		return (struct refusal){ ERR_INVALID, "size_mismatch",
			"the file has another size than was said" };
	return (struct refusal){ .kind = ERR_NONE, .code = "" };
}

static struct filecheck *
new_check(struct pool *pool, const struct direct_object *object)
{
	return filecheck_new(pool, object->rules, object->file->original_name,
	    object->file->declared_type);
}

void
direct_check_claims(struct pool *pool, const struct direct_object *object,
    struct direct_findings *findings_r)
{
	*findings_r = (struct direct_findings){
		.refusal = judge_sizes(object),
		.sha256 = "",
	};
	filecheck_naming(new_check(pool, object), &findings_r->verdict);
	if (findings_r->refusal.kind == ERR_NONE)
		findings_r->refusal =
		    refusal_from_verdict(pool, &findings_r->verdict);
}

/* ---- the bytes ---- */

/* What the store sends beyond what HEAD said is another object. */
static int
object_changed(struct err *err)
{
	return err_set_code(err, ERR_CONFLICT, "object_changed",
	    "the object was replaced while it was read");
}

static int
take_bytes(void *arg, struct slice bytes, struct err *err)
{
	struct reading *reading = arg;

	if ((int64_t)bytes.len > reading->left_bytes)
		return object_changed(err);
	reading->left_bytes -= (int64_t)bytes.len;
	filecheck_feed(reading->check, bytes);
	if (reading->digest != NULL)
		digest_update(reading->digest, bytes);
	reading->has_enough = filecheck_is_refused(reading->check);
	return reading->has_enough ? err_set(err, ERR_INVALID, "refused") : 0;
}

static int
read_range(struct reading *reading, const struct direct_object *object,
    int64_t offset, int64_t length, struct err *err)
{
	reading->left_bytes = length;
	if (store_get(object->store, object->key, offset, length, take_bytes,
		reading, err) == -1)
		return reading->has_enough ? 0 : storage_failed(err);
	return reading->left_bytes == 0 ? 0 : object_changed(err);
}

static bool
wants_whole(const struct direct_object *object)
{
	const struct file *file = object->file;

	return file->kind == FILE_IMAGE ||
	    object->info->size_bytes <= WHOLE_BYTES_MAX ||
	    (*file->declared_sha256 != '\0' && !file->is_sha256_signed);
}

static int
read_whole(struct pool *pool, struct reading *reading,
    const struct direct_object *object, const char **sha256_r,
    struct err *err)
{
	uint8_t hash[SHA256_BYTES];

	reading->digest = digest_new(pool, DIGEST_SHA256);
	if (read_range(reading, object, 0, object->info->size_bytes, err) ==
	    -1)
		return -1;
	digest_finish(reading->digest, hash);
	*sha256_r = hex_encode(pool, slice_make(hash, sizeof(hash)));
	return 0;
}

static int
read_ends(struct reading *reading, const struct direct_object *object,
    struct err *err)
{
	int64_t end = object->info->size_bytes - FILECHECK_END_BYTES;

	if (read_range(reading, object, 0, FILECHECK_END_BYTES, err) == -1)
		return -1;
	if (reading->has_enough)
		return 0;
	filecheck_skip(reading->check, end - FILECHECK_END_BYTES);
	return read_range(reading, object, end, FILECHECK_END_BYTES, err);
}

static void
judge_hash(const struct file *file, struct direct_findings *findings)
{
	const char *declared = file->declared_sha256;

	if (*findings->sha256 == '\0') {
		/* The store has seen to it. */
		if (file->is_sha256_signed)
			findings->sha256 = declared;
		return;
	}
	if (*declared != '\0' && strcmp(declared, findings->sha256) != 0)
		findings->refusal = (struct refusal){ ERR_INVALID,
			"checksum_mismatch",
			"the file has another SHA-256 than was said" };
}

int
direct_check_bytes(struct pool *pool, const struct direct_object *object,
    struct direct_findings *findings_r, struct err *err)
{
	struct reading reading = { .check = new_check(pool, object) };
	const char *sha256 = "";
	int result = wants_whole(object) ?
	    read_whole(pool, &reading, object, &sha256, err) :
	    read_ends(&reading, object, err);

	if (result == -1)
		return -1;
	*findings_r = (struct direct_findings){ .sha256 = sha256 };
	filecheck_finish(reading.check, &findings_r->verdict);
	findings_r->refusal = refusal_from_verdict(pool, &findings_r->verdict);
	if (findings_r->refusal.kind == ERR_NONE)
		judge_hash(object->file, findings_r);
	return 0;
}
