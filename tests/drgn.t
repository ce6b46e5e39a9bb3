#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin of drgn says what the program says. By drgn itself where PGCONS_DRGN_PYTHON, or python3,
# has it (lab/drgn); else by a stand-in that has no more of it than what the plugin uses.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
python=${PGCONS_DRGN_PYTHON:-python3}
samples="7.2-healthy 7.2-list-cycle 7.2-secondary-bit 7.2-next-null 6.1-wrong-order 6.1-refcount-free
	6.1-nr-free-off 6.12-prev-broken 6.12-pcp-count 6.12-buddy-type-cleared"
for name in $samples; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" &&
		"$TOP_SRCDIR/tests/tools/edit-dump" --form elf "$work/$name/vmcore" "$work/$name/elf" || exit 99
done

stand_in() {
	mkdir -p "$work/stub/drgn/helpers/linux" && : >"$work/stub/drgn/helpers/__init__.py" &&
		: >"$work/stub/drgn/helpers/linux/__init__.py" || return
	cat >"$work/stub/drgn/__init__.py" <<-'END'
		import enum
		class ProgramFlags(enum.Flag):
		    IS_LIVE = 2
		class Module:
		    loaded_file_path = None
		class Program:
		    flags = ProgramFlags(0)
		    def set_core_dump(self, path):
		        self.core_dump_path = path
		    def load_debug_info(self, paths):
		        self.module = Module()
		        self.module.debug_file_path = paths[0]
		    def main_module(self):
		        return self.module
	END
	cat >"$work/stub/drgn/helpers/linux/mm.py" <<-'END'
		class Page:
		    def __init__(self, prog, pfn):
		        self.prog_, self.pfn = prog, pfn
		def pfn_to_page(prog, pfn):
		    return Page(prog, pfn)
	END
}

real=yes
if ! "$python" -c 'import drgn' 2>/dev/null; then
	real=
	stand_in || exit 99
fi

# plugin CODE ARG...: with prog, of the dump that the first ARG names
plugin() {
	local code=$1

	shift
	PGCONS_DUMP=$PGCONS_DUMP PYTHONPATH="$TOP_SRCDIR/contrib/drgn:$work/stub${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 \
		"$python" -c "
import subprocess, sys
from drgn import Program
from pgcons_drgn import Finding, PgconsError, pgcons
prog = Program()
prog.set_core_dump(sys.argv[1] + '/elf')
prog.load_debug_info([sys.argv[1] + '/vmlinux'])
$code" "$@"
}

# Byte for byte, but for what names the run.
same() {
	"$PGCONS_DUMP" --json --max-findings=1000 "$work/$1/elf" "$work/$1/vmlinux" |
		grep -v '"run_id"\|"tool": {' >"$work/own"
	plugin 'print(pgcons(prog).text, end="")' "$work/$1" | grep -v '"run_id"\|"tool": {' >"$work/got"
	[ -s "$work/own" ] && diff "$work/own" "$work/got"
}

all_same() {
	for name in $samples; do
		same "$name" || { echo "$name"; return 1; }
	done
}

objects() {
	plugin '
r = pgcons(prog)
f = r[0]
assert len(r) == 1 and f.finding == "list-cycle" and f.severity == "corrupt" and f.nothing is None
assert r.result == "inconsistent" and r.verdict == "INCONSISTENT: 1 corrupt finding (list-cycle)"
assert f.page().prog_ is prog and f.page(1) is None and len(list(f.pages())) == f.count == 1
assert "list-cycle" in f.explain() and "0x19bc" in f.explain()' "$work/7.2-list-cycle"
}

# A counter is no page's; options are handed on.
others() {
	plugin '
f = pgcons(prog)[0]
assert f.page() is None and list(f.pages()) == []
assert len(pgcons(prog, "--ignore=nr-free-count")) == 0' "$work/6.1-nr-free-off"
}

errors() {
	plugin '
try:
    pgcons(prog, dump="/nonexistent")
except PgconsError as error:
    assert "No such file" in str(error)
else:
    raise SystemExit("no error")
try:
    pgcons(prog, "--no-such-option")
except PgconsError as error:
    assert "--help" in str(error)
else:
    raise SystemExit("no error")' "$work/7.2-healthy"
}

real_pages() {
	plugin '
f = pgcons(prog)[0]
assert f.page().type_.type_name() == "struct page *"
assert f.page().value_() == int(f.evidence["page"], 16)
assert f.page()._refcount.counter.value_() == f.evidence["refcount"]' "$work/6.1-refcount-free"
}

command() {
	plugin '
from drgn.commands import run_command
import contextlib, io
out = io.StringIO()
names = {}
with contextlib.redirect_stdout(out):
    report = run_command(prog, "pgcons", globals=names)
    run_command(prog, "pgcons --page 0x19bc", globals=names)
lines = out.getvalue().splitlines()
assert lines[0] == report.verdict and lines[1].startswith("corrupt list-cycle 0x"), lines
assert names["pgcons_report"] is report and any("0x19bc" in line for line in lines[2:])' "$work/7.2-list-cycle"
}

# What --explain shows runs as it stands; that a list is broken is drgn's word for it, too.
shown() {
	local name finding

	for name in 7.2-secondary-bit 7.2-list-cycle 6.1-refcount-free 6.12-prev-broken; do
		finding=$("$PGCONS_DUMP" --json "$work/$name/elf" "$work/$name/vmlinux" |
			jq -r '[.findings[] | select(.severity == "corrupt")][0].finding')
		"$PGCONS_DUMP" --explain="$finding" "$work/$name/elf" "$work/$name/vmlinux" |
			sed -n '/^How to examine it in drgn$/,/^$/s/^    //p' >"$work/shown"
		[ -s "$work/shown" ] && plugin '
from drgn import Object, set_default_prog
from drgn.helpers import ValidationError
from drgn.helpers.common import *
from drgn.helpers.linux import *
set_default_prog(prog)
for line in open(sys.argv[2]):
    try:
        exec(line)
    except ValidationError as error:
        print(error)' "$work/$name" "$work/shown" >"$work/got" || { echo "$name"; return 1; }
	done
}

check "the same findings, ten samples" all_same
check "findings are objects" objects
check "findings without a page, options" others
check "errors" errors
if [ "$real" ]; then
	check "pages of that program" real_pages
	check "%pgcons" command
	check "what --explain shows" shown
else
	skip "pages of that program" "no drgn"
	skip "%pgcons" "no drgn"
	skip "what --explain shows" "no drgn"
fi
done_testing
