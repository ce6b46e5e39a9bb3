#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile with the level and the --config that pgcons-dump(8) names, on each shipped dump: every
# finding is still there, with its page and its severity, and none is new.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

samples=$TOP_SRCDIR/tests/data/samples
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
page=$TOP_SRCDIR/man/pgcons-dump.8.in
level=$(sed -n 's/^makedumpfile \\-l \\-d \([0-9]*\) .*/\1/p' "$page")
sed -n '/^\[vmlinux\]$/,/^\.EE$/p' "$page" | grep -v '^\.' >"$work/config"

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

# erased: with --config as well; what is erased is nobody's name. makedumpfile 1.7.2 does not
# find the modules of Linux 6.12 and 7.2, and gives up; 1.7.8 does.
erased() {
	survives -c -d "$level" --config "$work/config" || return
	strings "$work/again" | grep '^erase init_uts_ns.name.nodename size' &&
		! "$PGCONS_DUMP" --json "$work/again" "$work/$name/vmlinux" | grep XXXX
}

can_erase() {
	rm -f "$work/again"
	makedumpfile -c -d "$level" -x "$work/$name/vmlinux" --config "$work/config" \
		"$work/$name/vmcore" "$work/again" >"$work/log" 2>&1
	status=$?
	rm -f "$work/again"
	return $status
}

# Records that the findings stand on are not erased in silence.
missed() {
	printf '[vmlinux]\nerase mem_section\n' >"$work/config"
	makedumpfile -c -d "$level" -x "$work/$name/vmlinux" --config "$work/config" \
		"$work/$name/vmcore" "$work/again" >"$work/log" 2>&1 || return
	"$PGCONS_DUMP" -q "$work/again" "$work/$name/vmlinux" >"$work/got" 2>&1
	[ $(($? & 8)) -ne 0 ] || { cat "$work/got"; return 1; }
}

check "the manual page names a level" [ -n "$level" ]
check "the manual page has a configuration" [ "$(grep -c '^erase ' "$work/config")" -eq 2 ]
if ! have makedumpfile; then
	skip "makedumpfile" "there is none"
	done_testing
	exit
fi
number=0
while read -r name _; do
	case $name in '' | '#'*) continue ;; esac
	# What survives is makedumpfile's work: sanitizers learn of the reader by one in four.
	number=$((number + 1))
	! sanitized || [ $((number % 4)) -eq 1 ] || continue
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
	check "$name" survives -c -d "$level"
	if can_erase; then
		check "$name, --config" erased
	else
		skip "$name, --config" "makedumpfile: $(tail -n 1 "$work/log")"
	fi
	[ "$name" = "${name%%-*}-healthy" ] || rm -rf "${work:?}/$name"
done <"$samples/MANIFEST"
name=6.1-healthy
if can_erase; then
	check "what is needed is missed" missed
else
	skip "what is needed is missed" "makedumpfile: $(tail -n 1 "$work/log")"
fi
done_testing
