#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# pgcons-fleet: shares that together are all, one record for each dump whatever is killed, and what
# the records say together.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! python3 -c 'import sqlite3' 2>/dev/null; then
	skip "fleet" "no Python with SQLite"
	done_testing
	exit
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
for name in 7.2-healthy 7.2-list-cycle 7.2-secondary-bit; do
	"$TOP_SRCDIR/tests/tools/make-sample" "$name" "$work" || exit 99
done
cd "$work" || exit 99
"$PGCONS_DUMP" --save-layout=7.2.layout 7.2-healthy/vmlinux || exit 99
PGCONS_FLEET_LIB=$TOP_SRCDIR/fleet
export PGCONS_FLEET_LIB

fleet() {
	"$TOP_BUILDDIR/fleet/pgcons-fleet" "$@"
}

# Address sanitizers reserve more than any limit.
no_limit=()
! sanitized || no_limit=(--memory=0)

# share I/N [OPTION...]: records of the folder dumps in the folder records
share() {
	fleet run --out=records --shard="$1" --layout=7.2.layout --tool="$PGCONS_DUMP" \
		"${no_limit[@]}" "${@:2}" dumps
}

# lay N: so many dumps, of which every tenth is no dump, as hard links
lay() {
	local n kind

	rm -rf dumps records
	for n in $(seq "$1"); do
		mkdir -p "dumps/m$((n % 7))/$n" || return
		case $((n % 10)) in
		0) echo '<html>Sign in</html>' >"dumps/m$((n % 7))/$n/vmcore" && continue ;;
		1 | 2) kind=7.2-list-cycle ;;
		3) kind=7.2-secondary-bit ;;
		*) kind=7.2-healthy ;;
		esac
		ln "$(realpath $kind/vmcore)" "dumps/m$((n % 7))/$n/vmcore" || return
	done
	echo text >dumps/m1/1/vmcore-dmesg.txt && ln -s /etc/passwd dumps/m1/vmcore
}

records() {
	find records -name '*.json' | wc -l
}

# Each path once.
once() {
	find records -name '*.json' -exec cat {} + | python3 -c '
import json, sys
paths = [json.loads(line)["path"] for line in sys.stdin]
assert len(set(paths)) == len(paths) == int(sys.argv[1]), len(paths)' "$1"
}

shares() {
	local n

	lay 40 || return
	for n in 0 1 2; do
		share $n/3 2>>log || { [ $? -eq 8 ] && return 1; }
	done
	cat log
	[ "$(records)" -eq 40 ] && once 40 && share 0/1 2>log && grep -q ' 0 dumps analysed, .* 40 done before' log &&
		[ -z "$(find records -name '.part*')" ]
}

# Changed, new and deleted dumps; a record that was cut.
changes() {
	local one

	ln "$(realpath 7.2-healthy/vmcore)" dumps/m3/vmcore.new
	one=$(find records -name '*.json' | head -n 1)
	head -c 100 "$one" >short && cat short >"$one"
	echo changed >dumps/m3/10/vmcore
	share 0/1 2>log
	cat log
	grep -q ' 3 dumps analysed' log && [ "$(records)" -eq 41 ]
}

# Killed again and again, in the middle; then once more in peace.
killed() {
	local n

	lay 120 || return
	for n in 1 2 3 4 5 6; do
		share 0/2 2>>log &
		share 1/2 2>>log &
		sleep 0.4
		{ kill -9 %1 && kill -$((n % 2 ? 15 : 9)) %2; } 2>/dev/null
		wait
	done 2>/dev/null
	[ "$(records)" -gt 0 ] && share 0/2 && share 1/2 && once 120 && [ -z "$(find records -name '.part*')" ]
}

# Two of the same share at once: nothing is lost, and nothing double.
twice() {
	lay 30 || return
	share 0/1 &
	share 0/1 --jobs=2
	wait
	once 30
}

# A run that hangs, one that dies, one that takes more memory than it may.
limits() {
	lay 3
	printf '#!/bin/sh\nsleep 60\n' >slow && printf '#!/bin/sh\nkill -SEGV $$\n' >dies && chmod +x slow dies
	fleet run --out=records --timeout=0.3 --tool=./slow dumps/m1 2>log
	[ $? -eq 8 ] && grep -rq '"error":"no answer in 0.3 seconds"' records || { cat log; return 1; }
	fleet run --out=records --tool=./dies dumps/m1 2>log
	[ $? -eq 8 ] && grep -rq '"tries":2,.*"error":"killed by signal SIGSEGV"' records || { cat log; return 1; }
	fleet run --out=records --memory=1 --tool="$PGCONS_DUMP" dumps/m1 2>log
	fleet run --out=records --tool="$PGCONS_DUMP" dumps/m1 2>log
	# Three times are enough.
	[ $? -eq 0 ] && grep -q '1 done before' log
}

wrong() {
	fleet run --out=records --shard=3/3 dumps 2>log
	[ $? -eq 16 ] && [ "$(wc -l <log)" -eq 1 ] && grep -q 'I from 0 to N-1' log || return
	fleet run --out=records none 2>log
	[ $? -eq 16 ] && grep -q 'none is not a folder' log || return
	fleet report dumps 2>log
	[ $? -eq 16 ] && grep -q 'has no records' log
}

# A record as a run leaves it, of a machine, with the same bit wrong each time.
record() {
	python3 - "$@" <<-'END'
		import json, os, sys
		name, host, when, memory, word, bit = sys.argv[1:]
		report = {
		    "schema": "pgcons-dump/1", "result": "inconsistent", "memory_id": memory, "limits": [],
		    "kernel": {"release": "6.1.0-<b>"}, "crash": {"hostname": host, "time": int(when)},
		    "signature": {"kind": "k1"}, "origin": "hardware", "confidence": 95, "totals": {"corrupt": 1, "suspect": 0, "note": 0},
		    "findings": [{"finding": "complement-broken", "severity": "corrupt", "pfn": 1, "count": 1,
		                  "verdict": "secondary", "class": "single-bit",
		                  "evidence": {"secondary_word_paddr": word, "bit": int(bit)}}]}
		os.makedirs("made/aa", exist_ok=True)
		with open(f"made/aa/{name}.json", "w") as out:
		    json.dump({"schema": "pgcons-fleet/1", "path": f"/crash/{name}", "seconds": 0.1,
		               "error": None, "report": report}, out)
	END
}

# The same bit in two crashes of one machine, and none of: a copy of one of them, another machine.
recurring() {
	record one alpha 1700000000 m1 0x7db7230 38 && record two alpha 1700090000 m2 0x7db7230 38 &&
		record copy alpha 1700000000 m1 0x7db7230 38 && record else beta 1700000000 m3 0x7db7230 38 &&
		record same beta 1700000000 m3 0x7db7230 38 && fleet report --format=json made >report.json || return
	python3 - <<-'END'
		import json
		r = json.load(open("report.json"))
		bits = r["bits"]
		assert r["origins"][0]["machines"] == 2, r["origins"]
		assert bits == [{"machine": "alpha", "crashes": 2, "place": "phys 0x7db7234, bit 6",
		                 "first": "2023-11-14 22:13", "last": "2023-11-15 23:13"}], bits
	END
}

questions() {
	lay 40 && share 0/1 2>/dev/null && fleet report --format=json records >report.json &&
		fleet report --format=json --db=tables records >/dev/null && [ -s tables ] || return
	python3 - <<-'END'
		import json, sqlite3
		r = json.load(open("report.json"))
		k = {row["kernel"]: row for row in r["kernels"]}
		assert k["7.2.13-pgcons"]["consistent"] == 24 and k["7.2.13-pgcons"]["inconsistent"] == 12, k
		assert k["unknown"]["unread"] == 4, k
		kinds = {(row["finding"], row["dumps"]) for row in r["kinds"]}
		assert kinds == {("list-cycle", 8), ("complement-broken", 4)}, kinds
		assert len(r["unread"]) == 1 and r["unread"][0]["dumps"] == 4, r["unread"]
		assert "an HTML page" in r["unread"][0]["reason"]
		assert {(row["finding"], row["dumps"]) for row in r["findings"]} == kinds
		origins = {(row["origin"], row["dumps"]) for row in r["origins"]}
		assert origins == {("software", 8), ("hardware", 4)}, r["origins"]
		db = sqlite3.connect("tables")
		assert db.execute("SELECT COUNT(*) FROM dumps").fetchone() == (40,)
	END
}

# Earlier reports of the same machine are compared with.
history() {
	rm -rf second && fleet run "${no_limit[@]}" --out=second --tool="$PGCONS_DUMP" --history=records dumps/m1 2>log &&
		grep -rq '"history":' second && ! grep -rq '"history":' records
}

# The user's own settings of memory stand; huge pages where there are none.
tunables() {
	printf '#!/bin/sh\necho "$GLIBC_TUNABLES" >>tunables\n' >./tells && chmod +x tells && lay 1 || return
	rm -f tunables
	GLIBC_TUNABLES=glibc.malloc.check=0 fleet run --out=records --tool=./tells dumps 2>log
	(unset GLIBC_TUNABLES && fleet run --out=records --tool=./tells dumps 2>log)
	cat tunables
	head -n 1 tunables | grep -qx 'glibc.malloc.check=0' &&
		tail -n 1 tunables | grep -q '^glibc.malloc.hugetlb=1:'
}

# One SQL file: what DuckDB answers is what SQLite answers.
engines() {
	local form
	local -x SOURCE_DATE_EPOCH=1700000000

	for form in json text html; do
		fleet report --engine=sqlite --format=$form records >one && fleet report --engine=duckdb --format=$form records >two &&
			diff one two || return
	done
	fleet report --engine=duckdb --db=duck records >/dev/null && [ "$(head -c 12 duck | tail -c 4)" = DUCK ] &&
		fleet report --engine=duckdb --db=duck --top=1 made >one && grep -q '^Machines where' one
}

forms() {
	record one alpha 1700000000 m1 0x7db7230 38 && record 'x<y' alpha 1700000000 m9 0x7db7230 38 &&
		fleet report made >out && grep -q '^Verdicts by kernel$' out && grep -q '6.1.0-<b>' out &&
		SOURCE_DATE_EPOCH=1700000000 fleet report --format=html made >out.html &&
		grep -q '<footer>pgcons-fleet, report written 2023-11-14 22:13 UTC<' out.html && grep -q '<td>6.1.0-&lt;b&gt;' out.html && ! grep -q '<b>' out.html
}

bad_records() {
	echo '{' >made/aa/bad.json && echo '[]' >made/aa/list.json
	fleet report made >out 2>log
	[ $? -eq 8 ] && grep -q '^Verdicts' out && [ "$(grep -c 'not a record' log)" -eq 2 ]
}

check "three shares are all" shares
check "what changed is analysed again" changes
check "killed in the middle" killed
check "the same share twice at once" twice
check "limits" limits
check "settings of memory" tunables
check "wrong arguments" wrong
check "six questions" questions
check "earlier reports" history
check "a bit that recurs" recurring
if NODE_PATH=${NODE_PATH-}:$(npm root -g 2>/dev/null) node -e 'require.resolve("@duckdb/node-api")' 2>/dev/null ||
	python3 -c 'import duckdb' 2>/dev/null; then
	check "DuckDB" engines
else
	skip "DuckDB" "neither Python's duckdb nor Node's @duckdb/node-api"
fi
check "text and HTML" forms
check "bad records" bad_records
done_testing
