/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_kcore - the running kernel's memory, through /proc/kcore
 *
 * An ELF core of virtual ranges (fs/proc/kcore.c). Ranges with a physical address, the direct
 * map (KCORE_RAM) and the kernel's image (KCORE_TEXT), are read by either address. Of the
 * others (vmalloc, modules, vmemmap: p_paddr -1) kcore gives zeros where nothing is mapped,
 * so they are not read here at all: the page tables say what is there.
 *
 * What kcore will not give (sections offline, pages lent to a hypervisor, poisoned or not
 * accepted) it gives as zeros too, and nothing here can tell: zeros prove nothing, and who
 * judges them must know that.
 *
 * Nothing is mapped or kept but the ranges: each call reads anew.
 */
#ifndef PGCONS_DUMP_KCORE_H
#define PGCONS_DUMP_KCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_notes.h"

#define KCORE_PATH "/proc/kcore"

struct dump_kcore;

struct dump_kcore_info {
	const struct arch *arch;	/* as in dump_elf_info */
	uint64_t ram;			/* bytes of the direct map */
	struct dump_notes notes;	/* VMCOREINFO; no registers: those in kcore mean nothing */
};

/*
 * Open the file at @path, which is KCORE_PATH but for tests. The caller owns *@ret. PGC_EIO:
 * it cannot be opened, and the message says which of the kernel's reasons it is: not there, not
 * root, no CAP_SYS_RAWIO, lockdown. PGC_EFORMAT: it is no kcore.
 */
_must_check_ enum pgc_status dump_kcore_open(const char *path, struct dump_kcore **ret,
					     struct pgc_err *err);
void dump_kcore_close(struct dump_kcore *dk); /* NULL is fine */

/*
 * Read the ranges again: memory may have been added, which also moves the rest in the file. No
 * thread may read meanwhile.
 */
_must_check_ enum pgc_status dump_kcore_refresh(struct dump_kcore *dk, struct pgc_err *err);

/* Borrowed until dump_kcore_close(). */
const struct dump_kcore_info *dump_kcore_info(const struct dump_kcore *dk);

/*
 * Read physical memory; the contract of vmcore_read_phys(). Any number of threads may read at
 * once. PGC_DAMAGED where kcore reads short: memory went away.
 */
_must_check_ enum pgc_status dump_kcore_read(struct dump_kcore *dk, uint64_t paddr, void *buf,
					     size_t len, size_t *done, struct pgc_err *err);

/*
 * The physical address of @kaddr in the direct map or the image; *@run bytes from there on are
 * linear. False: in neither.
 */
bool dump_kcore_translate(const struct dump_kcore *dk, uint64_t kaddr, uint64_t *paddr,
			  uint64_t *run);

#endif
