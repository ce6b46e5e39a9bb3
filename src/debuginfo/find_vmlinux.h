/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find_vmlinux - where the vmlinux of a dump is, when nobody said
 *
 * Looks where distributions and builders put kernels with debug information, and takes the
 * first file that proves to be of the dumped build: by its build-id, or by its release where
 * the dump has no build-id. It asks nobody outside this machine: see ask_debuginfod.h.
 */
#ifndef PGCONS_FIND_VMLINUX_H
#define PGCONS_FIND_VMLINUX_H

#include "base/cleanup.h"
#include "base/error.h"

struct vmlinux_search {
	const char *root;	/* put before the system's paths; "" but in tests */
	const char *debug_dir;	/* looked at first; NULL: none */
	const char *dump;	/* path of the dump: its folder is looked at, too */
	const char *build_id;	/* lower-case hex; NULL: not known */
	const char *release;	/* as uname -r has it; NULL: not known */
};

/*
 * Find it. The caller frees *@path. PGC_ENOENT: it is not there, and *@tried, which the
 * caller frees as well, says where it was looked for and what was wrong with what was found;
 * NULL when there was nothing to go by.
 */
_must_check_ enum pgc_status find_vmlinux(const struct vmlinux_search *s, char **path,
					  char **tried, struct pgc_err *err);

/*
 * The file that has the debug information of the vmlinux at @file: itself, or the one that its
 * .gnu_debuglink names (beside it, in .debug/ there, or below /usr/lib/debug). PGC_ENOENT:
 * neither. The caller frees *@path.
 */
_must_check_ enum pgc_status find_vmlinux_debug(const char *root, const char *file,
						char **path, struct pgc_err *err);

#endif
