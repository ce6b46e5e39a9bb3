#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the fuzz targets met before: every kept input, and those that once crashed ("was-"), run
# through the target again. Worth most under the sanitizers.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

# Of the model each input is a run over a whole dump: every so manieth, but all that crashed.
replay() {
	local target=$1 every=$2 inputs

	mkdir "$work/$target"
	tar -C "$work/$target" -xJf "$TOP_SRCDIR/fuzz/corpus/$target.tar.xz" || return
	mapfile -t inputs < <(find "$work/$target" -name 'was-*' | sort
		find "$work/$target" -type f ! -name 'was-*' | sort | awk "NR % $every == 0")
	[ "${#inputs[@]}" -gt 0 ] &&
		timeout 300 "$TOP_BUILDDIR/fuzz/fuzz_$target" "${inputs[@]}" >"$work/out" &&
		[ "$(grep -c '^ok' "$work/out")" -eq "${#inputs[@]}" ]
}

"$TOP_SRCDIR/fuzz/unpack-samples" "$PGCONS_DUMP" "$work/samples" || exit 99
export PGCONS_SAMPLES=$work/samples
check "dumps of all forms" replay dump 1
check "damaged kernels" replay model 5
check "layout files" replay layout 1
check "debug information" replay debuginfo 1
if [ -x "$TOP_BUILDDIR/fuzz/fuzz_btf" ]; then
	check "BTF" replay btf 1
else
	skip "BTF" "built without libbpf"
fi
done_testing
