/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "tmpl/lex.h"
#include "tmpl/tmpl_private.h"

/* A section that is not closed yet. */
struct open_section {
	struct slice name;
	int line;
	struct htmlctx start; /* where its body began */
	struct node **tail;   /* where its next sibling goes */
};

struct compiler {
	struct pool *pool;
	const struct tmpl_set *set;
	struct lexer lexer;
	struct htmlctx html;
	struct node **tail; /* where the next node goes */
	struct open_section open[TMPL_NESTING_MAX];
	size_t open_count;
};

struct path
path_parse(struct pool *pool, struct slice name)
{
	struct slice item;
	const char **names;
	size_t count = 1, used = 0;

	if (slice_eq_str(name, "."))
		return (struct path){ NULL, 0 };
	for (size_t i = 0; i < name.len; i++)
		count += name.data[i] == '.';
	names = pool_alloc_array(pool, count, sizeof(*names));
	while (slice_next(&name, '.', &item))
		names[used++] = slice_dup(pool, item);
	return (struct path){ names, used };
}

static struct node *
add_node(struct compiler *c, enum node_kind kind)
{
	struct node *node = POOL_NEW(c->pool, struct node);

	node->kind = kind;
	*c->tail = node;
	c->tail = &node->next;
	return node;
}

static int
add_text(struct compiler *c, const struct token *token, struct err *err)
{
	const char *refusal;
	size_t used;

	refusal = htmlctx_feed(&c->html, token->text, &used);
	if (refusal != NULL) {
		c->lexer.line = token->line;
		for (size_t i = 0; i < used; i++)
			c->lexer.line += token->text.data[i] == '\n';
		return err_set(err, ERR_INVALID, "%s", refusal);
	}
	add_node(c, NODE_TEXT)->text = token->text;
	return 0;
}

static int
add_value(struct compiler *c, const struct token *token, struct err *err)
{
	const char *reason;
	enum escape escape = htmlctx_escape(&c->html, &reason);
	struct node *node;

	if (escape == ESCAPE_REFUSED)
		return err_set(err, ERR_INVALID, "{{%.*s}} in %s",
		    SLICE_ARG(token->text), reason);
	node = add_node(c, NODE_VALUE);
	node->path = path_parse(c->pool, token->text);
	node->escape = escape;
	htmlctx_fill(&c->html);
	return 0;
}

/* A message's id: its text with every run of white space as one space. */
static const char *
message_id(struct pool *pool, struct slice body)
{
	char *id = pool_alloc(pool, body.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < body.len; i++) {
		char c = body.data[i];

		if (c == '\t' || c == '\n' || c == '\r')
			c = ' ';
		if (c != ' ' || (len > 0 && id[len - 1] != ' '))
			id[len++] = c;
	}
	if (len > 0 && id[len - 1] == ' ')
		id[--len] = '\0';
	return id;
}

static int
add_message(struct compiler *c, const struct token *token, struct err *err)
{
	const char *reason;
	enum escape escape = htmlctx_escape(&c->html, &reason);
	struct slice rest, text, name;
	struct node *node;
	int more;

	if (escape == ESCAPE_REFUSED)
		return err_set(err, ERR_INVALID, "{{#_}} in %s", reason);
	if (escape != ESCAPE_TEXT && escape != ESCAPE_ATTR)
		return err_set(err, ERR_INVALID, "{{#_}} in a URL");
	node = add_node(c, NODE_MESSAGE);
	node->escape = escape;
	node->msgid = message_id(c->pool, token->text);
	rest = slice_str(node->msgid);
	if (rest.len == 0)
		return err_set(err, ERR_INVALID, "{{#_}} without text");
	while ((more = lex_placeholder(&rest, &text, &name)) == 1)
		continue;
	if (more == -1)
		return err_set(err, ERR_INVALID,
		    "only {{name}} may stand in a message");
	return 0;
}

static int
open_section(struct compiler *c, const struct token *token, struct err *err)
{
	const char *refusal = htmlctx_refuse_section(&c->html);
	struct open_section *open;
	struct node *node;

	if (refusal != NULL)
		return err_set(err, ERR_INVALID, "section \"%.*s\" in %s",
		    SLICE_ARG(token->text), refusal);
	if (c->open_count == TMPL_NESTING_MAX)
		return err_set(err, ERR_INVALID,
		    "more than %d sections in each other", TMPL_NESTING_MAX);
	node = add_node(c, token->kind == TOKEN_SECTION ? NODE_SECTION :
							  NODE_INVERTED);
	node->path = path_parse(c->pool, token->text);
	open = &c->open[c->open_count++];
	open->name = token->text;
	open->line = token->line;
	open->start = c->html;
	open->tail = c->tail;
	c->tail = &node->body;
	return 0;
}

/*
 * A section between attributes may end in one: "{{#on}}checked{{/on}}".  A
 * space sets it off from what follows, be that the next turn of a loop.
 */
static void
set_off_attribute(struct compiler *c, const struct htmlctx *start)
{
	size_t used;

	if (start->state != HTML_GAP || (c->html.state != HTML_ATTR_NAME &&
					    c->html.state != HTML_VALUE_END))
		return;
	add_node(c, NODE_TEXT)->text = slice_str(" ");
	(void)htmlctx_feed(&c->html, slice_str(" "), &used);
}

static int
close_section(struct compiler *c, const struct token *token, struct err *err)
{
	struct open_section *open;

	if (c->open_count == 0)
		return err_set(err, ERR_INVALID, "{{/%.*s}} closes nothing",
		    SLICE_ARG(token->text));
	open = &c->open[--c->open_count];
	if (!slice_eq(open->name, token->text))
		return err_set(err, ERR_INVALID,
		    "{{/%.*s}} where section \"%.*s\" of line %d is open",
		    SLICE_ARG(token->text), SLICE_ARG(open->name), open->line);
	set_off_attribute(c, &open->start);
	if (!htmlctx_equal(&open->start, &c->html))
		return err_set(err, ERR_INVALID,
		    "section \"%.*s\" of line %d begins in %s and ends in %s",
		    SLICE_ARG(open->name), open->line,
		    htmlctx_place(&open->start), htmlctx_place(&c->html));
	c->tail = open->tail;
	return 0;
}

static int
add_partial(struct compiler *c, const struct token *token, struct err *err)
{
	const struct template *partial = tmpl_find(c->set, token->text);

	if (partial == NULL)
		return err_set(err, ERR_INVALID, "no partial \"%.*s\"",
		    SLICE_ARG(token->text));
	if (c->html.state != HTML_TEXT)
		return err_set(err, ERR_INVALID, "{{>%.*s}} in %s",
		    SLICE_ARG(token->text), htmlctx_place(&c->html));
	add_node(c, NODE_PARTIAL)->partial = partial;
	return 0;
}

static int
add_token(struct compiler *c, const struct token *token, struct err *err)
{
	switch (token->kind) {
	case TOKEN_TEXT:
		return add_text(c, token, err);
	case TOKEN_VALUE:
		return add_value(c, token, err);
	case TOKEN_MESSAGE:
		return add_message(c, token, err);
	case TOKEN_SECTION:
	case TOKEN_INVERTED:
		return open_section(c, token, err);
	case TOKEN_CLOSE:
		return close_section(c, token, err);
	case TOKEN_PARTIAL:
		return add_partial(c, token, err);
	}
	assert(false);
	return -1;
}

static int
check_end(const struct compiler *c, struct err *err)
{
	const struct open_section *open;

	if (c->open_count > 0) {
		open = &c->open[c->open_count - 1];
		return err_set(err, ERR_INVALID,
		    "section \"%.*s\" of line %d is not closed",
		    SLICE_ARG(open->name), open->line);
	}
	if (c->html.state != HTML_TEXT)
		return err_set(err, ERR_INVALID, "the template ends in %s",
		    c->html.state == HTML_RCDATA ? "an unclosed element" :
						   htmlctx_place(&c->html));
	return 0;
}

static int
compile_tokens(struct compiler *c, struct err *err)
{
	struct token token;
	int more;

	while ((more = lex_next(&c->lexer, &token, err)) == 1) {
		int line = c->lexer.line;

		c->lexer.line = token.line;
		if (add_token(c, &token, err) == -1)
			return -1;
		c->lexer.line = line;
	}
	return more == -1 ? -1 : check_end(c, err);
}

int
tmpl_compile(struct pool *pool, const struct tmpl_set *set,
    struct template *template, struct err *err)
{
	struct compiler c = { .pool = pool, .set = set };

	lex_init(&c.lexer, template->source);
	htmlctx_init(&c.html);
	c.tail = &template->body;
	if (compile_tokens(&c, err) == -1)
		return err_wrap(err, "%s.html:%d", template->name,
		    c.lexer.line);
	return 0;
}
