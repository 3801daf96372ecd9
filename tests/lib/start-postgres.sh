#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: DIR=folder start-postgres.sh
#
# Start a PostgreSQL of its own in DIR, on a unix socket there and on nothing
# else, with a database "almacen" of a superuser "almacen" without password;
# print its URL, to which "&options=..." can be added.  It is made anew each
# time.  It syncs as a real one does.  Started by root, it runs as nobody.
# Needs the Debian package postgresql-15 (any version from 13 on); no root, no
# systemd, no cluster of the package.
set -eu

dir=${DIR:?usage: DIR=folder start-postgres.sh}
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C
unset PGDATA PGHOST PGPORT PGUSER PGPASSWORD PGOPTIONS PGDATABASE

die() {
	echo "start-postgres: $*" >&2
	exit 1
}

# The newest one: /usr/lib/postgresql/VERSION/bin on Debian.
find_programs() {
	for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
		[ ! -x "$bin/initdb" ] || return 0
	done
	bin=$(dirname "$(command -v initdb || echo ./none)")
	[ -x "$bin/initdb" ] ||
		die "initdb is missing: apt-get install postgresql"
}

# A step, or the end of the output of all steps.
step() {
	# shellcheck disable=SC2086 # words
	timeout 60 $as_user "$@" >>"$dir/log/steps" 2>&1 </dev/null || {
		tail -n 20 "$dir/log/steps" >&2
		die "failed: $*"
	}
}

# A folder of ours, empty but for what marks it.
prepare_dir() {
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[ "${#dir}" -le 80 ] || die "DIR is too long for unix sockets: $dir"
	if [ -n "$(ls -A "$dir")" ]; then
		[ -e "$dir/.postgres" ] || die "$dir is neither empty nor mine"
		"$here/stop-postgres.sh" "$dir" -9
		rm -rf "$dir/data" "$dir/run" "$dir/log"
	fi
	touch "$dir/.postgres"
	mkdir -p "$dir/run" "$dir/log"
	chmod 755 "$dir" "$dir/run"
	as_user=
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$dir" "$dir/run" "$dir/log"
		as_user="setpriv --reuid=nobody --regid=nogroup --clear-groups"
	fi
}

# The sync at initdb alone is left out: until now there is nothing to lose.
find_programs
prepare_dir
step "$bin/initdb" -D "$dir/data" -U almacen -A trust -E UTF8 \
    --locale=C.UTF-8 --no-sync
cat >>"$dir/data/postgresql.conf" <<-EOF
	listen_addresses = ''
	unix_socket_directories = '$dir/run'
	max_connections = 500
	shared_buffers = 64MB
	log_line_prefix = '%m [%p] %a '
	log_checkpoints = off
EOF
step "$bin/pg_ctl" -D "$dir/data" -l "$dir/log/postgres" -s -w -t 50 start
step "$bin/createdb" -h "$dir/run" -U almacen almacen
echo "postgresql:///almacen?user=almacen&host=$dir/run"
