/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/table_check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "layout/layout.h"
#include "model/kernel_linear.h"
#include "model/table_check_priv.h"
#include "vmcore.h"

#define DEPOSITS_MAX (1u << 20)	/* tables put by at one table */
#define MIGRATION_KINDS 3u

void table_check_wrong(struct table_check *tc, const struct table_entry *e, uint64_t pfn,
		       const char *what)
{
	struct wrong_entry *w;

	if (tc->n_wrong == WRONG_MAX) {
		tc->tally->dropped++;
		return;
	}
	w = &tc->wrong[tc->n_wrong++];
	*w = (struct wrong_entry){ .entry = *e, .pfn = pfn, .what = what };
}

static uint64_t pfn_of(const struct table_check *tc, const struct table_entry *e)
{
	return e->is.paddr >> tc->kr.k->page_shift;
}

/* What no page table is. NULL: it may be one. */
static const char *no_table(enum map_kind kind)
{
	static const char *const what[MAP_KINDS] = {
		[MAP_NO_MEMORY] = "there is no such memory",
		[MAP_FREE] = "it must point to a page table, and that page is free",
		[MAP_SLAB] = "it must point to a page table, and that page is of a slab",
		[MAP_ANON] = "it must point to a page table, and that page is of a process",
		[MAP_SHMEM] = "it must point to a page table, and that page is of shared memory",
		[MAP_FILE] = "it must point to a page table, and that page is of a file",
		[MAP_HUGETLB] = "it must point to a page table, and that page is of hugetlbfs",
	};

	return what[kind];
}

/* What no entry maps. NULL: it may. */
static const char *no_page(enum map_kind kind)
{
	static const char *const what[MAP_KINDS] = {
		[MAP_NO_MEMORY] = "there is no such memory",
		[MAP_FREE] = "it maps a page that is free",
		[MAP_SLAB] = "it maps a page of a slab",
		[MAP_TABLE] = "it maps a page table",
	};

	return what[kind];
}

/* Entries of a table, for who asks what it looks like. */
struct look {
	struct table_check *tc;
	uint64_t good, bad;
	bool upper, hugetlb;
};

static bool look_at(void *arg, const struct table_entry *e)
{
	struct look *l = arg;
	enum map_kind kind;

	if (e->is.what != ARCH_USER_TABLE && e->is.what != ARCH_USER_LEAF) {
		l->good++;
		return false;
	}
	kind = map_census_kind(l->tc->census, pfn_of(l->tc, e));
	if (e->is.wrong || (kind == MAP_NO_MEMORY && !e->is.special))
		l->bad++;
	else
		l->good++;
	l->hugetlb |= e->is.what == ARCH_USER_LEAF && kind == MAP_HUGETLB;
	l->upper |= e->level == 1 && kind == MAP_TABLE;
	return false;
}

static struct look look(struct table_check *tc, uint64_t table, unsigned int level)
{
	struct look l = { .tc = tc };
	struct table_walk w;

	if (table_walk_init(&w, tc->kr, look_at, &l, NULL) != PGC_OK)
		return l;
	table_walk_table(&w, NULL, table, level, 0, 0, 1u << w.pg->bits[level]);
	table_walk_deinit(&w);
	return l;
}

/* Page tables that are kept for when a large entry is split: a ring, from @first on; 0: none. */
static void meet_deposits(struct table_check *tc, uint64_t first)
{
	const struct kernel *k = tc->kr.k;
	uint64_t at = first, own;

	for (unsigned int n = 0; first && n < DEPOSITS_MAX; n++) {
		if (!kernel_in_memmap(k, at) || !kernel_page_to_pfn(k, at, &own) ||
		    map_census_kind(tc->census, own) != MAP_TABLE ||
		    !map_census_meet(tc->census, own))
			return;
		tc->recount->tables++;
		if (vmcore_read_u64(tc->kr.vc, at + layout_get(k->lay, L_page_lru), "page.lru", &at,
				    NULL) != PGC_OK)
			return;
		at -= layout_get(k->lay, L_page_lru);
		if (at == first)
			return;
	}
}

/*
 * A table of large entries has them (include/linux/mm.h:pmd_huge_pte()); where it has no lock of its
 * own, as with two levels of tables or on few CPUs, the address space (CONFIG_SPLIT_PMD_PTLOCKS).
 */
static void meet_deposits_of_table(struct table_check *tc, uint64_t pfn)
{
	uint64_t first;

	if (!layout_has(tc->kr.k->lay, L_mm_pmd_huge_pte) &&
	    kernel_member(tc->kr, kernel_pfn_to_page(tc->kr.k, pfn), L_ptdesc_pmd_huge_pte, &first))
		meet_deposits(tc, first);
}

static void meet_deposits_of_space(struct table_check *tc, const struct mm *m)
{
	uint64_t first;

	if (kernel_member(tc->kr, m->kaddr, L_mm_pmd_huge_pte, &first))
		meet_deposits(tc, first);
}

/* An entry that leads to a table: follow it? */
static bool on_table(struct table_check *tc, const struct table_entry *e)
{
	uint64_t pfn = pfn_of(tc, e);
	enum map_kind kind = map_census_kind(tc->census, pfn);
	unsigned int level = e->level - 1;
	const char *what = no_table(kind);

	if (what) {
		table_check_wrong(tc, e, pfn, what);
		if (kind == MAP_NO_MEMORY || look(tc, e->is.paddr, level).bad)
			return false;
	} else if (e->is.wrong) {
		table_check_wrong(tc, e, pfn, "an entry for a page table never has these bits");
	}
	/* A p4d is not counted (include/linux/mm.h:mm_inc_nr_puds() and its like). */
	tc->recount->tables += level <= TABLE_LEVELS_COUNTED;
	if (!map_census_meet(tc->census, pfn)) {
		if (!look(tc, e->is.paddr, level).hugetlb)
			table_check_wrong(tc, e, pfn, "another entry points to this page table, too");
		return false;
	}
	if (kind == MAP_TABLE)
		tc->typed[level]++;
	else if (!what && tc->untyped[level]++ < UNTYPED_KEPT)
		tc->lost[level][tc->untyped[level] - 1] = *e;
	if (level == 2)
		meet_deposits_of_table(tc, pfn);
	return true;
}

/* Pages that are mapped, or were and will be again. */
static void count_resident(struct table_check *tc, enum map_kind kind, int64_t n)
{
	switch (kind) {
	case MAP_ANON:
		tc->recount->counts[MM_COUNT_ANON] += n;
		break;
	case MAP_SHMEM:
		tc->recount->counts[MM_COUNT_SHMEM] += n;
		break;
	case MAP_FILE:
	case MAP_KERNEL:
		tc->recount->counts[MM_COUNT_FILE] += n;
		break;
	case MAP_HUGETLB:
		break;
	default:
		tc->recount->unsure = true;
	}
}

static void on_leaf(struct table_check *tc, const struct table_entry *e)
{
	uint64_t pfn = pfn_of(tc, e);
	uint64_t n = (UINT64_C(1) << arch_table_shift(tc->walk.pg, e->level)) >> tc->kr.k->page_shift;
	enum map_kind kind = map_census_kind(tc->census, pfn);
	const char *what;

	if (e->is.special || (tc->has_huge_zero && pfn == tc->huge_zero) ||
	    kernel_pfn_to_page(tc->kr.k, pfn) == tc->fmt->zero_page)
		return;
	what = no_page(kind);
	if (what)
		table_check_wrong(tc, e, pfn, what);
	else if (e->is.wrong)
		table_check_wrong(tc, e, pfn, "an entry for a page of a process never has these bits");
	tc->tally->entries++;
	tc->no_memory |= !map_census_count(tc->census, pfn, n);
	count_resident(tc, kind, (int64_t)n);
}

/*
 * Is it a swap entry for a page that is moved elsewhere just now? Behind the swap files there is a type
 * of bad memory, in a kernel that knows of such (include/linux/swap.h: SWP_HWPOISON_NUM), then these.
 */
static bool migrates(const struct table_check *tc, unsigned int type)
{
	unsigned int first = tc->swap_types + (tc->fmt->hwpoison != 0);

	return type >= first && type - first < MIGRATION_KINDS;
}

static void on_swap(struct table_check *tc, const struct table_entry *e)
{
	int64_t n = (int64_t)(UINT64_C(1) << arch_table_shift(tc->walk.pg, e->level) >>
			      tc->kr.k->page_shift);

	if (!tc->swap_types || e->is.type == UINT_MAX)
		tc->recount->unsure = true;
	else if (e->is.type < tc->swap_types)
		tc->recount->counts[MM_COUNT_SWAP] += n;
	else if (migrates(tc, e->is.type))
		count_resident(tc, map_census_kind(tc->census, e->is.pfn), n);
}

static bool on_entry(void *arg, const struct table_entry *e)
{
	struct table_check *tc = arg;

	switch (e->is.what) {
	case ARCH_USER_TABLE:
		return on_table(tc, e);
	case ARCH_USER_LEAF:
		if (!e->mm || e->mm->own)
			on_leaf(tc, e);
		break;
	default:
		on_swap(tc, e);
	}
	return false;
}

/*
 * A page of the kernel's image at its place there. Before 6.9 arm64 frees the tables that it booted
 * with, and leaves them mapped (paging_init()).
 */
static bool in_image(const struct table_check *tc, const struct table_entry *e)
{
	return arch_in_image(tc->kr.k->arch, e->vaddr) ||
	       (arch_linear_has(&tc->image, e->vaddr) &&
		e->is.paddr == tc->image.paddr + (e->vaddr - tc->image.kaddr));
}

/*
 * The kernel's own: what is mapped elsewhere than in the direct map, the image and the memory map,
 * which have rules of their own, is the memory of vmalloc() and the like, and never free.
 */
static bool on_kernel_entry(void *arg, const struct table_entry *e)
{
	struct table_check *tc = arg;
	const struct kernel *k = tc->kr.k;
	uint64_t pfn = pfn_of(tc, e);
	enum map_kind kind = map_census_kind(tc->census, pfn);

	if (e->is.what == ARCH_USER_TABLE) {
		/* Those of KASAN's shadow lead to one table many times. */
		return map_census_meet(tc->census, pfn);
	}
	if (e->level > 1 || e->vaddr - tc->direct == e->is.paddr || in_image(tc, e) ||
	    kernel_in_memmap(k, e->vaddr))
		return false;
	if (kind == MAP_FREE || kind == MAP_SLAB)
		table_check_wrong(tc, e, pfn, no_page(kind));
	return false;
}

static void walk_kernel(struct table_check *tc)
{
	struct table_walk w;
	unsigned int top, from, n;

	if (table_walk_init(&w, tc->kr, on_kernel_entry, tc, NULL) != PGC_OK)
		return;
	w.kernel = true;
	/* Behind a process's own; where these are all, the kernel's first table is another one. */
	top = w.pg->levels;
	n = 1u << w.pg->bits[top];
	from = w.pg->own_entries % n;
	table_walk_table(&w, NULL, w.pg->root, top,
			 -((UINT64_C(1) << arch_table_shift(w.pg, top)) * (n - from)), from, n);
	tc->tally->tables += w.tables;
	tc->tally->unread += w.unread;
	table_walk_deinit(&w);
}

static void walk_spaces(struct table_check *tc)
{
	for (size_t i = 0; i < tc->mms.n; i++) {
		const struct mm *m = &tc->mms.list[i];
		uint64_t unread = tc->walk.unread;

		tc->recount = &tc->recounts[i];
		(void)map_census_meet(tc->census, m->root >> tc->kr.k->page_shift);
		table_walk_mm(&tc->walk, m);
		meet_deposits_of_space(tc, m);
		tc->recount->unsure |= tc->walk.unread != unread;
		tc->tally->spaces++;
	}
	tc->tally->tables += tc->walk.tables;
	tc->tally->unread += tc->walk.unread;
}

/* Tables of no address space. */
static void on_orphan(void *arg, uint64_t pfn)
{
	struct table_check *tc = arg;

	if (tc->n_orphans == ORPHANS_MAX) {
		tc->tally->dropped++;
		return;
	}
	tc->orphans[tc->n_orphans++] = (struct orphan){
		.pfn = pfn, .upper = look(tc, pfn << tc->kr.k->page_shift, 1).upper,
	};
}

/* What orphans map counts, that their loss is seen once; those below others are no orphans. */
static void walk_orphans(struct table_check *tc)
{
	size_t n = 0;

	tc->recount = &tc->recounts[tc->mms.n];
	map_census_each_table(tc->census, on_orphan, tc);
	for (unsigned int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < tc->n_orphans; i++) {
			const struct orphan *o = &tc->orphans[i];

			if (o->upper != !pass || map_census_met(tc->census, o->pfn))
				continue;
			table_walk_table(&tc->walk, NULL, o->pfn << tc->kr.k->page_shift,
					 o->upper ? 2 : 1, 0, 0,
					 1u << tc->walk.pg->bits[o->upper ? 2 : 1]);
		}
	for (size_t i = 0; i < tc->n_orphans; i++)
		if (!map_census_met(tc->census, tc->orphans[i].pfn))
			tc->orphans[n++] = tc->orphans[i];
	tc->n_orphans = n;
}

static void learn(struct table_check *tc)
{
	const struct layout *lay = tc->kr.k->lay;

	tc->has_huge_zero = layout_has(lay, L_huge_zero_pfn) &&
			    vmcore_read_u64(tc->kr.vc, kernel_addr(tc->kr.k, L_huge_zero_pfn),
					    "huge_zero_pfn", &tc->huge_zero, NULL) == PGC_OK;
	if (layout_has(lay, L_nr_swap_info))
		tc->swap_types = (unsigned int)layout_get(lay, L_nr_swap_info);
}

static enum pgc_status check(struct table_check *tc, struct pgc_err *err)
{
	enum pgc_status st = map_census_create(tc->kr, tc->fmt, tc->l, &tc->census, err);

	if (st != PGC_OK)
		return st;
	tc->recounts = calloc(tc->mms.n + 1, sizeof(*tc->recounts));
	tc->wrong = calloc(WRONG_MAX, sizeof(*tc->wrong));
	tc->orphans = calloc(ORPHANS_MAX, sizeof(*tc->orphans));
	if (!tc->recounts || !tc->wrong || !tc->orphans)
		return pgc_err_nomem(err, "page tables");
	learn(tc);
	/* First tables are pages like others, by their address in the direct map. */
	tc->direct = tc->mms.list[0].root_kaddr - tc->mms.list[0].root;
	if (!kernel_image_map(tc->kr, &tc->image))
		tc->image = (struct arch_linear){ .len = 0 };
	walk_spaces(tc);
	walk_kernel(tc);
	/* What may be of an address space that was not found is no orphan. */
	if (tc->mms.complete)
		walk_orphans(tc);
	return tc->no_memory ? pgc_err_nomem(err, "page tables") : table_check_tell(tc, err);
}

void table_tally_deinit(struct table_tally *t)
{
	for (size_t i = 0; i < t->n_texts; i++)
		free(t->texts[i]);
	free(t->texts);
	*t = (struct table_tally){ .texts = NULL };
}

enum pgc_status table_check(struct kernel_reader kr, const struct page_format *fmt,
			    const struct listing *l, struct table_tally *ret, table_fact_fn *fn, void *arg,
			    struct pgc_err *err)
{
	struct table_check tc = {
		.kr = kr, .fmt = fmt, .l = l, .tally = ret, .fn = fn, .arg = arg,
	};
	enum pgc_status st;

	*ret = (struct table_tally){ .spaces = 0 };
	st = table_walk_init(&tc.walk, kr, on_entry, &tc, err);
	if (st != PGC_OK)
		return st == PGC_ENOENT ? PGC_OK : st;
	st = mm_list_read(kr, &tc.mms, err);
	ret->incomplete = !tc.mms.complete;
	if (st == PGC_OK && tc.mms.n)
		st = check(&tc, err);
	table_hands_destroy(tc.hands);
	map_census_destroy(tc.census);
	mm_list_deinit(&tc.mms);
	table_walk_deinit(&tc.walk);
	free(tc.recounts);
	free(tc.wrong);
	free(tc.orphans);
	free(tc.odd);
	return st;
}
