#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels that there are not yet, made of the shipped dumps: nothing in them may be called corrupt,
# and the report says that it does not know them.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! have python3; then
	skip "imitate" "no python3"
	done_testing
	exit 0
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# imitate SAMPLE LIST
imitate() {
	rm -rf "$work/out"
	python3 -B "$TOP_SRCDIR/lab/lab" imitate "$work/$1" --tool "$PGCONS_DUMP" \
		--out "$work/out" --only "$2" >"$work/$1.told" 2>"$work/$1.err" ||
		{ cat "$work/$1.told" "$work/$1.err"; return 1; }
}

# misfits SAMPLE ROW RULES: those rules, and no finding beside them
misfits() {
	grep -F "ok $1 $2: status 8; misfit: $3; beside it: -;" "$work/$1.told" ||
		{ grep -F " $2: " "$work/$1.told"; return 1; }
}

rows=zeroed,superpageblocks,order-elsewhere,mapping-tagged,slab-counters,list-poison,memdesc
for sample in 7.2-healthy 6.1-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$sample" "$work" || exit 99
	check "$sample: nothing is corrupt" imitate "$sample" "$rows,small-struct-page,counters-moved"
	check "$sample: a flag on free blocks" misfits "$sample" zeroed listed-flags
	check "$sample: lists elsewhere" misfits "$sample" superpageblocks \
		"buddy-not-listed, zone-counter"
	check "$sample: orders elsewhere" misfits "$sample" order-elsewhere order-mismatch
	for row in mapping-tagged slab-counters list-poison memdesc; do
		check "$sample: $row" misfits "$sample" "$row" page-state
	done
done
check "7.2-healthy: other page types" imitate 7.2-healthy types-renumbered
check "... are two findings" misfits 7.2-healthy types-renumbered "page-type-unknown, slab-listed"
done_testing
