/*
 * Fuzz targets.  Each defines LLVMFuzzerTestOneInput(), aborts on what must
 * never happen, and has a corpus in tests/fuzz/corpus/NAME.  Configured with
 * --enable-fuzzing CC=clang they are linked with libFuzzer:
 *
 *	tests/fuzz/fuzz-image -max_total_time=60 NEW ../tests/fuzz/corpus/image
 *
 * else with replay.c, which runs the corpus once in `make check`.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* As assert(), whatever NDEBUG says. */
#define FUZZ_CHECK(claim)                                                \
	do {                                                             \
		if (!(claim)) {                                          \
			fprintf(stderr, "%s:%d: %s\n", __FILE__,         \
			    __LINE__, #claim);                           \
			abort();                                         \
		}                                                        \
	} while (0)

#endif
