/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grow_zone - node, zone, free list and resource of the new memory
 *
 * Facts: include/linux/mmzone.h, mm/page_alloc.c and kernel/resource.c of 6.1, 6.12 and 7.2.
 */
#include "grow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"
#include "grow_image.h"
#include "layout/layout.h"
#include "vmcore.h"

#define ZONE_NAME "Normal" /* x86: all memory from 4 GiB on */

static enum pgc_status add_to(struct grow *g, uint64_t kaddr, uint64_t more, uint64_t size,
			      struct pgc_err *err)
{
	uint64_t raw = 0;
	enum pgc_status st;

	if (size > 8)
		size = 8;
	st = vmcore_read(g->vc, kaddr, &raw, size, "a counter", err);
	return st == PGC_OK ? grow_put(g, kaddr, le64toh(raw) + more, size, err) : st;
}

/* The zone of the last node that new memory belongs to: by name, populated or not. */
enum pgc_status grow_find_zone(struct grow *g, struct pgc_err *err)
{
	const struct layout *lay = g->lay;
	uint64_t count = layout_get(lay, L_pglist_data_nr_node_zones);

	g->node = &g->k->nodes[0];
	for (size_t i = 1; i < g->k->n_nodes; i++)
		if (g->k->nodes[i].start_pfn > g->node->start_pfn)
			g->node = &g->k->nodes[i];
	for (unsigned int i = 0; i < count; i++) {
		uint64_t kaddr = g->node->kaddr + layout_get(lay, L_pglist_data_node_zones) +
				 i * layout_get(lay, L_zone);
		const struct zone *known = kernel_zone(g->k, g->node->nid, i);
		uint64_t name_at;
		char name[16] = "";

		if (vmcore_read_u64(g->vc, kaddr + layout_get(lay, L_zone_name), "zone.name",
				    &name_at, NULL) != PGC_OK ||
		    vmcore_read_str(g->vc, name_at, name, sizeof(name), "zone.name", NULL) !=
			    PGC_OK || strcmp(name, ZONE_NAME) != 0)
			continue;
		g->zone = known ? *known :
				  (struct zone){ .kaddr = kaddr, .nid = g->node->nid, .idx = i };
		g->flags = (uint64_t)i << g->k->zone_shift |
			   (uint64_t)g->node->nid << g->k->node_shift;
		return PGC_OK;
	}
	return pgc_err_set(err, PGC_EFORMAT, "node %d has no zone " ZONE_NAME, g->node->nid);
}

static enum pgc_status empty_list(struct grow *g, uint64_t head, struct pgc_err *err)
{
	enum pgc_status st = grow_put(g, head + layout_get(g->lay, L_list_head_next), head, 8, err);

	return st == PGC_OK ?
	       grow_put(g, head + layout_get(g->lay, L_list_head_prev), head, 8, err) : st;
}

static uint64_t list_at(const struct grow *g, unsigned int order, unsigned int mt)
{
	return g->zone.kaddr + layout_get(g->lay, L_zone_free_area) +
	       order * layout_get(g->lay, L_free_area) +
	       layout_get(g->lay, L_free_area_free_list) + mt * layout_get(g->lay, L_list_head);
}

/* What init_currently_empty_zone() does for a zone that has memory. */
static enum pgc_status init_lists(struct grow *g, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (unsigned int order = 0; order < g->k->orders; order++)
		for (unsigned int mt = 0; mt < g->k->migratetypes && st == PGC_OK; mt++)
			st = empty_list(g, list_at(g, order, mt), err);
	if (st == PGC_OK && layout_has(g->lay, L_zone_unaccepted_pages))
		st = empty_list(g, g->zone.kaddr + layout_get(g->lay, L_zone_unaccepted_pages), err);
	return st == PGC_OK ? grow_put(g, g->zone.kaddr + layout_get(g->lay, L_zone_initialized), 1,
				       layout_size(g->lay, L_zone_initialized), err) : st;
}

enum pgc_status grow_zone(struct grow *g, struct pgc_err *err)
{
	const struct zone *z = &g->zone;
	uint64_t added = g->end - g->start, start = z->spanned ? z->start_pfn : g->start;
	const struct {
		enum layout_key key;
		uint64_t value;
	} fields[] = {
		{ L_zone_zone_start_pfn, start },
		{ L_zone_spanned_pages, g->end - start },
		{ L_zone_present_pages, z->present + added },
		{ L_zone_managed_pages, z->managed + g->end - g->reserved_end },
	};
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < ARRAY_SIZE(fields) && st == PGC_OK; i++)
		st = grow_put(g, z->kaddr + layout_get(g->lay, fields[i].key), fields[i].value, 8,
			      err);
	if (st == PGC_OK && !z->initialized)
		st = init_lists(g, err);
	if (st == PGC_OK)
		st = grow_put(g, g->node->kaddr + layout_get(g->lay, L_pglist_data_node_spanned_pages),
			      g->end - g->node->start_pfn, 8, err);
	return pgc_err_add(err, st, "zone " ZONE_NAME);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The numbers 0 .. @n - 1 in random order, always the same. */
static uint32_t *shuffled(uint64_t n)
{
	uint32_t *order = malloc(n * sizeof(*order));
	uint64_t state = 88172645463325252ULL;

	for (uint64_t i = 0; order && i < n; i++) {
		uint64_t j = next_random(&state) % (i + 1);

		order[i] = order[j];
		order[j] = (uint32_t)i;
	}
	return order;
}

static void set_link(uint8_t *page, unsigned int at, uint64_t to)
{
	uint64_t raw = htole64(to);

	memcpy(page + at, &raw, 8);
}

/* Before the blocks that are on the list already. */
static enum pgc_status splice(struct grow *g, uint64_t head, uint64_t first, uint64_t last,
			      uint64_t *old_first, struct pgc_err *err)
{
	enum pgc_status st = grow_put(g, head + layout_get(g->lay, L_list_head_next), first, 8, err);

	if (st != PGC_OK)
		return st;
	*old_first = head;
	if (g->zone.initialized) {
		st = vmcore_read_u64(g->vc, head + layout_get(g->lay, L_list_head_next), "free list",
				     old_first, err);
		if (st != PGC_OK)
			return st;
	}
	return grow_put(g, *old_first + layout_get(g->lay, L_list_head_prev), last, 8, err);
}

enum pgc_status grow_free_list(struct grow *g, uint8_t *memmap, struct pgc_err *err)
{
	uint64_t n = g->free_blocks, old_first = 0, prev, size = g->fmt.size;
	uint64_t base = kernel_pfn_to_page(g->k, g->reserved_end) + layout_get(g->lay, L_page_lru);
	uint64_t area = g->zone.kaddr + layout_get(g->lay, L_zone_free_area);
	_cleanup_free_ uint32_t *order = shuffled(n);
	int64_t movable = 1;
	enum pgc_status st;

	if (!order)
		return pgc_err_nomem(err, "the free list");
	(void)layout_enum_value(g->lay, LE_migratetype, "MOVABLE", &movable);
	prev = list_at(g, 0, (unsigned int)movable);
	st = splice(g, prev, base + order[0] * 2 * size, base + order[n - 1] * 2 * size, &old_first,
		    err);
	if (st != PGC_OK)
		return st;
	for (uint64_t i = 0; i < n; i++) {
		uint8_t *page = memmap + order[i] * 2 * size;

		set_link(page, g->fmt.lru_prev, prev);
		set_link(page, g->fmt.lru_next,
			 i + 1 < n ? base + order[i + 1] * 2 * size : old_first);
		prev = base + order[i] * 2 * size;
	}
	st = add_to(g, area + layout_get(g->lay, L_free_area_nr_free), n, 8, err);
	return st == PGC_OK ? add_to(g, g->zone.kaddr + layout_get(g->lay, L_zone_vm_stat) +
				     layout_get(g->lay, L_NR_FREE_PAGES) * 8, n, 8, err) : st;
}

/* The members of a struct resource that place it. */
struct resource {
	uint64_t start, name, sibling;
};

static enum pgc_status read_resource(struct grow *g, uint64_t kaddr, struct resource *r,
				     struct pgc_err *err)
{
	enum pgc_status st;

	st = vmcore_read_u64(g->vc, kaddr + layout_get(g->lay, L_resource_start), "resource",
			     &r->start, err);
	if (st == PGC_OK)
		st = vmcore_read_u64(g->vc, kaddr + layout_get(g->lay, L_resource_name),
				     "resource", &r->name, err);
	if (st == PGC_OK)
		st = vmcore_read_u64(g->vc, kaddr + layout_get(g->lay, L_resource_sibling),
				     "resource", &r->sibling, err);
	return st;
}

/*
 * Where in the tree the new memory goes: *@link is the pointer to set, *@next what follows,
 * *@name "System RAM". Windows that the old machine had up there are left out.
 */
static enum pgc_status find_place(struct grow *g, uint64_t *link, uint64_t *next,
				  uint64_t *name, struct pgc_err *err)
{
	struct resource r;
	enum pgc_status st;

	*link = kernel_addr(g->k, L_iomem_resource) + layout_get(g->lay, L_resource_child);
	st = vmcore_read_u64(g->vc, *link, "iomem_resource", next, err);
	while (st == PGC_OK && *next) {
		char text[16] = "";

		st = read_resource(g, *next, &r, err);
		if (st != PGC_OK || r.start >= g->end * GROW_PAGE)
			break;
		if (vmcore_read_str(g->vc, r.name, text, sizeof(text), "name", NULL) == PGC_OK &&
		    !strcmp(text, "System RAM"))
			*name = r.name;
		if (r.start < g->start * GROW_PAGE)
			*link = *next + layout_get(g->lay, L_resource_sibling);
		*next = r.sibling;
	}
	return st;
}

enum pgc_status grow_iomem(struct grow *g, struct pgc_err *err)
{
	static const enum layout_key keys[] = { L_resource_start, L_resource_end,
						L_resource_name, L_resource_sibling };
	uint64_t link, next, name = 0, paddr, kaddr = 0;
	enum pgc_status st;

	if (!layout_has(g->lay, L_iomem_resource) || !layout_has(g->lay, L_resource))
		return PGC_OK;
	st = find_place(g, &link, &next, &name, err);
	if (st == PGC_OK)
		st = grow_alloc(g, grow_round_up(layout_get(g->lay, L_resource), 16), &paddr, err);
	if (st == PGC_OK) {
		const uint64_t values[] = { g->start * GROW_PAGE, g->end * GROW_PAGE - 1, name,
					    next };

		kaddr = g->page_offset + paddr;
		for (size_t i = 0; i < ARRAY_SIZE(keys) && st == PGC_OK; i++)
			st = grow_put(g, kaddr + layout_get(g->lay, keys[i]), values[i], 8, err);
	}
	if (st == PGC_OK)
		st = grow_put(g, link, kaddr, 8, err);
	return pgc_err_add(err, st, "resources");
}
