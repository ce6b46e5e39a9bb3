/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mm_list - the address spaces of the dumped kernel, and what each counts of itself
 *
 * Those of tasks, also of one that exits (active_mm), and where the architecture has all first tables
 * on a list (x86: pgd_list), those of nobody yet or no more: of a program that is being started, of
 * a process whose memory is taken down. It reads no page table.
 *
 * Facts: include/linux/mm_types.h, sched.h, percpu_counter.h, kernel/exit.c:exit_mm(), fs/exec.c,
 * arch/x86/mm/pgtable.c:pgd_ctor(), arch/x86/kernel/alternative.c:__text_poke() of 6.1, 6.12 and
 * 7.2; 6.1 mm/memory.c:sync_mm_rss().
 */
#ifndef PGCONS_MM_LIST_H
#define PGCONS_MM_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"
#include "model/task.h"

enum mm_counter { MM_COUNT_FILE, MM_COUNT_ANON, MM_COUNT_SWAP, MM_COUNT_SHMEM, MM_COUNTERS };

struct mm {
	uint64_t kaddr;		/* of its mm_struct */
	uint64_t root_kaddr, root;	/* of its first table; physical */
	uint32_t pid;		/* of its task with the lowest number; 0: no task has it */
	char comm[16];
	uint32_t users;		/* mm_users; 0: it is being taken down */
	bool own;		/* of a process: mappings in it count; else of firmware, or code's */
	bool has_tables;
	int64_t tables;		/* pgtables_bytes */
	bool has_counts;
	int64_t counts[MM_COUNTERS]; /* rss_stat */
};

struct mm_list {
	struct mm *list;	/* by address; owned */
	size_t n;
	bool complete;		/* there are no others */
	struct tasks tasks;
};

/* Fails only for want of memory; a kernel whose layout does not say where they are has none. */
_must_check_ enum pgc_status mm_list_read(struct kernel_reader kr, struct mm_list *ret,
					  struct pgc_err *err);
void mm_list_deinit(struct mm_list *l);

/* What the report calls a counter; static. */
const char *mm_counter_name(enum mm_counter c);

#endif
