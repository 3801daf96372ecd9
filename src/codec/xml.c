/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "codec/html.h"
#include "codec/xml.h"

struct parse {
	XML_Parser parser;
	xml_element_fn fn;
	void *arg;
	struct err *err;
	struct buf path;
	struct buf text; /* since the last start tag */
	size_t depth;
	bool has_failed;
	bool is_leaf; /* the last tag was a start tag */
};

static void
fail(struct parse *parse, enum err_kind kind, const char *why)
{
	if (parse->has_failed)
		return;
	parse->has_failed = true;
	(void)err_set(parse->err, kind, "XML: %s at line %lu", why,
	    (unsigned long)XML_GetCurrentLineNumber(parse->parser));
	(void)XML_StopParser(parse->parser, XML_FALSE);
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct parse *parse = arg;

	(void)attributes;
	if (++parse->depth > XML_DEPTH_MAX) {
		fail(parse, ERR_TOO_LARGE, "too many levels");
		return;
	}
	if (parse->depth > 1)
		(void)buf_char(&parse->path, '/');
	if (buf_str(&parse->path, name) == -1)
		fail(parse, ERR_TOO_LARGE, "names too long");
	buf_clear(&parse->text);
	parse->is_leaf = true;
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct parse *parse = arg;
	size_t len = strlen(name);

	/* expat still reports the end of <a/> after a stop in its start. */
	if (parse->has_failed)
		return;
	parse->fn(parse->arg, parse->path.data,
	    parse->is_leaf ? parse->text.data : "");
	parse->is_leaf = false;
	parse->depth--;
	if (parse->depth > 0)
		len++; /* the slash */
	parse->path.len -= len;
	parse->path.data[parse->path.len] = '\0';
}

static void XMLCALL
on_text(void *arg, const XML_Char *text, int len)
{
	struct parse *parse = arg;

	if (parse->is_leaf &&
	    buf_append(&parse->text, text, (size_t)len) == -1)
		fail(parse, ERR_TOO_LARGE, "text too long");
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int has_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	fail(arg, ERR_INVALID, "document type");
}

static int
parse_with(struct parse *parse, struct slice doc, struct err *err)
{
	XML_SetUserData(parse->parser, parse);
	XML_SetElementHandler(parse->parser, on_start, on_end);
	XML_SetCharacterDataHandler(parse->parser, on_text);
	XML_SetStartDoctypeDeclHandler(parse->parser, on_doctype);
	if (XML_Parse(parse->parser, doc.data, (int)doc.len, XML_TRUE) ==
	    XML_STATUS_OK)
		return 0;
	if (parse->has_failed)
		return -1;
	return err_set(err, ERR_INVALID, "XML: %s at line %lu",
	    XML_ErrorString(XML_GetErrorCode(parse->parser)),
	    (unsigned long)XML_GetCurrentLineNumber(parse->parser));
}

int
xml_parse(struct slice doc, xml_element_fn fn, void *arg, struct err *err)
{
	struct parse parse = { .fn = fn, .arg = arg, .err = err };
	struct pool *pool;
	int result;

	if (doc.len > XML_BYTES_MAX)
		return err_set(err, ERR_TOO_LARGE,
		    "XML: larger than %d bytes", XML_BYTES_MAX);
	/* UTF-8 whatever the document declares. */
	parse.parser = XML_ParserCreate("UTF-8");
	if (parse.parser == NULL)
		abort();
	pool = pool_new();
	buf_init(&parse.path, pool, XML_PATH_MAX);
	buf_init(&parse.text, pool, XML_TEXT_MAX);
	result = parse_with(&parse, doc, err);
	XML_ParserFree(parse.parser);
	pool_free(&pool);
	return result;
}

struct search {
	struct pool *pool;
	const char *path;
	const char *text; /* NULL until found */
};

static void
match(void *arg, const char *path, const char *text)
{
	struct search *search = arg;

	if (search->text == NULL && strcmp(path, search->path) == 0)
		search->text = pool_strdup(search->pool, text);
}

const char *
xml_text(struct pool *pool, struct slice doc, const char *path)
{
	struct search search = { .pool = pool, .path = path };
	struct err err = ERR_INIT;

	if (xml_parse(doc, match, &search, &err) == -1)
		return "";
	return search.text == NULL ? "" : search.text;
}

void
xml_escape(struct buf *buf, struct slice text)
{
	html_attr(buf, text);
}
