#!/bin/sh
# SPDX-License-Identifier: MIT
# Size limits and banned calls of docs/STYLE.md.
top=${top_srcdir:-$(dirname "$0")/..}
echo 1..1
if "$top/scripts/check-style" "$top" >&2; then
	echo "ok 1 - sources obey docs/STYLE.md"
else
	echo "not ok 1 - sources obey docs/STYLE.md"
fi
