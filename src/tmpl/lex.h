/*
 * The lexer of templates: literal text and tags, one token at a time.
 *
 * A section, partial or comment tag that stands alone on its line takes the
 * line with it (the blanks around it and the line's end), as Mustache has it.
 * Comments make no token.  Everything a token points to lies in the source.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TMPL_LEX_H
#define TMPL_LEX_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"

enum { LEX_NAME_MAX = 64 };

enum token_kind {
	TOKEN_TEXT,
	TOKEN_VALUE,	/* {{name}} */
	TOKEN_SECTION,	/* {{#name}} */
	TOKEN_INVERTED, /* {{^name}} */
	TOKEN_CLOSE,	/* {{/name}} */
	TOKEN_PARTIAL,	/* {{>name}} */
	TOKEN_MESSAGE	/* {{#_}}text{{/_}}, whole */
};

struct token {
	enum token_kind kind;
	struct slice text; /* literal bytes, name, or a message's body */
	int line;	   /* on which it begins */
};

struct lexer {
	const char *source; /* its first byte */
	struct slice rest;
	int line;
};

void lex_init(struct lexer *lexer, struct slice source);
/*
 * 1 and the next token, 0 at the end, -1 with ERR_INVALID: an unclosed or
 * unsupported tag, or a name outside A-Z a-z 0-9 _ - and dots; lexer->line is
 * then its line.
 */
int lex_next(struct lexer *lexer, struct token *token_r, struct err *err)
    ATTR_MUST_USE;

/*
 * Take text up to the next {{name}} of a message off *rest.  1 with the name,
 * 0 when the text was the last, -1 when what stands between the braces is no
 * name (*rest is then unchanged).
 */
int lex_placeholder(struct slice *rest, struct slice *text_r,
    struct slice *name_r);

#endif
