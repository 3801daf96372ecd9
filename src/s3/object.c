/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/num.h"
#include "codec/date.h"
#include "s3/object.h"
#include "s3/reply.h"

void
s3_call_put(struct s3_call *call_r, const struct s3_put *put)
{
	*call_r = (struct s3_call){ .method = "PUT",
		.key = put->key,
		.query = "",
		.body = &put->body,
		/* A second try would meet the object of the first one. */
		.rule = put->is_new_only ? RETRY_IF_REFUSED : RETRY_ALWAYS };
	s3_call_header(call_r, "content-type", put->content_type);
	s3_call_header(call_r, "content-disposition",
	    put->content_disposition);
	s3_call_header(call_r, "cache-control", put->cache_control);
	s3_call_header(call_r, "x-amz-checksum-sha256", put->checksum_sha256);
	s3_call_header(call_r, "x-amz-acl", put->acl);
	s3_call_header(call_r, "if-none-match", put->is_new_only ? "*" : NULL);
}

/* Every S3 names an ETag; a page of something in between does not. */
int
s3_read_put(struct pool *pool, const struct fetch_reply *reply,
    const char **etag_r, struct err *err)
{
	*etag_r = s3_reply_etag(reply, pool);
	if ((*etag_r)[0] != '\0')
		return 0;
	return err_set(err, ERR_UPSTREAM,
	    "the answer to a PUT has no ETag: is this S3?");
}

int
s3_put(struct s3_client *client, struct pool *pool, const struct s3_put *put,
    const char **etag_r, struct err *err)
{
	struct fetch_reply reply;
	struct s3_call call;

	s3_call_put(&call, put);
	if (s3_call_run(client, pool, &call, &reply, err) == -1)
		return -1;
	return s3_read_put(pool, &reply, etag_r, err);
}

/* ---- head ---- */

static const char *
header_text(const struct fetch_reply *reply, struct pool *pool,
    const char *name)
{
	const struct slice *value = fetch_header(reply, name);

	return value == NULL ? "" : slice_dup(pool, *value);
}

static bool
is_other_metadata(struct slice name)
{
	static const char meta[] = "x-amz-meta-";
	static const char *const others[] = { "content-encoding",
		"content-language", "content-disposition", "expires",
		"x-amz-website-redirect-location" };

	if (name.len > strlen(meta) &&
	    slice_eq_case(slice_make(name.data, strlen(meta)), meta))
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(others); i++)
		if (slice_eq_case(name, others[i]))
			return true;
	return false;
}

static bool
has_other_metadata(const struct fetch_reply *reply)
{
	/* The ones that were too many are not here. */
	if (reply->header_count == FETCH_HEADER_COUNT_MAX)
		return true;
	for (size_t i = 0; i < reply->header_count; i++)
		if (is_other_metadata(reply->headers[i].name))
			return true;
	return false;
}

int
s3_read_head(struct pool *pool, const struct fetch_reply *reply,
    struct s3_info *info_r, struct err *err)
{
	const struct slice *length = fetch_header(reply, "content-length");
	const struct slice *modified = fetch_header(reply, "last-modified");

	*info_r = (struct s3_info){
		.content_type = header_text(reply, pool, "content-type"),
		.cache_control = header_text(reply, pool, "cache-control"),
		.etag = s3_reply_etag(reply, pool),
		.has_other_metadata = has_other_metadata(reply)
	};
	if (length == NULL ||
	    !num_parse_i64(*length, INT64_MAX, &info_r->size_bytes))
		return err_set(err, ERR_UPSTREAM,
		    "storage did not say how long the object is");
	if (modified == NULL ||
	    !date_parse_http(*modified, &info_r->modified_secs))
		info_r->modified_secs = 0;
	return 0;
}

void
s3_call_head(struct s3_call *call_r, const char *key)
{
	*call_r = (struct s3_call){ .method = "HEAD",
		.key = key,
		.query = "" };
}

int
s3_head(struct s3_client *client, struct pool *pool, const char *key,
    struct s3_info *info_r, struct err *err)
{
	struct fetch_reply reply;
	struct s3_call call;

	s3_call_head(&call, key);
	if (s3_call_run(client, pool, &call, &reply, err) == -1)
		return s3_absent(err);
	return s3_read_head(pool, &reply, info_r, err) == -1 ? -1 : 1;
}

/* ---- get ---- */

/* Between the reply of a ranged GET and the caller's sink. */
struct range_guard {
	const struct s3_get *get;
	const struct fetch_reply *reply;
	const char *content_range; /* how Content-Range must begin, or NULL */
	int64_t got_bytes;
};

static int
check_range(const struct range_guard *guard, struct err *err)
{
	const struct slice *header;

	if (guard->content_range == NULL)
		return 0;
	header = fetch_header(guard->reply, "content-range");
	if (header != NULL && slice_has_prefix(*header, guard->content_range))
		return 0;
	return err_set(err, ERR_UPSTREAM,
	    "storage sent another range than was asked for");
}

/* A length that says less than Content-Range makes a cut look like an end. */
static int
check_range_end(const struct range_guard *guard, struct err *err)
{
	struct slice rest, text;
	int64_t last;

	if (guard->content_range == NULL)
		return 0;
	if (check_range(guard, err) == -1)
		return -1;
	rest = slice_from(*fetch_header(guard->reply, "content-range"),
	    strlen(guard->content_range));
	if (slice_next(&rest, '/', &text) &&
	    num_parse_i64(text, INT64_MAX, &last) &&
	    last - guard->get->offset == guard->got_bytes - 1)
		return 0;
	return err_set(err, ERR_UPSTREAM,
	    "storage sent less than it announced");
}

static int
guard_sink(void *arg, struct slice bytes, struct err *err)
{
	struct range_guard *guard = arg;
	const struct s3_get *get = guard->get;

	if (guard->got_bytes == 0 && check_range(guard, err) == -1)
		return -1;
	guard->got_bytes += (int64_t)bytes.len;
	if (get->length != -1 && guard->got_bytes > get->length)
		return err_set(err, ERR_UPSTREAM,
		    "storage sent more than was asked for");
	return get->sink(get->arg, bytes, err);
}

static const char *
range_header(struct pool *pool, const struct s3_get *get)
{
	if (get->length != -1)
		return pool_format(pool, "bytes=%lld-%lld",
		    (long long)get->offset,
		    (long long)(get->offset + get->length - 1));
	if (get->offset > 0)
		return pool_format(pool, "bytes=%lld-",
		    (long long)get->offset);
	return NULL;
}

static int
get_in_pool(struct s3_client *client, struct pool *pool,
    const struct s3_get *get, struct err *err)
{
	struct fetch_reply reply;
	struct range_guard guard = { .get = get, .reply = &reply };
	struct s3_call call = { .method = "GET",
		.key = get->key,
		.query = "",
		.sink = guard_sink,
		.sink_arg = &guard };
	const char *range = range_header(pool, get);

	s3_call_header(&call, "range", range);
	s3_call_header(&call, "if-match", s3_etag_quote(pool, get->if_match));
	if (range != NULL)
		guard.content_range = pool_format(pool, "bytes %lld-",
		    (long long)get->offset);
	if (s3_call_run(client, pool, &call, &reply, err) == -1)
		return -1;
	return check_range_end(&guard, err);
}

/* No range stands for nothing: only see that the object is there. */
static int
get_nothing(struct s3_client *client, struct pool *pool,
    const struct s3_get *get, struct err *err)
{
	struct s3_info info = { .etag = "" };
	int found = s3_head(client, pool, get->key, &info, err);

	if (found == 0)
		return err_set(err, ERR_NOT_FOUND, "no such object");
	if (found == 1 && get->if_match != NULL &&
	    strcmp(get->if_match, info.etag) != 0)
		return err_set(err, ERR_CONFLICT, "the object has changed");
	return found == 1 ? 0 : -1;
}

int
s3_get(struct s3_client *client, const struct s3_get *get, struct err *err)
{
	struct pool *pool = pool_new();
	int result = get->length == 0 ? get_nothing(client, pool, get, err) :
					get_in_pool(client, pool, get, err);

	pool_free(&pool);
	return result;
}

/* ---- delete ---- */

void
s3_call_delete(struct s3_call *call_r, const char *key)
{
	*call_r = (struct s3_call){ .method = "DELETE",
		.key = key,
		.query = "" };
}

int
s3_delete(struct s3_client *client, const char *key, struct err *err)
{
	struct s3_call call;

	s3_call_delete(&call, key);
	if (s3_call_plain(client, &call, err) == 0)
		return 0;
	return s3_absent(err);
}
