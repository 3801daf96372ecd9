#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: DIR=folder [PORT=7580] [ACCESS_KEY=account:user] [SECRET_KEY=..]
#        [CORS_ORIGIN=url] start-swift.sh
#
# Boot an OpenStack Swift of one process with its S3 interface, all of it in
# DIR and on loopback; print the endpoint.  It is made anew each time.  Needs
# the Debian packages python3-swift and curl, and user attributes in DIR's file
# system; no root.  Swift has no CORS rules by bucket: CORS_ORIGIN is for all.
# The proxy is the only one to use 127.0.0.1; the servers behind it have an
# address of their own that comes from PORT, so that several instances get
# along.  Everything here is for tests.
set -eu

dir=${DIR:?usage: DIR=folder [PORT=..] start-swift.sh}
port=${PORT:-7580}
access_key=${ACCESS_KEY:-test:tester}
secret_key=${SECRET_KEY:-testing}
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
export LC_ALL=C TZ=UTC
unset PYTHONPATH PYTHONHOME

die() {
	echo "start-swift: $*" >&2
	exit 1
}

# A folder of ours, empty but for what marks it.
prepare_dir() {
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	if [ -n "$(ls -A "$dir")" ]; then
		[ -e "$dir/.swift" ] || die "$dir is neither empty nor mine"
		"$here/stop-swift.sh" "$dir" -9
		rm -rf "${dir:?}/etc" "$dir/data" "$dir/log"
	fi
	touch "$dir/.swift"
	mkdir -p "$dir/etc" "$dir/data/disk" "$dir/log"
}

# What all four servers are told: where they listen, and to log to nowhere
# (there may be no syslog here).
write_defaults() {
	cat <<-EOF
	[DEFAULT]
	bind_ip = $1
	bind_port = $2
	swift_dir = $dir/etc
	devices = $dir/data
	mount_check = false
	disable_fallocate = true
	log_level = ERROR
	log_address = $dir/no-syslog
	recon_cache_path = $dir/data
	EOF
}

write_backend() {
	{
		write_defaults "$addr" "$2"
		cat <<-EOF
		[pipeline:main]
		pipeline = $1-server
		[app:$1-server]
		use = egg:swift#$1
		EOF
	} >"$dir/etc/$1-server.conf"
}

# error_suppression_*: with one server behind it the proxy must not turn away
# from it for a minute after an error.  s3_acl stays off, so that a bucket's
# canned ACL becomes one of Swift, which its own URLs obey too.
write_proxy() {
	{
		write_defaults 127.0.0.1 "$port"
		cat <<-EOF
		cors_allow_origin = $cors_origin
		cors_expose_headers = etag
		strict_cors_mode = true
		[pipeline:main]
		pipeline = catch_errors gatekeeper healthcheck listing_formats s3api tempauth bulk copy slo versioned_writes symlink proxy-server
		[app:proxy-server]
		use = egg:swift#proxy
		account_autocreate = true
		error_suppression_interval = 0
		error_suppression_limit = 1000000
		node_timeout = 60
		[filter:s3api]
		use = egg:swift#s3api
		location = us-east-1
		storage_domain = localhost
		max_upload_part_num = 10000
		cors_preflight_allow_origin = $cors_origin
		[filter:tempauth]
		use = egg:swift#tempauth
		user_${access_key%%:*}_${access_key#*:} = $secret_key .admin
		[filter:versioned_writes]
		use = egg:swift#versioned_writes
		allow_object_versioning = true
		EOF
		for filter in catch_errors gatekeeper healthcheck \
		    listing_formats bulk copy slo symlink; do
			printf '[filter:%s]\nuse = egg:swift#%s\n' \
			    "$filter" "$filter"
		done
	} >"$dir/etc/proxy-server.conf"
}

write_conf() {
	cat >"$dir/etc/swift.conf" <<-EOF
	[swift-hash]
	swift_hash_path_prefix = almacen
	swift_hash_path_suffix = tests
	[storage-policy:0]
	name = one
	default = yes
	EOF
	write_backend object 6200
	write_backend container 6201
	write_backend account 6202
	write_proxy
}

answers() {
	curl -s -f -o "$dir/log/answer" --noproxy '*' --max-time 5 \
	    "http://127.0.0.1:$port/healthcheck"
}

wait_for_proxy() {
	tries=0
	until answers; do
		tries=$((tries + 1))
		if [ "$tries" -gt 1200 ] || ! kill -0 "$pid" 2>/dev/null; then
			tail -n 20 "$dir/log/swift.log" >&2
			die "no answer, see $dir/log"
		fi
		sleep 0.05
	done
}

if ! command -v curl >/dev/null || ! $python -c 'import swift' 2>/dev/null
then
	die "apt-get install --no-install-recommends python3-swift curl"
fi
case $access_key in
*[!a-z0-9:]* | *:*:* | :* | *:) die "no ACCOUNT:USER: $access_key" ;;
*:*) ;;
*) die "no ACCOUNT:USER: $access_key" ;;
esac
prepare_dir
$python -c 'import os, sys; os.setxattr(sys.argv[1], "user.test", b"x" * 2048)' \
    "$dir/data" 2>/dev/null || die "no user attributes on files in $dir"
! curl -s -o /dev/null --noproxy '*' --max-time 5 "http://127.0.0.1:$port/" ||
    die "port $port is taken"
addr=127.$((port / 256)).$((port % 256)).2
cors_origin=${CORS_ORIGIN:-}
write_conf
$python "$here/swift_node.py" "$dir/etc" "$addr" >"$dir/log/swift.log" 2>&1 \
    </dev/null &
pid=$!
echo "$pid" >"$dir/swift.pid"
wait_for_proxy
echo "http://127.0.0.1:$port"
