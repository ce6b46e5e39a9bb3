#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual page says what the program does: same options, findings and states.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

page=$TOP_BUILDDIR/man/pgcons-dump.8
report=$TOP_BUILDDIR/man/pgcons-report.5
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# section NAME: its lines, with \- as -
section() {
	awk -v name="$1" '/^\.SH /{ inside = substr($0, 5) == name; next } inside' "$page" |
		sed 's/\\-/-/g'
}

none_missing() {
	[ "$(wc -l <"$1")" -gt 100 ] && ! comm -23 "$1" "$2" | grep .
}

same() {
	[ -s "$1" ] && diff "$1" "$2"
}

lint() {
	lint_output=$(mandoc -Tlint -Wwarning "$page" "$report" "$TOP_BUILDDIR/man/pgcons-fleet.8")
	echo "$lint_output"
	[ -z "$lint_output" ]
}

"$PGCONS_DUMP" --help | grep -o -e '--[a-z][a-z-]*' | sort -u >"$work/help"
section OPTIONS | grep '^\.B' | grep -o -e '--[a-z][a-z-]*' | sort -u >"$work/options"
check "options are those of --help" same "$work/help" "$work/options"

"$PGCONS_DUMP" --list-findings | awk '{ print $1, $2 }' >"$work/list"
section FINDINGS | sed -n 's/^\.BR \([a-z-]*\) " (\(.*\))"$/\1 \2/p' >"$work/findings"
check "findings and severities are those of --list-findings" \
	same "$work/list" "$work/findings"

# A finding's sentence is in the catalogue. The page gets it from there, and nothing repeats it.
plain() {
	sed 's/\\-/-/g; s/"//g' | tr -s ' \t\n' ' '
}

sentences() {
	"$PGCONS_DUMP" --list-findings | awk '{ $1 = $2 = ""; sub(/^ +/, ""); print }'
}

sentences_once() {
	bad=0

	find "$TOP_SRCDIR/src" "$TOP_SRCDIR"/man/*.in "$TOP_SRCDIR/README" -type f ! -name '*.o' \
		-exec cat {} + | plain >"$work/written"
	section FINDINGS | plain >"$work/shown"
	while read -r sentence; do
		for where in written shown; do
			n=$(grep -oiF -e "$sentence" "$work/$where" | wc -l)
			[ "$n" -eq 1 ] || { echo "$where $n times: $sentence"; bad=1; }
		done
	done <"$work/sentences"
	return $bad
}

sentences >"$work/sentences"
[ -s "$work/sentences" ] || exit 99
check "each finding's sentence is written once, and shown" sentences_once

# Words that readers of English as a second language stumbled over, in strings and manual pages.
# Better: report, check, impossible, unknown, does not exist, skipped, compared with, overwritten,
# excluded, needs, points to.
hard_words() {
	{
		find "$TOP_SRCDIR/src" -type f -name '*.[chd]*' \
			-exec sed -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//d' {} + | grep -o '"[^"]*"'
		cat "$TOP_SRCDIR"/man/*.in "$TOP_SRCDIR/README" "$TOP_SRCDIR/SECURITY.md"
		grep -v '^ *#' "$TOP_SRCDIR/kdump/pgcons-kdump.in"
	} >"$work/texts"
	[ "$(wc -l <"$work/texts")" -gt 4000 ] &&
		! grep -nEiw "$1" "$work/texts"
}

check "no text has words that are hard to understand" hard_words \
	'told|tells|absurd|looked (at|for)|goe?s? (with|on)|is none|cannot be told|not known|passed over|held against|written over|left out|given up|breaks off|leads? (to|nowhere)|in vain'

sed -n 's/^PAGE_STATE([A-Z_]*, "\([^"]*\)".*/\1/p' "$TOP_SRCDIR/src/model/page_states.def" \
	>"$work/states"
section "PAGE STATES" | sed -n 's/^\.TP//; s/^\.B \([a-z-]*\)$/\1/p' | grep -v '^-v$' \
	>"$work/described"
check "states are those of the program" same "$work/states" "$work/described"

# Keys of the schemas, those of the evidence among them.
jq -r '.. | .properties? // empty | keys[]' "$TOP_SRCDIR"/schema/*.schema.json |
	sort -u >"$work/keys"
sed -n 's/^\.B \([a-z_]*\)$/\1/p' "$report" | sort -u >"$work/keys5"
sort -u -o "$work/keys" "$work/keys"
check "each key is described in pgcons-report(5)" none_missing "$work/keys" "$work/keys5"

check "the version is the program's" \
	grep -q "^\.TH .*pgcons.-dump $("$PGCONS_DUMP" --version | sed -n '1s/.* //p')\"" "$page"

# In what is installed, folders have their names: a hook that is copied from there runs.
no_variables() {
	set -- "$TOP_BUILDDIR"/man/*.[58] "$TOP_BUILDDIR"/kdump/*.service \
		"$TOP_SRCDIR"/kdump/*.timer
	[ $# -ge 5 ] && ! grep -nF "\${" "$@" &&
		! grep -nE '@[a-z_]+@|\$\{(exec_)?prefix\}|\$\{[a-z]*dir\}' "$@" \
			"$TOP_BUILDDIR/kdump/pgcons" "$TOP_BUILDDIR/kdump/pgcons-kdump"
}

check "no variable of the build is left in pages, units and hooks" no_variables

if have mandoc; then
	check "mandoc has no complaint" lint
else
	skip "mandoc has no complaint" "no mandoc"
fi
done_testing
