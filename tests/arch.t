#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Only the rows of arch.h name an architecture or have a number of one: what stands elsewhere is found
# by its text. Comments may say what they like.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

names='[xX]86|i386|aarch64|AARCH64|arm64|ARM64|riscv|RISCV|ppc64|PPC64|s390|S390|[^A-Z0-9_]EM_[A-Z0-9]|[^a-z0-9]cr3[^a-z0-9]'
names="$names"'|init_top_pgt|init_level4_pgt|[^a-z]phys_base|kimage_voffset'
# Pages, sizes of PRSTATUS notes, sections of 128 MiB, the sign of an address.
numbers='[^0-9a-z]((4096|4095|0x1000)[uUlL]*|336|392|27)[^0-9a-z]|(<<|>>|_SHIFT|shift =) *(12|63)[^0-9]'
numbers="$numbers"'|>> *47|0xffffffff80000000|0x7ffffff|134217728'

# FILE PATTERN REASON: lines that may stand. One that is not needed any more fails, too.
exceptions() {
	cat <<'END'
debuginfo_unit.c MAX_IMPORTS a limit, no page
debuginfo_unit.c names->size.: room for names
debuginfo_var.c MAX_OPS a limit, no page
dump_flat.c FLAT_HEADER_LEN the header of a flattened file
dump_id.c buf\[ bytes of a file
dump_io.h aligned_alloc a page of the machine that reads the dump
dump_kdump.c GAP_MAX bytes of a file
dump_kdump.c one\[ bytes of a file
dump_notes.c REGS_MAX a limit, no page
disassembly.c CS_ARCH_ what libcapstone calls it
file_kind.c TEXT_LEN bytes of a file
file_kinds.def stand-alone.dumper a file of another machine, in words
file_kinds.def kernel.image.to.boot a file of another machine, in words
kdump_header.c block_size.>= blocks of a file, as libkdumpfile takes them
kdump_index.c WINDOW_LEN bytes of a file
kernel_nodes.c MAX_NODES a limit, no page
known_layouts.def KNOWN_LAYOUT( the name of a release
layout.def define.PERCPU_C a path in the kernel's source
layout.def define.MC a path in the kernel's source
layout.def LAYOUT(init_top_pgt a symbol, which rows of arch.h name
layout.def LAYOUT(kimage_voffset a symbol, which rows of arch.h name
layout_dir.c MAX_FILES a limit, no page
layout_vmcoreinfo.c MAX_NODES a limit, no page
layout_vmcoreinfo.c free_area a limit, no page
page_fact[a-z]*.h PF_[A-Z_]*.= a flag
page_ext.h PAGE_EXT_MAX a limit, no page
page_walk.c MIN_CHUNK a number of pages
sandbox.c __x86_64__ the machine that reads the dump
sandbox.c THIS_ARCH the machine that reads the dump
sandbox.c __aarch64__ the machine that reads the dump
settle.c h.>>.27 a hash
temp_file.c path\[ the name of a file
vmcore.c COPIED_LINES a number of lines
watch.h WATCH_MAX a limit, no page
END
}

# code FILE...: each line as "FILE:atLINE: code ", without comments
code() {
	awk '
	FNR == 1 { inside = 0; name = FILENAME; sub(/.*\//, "", name) }
	{
		line = $0; out = ""
		for (;;) {
			if (inside) {
				if (!(at = index(line, "*/")))
					break
				line = substr(line, at + 2); inside = 0
			}
			if (!(at = index(line, "/*"))) {
				out = out line
				break
			}
			out = out substr(line, 1, at - 1)
			line = substr(line, at + 2); inside = 1
		}
		if (out ~ /[^ \t]/)
			printf "%s:at%d: %s \n", name, FNR, out
	}' "$@"
}

# The sources below a directory but for the rows.
sources() {
	find "$1" -name '*.[ch]' -o -name '*.def' | grep -v '/arch[^/]*\(/\|\.\)' | sort
}

# suspects DIR PATTERN: what is in the code below it, exceptions left out
suspects() {
	# shellcheck disable=SC2046
	code $(sources "$1") | grep -E "$2" | grep -v -f "$work/exceptions"
}

none() {
	[ -z "$(suspects "$TOP_SRCDIR/src" "$1")" ] || {
		echo "ask a row of arch.h instead, or say in tests/arch.t why not:"
		suspects "$TOP_SRCDIR/src" "$1"
		return 1
	}
}

# Exceptions that nothing needs hide what comes next.
exceptions_are_needed() {
	local file pattern reason bad=0

	# shellcheck disable=SC2046
	code $(sources "$TOP_SRCDIR/src") | grep -E "$names|$numbers" >"$work/all"
	while read -r file pattern reason; do
		[ -n "$reason" ] || { echo "$file $pattern: no reason"; bad=1; }
		grep -q "^$file:.*$pattern" "$work/all" || { echo "$file $pattern: not there"; bad=1; }
	done < <(exceptions)
	return $bad
}

# finds CODE: such a line would not pass
finds() {
	mkdir -p "$work/src/model"
	printf '/* x86_64 4096\n * 336 */ int a; /* CR3 */\n%s\n' "$1" >"$work/src/model/planted.c"
	[ "$(suspects "$work/src" "$names|$numbers" | cut -d: -f1,2)" = planted.c:at3 ] || {
		suspects "$work/src" "$names|$numbers"
		return 1
	}
}

passes() {
	! finds "$1"
}

while read -r file pattern _; do
	echo "^$file:.*$pattern"
done < <(exceptions) >"$work/exceptions"
check 'no name of an architecture' none "$names"
check 'no number of one' none "$numbers"
check 'exceptions are needed, and have reasons' exceptions_are_needed
for planted in 'if (!strcmp(arch, "x86_64"))' 'machine == EM_X86_64' 'paddr & ~4095ULL' \
	'pfn << 12' 'sp % 4096;' 'if (size == 336)' 'bits = 27;' '#define PAGE_SHIFT 12' \
	'kaddr >> 63' 'uint64_t cr3;' '"NUMBER(phys_base)"' 'x / 4096u'; do
	check "found: $planted" finds "$planted"
done
for planted in 'page & fmt->in_page' 'h = 12;' 'version 6.12' '1 << 127' '"%12s"' '40960'; do
	check "passes: $planted" passes "$planted"
done
done_testing
