#!/bin/sh
# SPDX-License-Identifier: MIT
# Size limits and banned calls of docs/STYLE.md.
echo 1..1
if "$top_srcdir/scripts/check-style" "$top_srcdir" >&2; then
	echo "ok 1 - sources obey docs/STYLE.md"
else
	echo "not ok 1 - sources obey docs/STYLE.md"
fi
