# SPDX-License-Identifier: GPL-2.0-or-later
# PGC_CODEC(NAME, LIBRARY, HEADER, FUNCTION, [WITHOUT]): is lib$2 there? Then HAVE_$1 is defined
# and CODEC_LIBS names it; $pgc_codec_$2 says yes or no. --without-$2 leaves it out (WITHOUT says
# what that means), --with-$2 insists on it.
AC_DEFUN([PGC_CODEC], [
	AC_ARG_WITH([$2],
		[AS_HELP_STRING([--without-$2],
			m4_default([$5], [leave decompression by lib$2 to libkdumpfile (slower)]))],
		[], [with_$2=check])
	pgc_codec_$2=no
	AS_IF([test "x$with_$2" != xno],
		[AC_CHECK_HEADER([$3],
			[AC_CHECK_LIB([$2], [$4], [pgc_codec_$2=yes])])])
	AS_IF([test "x$pgc_codec_$2" = xyes],
		[AC_DEFINE([HAVE_$1], [1], [Define to 1 to decompress by lib$2.])
		CODEC_LIBS="$CODEC_LIBS -l$2"],
		[test "x$with_$2" = xyes],
		[AC_MSG_ERROR([--with-$2 was given, but lib$2 or <$3> is not there])])
])
