# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion for pgcons-dump, pgcons-kdump and pgcons-fleet. What there is to complete is asked of
# the programs themselves, so that this file need not know their options or findings.

# _pgcons_dump_value OPTION CURRENT: the words that may follow "OPTION="
_pgcons_dump_value() {
	case $1 in
	--color | --progress)
		compgen -W "auto always never" -- "$2"
		;;
	--verify)
		compgen -W "text slab areas cache tables tags all" -- "$2"
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

# _pgcons_word: $option and $current, whose value it is or which is no option's value. bash makes
# three words of "--color=au", or two while nothing follows the sign.
_pgcons_word() {
	current=${COMP_WORDS[COMP_CWORD]}
	option=
	if [[ $current == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 1]}
		current=
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
}

# _pgcons_options OPTION...: a value is to follow one that ends in the sign, and no space
_pgcons_options() {
	mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

_pgcons_files() {
	mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
	compopt -o filenames 2>/dev/null
}

_pgcons_dump() {
	local program=$1 current option IFS=$' \t\n'

	_pgcons_word
	if [[ -n $option ]]; then
		mapfile -t COMPREPLY < <(_pgcons_dump_value "$option" "$current")
	elif [[ $current == -* ]]; then
		_pgcons_options "$("$program" --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]*=?' | sort -u)"
	else
		_pgcons_files -f
	fi
	return 0
}

_pgcons_kdump() {
	local program=$1 current option IFS=$' \t\n'

	_pgcons_word
	if ((COMP_CWORD == 1)); then
		_pgcons_options "$("$program" --help 2>/dev/null | sed -n 's/.*pgcons-kdump \([a-z]*\).*/\1/p')" --help
	else
		_pgcons_files -d
	fi
	return 0
}

_pgcons_fleet() {
	local program=$1 current option words='' IFS=$' \t\n'

	_pgcons_word
	[[ $option != --* ]] || words=$("$program" "${COMP_WORDS[1]}" --help 2>/dev/null |
		sed -nE "s/^  $option \{([a-z,]*)\}.*/\1/p")
	if ((COMP_CWORD == 1)); then
		_pgcons_options run report --help --version
	elif [[ -n $words ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${words//,/ }" -- "$current")
	elif [[ $option == --layout || $option == --tool || $option == --db ]]; then
		_pgcons_files -f
	elif [[ -z $option && $current == -* ]]; then
		_pgcons_options "$("$program" "${COMP_WORDS[1]}" --help 2>/dev/null |
			sed -nE 's/^  (--[a-z-]+) [A-Z{].*/\1=/p; s/^  (--[a-z-]+)(  .*)?$/\1/p' | sort -u)" --help
	elif [[ -z $option || $option == --out ]]; then
		_pgcons_files -d
	fi
	return 0
}

complete -F _pgcons_dump pgcons-dump
complete -F _pgcons_kdump pgcons-kdump
complete -F _pgcons_fleet pgcons-fleet
