#!/bin/sh
# SPDX-License-Identifier: MIT
# Each template of httpd-conf, filled in for / and for a prefix, is accepted by
# its web server.
PATH=$PATH:/usr/sbin:/sbin
serve=${top_srcdir:-.}/scripts/serve-httpd
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tmp" "$dir/log"
count=0

accepts() {
	case $1 in
	lighttpd-*) lighttpd -tt -f "$2" ;;
	apache-*) apache2 -t -f "$2" ;;
	nginx) nginx -t -q -c "$2" -e stderr ;;
	esac
}

# What a template needs to be tried; its name when that is missing.
missing() {
	case $1 in
	lighttpd-*) command -v lighttpd >/dev/null || echo lighttpd ;;
	apache-fcgid)
		[ -e /usr/lib/apache2/modules/mod_fcgid.so ] || echo mod_fcgid
		;;
	apache-*) command -v apache2 >/dev/null || echo apache2 ;;
	nginx) command -v nginx >/dev/null || echo nginx ;;
	esac
}

try() {
	count=$((count + 1))
	lacks=$(missing "$1")
	if [ -n "$lacks" ]; then
		echo "ok $count - $1 at ${2:-/} # SKIP no $lacks"
		return
	fi
	if "$serve" fill "$1" "$dir" ALMACEN=/bin/true ENV_FILE=/dev/null \
	    PORT=18999 PREFIX="$2" >"$dir/conf" 2>"$dir/said" &&
	    ! grep -v '^[[:space:]]*#' "$dir/conf" | grep '@[A-Z_]*@' &&
	    grep -q '>>> almacen' "$dir/conf" &&
	    accepts "$1" "$dir/conf" >"$dir/said" 2>&1; then
		echo "ok $count - $1 at ${2:-/}"
	else
		sed 's/^/# /' "$dir/said"
		echo "not ok $count - $1 at ${2:-/}"
	fi
}

echo 1..14
for template in lighttpd-fcgi lighttpd-socket lighttpd-cgi apache-proxy \
    apache-fcgid apache-cgi nginx; do
	try $template ''
	try $template /tienda
done
