#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shipped dumps of real arm64 kernels, cut down to what an analysis reads (tests/data/arm64/README):
# exit status and the whole report against the expected one, JSON against its schema and against
# what the recipe did, and the same by any number of threads. With UPDATE_EXPECT=1 the expected
# reports are written anew.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

data=$TOP_SRCDIR/tests/data/arm64
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# What is in a sample for this option, too
declare -A options=([6.1-va39]=--verify=tables [7.2-tags]="--verify=slab,tables")

report() {
	# shellcheck disable=SC2086 # none, for most
	(cd "$work/$sample" && "$PGCONS_DUMP" ${options[$sample]-} "$@")
}

text() {
	local expect=$data/$sample/expect/$name.txt status

	report -v --layout=layout "$name" >"$work/out" 2>&1
	status=$?
	echo "exit status $status" >>"$work/out"
	if [ -n "${UPDATE_EXPECT-}" ]; then
		mkdir -p "${expect%/*}"
		cp "$work/out" "$expect"
	fi
	diff -u "$expect" "$work/out" && [ "$status" -eq "$wanted" ]
}

json() {
	report --json --layout=layout "$name" >"$work/doc"
	"$TOP_SRCDIR/tests/tools/validate-json" "$work/doc"
}

# What was done is named at its page, and nothing corrupt or suspect that need not go with it.
truth() {
	jq -e -n --slurpfile t "$1" --slurpfile d "$work/doc" '
		def at($e; $f): ($e.pfn == null) or
			([$e.pfn] + ($e.near // []) | any(. >= $f.pfn and . < $f.pfn + $f.count));
		$t[0] as $t | $d[0].findings as $found |
		($t.expect | all(. as $e | $found | any(.finding == $e.finding and at($e; .)))) and
		($found | all(.severity == "note" or (.finding as $name |
			(($t.also + [$t.expect[].finding]) | index($name)) != null)))
	' >/dev/null
}

# Without what names the run: its arguments, and the name that is made of them.
unnamed() {
	sed 's/^"run_id": .*//; s/"arguments":\[[^]]*\]//' "$@"
}

threads() {
	local n

	for n in 1 2 8; do
		report -t "$n" --json --layout=layout "$name" 2>&1 | unnamed >"$work/many"
		unnamed "$work/doc" | cmp - "$work/many" || return
	done
}

# The layout was saved before rows were added that the program has now: for these, as if the kernel
# had no such thing. Which rows there are, another kernel's layout says.
complete() {
	awk 'FNR == NR {
			if ($1 ~ /^(size|offset|length|enumerator|variable|variable-length|symbol|function)$/)
				want[$1 " " $2] = 1
			next
		}
		$1 == "end" {
			for (row in want)
				if (!(row in seen)) {
					print row, "absent"
					$2++
				}
		}
		{ seen[$1 " " $2] = 1; print }' "$work/rows" "$1"
}

# The lab finds in the dump, piece by piece, what each recipe says is there before its write.
lab_reads() {
	PYTHONPATH=$TOP_SRCDIR/lab python3 -B - "$work/$sample/healthy" "$data/$sample/recipes"/*.json <<-'END'
		import json, sys
		from pylib import image
		dump, read = image.load(sys.argv[1]), 0
		for path in sys.argv[2:]:
		    with open(path, encoding="utf-8") as file:
		        writes = json.load(file)["writes"]
		    for paddr, size, old, _ in writes:
		        at = int(paddr, 16) % image.PAGE
		        page = dump.page(int(paddr, 16) // image.PAGE)
		        if int.from_bytes(page[at:at + size], "little") != int(old, 16):
		            sys.exit(f"{path}: {paddr}")
		        read += 1
		sys.exit(not read)
	END
}

# one NAME TRUTH STATUS
one() {
	name=$1 wanted=$3
	check "$sample, $name: report" text
	check "$sample, $name: JSON" json
	check "$sample, $name: truth" truth "$2"
	check "$sample, $name: threads" threads
}

"$TOP_SRCDIR/tests/tools/unpack-sample" "$TOP_SRCDIR/tests/data/samples/7.2/vmlinux" \
	"$work/vmlinux" && "$PGCONS_DUMP" --save-layout="$work/rows" "$work/vmlinux" || exit 99
for sample in 7.2-4k 6.12-16k 6.1-va39 7.2-tags; do
	mkdir -p "$work/$sample"
	"$TOP_SRCDIR/tests/tools/unpack-sample" "$data/$sample/vmcore" "$work/$sample/healthy" || exit 99
	complete "$data/$sample/layout" >"$work/$sample/layout"
	one healthy "$data/$sample/truth.json" 0
	check "$sample: read by the lab" lab_reads
	for recipe in "$data/$sample/recipes"/*.json; do
		fault=$(basename "$recipe" .json)
		python3 -B "$TOP_SRCDIR/lab/lab" apply "$recipe" "$work/$sample/healthy" "$work/$sample/$fault"
		one "$fault" "$recipe" "$(jq '.status // 4' "$recipe")"
		rm -f "$work/$sample/$fault"
	done
done
done_testing
