# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the lab's scripts that count have in common: a line for each check, and the totals last.

passed=0
failed=0

# check NAME COMMAND...: what it prints is shown when it fails
check() {
	local name=$1 log

	shift
	log=$(mktemp) || exit 1
	if "$@" >"$log" 2>&1; then
		echo "ok: $name"
		passed=$((passed + 1))
	else
		echo "FAILED: $name"
		sed 's/^/  /' "$log"
		failed=$((failed + 1))
	fi
	rm -f "$log"
}

# The last line, and the status.
totals() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
