#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# LiME images and raw memory: the kernel is found in them, and what time alone can do is not corrupt.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
for name in 6.1-healthy 6.1-list-cycle 6.1-next-null; do
	"$TOP_SRCDIR/tests/tools/make-sample" $name "$work" &&
		"$TOP_SRCDIR/tests/tools/edit-dump" --form elf "$work/$name/vmcore" "$work/$name/elf" || exit 99
done
vmlinux=$work/6.1-healthy/vmlinux
cd "$work" || exit 99

# image FORM SAMPLE: the memory of its ELF dump, without any header of the dump
image() {
	python3 - "$1" "$2/elf" "$2/$1" <<-'END'
		import struct, sys
		form, source, target = sys.argv[1:]
		data = open(source, "rb").read()
		at, = struct.unpack_from("<Q", data, 32)
		count, = struct.unpack_from("<H", data, 56)
		with open(target, "wb") as out:
		    for n in range(count):
		        kind, _, off, _, paddr, size = struct.unpack_from("<IIQQQQ", data, at + 56 * n)
		        if kind != 1 or not size:
		            continue
		        if form == "lime":
		            out.write(struct.pack("<4sIQQQ", b"EMiL", 1, paddr, paddr + size - 1, 0))
		        else:
		            out.seek(paddr)
		        out.write(data[off:off + size])
	END
}

# run STATUS ARG...
run() {
	local want=$1 got

	shift
	timeout 120 "$PGCONS_DUMP" "$@" >out 2>err
	got=$?
	head -5 out err
	[ "$got" -eq "$want" ]
}

says() {
	grep -q "$1" out
}

# healthy FORM NAME
healthy() {
	image "$1" 6.1-healthy && run 0 "6.1-healthy/$1" "$vmlinux" && says '^consistent' &&
		run 0 "$vmlinux" "6.1-healthy/$1" && says '^consistent' &&
		run 0 --json "6.1-healthy/$1" "$vmlinux" && says "\"format\":\"$2\""
}

# LiME runs on the machine, so that lists may be in a state that they never were in.
lime_fault() {
	image lime 6.1-list-cycle && run 8 "6.1-list-cycle/lime" "$vmlinux" &&
		says 'nothing corrupt' && says '^  the image is .*: LiME runs on the machine' && run 8 -v "6.1-list-cycle/lime" "$vmlinux" &&
		says list-cycle
}

raw_fault() {
	image raw 6.1-next-null && run 8 --json "6.1-next-null/raw" "$vmlinux" &&
		says '"finding":"list-bad-pointer"'
}

# No interrupt vectors: what is at address 0 is zeros, or anything.
uefi() {
	image raw 6.1-healthy && cp 6.1-healthy/raw uefi && truncate -s 128M uefi &&
		{ head -c 4096 /dev/zero | tr '\0' "$1"; } | dd of=uefi conv=notrunc status=none &&
		run 0 uefi "$vmlinux" && says '^consistent' && run 0 "$vmlinux" uefi && says '(raw, '
}

truncated() {
	head -c -60000 6.1-healthy/lime >short
	run 8 short "$vmlinux" && says 'the dump is truncated: '
}

# A range whose header is not there, one that ends before it begins, and far too many.
bad_ranges() {
	head -c 5 6.1-healthy/lime >short
	python3 - <<-'END'
		import struct
		open("bad", "wb").write(struct.pack("<4sIQQQ", b"EMiL", 1, 0, 4095, 0) + bytes(8192))
		open("back", "wb").write(struct.pack("<4sIQQQ", b"EMiL", 1, 8192, 4096, 0) * 4)
		open("many", "wb").write((struct.pack("<4sIQQQ", b"EMiL", 1, 0, 0, 0) + b"x") * 66000)
		open("two", "wb").write(struct.pack("<4sIQQQ", b"EMiL", 2, 0, 4095, 0) + bytes(4096))
	END
	run 8 bad && grep -q 'LiME image: no range of memory begins at file offset 0x' err &&
		run 8 back && grep -q 'no range of memory begins at file offset 0x0' err &&
		run 8 many && grep -q 'more than 65536 ranges' err &&
		run 8 two && grep -q 'a LiME memory image: only version 1' err && run 8 short
}

# Other kernels' memory says nothing.
no_kernel() {
	{ head -c 4096 6.1-healthy/raw; head -c 1M /dev/zero; } >none
	run 8 none "$vmlinux" && grep -q 'no VMCOREINFO in the dump, and the kernel with build-id' err
}

check "LiME" healthy lime LiME
check "raw memory" healthy raw raw
check "LiME, a fault" lime_fault
check "raw memory, a fault" raw_fault
check "raw memory that begins with zeros" uefi '\0'
check "raw memory that begins with anything" uefi x
check "LiME, truncated" truncated
check "LiME, bad ranges" bad_ranges
check "no kernel in it" no_kernel
done_testing
