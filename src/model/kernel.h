/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel - the dumped kernel's nodes, zones, CPUs and memory sections
 *
 * Reads, once, what the walks stand on: where each zone begins, which sections have a
 * memmap, where each CPU's data is. It knows no list, no struct page contents, no bitmaps.
 * What cannot be read is skipped and reported as a limit: one bad zone does not lose the rest.
 *
 * Addresses are kernel virtual unless named paddr; the KASLR slide is applied here.
 */
#ifndef PGCONS_KERNEL_H
#define PGCONS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/limit_lines.h"
#include "layout/layout.h"

struct vmcore;

enum lock_state { LOCK_UNKNOWN, LOCK_FREE, LOCK_HELD };

struct node {
	uint64_t kaddr;		/* of its pglist_data */
	int nid;
	uint64_t start_pfn, spanned;
	bool deferred;		/* struct pages are still being initialised (early boot) */
	bool itself;		/* its node_id is this node's */
	bool sound;		/* it is a pglist_data, by its own number or its zones' names */
};

struct zone {
	uint64_t kaddr;
	int nid;
	unsigned int idx;	/* in pglist_data.node_zones */
	char name[16];
	uint64_t start_pfn, spanned, present, managed;	/* pages */
	uint64_t node_start_pfn, node_spanned;		/* what its node spans */
	bool named;		/* the name was read; else it is made up of idx */
	bool initialized;	/* only then are its list heads set up */
	bool overwritten;	/* its record is: its counts mean nothing */
	bool lists_lost;	/* so are most of its list heads: no list is walked */
	enum lock_state lock;
	bool has_pageset;	/* it has per-CPU lists, and where is known */
	bool pageset_lost;	/* it is unknown, as the pointer is wrong */
	uint64_t pageset;	/* its struct per_cpu_pages, a __percpu pointer */
	uint8_t *raw;		/* the bytes of struct zone, layout_get(L_zone) of them */
};

struct cpu {
	unsigned int id;
	bool online;
	uint64_t offset;	/* __per_cpu_offset: add to a __percpu pointer, wrapping */
};

/* A section with a memmap, include/linux/mmzone.h:struct mem_section. */
struct section {
	uint64_t nr;
	uint64_t start_pfn;	/* the first of pages_per_section */
	uint64_t usage;		/* kaddr of mem_section_usage; 0: none */
	uint64_t kaddr, word;	/* its mem_section and section_mem_map as it is; 0: not seen */
	uint64_t page_ext;	/* pre-biased pointer; 0: none */
	bool online, early;
};

/*
 * What the kernel keeps of its memory and is wrong by all else that there is: seen while the
 * model is read, which goes on with what it should be where that is known.
 */
enum record_kind {
	RECORD_LOCK,		/* a lock word that no lock ever has */
	RECORD_ZONE,		/* a field of struct zone, or all of it */
	RECORD_SECTION,		/* a field of a mem_section */
	RECORD_TABLE,		/* an entry of the kernel's page tables */
};

struct record_fact {
	enum record_kind kind;
	const char *field;	/* as in C; static */
	const char *what;	/* why it cannot be; static */
	int nid;		/* -1: of no node */
	unsigned int zone;	/* its index, where it is of a node */
	int cpu;		/* -1: of no CPU */
	uint64_t pfn, pages;	/* of a section */
	uint64_t kaddr, found, expected;
	bool has_expected, whole; /* whole: the record was overwritten, not one field */
	bool doubtful;		/* it can be so, though no kernel is known to do it */
	/* Of a page table entry: where in memory it is, and which addresses it stands for */
	const char *region;	/* what lies there; static */
	unsigned int index;
	uint64_t paddr, maps, maps_len;
};

#define KERNEL_LIMITS 16
#define KERNEL_RECORDS 64

struct kernel {
	const struct layout *lay;
	uint64_t slide;		/* added to every link-time address */
	const struct arch *arch; /* never NULL */
	unsigned int page_shift;
	uint64_t memmap;	/* kaddr of the struct page of pfn 0 (vmemmap) */
	uint64_t struct_page;	/* bytes of one */
	unsigned int struct_page_shift; /* ... as a power of two; 0: it is none */
	unsigned int orders;	/* free_area lists: 0 .. orders - 1 */
	unsigned int migratetypes;
	unsigned int huge_order; /* of a page that the last table but one maps, orders - 1 at most */
	unsigned int pageblock_order;
	unsigned int zone_shift, zone_mask;	/* zone index in page.flags */
	unsigned int node_shift, node_mask;
	uint64_t pages_per_section; /* 1 << section_shift */
	unsigned int section_shift;
	bool running;		/* system_state reached SYSTEM_RUNNING, as far as known */
	struct node *nodes;
	size_t n_nodes;
	struct zone *zones;	/* those with pages, by node and index */
	size_t n_zones;
	struct cpu *cpus;	/* the possible ones, by number */
	size_t n_cpus;
	struct section *sections; /* those with a memmap, by number */
	size_t n_sections;
	uint32_t *section_index; /* by section number: index in sections + 1; 0: none */
	uint64_t n_section_nrs;
	bool memory_unseen;	/* a node, zone or section was not read: there may be more */
	bool by_mobility;	/* free lists are kept apart by migratetype */
	bool tagged;		/* pointers may have KASAN's tags in their upper bytes */
	bool page_tags;		/* and page.flags a field with the tag of a page */
	struct record_fact records[KERNEL_RECORDS];
	size_t n_records;	/* may exceed what is kept */
	char limits[KERNEL_LIMITS][LIMIT_LEN]; /* what could not be read, one line each */
	size_t n_limits, limits_dropped;
};

/*
 * The memory of a kernel: what is known of it, and the dump to read more from. Passed by
 * value to all that reads; what only computes takes the model. Both are borrowed. Nobody
 * changes the model through it, so any number of threads may share that; reading changes
 * @vc, of which each thread has one of its own (vmcore_dup()).
 */
struct kernel_reader {
	const struct kernel *k;
	struct vmcore *vc;
};

static inline struct kernel_reader kernel_reader_of(const struct kernel *k,
						    struct vmcore *vc)
{
	return (struct kernel_reader){ .k = k, .vc = vc };
}

/*
 * Read the model. @lay is borrowed and must outlive it, @vc is for this call. The caller owns
 * *@ret. Fails when nothing can be walked: no node, no section map, addresses that do not
 * translate.
 */
_must_check_ enum pgc_status kernel_create(struct vmcore *vc, const struct layout *lay,
					   struct kernel **ret, struct pgc_err *err);
void kernel_destroy(struct kernel *k); /* NULL is fine */

/* The run-time address of a SYMBOL or VAR row of the layout. */
uint64_t kernel_addr(const struct kernel *k, enum layout_key key);

/* The section that holds @pfn, or NULL when there is no memmap for it. */
const struct section *kernel_section(const struct kernel *k, uint64_t pfn);

/* The struct page of @pfn, whether or not it exists. */
static inline uint64_t kernel_pfn_to_page(const struct kernel *k, uint64_t pfn)
{
	return k->memmap + pfn * k->struct_page;
}

/*
 * The pfn of the struct page at @page. False when the address is not that of a struct page
 * of a section with a memmap.
 */
bool kernel_page_to_pfn(const struct kernel *k, uint64_t page, uint64_t *pfn);

/* Is @kaddr an address in a struct page of a section with a memmap? */
bool kernel_in_memmap(const struct kernel *k, uint64_t kaddr);

/* The eight bytes at @off of struct zone. False: it has not got them. */
bool kernel_zone_word(const struct kernel *k, const struct zone *z, uint64_t off, uint64_t *ret);

/* The zone with these coordinates, or NULL. */
const struct zone *kernel_zone(const struct kernel *k, int nid, unsigned int idx);

/*
 * The pointer @word without its tag, where this kernel has tags. Reading takes an address with a tag
 * as well; who compares two of them, or asks what is at one, must take it off. Pointers to struct
 * page have none, ever.
 */
static inline uint64_t kernel_bare(const struct kernel *k, uint64_t word)
{
	/* Numbers and poison stay as they are. */
	return k->tagged && arch_tagged_address(k->arch, word) ? arch_untag(k->arch, word) : word;
}

/* The bits of page.flags that have zone and node. */
static inline uint64_t kernel_zone_bits(const struct kernel *k)
{
	return (uint64_t)k->zone_mask << k->zone_shift | (uint64_t)k->node_mask << k->node_shift;
}

/* Zone index and node of a page by its flags word (include/linux/mm.h:page_zonenum()). */
static inline unsigned int kernel_flags_zone(const struct kernel *k, uint64_t flags)
{
	return (flags >> k->zone_shift) & k->zone_mask;
}

static inline int kernel_flags_nid(const struct kernel *k, uint64_t flags)
{
	return (int)((flags >> k->node_shift) & k->node_mask);
}

/* Is it a page of a device's memory, by its flags word? */
bool kernel_flags_device(const struct kernel *k, uint64_t flags);

/* What page.flags of the pages of @z has in those places. */
static inline uint64_t kernel_zone_flags(const struct kernel *k, const struct zone *z)
{
	return ((uint64_t)z->idx & k->zone_mask) << k->zone_shift |
	       ((uint64_t)z->nid & k->node_mask) << k->node_shift;
}

/*
 * There is no memory at @kaddr for sure: it is not mapped, or to no memory that this kernel has.
 * False for what is merely not in the dump, as the holes of an ELF core are.
 */
bool kernel_no_memory(struct kernel_reader kr, uint64_t kaddr);

/*
 * The value of a VAR row: an unsigned integer of at most 8 bytes. False when this kernel has
 * it not, or the dump has not.
 */
bool kernel_read_var(struct kernel_reader kr, enum layout_key key, uint64_t *ret);
/* The same of a member of the object at @base. */
bool kernel_member(struct kernel_reader kr, uint64_t base, enum layout_key key,
		   uint64_t *ret);
/* The same of a member that is a pointer, and of a pointer at @kaddr: without its tag. */
bool kernel_pointer(struct kernel_reader kr, uint64_t base, enum layout_key key, uint64_t *ret);
bool kernel_pointer_at(struct kernel_reader kr, uint64_t kaddr, const char *what, uint64_t *ret);

/*
 * Add to *@sum what the CPUs have counted and not added to it yet: one signed byte of each, at @diff,
 * a __percpu pointer (mm/vmstat.c). False: not all of these are there.
 */
bool kernel_add_diffs(struct kernel_reader kr, uint64_t diff, int64_t *sum);

/*
 * A bare "lock" member at @kaddr: is it taken? (qspinlock: the low byte) A word that no lock
 * ever is excuses nothing: it counts as free.
 */
enum lock_state kernel_lock_state(struct kernel_reader kr, uint64_t kaddr);

/* Can a qspinlock hold this? include/asm-generic/qspinlock_types.h, all versions. */
bool kernel_lock_can_be(const struct kernel *k, uint32_t word);

/* Note a thing that could not be done, for the report. */
_printf_(2, 3) void kernel_limit(struct kernel *k, const char *fmt, ...);

#endif
