/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "codec/filename.h"
#include "web/file_card.h"
#include "web/upload_kinds.h"
#include "web/view.h"

enum { LIST_MAX = 4096 };

enum file_kind
upload_kind(struct pool *pool, const char *name, const char *declared_type)
{
	struct slice declared =
	    slice_str(declared_type == NULL ? "" : declared_type);
	struct slice extension = slice_str(filename_extension(pool, name));
	const struct media_type *type = media_type_find(declared);

	if (type != NULL && !media_type_is_undeclared(declared))
		return type->kind;
	for (int kind = 0; kind < FILE_KIND_COUNT; kind++)
		if (media_type_by_extension((enum file_kind)kind, extension) !=
		    NULL)
			return (enum file_kind)kind;
	return FILE_DOCUMENT;
}

static void
add_words(struct buf *list, const char *words, const char *before,
    const char *between)
{
	struct slice rest = slice_str(words), word;

	while (media_list_next(&rest, &word))
		(void)buf_format(list, "%s%s%.*s",
		    list->len == 0 ? "" : between, before, (int)word.len,
		    word.data);
}

/* Without a list of their own they are those of the types. */
static void
add_extensions(struct buf *list, const struct file_rules *rules,
    const char *before, const char *between)
{
	struct slice rest = slice_str(rules->allowed_types), name;

	if (*rules->allowed_extensions != '\0') {
		add_words(list, rules->allowed_extensions, before, between);
		return;
	}
	while (media_list_next(&rest, &name)) {
		const struct media_type *type = media_type_find(name);

		if (type != NULL)
			add_words(list, type->extensions, before, between);
	}
}

const char *
upload_accept(struct pool *pool, const struct file_rules *rules, size_t count)
{
	struct buf list;

	buf_init(&list, pool, LIST_MAX);
	for (size_t i = 0; i < count; i++)
		add_extensions(&list, &rules[i], ".", ",");
	/* A list that is not whole would hide files that are taken. */
	return buf_is_full(&list) ? "" : list.data;
}

void
upload_kinds_view(const struct request *request, const struct file_rules *rules,
    size_t count, struct json *array)
{
	for (size_t i = 0; i < count; i++) {
		struct json *row;
		struct buf list;

		if (*rules[i].allowed_types == '\0')
			continue;
		row = json_add_object(array);
		buf_init(&list, request->pool, LIST_MAX);
		add_extensions(&list, &rules[i], "", " ");
		json_set_text(row, "text",
		    file_card_kind(request->lang, rules[i].kind));
		json_set_text(row, "extensions", list.data);
		json_set_text(row, "max_text",
		    view_size(request->pool, rules[i].max_bytes));
	}
}
