# SPDX-License-Identifier: GPL-2.0-or-later
# PGC_CODEC(NAME, LIBRARY, HEADER, FUNCTION, [WITHOUT], [LOADED]): is lib$2 there? Then HAVE_$1 is
# defined and CODEC_LIBS names it; $pgc_codec_$2 says yes or no. --without-$2 leaves it out (WITHOUT
# says what that means), --with-$2 insists on it. One that is loaded, not linked, is named by the
# variable LOADED, for tests, and its soname is defined.
AC_DEFUN([PGC_CODEC], [
	AC_ARG_WITH([$2],
		[AS_HELP_STRING([--without-$2],
			m4_default([$5], [leave decompression by lib$2 to libkdumpfile (slower)]))],
		[], [with_$2=check])
	pgc_codec_$2=no
	AS_IF([test "x$with_$2" != xno],
		[AC_CHECK_HEADER([$3],
			[AC_CHECK_LIB([$2], [$4], [pgc_codec_$2=yes])])])
	m4_ifval([$6], [AS_IF([test $pgc_codec_$2 = yes],
		[PGC_SONAME([$1], [$2], [$4], [-l$2])
		AS_IF([test -z "$pgc_soname"], [pgc_codec_$2=no])])])
	AS_IF([test "x$pgc_codec_$2" = xyes],
		[AC_DEFINE([HAVE_$1], [1], [Define to 1 to decompress by lib$2.])
		m4_default([$6], [CODEC_LIBS])="$m4_default([$6], [CODEC_LIBS]) -l$2"],
		[test "x$with_$2" = xyes],
		[AC_MSG_ERROR([--with-$2 was given, but lib$2 or <$3> is not there])])
])
