#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps that are not all there: pieces of a split one, alone, together and with one missing; and
# dumps that lack a page of a bitmap for another reason than that it is zeros. Their kernel is
# healthy: nothing of it may be called corrupt or suspect.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
if ! have python3 || ! have jq; then
	skip "split dumps" "no python3 or jq"
	done_testing
	exit
fi
"$TOP_SRCDIR/tests/tools/make-sample" 7.2-healthy "$work" || exit 99
cd "$work/7.2-healthy" || exit 99

edit() {
	"$TOP_SRCDIR/tests/tools/edit-dump" "$@"
}

# run WANTED-STATUS ARGUMENT...: JSON to doc, stderr to err
run() {
	local wanted=$1 status

	shift
	"$PGCONS_DUMP" --json "$@" >"$work/doc" 2>"$work/err"
	status=$?
	cat "$work/err"
	[ $status -eq "$wanted" ] || { echo "exit status $status"; return 1; }
}

# (jq 1.6 is content with no document at all.)
holds() {
	[ -s "$work/doc" ] && jq -e "$@" "$work/doc" >/dev/null || { jq 'del(.zones)' "$work/doc"; return 1; }
}

# Nothing is said against the kernel, but not all was seen, and the first limit says why. Where not
# even the zones are in the pieces there is no report, and the error says it.
incomplete() {
	local why=$1

	shift
	run 8 "$@" || return
	if jq -e '.record == "error"' "$work/doc" >/dev/null; then
		[ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF "$why" "$work/err" &&
			! grep -F '(null)' "$work/err" &&
			holds --arg why "$why" '.limits[0] | contains($why)'
		return
	fi
	holds --arg why "$why" '.result == "incomplete" and
		.totals.corrupt == 0 and .totals.suspect == 0 and
		(.limits[0] | contains($why))'
}

# The same report as that of the whole dump, but for what names the file and the run.
same_report() {
	run 0 "$@" && jq -S "$shown" "$work/doc" | diff "$work/whole" -
}

# refused TEXT ARGUMENT...: one line of error that says TEXT
refused() {
	local text=$1

	shift
	run 8 "$@" || return
	[ "$(wc -l <"$work/err")" -eq 1 ] && grep -q "$text" "$work/err"
}

shown='del(.dump, .dump_id, .run_id, .tool.arguments)'
run 0 vmcore vmlinux || exit 99
jq -S "$shown" "$work/doc" >"$work/whole"
primary=$(jq -r .checker.primary_paddr "$work/doc")
map=$((primary / 4096))

# The second piece has the maps, or a part of them; the third one nearly all else.
a=$((map - 0x1000)) b=$((map + 1))
edit --piece 0-$a vmcore one
edit --piece $a-$b vmcore two
edit --piece $b-0x8000 vmcore three
edit --piece $a-$b --form flat vmcore flat
for piece in one two three; do
	check "piece $piece alone" incomplete "one piece of a split dump (pages 0x" $piece vmlinux
	check "piece $piece alone, without vmlinux: it is told, whatever comes of it" \
		sh -c "\"$PGCONS_DUMP\" $piece 2>&1 | grep -q 'one piece of a split dump'"
done
check "what is in another piece is counted" \
	sh -c "\"$PGCONS_DUMP\" --json one vmlinux | jq -e '.coverage |
		.bitmap_elsewhere > 0 and .elsewhere <= .excluded and
		.bitmap_elsewhere <= .bitmap_excluded'"
check "--page says where its bits are" \
	sh -c "\"$PGCONS_DUMP\" -p 0x4000 one vmlinux | grep -q 'in another piece of the split dump'"
check "all pieces" same_report one two three vmlinux
check "in another order, the vmlinux among them" same_report three vmlinux one two
check "one of them flattened" same_report flat one vmlinux three
check "one of them twice" same_report two one vmlinux three two
check "without a vmlinux" run 0 three two one
check "by several threads" same_report -t 4 two three one vmlinux
"$PGCONS_DUMP" --save-layout="$work/layout" vmlinux
check "with a layout" run 0 --layout="$work/layout" two three one
check "the middle one is missing" \
	incomplete "of which the piece with pages $(printf 0x%x $a) to $(printf 0x%x $((b - 1))) is missing" \
	three one vmlinux
check "the first one is missing" incomplete "of which the piece with pages 0x0 to" three two vmlinux

"$TOP_SRCDIR/tests/tools/make-sample" 6.1-healthy "$work" || exit 99
edit --piece 0-0x4000 ../6.1-healthy/vmcore alien
edit --form elf vmcore elf
check "a piece of another dump" refused "alien: is a piece of another dump than one" one alien vmlinux
check "two whole dumps" refused "vmcore: is a second dump" elf vmcore vmlinux
check "a piece and a whole dump" refused "not a piece of a split dump" vmcore one vmlinux
check "a piece and an ELF core" refused "is an ELF core, not a piece of a split dump" one elf vmlinux

# A page of a map that is missing, and the other map is not all ones there.
gap() {
	incomplete "the bits of" "$work/gap" vmlinux &&
		holds '.coverage.bitmap_excluded > 0 and .checker.state == "active"'
}

for level in 30 31; do
	edit --level $level --drop $map vmcore "$work/gap"
	check "a page of a map was left out, dump_level $level" gap
done
edit --form elf --hole $map vmcore "$work/gap"
check "a page of a map is memory, but not in the ELF core" gap
secondary=$(($(jq -r .checker.secondary_paddr "$work/whole") / 4096))
edit --form elf --hole "$map,$secondary" vmcore "$work/gap"
check "so are those of both maps" gap
edit --form elf --drop "$map,$secondary" vmcore "$work/gap"
check "those of both maps are no memory" sh -c "
	\"$PGCONS_DUMP\" --json \"$work/gap\" vmlinux >\"$work/doc\"; [ \$? -eq 8 ] &&
	jq -e '.totals.corrupt + .totals.suspect == 0' \"$work/doc\""
done_testing
