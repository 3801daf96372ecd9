#!/bin/sh
# SPDX-License-Identifier: MIT
# Every message id has a Spanish text, every text has its id, and both fill in
# the same names.
top=${top_srcdir:-$(dirname "$0")/..}
if ! command -v xgettext >/dev/null 2>&1; then
	echo '1..0 # SKIP xgettext is not installed'
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo 1..5

"$top/scripts/extract-messages" "$top" >"$tmp/almacen.pot"
msgmerge -q --no-fuzzy-matching -o "$tmp/es.po" "$top/po/es.po" \
    "$tmp/almacen.pot"

# report NAME FILE: passed when the file is empty
report() {
	number=$((${number:-0} + 1))
	if [ -s "$2" ]; then
		echo "not ok $number - $1"
		sed 's/^/# /' "$2"
	else
		echo "ok $number - $1"
	fi
}

# Both halves of the count are there, or the extraction is broken.
{
	grep -q '^#: src/' "$tmp/almacen.pot" || echo 'nothing found in C'
	grep -q '^#: templates/' "$tmp/almacen.pot" ||
	    echo 'nothing found in templates'
} >"$tmp/none"
report 'messages are found' "$tmp/none"

msgattrib --no-wrap --untranslated --no-obsolete "$tmp/es.po" |
    grep '^msgid "..*"' >"$tmp/untranslated"
report 'every message has a Spanish text' "$tmp/untranslated"

msgattrib --no-wrap --only-fuzzy "$tmp/es.po" | grep '^msgid "..*"' >"$tmp/fuzzy"
report 'no Spanish text is a guess' "$tmp/fuzzy"

msgattrib --no-wrap --only-obsolete "$tmp/es.po" | grep '^#~ msgid' >"$tmp/obsolete"
report 'every Spanish text is used' "$tmp/obsolete"

msgcat --no-wrap "$top/po/es.po" | awk '
function names(text,    list) {
	list = ""
	while (match(text, /\{\{[^}]*\}\}/)) {
		found[substr(text, RSTART, RLENGTH)] += sign
		text = substr(text, RSTART + RLENGTH)
	}
}
/^msgid / { id = $0; sign = 1; names($0) }
/^msgstr / {
	sign = -1
	names($0)
	for (name in found)
		if (found[name] != 0)
			print id ": " name
	split("", found)
}' >"$tmp/names"
report 'both fill in the same names' "$tmp/names"
