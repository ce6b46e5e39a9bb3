# SPDX-License-Identifier: GPL-2.0-or-later
# findings.awk findings.def PAGE.in: puts a finding's name, severity and sentence where the page
# has @FINDING name@. Each finding must be there once.
function die(text) {
	print "findings.awk: " text | "cat >&2"
	failed = 1
	exit 1
}

# A row of the catalogue, its lines joined: FINDING(ID, "name", SEVERITY, ..., "sentence")
function take(row,	name, severity) {
	match(row, /"[^"]*"/)
	name = substr(row, RSTART + 1, RLENGTH - 2)
	row = substr(row, RSTART + RLENGTH)
	match(row, /[A-Z]+/)
	severity = tolower(substr(row, RSTART, RLENGTH))
	match(row, /".*"/)
	row = substr(row, RSTART + 1, RLENGTH - 2)
	gsub(/"[ \t]*"/, "", row)
	sentence[name] = toupper(substr(row, 1, 1)) substr(row, 2) "."
	gsub(/-/, "\\-", sentence[name])
	usual[name] = severity
}

FNR == NR {
	if (/^FINDING\(/)
		row = ""
	row = row $0
	if (/^FINDING\(|^\t"/ && /"\)$/)
		take(row)
	next
}

/^@FINDING .*@$/ {
	name = substr($2, 1, length($2) - 1)
	if (!(name in usual))
		die("no finding " name)
	roff = name
	gsub(/-/, "\\-", roff)
	print ".TP\n.BR " roff " \" (" usual[name] ")\""
	print sentence[name]
	delete usual[name]
	next
}

{ print }

END {
	if (failed)
		exit 1
	for (name in usual)
		die("the page lacks @FINDING " name "@")
}
