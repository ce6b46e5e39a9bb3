/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lru_edges.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/target_int.h"

/* Two of each list with pages on it; memory cgroups have up to some hundred lists each. */
#define ENDS_MAX (1u << 20)

/* The edge from @from to @to. Not linear in either, or pages that changed places would agree. */
static inline uint64_t edge(uint64_t from, uint64_t to)
{
	uint64_t x = (from * UINT64_C(0x9e3779b97f4a7c15)) ^ to;

	x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 29;
}

static inline uint64_t *sum_of(struct lru_edges *e, uint64_t from)
{
	return &e->sums[(from >> LRU_SUM_SHIFT) % LRU_SUMS];
}

enum pgc_status lru_edges_create(struct lru_edges **ret, struct pgc_err *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? PGC_OK : pgc_err_nomem(err, "the LRU lists");
}

void lru_edges_destroy(struct lru_edges *e)
{
	if (!e)
		return;
	free(e->ends);
	free(e);
}

static enum pgc_status add_end(struct lru_edges *e, uint64_t kaddr, struct pgc_err *err)
{
	uint64_t *ends;

	if (e->n_ends == ENDS_MAX) {
		e->full = true;
		return PGC_OK;
	}
	ends = array_grow(e->ends, &e->room, e->n_ends, sizeof(*ends));
	if (!ends)
		return pgc_err_nomem(err, "the LRU lists");
	e->ends = ends;
	e->ends[e->n_ends++] = kaddr;
	return PGC_OK;
}

static struct lru_count *count_of(struct lru_edges *e, uint64_t zone)
{
	/* Zones are long, so that the last one found is the right one nearly always. */
	for (size_t i = e->n_counts; i-- > 0;)
		if (e->counts[i].zone == zone)
			return &e->counts[i];
	if (e->n_counts == LRU_COUNTS) {
		e->uncounted = true;
		return NULL;
	}
	e->counts[e->n_counts].zone = zone;
	return &e->counts[e->n_counts++];
}

/* @raw: this struct page and, of a head, the next. */
static void count_pages(struct lru_edges *e, const struct kernel *k, const struct page_format *fmt,
			const uint8_t *raw, uint64_t flags)
{
	struct lru_count *count = count_of(e, flags & kernel_zone_bits(k));
	enum lru_kind kind = flags & fmt->swapbacked ? LRU_KIND_ANON : LRU_KIND_FILE;
	int64_t pages = 1;

	if (flags & fmt->head)
		pages <<= page_compound_order(fmt, raw) & 31;
	if (flags & fmt->unevictable)
		kind = LRU_KIND_UNEVICTABLE;
	if (count)
		count->pages[kind] += pages;
	if (pages > e->largest)
		e->largest = pages;
}

int64_t lru_edges_pages(const struct lru_edges *e, uint64_t zone, enum lru_kind kind)
{
	for (size_t i = 0; i < e->n_counts; i++)
		if (e->counts[i].zone == zone)
			return e->counts[i].pages[kind];
	return 0;
}

enum pgc_status lru_edges_add(struct lru_edges *e, const struct kernel *k,
			      const struct page_format *fmt, uint64_t pfn, const uint8_t *raw,
			      size_t n, struct pgc_err *err)
{
	uint64_t len = k->n_section_nrs * k->pages_per_section * k->struct_page;
	uint64_t at = kernel_pfn_to_page(k, pfn) + fmt->lru_next;
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < n; i++, raw += fmt->size, at += fmt->size) {
		uint64_t flags = target_u64(raw + fmt->flags), next, prev;
		uint64_t compound = target_u64(raw + fmt->compound);

		if (!(flags & fmt->lru) || compound & 1)
			continue;
		count_pages(e, k, fmt, raw, flags);
		if (!lru_page_is_linked(fmt, flags, compound))
			continue;
		next = target_u64(raw + fmt->lru_next);
		prev = target_u64(raw + fmt->lru_prev);
		/* A page that is a list by itself is on none that has a head. */
		*sum_of(e, at) += edge(at, next) + (next == at);
		*sum_of(e, prev) -= edge(prev, at);
		if (next - k->memmap >= len)
			st = add_end(e, next, err);
		if (st == PGC_OK && prev - k->memmap >= len)
			st = add_end(e, prev, err);
		if (st != PGC_OK)
			return st;
	}
	return PGC_OK;
}

enum pgc_status lru_edges_merge(struct lru_edges *e, const struct lru_edges *from,
				struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < LRU_SUMS; i++)
		e->sums[i] += from->sums[i];
	for (size_t i = 0; i < from->n_counts; i++) {
		struct lru_count *count = count_of(e, from->counts[i].zone);

		for (unsigned int kind = 0; count && kind < LRU_KINDS; kind++)
			count->pages[kind] += from->counts[i].pages[kind];
	}
	if (from->largest > e->largest)
		e->largest = from->largest;
	e->uncounted |= from->uncounted;
	for (size_t i = 0; i < from->n_ends && st == PGC_OK; i++)
		st = add_end(e, from->ends[i], err);
	e->full |= from->full;
	return st;
}

void lru_edges_sort_ends(struct lru_edges *e)
{
	size_t n = 0;

	if (!e->n_ends)
		return;
	qsort(e->ends, e->n_ends, sizeof(*e->ends), compare_u64);
	for (size_t i = 0; i < e->n_ends; i++)
		if (!n || e->ends[n - 1] != e->ends[i])
			e->ends[n++] = e->ends[i];
	e->n_ends = n;
}

void lru_edges_add_head(struct lru_edges *e, uint64_t head, uint64_t next, uint64_t prev)
{
	*sum_of(e, head) += edge(head, next);
	*sum_of(e, prev) -= edge(prev, head);
}

bool lru_edges_any_odd(const struct lru_edges *e)
{
	for (size_t i = 0; i < LRU_SUMS; i++)
		if (e->sums[i])
			return true;
	return false;
}
