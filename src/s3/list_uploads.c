/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "s3/list.h"
#include "s3/list_private.h"
#include "s3/multipart.h"
#include "s3/reply.h"

/* ---- uploads ---- */

struct uploads_reading {
	struct pool *pool;
	struct s3_listing listing;
	struct s3_unfinished_page *page;
	struct s3_unfinished upload; /* the one that is being read */
	bool has_time;
	bool is_odd;
};

static void
end_upload(struct uploads_reading *reading)
{
	struct s3_unfinished_page *page = reading->page;

	if (reading->upload.key == NULL || reading->upload.upload_id == NULL ||
	    !reading->has_time || page->count == S3_LIST_MAX)
		reading->is_odd = true;
	else
		page->uploads[page->count++] = reading->upload;
	reading->upload = (struct s3_unfinished){ .key = NULL };
	reading->has_time = false;
}

static void
on_upload(void *arg, const char *path, const char *text)
{
	struct uploads_reading *reading = arg;
	struct s3_unfinished *upload = &reading->upload;

	if (strcmp(path, "Upload/Key") == 0)
		upload->key = pool_strdup(reading->pool, text);
	else if (strcmp(path, "Upload/UploadId") == 0)
		upload->upload_id = pool_strdup(reading->pool, text);
	else if (strcmp(path, "Upload/Initiated") == 0)
		reading->has_time = date_parse_iso(slice_str(text),
		    &upload->begun_secs);
	else if (strcmp(path, "Upload") == 0)
		end_upload(reading);
	else if (strcmp(path, "NextKeyMarker") == 0)
		reading->page->next_key = pool_strdup(reading->pool, text);
	else if (strcmp(path, "NextUploadIdMarker") == 0)
		reading->page->next_upload_id = pool_strdup(reading->pool,
		    text);
}

static int
decode_uploads(struct uploads_reading *reading, struct err *err)
{
	struct s3_unfinished_page *page = reading->page;
	size_t kept = 0;

	for (size_t i = 0; i < page->count; i++) {
		struct s3_unfinished upload = page->uploads[i];
		int result = s3_listing_name(&reading->listing, reading->pool,
		    upload.key, &upload.key, err);

		if (result == -1)
			return -1;
		if (result == 1)
			page->uploads[kept++] = upload;
	}
	page->count = kept;
	return s3_listing_name(&reading->listing, reading->pool,
	    page->next_key, &page->next_key, err) == -1 ? -1 : 0;
}

/* ListMultipartUploads has two markers instead of one token. */
static int
check_markers(struct uploads_reading *reading, const char *after_key,
    const char *after_upload_id, struct err *err)
{
	struct s3_unfinished_page *page = reading->page;

	if (!reading->listing.is_truncated)
		page->next_key = page->next_upload_id = "";
	else if (page->next_key[0] == '\0' ||
	    (strcmp(page->next_key, after_key) == 0 &&
		strcmp(page->next_upload_id, after_upload_id) == 0))
		return err_set(err, ERR_UPSTREAM,
		    "storage does not say where its listing goes on");
	return 0;
}

int
s3_list_uploads(struct s3_client *client, struct pool *pool,
    const char *prefix, const char *after_key, const char *after_upload_id,
    struct s3_unfinished_page *page_r, struct err *err)
{
	struct uploads_reading reading = { .pool = pool, .page = page_r };

	/* No encoding is asked for: Ceph 16 encodes, and does not say so. */
	reading.listing = (struct s3_listing){
		.query = pool_format(pool,
		    "uploads=&max-uploads=%d%s%s%s", S3_LIST_MAX,
		    s3_query_member(pool, "key-marker", after_key),
		    s3_query_member(pool, "prefix", prefix),
		    s3_query_member(pool, "upload-id-marker",
			after_upload_id)),
		.root = "ListMultipartUploadsResult",
		.element = on_upload,
		.arg = &reading
	};
	*page_r = (struct s3_unfinished_page){ .next_key = "",
		.next_upload_id = "",
		.uploads = pool_alloc_array(pool, S3_LIST_MAX,
		    sizeof(*page_r->uploads)) };
	if (s3_listing_run(client, &reading.listing, err) == -1)
		return -1;
	if (reading.is_odd)
		return err_set(err, ERR_UPSTREAM,
		    "storage listed an upload that cannot be");
	if (decode_uploads(&reading, err) == -1)
		return -1;
	return check_markers(&reading, after_key, after_upload_id, err);
}
