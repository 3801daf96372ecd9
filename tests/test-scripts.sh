#!/bin/sh
# SPDX-License-Identifier: MIT
# Our shell scripts by shellcheck.
top=${top_srcdir:-$(dirname "$0")/..}
if ! command -v shellcheck >/dev/null 2>&1; then
	echo '1..0 # SKIP shellcheck is not installed'
	exit 0
fi
scripts=$(grep -lE '^#! ?/bin/sh' "$top"/scripts/* "$top"/tests/*.sh \
    "$top"/tests/*/*.sh)
echo "1..$(echo "$scripts" | wc -l)"
number=0
for script in $scripts; do
	number=$((number + 1))
	if shellcheck -f gcc "$script" >&2; then
		echo "ok $number - ${script#"$top"/}"
	else
		echo "not ok $number - ${script#"$top"/}"
	fi
done
