/*
 * Shared credentials files: [name] or [profile name], and below it
 * "aws_access_key_id = ..." and its relatives.  Lines that begin with # or ;
 * are comments.  Indented lines below a key without a value belong to that
 * key, which is none of ours.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "s3/credentials_private.h"

struct reader {
	struct pool *pool;
	const char *profile;
	struct sign_credentials pair;
	bool has_profile;
	bool is_inside; /* the profile that is wanted */
	bool is_nested; /* indented lines belong to the last key */
};

static const char *
profile_name(const struct s3_credentials_config *config)
{
	return credentials_is_set(config->profile) ? config->profile :
						     "default";
}

static void
read_section(struct reader *reader, struct slice line)
{
	struct slice name = slice_from(line, 1);

	name.len = slice_find(name, ']');
	name = slice_trim(name);
	if (slice_has_prefix(name, "profile ") ||
	    slice_has_prefix(name, "profile\t"))
		name = slice_trim(slice_from(name, strlen("profile ")));
	reader->is_inside = slice_eq_str(name, reader->profile);
	reader->has_profile = reader->has_profile || reader->is_inside;
	reader->is_nested = false;
}

static void
read_key(struct reader *reader, struct slice line)
{
	size_t at = slice_find(line, '=');
	struct slice name = slice_trim(slice_make(line.data, at));
	struct slice value = slice_trim(slice_from(line, at + 1));

	reader->is_nested = value.len == 0;
	if (slice_eq_case(name, "aws_access_key_id"))
		reader->pair.access_key = slice_dup(reader->pool, value);
	else if (slice_eq_case(name, "aws_secret_access_key"))
		reader->pair.secret_key = slice_dup(reader->pool, value);
	else if (slice_eq_case(name, "aws_session_token"))
		reader->pair.session_token = slice_dup(reader->pool, value);
}

static void
read_line(struct reader *reader, struct slice line)
{
	bool is_indented;

	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	is_indented = slice_has_prefix(line, " ") ||
	    slice_has_prefix(line, "\t");
	line = slice_trim(line);
	if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';')
		return;
	if (line.data[0] == '[')
		read_section(reader, line);
	else if (reader->is_inside && !(is_indented && reader->is_nested))
		read_key(reader, line);
}

static int
check_pair(const struct reader *reader, struct err *err)
{
	const struct sign_credentials *pair = &reader->pair;

	if (!reader->has_profile)
		return err_set(err, ERR_UNAVAILABLE, "no profile \"%s\"",
		    reader->profile);
	if (!credentials_is_visible(pair->access_key, CREDENTIALS_KEY_MAX))
		return err_set(err, ERR_UNAVAILABLE,
		    "profile \"%s\" has no usable aws_access_key_id",
		    reader->profile);
	if (!credentials_is_visible(pair->secret_key, CREDENTIALS_SECRET_MAX))
		return err_set(err, ERR_UNAVAILABLE,
		    "profile \"%s\" has no usable aws_secret_access_key",
		    reader->profile);
	if (pair->session_token[0] != '\0' &&
	    !credentials_is_visible(pair->session_token,
		CREDENTIALS_TOKEN_MAX))
		return err_set(err, ERR_UNAVAILABLE,
		    "profile \"%s\" has no usable aws_session_token",
		    reader->profile);
	return 0;
}

static int
fetch(const struct s3_credentials_config *config, struct pool *pool,
    struct sign_credentials *pair_r, struct err *err)
{
	struct reader reader = { .pool = pool,
		.profile = profile_name(config),
		.pair = { .access_key = "",
		    .secret_key = "",
		    .session_token = "" } };
	struct slice rest, line;

	if (file_read(pool, config->credentials_file, CREDENTIALS_FILE_MAX,
		&rest, err) == -1) {
		err->kind = ERR_UNAVAILABLE;
		return err_wrap(err, "credentials file");
	}
	while (slice_next(&rest, '\n', &line))
		read_line(&reader, line);
	if (check_pair(&reader, err) == -1)
		return err_wrap(err, "%s", config->credentials_file);
	*pair_r = reader.pair;
	return 0;
}

static void
stamp(const struct s3_credentials_config *config,
    struct credentials_stamp *stamp_r)
{
	struct stat info;

	*stamp_r = (struct credentials_stamp){ .size_bytes = -1 };
	if (stat(config->credentials_file, &info) == -1)
		return;
	*stamp_r = (struct credentials_stamp){
		.modified_ns = file_modified_ns(&info),
		.size_bytes = info.st_size,
		.inode = info.st_ino
	};
}

static int
check(struct pool *pool, const struct s3_credentials_config *config,
    struct err *err)
{
	(void)pool;
	if (credentials_is_set(config->credentials_file))
		return 1;
	if (!credentials_is_set(config->profile))
		return 0;
	return err_set(err, ERR_INVALID,
	    "profile \"%s\" needs S3_CREDENTIALS_FILE", config->profile);
}

const struct credentials_source credentials_profile = {
	.name = "profile",
	.needs = "S3_CREDENTIALS_FILE",
	.check = check,
	.fetch = fetch,
	.stamp = stamp,
};
