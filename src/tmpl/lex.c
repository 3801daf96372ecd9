/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tmpl/lex.h"

static const char message_end[] = "{{/_}}";
static const char sigils[] = "#^/>!{&=<$";

/* A tag in full, before it is decided what becomes of it. */
struct tag {
	char sigil; /* '\0' for a value */
	struct slice body;
	size_t len; /* from "{{" to "}}", both included */
};

void
lex_init(struct lexer *lexer, struct slice source)
{
	lexer->source = source.data;
	lexer->rest = source;
	lexer->line = 1;
}

/* The index of text, or text's length when it is not there. */
static size_t
find(struct slice a, const char *text)
{
	const char *at = memmem(a.data, a.len, text, strlen(text));

	return at == NULL ? a.len : (size_t)(at - a.data);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

static struct slice
trim(struct slice a)
{
	while (a.len > 0 && is_space(a.data[0]))
		a = slice_from(a, 1);
	while (a.len > 0 && is_space(a.data[a.len - 1]))
		a.len--;
	return a;
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool
is_name(struct slice name)
{
	bool want_char = true;

	if (slice_eq_str(name, "."))
		return true;
	if (name.len > LEX_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] != '.' && !is_name_char(name.data[i]))
			return false;
		if (name.data[i] == '.' && want_char)
			return false;
		want_char = name.data[i] == '.';
	}
	return !want_char;
}

static void
advance(struct lexer *lexer, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (lexer->rest.data[i] == '\n')
			lexer->line++;
	}
	lexer->rest = slice_from(lexer->rest, len);
}

/* Read the tag at the beginning of text. */
static int
scan_tag(struct slice text, struct tag *tag_r, struct err *err)
{
	struct slice inside = slice_from(text, 2);
	size_t end = find(inside, "}}");

	if (end == inside.len)
		return err_set(err, ERR_INVALID, "unclosed tag");
	tag_r->len = 2 + end + 2;
	inside.len = end;
	tag_r->sigil = '\0';
	if (inside.len > 0 &&
	    memchr(sigils, inside.data[0], strlen(sigils)) != NULL) {
		tag_r->sigil = inside.data[0];
		inside = slice_from(inside, 1);
	}
	tag_r->body = trim(inside);
	return 0;
}

/* How many bytes after `at` end its line, if only blanks stand there. */
static bool
find_line_end(struct slice at, size_t *len_r)
{
	size_t i = 0;

	while (i < at.len && is_blank(at.data[i]))
		i++;
	if (i + 1 < at.len && at.data[i] == '\r' && at.data[i + 1] == '\n')
		i++;
	if (i < at.len && at.data[i] != '\n')
		return false;
	*len_r = i < at.len ? i + 1 : i;
	return true;
}

/* How many blanks stand before `at`, if nothing else does on its line. */
static bool
find_line_start(const struct lexer *lexer, const char *at, size_t *len_r)
{
	const char *p = at;

	while (p > lexer->source && is_blank(p[-1]))
		p--;
	*len_r = (size_t)(at - p);
	return p == lexer->source || p[-1] == '\n';
}

static bool
is_standalone(const struct lexer *lexer, struct slice at,
    const struct tag *tag, size_t *before_r, size_t *after_r)
{
	bool is_message = tag->sigil == '#' && slice_eq_str(tag->body, "_");

	return tag->sigil != '\0' && !is_message &&
	    find_line_start(lexer, at.data, before_r) &&
	    find_line_end(slice_from(at, tag->len), after_r);
}

static int
check_tag(const struct tag *tag, struct err *err)
{
	switch (tag->sigil) {
	case '{':
	case '&':
		return err_set(err, ERR_INVALID,
		    "there is no raw output: {{%c", tag->sigil);
	case '=':
	case '<':
	case '$':
		return err_set(err, ERR_INVALID, "unsupported tag {{%c",
		    tag->sigil);
	default:
		break;
	}
	if (!is_name(tag->body))
		return err_set(err, ERR_INVALID, "bad name \"%.*s\"",
		    SLICE_ARG(slice_make(tag->body.data,
			tag->body.len > LEX_NAME_MAX ? LEX_NAME_MAX :
						       tag->body.len)));
	if (slice_eq_str(tag->body, "_") && tag->sigil != '#')
		return err_set(err, ERR_INVALID,
		    "_ is the name of message sections");
	return 0;
}

static enum token_kind
kind_of(char sigil)
{
	switch (sigil) {
	case '#':
		return TOKEN_SECTION;
	case '^':
		return TOKEN_INVERTED;
	case '/':
		return TOKEN_CLOSE;
	case '>':
		return TOKEN_PARTIAL;
	default:
		return TOKEN_VALUE;
	}
}

/* The lexer stands behind {{#_}}: take the body and its end. */
static int
take_message(struct lexer *lexer, struct token *token_r, struct err *err)
{
	size_t len = find(lexer->rest, message_end);

	if (len == lexer->rest.len) {
		lexer->line = token_r->line;
		return err_set(err, ERR_INVALID, "{{#_}} without {{/_}}");
	}
	token_r->kind = TOKEN_MESSAGE;
	token_r->text = slice_make(lexer->rest.data, len);
	advance(lexer, len + strlen(message_end));
	return 1;
}

/* 1 when there is a token, 0 after a comment. */
static int
take_tag(struct lexer *lexer, const struct tag *tag, size_t after,
    struct token *token_r, struct err *err)
{
	token_r->line = lexer->line;
	token_r->kind = kind_of(tag->sigil);
	token_r->text = tag->body;
	if (tag->sigil != '!' && check_tag(tag, err) == -1)
		return -1;
	advance(lexer, tag->len + after);
	if (tag->sigil == '!')
		return 0;
	if (slice_eq_str(tag->body, "_"))
		return take_message(lexer, token_r, err);
	return 1;
}

static int
take_text(struct lexer *lexer, size_t len, size_t dropped,
    struct token *token_r)
{
	token_r->kind = TOKEN_TEXT;
	token_r->line = lexer->line;
	token_r->text = slice_make(lexer->rest.data, len - dropped);
	advance(lexer, len);
	return len > dropped;
}

int
lex_next(struct lexer *lexer, struct token *token_r, struct err *err)
{
	int result = 0;

	while (result == 0 && lexer->rest.len > 0) {
		size_t at = find(lexer->rest, "{{"), before = 0, after = 0;
		struct slice rest = slice_from(lexer->rest, at);
		struct tag tag = { .len = 0 };

		if (rest.len == 0)
			return take_text(lexer, at, 0, token_r);
		if (scan_tag(rest, &tag, err) == -1) {
			advance(lexer, at);
			return -1;
		}
		if (!is_standalone(lexer, rest, &tag, &before, &after))
			before = after = 0;
		if (at > 0)
			result = take_text(lexer, at, before, token_r);
		else
			result = take_tag(lexer, &tag, after, token_r, err);
	}
	return result;
}

int
lex_placeholder(struct slice *rest, struct slice *text_r,
    struct slice *name_r)
{
	size_t at = find(*rest, "{{"), end;
	struct slice inside;

	if (at == rest->len) {
		*text_r = *rest;
		*rest = slice_from(*rest, at);
		return 0;
	}
	inside = slice_from(*rest, at + 2);
	end = find(inside, "}}");
	if (end == inside.len || !is_name(slice_make(inside.data, end)))
		return -1;
	*text_r = slice_make(rest->data, at);
	*name_r = slice_make(inside.data, end);
	*rest = slice_from(inside, end + 2);
	return 1;
}
