#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The shipped dumps in every compression there is: the same bytes by this program's reader as by
# libkdumpfile, and the same report.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
repack=$TOP_BUILDDIR/tests/unit/repack_kdump

# same PACKING DUMP: both readers agree on every page, and some pages are stored that way
same() {
	"$repack" compare "$2" >"$work/counts" || return
	cat "$work/counts"
	grep -q "^$1 [1-9]" "$work/counts"
}

# The path and the size of the file are all that may differ.
report() {
	"$PGCONS_DUMP" -v "$1" "$work/$name/vmlinux" 2>&1 |
		sed "s,$1,DUMP,; s/[0-9.]* [KMG]i\{0,1\}B//"
}

same_report() {
	report "$work/$name/vmcore" >"$work/want"
	report "$1" | diff "$work/want" - && [ -s "$work/want" ]
}

# check_form PACKING DUMP WRITER
check_form() {
	check "$name, $1 by $3: the same bytes" same "$1" "$2"
	check "$name, $1 by $3: the same report" same_report "$2"
	rm -f "$2"
}

# made PACKING OPTION: by a writer that is not from here
made() {
	if ! have makedumpfile; then
		skip "$name, $1 by makedumpfile" "no makedumpfile"
		return
	fi
	makedumpfile "$2" -d 1 "$work/$name/vmcore" "$work/made" >/dev/null 2>&1
	check_form "$1" "$work/made" makedumpfile
}

for name in 7.2-list-cycle 6.1-healthy; do
	"$TOP_SRCDIR/tests/tools/make-sample" $name "$work" || exit 99
	check "$name: the same bytes" same plain "$work/$name/vmcore"
	for packing in plain zlib lzo snappy zstd; do
		"$repack" $packing "$work/$name/vmcore" "$work/packed"
		case $? in
		0) check_form $packing "$work/packed" repack_kdump ;;
		77) skip "$name, $packing" "built without that compression" ;;
		*) exit 99 ;;
		esac
	done
	made zlib -c
	made lzo -l
done
done_testing
