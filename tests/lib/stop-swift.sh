#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: stop-swift.sh DIR [-9] [wipe]
# Stop what start-swift.sh started in DIR, at once with -9; "wipe" removes DIR.
set -eu

dir=${1:?usage: stop-swift.sh DIR [-9] [wipe]}
[ -d "$dir" ] || exit 0
dir=$(cd "$dir" && pwd)
shift
signal=TERM
wipe=no
for word in "$@"; do
	case $word in
	-9) signal=KILL ;;
	wipe) wipe=yes ;;
	*) echo "stop-swift: unknown word $word" >&2; exit 2 ;;
	esac
done
pid=$(cat "$dir/swift.pid" 2>/dev/null) || pid=

# Ours names our configuration; a zombie names nothing.
lives() {
	[ -n "$pid" ] &&
	    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/etc"
}

tries=0
if lives; then
	kill "-$signal" "$pid" 2>/dev/null || :
fi
while lives && [ "$tries" -lt 400 ]; do
	tries=$((tries + 1))
	[ "$tries" -ne 200 ] || kill -KILL "$pid" 2>/dev/null || :
	sleep 0.05
done
if [ "$wipe" = yes ] && [ -e "$dir/.swift" ]; then
	rm -rf "$dir"
fi
