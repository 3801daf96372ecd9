#!/bin/sh
# SPDX-License-Identifier: MIT
# The pages of tests/pages through `almacenctl render`, in both languages, are
# HTML without a fault that tidy knows.
top=${top_srcdir:-$(dirname "$0")/..}
ctl=${top_builddir:-.}/almacenctl
LOCALE_DIR=${top_builddir:-.}/locale
export LOCALE_DIR
if ! command -v tidy >/dev/null 2>&1; then
	echo '1..0 # SKIP tidy is not installed'
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

number=0
for view in "$top"/tests/pages/*.json; do
	name=$(basename "$view" .json)
	for lang in es en; do
		number=$((number + 1))
		"$ctl" render --lang "$lang" "$top/templates/${name%%-*}.html" \
		    "$view" >"$tmp/page.html" 2>"$tmp/faults"
		status=$?
		# tidy 5.6 does not know every attribute of today's HTML.
		tidy -q -e -utf8 "$tmp/page.html" 2>&1 |
		    grep -v 'proprietary attribute "\(loading\|inputmode\|minlength\|autocapitalize\|aria-current\)"' \
		    >>"$tmp/faults"
		if [ "$status" -eq 0 ] && [ ! -s "$tmp/faults" ]; then
			echo "ok $number - $name $lang"
		else
			echo "not ok $number - $name $lang (status $status)"
			sed 's/^/# /' "$tmp/faults"
		fi
	done
done
echo "1..$number"
