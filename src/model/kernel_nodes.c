/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_nodes - the nodes and their zones, and where a zone's per-CPU lists are
 */
#include "model/kernel_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "model/kernel_linear.h"
#include "vmcore.h"

/* No kernel has more; keeps a damaged number from becoming an allocation. */
#define MAX_NODES 4096
#define MAX_ZONES_PER_NODE 8
/* Orders of small pages that per-CPU lists have, and lists of huge pages at most. */
#define PCP_ORDERS 4
#define PCP_HUGE 2

/* The value of a member in the raw bytes of a zone; 0 where it is unknown. */
static uint64_t zone_field(const struct kernel *k, const struct zone *z, enum layout_key key)
{
	uint64_t off, size;

	if (!layout_has(k->lay, key))
		return 0;
	off = layout_get(k->lay, key);
	size = layout_size(k->lay, key);
	if (size > 8)
		size = 8;
	if (!range_ok(off, size, layout_get(k->lay, L_zone)))
		return 0;
	return target_uint(z->raw + off, (unsigned int)size);
}

bool kernel_zone_word(const struct kernel *k, const struct zone *z, uint64_t off, uint64_t *ret)
{
	if (!range_ok(off, 8, layout_get(k->lay, L_zone)))
		return false;
	*ret = target_u64(z->raw + off);
	return true;
}

/* Are the list heads set up? zone.initialized says so; else the first of them does. */
static bool zone_initialized(const struct kernel *k, const struct zone *z)
{
	uint64_t first = layout_get(k->lay, L_zone_free_area) +
			 layout_get(k->lay, L_free_area_free_list), next;

	if (layout_has(k->lay, L_zone_initialized))
		return zone_field(k, z, L_zone_initialized) != 0;
	return kernel_zone_word(k, z, first, &next) && next;
}

/* One CPU's page sets before all have theirs, and for good where a zone has no pages. */
static bool is_boot_pageset(const struct kernel *k, uint64_t pageset)
{
	if (!layout_has(k->lay, L_boot_pageset))
		return false;
	return pageset == layout_get(k->lay, L_boot_pageset) ||
	       pageset == kernel_addr(k, L_boot_pageset);
}

/*
 * Up to 5.13 there is one list for each migratetype, of single pages; since then one for each of
 * the orders up to PAGE_ALLOC_COSTLY_ORDER, and one or two, or none, for huge pages
 * (include/linux/mmzone.h:NR_PCP_LISTS). Of any other number nobody knows which list is which.
 */
static bool pcp_lists_known(const struct layout *lay)
{
	uint64_t types = layout_get(lay, L_MIGRATE_PCPTYPES);
	uint64_t lists = layout_get(lay, L_per_cpu_pages_nr_lists);
	uint64_t small = types * PCP_ORDERS;

	return lists && (lists == types || (lists >= small && lists <= small + PCP_HUGE));
}

static bool has_pcp_rows(const struct layout *lay)
{
	return layout_has(lay, L_per_cpu_pages_count) && layout_has(lay, L_per_cpu_pages_lists) &&
	       layout_has(lay, L_per_cpu_pages_nr_lists) && layout_has(lay, L_MIGRATE_PCPTYPES);
}

/*
 * Since Linux commit 28f836b6777b ("mm/page_alloc: split per cpu page lists and zone stats") (in
 * v5.14) zone.per_cpu_pageset is a per_cpu_pages; before, zone.pageset was a per_cpu_pageset, of
 * which that is a member.
 */
static bool find_pageset(const struct kernel *k, struct zone *z)
{
	const struct layout *lay = k->lay;
	uint64_t inside = 0;
	enum layout_key key = L_zone_per_cpu_pageset;

	if (!has_pcp_rows(lay) || !pcp_lists_known(lay))
		return false;
	if (!layout_has(lay, key)) {
		if (!layout_has(lay, L_zone_pageset) || !layout_has(lay, L_per_cpu_pageset_pcp))
			return false;
		key = L_zone_pageset;
		inside = layout_get(lay, L_per_cpu_pageset_pcp);
	}
	z->pageset = zone_field(k, z, key) + inside;
	return true;
}

static enum pgc_status read_zone(struct kernel *k, struct vmcore *vc, struct zone *z,
				 struct pgc_err *err)
{
	uint64_t size = layout_get(k->lay, L_zone);
	enum pgc_status st;

	z->raw = malloc(size);
	if (!z->raw)
		return pgc_err_nomem(err, "a zone");
	st = vmcore_read(vc, z->kaddr, z->raw, size, "struct zone", err);
	if (st != PGC_OK)
		return kernel_need(st, z->kaddr, "struct zone", err);
	z->start_pfn = zone_field(k, z, L_zone_zone_start_pfn);
	z->spanned = zone_field(k, z, L_zone_spanned_pages);
	z->present = zone_field(k, z, L_zone_present_pages);
	z->managed = zone_field(k, z, L_zone_managed_pages);
	z->initialized = zone_initialized(k, z);
	z->has_pageset = find_pageset(k, z);
	z->lock = LOCK_UNKNOWN;
	if (layout_has(k->lay, L_zone_lock))
		z->lock = kernel_lock_state(kernel_reader_of(k, vc),
					    z->kaddr + layout_get(k->lay, L_zone_lock));
	z->named = vmcore_read_str(vc, zone_field(k, z, L_zone_name), z->name,
				   sizeof(z->name), "zone.name", NULL) == PGC_OK && *z->name;
	if (!z->named)
		snprintf(z->name, sizeof(z->name), "zone%u", z->idx);
	return PGC_OK;
}

static enum pgc_status read_zones(struct kernel *k, struct vmcore *vc,
				  const struct node *n, struct pgc_err *err)
{
	uint64_t count = layout_get(k->lay, L_pglist_data_nr_node_zones);

	for (unsigned int i = 0; i < count && i < MAX_ZONES_PER_NODE; i++) {
		struct zone *z = &k->zones[k->n_zones];
		struct pgc_err zerr = PGC_ERR_INIT;
		enum pgc_status st;

		memset(z, 0, sizeof(*z));
		z->kaddr = n->kaddr + layout_get(k->lay, L_pglist_data_node_zones) +
			   i * layout_get(k->lay, L_zone);
		z->nid = n->nid;
		z->idx = i;
		z->node_start_pfn = n->start_pfn;
		z->node_spanned = n->spanned;
		st = read_zone(k, vc, z, &zerr);
		if (st == PGC_ENOMEM) {
			*err = zerr;
			return st;
		}
		if (st != PGC_OK) {
			k->memory_unseen = true;
			kernel_limit(k, "node %d, zone %u: %s", n->nid, i, pgc_why(st, &zerr));
		}
		/* A zone that was never given memory has no lists, not even empty ones. */
		if (st != PGC_OK || (!z->spanned && !z->managed)) {
			free(TAKE_PTR(z->raw));
			continue;
		}
		k->n_zones++;
	}
	return PGC_OK;
}

/* free_area_init_node(), 6.1 mm/page_alloc.c, later mm/mm_init.c: pgdat->node_id = nid */
static bool names_itself(struct kernel *k, struct vmcore *vc, const struct node *n)
{
	uint64_t id;

	return !layout_has(k->lay, L_pglist_data_node_id) ||
	       (kernel_read_member(k, vc, n->kaddr, L_pglist_data_node_id, &id, NULL) ==
			PGC_OK &&
		(int)id == n->nid);
}

/* One of a node's zones has a name, as all have in a true pglist_data. */
static bool any_zone_named(const struct kernel *k, int nid)
{
	for (size_t i = 0; i < k->n_zones; i++)
		if (k->zones[i].nid == nid && k->zones[i].named)
			return true;
	return false;
}

static enum pgc_status read_node(struct kernel *k, struct vmcore *vc, uint64_t kaddr,
				 int nid, struct pgc_err *err)
{
	struct node *n = &k->nodes[k->n_nodes];
	uint64_t deferred;
	enum pgc_status st;

	*n = (struct node){ .kaddr = kaddr, .nid = nid };
	st = kernel_read_member(k, vc, kaddr, L_pglist_data_node_start_pfn, &n->start_pfn,
				err);
	if (st == PGC_OK)
		st = kernel_read_member(k, vc, kaddr, L_pglist_data_node_spanned_pages,
					&n->spanned, err);
	if (st != PGC_OK)
		return kernel_need(st, kaddr, "struct pglist_data", err);
	/* mm/page_alloc.c:pgdat_set_deferred_range(): ULONG_MAX once all is initialised */
	if (layout_has(k->lay, L_pglist_data_first_deferred_pfn) &&
	    kernel_read_member(k, vc, kaddr, L_pglist_data_first_deferred_pfn, &deferred,
			       NULL) == PGC_OK)
		n->deferred = deferred != UINT64_MAX;
	k->n_nodes++;
	st = read_zones(k, vc, n, err);
	n->itself = names_itself(k, vc, n);
	n->sound = n->itself || any_zone_named(k, nid);
	return st;
}

/* Does the pglist_data of another node, that has more to say for itself, lie there? */
static bool place_taken(const struct kernel *k, const struct node *n)
{
	uint64_t size = layout_get(k->lay, L_pglist_data);

	for (size_t i = 0; i < k->n_nodes; i++) {
		const struct node *o = &k->nodes[i];
		uint64_t apart = o->kaddr > n->kaddr ? o->kaddr - n->kaddr : n->kaddr - o->kaddr;

		if (o == n || apart >= size)
			continue;
		if (o->sound != n->sound ? o->sound : o->itself != n->itself ? o->itself : o < n)
			return true;
	}
	return false;
}

static void drop_zones_of(struct kernel *k, int nid)
{
	size_t kept = 0;

	for (size_t i = 0; i < k->n_zones; i++) {
		if (k->zones[i].nid == nid)
			free(TAKE_PTR(k->zones[i].raw));
		else
			k->zones[kept++] = k->zones[i];
	}
	k->n_zones = kept;
}

/*
 * No two nodes share a pglist_data, and what is none is left out beside one that is: were all
 * like that, what can be read of them is all there is.
 */
static void drop_false_nodes(struct kernel *k)
{
	bool drop[MAX_NODES] = { false }, any = false;
	size_t kept = 0;

	for (size_t i = 0; i < k->n_nodes; i++)
		any |= k->nodes[i].sound;
	for (size_t i = 0; i < k->n_nodes; i++)
		drop[i] = (any && !k->nodes[i].sound) || place_taken(k, &k->nodes[i]);
	for (size_t i = 0; i < k->n_nodes; i++) {
		const struct node *n = &k->nodes[i];

		if (!drop[i]) {
			k->nodes[kept++] = *n;
			continue;
		}
		k->memory_unseen = true;
		kernel_limit(k, "node %d: node_data points to 0x%" PRIx64
			     ", which is not its pglist_data", n->nid, n->kaddr);
		drop_zones_of(k, n->nid);
	}
	k->n_nodes = kept;
}

/* Zones whose name cannot be read, though nothing is known to be wrong with their record. */
static size_t nameless(const struct kernel *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_zones && layout_has(k->lay, L_zone_name); i++)
		n += !k->zones[i].named && !k->zones[i].overwritten;
	return n;
}

/* A report by other names than the kernel's would be another, without a word. */
void kernel_tell_nameless(struct kernel *k)
{
	size_t n = nameless(k);

	if (n)
		kernel_limit(k, "the name of %zu zone%s cannot be read", n, n == 1 ? "" : "s");
}

/* node_states[N_ONLINE]: node_data[] has entries for possible nodes too. */
static enum pgc_status read_online_nodes(struct kernel *k, struct vmcore *vc,
					 uint8_t **mask, uint64_t *size,
					 struct pgc_err *err)
{
	uint64_t len;

	if (!layout_has(k->lay, L_node_states) || !layout_has(k->lay, L_node_states_len))
		return pgc_err_set(err, PGC_ENOENT, "the layout has no node_states");
	len = layout_get(k->lay, L_node_states_len);
	*size = len ? layout_size(k->lay, L_node_states) / len : 0;
	return kernel_read_mask(vc, kernel_addr(k, L_node_states) +
				    *size * layout_get(k->lay, L_N_ONLINE),
			 *size, "node_states[N_ONLINE]", mask, err);
}

/*
 * A node has memory if and only if it is online. Memory that is there is looked at, whatever
 * the mask says; that the two contradict each other is reported.
 */
static bool node_wanted(struct kernel *k, struct vmcore *vc, uint64_t nid, uint64_t kaddr,
			bool online)
{
	uint64_t spanned;

	if (online) {
		if (kaddr)
			return true;
		k->memory_unseen = true;
		kernel_limit(k, "node %" PRIu64 " is online, but has no pglist_data", nid);
		return false;
	}
	if (!kaddr ||
	    kernel_read_member(k, vc, kaddr, L_pglist_data_node_spanned_pages, &spanned,
			       NULL) != PGC_OK ||
	    !spanned)
		return false;
	kernel_limit(k, "node %" PRIu64 " spans pages, but is not online", nid);
	return true;
}

/* Of more nodes than were built for the kernel sets no bit. */
static void tell_nodes_past(struct kernel *k, const uint8_t *online, uint64_t mask_size,
			    uint64_t len)
{
	for (uint64_t nid = len; nid < mask_size * 8; nid++)
		if (kernel_mask_bit(online, mask_size, nid)) {
			kernel_limit(k, "node %" PRIu64 " is online, but this kernel has %" PRIu64
				     " at most", nid, len);
			return;
		}
}

static enum pgc_status read_nodes_numa(struct kernel *k, struct vmcore *vc,
				       struct pgc_err *err)
{
	uint64_t len = layout_get(k->lay, L_node_data_len), mask_size = 0;
	_cleanup_free_ uint8_t *online = NULL;
	enum pgc_status st;

	if (len > MAX_NODES)
		return pgc_err_set(err, PGC_EFORMAT, "node_data has %" PRIu64 " elements: impossible", len);
	st = read_online_nodes(k, vc, &online, &mask_size, err);
	if (st == PGC_ENOMEM)
		return st;
	if (st != PGC_OK)
		kernel_limit(k, "the nodes that are online are unknown: %s",
			     pgc_why(st, err));
	if (online)
		tell_nodes_past(k, online, mask_size, len);
	for (uint64_t nid = 0; nid < len; nid++) {
		struct pgc_err nerr = PGC_ERR_INIT;
		uint64_t kaddr = 0;

		st = vmcore_read_u64(vc, kernel_addr(k, L_node_data) + nid * 8,
				     "node_data", &kaddr, &nerr);
		if (pgc_is_gap(st))
			st = kernel_need(st, kernel_addr(k, L_node_data) + nid * 8, "node_data", &nerr);
		if (st == PGC_OK && (online ? node_wanted(k, vc, nid, kaddr,
							  kernel_mask_bit(online, mask_size, nid)) :
					      kaddr != 0))
			st = read_node(k, vc, kaddr, (int)nid, &nerr);
		if (st == PGC_ENOMEM) {
			*err = nerr;
			return st;
		}
		if (st == PGC_OK)
			continue;
		k->memory_unseen = true;
		kernel_limit(k, "node %" PRIu64 " cannot be read: %s", nid, pgc_why(st, &nerr));
		if (!online && !kaddr)
			break;
	}
	drop_false_nodes(k);
	return PGC_OK;
}

static enum pgc_status read_nodes(struct kernel *k, struct vmcore *vc,
				  struct pgc_err *err)
{
	uint64_t max = 1;
	enum pgc_status st;

	if (layout_has(k->lay, L_node_data_len))
		max = layout_get(k->lay, L_node_data_len);
	if (max > MAX_NODES)
		max = MAX_NODES;
	k->nodes = calloc(max, sizeof(*k->nodes));
	k->zones = calloc(max * MAX_ZONES_PER_NODE, sizeof(*k->zones));
	if (!k->nodes || !k->zones)
		return pgc_err_nomem(err, "the node table");
	if (layout_has(k->lay, L_node_data) && layout_has(k->lay, L_node_data_len))
		st = read_nodes_numa(k, vc, err);
	else if (layout_has(k->lay, L_contig_page_data))
		st = read_node(k, vc, kernel_addr(k, L_contig_page_data), 0, err);
	else
		return pgc_err_set(err, PGC_ENOENT,
				   "the vmlinux has neither node_data nor contig_page_data");
	if (st == PGC_OK && !k->n_zones)
		return pgc_err_set(err, PGC_EFORMAT, "no zone of any node can be read%s%s",
				   k->n_limits ? ": " : "", k->n_limits ? k->limits[0] : "");
	return st;
}

void kernel_forget_nodes(struct kernel *k)
{
	for (size_t i = 0; i < k->n_zones; i++)
		free(k->zones[i].raw);
	free(TAKE_PTR(k->zones));
	free(TAKE_PTR(k->nodes));
	k->n_zones = k->n_nodes = k->n_limits = k->limits_dropped = 0;
	k->memory_unseen = false;
}

/* The per-CPU lists are walked only where it is known where they are. */
void kernel_settle_pagesets(struct kernel *k)
{
	size_t unknown = 0;

	for (size_t i = 0; i < k->n_zones; i++) {
		struct zone *z = &k->zones[i];

		/* Zones without pages share the boot pageset: its lists are nobody's. */
		if (!k->n_cpus || !z->managed) {
			z->has_pageset = false;
			continue;
		}
		unknown += !z->has_pageset;
		if (z->has_pageset && is_boot_pageset(k, z->pageset))
			z->has_pageset = false;
	}
	if (unknown && has_pcp_rows(k->lay) && !pcp_lists_known(k->lay))
		kernel_limit(k, "%" PRIu64 " per-CPU lists of %" PRIu64 " migratetypes are an unknown layout: the per-CPU free lists were skipped",
			     layout_get(k->lay, L_per_cpu_pages_nr_lists),
			     layout_get(k->lay, L_MIGRATE_PCPTYPES));
	else if (unknown)
		kernel_limit(k, "the kernel layout lacks struct zone.per_cpu_pageset: the per-CPU free lists were skipped");
}

/* A second time, with less trust in the page tables, where not all can be read. */
enum pgc_status kernel_find_nodes(struct kernel *k, struct vmcore *vc,
				  struct pgc_err *err)
{
	struct pgc_err why = PGC_ERR_INIT;
	enum pgc_status st = read_nodes(k, vc, &why);
	size_t zones = k->n_zones, gaps = k->n_limits + nameless(k);

	if (st != PGC_ENOMEM && (st != PGC_OK || gaps) && kernel_assume_linear(k, vc)) {
		kernel_forget_nodes(k);
		st = read_nodes(k, vc, &why);
		if (st == PGC_OK && (k->n_zones > zones || k->n_limits + nameless(k) < gaps)) {
			kernel_limit(k, "the page tables are incomplete; assuming a linear kernel image and direct map");
			return PGC_OK;
		}
		(void)vmcore_assume_linear(vc, 0, 0, 0);
	}
	return st == PGC_OK ? st : pgc_err_set(err, st, "%s", why.msg);
}
