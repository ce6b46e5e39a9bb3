#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the system refuses: memory, reads, room, rights. No call that fails may crash or hang the
# program, make it silent, or make it say that all is well of what it did not see.
#
# Of the calls every 7th is let fail; with PGCONS_ALL_FAULTS=1 each of them.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
step=7
[ -z "${PGCONS_ALL_FAULTS-}" ] || step=1
"$TOP_SRCDIR/tests/tools/make-sample" 7.2-secondary-bit "$work" || exit 99
dump=$work/7.2-secondary-bit/vmcore
vmlinux=$work/7.2-secondary-bit/vmlinux
"$PGCONS_DUMP" --save-layout="$work/layout" "$vmlinux" || exit 99
export TMPDIR=$work
# Where no vmlinux is beside it.
mkdir "$work/alone" && ln "$dump" "$work/alone/vmcore" || exit 99

preload() {
	env LD_PRELOAD="$work/fail_calls.so" "$@"
}

# One run with a fault: its status and what it said must fit each other, and the clean report.
judge() {
	local status=$1 lines

	lines=$(grep -c . "$work/err")
	if [ "$status" -ge 64 ]; then
		echo "$2: status $status"
	elif [ "$lines" -gt 2 ]; then
		echo "$2: $lines lines"
	elif [ $((status & 8)) -eq 0 ] && ! cmp -s "$work/out" "$work/clean"; then
		echo "$2: status $status, but another report"
	elif [ $((status & 8)) -ne 0 ] && [ "$lines" -eq 0 ] && ! grep -q incomplete "$work/out"; then
		echo "$2: status $status, and not a word"
	else
		return 0
	fi
	head -n 3 "$work/err"
	return 1
}

# each_call KIND at|from ARG...: as many runs as there are such calls
each_call() {
	local kind=$1 how=$2 n i failed=0 bad=0

	shift 2
	"$PGCONS_DUMP" "$@" >"$work/clean" 2>/dev/null
	preload FAIL="$kind" FAIL_COUNT="$work/n" "$PGCONS_DUMP" "$@" >/dev/null 2>&1
	n=$(cat "$work/n")
	[ "$n" -gt 0 ] || { echo "no such calls"; return 1; }
	for ((i = 1 + RANDOM % step; i <= n; i += step)); do
		if [ "$how" = at ]; then
			preload FAIL="$kind" FAIL_AT="$i" timeout 60 "$PGCONS_DUMP" "$@"
		else
			preload FAIL="$kind" FAIL_FROM="$i" timeout 60 "$PGCONS_DUMP" "$@"
		fi >"$work/out" 2>"$work/err"
		status=$?
		[ $((status & 8)) -eq 0 ] || failed=$((failed + 1))
		judge $status "$kind $how $i" || bad=$((bad + 1))
	done
	echo "$n calls, $bad bad"
	# That none of them made a difference would mean that none failed.
	[ "$bad" -eq 0 ] && { [ "$failed" -gt 0 ] || [ "$kind" = short ]; }
}

# run STATUS ARG...: leaves out and err in $work
run() {
	local want=$1 got

	shift
	timeout 60 "$PGCONS_DUMP" "$@" >"$work/out" 2>"$work/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && [ "$(grep -c . "$work/err")" -le 2 ] ||
		{ echo "status $got instead of $want"; cat "$work/err"; return 1; }
}

# without NAME DUMP: the library is not installed, and one line says so
without() {
	preload FAIL=library FAIL_FROM=1 timeout 60 "$PGCONS_DUMP" "$2" "$vmlinux" >"$work/out" 2>"$work/err"
	status=$?
	cat "$work/err"
	[ "$status" -eq 8 ] && [ "$(grep -c . "$work/err")" -eq 1 ] && [ ! -s "$work/out" ] &&
		grep -q "$1\.so\.[0-9]*, which is needed .* is not installed" "$work/err"
}

# All else works without: they are loaded by what needs them.
libraries() {
	preload FAIL=library FAIL_FROM=1 "$PGCONS_DUMP" -q "$dump" "$vmlinux" >"$work/out" 2>&1
	[ $? -eq 4 ] || { cat "$work/out"; return 1; }
	"$TOP_BUILDDIR/tests/unit/repack_kdump" snappy "$dump" "$work/snappy"
	case $? in 0) without libsnappy "$work/snappy" || return ;; 77) ;; *) return 1 ;; esac
	{ printf '\355\043\217\141\163\001\031\250'; head -c 300000 /dev/zero; } >"$work/lkcd"
	without libkdumpfile "$work/lkcd"
}

# Nothing that waits for somebody, or has no end, is read; in every place where a file is named.
not_a_file() {
	local what

	mkfifo "$work/fifo" || return
	mkdir "$work/folder" || return
	for what in "$work/fifo" "$work/folder" /dev/zero /dev/null /proc/self/mem; do
		run 8 "$what" "$vmlinux" && run 8 "$dump" "$what" &&
			run 8 "$dump" --layout="$what" && run 8 --vmcoreinfo="$what" "$dump" &&
			run 8 --save-layout="$work/new" "$what" || { echo "$what"; return 1; }
	done
	rm "$work/fifo"
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# As nobody: no rights to read, as root they do not count. By a copy of the program, as it may
# be in a home that is closed to others.
no_rights() {
	chmod 000 "$dump" || return
	as_nobody timeout 60 "$work/tool" "$dump" \
		>"$work/out" 2>"$work/err"
	status=$?
	chmod 644 "$dump"
	[ "$status" -eq 8 ] && grep -q 'Permission denied' "$work/err" || { cat "$work/err"; return 1; }
}

# 64 MiB more than what is documented to be enough.
little_memory() {
	(ulimit -v $(((64 + 64) * 1024)) && "$PGCONS_DUMP" -t 1 -q "$dump" --layout="$work/layout" \
		>"$work/out" 2>"$work/err")
	[ $? -eq 4 ] || { cat "$work/err"; return 1; }
}

# At any instant: what was found by then is a whole document, and bit 32 says that it is not all.
interrupted() {
	local i status

	for i in 1 2 3 4 5 6 8 10 12 15 20 25 30 40; do
		"$PGCONS_DUMP" --json "$dump" "$vmlinux" >"$work/out" 2>"$work/err" &
		sleep "0.$(printf %03d "$i")"
		kill -INT $! 2>/dev/null
		wait $!
		status=$?
		# Before it listens the signal does what it always does.
		[ "$status" -ne 130 ] || continue
		[ "$status" -lt 64 ] && [ "$(grep -c . "$work/err")" -le 2 ] || {
			echo "after $i ms: status $status"
			cat "$work/err"
			return 1
		}
		[ ! -s "$work/out" ] || jq -e .result "$work/out" >/dev/null || return
	done
}

if sanitized; then
	skip "calls that fail" "a sanitizer's own allocator is in the way"
elif ! gcc -shared -fPIC -O2 -D_GNU_SOURCE -o "$work/fail_calls.so" \
	"$TOP_SRCDIR/tests/tools/fail_calls.c" -ldl 2>"$work/err"; then
	skip "calls that fail" "no compiler: $(head -n 1 "$work/err")"
else
	check "memory, once, with a layout" each_call memory at "$dump" --layout="$work/layout"
	check "memory, from then on, with a layout" \
		each_call memory from "$dump" --layout="$work/layout"
	check "memory, once, with a vmlinux" each_call memory at "$dump" "$vmlinux"
	check "memory, from then on, with a vmlinux" each_call memory from "$dump" "$vmlinux"
	check "memory, once, by the dump alone" each_call memory at "$work/alone/vmcore"
	check "memory, once, JSON" each_call memory at --json "$dump" --layout="$work/layout"
	check "memory, once, JSON Lines" each_call memory at --jsonl "$dump" --layout="$work/layout"
	check "memory, from then on, JSON Lines" \
		each_call memory from --jsonl "$dump" --layout="$work/layout"
	check "memory, once, HTML" \
		each_call memory at --html="$work/html" "$dump" --layout="$work/layout"
	check "memory, once, saving a layout" each_call memory at --save-layout=- "$vmlinux"
	check "reads, once" each_call read at "$dump" "$vmlinux"
	check "reads, from then on" each_call read from "$dump" --layout="$work/layout"
	check "short reads, once" each_call short at "$dump" "$vmlinux"
	check "short reads, from then on" each_call short from "$dump" --layout="$work/layout"
	check "libraries that are not installed" libraries
fi
check "pipes, folders and devices" not_a_file
if [ "$(id -u)" -eq 0 ] && have setpriv; then
	chmod 755 "$work"
	cp "$PGCONS_DUMP" "$work/tool"
	if as_nobody "$work/tool" --version >"$work/out" 2>&1; then
		check "no rights" no_rights
	else
		skip "no rights" "nobody can run a program there: $(head -n 1 "$work/out")"
	fi
else
	skip "no rights" "not root"
fi
if sanitized; then
	skip "little memory" "a sanitizer needs terabytes of addresses"
else
	check "little memory" little_memory
fi
check "interrupted" interrupted
done_testing
