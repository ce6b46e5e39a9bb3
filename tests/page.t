#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --page on shipped dumps: pages of all sorts against the expected text, the names that a page
# may be given, contents only when asked for, and pages that there are not.
# With UPDATE_EXPECT=1 the expected text is written anew.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
samples=$TOP_SRCDIR/tests/data/samples

inspect() {
	(cd "$work/$name" && "$PGCONS_DUMP" "$@" vmcore vmlinux)
}

# Each page of the list, one after the other.
pages() {
	local expect=$samples/expect/$name.pages.txt

	for page in "$@"; do
		inspect -p "$page"
		echo "exit status $?"
		echo
	done >"$work/out" 2>&1
	if [ -n "${UPDATE_EXPECT-}" ]; then
		cp "$work/out" "$expect"
	fi
	diff -u "$expect" "$work/out"
}

# however it is called, a page is the same
same_page() {
	inspect -p "$1" >"$work/one"
	shift
	for page in "$@"; do
		inspect --page="$page" >"$work/two"
		diff "$work/one" "$work/two" || return
	done
}

no_contents_unasked() {
	inspect -p "$1" >"$work/one" && ! grep -q '^000000 ' "$work/one" &&
		inspect -p "$1" --contents >"$work/two" && grep -q '^000000  [0-9a-f ]*  ' "$work/two" &&
		grep -v '^[0-9a-f]\{6\} \|^\*$\|^$' "$work/two" | diff <(grep -v '^$' "$work/one") -
}

no_such_page() {
	inspect -p "$1" >"$work/out" 2>"$work/err"
	[ $? -eq 8 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ]
}

from_a_layout() {
	inspect -p "$1" >"$work/one"
	(cd "$work/$name" && "$PGCONS_DUMP" --save-layout=layout vmlinux &&
		"$PGCONS_DUMP" -p "$1" --layout=layout vmcore) >"$work/two" &&
		diff "$work/one" "$work/two"
}

# Where not all of the dump is there, "none" of a page says less.
limits() {
	local dump=$work/$name/vmcore

	inspect -p "$1" >"$work/one" && ! grep -q '^limits ' "$work/one" &&
		head -c "$(($(stat -c %s "$dump") - 100000))" "$dump" >"$work/cut" &&
		"$PGCONS_DUMP" -p "$1" "$work/cut" "$work/$name/vmlinux" >"$work/two" &&
		grep -q '^limits  *the dump is truncated: 100000 bytes are missing' "$work/two"
}

while read -r name list; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
	# shellcheck disable=SC2086 # words, on purpose
	check "$name: pages" pages $list
done <<END
6.1-healthy 0x0 0x800 0x801 0x1042 0x1200 0x2000 0x3000 0x7e0a 0x7fdf 0x9000
6.1-prev-broken 0x1a6c 0x286e
7.2-both-bits-allocated 0x230c
7.2-blocks-overlap 0x6302 0x1042
6.12-both-bits-allocated 0x0 0x9f 0x1200 0x15c3 0x173c 0x2714 0x3800 0x5c40 0x5fdf 0x7000
END
name=7.2-blocks-overlap
check "by any name" same_page 0x6302 25346 phys:0x6302000 phys:6302fff page:0xfffff91a0018c080 \
	page:fffff91a0018c088 page:0xfffff91a0018c0bf
check "what was not seen" limits 0x1042
check "contents only when asked for" no_contents_unasked 0x1042
check "no such page: no struct page" no_such_page page:0x1234
check "no such page: before the memmap" no_such_page page:0xfffff919ffffffff
check "no such page: too large" no_such_page 0xffffffffffffffff
check "from a layout" from_a_layout 0x1042
done_testing
