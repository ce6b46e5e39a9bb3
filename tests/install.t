#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What "make install" writes, and what it says of it; that packages have the same version and files.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
version=$("$PGCONS_DUMP" --version | sed -n '1s/.* //p')
says=$TOP_SRCDIR/kdump/installed

# A user's own folder: nothing is written anywhere else, and what is off is said to be.
own_folder() {
	make -s -C "$TOP_BUILDDIR" install prefix="$work/own" systemdsystemunitdir="$work/own/lib/systemd/system" \
		kdumppostdir="$work/own/etc/kdump/post.d" >"$work/out" 2>&1 &&
		"$work/own/sbin/pgcons-dump" --version >/dev/null &&
		grep -q "^pgcons-dump $version is installed:" "$work/out" &&
		[ "$(grep -c '(off: ' "$work/out")" -eq 2 ] || { cat "$work/out"; return 1; }
}

# With DESTDIR nothing is said, and all is below it.
staged() {
	make -s -C "$TOP_BUILDDIR" install DESTDIR="$work/stage" >"$work/out" 2>&1 &&
		! grep -q 'is installed' "$work/out" && ! grep -rlF "$work" "$work/stage"
}

documents() {
	local file

	for file in share/doc/pgcons-dump/{README,NEWS,SECURITY.md} share/man/man8/pgcons-dump.8 \
		share/pgcons-dump/pgcons-dump-1.schema.json share/pgcons-dump/sos-pgcons.py; do
		[ -s "$work/own/$file" ] || { echo "no $file"; return 1; }
	done
}

# It is a plugin of sos, if sos is here, and Python in any case.
sos_plugin() {
	cp "$TOP_SRCDIR/packaging/sos-pgcons.py" "$work/pgcons.py" &&
		python3 - "$work/pgcons.py" <<-'END'
			import ast, runpy, sys
			ast.parse(open(sys.argv[1]).read())
			try:
			    import sos.report.plugins
			except ImportError:
			    sys.exit(0)
			assert runpy.run_path(sys.argv[1])["Pgcons"].plugin_name == "pgcons"
		END
}

system() {
	"$says" 1 /usr/sbin /usr/share/man /usr/share/pgcons-dump /lib/systemd/system /etc/kdump/post.d \
		>"$work/out" && grep -q 'off; systemctl enable' "$work/out" &&
		grep -q 'runs in a capture kernel' "$work/out" &&
		"$says" 1 /usr/sbin /usr/share/man /usr/share/pgcons-dump '' '' >"$work/out" &&
		[ "$(grep -c 'not installed$' "$work/out")" -eq 2 ]
}

packages() {
	grep -qx "Version: *$version" "$TOP_SRCDIR/packaging/pgcons.spec" &&
		{ [ ! -d "$TOP_SRCDIR/debian" ] ||
			head -n 1 "$TOP_SRCDIR/debian/changelog" | grep -q "^pgcons-dump ($version-"; }
}

# What is in the repository is in the tarball, or below a folder that is; but for what only a
# repository needs.
tarball() {
	make -s -C "$TOP_BUILDDIR" list-dist | sed -e "s|^$TOP_SRCDIR/||" -e "s|^\.\./||" >"$work/packed" || return
	git -C "$TOP_SRCDIR" ls-files | grep -v -e '^\.ci/' -e '^\.gitignore$' -e '^bench/RESULTS.md$' \
		-e '^debian/' >"$work/files"
	[ "$(wc -l <"$work/files")" -gt 300 ] && awk '
		FNR == NR { packed[$0] = 1; next }
		{
			for (path = $0; !(path in packed) && sub(/\/[^\/]*$/, "", path);)
				;
			if (!(path in packed)) { print "not packed: " $0; bad = 1 }
		}
		END { exit bad }' "$work/packed" "$work/files"
}

check "into a folder of one's own" own_folder
check "documents and schemas" documents
check "into a stage" staged
check "into the system" system
check "packages have the program's version" packages
# (A tarball may be unpacked within one.)
if git -C "$TOP_SRCDIR" ls-files --error-unmatch configure.ac >/dev/null 2>&1; then
	check "what is in the repository is packed" tarball
else
	skip "what is in the repository is packed" "no repository"
fi
done_testing
