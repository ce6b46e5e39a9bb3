/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * judge - from facts to findings
 *
 * Pure: no reading, no allocation, no output. Facts about one page are a few bits, judged by
 * one-line predicates; pages are many and the combinations few, so that the walk remembers the
 * judgements it has met. Facts about lists, counters and the checker's state are judged one by
 * one, lists in judge_lists.c, records in judge_records.c. Rows D1 to D67 are those of
 * docs/invariants.md.
 */
#ifndef PGCONS_JUDGE_H
#define PGCONS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "judge/finding.h"
#include "judge/page_fact.h"
#include "model/cma_areas.h"
#include "model/slab_objects.h"
#include "model/table_check.h"
#include "model/dual_bitmap.h"
#include "model/free_list.h"
#include "model/lru_fact.h"
#include "model/owner_lists.h"
#include "model/zone_counters.h"

/* What @facts amount to: a bit for each rule on a page, in the order of their findings. */
uint64_t judge_page(uint32_t facts);
/* The finding of such a bit, and the bit of a finding about a page; 0: no rule on a page has it. */
enum finding_id judge_page_id(unsigned int bit);
uint64_t judge_page_bit(enum finding_id id);

#define JUDGE_MEMORY 256

/* Judgements met before, each in a place that its facts give. One thread's; zeroed: empty. */
struct judge_memory {
	uint64_t key[JUDGE_MEMORY];	/* facts + 1; 0: nothing there */
	uint64_t findings[JUDGE_MEMORY];
};

/* The same as judge_page(), from memory if it is there. */
static inline uint64_t judge_recall(struct judge_memory *m, uint32_t facts)
{
	uint32_t i = facts * UINT32_C(0x9e3779b9) >> 24;

	if (m->key[i] != (uint64_t)facts + 1) {
		m->findings[i] = judge_page(facts);
		m->key[i] = (uint64_t)facts + 1;
	}
	return m->findings[i];
}

/* Severity, verdict and explanation of finding @f->id on a page with @facts. */
void judge_page_detail(uint32_t facts, struct finding *f);

/* What was seen of the lists that a page could be on. */
struct page_lists {
	bool unseen;		/* none of them */
	bool cut;		/* one is broken */
	bool held, lock_unknown; /* the lock of its zone */
	bool own_pageblocks;	/* its block, and so its buddy, is one pageblock or more */
};

/* What these say of finding @f about a page. */
void judge_page_lists(const struct page_lists *lists, struct finding *f);

/* @pages from @pfn are a pageblock of migratetype @mt, which this kernel does not have. */
void judge_pageblock(uint64_t pfn, uint64_t pages, int mt, struct finding *f);
/* The page at @pfn is on a list of a live kernel, but its struct page reads as zeros. */
void judge_unread(uint64_t pfn, struct finding *f);

/* Why a finding is a note, if it is this very text: of a list whose lock is unknown. */
extern const char judge_lock_unknown[];

/*
 * One fact about a list, a counter or the checker, as a finding; false when it is none.
 * Evidence that is plain numbers is filled in; borrowed strings are the caller's to add.
 */
bool judge_list(const struct list_fact *fact, struct finding *f);
void judge_lru(const struct lru_fact *fact, struct finding *f);
void judge_owner(const struct owner_fact *fact, struct finding *f);
struct cache_fact;
void judge_cache(const struct cache_fact *fact, struct finding *f);
void judge_slab_object(const struct slab_object_fact *fact, struct finding *f);
/* Of page tables and what they map; judge_tables.c */
void judge_table(const struct table_fact *fact, struct finding *f);
void judge_cma(const struct cma_fact *fact, struct finding *f);
bool judge_checker(const struct checker_fact *fact, struct finding *f);
bool judge_counter(const struct counter_fact *fact, struct finding *f);
bool judge_zone(const struct zone *z, struct finding *f);
/* Of a zone or section: what was noted is one always. */
void judge_record(const struct kernel *k, const struct record_fact *fact, struct finding *f);

#endif
