/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_priv - the parts of kernel_create(), for kernel*.c only. kernel_create.c calls the
 * others, they call kernel.c, and no arrow runs back.
 */
#ifndef PGCONS_KERNEL_PRIV_H
#define PGCONS_KERNEL_PRIV_H

#include "model/kernel.h"
#include "struct_page.h"

/* No kernel has more; keeps a damaged number from becoming an allocation. */
#define KERNEL_MAX_CPUS 65536

/* An unsigned member of the object at @base, of whatever width this kernel gives it. */
_must_check_ enum pgc_status kernel_read_member(struct kernel *k, struct vmcore *vc,
						uint64_t base, enum layout_key key,
						uint64_t *ret, struct pgc_err *err);
/* A gap where the model needs bytes is a failure: say so, gaps carry no message. */
_must_check_ enum pgc_status kernel_need(enum pgc_status st, uint64_t kaddr, const char *what,
					 struct pgc_err *err);
bool kernel_mask_bit(const uint8_t *mask, size_t size, size_t bit);
/* The bitmap object at @kaddr, whole. The caller frees it. */
_must_check_ enum pgc_status kernel_read_mask(struct vmcore *vc, uint64_t kaddr, uint64_t size,
					      const char *what, uint8_t **ret,
					      struct pgc_err *err);

/* Nodes and zones, in kernel_nodes.c: read them, and free them. */
_must_check_ enum pgc_status kernel_find_nodes(struct kernel *k, struct vmcore *vc,
					       struct pgc_err *err);
void kernel_forget_nodes(struct kernel *k);
/* Once the CPUs are known: the per-CPU lists are walked only where it is known where they are. */
void kernel_settle_pagesets(struct kernel *k);
/* Last: a report by other names than the kernel's would be another, without a word. */
void kernel_tell_nameless(struct kernel *k);

/* The section map, in kernel_sections.c. */
_must_check_ enum pgc_status kernel_read_sections(struct kernel *k, struct vmcore *vc,
						  struct pgc_err *err);
/* Are there as many sections as the zones have pages? Once the zones' records were checked. */
void kernel_compare_sections(struct kernel *k);

/* Hold the records against what does not depend on them, and note what is wrong. */
void kernel_check_zone_records(struct kernel *k, struct vmcore *vc);
void kernel_check_zone_words(struct kernel *k);
_must_check_ enum pgc_status
kernel_check_section_records(struct kernel *k, struct vmcore *vc, struct pgc_err *err);
void kernel_note_record(struct kernel *k, const struct record_fact *fact);

/*
 * The kernel's own page tables against what they lead to, in kernel_tables.c. An entry that is
 * wrong is a fact, and is read from now on as what it should be, where that is known. Of the image
 * and the direct map, before anything else is read; of the memmap, once the sections are known.
 */
_must_check_ enum pgc_status kernel_check_linear_tables(struct kernel *k, struct vmcore *vc,
							struct pgc_err *err);
void kernel_check_memmap_tables(struct kernel *k, struct vmcore *vc);
/* An entry of a path as a fact; the caller says the rest of what is wrong. */
struct table_step;
struct record_fact kernel_table_fact(struct kernel *k, struct vmcore *vc,
				     const struct table_step *s, const char *region);
/*
 * page.flags of @pfn, where the page says something of its own. Those of holes in memory do not:
 * they are reserved, and of the zone before (mm/mm_init.c:init_unavailable_range(), in 6.1
 * mm/page_alloc.c).
 */
bool kernel_page_speaks(struct kernel_reader kr, uint64_t pfn, uint64_t *flags);

#endif
