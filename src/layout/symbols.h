/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols - the kernel's functions by address, for stack traces
 */
#ifndef PGCONS_SYMBOLS_H
#define PGCONS_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct symbols;
struct vmcore;

/*
 * The functions that the dumped kernel lists itself (kallsyms), else those of the vmlinux at
 * @path (NULL: there is none), whose addresses move by @slide. The caller owns *@ret. Fails
 * when neither can be read.
 */
_must_check_ enum pgc_status symbols_create(struct vmcore *vc, const char *path,
					    uint64_t slide, struct symbols **ret,
					    struct pgc_err *err);
void symbols_destroy(struct symbols *s); /* NULL is fine */

/* "alloc_pages+0x1f", or the bare number where no function is known; @s may be NULL. */
void symbols_name(const struct symbols *s, uint64_t addr, char *buf, size_t size);

#endif
