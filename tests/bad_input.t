#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong files, damaged files, files that do not belong together: one clear line on stderr, the
# documented status, and nothing lost that could be analysed.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
for name in 7.2-healthy 6.1-healthy 7.2-list-cycle; do
	"$TOP_SRCDIR/tests/tools/make-sample" $name "$work" || exit 99
done
vmcore=$work/7.2-healthy/vmcore
vmlinux=$work/7.2-healthy/vmlinux
size=$(stat -Lc %s "$vmcore")

# run STATUS ARG...: the status must be that one; out and err are left in $work
run() {
	local want=$1 got

	shift
	timeout 120 "$PGCONS_DUMP" "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$want" ] && return
	echo "status $got instead of $want"
	head -5 "$work/out" "$work/err"
	false
}

# refuse PATTERN ARG...: status 8, nothing on stdout, one line on stderr that says PATTERN
refuse() {
	local pattern=$1

	shift
	run 8 "$@" || return
	cat "$work/err"
	[ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -q "^pgcons-dump: .*$pattern" "$work/err"
}

says() {
	cat "$work/out" "$work/err"
	grep -q "$1" "$work/out"
}

swapped() {
	run 0 "$vmlinux" "$vmcore" && says '^consistent'
}

forced() {
	run 0 --force "$vmcore" "$vmlinux" && [ ! -s "$work/err" ]
}

# A node that claims more than a machine can have, as its number is read from where a pointer is:
# the pages that there are, are walked; also when the section map is lost.
boundless_node() {
	local layout=$work/boundless where

	"$PGCONS_DUMP" --save-layout="$layout.all" "$vmlinux" || return
	for where in '' 's/^\(variable mem_section\) 0x[0-9a-f]*/\1 0xffffffff00000000/'; do
		sed -e 's/^\(offset pglist_data.node_spanned_pages\) [0-9]*/\1 96/' -e "$where" \
			"$layout.all" >"$layout"
		run 8 --layout="$layout" "$vmcore" && says 'its sections beyond 4 PiB were' &&
			says '^  walked  *32768 ' || return
	done
}

# Debug info of another build gives wrong offsets: whatever comes of it, it ends, and says so.
forced_wrong() {
	timeout 120 "$PGCONS_DUMP" --force "$vmcore" "$work/6.1-healthy/vmlinux" \
		>"$work/out" 2>"$work/err"
	[ $? -lt 64 ] && grep -q 'is not the vmlinux of this dump' "$work/err"
}

# What goes for a vmlinux of another build goes for its layout.
forced_wrong_layout() {
	timeout 120 "$PGCONS_DUMP" --force "$vmcore" --layout="$work/6.1.layout" \
		>"$work/out" 2>"$work/err"
	[ $? -lt 64 ] && grep -q 'is not the layout of this dump' "$work/err"
}

# A layout that does not answer all that the program asks: done, but not called complete.
older_layout() {
	awk '/^offset page.pcp_llist /{ next } $1 == "end" { $2-- } 1' "$work/7.2.layout" \
		>"$work/older.layout" &&
		run 8 "$vmcore" --layout="$work/older.layout" &&
		says 'the layout file lacks struct page.pcp_llist'
}

# Numbers of a layout are as hostile as any: one at a time is wrong, and no check is passed by
# the build-id.
spoilt_layouts() {
	local key n=0 status

	for key in "size page " "size zone " "size free_area " "offset page.lru " \
		"offset zone.free_area " "length zone.free_area " "size per_cpu_pages " \
		"length per_cpu_pages.lists " "variable node_data " "variable-length node_data " \
		"variable __per_cpu_offset " "symbol _stext " "size mem_section " \
		"offset mem_section.section_mem_map " "offset mem_section.usage " \
		"variable pc_state.db.nbits " "offset task_struct.tasks "; do
		for value in 0 1 16777216; do
			awk -v key="$key" -v value=$value \
				'index($0, key) == 1 { $3 = value } 1' "$work/7.2.layout" \
				>"$work/spoilt.layout"
			timeout 120 "$PGCONS_DUMP" -q "$vmcore" --layout="$work/spoilt.layout" \
				>"$work/out" 2>"$work/err"
			status=$?
			echo "$key$value: $status $(cat "$work/out")"
			[ $((status & ~12)) -eq 0 ] || return
			n=$((n + (status != 0)))
		done
	done
	[ $n -gt 20 ]
}

# What has read a struct as a whole takes its members out of it.
member_outside() {
	awk '/^offset zone.per_cpu_zonestats /{ $3 = 16777216 } 1' "$work/7.2.layout" \
		>"$work/spoilt.layout"
	refuse 'zone.per_cpu_zonestats lies outside' "$vmcore" --layout="$work/spoilt.layout"
}

# truncated SIZE: what is there is analysed or the file refused, but never called consistent
truncated() {
	head -c "$1" "$vmcore" >"$work/cut"
	timeout 120 "$PGCONS_DUMP" "$work/cut" "$vmlinux" >"$work/out" 2>"$work/err"
	local status=$?

	cat "$work/err"
	head -3 "$work/out"
	[ "$status" -lt 64 ] && [ $((status & 8)) -ne 0 ] && ! grep -q '^consistent' "$work/out" &&
		cat "$work/out" "$work/err" | grep -q 'truncated\|not a dump\|empty\|cannot be in a file of'
}

# With its last pages missing a dump still shows the planted fault.
truncated_with_fault() {
	head -c $((size - 60000)) "$work/7.2-list-cycle/vmcore" >"$work/cut"
	run 12 "$work/cut" "$vmlinux" && says 'truncated' && says 'list-cycle'
}

without_dwarf() {
	objcopy --strip-debug "$vmlinux" "$work/stripped" || return
	if [ -n "$("$PGCONS_DUMP" --version | grep '^libbpf v')" ]; then
		run 0 "$vmcore" "$work/stripped" && says '^consistent' &&
			grep -q 'warning: .*stripped has no DWARF debug info: the facts about the kernel are from' "$work/err"
	else
		run 8 "$vmcore" "$work/stripped" && grep -q DWARF "$work/err"
	fi || return
	objcopy --strip-debug "$work/6.1-healthy/vmlinux" "$work/other-stripped" &&
		refuse 'is not the vmlinux of this dump' "$vmcore" "$work/other-stripped"
}

# The same bytes as makedumpfile -F writes them: a header page, records, an end record.
flatten() {
	python3 - "$1" "$2" <<-'EOF'
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		with open(sys.argv[2], "wb") as out:
		    head = b"makedumpfile".ljust(16, b"\0") + struct.pack(">QQ", 1, 1)
		    out.write(head.ljust(4096, b"\0"))
		    for at in range(0, len(data), 1 << 16):
		        part = data[at:at + (1 << 16)]
		        out.write(struct.pack(">QQ", at, len(part)) + part)
		    out.write(struct.pack(">qq", -1, -1))
	EOF
}

flattened() {
	flatten "$vmcore" "$work/flat" && run 0 "$work/flat" "$vmlinux" && says '^consistent'
}

# An ELF core without any note: memory, but no VMCOREINFO to find a kernel in it.
no_vmcoreinfo() {
	python3 - "$work/core" <<-'EOF'
		import struct, sys
		with open(sys.argv[1], "wb") as out:
		    out.write(struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 62, 1, 0, 64, 0,
		                          0, 64, 56, 1, 0, 0, 0))
		    out.write(struct.pack("<IIQQQQQQ", 1, 7, 4096, 0, 0, 65536, 65536, 4096))
		    out.write(bytes(4096 - 120 + 65536))
	EOF
	refuse 'VMCOREINFO' "$work/core" "$vmlinux"
}

output_full() {
	timeout 120 "$PGCONS_DUMP" "$@" "$vmcore" "$vmlinux" >/dev/full 2>"$work/err"
	[ $? -eq 8 ] && cat "$work/err" && [ "$(wc -l <"$work/err")" -eq 1 ]
}

layout_to_full_disk() {
	timeout 120 "$PGCONS_DUMP" --save-layout=- "$vmlinux" >/dev/full 2>"$work/err"
	[ $? -eq 8 ] && cat "$work/err" && [ "$(wc -l <"$work/err")" -eq 1 ]
}

closed_pipe() {
	timeout 120 "$PGCONS_DUMP" --json "$vmcore" "$vmlinux" 2>"$work/err" | true
	[ "${PIPESTATUS[0]}" -lt 64 ]
}

# Files of other kinds, by their first bytes; the whole table is in unit/check_file_kind.
other_kind() {
	printf "$1" >"$work/kind"
	head -c 8192 /dev/zero >>"$work/kind"
	refuse "$2" "$work/kind" && refuse "$2" "$work/kind" "$vmlinux" &&
		refuse "${3-$2}" "$vmcore" "$work/kind"
}

zeros() {
	truncate -s 1M "$work/zeros"
	refuse 'not a dump, but zeros' "$work/zeros" "$vmlinux"
}

# elf CLASS BYTEORDER MACHINE [VADDR...]: an ELF core, 64-bit, with ranges at physical address 0
elf_core() {
	python3 - "$work/core" "$@" <<-'EOF'
		import struct, sys
		size, data, machine = (int(a) for a in sys.argv[2:5])
		loads = [int(a, 0) for a in sys.argv[5:]]
		e = "<>"[data - 1]
		with open(sys.argv[1], "wb") as out:
		    out.write(struct.pack(e + "16sHHIQQQIHHHHHH", b"\x7fELF" + bytes([size, data, 1]), 4,
		                          machine, 1, 0, 64, 0, 0, 64, 56, len(loads), 0, 0, 0))
		    for addr in loads:
		        out.write(struct.pack(e + "IIQQQQQQ", 1, 7, 4096, addr, 0, 4096, 4096, 4096))
		    out.write(bytes(16384))
	EOF
}

other_machine() {
	elf_core "$1" "$2" "$3" 0 4096 && refuse "$4 .*x86_64" "$work/core" &&
		refuse "$4 .*x86_64" "$work/core" "$vmlinux"
}

process_core() {
	elf_core 2 1 62 0x400000 0x7ffff0000000 0xffffffffff600000 &&
		refuse 'a core of a process, not of a kernel' "$work/core" "$vmlinux"
}

# What utsname says in the header of a kdump-compressed file.
kdump_of() {
	cp -L "$vmcore" "$work/kdump" && chmod u+w "$work/kdump" &&
		printf '%-8s' "$1" | tr ' ' '\0' |
		dd of="$work/kdump" bs=1 seek=272 conv=notrunc 2>/dev/null &&
		refuse "architecture $1: " "$work/kdump" "$vmlinux"
}

a_directory() {
	mkdir -p "$work/dir/sub"
	refuse 'is a directory, not a dump: name the file in it' "$work/dir" "$vmlinux" &&
		refuse 'is a directory, not a vmlinux' "$vmcore" "$work/dir" &&
		: >"$work/dir/dump.202611281900" && : >"$work/dir/dmesg.202611281900" &&
		refuse 'the dump in it is dump.202611281900' "$work/dir"
}

a_pipe() {
	mkfifo "$work/fifo"
	refuse 'is a pipe, not a dump: save it' "$work/fifo" "$vmlinux" &&
		refuse 'is a pipe, not a vmlinux' "$vmcore" "$work/fifo" &&
		refuse 'cannot be read from standard input' - "$vmlinux" &&
		refuse 'cannot be read from standard input' "$vmcore" - &&
		refuse 'a URL, not a file: download the dump' https://example.org/vmcore &&
		refuse 'a URL, not a file: download the vmlinux' "$vmcore" https://example.org/vmlinux
}

# ELF files that are no vmlinux, and one whose debug information is of something else.
other_elf() {
	local module

	module=$(find "$TOP_BUILDDIR" -name '*error.o' -print -quit)
	refuse 'an ELF object (a kernel module?)' "$vmcore" "$module" &&
		refuse 'is this the debug information of a kernel' "$vmcore" "$PGCONS_DUMP"
	if [ -x /bin/true ]; then
		refuse 'is not the vmlinux of this dump: its build-id' "$vmcore" /bin/true
	fi
}

# However long the path, the cause is there.
long_path() {
	local dir

	dir=$work/$(printf 'a%.0s' $(seq 200))/$(printf 'b%.0s' $(seq 200))/$(printf 'c%.0s' $(seq 200))
	mkdir -p "$dir" && : >"$dir/empty" && refuse 'the file is empty$' "$dir/empty"
}

echo "just some text" >"$work/text"
: >"$work/empty"
check "a node without an end" boundless_node
check "missing dump" refuse 'No such file' "$work/none" "$vmlinux"
check "missing vmlinux" refuse 'No such file' "$vmcore" "$work/none"
check "text for a dump" refuse 'dump' "$work/text" "$vmlinux"
check "text for a vmlinux" refuse 'not a vmlinux, but a text' "$vmcore" "$work/text"
check "empty dump" refuse 'empty' "$work/empty" "$vmlinux"
check "bzip2" other_kind 'BZh91AY' 'compressed with bzip2: uncompress it first: bunzip2' \
	'not a vmlinux that libdw .* can inflate: uncompress it'
check "AVML" other_kind 'AVML\002' 'an AVML memory image'
check "virsh save" other_kind 'LibvirtQemudSave\002' 'virsh dump --memory-only'
check "VMware" other_kind '\322\276\322\276' 'vmss2core'
check "Git LFS" other_kind 'version https://git-lfs.github.com/spec/v1' 'git lfs pull'
check "an HTML page" other_kind '<!DOCTYPE html><html>' 'an HTML page'
check "System.map" other_kind 'ffffffff81000000 T _text\n' 'System.map'
check "zeros" zeros
check "ELF of riscv64" other_machine 2 1 243 riscv
check "ELF of ppc64le" other_machine 2 1 21 ppc64le
check "ELF of s390x" other_machine 2 2 22 s390x
check "ELF of i386" other_machine 1 1 3 i386
check "kdump of ppc64le" kdump_of ppc64le
check "kdump of riscv64" kdump_of riscv64
check "a core of a process" process_core
check "a directory" a_directory
check "a pipe, standard input, a URL" a_pipe
check "other ELF files" other_elf
check "a long path" long_path
check "two dumps" refuse 'is a second dump, and it is not a piece of a split dump' "$vmcore" "$work/7.2-list-cycle/vmcore"
check "two vmlinux" refuse 'dump' "$vmlinux" "$work/6.1-healthy/vmlinux"
check "vmlinux of another build" refuse '\(build-id\).*--force' "$vmcore" \
	"$work/6.1-healthy/vmlinux"
check "--force with the right vmlinux" forced
check "--force with the wrong vmlinux" forced_wrong
check "arguments swapped" swapped
if have objcopy; then
	check "vmlinux without DWARF" without_dwarf
else
	skip "vmlinux without DWARF" "no objcopy"
fi
"$PGCONS_DUMP" --save-layout="$work/7.2.layout" "$vmlinux"
"$PGCONS_DUMP" --save-layout="$work/6.1.layout" "$work/6.1-healthy/vmlinux"
check "missing layout" refuse 'No such file' "$vmcore" --layout="$work/none"
check "text for a layout" refuse 'not a layout file' "$vmcore" --layout="$work/text"
check "vmlinux for a layout" refuse 'not a layout file' "$vmcore" --layout="$vmlinux"
check "layout for a vmlinux" refuse 'not a vmlinux, but a layout file.*--layout=' "$vmcore" "$work/7.2.layout"
check "vmlinux for a dump, with a layout" refuse 'dump' "$vmlinux" --layout="$work/7.2.layout"
check "layout of another build" refuse 'is not the layout of this dump.*--force' "$vmcore" \
	--layout="$work/6.1.layout"
check "--force with the wrong layout" forced_wrong_layout
check "layout of an older program" older_layout
check "layouts with wrong numbers" spoilt_layouts
check "layout with a member outside its struct" member_outside
check "layout of a dump" refuse 'not a vmlinux, but a kdump-compressed dump' --save-layout="$work/new.layout" "$vmcore"
check "layout of a text" refuse 'not a vmlinux, but a text' --save-layout="$work/new.layout" "$work/text"
check "layout to a folder that is not there" refuse 'No such file' \
	--save-layout="$work/none/layout" "$vmlinux"
check "nothing half-written" test ! -e "$work/new.layout"
for cut in 1 100 4095 4096 5000 8192 40000 100000 $((size / 2)) $((size - 4096)) $((size - 1)); do
	check "dump cut at $cut" truncated "$cut"
done
check "cut, with a fault before the cut" truncated_with_fault
check "flattened" flattened
check "no VMCOREINFO" no_vmcoreinfo
if [ -w /dev/full ]; then
	check "text to a full disk" output_full
	check "JSON to a full disk" output_full --json
	check "layout to a full disk" layout_to_full_disk
	check "a device is not replaced" refuse 'not a regular file' \
		--save-layout=/dev/full "$vmlinux"
fi
check "closed pipe" closed_pipe
done_testing
