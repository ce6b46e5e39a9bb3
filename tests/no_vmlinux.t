#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps without a vmlinux: what they tell of their kernel, all of it, a part, or something wrong.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
layout=$TOP_BUILDDIR/tests/unit/emit_layout
libbpf=$("$PGCONS_DUMP" --version | grep '^libbpf v')

# run STATUS ARG...: leaves out and err in $work
run() {
	local want=$1 got

	shift
	timeout 120 "$PGCONS_DUMP" "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$want" ] || {
		echo "status $got instead of $want"
		cat "$work/out" "$work/err"
		return 1
	}
}

says() {
	grep -q -e "$1" "$work/out" "$work/err" || { cat "$work/out" "$work/err"; return 1; }
}

blind() {
	"$TOP_SRCDIR/tests/tools/blind-dump" "$@" "$work/blind"
}

# What the shipped vmlinux leaves out (some compile units) cannot be compared.
layouts_agree() {
	"$layout" "$1/vmcore" "$1/vmlinux" | grep -v -e ' -$' | sort >"$work/dwarf"
	"$layout" "$1/vmcore" 2>"$work/err" | sort >"$work/btf"
	[ "$(wc -l <"$work/dwarf")" -gt 250 ] || { wc -l "$work/dwarf"; return 1; }
	diff "$work/dwarf" "$work/btf" >"$work/diff"
	[ $? -le 1 ] && ! grep '^<' "$work/diff"
}

# No types: still a walk of the memmap and the buddy lists, which claims nothing else.
healthy_blind() {
	blind "$1" "$2" && run 8 -v "$work/blind" &&
		says '^incomplete: 32768 of 32768 pages checked, nothing corrupt' &&
		says "facts are from the dump's VMCOREINFO" && says 'skipped as a result.*per-CPU lists' &&
		says '^checker *unknown' && ! grep -q 'CORRUPT\|suspect' "$work/out" &&
		run 0 -p 0x1000 "$work/blind" && says '^bitmaps *unknown'
}

faulty_blind() {
	blind "$1" "$2" && run 12 "$work/blind" && says "($3)"
}

# VMCOREINFO that contradicts BTF: one of the two is not of this kernel.
disagreement() {
	blind 'SIZE(zone)=1792=>SIZE(zone)=1794' "$1" &&
		timeout 120 "$PGCONS_DUMP" "$work/blind" >"$work/out" 2>"$work/err"
	[ $? -lt 64 ] && says 'disagree'
}

# Nonsense in every line must end in a report or in one line on stderr, but for the one that
# tells where a vmlinux was looked for.
nonsense() {
	local what status

	for what in 'SIZE(page)=64=>SIZE(page)=99' 'LENGTH(node_data)=64=>LENGTH(node_data)=00' \
		'LENGTH(free_area.free_list)=6=>LENGTH(free_area.free_list)=9' \
		'LENGTH(zone.free_area)=11=>LENGTH(zone.free_area)=99' \
		'OFFSET(page.lru)=8=>OFFSET(page.lru)=7' 'SYMBOL(_stext)=f=>SYMBOL(_stext)=e' \
		'SYMBOL(kallsyms_num_syms)=f=>SYMBOL(kallsyms_num_syms)=e' \
		'SYMBOL(kallsyms_names)=f=>SYMBOL(kallsyms_names)=x' \
		'SYMBOL(node_data)=ffff=>SYMBOL(node_data)=0000' \
		'OFFSET(zone.spanned_pages)=1=>OFFSET(zone.spanned_pages)=9'; do
		blind "$what" "$1" || return
		timeout 120 "$PGCONS_DUMP" "$work/blind" >"$work/out" 2>"$work/err"
		status=$?
		[ "$status" -lt 64 ] &&
			[ "$(grep -vc 'no vmlinux of this kernel at' "$work/err")" -le 1 ] || {
			echo "$what: status $status"
			cat "$work/err"
			return 1
		}
	done
}

# No note at all, as QEMU writes it without the vmcoreinfo device: the kernel's own copy is found.
no_notes() {
	blind notes "$1/vmcore" && run 0 "$work/blind" &&
		says '^consistent' && says 'no VMCOREINFO in its notes: found in memory' &&
		run 0 "$work/blind" "$1/vmlinux"
}

vmcoreinfo_of() {
	grep -a -o 'OSRELEASE=[0-9][0-9.]*[a-z-]*' "$1" | head -n 1
	grep -a -E '^(BUILD-ID|PAGESIZE|[A-Z]+\([a-zA-Z_.]+\)|KERNELOFFSET)=[0-9a-fx-]+$' "$1" | sort -u
}

# Nor a copy in memory: somebody must bring it.
no_copy() {
	local all='OSRELEASE==>OSRELEASE-'

	blind "$all" "$1/vmcore" && mv "$work/blind" "$work/bare" &&
		"$TOP_SRCDIR/tests/tools/blind-dump" notes "$work/bare" "$work/blind" &&
		run 8 "$work/blind" && says 'VMCOREINFO' &&
		vmcoreinfo_of "$1/vmcore" >"$work/vmcoreinfo" && : >"$work/nothing" &&
		run 0 --vmcoreinfo="$work/vmcoreinfo" "$work/blind" &&
		run 8 --vmcoreinfo="$work/nothing" "$work/blind" && says 'not VMCOREINFO, which has lines such as' &&
		run 8 --vmcoreinfo="$work/none" "$work/blind" && says 'No such file'
}

# Nor is anybody needed, with the vmlinux: where it lies in memory, and the page tables, tell the
# rest. All is found that was found with VMCOREINFO; but functions are named by the vmlinux then,
# which gives no size to some that are written in assembly.
rebuilt() {
	local like other

	like='del(.dump_id, .run_id, .memory_id, .tool.arguments, .dump.path, .findings[].evidence.alloc_stack, .findings[].evidence.free_stack)'
	run "$2" --json "$work/$1/vmcore" "$work/$1/vmlinux" && jq "$like" "$work/out" >"$work/told" &&
		blind 'OSRELEASE==>OSRELEASE-' "$work/$1/vmcore" && mv "$work/blind" "$work/bare" &&
		"$TOP_SRCDIR/tests/tools/blind-dump" notes "$work/bare" "$work/blind" &&
		run "$2" --json "$work/blind" "$work/$1/vmlinux" &&
		diff "$work/told" <(jq "$like" "$work/out") &&
		run "$2" "$work/blind" "$work/$1/vmlinux" &&
		says 'no VMCOREINFO: rebuilt from the page tables and the vmlinux' || return
	# Of another build there is nothing to be found.
	[ "$sample" = 6.1 ] && other=7.2 || other=6.1
	"$TOP_SRCDIR/tests/tools/unpack-sample" "$TOP_SRCDIR/tests/data/samples/$other/vmlinux" 		"$work/other-$other" && run 8 "$work/blind" "$work/other-$other" &&
		says 'no VMCOREINFO in the dump, and the kernel with build-id .* is not in its memory'
}

# A text that is not this kernel's leads nowhere.
wrong_copy() {
	sed 's/^NUMBER(phys_base)=.*/NUMBER(phys_base)=4096/' "$work/vmcoreinfo" >"$work/wrong"
	timeout 120 "$PGCONS_DUMP" --vmcoreinfo="$work/wrong" "$work/blind" >"$work/out" \
		2>"$work/err"
	[ $? -eq 8 ] || return 1
	# Of another build it is not even tried.
	sed 's/^BUILD-ID=../BUILD-ID=00/' "$work/vmcoreinfo" >"$work/wrong"
	run 8 --vmcoreinfo="$work/wrong" "$1/vmcore" && says 'VMCOREINFO of another kernel'
}

# A number that is none is no reason to see damage in the kernel.
odd_numbers() {
	local key

	grep -oE '^NUMBER\([a-zA-Z_.]+\)' "$work/vmcoreinfo" >"$work/keys" && [ -s "$work/keys" ] || return
	while read -r key; do
		sed "s/^$key=.*/$key=0O\"9'/" "$work/vmcoreinfo" >"$work/wrong"
		"$PGCONS_DUMP" --vmcoreinfo="$work/wrong" "$1/vmcore" "$1/vmlinux" >"$work/out" 2>"$work/err"
		case $? in
		0 | 8) ;;
		*)
			echo "$key"
			return 1
			;;
		esac
	done <"$work/keys"
	# What most free pages say goes before a line that says something else.
	sed 's/^\(NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)\)=.*/\1=-13/' "$work/vmcoreinfo" >"$work/wrong"
	run 0 --vmcoreinfo="$work/wrong" "$1/vmcore" "$1/vmlinux" && says '^consistent'
}

for sample in 6.1 6.12 7.2; do
	for fault in healthy list-cycle; do
		"$TOP_SRCDIR/tests/tools/make-sample" "$sample-$fault" "$work" || exit 99
	done
	if [ -n "$libbpf" ]; then
		check "$sample: BTF and kallsyms give the layout of DWARF" \
			layouts_agree "$work/$sample-healthy"
		check "$sample: no BTF" healthy_blind btf "$work/$sample-healthy/vmcore"
		check "$sample: no BTF, a list cycle" \
			faulty_blind btf "$work/$sample-list-cycle/vmcore" list-cycle
	fi
	check "$sample: no kallsyms" healthy_blind kallsyms "$work/$sample-healthy/vmcore"
	check "$sample: no kallsyms, a list cycle" \
		faulty_blind kallsyms "$work/$sample-list-cycle/vmcore" list-cycle
	check "$sample: VMCOREINFO rebuilt" rebuilt "$sample-healthy" 0
	check "$sample: VMCOREINFO rebuilt, a list cycle" rebuilt "$sample-list-cycle" 4
	check "$sample: nonsense in VMCOREINFO" nonsense "$work/$sample-healthy/vmcore"
	if [ -n "$libbpf" ]; then
		check "$sample: no VMCOREINFO in the notes" no_notes "$work/$sample-healthy"
		check "$sample: no VMCOREINFO at all" no_copy "$work/$sample-healthy"
		check "$sample: a wrong VMCOREINFO" wrong_copy "$work/$sample-healthy"
		check "$sample: numbers that are none" odd_numbers "$work/$sample-healthy"
	fi
done
if [ -n "$libbpf" ]; then
	check "BTF and VMCOREINFO disagree" disagreement "$work/7.2-healthy/vmcore"
fi
done_testing
