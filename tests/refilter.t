#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile with the level that pgcons-dump(8) names, on each shipped dump: every finding is
# still there, with its page and its severity, and none is new.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

samples=$TOP_SRCDIR/tests/data/samples
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
level=$(sed -n 's/^makedumpfile \\-l \\-d \([0-9]*\) .*/\1/p' "$TOP_SRCDIR/man/pgcons-dump.8.in")

findings() {
	"$PGCONS_DUMP" --json "$1" "$work/$name/vmlinux" | jq -c '[.result, (.findings[] | [.finding, .severity, .pfn, .count, .verdict])]'
}

# survives OPTION...: what makedumpfile makes of it says the same
survives() {
	rm -f "$work/again"
	makedumpfile "$@" -x "$work/$name/vmlinux" "$work/$name/vmcore" "$work/again" >"$work/log" 2>&1 ||
		{ tail -n 3 "$work/log"; return 1; }
	findings "$work/$name/vmcore" >"$work/want"
	findings "$work/again" >"$work/got"
	[ -s "$work/want" ] && diff "$work/want" "$work/got"
}

check "the manual page names a level" [ -n "$level" ]
if ! have makedumpfile; then
	skip "makedumpfile" "there is none"
	done_testing
	exit
fi
while read -r name _; do
	case $name in '' | '#'*) continue ;; esac
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
	check "$name" survives -c -d "$level"
	[ "$name" = "${name%%-*}-healthy" ] || rm -rf "${work:?}/$name"
done <"$samples/MANIFEST"
done_testing
