#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Faults that the lab makes in healthy dumps, where no module can be built: each is found.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! have python3; then
	skip "damage" "no python3"
	done_testing
	exit 0
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

faults=wrong-order,garbage-free,refcount-inner,prev-null,next-bit-0,head-next,block-lost,nr-free-huge
faults=$faults,pcp-next-wild,pcp-buddy,used-blank,used-misplaced,lru-next-bit,tail-head,free-counter

# damage SAMPLE: some of each kind
damage() {
	rm -rf "$work/out"
	python3 -B "$TOP_SRCDIR/lab/lab" damage "$work/$1" --tool "$PGCONS_DUMP" --out "$work/out" \
		--faults "$faults" >"$work/$1.told" 2>"$work/$1.err" ||
		{ cat "$work/$1.told" "$work/$1.err"; return 1; }
	grep -Eq '^1[0-9] passed, 0 failed' "$work/$1.told" || { cat "$work/$1.told"; return 1; }
}

refuses_unknown() {
	! python3 -B "$TOP_SRCDIR/lab/lab" damage "$work/$1" --tool "$PGCONS_DUMP" \
		--out "$work/none" --faults fire 2>"$work/err" && grep 'no fault called fire' "$work/err"
}

for sample in 7.2-healthy 6.1-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$sample" "$work" || exit 99
	check "$sample: each fault is found" damage "$sample"
done
check "no such fault" refuses_unknown 7.2-healthy
done_testing
