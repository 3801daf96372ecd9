/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/num.h"
#include "s3/list.h"
#include "s3/list_private.h"
#include "s3/multipart.h"
#include "s3/reply.h"

struct reading {
	struct pool *pool;
	struct s3_listing listing;
	struct s3_known_parts *parts;
	struct s3_known_part part; /* the one that is being read */
	bool has_size;
	int last_number;
	bool is_odd;
};

/* Ascending numbers: so no page can come twice, and there is an end. */
static void
end_part(struct reading *reading)
{
	const struct s3_known_part *part = &reading->part;

	if (part->number <= reading->last_number || !reading->has_size ||
	    part->etag == NULL || part->etag[0] == '\0') {
		reading->is_odd = true;
		return;
	}
	reading->parts->parts[reading->parts->count++] = *part;
	reading->last_number = part->number;
	reading->part = (struct s3_known_part){ .number = 0 };
	reading->has_size = false;
}

static void
on_element(void *arg, const char *path, const char *text)
{
	struct reading *reading = arg;
	struct s3_known_part *part = &reading->part;
	int64_t number;

	if (strcmp(path, "Part/PartNumber") == 0)
		part->number = num_parse_i64(slice_str(text), S3_PARTS_MAX,
		    &number) ? (int)number : 0;
	else if (strcmp(path, "Part/Size") == 0)
		reading->has_size = num_parse_i64(slice_str(text), INT64_MAX,
		    &part->size_bytes);
	else if (strcmp(path, "Part/ETag") == 0)
		part->etag = s3_etag_unquote(reading->pool, slice_str(text));
	else if (strcmp(path, "Part") == 0)
		end_part(reading);
}

/* The parts behind the last one. */
static int
read_page(struct s3_client *client, struct reading *reading,
    const char *upload_id, struct err *err)
{
	size_t before = reading->parts->count;

	reading->listing.query = pool_format(reading->pool,
	    "max-parts=%d&part-number-marker=%d%s", S3_LIST_MAX,
	    reading->last_number,
	    s3_query_member(reading->pool, "uploadId", upload_id));
	if (s3_listing_run(client, &reading->listing, err) == -1)
		return -1;
	if (reading->is_odd || (reading->listing.is_truncated &&
				   reading->parts->count == before))
		return err_set(err, ERR_UPSTREAM,
		    "storage listed parts that cannot be");
	return 0;
}

int
s3_list_parts(struct s3_client *client, struct pool *pool,
    const struct s3_upload_name *name, struct s3_known_parts *parts_r,
    struct err *err)
{
	struct reading reading = { .pool = pool, .parts = parts_r };

	reading.listing = (struct s3_listing){ .key = name->key,
		.root = "ListPartsResult",
		.element = on_element,
		.arg = &reading };
	*parts_r = (struct s3_known_parts){
		.parts = pool_alloc_array(pool, S3_PARTS_MAX,
		    sizeof(*parts_r->parts))
	};
	do {
		if (read_page(client, &reading, name->upload_id, err) == -1)
			return -1;
	} while (reading.listing.is_truncated);
	return 0;
}
