#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A slice of the lab's mutation campaign, on the shipped dumps in several forms; and that the
# campaign sees it when a program tells less than there is, or more.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! have python3; then
	skip "mutations" "no python3"
	done_testing
	exit 0
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
dumps=()
memory=()
! sanitized || memory=(--any-memory)

# sample NAME: one of the shipped dumps, as a case
sample() {
	"$TOP_SRCDIR/tests/tools/make-sample" "$1" "$work" || exit 99
	dumps+=("$work/$1")
}

# packed NAME PACKING: its pages compressed
packed() {
	local dir=$work/$1-$2

	mkdir "$dir"
	"$TOP_BUILDDIR/tests/unit/repack_kdump" "$2" "$work/$1/vmcore" "$dir/vmcore" || return
	ln -s "../$1/vmlinux" "$dir/vmlinux"
	ln -s "../$1/vmcore" "$dir/memory"
	dumps+=("$dir")
}

# mutate TOOL OUT ARG...
mutate() {
	local tool=$1 out=$2

	shift 2
	python3 -B "$TOP_SRCDIR/lab/lab" mutate "${dumps[@]}" --tool "$tool" --out "$out" \
		"${memory[@]}" "$@" 2>&1
}

slice() {
	mutate "$PGCONS_DUMP" "$work/slice" --count 220
}

# A mutation by its number alone is the one that it was among the others.
again() {
	local line

	line=$(grep -m1 '"kind": "list-loop"' "$work/slice/results.jsonl") &&
		mutate "$PGCONS_DUMP" "$work/again" --only "$(jq .number <<<"$line")" >"$work/one" &&
		diff <(jq '.dump, .detail, .status' <<<"$line") \
			<(jq '.dump, .detail, .status' "$work/one")
}

# A program that says always the same, and never wrong, is not let through.
deaf() {
	"$PGCONS_DUMP" --json "$work/7.2-prev-broken/vmcore" "$work/7.2-healthy/vmlinux" \
		>"$work/always"
	cat >"$work/deaf" <<-END
		#!/bin/sh
		case \$1 in --save-layout=*) exec "$PGCONS_DUMP" "\$@" ;; esac
		cat "$work/always"
		exit 4
	END
	chmod +x "$work/deaf"
	dumps=("$work/7.2-prev-broken")
	! mutate "$work/deaf" "$work/not-told" --count 130 >"$work/log" || return
	grep -q 'list-loop of .*: not told' "$work/log" &&
		grep -q 'memmap-undecodable of .*: not told' "$work/log"
}

# One that calls damage of the dump the kernel's is not, either.
wolf() {
	cat >"$work/wolf" <<-END
		#!/bin/sh
		case \$1 in --save-layout=*) exec "$PGCONS_DUMP" "\$@" ;; esac
		"$PGCONS_DUMP" "\$@" >"$work/said" && cat "$work/said" && exit
		status=\$?
		[ \$((status & 8)) -ne 0 ] || { cat "$work/said"; exit \$status; }
		cat "$work/always"
		exit 4
	END
	chmod +x "$work/wolf"
	dumps=("$work/7.2-healthy")
	! mutate "$work/wolf" "$work/cries" --count 60 >"$work/log" || return
	grep -q 'cut-anywhere of .*: cries wolf: 1: finding=list-linkage' "$work/log"
}

sample 7.2-healthy
sample 7.2-prev-broken
sample 6.1-list-cycle
packed 7.2-prev-broken zlib
packed 7.2-prev-broken lzo || skip "lzo" "built without lzo"
check "220 mutations" slice
check "one of them again" again
check "a program that tells nothing" deaf
check "a program that cries wolf" wolf
done_testing
