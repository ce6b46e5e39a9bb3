/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/memory_owners.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "dump/dump_io.h"
#include "model/alloc_tags.h"
#include "model/cma_areas.h"
#include "model/iomem.h"
#include "model/listing.h"
#include "model/memmap_read.h"
#include "model/node_counters.h"
#include "model/page_owner.h"
#include "model/zone_counters.h"
#include "vmcore.h"
#include "walk/memory_use.h"

#define CHUNK (64u * 64)	/* pages read at a time */

struct pass {
	struct memory_owners_input in;
	struct memory_owners *mo;
	struct memory_claims claims;
	struct memory_use *use;
	struct alloc_tags *tags; /* NULL: not recorded */
	struct cma_areas *cma;	/* NULL: there are none, or not known */
	uint8_t *raw;		/* struct pages of the chunk, one more than it has */
	uint8_t status[CHUNK];	/* which of these are there: enum pgc_status */
	/* The free block under way, and the compound page */
	uint32_t free_item, head_item;
	uint64_t head;		/* pfn; UINT64_MAX: none */
	uint64_t block_end;	/* behind the last page that may be of the same allocation as @head */
	uint64_t ram_start, ram_end; /* [..) is memory, or is not: @is_ram */
	bool is_ram;
	uint64_t claim_start, claim_end; /* the same of claims: @claim */
	uint32_t claim;
};

static uint32_t plain(struct pass *p, enum memory_class class)
{
	return memory_items_get(&p->mo->items, class, 0, NULL);
}

/* False: out of memory. */
static bool count(struct pass *p, uint32_t item, uint64_t n)
{
	if (item == MEMORY_NO_ITEM)
		return false;
	p->mo->items.list[item].pages += n;
	p->mo->pages += n;
	return true;
}

static bool is_ram(struct pass *p, uint64_t pfn)
{
	if (pfn < p->ram_start || pfn >= p->ram_end) {
		p->is_ram = iomem_is_ram(p->in.iomem, pfn, &p->ram_end);
		p->ram_start = pfn;
	}
	return p->is_ram;
}

static uint32_t claim_of(struct pass *p, uint64_t pfn)
{
	if (pfn < p->claim_start || pfn >= p->claim_end) {
		p->claim = memory_claims_find(&p->claims, pfn, &p->claim_end);
		p->claim_start = pfn;
	}
	return p->claim;
}

static uint32_t order_item(struct pass *p, uint64_t order)
{
	bool made;
	uint32_t i = memory_items_get(&p->mo->items, MEM_FREE, order, &made);

	if (i != MEMORY_NO_ITEM && made)
		snprintf(p->mo->items.list[i].name, MEMORY_NAME_LEN, "order %" PRIu64, order);
	return i;
}

/* What is on a list is free: buddy blocks by their order, which the head has in page.private. */
static uint32_t listed_item(struct pass *p, const struct listing_word *lists, unsigned int bit,
			    const uint8_t *raw)
{
	bool buddy = lists->kind[0] >> bit & 1, pcp = lists->kind[1] >> bit & 1;
	struct page page;

	if (!(lists->head >> bit & 1) && p->free_item != MEMORY_NO_ITEM)
		return p->free_item;
	if (!buddy)
		p->free_item = plain(p, MEM_FREE_CPU);
	else if (pcp)
		p->free_item = plain(p, MEM_FREE_OTHER);
	else {
		page_decode(p->in.fmt, raw, &page);
		p->free_item = order_item(p, page.private < p->in.kr.k->orders ? page.private : 0);
	}
	return p->free_item;
}

/* The line of source that asked for a page, where allocations are profiled. */
static uint32_t tagged_item(struct pass *p, uint64_t pfn, uint32_t item)
{
	uint64_t at = p->tags ? alloc_tags_of(p->tags, pfn) : 0;
	struct alloc_tag tag;
	bool made;

	if (!at || !alloc_tags_read(p->tags, at, &tag))
		return item;
	item = memory_items_get(&p->mo->items, MEM_UNKNOWN, at, &made);
	if (item != MEMORY_NO_ITEM && made)
		snprintf(p->mo->items.list[item].name, MEMORY_NAME_LEN, "%s", tag.site);
	return item;
}

/* The pages of cma_alloc() say nothing of themselves. MEMORY_NO_ITEM: it is none. */
static uint32_t cma_item(struct pass *p, uint64_t pfn)
{
	uint64_t at;
	const char *area = p->cma ? cma_areas_taken_from(p->cma, p->in.kr, pfn, &at) : NULL;
	uint32_t item;
	bool made;

	if (!area)
		return MEMORY_NO_ITEM;
	item = memory_items_get(&p->mo->items, MEM_CMA, at, &made);
	if (item != MEMORY_NO_ITEM && made)
		snprintf(p->mo->items.list[item].name, MEMORY_NAME_LEN, "%s", area);
	return item;
}

/*
 * A page that nobody is known to have: the area of CMA that it was taken from, or who asked for it,
 * where page_owner knows, or the page's tag.
 */
static uint32_t unknown_item(struct pass *p, uint64_t pfn, uint32_t item)
{
	struct owner_record rec;
	uint32_t area;
	bool made;

	if (item == MEMORY_NO_ITEM || (p->mo->items.list[item].class != MEM_UNKNOWN &&
				       p->mo->items.list[item].class != MEM_LIMBO))
		return item;
	area = p->mo->items.list[item].class == MEM_UNKNOWN ? cma_item(p, pfn) : MEMORY_NO_ITEM;
	if (area != MEMORY_NO_ITEM)
		return area;
	if (!p->in.owner || !page_owner_record(p->in.owner, pfn, &rec) || !rec.allocated || !rec.handle)
		return tagged_item(p, pfn, item);
	item = memory_items_get(&p->mo->items, MEM_UNKNOWN, rec.handle, &made);
	if (item != MEMORY_NO_ITEM && made)
		p->in.names->stack(p->in.names->arg, rec.handle, p->mo->items.list[item].name,
				   MEMORY_NAME_LEN);
	return item;
}

static uint32_t item_of(struct pass *p, uint64_t pfn, const uint8_t *raw, struct page *page);

/* A tail is what its head is; that may lie before the chunk. */
static uint32_t tail_item(struct pass *p, const struct page *page, uint64_t pfn)
{
	const struct page_format *fmt = p->in.fmt;
	uint64_t at = page_head_kaddr(fmt, page, kernel_pfn_to_page(p->in.kr.k, pfn)), head;
	uint8_t raw[2 * 256];
	struct page first;

	if (!kernel_page_to_pfn(p->in.kr.k, at, &head))
		return plain(p, MEM_UNKNOWN);
	if (head == p->head)
		return p->head_item;
	if (2 * fmt->size > sizeof(raw) ||
	    vmcore_read(p->in.kr.vc, at, raw, 2 * fmt->size, "struct page", NULL) != PGC_OK)
		return plain(p, MEM_UNREAD);
	page_decode(fmt, raw, &first);
	/* A head that is a tail itself is damage: nobody is known to have it. */
	if (page_is_tail(&first))
		return plain(p, MEM_UNKNOWN);
	return item_of(p, head, raw, &first);
}

/*
 * A block that was given out without __GFP_COMP has a reference in its first page only
 * (mm/page_alloc.c:prep_new_page()). It is aligned to its size, so that what follows such a page
 * without a gap is of the same block, up to there.
 */
static bool follows(const struct pass *p, uint64_t pfn, const struct page *page)
{
	uint64_t size = p->head & -p->head, most = 1ULL << (p->in.kr.k->orders - 1);

	return p->head != UINT64_MAX && pfn == p->block_end && !page->refcount &&
	       pfn - p->head < (size && size < most ? size : most);
}

static void begin_block(struct pass *p, uint64_t pfn, uint32_t item, const struct page *page)
{
	p->head = pfn;
	p->head_item = item;
	p->block_end = page->refcount > 0 && !(page->flags & p->in.fmt->head) ? pfn + 1 : 0;
}

/* Of a page that is on no list. */
static uint32_t item_of(struct pass *p, uint64_t pfn, const uint8_t *raw, struct page *page)
{
	uint32_t item = claim_of(p, pfn);

	if (item == MEMORY_NO_ITEM) {
		if (page_is_tail(page))
			return tail_item(p, page, pfn);
		item = unknown_item(p, pfn, memory_use_item(p->use, pfn, raw, page));
	}
	if (item != MEMORY_NO_ITEM && p->mo->items.list[item].class == MEM_LIMBO &&
	    follows(p, pfn, page)) {
		p->block_end++;
		return p->head_item;
	}
	begin_block(p, pfn, item, page);
	return item;
}

static bool count_page(struct pass *p, uint64_t pfn, const struct listing_word *lists,
		       unsigned int bit, const uint8_t *raw, bool there)
{
	bool listed = (lists->kind[0] | lists->kind[1]) >> bit & 1;
	struct page page;

	if (!listed)
		p->free_item = MEMORY_NO_ITEM;
	if (!listed && !is_ram(p, pfn))
		return true;
	if (!there)
		return count(p, plain(p, MEM_UNREAD), 1);
	if (listed)
		return count(p, listed_item(p, lists, bit, raw), 1);
	page_decode(p->in.fmt, raw, &page);
	/* Of a hugetlb page whose memmap was given back, tails look like heads. */
	(void)page_fix_fake_head(p->in.fmt, raw, kernel_pfn_to_page(p->in.kr.k, pfn), &page);
	return count(p, item_of(p, pfn, raw, &page), 1);
}

/* 64 pages from @pfn on, page @at of the chunk. */
static bool count_word(struct pass *p, uint64_t pfn, size_t at, size_t n)
{
	struct listing_word lists = listing_word(p->in.listing, pfn);
	size_t size = p->in.fmt->size;

	/* All inside one free block */
	if (n == 64 && !lists.head && (lists.kind[0] | lists.kind[1]) == UINT64_MAX &&
	    p->free_item != MEMORY_NO_ITEM)
		return count(p, p->free_item, 64);
	for (size_t i = 0; i < n; i++)
		if (!count_page(p, pfn + i, &lists, (unsigned int)i, p->raw + (at + i) * size,
				p->status[at + i] == PGC_OK))
			return false;
	return true;
}

static enum pgc_status count_section(struct pass *p, const struct section *s, struct pgc_err *err)
{
	uint64_t end = s->start_pfn + p->in.kr.k->pages_per_section;
	enum pgc_status st = PGC_OK;
	bool gaps;

	p->free_item = MEMORY_NO_ITEM;
	for (uint64_t pfn = s->start_pfn; pfn < end && st == PGC_OK; pfn += CHUNK) {
		size_t n = end - pfn < CHUNK ? (size_t)(end - pfn) : CHUNK;

		st = memmap_read(p->in.kr, pfn, n, p->raw, p->status, &gaps, err);
		for (size_t at = 0; at < n && st == PGC_OK; at += 64)
			if (!count_word(p, pfn + at, at, n - at < 64 ? n - at : 64))
				st = pgc_err_nomem(err, "the owners of memory");
	}
	return st;
}

struct counter_row {
	enum memory_class class;
	const char *name;
	enum layout_key item;
};

/* What each class is called in /proc/vmstat. */
static const struct counter_row counters[] = {
	{ MEM_ANON, "nr_anon_pages", L_NR_ANON_MAPPED },
	{ MEM_SHMEM, "nr_shmem", L_NR_SHMEM },
	{ MEM_TABLES, "nr_page_table_pages", L_NR_PAGETABLE },
};

static void set_counter(struct memory_owners *mo, enum memory_class class, const char *name,
			uint64_t pages)
{
	mo->classes[class].counter_name = name;
	mo->classes[class].has_counter = true;
	mo->classes[class].counter = pages;
}

/* The page cache's counter has shared memory in it, and pages on their way to and from swap. */
static void count_cache(struct pass *p)
{
	struct kernel_reader kr = p->in.kr;
	uint64_t all, shmem, swap = 0;

	if (!node_counter(kr, L_NR_FILE_PAGES, &all) || !node_counter(kr, L_NR_SHMEM, &shmem))
		return;
	if (!node_counter(kr, L_NR_SWAPCACHE, &swap))
		swap = 0;
	set_counter(p->mo, MEM_CACHE, "nr_file_pages - nr_shmem - nr_swapcached",
		    all > shmem + swap ? all - shmem - swap : 0);
}

/* vmalloc's counter has in it what has classes of its own: stacks in areas, and modules. */
static void count_vmalloc(struct pass *p)
{
	const struct memory_items *items = &p->mo->items;
	uint64_t all, others = p->mo->classes[MEM_MODULES].pages;

	if (!node_counter_vmalloc(p->in.kr, &all))
		return;
	for (size_t i = 0; i < items->n; i++)
		if (items->list[i].class == MEM_STACKS && items->list[i].key != STACKS_DIRECT)
			others += items->list[i].pages;
	set_counter(p->mo, MEM_VMALLOC, "nr_vmalloc - stacks - modules",
		    all > others ? all - others : 0);
}

static void read_counters(struct pass *p)
{
	struct kernel_reader kr = p->in.kr;
	const struct kernel *k = kr.k;
	uint64_t a, b;
	int64_t nr_free = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (node_counter(kr, counters[i].item, &a))
			set_counter(p->mo, counters[i].class, counters[i].name, a);
	count_cache(p);
	count_vmalloc(p);
	if (node_counter(kr, L_NR_SLAB_RECLAIMABLE_B, &a) &&
	    node_counter(kr, L_NR_SLAB_UNRECLAIMABLE_B, &b))
		set_counter(p->mo, MEM_SLAB, "nr_slab_reclaimable + nr_slab_unreclaimable", a + b);
	if (node_counter(kr, L_NR_KERNEL_STACK_KB, &a))
		set_counter(p->mo, MEM_STACKS, "nr_kernel_stack", (a << 10) >> k->page_shift);
	if (node_counter_hugetlb(kr, &a))
		set_counter(p->mo, MEM_HUGETLB, "HugePages_Total", a);
	if (node_counter_percpu(kr, &a))
		set_counter(p->mo, MEM_PERCPU, "Percpu", a);
	for (size_t i = 0; i < k->n_zones; i++) {
		nr_free += zone_counters_free_pages(kr, &k->zones[i]);
		p->mo->present += k->zones[i].present;
	}
	set_counter(p->mo, MEM_FREE, "nr_free_pages", nr_free > 0 ? (uint64_t)nr_free : 0);
}

/* By class, and in it the largest first. */
static int by_pages(const void *a, const void *b)
{
	const struct memory_item *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	if (strcmp(x->name, y->name))
		return strcmp(x->name, y->name);
	return (x->key > y->key) - (x->key < y->key);
}

/* Free blocks by their order, the largest first: that is no matter of how many there are. */
static int by_key(const void *a, const void *b)
{
	const struct memory_item *x = a, *y = b;

	return (x->key < y->key) - (x->key > y->key);
}

static void sum_up(struct pass *p)
{
	struct memory_owners *mo = p->mo;
	size_t n;

	for (size_t i = 0; i < mo->items.n; i++)
		mo->classes[mo->items.list[i].class].pages += mo->items.list[i].pages;
	if (mo->items.n)
		qsort(mo->items.list, mo->items.n, sizeof(*mo->items.list), by_pages);
	if (memory_owners_items(mo, MEM_FREE, &n))
		qsort(mo->items.list, n, sizeof(*mo->items.list), by_key);
	mo->twice = p->claims.twice;
	mo->areas_cut = p->claims.areas_cut;
	mo->unread = p->claims.unread;
	snprintf(mo->unread_name, sizeof(mo->unread_name), "%s", p->claims.unread_name);
	read_counters(p);
	mo->done = true;
}

enum pgc_status memory_owners_count(const struct memory_owners_input *in,
				    struct memory_owners *ret, struct pgc_err *err)
{
	struct pass *p = calloc(1, sizeof(*p));
	const struct kernel *k = in->kr.k;
	enum alloc_tags_state state;
	struct tasks tasks = { 0 };
	enum pgc_status st;

	*ret = (struct memory_owners){ 0 };
	if (!p)
		return pgc_err_nomem(err, "the owners of memory");
	*p = (struct pass){ .in = *in, .mo = ret, .head = UINT64_MAX };
	p->raw = dump_buffer((CHUNK + 1) * in->fmt->size);
	st = p->raw ? tasks_read(in->kr, &tasks, err) : pgc_err_nomem(err, "the owners of memory");
	if (st == PGC_OK)
		st = memory_claims_read(in->kr, &tasks, &ret->items, in->names, &p->claims, err);
	if (st == PGC_OK)
		st = memory_use_create(in->kr, in->fmt, in->iomem, in->slabs, &tasks, &ret->items,
				       &p->use, err);
	if (st == PGC_OK)
		st = alloc_tags_create(in->kr, &p->tags, &state, err);
	if (st == PGC_OK)
		st = cma_areas_create(in->kr, &p->cma, err);
	for (size_t i = 0; i < k->n_sections && st == PGC_OK; i++)
		if (k->sections[i].online)
			st = count_section(p, &k->sections[i], err);
	if (st == PGC_OK)
		sum_up(p);
	cma_areas_destroy(p->cma);
	alloc_tags_destroy(p->tags);
	memory_use_destroy(p->use);
	memory_claims_deinit(&p->claims);
	tasks_deinit(&tasks);
	free(p->raw);
	free(p);
	return st;
}

void memory_owners_deinit(struct memory_owners *mo)
{
	memory_items_deinit(&mo->items);
	*mo = (struct memory_owners){ 0 };
}

const struct memory_item *memory_owners_items(const struct memory_owners *mo,
					      enum memory_class class, size_t *n)
{
	size_t first = bisect(i, mo->items.n, mo->items.list[i].class < class);
	size_t end = bisect(i, mo->items.n, mo->items.list[i].class <= class);

	*n = end - first;
	return *n ? &mo->items.list[first] : NULL;
}
