#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: stop-rgw.sh DIR [-9] [wipe]
# Stop what start-rgw.sh started in DIR, at once with -9; "wipe" removes DIR.
set -eu

dir=${1:?usage: stop-rgw.sh DIR [-9] [wipe]}
[ -d "$dir" ] || exit 0
dir=$(cd "$dir" && pwd)
shift
signal=TERM
wipe=no
for word in "$@"; do
	case $word in
	-9) signal=KILL ;;
	wipe) wipe=yes ;;
	*) echo "stop-rgw: unknown word $word" >&2; exit 2 ;;
	esac
done

# A process of ours names our configuration; a zombie names nothing.
lives() {
	tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF "$dir/ceph.conf"
}

stop() {
	pid=$(cat "$dir/run/$1.pid" 2>/dev/null) || return 0
	[ -n "$pid" ] && lives "$pid" || return 0
	kill "-$2" "$pid" 2>/dev/null || return 0
	tries=0
	while lives "$pid"; do
		tries=$((tries + 1))
		[ "$tries" -ne 200 ] || kill -KILL "$pid" 2>/dev/null || :
		[ "$tries" -lt 400 ] || return 0
		sleep 0.05
	done
}

stop client.rgw.a KILL # it keeps nothing
stop osd.0 "$signal"
stop mon.a "$signal"
if [ "$wipe" = yes ] && [ -e "$dir/.rgw" ]; then
	rm -rf "$dir"
fi
