#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What needs no dump: help, version, the list of findings, mistakes on the command line.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# run STATUS ARG...: run the program, leave out and err in $work, compare the status
run() {
	want=$1
	shift
	"$PGCONS_DUMP" "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$want" ] || { echo "status $got instead of $want"; cat "$work/err"; false; }
}

answers() {
	run 0 "$@" && [ -s "$work/out" ] && [ ! -s "$work/err" ]
}

one_line() {
	[ "$(wc -l <"$1")" -eq 1 ]
}

refuses() {
	run 16 "$@" && [ ! -s "$work/out" ] && one_line "$work/err" &&
		grep -q "Try 'pgcons-dump --help'\.$" "$work/err"
}

cannot() {
	run 8 "$@" && [ ! -s "$work/out" ] && one_line "$work/err" &&
		grep -q "^pgcons-dump: " "$work/err"
}

full_disk() {
	"$PGCONS_DUMP" "$1" >/dev/full 2>"$work/err"
	[ $? -eq 8 ] && one_line "$work/err"
}

check "--help" answers --help
check "-h" answers -h
check "--version" answers --version
check "--list-findings" answers --list-findings
# Each finding of the list is explained, within 80 columns but for commands.
explains_all() {
	run 0 --list-findings || return
	awk '{ print $1 }' "$work/out" >"$work/slugs"
	while read -r slug; do
		run 0 "--explain=$slug" && [ ! -s "$work/err" ] &&
			grep -q "^What it means" "$work/out" &&
			! grep -v '^    ' "$work/out" | grep '.\{81\}' || return
	done <"$work/slugs"
}
check "--explain" explains_all
check "--explain of nothing known" refuses --explain=nonsense
check "no argument" refuses
check "one argument that is no file" cannot "$work/none"
check "three arguments" refuses a b c
check "unknown option" refuses --frobnicate a b
check "unknown finding" refuses --ignore=nonsense a b
check "contradiction" refuses -q -v a b
check "missing files" cannot "$work/none" "$work/neither"
: >"$work/empty"
check "empty files" cannot "$work/empty" "$work/empty"
check "a directory" cannot "$work" "$work"
# What looks for leaks at the end may not look any more, once the rights are given away.
cannot_live() {
	ASAN_OPTIONS=detect_leaks=0
	export ASAN_OPTIONS
	cannot --live
}

if [ -r /proc/kcore ]; then
	skip "--live without kcore" "this kernel has one that can be read"
else
	check "--live without kcore" cannot_live
	check "... and it says why" grep -q "^pgcons-dump: /proc/kcore: " "$work/err"
fi
if [ -w /dev/full ]; then
	check "--help to a full disk" full_disk --help
	check "--list-findings to a full disk" full_disk --list-findings
fi
done_testing
