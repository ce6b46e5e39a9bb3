/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/lru_check.h"

#include <stdlib.h>

#include "base/compare.h"
#include "base/target_int.h"
#include "judge/damage.h"
#include "model/lru_locks.h"
#include "vmcore.h"
#include "walk/page_sense.h"

#define MAX_STRUCT_PAGE 1024
#define MAX_LOOKS (1u << 21)	/* records read: of a dump with gaps, most edges are half there */
#define MAX_STEPS (1u << 21)	/* along lists whose lock is searched for */

/* What stands where a link leads to. */
enum spot_kind {
	SPOT_PAGE,
	SPOT_OTHER,	/* memory outside of the memmap: the head of a list, if anything */
	SPOT_NONE,	/* no address of a list_head */
	SPOT_UNSEEN,	/* it is not in the dump */
};

struct spot {
	enum spot_kind kind;
	uint64_t at;		/* of its list_head */
	uint64_t next, prev;
	/* of a page: */
	uint64_t pfn;
	uint64_t flags;
	bool linked;		/* on an LRU list, as its flags say */
	bool held;		/* somebody has a reference */
	bool odd;		/* its record as a whole is reported as wrong */
};

struct check {
	struct kernel_reader kr;
	const struct page_format *fmt;
	const struct listing *listing;
	const struct page_homes *homes;	/* NULL: nothing is known */
	const struct lru_edges *edges;	/* NULL: one page only */
	uint64_t memmap_len;
	lru_fact_fn *fn;
	void *arg;
	unsigned int looks, steps;	/* left */
	bool locks_asked;
	enum lock_state locks;
};

/* Its zone and node span it: noise that has PG_lru set by chance is told by these. */
static bool is_at_home(const struct check *c, uint64_t pfn, uint64_t flags)
{
	return !c->homes || page_home_fits(page_homes_find(c->homes, pfn),
					   flags & kernel_zone_bits(c->kr.k));
}

static void look_at_page(const struct check *c, struct spot *s)
{
	uint8_t raw[MAX_STRUCT_PAGE];
	struct page p;

	if (!kernel_page_to_pfn(c->kr.k, s->at - c->fmt->lru_next, &s->pfn)) {
		s->kind = c->kr.k->memory_unseen ? SPOT_UNSEEN : SPOT_NONE;
		return;
	}
	if (vmcore_read(c->kr.vc, s->at - c->fmt->lru_next, raw, c->fmt->size,
			"struct page", NULL) != PGC_OK) {
		s->kind = SPOT_UNSEEN;
		return;
	}
	s->kind = SPOT_PAGE;
	page_decode(c->fmt, raw, &p);
	s->next = p.lru_next;
	s->prev = p.lru_prev;
	s->flags = p.flags;
	s->linked = lru_page_is_linked(c->fmt, p.flags, p.compound);
	s->held = p.refcount > 0;
	s->odd = page_is_blank(&p) || page_sense(c->fmt, &p) || !is_at_home(c, s->pfn, p.flags) ||
		 damage_looks_like(raw, c->fmt->size);
}

static void look(struct check *c, uint64_t at, struct spot *s)
{
	uint8_t raw[16];
	enum pgc_status st;

	*s = (struct spot){ .kind = SPOT_NONE, .at = at };
	if (c->looks)
		c->looks--;
	if (!at || at & 7 || !page_pointer_ok(c->fmt, at))
		return;
	if (at - c->kr.k->memmap < c->memmap_len) {
		look_at_page(c, s);
		return;
	}
	st = vmcore_read(c->kr.vc, at, raw, sizeof(raw), "list_head", NULL);
	if (st != PGC_OK) {
		s->kind = st == PGC_ABSENT && kernel_no_memory(c->kr,
							       at)
				  ? SPOT_NONE
				  : SPOT_UNSEEN;
		return;
	}
	s->kind = SPOT_OTHER;
	s->next = target_u64(raw);
	s->prev = target_u64(raw + 8);
}

/* Does the list go on from @s as it should, at one side at least? */
static bool leads_back(struct check *c, uint64_t at, bool prev_too, const struct spot *s)
{
	struct spot next, prev;

	look(c, s->next, &next);
	if (next.kind <= SPOT_OTHER && next.prev == at)
		return true;
	if (!prev_too)
		return false;
	look(c, s->prev, &prev);
	return prev.kind <= SPOT_OTHER && prev.next == at;
}

/* Is @s on a list of which both neighbours know? */
static bool well_linked(struct check *c, const struct spot *s)
{
	struct spot prev;

	look(c, s->prev, &prev);
	return prev.kind <= SPOT_OTHER && prev.next == s->at && leads_back(c, s->at, false, s);
}

static bool is_end(const struct check *c, uint64_t at)
{
	return c->edges && bsearch(&at, c->edges->ends, c->edges->n_ends, sizeof(at), compare_u64);
}

/* The one place, a wrong bit away from where @from->next leads, that says it comes after it. */
static bool expected_next(struct check *c, const struct spot *from, uint64_t *ret)
{
	unsigned int found = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t at = from->next ^ 1ULL << bit;
		struct spot s;

		if (at - c->kr.k->memmap >= c->memmap_len && c->edges && !is_end(c, at))
			continue;
		look(c, at, &s);
		if (s.kind > SPOT_OTHER || s.prev != from->at)
			continue;
		*ret = at;
		found++;
	}
	return found == 1;
}

/* Follow links that agree from @s to the head of the list; false: there is no way. */
static bool find_head(struct check *c, const struct spot *s, bool forward, uint64_t *head)
{
	struct spot at = *s, to;

	for (; c->steps && at.kind == SPOT_PAGE; at = to) {
		c->steps--;
		look(c, forward ? at.next : at.prev, &to);
		if (to.kind > SPOT_OTHER || (forward ? to.prev : to.next) != at.at)
			return false;
	}
	*head = at.at;
	return at.kind == SPOT_OTHER;
}

/* The lock of the list that has the edge between @from and @to. */
static enum lock_state lock_of(struct check *c, const struct spot *from, const struct spot *to,
			       int nid)
{
	uint64_t head;

	if (layout_has(c->kr.k->lay, L_pglist_data_lru_lock))
		return lru_lock_of_node(c->kr, nid);
	if (!c->locks_asked && c->edges)
		c->locks = lru_locks_of_all(c->kr, c->edges->ends,
					    c->edges->n_ends);
	c->locks_asked = true;
	if (c->locks == LOCK_FREE)
		return LOCK_FREE;
	if (find_head(c, from, false, &head) ||
	    (to->kind <= SPOT_OTHER && find_head(c, to, true, &head)))
		return lru_lock_of_head(c->kr, head);
	return LOCK_UNKNOWN;
}

/*
 * Does a half-done operation look so? list_add() writes next->prev first, then the links of the
 * new page, prev->next last; list_del() next->prev, then prev->next (include/linux/list.h). A page
 * may be taken off its list and put on another with PG_lru set (mm/vmscan.c:sort_folio()), and may
 * have it set before it is put there (move_folios_to_lru()). Whole lists are moved by their heads
 * (7.2 mm/swap.c:lruvec_reparent_lru()).
 */
static bool half_done(struct check *c, const struct spot *from, const struct spot *to)
{
	struct spot before, between;

	if (from->kind == SPOT_OTHER || to->kind == SPOT_OTHER)
		return true;
	look(c, from->prev, &before);
	/* On no list at the moment. */
	if (before.kind > SPOT_OTHER || before.next != from->at)
		return true;
	if (to->kind != SPOT_PAGE)
		return false;
	/* @from is being taken off. */
	if (to->prev == from->prev)
		return true;
	/* Another page is being put between the two. */
	look(c, to->prev, &between);
	return between.kind == SPOT_OTHER ||
	       (between.kind == SPOT_PAGE && between.held && !listing_has(c->listing, between.pfn) &&
		!well_linked(c, &between));
}

static int nid_of(const struct check *c, const struct spot *s)
{
	return s->kind == SPOT_PAGE ? kernel_flags_nid(c->kr.k, s->flags) : -1;
}

/* The link of @holder is wrong: its prev, or its next. @from and @to: the edge that it is of. */
static void tell(struct check *c, const struct spot *holder, bool is_prev, bool bad,
		 const uint64_t *expected, const struct spot *from, const struct spot *to)
{
	struct list_break *b;
	struct lru_fact fact = { .nid = nid_of(c, from) >= 0 ? nid_of(c, from) : nid_of(c, to) };

	b = &fact.brk;
	*b = (struct list_break){
		.kind = bad ? BREAK_BAD_POINTER : BREAK_LINKAGE, .is_prev = is_prev,
		.at_head = holder->kind != SPOT_PAGE, .pfn = holder->pfn, .link = holder->at,
		.found = is_prev ? holder->prev : holder->next, .next = holder->next,
		.prev = holder->prev, .has_expected = expected != NULL,
		.expected = expected ? *expected : 0,
	};
	if (b->found - c->kr.k->memmap < c->memmap_len)
		b->has_target = kernel_page_to_pfn(c->kr.k, b->found - c->fmt->lru_next,
						   &b->target);
	if (holder->kind == SPOT_PAGE)
		fact.zone = kernel_zone(c->kr.k, fact.nid,
					kernel_flags_zone(c->kr.k, holder->flags));
	fact.lock = lock_of(c, from, to, fact.nid);
	fact.half_done = half_done(c, from, to);
	c->fn(c->arg, &fact);
}

/*
 * Neither neighbour knows of @from, and its links are those of a page that was taken off its list,
 * or on none since boot: PG_lru should not be set. False: it is not so.
 */
static bool tell_unlinked(struct check *c, const struct spot *from, const struct spot *to)
{
	struct lru_fact fact = { .nid = nid_of(c, from), .unlinked = true, .half_done = true };
	struct spot before;

	if (from->kind != SPOT_PAGE || (!page_is_poison(from->next) && from->next != from->at))
		return false;
	look(c, from->prev, &before);
	if (before.kind <= SPOT_OTHER && before.next == from->at && before.at != from->at)
		return false;
	fact.brk = (struct list_break){
		.kind = BREAK_LINKAGE, .pfn = from->pfn, .link = from->at, .found = from->flags,
		.has_expected = true, .expected = from->flags & ~c->fmt->lru, .next = from->next,
		.prev = from->prev,
	};
	fact.zone =
		kernel_zone(c->kr.k, fact.nid, kernel_flags_zone(c->kr.k, from->flags));
	fact.lock = lock_of(c, from, to, fact.nid);
	c->fn(c->arg, &fact);
	return true;
}

/*
 * @from->next leads to @to, but @to->prev elsewhere. If whatever that is knows of @to, then @to is
 * in its place and @from strays; so it does when it leads to what is on no LRU list. Else it is
 * @to->prev that leads nowhere it belongs.
 */
static void compare(struct check *c, const struct spot *from, const struct spot *to)
{
	uint64_t expected;
	struct spot other;

	if (expected_next(c, from, &expected)) {
		tell(c, from, false, to->kind == SPOT_NONE, &expected, from, to);
		return;
	}
	if (tell_unlinked(c, from, to))
		return;
	if (to->kind == SPOT_NONE || (to->kind == SPOT_OTHER && !leads_back(c, to->at, true, to))) {
		tell(c, from, false, true, NULL, from, to);
		return;
	}
	/* What is told of the page at the end of the link comes before what follows from it. */
	if (to->kind == SPOT_PAGE && (to->odd || (listing_has(c->listing, to->pfn) && to->linked)))
		return;
	look(c, to->prev, &other);
	if (other.kind == SPOT_UNSEEN && damage_of_xor(to->prev ^ from->at) != CLASS_SINGLE_BIT)
		return;
	if ((other.kind <= SPOT_OTHER && other.next == to->at) ||
	    (to->kind == SPOT_PAGE && !to->linked))
		tell(c, from, false, false, NULL, from, to);
	else
		tell(c, to, true, other.kind == SPOT_NONE, &from->at, from, to);
}

/* The edge that begins at @from. */
static void check_edge(struct check *c, const struct spot *from)
{
	uint64_t expected;
	struct spot to;

	look(c, from->next, &to);
	/* What is not in the dump may be right; not so if what is a wrong bit away says that it is. */
	if (to.kind == SPOT_UNSEEN) {
		if (to.at - c->kr.k->memmap >= c->memmap_len &&
		    expected_next(c, from, &expected))
			tell(c, from, false, true, &expected, from, &to);
		return;
	}
	/* A page alone, on no list that has a head, is none that is on a list. */
	if (to.kind == SPOT_NONE || to.prev != from->at || to.at == from->at)
		compare(c, from, &to);
}

static void check_page(struct check *c, uint64_t pfn)
{
	struct spot s;

	look(c, kernel_pfn_to_page(c->kr.k, pfn) + c->fmt->lru_next, &s);
	/* Without a reference it may be on its way off; of what else is wrong others tell. */
	if (s.kind == SPOT_PAGE && s.linked && s.held && !s.odd && !listing_has(c->listing, pfn))
		check_edge(c, &s);
}

/* A head is known by links to it: one of them may be no head, and its links mean nothing then. */
static void check_head(struct check *c, uint64_t at)
{
	struct spot s, last;

	look(c, at, &s);
	if (s.kind != SPOT_OTHER || s.next == at)
		return;
	look(c, s.prev, &last);
	if (last.kind == SPOT_PAGE && last.next == at)
		check_edge(c, &s);
}

static void check_section(struct check *c, const struct section *s)
{
	uint64_t end = s->start_pfn + c->kr.k->pages_per_section, pfn = s->start_pfn;

	if (!s->online)
		return;
	while (pfn < end && c->looks) {
		uint64_t at = kernel_pfn_to_page(c->kr.k, pfn) + c->fmt->lru_next;

		if (lru_edges_odd(c->edges, at)) {
			check_page(c, pfn);
			pfn++;
			continue;
		}
		/* To the first page whose link is in the next sum. */
		at = ((at >> LRU_SUM_SHIFT) + 1) << LRU_SUM_SHIFT;
		pfn = (at - c->fmt->lru_next - c->kr.k->memmap + c->kr.k->struct_page -
		       1) /
		      c->kr.k->struct_page;
	}
}

static struct check begin(struct kernel_reader kr, const struct page_format *fmt,
			  const struct listing *listing, const struct page_homes *homes,
			  lru_fact_fn *fn, void *arg)
{
	return (struct check){
		.kr = kr,
		.fmt = fmt,
		.listing = listing,
		.homes = homes,
		.fn = fn,
		.arg = arg,
		.memmap_len =
			kr.k->n_section_nrs * kr.k->pages_per_section * kr.k->struct_page,
		.looks = MAX_LOOKS,
		.steps = MAX_STEPS,
		.locks = LOCK_UNKNOWN,
	};
}

void lru_check(struct kernel_reader kr, const struct page_format *fmt,
	       const struct listing *listing, const struct page_homes *homes,
	       struct lru_edges *edges, lru_fact_fn *fn, void *arg, bool *cut)
{
	struct check c = begin(kr, fmt, listing, homes, fn, arg);

	c.edges = edges;
	lru_edges_sort_ends(edges);
	for (size_t i = 0; i < edges->n_ends; i++) {
		struct spot head;

		look(&c, edges->ends[i], &head);
		if (head.kind == SPOT_OTHER)
			lru_edges_add_head(edges, head.at, head.next, head.prev);
	}
	c.looks = MAX_LOOKS;
	if (lru_edges_any_odd(edges)) {
		for (size_t i = 0; i < edges->n_ends && c.looks; i++)
			if (lru_edges_odd(edges, edges->ends[i]))
				check_head(&c, edges->ends[i]);
		for (size_t i = 0; i < kr.k->n_sections && c.looks; i++)
			check_section(&c, &kr.k->sections[i]);
	}
	*cut = edges->full || !c.looks;
}

void lru_check_page(struct kernel_reader kr, const struct page_format *fmt,
		    const struct listing *listing, const struct page_homes *homes, uint64_t pfn,
		    lru_fact_fn *fn, void *arg)
{
	struct check c = begin(kr, fmt, listing, homes, fn, arg);
	struct spot s, before;

	check_page(&c, pfn);
	look(&c, kernel_pfn_to_page(kr.k, pfn) + fmt->lru_next, &s);
	if (s.kind != SPOT_PAGE || !s.linked)
		return;
	/* The page before it, by its prev or by one wrong bit in that. */
	for (unsigned int bit = 0; bit < 64; bit++) {
		look(&c, s.prev ^ 1ULL << bit, &before);
		if (before.kind == SPOT_PAGE && before.linked && before.held && !before.odd &&
		    before.next == s.at)
			check_edge(&c, &before);
	}
}
