#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps of sadump, and of LKCD, which libkdumpfile reads: the same report as of the dump they are
# made of, and whatever such a file does to the library is one line here.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
for name in 6.1-healthy 6.1-list-cycle; do
	"$TOP_SRCDIR/tests/tools/make-sample" $name "$work" &&
		"$TOP_SRCDIR/tests/tools/edit-dump" --form elf "$work/$name/vmcore" "$work/$name/elf" || exit 99
done
vmlinux=$work/6.1-healthy/vmlinux
cd "$work" || exit 99

# make FORM SAMPLE: the memory of its ELF dump as a file of lkcd, lkcd-gzip, sadump or sadump-media
make_file() {
	python3 - "$1" "$2/elf" "$2/$1" <<-'END'
		import struct, sys, zlib
		form, source, target = sys.argv[1:]
		data = open(source, "rb").read()
		at, = struct.unpack_from("<Q", data, 32)
		count, = struct.unpack_from("<H", data, 56)
		pages = {}
		for n in range(count):
		    kind, _, off, _, paddr, size = struct.unpack_from("<IIQQQQ", data, at + 56 * n)
		    if kind == 1:
		        for i in range(0, size, 4096):
		            pages[(paddr + i) // 4096] = data[off + i:off + i + 4096]
		names = (b"Linux", b"host", b"6.1", b"#1", b"x86_64", b"")
		uts = b"".join(name.ljust(65, b"\0") for name in names)

		def lkcd(out, pack):
		    head = struct.pack("<QIIIIQQQI", 0xa8190173618f23ed, 9, 742, 0, 4096, 0, 0, 0, len(pages))
		    head += bytes(256) + bytes(16) + uts + bytes(8)
		    head += struct.pack("<IIIQ", 2 if pack else 0, 0, 0, 1 << 18)
		    out.write(head.ljust(1 << 18, b"\0"))
		    for pfn, page in sorted(pages.items()):
		        small = zlib.compress(page, 1) if pack else page
		        packed = len(small) < len(page)
		        out.write(struct.pack("<QII", pfn * 4096, len(small) if packed else 4096, 2 if packed else 1))
		        out.write(small if packed else page)
		    out.write(struct.pack("<QII", 0, 0, 4))

		def sadump(out, media):
		    most = max(pages) + 1
		    blocks = -(-most // 32768)
		    ids, when = bytes(range(32)), bytes(16)
		    before = 4096 * (3 + 2 * blocks + media)
		    part = b"sadump\0\0" + struct.pack("<IIII", 1, 0, 0, 0) + bytes(64) + ids + bytes(16) + when
		    part += struct.pack("<IIQ", 0, 0, before + 4096 * len(pages))
		    magic = 1
		    while len(part) < 4096:
		        part += struct.pack("<I", magic)
		        magic = 11 * (magic + 7) & 0xffffffff
		    if media:
		        out.write((ids + when).ljust(4096, b"\0"))
		    head = b"sadump\0\0" + struct.pack("<II", 0, 0) + when
		    head += struct.pack("<IIIIIIIIIIIII", 0, 0, 4096, 0, 1, blocks, blocks, most, 0, 0, 0, 0, 1)
		    cpu = bytearray(1024)
		    struct.pack_into("<Q", cpu, 992, 1 << 10)
		    bits = bytearray(4096 * blocks)
		    for pfn in pages:
		        bits[pfn // 8] |= 128 >> pfn % 8
		    out.write(part + head.ljust(4096, b"\0"))
		    out.write((struct.pack("<I", 1024) + bytes(16) + cpu).ljust(4096, b"\0") + bits + bits)
		    for pfn in sorted(pages):
		        out.write(pages[pfn])

		with open(target, "wb") as out:
		    if form.startswith("lkcd"):
		        lkcd(out, form.endswith("gzip"))
		    else:
		        sadump(out, form.endswith("media"))
	END
}

# What names the file and the run, or was in the notes of the dump that it was made of.
report() {
	timeout 120 "$PGCONS_DUMP" --json "$@" >doc 2>err
	echo "status $?"
	cat err
	jq -S 'del(.run_id, .tool, .dump, .dump_id, .memory_id, .crash.cpu, .limits) | .findings[]?.evidence |= del(.cpu)' doc
}

# same FORM NAME SAMPLE: as the ELF dump without its notes
same() {
	make_file "$1" "$3" && report "$3/$1" "$vmlinux" >got && grep -q "\"format\":\"$2\"" doc &&
		"$TOP_SRCDIR/tests/tools/edit-headers" --no-registers --vmcoreinfo '' "$3/vmcore" bare &&
		report bare "$vmlinux" >want && diff want got
}

# refuse PATTERN FILE: status 8, and one line that says it
refuse() {
	timeout 120 "$PGCONS_DUMP" "$2" "$vmlinux" >out 2>err
	[ $? -eq 8 ] && cat err && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "$1" err
}

# Up to where it was cut all is read, and the rest is said to be missing.
truncated() {
	head -c -300000 "6.1-list-cycle/$1" >short
	timeout 120 "$PGCONS_DUMP" short "$vmlinux" >out 2>err
	[ $? -ge 8 ] && head -5 out err && grep -q 'the dump is truncated' out
}

# Nothing of such a file is believed: no signal, no hang, one line where there is no report.
hostile() {
	local n status

	for n in $(seq 24); do
		python3 - "6.1-healthy/$1" "$n" <<-'END'
			import random, sys
			data = bytearray(open(sys.argv[1], "rb").read(3000000))
			rng = random.Random(int(sys.argv[2]))
			for _ in range(8):
			    at = rng.choice((rng.randrange(800), 4096 + rng.randrange(200), (1 << 18) + rng.randrange(40000)))
			    data[at] = rng.choice((0, 255, rng.randrange(256)))
			open("bent", "wb").write(data)
		END
		timeout 60 "$PGCONS_DUMP" bent "$vmlinux" >out 2>err
		status=$?
		if [ $status -ne 8 ] && [ $status -ne 12 ]; then
			echo "$n: status $status"
			return 1
		fi
		[ "$(wc -l <err)" -le 1 ] || { cat err; return 1; }
	done
}

check "LKCD" same lkcd LKCD 6.1-healthy
check "LKCD, a fault" same lkcd LKCD 6.1-list-cycle
check "LKCD, gzip" same lkcd-gzip LKCD 6.1-list-cycle
check "LKCD, truncated" truncated lkcd
check "sadump" same sadump sadump 6.1-healthy
check "sadump, a fault" same sadump sadump 6.1-list-cycle
check "sadump, media backup" same sadump-media sadump 6.1-list-cycle
check "sadump, truncated" truncated sadump
check "LKCD, damaged" hostile lkcd
check "sadump, damaged" hostile sadump
head -c 5000 6.1-healthy/lkcd >short
head -c 5000 6.1-healthy/lkcd >wide
printf '\0\0\0\020' | dd of=wide bs=1 seek=20 conv=notrunc 2>/dev/null
check "LKCD, pages of 256 MiB" refuse 'a dump of LKCD: .*page size of 268435456 bytes' wide
check "LKCD without pages" refuse 'a dump of LKCD: ' short
head -c 3000 6.1-healthy/sadump >short
check "sadump, nothing but its beginning" refuse 'a dump of sadump: ' short
printf '\250\031\001\163\141\217\043\355' >other
check "LKCD, big-endian" refuse 'of a big-endian machine' other
done_testing
