/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_evidence - a finding about one page, with what each witness says of it
 */
#ifndef PGCONS_PAGE_EVIDENCE_H
#define PGCONS_PAGE_EVIDENCE_H

#include <stdint.h>

#include "judge/finding.h"
#include "model/kernel.h"
#include "struct_page.h"

struct dual_bitmap;
struct page_facts;
struct zone_summary;

/* One page and all that is known of it. */
struct page_view {
	uint64_t pfn;
	uint32_t facts;		/* enum page_fact */
	const uint8_t *raw;	/* its struct page; NULL: not there */
	struct page page;
	int state;		/* enum page_state; -1: there is none */
};

/* Where evidence comes from; all borrowed. */
struct page_evidence {
	struct kernel_reader kr;
	const struct dual_bitmap *db; /* NULL: no bits */
	struct page_facts *pages;
	const struct zone_summary *zones; /* beside k->zones */
};

/* Only what and where: the rest of @f is as finding_init() leaves it. */
void page_evidence_name(const struct page_evidence *pe, const struct page_view *v,
			enum finding_id id, struct finding *f);

/* Make *@f the finding @id about the page @v. */
void page_evidence_make(const struct page_evidence *pe, const struct page_view *v,
			enum finding_id id, struct finding *f);

#endif
