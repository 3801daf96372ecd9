/*
 * Is this file what it says it is?  One checker for uploads, confirmations and
 * `almacenctl check-file`: bytes are fed as they come, the verdict is given at
 * the end.  Order (C3): size, declared type and extension, content sniffed by
 * libmagic, then the container's own structure, walked by bounded readers.
 *
 *	filecheck_init(&check, pool, &rules, name, declared_type);
 *	filecheck_feed(&check, bytes); ...
 *	filecheck_finish(&check, &verdict);
 *
 * Feeding never fails: a file beyond a limit is remembered as refused and its
 * further bytes are only counted.  Who stops feeding a refused file early may
 * get a later cause of the order for a file that is also too large.
 *
 * What must agree:
 *	declared type	one of allowed_types under any of its names.  Nothing,
 *			application/octet-stream and binary/octet-stream
 *			declare nothing (curl sends the second for .webp, S3
 *			stores the third); name and content then decide.
 *	extension	one of allowed_extensions, and of that type.  A name
 *			without an extension is refused; no name (NULL) has
 *			none to disagree.
 *	content		what libmagic calls the same type,
 *	structure	and its walker (codec/image.h) finds whole.  What is no
 *			image has only its ends checked (codec/container.h).
 * A wrong declared type is reported by its declared name, wrong content by
 * the sniffed one.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_FILECHECK_H
#define CODEC_FILECHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/slice.h"
#include "codec/mediatype.h"

struct sniffer; /* codec/sniff.h */

enum file_refusal {
	FILE_ACCEPTED,
	FILE_EMPTY,
	FILE_TOO_LARGE,
	FILE_TYPE_NOT_ALLOWED,	    /* `detail` is the declared type */
	FILE_EXTENSION_NOT_ALLOWED, /* `detail` is the extension */
	FILE_TYPE_MISMATCH, /* declared type, extension and content disagree;
			       `detail` is the sniffed type */
	FILE_DAMAGED,	    /* `detail` says where the structure breaks */
	FILE_TOO_MANY_PIXELS,
	FILE_TOO_MANY_FRAMES
};

struct file_rules {
	enum file_kind kind;
	int64_t max_bytes;
	const char *allowed_types;	/* "image/jpeg image/png" */
	const char *allowed_extensions; /* "jpg jpeg png"; "" for any known */
	int64_t max_pixels;		/* of one frame's canvas */
	int64_t max_frames;
	struct sniffer *sniffer;
};

struct file_verdict {
	enum file_refusal refusal;
	/*
	 * Machine-readable and stable: file_empty, file_too_large,
	 * type_not_allowed, extension_not_allowed, type_mismatch,
	 * file_damaged, too_many_pixels, too_many_frames; "" when accepted.
	 */
	const char *code;
	/* English, for logs and almacenctl; "" when accepted. */
	const char *reason;
	const char *detail; /* see the enum; "" when there is none */
	const char *type;   /* canonical media type; "" when unknown */
	const char *extension; /* canonical, "jpg"; "" when unknown */
	int64_t size_bytes;
	int64_t width, height, frames; /* 0 when unknown */
	int orientation;	       /* EXIF 1..8; 0 when unknown */
};

struct filecheck;

/* declared_type may be NULL or carry parameters; name may be NULL. */
struct filecheck *filecheck_new(struct pool *pool,
    const struct file_rules *rules, const char *name,
    const char *declared_type);
/*
 * What name and declared type alone say, before a byte came: refused, or
 * accepted with the type and extension they promise.
 */
void filecheck_naming(const struct filecheck *check,
    struct file_verdict *verdict_r);
void filecheck_feed(struct filecheck *check, struct slice bytes);
/*
 * Bytes between the first and the last FILECHECK_END_BYTES of a file that is no
 * image may be left out; they only count.
 */
enum { FILECHECK_END_BYTES = 64 * 1024 };
void filecheck_skip(struct filecheck *check, int64_t bytes);
/* True as soon as nothing that follows could make the file acceptable. */
bool filecheck_is_refused(const struct filecheck *check);
/*
 * The canonical type that an accepting verdict will name, as soon as it is
 * certain: at the latest after SNIFF_BYTES of a file that is not refused.
 * "" until then.
 */
const char *filecheck_type(const struct filecheck *check);
/* The verdict; its strings live in the check's pool. */
void filecheck_finish(struct filecheck *check, struct file_verdict *verdict_r);

#endif
