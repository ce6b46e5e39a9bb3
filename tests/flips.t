#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's measure of how much random damage is noticed, on the shipped dumps: that it counts
# what the program says, of the very page and no other, and that its table of dead bits is sound.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! have python3 || ! have jq; then
	skip "flips" "no python3 or no jq"
	done_testing
	exit 0
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# flips TOOL OUT ARG...
flips() {
	local tool=$1 out=$2

	shift 2
	python3 -B "$TOP_SRCDIR/lab/lab" flips "$work/7.2-healthy" --tool "$tool" --out "$out" "$@"
}

# share FILTER: percent of the live flips that it selects that are exact
share() {
	jq -s "map(select(.alone == null and .dead == null and ($1))) |
		100 * (map(select(.exact != [])) | length) / length | floor" "$work/slice/results.jsonl"
}

slice() {
	flips "$PGCONS_DUMP" "$work/slice" --count 40 --alone-share 0.1 >"$work/table" &&
		grep -q '^| free head |' "$work/table" &&
		[ "$(share '.class == "free head"')" -ge 80 ] &&
		[ "$(share '.class == "free inner"')" -ge 80 ] &&
		[ "$(share '.field == "flags node"')" -ge 95 ]
}

again() {
	flips "$PGCONS_DUMP" "$work/again" --count 40 --alone-share 0.1 >/dev/null &&
		cmp "$work/slice/results.jsonl" "$work/again/results.jsonl"
}

# counted FILTER: how many lines of what other_areas made
counted() {
	jq -s "map(select(.alone == null and ($1))) | length" "$work/other/results.jsonl"
}

other_areas() {
	local shape areas=bitmaps,tables

	! have pahole || areas=$areas,records
	flips "$PGCONS_DUMP" "$work/other" --count 3 --areas "memmap,$areas" --shapes all \
		>"$work/log" || return
	for shape in bit dram stale swapped garbage zeros; do
		[ "$(counted ".area == \"memmap\" and .shape == \"$shape\"")" -ge 24 ] || return
	done
	[ "$(counted '.area == "bitmaps"')" -ge 24 ] &&
		[ "$(counted '.area == "bitmaps" and .exact == []')" -eq 0 ] &&
		[ "$(counted '.area == "tables"')" -ge 6 ] || return
	! have pahole || [ "$(counted '.area == "records"')" -eq 9 ]
}

# wrapped FILTER: a program that says what the real one does, through a filter
wrapped() {
	cat >"$work/wrapped" <<-END
		#!/bin/sh
		case \$1 in --save-layout=*) exec "$PGCONS_DUMP" "\$@" ;; esac
		"$PGCONS_DUMP" "\$@" | jq -c '$1'
	END
	chmod +x "$work/wrapped"
}

none_exact() {
	wrapped "$1"
	flips "$work/wrapped" "$work/none" --count 5 --batch 20 --alone-share 0 >/dev/null &&
		[ "$(jq -s 'map(select(.exact != [])) | length' "$work/none/results.jsonl")" -eq 0 ] &&
		[ "$(jq -s 'map(select(.near != [])) | length > 0' "$work/none/results.jsonl")" = "$2" ]
}

# The fields of the table are fields of some kernel's pages, and a line of it that is none is told.
dead_bits() {
	PYTHONPATH=$TOP_SRCDIR/lab python3 -B - "$work" <<-'END'
		import pathlib, subprocess, sys
		from pylib import deadbits, image, objects, pageclass
		from pylib.base import LabError

		known = set()
		for name in "7.2-healthy", "6.1-healthy":
		    place = pathlib.Path(sys.argv[1])
		    text = (place / f"{name}.layout").read_text()
		    kernel = objects.Kernel(image.load(place / name / "vmcore"), objects.Layout(text))
		    pages = pageclass.Pages(kernel)
		    known |= {pages.field_of(bit) for bit in range(pageclass.BITS)}
		known |= {"flags cpupid", "flags lru_refs", "flags unused"}  # by configuration
		rows = deadbits.parse(deadbits.TABLE.read_text())
		for row in rows:
		    assert row.fields <= known, row.fields - known
		    assert row.kinds <= {*pageclass.CLASSES, "any"}, row.kinds
		for line in "slab | index | 0-63 | -", "slab | index | 0-63 | never | no", "a | b | - | - | c":
		    try:
		        deadbits.parse(line)
		    except (LabError, ValueError):
		        continue
		    raise AssertionError(line)
	END
}

for name in 7.2-healthy 6.1-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
	"$PGCONS_DUMP" --save-layout="$work/$name.layout" "$work/$name/vmlinux" || exit 99
done
check "what is noticed is counted, some of it again alone" slice
check "the seed is all it takes to make the same again" again
check "other shapes of damage, and what is not the memmap" other_areas
check "of a program that says nothing" none_exact '.findings = []' false
check "of one that tells the page after" none_exact \
	'.findings |= map(if .pfn then .pfn += 1 else . end)' true
check "of one whose findings are notes" none_exact '.findings |= map(.severity = "note")' false
check "the table of dead bits" dead_bits
done_testing
