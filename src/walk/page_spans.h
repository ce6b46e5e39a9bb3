/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page_spans - which indexes the pages of one owner may have
 *
 * A file has pages up to its size; an anon_vma has those that the address ranges (VMAs) cover that
 * share it. What was read of an owner is kept, so that for most pages it is a comparison.
 */
#ifndef PGCONS_PAGE_SPANS_H
#define PGCONS_PAGE_SPANS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/kernel.h"

#define PAGE_SPANS 256
/* A file's index with any of these bits is looked into always: it has 4 GiB before it. */
#define PAGE_HIGH_INDEX 20

/* Pages of @mapping, as in page.mapping, have an index in [lo, hi]; all, where it is not known. */
struct page_span {
	uint64_t mapping, lo, hi;
};

/* All zeros: nothing is kept. */
struct page_spans {
	struct page_span spans[PAGE_SPANS];
};

static inline unsigned int page_spans_slot(uint64_t mapping)
{
	return (unsigned int)(mapping * UINT64_C(0x9e3779b97f4a7c15) >> 56) % PAGE_SPANS;
}

/* Is it known that @index is one of @mapping's? */
static inline bool page_spans_inside(const struct page_spans *s, uint64_t mapping, uint64_t index)
{
	const struct page_span *span = &s->spans[page_spans_slot(mapping)];

	return span->mapping == mapping && index >= span->lo && index <= span->hi;
}

/* Those of @mapping, which is not 0, read if need be. */
const struct page_span *page_spans_get(struct page_spans *s, struct kernel_reader kr,
				       uint64_t mapping);

#endif
