#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every example of the manual pages runs as it stands, on a shipped dump with a fault. Those
# for DuckDB, of which Debian has no package, run where there is one.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
name=7.2-secondary-bit

# The examples as shell scripts: .EX to .EE of that section, without roff's escapes.
extract() {
	awk -v to="$2" '/^\.SH/ { examples = $2 == "EXAMPLES" }
		/^\.EE/ { inside = 0 } inside { print > (to n) }
		/^\.EX/ && examples { inside = 1; n++ }' "$1"
	sed -i -e 's/\\-/-/g; s/\\(aq/'"'"'/g; s/\\e/\\/g' "$2"*
}

# One example: it succeeds, or says that something was found, and prints something.
runs() {
	(
		cd "$work/$name" || exit
		PATH=$work/bin:$PATH
		bash -o pipefail "$1" >out 2>err
		status=$?
		cat err
		[ ! -s err ] && [ -s out ] && { [ $status -eq 0 ] || [ $status -eq 4 ]; }
	)
}

"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
mkdir "$work/bin" "$work/$name/one"
ln -s "$PGCONS_DUMP" "$work/bin/pgcons-dump"
ln -s ../vmcore "$work/$name/one/vmcore"
for page in pgcons-dump.8 pgcons-report.5; do
	[ -f "$TOP_BUILDDIR/man/$page" ] || continue
	extract "$TOP_BUILDDIR/man/$page" "$work/$page."
	for script in "$work/$page".*; do
		label="${script##*/}: $(head -n 1 "$script")"
		if grep -q -e --live "$script"; then
			skip "$label" "it looks at the kernel that runs the test"
		elif grep -q duckdb "$script" && ! have duckdb; then
			skip "$label" "no duckdb"
		elif grep -q jq "$script" && ! have jq; then
			skip "$label" "no jq"
		else
			check "$label" runs "$script"
		fi
	done
done

# A text for readers of a tutorial, and what its commands print, which is to be there in this order.
tutorial() {
	python3 - "$TOP_SRCDIR" "$work" <<-'END'
		import os, re, subprocess, sys
		top, work = sys.argv[1:]
		env = dict(os.environ, PATH=f"{work}/bin:{os.environ['PATH']}", OLDPWD=top)
		text = open(top + "/docs/first-dump.md").read().replace("/tmp/first", work + "/first")
		where, shown, n = top, [], 0
		for line in text.splitlines() + ["    $ true"]:
		    if not line.startswith("    "):
		        continue
		    line = line[4:]
		    if not line.startswith("$ "):
		        if line != "...":
		            lines = shown[shown.index(line) + 1:] if line in shown else sys.exit(f"not printed: {line}")
		            shown, n = lines, n + 1
		        continue
		    done = subprocess.run(f'OLDPWD={top}; {line[2:]}; status=$?; echo "$PWD" >{work}/pwd; exit $status', shell=True,
		                          cwd=where, env=env, capture_output=True, text=True)
		    if done.returncode not in (0, 4) or done.stderr:
		        sys.exit(f"{line}: status {done.returncode}: {done.stderr}")
		    where, shown = open(work + "/pwd").read().strip(), done.stdout.splitlines()
		assert n > 30, n
	END
}

check "docs/first-dump.md" tutorial
done_testing
