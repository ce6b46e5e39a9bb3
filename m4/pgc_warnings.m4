# SPDX-License-Identifier: GPL-2.0-or-later
# PGC_WARNINGS(FLAGS): keep in WARN_CFLAGS those that the compiler accepts.
# -Werror is on while probing: some compilers only warn about an unknown flag.
AC_DEFUN([PGC_WARNINGS], [
	AC_LANG_ASSERT([C])
	WARN_CFLAGS=
	for pgc_flag in $1; do
		AS_VAR_PUSHDEF([pgc_cache], [pgc_cv_flag_$pgc_flag])
		AC_CACHE_CHECK([whether $CC accepts $pgc_flag], [pgc_cache], [
			pgc_saved=$CFLAGS
			CFLAGS="$CFLAGS -Werror $pgc_flag"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
				[AS_VAR_SET([pgc_cache], [yes])], [AS_VAR_SET([pgc_cache], [no])])
			CFLAGS=$pgc_saved])
		AS_VAR_IF([pgc_cache], [yes], [WARN_CFLAGS="$WARN_CFLAGS $pgc_flag"])
		AS_VAR_POPDEF([pgc_cache])
	done
])
