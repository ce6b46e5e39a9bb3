/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/target_int.h"
#include "model/page_cache_priv.h"
#include "vmcore.h"

#define ADDRESS_SPACE_MAX 512
/* include/linux/fs.h: PAGECACHE_TAG_WRITEBACK, all versions. */
#define MARK_WRITEBACK 1

struct check {
	struct page_cache *pc;
	struct cache_file *file;
	bool hugetlb;		/* up to 6.6 a huge page has one index, counted in huge pages */
};

void cache_tell(struct page_cache *pc, struct cache_file *f, struct cache_fact *fact)
{
	struct file_system fs;

	if (!f->ino && !f->swap && file_system_of(pc->kr, f->mapping, &fs))
		f->ino = fs.ino;
	f->tally->corrupt++;
	fact->fs = &f->tally->fs;
	fact->mapping = f->mapping;
	fact->ino = f->ino;
	fact->lock = f->lock;
	if (fact->kind == CACHE_ENTRY && pc->n_broken < CACHE_BROKEN_MAX)
		pc->broken[pc->n_broken++] = *fact;
	else
		pc->fn(pc->arg, fact);
}

static const struct {
	const char *field, *what;
} faults[] = {
	[XARRAY_NODE] = { "xa_node.slots", "it does not point to a node of this array" },
	[XARRAY_INTERNAL] = { "xa_node.slots", "no slot of a file ever has this" },
	[XARRAY_SIBLING] = { "xa_node.slots", "it is not part of any entry" },
	[XARRAY_SHIFT] = { "xa_node.shift", "the node is on another level" },
	[XARRAY_OFFSET] = { "xa_node.offset", "the node is in another slot" },
	[XARRAY_PARENT] = { "xa_node.parent", "another node holds this one" },
	[XARRAY_ARRAY] = { "xa_node.array", "the node is of another file" },
	[XARRAY_COUNT] = { "xa_node.count", "as many of its slots are not in use" },
	[XARRAY_VALUES] = { "xa_node.nr_values", "as many of its slots do not have values" },
	[XARRAY_MARK] = { "xa_node.marks", "the marks of the node in that slot differ" },
	[XARRAY_MARK_EMPTY] = { "xa_node.marks", "an empty slot has a mark" },
};

static void on_fault(void *arg, const struct xarray_fact *x)
{
	struct check *c = arg;
	struct cache_fact fact = {
		.kind = CACHE_NODE, .index = x->index, .pfn = CACHE_NO_PAGE, .node = x->node,
		.slot = -1, .field = faults[x->fault].field, .what = faults[x->fault].what,
		.kaddr = x->kaddr, .found = x->found, .expected = x->expected,
		.expected_known = x->expected_known,
	};

	switch (x->fault) {
	case XARRAY_SHIFT:
	case XARRAY_OFFSET:
	case XARRAY_COUNT:
	case XARRAY_VALUES:
		fact.is_count = true;
		break;
	case XARRAY_PARENT:
	case XARRAY_ARRAY:
		break;
	default:
		fact.slot = (int)x->slot;
	}
	if (!x->node) {
		fact.field = "xarray.xa_head";
		fact.slot = -1;
	}
	cache_tell(c->pc, c->file, &fact);
}

enum pgc_status cache_page_read(const struct page_cache *pc, uint64_t word, struct cache_page *ret)
{
	const struct page_format *fmt = pc->fmt;
	uint8_t raw[2 * 256];
	enum pgc_status st;

	if (!kernel_page_to_pfn(pc->kr.k, word, &ret->pfn) || 2 * fmt->size > sizeof(raw))
		return PGC_EFORMAT;
	st = vmcore_read(pc->kr.vc, word, raw, fmt->size, "struct page", NULL);
	if (st != PGC_OK)
		return st;
	cache_page_decode(pc, raw, &ret->page);
	ret->order = 0;
	if (!(ret->page.flags & fmt->head) || page_is_tail(&ret->page))
		return PGC_OK;
	st = vmcore_read(pc->kr.vc, word + fmt->size, raw + fmt->size, fmt->size, "struct page", NULL);
	if (st == PGC_OK)
		ret->order = page_compound_order(fmt, raw);
	return st;
}

/* Where a page says it is. */
enum home { HOME_NOT_THERE, HOME_IS_THERE, HOME_IS_TAKEN };

/*
 * Is the page at @kaddr in the array of the file that it names? TAKEN: another one is, that does not
 * say so: the slots were exchanged, not the words of the pages.
 */
static enum home home_of(const struct page_cache *pc, const struct page *p, uint64_t kaddr)
{
	struct cache_page other;
	struct xarray_entry e;

	if (!arch_kernel_half(pc->kr.k->arch, p->mapping) || p->mapping & 7 ||
	    xarray_find(pc->kr, &pc->xa, p->mapping + pc->i_pages, p->index, &e) != XARRAY_THERE)
		return HOME_NOT_THERE;
	if (e.word == kaddr)
		return e.index == p->index ? HOME_IS_THERE : HOME_NOT_THERE;
	if (xarray_is_value(e.word) || cache_page_read(pc, e.word, &other) != PGC_OK ||
	    (other.page.mapping == p->mapping && other.page.index == e.index))
		return HOME_NOT_THERE;
	return HOME_IS_TAKEN;
}

static void tell_entry(struct check *c, const struct xarray_entry *e, uint64_t pfn, const char *what)
{
	cache_tell(c->pc, c->file,
		   &(struct cache_fact){ .kind = CACHE_ENTRY, .index = e->index, .pfn = pfn, .slot = -1,
					 .field = "xa_node.slots", .what = what, .kaddr = e->kaddr,
					 .found = e->word });
}

static void tell_page(struct check *c, const struct xarray_entry *e, uint64_t pfn, const char *field,
		      unsigned int at, uint64_t found, uint64_t expected, const char *what)
{
	cache_tell(c->pc, c->file,
		   &(struct cache_fact){ .kind = CACHE_PAGE, .index = e->index, .pfn = pfn, .slot = -1,
					 .field = field, .what = what, .kaddr = e->word + at,
					 .found = found, .expected = expected, .expected_known = true });
}

/* A page of a file, whose words are not those of its slot: which is wrong? True: the page. */
static bool judge_page(struct check *c, const struct xarray_entry *e, const struct cache_page *cp)
{
	const struct page_format *fmt = c->pc->fmt;
	const struct page *p = &cp->page;
	bool mapping_ok = p->mapping == c->file->mapping, index_ok = p->index == e->index;

	const char *what = NULL;

	if (home_of(c->pc, p, e->word) != HOME_NOT_THERE)
		what = mapping_ok ? "it points to the page of another index" :
				    "it points to a page of another file";
	else if (!p->refcount && page_kind(fmt, p->mapcount) != KIND_NONE)
		what = "it points to a page that is free";
	else if (!mapping_ok && !index_ok)
		what = "it points to a page that is not of this file";
	if (what)
		tell_entry(c, e, cp->pfn, what);
	else if (mapping_ok)
		tell_page(c, e, cp->pfn, "page.index", fmt->index, p->index, e->index,
			  "the file has the page at this index");
	else
		tell_page(c, e, cp->pfn, "page.mapping", fmt->mapping, p->mapping, c->file->mapping,
			  "this file has the page");
	return !what;
}

/* References: each base page has the array's, and each mapping one more. */
static void check_references(struct check *c, const struct xarray_entry *e,
			     const struct cache_page *cp)
{
	int64_t least = 1LL << e->order, refs = cp->page.refcount;

	if (!e->order && (int32_t)cp->page.mapcount >= 0)
		least += (int64_t)cp->page.mapcount + 1;
	if (refs >= least || page_kind(c->pc->fmt, cp->page.mapcount) == KIND_HUGETLB)
		return;
	cache_tell(c->pc, c->file,
		   &(struct cache_fact){ .kind = CACHE_PAGE, .index = e->index, .pfn = cp->pfn,
					 .slot = -1, .field = "page.refcount", .is_count = true,
					 .what = "the page cache and the mappings have more references",
					 .kaddr = e->word + c->pc->fmt->refcount,
					 .found = (uint64_t)refs, .expected = (uint64_t)least });
}

static void check_writeback(struct check *c, const struct xarray_entry *e, const struct cache_page *cp)
{
	const struct page_cache *pc = c->pc;
	bool marked = e->marks >> MARK_WRITEBACK & 1, is = cp->page.flags & pc->writeback;

	if (!pc->writeback || !pc->no_tags || marked == is || cp->page.flags & pc->swapcache)
		return;
	/* Without marks the flag changes without the lock; a mark is wrong there all the same. */
	if (c->file->flags & pc->no_tags && !marked)
		return;
	cache_tell(c->pc, c->file,
		   &(struct cache_fact){ .kind = CACHE_WRITEBACK, .index = e->index, .pfn = cp->pfn,
					 .slot = -1, .field = "the mark of writeback",
					 .is_count = true, .found = marked, .expected = is,
					 .expected_known = true,
					 .what = is ? "the page is under writeback, its slot is not marked so" :
						      "the slot is marked, but the page is not under writeback" });
}

/* An entry of the swap cache: which slot of the area the page says it is in. */
static void check_swap_page(struct check *c, const struct xarray_entry *e, const struct cache_page *cp)
{
	struct cache_file *f = c->file;
	uint64_t slot = f->first + (e->index & (SWAP_SPACE_SLOTS - 1));
	uint64_t offset = cp->page.private & SWAP_OFFSET_MASK;

	if (cp->page.flags & c->pc->swapcache && cp->page.private >> SWAP_TYPE_SHIFT == f->type &&
	    slot >= offset && slot - offset < 1ULL << cp->order) {
		cache_see(c->pc, c->pc->seen_swap, cp->pfn);
		return;
	}
	tell_entry(c, e, cp->pfn, "the page is not in this slot of the swap area");
}

static void check_file_page(struct check *c, const struct xarray_entry *e, const struct cache_page *cp)
{
	const struct page *p = &cp->page;
	bool huge = page_kind(c->pc->fmt, p->mapcount) == KIND_HUGETLB;

	if (p->mapping != c->file->mapping || p->index != e->index) {
		if (!judge_page(c, e, cp))
			return;
	} else if (cp->order != e->order && !(!e->order && (huge || c->hugetlb))) {
		cache_tell(c->pc, c->file,
			   &(struct cache_fact){ .kind = CACHE_ENTRY, .index = e->index,
						 .pfn = cp->pfn, .slot = -1, .is_count = true,
						 .field = "the order of the entry", .found = e->order,
						 .expected = cp->order, .expected_known = true,
						 .what = "the page has another order" });
	} else {
		check_references(c, e, cp);
		check_writeback(c, e, cp);
	}
	cache_see(c->pc, c->pc->seen, cp->pfn);
}

static void on_entry(void *arg, const struct xarray_entry *e)
{
	struct check *c = arg;
	struct cache_page cp;
	enum pgc_status st;

	if (xarray_is_value(e->word))
		return;
	st = cache_page_read(c->pc, e->word, &cp);
	if (st == PGC_EFORMAT) {
		tell_entry(c, e, CACHE_NO_PAGE, "it does not point to a page");
		return;
	}
	if (st != PGC_OK) {
		/* Of that page nothing can be said. */
		cache_see(c->pc, c->pc->seen, cp.pfn);
		c->file->tally->unread++;
		return;
	}
	if (page_is_tail(&cp.page)) {
		tell_entry(c, e, cp.pfn, "it points into the middle of a compound page");
	} else if (c->file->swap) {
		check_swap_page(c, e, &cp);
	} else {
		check_file_page(c, e, &cp);
	}
}

static void walk_array(struct page_cache *pc, struct cache_file *f)
{
	struct check c = { .pc = pc, .file = f };
	struct xarray_walk walk;

	c.hugetlb = strcmp(f->tally->fs.type, "hugetlbfs") == 0;
	xarray_check(pc->kr, &pc->xa, &pc->budget, f->mapping + pc->i_pages, on_entry, on_fault, &c,
		     &walk);
	if (walk.whole && walk.entries != f->nrpages)
		cache_tell(pc, f,
			   &(struct cache_fact){ .kind = CACHE_COUNT, .pfn = CACHE_NO_PAGE, .slot = -1,
						 .field = "address_space.nrpages", .is_count = true,
						 .what = "the array has another number of pages",
						 .kaddr = f->mapping + pc->nrpages,
						 .found = f->nrpages, .expected = walk.entries,
						 .expected_known = true });
	f->tally->files++;
	f->tally->pages += walk.entries;
	f->tally->values += walk.values;
	f->tally->unread += walk.unread;
	cache_files_add(pc, f->mapping, walk.whole ? CACHE_WALKED : CACHE_SKIPPED);
}

/* Read the address_space, and see whether it may be checked. */
static bool begin(struct page_cache *pc, struct cache_file *f, const uint8_t *raw)
{
	uint8_t own[ADDRESS_SPACE_MAX];

	if (!raw) {
		if (pc->mapping_size > sizeof(own) ||
		    vmcore_read(pc->kr.vc, f->mapping, own, pc->mapping_size, "address_space", NULL) !=
			    PGC_OK)
			return false;
		raw = own;
	}
	f->nrpages = target_u64(raw + pc->nrpages);
	f->flags = pc->flags ? target_u64(raw + pc->flags) : 0;
	if (!f->nrpages && !target_u64(raw + pc->i_pages + pc->xa.head))
		return false;
	if (cache_files_find(pc, f->mapping) != CACHE_UNKNOWN)
		return false;
	f->lock = cache_lock(pc, f->mapping + pc->i_pages + pc->xa.lock);
	if (f->lock != LOCK_HELD)
		return true;
	f->tally->locked++;
	cache_files_add(pc, f->mapping, CACHE_SKIPPED);
	return false;
}

void cache_check_file(struct page_cache *pc, uint64_t mapping, const uint8_t *raw,
		      struct cache_tally *tally)
{
	struct cache_file f = { .mapping = mapping, .tally = tally };
	struct file_system fs;

	if (!tally)
		f.tally = cache_tally_of(pc, file_system_of(pc->kr, mapping, &fs) ? fs.sb : 0);
	if (begin(pc, &f, raw))
		walk_array(pc, &f);
}

void cache_check_space(struct page_cache *pc, uint64_t mapping, unsigned int type, uint64_t first,
		       struct cache_tally *tally)
{
	struct cache_file f = { .mapping = mapping, .tally = tally, .swap = true, .type = type,
				.first = first };

	if (begin(pc, &f, NULL))
		walk_array(pc, &f);
}
