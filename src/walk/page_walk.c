/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dump/dump_io.h"
#include "judge/judge.h"
#include "judge/population.h"
#include "model/dual_bitmap.h"
#include "model/iomem.h"
#include "model/kernel.h"
#include "model/listing.h"
#include "model/lru_edges.h"
#include "model/memmap_read.h"
#include "model/page_owner.h"
#include "model/pageblock.h"
#include "struct_page.h"
#include "walk/finding_run.h"
#include "walk/memory_map.h"
#include "walk/page_evidence.h"
#include "walk/page_facts.h"
#include "walk/plain_pages.h"

#define MIN_CHUNK 4096	/* 256 KiB of struct pages: they stay in a CPU's own cache */
#define MAX_CHUNK 32768
#define MAX_WORDS (MAX_CHUNK / 64)

_Static_assert(MAX_WORDS <= DUAL_BITMAP_WORDS, "a chunk's bits are read at once");

struct page_walk {
	struct page_walk_input in;
	struct kernel_reader kr; /* in.k, and this thread's view of the dump */
	struct page_facts pages;
	struct page_evidence evidence;
	struct dual_bitmap *db;		/* this thread's own readers */
	struct page_owner *owner;
	struct page_census *census;
	struct judge_memory judged;
	struct finding_run run;
	struct page_counts *counts;
	/* the chunk under way */
	uint8_t *raw;			/* its struct pages */
	uint8_t *status;		/* enum pgc_status of each */
	bool gaps;			/* not all of them are there */
	bool absent;			/* none of them is: there is no section, or it is offline */
	bool offline;			/* its section is not online */
	struct bit_pair pairs[MAX_WORDS];
	struct owner_bits owners[MAX_WORDS];
	struct listing_word lists[MAX_WORDS];
	uint8_t tiles[MAX_CHUNK / MAP_TILE_PAGES]; /* what their findings are worth, for the map */
	/* pages up to here are, or are not, memory */
	uint64_t ram_end;
	bool ram;
};

/* 64 pages: the bits that all but their struct pages give. */
struct word {
	uint64_t pfn;		/* of bit 0 */
	size_t n;		/* pages that it has: the rest of the bits mean nothing */
	struct bit_pair pair;
	struct listing_word lists;
	uint64_t owner;		/* page_owner says otherwise than the bits */
};

size_t page_walk_chunk_pages(const struct kernel *k)
{
	size_t pages = MIN_CHUNK;

	while (pages < MAX_CHUNK && pages >> (k->orders - 1) == 0)
		pages *= 2;
	return pages;
}

static void miss_page(struct page_walk *w, struct page_view *v, enum pgc_status why)
{
	struct page_counts *c = w->counts;

	switch (why) {
	case PGC_ABSENT:
		c->coverage.holes++;
		c->states[w->offline ? PS_OFFLINE_SECTION : PS_NO_MEMMAP]++;
		v->facts |= PF_HOLE;
		break;
	case PGC_ELSEWHERE:
		c->coverage.elsewhere++;
		/* fall through */
	case PGC_EXCLUDED:
		c->coverage.excluded++;
		c->states[PS_EXCLUDED]++;
		break;
	default:
		c->coverage.unreadable++;
		c->states[PS_UNREADABLE]++;
		break;
	}
}

static uint32_t word_facts(const struct word *word, unsigned int bit)
{
	uint32_t facts = 0;

	facts |= (word->pair.known >> bit & 1) * PF_BITS;
	facts |= (word->pair.primary >> bit & 1) * PF_PRIMARY;
	facts |= (word->pair.secondary >> bit & 1) * PF_SECONDARY;
	facts |= (word->lists.kind[0] >> bit & 1) * PF_ON_BUDDY;
	facts |= (word->lists.kind[1] >> bit & 1) * PF_ON_PCP;
	facts |= (word->lists.head >> bit & 1) * PF_LIST_HEAD;
	facts |= (word->owner >> bit & 1) * PF_OWNER;
	return facts;
}

static bool is_ram(struct page_walk *w, uint64_t pfn)
{
	if (pfn >= w->ram_end)
		w->ram = iomem_is_ram(w->in.iomem, pfn, &w->ram_end);
	return w->ram;
}

static void want_tile(struct page_walk *w, uint64_t pfn, enum severity sev)
{
	uint8_t *tile = &w->tiles[(pfn / MAP_TILE_PAGES) % ARRAY_SIZE(w->tiles)];

	if (*tile < sev + 1)
		*tile = (uint8_t)(sev + 1);
}

static void found(struct page_walk *w, const struct finding *f)
{
	if (w->in.singly)
		w->run.sink(w->run.arg, f);
	else
		finding_run_add(&w->run, f);
}

/* False: nobody wants it. */
static bool make_finding(struct page_walk *w, const struct page_view *v, enum finding_id id,
			 struct finding *f)
{
	enum finding_want want = WANT_ALL;

	page_evidence_name(&w->evidence, v, id, f);
	if (w->in.want)
		want = w->in.want(w->in.want_arg, id, f->pfn);
	if (want == WANT_ALL)
		page_evidence_make(&w->evidence, v, id, f);
	return want != WANT_NOTHING;
}

/*
 * kcore gives zeros for what it cannot read, and no page of a list is all zeros. That is no
 * fact about the page; if it stays so, it is one about what could be read.
 */
static bool listed_blank(struct page_walk *w, const struct page_view *v, const uint8_t *raw)
{
	struct page page;
	struct finding f;

	if (!w->in.live || !(v->facts & (PF_ON_BUDDY | PF_ON_PCP)))
		return false;
	page_decode(&w->pages.fmt, raw, &page);
	if (!page_is_blank(&page))
		return false;
	judge_unread(v->pfn, &f);
	found(w, &f);
	w->counts->states[PS_UNREADABLE]++;
	w->counts->coverage.walked++;
	return true;
}

/* On no list that was walked, for its zone is not among those that were found. */
static bool is_stray(const struct page_walk *w, const struct page *page, enum page_state state)
{
	const struct kernel *k = w->in.k;

	return (state == PS_LIMBO || state == PS_BUDDY_UNLISTED) &&
	       !kernel_zone(k, kernel_flags_nid(k, page->flags),
			    kernel_flags_zone(k, page->flags));
}

/* One page, the long way. @raw is its struct page; @why says whether it is there. */
static void judge_page_at(struct page_walk *w, const struct word *word, unsigned int bit,
			  const uint8_t *raw, enum pgc_status why)
{
	struct page_view v = { .pfn = word->pfn + bit, .facts = word_facts(word, bit),
			       .state = -1 };
	enum page_state state;
	struct finding f;
	uint64_t findings;

	if (!is_ram(w, v.pfn))
		v.facts |= PF_HOLE;
	if (why == PGC_OK && listed_blank(w, &v, raw))
		return;
	if (why == PGC_OK) {
		v.raw = raw;
		v.facts = page_facts_add(&w->pages, v.pfn, raw, v.facts, &v.page, &state);
		v.state = (int)state;
		w->counts->states[state]++;
		w->counts->coverage.walked++;
		w->counts->coverage.limbo += state == PS_LIMBO;
		w->counts->coverage.strays += is_stray(w, &v.page, state);
	} else {
		miss_page(w, &v, why);
	}
	findings = judge_recall(&w->judged, v.facts);
	for (; findings; findings &= findings - 1) {
		if (!make_finding(w, &v, judge_page_id((unsigned int)__builtin_ctzll(findings)), &f))
			continue;
		found(w, &f);
		want_tile(w, v.pfn, f.severity);
	}
}

/* Ones from bit @at on, at most up to bit @n. */
static size_t ones_from(uint64_t bits, size_t at, size_t n)
{
	uint64_t zeros = ~(bits >> at);
	size_t run = zeros ? (size_t)__builtin_ctzll(zeros) : 64;

	return run < n - at ? run : n - at;
}

static uint64_t ones(size_t n)
{
	return n < 64 ? (1ULL << n) - 1 : UINT64_MAX;
}

/* Count the first @n pages from bit @at on, which lie inside listed blocks. */
static void count_listed(struct page_walk *w, const struct word *word, size_t at, size_t n)
{
	uint64_t mask = ones(n) << at, *states = w->counts->states;
	uint64_t buddy = word->lists.kind[0] & ~word->lists.kind[1] & mask;
	uint64_t pcp = word->lists.kind[1] & ~word->lists.kind[0] & mask;

	states[PS_BUDDY_TAIL] += (uint64_t)__builtin_popcountll(buddy);
	states[PS_PCP_TAIL] += (uint64_t)__builtin_popcountll(pcp);
	states[PS_OTHER_LISTED] += (uint64_t)__builtin_popcountll(mask & ~buddy & ~pcp);
}

/* Pages whose bits, lists and page_owner's records do not agree. */
static uint64_t odd_bits(const struct word *word)
{
	const struct bit_pair *p = &word->pair;
	uint64_t listed = word->lists.kind[0] | word->lists.kind[1];

	return (p->known & ~(p->primary ^ p->secondary)) | (listed & p->primary) | word->owner;
}

/* All of the 64 pages lie inside listed blocks. */
static bool is_inside(const struct listing_word *lists)
{
	return ((lists->kind[0] | lists->kind[1]) & ~lists->head) == UINT64_MAX;
}

/* 64 pages, all of them memory, that lie inside listed blocks and are plain. */
static bool pass_inside(struct page_walk *w, const struct word *word, const uint8_t *raw)
{
	if (!is_inside(&word->lists) || odd_bits(word) ||
	    plain_pages_listed(&w->pages, word->pfn, raw, 64) != 64)
		return false;
	count_listed(w, word, 0, 64);
	w->counts->coverage.walked += 64;
	return true;
}

/*
 * 64 pages, all of them memory and all with their struct pages, from @raw on. Where their bits
 * and the lists agree, plain pages are passed in runs.
 */
static void judge_word(struct page_walk *w, const struct word *word, const uint8_t *raw)
{
	const struct bit_pair *p = &word->pair;
	uint64_t listed = word->lists.kind[0] | word->lists.kind[1], odd = odd_bits(word);
	uint64_t inside = listed & ~word->lists.head & ~odd, open = ~listed & ~odd;
	size_t size = w->pages.fmt.size, at = 0, n, plain;

	while (at < word->n) {
		n = ones_from(inside, at, word->n);
		plain = n ? plain_pages_listed(&w->pages, word->pfn + at,
					       raw + at * size, n) : 0;
		if (plain)
			count_listed(w, word, at, plain);
		if (!n && (n = ones_from(open, at, word->n)))
			plain = plain_pages_unlisted(&w->pages, word->pfn + at, raw + at * size,
						     n, (p->known & ~p->primary) >> at,
						     w->counts->states);
		at += plain;
		w->counts->coverage.walked += plain;
		if (plain == n && n)
			continue;
		judge_page_at(w, word, (unsigned int)at, raw + at * size, PGC_OK);
		at++;
	}
}

/* D35: what page_owner recorded, against a pair of bits that agrees with itself. */
static uint64_t owner_differs(const struct bit_pair *pair, const struct owner_bits *owner)
{
	return owner->known & pair->known & (owner->allocated ^ pair->primary) &
	       (pair->primary ^ pair->secondary);
}

static struct word word_at(const struct page_walk *w, const struct page_chunk *chunk, size_t at)
{
	struct word word = { .pfn = chunk->pfn + at, .pair = w->pairs[at / 64] };

	word.n = chunk->n - at < 64 ? chunk->n - at : 64;
	word.lists = w->lists[at / 64];
	word.owner = owner_differs(&word.pair, &w->owners[at / 64]);
	return word;
}

/* What the word added to the counts since @before is what its pages are. */
static void map_word(struct page_walk *w, const struct word *word,
		     const struct page_counts *before)
{
	uint64_t states[PAGE_STATES];

	for (size_t i = 0; i < PAGE_STATES; i++)
		states[i] = w->counts->states[i] - before->states[i];
	memory_map_add(w->in.map, word->pfn, states, w->pages.block_order);
}

/* The same, of the stretch of memory up to @end. */
static void count_asked(struct page_walk *w, uint64_t end, uint64_t before[PAGE_STATES])
{
	uint64_t states[PAGE_STATES];

	for (size_t i = 0; i < PAGE_STATES; i++)
		states[i] = w->counts->states[i] - before[i];
	held_findings_pages(w->in.asked, end - 1, states);
	memcpy(before, w->counts->states, sizeof(states));
}

/* The links of the word's pages, as far as they are there. */
static enum pgc_status add_links(struct page_walk *w, const struct word *word, size_t at,
				 struct pgc_err *err)
{
	size_t size = w->pages.fmt.size, n;
	enum pgc_status st = PGC_OK;

	if (!w->in.lru)
		return PGC_OK;
	for (size_t i = 0; i < word->n && st == PGC_OK; i += n) {
		for (n = 0; i + n < word->n && w->status[at + i + n] == PGC_OK;)
			n++;
		if (n)
			st = lru_edges_add(w->in.lru, w->kr.k, &w->pages.fmt, word->pfn + i,
					   w->raw + (at + i) * size, n, err);
		else
			n = 1;
	}
	return st;
}

/*
 * The owners of the chunk's pages. Those inside listed blocks have none: one that says otherwise
 * is judged for that.
 */
static void take_census(struct page_walk *w, const struct page_chunk *chunk)
{
	size_t size = w->pages.fmt.size;

	page_census_begin(w->census);
	for (size_t at = 0; at < chunk->n && !w->gaps; at += 64)
		if (!is_inside(&w->lists[at / 64]))
			page_census_add(w->census, &w->pages.fmt, at, w->raw + at * size,
					chunk->n - at < 64 ? chunk->n - at : 64);
	page_census_end(w->census);
}

/* All of the first @n bits are what the first is. */
static bool all_same(uint64_t bits, size_t n)
{
	return !(bits & ones(n)) || !(~bits & ones(n));
}

/* 64 pages without struct pages, of which the rest says the same and nothing wrong. */
static bool pass_absent(struct page_walk *w, const struct word *word)
{
	const struct bit_pair *p = &word->pair;
	uint64_t odd = word->lists.kind[0] | word->lists.kind[1] | word->lists.head | word->owner;

	if (!w->absent || odd || !all_same(p->known, word->n) || !all_same(p->primary, word->n) ||
	    !all_same(p->secondary, word->n) ||
	    judge_recall(&w->judged, word_facts(word, 0) | PF_HOLE))
		return false;
	w->counts->coverage.holes += word->n;
	w->counts->states[w->offline ? PS_OFFLINE_SECTION : PS_NO_MEMMAP] += word->n;
	return true;
}

static enum pgc_status judge_pages(struct page_walk *w, const struct word *word, size_t at,
				   struct pgc_err *err)
{
	const uint8_t *raw = w->raw + at * w->pages.fmt.size;
	bool memory = !w->gaps && !w->in.long_way && is_ram(w, word->pfn) &&
		      word->pfn + word->n <= w->ram_end;
	enum pgc_status st;

	if (!w->in.long_way && pass_absent(w, word))
		return PGC_OK;
	page_facts_enter(&w->pages, word->pfn, word->n);
	/* Nothing in there is on an LRU list. */
	if (memory && pass_inside(w, word, raw))
		return PGC_OK;
	st = add_links(w, word, at, err);
	if (st != PGC_OK)
		return st;
	if (memory)
		judge_word(w, word, raw);
	else
		for (unsigned int bit = 0; bit < word->n; bit++)
			judge_page_at(w, word, bit, raw + bit * w->pages.fmt.size,
				      w->status[at + bit]);
	return PGC_OK;
}

/* The pages of the chunk, whose struct pages and bits have been read. */
static enum pgc_status judge_chunk(struct page_walk *w, const struct page_chunk *chunk,
				   struct pgc_err *err)
{
	uint64_t asked[PAGE_STATES] = { 0 };
	struct page_counts before;
	enum pgc_status st = PGC_OK;

	for (size_t at = 0; at < chunk->n; at += 64)
		w->lists[at / 64] = listing_word(w->in.listing, chunk->pfn + at);
	page_facts_begin(&w->pages, chunk->pfn,
			 chunk->n && w->status[0] == PGC_OK ? w->raw : NULL);
	page_facts_at_hand(&w->pages, chunk->pfn, w->raw, w->gaps ? 0 : chunk->n);
	take_census(w, chunk);
	for (size_t at = 0; at < chunk->n && st == PGC_OK; at += 64) {
		struct word word = word_at(w, chunk, at);

		if (w->in.map)
			before = *w->counts;
		st = judge_pages(w, &word, at, err);
		if (w->in.map)
			map_word(w, &word, &before);
		if (w->in.asked && ((word.pfn + word.n) % POPULATION_PAGES == 0 ||
				    at + word.n == chunk->n))
			count_asked(w, word.pfn + word.n, asked);
	}
	return st;
}

/*
 * Read the struct pages of a chunk; w->status says which of them are there. A section that was
 * there at boot has a memmap to its end, holes or not (section_deactivate() in mm/sparse.c, 7.2
 * mm/sparse-vmemmap.c): one that is not mapped, or not in the dump, is lost.
 */
static enum pgc_status read_memmap(struct page_walk *w, const struct section *s, uint64_t pfn,
				   size_t n, struct pgc_err *err)
{
	enum pgc_status st = memmap_read(w->kr, pfn, n, w->raw, w->status, &w->gaps, err);

	for (size_t i = 0; i < n && s->early && w->gaps; i++)
		if (w->status[i] == PGC_ABSENT)
			w->status[i] = PGC_DAMAGED;
	return st;
}

static enum pgc_status read_bits(struct page_walk *w, uint64_t pfn, size_t n,
				 struct pgc_err *err)
{
	struct coverage *cov = &w->counts->coverage;
	struct bitmap_gaps gaps = { 0 };
	size_t words = (n + 63) / 64;
	enum pgc_status st;

	if (!w->db)
		return PGC_OK;
	if (w->owner) {
		st = page_owner_read(w->owner, pfn, w->owners, words, err);
		if (st != PGC_OK)
			return st;
	}
	st = dual_bitmap_read(w->db, pfn, w->pairs, words, &gaps, err);
	cov->bitmap_excluded += gaps.excluded + gaps.elsewhere;
	cov->bitmap_elsewhere += gaps.elsewhere;
	cov->bitmap_unreadable += gaps.unreadable;
	for (size_t i = 0; i < words; i++)
		w->counts->primary_popcount +=
			(uint64_t)__builtin_popcountll(w->pairs[i].primary);
	return st;
}

/*
 * Around findings the map shows each page: they are looked at once more, for the walk has
 * passed most of them in runs.
 */
static void map_tile(struct page_walk *w, const struct page_chunk *chunk, size_t at,
		     unsigned int rank)
{
	size_t n = chunk->n - at < MAP_TILE_PAGES ? chunk->n - at : MAP_TILE_PAGES;
	size_t size = w->pages.fmt.size;
	struct page_facts pf = w->pages;
	uint8_t kinds[MAP_TILE_PAGES];
	struct word word = { 0 };
	enum page_state state;
	struct page page;

	page_facts_begin(&pf, chunk->pfn + at,
			 w->status[at] == PGC_OK ? w->raw + at * size : NULL);
	page_facts_at_hand(&pf, chunk->pfn, w->raw, w->gaps ? 0 : chunk->n);
	for (size_t i = 0; i < n; i++) {
		if (!(i % 64))
			word = word_at(w, chunk, at + i);
		if (w->status[at + i] == PGC_OK)
			page_facts_add(&pf, chunk->pfn + at + i, w->raw + (at + i) * size,
				       word_facts(&word, i % 64), &page, &state);
		else
			state = w->status[at + i] == PGC_ABSENT ? PS_NO_MEMMAP : PS_UNREADABLE;
		kinds[i] = (uint8_t)memory_map_kind(state, pf.block_order);
	}
	memory_map_keep(w->in.map, chunk->pfn + at, kinds, n, rank);
}

static void map_tiles(struct page_walk *w, const struct page_chunk *chunk)
{
	for (size_t at = 0; at < chunk->n; at += MAP_TILE_PAGES) {
		uint64_t pfn = chunk->pfn + at;
		unsigned int rank = w->tiles[(pfn / MAP_TILE_PAGES) % ARRAY_SIZE(w->tiles)];
		unsigned int wanted = memory_map_wants(w->in.map, pfn);

		if (wanted > rank)
			rank = wanted;
		if (rank)
			map_tile(w, chunk, at, rank);
	}
}

/* D27: a pageblock of a migratetype that there is not. D49: of CMA where no area is, or not. */
static void check_pageblocks(struct page_walk *w, const struct page_chunk *chunk)
{
	const struct kernel *k = w->kr.k;
	uint64_t block = 1ULL << k->pageblock_order;
	struct cma_fact fact;
	struct finding f;

	for (uint64_t i = 0; i < chunk->n; i += block) {
		int mt = pageblock_migratetype(w->kr, chunk->pfn + i);

		if (mt >= (int)k->migratetypes)
			judge_pageblock(chunk->pfn + i, block, mt, &f);
		else if (w->in.cma && cma_areas_block(w->in.cma, chunk->pfn + i, block, mt, &fact))
			judge_cma(&fact, &f);
		else
			continue;
		found(w, &f);
	}
}

/* What was read of the chunk, as one number. */
static uint64_t hash_chunk(const struct page_walk *w, const struct page_chunk *chunk)
{
	size_t size = w->pages.fmt.size;
	uint64_t hash = hash_number(HASH_INIT, chunk->pfn), words[3 * MAX_WORDS];
	size_t n = 0;

	if (!w->gaps)
		hash = hash_memory(hash, w->raw, chunk->n * size);
	for (size_t i = 0; i < chunk->n && w->gaps; i++) {
		hash = hash_memory(hash, &w->status[i], 1);
		if (w->status[i] == PGC_OK)
			hash = hash_memory(hash, w->raw + i * size, size);
	}
	for (size_t i = 0; i < (chunk->n + 63) / 64 && w->db; i++) {
		words[n++] = htole64(w->pairs[i].known);
		words[n++] = htole64(w->pairs[i].primary);
		words[n++] = htole64(w->pairs[i].secondary);
	}
	return n ? hash_memory(hash, words, n * sizeof(words[0])) : hash;
}

enum pgc_status page_walk_chunk(struct page_walk *w, const struct page_chunk *chunk,
				struct page_counts *counts, finding_sink *sink, void *arg,
				struct pgc_err *err)
{
	const struct section *s = chunk->section;
	enum pgc_status st = PGC_OK;

	memset(counts, 0, sizeof(*counts));
	w->counts = counts;
	w->offline = s && !s->online;
	w->absent = !s || !s->online;
	finding_run_init(&w->run, sink, arg);
	if (!w->absent) {
		check_pageblocks(w, chunk);
		st = read_memmap(w, s, chunk->pfn, chunk->n, err);
	} else {
		/* What struct pages of memory that was taken offline say is stale. */
		memset(w->status, PGC_ABSENT, chunk->n);
		w->gaps = true;
	}
	if (st == PGC_OK)
		st = read_bits(w, chunk->pfn, chunk->n, err);
	if (st != PGC_OK)
		return st;
	counts->coverage.pfns = chunk->n;
	if (w->in.hash)
		counts->hash = hash_chunk(w, chunk);
	memset(w->tiles, 0, sizeof(w->tiles));
	st = judge_chunk(w, chunk, err);
	if (st != PGC_OK)
		return st;
	if (w->in.map && s)
		map_tiles(w, chunk);
	finding_run_end(&w->run);
	return PGC_OK;
}

static enum pgc_status setup(struct page_walk *w, struct pgc_err *err)
{
	size_t chunk = page_walk_chunk_pages(w->kr.k), len;
	enum pgc_status st;

	st = page_facts_init(&w->pages, w->kr, w->in.listing, err);
	page_facts_set_homes(&w->pages, w->in.homes, w->in.iomem, w->in.live);
	page_facts_set_slabs(&w->pages, w->in.slabs);
	if (st == PGC_OK && w->in.db)
		st = dual_bitmap_dup(w->in.db, w->kr, &w->db, err);
	if (st == PGC_OK && w->in.owner)
		st = page_owner_dup(w->in.owner, w->kr, &w->owner, err);
	if (st != PGC_OK)
		return st;
	w->evidence = (struct page_evidence){
		.kr = w->kr, .db = w->db, .pages = &w->pages, .zones = w->in.zones,
	};
	st = page_census_create(chunk, &w->census, err);
	if (st != PGC_OK)
		return st;
	page_facts_set_census(&w->pages, w->census);
	/* One more than a chunk: a head is looked at together with its first tail. */
	len = (chunk + 1) * w->pages.fmt.size;
	w->raw = dump_buffer(len);
	w->status = calloc(chunk, sizeof(*w->status));
	if (!w->raw || !w->status)
		return pgc_err_nomem(err, "the walk");
	memset(w->raw, 0, len);
	return PGC_OK;
}

enum pgc_status page_walk_create(const struct page_walk_input *in, struct vmcore *vc,
				 struct page_walk **ret, struct pgc_err *err)
{
	struct page_walk *w = calloc(1, sizeof(*w));
	enum pgc_status st;

	if (!w)
		return pgc_err_nomem(err, "the walk");
	w->in = *in;
	w->kr = (struct kernel_reader){ .k = in->k, .vc = vc };
	st = setup(w, err);
	if (st != PGC_OK) {
		page_walk_destroy(w);
		return st;
	}
	*ret = w;
	return PGC_OK;
}

void page_walk_destroy(struct page_walk *w)
{
	if (!w)
		return;
	dual_bitmap_destroy(w->db);
	page_owner_destroy(w->owner);
	page_census_destroy(w->census);
	free(w->raw);
	free(w->status);
	free(w);
}
