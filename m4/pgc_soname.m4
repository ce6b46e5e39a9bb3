# SPDX-License-Identifier: GPL-2.0-or-later
# PGC_SONAME(NAME, PATTERN, FUNCTION, LIBS): defines $1_SONAME as the name by which a program linked
# with LIBS asks for its library lib$2*.so.*; $pgc_soname is empty where it is static or not there.
AC_DEFUN([PGC_SONAME], [
	AC_REQUIRE([PGC_READELF])
	AC_MSG_CHECKING([for the soname of lib$2])
	pgc_soname=
	pgc_libs=$LIBS
	LIBS="$4 $LIBS"
	AC_LINK_IFELSE([AC_LANG_CALL([], [$3])],
		[pgc_soname=`$READELF -d conftest$EXEEXT | $SED -n 's/.*(NEEDED).*\@<:@\(lib$2@<:@^@:>@@:>@*\).*/\1/p'`])
	LIBS=$pgc_libs
	AC_MSG_RESULT([${pgc_soname:-none}])
	AS_IF([test -n "$pgc_soname"],
		[AC_DEFINE_UNQUOTED([$1_SONAME], ["$pgc_soname"], [The library lib$2 that was built with])])
])

AC_DEFUN([PGC_READELF], [AC_CHECK_TOOL([READELF], [readelf], [false])])
