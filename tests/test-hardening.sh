#!/bin/sh
# SPDX-License-Identifier: MIT
# What the hardening flags of configure promise stands in the programs.
build=${top_builddir:-.}
if [ -z "${harden_cflags-}" ]; then
	echo '1..0 # SKIP built without hardening'
	exit 0
fi
if ! command -v readelf >/dev/null 2>&1; then
	echo '1..0 # SKIP readelf is not installed'
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo 1..12
number=0

# report PASSED NAME
report() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
	fi
}

# has NAME REGEX: what readelf says has a line like that
has() {
	grep -qE "$2" "$tmp/elf"
	report $? "$program: $1"
}

for program in almacen.fcgi almacenctl; do
	LC_ALL=C readelf -W -h -l -d --dyn-syms "$build/$program" >"$tmp/elf"
	has 'position independent' 'FLAGS_1.* PIE'
	has 'relocations read-only' '^ *GNU_RELRO'
	has 'bound at start' 'FLAGS_1.* NOW'
	has 'no executable stack' '^ *GNU_STACK .* RW +0x'
	has 'stack protector' ' __stack_chk_fail(@| |$)'
	case ${cflags-} in
	*-O[1-9s]*)
		has 'checked functions of libc' ' __[a-z]+_chk(@| |$)'
		;;
	*)
		number=$((number + 1))
		echo "ok $number # SKIP not optimised, so not checked"
		;;
	esac
done
