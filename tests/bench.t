#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench/ makes dumps of machines that never were, and measures. That the analyzer walks such
# a dump to its end is tested here; how fast, is not.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! have python3; then
	skip "bench" "no python3"
	done_testing
	exit 0
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
tools=$TOP_BUILDDIR/bench

# grown ARG...: the sample, grown, as $work/core
grown() {
	"$tools/grow" --size 64G --share 4M "$@" "$work/$sample/vmcore" \
		"$work/$sample/vmlinux" "$work/core"
}

# report STATUS FILTER: the analyzer's status, and what jq must find true of its JSON
report() {
	"$PGCONS_DUMP" --json "$work/core" "$work/$sample/vmlinux" >"$work/json"
	local got=$?

	[ "$got" -eq "$1" ] && jq -e "$2" "$work/json" && return
	echo "status $got"
	jq -c 'del(.zones, .states)' "$work/json" | head -c 2000
	false
}

# What 64 GiB are: 2^24 pages, of which those of 3 GiB and a bit have no struct page.
all_walked() {
	report 0 '.result == "consistent" and .checker.max_pfn == 16777216 and
		.coverage.pfns == 16777216 and .coverage.walked == 15761408 and
		(.zones | last | .zone == "Normal" and .start_pfn == 1048576 and
		.spanned == 15728640 and .free_listed == '"${1:-0}"')'
}

# flip PADDR BIT: in the file, wherever that address is
flip() {
	python3 -B - "$TOP_SRCDIR/lab" "$work/core" "$1" "$2" <<-'EOF'
		import sys
		sys.path.insert(0, sys.argv[1])
		from pylib.elfdump import ElfDump
		path, paddr, bit = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
		with ElfDump(path) as dump:
		    place, byte = dump.place(paddr), dump.read(paddr, 1)[0]
		with open(path, "r+b") as file:
		    file.seek(place)
		    file.write(bytes([byte ^ 1 << bit]))
	EOF
}

# The bit of the last page but one: the map counts from pfn 1.
last_bit() {
	local paddr

	paddr=$(($(printf '%d' "$(jq -r .checker.primary_paddr "$work/json")") + 16777208 / 8))
	flip "$paddr" 5 && report 4 '.totals.corrupt == 1 and
		(.findings[0] | .finding == "complement-broken" and .pfn == 16777214)'
}

# A reference on the first free block: its struct page follows all the reserved ones'.
first_free() {
	local base pfn

	pfn=$((16777216 - $(jq '.zones | last | .managed' "$work/json")))
	base=$("$tools/memmap_ranges" "$work/core" "$work/$sample/vmlinux" | sed -n '2s/ .*//p')
	flip $((0x$base + (pfn - 1048576) * 64 + 52)) 0 && report 4 '.totals.corrupt == 1 and
		(.findings[] | select(.severity == "corrupt") |
		.finding == "listed-refcount" and .pfn == '$pfn')'
}

# The floor reads what the ranges say, all of which is in the dump.
floor() {
	"$tools/memmap_ranges" "$work/core" "$work/$sample/vmlinux" >"$work/ranges" || return
	local bytes=0 length

	while read -r _ length; do
		bytes=$((bytes + 0x$length))
	done <"$work/ranges"
	"$tools/read_floor" "$work/core" 2 <"$work/ranges" | tee "$work/floor"
	grep -q " s, $bytes bytes$" "$work/floor" && [ "$bytes" -gt 1000000000 ]
}

table() {
	python3 -B "$TOP_SRCDIR/bench/run" --no-make --rounds 1 --peers none \
		--tool "$PGCONS_DUMP" --results "$work/RESULTS.md" \
		"$work/core" "$work/$sample/vmlinux" || return
	cat "$work/RESULTS.md"
	grep -q '^| .* | 16\.78 | ' "$work/RESULTS.md" &&
		grep -q 'consistent: 15761408 pages checked' "$work/RESULTS.md" &&
		grep -q 'crash not run' "$work/RESULTS.md"
}

too_small() {
	! "$tools/grow" --size 2G "$work/$sample/vmcore" "$work/$sample/vmlinux" \
		"$work/none" 2>"$work/err" && grep -q 'nothing to add' "$work/err"
}

for name in 6.1-healthy 7.2-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" $name "$work" || exit 99
done
sample=6.1-healthy
check "6.1 grows to 64 GiB" grown
check "all of it is walked, and agrees" all_walked
check "the bytes of that walk" floor
check "the table" table
check "a bit at the very end" last_bit
sample=7.2-healthy
check "7.2 grows, with free blocks in random order" grown --free-blocks 5000
check "all of it is walked, the list too" all_walked 5000
check "a reference on one of those blocks" first_free
check "too small to grow" too_small
done_testing
