/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_evidence - a finding about a list, with what the other witnesses say of its pages
 */
#ifndef PGCONS_LIST_EVIDENCE_H
#define PGCONS_LIST_EVIDENCE_H

#include "judge/finding.h"
#include "model/dual_bitmap.h"
#include "model/free_list.h"
#include "model/lru_fact.h"
#include "model/owner_lists.h"
#include "struct_page.h"

/*
 * Add the list of @fact, the page that the fact is about and its bits, or the pages around a
 * broken link, to @f. @db may be NULL: no bits. Evidence "flag_names" is left to fill.
 */
void list_evidence_add(struct kernel_reader kr, const struct page_format *fmt,
		       struct dual_bitmap *db, const struct list_fact *fact,
		       struct finding *f);
/* The same for a broken link of an LRU list. */
void list_evidence_add_lru(struct kernel_reader kr, const struct page_format *fmt,
			   struct dual_bitmap *db, const struct lru_fact *fact,
			   struct finding *f);
/* The same for a list that an owner keeps, or a page on it; of counters there is nothing to add. */
void list_evidence_add_owner(struct kernel_reader kr, const struct page_format *fmt,
			       struct dual_bitmap *db, const struct owner_fact *fact,
			       struct finding *f);

#endif
