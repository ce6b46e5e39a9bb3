/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "base/target_int.h"
#include "model/page_cache_priv.h"
#include "vmcore.h"

#define BLOCK_PAGES 1024	/* struct pages that are read at once */

/* A slot that waits for the page that belongs there: it is @page. */
static bool is_awaited(struct page_cache *pc, uint64_t mapping, uint64_t index, uint64_t page)
{
	for (size_t i = 0; i < pc->n_broken; i++) {
		struct cache_fact *b = &pc->broken[i];

		if (b->mapping != mapping || b->index != index || b->is_count || b->expected_known)
			continue;
		b->expected = page;
		b->expected_known = true;
		return true;
	}
	return false;
}

static void tell_lost(struct page_cache *pc, uint64_t pfn, const struct page *p,
		      const struct xarray_entry *e, const char *what)
{
	struct cache_file f = { .mapping = p->mapping, .tally = cache_tally_of(pc, 0),
				.lock = e->kaddr ? cache_lock(pc, p->mapping + pc->i_pages + pc->xa.lock) :
						   LOCK_FREE };
	struct cache_fact fact = {
		.kind = CACHE_LOST, .index = p->index, .pfn = pfn, .slot = -1,
		.field = e->kaddr ? "xa_node.slots" : NULL, .what = what, .kaddr = e->kaddr,
		.found = e->word, .expected = kernel_pfn_to_page(pc->kr.k, pfn),
		.expected_known = e->kaddr != 0, .doubtful = !(p->flags & pc->fmt->lru),
	};
	struct file_system fs;

	if (file_system_of(pc->kr, p->mapping, &fs))
		f.tally = cache_tally_of(pc, fs.sb);
	cache_tell(pc, &f, &fact);
}

/* A page says that it is in a file which has been checked, and where it was not met. */
static void is_missing(struct page_cache *pc, uint64_t pfn, const struct page *p)
{
	uint64_t page = kernel_pfn_to_page(pc->kr.k, pfn);
	struct xarray_entry e;

	switch (xarray_find(pc->kr, &pc->xa, p->mapping + pc->i_pages, p->index, &e)) {
	case XARRAY_UNKNOWN:
		return;
	case XARRAY_EMPTY:
		tell_lost(pc, pfn, p, &e, "the file has no page at this index");
		return;
	default:
		break;
	}
	if (e.word == page || is_awaited(pc, p->mapping, p->index, page))
		return;
	tell_lost(pc, pfn, p, &e, xarray_is_value(e.word) ?
		  "the file has no page at this index, but what is left of one" :
		  "the file has another page at this index");
}

/* The page is in the file that it names, whatever that is. */
static bool is_there(const struct page_cache *pc, uint64_t pfn, const struct page *p)
{
	struct xarray_entry e;

	return xarray_find(pc->kr, &pc->xa, p->mapping + pc->i_pages, p->index, &e) == XARRAY_THERE &&
	       e.word == kernel_pfn_to_page(pc->kr.k, pfn);
}

/* A page with a mapping that no array had: one of a file that was not met, or a lost one. */
static void check_claim(struct page_cache *pc, uint64_t pfn, const struct page *p)
{
	const struct xarray_entry nowhere = { .kaddr = 0 };
	enum cache_state state = cache_files_find(pc, p->mapping);
	bool lru = p->flags & pc->fmt->lru;

	if (state == CACHE_UNKNOWN) {
		/* Those of file systems' own are not all an inode's. */
		if (!file_system_inode(pc->kr, p->mapping) && !is_there(pc, pfn, p)) {
			if (lru)
				tell_lost(pc, pfn, p, &nowhere, "page.mapping does not point to a file");
			return;
		}
		cache_check_file(pc, p->mapping, NULL, NULL);
		if (cache_seen(pc, pc->seen, pfn))
			return;
		state = cache_files_find(pc, p->mapping);
		/* Its array is empty: buffers that drivers map name such files. */
		if (state == CACHE_UNKNOWN && !lru)
			return;
	}
	if (state != CACHE_SKIPPED)
		is_missing(pc, pfn, p);
}

/* May a page with these words be in a file, or in the swap cache? */
static bool may_claim(const struct page_cache *pc, const struct page *p)
{
	const struct page_format *fmt = pc->fmt;
	enum page_kind kind = page_kind(fmt, p->mapcount);

	if (page_is_tail(p) || page_is_slab(fmt, p) || p->refcount <= 0 || p->flags & fmt->reserved)
		return false;
	if (kernel_flags_device(pc->kr.k, p->flags))
		return false;
	return kind == KIND_NONE || kind == KIND_MAPPED || kind == KIND_HUGETLB;
}

static void look_at(struct page_cache *pc, uint64_t pfn, const uint8_t *raw)
{
	const struct page_format *fmt = pc->fmt;
	uint64_t mapping = kernel_bare(pc->kr.k, target_u64(raw + fmt->mapping)), flags = target_u64(raw + fmt->flags);
	bool swap = pc->seen_swap && flags & pc->swapcache && flags & fmt->swapbacked &&
		    !cache_seen(pc, pc->seen_swap, pfn);
	bool file = mapping && !(mapping & 7) && !cache_seen(pc, pc->seen, pfn) &&
		    arch_kernel_half(pc->kr.k->arch, mapping);
	struct page p;

	if (!swap && !file)
		return;
	cache_page_decode(pc, raw, &p);
	if (!may_claim(pc, &p))
		return;
	if (file)
		check_claim(pc, pfn, &p);
	if (swap)
		swap_cache_claim(pc, pfn, &p);
}

/* The pages [@pfn, @end), whose struct pages have room in @buf. */
static void look_at_block(struct page_cache *pc, uint64_t pfn, uint64_t end, uint8_t *buf)
{
	const struct kernel *k = pc->kr.k;
	uint64_t in_page = (UINT64_C(1) << k->page_shift) - 1;

	while (pfn < end) {
		uint64_t at = kernel_pfn_to_page(k, pfn), n;
		size_t done = 0;
		enum pgc_status st = vmcore_read_bulk(pc->kr.vc, at, buf,
						      (size_t)((end - pfn) * k->struct_page), &done, NULL);

		for (n = 0; n < done / k->struct_page; n++)
			look_at(pc, pfn + n, buf + n * k->struct_page);
		if (st == PGC_OK)
			return;
		/* What is not there ends with its page; a struct page across its end is lost. */
		at = ((at + done) | in_page) + 1;
		n = (at - kernel_pfn_to_page(k, pfn) + k->struct_page - 1) / k->struct_page;
		pfn += n;
	}
}

enum pgc_status cache_check_claims(struct page_cache *pc, struct pgc_err *err)
{
	const struct kernel *k = pc->kr.k;
	_cleanup_free_ uint8_t *buf = malloc((size_t)(BLOCK_PAGES * k->struct_page));

	if (!buf)
		return pgc_err_nomem(err, "struct pages");
	for (size_t i = 0; i < k->n_sections && !pc->no_memory; i++) {
		uint64_t start = k->sections[i].start_pfn, end = start + k->pages_per_section;

		for (uint64_t pfn = start; pfn < end && !pc->no_memory; pfn += BLOCK_PAGES)
			look_at_block(pc, pfn, end - pfn < BLOCK_PAGES ? end : pfn + BLOCK_PAGES, buf);
	}
	return PGC_OK;
}
