#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: DIR=folder [PORT=7480] [ACCESS_KEY=..] [SECRET_KEY=..] start-rgw.sh
#
# Boot a Ceph of one node with its S3 gateway, in memory, all of it in DIR and
# on loopback; print the endpoint.  It is made anew each time.  Needs the Debian
# packages ceph-mon, ceph-osd, radosgw and curl; no root, systemd or keyrings.
# The gateway is the only one to use 127.0.0.1; monitor and OSD have an address
# of their own that comes from PORT, so that several instances get along.
# Virtual-host style works with the Host BUCKET.localhost.
# Everything here is for tests: whoever is on this machine may use it.
set -eu

dir=${DIR:?usage: DIR=folder [PORT=..] start-rgw.sh}
port=${PORT:-7480}
access_key=${ACCESS_KEY:-TESTACCESSKEY0000000}
secret_key=${SECRET_KEY:-testsecretkey/0000000000000000000000000}
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C PATH
unset CEPH_CONF CEPH_ARGS PYTHONPATH

die() {
	echo "start-rgw: $*" >&2
	exit 1
}

# A step that ends within a minute, or the end of the output of all steps.
step() {
	timeout 60 "$@" >>"$dir/log/steps" 2>&1 || {
		tail -n 20 "$dir/log/steps" >&2
		die "failed: $*"
	}
}

uuid() {
	cat /proc/sys/kernel/random/uuid
}

# A folder of ours, empty but for what marks it.
prepare_dir() {
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[ "${#dir}" -le 80 ] || die "DIR is too long for unix sockets: $dir"
	if [ -n "$(ls -A "$dir")" ]; then
		[ -e "$dir/.rgw" ] || die "$dir is neither empty nor mine"
		"$here/stop-rgw.sh" "$dir" -9
		rm -rf "$dir/mon" "$dir/osd" "$dir/rgw" "$dir/run" "$dir/log"
	fi
	touch "$dir/.rgw"
	mkdir -p "$dir/mon" "$dir/osd" "$dir/rgw" "$dir/run" "$dir/log"
}

# The proposal intervals are what makes it boot in a second: each change of a
# map would wait for one.  The "avail" lines keep the monitor up when the disk
# is nearly full, the STS line keeps the codes of wrong keys apart.
write_conf() {
	cat >"$conf" <<-EOF
	[global]
	fsid = $fsid
	auth cluster required = none
	auth service required = none
	auth client required = none
	mon host = [v1:$addr:6789]
	public addr = $addr
	cluster addr = $addr
	ms bind msgr2 = false
	ms bind port min = 6800
	ms bind port max = 6899
	run dir = $dir/run
	crash dir = $dir/run
	log file = $dir/log/\$name.log
	mon cluster log file = $dir/log/cluster.log
	admin socket = $dir/run/\$name.asok
	pid file = $dir/run/\$name.pid
	debug default = 0/0
	osd pool default size = 1
	osd pool default min size = 1
	osd pool default pg num = 4
	osd pool default pgp num = 4
	osd pool default pg autoscale mode = off
	osd crush chooseleaf type = 0
	mon allow pool size one = true
	mon warn on pool no redundancy = false
	mon max pg per osd = 2000
	[mon]
	mon data = $dir/mon
	mon data avail warn = 0
	mon data avail crit = 0
	paxos propose interval = 0.01
	paxos min wait = 0.01
	[osd]
	osd data = $dir/osd
	osd objectstore = memstore
	memstore device bytes = 10G
	osd crush update on start = false
	osd class update on start = false
	osd max object name len = 2048
	osd max scrubs = 0
	[client.rgw.a]
	rgw data = $dir/rgw
	rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
	rgw thread pool size = 32
	rgw dns name = localhost
	rgw relaxed region enforcement = true
	rgw s3 auth use sts = false
	rgw enable usage log = false
	rgw enable ops log = false
	rgw dynamic resharding = false
	rgw run sync thread = false
	rgw override bucket index max shards = 1
	rgw gc obj min wait = 5
	rgw gc processor period = 5
	rgw gc max objs = 2
	rgw num control oids = 1
	rgw lc max objs = 1
	EOF
}

answers() {
	curl -s -o "$dir/run/answer" --noproxy '*' --max-time 5 \
	    "http://127.0.0.1:$port/" && grep -q '<?xml' "$dir/run/answer"
}

# Ours, and not the one that had the port before.
is_ours() {
	pid=$(cat "$dir/run/client.rgw.a.pid" 2>/dev/null) &&
	    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$conf"
}

wait_for_gateway() {
	tries=0
	until is_ours && answers; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || die "no answer, see $dir/log"
		[ "$tries" -lt 20 ] || is_ours || die "died, see $dir/log"
		sleep 0.05
	done
}

for program in ceph-mon ceph-osd radosgw radosgw-admin monmaptool osdmaptool \
    curl; do
	command -v "$program" >/dev/null || die "$program is missing: apt-get" \
	    "install --no-install-recommends ceph-mon ceph-osd radosgw curl"
done
prepare_dir
! curl -s -o /dev/null --noproxy '*' --max-time 5 "http://127.0.0.1:$port/" ||
    die "port $port is taken"
conf=$dir/ceph.conf
addr=127.$((port / 256)).$((port % 256)).1
fsid=$(uuid)
write_conf
step osdmaptool --createsimple 1 --clobber "$dir/run/osdmap"
step monmaptool --create --clobber --fsid "$fsid" --addv a "[v1:$addr:6789]" \
    "$dir/run/monmap"
step ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/run/monmap" \
    --osdmap "$dir/run/osdmap"
step ceph-mon -c "$conf" -i a
# The OSD asks the monitor for its configuration, also to make its store.
step ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$(uuid)"
step ceph-osd -c "$conf" -i 0
step radosgw-admin -c "$conf" user create --uid=test --display-name=test \
    --access-key="$access_key" --secret-key="$secret_key"
step radosgw -c "$conf" -n client.rgw.a
wait_for_gateway
echo "http://127.0.0.1:$port"
