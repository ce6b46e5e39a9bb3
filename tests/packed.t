#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps that were compressed as a whole are read as what is in them, and refused by what it is.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
"$TOP_SRCDIR/tests/tools/make-sample" 7.2-list-cycle "$work" || exit 99
cp -L "$work/7.2-list-cycle/vmcore" "$work/v" || exit 99
vmlinux=$work/7.2-list-cycle/vmlinux
cd "$work" || exit 99

# report FILE...: its JSON without what names the file and the run
report() {
	timeout 120 "$PGCONS_DUMP" --json "$@" "$vmlinux" >json 2>err
	echo "status $?"
	cat err
	grep -v '"dump": {\|"dump_id"\|"run_id"\|"memory_id"\|"tool": {' json
}

# refuse PATTERN FILE: status 8, and one line that says it
refuse() {
	timeout 120 "$PGCONS_DUMP" "$2" "$vmlinux" >out 2>err
	[ $? -eq 8 ] && cat err && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && grep -q "$1" err
}

built_in() {
	"$PGCONS_DUMP" --version | grep -q "^compressed dumps:.*$1"
}

# reads NAME FORMAT FILE: the same report as of the dump itself
reads() {
	report "$3" >got && diff want got && grep -q "\"format\":\"$2\"" json
}

report v >want

# One after another, as pigz and tapes write them; then the zeros of a tape's block.
several() {
	head -c 9000000 v | "$@" >"several" && tail -c +9000001 v | "$@" >>several && reads several ".* kdump" several
}

padded() {
	{ cat v.gz && head -c 3000 /dev/zero; } >padded && reads padded "gzip kdump" padded
}

truncated() {
	head -c $(($(stat -c %s "$1") - 40000)) "$1" >short
	timeout 120 "$PGCONS_DUMP" short "$vmlinux" >out 2>err
	[ $? -eq 12 ] && grep -q 'list-cycle' out && grep -q 'the dump is truncated: at least' out
}

# flip FILE: one bit in its middle
flip() {
	python3 - "$1" <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], "rb").read())
		data[len(data) // 2] ^= 16
		open("flipped", "wb").write(data)
	END
}

damaged() {
	flip "$1" && refuse 'and damaged before offset [0-9]*: copy it again' flipped
}

# Nothing is left in the folder that it is unpacked in.
no_trace() {
	mkdir tmp && TMPDIR=$work/tmp reads v "gzip kdump" v.gz && [ -z "$(ls -A tmp)" ]
}

no_room() {
	TMPDIR=/nonexistent refuse 'cannot unpack the compressed dump in /nonexistent' v.gz
}

in_it() {
	tar -czf tar.gz err && refuse 'compressed with gzip: not a dump, but a tar archive: unpack it' tar.gz &&
		gzip -c "$vmlinux" >elf.gz && refuse 'not a dump, but an ELF file' elf.gz &&
		gzip -c v.gz >twice.gz && refuse 'compressed with gzip: not a dump, but compressed with gzip' twice.gz &&
		gzip -c </dev/null >nothing.gz && refuse 'compressed with gzip, and there is nothing in it' nothing.gz &&
		printf '\037\213\010\0\0\0' >short.gz && refuse 'cut off before anything' short.gz
}

# A dump's first bytes, and zeros without an end.
bomb() {
	{ head -c 4096 v; head -c 4G /dev/zero; } | zstd -q -c >bomb &&
		TMPDIR=$work refuse 'unpack to more than 2048 times its size' bomb
}

for way in gzip:gz xz:xz zstd:zst; do
	name=${way%:*}
	file=v.${way#*:}
	if ! built_in "$name" || ! have "$name"; then
		skip "$name" "not built in, or no $name"
		continue
	fi
	"$name" -1 -q -c <v >"$file"
	check "$name" reads "$name" "$name kdump" "$file"
	check "$name: two streams" several "$name" -1 -q -c
	check "$name: truncated" truncated "$file"
	# zstd says nothing about bytes that it does not check.
	[ "$name" = zstd ] || check "$name: damaged" damaged "$file"
done
if [ -s v.gz ]; then
	check "zeros after the end" padded
	check "unpacked without a trace" no_trace
	check "nowhere to unpack it" no_room
	check "other files in it" in_it
fi
if [ -s v.zst ]; then
	check "a bomb" bomb
fi
done_testing
