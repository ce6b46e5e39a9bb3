#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Evidence is a table: what adds, reads and describes a fact agrees with its row.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

table=$TOP_SRCDIR/src/judge/evidence.def
schemas=$TOP_SRCDIR/schema
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

same() {
	[ -s "$1" ] && diff "$1" "$2"
}

nothing_in() {
	! grep . "$1"
}

# The rows as words: id key kind witness text html passes.
sed -n '/^EVIDENCE(/ { s/^EVIDENCE(\(.*\))$/\1/; s/[",]//g; p; }' "$table" >"$work/rows"
awk '{ print $2 }' "$work/rows" >"$work/keys"

well_formed() {
	[ "$(grep -c '^EVIDENCE(' "$table")" -eq "$(awk 'NF == 7' "$work/rows" | wc -l)" ] &&
		[ "$(wc -l <"$work/rows")" -gt 50 ] &&
		! awk '$1 != toupper($2) || seen[$2]++' "$work/rows" | grep .
}
check "a row has seven columns and its key's name, each once" well_formed

# Witnesses stand together, for they are headings.
awk '$4 != last { print last = $4 }' "$work/rows" | sort | uniq -d >"$work/torn"
check "the rows of a witness stand together" nothing_in "$work/torn"

awk '{
	heading["BITMAPS"] = "The bitmaps"; heading["PAGE"] = "The page"
	heading["LISTS"] = "The lists"; heading["VALUES"] = "Found and expected"
	heading["KERNEL"] = "The kernel\\(aqs own record"
	print heading[$4] ": " $2
}' "$work/rows" >"$work/expected"
awk '
	/^\.SH / { inside = $2 == "EVIDENCE" }
	inside && /^\.SS / { heading = substr($0, 5) }
	inside && /^\.B[A-Z]* / { sub(/^\.B[A-Z]* /, ""); print heading ": " $0 }
' "$TOP_BUILDDIR/man/pgcons-report.5" >"$work/described"
check "pgcons-report(5) describes each row, in their order, under its witness" \
	same "$work/expected" "$work/described"

awk '{
	type["NUM"] = type["PFN"] = "integer from 0"; type["INT"] = "integer"
	type["HEX"] = "hex"; type["STR"] = "string"; type["ANY"] = "integer string"
	print $2 ": " type[$3]
}' "$work/rows" >"$work/expected"
jq -r '."$defs".evidence.properties | to_entries[] | .key + ": " + (.value |
	if ."$ref" then (."$ref" | ltrimstr("#/$defs/"))
	elif (.type | type) == "array" then (.type | join(" "))
	else .type + (if .minimum == 0 then " from 0" else "" end) end)' \
	"$schemas/pgcons-dump-1.schema.json" >"$work/typed"
check "the schema has each row, in their order, with the type of its kind" \
	same "$work/expected" "$work/typed"

jq -r '.. | .properties? // empty | .evidence? // empty | ."$ref"' "$schemas"/*.json |
	sed 's/.*#/#/' | sort | uniq -c | tr -s ' ' >"$work/uses"
echo " 2 #/\$defs/evidence" >"$work/expected"
check "documents and records use that one" same "$work/expected" "$work/uses"

# A row that nothing adds is dead, and so is one that is only read.
awk '{ print "FACT_" $1 }' "$work/rows" | sort >"$work/ids"
for file in "$TOP_SRCDIR"/src/*.c "$TOP_SRCDIR"/src/*/*.c; do
	case ${file##*/} in
	report*.c | settle.c | finding*.c) continue ;;
	esac
	sed 's/finding_fact([^)]*)//g' "$file" | grep -oE 'FACT_[A-Z_]+'
done | sort -u >"$work/added"
comm -23 "$work/ids" "$work/added" >"$work/dead"
check "each row is added somewhere" nothing_in "$work/dead"
done_testing
