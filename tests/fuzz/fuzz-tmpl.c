/*
 * Any template that compiles keeps its markup, whatever the values are.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "tmpl/skeleton.h"
#include "tmpl/tmpl.h"

enum { TEMPLATE_BYTES_MAX = 4096, PAGE_BYTES_MAX = 1024 * 1024 };

static const char *const attacks[] = {
	"<script>alert(1)</script>",
	"\" onclick=\"a",
	"' onclick='a",
	"javascript:a",
	"--></title></textarea></script><b>",
	"&#34;&lt;{{a}}{{/a}}",
	" \n=/>",
};

/*
 * What a template may name: texts a, b.a, c.a, a list b, an object c, and d,
 * which is nothing.  Inside b there is no b, so that sections in sections do
 * not multiply.
 */
static struct json *
make_view(struct pool *pool, const char *value)
{
	struct json *view = json_object(pool), *list, *item;

	json_set_text(view, "a", value);
	list = json_set_array(view, "b");
	for (int i = 0; i < 2; i++) {
		item = json_add_object(list);
		json_set_text(item, "a", value);
		json_set_bool(item, "b", false);
	}
	json_set_text(json_set_object(view, "c"), "a", value);
	json_set_bool(view, "d", false);
	return view;
}

/* NULL when the page is too large. */
static const char *
bones(struct pool *pool, const struct tmpl_set *set, const char *value)
{
	struct err err = ERR_INIT;
	struct buf page, out;
	const char *problem;

	buf_init(&page, pool, PAGE_BYTES_MAX);
	buf_init(&out, pool, PAGE_BYTES_MAX);
	if (tmpl_render(set, "the page", make_view(pool, value), LANG_ES,
		&page, &err) == -1)
		return NULL;
	problem = skeleton(&out, buf_view(&page));
	FUZZ_CHECK(problem == NULL);
	return out.data;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* No tag can name "the page": it is nobody's partial. */
	const struct tmpl_source sources[] = {
		{ "the page", slice_make(data, len) },
		{ "part", slice_str("<i title=\"{{a}}\">{{a}}</i>") },
	};
	struct pool *pool;
	struct err err = ERR_INIT;
	struct tmpl_set *set;
	const char *expected, *actual;

	if (len > TEMPLATE_BYTES_MAX)
		return 0;
	pool = pool_new();
	if (tmpl_set_compile(pool, sources, 2, &set, &err) == 0) {
		expected = bones(pool, set, "x");
		for (size_t i = 0; i < ARRAY_COUNT(attacks); i++) {
			actual = bones(pool, set, attacks[i]);
			FUZZ_CHECK(expected == NULL || actual == NULL ||
			    strcmp(expected, actual) == 0);
		}
	} else {
		FUZZ_CHECK(err.kind == ERR_INVALID);
		FUZZ_CHECK(strncmp(err.text, "the page.html:", 14) == 0);
	}
	pool_free(&pool);
	return 0;
}
