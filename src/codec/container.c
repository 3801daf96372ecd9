/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "codec/container.h"

enum {
	RIFF_HEADER_BYTES = 8,
	PDF_END_BYTES = 1024 /* ISO 32000-1 annex H.3, note 18 */
};

typedef const char *(*end_fn)(const struct container_ends *ends);

static bool
has_at(struct slice bytes, size_t offset, struct slice text)
{
	bytes = slice_from(bytes, offset);
	return bytes.len >= text.len &&
	    memcmp(bytes.data, text.data, text.len) == 0;
}

/* Linear in the length: what is looked for is a few bytes long. */
static bool
has_anywhere(struct slice bytes, struct slice text)
{
	for (size_t at = 0; at + text.len <= bytes.len; at++)
		if (has_at(bytes, at, text))
			return true;
	return false;
}

/* What the first chunk (RIFF) says it holds must be there. */
static const char *
check_riff(const struct container_ends *ends)
{
	const unsigned char *at = (const unsigned char *)ends->head.data + 4;
	uint32_t length;

	if (ends->head.len < RIFF_HEADER_BYTES)
		return "the file ends in its first chunk";
	length = (uint32_t)at[0] | (uint32_t)at[1] << 8 |
	    (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	/* A writer that could not go back left it open. */
	if (length == UINT32_MAX)
		return NULL;
	return (int64_t)length + RIFF_HEADER_BYTES <= ends->size_bytes ?
	    NULL : "the file ends before its RIFF chunk";
}

static const char *
check_pdf(const struct container_ends *ends)
{
	struct slice tail = ends->tail;

	if (tail.len > PDF_END_BYTES)
		tail = slice_from(tail, tail.len - PDF_END_BYTES);
	return has_anywhere(tail, slice_str("%%EOF")) ? NULL :
							"no %%EOF at the end";
}

/* The end record, before a comment (APPNOTE.TXT section 4.3.16). */
static const char *
check_zip(const struct container_ends *ends)
{
	return has_anywhere(ends->tail, slice_make("PK\5\6", 4)) ?
	    NULL : "no central directory at the end";
}

/* Bytes that no text has; libmagic has seen only a part of it. */
static const char *
check_text(const struct container_ends *ends)
{
	return memchr(ends->head.data, '\0', ends->head.len) == NULL &&
		memchr(ends->tail.data, '\0', ends->tail.len) == NULL ?
	    NULL : "a NUL byte in a text";
}

struct rule {
	const char *type;
	size_t offset; /* of the signature */
	const char *signature; /* NULL: libmagic knows several */
	size_t signature_len;
	end_fn check_end; /* NULL: nothing is known about the end */
};

#define BYTES(text) (text), sizeof(text) - 1
#define OOXML "application/vnd.openxmlformats-officedocument."
#define ODF "application/vnd.oasis.opendocument."

/* clang-format off */
static const struct rule rules[] = {
	{ "video/mp4", 4, BYTES("ftyp"), NULL },
	{ "audio/mp4", 4, BYTES("ftyp"), NULL },
	{ "video/webm", 0, BYTES("\x1a\x45\xdf\xa3"), NULL },
	{ "audio/webm", 0, BYTES("\x1a\x45\xdf\xa3"), NULL },
	{ "video/x-msvideo", 0, BYTES("RIFF"), check_riff },
	{ "audio/wav", 0, BYTES("RIFF"), check_riff },
	{ "video/x-ms-wmv", 0, BYTES("\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
	    NULL },
	{ "audio/ogg", 0, BYTES("OggS"), NULL },
	{ "audio/flac", 0, BYTES("fLaC"), NULL },
	{ "audio/aac", 0, BYTES("\xff"), NULL },
	{ "application/pdf", 0, BYTES("%PDF-"), check_pdf },
	{ OOXML "wordprocessingml.document", 0, BYTES("PK\3\4"), check_zip },
	{ OOXML "spreadsheetml.sheet", 0, BYTES("PK\3\4"), check_zip },
	{ OOXML "presentationml.presentation", 0, BYTES("PK\3\4"), check_zip },
	{ ODF "text", 0, BYTES("PK\3\4"), check_zip },
	{ ODF "spreadsheet", 0, BYTES("PK\3\4"), check_zip },
	{ ODF "presentation", 0, BYTES("PK\3\4"), check_zip },
	{ "text/plain", 0, BYTES(""), check_text },
};
/* clang-format on */

const char *
container_check(const char *type, const struct container_ends *ends)
{
	for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
		const struct rule *rule = &rules[i];

		if (strcmp(rule->type, type) != 0)
			continue;
		if (!has_at(ends->head, rule->offset,
			slice_make(rule->signature, rule->signature_len)))
			return "it does not start as its type does";
		return rule->check_end == NULL ? NULL : rule->check_end(ends);
	}
	return NULL;
}
