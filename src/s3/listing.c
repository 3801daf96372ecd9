/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "s3/list_private.h"
#include "s3/reply.h"
#include "s3/xml_repair.h"

const char *
s3_query_member(struct pool *pool, const char *name, const char *value)
{
	if (value[0] == '\0')
		return "";
	return pool_format(pool, "&%s=%s", name,
	    url_encoded(pool, slice_str(value)));
}

struct reading {
	struct s3_listing *listing;
	bool has_root, has_truncated;
};

static void
on_element(void *arg, const char *path, const char *text)
{
	struct reading *reading = arg;
	struct s3_listing *listing = reading->listing;
	struct slice rest = slice_str(path);

	if (!slice_take_str(&rest, listing->root))
		return;
	if (rest.len == 0) {
		reading->has_root = true;
		return;
	}
	if (!slice_take_str(&rest, "/"))
		return;
	if (slice_eq_str(rest, "EncodingType"))
		listing->is_encoded = strcmp(text, "url") == 0;
	if (slice_eq_str(rest, "IsTruncated")) {
		listing->is_truncated = strcmp(text, "true") == 0;
		reading->has_truncated = listing->is_truncated ||
		    strcmp(text, "false") == 0;
	}
	listing->element(listing->arg, rest.data, text);
}

static int
read_reply(struct s3_listing *listing, struct pool *pool,
    const struct fetch_reply *reply, struct err *err)
{
	struct reading reading = { .listing = listing };
	struct slice xml = xml_repair(pool, s3_reply_body(reply),
	    &listing->was_repaired);

	listing->is_encoded = listing->is_truncated = false;
	if (xml_parse(xml, on_element, &reading, err) == -1)
		return err_set(err, ERR_UPSTREAM,
		    "storage answered a listing that cannot be read");
	if (!reading.has_root && s3_reply_check_body(reply, err) == -1)
		return -1;
	if (!reading.has_root || !reading.has_truncated)
		return err_set(err, ERR_UPSTREAM,
		    "storage answered a listing with something else");
	return 0;
}

int
s3_listing_read(struct s3_listing *listing, const struct fetch_reply *reply,
    struct err *err)
{
	struct pool *scratch = pool_new();
	int result = read_reply(listing, scratch, reply, err);

	pool_free(&scratch);
	return result;
}

int
s3_listing_run(struct s3_client *client, struct s3_listing *listing,
    struct err *err)
{
	const struct s3_call call = { .method = "GET",
		.key = listing->key,
		.query = listing->query,
		.reply_max_bytes = FETCH_REPLY_BYTES_MAX };
	/* Much larger than what is made of it. */
	struct pool *scratch = pool_new();
	struct fetch_reply reply;
	int result = s3_call_run(client, scratch, &call, &reply, err);

	if (result == 0)
		result = s3_listing_read(listing, &reply, err);
	pool_free(&scratch);
	return result;
}

static struct slice
bytes_of(const struct s3_listing *listing, struct pool *pool, const char *text)
{
	return listing->was_repaired ?
	    xml_unrepair(pool, slice_str(text)) : slice_str(text);
}

const char *
s3_listing_text(const struct s3_listing *listing, struct pool *pool,
    const char *text)
{
	struct slice bytes = bytes_of(listing, pool, text);

	if (slice_find(bytes, '\0') < bytes.len)
		return "";
	return slice_dup(pool, bytes);
}

/* Encoded as forms are: a plus is a space. */
static bool
decode(struct pool *pool, const char *text, struct slice *name_r)
{
	char *copy = pool_strdup(pool, text), *plus = copy;

	while ((plus = strchr(plus, '+')) != NULL)
		*plus = ' ';
	return url_decode(pool, slice_str(copy), name_r);
}

int
s3_listing_name(const struct s3_listing *listing, struct pool *pool,
    const char *text, const char **name_r, struct err *err)
{
	struct slice name = bytes_of(listing, pool, text);

	if (listing->is_encoded && !decode(pool, text, &name))
		return err_set(err, ERR_UPSTREAM,
		    "storage listed a name that is badly encoded");
	*name_r = slice_dup(pool, name);
	return strlen(*name_r) == name.len;
}
