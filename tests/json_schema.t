#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Documents of made-up runs are what the JSON Schema says, hostile names included.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
validate=$TOP_SRCDIR/tests/tools/validate-json
emit=$TOP_BUILDDIR/tests/unit/emit_report

valid() {
	"$emit" "$1" >"$work/doc" && "$validate" "$work/doc"
}

valid_lines() {
	"$emit" "$1" --jsonl >"$work/lines" && "$validate" --jsonl "$work/lines"
}

# One truth: the members of the document are those of the records.
same_truth() {
	"$emit" faulty >"$work/doc" && "$emit" faulty --jsonl >"$work/lines" || return
	jq -S '.findings[], (del(.findings))' "$work/doc" >"$work/one"
	jq -S -s '(.[] | select(.record == "finding") | del(.record, .dump_id, .run_id)),
		([.[] | select(.record != "finding")] | add | del(.record))' \
		"$work/lines" >"$work/two"
	[ -s "$work/one" ] && diff "$work/one" "$work/two"
}

same_twice() {
	"$emit" "$1" >"$work/one" && "$emit" "$1" >"$work/two" && cmp "$work/one" "$work/two"
}

# A validator that lets everything pass would prove nothing.
notices() {
	"$emit" clean | sed "$1" >"$work/doc"
	! "$validate" "$work/doc"
}

"$validate" /dev/null >/dev/null 2>&1
if [ $? -eq 77 ]; then
	echo "1..0 # SKIP no python3-jsonschema"
	exit 0
fi
for kind in clean faulty bare; do
	check "$kind" valid "$kind"
	check "$kind, as lines" valid_lines "$kind"
done
check "lines and document say the same" same_truth
check "the same run gives the same document" same_twice faulty
check "a wrong type is noticed" notices 's/"live":false/"live":"no"/'
check "an unknown key is noticed" notices 's/"nbits"/"n_bits"/'
check "an unknown result is noticed" notices 's/"consistent"/"fine"/'
notices_line() {
	"$emit" clean --jsonl | sed "$1" >"$work/lines"
	! "$validate" --jsonl "$work/lines"
}
check "a wrong record is noticed" notices_line 's/"record":"header"/"record":"head"/'
check "a wrong type in a record is noticed" notices_line 's/"nbits":/"nbits":"x","n":/'
done_testing
