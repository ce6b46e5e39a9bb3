/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patch_sites - what of its own code and constants a kernel may rewrite
 *
 * The bytes that the tables in a vmlinux name (struct arch_patch): alternatives, static keys and
 * calls, places of ftrace, thunks. All addresses are as linked. A vmlinux may be anything: entries
 * that lead elsewhere are passed over.
 */
#ifndef PGCONS_PATCH_SITES_H
#define PGCONS_PATCH_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "debuginfo/debuginfo.h"

struct arch;
struct image_relocs;
struct patch_sites;

/*
 * Those in [@first, @end), by the tables that @arch has, whose addresses @relocs may have. The
 * caller owns *@ret; @di is for this call, @relocs for as long as that lives. PGC_ENOENT, with a
 * message: what is rewritten on @arch is unknown.
 */
_must_check_ enum pgc_status patch_sites_create(struct debuginfo *di, const struct arch *arch,
						const struct image_relocs *relocs,
						uint64_t first, uint64_t end,
						struct patch_sites **ret, struct pgc_err *err);
void patch_sites_destroy(struct patch_sites *p);	/* NULL is fine */

/* Bytes from @addr on that somebody may rewrite: a place that is only known at run time. */
void patch_sites_add(struct patch_sites *p, uint64_t addr, uint64_t len);
/* May the byte at @addr be rewritten? */
bool patch_sites_has(const struct patch_sites *p, uint64_t addr);
/* How many of the @len bytes from @addr on may. */
uint64_t patch_sites_count(const struct patch_sites *p, uint64_t addr, uint64_t len);

#endif
