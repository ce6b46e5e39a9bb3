#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The HTML report: what a reader sees of two shipped dumps, against the expected text; hostile
# names, bounded size, colours in grey; and in a real browser, where there is one, no complaint
# and the hover.
# With UPDATE_EXPECT=1 the expected text is written anew.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
emit=$TOP_BUILDDIR/tests/unit/emit_report
samples=$TOP_SRCDIR/tests/data/samples
max_bytes=5000000
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH

read_html() {
	"$TOP_SRCDIR/tests/tools/html-text" "$1"
}

sample_report() {
	(cd "$work/$name" && "$PGCONS_DUMP" --html="$work/$name.html" -q vmcore vmlinux)
	[ $? -eq 4 ]
}

sample_text() {
	local expect=$samples/expect/$name.html.txt

	read_html "$work/$name.html" >"$work/text" || return
	if [ -n "${UPDATE_EXPECT-}" ]; then
		cp "$work/text" "$expect"
	fi
	diff -u "$expect" "$work/text"
}

# When it was written: now, or as asked; nonsense is not obeyed.
dated() {
	local at want

	for at in 1700000000 '' -5 12x; do
		want=$(date -u '+%Y-%m-%d')
		[ "$at" != 1700000000 ] || want=2023-11-14
		SOURCE_DATE_EPOCH=$at "$PGCONS_DUMP" --html="$work/dated.html" -q "$work/$name/vmcore" >"$work/out"
		grep -q "^<footer>pgcons-dump .*, report written $want [0-9:]* UTC</footer>" "$work/dated.html" ||
			{ echo "'$at'"; grep footer "$work/dated.html"; return 1; }
	done
}

# On standard output: the same page, and nothing else.
to_stdout() {
	(cd "$work/$name" && "$PGCONS_DUMP" --html=- vmcore vmlinux >"$work/stdout.html" 2>"$work/err")
	[ $? -eq 4 ] && [ ! -s "$work/err" ] && [ ! -e "$work/$name/-" ] &&
		read_html "$work/stdout.html" >"$work/stdout.text" &&
		read_html "$work/$name.html" | diff - "$work/stdout.text" || return
	for other in --json -q --map; do
		"$PGCONS_DUMP" --html=- $other "$work/$name/vmcore" >"$work/out" 2>"$work/err"
		[ $? -eq 16 ] && [ ! -s "$work/out" ] || return
	done
}

# The map for the terminal, and the same with any number of threads.
sample_map() {
	local expect=$samples/expect/$name.map.txt

	for threads in 1 2 5; do
		(cd "$work/$name" && "$PGCONS_DUMP" --map --color=never -t $threads vmcore vmlinux) |
			sed -n '/^map of memory/,/^$/p' >"$work/map"
		if [ -n "${UPDATE_EXPECT-}" ]; then
			cp "$work/map" "$expect"
		fi
		diff -u "$expect" "$work/map" || return
	done
}

# The page's style and script are those of the files that the build embeds.
files_embedded() {
	local file

	for file in report.css report_patterns.svg report.js; do
		sed -E '/^(\/\*|<!--)/d; s/^\t*//' "$TOP_SRCDIR/src/report/$file" | tr -d '\n' >"$work/$file" &&
			[ -s "$work/$file" ] && grep -qF -f "$work/$file" "$work/clean.html" || return
	done
}

# made_up KIND: a made-up report reads well and is not too large
made_up() {
	"$emit" "$1" --html="$work/$1.html" >/dev/null || return
	read_html "$work/$1.html" >"$work/text" || return
	[ "$(stat -c %s "$work/$1.html")" -le "$max_bytes" ]
}

hostile_is_text() {
	grep -q 'alert(1)' "$work/faulty.html" && ! grep -q '<script>alert' "$work/faulty.html"
}

# The lightness of the solid colours differs by a tenth at least: they are told apart in grey.
told_apart_in_grey() {
	grep -o 'map-[a-z-]*{fill:#[0-9a-f]*}' "$work/clean.html" | python3 -c '
import re, sys
grey = []
for name, colour in re.findall(r"map-([a-z-]+){fill:#([0-9a-f]+)}", sys.stdin.read()):
    if len(colour) == 3:
        colour = "".join(2 * c for c in colour)
    r, g, b = (int(colour[i:i + 2], 16) for i in (0, 2, 4))
    grey.append(((299 * r + 587 * g + 114 * b) / 1000, name))
grey.sort()
print(grey)
close = [(a, b) for a, b in zip(grey, grey[1:])
         if b[0] - a[0] < 25.5 and (a[1], b[1]) != ("free-large", "hole")]
sys.exit(len(grey) < 7 or bool(close))'
}

cannot_write() {
	"$PGCONS_DUMP" --html="$work/no/such" "$work/$name/vmcore" "$work/$name/vmlinux" \
		>"$work/out" 2>"$work/err"
	[ $? -eq 8 ] && [ ! -s "$work/out" ] && grep -q "cannot write $work/no/such" "$work/err"
}

full_disk() {
	"$PGCONS_DUMP" -q --html=/dev/full "$work/$name/vmcore" "$work/$name/vmlinux" \
		>"$work/out" 2>"$work/err"
	[ $? -eq 12 ] && [ -s "$work/out" ] && grep -q "cannot write /dev/full" "$work/err"
}

# The page in a browser: what stands on its console, and in its document.
browse() {
	timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--user-data-dir="$work/browser" --enable-logging=stderr --dump-dom \
		"file://$1" >"$work/dom" 2>"$work/console"
}

no_complaint() {
	browse "$1" && [ -s "$work/dom" ] && ! grep CONSOLE "$work/console"
}

# A mouse over the middle of the second cell of the first map.
hover() {
	sed 's|</body>|<script>var s=document.querySelector("svg.map"),m=s.getScreenCTM(),p=s.createSVGPoint();p.x=1.5;p.y=.5;p=p.matrixTransform(m);s.dispatchEvent(new MouseEvent("mousemove",{clientX:p.x,clientY:p.y,bubbles:true}))</script></body>|' \
		"$work/$name.html" >"$work/hover.html"
	no_complaint "$work/hover.html" &&
		grep -o '<div id="tip"[^>]*>[^<]*' "$work/dom" | grep 'page 0x40-0x7f: [a-z]'
}

# A badly damaged dump: the first findings of a kind whole, the next ones on demand, and on paper a
# few of each, not a hundred pages.
flood() {
	python3 - "$work/7.2-secondary-bit/vmcore" "$work/worst" <<-'END'
		import random, sys
		data = bytearray(open(sys.argv[1], "rb").read())
		rng = random.Random(3)
		for _ in range(12000):
		    at = rng.randrange(1 << 20, len(data) - 8) & ~7
		    data[at:at + 8] = rng.choice((bytes(8), rng.randbytes(8)))
		open(sys.argv[2], "wb").write(data)
	END
	"$PGCONS_DUMP" --html="$work/worst.html" -q "$work/worst" "$work/7.2-secondary-bit/vmlinux"
	[ $? -ge 4 ] && python3 - "$work/worst.html" <<-'END'
		import re, sys
		page = open(sys.argv[1]).read()
		sections = re.findall(r"<section[^>]*><h3><span.*?</section>", page, re.S)
		assert len(sections) > 5, len(sections)
		for one in sections:
		    found = one.count('<div class="finding">')
		    folded = re.findall(r'<details class="evidence"( open)?>', one)
		    assert len(folded) == max(0, found - 1), (found, folded)
		    assert len([open for open in folded if open]) == max(0, min(found, 3) - 1)
		    assert ('class="paper"' in one) == (found > 10), found
	END
}

# What a flood of findings is on paper.
printed() {
	chromium --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --user-data-dir="$work/profile" --no-pdf-header-footer \
		--print-to-pdf="$work/worst.pdf" "file://$work/worst.html" >/dev/null 2>&1
	[ -s "$work/worst.pdf" ] && pages=$(grep -a -c '/Type */Page$\|/Type */Page[^s]' "$work/worst.pdf") &&
		echo "$pages pages" && [ "$pages" -ge 5 ] && [ "$pages" -le 40 ]
}

have python3 || { echo "1..0 # SKIP no python3"; exit 0; }
for name in 6.1-prev-broken 7.2-secondary-bit; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
	check "$name: HTML" sample_report
	check "$name: what is seen" sample_text
	check "$name: HTML on standard output" to_stdout
	check "$name: the date of the report" dated
	check "$name: map" sample_map
done
for kind in clean faulty bare large; do
	check "made up, $kind" made_up "$kind"
done
check "a badly damaged dump" flood
check "hostile names are text" hostile_is_text
check "style, patterns and script are the files" files_embedded
check "kinds are told apart in grey" told_apart_in_grey
check "a file that cannot be made" cannot_write
[ ! -w /dev/full ] || check "a full disk" full_disk
if have chromium; then
	check "a browser has no complaint" no_complaint "$work/$name.html"
	check "nor about hostile names" no_complaint "$work/faulty.html"
	check "nor about large memory" no_complaint "$work/large.html"
	check "a badly damaged dump, printed" printed
	check "the cell under the mouse is told" hover
else
	skip "in a browser" "no chromium"
fi
done_testing
