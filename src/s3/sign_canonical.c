/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "codec/url.h"
#include "s3/sign_private.h"

static struct slice
decoded(struct pool *pool, struct slice text)
{
	struct slice plain;

	return url_decode(pool, text, &plain) ? plain : text;
}

const char *
sign_canonical_path(struct pool *pool, const char *path)
{
	if (path[0] == '\0')
		return "/";
	return url_encoded_path(pool, decoded(pool, slice_str(path)));
}

static int
compare_params(const void *a, const void *b)
{
	const struct sign_param *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	return order != 0 ? order : strcmp(p->value, q->value);
}

/* S3 takes "+" in a query for a space, so that is what must be signed. */
static const char *
canonical_param(struct pool *pool, struct slice text)
{
	char *copy = slice_dup(pool, text);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	return url_encoded(pool, decoded(pool, slice_make(copy, text.len)));
}

size_t
sign_query_items(const char *query)
{
	size_t count = 1;

	for (; *query != '\0'; query++)
		count += *query == '&';
	return count;
}

size_t
sign_query_split(struct pool *pool, const char *query,
    struct sign_param *params)
{
	struct slice rest = slice_str(query), item;
	size_t count = 0;

	while (slice_next(&rest, '&', &item)) {
		struct sign_param *param = &params[count];
		size_t equals = slice_find(item, '=');

		if (item.len == 0)
			continue;
		param->name = canonical_param(pool,
		    slice_make(item.data, equals));
		param->value = canonical_param(pool,
		    slice_from(item, equals + 1));
		count++;
	}
	return count;
}

const char *
sign_query_join(struct pool *pool, struct sign_param *params, size_t count)
{
	struct buf buf;

	qsort(params, count, sizeof(*params), compare_params);
	buf_init(&buf, pool, SIGN_TEXT_MAX);
	for (size_t i = 0; i < count; i++) {
		(void)buf_str(&buf, i == 0 ? "" : "&");
		(void)buf_str(&buf, params[i].name);
		(void)buf_str(&buf, "=");
		(void)buf_str(&buf, params[i].value);
	}
	return buf.data;
}

const char *
sign_canonical_query(struct pool *pool, const char *query)
{
	struct sign_param *params = pool_alloc_array(pool,
	    sign_query_items(query), sizeof(*params));

	return sign_query_join(pool, params,
	    sign_query_split(pool, query, params));
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *
sign_header_value(struct pool *pool, const char *value)
{
	char *text = pool_alloc(pool, strlen(value) + 1);
	size_t len = 0;

	for (; *value != '\0'; value++) {
		if (!is_space(*value))
			text[len++] = *value;
		else if (len > 0 && text[len - 1] != ' ')
			text[len++] = ' ';
	}
	if (len > 0 && text[len - 1] == ' ')
		len--;
	text[len] = '\0';
	return text;
}

static int
compare_lines(const void *a, const void *b)
{
	const struct sign_line *p = a, *q = b;
	int order = strcmp(p->name, q->name);

	if (order != 0)
		return order;
	return p->index < q->index ? -1 : 1;
}

static const char *
lower(struct pool *pool, const char *name)
{
	char *copy = pool_strdup(pool, name);

	for (char *c = copy; *c != '\0'; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
	return copy;
}

static struct sign_line *
sorted_lines(struct pool *pool, const struct sign_request *request)
{
	struct sign_line *lines = pool_alloc_array(pool,
	    request->header_count + 1, sizeof(*lines));

	for (size_t i = 0; i < request->header_count; i++)
		lines[i] = (struct sign_line){
			.name = lower(pool, request->headers[i].name),
			.value = request->headers[i].value == NULL ? NULL :
			    sign_header_value(pool,
				request->headers[i].value),
			.index = i
		};
	qsort(lines, request->header_count, sizeof(*lines), compare_lines);
	return lines;
}

static const char *
signed_names(struct pool *pool, const struct sign_line *lines, size_t count)
{
	struct buf names;

	buf_init(&names, pool, SIGN_TEXT_MAX);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(lines[i].name, lines[i - 1].name) == 0)
			continue;
		(void)buf_str(&names, i == 0 ? "" : ";");
		(void)buf_str(&names, lines[i].name);
	}
	return names.data;
}

/* Values of one name are joined by commas in the order they were given. */
static void
append_headers(struct buf *text, const struct sign_line *lines, size_t count)
{
	const struct sign_line *last = NULL;

	for (size_t i = 0; i < count; i++) {
		if (lines[i].value == NULL)
			continue;
		if (last != NULL && strcmp(lines[i].name, last->name) == 0) {
			(void)buf_char(text, ',');
		} else {
			(void)buf_str(text, last == NULL ? "" : "\n");
			(void)buf_str(text, lines[i].name);
			(void)buf_char(text, ':');
		}
		(void)buf_str(text, lines[i].value);
		last = &lines[i];
	}
	(void)buf_char(text, '\n');
}

static void
append_line(struct buf *text, const char *line)
{
	(void)buf_str(text, line);
	(void)buf_char(text, '\n');
}

const char *
sign_canonical_text(struct pool *pool, const struct sign_request *request,
    const struct sign_canonical *canonical)
{
	struct buf text;

	buf_init(&text, pool, SIGN_TEXT_MAX);
	append_line(&text, request->method);
	append_line(&text, sign_canonical_path(pool, request->path));
	append_line(&text, canonical->query);
	append_headers(&text, canonical->lines, request->header_count);
	append_line(&text, "");
	append_line(&text, canonical->names);
	(void)buf_str(&text, request->payload_hash);
	return text.data;
}

struct sign_canonical
sign_canonical_headers(struct pool *pool, const struct sign_request *request)
{
	struct sign_canonical canonical = {
		.lines = sorted_lines(pool, request)
	};

	canonical.names = signed_names(pool, canonical.lines,
	    request->header_count);
	return canonical;
}

const char *
sign_canonical_request(struct pool *pool, const struct sign_request *request,
    const char **signed_headers_r)
{
	struct sign_canonical canonical = sign_canonical_headers(pool, request);

	canonical.query = sign_canonical_query(pool, request->query);
	*signed_headers_r = canonical.names;
	return sign_canonical_text(pool, request, &canonical);
}
