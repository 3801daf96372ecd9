/*
 * How many URLs and forms one core signs in a second, in this process and
 * without a network, beside the hashes that no implementation can do without.
 * Processor time is measured, and of several rounds the median is shown.
 * usage: presign [MILLISECONDS of a round, 200]
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "s3/post.h"
#include "s3/presign.h"

enum { ROUNDS = 9, BATCH = 64, ROUND_MS = 200, NS_PER_MS = 1000000 };

#define NOW 1772323199

struct bench {
	struct pool *pool; /* cleared after each signature */
	struct signer signer;
	struct s3_place place;
};

static const struct sign_header put_headers[] = {
	{ "Content-Type", "image/jpeg" },
	{ "Content-Length", "1572864" },
	{ "If-None-Match", "*" },
};

/* ---- what is measured ---- */

static void
must(int result, const struct err *err)
{
	if (result == 0)
		return;
	(void)fprintf(stderr, "presign: %s\n", err->text);
	exit(EXIT_FAILURE);
}

static void
presign(struct bench *bench, const struct s3_presign *wanted)
{
	struct s3_presigned presigned;
	struct err err = ERR_INIT;

	must(s3_presign(bench->pool, &bench->signer, &bench->place, wanted,
		 &presigned, &err), &err);
}

static void
put(struct bench *bench)
{
	const struct s3_presign wanted = { .method = "PUT",
		.key = "temp/7f3c9a52-5b0e-4c64-9f5d-2b8f5f6c1d2e.jpg",
		.query = "",
		.headers = put_headers,
		.header_count = ARRAY_COUNT(put_headers),
		.expires_secs = 900 };

	presign(bench, &wanted);
}

static void
get(struct bench *bench)
{
	const struct s3_presign wanted = { .method = "GET",
		.key = "files/7f3c9a52-5b0e-4c64-9f5d-2b8f5f6c1d2e.jpg",
		.query = "response-content-disposition=attachment",
		.expires_secs = 3600 };

	presign(bench, &wanted);
}

static void
put_without_cache(struct bench *bench)
{
	struct sign_key_cache *cache = bench->signer.cache;

	bench->signer.cache = NULL;
	put(bench);
	bench->signer.cache = cache;
}

static void
post(struct bench *bench)
{
	const struct s3_post wanted = { .bucket = "bucket",
		.key = "temp/7f3c9a52-5b0e-4c64-9f5d-2b8f5f6c1d2e.jpg",
		.content_type = "image/jpeg",
		.min_bytes = 1,
		.max_bytes = 5242880,
		.status = 201,
		.expires_secs = 900 };
	struct s3_post_form form;
	struct err err = ERR_INIT;

	must(s3_post_sign(bench->pool, &bench->signer, &bench->place, &wanted,
		 &form, &err), &err);
}

/* Day, region, service and "aws4_request". */
static void
four_hmacs(struct bench *bench)
{
	const char *const parts[] = { "20260228", "eu-west-1", "s3",
		"aws4_request" };
	uint8_t key[SHA256_BYTES] = { 1 };

	(void)bench;
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		hmac_sha256(slice_make(key, sizeof(key)), slice_str(parts[i]),
		    key);
}

/* A canonical request of usual length, and the string to sign. */
static void
two_hashes(struct bench *bench)
{
	static const char text[512];
	uint8_t hash[SHA256_BYTES];

	(void)bench;
	sha256(slice_make(text, 420), hash);
	hmac_sha256(slice_make(hash, sizeof(hash)), slice_make(text, 130),
	    hash);
}

static const struct row {
	const char *title;
	void (*fn)(struct bench *bench);
} rows[] = {
	{ "presigned PUT, key cached", put },
	{ "presigned PUT, key derived", put_without_cache },
	{ "presigned GET, key cached", get },
	{ "POST form, key cached", post },
	{ "the four HMACs of a key alone", four_hmacs },
	{ "one SHA-256 and one HMAC alone", two_hashes },
};

/* ---- measuring ---- */

static int64_t
cpu_ns(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000 * NS_PER_MS + time.tv_nsec;
}

/* Nanoseconds of one call, over a round. */
static double
measure(struct bench *bench, const struct row *row, int64_t round_ns)
{
	int64_t start_ns = cpu_ns(), spent_ns;
	int64_t count = 0;

	do {
		for (int i = 0; i < BATCH; i++) {
			row->fn(bench);
			pool_clear(bench->pool);
		}
		count += BATCH;
		spent_ns = cpu_ns() - start_ns;
	} while (spent_ns < round_ns);
	return (double)spent_ns / (double)count;
}

static int
compare(const void *a, const void *b)
{
	const double *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

static void
print_table(struct bench *bench, int64_t round_ns)
{
	double ns[ARRAY_COUNT(rows)][ROUNDS];

	/* Round by round, so that a slow moment meets all of them. */
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
			ns[i][round] = measure(bench, &rows[i], round_ns);
	(void)printf("%-32s %12s %10s %14s\n", "", "per second", "us each",
	    "min-max us");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double median;

		qsort(ns[i], ROUNDS, sizeof(ns[i][0]), compare);
		median = ns[i][ROUNDS / 2];
		(void)printf("%-32s %12.0f %10.2f %7.2f-%.2f\n", rows[i].title,
		    1e9 / median, median / 1000, ns[i][0] / 1000,
		    ns[i][ROUNDS - 1] / 1000);
	}
}

int
main(int argc, char **argv)
{
	const struct s3_place_config config = {
		.endpoint = "",
		.region = "eu-west-1",
		.bucket = "bucket",
		.addressing = "virtual",
	};
	int64_t round_ms = argc > 1 ? strtol(argv[1], NULL, 10) : ROUND_MS;
	struct pool *pool = pool_new();
	struct sign_key_cache cache;
	struct bench bench = { .pool = pool_new(),
		.signer = { .credentials = { "AKIAIOSFODNN7EXAMPLE",
				"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "",
				0 },
		    .scope = { "eu-west-1", "s3", NOW },
		    .cache = &cache } };
	struct err err = ERR_INIT;

	sign_key_cache_init(&cache, pool);
	must(s3_place_init(&bench.place, pool, &config, &err), &err);
	print_table(&bench, round_ms * NS_PER_MS);
	pool_free(&bench.pool);
	pool_free(&pool);
	return EXIT_SUCCESS;
}
