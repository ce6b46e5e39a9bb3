# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# lib.sh - what fetch and build share: the cache folder and messages
#
# The cache holds everything that is large or machine made. Nothing of it is ever written
# into the source tree, and all of it may be deleted at any time.

# shellcheck disable=SC2034 # used by the scripts that source this file
cache=${PGCONS_LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pgcons-lab}

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# Rerun this script under a lock, so that two calls for the same thing take turns instead
# of unpacking over each other. Call it as: take_lock NAME "$@"
take_lock() {
	lock=$1
	shift
	[ "${PGCONS_LAB_LOCKED:-}" = "$lock" ] && return 0
	mkdir -p "$cache/lock"
	PGCONS_LAB_LOCKED=$lock
	export PGCONS_LAB_LOCKED
	exec flock "$cache/lock/$lock" "$0" "$@"
}
