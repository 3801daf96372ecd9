#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: stop-postgres.sh DIR [-9] [wipe]
# Stop what start-postgres.sh started in DIR, with -9 as if the machine had
# lost its power; "wipe" removes DIR.
set -eu

dir=${1:?usage: stop-postgres.sh DIR [-9] [wipe]}
[ -d "$dir" ] || exit 0
dir=$(cd "$dir" && pwd)
shift
signal=INT # ends connections, keeps all
wipe=no
for word in "$@"; do
	case $word in
	-9) signal=QUIT ;;
	wipe) wipe=yes ;;
	*) echo "stop-postgres: unknown word $word" >&2; exit 2 ;;
	esac
done

# Ours names our folder; a zombie names nothing.
lives() {
	tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF "$dir/data"
}

stop() {
	pid=$(sed -n 1p "$dir/data/postmaster.pid" 2>/dev/null) || return 0
	[ -n "$pid" ] && lives "$pid" || return 0
	kill "-$signal" "$pid" 2>/dev/null || return 0
	tries=0
	while lives "$pid"; do
		tries=$((tries + 1))
		[ "$tries" -ne 200 ] || kill -QUIT "$pid" 2>/dev/null || :
		[ "$tries" -lt 400 ] || return 0
		sleep 0.05
	done
}

stop
if [ "$wipe" = yes ] && [ -e "$dir/.postgres" ]; then
	rm -rf "$dir"
fi
