/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/buf.h"
#include "codec/utf8.h"
#include "model/file_change.h"

struct tags {
	const char *items[FILE_TAGS_MAX];
	size_t count;
};

static bool
is_known(const struct tags *tags, const char *tag)
{
	for (size_t i = 0; i < tags->count; i++)
		if (strcmp(tags->items[i], tag) == 0)
			return true;
	return false;
}

static bool
is_text(struct slice tag)
{
	int32_t c;

	if (!utf8_is_valid(tag) || utf8_count(tag) > FILE_TAG_MAX)
		return false;
	while ((c = utf8_take(&tag)) >= 0)
		if (utf8_is_control(c) || utf8_is_bidi(c))
			return false;
	return true;
}

static int
bad_tags(struct err *err)
{
	return err_set_code(err, ERR_INVALID, "bad_tags",
	    "tags: up to %d, of up to %d plain characters each",
	    FILE_TAGS_MAX, FILE_TAG_MAX);
}

static int
add_tag(struct pool *pool, struct tags *tags, struct slice item,
    struct err *err)
{
	const char *tag;

	if (item.len == 0)
		return 0;
	if (!is_text(item))
		return bad_tags(err);
	tag = utf8_lower(pool, item);
	if (is_known(tags, tag))
		return 0;
	if (tags->count == FILE_TAGS_MAX)
		return bad_tags(err);
	tags->items[tags->count++] = tag;
	return 0;
}

int
file_clean_tags(struct pool *pool, struct slice text, const char **tags_r,
    struct err *err)
{
	struct tags tags = { .count = 0 };
	struct slice item;
	struct buf list;

	buf_init(&list, pool, text.len);
	while (slice_next(&text, ',', &item))
		if (add_tag(pool, &tags, slice_trim(item), err) == -1)
			return -1;
	for (size_t i = 0; i < tags.count; i++)
		(void)buf_format(&list, "%s%s", i == 0 ? "" : ",",
		    tags.items[i]);
	*tags_r = list.data;
	return 0;
}
