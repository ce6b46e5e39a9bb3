#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every shipped dump of a real kernel: exit status, the whole report against the expected one,
# JSON against its schema, the finding against what the lab's planter says it did, and all of
# it again from a saved layout.
# With UPDATE_EXPECT=1 the expected reports are written anew.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

samples=$TOP_SRCDIR/tests/data/samples
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# What says which run it was: the command line, and the name that is made of it.
same_run='del(.run_id, .tool.arguments)'
no_run='s/^"run_id": .*//; s/"arguments":\[[^]]*\]//'
libbpf=$("$PGCONS_DUMP" --version | grep '^libbpf v')

# The report names the files as given: the same in every folder.
report() {
	(cd "$work/$name" && "$PGCONS_DUMP" "$@" vmcore vmlinux)
}

text() {
	local expect=$samples/expect/$name.txt

	report -v >"$work/out" 2>"$work/err"
	echo "exit status $?" >>"$work/out"
	cat "$work/err" >>"$work/out"
	if [ -n "${UPDATE_EXPECT-}" ]; then
		cp "$work/out" "$expect"
	fi
	diff -u "$expect" "$work/out"
}

# The dump itself has BTF and kallsyms: nothing may depend on which of the two was asked. (The
# shipped vmlinux is a cut one, which lacks tainted_mask.)
without_vmlinux() {
	(cd "$work/$name" && "$PGCONS_DUMP" --json vmcore) >"$work/alone"
	jq -e '.kernel.facts_from == "BTF and kallsyms"' "$work/alone" >/dev/null &&
		diff <(jq "del(.kernel.facts_from, .crash.taint) | $same_run" "$work/doc") \
			<(jq "del(.kernel.facts_from, .crash.taint) | $same_run" "$work/alone")
}

# The lab made the table of known kernels, by a program of its own.
fingerprint() {
	jq -e '.kernel.fingerprint_known' "$work/doc" >/dev/null
}

exit_status() {
	report -q >/dev/null
	[ $? -eq "$status" ]
}

json() {
	report --json >"$work/doc"
	"$TOP_SRCDIR/tests/tools/validate-json" "$work/doc"
}

# With the vmlinux's layout in its place: the same text, and the same JSON but for one word.
# The folder then has no vmlinux that could be read by mistake.
from_layout() {
	(cd "$work/$name" && "$PGCONS_DUMP" --save-layout=layout vmlinux && rm vmlinux &&
		"$PGCONS_DUMP" -v vmcore --layout=layout
		echo "exit status $?") >"$work/out2" 2>"$work/err2"
	cat "$work/err2" >>"$work/out2"
	diff -u "$work/out" "$work/out2" || return
	(cd "$work/$name" && "$PGCONS_DUMP" --json --layout layout vmcore) >"$work/doc2"
	"$TOP_SRCDIR/tests/tools/validate-json" "$work/doc2" &&
		jq ".kernel.facts_from = \"layout\" | $same_run" "$work/doc" >"$work/wanted" &&
		jq "$same_run" "$work/doc2" | diff -u "$work/wanted" -
}

# The same as records, of which the findings are those of the document.
jsonl() {
	report --jsonl >"$work/lines"
	"$TOP_SRCDIR/tests/tools/validate-json" --jsonl "$work/lines" &&
		jq -S '.findings[], .signature' "$work/doc" >"$work/one" &&
		jq -S 'select(.record == "finding") | del(.record, .dump_id, .run_id)' "$work/lines" \
			>"$work/two" &&
		jq -S 'select(.record == "summary") | .signature' "$work/lines" >>"$work/two" &&
		diff "$work/one" "$work/two"
}

# What was planted is named at its page, and nothing corrupt or suspect that the planter does
# not know to go with it.
truth() {
	local json=$samples/$sample/recipes/$recipe.json

	[ "$recipe" != - ] || json=$samples/$sample/truth.json
	jq -e -n --slurpfile t "$json" --slurpfile d "$work/doc" '
		def named($e): [$e.finding] + ($e.or // []);
		def at($e; $f): ($e.pfn == null) or
			([$e.pfn] + ($e.near // []) | any(. >= $f.pfn and . < $f.pfn + $f.count));
		$t[0] as $t | $d[0].findings as $found |
		($t.expect | all(. as $e | $found | any(
			.finding as $name | (named($e) | index($name)) != null and at($e; .)))) and
		($found | all(.severity == "note" or (.finding as $name |
			(($t.also + [$t.expect[] | named(.)[]]) | index($name)) != null)))
	' >/dev/null
}

# The same to the last byte by any number of threads; and by the short way past plain pages or
# the long one, which the command line has no option for.
threads() {
	local form n numbers=(1 2 8)

	! sanitized thread || numbers=(2 8)
	for form in -v --json; do
		report -t "${numbers[0]}" "$form" 2>&1 | sed "$no_run" >"$work/one"
		for n in "${numbers[@]:1}"; do
			report -t "$n" "$form" 2>&1 | sed "$no_run" >"$work/many"
			cmp "$work/one" "$work/many" || return
		done
	done
	sanitized thread ||
		"$TOP_BUILDDIR/tests/tools/same_ways" "$work/$name/vmcore" "$work/$name/vmlinux"
}

check_sample() {
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || return
	# One that watches threads, at ten times the cost, learns nothing from one thread.
	if sanitized thread; then
		check "$name: threads" threads
		rm -f "$work/$name/vmcore"
		return
	fi
	check "$name: exit status $status" exit_status
	check "$name: report" text
	check "$name: JSON" json
	check "$name: a kernel that is known" fingerprint
	check "$name: JSON Lines" jsonl
	check "$name: truth" truth
	check "$name: threads" threads
	check "$name: from a layout" from_layout
	if [ -n "$libbpf" ]; then
		check "$name: the same without vmlinux" without_vmlinux
	fi
	rm -f "$work/$name/vmcore"
}

while read -r name sample recipe status _ <&3; do
	case $name in '' | '#'*) continue ;; esac
	check_sample
done 3<"$samples/MANIFEST"
if sanitized thread; then
	done_testing
	exit
fi

# What no known kernel has is named, and what stands on it is less sure: nothing else.
news() {
	local name=$1 wanted=$2

	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" &&
		"$PGCONS_DUMP" --save-layout="$work/layout" "$work/$name/vmlinux" || return
	sed -e '/^enum pageflags PG_lru /i enum pageflags PG_zeroed 23' \
		-e '/^member free_area nr_free /i member free_area tree 96 8 rb_root' \
		-e "s/^end .*/end $(($(wc -l <"$work/layout") + 1))/" "$work/layout" >"$work/layout.new"
	"$PGCONS_DUMP" --json --layout="$work/layout.new" "$work/$name/vmcore" >"$work/doc"
	echo "$?" >"$work/status"
	rm -f "$work/$name/vmcore"
	jq -e '(.kernel.fingerprint_known | not) and
		(.limits[0] | contains("unknown in this kernel: free_area.tree, page flag PG_zeroed"))' \
		"$work/doc" >/dev/null &&
		jq -e --argjson status "$(cat "$work/status")" "$wanted" "$work/doc" >/dev/null
}

# A layout whose numbers the kernel's own tables of names contradict is another kernel's.
names() {
	local name=$1 wanted=$2

	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" &&
		"$PGCONS_DUMP" --save-layout="$work/layout" "$work/$name/vmlinux" || return
	sed -e '/^enum pageflags PG_lru /s/ [0-9]*$/ 14/' -e '/^enum pageflags PG_private /s/ [0-9]*$/ 5/' \
		"$work/layout" >"$work/layout.new"
	"$PGCONS_DUMP" --json --layout="$work/layout.new" "$work/$name/vmcore" >"$work/doc"
	echo "$?" >"$work/status"
	rm -f "$work/$name/vmcore"
	jq -e '[.limits[] | contains("unknown in this kernel: page flag 14 named private, not lru, page flag 5 named lru, not private")] | any' \
		"$work/doc" >/dev/null &&
		jq -e --argjson status "$(cat "$work/status")" "$wanted" "$work/doc" >/dev/null
}

check "other names in a healthy kernel" names 7.2-healthy '$status == 8 and .totals.corrupt == 0'
check "other names where a bit is wrong" names 7.2-primary-bit \
	'$status == 12 and .totals.by_finding["complement-broken"] == 1'
check "news in a healthy kernel" news 7.2-healthy '$status == 0 and .totals.corrupt == 0'
check "news where a list is broken" news 7.2-prev-broken \
	'$status == 8 and .totals.corrupt == 0 and .totals.by_finding["list-linkage"] > 0 and
	([.findings[] | select(.finding == "list-linkage") | .evidence.reservation] | all)'
check "news where a bit is wrong" news 7.2-primary-bit '$status == 4 or $status == 12'
done_testing
