/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table_hands - who had a page, a page table or an address space in hand when the dump was taken
 *
 * A count of mappings and the entry change one after the other, by a CPU or a task that has the
 * struct page, or the entry, in a register or on its stack; or in a batch of pages that its stack leads
 * to (struct mmu_gather_batch). A page table that is no more part of any address space waits for a
 * grace period of RCU, in a batch (struct mmu_table_batch) or by itself.
 *
 * Facts: mm/memory.c:zap_pte_range(), copy_pte_range(), do_anonymous_page(), mm/mmu_gather.c,
 * include/asm-generic/tlb.h, mm/pgtable-generic.c:pte_free_defer(), kernel/rcu/rcu_segcblist.c of
 * 6.1, 6.12 and 7.2.
 */
#ifndef PGCONS_TABLE_HANDS_H
#define PGCONS_TABLE_HANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/task.h"

struct table_hands;

/* @direct: where physical address 0 is mapped. @ts is borrowed. */
_must_check_ enum pgc_status table_hands_create(struct kernel_reader kr, const struct tasks *ts,
						uint64_t direct, struct table_hands **ret,
						struct pgc_err *err);
void table_hands_destroy(struct table_hands *h); /* NULL is fine */

/*
 * Who has one of the @n pages from @pfn on, their structs or an entry for one; NULL: nobody. @running:
 * what is changed under the lock of a page table, by who runs on a CPU, unless spinlocks sleep
 * (PREEMPT_RT).
 */
const char *table_hands_page(const struct table_hands *h, uint64_t pfn, uint64_t n, bool running);
/* Who has an address in [@kaddr, @kaddr + @len). */
const char *table_hands_object(const struct table_hands *h, uint64_t kaddr, uint64_t len,
			       bool running);
/* Who has the page table at @pfn, or what it waits for. */
const char *table_hands_table(const struct table_hands *h, uint64_t pfn);
/* Who has both: an address in [@kaddr, @kaddr + @len) and the page table at @pfn. */
const char *table_hands_taker(const struct table_hands *h, uint64_t kaddr, uint64_t len,
			      uint64_t pfn);
/*
 * How many pages tasks of the address space at @mm have put by as arguments of execve(): until the new
 * one takes its place they are counted as anonymous pages of @mm, which has none of them
 * (fs/exec.c:acct_arg_size(), 6.1 to 7.2).
 */
uint64_t table_hands_arguments(const struct table_hands *h, uint64_t mm);
/* Some CPU or task could not be asked. */
bool table_hands_missing(const struct table_hands *h);

#endif
