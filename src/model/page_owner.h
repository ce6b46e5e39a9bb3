/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_owner - who has each page, as the kernel's page_owner=on recorded it
 *
 * Finds page_owner's record of a page in page_ext (CONFIG_SPARSEMEM: an array per
 * section) and says whether it holds the page for allocated. A third witness beside the
 * checker's bits: both are written side by side in post_alloc_hook() and
 * __free_pages_prepare(). Stacks are
 * handles here: stack_depot knows what they stand for.
 */
#ifndef PGCONS_PAGE_OWNER_H
#define PGCONS_PAGE_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;
struct page_owner;

enum owner_state {
	OWNER_ABSENT,   /* this kernel was built without it */
	OWNER_OFF,      /* it was not asked for at boot, or is not yet set up */
	OWNER_UNUSABLE, /* on, but its variables cannot be read or cannot be true */
	OWNER_ON,
};

/*
 * Find the records. The caller owns *@ret, which is NULL unless *@state is OWNER_ON; @k
 * is borrowed and must outlive it. Fails only for want of memory.
 */
_must_check_ enum pgc_status page_owner_create(struct kernel_reader kr,
					       struct page_owner **ret,
					       enum owner_state *state,
					       struct pgc_err *err);
void page_owner_destroy(struct page_owner *po); /* NULL is fine */

/* Another reader of the same records, for another thread, that reads through @k. */
_must_check_ enum pgc_status page_owner_dup(const struct page_owner *po,
					    struct kernel_reader kr,
					    struct page_owner **ret, struct pgc_err *err);

/* The records of 64 pages; only those in @known mean anything. */
struct owner_bits {
	uint64_t known, allocated;
};

/*
 * The records of @words * 64 pages from @pfn, a multiple of 64, on.
 *
 * Known are only records that a healthy kernel keeps in step with the checker's primary
 * bit, but for the pages that are just being allocated or freed (between the two hooks).
 * Not known are pages without a record; gaps of the dump; and pages marked allocated when
 * page_owner started up (early_handle), for it marked free pages on per-CPU lists as
 * well. Such a page is known from the first time on that it is freed.
 */
_must_check_ enum pgc_status page_owner_read(struct page_owner *po, uint64_t pfn,
					     struct owner_bits *bits, size_t words,
					     struct pgc_err *err);

/* All that page_owner recorded of one page. What this kernel does not record is 0 or -1. */
struct owner_record {
	bool allocated;
	int order;		/* of the allocation */
	uint32_t gfp;
	uint32_t handle, free_handle; /* stacks: of the last allocation, of the last free; 0: none */
	bool early;		/* allocated before page_owner started: no stack */
	uint64_t ts_nsec, free_ts_nsec;
	int pid, tgid, free_pid;
	char comm[17];		/* as the dump has it: clean it before it is shown */
};

/* The record of @pfn. False: it has none, or the dump has not. */
_must_check_ bool page_owner_record(const struct page_owner *po, uint64_t pfn,
				    struct owner_record *ret);

#endif
