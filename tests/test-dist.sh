#!/bin/sh
# SPDX-License-Identifier: MIT
# The tarball has every file of the repository but those git and CI want.
top=${top_srcdir:-$(dirname "$0")/..}
build=${top_builddir:-.}
if ! git -C "$top" rev-parse --git-dir >/dev/null 2>&1 ||
    [ ! -e "$top/.git" ]; then
	echo '1..0 # SKIP not in a git checkout'
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo 1..1
git -C "$top" ls-files | grep -vE '^\.ci/|(^|/)\.git' | sort >"$tmp/tracked"
"${make:-make}" -s -C "$build" list-dist >"$tmp/listed"
# A folder stands for all in it.
while read -r file; do
	[ -d "$top/$file" ] && (cd "$top" && find "$file" -type f)
	echo "$file"
done <"$tmp/listed" | sort -u >"$tmp/files"
comm -23 "$tmp/tracked" "$tmp/files" >"$tmp/missing"
if [ -s "$tmp/files" ] && [ ! -s "$tmp/missing" ]; then
	echo 'ok 1 - every file is distributed'
else
	echo 'not ok 1 - every file is distributed'
	sed 's/^/# /' "$tmp/missing"
fi
