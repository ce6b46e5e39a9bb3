#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A dump alone: the vmlinux is found by its build-id, in all the forms it is kept in.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
server=
# shellcheck disable=SC2317 # by the trap
clean_up() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$work"
}
trap clean_up EXIT

"$TOP_SRCDIR/tests/tools/make-sample" 7.2-healthy "$work" || exit 99
"$TOP_SRCDIR/tests/tools/unpack-sample" "$TOP_SRCDIR/tests/data/samples/6.1/vmlinux" \
	"$work/other" || exit 99
mkdir "$work/dump" "$work/debug"
ln -s "$work/7.2.vmcore" "$work/dump/vmcore"
vmlinux=$work/7.2.vmlinux
id=$("$PGCONS_DUMP" --json "$work/dump/vmcore" | jq -r .kernel.build_id)
release=$("$PGCONS_DUMP" --json "$work/dump/vmcore" | jq -r .kernel.release)

# found_as FILE ARG...: the vmlinux that is used is FILE
found_as() {
	local want=$1

	shift
	timeout 120 "$PGCONS_DUMP" --json "$@" "$work/dump/vmcore" >"$work/out" 2>"$work/err"
	[ $? -eq 0 ] && jq -e --arg want "$want" \
		'.kernel.vmlinux == $want and .kernel.facts_from == "vmlinux"' "$work/out" \
		>/dev/null || {
		jq .kernel "$work/out"
		cat "$work/err"
		return 1
	}
}

in_debug_dir() {
	local place=$work/debug/$1 status

	mkdir -p "$(dirname "$place")"
	ln -s "$vmlinux" "$place"
	found_as "$place" --debug-dir="$work/debug"
	status=$?
	rm -rf "$work/debug"
	return "$status"
}

# compress PROGRAM SUFFIX: false when libdw was built without that form
compress() {
	place=$work/debug/vmlinux-$release.$2
	mkdir -p "$work/debug"
	"$1" -1 -c <"$vmlinux" >"$place"
	! "$PGCONS_DUMP" -v --debug-dir="$work/debug" "$work/dump/vmcore" 2>&1 >/dev/null |
		grep -q 'that libdw .* can inflate'
}

beside_the_dump() {
	ln -s "$vmlinux" "$work/dump/vmlinux"
	found_as "$work/dump/vmlinux" && (
		cd "$work/dump" && "$PGCONS_DUMP" vmcore >"$work/out" &&
			grep -q 'vmlinux found: ./vmlinux$' "$work/out"
	)
}

# One of another build is passed over, and so is one that is damaged.
passed_over() {
	mkdir -p "$work/debug"
	ln -s "$work/other" "$work/debug/vmlinux"
	head -c 100000 "$vmlinux" >"$work/debug/vmlinux-$release"
	found_as "$work/dump/vmlinux" --debug-dir="$work/debug"
}

# Nothing to be found: where it was looked for is told when it is missed.
tells_where() {
	rm -f "$work/dump/vmlinux"
	"$PGCONS_DUMP" -v --debug-dir="$work/debug" "$work/dump/vmcore" >"$work/out" 2>"$work/err"
	[ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -q "^pgcons-dump: no vmlinux of this kernel at: .*/debug/vmlinux (of another build), .*/usr/lib/debug/.build-id/${id:0:2}/" "$work/err" &&
		grep -q "vmlinux-$release: truncated" "$work/err" || { cat "$work/err"; return 1; }
}

# The debug information moved to another file, as distributions do.
debuglink() {
	rm -rf "$work/debug"
	mkdir -p "$work/debug" "$work/dump/.debug"
	objcopy --only-keep-debug "$vmlinux" "$work/dump/.debug/vmlinux.debug" &&
		objcopy --strip-debug --add-gnu-debuglink="$work/dump/.debug/vmlinux.debug" \
			"$vmlinux" "$work/dump/vmlinux" &&
		found_as "$work/dump/.debug/vmlinux.debug" &&
		"$PGCONS_DUMP" -q "$work/dump/vmcore" "$work/dump/vmlinux"
}

compressed_sections() {
	rm -rf "$work/dump/.debug" "$work/dump/vmlinux"
	objcopy --compress-debug-sections "$vmlinux" "$work/dump/vmlinux" &&
		found_as "$work/dump/vmlinux"
}

start_server() {
	port=$((20000 + RANDOM % 20000))
	mkdir "$work/served"
	cp "$vmlinux" "$work/served/vmlinux"
	# The environment could make it ask other servers itself.
	DEBUGINFOD_URLS='' debuginfod -F -p "$port" -d :memory: -t 0 "$work/served" \
		>"$work/server.log" 2>&1 &
	server=$!
	export DEBUGINFOD_URLS=http://127.0.0.1:$port
}

# The client remembers what a server had not: each try has a cache of its own.
ask_server() {
	local try

	rm -f "$work/dump/vmlinux"
	for try in $(seq 60); do
		export DEBUGINFOD_CACHE_PATH=$work/cache.$try
		found_as "$work/cache.$try/$id/debuginfo" --debuginfod >"$work/log" && return 0
		sleep 0.5
	done
	cat "$work/log" "$work/server.log"
	return 1
}

not_unasked() {
	export DEBUGINFOD_CACHE_PATH=$work/unasked
	"$PGCONS_DUMP" --json "$work/dump/vmcore" | jq -e '.kernel.vmlinux == null' >/dev/null &&
		[ ! -e "$work/unasked" ]
}

server_is_gone() {
	export DEBUGINFOD_CACHE_PATH=$work/gone
	kill "$server"
	# It is no child of a subshell, and takes its time.
	while kill -0 "$server" 2>/dev/null; do
		sleep 0.1
	done
	"$PGCONS_DUMP" -q --debuginfod "$work/dump/vmcore" >"$work/out" 2>"$work/err" &&
		[ "$(wc -l <"$work/err")" -eq 1 ] && grep -q 'warning: debuginfod: ' "$work/err" || {
		cat "$work/out" "$work/err"
		return 1
	}
}

# One that takes the question and never answers.
interrupted() {
	local deaf

	export DEBUGINFOD_CACHE_PATH=$work/interrupted
	python3 - >"$work/port" <<-'END' &
	import socket, sys, time
	server = socket.create_server(("127.0.0.1", 0))
	print(server.getsockname()[1], flush=True)
	held = server.accept()[0]
	held.settimeout(120)
	# The question, and then the end: whoever asked is gone.
	while held.recv(4096):
	    pass
	print("gone", flush=True)
	END
	deaf=$!
	until [ -s "$work/port" ]; do
		sleep 0.1
	done
	# As a terminal does it: once, to the whole group, and not ignored. (timeout sends it to the
	# program twice, and the second is meant to end it.)
	DEBUGINFOD_URLS=http://127.0.0.1:$(cat "$work/port") python3 - "$PGCONS_DUMP" \
		--debuginfod "$work/dump/vmcore" >"$work/out" 2>"$work/err" <<-'END'
	import os, signal, subprocess, sys, time
	tool = subprocess.Popen(sys.argv[1:], start_new_session=True,
	                        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
	time.sleep(2)
	os.killpg(tool.pid, signal.SIGINT)
	try:
	    status = tool.wait(30)
	except subprocess.TimeoutExpired:
	    os.killpg(tool.pid, signal.SIGKILL)
	    status = "it had to be killed"
	print("status", status, file=sys.stderr)
	END
	# Who asked is gone, too: the server sees it.
	for _ in $(seq 50); do
		! grep -q gone "$work/port" || break
		sleep 0.1
	done
	kill "$deaf" 2>/dev/null
	grep -q '^pgcons-dump: debuginfod: cancelled' "$work/err" &&
		grep -q '^status 40$' "$work/err" && grep -q gone "$work/port" || {
		cat "$work/err" "$work/port"
		return 1
	}
}

# A package is built without network, and the loopback interface may be down there.
loopback() {
	python3 -c 'import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), 5)' 2>/dev/null
}

no_server_set() {
	DEBUGINFOD_URLS='' "$PGCONS_DUMP" -q --debuginfod "$work/dump/vmcore" >"$work/out" \
		2>"$work/err" && grep -q 'DEBUGINFOD_URLS' "$work/err"
}

for place in ".build-id/${id:0:2}/${id:2}.debug" "vmlinux-$release" "boot/vmlinux-$release" \
	"lib/modules/$release/vmlinux" "boot/vmlinux-$release.debug" vmlinux; do
	check "--debug-dir: $place" in_debug_dir "$place"
done
for form in gzip:gz xz:xz zstd:zst; do
	if command -v "${form%:*}" >/dev/null && compress "${form%:*}" "${form#*:}"; then
		check "compressed by ${form%:*}" found_as "$place" --debug-dir="$work/debug"
	else
		skip "compressed by ${form%:*}" "no ${form%:*}, or libdw cannot inflate it"
	fi
	rm -rf "$work/debug"
done
check "beside the dump" beside_the_dump
check "another build, a damaged file" passed_over
if "$PGCONS_DUMP" --version | grep -q '^libbpf v'; then
	check "nothing found: where it was looked for" tells_where
fi
if command -v objcopy >/dev/null; then
	check "a debug link" debuglink
	check "compressed sections" compressed_sections
else
	skip "a debug link, compressed sections" "no objcopy"
fi
if "$PGCONS_DUMP" --version | grep -q '^libdebuginfod built in' &&
	command -v debuginfod >/dev/null && loopback; then
	start_server
	check "a debuginfod server" ask_server
	check "no server is asked unless told to" not_unasked
	check "the server is gone" server_is_gone
	check "no server is set" no_server_set
	check "interrupted while a server is asked" interrupted
else
	skip "a debuginfod server" "no debuginfod, or no loopback interface"
fi
done_testing
