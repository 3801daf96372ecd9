# SPDX-License-Identifier: MIT
EXTRA_DIST += bench/README.md bench/results.md bench/hello.c bench/load.lua \
	bench/measure.py bench/run
