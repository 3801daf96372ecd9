/*
 * One S3 operation per run, for tests that misbehave on the other side
 * (tests/e2e/test_s3_faults.py):
 *
 *	s3-drive put KEY FILE		one PUT
 *	s3-drive put-new KEY FILE	that must not replace anything
 *	s3-drive upload KEY FILE	by parts; aborted when it fails
 *	s3-drive get KEY FILE [OFFSET LENGTH]
 *	s3-drive head KEY
 *	s3-drive delete KEY
 *	s3-drive delete-many KEY...	by DeleteObjects
 *	s3-drive copy KEY TO
 *	s3-drive list PREFIX		the keys, one per line, then the result
 *
 * S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY, S3_SESSION_TOKEN,
 * S3_CONNECT_TIMEOUT and S3_STALL_TIMEOUT come from the environment, and so does
 * CLOCK_OFFSET, in seconds: the clock then stands still, wrong by that.  Prints
 * one line, "ok ..." or "error KIND CODE TEXT", and ends with 0 or 1; 2 is a
 * mistake of the caller.  The log goes to stderr.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/hex.h"
#include "s3/list.h"
#include "s3/multipart.h"
#include "s3/object.h"

enum { KEYS_MAX = 8, FILE_BYTES_MAX = 64 * 1024 * 1024, PART_BYTES = 5 * 1024 * 1024 };

struct drive {
	struct pool *pool;
	struct clock clock;
	struct log log;
	struct spool_budget budget;
	struct s3_client *client;
	char **args; /* behind the command */
};

/* Print the result, which is 0 or -1 with its error. */
typedef int (*command_fn)(struct drive *drive, struct err *err);

static const char *
setting(const char *name, const char *fallback)
{
	const char *value = getenv(name);

	return value == NULL ? fallback : value;
}

static void
set_clock(struct drive *drive)
{
	long long offset_secs = atoll(setting("CLOCK_OFFSET", "0"));

	if (offset_secs != 0)
		drive->clock.fixed_ms = clock_now_ms(&drive->clock) +
		    1000 * offset_secs;
}

static int
open_client(struct drive *drive, struct err *err)
{
	const struct s3_config config = {
		.place = { .endpoint = setting("S3_ENDPOINT", ""),
		    .region = "us-east-1",
		    .bucket = setting("S3_BUCKET", ""),
		    .addressing = "path" },
		.credentials = { .access_key = setting("S3_ACCESS_KEY", ""),
		    .secret_key = setting("S3_SECRET_KEY", ""),
		    .session_token = setting("S3_SESSION_TOKEN", "") },
		.connect_secs = atoi(setting("S3_CONNECT_TIMEOUT", "1")),
		.stall_secs = atoi(setting("S3_STALL_TIMEOUT", "1")),
		.clock = &drive->clock,
		.log = &drive->log,
	};

	return s3_client_new(drive->pool, &config, &drive->client, err);
}

/* ---- objects in one piece ---- */

static int
put_file(struct drive *drive, bool is_new_only, struct err *err)
{
	struct s3_put put = { .key = drive->args[0],
		.content_type = "application/octet-stream",
		.is_new_only = is_new_only };
	const char *etag;
	struct slice data;

	if (file_read(drive->pool, drive->args[1], FILE_BYTES_MAX, &data,
		err) == -1)
		return -1;
	put.body = s3_body_text(drive->pool, data);
	if (s3_put(drive->client, drive->pool, &put, &etag, err) == -1)
		return -1;
	(void)printf("ok %s\n", etag);
	return 0;
}

static int
cmd_put(struct drive *drive, struct err *err)
{
	return put_file(drive, false, err);
}

static int
cmd_put_new(struct drive *drive, struct err *err)
{
	return put_file(drive, true, err);
}

static int
write_to_file(void *arg, struct slice bytes, struct err *err)
{
	return file_write_all(*(int *)arg, bytes.data, bytes.len, err);
}

static int
cmd_get(struct drive *drive, struct err *err)
{
	int fd = open(drive->args[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);
	struct s3_get get = { .key = drive->args[0],
		.length = -1,
		.sink = write_to_file,
		.arg = &fd };

	if (fd == -1)
		return err_set(err, ERR_INTERNAL, "cannot write %s",
		    drive->args[1]);
	file_close_with(drive->pool, fd);
	if (drive->args[2] != NULL && drive->args[3] != NULL) {
		get.offset = atoll(drive->args[2]);
		get.length = atoll(drive->args[3]);
	}
	if (s3_get(drive->client, &get, err) == -1)
		return -1;
	(void)printf("ok\n");
	return 0;
}

static int
cmd_head(struct drive *drive, struct err *err)
{
	struct s3_info info;
	int found = s3_head(drive->client, drive->pool, drive->args[0], &info,
	    err);

	if (found == 0)
		(void)printf("ok absent\n");
	else if (found == 1)
		(void)printf("ok %lld %s\n", (long long)info.size_bytes,
		    info.etag);
	return found == -1 ? -1 : 0;
}

static int
cmd_delete(struct drive *drive, struct err *err)
{
	if (s3_delete(drive->client, drive->args[0], err) == -1)
		return -1;
	(void)printf("ok\n");
	return 0;
}

static int
cmd_delete_many(struct drive *drive, struct err *err)
{
	bool failed[KEYS_MAX];
	size_t count = 0, left = 0;

	while (count < KEYS_MAX && drive->args[count] != NULL)
		count++;
	if (s3_delete_many(drive->client, (const char *const *)drive->args,
		count, failed, err) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		left += failed[i];
	if (left > 0)
		return err_set(err, ERR_UPSTREAM, "%zu are left", left);
	(void)printf("ok\n");
	return 0;
}

static int
cmd_copy(struct drive *drive, struct err *err)
{
	const struct s3_copy copy = { .from_key = drive->args[0],
		.to_key = drive->args[1],
		.content_type = "application/octet-stream" };
	const char *etag;

	if (s3_copy(drive->client, drive->pool, &copy, &etag, err) == -1)
		return -1;
	(void)printf("ok %s\n", etag);
	return 0;
}

/* ---- listings ---- */

/* Pages are small, so that some keys fill several. */
static int
cmd_list(struct drive *drive, struct err *err)
{
	struct s3_list list = { .prefix = drive->args[0],
		.delimiter = "",
		.after = "",
		.token = "",
		.limit = 2 };
	struct s3_page page;

	do {
		if (s3_list(drive->client, drive->pool, &list, &page, err) ==
		    -1)
			return -1;
		for (size_t i = 0; i < page.count; i++)
			(void)printf("key %s %lld\n", page.entries[i].key,
			    (long long)page.entries[i].size_bytes);
		list.token = page.next_token;
	} while (page.next_token[0] != '\0');
	(void)printf("ok\n");
	return 0;
}

/* ---- objects by parts ---- */

static int
make_part(struct drive *drive, struct slice data, struct s3_part *part,
    struct err *err)
{
	struct spool *spool = POOL_NEW(drive->pool, struct spool);
	uint8_t hash[SHA256_BYTES];

	spool_init(spool, drive->pool, &drive->budget);
	sha256(data, hash);
	part->pool = pool_new();
	part->body = (struct s3_body){
		.spool = spool,
		.sha256 = hex_encode(drive->pool,
		    slice_make(hash, sizeof(hash)))
	};
	return spool_write(spool, data.data, data.len, err);
}

/* One after the other, so that the n-th request is the same each time. */
static int
send_parts(struct drive *drive, struct s3_upload *upload, struct slice data,
    struct err *err)
{
	int result = 0;

	for (int number = 1; data.len > 0 && result == 0; number++) {
		struct slice bytes = data;
		struct s3_part part = { .number = number };

		if (bytes.len > PART_BYTES)
			bytes.len = PART_BYTES;
		data = slice_from(data, bytes.len);
		result = make_part(drive, bytes, &part, err);
		if (result == 0)
			result = s3_part_start(upload, &part, err);
		if (result == 0)
			result = s3_part_wait(upload, &part, err);
		pool_free(&part.pool);
	}
	return result;
}

static void
abort_upload(struct drive *drive, const struct s3_upload *upload)
{
	struct err err = ERR_INIT;

	if (s3_upload_abort(drive->client, drive->args[0],
		s3_upload_id(upload), &err) == -1)
		log_warning(&drive->log, "left unfinished: %s", err.text);
}

static int
cmd_upload(struct drive *drive, struct err *err)
{
	const struct s3_put put = { .key = drive->args[0],
		.content_type = "application/octet-stream" };
	struct s3_upload *upload;
	const char *etag;
	struct slice data;

	if (file_read(drive->pool, drive->args[1], FILE_BYTES_MAX, &data,
		err) == -1 ||
	    s3_upload_create(drive->client, drive->pool, &put, &upload, err) ==
		-1)
		return -1;
	if (send_parts(drive, upload, data, err) == -1 ||
	    s3_upload_complete(upload, &etag, err) == -1) {
		abort_upload(drive, upload);
		return -1;
	}
	(void)printf("ok %s\n", etag);
	return 0;
}

/* ---- the program ---- */

static const struct command {
	const char *name;
	command_fn run;
	int arg_count; /* at least */
} commands[] = {
	{ "put", cmd_put, 2 },
	{ "put-new", cmd_put_new, 2 },
	{ "upload", cmd_upload, 2 },
	{ "get", cmd_get, 2 },
	{ "head", cmd_head, 1 },
	{ "delete", cmd_delete, 1 },
	{ "delete-many", cmd_delete_many, 1 },
	{ "copy", cmd_copy, 2 },
	{ "list", cmd_list, 1 },
};

static const struct command *
find_command(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_COUNT(commands); i++)
		if (strcmp(commands[i].name, argv[1]) == 0 &&
		    argc - 2 >= commands[i].arg_count)
			return &commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct command *command = find_command(argc, argv);
	struct drive drive = { .pool = pool_new(), .args = argv + 2 };
	struct err err = ERR_INIT;
	int result = 2;

	log_init(&drive.log, STDERR_FILENO, LOG_INFO);
	set_clock(&drive);
	drive.budget.temp_dir = "/tmp";
	drive.budget.max_bytes = FILE_BYTES_MAX;
	if (command == NULL)
		(void)fprintf(stderr, "s3-drive: see the head of its source\n");
	else
		result = open_client(&drive, &err) == 0 &&
			command->run(&drive, &err) == 0 ?
		    0 :
		    1;
	if (result == 1)
		(void)printf("error %s %s %s\n", err_kind_name(err.kind),
		    err.code[0] == '\0' ? "-" : err.code, err.text);
	pool_free(&drive.pool);
	return result;
}
