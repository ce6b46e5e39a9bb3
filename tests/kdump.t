#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pgcons-kdump over folders as kdump leaves them, with the shipped dumps, and with all that can
# go wrong with them. Nothing of it needs root rights.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
script=$TOP_BUILDDIR/kdump/pgcons-kdump
shell=${KDUMP_SHELL-}

export PGCONS_DUMP
export PGCONS_CRASH_DIR=$work/crash PGCONS_LAYOUT_DIR=$work/layouts PGCONS_RUN_DIR=$work/run
export PGCONS_DEBUG_ROOT=$work/root
# Address sanitizers reserve more than any limit; what it does is tested by itself.
export PGCONS_MEMORY=unlimited
# Tests run beside other tests: who yields to all of them never ends.
export PGCONS_NICE=0

mkdir "$work/layouts" "$work/run" "$work/tool"
"$TOP_SRCDIR/tests/tools/make-sample" 7.2-healthy "$work" || exit 99
"$TOP_SRCDIR/tests/tools/make-sample" 6.1-list-cycle "$work" || exit 99
"$PGCONS_DUMP" --save-layout="$work/layouts/7.2.layout" "$work/7.2-healthy/vmlinux" || exit 99
"$PGCONS_DUMP" --save-layout="$work/layouts/6.1.layout" "$work/6.1-list-cycle/vmlinux" || exit 99
healthy=$work/7.2-healthy/vmcore
faulty=$work/6.1-list-cycle/vmcore

# kdump STATUS ARG...: run it; what it says is in $work/out
kdump() {
	local want=$1 got

	shift
	# shellcheck disable=SC2086 # e.g. "busybox sh"
	$shell "$script" "$@" >"$work/out" 2>&1
	got=$?
	cat "$work/out"
	[ "$got" -eq "$want" ] || { echo "status $got instead of $want"; false; }
}

# fresh [NAME [DUMP]]: an empty crash folder, or one with a dump in the folder NAME
fresh() {
	chmod -R u+w "$work/crash" 2>/dev/null
	rm -rf "$work/crash"
	mkdir "$work/crash"
	[ $# -eq 0 ] || put "$@"
}

put() {
	mkdir -p "$work/crash/$1" && cp "${2-$healthy}" "$work/crash/$1/${3-vmcore}"
}

says() {
	grep -q -e "$1" "$work/out" || { echo "not said: $1"; false; }
}

quiet() {
	[ ! -s "$work/out" ]
}

mode() {
	stat -c %a "$1"
}

# A report, whole, readable by its owner only, and nothing left over.
reported() {
	local dir=$work/crash/$1 stem=${2-pgcons} left

	for form in json txt html; do
		[ "$(mode "$dir/$stem.$form")" = 600 ] || return
	done
	"$TOP_SRCDIR/tests/tools/validate-json" "$dir/$stem.json" || return
	left=$(find "$dir" -name '.pgcons.*')
	[ -z "$left" ] || { echo "left: $left"; false; }
}

unreported() {
	local found

	found=$(find "$work/crash/$1" -name 'pgcons*')
	[ -z "$found" ] || { echo "there: $found"; false; }
}

# fake CODE: a tool that is shell code with the arguments' last one in $dump; "$real" is the real
fake() {
	{
		echo '#!/bin/sh'
		echo "real='$PGCONS_DUMP'"
		# shellcheck disable=SC2016 # for the tool's shell
		echo 'case $1 in --help) exec "$real" --help ;; esac; for dump; do :; done'
		echo "$1"
	} >"$work/tool/fake"
	chmod +x "$work/tool/fake"
}

with_fake() {
	local tool=$PGCONS_DUMP st

	PGCONS_DUMP=$work/tool/fake
	"$@"
	st=$?
	PGCONS_DUMP=$tool
	return $st
}

# --- scan

every_distribution() {
	fresh 127.0.0.1-2026-11-24-10:00:00 "$healthy" vmcore
	put 202611241000 "$faulty" dump.202611241000
	put 2026-11-24-10-01 "$work/flat" vmcore
	put host-2026-11-24 "$work/flat" vmcore.flat
	printf 'Kernel crashdump\nvmcore status: saved successfully\n' \
		>"$work/crash/2026-11-24-10-01/README.txt"
	: >"$work/crash/202611241000/dmesg.202611241000"
	kdump 0 scan && says '10:00:00/vmcore: consistent: ' &&
		says 'dump.202611241000: INCONSISTENT: 1 corrupt finding (list-cycle)' &&
		says '10-01/vmcore: consistent: ' && says 'vmcore.flat: consistent: ' &&
		[ "$(wc -l <"$work/out")" -eq 4 ] &&
		for dir in "$work"/crash/*; do reported "${dir##*/}" || return; done
}

# The dump as makedumpfile -F, which SUSE and Debian use, writes it.
flatten() {
	makedumpfile -F -x "$work/7.2-healthy/vmlinux" "$healthy" >"$work/flat" 2>/dev/null
	[ -s "$work/flat" ]
}

once() {
	fresh a
	kdump 0 scan && kdump 0 scan && quiet && touch -d '2001-01-01' "$work/crash/a/vmcore" &&
		kdump 0 scan && says consistent
}

# A save that failed is told once, by name; it is no dump, and hinders none.
unfinished() {
	fresh a "$healthy" vmcore-incomplete
	put b "$healthy" dump-incomplete
	put c "$healthy" vmcore-dmesg-incomplete.txt
	put d "$healthy" vmcore
	echo "This file will be overwritten when the dump is finished." >"$work/crash/d/README.txt"
	put e "$healthy" vmcore.txt
	put f "$healthy" kdump.202602262349
	kdump 0 scan && says 'a/vmcore-incomplete: .*not saved' && says 'b/dump-incomplete: ' &&
		says 'd/vmcore: ' && says 'f/kdump.202602262349: consistent' &&
		[ "$(wc -l <"$work/out")" -eq 4 ] && reported f && unreported a && unreported d &&
		kdump 0 scan && quiet && rm "$work/crash/d/README.txt" && kdump 0 scan && says 'd/vmcore: consistent' && reported d
}

# What KDUMP_COMPRESSION makes of a dump is read.
gzipped() {
	fresh a
	rm -f "$work/crash/a/vmcore" && gzip -1 -c "$faulty" >"$work/crash/a/dump.202611270407.gz" &&
		touch -d '1 hour ago' "$work/crash/a/dump.202611270407.gz" &&
		kdump 0 scan && says 'dump.202611270407.gz: INCONSISTENT: ' && [ -s "$work/crash/a/pgcons.json" ]
}

# Dumps that were compressed once more, and files of other kinds: told once, with what to do.
other_kinds() {
	fresh z "$healthy" vmcore
	mkdir "$work/crash/a" "$work/crash/b"
	printf 'BZh91AY and more' >"$work/crash/a/dump.202601210724.bz2"
	echo '<html>Sign in</html>' >"$work/crash/b/vmcore.1"
	kdump 8 scan && says 'a/dump.*.bz2: .*compressed with bzip2: uncompress it first: bunzip2' &&
		says 'b/vmcore.1: .*an HTML page' && says 'z/vmcore: consistent' &&
		[ "$(wc -l <"$work/out")" -eq 3 ] && reported z && unreported a && kdump 0 scan && quiet
}

odd_names() {
	local dir

	fresh
	for dir in 'a b' -rf $'new\nline' '*' $'\e[31m'; do
		put "$dir"
	done
	kdump 0 scan && [ "$(grep -c consistent "$work/out")" -eq 5 ] &&
		[ "$(wc -l <"$work/out")" -eq 5 ] && ! grep -q $'\e' "$work/out" &&
		for dir in "$work"/crash/*; do reported "${dir##*/}" || return; done
}

two_in_a_folder() {
	fresh a
	put a "$faulty" vmcore.1
	kdump 0 scan && reported a pgcons-vmcore && reported a pgcons-vmcore.1
}

links() {
	fresh
	mkdir "$work/crash/a" "$work/elsewhere"
	ln -s "$healthy" "$work/crash/a/vmcore"
	cp "$healthy" "$work/elsewhere/vmcore"
	ln -s "$work/elsewhere" "$work/crash/b"
	put c
	echo precious >"$work/precious"
	ln -s "$work/precious" "$work/crash/c/pgcons.json"
	kdump 0 scan && unreported a && [ ! -e "$work/elsewhere/pgcons.json" ] &&
		[ "$(cat "$work/precious")" = precious ] && reported c &&
		[ ! -L "$work/crash/c/pgcons.json" ]
}

others_may_write() {
	fresh a
	chmod 777 "$work/crash/a"
	kdump 8 scan && says 'other users may write' && unreported . &&
		chmod 755 "$work/crash/a" && chmod 777 "$work/crash" &&
		kdump 8 scan && says 'others may rename' && unreported . &&
		chmod 1777 "$work/crash" && kdump 0 scan && reported a
}

empty_dump() {

	fresh
	mkdir "$work/crash/a"
	: >"$work/crash/a/vmcore"
	for _ in 1 2 3; do
		kdump 8 scan && says 'the file is empty' || return
	done
	says 'cancelled after 3 tries' && kdump 0 scan && quiet && unreported . &&
		cp "$healthy" "$work/crash/a/vmcore" && kdump 0 scan && reported a
}

cut_dump() {
	fresh a
	truncate -s 30000000 "$work/crash/a/vmcore"
	kdump 0 scan && reported a && says ': incomplete: .* among them; ' || return
	fresh a
	truncate -s 100000 "$work/crash/a/vmcore"
	kdump 8 scan && unreported . && says 'truncated'
}

no_layout() {
	fresh a
	(PGCONS_LAYOUT_DIR=$work/none; kdump "$1" scan)
}

# Nothing can be found out without a layout, or all can: then there is a report.
without_layout() {
	if no_layout 0 >/dev/null; then
		reported a
	else
		no_layout 8 && unreported . && says 'layouts'
	fi
}

# --- what goes wrong

# The size of files is limited, as on a disk that is full.
full_disk() {
	fresh a
	fake '[ "$1" = -q ] || ulimit -f 1; exec "$real" "$@"'
	(trap '' XFSZ; with_fake kdump 8 scan) && says 'consistent: .*(no report: ' &&
		unreported . && kdump 0 scan && reported a
}

full_tmpfs() {
	fresh a "$faulty"
	mkdir -p "$work/small"
	unshare -rm sh -c 'mount -t tmpfs -o size=28m small "$1" && cp -r "$2" "$1" &&
		dd if=/dev/zero of="$1/fill" 2>/dev/null
		PGCONS_CRASH_DIR=$1/crash "$3" scan; echo "status $?"; find "$1/crash" -name "pgcons*"
		' sh "$work/small" "$work/crash" "$script" >"$work/out" 2>&1
	cat "$work/out"
	says 'status 8' && says list-cycle && ! grep -q 'crash/a/pgcons' "$work/out"
}

read_only() {
	fresh a "$faulty"
	unshare -rm sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
		"$2" scan; echo "status $?"' sh "$work/crash" "$script" >"$work/out" 2>&1
	cat "$work/out"
	says 'status 8' && says list-cycle && says 'no report' && unreported .
}

vanishes() {
	fresh a
	# shellcheck disable=SC2016 # for the tool's shell
	fake 'rm -f "$dump"; exec "$real" "$@"'
	with_fake kdump 8 scan && says 'disappeared' && unreported . || return
	fresh a
	# shellcheck disable=SC2016
	fake 'rm -rf "$PGCONS_CRASH_DIR/a"; exec "$real" "$@"'
	with_fake kdump 8 scan && [ ! -e "$work/crash/a" ]
}

changes() {
	fresh a
	# shellcheck disable=SC2016
	fake '"$real" "$@"; st=$?; echo >>"$dump"; exit $st'
	with_fake kdump 8 scan && says 'changed' && unreported . && kdump 0 scan && reported a
}

# Killed at any point, by a signal that nothing can catch: the next one does it all.
killed() {
	local delay pid

	fresh a
	for delay in 0 0.05 0.1 0.2 0.3 0.4; do
		setsid "$script" scan >/dev/null 2>&1 &
		pid=$!
		sleep $delay
		kill -9 -- -$pid 2>/dev/null
		wait $pid 2>/dev/null
		# Its children end when what they wait for on the disk is done.
		flock -w 60 "$work/run/pgcons-kdump.lock" true
		for form in json txt html; do
			[ ! -e "$work/crash/a/pgcons.$form" ] || [ -s "$work/crash/a/pgcons.$form" ] ||
				return
		done
		[ ! -e "$work/crash/a/pgcons.json" ] || tail -n 1 "$work/crash/a/pgcons.json" | grep -qx '}' ||
			return
		rm -f "$work"/crash/a/.pgcons-*
	done
	kdump 0 scan && reported a
}

hangs() {
	fresh a
	fake 'exec sleep 600'
	(export PGCONS_TIMEOUT=1; with_fake kdump 8 scan) && says 'no answer in 1 seconds' &&
		unreported . && kdump 0 scan && reported a
}

# What a run was able to say until it was interrupted is kept, and the dump is tried again.
partial() {
	fresh a
	# shellcheck disable=SC2016
	fake '"$real" "$@"; exit 32'
	with_fake kdump 8 scan && says 'stopped after' && reported a && kdump 0 scan && says consistent
}

dies() {
	fresh a
	# shellcheck disable=SC2016
	fake 'echo "{"; kill -SEGV $$'
	with_fake kdump 8 scan && unreported . && kdump 0 scan && reported a
}

memory_limit() {
	fresh a
	(export PGCONS_MEMORY=256; kdump 8 scan) && unreported . && kdump 0 scan && reported a
}

yields() {
	fresh a
	# shellcheck disable=SC2016 # for the tool's shell
	fake 'nice; exec "$real" "$@"'
	(export PGCONS_NICE=5; with_fake kdump 0 scan) &&
		[ "$(head -n 1 "$work/crash/a/pgcons.txt")" -ge 5 ]
}

verifies() {
	fresh a
	(export PGCONS_VERIFY=slab; kdump "$1" scan) &&
		grep -q '"slab_caches"' "$work/crash/a/pgcons.json" &&
		grep -q '^slab caches ' "$work/crash/a/pgcons.txt"
}

two_at_once() {
	local pid

	fresh a
	# shellcheck disable=SC2016
	fake ': >"$PGCONS_RUN_DIR/started"; while [ ! -e "$PGCONS_RUN_DIR/go" ]; do sleep 0.1; done
		exec "$real" "$@"'
	rm -f "$work/run/started" "$work/run/go"
	PGCONS_DUMP=$work/tool/fake "$script" scan >"$work/first" 2>&1 &
	pid=$!
	while [ ! -e "$work/run/started" ]; do sleep 0.1; done
	kdump 0 scan && says 'another scan is running' && unreported . || { kill $pid; return 1; }
	: >"$work/run/go"
	wait $pid && cat "$work/first" && grep -q consistent "$work/first" && reported a
}

# --- layouts

layouts() {
	local root=$work/root debug=$work/root/usr/lib/debug

	mkdir -p "$root/lib/modules/7.2.13-x" "$root/lib/modules/6.1.0-y" "$root/lib/modules/none" \
		"$debug/boot" "$debug/lib/modules/6.1.0-y" "$work/made"
	ln "$work/7.2.vmlinux" "$debug/boot/vmlinux-7.2.13-x"
	ln "$work/6.1.vmlinux" "$debug/lib/modules/6.1.0-y/vmlinux"
	(
		export PGCONS_LAYOUT_DIR=$work/made
		kdump 0 layouts && [ "$(ls "$work/made")" = $'6.1.0-y.layout\n7.2.13-x.layout' ] &&
			kdump 0 layouts && quiet && fresh a && kdump 0 scan && reported a
	)
	local st=$?
	rm -rf "$root"
	return $st
}

# --- who is told

# A program that writes down what it was told.
listener() {
	{
		echo '#!/bin/sh'
		echo "{ printf '%s|' \"\$@\"; echo; } >>'$work/heard'"
		echo "$1"
	} >"$work/tool/listener"
	chmod +x "$work/tool/listener"
	rm -f "$work/heard"
}

heard() {
	grep -qx -e "--to=us|$1" "$work/heard" || { echo "not heard: $1"; cat "$work/heard"; false; }
}

notified() {
	fresh a "$healthy" vmcore
	put b "$faulty" vmcore
	echo "no dump" >"$work/text" && put c "$work/text" vmcore
	listener 'exit 3'
	(export PGCONS_NOTIFY="$work/tool/listener --to=us"; kdump 8 scan) || return
	# That it fails is reported, and is nobody else's affair.
	[ "$(grep -c 'listener --to=us failed, status 3' "$work/out")" -eq 3 ] &&
		heard "consistent|$work/crash/a/vmcore|$work/crash/a/pgcons.json|consistent: .*|" &&
		heard "inconsistent|$work/crash/b/vmcore|$work/crash/b/pgcons.json|INCONSISTENT: .*|" &&
		heard "failed|$work/crash/c/vmcore||.*not a dump.*|" &&
		[ "$(wc -l <"$work/heard")" -eq 3 ] || return
	# What was analysed before is no news.
	rm "$work/heard"
	(export PGCONS_NOTIFY="$work/tool/listener --to=us"; kdump 0 scan) && [ ! -e "$work/heard" ]
}

# As systemd's journal takes them: by how bad it is.
priorities() {
	fresh a "$healthy" vmcore
	put b "$faulty" vmcore
	echo "no dump" >"$work/text" && put c "$work/text" vmcore
	: >"$work/journal"
	JOURNAL_STREAM=$(stat -c %d:%i "$work/journal") "$script" scan >>"$work/journal" 2>&1
	[ $? -eq 8 ] && grep -q '^<6>pgcons-kdump: .*/a/vmcore: consistent' "$work/journal" &&
		grep -q '^<2>pgcons-kdump: .*/b/vmcore: INCONSISTENT' "$work/journal" &&
		grep -q '^<3>pgcons-kdump: .*/c/vmcore: ' "$work/journal"
}

# Counts are of all dumps, also of those that were analysed before.
metrics() {
	fresh a "$healthy" vmcore
	put b "$faulty" vmcore
	export PGCONS_METRICS=$work/run/pgcons.prom
	kdump 0 scan && put c "$healthy" vmcore && kdump 0 scan &&
		grep -qx 'pgcons_dumps{result="consistent"} 2' "$PGCONS_METRICS" &&
		grep -qx 'pgcons_dumps{result="inconsistent"} 1' "$PGCONS_METRICS" &&
		grep -qx 'pgcons_dumps{result="unread"} 0' "$PGCONS_METRICS" &&
		grep -qx 'pgcons_last_scan_success 1' "$PGCONS_METRICS" &&
		[ "$(stat -c %a "$PGCONS_METRICS")" = 644 ] &&
		! grep -vE '^# (HELP|TYPE) [a-z_]+ |^[a-z_]+(\{result="[a-z]+"\})? [0-9]+$' "$PGCONS_METRICS" || return
	echo "no dump" >"$work/text" && put d "$work/text" vmcore
	kdump 8 scan && grep -qx 'pgcons_dumps{result="unread"} 1' "$PGCONS_METRICS" &&
		grep -qx 'pgcons_last_scan_success 0' "$PGCONS_METRICS" &&
		[ "$(find "$work/run" -name 'pgcons*' | wc -l)" -eq 2 ] && cp "$PGCONS_METRICS" "$work/metrics"
}

# What Prometheus says of their names and words.
by_promtool() {
	promtool check metrics <"$work/metrics"
}

# --- capture

capture() {
	fresh a "$healthy" vmcore
	PGCONS_VMCORE=$faulty kdump 0 capture 0 "$work/crash/a" && says 'INCONSISTENT: .*list-cycle' &&
		[ "$(wc -l <"$work/out")" -eq 1 ] &&
		grep -q "\"path\": *\"$faulty\"" "$work/crash/a/pgcons.json" || return
	# What was seen of all memory is not replaced by what is left of it in the dump.
	kdump 0 scan && quiet
}

capture_finds() {
	fresh old "$healthy" vmcore
	touch -d 2001-01-01 "$work/crash/old/vmcore"
	PGCONS_VMCORE=$healthy kdump 0 capture 1 && says consistent && unreported . || return
	put new "$healthy" vmcore-incomplete
	PGCONS_VMCORE=$healthy kdump 0 capture 1 && says consistent &&
		[ -s "$work/crash/new/pgcons.json" ] && unreported old &&
		[ -z "$(find "$work/crash" -name '.pgcons*')" ]
}

# Capture kernels of small machines have no clock.
capture_without_clock() {
	mkdir -p "$work/clock"
	# shellcheck disable=SC2016 # for that shell
	printf '#!/bin/sh\nexec /bin/date -d "@$(cut -d. -f1 /proc/uptime)" "$@"\n' >"$work/clock/date"
	chmod +x "$work/clock/date"
	fresh
	(
		export PGCONS_VMCORE=$healthy PATH=$work/clock:$PATH
		kdump 0 capture 0 && says consistent && [ "$(wc -l <"$work/out")" -eq 1 ] || return
		put old "$healthy" vmcore && put new "$healthy" vmcore
		touch -d 2001-01-01 "$work/crash/old/vmcore" && touch -d @1 "$work/crash/new/vmcore"
		kdump 0 capture 0 && says consistent
	) && [ -s "$work/crash/new/pgcons.json" ] && unreported old
}

capture_never_fails() {
	PGCONS_VMCORE=$work/none kdump 0 capture 0 "$work/none" && says none &&
		PGCONS_VMCORE=$healthy PGCONS_DUMP=$work/none kdump 0 capture 0 &&
		PGCONS_LAYOUT_DIR=$work/none PGCONS_VMCORE=$work/run kdump 0 capture 0 || return
	fake 'exec sleep 600'
	(export PGCONS_TIMEOUT=1 PGCONS_VMCORE=$healthy; with_fake kdump 0 capture 0)
}

capture_hook() {
	fresh a
	# Where it was not put into the initramfs, it does nothing, and never fails.
	sed "s#/[^ ]*/pgcons-kdump#$1#g" "$TOP_BUILDDIR/kdump/pgcons" >"$work/tool/hook"
	PGCONS_VMCORE=$healthy sh "$work/tool/hook" 0 >"$work/out" 2>&1
}

hook() {
	capture_hook "$work/none" && quiet && capture_hook "$script" && says consistent
}

lint() {
	mandoc -Tlint -Wwarning "$TOP_BUILDDIR/man/pgcons-kdump.8" >"$work/out"
	cat "$work/out"
	quiet
}

usage() {
	kdump 16 && kdump 16 frobnicate && kdump 0 --help && says 'scan \[DIR'
}

if have makedumpfile && flatten; then
	check "every distribution's names" every_distribution
else
	skip "every distribution's names" "no makedumpfile"
fi
check "what is done is done once" once
check "unfinished dumps are told once" unfinished
check "files that are no dumps are told once" other_kinds
check "a dump that gzip compressed" gzipped
check "odd names" odd_names
check "two dumps in a folder" two_in_a_folder
check "links are not followed" links
check "folders in which others may write" others_may_write
check "an empty dump is given up" empty_dump
check "a dump that was cut short" cut_dump
check "no layout" without_layout
check "full disk" full_disk
if unshare -rm true 2>/dev/null; then
	check "full disk, a real one" full_tmpfs
	check "read-only" read_only
else
	skip "full disk, a real one" "no namespaces"
	skip "read-only" "no namespaces"
fi
check "the dump vanishes" vanishes
check "the dump changes" changes
check "kill -9" killed
check "the tool hangs" hangs
check "the tool is interrupted" partial
check "the tool dies" dies
if sanitized; then
	skip "the tool needs too much memory" "a build with sanitizers"
else
	check "the tool needs too much memory" memory_limit
fi
check "the tool yields" yields
check "PGCONS_VERIFY: slabs are checked, too" verifies 0
check "two at once" two_at_once
check "layouts of the installed kernels" layouts
check "a command is told of each report" notified
check "the journal gets priorities" priorities
(metrics) >"$work/metrics.out" 2>&1
check "metrics for Prometheus" [ $? -eq 0 ]
if have promtool; then
	check "promtool has nothing against them" by_promtool
else
	skip "promtool" "no promtool (Debian: prometheus)"
fi
check "capture" capture
check "capture finds the dump's folder" capture_finds
check "capture without a clock" capture_without_clock
check "capture never fails" capture_never_fails
check "kdump-utils' hook" hook
check "usage" usage
if have mandoc; then
	check "mandoc has no complaint" lint
else
	skip "mandoc has no complaint" "no mandoc"
fi
if have shellcheck; then
	check "shellcheck has no complaint" shellcheck "$script" "$TOP_BUILDDIR/kdump/pgcons"
fi
done_testing
