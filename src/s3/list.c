/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/num.h"
#include "s3/list.h"
#include "s3/list_private.h"
#include "s3/reply.h"

struct reading {
	struct pool *pool;
	struct s3_listing listing;
	struct s3_page *page;
	size_t max; /* entries */
	struct s3_entry entry; /* the one that is being read */
	bool has_size, has_time;
	bool is_odd; /* there was something that cannot be */
};

static void
end_entry(struct reading *reading, bool is_prefix)
{
	struct s3_page *page = reading->page;

	if (reading->entry.key == NULL ||
	    (!is_prefix && (!reading->has_size || !reading->has_time)) ||
	    page->count == reading->max) {
		reading->is_odd = true;
		return;
	}
	reading->entry.is_prefix = is_prefix;
	page->entries[page->count++] = reading->entry;
	reading->entry = (struct s3_entry){ .etag = "" };
	reading->has_size = reading->has_time = false;
}

/* A wrong size or time would have the wrong objects swept away. */
static void
on_element(void *arg, const char *path, const char *text)
{
	struct reading *reading = arg;
	struct s3_entry *entry = &reading->entry;

	if (strcmp(path, "Contents/Key") == 0 ||
	    strcmp(path, "CommonPrefixes/Prefix") == 0)
		entry->key = pool_strdup(reading->pool, text);
	else if (strcmp(path, "Contents/Size") == 0)
		reading->has_size = num_parse_i64(slice_str(text), INT64_MAX,
		    &entry->size_bytes);
	else if (strcmp(path, "Contents/LastModified") == 0)
		reading->has_time = date_parse_iso(slice_str(text),
		    &entry->modified_secs);
	else if (strcmp(path, "Contents/ETag") == 0)
		entry->etag = s3_etag_unquote(reading->pool, slice_str(text));
	else if (strcmp(path, "Contents") == 0)
		end_entry(reading, false);
	else if (strcmp(path, "CommonPrefixes") == 0)
		end_entry(reading, true);
	else if (strcmp(path, "NextContinuationToken") == 0)
		reading->page->next_token = pool_strdup(reading->pool, text);
}

/*
 * Names as bytes, below the prefix.  One with a NUL is left out: no operation
 * could name it.
 */
static int
decode_entries(struct reading *reading, const char *prefix, struct err *err)
{
	struct s3_page *page = reading->page;
	size_t kept = 0;

	for (size_t i = 0; i < page->count; i++) {
		struct s3_entry entry = page->entries[i];
		int result = s3_listing_name(&reading->listing, reading->pool,
		    entry.key, &entry.key, err);

		if (result == -1)
			return -1;
		if (!slice_has_prefix(slice_str(entry.key), prefix))
			return err_set(err, ERR_UPSTREAM,
			    "storage listed what was not asked for");
		if (result == 1)
			page->entries[kept++] = entry;
	}
	page->count = kept;
	return 0;
}

/* A page that leads to itself would be read for ever. */
static int
check_token(const struct reading *reading, const struct s3_list *list,
    struct err *err)
{
	const char *token = s3_listing_text(&reading->listing, reading->pool,
	    reading->page->next_token);

	reading->page->next_token = reading->listing.is_truncated ? token : "";
	if (reading->listing.is_truncated &&
	    (token[0] == '\0' || strcmp(token, list->token) == 0))
		return err_set(err, ERR_UPSTREAM,
		    "storage does not say where its listing goes on");
	return 0;
}

static const char *
list_query(struct pool *pool, const struct s3_list *list)
{
	bool is_first = list->token[0] == '\0';

	return pool_format(pool, "list-type=2&encoding-type=url&max-keys=%d"
	    "%s%s%s%s", list->limit,
	    s3_query_member(pool, "continuation-token", list->token),
	    s3_query_member(pool, "delimiter", list->delimiter),
	    s3_query_member(pool, "prefix", list->prefix),
	    s3_query_member(pool, "start-after", is_first ? list->after : ""));
}

void
s3_call_list(struct s3_call *call_r, struct pool *pool,
    const struct s3_list *list)
{
	assert(list->limit >= 1 && list->limit <= S3_LIST_MAX);
	*call_r = (struct s3_call){ .method = "GET",
		.query = list_query(pool, list),
		.reply_max_bytes = FETCH_REPLY_BYTES_MAX };
}

int
s3_read_list(struct pool *pool, const struct s3_list *list,
    const struct fetch_reply *reply, struct s3_page *page_r, struct err *err)
{
	struct reading reading = { .pool = pool,
		.page = page_r,
		.max = (size_t)list->limit,
		.entry = { .etag = "" } };

	reading.listing = (struct s3_listing){ .root = "ListBucketResult",
		.element = on_element,
		.arg = &reading };
	*page_r = (struct s3_page){ .next_token = "",
		.entries = pool_alloc_array(pool, reading.max,
		    sizeof(*page_r->entries)) };
	if (s3_listing_read(&reading.listing, reply, err) == -1)
		return -1;
	if (reading.is_odd)
		return err_set(err, ERR_UPSTREAM,
		    "storage listed an object that cannot be");
	if (decode_entries(&reading, list->prefix, err) == -1)
		return -1;
	return check_token(&reading, list, err);
}

int
s3_list(struct s3_client *client, struct pool *pool,
    const struct s3_list *list, struct s3_page *page_r, struct err *err)
{
	/* The answer is much larger than what is made of it. */
	struct pool *scratch = pool_new();
	struct fetch_reply reply;
	struct s3_call call;
	int result;

	s3_call_list(&call, scratch, list);
	result = s3_call_run(client, scratch, &call, &reply, err);
	if (result == 0)
		result = s3_read_list(pool, list, &reply, page_r, err);
	pool_free(&scratch);
	return result;
}
