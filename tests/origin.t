#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's measure of the verdict on the origin, on a shipped dump: that it makes damage of both
# sides, counts what the program says, and does the same again; and what a reader sees of it.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# said NAME FORMAT...: the report of a shipped dump
said() {
	local name=$1

	shift
	[ -e "$work/$name/vmcore" ] || "$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || return
	(cd "$work/$name" && "$PGCONS_DUMP" "$@" vmcore vmlinux)
}

one_bit() {
	said 7.2-secondary-bit --json >"$work/json"
	[ "$(jq -r '.origin, .confidence >= 90, .origin_evidence[0].sign' "$work/json" | tr '\n' ' ')" = \
		"hardware true lone-bit " ] &&
		said 7.2-secondary-bit --jsonl | jq -e 'select(.record == "summary") | .origin == "hardware"' \
			>/dev/null
}

two_maps() {
	said 7.2-both-bits-free --json >"$work/json"
	[ "$(jq -r '.origin, .origin_evidence[0].for' "$work/json" | tr '\n' ' ')" = "software software " ]
}

a_flag() {
	said 7.2-reserved-free --json >"$work/json"
	[ "$(jq -r '.origin, has("confidence")' "$work/json" | tr '\n' ' ')" = "undecided false " ]
}

none() {
	said 7.2-healthy --json >"$work/json"
	[ "$(jq -r 'has("origin"), has("origin_evidence")' "$work/json" | tr '\n' ' ')" = "false false " ]
}

explained() {
	said 7.2-secondary-bit --explain=complement-broken | grep -q '^origin    hardware'
}

# measure OUT ARG...
measure() {
	local out=$1

	shift
	python3 -B "$TOP_SRCDIR/lab/lab" origin "$work/7.2-healthy" --tool "$PGCONS_DUMP" --out "$out" "$@"
}

# count FILTER
count() {
	jq -s "map(select($1)) | length" "$work/measured/results.jsonl"
}

measured() {
	measure "$work/measured" --count 24 >"$work/table" || return
	[ "$(count '.side == "hardware"')" -eq 24 ] && [ "$(count '.side == "software"')" -eq 24 ] &&
		[ "$(count '.held_out')" -eq 24 ] &&
		[ "$(count '.side == "software" and .origin == "hardware"')" -le 1 ] &&
		[ "$(count '.origin != null and .origin != "undecided" and .origin != .side')" -le 2 ] &&
		[ "$(count '.origin == .side')" -ge 16 ] &&
		grep -q '^Decided: ' "$work/table"
}

again() {
	measure "$work/again" --count 24 >/dev/null &&
		cmp "$work/measured/results.jsonl" "$work/again/results.jsonl"
}

if ! have jq; then
	skip "origin" "no jq"
	done_testing
	exit 0
fi
check "one bit of the map is hardware" one_bit
check "both maps against the page are software" two_maps
check "a flag is undecided, and has no confidence" a_flag
check "a healthy dump has no verdict" none
check "--explain has it, too" explained
if have python3; then
	check "damage of both sides is made, and most of what is decided is right" measured
	check "the same seed does the same" again
else
	skip "the measure" "no python3"
fi
done_testing
