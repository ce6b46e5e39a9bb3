/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module_text - the code of loaded modules in the dump, held against their files
 *
 * A module's file, compressed or not, is looked for beside the vmlinux, in the folders below that,
 * and where the release's modules are installed; it is the one if its build-id is that of the loaded
 * module, and it has code: debug files have none. What the loader
 * writes is known where several places have the same symbol, or the symbol is in the module's own
 * code; what stands alone there may be anything. Patched places are left out as in kernel_text.h.
 *
 * Facts: kernel/module/main.c (layout_sections(), find_module_sections()) of 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_MODULE_TEXT_H
#define PGCONS_MODULE_TEXT_H

#include "base/cleanup.h"
#include "base/error.h"
#include "model/text_runs.h"

/* Adds to *@ret. Fails only for want of memory. */
_must_check_ enum pgc_status module_text_compare(struct kernel_reader kr, struct debuginfo *di,
						 const char *vmlinux, struct text_check *ret,
						 struct pgc_err *err);

#endif
