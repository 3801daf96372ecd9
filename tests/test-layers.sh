#!/bin/sh
# SPDX-License-Identifier: MIT
# Every #include under src/ obeys src/LAYERS.
top=${top_srcdir:-$(dirname "$0")/..}
echo 1..1
if "$top/scripts/check-layers" "$top/src" >&2; then
	echo "ok 1 - includes obey src/LAYERS"
else
	echo "not ok 1 - includes obey src/LAYERS"
fi
