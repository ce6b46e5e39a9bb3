# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for pgcons-dump. What there is to complete is asked of the program itself, so that
# this file need not know its options or findings.

# _pgcons_dump_value OPTION CURRENT: the words that may follow "OPTION="
_pgcons_dump_value() {
	case $1 in
	--color | --progress)
		compgen -W "auto always never" -- "$2"
		;;
	--verify)
		compgen -W "text slab all" -- "$2"
		;;
	--explain)
		compgen -W "$("$program" --list-findings 2>/dev/null | awk '{ print $1 }')" -- "$2"
		;;
	--ignore | --only)
		# The last of a list; what stands before it is kept.
		compgen -W "$("$program" --list-findings 2>/dev/null | awk '{ print $1 }')" \
			-P "${2%"${2##*,}"}" -- "${2##*,}"
		;;
	--debug-dir)
		compgen -d -- "$2"
		;;
	--history | --html | --layout | --save-layout)
		compgen -f -- "$2"
		;;
	esac
}

_pgcons_dump() {
	local program=$1 current=${COMP_WORDS[COMP_CWORD]} option='' IFS=$' \t\n'

	# bash makes three words of "--color=au", or two while nothing follows the sign.
	if [[ $current == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 1]}
		current=
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ -n $option ]]; then
		mapfile -t COMPREPLY < <(_pgcons_dump_value "$option" "$current")
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null |
			grep -oE -e '--[a-z][a-z-]*=?' | sort -u)" -- "$current")
		# A value is to follow: no space.
		if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
			compopt -o nospace 2>/dev/null
		fi
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		compopt -o filenames 2>/dev/null
	fi
	return 0
}

complete -F _pgcons_dump pgcons-dump
