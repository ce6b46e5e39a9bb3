#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program is built with what hardens it, unless it was asked not to be.
set -u
# shellcheck source=tests/tap.sh
. "$TOP_SRCDIR/tests/tap.sh"

if ! grep -q '^#define HARDENED 1' "$TOP_BUILDDIR/config.h"; then
	skip "hardening" "built without"
	done_testing
	exit
fi

headers() {
	readelf -hldW "$PGCONS_DUMP" | grep -q "$1"
}

# In the program itself, not in a library that it uses.
calls() {
	readelf --dyn-syms -W "$PGCONS_DUMP" | grep -q "UND $1"
}

# What is linked is copied into each capture kernel. libstdc++ has more bytes than all the rest.
lean() {
	readelf -dW "$PGCONS_DUMP" | grep NEEDED
	! readelf -dW "$PGCONS_DUMP" | grep NEEDED | grep -e kdumpfile -e snappy -e stdc -e debuginfod -e capstone -e libm\\.
}

check "no library that few dumps need" lean
check "position independent" headers 'Type: *DYN'
check "relocations read-only" headers GNU_RELRO
check "all of them, from the start" headers 'BIND_NOW\|Flags:.*NOW'
check "no executable stack" headers 'GNU_STACK .* RW '
check "stack protector" calls __stack_chk_fail
if grep -q '^HARDEN_CPPFLAGS = .*FORTIFY' "$TOP_BUILDDIR/Makefile"; then
	check "_FORTIFY_SOURCE" calls '__[a-z]*printf_chk'
else
	skip "_FORTIFY_SOURCE" "built without optimization, or with a level of one's own"
fi
done_testing
