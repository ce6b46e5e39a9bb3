# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What ./demo and ./run-tests have in common: install what is missing, build out of tree.
# Source it at the top of the tree.

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

have() {
	command -v "$1" >/dev/null 2>&1
}

have_headers() {
	have gcc && echo '#include <stdio.h>' | gcc -E - >/dev/null 2>&1
}

have_module() {
	have pkg-config && pkg-config --exists "$@"
}

have_jsonschema() {
	have python3 && python3 -c 'import jsonschema' 2>/dev/null
}

# Debian packages that are needed and not there, by what they bring: a package may be
# called otherwise elsewhere.
missing_packages() {
	have gcc || echo gcc
	have_headers || echo libc6-dev
	have make || echo make
	have autoconf || echo autoconf
	have automake || echo automake
	have pkg-config || echo pkg-config
	have_module libkdumpfile libaddrxlat || echo libkdumpfile-dev
	have_module libdw || echo libdw-dev
	have_module libelf || echo libelf-dev
	have_module json-c || echo libjson-c-dev
	have_module check || echo check
	have xz || echo xz-utils
	have zstd || echo zstd
	have jq || echo jq
	have mandoc || echo mandoc
	have_jsonschema || echo python3-jsonschema
}

apt_install() {
	local as_root=()

	if [ "$(id -u)" -ne 0 ]; then
		have sudo || die "run this as root or install sudo; missing packages: $*"
		as_root=(sudo)
	fi
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "$@"
}

apt_update() {
	if [ "$(id -u)" -eq 0 ]; then
		apt-get update -qq
	else
		sudo apt-get update -qq
	fi
}

setup_packages() {
	local missing log

	mapfile -t missing < <(missing_packages)
	[ "${#missing[@]}" -eq 0 ] && return
	have apt-get || die "please install what Debian calls: ${missing[*]}"
	echo "installing: ${missing[*]}"
	log=$(mktemp)
	# Package lists may be missing or old: then, and only then, they are fetched.
	apt_install "${missing[@]}" >"$log" 2>&1 ||
		{ apt_update && apt_install "${missing[@]}"; } >"$log" 2>&1 ||
		{ cat "$log" >&2; rm -f "$log"; die "cannot install: ${missing[*]}"; }
	rm -f "$log"
}

# Run a command with its output in the file $1; show it when the command fails.
logged() {
	local log=$1

	shift
	"$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; die "failed: $*"; }
}

# setup_build DIR [CONFIGURE-OPTION...]: configure in DIR, once, and build there. Words of
# CONFIGURE_OPTIONS are options, too.
setup_build() {
	local dir=$1

	shift
	mkdir -p "$dir"
	[ -x configure ] || logged "$dir/autoreconf.log" autoreconf -fi
	if [ ! -f "$dir/Makefile" ]; then
		echo "configuring in $dir"
		# shellcheck disable=SC2086 # words, on purpose
		(cd "$dir" && logged configure.log "$OLDPWD/configure" -q "$@" \
			${CONFIGURE_OPTIONS-}) || exit 1
	fi
	echo "building in $dir"
	logged "$dir/make.log" make -s -C "$dir" -j"$(nproc)"
}
