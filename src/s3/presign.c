/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "s3/presign.h"

/* Headers beside those of the caller: Host. */
enum { OWN_HEADERS = 1, QUERY_MAX = 8 * 1024 };

static bool
is_amz_name(struct pool *pool, struct slice name)
{
	struct slice plain;

	if (!url_decode(pool, name, &plain))
		plain = name;
	return slice_eq_case(slice_make(plain.data,
	    plain.len < 6 ? plain.len : 6), "x-amz-");
}

/* Nothing of the caller's may be taken for a part of the signature. */
static int
check_query(struct pool *pool, const char *query, struct err *err)
{
	struct slice rest = slice_str(query), item;

	if (rest.len > QUERY_MAX)
		return err_set(err, ERR_INVALID, "presign: query too long");
	while (slice_next(&rest, '&', &item))
		if (is_amz_name(pool, slice_make(item.data,
			slice_find(item, '='))))
			return err_set(err, ERR_INVALID,
			    "presign: X-Amz parameter in the query");
	return 0;
}

static const char *
find_header(const struct sign_header *headers, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq_case(slice_str(headers[i].name), name))
			return headers[i].value;
	return NULL;
}

static int
check_headers(const struct s3_presign *presign, struct err *err)
{
	const struct sign_header *headers = presign->headers;

	if (presign->header_count > S3_PRESIGN_HEADERS_MAX)
		return err_set(err, ERR_INVALID, "presign: too many headers");
	for (size_t i = 0; i < presign->header_count; i++) {
		if (sign_check_header(&headers[i], err) == -1)
			return err_wrap(err, "presign");
		if (slice_eq_case(slice_str(headers[i].name), "host") ||
		    find_header(headers, i, headers[i].name) != NULL)
			return err_set(err, ERR_INVALID,
			    "presign: %.64s comes twice", headers[i].name);
	}
	return 0;
}

static int
check(struct pool *pool, const struct s3_presign *presign, struct err *err)
{
	size_t len = strspn(presign->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	if (len == 0 || presign->method[len] != '\0')
		return err_set(err, ERR_INVALID, "presign: impossible method");
	if (presign->key[0] == '\0')
		return err_set(err, ERR_INVALID, "presign: no key");
	if (check_query(pool, presign->query, err) == -1)
		return -1;
	return check_headers(presign, err);
}

/* As they are signed, so that sending them cannot break the signature. */
static struct sign_header *
normal_headers(struct pool *pool, const struct s3_place *place,
    const struct s3_presign *presign)
{
	struct sign_header *headers = pool_alloc_array(pool,
	    presign->header_count + OWN_HEADERS, sizeof(*headers));

	for (size_t i = 0; i < presign->header_count; i++)
		headers[i] = (struct sign_header){
			.name = pool_strdup(pool, presign->headers[i].name),
			.value = presign->headers[i].value == NULL ? NULL :
			    sign_header_value(pool,
				presign->headers[i].value)
		};
	headers[presign->header_count] = (struct sign_header){
		.name = "host",
		.value = place->host
	};
	return headers;
}

/* Those that are to be sent. */
static size_t
count_sent(const struct s3_presign *presign)
{
	size_t count = 0;

	while (count < presign->header_count &&
	    presign->headers[count].value != NULL)
		count++;
	return count;
}

int
s3_presign(struct pool *pool, const struct signer *signer,
    const struct s3_place *place, const struct s3_presign *presign,
    struct s3_presigned *presigned_r, struct err *err)
{
	struct sign_request request = { .method = presign->method };
	struct sign_header *headers;
	struct sign_result result;
	struct s3_url url;
	const char *hash;

	if (check(pool, presign, err) == -1 ||
	    sign_lifetime(signer, presign->expires_secs,
		&request.expires_secs, err) == -1)
		return -1;
	headers = normal_headers(pool, place, presign);
	/* The server takes a hash that it is sent for the one signed. */
	hash = find_header(headers, presign->header_count,
	    "x-amz-content-sha256");
	s3_place_url(place, pool, presign->key, "", &url);
	request.path = url.path;
	request.query = presign->query;
	request.headers = headers;
	request.header_count = presign->header_count + OWN_HEADERS;
	request.payload_hash = hash != NULL ? hash : SIGN_UNSIGNED_PAYLOAD;
	if (sign_presign(pool, signer, &request, &result, err) == -1)
		return -1;
	*presigned_r = (struct s3_presigned){
		.url = pool_format(pool, "%s?%s", url.url, result.query),
		.headers = headers,
		.header_count = count_sent(presign),
		.expires_secs = request.expires_secs
	};
	return 0;
}
