/*
 * store/manage.h for the S3 driver.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "s3/list.h"
#include "s3/multipart.h"
#include "store/s3_store.h"

_Static_assert((int)STORE_PAGE_MAX == (int)S3_LIST_MAX, "pages are pages");
_Static_assert((int)STORE_PARTS_MAX == (int)S3_PARTS_MAX, "parts are parts");

static struct s3_client *
client_of(const struct store *store)
{
	return ((const struct s3_store *)store)->client;
}

/* Where objects are private unless told otherwise, one by one. */
const char *
s3_store_acl(const struct s3_store *store, const char *key)
{
	if (!store->wants_acl)
		return NULL;
	return store_is_public(&store->base, key) ? "public-read" : "private";
}

void
s3_store_info(struct store_info *info_r, const struct s3_info *info)
{
	*info_r = (struct store_info){ .size_bytes = info->size_bytes,
		.content_type = info->content_type,
		.cache_control = info->cache_control,
		.etag = info->etag,
		.modified_secs = info->modified_secs,
		.has_other_metadata = info->has_other_metadata };
}

/* ---- copies ---- */

/* What the copy is; another object in its place by now is not ours. */
static int
look_at_copy(const struct store *store, struct pool *pool,
    const struct store_copy *copy, const char *etag,
    struct store_info *info_r, struct err *err)
{
	struct s3_info info;
	int found = s3_head(client_of(store), pool, copy->to_key, &info, err);

	if (found == -1)
		return -1;
	if (found == 0 || (info.etag[0] != '\0' && etag[0] != '\0' &&
			      strcmp(info.etag, etag) != 0))
		return err_set(err, ERR_CONFLICT,
		    "the copy was replaced at once");
	s3_store_info(info_r, &info);
	return 0;
}

int
s3_store_copy(struct store *store, struct pool *pool,
    const struct store_copy *copy, struct store_info *info_r, struct err *err)
{
	const struct s3_copy request = { .from_key = copy->from_key,
		.to_key = copy->to_key,
		.if_match = copy->if_match,
		.content_type = copy->content_type,
		.content_disposition = copy->content_disposition,
		.cache_control = copy->cache_control,
		.acl = s3_store_acl((struct s3_store *)store, copy->to_key) };
	const char *etag;

	if (s3_copy(client_of(store), pool, &request, &etag, err) == -1)
		return -1;
	return look_at_copy(store, pool, copy, etag, info_r, err);
}

int
s3_store_remove_many(struct store *store, const char *const *keys,
    size_t count, bool *failed_r, struct err *err)
{
	return s3_delete_many(client_of(store), keys, count, failed_r, err);
}

/* ---- listings ---- */

/* Whoever compares two listings counts on their order. */
static int
add_entries(const struct s3_page *from, struct store_page *to, struct err *err)
{
	const char *before = "";

	for (size_t i = 0; i < from->count; i++) {
		const struct s3_entry *entry = &from->entries[i];

		if (strcmp(before, entry->key) >= 0)
			return err_set(err, ERR_UPSTREAM,
			    "storage listed keys out of order");
		before = entry->key;
		to->entries[to->count++] = (struct store_entry){
			.key = entry->key,
			.size_bytes = entry->size_bytes,
			.modified_secs = entry->modified_secs
		};
	}
	return 0;
}

int
s3_store_list(struct store *store, struct pool *pool, const char *prefix,
    const char *next, struct store_page *page_r, struct err *err)
{
	const struct s3_list list = { .prefix = prefix,
		.delimiter = "",
		.after = "",
		.token = next,
		.limit = STORE_PAGE_MAX };
	struct s3_page page;

	if (s3_list(client_of(store), pool, &list, &page, err) == -1)
		return -1;
	*page_r = (struct store_page){ .next = page.next_token,
		.entries = pool_alloc_array(pool, page.count,
		    sizeof(*page_r->entries)) };
	return add_entries(&page, page_r, err);
}

/* ---- uploads in parts ---- */

int
s3_store_multipart_create(struct store *store, struct pool *pool,
    const struct store_object *object, const char **upload_id_r,
    struct err *err)
{
	const struct s3_put put = { .key = object->key,
		.content_type = object->content_type,
		.content_disposition = object->content_disposition,
		.cache_control = object->cache_control,
		.acl = s3_store_acl((struct s3_store *)store, object->key) };
	struct s3_upload *upload;

	if (s3_upload_create(client_of(store), pool, &put, &upload, err) == -1)
		return -1;
	*upload_id_r = s3_upload_id(upload);
	return 0;
}

int
s3_store_multipart_parts(struct store *store, struct pool *pool,
    const struct store_multipart *upload, struct store_parts *parts_r,
    struct err *err)
{
	const struct s3_upload_name name = { .key = upload->key,
		.upload_id = upload->upload_id };
	struct s3_known_parts known;

	if (s3_list_parts(client_of(store), pool, &name, &known, err) == -1)
		return -1;
	*parts_r = (struct store_parts){ .count = known.count,
		.parts = pool_alloc_array(pool, known.count,
		    sizeof(*parts_r->parts)) };
	for (size_t i = 0; i < known.count; i++)
		parts_r->parts[i] = (struct store_part){
			.number = known.parts[i].number,
			.size_bytes = known.parts[i].size_bytes,
			.etag = known.parts[i].etag
		};
	return 0;
}

/* The parts were somebody else's to send: it is not storage that is wrong. */
static int
blame_parts(struct err *err)
{
	if (strcmp(err->code, "InvalidPart") == 0 ||
	    strcmp(err->code, "InvalidPartOrder") == 0 ||
	    strcmp(err->code, "EntityTooSmall") == 0)
		err->kind = ERR_INVALID;
	return -1;
}

int
s3_store_multipart_complete(struct store *store, struct pool *pool,
    const struct store_complete *complete, const char **etag_r,
    struct err *err)
{
	const struct s3_store *s3 = (const struct s3_store *)store;
	const struct s3_put put = { .key = complete->upload.key,
		.is_new_only = complete->is_new_only &&
		    s3->can_write_conditionally };
	struct s3_upload *upload = s3_upload_resume(s3->client, pool, &put,
	    complete->upload.upload_id);

	for (size_t i = 0; i < complete->count; i++) {
		const struct s3_known_part part = {
			.number = complete->parts[i].number,
			.size_bytes = -1,
			.etag = complete->parts[i].etag
		};

		if (s3_part_adopt(upload, &part, err) == -1)
			return -1;
	}
	if (s3_upload_complete(upload, etag_r, err) == -1)
		return blame_parts(err);
	return 0;
}

int
s3_store_multipart_abort(struct store *store, const char *key,
    const char *upload_id, struct err *err)
{
	return s3_upload_abort(client_of(store), key, upload_id, err);
}

int
s3_store_multipart_list(struct store *store, struct pool *pool,
    struct store_unfinished **uploads_r, size_t *count_r, struct err *err)
{
	struct s3_unfinished_page page;

	if (s3_list_uploads(client_of(store), pool, "", "", "", &page, err) ==
	    -1)
		return -1;
	*count_r = page.count;
	*uploads_r = pool_alloc_array(pool, page.count, sizeof(**uploads_r));
	for (size_t i = 0; i < page.count; i++)
		(*uploads_r)[i] = (struct store_unfinished){
			.key = page.uploads[i].key,
			.upload_id = page.uploads[i].upload_id,
			.begun_secs = page.uploads[i].begun_secs
		};
	return 0;
}
