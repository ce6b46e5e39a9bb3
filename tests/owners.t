#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --owners on shipped dumps of real kernels: all memory is counted once, and the kernel's own
# counters say the same. (The dumps lack the contents of most pages, and so processes and some
# areas of vmalloc: those pages are counted all the same.)
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

run() {
	(cd "$work/$name" && "$PGCONS_DUMP" --owners "$@" vmcore vmlinux)
}

valid() {
	run --json >"$work/doc" && "$TOP_SRCDIR/tests/tools/validate-json" "$work/doc" &&
		jq -e '.result == "consistent"' "$work/doc" >/dev/null
}

# jq's question about the classes, as $c by name, and the whole, as $o.
holds() {
	jq -e '.owners as $o | ($o.classes | map({ (.class): . }) | add) as $c | '"$1" "$work/doc" \
		>/dev/null
}

whole() {
	holds '($o.classes | map(.pages) | add) == $o.pages and
		all($o.classes[]; .pages == ([.items[].pages] | add // 0))' &&
		holds '$o.pages == $o.present and $o.present > 0 and $o.twice == 0'
}

# The lists were walked by another part of the program; huge pages, tmpfs and per-CPU memory have
# exact counters.
counted() {
	holds '$c.free.pages == $c.free.counter_pages and $c.free.pages > 0' &&
		holds '$c.hugetlb.pages == $c.hugetlb.counter_pages' &&
		holds '$c.shmem.pages == $c.shmem.counter_pages and $c.shmem.pages > 0' &&
		holds '$c.percpu.pages == $c.percpu.counter_pages and $c.percpu.pages > 0' &&
		jq -e '.states as $s | .owners.classes | map({ (.class): .pages }) | add |
			.free == $s["buddy-head"] + $s["buddy-interior"]' "$work/doc" >/dev/null
}

# What Linux 6.1 takes beyond its slab caches is in the counter, but has no type.
slabs() {
	case $name in
	6.1*) holds '$c.slab.pages <= $c.slab.counter_pages and $c.slab.pages > 0 and
		$c.slab.counter_pages - $c.slab.pages <= $c.unattributed.pages' ;;
	*) holds '$c.slab.pages == $c.slab.counter_pages' ;;
	esac && holds '[$c.slab.items[].name] | index("task_struct") != null'
}

names() {
	holds '[$c.reserved.items[].name] | index("Kernel code") != null' &&
		holds '[$c.shmem.items[].name] | index("tmpfs") != null' &&
		holds '$c.unattributed.pages < $o.pages / 20'
}

text() {
	run >"$work/out" && grep -q '^where memory went ' "$work/out" &&
		grep -q '^  slab caches  ' "$work/out" &&
		! awk 'length > 80' "$work/out" | grep -q .
}

html() {
	run --html="$work/page.html" >/dev/null && grep -q 'id="owners"' "$work/page.html" &&
		grep -q '>Kernel code<' "$work/page.html"
}

# What nobody asked for costs nothing and is not there.
not_asked() {
	(cd "$work/$name" && "$PGCONS_DUMP" --json --html="$work/page.html" vmcore vmlinux) |
		jq -e 'has("owners") | not' >/dev/null && ! grep -q 'id="owners"' "$work/page.html"
}

# Here the vmlinux is a cut one and most memory is missing: what cannot be checked is a limit.
all_verified() {
	(cd "$work/$name" && "$PGCONS_DUMP" --json --verify=all vmcore vmlinux) >"$work/doc"
	[ $(($? & 4)) -eq 0 ] &&
		jq -e '[.findings[] | select(.severity != "note")] == []' "$work/doc" >/dev/null &&
		(cd "$work/$name" && "$PGCONS_DUMP" --json --verify=all vmcore) |
		jq -e '[.findings[] | select(.severity != "note")] == []' >/dev/null
}

# Whatever a dump says, it ends, and in one of the documented ways: words all over it are wrong.
hostile() {
	local seed

	for seed in 1 2 3 4 5 6; do
		python3 - "$work/$name/vmcore" "$work/bad" "$seed" <<'PY' || return
import random, sys
raw = bytearray(open(sys.argv[1], "rb").read())
rng = random.Random(int(sys.argv[3]))
for _ in range(20000):
    at = rng.randrange(1 << 16, len(raw) - 8) & ~7
    raw[at:at + 8] = raw[(other := rng.randrange(1 << 16, len(raw) - 8) & ~7):other + 8]
open(sys.argv[2], "wb").write(raw)
PY
		(cd "$work/$name" && timeout 300 "$PGCONS_DUMP" --owners --json "$work/bad" vmlinux) \
			>"$work/doc" 2>"$work/err"
		case $? in
		0 | 4 | 8 | 12) ;;
		*) return 1 ;;
		esac
		"$TOP_SRCDIR/tests/tools/validate-json" "$work/doc" || return
	done
}

for name in 6.1-healthy 7.2-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
	check "$name: JSON is valid, and the dump consistent" valid
	check "$name: all classes together are all memory" whole
	check "$name: the kernel's counters say the same" counted
	check "$name: slabs" slabs
	check "$name: owners have names" names
	check "$name: text" text
	check "$name: HTML" html
	check "$name: not asked for" not_asked
	check "$name: all that can be verified is sound" all_verified
	check "$name: words all over the dump are wrong" hostile
	rm -rf "${work:?}/$name"
done

done_testing
