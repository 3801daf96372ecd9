/*
 * Presigned requests of the file store: signed as those of S3 are, with keys
 * of our own, and verified by ourselves (store/serve.h).
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/hex.h"
#include "store/file_store.h"
#include "store/serve.h"
#include "store/sign_access.h"

/* What clients of S3 take for granted. */
#define REGION "us-east-1"

enum { ACCESS_KEY_BYTES = 8 };

/* ---- keys ---- */

static const char *
derive(struct pool *pool, const char *secret, const char *label, size_t bytes)
{
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(slice_str(secret), slice_str(label), mac);
	return hex_encode(pool, slice_make(mac, bytes));
}

static void
add_pair(struct file_store *store, struct pool *pool, const char *secret)
{
	if (secret == NULL || *secret == '\0')
		return;
	store->pairs[store->pair_count++] = (struct sign_credentials){
		.access_key = derive(pool, secret, "store access key",
		    ACCESS_KEY_BYTES),
		.secret_key = derive(pool, secret, "store secret key",
		    SHA256_BYTES),
		.session_token = "" };
}

void
file_sign_init(struct file_store *store, struct pool *pool,
    const struct store_file_config *config)
{
	add_pair(store, pool, config->secret);
	if (store->pair_count == 0)
		return;
	add_pair(store, pool, config->previous_secret);
	sign_key_cache_init(&store->signing_key, pool);
	store->base.traits = (struct store_traits){ .can_post_forms = true,
		.can_write_conditionally = true,
		.urls_never_replace = true,
		.signs_checksum = true };
}

static int
check_keys(const struct file_store *store, struct err *err)
{
	if (store->pair_count > 0)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
	    "the file store has no secret to sign with");
}

/* ---- signing ---- */

/* The store as browsers see it: "https://host/base/store". */
static int
find_place(struct pool *pool, const char *origin, struct s3_place *place_r,
    struct err *err)
{
	struct slice path;
	struct url url;

	if (origin == NULL || *origin == '\0')
		return err_set(err, ERR_INVALID,
		    "where is the application? (BASE_URL)");
	if (url_parse(pool, slice_str(origin), &url, err) == -1)
		return err_wrap(err, "address of the application");
	path = slice_str(url.path);
	while (slice_has_suffix(path, "/"))
		path.len--;
	*place_r = (struct s3_place){ .scheme = url.scheme,
		.host = s3_host_of_url(pool, &url),
		.folder = pool_format(pool, "%.*s/store", SLICE_ARG(path)),
		.is_https = strcmp(url.scheme, "https") == 0 };
	return 0;
}

static struct signer
make_signer(struct file_store *store)
{
	return (struct signer){ .credentials = store->pairs[0],
		.scope = { .region = REGION,
		    .service = "s3",
		    .now_secs = clock_now_secs(store->clock) },
		.cache = &store->signing_key };
}

int
file_presign(struct store *base, struct pool *pool,
    const struct store_access *access, struct store_presigned *presigned_r,
    struct err *err)
{
	struct file_store *store = (struct file_store *)base;
	struct signer signer;
	struct s3_place place;
	const struct sign_by by = { .signer = &signer, .place = &place };

	if (check_keys(store, err) == -1 ||
	    find_place(pool, access->origin, &place, err) == -1)
		return -1;
	signer = make_signer(store);
	return sign_access(pool, &by, access, presigned_r, err);
}

int
file_presign_form(struct store *base, struct pool *pool,
    const struct store_form_access *access, struct store_form *form_r,
    struct err *err)
{
	struct file_store *store = (struct file_store *)base;
	struct signer signer;
	struct s3_place place;
	const struct sign_by by = { .signer = &signer,
		.place = &place,
		.bucket = base->bucket };

	if (check_keys(store, err) == -1 ||
	    find_place(pool, access->origin, &place, err) == -1)
		return -1;
	signer = make_signer(store);
	return sign_form_access(pool, &by, access, form_r, err);
}

/* ---- the other side ---- */

bool
store_is_served(struct store *store)
{
	return file_store_cast(store) != NULL;
}

static int
find_keys(struct store *base, struct s3_verify_keys *keys_r, struct err *err)
{
	struct file_store *store = file_store_cast(base);

	if (store == NULL)
		return err_set(err, ERR_NOT_FOUND, "objects are not kept here");
	if (check_keys(store, err) == -1)
		return -1;
	*keys_r = (struct s3_verify_keys){ .pairs = store->pairs,
		.count = store->pair_count,
		.region = REGION,
		.now_secs = clock_now_secs(store->clock) };
	return 0;
}

int
store_verify_request(struct store *store, struct pool *pool,
    const struct s3_verify_request *request, struct err *err)
{
	struct s3_verify_keys keys;

	if (find_keys(store, &keys, err) == -1)
		return -1;
	return s3_verify_presigned(pool, &keys, request, err);
}

int
store_verify_form(struct store *store, struct pool *pool,
    const struct store_form_fields *fields, struct s3_verified_form *form_r,
    struct err *err)
{
	const struct s3_verify_form form = { .bucket = store->bucket,
		.fields = fields->fields,
		.field_count = fields->count };
	struct s3_verify_keys keys;

	if (find_keys(store, &keys, err) == -1 ||
	    s3_verify_post(pool, &keys, &form, form_r, err) == -1)
		return -1;
	return store_check_key(form_r->key, err);
}
