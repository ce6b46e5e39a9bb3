// SPDX-License-Identifier: GPL-2.0
/*
 * Faults in the checker's two bitmaps and in its own variables.
 *
 * The shapes follow field studies of DRAM faults: most are one bit, then a row
 * (a run of neighbouring words), then a column (one bit over a stride).
 */
#include <linux/ioport.h>
#include <linux/mm.h>

#include "plant.h"

static unsigned long *bit_word(int map, unsigned long pfn)
{
	return lab_pc->db.bitmap[map] +
	       (pfn - lab_pc->min_pfn) / BITS_PER_LONG;
}

void pc_flip(struct plant *p, int map, unsigned long pfn)
{
	unsigned long *word = bit_word(map, pfn);
	unsigned int bit = (pfn - lab_pc->min_pfn) % BITS_PER_LONG;
	unsigned long old = *word;

	plant_u64(p, word, old ^ BIT(bit));
	truth_detail(p, map == DUAL_BITMAP_PRIMARY ? "primary" : "secondary",
		     "{\"address\":\"0x%lx\",\"bit\":%u,\"old\":%d,\"new\":%d}",
		     (unsigned long)word, bit, !!(old & BIT(bit)),
		     !(old & BIT(bit)));
}

static bool says(unsigned long pfn, bool primary, bool secondary)
{
	return pc_covers(pfn) &&
	       pc_bit(DUAL_BITMAP_PRIMARY, pfn) == primary &&
	       pc_bit(DUAL_BITMAP_SECONDARY, pfn) == secondary;
}

static bool page_allocated(struct page *page, unsigned long pfn)
{
	return says(pfn, true, false);
}

/* In use beyond doubt: on an LRU list, referenced, and no part of a folio. */
static bool page_on_lru(struct page *page, unsigned long pfn)
{
	return says(pfn, true, false) && !PageCompound(page) &&
	       page_ref_count(page) > 0 && PageLRU(page);
}

static bool page_in_slab(struct page *page, unsigned long pfn)
{
	return says(pfn, true, false) && !PageTail(page) && PageSlab(page);
}

static bool page_reserved(struct page *page, unsigned long pfn)
{
	return says(pfn, false, true) && PageReserved(page);
}

enum victim { ALLOCATED, ON_LRU, IN_SLAB, RESERVED, FREE_HEAD, FREE_INNER,
	      ON_PCP };

/* What the flip contradicts beside the pair itself differs by victim. */
static const char * const beside[] = {
	[ALLOCATED]	= "free-in-use tracked-count owner-disagrees",
	[ON_LRU]	= "tracked-count owner-disagrees",
	[IN_SLAB]	= "tracked-count owner-disagrees",
	[RESERVED]	= "allocated-no-memory tracked-count owner-disagrees",
	[FREE_HEAD]	= "allocated-on-free-list tracked-count owner-disagrees",
	[FREE_INNER]	= "allocated-on-free-list tracked-count owner-disagrees",
	[ON_PCP]	= "allocated-on-free-list tracked-count owner-disagrees",
};

static struct page *pick_free(struct plant *p, enum victim kind)
{
	struct pcp_entry e;
	struct block b;

	if (kind == ON_PCP) {
		if (!pick_entry(p, &e, entry_any, 0))
			return NULL;
		truth_entry(p, &e);
		return e.page;
	}
	if (!pick_block(p, &b, block_min_order, kind == FREE_INNER ? 1 : 0))
		return NULL;
	truth_block(p, &b);
	if (kind == FREE_HEAD)
		return b.page;
	return b.page + 1 + rnd_below(p, (1UL << b.order) - 1);
}

static struct page *pick_victim(struct plant *p, enum victim kind)
{
	switch (kind) {
	case ALLOCATED:
		return pick_page(p, page_allocated);
	case ON_LRU:
		return pick_page(p, page_on_lru);
	case IN_SLAB:
		return pick_page(p, page_in_slab);
	case RESERVED:
		return pick_page(p, page_reserved);
	default:
		return pick_free(p, kind);
	}
}

#define BIT_FAULT(victim, maps)	((victim) << 4 | (maps))
#define ARG_VICTIM(arg)		((enum victim)((arg) >> 4))
#define ARG_MAPS(arg)		((arg) & 3)
#define PRIMARY			BIT(DUAL_BITMAP_PRIMARY)
#define SECONDARY		BIT(DUAL_BITMAP_SECONDARY)

static int flip_one(struct plant *p, long arg)
{
	struct page *page = pick_victim(p, ARG_VICTIM(arg));
	unsigned long pfn;

	if (!page)
		return -ENOENT;
	pfn = page_to_pfn(page);
	truth_pfn(p, pfn);
	if (ARG_MAPS(arg) & PRIMARY)
		pc_flip(p, DUAL_BITMAP_PRIMARY, pfn);
	if (ARG_MAPS(arg) & SECONDARY)
		pc_flip(p, DUAL_BITMAP_SECONDARY, pfn);
	truth_expect(p, "complement-broken", pfn);
	truth_also(p, beside[ARG_VICTIM(arg)]);
	return 0;
}

/* Both bits: the pair agrees with itself; only a third witness can object. */
static int flip_both(struct plant *p, long arg)
{
	enum victim kind = ARG_VICTIM(arg);
	struct page *page = pick_victim(p, kind);
	unsigned long pfn;

	if (!page)
		return -ENOENT;
	pfn = page_to_pfn(page);
	truth_pfn(p, pfn);
	pc_flip(p, DUAL_BITMAP_PRIMARY, pfn);
	pc_flip(p, DUAL_BITMAP_SECONDARY, pfn);
	truth_expect(p, kind >= FREE_HEAD ? "allocated-on-free-list" :
		     "free-in-use", pfn);
	truth_also(p, "tracked-count owner-disagrees");
	return 0;
}

/* A pfn that the bitmaps cover but no System RAM is behind. */
static int flip_hole(struct plant *p, long arg)
{
	unsigned long span = lab_pc->max_pfn - lab_pc->min_pfn;
	unsigned long start = rnd_below(p, span), i, pfn;
	int (*is_ram)(unsigned long pfn) = (void *)plant_lookup("page_is_ram");

	if (!is_ram)
		return -EOPNOTSUPP;
	for (i = 0; i < span; i++) {
		pfn = lab_pc->min_pfn + (start + i) % span;
		if (says(pfn, false, true) && !is_ram(pfn))
			break;
	}
	if (i == span)
		return -ENOENT;
	truth_pfn(p, pfn);
	pc_flip(p, DUAL_BITMAP_PRIMARY, pfn);
	pc_flip(p, DUAL_BITMAP_SECONDARY, pfn);
	truth_expect(p, "allocated-no-memory", pfn);
	truth_also(p, "tracked-count");
	return 0;
}

static int flip_padding(struct plant *p, long map)
{
	unsigned int nbits = lab_pc->db.nbits, used = nbits % BITS_PER_LONG;
	unsigned long *word = lab_pc->db.bitmap[map] + nbits / BITS_PER_LONG;
	unsigned int bit;

	if (!used)
		return -ENOENT;		/* the last word is full */
	bit = used + rnd_below(p, BITS_PER_LONG - used);
	truth_change(p, word, *word, *word ^ BIT(bit));
	plant_u64(p, word, *word ^ BIT(bit));
	truth_expect_any(p, "bitmap-padding");
	return 0;
}

/*
 * A run of neighbouring words inverted in one map: arg is the map and the
 * number of words. Whatever was there, every pair of the run is broken.
 */
static int flip_row(struct plant *p, long arg)
{
	unsigned long words = arg >> 1, total, first, i;
	int map = arg & 1;
	unsigned long *word;

	total = lab_pc->db.nbits / BITS_PER_LONG;
	/* A small guest's maps are not much larger than a row of a chip. */
	words = min(words, total / 2);
	first = rnd_below(p, total - words + 1);
	word = lab_pc->db.bitmap[map] + first;
	truth_detail(p, "address", "\"0x%lx\"", (unsigned long)word);
	truth_detail(p, "words", "%lu", words);
	truth_detail(p, "map", "%d", map);
	for (i = 0; i < words; i++)
		plant_u64(p, word + i, ~word[i]);
	truth_pfn(p, lab_pc->min_pfn + first * BITS_PER_LONG);
	truth_expect_run(p, "complement-broken", p->pfn, words * BITS_PER_LONG);
	truth_also(p, "allocated-on-free-list allocated-no-memory free-in-use "
		   "tracked-count limbo-excess owner-disagrees");
	return 0;
}

/* The same bit of every word at a stride: a column of the memory chip. */
static int flip_column(struct plant *p, long map)
{
	unsigned long total = lab_pc->db.nbits / BITS_PER_LONG;
	unsigned int stride = 64, count = 16, bit, i;
	unsigned long first, pfn;

	while (stride > 1 && total < (unsigned long)stride * count)
		stride /= 2;
	if (total < (unsigned long)stride * count)
		return -ENOENT;
	first = rnd_below(p, total - (unsigned long)stride * (count - 1));
	bit = rnd_below(p, BITS_PER_LONG);
	truth_detail(p, "stride_bytes", "%u", stride * 8);
	truth_detail(p, "map", "%ld", map);
	for (i = 0; i < count; i++) {
		unsigned long *word = lab_pc->db.bitmap[map] +
				      first + i * stride;

		plant_u64(p, word, *word ^ BIT(bit));
		pfn = lab_pc->min_pfn +
		      (first + i * stride) * BITS_PER_LONG + bit;
		if (!i)
			truth_pfn(p, pfn);
		truth_expect(p, "complement-broken", pfn);
	}
	truth_also(p, "allocated-on-free-list allocated-no-memory free-in-use "
		   "tracked-count limbo-excess owner-disagrees");
	return 0;
}

/* 64 bytes of one map overwritten, as by a stray cache line write-back. */
static int overwrite_line(struct plant *p, long map)
{
	static const char text[] = "GET /index.html HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n...";
	unsigned long total = lab_pc->db.nbits / BITS_PER_LONG;
	unsigned long first, pfn, i, bad = 0, last = 0;
	unsigned long *word;

	if (total < 8)
		return -ENOENT;
	first = rnd_below(p, total / 8) * 8;
	word = lab_pc->db.bitmap[map] + first;
	truth_detail(p, "address", "\"0x%lx\"", (unsigned long)word);
	truth_detail(p, "map", "%ld", map);
	for (i = 0; i < 8; i++) {
		u64 new;

		memcpy(&new, text + i * 8, 8);
		plant_u64(p, word + i, new);
	}
	for (i = 0; i < 8 * BITS_PER_LONG; i++) {
		pfn = lab_pc->min_pfn + first * BITS_PER_LONG + i;
		if (pc_bit(0, pfn) != pc_bit(1, pfn))
			continue;
		if (!bad++)
			truth_pfn(p, pfn);
		last = pfn;
	}
	if (bad)
		truth_expect_within(p, "complement-broken", p->pfn, last);
	truth_detail(p, "broken_pairs", "%lu", bad);
	truth_also(p, "allocated-on-free-list allocated-no-memory free-in-use "
		   "tracked-count limbo-excess owner-disagrees");
	return bad ? 0 : -ENOENT;
}

enum state_damage { MIN_PFN, MAX_PFN, NBITS, SAME_MAP, NULL_MAP, WILD_MAP,
		    MAPS_EXCHANGED, MAP_BIT };

static int damage_state(struct plant *p, long what)
{
	unsigned long bit = BIT(rnd_below(p, 12)), other;
	unsigned long **map = &lab_pc->db.bitmap[rnd_below(p, 2)];

	switch (what) {
	case MIN_PFN:
		truth_change(p, &lab_pc->min_pfn, lab_pc->min_pfn,
			     lab_pc->min_pfn ^ bit);
		plant_u64(p, &lab_pc->min_pfn, lab_pc->min_pfn ^ bit);
		break;
	case MAX_PFN:
		truth_change(p, &lab_pc->max_pfn, lab_pc->max_pfn,
			     lab_pc->max_pfn ^ bit);
		plant_u64(p, &lab_pc->max_pfn, lab_pc->max_pfn ^ bit);
		break;
	case NBITS:
		truth_change(p, &lab_pc->db.nbits, lab_pc->db.nbits,
			     lab_pc->db.nbits ^ bit);
		plant_u32(p, &lab_pc->db.nbits, lab_pc->db.nbits ^ bit);
		break;
	case SAME_MAP:
		plant_u64(p, &lab_pc->db.bitmap[1],
			  (unsigned long)lab_pc->db.bitmap[0]);
		break;
	case NULL_MAP:
		plant_u64(p, map, 0);
		break;
	case WILD_MAP:
		plant_u64(p, map, 0x4141414141414141ULL);
		break;
	case MAPS_EXCHANGED:
		other = (unsigned long)lab_pc->db.bitmap[1];
		plant_u64(p, &lab_pc->db.bitmap[1],
			  (unsigned long)lab_pc->db.bitmap[0]);
		plant_u64(p, &lab_pc->db.bitmap[0], other);
		break;
	case MAP_BIT:
		/* Still in the direct map, and still a pointer to words. */
		other = (unsigned long)*map ^ bit << 3;
		truth_change(p, map, (unsigned long)*map, other);
		plant_u64(p, map, other);
		break;
	}
	truth_expect_any(p, "checker-state");
	/* With the map's origin or size wrong, anything may follow from it. */
	truth_also(p, "*");
	return 0;
}

static int damage_tracked(struct plant *p, long delta)
{
	s64 old = atomic64_read(&lab_stats->pages_tracked);

	truth_change(p, &lab_stats->pages_tracked, old, old + delta);
	plant_u64(p, &lab_stats->pages_tracked, old + delta);
	truth_expect_any(p, "tracked-count");
	return 0;
}

static int count_violations(struct plant *p, long delta)
{
	s64 old = atomic64_read(&lab_stats->violations_detected);

	plant_u64(p, &lab_stats->violations_detected, old + delta);
	truth_expect_any(p, "violations-logged");
	return 0;
}

#define ONE(victim, maps)	flip_one, BIT_FAULT(victim, maps), true
#define BOTH(victim)		flip_both, BIT_FAULT(victim, 0), true
#define ROW(map, words)		flip_row, (words) << 1 | (map), true

const struct fault bit_faults[] = {
	{ "primary-bit",		ONE(ALLOCATED, PRIMARY) },
	{ "primary-bit-free",		ONE(FREE_INNER, PRIMARY) },
	{ "primary-bit-head",		ONE(FREE_HEAD, PRIMARY) },
	{ "primary-bit-pcp",		ONE(ON_PCP, PRIMARY) },
	{ "primary-bit-reserved",	ONE(RESERVED, PRIMARY) },
	{ "secondary-bit",		ONE(ALLOCATED, SECONDARY) },
	{ "secondary-bit-free",		ONE(FREE_INNER, SECONDARY) },
	{ "secondary-bit-pcp",		ONE(ON_PCP, SECONDARY) },
	{ "secondary-bit-reserved",	ONE(RESERVED, SECONDARY) },
	{ "both-bits-allocated",	BOTH(ON_LRU) },
	{ "both-bits-slab",		BOTH(IN_SLAB) },
	{ "both-bits-free",		BOTH(FREE_HEAD) },
	{ "both-bits-free-interior",	BOTH(FREE_INNER) },
	{ "both-bits-pcp",		BOTH(ON_PCP) },
	{ "hole-bit",			flip_hole, 0, true },
	{ "padding-primary",		flip_padding, 0, true },
	{ "padding-secondary",		flip_padding, 1, true },
	{ "bitmap-row-primary",		ROW(0, 8) },
	{ "bitmap-row-secondary",	ROW(1, 1024) },
	{ "bitmap-row-long",		ROW(0, 400) },
	{ "bitmap-column-primary",	flip_column, 0, true },
	{ "bitmap-column-secondary",	flip_column, 1, true },
	{ "bitmap-text-primary",	overwrite_line, 0, true },
	{ "bitmap-text-secondary",	overwrite_line, 1, true },
	{ "checker-min-pfn",		damage_state, MIN_PFN, true },
	{ "checker-max-pfn",		damage_state, MAX_PFN, true },
	{ "checker-nbits",		damage_state, NBITS, true },
	{ "checker-same-map",		damage_state, SAME_MAP, true },
	{ "checker-null-map",		damage_state, NULL_MAP, true },
	{ "checker-wild-map",		damage_state, WILD_MAP, true },
	{ "checker-maps-exchanged",	damage_state, MAPS_EXCHANGED, true },
	{ "checker-map-bit",		damage_state, MAP_BIT, true },
	{ "tracked-count",		damage_tracked, 1000, true },
	{ "violations-logged",		count_violations, 5, true },
	{ }
};
