#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash offers after a few letters.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"
# shellcheck source=completion/pgcons-dump.bash
. "$TOP_SRCDIR/completion/pgcons-dump.bash"

# offers WORDS WANTED...: the words of a line, the last of which is being written
offers() {
	local line=$1 IFS=' '

	shift
	# shellcheck disable=SC2206 # words, on purpose
	COMP_WORDS=(pgcons-dump $line)
	[[ $line != *' ' && -n $line ]] || COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_pgcons_dump "$PGCONS_DUMP"
	diff <(printf '%s\n' "$@" | sort) <(printf '%s\n' "${COMPREPLY[@]}" | sort)
}

mapfile -t options < <("$PGCONS_DUMP" --help | grep -oE -e '--[a-z][a-z-]*=?' | sort -u)
mapfile -t findings < <("$PGCONS_DUMP" --list-findings | awk '{ print $1 }')
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/dumps" && touch "$work/vmcore" "$work/vmlinux" && cd "$work" || exit 99

check "the script is complete" complete -p pgcons-dump
check "all options" offers '--' "${options[@]}"
check "one option" offers '--js' --json --jsonl
check "an option with a value" offers '--expl' --explain=
check "its values" offers '--explain =' "${findings[@]}"
check "some of its values" offers '--explain = list-c' list-cycle
check "a list of values" offers '--ignore = lock-held,list-c' lock-held,list-cycle
check "words" offers '--color = a' auto always
check "a folder" offers '--debug-dir = ' dumps
check "files" offers 'vm' vmcore vmlinux
check "a second file" offers 'vmcore vml' vmlinux
check "nothing" offers '--frob' ''
done_testing
