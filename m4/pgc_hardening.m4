# SPDX-License-Identifier: GPL-2.0-or-later
# PGC_HARDENING: what compiler and linker have against damage that is used, in HARDEN_CPPFLAGS,
# HARDEN_CFLAGS and HARDEN_LDFLAGS; each flag where it is known. --disable-hardening leaves all
# of it out, and so do the sanitizers, which see more and do not go together with it.
AC_DEFUN([PGC_HARDENING], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening],
			[no PIE, RELRO, stack protector and _FORTIFY_SOURCE of our own])],
		[], [enable_hardening=yes])
	HARDEN_CPPFLAGS=
	HARDEN_CFLAGS=
	HARDEN_LDFLAGS=
	AS_IF([test "x$enable_hardening" = xyes && test -z "$sanitize_cflags"], [
		PGC_HARDEN_FLAG([CFLAGS], [-fPIE])
		PGC_HARDEN_FLAG([CFLAGS], [-fstack-protector-strong])
		PGC_HARDEN_FLAG([CFLAGS], [-fstack-clash-protection])
		PGC_HARDEN_FLAG([CFLAGS], [-fcf-protection])
		PGC_HARDEN_FLAG([LDFLAGS], [-pie])
		PGC_HARDEN_FLAG([LDFLAGS], [-Wl,-z,relro])
		PGC_HARDEN_FLAG([LDFLAGS], [-Wl,-z,now])
		# It is checked while optimizing, and only then; a level of the user's own stays.
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([
			#if !defined(__OPTIMIZE__) || defined(_FORTIFY_SOURCE)
			#error
			#endif], [])],
			[HARDEN_CPPFLAGS=-D_FORTIFY_SOURCE=2])
		AC_DEFINE([HARDENED], [1], [Define to 1 where the program is built with all that
			configure found to harden it.])
	], [enable_hardening=no])
	AC_SUBST([HARDEN_CPPFLAGS])
	AC_SUBST([HARDEN_CFLAGS])
	AC_SUBST([HARDEN_LDFLAGS])
])

# PGC_HARDEN_FLAG(KIND, FLAG): add FLAG to HARDEN_KIND if a program can be linked with it.
AC_DEFUN([PGC_HARDEN_FLAG], [
	AS_VAR_PUSHDEF([pgc_cache], [pgc_cv_harden_$2])
	AC_CACHE_CHECK([whether programs can be built with $2], [pgc_cache], [
		pgc_saved_cflags=$CFLAGS
		pgc_saved_ldflags=$LDFLAGS
		CFLAGS="$CFLAGS $HARDEN_CFLAGS -Werror"
		LDFLAGS="$LDFLAGS $HARDEN_LDFLAGS"
		$1="[$]$1 $2"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([pgc_cache], [yes])], [AS_VAR_SET([pgc_cache], [no])])
		CFLAGS=$pgc_saved_cflags
		LDFLAGS=$pgc_saved_ldflags])
	AS_VAR_IF([pgc_cache], [yes], [HARDEN_$1="$HARDEN_$1 $2"])
	AS_VAR_POPDEF([pgc_cache])
])
