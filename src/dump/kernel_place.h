/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_place - where a known kernel lies in a dump that does not say
 *
 * What VMCOREINFO would say of the page tables follows from the vmlinux and the memory itself:
 * KASLR moves the image by whole steps (arch.image_step), in physical memory and, by another
 * number, in virtual (arch/x86/boot/compressed/kaslr.c). The image is found by the build-id in its
 * notes, one place to look at in each step; its page tables must then map it, and where they do is
 * the second number. Only for architectures that have an arch.place.
 */
#ifndef PGCONS_KERNEL_PLACE_H
#define PGCONS_KERNEL_PLACE_H

#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "dump/dump_cache.h"
#include "dump/dump_notes.h"

/* Addresses as linked. */
struct kernel_image {
	const struct arch *arch; /* whose it is, or is taken to be */
	const char *build_id;	/* lower-case hex */
	uint64_t notes, notes_end; /* __start_notes, __stop_notes */
	uint64_t symbol[ARCH_PLACE_SYMBOLS]; /* arch.place_symbols; 0: not known */
	uint64_t banner;	/* linux_banner; 0: not known */
	uint64_t stext;		/* _stext; 0: not known */
};

/*
 * Look for @img in the physical memory [@start, @end) that @read reads. *@ret, empty before, gets
 * the lines of VMCOREINFO that were rebuilt. PGC_ENOENT: it is not there, or its page tables are
 * not.
 */
_must_check_ enum pgc_status kernel_place_find(const struct kernel_image *img, dump_fill_fn *read,
					       void *arg, uint64_t start, uint64_t end,
					       struct dump_notes *ret, struct pgc_err *err);

#endif
