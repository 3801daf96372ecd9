/*
 * CRC-32 as in PNG, zip and gzip (ISO 3309, polynomial 0xedb88320), eight
 * bytes at a step.
 *
 *	crc = crc32_update(table, CRC32_START, data, len) ...
 *	crc ^ CRC32_START is the value that is stored
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CODEC_CRC32_H
#define CODEC_CRC32_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

#define CRC32_START UINT32_C(0xffffffff)

/* 8 KiB of constants; made in some microseconds, read-only afterwards. */
struct crc32_table;

const struct crc32_table *crc32_table_new(struct pool *pool);
uint32_t crc32_update(const struct crc32_table *table, uint32_t crc,
    const void *data, size_t len);

#endif
