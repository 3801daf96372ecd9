/*
 * The usual configuration of an S3 store in tests; whoever needs another value
 * sets it afterwards, and the endpoint always.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STORE_S3TEST_H
#define STORE_S3TEST_H

#include "store/open.h"

/* What a store writes to and looks at; all of it the test's own. */
struct s3test_world {
	struct clock clock;
	struct log log;
	struct spool_budget budget;
};

static inline struct store_s3_config
s3test_config(struct s3test_world *world)
{
	return (struct store_s3_config){ .provider = "auto",
		.endpoint = "",
		.presign_endpoint = "",
		.region = "us-east-1",
		.bucket = "uploads",
		.credentials = { .access_key = "AK", .secret_key = "SK" },
		.addressing = "auto",
		.public_url = "",
		.public_prefixes = "products/",
		.checksum = "auto",
		.conditional_write = "auto",
		.form_post = "auto",
		.part_bytes = 1024,
		.part_concurrency = 2,
		.connect_timeout_secs = 2,
		.stall_timeout_secs = 2,
		.budget = &world->budget,
		.clock = &world->clock,
		.log = &world->log };
}

#endif
