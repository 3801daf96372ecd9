/*
 * Small XML documents, such as the replies of S3, over expat.
 *
 * A document is a complete slice of UTF-8.  Document types, and with them
 * entities, are refused; depth, names and text are bounded; a namespace prefix
 * is part of its name.  An element is found by the names from the root down:
 *
 *	code = xml_text(pool, body, "Error/Code");
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_XML_H
#define CODEC_XML_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/slice.h"

enum {
	XML_BYTES_MAX = 8 * 1024 * 1024,
	XML_DEPTH_MAX = 16,
	XML_PATH_MAX = 512,	  /* bytes of "a/b/c" */
	XML_TEXT_MAX = 16 * 1024, /* bytes of one element's text */
};

/*
 * An element has ended: its path, and its text if it holds no other elements,
 * else "".  Both live until the function returns.
 */
typedef void (*xml_element_fn)(void *arg, const char *path, const char *text);

/*
 * Give every element to fn, in the order of their ends: of
 * <A><B>1</B><C/></A> first "A/B", then "A/C", then "A".  ERR_TOO_LARGE beyond
 * a limit above, ERR_INVALID for what is not well-formed or has a document
 * type; fn may have seen elements by then.
 */
int xml_parse(struct slice doc, xml_element_fn fn, void *arg, struct err *err)
    ATTR_MUST_USE;

/*
 * The text of the first element with this path.  "" when there is none, when
 * it is empty, and when xml_parse() would fail.
 */
const char *xml_text(struct pool *pool, struct slice doc, const char *path);

/* Text for element content and attribute values. */
void xml_escape(struct buf *buf, struct slice text);

#endif
