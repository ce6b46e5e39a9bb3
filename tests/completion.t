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
	"$by" "$program"
	diff <(printf '%s\n' "$@" | sort) <(printf '%s\n' "${COMPREPLY[@]}" | sort)
}

by=_pgcons_dump
program=$PGCONS_DUMP
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

by=_pgcons_kdump
program=$TOP_BUILDDIR/kdump/pgcons-kdump
check "pgcons-kdump" offers '' scan capture layouts --help
check "pgcons-kdump: folders" offers 'scan d' dumps
by=_pgcons_fleet
program=$TOP_BUILDDIR/fleet/pgcons-fleet
check "pgcons-fleet" offers 're' report
check "pgcons-fleet: options" offers 'run --ou' --out=
check "pgcons-fleet: options of the other" offers 'report --f' --format=
check "pgcons-fleet: words" offers 'report --format = h' html
check "pgcons-fleet: words of another" offers 'report --engine = ' auto sqlite duckdb
check "pgcons-fleet: folders" offers 'run --out = d' dumps

mkdir "$work/bin" && ln -s "$PGCONS_DUMP" "$TOP_BUILDDIR/kdump/pgcons-kdump" "$TOP_BUILDDIR/fleet/pgcons-fleet" "$work/bin/"
PATH=$work/bin:$PATH

# fish_offers LINE WANTED...
fish_offers() {
	local line=$1

	shift
	HOME=$work fish -c "source '$TOP_SRCDIR/completion/pgcons-dump.fish'; complete -C '$line'" 2>&1 |
		cut -f 1 | sort | diff <(printf '%s\n' "$@" | sort) -
}

# zsh_writes LINE WANTED: what stands on a terminal after a tab
zsh_writes() {
	HOME=$work zsh -f -o extendedglob -c '
		zmodload zsh/zpty
		zpty z "zsh -f -i"
		drain() { out=; local chunk; while zpty -r -t z chunk; do out+=$chunk; done; out=${out//$'"'\\e'"'\[[0-9;?]#[a-zA-Z]/} }
		until_there() { local all=; for n in {1..100}; do drain; all+=$out; [[ $all == *$1* ]] && return; sleep .1; done; print -r -- ${(V)all}; return 1 }
		zpty -w z "PS1=; unsetopt zle_bracketed_paste; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; print rea\dy"
		until_there ready && zpty -n -w z "$2"$'"'\\t'"' && until_there $3' zsh "$TOP_SRCDIR/completion" "$1" "$2"
}

if have fish; then
	check "fish: options" fish_offers 'pgcons-dump --js' --json --jsonl
	check "fish: a list of values" fish_offers 'pgcons-dump --ignore=lock-held,list-c' --ignore=lock-held,list-cycle
	check "fish: words" fish_offers 'pgcons-dump --color=a' --color=always --color=auto
	check "fish: files" fish_offers 'pgcons-dump vm' vmcore vmlinux
	check "fish: pgcons-kdump" fish_offers 'pgcons-kdump l' layouts
	check "fish: pgcons-fleet" fish_offers 'pgcons-fleet report --to' --top
	check "fish: words of pgcons-fleet" fish_offers 'pgcons-fleet report --format=h' --format=html
else
	skip "fish" "no fish"
fi
if have zsh; then
	check "zsh: an option" zsh_writes 'pgcons-dump --expla' 'pgcons-dump --explain='
	check "zsh: a value" zsh_writes 'pgcons-dump --explain=list-c' 'explain=list-cycle'
	check "zsh: pgcons-kdump" zsh_writes 'pgcons-kdump l' 'pgcons-kdump layouts'
	check "zsh: pgcons-fleet" zsh_writes 'pgcons-fleet report --format=h' 'format=html'
	check "zsh: words of pgcons-fleet" zsh_writes 'pgcons-fleet report --engine=d' 'engine=duckdb'
	check "zsh: a list of values" zsh_writes 'pgcons-dump --ignore=lock-held,list-c' 'lock-held,list-cycle'
else
	skip "zsh" "no zsh"
fi
done_testing
