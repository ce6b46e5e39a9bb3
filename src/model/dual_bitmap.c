/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/dual_bitmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "model/bitmap_pointers.h"
#include "struct_page.h"
#include "vmcore.h"

struct raw_words {
	/* Straddling takes one word more, bits_at() may look at another. */
	uint64_t word[DUAL_BITMAP_WORDS + 2];
	uint64_t known[DUAL_BITMAP_WORDS + 2];	/* all ones or all zeros */
	bool excluded;		/* some of it was left out of the dump */
	bool elsewhere;		/* some of it is in another piece of a split dump */
};

/* What was found out about a page of a map that was left out of the dump. */
struct left_out {
	uint64_t page;		/* its kaddr; 0: none was asked about */
	bool zeros;		/* it may be taken for zeros */
};

struct dual_bitmap {
	struct kernel_reader kr;
	uint64_t min_pfn, max_pfn;	/* [min, max), as believed */
	uint64_t kaddr[BITMAPS];
	struct raw_words raw[BITMAPS];
	struct left_out left_out[BITMAPS];	/* the last one asked about */
};

struct finder {
	struct kernel_reader kr;
	checker_fact_fn *fn;
	void *arg;
	struct checker_summary *sum;
	uint64_t min, max, nbits, map[BITMAPS];
};

static void tell(struct finder *f, enum checker_fact_kind kind, int map, uint64_t expected,
		 uint64_t found)
{
	struct checker_fact fact = {
		.kind = kind, .map = map, .expected = expected, .found = found,
	};

	f->fn(f->arg, &fact);
}

static void read_stats(struct kernel_reader kr, struct checker_summary *sum)
{
	sum->has_stats = kernel_read_var(kr, L_pc_pages_tracked, &sum->pages_tracked) &&
			 kernel_read_var(kr, L_pc_alloc_count, &sum->alloc_count) &&
			 kernel_read_var(kr, L_pc_free_count, &sum->free_count) &&
			 kernel_read_var(kr, L_pc_violations, &sum->violations_detected);
}

/* Where memory begins and ends by the zones: what memblock passed to the checker at boot. */
static void zones_extent(const struct kernel *k, uint64_t *min, uint64_t *max)
{
	*min = UINT64_MAX;
	*max = 0;
	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *z = &k->zones[i];
		uint64_t end;

		if (!z->spanned || !add_ok(z->start_pfn, z->spanned, &end))
			continue;
		if (z->start_pfn < *min)
			*min = z->start_pfn;
		if (end > *max)
			*max = end;
	}
}

/*
 * Three numbers, two of which give the third. When they disagree the zones say which pair
 * to believe; when they cannot, the bits are not used.
 */
static bool settle_range(struct finder *f)
{
	uint64_t zmin, zmax;

	zones_extent(f->kr.k, &zmin, &zmax);
	if (f->min < f->max && f->max - f->min == f->nbits)
		return true;
	if (f->min >= f->max)
		tell(f, CHECKER_RANGE, -1, f->max, f->min);
	else
		tell(f, CHECKER_SIZE, -1, f->max - f->min, f->nbits);
	if (f->nbits && f->min == zmin && f->min + f->nbits >= zmax) {
		f->max = f->min + f->nbits;
		return true;
	}
	if (f->nbits && f->max >= zmax && f->max > f->nbits && f->max - f->nbits == zmin) {
		f->min = f->max - f->nbits;
		return true;
	}
	if (f->min == zmin && f->max >= zmax && f->max - f->min <= UINT32_MAX) {
		f->nbits = f->max - f->min;
		return true;
	}
	return false;
}

/*
 * PGC_ABSENT: the pointer leads to no memory; another gap: the page tables that say so are
 * missing. The last page of a map must be there too.
 */
static enum pgc_status check_pointer(struct finder *f, int map, uint64_t bytes, uint64_t *paddr)
{
	uint64_t run, last;
	enum pgc_status st;

	if (f->map[map] & 7 || f->map[map] + bytes < f->map[map])
		return PGC_ABSENT;
	st = vmcore_translate(f->kr.vc, f->map[map], paddr, &run, NULL);
	return st != PGC_OK ? st
			    : vmcore_translate(f->kr.vc, f->map[map] + bytes - 1, &last,
					       &run, NULL);
}

/*
 * Pointers that were exchanged, or of which one has a flipped bit, are one finding, not one for
 * each page; the maps are then read where they are. Of a live kernel nothing holds still.
 */
static void mend_pointers(struct finder *f, uint64_t bytes)
{
	struct bitmap_pointers bp = { .kaddr = { f->map[0], f->map[1] }, .min_pfn = f->min,
				      .bytes = bytes };
	uint64_t right;
	int map;

	if (vmcore_info(f->kr.vc)->live)
		return;
	if (bitmap_pointers_exchanged(f->kr, &bp)) {
		tell(f, CHECKER_EXCHANGED, -1, f->map[1], f->map[0]);
		f->map[0] = bp.kaddr[1];
		f->map[1] = bp.kaddr[0];
	} else if (bitmap_pointers_bent(f->kr, &bp, &map, &right)) {
		tell(f, CHECKER_BENT, map, right, f->map[map]);
		f->map[map] = right;
	}
}

/* Every frame of a map must be reserved: memblock gave it, the buddy allocator never had it. */
static void check_frames(struct finder *f, const struct page_format *fmt, int map,
			 uint64_t paddr, uint64_t bytes)
{
	uint64_t first = paddr >> f->kr.k->page_shift;
	uint64_t end = (paddr + bytes - 1) >> f->kr.k->page_shift;

	for (uint64_t pfn = first; pfn <= end; pfn++) {
		uint64_t flags;

		if (vmcore_read_u64(f->kr.vc,
				    kernel_pfn_to_page(f->kr.k, pfn) + fmt->flags,
				    "page.flags", &flags, NULL) != PGC_OK ||
		    flags & fmt->reserved)
			continue;
		tell(f, CHECKER_FRAME, map, 0, pfn);
		return;
	}
}

static void check_padding(struct finder *f, int map, uint64_t bytes)
{
	uint64_t used = f->nbits % 64, mask, word, expected;

	if (!used)
		return;
	mask = ~((1ULL << used) - 1);
	expected = map == BITMAP_SECONDARY ? mask : 0;
	if (vmcore_read_u64(f->kr.vc, f->map[map] + bytes - 8, "last bitmap word", &word,
			    NULL) != PGC_OK)
		return;
	if ((word & mask) != expected)
		tell(f, CHECKER_PADDING, map, expected, word & mask);
}

static enum pgc_status make(struct finder *f, struct dual_bitmap **ret, struct pgc_err *err)
{
	uint64_t bytes = (f->nbits + 63) / 64 * 8, paddr[BITMAPS];
	struct page_format fmt;
	struct dual_bitmap *db;
	bool have_fmt;

	mend_pointers(f, bytes);
	for (int map = 0; map < BITMAPS; map++) {
		enum pgc_status st = check_pointer(f, map, bytes, &paddr[map]);

		if (st == PGC_OK)
			continue;
		if (st == PGC_ABSENT) {
			tell(f, CHECKER_POINTER, map, 0, f->map[map]);
			f->sum->unusable = true;
		} else {
			f->sum->unreadable = true;
		}
		return PGC_OK;
	}
	f->sum->primary_paddr = paddr[BITMAP_PRIMARY];
	f->sum->secondary_paddr = paddr[BITMAP_SECONDARY];
	if (paddr[0] < paddr[1] + bytes && paddr[1] < paddr[0] + bytes) {
		tell(f, CHECKER_OVERLAP, -1, paddr[1], paddr[0]);
		f->sum->unusable = true;
		return PGC_OK;
	}
	db = calloc(1, sizeof(*db));
	if (!db)
		return pgc_err_nomem(err, "the bitmap reader");
	db->kr = f->kr;
	db->min_pfn = f->min;
	db->max_pfn = f->max;
	have_fmt = page_format_init(&fmt, f->kr, NULL) == PGC_OK;
	for (int map = 0; map < BITMAPS; map++) {
		db->kaddr[map] = f->map[map];
		check_padding(f, map, bytes);
		if (have_fmt)
			check_frames(f, &fmt, map, paddr[map], bytes);
	}
	*ret = db;
	return PGC_OK;
}

/* No variables, and nothing that says that there is a checker all the same. */
static bool is_absent(const struct layout *lay)
{
	const struct layout_text *text;
	size_t n;

	if (layout_partial(lay))
		return false;
	text = layout_texts(lay, &n);
	for (size_t i = 0; i < n; i++)
		if (strstr(text[i].name, "page_consistency"))
			return false;
	return true;
}

enum pgc_status dual_bitmap_create(struct kernel_reader kr, struct checker_summary *sum,
				   checker_fact_fn *fn, void *arg, struct dual_bitmap **ret,
				   struct pgc_err *err)
{
	const struct kernel *k = kr.k;
	struct finder f = { .kr = kr, .fn = fn, .arg = arg, .sum = sum };
	uint64_t enabled = 1;

	*ret = NULL;
	sum->state = is_absent(k->lay) ? CHECKER_ABSENT : CHECKER_UNKNOWN;
	if (!layout_has(k->lay, L_pc_primary) || !layout_has(k->lay, L_pc_secondary) ||
	    !layout_has(k->lay, L_pc_nbits) || !layout_has(k->lay, L_pc_min_pfn) ||
	    !layout_has(k->lay, L_pc_max_pfn))
		return PGC_OK;
	sum->state = CHECKER_DISABLED;
	if (!kernel_read_var(kr, L_pc_primary, &f.map[BITMAP_PRIMARY]) ||
	    !kernel_read_var(kr, L_pc_secondary, &f.map[BITMAP_SECONDARY]) ||
	    !kernel_read_var(kr, L_pc_nbits, &f.nbits) ||
	    !kernel_read_var(kr, L_pc_min_pfn, &f.min) ||
	    !kernel_read_var(kr, L_pc_max_pfn, &f.max)) {
		sum->unreadable = true;
		return PGC_OK;
	}
	read_stats(kr, sum);
	if (kernel_read_var(kr, L_pc_enabled, &enabled) && (int32_t)enabled <= 0)
		return PGC_OK;
	/* Without the key: NULL maps are a checker that could not get its memory. */
	if (!f.map[BITMAP_PRIMARY] && !f.map[BITMAP_SECONDARY])
		return PGC_OK;
	sum->state = CHECKER_ACTIVE;
	sum->has_range = true;
	sum->min_pfn = f.min;
	sum->max_pfn = f.max;
	sum->nbits = f.nbits;
	if (!settle_range(&f)) {
		sum->unusable = true;
		return PGC_OK;
	}
	return make(&f, ret, err);
}

void dual_bitmap_destroy(struct dual_bitmap *db)
{
	free(db);
}

enum pgc_status dual_bitmap_dup(const struct dual_bitmap *db, struct kernel_reader kr,
				struct dual_bitmap **ret, struct pgc_err *err)
{
	struct dual_bitmap *dup = malloc(sizeof(*dup));

	if (!dup)
		return pgc_err_nomem(err, "the bitmap reader");
	*dup = *db;
	dup->kr = kr;
	*ret = dup;
	return PGC_OK;
}

uint64_t dual_bitmap_min_pfn(const struct dual_bitmap *db)
{
	return db->min_pfn;
}

uint64_t dual_bitmap_max_pfn(const struct dual_bitmap *db)
{
	return db->max_pfn;
}

uint64_t dual_bitmap_word_kaddr(const struct dual_bitmap *db, int map, uint64_t pfn,
				unsigned int *bit)
{
	uint64_t index = pfn - db->min_pfn;

	*bit = (unsigned int)(index % 64);
	return db->kaddr[map] + index / 64 * 8;
}

static bool all_words(const uint64_t *words, size_t n, uint64_t value)
{
	size_t i = 0;

	while (i < n && words[i] == value)
		i++;
	return i == n;
}

/* Are the @bytes of a map from its byte @at on all there, and all words of them @value? */
static bool all_of(const struct dual_bitmap *db, int map, uint64_t at, uint64_t bytes,
		   uint64_t value)
{
	uint64_t words[64];

	for (uint64_t end = at + bytes; at < end;) {
		size_t n = end - at < sizeof(words) ? (size_t)(end - at) : sizeof(words), done;

		if (vmcore_read_bulk(db->kr.vc, db->kaddr[map] + at, words, n, &done,
				     NULL) != PGC_OK ||
		    !all_words(words, n / 8, value))
			return false;
		at += n;
	}
	return true;
}

/* What the page at @kaddr has of the map: its bytes [*@at, *@at + *@bytes). */
static void part_of_page(const struct dual_bitmap *db, int map, uint64_t kaddr, uint64_t *at,
			 uint64_t *bytes)
{
	uint64_t len = (db->max_pfn - db->min_pfn + 63) / 64 * 8,
		 page = 1ULL << db->kr.k->page_shift;
	uint64_t start = kaddr & ~(page - 1), end = start + page - db->kaddr[map];

	*at = start < db->kaddr[map] ? 0 : start - db->kaddr[map];
	*bytes = (end < len ? end : len) - *at;
}

/*
 * May the page of a map at @kaddr, which was left out of the dump, be taken for zeros? Frames of
 * the maps are reserved, so that of makedumpfile's filters only that for zero pages may drop
 * one, and only from an ELF core: a kdump-compressed file keeps them, as one page that all share
 * (makedumpfile.c:create_2nd_bitmap(), write_kdump_pages_cyclic()). Pages are missing for other
 * reasons too: a filter that took them for something else, memory that whoever wrote the dump
 * could not read. Which one it was the other map shows: it is all ones where this one is zeros.
 * Where it is anything else nothing is known of these bits, and nothing may be said of them.
 */
static bool may_be_zeros(struct dual_bitmap *db, int map, uint64_t kaddr)
{
	uint64_t page = kaddr & ~((1ULL << db->kr.k->page_shift) - 1), at, bytes;
	struct left_out *lo = &db->left_out[map];

	if (lo->page != page) {
		part_of_page(db, map, kaddr, &at, &bytes);
		lo->zeros = all_of(db, !map, at, bytes, UINT64_MAX);
		lo->page = page;
	}
	return lo->zeros;
}

/*
 * Words of one map as stored: word i has the bits of indexes 64 * (first + i) and on. A gap
 * leaves its words zero and not known.
 */
static enum pgc_status read_words(struct dual_bitmap *db, int map, uint64_t first, size_t n,
				  struct pgc_err *err)
{
	struct raw_words *raw = &db->raw[map];
	uint64_t kaddr = db->kaddr[map] + first * 8, page = 1ULL << db->kr.k->page_shift;
	size_t i = 0;

	/* One word more: the pairs are put together from two neighbours. */
	memset(raw->word, 0, (n + 1) * 8);
	memset(raw->known, 0, (n + 1) * 8);
	raw->excluded = raw->elsewhere = false;
	while (i < n) {
		size_t done = 0, skip;
		enum pgc_status st;

		st = vmcore_read_bulk(db->kr.vc, kaddr + i * 8, &raw->word[i],
				      (n - i) * 8, &done, err);
		if (st != PGC_OK && !pgc_is_gap(st))
			return st;
		memset(&raw->known[i], 0xff, done / 8 * 8);
		i += done / 8;
		if (st == PGC_OK)
			continue;
		skip = (size_t)((page - (kaddr + i * 8) % page) / 8);
		if (skip > n - i)
			skip = n - i;
		memset(&raw->word[i], 0, skip * 8);
		if (st == PGC_EXCLUDED && may_be_zeros(db, map, kaddr + i * 8))
			memset(&raw->known[i], 0xff, skip * 8);
		raw->excluded |= st == PGC_EXCLUDED;
		raw->elsewhere |= st == PGC_ELSEWHERE;
		i += skip;
	}
	for (i = 0; i < n; i++)
		raw->word[i] = le64toh(raw->word[i]);
	return PGC_OK;
}

/* Is all that the page at @kaddr has of the map zeros, as of now? */
static bool page_of_zeros(const struct dual_bitmap *db, int map, uint64_t kaddr)
{
	uint64_t at, bytes;

	part_of_page(db, map, kaddr, &at, &bytes);
	return all_of(db, map, at, bytes, 0);
}

/*
 * What kcore cannot read it gives as zeros, a page at a time. A page of zeros is believed only
 * if the other map is all ones there. The words are of indexes 64 * @first and on.
 */
static void doubt_zeros(struct dual_bitmap *db, uint64_t first, size_t n)
{
	uint64_t page = 1ULL << db->kr.k->page_shift;

	for (int map = 0; map < BITMAPS; map++) {
		const struct raw_words *other = &db->raw[!map];
		struct raw_words *raw = &db->raw[map];

		for (size_t i = 0, len; i < n; i += len) {
			uint64_t kaddr = db->kaddr[map] + (first + i) * 8;

			len = (size_t)(page - kaddr % page) / 8;
			if (len > n - i)
				len = n - i;
			if (all_words(&raw->word[i], len, 0) &&
			    !all_words(&other->word[i], len, UINT64_MAX) &&
			    page_of_zeros(db, map, kaddr))
				memset(&raw->known[i], 0, len * 8);
		}
	}
}

/* 64 bits from bit @at on. */
static uint64_t bits_at(const uint64_t *words, uint64_t at)
{
	uint64_t shift = at % 64, low = words[at / 64] >> shift;

	return shift ? low | words[at / 64 + 1] << (64 - shift) : low;
}

/*
 * The pair of the 64 pages from @base on, of which [from, to) are in the map. The maps count
 * from min_pfn, which is 1 on x86: their words straddle those of 64 aligned pfns.
 */
static uint64_t put_pair(const struct dual_bitmap *db, uint64_t first, uint64_t base,
			 uint64_t from, uint64_t to, struct bit_pair *p)
{
	const struct raw_words *prim = &db->raw[BITMAP_PRIMARY];
	const struct raw_words *sec = &db->raw[BITMAP_SECONDARY];
	uint64_t at = from - db->min_pfn - first * 64, shift = from - base, mask;

	mask = to - from < 64 ? (1ULL << (to - from)) - 1 : UINT64_MAX;
	p->known = (bits_at(prim->known, at) & bits_at(sec->known, at) & mask) << shift;
	p->primary = bits_at(prim->word, at) << shift & p->known;
	p->secondary = bits_at(sec->word, at) << shift & p->known;
	return mask << shift & ~p->known;
}

enum pgc_status dual_bitmap_read(struct dual_bitmap *db, uint64_t pfn, struct bit_pair *pairs,
				 size_t words, struct bitmap_gaps *gaps, struct pgc_err *err)
{
	uint64_t end = pfn + words * 64, from, to, first, n, missing = 0;
	enum pgc_status st;

	memset(pairs, 0, words * sizeof(*pairs));
	from = pfn > db->min_pfn ? pfn : db->min_pfn;
	to = end < db->max_pfn ? end : db->max_pfn;
	if (from >= to || words > DUAL_BITMAP_WORDS)
		return PGC_OK;
	first = (from - db->min_pfn) / 64;
	n = (to - 1 - db->min_pfn) / 64 - first + 1;
	for (int map = 0; map < BITMAPS; map++) {
		st = read_words(db, map, first, n, err);
		if (st != PGC_OK)
			return pgc_err_add(err, st, "%s bitmap",
					   map == BITMAP_PRIMARY ? "primary" : "secondary");
	}
	if (vmcore_info(db->kr.vc)->live)
		doubt_zeros(db, first, n);
	for (uint64_t at = from; at < to;) {
		uint64_t base = at & ~63ULL, stop = base + 64 < to ? base + 64 : to;

		missing += (uint64_t)__builtin_popcountll(
			put_pair(db, first, base, at, stop, &pairs[(base - pfn) / 64]));
		at = stop;
	}
	if (db->raw[BITMAP_PRIMARY].elsewhere || db->raw[BITMAP_SECONDARY].elsewhere)
		gaps->elsewhere += missing;
	else if (db->raw[BITMAP_PRIMARY].excluded || db->raw[BITMAP_SECONDARY].excluded)
		gaps->excluded += missing;
	else
		gaps->unreadable += missing;
	return PGC_OK;
}
