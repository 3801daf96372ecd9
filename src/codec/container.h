/*
 * The two ends of a container: does it start as its type does, and is its end
 * where it belongs?  That finds what was cut off or only bears the name; what
 * is in between is the matter of walkers such as codec/image.h, whose place
 * this is for video, audio and documents.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_CONTAINER_H
#define CODEC_CONTAINER_H

#include <stdint.h>

#include "base/slice.h"

struct container_ends {
	struct slice head, tail; /* of a short file each is the whole */
	int64_t size_bytes;
};

/* NULL when nothing is wrong; else what is, in English.  Types are canonical
 * (codec/mediatype.h); one without a rule is accepted. */
const char *container_check(const char *type,
    const struct container_ends *ends);

#endif
