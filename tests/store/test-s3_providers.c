/*
 * What a provider changes about the store on it, and which settings win.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lib/check.h"
#include "lib/scripted.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "s3test.h"
#include "store/presign.h"

#define ETAG "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n"
#define UPLOAD "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" \
	"<InitiateMultipartUploadResult><UploadId>id</UploadId>" \
	"</InitiateMultipartUploadResult>"

enum { PART_BYTES = 1024 };

struct fixture {
	struct pool *pool;
	struct s3test_world world;
	struct scripted *server;
	struct store_s3_config config;
	struct store *store;
	struct err err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->pool = pool_new();
	log_init(&f->world.log, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR);
	f->world.budget.temp_dir = "/tmp";
	f->world.budget.max_bytes = 1024 * 1024;
	f->config = s3test_config(&f->world);
	f->config.endpoint = "http://127.0.0.1:1";
	f->config.region = "";
	f->config.part_bytes = PART_BYTES;
	f->config.part_concurrency = 1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->server != NULL)
		scripted_stop(f->server);
	pool_free(&f->pool);
	(void)close(f->world.log.fd);
	free(f);
	return 0;
}

static void
open_store(struct fixture *f)
{
	if (store_open_s3(f->pool, &f->config, &f->store, &f->err) == -1)
		fail_msg("%s", f->err.text);
}

/* ---- settings and providers ---- */

static void
test_abilities(void **state)
{
	static const struct {
		const char *provider, *endpoint, *form_post, *conditional_write;
		const char *checksum;
		bool can_post_forms, can_write_conditionally, signs_checksum;
	} rows[] = {
		{ "auto", "", "auto", "auto", "auto", true, true, true },
		{ "auto", "https://1.r2.cloudflarestorage.com", "auto", "auto",
		    "auto", false, true, true },
		{ "auto", "https://nyc3.digitaloceanspaces.com", "auto",
		    "auto", "auto", true, false, false },
		{ "auto", "https://s3.us-west-004.backblazeb2.com", "auto",
		    "auto", "auto", false, false, false },
		{ "auto", "http://127.0.0.1:1", "auto", "auto", "auto", true,
		    true, false },
		/* Named, whatever the endpoint is called. */
		{ "b2", "http://127.0.0.1:1", "auto", "auto", "auto", false,
		    false, false },
		{ "minio", "", "auto", "auto", "auto", true, true, true },
		{ "swift", "", "auto", "auto", "auto", false, false, false },
		/* A setting goes before the provider. */
		{ "b2", "", "true", "true", "sha256", true, true, true },
		{ "aws", "", "false", "false", "none", false, false, false },
		{ "aws", "", "auto", "auto", "md5", true, true, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct store_traits *traits;

		f->config.provider = rows[i].provider;
		f->config.endpoint = rows[i].endpoint;
		f->config.form_post = rows[i].form_post;
		f->config.conditional_write = rows[i].conditional_write;
		f->config.checksum = rows[i].checksum;
		open_store(f);
		traits = store_traits(f->store);
		if (traits->can_post_forms != rows[i].can_post_forms ||
		    traits->can_write_conditionally !=
			rows[i].can_write_conditionally ||
		    traits->signs_checksum != rows[i].signs_checksum)
			fail_msg("row %zu", i);
	}
}

/*
 * What a holder of a URL may do besides: only AWS refuses it by itself, Ceph
 * when it is told so, and others are not trusted.
 */
static void
test_unsigned_headers(void **state)
{
	static const struct {
		const char *provider, *conditional_write;
		bool urls_never_replace, is_forbidden;
	} rows[] = {
		{ "aws", "auto", true, false },
		{ "ceph", "auto", true, true },
		{ "ceph", "false", false, true },
		{ "minio", "auto", false, false },
		{ "r2", "true", false, false },
		{ "generic", "true", false, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct store_access access = { .method = "PUT",
			.key = "k",
			.content_length = -1,
			.expires_secs = 60 };
		struct store_presigned presigned;

		f->config.provider = rows[i].provider;
		f->config.endpoint = "http://127.0.0.1:1";
		f->config.conditional_write = rows[i].conditional_write;
		open_store(f);
		assert_int_equal(store_traits(f->store)->urls_never_replace,
		    rows[i].urls_never_replace);
		assert_int_equal(store_presign(f->store, f->pool, &access,
		    &presigned, &f->err), 0);
		assert_int_equal(strstr(presigned.url, "host%3Bx-amz-acl%3B"
		    "x-amz-copy-source%3B") != NULL, rows[i].is_forbidden);
		/* With a key of the sender's we could not even look at it. */
		assert_int_equal(strstr(presigned.url,
		    "x-amz-server-side-encryption-customer-key%3B") != NULL,
		    rows[i].is_forbidden);
		assert_int_equal(presigned.header_count, 0);
		access.method = "GET";
		assert_int_equal(store_presign(f->store, f->pool, &access,
		    &presigned, &f->err), 0);
		assert_null(strstr(presigned.url, "copy-source"));
	}
}

/* A Ceph behind a host of its own tells by its answers what it is. */
static void
test_ceph_by_its_answers(void **state)
{
	static const struct scripted_step step = { "HEAD /uploads ",
		SCRIPTED_REPLY, "HTTP/1.1 200 OK\r\nX-RGW-Object-Count: 2\r\n"
		"Content-Length: 0\r\n\r\n", 0 };
	struct fixture *f = *state;
	const struct store_access access = { .method = "PUT",
		.key = "k",
		.content_length = -1,
		.expires_secs = 60 };
	struct store_presigned presigned;
	bool created;

	f->server = scripted_start(&step, 1);
	f->config.endpoint = scripted_url(f->server);
	open_store(f);
	assert_int_equal(store_prepare(f->store, &created, &f->err), 0);
	assert_int_equal(store_presign(f->store, f->pool, &access, &presigned,
	    &f->err), 0);
	assert_non_null(strstr(presigned.url, "%3Bx-amz-copy-source%3B"));
	/* Its word is not enough to leave an upload where it arrived. */
	assert_false(store_traits(f->store)->urls_never_replace);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *provider, *presign_endpoint, *form_post, *checksum;
		const char *text;
	} rows[] = {
		{ "gcs", "", "auto", "auto", "gcs" },
		{ "auto", "no url", "auto", "auto", "S3_PRESIGN_ENDPOINT" },
		{ "auto", "", "perhaps", "auto", "ability" },
		{ "auto", "", "auto", "crc32", "checksum" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.provider = rows[i].provider;
		f->config.presign_endpoint = rows[i].presign_endpoint;
		f->config.form_post = rows[i].form_post;
		f->config.checksum = rows[i].checksum;
		assert_int_equal(store_open_s3(f->pool, &f->config, &f->store,
		    &f->err), -1);
		assert_int_equal(f->err.kind, ERR_INVALID);
		assert_non_null(strstr(f->err.text, rows[i].text));
		err_clear(&f->err);
	}
}

/* Decision 10: a host of R2 serves one bucket, others are told which. */
static void
test_public_urls(void **state)
{
	static const struct {
		const char *provider, *endpoint, *presign_endpoint;
		const char *public_url, *url;
	} rows[] = {
		{ "auto", "https://1.r2.cloudflarestorage.com", "",
		    "https://img.example", "https://img.example/a" },
		{ "r2", "https://files.example", "", "https://img.example",
		    "https://img.example/a" },
		{ "auto", "https://s3.us-west-004.backblazeb2.com", "",
		    "https://f004.backblazeb2.com/file",
		    "https://f004.backblazeb2.com/file/uploads/a" },
		{ "auto", "http://minio:9000", "", "",
		    "http://minio:9000/uploads/a" },
		/* What browsers reach. */
		{ "auto", "http://minio:9000", "https://files.example", "",
		    "https://files.example/uploads/a" },
		{ "auto", "http://minio:9000", "https://files.example",
		    "https://cdn.example", "https://cdn.example/uploads/a" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.provider = rows[i].provider;
		f->config.endpoint = rows[i].endpoint;
		f->config.presign_endpoint = rows[i].presign_endpoint;
		f->config.public_url = rows[i].public_url;
		open_store(f);
		assert_string_equal(store_public_url(f->store, f->pool, "a"),
		    rows[i].url);
	}
}

/* ---- requests ---- */

static void
begin(struct fixture *f, const char *provider,
    const struct scripted_step *steps, size_t count)
{
	f->server = scripted_start(steps, count);
	f->config.endpoint = scripted_url(f->server);
	f->config.provider = provider;
	open_store(f);
}

static void
end(struct fixture *f)
{
	scripted_stop(f->server);
	f->server = NULL;
}

static void
put(struct fixture *f, const char *key, size_t size_bytes, bool is_new_only)
{
	const struct store_object object = { .key = key,
		.content_type = "image/png",
		.is_new_only = is_new_only };
	struct pool *pool = pool_new();
	struct store_writer *writer;
	struct store_stored stored;
	char bytes[PART_BYTES + 1] = "";

	assert_true(size_bytes <= sizeof(bytes));
	assert_int_equal(store_writer_open(f->store, pool, &object, &writer,
	    &f->err), 0);
	assert_int_equal(store_writer_write(writer,
	    slice_make(bytes, size_bytes), &f->err), 0);
	if (store_writer_commit(writer, &stored, &f->err) == -1)
		fail_msg("%s", f->err.text);
	pool_free(&pool);
}

static void
test_region(void **state)
{
	static const struct {
		const char *provider, *region, *scope;
	} rows[] = {
		{ "generic", "", "/us-east-1/s3/aws4_request" },
		{ "r2", "", "/auto/s3/aws4_request" },
		{ "r2", "weur", "/weur/s3/aws4_request" },
	};
	static const struct scripted_step steps[] = { { .match = "PUT",
	    .reply = ETAG } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.region = rows[i].region;
		begin(f, rows[i].provider, steps, 1);
		put(f, "products/1.png", 1, false);
		assert_non_null(strstr(scripted_head(f->server, "PUT"),
		    rows[i].scope));
		end(f);
	}
}

/* Besides the payload hash, which always goes along. */
static void
test_checksums(void **state)
{
	static const struct {
		const char *provider;
		size_t count;
	} rows[] = {
		{ "aws", 1 }, { "r2", 1 }, { "minio", 1 }, { "spaces", 0 },
		{ "ceph", 0 }, { "b2", 0 }, { "swift", 0 }, { "generic", 0 },
	};
	static const struct scripted_step steps[] = { { .match = "PUT",
	    .reply = ETAG } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		begin(f, rows[i].provider, steps, 1);
		put(f, "products/1.png", 1, false);
		assert_int_equal(scripted_count(f->server, "x-amz-checksum"),
		    rows[i].count);
		assert_int_equal(scripted_count(f->server, "content-md5"), 0);
		assert_int_equal(scripted_count(f->server,
		    "\r\nx-amz-content-sha256: "), 1);
		end(f);
	}
}

/* Only where objects are private without it, signed, and by their prefix. */
static void
test_acl(void **state)
{
	static const struct {
		const char *provider, *key, *acl; /* NULL: none */
	} rows[] = {
		{ "spaces", "products/1.png",
		    "\r\nx-amz-acl: public-read\r\n" },
		{ "spaces", "users/1/1.png", "\r\nx-amz-acl: private\r\n" },
		{ "aws", "products/1.png", NULL },
		{ "generic", "products/1.png", NULL },
	};
	static const struct scripted_step steps[] = {
		{ "?uploads=", SCRIPTED_CUT, UPLOAD, 0 },
		{ "PUT", SCRIPTED_REPLY, ETAG, 0 },
		{ "POST", SCRIPTED_CUT,
		    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
		    "<CompleteMultipartUploadResult><ETag>e</ETag>"
		    "</CompleteMultipartUploadResult>",
		    0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		begin(f, rows[i].provider, steps, ARRAY_COUNT(steps));
		put(f, rows[i].key, 1, false);
		put(f, rows[i].key, PART_BYTES + 1, false);
		/* One object whole, one at the start of its parts. */
		assert_int_equal(scripted_count(f->server, "x-amz-acl: "),
		    rows[i].acl == NULL ? 0 : 2);
		if (rows[i].acl != NULL) {
			assert_int_equal(scripted_count(f->server,
			    rows[i].acl), 2);
			assert_int_equal(scripted_count(f->server,
			    ";x-amz-acl;"), 2);
		}
		end(f);
	}
}

/* Where conditions are not to be relied upon, a look beforehand. */
static void
test_conditions(void **state)
{
	static const struct {
		const char *provider, *setting;
		size_t looks;
	} rows[] = {
		{ "generic", "auto", 0 },
		{ "spaces", "auto", 1 },
		{ "spaces", "true", 0 },
		{ "b2", "auto", 1 },
		{ "aws", "false", 1 },
	};
	static const struct scripted_step steps[] = {
		{ "HEAD", SCRIPTED_REPLY,
		    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0 },
		{ "PUT", SCRIPTED_REPLY, ETAG, 0 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		f->config.conditional_write = rows[i].setting;
		begin(f, rows[i].provider, steps, ARRAY_COUNT(steps));
		put(f, "products/1.png", 1, true);
		assert_int_equal(scripted_count(f->server, "HEAD"),
		    rows[i].looks);
		assert_int_equal(scripted_count(f->server,
		    "\r\nif-none-match: *\r\n"), 1 - rows[i].looks);
		end(f);
	}
}

/* A new pair is in use when the old one is withdrawn, without an error. */
static void
test_rotation(void **state)
{
	static const struct scripted_step steps[] = {
		{ "Credential=NEW/", SCRIPTED_REPLY, ETAG, 0 },
		{ "Credential=AK/", SCRIPTED_CUT,
		    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"
		    "<Error><Code>InvalidAccessKeyId</Code></Error>", 0 },
	};
	struct fixture *f = *state;

	f->config.credentials.access_key_2 = "NEW";
	f->config.credentials.secret_key_2 = "SK2";
	begin(f, "generic", steps, ARRAY_COUNT(steps));
	put(f, "products/1.png", 1, false);
	put(f, "products/2.png", 1, false);
	assert_int_equal(scripted_count(f->server, "Credential=AK/"), 1);
	assert_int_equal(scripted_count(f->server, "Credential=NEW/"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_abilities),
		TEST(test_unsigned_headers),
		TEST(test_ceph_by_its_answers),
		TEST(test_refusals),
		TEST(test_public_urls),
		TEST(test_region),
		TEST(test_checksums),
		TEST(test_acl),
		TEST(test_conditions),
		TEST(test_rotation),
	};

	return cmocka_run_group_tests_name("store/s3_providers", tests, NULL,
	    NULL);
}
