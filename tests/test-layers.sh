#!/bin/sh
# SPDX-License-Identifier: MIT
# Every #include under src/ obeys src/LAYERS.
echo 1..1
if "$top_srcdir/scripts/check-layers" "$top_srcdir/src" >&2; then
	echo "ok 1 - includes obey src/LAYERS"
else
	echo "not ok 1 - includes obey src/LAYERS"
fi
