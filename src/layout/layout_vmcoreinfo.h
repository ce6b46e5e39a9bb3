/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_vmcoreinfo - what VMCOREINFO says of the layout, and what follows from that
 *
 * Its lines answer rows directly. For dumps that have no types, a few facts that a walk of
 * the memmap and the buddy lists cannot do without are derived, given how
 * include/linux/mmzone.h has been for years: they are only taken when the dump's own nodes,
 * zones and free pages bear them out.
 */
#ifndef PGCONS_LAYOUT_VMCOREINFO_H
#define PGCONS_LAYOUT_VMCOREINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct layout;
struct layout_row;
struct vmcore;

/*
 * The number in the line "KIND(type)" or, when @path is not "", "KIND(type.path)". SYMBOL
 * lines are hexadecimal. False: there is no such line, or it is no number.
 */
bool layout_vmcoreinfo_number(struct vmcore *vc, const char *kind, const char *type,
			      const char *path, uint64_t *ret);

/* What VMCOREINFO says of a row about types; false: nothing. */
bool layout_vmcoreinfo_row(struct vmcore *vc, const struct layout_row *row, uint64_t *ret);

/*
 * How many sizes, offsets and lengths @lay has otherwise than VMCOREINFO; @row, and @said, are the
 * first one, and what VMCOREINFO says of it.
 */
size_t layout_vmcoreinfo_differs(struct vmcore *vc, const struct layout *lay,
				 const struct layout_row **row, uint64_t *said);

struct layout_derived {
	uint64_t zone_start_pfn, managed_pages, present_pages;	/* offsets in struct zone */
	uint64_t nr_free;	/* offset in struct free_area */
	uint64_t zones_per_node; /* that are looked at: up to the last one with pages */
	uint64_t zone_numbers;	/* 1 << bits of the zone in page.flags */
	uint64_t nr_vm_stat;	/* counters that are asked for: up to NR_FREE_PAGES */
	uint64_t pg_head;	/* the bit PG_head */
};

/* PGC_ENOENT: VMCOREINFO has too little to begin with. PGC_EFORMAT: it does not fit. */
_must_check_ enum pgc_status layout_derive(struct vmcore *vc, struct layout_derived *ret,
					   struct pgc_err *err);

/* What was derived for a row; false: nothing. */
bool layout_derived_row(const struct layout_derived *d, const struct layout_row *row,
			uint64_t *value);

#endif
