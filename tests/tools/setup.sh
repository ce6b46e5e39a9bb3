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

have_module() {
	have pkg-config && pkg-config --exists "$@"
}

have_jsonschema() {
	have python3 && python3 -c 'import jsonschema' 2>/dev/null
}

have_header() {
	have gcc && echo "#include <$1>" | gcc -E - >/dev/null 2>&1
}

# Debian packages that are needed and not there, by what they bring: a package may be
# called otherwise elsewhere.
missing_packages() {
	have gcc || echo gcc
	have_header stdio.h || echo libc6-dev
	have make || echo make
	have autoconf || echo autoconf
	have automake || echo automake
	have pkg-config || echo pkg-config
	have_module libkdumpfile || echo libkdumpfile-dev
	have_module libdw || echo libdw-dev
	have_module libelf || echo libelf-dev
	have_module json-c || echo libjson-c-dev
	have_header libdeflate.h || echo libdeflate-dev
	have_header isa-l/igzip_lib.h || echo libisal-dev
	have_header lzo/lzo1x.h || echo liblzo2-dev
	have_header snappy-c.h || echo libsnappy-dev
	have_header zstd.h || echo libzstd-dev
	have_header zlib.h || echo zlib1g-dev
	have_header lzma.h || echo liblzma-dev
	have_module check || echo check
	have_module libbpf || echo libbpf-dev
	have_module libdebuginfod || echo libdebuginfod-dev
	have debuginfod || echo debuginfod
	have_module capstone || echo libcapstone-dev
	have xz || echo xz-utils
	have zstd || echo zstd
	have jq || echo jq
	have mandoc || echo mandoc
	have makedumpfile || echo makedumpfile
	have_jsonschema || echo python3-jsonschema
}

# apt_get ARG...: as root, or through sudo
apt_get() {
	local as_root=()

	[ "$(id -u)" -eq 0 ] || as_root=(sudo)
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
}

apt_install() {
	apt_get install -y --no-install-recommends "$@"
}

# debian_mirror: where this machine's own packages come from
debian_mirror() {
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(SITE) $(COMPONENT)' 'Created-By: Packages' |
		awk '$2 == "main" { print $1; exit }'
}

setup_packages() {
	local missing log

	mapfile -t missing < <(missing_packages)
	[ "${#missing[@]}" -eq 0 ] && return
	have apt-get || die "please install what Debian calls: ${missing[*]}"
	[ "$(id -u)" -eq 0 ] || have sudo ||
		die "neither root nor sudo here to install: ${missing[*]}"
	echo "installing (a few minutes, about 250 MB): ${missing[*]}"
	log=$(mktemp)
	# Package lists may be missing or old: then, and only then, they are fetched.
	if ! apt_install "${missing[@]}" >"$log" 2>&1 &&
		! { apt_get update && apt_install "${missing[@]}"; } >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		die "cannot install: ${missing[*]}"
	fi
	rm -f "$log"
}

# Run a command with its output in the file $1; show it when the command fails.
logged() {
	local log=$1

	shift
	"$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; die "failed: $*"; }
}

# counted DIR COMMAND...: run it in the background; how many files are compiled is told twice a
# minute, if it takes that long
counted() {
	local dir=$1 pid waited=0 all

	all=$(make -n -C "$dir" 2>/dev/null | grep -c -- ' -c -o ')
	shift
	"$@" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		waited=$((waited + 1))
		[ $((waited % 30)) -ne 0 ] || echo "  $(find "$dir" -name '*.o' -newer \
			"$dir/make.log.start" | wc -l) of $all files compiled"
	done
	wait "$pid"
}

# setup_build DIR [CONFIGURE-OPTION...]: configure in DIR, once, and build there. Words of
# CONFIGURE_OPTIONS are options, too.
setup_build() {
	local dir=$1

	shift
	mkdir -p "$dir"
	[ -x configure ] || logged "$dir/autoreconf.log" autoreconf -fi
	if [ ! -f "$dir/Makefile" ]; then
		echo "configuring in $dir (half a minute)"
		# shellcheck disable=SC2086 # words, on purpose
		(cd "$dir" && logged configure.log "$OLDPWD/configure" -q "$@" \
			${CONFIGURE_OPTIONS-}) || exit 1
	fi
	echo "building in $dir (about a minute the first time)"
	: >"$dir/make.log.start"
	counted "$dir" logged "$dir/make.log" make -s -C "$dir" -j"$(nproc)" || exit 1
}
