/*
 * Escaping for HTML, by the place where the text will stand.  The text is
 * valid UTF-8 already (codec/utf8.h); escaping makes it at most six times as
 * long, and what does not fit marks the buffer full.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_HTML_H
#define CODEC_HTML_H

#include "base/buf.h"
#include "base/slice.h"

/* Between tags: & < > become entities. */
void html_text(struct buf *buf, struct slice text);
/* In an attribute value within quotes of either kind: also " and '. */
void html_attr(struct buf *buf, struct slice text);

#endif
