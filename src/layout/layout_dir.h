/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_dir - a folder of saved layouts, one for each kernel of a machine
 *
 * For hooks, which know a dump and not its kernel. Of each file only the lines before the
 * table are read: a file that says the right name there may still be refused by
 * layout_file_load().
 */
#ifndef PGCONS_LAYOUT_DIR_H
#define PGCONS_LAYOUT_DIR_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Is @path a folder? */
bool layout_dir_is(const char *path);

/*
 * The file "*.layout" in @dir whose build-id is @build_id; for a dump that has none (NULL:
 * kernels before 5.9), the one whose release is @release. The caller frees *@ret.
 * PGC_ENOENT: there is none; PGC_EMISMATCH: two have the release, and nothing shows which
 * one it is; PGC_EIO: the folder cannot be read.
 */
_must_check_ enum pgc_status layout_dir_find(const char *dir, const char *build_id,
					     const char *release, char **ret,
					     struct pgc_err *err);

#endif
