/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bitmap_walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bit_damage.h"
#include "damage.h"
#include "dual_bitmap.h"
#include "finding_run.h"
#include "free_list.h"
#include "iomem.h"
#include "judge.h"
#include "listing.h"
#include "page_facts.h"
#include "page_owner.h"
#include "pageblock.h"
#include "struct_page.h"
#include "vmcore.h"
#include "zone_counters.h"

#define CHUNK_PAGES 4096 /* 256 KiB of struct pages */
#define CHUNK_WORDS (CHUNK_PAGES / 64)

/* Decoded flags of pages with findings: few differ, and findings borrow the text. */
#define FLAG_TEXTS 64
struct flag_text {
	uint64_t flags;
	char text[96];
};

struct walk {
	struct kernel *k;
	struct summary *sum;
	struct page_facts pages;
	struct listing *listing;
	struct dual_bitmap *db;		/* NULL: no bits */
	struct iomem *iomem;		/* NULL: everything may be memory */
	struct page_owner *owner;	/* NULL: not recorded */
	struct judge_table *table;
	struct finding_run run;		/* findings about pages: folded, ... */
	struct bit_damage *damage;	/* ... then classified, then to the sink */
	finding_sink *sink;
	void *arg;
	bool offline;			/* the section under way is not online */
	/* the chunk under way */
	uint8_t *raw;			/* its struct pages */
	uint8_t status[CHUNK_PAGES];	/* enum pgc_status of each */
	struct bit_pair pairs[CHUNK_WORDS];
	struct owner_bits owners[CHUNK_WORDS];
	struct flag_text flag_texts[FLAG_TEXTS];
	size_t n_flag_texts;
	/* pages up to here are, or are not, memory */
	uint64_t ram_end;
	bool ram;
};

/* One page and all that is known of it. */
struct view {
	uint64_t pfn;
	uint32_t facts;
	const uint8_t *raw;	/* its struct page; NULL: not there */
	struct page page;
};

static void add_flags(struct walk *w, const struct page *p, struct finding *f)
{
	uint64_t flags = p->flags & ((1ULL << (layout_get(w->k->lay, L_NR_PAGEFLAGS) & 63)) - 1);
	size_t i = 0;

	finding_hex(f, "flags", p->flags);
	while (i < w->n_flag_texts && w->flag_texts[i].flags != flags)
		i++;
	if (i == FLAG_TEXTS)
		return;
	if (i == w->n_flag_texts) {
		w->flag_texts[i].flags = flags;
		page_flag_names(w->k->lay, flags, w->flag_texts[i].text,
				sizeof(w->flag_texts[i].text));
		w->n_flag_texts++;
	}
	finding_str(f, "flag_names", w->flag_texts[i].text);
}

static void on_list_fact(void *arg, const struct list_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	if (!judge_list(fact, &f))
		return;
	f.migratetype = layout_enum_name(w->k->lay, LE_migratetype, fact->list->migratetype);
	if (f.cpu >= 0 && fact->list->head)
		finding_num(&f, "pcp_list", fact->list->index);
	if (fact->has_page) {
		finding_hex(&f, "page", fact->page_kaddr);
		add_flags(w, &fact->page, &f);
		finding_int(&f, "refcount", fact->page.refcount);
		finding_str(&f, "page_kind",
			    page_kind_name(page_kind(&w->pages.fmt, fact->page.mapcount)));
		finding_hex(&f, "lru_next", fact->page.lru_next);
		finding_hex(&f, "lru_prev", fact->page.lru_prev);
	}
	w->sink(w->arg, &f);
}

static void on_checker_fact(void *arg, const struct checker_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	if (judge_checker(fact, &f))
		w->sink(w->arg, &f);
}

/* The zone a page belongs to by its own flags, else the one that spans its pfn. */
static const struct zone_summary *zone_of(const struct walk *w, const struct view *v)
{
	const struct kernel *k = w->k;
	const struct zone *z = NULL;

	if (v->facts & PF_MEMMAP)
		z = kernel_zone(k, kernel_flags_nid(k, v->page.flags),
				kernel_flags_zone(k, v->page.flags));
	for (size_t i = 0; !z && i < k->n_zones; i++)
		if (v->pfn >= k->zones[i].start_pfn &&
		    v->pfn - k->zones[i].start_pfn < k->zones[i].spanned)
			z = &k->zones[i];
	return z ? &w->sum->zones[z - k->zones] : NULL;
}

static void add_page_evidence(struct walk *w, const struct view *v, struct finding *f)
{
	static const struct {
		const char *kaddr, *paddr, *value;
	} keys[BITMAPS] = {
		[BITMAP_PRIMARY] = { "primary_word_kaddr", "primary_word_paddr",
				     "primary_word" },
		[BITMAP_SECONDARY] = { "secondary_word_kaddr", "secondary_word_paddr",
				       "secondary_word" },
	};
	uint64_t word, paddr, run;
	unsigned int bit;

	for (int map = 0; map < BITMAPS && (v->facts & PF_BITS); map++) {
		uint64_t kaddr = dual_bitmap_word_kaddr(w->db, map, v->pfn, &bit);

		finding_hex(f, keys[map].kaddr, kaddr);
		if (vmcore_translate(w->k->vc, kaddr, &paddr, &run, NULL) == PGC_OK)
			finding_hex(f, keys[map].paddr, paddr);
		if (vmcore_read_u64(w->k->vc, kaddr, keys[map].value, &word, NULL) == PGC_OK)
			finding_hex(f, keys[map].value, word);
		if (map == BITMAP_SECONDARY)
			finding_num(f, "bit", bit);
	}
	if (!(v->facts & PF_MEMMAP))
		return;
	finding_hex(f, "page", kernel_pfn_to_page(w->k, v->pfn));
	add_flags(w, &v->page, f);
	finding_int(f, "refcount", v->page.refcount);
	finding_hex(f, "page_type", v->page.mapcount);
	finding_str(f, "page_kind", page_kind_name(page_kind(&w->pages.fmt, v->page.mapcount)));
	finding_hex(f, "private", v->page.private);
	finding_hex(f, "mapping", v->page.mapping);
}

/* A struct page of which nothing is left was written over. */
static void classify_page(const struct walk *w, const struct view *v, struct finding *f)
{
	const char *like;

	if (!v->raw || f->verdict != VERDICT_STRUCT_PAGE)
		return;
	like = damage_looks_like(v->raw, w->pages.fmt.size);
	if (!like)
		return;
	f->damage = CLASS_OVERWRITE;
	finding_str(f, "looks_like", like);
}

/*
 * That a page is on no list says something only when all lists it could be on were seen.
 */
static void explain_unlisted(const struct walk *w, const struct view *v,
			     const struct zone_summary *z, struct finding *f)
{
	const struct kernel *k = w->k;

	if (f->id != FIND_BUDDY_NOT_LISTED && f->id != FIND_LIMBO_EXCESS)
		return;
	if (!kernel_zone(k, kernel_flags_nid(k, v->page.flags),
			 kernel_flags_zone(k, v->page.flags)))
		f->explained = "the lists of its zone are not in the dump";
	else if (z && z->lists_cut)
		f->explained = "a free list of its zone is broken: the page may be behind the break";
	else if (z && z->lock_held && f->id == FIND_BUDDY_NOT_LISTED)
		f->explained = "the zone's lock was held: the page was being put on a list or taken off";
	if (f->explained)
		f->severity = SEV_NOTE;
}

static void report_page(struct walk *w, const struct view *v, enum finding_id id)
{
	const struct zone_summary *z = zone_of(w, v);
	struct finding f;

	finding_init(&f, id, v->pfn);
	/* Two buddies: named by the lower, though the upper is where it shows. */
	if (id == FIND_BUDDIES_UNMERGED)
		f.pfn = v->pfn - (1ULL << w->pages.block_order);
	judge_page_detail(v->facts, &f);
	if (id == FIND_BUDDIES_UNMERGED && w->pages.block_order >= (int)w->k->pageblock_order) {
		f.severity = SEV_NOTE;
		f.explained = "pageblocks whose migratetypes did not mix when they were freed";
	}
	if (z) {
		f.node = z->node;
		f.zone = z->name;
	}
	if ((v->facts & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_BUDDY)
		f.order = w->pages.block_order;
	explain_unlisted(w, v, z, &f);
	add_page_evidence(w, v, &f);
	classify_page(w, v, &f);
	finding_run_add(&w->run, &f);
}

/* Add what the struct page says, and count the page's state. */
static void see_page(struct walk *w, struct view *v, const uint8_t *raw)
{
	enum page_state state;

	v->raw = raw;
	v->facts = page_facts_add(&w->pages, v->pfn, raw, v->facts, &v->page, &state);
	w->sum->states[state]++;
	w->sum->coverage.walked++;
	if (state == PS_LIMBO)
		w->sum->coverage.limbo++;
}

static void miss_page(struct walk *w, struct view *v, enum pgc_status why)
{
	switch (why) {
	case PGC_ABSENT:
		w->sum->coverage.holes++;
		w->sum->states[w->offline ? PS_OFFLINE_SECTION : PS_NO_MEMMAP]++;
		v->facts |= PF_HOLE;
		break;
	case PGC_EXCLUDED:
		w->sum->coverage.excluded++;
		w->sum->states[PS_EXCLUDED]++;
		break;
	default:
		w->sum->coverage.unreadable++;
		w->sum->states[PS_UNREADABLE]++;
		break;
	}
}

static uint32_t bit_facts(const struct bit_pair *pair, const struct listing_word *lw,
			  unsigned int bit)
{
	uint32_t facts = 0;

	facts |= (pair->known >> bit & 1) * PF_BITS;
	facts |= (pair->primary >> bit & 1) * PF_PRIMARY;
	facts |= (pair->secondary >> bit & 1) * PF_SECONDARY;
	facts |= (lw->kind[0] >> bit & 1) * PF_ON_BUDDY;
	facts |= (lw->kind[1] >> bit & 1) * PF_ON_PCP;
	facts |= (lw->head >> bit & 1) * PF_LIST_HEAD;
	return facts;
}

/* D35: what page_owner recorded, against a pair of bits that agrees with itself. */
static uint32_t owner_facts(const struct bit_pair *pair, const struct owner_bits *owner,
			    unsigned int bit)
{
	uint64_t differs = owner->known & pair->known & (owner->allocated ^ pair->primary) &
			   (pair->primary ^ pair->secondary);

	return (differs >> bit & 1) * PF_OWNER;
}

static bool is_ram(struct walk *w, uint64_t pfn)
{
	if (pfn >= w->ram_end)
		w->ram = iomem_is_ram(w->iomem, pfn, &w->ram_end);
	return w->ram;
}

/* The pages [pfn, pfn + n), whose struct pages and bits have been read. */
static void judge_chunk(struct walk *w, uint64_t pfn, size_t n)
{
	struct listing_word lw = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct view v = { .pfn = pfn + i };
		uint64_t findings;

		if (!(i % 64))
			lw = listing_word(w->listing, pfn + i);
		v.facts = bit_facts(&w->pairs[i / 64], &lw, i % 64);
		v.facts |= owner_facts(&w->pairs[i / 64], &w->owners[i / 64], i % 64);
		if (!is_ram(w, v.pfn))
			v.facts |= PF_HOLE;
		if (w->status[i] == PGC_OK)
			see_page(w, &v, w->raw + i * w->pages.fmt.size);
		else
			miss_page(w, &v, w->status[i]);
		findings = judge_lookup(w->table, v.facts);
		for (; findings; findings &= findings - 1)
			report_page(w, &v, (enum finding_id)__builtin_ctzll(findings));
	}
}

/* Read the struct pages of a chunk; w->status tells which of them are there. */
static enum pgc_status read_memmap(struct walk *w, uint64_t pfn, size_t n, struct pgc_err *err)
{
	uint64_t start = kernel_pfn_to_page(w->k, pfn), page = 1ULL << w->k->page_shift;
	size_t len = n * w->pages.fmt.size, at = 0;

	memset(w->status, PGC_OK, n);
	while (at < len) {
		size_t done = 0, end;
		enum pgc_status st;

		st = vmcore_read_bulk(w->k->vc, start + at, w->raw + at, len - at, &done, err);
		if (st == PGC_OK)
			break;
		if (!pgc_is_gap(st))
			return pgc_err_add(err, st, "memmap of pfn 0x%" PRIx64, pfn);
		at += done;
		end = at + (size_t)(page - (start + at) % page);
		/* A struct page may straddle the edge of the gap: it is not all there. */
		for (size_t i = at / w->pages.fmt.size; i < n && i * w->pages.fmt.size < end; i++)
			w->status[i] = (uint8_t)st;
		at = end;
	}
	return PGC_OK;
}

static enum pgc_status read_bits(struct walk *w, uint64_t pfn, struct pgc_err *err)
{
	struct coverage *cov = &w->sum->coverage;
	enum pgc_status st;

	memset(w->owners, 0, sizeof(w->owners));
	if (!w->db)
		return PGC_OK;
	if (w->owner) {
		st = page_owner_read(w->owner, pfn, w->owners, CHUNK_WORDS, err);
		if (st != PGC_OK)
			return st;
	}
	st = dual_bitmap_read(w->db, pfn, w->pairs, CHUNK_WORDS, &cov->bitmap_excluded,
			      &cov->bitmap_unreadable, err);
	for (size_t i = 0; i < CHUNK_WORDS; i++)
		w->sum->checker.primary_popcount +=
			(uint64_t)__builtin_popcountll(w->pairs[i].primary);
	return st;
}

/* D27: a pageblock of a migratetype that there is not. */
static void check_pageblocks(struct walk *w, const struct section *s)
{
	uint64_t block = 1ULL << w->k->pageblock_order;
	struct finding f;

	for (uint64_t i = 0; i < w->k->pages_per_section; i += block) {
		int mt = pageblock_migratetype(w->k, s->start_pfn + i);

		if (mt < (int)w->k->migratetypes)
			continue;
		finding_init(&f, FIND_WRONG_MIGRATETYPE, s->start_pfn + i);
		f.count = block;
		f.verdict = VERDICT_UNKNOWN;
		finding_str(&f, "what", "a pageblock has a migratetype that does not exist");
		finding_num(&f, "found", (uint64_t)mt);
		w->sink(w->arg, &f);
	}
}

/* [start, end) has struct pages. Section bounds are multiples of a chunk. */
static enum pgc_status walk_section(struct walk *w, uint64_t start, uint64_t end,
				    struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (uint64_t pfn = start; pfn < end && st == PGC_OK; pfn += CHUNK_PAGES) {
		size_t n = end - pfn < CHUNK_PAGES ? (size_t)(end - pfn) : CHUNK_PAGES;

		/* What struct pages of memory that was taken offline say is stale. */
		if (w->offline)
			memset(w->status, PGC_ABSENT, n);
		else
			st = read_memmap(w, pfn, n, err);
		if (st == PGC_OK)
			st = read_bits(w, pfn, err);
		if (st == PGC_OK)
			judge_chunk(w, pfn, n);
		w->sum->coverage.pfns += n;
	}
	return st;
}

/* [start, end) has no struct page, but the checker may have bits for it. */
static enum pgc_status walk_hole(struct walk *w, uint64_t start, uint64_t end,
				 struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;
	uint64_t n;

	if (!w->db || start >= dual_bitmap_max_pfn(w->db) || end <= dual_bitmap_min_pfn(w->db))
		return PGC_OK;
	if (end > dual_bitmap_max_pfn(w->db))
		end = dual_bitmap_max_pfn(w->db);
	memset(w->status, PGC_ABSENT, sizeof(w->status));
	for (uint64_t pfn = start; pfn < end && st == PGC_OK; pfn += n) {
		n = end - pfn < CHUNK_PAGES ? end - pfn : CHUNK_PAGES;
		st = read_bits(w, pfn, err);
		if (st == PGC_OK)
			judge_chunk(w, pfn, n);
		w->sum->coverage.pfns += n;
	}
	return st;
}

static enum pgc_status walk_pages(struct walk *w, const volatile sig_atomic_t *stop,
				  struct pgc_err *err)
{
	const struct kernel *k = w->k;
	enum pgc_status st = PGC_OK;
	uint64_t at = w->db ? dual_bitmap_min_pfn(w->db) & ~63ULL : UINT64_MAX;

	for (size_t i = 0; i < k->n_sections && st == PGC_OK; i++) {
		const struct section *s = &k->sections[i];

		if (at < s->start_pfn)
			st = walk_hole(w, at, s->start_pfn, err);
		w->offline = !s->online;
		if (s->online)
			check_pageblocks(w, s);
		if (st == PGC_OK)
			st = walk_section(w, s->start_pfn, s->start_pfn + k->pages_per_section,
					  err);
		w->offline = false;
		at = s->start_pfn + k->pages_per_section;
		if (stop && *stop) {
			w->sum->interrupted = true;
			return st;
		}
	}
	if (st == PGC_OK && w->db && at < dual_bitmap_max_pfn(w->db))
		st = walk_hole(w, at, dual_bitmap_max_pfn(w->db), err);
	return st;
}

static void note_violations(struct walk *w)
{
	struct finding f;

	if (!w->sum->checker.has_stats || !w->sum->checker.violations_detected)
		return;
	finding_init(&f, FIND_VIOLATIONS_LOGGED, FINDING_NO_PFN);
	finding_num(&f, "found", w->sum->checker.violations_detected);
	w->sink(w->arg, &f);
}

/* What was not seen must be told: no findings in half of the memory is not a clean bill. */
static void tell_limits(struct walk *w)
{
	const struct coverage *c = &w->sum->coverage;
	const struct checker_summary *pc = &w->sum->checker;

	for (size_t i = 0; i < w->k->n_limits; i++)
		summary_limit(w->sum, "%s", w->k->limits[i]);
	if (c->excluded)
		summary_limit(w->sum, "%" PRIu64 " struct pages were left out of the dump", c->excluded);
	if (c->unreadable)
		summary_limit(w->sum, "%" PRIu64 " struct pages cannot be read", c->unreadable);
	if (c->lists_cut)
		summary_limit(w->sum, "%" PRIu64 " free list%s could not be walked to the end",
			      c->lists_cut, c->lists_cut == 1 ? "" : "s");
	if (pc->unreadable)
		summary_limit(w->sum, "the checker's state is not in the dump");
	if (pc->unusable)
		summary_limit(w->sum, "the checker's state is damaged: its bits were not compared");
	if (c->bitmap_excluded + c->bitmap_unreadable)
		summary_limit(w->sum, "the bits of %" PRIu64 " pages are not in the dump",
			      c->bitmap_excluded + c->bitmap_unreadable);
}

static void on_counter_fact(void *arg, const struct counter_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	if (judge_counter(fact, &f))
		w->sink(w->arg, &f);
}

/* What the zones say of themselves; against lists that were cut it would mean nothing. */
static void check_zones(struct walk *w)
{
	struct finding f;

	for (size_t i = 0; i < w->k->n_zones; i++) {
		const struct zone *z = &w->k->zones[i];

		if (judge_zone(z, &f))
			w->sink(w->arg, &f);
		if (z->initialized && !w->sum->zones[i].lists_cut)
			zone_counters_compare(w->k, z, &w->sum->zones[i], on_counter_fact, w);
	}
}

static enum pgc_status walk_all(struct walk *w, const volatile sig_atomic_t *stop,
				struct pgc_err *err)
{
	enum owner_state owner_state;
	enum pgc_status st;

	st = listing_create(w->k, &w->listing, err);
	if (st == PGC_OK)
		st = dual_bitmap_create(w->k, &w->sum->checker, on_checker_fact, w, &w->db, err);
	if (st != PGC_OK)
		return st;
	note_violations(w);
	st = iomem_create(w->k, &w->iomem, err);
	if (st == PGC_OK)
		st = page_owner_create(w->k, &w->owner, &owner_state, err);
	if (st != PGC_OK)
		return st;
	st = free_list_walk_all(w->k, &w->pages.fmt, w->listing, w->sum->zones,
				&w->sum->coverage.lists_cut, on_list_fact, w, err);
	if (st == PGC_OK) {
		check_zones(w);
		st = walk_pages(w, stop, err);
	}
	finding_run_end(&w->run);
	bit_damage_flush(w->damage);
	w->sum->checker.has_popcount = w->db && !w->sum->interrupted;
	tell_limits(w);
	return st;
}

enum pgc_status bitmap_walk(struct kernel *k, struct summary *sum,
			    const volatile sig_atomic_t *stop, finding_sink *sink, void *arg,
			    struct pgc_err *err)
{
	struct walk *w = calloc(1, sizeof(*w));
	enum pgc_status st;

	if (!w)
		return pgc_err_nomem(err, "the walk");
	w->k = k;
	w->sum = sum;
	w->sink = sink;
	w->arg = arg;
	st = bit_damage_create(sink, arg, &w->damage, err);
	finding_run_init(&w->run, bit_damage_add, w->damage);
	if (st == PGC_OK)
		st = page_facts_init(&w->pages, k, err);
	if (st == PGC_OK) {
		/* One more than a chunk: a head is looked at together with its first tail. */
		w->raw = calloc(CHUNK_PAGES + 1, w->pages.fmt.size);
		w->table = malloc(sizeof(*w->table));
		sum->zones = calloc(k->n_zones, sizeof(*sum->zones));
		sum->n_zones = k->n_zones;
		st = w->raw && w->table && sum->zones ? PGC_OK : pgc_err_nomem(err, "the walk");
	}
	if (st == PGC_OK) {
		judge_table_init(w->table);
		st = walk_all(w, stop, err);
	}
	bit_damage_destroy(w->damage);
	dual_bitmap_destroy(w->db);
	iomem_destroy(w->iomem);
	page_owner_destroy(w->owner);
	listing_destroy(w->listing);
	free(w->raw);
	free(w->table);
	free(w);
	return st;
}
