#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The checker's two pointers to its maps, exchanged or with a flipped bit: one finding that names
# them, and the bits are compared all the same.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
if ! have python3 || ! have jq; then
	skip "the pointers to the maps" "no python3 or jq"
	done_testing
	exit
fi

edit() {
	"$TOP_SRCDIR/tests/tools/edit-dump" "$@"
}

# A number of 64 bits as it is in memory, in hex
little() {
	printf '%016x' "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/'
}

# Where the maps are, and where the pointers to them: at $at
locate() {
	"$PGCONS_DUMP" -p 1 vmcore vmlinux >"$work/page" || return
	primary=$(sed -n 's/.*primary .* word at \(0x[0-9a-f]*\).*/\1/p' "$work/page")
	secondary=$(sed -n 's/.*secondary .* word at \(0x[0-9a-f]*\).*/\1/p' "$work/page")
	at=$(edit --find "$(little "$primary")$(little "$secondary")" vmcore | head -n 1)
	[ -n "$at" ]
}

# one_finding WHAT: it is the only one, corrupt, and nothing else is wrong or missing
one_finding() {
	"$PGCONS_DUMP" --json "$work/dump" vmlinux >"$work/doc"
	[ $? -eq 4 ] && jq -e --arg what "$1" '[.findings[] | select(.severity != "note")] |
		length == 1 and .[0].finding == "checker-state" and .[0].evidence.what == $what' \
		"$work/doc" >/dev/null || {
		jq -c '.totals, .limits, .findings[:3]' "$work/doc"
		return 1
	}
}

# bent ADDRESS-OFFSET BIT POINTER
bent() {
	local right

	edit --flip "$((at + $1))=$(little $((1 << $2)))" vmcore "$work/dump" &&
		one_finding "a bitmap pointer has a flipped bit" || return
	right=$(jq -r '.findings[] | select(.finding == "checker-state") | .evidence.expected' \
		"$work/doc")
	[ $((right)) -eq $(($3)) ]
}

for name in 7.2-healthy 6.1-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" $name "$work" || exit 99
	cd "$work/$name" || exit 99
	check "$name: the pointers are found" locate
	locate || continue
	edit --write "$at=$(little "$secondary")$(little "$primary")" vmcore "$work/dump"
	check "$name: exchanged" one_finding "the two bitmap pointers are exchanged"
	for bit in 0 3 12 20 40; do
		check "$name: bit $bit of the pointer to the primary map" bent 0 $bit "$primary"
		check "$name: bit $bit of that to the secondary" bent 8 $bit "$secondary"
	done
done
done_testing
