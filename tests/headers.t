#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Headers as writers that are not quite right leave them: the dump is read by what is right in it, and
# what is known of the file comes first, in reports and in errors.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
edit=$TOP_SRCDIR/tests/tools/edit-headers
libbpf=$("$PGCONS_DUMP" --version | grep '^libbpf v')

# run STATUS ARG...: leaves out and err in $work; a failure is one line
run() {
	local want=$1 got

	shift
	timeout 120 "$PGCONS_DUMP" "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$want" ] && [ "$(wc -l <"$work/err")" -le 1 ] || {
		echo "status $got instead of $want"
		head -40 "$work/out" "$work/err"
		return 1
	}
}

# Folded lines count as one.
says() {
	tr -s ' \n' ' ' <"$work/out" | cat - "$work/err" | grep -q -e "$1" || {
		echo "no $1 in"
		head -40 "$work/out" "$work/err"
		return 1
	}
}

# With the vmlinux, and with what the dump tells itself.
both() {
	local want=$1

	shift
	run "$want" "$@" "$work/$sample-healthy/vmlinux" && { [ -z "$libbpf" ] || run "$want" "$@"; }
}

# edited [OPTION...]: $work/edited
edited() {
	"$edit" "$@" "$work/$sample-healthy/vmcore" "$work/edited"
}

# The note is wrong, the copy in memory whole, which is found and used.
wrong_note() {
	local form

	for form in '' --elf; do
		edited $form --vmcoreinfo "$work/$1" && both 0 "$work/edited" && says '^consistent' &&
			says 'the VMCOREINFO note is wrong (.*): the copy in memory at phys 0x[0-9a-f]* was used' ||
			return
	done
}

make_notes() {
	"$edit" --text "$work/$sample-healthy/vmcore" >"$work/right"
	grep -e '^OSRELEASE' -e '^PAGESIZE' "$work/right" >"$work/short"
	grep -v -e '^NUMBER(phys_base)' -e '^KERNELOFFSET' "$work/right" >"$work/no-phys-base"
	sed -e 's/^\(NUMBER(phys_base)\)=.*/\1=4096/' "$work/right" >"$work/other-boot"
	head -c 1024 "$work/right" >"$work/cut-1k"
	sed -e 's/^PAGESIZE=.*/PAGESIZE=65536/' "$work/right" >"$work/page-size"
	sed -e 's/^\(OSRELEASE\)=.*/\1=6.1.0-other/; s/^\(SYMBOL(init_top_pgt)\)=ffffffff./\1=fffffffff/' \
		"$work/right" >"$work/other-kernel"
	sed -e 's/$/\r/' "$work/right" >"$work/crlf"
	head -c 3000 /dev/zero >"$work/zeros"
	sed -e 's/^\(BUILD-ID\)=.*/\1=00112233445566778899aabbccddeeff00112233/' "$work/right" >"$work/twin"
}

# All that is in it is there: no reason to look elsewhere.
crlf_note() {
	edited --vmcoreinfo "$work/crlf" && both 0 "$work/edited" && ! says 'VMCOREINFO'
}

zeros_note() {
	edited --elf --vmcoreinfo "$work/zeros" && both 0 "$work/edited" &&
		says 'nothing but zeros for VMCOREINFO in its notes: found in memory'
}

# Of two notes the one that fits, whichever comes first; the other is named.
two_notes() {
	edited --vmcoreinfo "$work/other-boot" --vmcoreinfo "$work/right" && both 0 "$work/edited" &&
		says 'VMCOREINFO note 1 is wrong (.*): VMCOREINFO note 2 was used' &&
		edited --vmcoreinfo "$work/right" --vmcoreinfo "$work/other-boot" &&
		both 0 "$work/edited" && says 'VMCOREINFO note 2 is wrong (.*): VMCOREINFO note 1 was used'
}

# Both fit, and the CPUs run either: the vmlinux says which is meant, else both are named.
two_kernels() {
	local order vmlinux=$work/$sample-healthy/vmlinux

	for order in 'right twin 1 2' 'twin right 2 1'; do
		# shellcheck disable=SC2086
		set -- $order
		edited --vmcoreinfo "$work/$1" --vmcoreinfo "$work/$2" &&
			run 0 "$work/edited" "$vmlinux" && says '^consistent' &&
			says "two kernels are in memory: .* by VMCOREINFO note $3, of which the vmlinux is, is analysed; .* by VMCOREINFO note $4 is not" &&
			"$PGCONS_DUMP" --save-layout="$work/layout" "$vmlinux" &&
			run 0 --layout="$work/layout" "$work/edited" && says 'of which the layout' &&
			run 0 --vmcoreinfo="$work/right" "$work/edited" "$vmlinux" && says '^consistent' &&
			{ [ -z "$libbpf" ] || two_unnamed "$3" "$4"; } || return
	done
	# A copy in memory that nobody had to look for: the note's kernel is not the one of the vmlinux.
	edited --no-registers --vmcoreinfo "$work/twin" && run 0 "$work/edited" "$vmlinux" &&
		says 'by the copy in memory at phys 0x[0-9a-f]*, of which the vmlinux is, is analysed' ||
		return
	# A third kernel's is refused, and that there are two is said.
	edited --vmcoreinfo "$work/twin" --vmcoreinfo "$work/right" &&
		run 8 "$work/edited" "$work/$other-healthy/vmlinux" &&
		says 'two kernels are in memory.*is not the vmlinux of this dump'
}

two_unnamed() {
	run 8 "$work/edited" && says '^incomplete: .*two kernels are in memory.*: give the vmlinux' &&
		says 'VMCOREINFO note 1, the first of two that fit, is analysed' &&
		run 0 --vmcoreinfo="$work/right" "$work/edited" && says 'which --vmcoreinfo names'
}

# The page tables of two kernels: those that CR3 has are in use, whatever the vmlinux.
# The second kernel is made of the first: one entry of its image leads elsewhere, as is reported.
by_cr3() {
	local vmlinux=$work/$sample-healthy/vmlinux

	edited --second-kernel "0x2:$work/second" --vmcoreinfo "$work/second" --vmcoreinfo "$work/right" \
		--cr3 first && both 0 "$work/edited" && says '^consistent' &&
		says 'by VMCOREINFO note 2, which the CPUs run, is analysed; .* by VMCOREINFO note 1 is not' &&
		edited --second-kernel "0x2:$work/second" --vmcoreinfo "$work/right" --copy "0x5:$work/second" \
			--cr3 second && { [ -z "$libbpf" ] || run 4 "$work/edited"; } &&
		{ [ -z "$libbpf" ] || says '^INCONSISTENT: 1 corrupt finding .page-table-entry.'; } &&
		{ [ -z "$libbpf" ] || says 'by the copy in memory at phys 0x5000, which the CPUs run, is analysed'; } &&
		run 8 "$work/edited" "$vmlinux" &&
		says 'is not the vmlinux of this dump.*by the VMCOREINFO note is in memory as well, but the CPUs run the other kernel'
}

# A file that fits goes before a note that does not; with --force any does.
named_file() {
	edited --elf --vmcoreinfo "$work/other-kernel" &&
		both 0 --vmcoreinfo="$work/right" "$work/edited" &&
		says "the VMCOREINFO note is wrong (.*): $work/right was used" &&
		both 0 --force --vmcoreinfo="$work/right" "$work/edited" &&
		says "$work/right was used without a check (--force)" &&
		both 0 --vmcoreinfo="$work/other-boot" "$work/edited" &&
		says "$work/other-boot is wrong (.*): the copy in memory at phys 0x[0-9a-f]* was used" &&
		run 8 --force --vmcoreinfo="$work/other-boot" "$work/edited" \
			"$work/$sample-healthy/vmlinux" && says 'VMCOREINFO does not fit this memory'
}

# A copy in memory that leads nowhere, before the right one and without a note.
stale_copy() {
	edited --no-registers --vmcoreinfo '' --copy "0x2:$work/other-boot" &&
		both 0 "$work/edited" && says 'no VMCOREINFO in its notes: found in memory'
}

no_uts() {
	local how

	for how in empty shifted; do
		edited --uts $how --no-registers && both 0 "$work/edited" && says '^consistent' || return
	done
	edited --uts empty --no-registers --vmcoreinfo '' && both 0 "$work/edited"
}

# Whatever is missing may not matter; that something is, is said, and the status says it too.
marked_incomplete() {
	edited --status 8 && both 8 "$work/edited" &&
		says '^incomplete: [^;]* among them the writer marked this dump incomplete dump ' &&
		edited --status 8 --elf && both 8 "$work/edited" &&
		says '^incomplete: [^;]* among them the writer marked this dump incomplete dump ' &&
		edited --elf && both 0 "$work/edited"
}

disk_full() {
	edited --status 8 --unwritten 2000 && both 8 "$work/edited" &&
		says 'the writer marked this dump incomplete' &&
		says 'at least 2000 pages at the end of the dump were never written' &&
		edited --unwritten 2000 && both 8 "$work/edited" &&
		says 'at least 2000 pages at the end of the dump were never written'
}

device_dump() {
	edited --device-dump 33 && both 0 "$work/edited" && ! says 'VMCOREINFO' &&
		edited --device-dump 33 --elf && both 0 "$work/edited" && ! says 'VMCOREINFO'
}

# What is cut off comes before what follows from it.
truncated() {
	local cut

	for cut in 200000 4000000 12000000; do
		head -c $cut "$work/$sample-healthy/vmcore" >"$work/cut"
		both 8 "$work/cut" && { grep -q "^incomplete.*; the dump is truncated: [0-9]* bytes are missing after offset $cut" "$work/out" ||
			grep -q "^pgcons-dump: $work/cut: the dump is truncated: .*[0-9]* bytes are missing after offset $cut" "$work/err"; } || {
			head -2 "$work/out" "$work/err"
			return 1
		}
	done
}

# Before 5.9 there is no build-id: the release must tell which vmlinux is the right one.
no_build_id() {
	sed -e '/^BUILD-ID=/d' "$work/right" >"$work/no-id"
	edited --vmcoreinfo "$work/no-id" && run 0 "$work/edited" "$work/$sample-healthy/vmlinux" &&
		run 8 "$work/edited" "$work/$other-healthy/vmlinux" &&
		says 'is not the vmlinux of this dump.*release.*--force'
}

for sample in 7.2 6.1 6.12; do
	"$TOP_SRCDIR/tests/tools/make-sample" $sample-healthy "$work" || exit 99
done
for sample in 7.2 6.1 6.12; do
	other=6.1
	[ "$sample" = 6.1 ] && other=7.2
	make_notes
	for note in short no-phys-base other-boot cut-1k page-size other-kernel; do
		check "$sample: VMCOREINFO note: $note" wrong_note $note
	done
	check "$sample: VMCOREINFO note with CR LF" crlf_note
	check "$sample: VMCOREINFO note of zeros" zeros_note
	check "$sample: two VMCOREINFO notes" two_notes
	check "$sample: two kernels" two_kernels
	check "$sample: two kernels, and CR3" by_cr3
	check "$sample: --vmcoreinfo" named_file
	check "$sample: a stale copy in memory" stale_copy
	check "$sample: no utsname" no_uts
	check "$sample: marked incomplete" marked_incomplete
	check "$sample: the disk was full" disk_full
	check "$sample: 33 MiB of device dump" device_dump
	check "$sample: truncated" truncated
	check "$sample: no build-id" no_build_id
done
done_testing
