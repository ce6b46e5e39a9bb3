/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/map_census.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/target_int.h"
#include "layout/layout.h"
#include "model/page_ext.h"
#include "vmcore.h"

#define GROUP 512u		/* pages that are read, and have their counters, together */
#define KIND_BITS 15u		/* of a page's byte: enum map_kind */
#define LARGE 16u		/* it is part of a folio of several pages */
#define COUNTED 32u		/* by the kernel it is mapped */
#define MET 64u			/* a table that was met */
#define ORDER_MAX 30

struct map_census {
	struct kernel_reader kr;
	const struct page_format *fmt;
	const struct listing *l;
	uint8_t *byte;		/* by slot: the section's index and the page in it */
	uint32_t **counts;	/* by group; NULL: none of it was met */
	size_t n_groups;
	struct map_folio *folios; /* by pfn */
	size_t n_folios, room_folios, last;
	uint8_t *raw;		/* the struct pages of a group */
	uint64_t unread;
	/* Where counts are; 0: this kernel has none such */
	uint64_t whole, sum;
	uint64_t exclusive, double_map; /* flags */
	bool by_bits;		/* up to 6.1: large entries for files count in each page */
	bool large_counted;	/* pages of large folios have a count of their own */
};

static bool slot_of(const struct map_census *c, uint64_t pfn, size_t *ret)
{
	const struct section *s = kernel_section(c->kr.k, pfn);

	if (!s)
		return false;
	*ret = (size_t)(s - c->kr.k->sections) * c->kr.k->pages_per_section +
	       (pfn - s->start_pfn);
	return true;
}

static uint8_t byte_of(const struct map_census *c, uint64_t pfn)
{
	size_t slot;

	return slot_of(c, pfn, &slot) ? c->byte[slot] : MAP_NO_MEMORY;
}

enum map_kind map_census_kind(const struct map_census *c, uint64_t pfn)
{
	return byte_of(c, pfn) & KIND_BITS;
}

uint64_t map_census_unread(const struct map_census *c)
{
	return c->unread;
}

bool map_census_met(const struct map_census *c, uint64_t pfn)
{
	return byte_of(c, pfn) & MET;
}

bool map_census_meet(struct map_census *c, uint64_t pfn)
{
	size_t slot;

	if (!slot_of(c, pfn, &slot) || c->byte[slot] & MET)
		return false;
	c->byte[slot] |= MET;
	return true;
}

static struct map_folio *folio_of(struct map_census *c, uint64_t pfn)
{
	struct map_folio *f = c->last < c->n_folios ? &c->folios[c->last] : NULL;
	size_t lo;

	if (f && pfn >= f->pfn && pfn - f->pfn < UINT64_C(1) << f->order)
		return f;
	lo = bisect(i, c->n_folios, c->folios[i].pfn <= pfn);
	if (!lo || (pfn - c->folios[lo - 1].pfn) >> c->folios[lo - 1].order)
		return NULL;
	c->last = lo - 1;
	return &c->folios[lo - 1];
}

/* The counters of the group that @slot is in. */
static uint32_t *counts_of(struct map_census *c, size_t slot)
{
	uint32_t **g = &c->counts[slot / GROUP];

	if (!*g)
		*g = calloc(GROUP, sizeof(**g));
	return *g;
}

bool map_census_count(struct map_census *c, uint64_t pfn, uint64_t n)
{
	uint32_t *counts;
	size_t slot;

	if (!slot_of(c, pfn, &slot))
		return true;
	counts = counts_of(c, slot);
	if (!counts)
		return false;
	if (c->byte[slot] & LARGE) {
		struct map_folio *f = folio_of(c, pfn);

		/* One of hugetlbfs may have several entries side by side, and counts once. */
		if (f && (n > 1 || f->hugetlb))
			f->whole += !f->hugetlb || pfn == f->pfn;
		else if (f)
			f->small++;
		if (n > 1)
			return true;
	}
	counts[slot % GROUP]++;
	return true;
}

uint32_t map_census_entries(const struct map_census *c, uint64_t pfn)
{
	size_t slot;

	return slot_of(c, pfn, &slot) && c->counts[slot / GROUP] ?
		       c->counts[slot / GROUP][slot % GROUP] : 0;
}

/* What its own struct page says that it is; of a tail its head's. */
static enum map_kind kind_of(const struct map_census *c, const struct page *p)
{
	if (kernel_flags_device(c->kr.k, p->flags))
		return MAP_DEVICE;
	switch (page_kind(c->fmt, p->mapcount)) {
	case KIND_TABLE:
		return MAP_TABLE;
	case KIND_SLAB:
		return MAP_SLAB;
	case KIND_HUGETLB:
		return MAP_HUGETLB;
	case KIND_NONE:
	case KIND_MAPPED:
		break;
	default:
		return MAP_KERNEL;
	}
	if (p->flags & c->fmt->slab)
		return MAP_SLAB;
	/* Up to 6.1 what is typed otherwise keeps nothing there; tables keep a lock there. */
	if (p->mapping & 1)
		return MAP_ANON;
	if (!p->mapping)
		return MAP_KERNEL;
	return p->flags & c->fmt->swapbacked ? MAP_SHMEM : MAP_FILE;
}

static bool add_folio(struct map_census *c, uint64_t pfn, unsigned int order, bool hugetlb,
		      const uint8_t *raw)
{
	struct map_folio *list = array_grow(c->folios, &c->room_folios, c->n_folios, sizeof(*list));

	if (!list)
		return false;
	c->folios = list;
	list[c->n_folios++] = (struct map_folio){ .pfn = pfn, .order = (uint8_t)order,
						  .hugetlb = hugetlb };
	/* A flag of the second struct page (6.1 include/linux/page-flags.h) */
	list[c->n_folios - 1].doubled =
		target_u64(raw + c->fmt->size + c->fmt->flags) & c->double_map;
	return true;
}

/* A folio that the pages under way are in. */
struct current {
	uint64_t pfn, end;
	enum map_kind kind;
	bool large;
};

/* Struct page @pfn at @raw, and if it is not the last of @n, the one behind it. */
static bool take_page(struct map_census *c, struct current *cur, uint64_t pfn, size_t slot,
		      const uint8_t *raw, uint64_t n)
{
	enum map_kind kind;
	unsigned int order;
	struct page p;

	page_decode(c->fmt, raw, &p);
	if (page_is_blank(&p) || p.flags == UINT64_MAX)
		return true;
	if (listing_has(c->l, pfn)) {
		c->byte[slot] = MAP_FREE;
		return true;
	}
	if (pfn < cur->end && (page_is_tail(&p) || cur->kind == MAP_HUGETLB)) {
		/* Of several pages are first tables only, with page table isolation. */
		c->byte[slot] = cur->kind == MAP_TABLE ? MAP_KERNEL :
				(uint8_t)(cur->kind | (cur->large ? LARGE : 0));
	} else if (page_is_tail(&p)) {
		c->byte[slot] = MAP_KERNEL;
		return true;
	} else {
		kind = kind_of(c, &p);
		c->byte[slot] = (uint8_t)kind;
		if (p.flags & c->fmt->head && n > 1) {
			order = page_compound_order(c->fmt, raw);
			if (!order || order > ORDER_MAX)
				return true;
			if (page_is_hugetlb_by_dtor(c->fmt, &p, raw))
				kind = MAP_HUGETLB;
			*cur = (struct current){ pfn, pfn + (UINT64_C(1) << order), kind,
						 kind != MAP_SLAB && kind != MAP_TABLE };
			c->byte[slot] = (uint8_t)(kind | (cur->large ? LARGE : 0));
			if (cur->large && !add_folio(c, pfn, order, kind == MAP_HUGETLB, raw))
				return false;
		}
	}
	if (page_kind(c->fmt, p.mapcount) == KIND_MAPPED) {
		c->byte[slot] |= COUNTED;
		c->large_counted |= c->byte[slot] & LARGE && cur->kind != MAP_HUGETLB;
	}
	return true;
}

/* The struct pages of @n pages from @pfn on, up to the first that is not there; how many. */
static uint64_t read_group(struct map_census *c, uint64_t pfn, uint64_t n)
{
	size_t done;

	if (vmcore_read_bulk(c->kr.vc, kernel_pfn_to_page(c->kr.k, pfn), c->raw,
			     (size_t)n * c->fmt->size, &done, NULL) == PGC_OK)
		return n;
	return done / c->fmt->size;
}

/* The pages whose struct pages are in one page of the memory map with that of @pfn: to skip. */
static uint64_t skip_of(const struct map_census *c, uint64_t pfn)
{
	uint64_t page = kernel_pfn_to_page(c->kr.k, pfn), mask = (UINT64_C(1) << c->kr.k->page_shift) - 1;

	return ((page | mask) + 1 - page + c->fmt->size - 1) / c->fmt->size;
}

static bool take_section(struct map_census *c, const struct section *s)
{
	struct current cur = { .end = 0 };
	size_t base = (size_t)(s - c->kr.k->sections) * c->kr.k->pages_per_section;

	for (uint64_t i = 0; i < c->kr.k->pages_per_section;) {
		uint64_t in = i % GROUP, left = GROUP - in, n;

		n = read_group(c, s->start_pfn + i, left);
		for (uint64_t j = 0; j < n; j++)
			if (!take_page(c, &cur, s->start_pfn + i + j, base + i + j,
				       c->raw + j * c->fmt->size, n - j))
				return false;
		i += n;
		if (n < left) {
			uint64_t skip = skip_of(c, s->start_pfn + i);

			if (skip > left - n)
				skip = left - n;
			c->unread += skip;
			i += skip;
		}
	}
	return true;
}

static void learn(struct map_census *c)
{
	const struct layout *lay = c->kr.k->lay;

	if (layout_has(lay, L_folio_entire_mapcount))
		c->whole = layout_get(lay, L_folio_entire_mapcount);
	else if (layout_has(lay, L_page_compound_mapcount))
		c->whole = c->fmt->size + layout_get(lay, L_page_compound_mapcount);
	if (layout_has(lay, L_folio_large_mapcount))
		c->sum = layout_get(lay, L_folio_large_mapcount);
	c->by_bits = layout_has(lay, L_page_compound_mapcount);
	if (layout_has(lay, L_PG_anon_exclusive))
		c->exclusive = UINT64_C(1) << layout_get(lay, L_PG_anon_exclusive);
	if (layout_has(lay, L_PG_double_map))
		c->double_map = UINT64_C(1) << layout_get(lay, L_PG_double_map);
}

enum pgc_status map_census_create(struct kernel_reader kr, const struct page_format *fmt,
				  const struct listing *l, struct map_census **ret,
				  struct pgc_err *err)
{
	size_t slots = kr.k->n_sections * kr.k->pages_per_section;
	struct map_census *c = calloc(1, sizeof(*c));

	if (!c)
		return pgc_err_nomem(err, "the mappings of pages");
	*c = (struct map_census){ .kr = kr, .fmt = fmt, .l = l, .n_groups = slots / GROUP + 1 };
	c->byte = calloc(slots + 1, 1);
	c->counts = calloc(c->n_groups, sizeof(*c->counts));
	c->raw = malloc((size_t)GROUP * fmt->size);
	learn(c);
	for (size_t i = 0; c->byte && c->counts && c->raw && i < kr.k->n_sections; i++)
		if (!take_section(c, &kr.k->sections[i])) {
			free(c->byte);
			c->byte = NULL;
		}
	if (!c->byte || !c->counts || !c->raw) {
		map_census_destroy(c);
		return pgc_err_nomem(err, "the mappings of pages");
	}
	*ret = c;
	return PGC_OK;
}

void map_census_destroy(struct map_census *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->counts && i < c->n_groups; i++)
		free(c->counts[i]);
	free(c->counts);
	free(c->byte);
	free(c->folios);
	free(c->raw);
	free(c);
}

void map_census_each_table(const struct map_census *c, void (*fn)(void *arg, uint64_t pfn),
			   void *arg)
{
	for (size_t s = 0; s < c->kr.k->n_sections; s++)
		for (uint64_t i = 0; i < c->kr.k->pages_per_section; i++) {
			uint8_t byte = c->byte[s * c->kr.k->pages_per_section + i];

			if ((byte & KIND_BITS) == MAP_TABLE && !(byte & MET))
				fn(arg, c->kr.k->sections[s].start_pfn + i);
		}
}

/* A comparison under way. */
struct compare {
	struct map_census *c;
	map_odd_fn *fn;
	void *arg;
};

static int64_t mappings(uint32_t word)
{
	return (int64_t)(int32_t)word + 1;
}

static void differ(const struct compare *cmp, struct map_odd *odd, enum map_count count,
		   uint64_t kaddr, int64_t found, int64_t expected)
{
	if (found == expected)
		return;
	odd->count = count;
	odd->kaddr = kaddr;
	odd->found = found;
	odd->expected = expected;
	cmp->fn(cmp->arg, odd);
}

/* The counts of the folio @f as a whole. */
static void compare_folio(const struct compare *cmp, const struct map_folio *f)
{
	struct map_census *c = cmp->c;
	uint64_t page = kernel_pfn_to_page(c->kr.k, f->pfn);
	struct map_odd odd = { .pfn = f->pfn, .head = f->pfn, .order = f->order };
	uint32_t word;

	if (c->whole && vmcore_read_u32(c->kr.vc, page + c->whole, "folio._entire_mapcount", &word,
					NULL) == PGC_OK)
		differ(cmp, &odd, COUNT_WHOLE, page + c->whole, mappings(word), f->whole);
	if (c->sum && vmcore_read_u32(c->kr.vc, page + c->sum, "folio._large_mapcount", &word,
				      NULL) == PGC_OK)
		differ(cmp, &odd, COUNT_SUM, page + c->sum, mappings(word),
		       (int64_t)f->whole + f->small);
}

static void compare_page(const struct compare *cmp, uint64_t pfn, size_t slot, const uint8_t *raw)
{
	struct map_census *c = cmp->c;
	uint8_t byte = c->byte[slot];
	enum map_kind kind = byte & KIND_BITS;
	uint64_t page = kernel_pfn_to_page(c->kr.k, pfn);
	struct map_odd odd = { .pfn = pfn, .head = pfn };
	int64_t expected = map_census_entries(c, pfn), found;
	struct page p;

	if (kind < MAP_ANON || kind > MAP_KERNEL || kind == MAP_HUGETLB)
		return;
	page_decode(c->fmt, raw, &p);
	found = byte & COUNTED ? mappings(p.mapcount) : 0;
	if (byte & LARGE) {
		const struct map_folio *f = folio_of(c, pfn);

		if (!f)
			return;
		odd.head = f->pfn;
		odd.order = f->order;
		if (c->by_bits)
			expected += kind == MAP_ANON ? f->doubled : f->whole;
	}
	/* With CONFIG_NO_PAGE_MAPCOUNT (6.15) those of a large folio have none. */
	if (!(byte & LARGE) || c->large_counted)
		differ(cmp, &odd, COUNT_PAGE, page + c->fmt->mapcount, found, expected);
	if (kind == MAP_ANON && p.flags & c->exclusive && map_census_entries(c, pfn) > 1)
		differ(cmp, &odd, COUNT_EXCLUSIVE, page + c->fmt->flags, 1,
		       map_census_entries(c, pfn));
}

/* Is any of the group mapped, by an entry or by the kernel's count? */
static bool concerns(const struct map_census *c, size_t slot)
{
	if (c->counts[slot / GROUP])
		return true;
	for (size_t i = 0; i < GROUP; i++)
		if (c->byte[slot + i] & COUNTED)
			return true;
	return false;
}

static void compare_section(const struct compare *cmp, const struct section *s)
{
	struct map_census *c = cmp->c;
	size_t base = (size_t)(s - c->kr.k->sections) * c->kr.k->pages_per_section;

	for (uint64_t i = 0; i < c->kr.k->pages_per_section; i += GROUP) {
		uint64_t n;

		if (!concerns(c, base + i))
			continue;
		n = read_group(c, s->start_pfn + i, GROUP);
		for (uint64_t j = 0; j < n; j++)
			compare_page(cmp, s->start_pfn + i + j, base + i + j,
				     c->raw + j * c->fmt->size);
	}
}

/* Does the kernel check page tables? Then where its two counters of a page are in a record. */
static bool checks_tables(const struct map_census *c, struct page_ext *ext, uint64_t at[2])
{
	static const enum layout_key keys[] = { L_table_check_anon, L_table_check_file };
	const struct layout *lay = c->kr.k->lay;
	uint64_t disabled;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!layout_has(lay, keys[i]))
			return false;
	if (!kernel_read_var(c->kr, L_table_check_disabled, &disabled) || (int32_t)disabled > 0 ||
	    !page_ext_open(c->kr, L_table_check_ops_offset, ext))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!add_ok(ext->at, layout_get(lay, keys[i]), &at[i]) ||
		    !range_ok(at[i], sizeof(uint32_t), ext->record))
			return false;
	return true;
}

struct checked {
	const struct compare *cmp;
	struct page_ext ext;
	uint64_t at[2];		/* in a record: mappings of anonymous memory, and of files */
};

/* A large folio that is mapped as a whole counts for each of its pages. */
static int64_t entries_of(struct map_census *c, uint64_t pfn, uint8_t byte, struct map_odd *odd)
{
	const struct map_folio *f = byte & LARGE ? folio_of(c, pfn) : NULL;
	int64_t n = map_census_entries(c, pfn);

	if (!f)
		return n;
	odd->head = f->pfn;
	odd->order = f->order;
	return n + f->whole;
}

/* A counter is incremented before the entry is written, and decremented after it was cleared. */
static void on_checked(void *arg, uint64_t pfn, const uint8_t *record)
{
	const struct checked *ch = arg;
	struct map_census *c = ch->cmp->c;
	uint8_t byte = byte_of(c, pfn);
	enum map_kind kind = byte & KIND_BITS;
	struct map_odd odd = { .pfn = pfn, .head = pfn };

	if (kind != MAP_FREE && kind != MAP_ANON && kind != MAP_SHMEM && kind != MAP_FILE)
		return;
	for (size_t i = 0; i < 2; i++) {
		int64_t found = (int32_t)target_u32(record + ch->at[i]), expected = 0;

		if (!found)
			continue;
		if (kind != MAP_FREE && (kind == MAP_ANON) == !i)
			expected = entries_of(c, pfn, byte, &odd);
		if (found < 0 || found > expected)
			differ(ch->cmp, &odd, i ? COUNT_CHECKED_FILE : COUNT_CHECKED_ANON,
			       page_ext_kaddr(&ch->ext, pfn) + ch->at[i], found, expected);
	}
}

/* False: out of memory. */
static bool compare_checked(const struct compare *cmp)
{
	struct checked ch = { .cmp = cmp };

	/* What cannot be read is not compared. */
	return !checks_tables(cmp->c, &ch.ext, ch.at) ||
	       page_ext_all(&ch.ext, on_checked, &ch, NULL) != PGC_ENOMEM;
}

bool map_census_compare(struct map_census *c, map_odd_fn *fn, void *arg)
{
	const struct compare cmp = { .c = c, .fn = fn, .arg = arg };

	for (size_t i = 0; i < c->kr.k->n_sections; i++)
		compare_section(&cmp, &c->kr.k->sections[i]);
	for (size_t i = 0; i < c->n_folios; i++)
		compare_folio(&cmp, &c->folios[i]);
	return compare_checked(&cmp);
}
