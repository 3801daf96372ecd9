/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <magic.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "codec/sniff.h"

enum {
	IDLE_MAX = 8,		/* a loaded cookie holds some 140 kB */
	TEXT_BYTES = 4 * 1024, /* of a text, for naming it */
};

/*
 * What is inside an archive or a document does not matter here, and looking
 * there means unpacking, or parsing in code that has a history.
 */
#define COMMON_FLAGS                                                    \
	(MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS |      \
	    MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_ELF)
/*
 * Every binary type is found without them; with them a text costs milliseconds
 * instead of a fraction of one.
 */
#define NO_TEXT_FLAGS                                                   \
	(MAGIC_NO_CHECK_TEXT | MAGIC_NO_CHECK_ENCODING |                \
	    MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_JSON |               \
	    MAGIC_NO_CHECK_CSV)

static const char unknown_type[] = "application/octet-stream";

struct sniffer {
	pthread_mutex_t lock;
	magic_t idle[IDLE_MAX];
	size_t idle_count;
};

struct limit {
	int param;
	size_t value;
};

static int
set_limits(magic_t cookie)
{
	static const struct limit limits[] = {
		{ MAGIC_PARAM_BYTES_MAX, SNIFF_BYTES },
		{ MAGIC_PARAM_INDIR_MAX, 20 },
		{ MAGIC_PARAM_NAME_MAX, 50 },
		{ MAGIC_PARAM_REGEX_MAX, 4096 },
		{ MAGIC_PARAM_ENCODING_MAX, TEXT_BYTES },
	};

	for (size_t i = 0; i < ARRAY_COUNT(limits); i++)
		if (magic_setparam(cookie, limits[i].param,
			&limits[i].value) == -1)
			return -1;
	return 0;
}

static int
load_cookie(magic_t *cookie_r, struct err *err)
{
	magic_t cookie = magic_open(COMMON_FLAGS);

	if (cookie == NULL)
		return err_set(err, ERR_INTERNAL, "libmagic does not open");
	if (set_limits(cookie) == -1 || magic_load(cookie, NULL) == -1) {
		const char *text = magic_error(cookie);

		(void)err_set(err, ERR_INTERNAL, "libmagic: %s",
		    text == NULL ? "no database" : text);
		magic_close(cookie);
		return -1;
	}
	*cookie_r = cookie;
	return 0;
}

static void
sniffer_close(void *arg)
{
	struct sniffer *sniffer = arg;

	for (size_t i = 0; i < sniffer->idle_count; i++)
		magic_close(sniffer->idle[i]);
	(void)pthread_mutex_destroy(&sniffer->lock);
}

int
sniffer_open(struct pool *pool, struct sniffer **sniffer_r, struct err *err)
{
	struct sniffer *sniffer = POOL_NEW(pool, struct sniffer);

	if (load_cookie(&sniffer->idle[0], err) == -1)
		return err_wrap(err, "load the magic database");
	sniffer->idle_count = 1;
	if (pthread_mutex_init(&sniffer->lock, NULL) != 0) {
		magic_close(sniffer->idle[0]);
		return err_set(err, ERR_INTERNAL, "no mutex for the sniffer");
	}
	pool_on_clear(pool, sniffer_close, sniffer);
	*sniffer_r = sniffer;
	return 0;
}

static int
lend_cookie(struct sniffer *sniffer, magic_t *cookie_r, struct err *err)
{
	magic_t cookie = NULL;

	(void)pthread_mutex_lock(&sniffer->lock);
	if (sniffer->idle_count > 0)
		cookie = sniffer->idle[--sniffer->idle_count];
	(void)pthread_mutex_unlock(&sniffer->lock);
	if (cookie == NULL)
		return load_cookie(cookie_r, err);
	*cookie_r = cookie;
	return 0;
}

static void
return_cookie(struct sniffer *sniffer, magic_t cookie)
{
	(void)pthread_mutex_lock(&sniffer->lock);
	if (sniffer->idle_count < IDLE_MAX) {
		sniffer->idle[sniffer->idle_count++] = cookie;
		cookie = NULL;
	}
	(void)pthread_mutex_unlock(&sniffer->lock);
	if (cookie != NULL)
		magic_close(cookie);
}

static int
examine(magic_t cookie, int flags, struct slice head,
    char type_r[SNIFF_TYPE_MAX], struct err *err)
{
	const char *type;

	if (magic_setflags(cookie, flags) == -1)
		return err_set(err, ERR_INTERNAL, "libmagic refuses its flags");
	type = magic_buffer(cookie, head.data, head.len);
	if (type == NULL)
		return err_set(err, ERR_INTERNAL, "libmagic: %s",
		    magic_error(cookie));
	(void)snprintf(type_r, SNIFF_TYPE_MAX, "%s", type);
	return 0;
}

/* The cheap checks first; only what they do not know is looked at as text. */
static int
examine_twice(magic_t cookie, struct slice head, char type_r[SNIFF_TYPE_MAX],
    struct err *err)
{
	if (examine(cookie, COMMON_FLAGS | NO_TEXT_FLAGS, head, type_r,
		err) == -1)
		return -1;
	if (strcmp(type_r, unknown_type) != 0)
		return 0;
	if (head.len > TEXT_BYTES)
		head.len = TEXT_BYTES;
	return examine(cookie, COMMON_FLAGS, head, type_r, err);
}

int
sniffer_type(struct sniffer *sniffer, struct slice head,
    char type_r[SNIFF_TYPE_MAX], struct err *err)
{
	magic_t cookie;
	int result;

	if (head.len > SNIFF_BYTES)
		head.len = SNIFF_BYTES;
	if (lend_cookie(sniffer, &cookie, err) == -1)
		return -1;
	result = examine_twice(cookie, head, type_r, err);
	return_cookie(sniffer, cookie);
	return result;
}
