# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# TAP for tests in shell: source this, call check or skip for each test point, and done_testing at the end.

tap_count=0

# check NAME COMMAND...: one test point; what the command prints is shown when it fails.
check() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if tap_output=$("$@" 2>&1); then
		echo "ok $tap_count - $tap_name"
	else
		echo "not ok $tap_count - $tap_name"
		printf '%s\n' "$tap_output" | sed 's/^/# /'
	fi
}

# skip NAME REASON
skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# sanitized [NAME]: is the program under test built with a sanitizer, or with the one that -fsanitize
# calls so?
sanitized() {
	grep -q "^SANITIZE_CFLAGS = .*-fsanitize=.*${1-}" "$TOP_BUILDDIR/Makefile"
}

done_testing() {
	echo "1..$tap_count"
}
