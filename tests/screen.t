#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Text on a screen of 80 columns: no line is longer, the verdict begins and ends it, and --oneline
# is a line for each finding that tools for lines can take apart.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
"$TOP_SRCDIR/tests/tools/make-sample" 7.2-list-cycle "$work" || exit 99
cp -L "$work/7.2-list-cycle/vmcore" "$work/bad" || exit 99
cd "$work" || exit 99

# narrow STATUS ARG...: of what is printed nothing but commands to copy is wider
narrow() {
	local want=$1

	shift
	"$PGCONS_DUMP" "$@" >out 2>err
	[ $? -eq "$want" ] && [ -s out ] && ! grep -v '^    [a-z_]*[ (]' out | grep '.\{81\}'
}

# The same, and the verdict is the first line and the last.
framed() {
	narrow "$@" && [ "$(sed -n 1p out)" = "$(sed -n '$p' out)" ]
}

# What has no room in the first line follows there, and the verdict is whole where it is asked for.
long_verdict() {
	framed 8 --not-atomic bad && sed -n 2p out | grep -q '^  the image is not of one moment: ' &&
		"$PGCONS_DUMP" --not-atomic -q bad >out
	[ "$(wc -l <out)" -eq 1 ] && grep -q 'among them; the image is not of one moment: ' out
}

short() {
	head -c $(($(stat -c %s bad) - 4000000)) bad >short.vmcore
	framed 12 short.vmcore "$work/7.2-list-cycle/vmlinux"
}

# Those of HTML pages have the lines of the page.
expected() {
	! find "$TOP_SRCDIR/tests/data/samples/expect" -name '*.txt' ! -name '*.html.txt' \
		-exec grep -n '.\{81\}' {} +
}

# SEVERITY FINDING PAGE: TEXT, as "git fsck" has it; the verdict is last.
oneline() {
	"$PGCONS_DUMP" --oneline bad >out
	[ $? -eq 4 ] && [ "$(wc -l <out)" -eq 2 ] &&
		[ "$(sed '$d' out | awk '{ print $1, $2, $3 }')" = "corrupt list-cycle 0x19bc:" ] &&
		sed -n '$p' out | grep -q '^INCONSISTENT: 1 corrupt'
}

# What is wrong has a colour: the link, the record and the value. Nothing else is different.
coloured() {
	local esc=$'\033'

	"$PGCONS_DUMP" --color=always bad >colour
	"$PGCONS_DUMP" --color=never bad >plain
	grep -q "${esc}\[[0-9;]*m--next--X->${esc}\[0m" colour && grep -q "free lists ${esc}\[[0-9;]*m(wrong)" colour &&
		grep -q "found  *${esc}\[[0-9;]*m0x[0-9a-f]*${esc}\[0m" colour &&
		sed "s/$esc\[[0-9;]*m//g" colour | diff plain -
}

# The page's own numbers in commands, and what to do with the machine.
steps() {
	narrow 4 --explain=list-cycle bad && grep -q '^    kmem -f 0xf' out && grep -q '^    page = pfn_to_page(0x19bc)' out &&
		sed -n '/^What to do with this machine/,$p' out >steps && grep -q 'Keep the dump' steps &&
		grep -q 'Report it to' steps && [ "$(grep -c '^  - ' steps)" -ge 3 ]
}

# Hardware: the memory test, the log of errors, and what else would show it.
hardware() {
	"$TOP_SRCDIR/tests/tools/make-sample" 7.2-secondary-bit "$work" || return
	narrow 4 --explain=complement-broken 7.2-secondary-bit/vmcore && sed -n '/^What to do with this/,$p' out >steps &&
		grep -q 'memtest86' steps && grep -q 'EDAC' steps
}

check "the expected reports" expected
check "a report" framed 4 bad
check "all of it" framed 4 -v --map bad
check "of a dump that is cut off" short
check "a page" narrow 4 --page=0x19bc bad
check "a long verdict" long_verdict
check "other findings ignored" framed 0 --ignore=list-cycle bad
check "--oneline" oneline
check "colours" coloured
check "what to do" steps
check "what to do: hardware" hardware
done_testing
