/*
 * One object of many parts.  The upload is locked while its parts are copied
 * one behind the other into a temporary file, which is then placed as any
 * other; only afterwards is the upload removed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "codec/hex.h"
#include "store/file_store.h"

struct assembly {
	struct pool *pool;
	const struct store_complete *complete;
	int upload_fd, fd;
	struct digest *tag; /* of the hashes of the parts */
	int64_t size_bytes;
};

/* Open a part that is as the client says. */
static int
open_named_part(const struct assembly *assembly,
    const struct store_part *named, struct file_part *part_r, struct err *err)
{
	struct slice hash;
	int found = file_part_open(assembly->upload_fd, named->number, part_r,
	    err);

	if (found == -1)
		return -1;
	if (found == 1 && hex_decode(assembly->pool, slice_str(named->etag),
		&hash) &&
	    slice_eq(hash, slice_make(part_r->sha256, SHA256_BYTES)))
		return 0;
	if (found == 1)
		(void)close(part_r->fd);
	return err_set_code(err, ERR_INVALID, "InvalidPart",
	    "part %d is not there, or has another ETag", named->number);
}

/* Before gigabytes are copied. */
static int
check_parts(struct assembly *assembly, struct err *err)
{
	const struct store_complete *complete = assembly->complete;

	for (size_t i = 0; i < complete->count; i++) {
		struct file_part part;

		if (open_named_part(assembly, &complete->parts[i], &part,
			err) == -1)
			return -1;
		(void)close(part.fd);
		if (part.size_bytes < STORE_PART_BYTES_MIN &&
		    i + 1 < complete->count)
			return err_set_code(err, ERR_INVALID, "EntityTooSmall",
			    "part %d is smaller than %d bytes",
			    complete->parts[i].number, STORE_PART_BYTES_MIN);
		digest_update(assembly->tag,
		    slice_make(part.sha256, SHA256_BYTES));
		assembly->size_bytes += part.size_bytes;
	}
	return 0;
}

static int
copy_parts(struct assembly *assembly, struct err *err)
{
	const struct store_complete *complete = assembly->complete;

	for (size_t i = 0; i < complete->count; i++) {
		struct file_part part;
		int result;

		if (open_named_part(assembly, &complete->parts[i], &part,
			err) == -1)
			return -1;
		result = file_copy_bytes(part.fd, 0, assembly->fd,
		    part.size_bytes, err);
		(void)close(part.fd);
		if (result == -1)
			return -1;
	}
	return 0;
}

static const char *
make_etag(struct assembly *assembly)
{
	uint8_t hash[SHA256_BYTES];

	digest_finish(assembly->tag, hash);
	return pool_format(assembly->pool, "%s-%zu",
	    hex_encode(assembly->pool, slice_make(hash, sizeof(hash))),
	    assembly->complete->count);
}

/* Copy all parts to a new temporary file. */
static int
assemble(struct file_store *store, struct assembly *assembly, char **temp_r,
    struct err *err)
{
	int result;

	if (file_temp_open(store, assembly->pool, temp_r, &assembly->fd,
		err) == -1)
		return -1;
	result = copy_parts(assembly, err);
	if (file_temp_finish(&assembly->fd, err) == -1)
		result = -1;
	if (result == -1)
		(void)unlink(*temp_r);
	return result;
}

static int
complete_open(struct file_store *store, struct assembly *assembly,
    const char **etag_r, struct err *err)
{
	struct file_bytes bytes = { .sha256 = "" };
	struct store_object object;
	char *temp;

	if (file_upload_load(assembly->upload_fd, assembly->pool, &object,
		err) == -1 ||
	    check_parts(assembly, err) == -1 ||
	    assemble(store, assembly, &temp, err) == -1)
		return -1;
	object.is_new_only = assembly->complete->is_new_only;
	bytes.temp_path = temp;
	bytes.size_bytes = assembly->size_bytes;
	bytes.etag = *etag_r = make_etag(assembly);
	if (file_place(store, assembly->pool, &object, &bytes, err) == 0)
		return 0;
	(void)unlink(temp);
	return -1;
}

int
file_multipart_complete(struct store *base, struct pool *pool,
    const struct store_complete *complete, const char **etag_r,
    struct err *err)
{
	struct file_store *store = (struct file_store *)base;
	struct assembly assembly = { .pool = pool,
		.complete = complete,
		.tag = digest_new(pool, DIGEST_SHA256) };
	struct err ignored;

	if (file_upload_open(store, pool, &complete->upload, LOCK_EX,
		&assembly.upload_fd, err) == -1)
		return -1;
	if (complete_open(store, &assembly, etag_r, err) == -1) {
		(void)close(assembly.upload_fd);
		return -1;
	}
	/* The object is there; what is left can be aborted at leisure. */
	if (file_upload_remove(store, complete->upload.upload_id,
		assembly.upload_fd, &ignored) == -1)
		err_clear(&ignored);
	return 0;
}
