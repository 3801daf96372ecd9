/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "tmpl/lex.h"
#include "tmpl/tmpl_private.h"

/* The context stack: the view, and one frame for each section around us. */
struct frame {
	const struct json *value;
	const struct frame *outer;
};

struct render {
	enum lang lang;
	struct buf *out;
	int partials; /* how deep */
};

static int render_nodes(struct render *r, const struct node *node,
    const struct frame *frame, struct err *err);

static const struct json *
find_member(const struct json *value, const char *name)
{
	return json_type(value) == JSON_OBJECT ? json_find(value, name) : NULL;
}

/*
 * The first name is looked up from the innermost frame outwards, the others
 * only in what it gave.  A null is as if it were not there.
 */
static const struct json *
look_up(const struct frame *frame, struct path path)
{
	const struct json *value = NULL;

	if (path.count == 0)
		return frame->value;
	for (; frame != NULL && value == NULL; frame = frame->outer)
		value = find_member(frame->value, path.names[0]);
	for (size_t i = 1; i < path.count; i++)
		value = find_member(value, path.names[i]);
	return value;
}

/* False, null, "" and [] are nothing; 0 and {} are something. */
static bool
is_truthy(const struct json *value)
{
	switch (json_type(value)) {
	case JSON_NULL:
		return false;
	case JSON_BOOL:
		return json_bool(value);
	case JSON_TEXT:
		return *json_text(value) != '\0';
	case JSON_ARRAY:
		return json_count(value) > 0;
	case JSON_NUMBER:
	case JSON_REAL:
	case JSON_OBJECT:
		return true;
	}
	return false;
}

static void
append_value(struct render *r, enum escape escape, const struct json *value)
{
	const char *text = "";

	switch (json_type(value)) {
	case JSON_TEXT:
		text = json_text(value);
		break;
	case JSON_BOOL:
	case JSON_NUMBER:
	case JSON_REAL:
		text = json_format(r->out->pool, value);
		break;
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	escape_append(r->out, escape, slice_str(text));
}

/* The translation is text like any other: its markup is escaped. */
static void
append_message(struct render *r, const struct node *node,
    const struct frame *frame)
{
	struct slice rest = slice_str(lang_text(r->lang, node->msgid));
	struct slice text, name;
	int more;

	while ((more = lex_placeholder(&rest, &text, &name)) == 1) {
		escape_append(r->out, node->escape, text);
		append_value(r, node->escape,
		    look_up(frame, path_parse(r->out->pool, name)));
	}
	escape_append(r->out, node->escape, more == 0 ? text : rest);
}

static int
render_section(struct render *r, const struct node *node,
    const struct frame *outer, struct err *err)
{
	const struct json *value = look_up(outer, node->path);
	struct frame frame = { value, outer };
	size_t count = json_count(value);

	if (!is_truthy(value))
		return 0;
	if (json_type(value) != JSON_ARRAY)
		return render_nodes(r, node->body, &frame, err);
	for (size_t i = 0; i < count; i++) {
		frame.value = json_at(value, i);
		if (render_nodes(r, node->body, &frame, err) == -1)
			return -1;
	}
	return 0;
}

static int
render_partial(struct render *r, const struct template *partial,
    const struct frame *frame, struct err *err)
{
	int result;

	if (r->partials == TMPL_PARTIALS_MAX)
		return err_set(err, ERR_INTERNAL,
		    "%s.html: more than %d partials in each other",
		    partial->name, TMPL_PARTIALS_MAX);
	r->partials++;
	result = render_nodes(r, partial->body, frame, err);
	r->partials--;
	return result;
}

static int
render_node(struct render *r, const struct node *node,
    const struct frame *frame, struct err *err)
{
	switch (node->kind) {
	case NODE_TEXT:
		(void)buf_slice(r->out, node->text);
		return 0;
	case NODE_VALUE:
		append_value(r, node->escape, look_up(frame, node->path));
		return 0;
	case NODE_MESSAGE:
		append_message(r, node, frame);
		return 0;
	case NODE_SECTION:
		return render_section(r, node, frame, err);
	case NODE_INVERTED:
		if (is_truthy(look_up(frame, node->path)))
			return 0;
		return render_nodes(r, node->body, frame, err);
	case NODE_PARTIAL:
		return render_partial(r, node->partial, frame, err);
	}
	assert(false);
	return -1;
}

static int
render_nodes(struct render *r, const struct node *node,
    const struct frame *frame, struct err *err)
{
	for (; node != NULL; node = node->next) {
		if (render_node(r, node, frame, err) == -1)
			return -1;
		if (buf_is_full(r->out))
			return err_set(err, ERR_INTERNAL,
			    "the page passes %zu bytes", r->out->max_bytes);
	}
	return 0;
}

int
tmpl_render(const struct tmpl_set *set, const char *name,
    const struct json *view, enum lang lang, struct buf *out, struct err *err)
{
	const struct template *template = tmpl_find(set, slice_str(name));
	const struct frame frame = { view, NULL };
	struct render r = { .lang = lang, .out = out };

	if (template == NULL)
		return err_set(err, ERR_INTERNAL, "no template \"%s\"", name);
	if (render_nodes(&r, template->body, &frame, err) == -1)
		return err_wrap(err, "%s.html", name);
	return 0;
}
