/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout_vmcoreinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "layout/layout.h"
#include "vmcore.h"

/* No kernel has more; keeps a damaged number from becoming a long loop. */
#define MAX_NODES 4096
#define MAX_ZONES 8
#define MAX_ORDERS 32
#define MAX_LISTS 16
#define MAX_ZONE_BITS 3

bool layout_vmcoreinfo_number(struct vmcore *vc, const char *kind, const char *type,
			      const char *path, uint64_t *ret)
{
	char key[80];

	snprintf(key, sizeof(key), "%s(%s%s%s)", kind, type, *path ? "." : "", path);
	return vmcore_number(vc, key, ret);
}

bool layout_vmcoreinfo_row(struct vmcore *vc, const struct layout_row *row, uint64_t *ret)
{
	switch (row->kind) {
	case LAYOUT_SIZE:
		return layout_vmcoreinfo_number(vc, "SIZE", row->type, "", ret);
	case LAYOUT_OFFSET:
		return layout_vmcoreinfo_number(vc, "OFFSET", row->type, row->path, ret);
	case LAYOUT_LENGTH:
		return layout_vmcoreinfo_number(vc, "LENGTH", row->type, row->path, ret);
	case LAYOUT_ENUM:
		return layout_vmcoreinfo_number(vc, "NUMBER", row->path, "", ret);
	default:
		return false;
	}
}

size_t layout_vmcoreinfo_differs(struct vmcore *vc, const struct layout *lay,
				 const struct layout_row **row, uint64_t *said)
{
	size_t n = 0;

	for (unsigned int key = 0; key < LAYOUT_KEYS; key++) {
		const struct layout_row *one = layout_row((enum layout_key)key);
		uint64_t value;

		if (one->kind == LAYOUT_ENUM || !layout_has(lay, (enum layout_key)key) ||
		    !layout_vmcoreinfo_row(vc, one, &value) ||
		    value == layout_get(lay, (enum layout_key)key))
			continue;
		if (!n++) {
			*row = one;
			*said = value;
		}
	}
	return n;
}

/* What must be known beforehand; all of it is in VMCOREINFO since v2.6. */
struct given {
	uint64_t node_zones, nr_zones, node_start_pfn, node_spanned_pages;
	uint64_t zone, spanned_pages, free_area, nr_areas;
	uint64_t free_area_size, free_list, nr_lists, list_head, list_next, list_prev;
	uint64_t page_flags, page_lru, page_refcount, page_mapping;
	uint64_t nr_free_pages, pg_head_mask;
};

struct search {
	struct vmcore *vc;
	struct given at;
	unsigned int node_bits;
	uint64_t zones;		/* most zones that a node has */
	uint64_t fit, misfit;	/* zones whose numbers can be, and cannot */
	uint64_t pages, votes[MAX_ZONE_BITS + 1];
	uint64_t linked;	/* of these pages: their list's head is before them */
	uint64_t unused;	/* ... they have neither users nor a mapping, as free pages */
};

static enum pgc_status read_given(struct search *s, struct pgc_err *err)
{
	struct given *at = &s->at;
	const struct {
		const char *key;
		uint64_t *ret, most;
	} lines[] = {
		{ "OFFSET(pglist_data.node_zones)", &at->node_zones, 1 << 20 },
		{ "OFFSET(pglist_data.nr_zones)", &at->nr_zones, 1 << 24 },
		{ "OFFSET(pglist_data.node_start_pfn)", &at->node_start_pfn, 1 << 24 },
		{ "OFFSET(pglist_data.node_spanned_pages)", &at->node_spanned_pages, 1 << 24 },
		{ "SIZE(zone)", &at->zone, 1 << 16 },
		{ "OFFSET(zone.spanned_pages)", &at->spanned_pages, 1 << 16 },
		{ "OFFSET(zone.free_area)", &at->free_area, 1 << 16 },
		{ "LENGTH(zone.free_area)", &at->nr_areas, MAX_ORDERS },
		{ "SIZE(free_area)", &at->free_area_size, 4096 },
		{ "OFFSET(free_area.free_list)", &at->free_list, 4096 },
		{ "LENGTH(free_area.free_list)", &at->nr_lists, MAX_LISTS },
		{ "SIZE(list_head)", &at->list_head, 64 },
		{ "OFFSET(list_head.next)", &at->list_next, 56 },
		{ "OFFSET(list_head.prev)", &at->list_prev, 56 },
		{ "OFFSET(page.flags)", &at->page_flags, 1024 },
		{ "OFFSET(page.lru)", &at->page_lru, 1024 },
		{ "OFFSET(page._refcount)", &at->page_refcount, 1024 },
		{ "OFFSET(page.mapping)", &at->page_mapping, 1024 },
		{ "NUMBER(NR_FREE_PAGES)", &at->nr_free_pages, 256 },
		{ "NUMBER(PG_head_mask)", &at->pg_head_mask, UINT64_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!vmcore_number(s->vc, lines[i].key, lines[i].ret))
			return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO has no %s", lines[i].key);
		if (*lines[i].ret > lines[i].most)
			return pgc_err_set(err, PGC_EFORMAT, "VMCOREINFO: %s of %" PRIu64 " is impossible",
					   lines[i].key, *lines[i].ret);
	}
	return PGC_OK;
}

static bool word_at(struct search *s, uint64_t kaddr, uint64_t *ret)
{
	return vmcore_read_u64(s->vc, kaddr, "a word", ret, NULL) == PGC_OK;
}

/*
 * struct zone has zone_start_pfn, managed_pages, spanned_pages and present_pages in a row,
 * in 6.1, 6.12 and 7.2.
 */
static void try_numbers(struct search *s, uint64_t zone, uint64_t node_start,
			uint64_t node_spanned)
{
	uint64_t at = zone + s->at.spanned_pages, start, managed, spanned, present;

	if (!word_at(s, at, &spanned) || !spanned)
		return;
	if (!word_at(s, at - 16, &start) || !word_at(s, at - 8, &managed) ||
	    !word_at(s, at + 8, &present))
		return;
	if (managed <= present && present <= spanned && start >= node_start &&
	    range_ok(start - node_start, spanned, node_spanned))
		s->fit++;
	else
		s->misfit++;
}

/* The first page of a list is a free one, and says in its flags in which zone and node it is. */
static void try_list(struct search *s, uint64_t head, uint64_t nid, uint64_t idx)
{
	uint64_t next, page, flags, prev, mapping;
	uint32_t refcount;

	if (!word_at(s, head + s->at.list_next, &next) || next == head)
		return;
	page = next - s->at.page_lru;
	if (!word_at(s, page + s->at.page_flags, &flags) ||
	    !word_at(s, next + s->at.list_prev, &prev) ||
	    !word_at(s, page + s->at.page_mapping, &mapping) ||
	    vmcore_read_u32(s->vc, page + s->at.page_refcount, "page._refcount", &refcount,
			    NULL) != PGC_OK)
		return;
	s->pages++;
	s->linked += prev == head;
	s->unused += !refcount && !mapping;
	for (unsigned int bits = 0; bits <= MAX_ZONE_BITS; bits++) {
		unsigned int low = 64 - s->node_bits - bits;
		uint64_t node = s->node_bits ? flags >> (64 - s->node_bits) : 0;
		uint64_t zone = bits ? flags >> low & ((1U << bits) - 1) : 0;

		s->votes[bits] += node == nid && zone == idx;
	}
}

static void try_zone(struct search *s, uint64_t zone, uint64_t nid, uint64_t idx)
{
	for (uint64_t order = 0; order < s->at.nr_areas; order++) {
		uint64_t area = zone + s->at.free_area + order * s->at.free_area_size;

		for (uint64_t mt = 0; mt < s->at.nr_lists; mt++)
			try_list(s, area + s->at.free_list + mt * s->at.list_head, nid, idx);
	}
}

static void try_node(struct search *s, uint64_t node, uint64_t nid)
{
	uint64_t start, spanned;
	uint32_t zones;

	if (!word_at(s, node + s->at.node_start_pfn, &start) ||
	    !word_at(s, node + s->at.node_spanned_pages, &spanned) ||
	    vmcore_read_u32(s->vc, node + s->at.nr_zones, "nr_zones", &zones, NULL) != PGC_OK ||
	    zones > MAX_ZONES)
		return;
	if (zones > s->zones)
		s->zones = zones;
	for (uint64_t idx = 0; idx < zones; idx++) {
		uint64_t zone = node + s->at.node_zones + idx * s->at.zone;

		try_numbers(s, zone, start, spanned);
		try_zone(s, zone, nid, idx);
	}
}

static enum pgc_status try_nodes(struct search *s, struct pgc_err *err)
{
	uint64_t table, len, node;

	if (vmcore_number(s->vc, "SYMBOL(contig_page_data)", &node)) {
		try_node(s, node, 0);
		return PGC_OK;
	}
	if (!vmcore_number(s->vc, "SYMBOL(node_data)", &table) ||
	    !vmcore_number(s->vc, "LENGTH(node_data)", &len))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO does not say where the nodes are");
	if (len > MAX_NODES)
		return pgc_err_set(err, PGC_EFORMAT, "VMCOREINFO: LENGTH(node_data) of %" PRIu64 " is impossible",
				   len);
	while (1ULL << s->node_bits < len)
		s->node_bits++;
	for (uint64_t nid = 0; nid < len; nid++)
		if (word_at(s, table + nid * 8, &node) && node)
			try_node(s, node, nid);
	return PGC_OK;
}

/* Damaged pages are few. */
static bool most(const struct search *s, uint64_t pages)
{
	return s->pages && pages >= s->pages - s->pages / 4;
}

/* The width under which nearly all listed pages are in the zone that lists them. */
static bool find_zone_bits(const struct search *s, uint64_t *numbers)
{
	unsigned int best = 0;

	for (unsigned int bits = 1; bits <= MAX_ZONE_BITS; bits++)
		if (s->votes[bits] > s->votes[best] ||
		    (s->votes[bits] == s->votes[best] && 1ULL << best < s->zones))
			best = bits;
	*numbers = 1ULL << best;
	return most(s, s->votes[best]);
}

enum pgc_status layout_derive(struct vmcore *vc, struct layout_derived *ret,
			      struct pgc_err *err)
{
	struct search s = { .vc = vc };
	enum pgc_status st = read_given(&s, err);

	if (st == PGC_OK)
		st = try_nodes(&s, err);
	if (st != PGC_OK)
		return st;
	if (s.at.spanned_pages < 16 || !s.fit || s.misfit > s.fit)
		return pgc_err_set(err, PGC_EFORMAT, "the member of struct zone with its first page frame could not be located: it fits %" PRIu64 " zones, but not %" PRIu64,
				   s.fit, s.misfit);
	ret->zone_start_pfn = s.at.spanned_pages - 16;
	ret->managed_pages = s.at.spanned_pages - 8;
	ret->present_pages = s.at.spanned_pages + 8;
	ret->zones_per_node = s.zones;
	ret->nr_vm_stat = s.at.nr_free_pages + 1;
	ret->pg_head = s.at.pg_head_mask ? (uint64_t)__builtin_ctzll(s.at.pg_head_mask) : 0;
	/* struct free_area is its lists and nr_free. */
	ret->nr_free = s.at.free_list + s.at.nr_lists * s.at.list_head;
	if (!range_ok(ret->nr_free, 8, s.at.free_area_size))
		return pgc_err_set(err, PGC_EFORMAT, "struct free_area of %" PRIu64 " bytes has no room for nr_free",
				   s.at.free_area_size);
	/* A number that is wrong in VMCOREINFO alone would make damage of every page. */
	if (!most(&s, s.linked) || !most(&s, s.unused))
		return pgc_err_set(err, PGC_EFORMAT, "VMCOREINFO does not fit the memory: of %" PRIu64 " pages that are first on their list %" PRIu64 " are linked to it, and %" PRIu64 " are unused",
				   s.pages, s.linked, s.unused);
	if (!find_zone_bits(&s, &ret->zone_numbers))
		return pgc_err_set(err, PGC_EFORMAT, "the zone number in page.flags could not be located: too few of %" PRIu64 " listed pages are in the right zone",
				   s.pages);
	return PGC_OK;
}

bool layout_derived_row(const struct layout_derived *d, const struct layout_row *row,
			uint64_t *value)
{
	const struct {
		enum layout_kind kind;
		const char *type, *path;
		uint64_t value;
	} known[] = {
		{ LAYOUT_OFFSET, "zone", "zone_start_pfn", d->zone_start_pfn },
		{ LAYOUT_OFFSET, "zone", "managed_pages", d->managed_pages },
		{ LAYOUT_OFFSET, "zone", "present_pages", d->present_pages },
		{ LAYOUT_OFFSET, "free_area", "nr_free", d->nr_free },
		{ LAYOUT_LENGTH, "pglist_data", "node_zones", d->zones_per_node },
		{ LAYOUT_ENUM, "zone_type", "__MAX_NR_ZONES", d->zone_numbers },
		/* The mask of online nodes takes the place of node_states. */
		{ LAYOUT_ENUM, "node_states", "N_ONLINE", 0 },
		{ LAYOUT_LENGTH, "zone", "vm_stat", d->nr_vm_stat },
		{ LAYOUT_ENUM, "pageflags", "PG_head", d->pg_head },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (row->kind == known[i].kind && row->type && !strcmp(row->type, known[i].type) &&
		    !strcmp(row->path, known[i].path)) {
			*value = known[i].value;
			return true;
		}
	return false;
}
