/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "base/target_int.h"
#include "model/page_cache_priv.h"
#include "vmcore.h"

#define AREAS_MAX 64		/* MAX_SWAPFILES is 23 to 32 */
#define TABLE_SLOTS_MAX 8192	/* of a cluster: as many as a huge page has pages */
/* mm/swap_table.h of 7.2: flags above, two bits below that say what it is. */
#define TABLE_FLAGS 5
#define TABLE_KIND 3
#define TABLE_PFN 2

static unsigned int areas(const struct kernel *k, enum layout_key key)
{
	uint64_t n = layout_has(k->lay, key) ? layout_get(k->lay, key) : 0;

	return n < AREAS_MAX ? (unsigned int)n : AREAS_MAX;
}

static bool has_spaces(const struct kernel *k)
{
	return layout_has(k->lay, L_swapper_spaces) && layout_has(k->lay, L_nr_swapper_spaces);
}

static bool has_tables(const struct kernel *k)
{
	static const enum layout_key needed[] = {
		L_swap_info, L_swap_info_max, L_swap_info_cluster_info, L_swap_cluster, L_swap_cluster_lock,
		L_swap_cluster_table, L_swap_cluster_extend_table, L_swap_table,
	};

	return layout_has_all(k->lay, needed, sizeof(needed) / sizeof(*needed));
}

/* The arrays of an area, up to 6.17: *@n of them. */
static bool spaces_of(const struct page_cache *pc, unsigned int type, uint64_t *spaces, uint32_t *n)
{
	const struct kernel *k = pc->kr.k;

	return has_spaces(k) && type < areas(k, L_nr_swapper_types) &&
	       kernel_pointer_at(pc->kr, kernel_addr(k, L_swapper_spaces) + 8 * type, "swapper_spaces",
				 spaces) &&
	       *spaces &&
	       vmcore_read_u32(pc->kr.vc, kernel_addr(k, L_nr_swapper_spaces) + 4 * type,
			       "nr_swapper_spaces", n, NULL) == PGC_OK &&
	       *n && *n <= pc->bytes / pc->mapping_size;
}

/* The clusters of an area, since 6.18. */
struct clusters {
	uint64_t at, n;
	uint64_t size;		/* of one's record */
	unsigned int slots;	/* of one */
};

static bool clusters_of(const struct page_cache *pc, unsigned int type, struct clusters *ret)
{
	const struct kernel *k = pc->kr.k;
	uint64_t info, max;

	if (!has_tables(k) || type >= areas(k, L_nr_swap_info) ||
	    vmcore_read_u64(pc->kr.vc, kernel_addr(k, L_swap_info) + 8 * type, "swap_info", &info, NULL) !=
		    PGC_OK ||
	    !info || !kernel_pointer(pc->kr, info, L_swap_info_cluster_info, &ret->at) || !ret->at ||
	    !kernel_member(pc->kr, info, L_swap_info_max, &max))
		return false;
	ret->size = layout_get(k->lay, L_swap_cluster);
	ret->slots = (unsigned int)(layout_get(k->lay, L_swap_table) / 8);
	if (!ret->slots || ret->slots > TABLE_SLOTS_MAX || !ret->size)
		return false;
	ret->n = max / ret->slots + (max % ret->slots != 0);
	return ret->n && ret->n <= pc->bytes;
}

/* Does the page at @cp say that it is in @slot of area @type? */
static bool is_in(const struct page_cache *pc, const struct cache_page *cp, unsigned int type,
		  uint64_t slot)
{
	uint64_t offset = cp->page.private & SWAP_OFFSET_MASK;

	return cp->page.flags & pc->swapcache && cp->page.private >> SWAP_TYPE_SHIFT == type &&
	       slot >= offset && slot - offset < UINT64_C(1) << cp->order;
}

static uint64_t table_page(const struct page_cache *pc, uint64_t entry)
{
	return kernel_pfn_to_page(pc->kr.k, entry << TABLE_FLAGS >> TABLE_FLAGS >> 2);
}

struct table {
	unsigned int type;
	uint64_t kaddr, slot;	/* of its first entry */
	enum lock_state lock;
	struct cache_tally *tally;
};

static void tell_table(struct page_cache *pc, const struct table *t, uint64_t i, uint64_t found,
		       uint64_t pfn, const char *what)
{
	struct cache_file f = { .swap = true, .tally = t->tally, .lock = t->lock };

	cache_tell(pc, &f,
		   &(struct cache_fact){ .kind = CACHE_ENTRY, .index = t->slot + i, .pfn = pfn,
					 .slot = -1, .field = "swap_table.entries", .what = what,
					 .kaddr = t->kaddr + 8 * i, .found = found });
}

static void check_table_entry(struct page_cache *pc, const struct table *t, uint64_t i, uint64_t entry)
{
	struct cache_page cp;
	enum pgc_status st;

	if ((entry & TABLE_KIND) != TABLE_PFN)
		return;
	t->tally->pages++;
	st = cache_page_read(pc, table_page(pc, entry), &cp);
	if (st == PGC_EFORMAT) {
		tell_table(pc, t, i, entry, CACHE_NO_PAGE, "it does not point to a page");
	} else if (st != PGC_OK) {
		t->tally->unread++;
		cache_see(pc, pc->seen_swap, cp.pfn);
	} else if (page_is_tail(&cp.page)) {
		tell_table(pc, t, i, entry, cp.pfn, "it points into the middle of a compound page");
	} else if (!is_in(pc, &cp, t->type, t->slot + i)) {
		tell_table(pc, t, i, entry, cp.pfn, "the page is not in this slot of the swap area");
	} else {
		cache_see(pc, pc->seen_swap, cp.pfn);
	}
}

static void check_cluster(struct page_cache *pc, const struct clusters *c, uint64_t nr, unsigned int type,
			  struct cache_tally *tally, uint8_t *buf)
{
	const struct layout *lay = pc->kr.k->lay;
	uint64_t at = c->at + nr * c->size;
	struct table t = { .type = type, .slot = nr * c->slots, .tally = tally };

	if (!kernel_pointer(pc->kr, at, L_swap_cluster_table, &t.kaddr)) {
		tally->unread++;
		return;
	}
	if (!t.kaddr)
		return;
	t.lock = cache_lock(pc, at + layout_get(lay, L_swap_cluster_lock));
	if (t.lock == LOCK_HELD) {
		tally->locked++;
		return;
	}
	if (vmcore_read(pc->kr.vc, t.kaddr, buf, 8 * (size_t)c->slots, "swap_table", NULL) != PGC_OK) {
		tally->unread++;
		return;
	}
	tally->files++;
	for (unsigned int i = 0; i < c->slots; i++) {
		uint64_t entry = target_u64(buf + 8 * i);

		tally->values += xarray_is_value(entry);
		check_table_entry(pc, &t, i, entry);
	}
}

static struct cache_tally *area_tally(struct page_cache *pc, unsigned int type)
{
	char name[FILE_SYSTEM_NAME_LEN];

	snprintf(name, sizeof(name), "area %u", type);
	for (size_t i = pc->n_mounted; i < pc->tallies->n; i++)
		if (!pc->tallies->list[i].fs.sb && i != pc->none)
			if (!__builtin_strcmp(pc->tallies->list[i].fs.id, name))
				return &pc->tallies->list[i];
	return NULL;
}

bool swap_cache_names(struct page_cache *pc)
{
	char name[FILE_SYSTEM_NAME_LEN];
	struct clusters c;
	uint64_t spaces;
	uint32_t n;

	for (unsigned int type = 0; type < AREAS_MAX; type++) {
		if (!spaces_of(pc, type, &spaces, &n) && !clusters_of(pc, type, &c))
			continue;
		snprintf(name, sizeof(name), "area %u", type);
		if (cache_add_tally(pc, "swap", name) == SIZE_MAX)
			return false;
	}
	return true;
}

void swap_cache_check(struct page_cache *pc)
{
	_cleanup_free_ uint8_t *buf = malloc(8 * TABLE_SLOTS_MAX);

	pc->no_memory |= !buf;
	for (unsigned int type = 0; type < AREAS_MAX && !pc->no_memory; type++) {
		struct cache_tally *tally = area_tally(pc, type);
		struct clusters c;
		uint64_t spaces;
		uint32_t n;

		if (!tally)
			continue;
		if (spaces_of(pc, type, &spaces, &n))
			for (uint32_t i = 0; i < n && !pc->no_memory; i++)
				cache_check_space(pc, spaces + (uint64_t)i * pc->mapping_size, type,
						  i * SWAP_SPACE_SLOTS, tally);
		else if (clusters_of(pc, type, &c))
			for (uint64_t i = 0; i < c.n && !pc->no_memory; i++)
				check_cluster(pc, &c, i, type, tally, buf);
	}
}

/* What is in that slot of an array. False: it cannot be known, or its lock is held. */
static bool in_space(struct page_cache *pc, unsigned int type, uint64_t slot, struct cache_file *f,
		     struct xarray_entry *e)
{
	uint64_t spaces;
	uint32_t n;

	if (!spaces_of(pc, type, &spaces, &n) || slot / SWAP_SPACE_SLOTS >= n)
		return false;
	f->mapping = spaces + slot / SWAP_SPACE_SLOTS * pc->mapping_size;
	f->lock = cache_lock(pc, f->mapping + pc->i_pages + pc->xa.lock);
	if (f->lock == LOCK_HELD || xarray_find(pc->kr, &pc->xa, f->mapping + pc->i_pages, slot, e) ==
					    XARRAY_UNKNOWN)
		return false;
	/* Since 6.11 the number in its own array is used. */
	return e->word || xarray_find(pc->kr, &pc->xa, f->mapping + pc->i_pages, slot % SWAP_SPACE_SLOTS,
				      e) != XARRAY_UNKNOWN;
}

static bool in_table(struct page_cache *pc, unsigned int type, uint64_t slot, struct cache_file *f,
		     struct xarray_entry *e)
{
	struct clusters c;
	uint64_t at, table;

	if (!clusters_of(pc, type, &c) || slot / c.slots >= c.n)
		return false;
	at = c.at + slot / c.slots * c.size;
	f->lock = cache_lock(pc, at + layout_get(pc->kr.k->lay, L_swap_cluster_lock));
	if (f->lock == LOCK_HELD || !kernel_pointer(pc->kr, at, L_swap_cluster_table, &table))
		return false;
	*e = (struct xarray_entry){ .index = slot };
	if (!table)
		return true;
	e->kaddr = table + 8 * (slot % c.slots);
	if (vmcore_read_u64(pc->kr.vc, e->kaddr, "swap_table.entries", &e->word, NULL) != PGC_OK)
		return false;
	return true;
}

static bool is_awaited(struct page_cache *pc, const struct cache_tally *tally, uint64_t slot,
		       uint64_t kaddr, uint64_t right)
{
	for (size_t i = 0; i < pc->n_broken; i++) {
		struct cache_fact *b = &pc->broken[i];

		if (b->fs != &tally->fs || b->index != slot || b->kaddr != kaddr || b->is_count)
			continue;
		b->expected = right;
		b->expected_known = true;
		return true;
	}
	return false;
}

void swap_cache_claim(struct page_cache *pc, uint64_t pfn, const struct page *p)
{
	unsigned int type = (unsigned int)(p->private >> SWAP_TYPE_SHIFT);
	uint64_t slot = p->private & SWAP_OFFSET_MASK, page = kernel_pfn_to_page(pc->kr.k, pfn);
	struct cache_file f = { .swap = true, .tally = area_tally(pc, type) };
	bool tables = has_tables(pc->kr.k);
	struct xarray_entry e = { .kaddr = 0 };
	struct cache_fact fact = { .kind = CACHE_LOST, .index = slot, .pfn = pfn, .slot = -1,
				   .doubtful = !(p->flags & pc->fmt->lru) };

	if (!f.tally) {
		f.tally = &pc->tallies->list[pc->none];
		fact.what = "there is no such swap area";
	} else if (!(tables ? in_table(pc, type, slot, &f, &e) : in_space(pc, type, slot, &f, &e))) {
		return;
	} else {
		fact.what = "the swap cache has no page in this slot";
		if (e.word && !xarray_is_value(e.word))
			fact.what = "the swap cache has another page in this slot";
		if (e.word == page || (tables && (e.word & TABLE_KIND) == TABLE_PFN && table_page(pc, e.word) == page))
			return;
	}
	if (e.kaddr) {
		fact.field = tables ? "swap_table.entries" : "xa_node.slots";
		fact.kaddr = e.kaddr;
		fact.found = e.word;
		fact.expected_known = !tables;
		fact.expected = page;
	}
	if (f.tally != &pc->tallies->list[pc->none] &&
	    is_awaited(pc, f.tally, tables ? slot : e.index, e.kaddr,
		       tables ? (e.word & ~(UINT64_MAX >> TABLE_FLAGS)) | pfn << 2 | TABLE_PFN : page))
		return;
	cache_tell(pc, &f, &fact);
}
