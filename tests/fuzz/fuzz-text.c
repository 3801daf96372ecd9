/*
 * Short texts that people, browsers and programs send.  The first byte says
 * what it is: 'e' an email address, 'h' a host, 't' tags, 's' scopes of a
 * token, 'r' where a login leads back to, 'd' the name of a download, 'l' the
 * payload of a share link.
 *
 * What was cleaned once is clean: nobody gets a second account, tag or host by
 * writing the same in another way.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "codec/disposition.h"
#include "codec/utf8.h"
#include "fuzz/fuzz.h"
#include "model/api_token.h"
#include "model/file_change.h"
#include "model/file_share.h"
#include "model/tenant.h"
#include "model/user.h"
#include "web/return_path.h"

enum { TEXT_BYTES_MAX = 8 * 1024 };

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static void
check_email(struct pool *pool, struct slice text)
{
	struct err err = ERR_INIT;
	const char *email, *again;

	if (user_clean_email(pool, text, &email, &err) == -1)
		return;
	FUZZ_CHECK(is_visible(email) && strlen(email) <= USER_LOGIN_MAX);
	FUZZ_CHECK(strchr(email, '@') == strrchr(email, '@'));
	FUZZ_CHECK(user_clean_email(pool, slice_str(email), &again, &err) ==
	    0);
	FUZZ_CHECK(strcmp(email, again) == 0);
}

static void
check_host(struct pool *pool, const char *text)
{
	const char *host = tenant_clean_host(pool, text);

	FUZZ_CHECK(is_visible(host) && strlen(host) <= TENANT_HOST_MAX);
	FUZZ_CHECK(strpbrk(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	FUZZ_CHECK(strcmp(host, tenant_clean_host(pool, host)) == 0);
}

static void
check_tags(struct pool *pool, struct slice text)
{
	struct err err = ERR_INIT;
	const char *tags, *again;
	struct slice rest, tag;
	int count = 0;

	if (file_clean_tags(pool, text, &tags, &err) == -1)
		return;
	rest = slice_str(tags);
	while (slice_next(&rest, ',', &tag)) {
		FUZZ_CHECK(utf8_is_valid(tag));
		FUZZ_CHECK(utf8_count(tag) <= FILE_TAG_MAX);
		count++;
	}
	FUZZ_CHECK(count <= FILE_TAGS_MAX);
	FUZZ_CHECK(file_clean_tags(pool, slice_str(tags), &again, &err) == 0);
	FUZZ_CHECK(strcmp(tags, again) == 0);
}

static void
check_scopes(struct pool *pool, struct slice text)
{
	unsigned scopes, again;
	const char *shown;

	if (!api_scopes_parse(text, &scopes))
		return;
	shown = api_scopes_format(pool, scopes);
	FUZZ_CHECK(api_scopes_parse(slice_str(shown), &again));
	FUZZ_CHECK(scopes == again);
}

static void
check_return_path(const char *path)
{
	if (!return_path_is_own(path))
		return;
	FUZZ_CHECK(is_visible(path) && strlen(path) <= RETURN_PATH_MAX);
	FUZZ_CHECK(path[0] == '/' && path[1] != '/' && path[1] != '\\');
}

static void
check_disposition(struct pool *pool, const char *name)
{
	const char *header = disposition_attachment(pool, name);

	for (const char *at = header; *at != '\0'; at++)
		FUZZ_CHECK(*at >= ' ' && *at <= '~');
	FUZZ_CHECK(strncmp(header, "attachment; filename", 20) == 0);
}

static void
check_share(struct pool *pool, struct slice text)
{
	struct file_share share, again;
	struct file file = { .id = 0 };

	if (!file_share_parse(text, &share))
		return;
	file.tenant_id = share.tenant_id;
	file.id = share.file_id;
	file.share_version = share.version;
	FUZZ_CHECK(file_share_parse(
	    slice_str(file_share_format(pool, &file)), &again));
	FUZZ_CHECK(again.tenant_id == share.tenant_id &&
	    again.file_id == share.file_id && again.version == share.version);
}

static void
check(struct pool *pool, char kind, struct slice text)
{
	const char *copy = slice_dup(pool, text);

	switch (kind) {
	case 'e':
		check_email(pool, text);
		break;
	case 'h':
		check_host(pool, copy);
		break;
	case 't':
		check_tags(pool, text);
		break;
	case 's':
		check_scopes(pool, text);
		break;
	case 'r':
		check_return_path(copy);
		break;
	case 'd':
		check_disposition(pool, copy);
		break;
	default:
		check_share(pool, text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pool *pool;

	if (len == 0 || len > TEXT_BYTES_MAX)
		return 0;
	pool = pool_new();
	check(pool, (char)data[0], slice_make(data + 1, len - 1));
	pool_free(&pool);
	return 0;
}
