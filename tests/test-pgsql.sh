#!/bin/sh
# SPDX-License-Identifier: MIT
# The unit tests that have a database, once more on a PostgreSQL of their own.
src=${top_srcdir:-.} build=${top_builddir:-.}
tmp=$(mktemp -d)
chmod 711 "$tmp" # a server started by root is nobody
trap '"$src/tests/lib/stop-postgres.sh" "$tmp/db" -9; rm -rf "$tmp"' EXIT
ALMACEN_TEST_PGSQL=$(DIR=$tmp/db "$src/tests/lib/start-postgres.sh") || exit 1
export ALMACEN_TEST_PGSQL

# test-hostile breaks SQLite by means of its own: triggers and pragmas.
# Their TAP as one: numbers go on, and names say where they come from.
programs=$(cd "$src" &&
    grep -lE 'lib/database\.h|(model|direct|sweep|web)test\.h' \
	tests/sql/test-*.c tests/model/test-*.c tests/web/test-*.c | grep -v /test-hostile)
for file in $programs; do
	program=${file%.c}
	name=${program##*/test-}
	"$build/$program" >"$tmp/$name.out" 2>"$tmp/$name.err"
	status=$?
	sed 's/^/# /' "$tmp/$name.err"
	grep -q '^ok' "$tmp/$name.out" && [ $status -le 125 ] ||
		echo "not ok - $name ended with status $status"
	grep -v '^1\.\.' "$tmp/$name.out" | sed "s/^\(.*ok\) [0-9]* - /\1 - $name: /"
done | awk '
/^(not )?ok / { sub(/ok /, "ok " ++number " ") }
{ print }
END { print "1.." number }'
