#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A room of src/ uses the rooms below it, never one above: neither by #include nor when linked.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# From the ground up. The doors are of the rooms that they lead to.
rooms="base arch dump debuginfo layout model judge walk report cli"
declare -A rank=() door=([vmcore]=dump [struct_page]=model [bitmap_walk]=walk [pgcons-dump]=cli)
n=0
for room in $rooms; do
	rank[$room]=$((n++))
done

# rank_of FILE: of a path below src/; -1: of no room
rank_of() {
	local name=${1##*/} room=${1%%/*}

	[ "$name" != "$1" ] || room=${door[${name%.*}]-}
	rank_found=${rank[$room]:--1}
}

# Lines "FROM TO WHAT"; those that run up, or from or to no room, are shown.
only_down() {
	local from to what below bad=0

	while read -r from to what; do
		rank_of "$from"
		below=$rank_found
		rank_of "$to"
		if [ "$below" -lt "$rank_found" ] || [ "$below" -lt 0 ] || [ "$rank_found" -lt 0 ]; then
			echo "$from uses $to $what"
			bad=1
		fi
	done
	return $bad
}

includes() {
	(cd "$TOP_SRCDIR/src" && grep -rHo --include='*.[ch]' --include='*.def' \
		'^#include "[^"]*"' . | sed -E 's|^\./([^:]*):#include "(.*)"|\1 \2|') >"$work/includes"
	[ "$(wc -l <"$work/includes")" -gt 500 ] && only_down <"$work/includes"
}

# Who defines a symbol, and who wants it. Static libraries do not mind a circle; people do. Objects
# in the library have their file's name only, and no two files have the same.
links() {
	# One file is made by the build.
	(cd "$TOP_SRCDIR/src" && find . "$TOP_BUILDDIR/src/report" -name '*.c' |
		sed -E 's|^\./||; s|^/.*/src/report/|report/|; s|^(.*/)?([^/]*)\.c$|\2 &|') >"$work/files"
	nm -A "$TOP_BUILDDIR/libpgcons.a" | awk '
		NR == FNR { path[$1] = $2; next }
		{ split($1, at, ":"); file = at[2]; sub(/.*libpgcons_a-/, "", file); sub(/\.o$/, "", file)
			type = $(NF - 1); name = $NF }
		type ~ /^[TDRBV]$/ { def[name] = file }
		type == "U" { uses[file " " name] }
		END { for (u in uses) { split(u, at, " ")
			if (at[2] in def) print path[at[1]], path[def[at[2]]], "(" at[2] ")" } }' "$work/files" - |
		sort >"$work/links"
	[ "$(wc -l <"$work/links")" -gt 500 ] && only_down <"$work/links"
}

# Inside a room, too, no file needs one that needs it.
no_circle() {
	local room circles bad=0

	for room in $rooms; do
		circles=$(awk -v room="$room" '{ split($1, a, "/"); split($2, b, "/") }
			a[1] == room && b[1] == room { print $1, $2 }' "$1" | tsort 2>&1 >"$work/order")
		[ -z "$circles" ] || { echo "$circles"; bad=1; }
	done
	return $bad
}

sees_circle() {
	printf '%s\n' 'walk/a.c walk/b.c (x)' 'walk/b.c walk/a.c (y)' >"$work/two"
	printf '%s\n' 'walk/a.c walk/b.c (x)' 'report/b.c walk/a.c (y)' >"$work/none"
	! no_circle "$work/two" >"$work/shown" && grep -q 'walk/a.c' "$work/shown" &&
		no_circle "$work/none"
}

# What this test is worth: an arrow up is seen.
sees_up() {
	! echo "dump/dump_elf.c report/report.h" | only_down >/dev/null &&
		! echo "vmcore.c model/kernel.h" | only_down >/dev/null &&
		! echo "attic/x.c base/error.h" | only_down >/dev/null &&
		echo "report/report.c dump/dump_elf.h" | only_down
}

check "an arrow that runs up is seen" sees_up
check "includes run down" includes
check "links run down" links
check "a circle is seen" sees_circle
check "inside a room links run in no circle" no_circle "$work/links"
done_testing
