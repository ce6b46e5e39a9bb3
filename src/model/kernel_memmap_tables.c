/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that lead to the memmap: what an entry maps must be the struct pages of its pfns.
 *
 * Struct pages say where they are: of a page on no list lru leads to itself, and of one on a list
 * the next leads back. Where they are not those of the entry's pfns, and with one bit of an entry
 * on the way changed they are, that entry is wrong.
 */
#include "model/kernel_priv.h"

#include <string.h>

#include "base/one_bit.h"
#include "base/target_int.h"
#include "vmcore.h"

#define CHUNK ARCH_PAGE_MIN	/* struct pages that are read at once */
#define CHUNKS 8		/* of a large page, spread over it, until enough is known */
#define EDGES 16		/* links of a chunk that are followed */
#define READS_MAX 16384		/* chunks read of a memmap that is mapped by small pages */
#define FAILS_MAX 8		/* entries that could not be mended */
#define VARIANTS 8		/* of rights, that leaves have */
#define FAR_MORE 8
#define ALIKE_MIN 3

/* Which neighbours of a leaf say where it leads. */
enum frame { FRAME_BOTH, FRAME_BEFORE, FRAME_AFTER, FRAMES };

/* What a piece of memory is, for who takes it for the struct pages at an address. */
struct opinion {
	unsigned int own, other;	/* struct pages that say that they are those, or others */
	unsigned int fit, misfit;	/* of these pfns by zone and node, or not */
	unsigned int telling;		/* of those that fit: zone and node have bits that are set */
	bool unseen;			/* some of it is not there to read */
	uint64_t other_kaddr;		/* where one of the others should be */
};

struct variant {
	unsigned int level, count;
	uint64_t rights;
	struct table_step first;
	uint64_t pfn;
};

struct memmap_check {
	struct kernel *k;
	struct vmcore *vc;
	const struct arch_paging *pg;
	const struct table_mend *trial;	/* NULL: the tables as they are */
	struct table_path last;		/* the entries that were looked at last */
	struct table_step before;	/* the leaf before this one; span 0: none */
	struct variant variants[VARIANTS];
	size_t n_variants;
	unsigned int reads, fails;	/* that are left */
	struct record_fact absent[FAILS_MAX];
	uint64_t n_absent, n_right;	/* entries that map nothing, and that map what they should */
};

/* Only the bytes up to the end of a page; @len is of one struct page at most. */
static enum pgc_status read_at(struct memmap_check *mc, uint64_t kaddr, void *buf, size_t len)
{
	struct table_path path;
	enum pgc_status st = vmcore_table_path(mc->vc, kaddr, mc->trial, &path);
	size_t done;

	return st == PGC_OK ? vmcore_read_phys(mc->vc, path.paddr, buf, len, &done, NULL) : st;
}

/* A link of the page at @page leads to another, which has the way back. */
static void ask_edge(struct memmap_check *mc, uint64_t page, const unsigned char *raw, uint64_t span,
		     struct opinion *o)
{
	const struct layout *lay = mc->k->lay;
	uint64_t lru = layout_get(lay, L_page_lru), own = page + lru, next, back, pfn;
	unsigned char word[8];

	next = target_u64(raw + lru + layout_get(lay, L_list_head_next));
	if (next == own || !kernel_page_to_pfn(mc->k, next - lru, &pfn) ||
	    read_at(mc, next + layout_get(lay, L_list_head_prev), word, sizeof(word)) != PGC_OK)
		return;
	back = target_u64(word);
	if (back == own) {
		o->own++;
	} else if ((back - own) % span == 0 && kernel_page_to_pfn(mc->k, back - lru, &pfn)) {
		o->other++;
		o->other_kaddr = back - lru;
	}
}

/* A list head in it that is empty leads to itself. */
static void ask_self(struct memmap_check *mc, uint64_t page, const unsigned char *raw, uint64_t span,
		     struct opinion *o)
{
	for (uint64_t at = 0; at + 16 <= mc->k->struct_page; at += 8) {
		uint64_t to = target_u64(raw + at), pfn;

		if (to != target_u64(raw + at + 8))
			continue;
		if (to == page + at) {
			o->own++;
			return;
		}
		if ((to - (page + at)) % span == 0 && kernel_page_to_pfn(mc->k, to - at, &pfn)) {
			o->other++;
			o->other_kaddr = to - at;
			return;
		}
	}
}

static void ask_zone(struct memmap_check *mc, uint64_t pfn, const unsigned char *raw,
		     struct opinion *o)
{
	const struct kernel *k = mc->k;
	uint64_t flags = target_u64(raw + layout_get(k->lay, L_page_flags));
	uint64_t bits = kernel_zone_bits(k);
	bool any = false;

	if (!flags || flags == UINT64_MAX || !bits)
		return;
	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *z = &k->zones[i];

		if (pfn < z->start_pfn || pfn - z->start_pfn >= z->spanned)
			continue;
		any = true;
		if ((flags & bits) != kernel_zone_flags(k, z))
			continue;
		o->fit++;
		o->telling += kernel_zone_flags(k, z) != 0;
		return;
	}
	o->misfit += any;
}

/* The struct pages at @kaddr, that lie at @paddr: a chunk of them. */
static void ask_chunk(struct memmap_check *mc, uint64_t kaddr, uint64_t paddr, uint64_t span,
		      struct opinion *o)
{
	unsigned char raw[CHUNK];
	unsigned int before = o->own + o->other;
	uint64_t size = mc->k->struct_page;
	enum pgc_status st;
	size_t done;

	st = vmcore_read_phys(mc->vc, paddr, raw, sizeof(raw), &done, NULL);
	o->unseen |= st != PGC_OK && st != PGC_ABSENT;
	if (st != PGC_OK)
		return;
	for (uint64_t at = 0; at + size <= CHUNK; at += size) {
		ask_self(mc, kaddr + at, raw + at, span, o);
		ask_zone(mc, (kaddr + at - mc->k->memmap) >> mc->k->struct_page_shift, raw + at, o);
	}
	/* The farther apart, the less they are of one block. */
	for (uint64_t i = 0; i < EDGES && o->own + o->other < before + 2; i++) {
		uint64_t at = i * (CHUNK / EDGES) / size * size;

		ask_edge(mc, kaddr + at, raw + at, span, o);
	}
}

/* What does @leaf map, where it stands for struct pages up to @end? */
static struct opinion ask_leaf(struct memmap_check *mc, const struct table_step *leaf, uint64_t end)
{
	uint64_t start = leaf->kaddr > mc->k->memmap ? leaf->kaddr : mc->k->memmap;
	uint64_t len = leaf->kaddr + (leaf->span - 1) < end ? leaf->span - (start - leaf->kaddr) :
							       end - start;
	uint64_t step = len / CHUNKS & ~(uint64_t)(CHUNK - 1);
	struct opinion o = { 0 };

	for (uint64_t at = 0; at < len && !(o.own > 1 && o.own > o.other); at += step ? step : CHUNK)
		ask_chunk(mc, start + at, (leaf->to & ~(leaf->span - 1)) + (start - leaf->kaddr) + at,
			  leaf->span, &o);
	return o;
}

static bool is_own(const struct opinion *o)
{
	return o->own > 1 && o->own > o->other;
}

static bool is_like(const struct opinion *o)
{
	return o->fit > FAR_MORE && o->misfit <= o->fit / FAR_MORE && o->other <= o->own;
}

static bool is_read_only(const struct memmap_check *mc, const struct table_step *s)
{
	return mc->pg->writable && !(s->entry & mc->pg->writable);
}

/*
 * The tails of a huge page whose memmap was given away share memory with others, and may have that
 * of a first page in it. A page of the memmap that it got back lies anywhere, and is a copy of the
 * shared one: what led to itself there leads there still (mm/hugetlb_vmemmap.c, all versions). Either
 * is of the zone.
 */
static bool is_of_huge_page(const struct table_step *s, const struct opinion *o)
{
	return s->level == 1 && o->fit > FAR_MORE && !o->misfit && o->other <= o->fit / FAR_MORE;
}

static const struct table_step *last_step(const struct table_path *path)
{
	return &path->step[path->n - 1];
}

static bool same_place(const struct table_step *a, const struct table_step *b)
{
	return a->what == ARCH_LEAF && b->what == ARCH_LEAF && a->span == b->span &&
	       (a->to & ~(a->span - 1)) == (b->to & ~(b->span - 1));
}

/* Does @b follow @a in memory as it does in the map? */
static bool continues(const struct table_step *a, const struct table_step *b)
{
	return a->span == b->span && a->kaddr + a->span == b->kaddr &&
	       (a->to & ~(a->span - 1)) + a->span == (b->to & ~(b->span - 1));
}

/* With @trial, is it as beside it: in one piece, or the page that all tails of a huge page share? */
static bool fits_neighbour(struct memmap_check *mc, const struct table_step *s)
{
	struct table_path path;

	if (mc->before.span && (continues(&mc->before, s) ||
				(is_read_only(mc, s) && same_place(&mc->before, s))))
		return true;
	if (vmcore_table_path(mc->vc, s->kaddr + s->span, mc->trial, &path) != PGC_OK)
		return false;
	return continues(s, last_step(&path)) ||
	       (is_read_only(mc, s) && same_place(s, last_step(&path)));
}

/* With the @nr-th entry of @path read as @entry, are the struct pages of @kaddr there? */
static bool would_fit(struct memmap_check *mc, uint64_t kaddr, uint64_t end,
		      const struct table_path *path, unsigned int nr, uint64_t entry)
{
	const struct table_mend mend = { .paddr = path->step[nr].paddr, .entry = entry };
	struct table_path tried;
	struct opinion o;
	bool fits = false;

	if (vmcore_table_path(mc->vc, kaddr, &mend, &tried) != PGC_OK)
		return false;
	/* A bit that changes nothing of where it leads mends nothing. */
	if (path->n == tried.n && same_place(last_step(path), last_step(&tried)))
		return false;
	mc->trial = &mend;
	o = ask_leaf(mc, last_step(&tried), end);
	/* Any memory is of a zone whose bits are all 0. */
	fits = is_own(&o) ||
	       (o.telling > FAR_MORE &&
		(is_like(&o) || (is_read_only(mc, last_step(&tried)) &&
				 is_of_huge_page(last_step(&tried), &o))) &&
		fits_neighbour(mc, last_step(&tried)));
	mc->trial = NULL;
	return fits;
}

/* The entry that is wrong, and what it should be: of one bit, or as its neighbour says. */
static bool find_mend(struct memmap_check *mc, uint64_t kaddr, uint64_t end,
		      const struct table_path *path, unsigned int *nr, struct table_mend *mend)
{
	const struct table_step *last = last_step(path);
	uint64_t next;

	for (*nr = path->n; (*nr)--;) {
		unsigned int n = 0;

		mend->paddr = path->step[*nr].paddr;
		for (unsigned int bit = 0; bit < 64; bit++) {
			uint64_t entry = path->step[*nr].entry ^ 1ULL << bit;

			if (!would_fit(mc, kaddr, end, path, *nr, entry))
				continue;
			mend->entry = entry;
			n++;
		}
		if (n)
			return n == 1;
	}
	*nr = path->n - 1;
	next = mc->before.entry + mc->before.span;
	mend->paddr = last->paddr;
	mend->entry = next;
	return mc->before.span == last->span && mc->before.kaddr + mc->before.span == last->kaddr &&
	       would_fit(mc, kaddr, end, path, *nr, next);
}

/* The pages whose struct pages it stands for, of sections that there are. */
static void add_pages(const struct memmap_check *mc, const struct table_step *s,
		      struct record_fact *fact)
{
	const struct kernel *k = mc->k;
	const struct section *first = NULL, *last = NULL;
	uint64_t start = s->kaddr > k->memmap ? s->kaddr : k->memmap, end;

	start = (start - k->memmap) >> k->struct_page_shift;
	end = ((s->kaddr - k->memmap) + s->span) >> k->struct_page_shift;
	for (size_t i = 0; i < k->n_sections; i++) {
		const struct section *one = &k->sections[i];

		if (one->start_pfn + k->pages_per_section <= start || one->start_pfn >= end)
			continue;
		first = first ? first : one;
		last = one;
	}
	if (!first)
		return;
	start = start > first->start_pfn ? start : first->start_pfn;
	if (end > last->start_pfn + k->pages_per_section)
		end = last->start_pfn + k->pages_per_section;
	fact->pfn = start;
	fact->pages = end - start;
}

static struct record_fact make_fact(struct memmap_check *mc, const struct table_step *s,
				    const char *what)
{
	struct record_fact fact = kernel_table_fact(mc->k, mc->vc, s, "the memmap");

	fact.what = what;
	add_pages(mc, s, &fact);
	return fact;
}

/* It maps the struct pages of other pfns, and so does the entry of these. */
static bool is_mapped_twice(struct memmap_check *mc, const struct table_step *leaf,
			    const struct opinion *o)
{
	uint64_t at = o->other_kaddr & ~(leaf->span - 1);
	struct table_path path;

	return o->other >= FAR_MORE && !o->own && !is_read_only(mc, leaf) &&
	       vmcore_table_path(mc->vc, at, NULL, &path) == PGC_OK &&
	       path.paddr == (leaf->to & ~(leaf->span - 1));
}

/* The leaf @by spans after @s, of the same span. */
static bool beside(struct memmap_check *mc, const struct table_step *s, int by, uint64_t *entry)
{
	struct table_path path;

	if (vmcore_table_path(mc->vc, s->kaddr + (uint64_t)by * s->span, NULL, &path) != PGC_OK)
		return false;
	*entry = last_step(&path)->entry;
	return last_step(&path)->span == s->span;
}

/*
 * The memmap of boot memory is in one piece for each node (mm/sparse.c:sparse_buffer_alloc(), all
 * versions). Where two leaves beside @s have room for one, in addresses as in memory and with the
 * same rights, *@entry is what they say of it: one on either side, or both on one.
 */
static bool is_framed(struct memmap_check *mc, const struct table_step *s, enum frame frame,
		      uint64_t *entry)
{
	static const int sides[FRAMES][2] = {
		[FRAME_BOTH] = { -1, 1 }, [FRAME_BEFORE] = { -2, -1 }, [FRAME_AFTER] = { 1, 2 },
	};
	const int *side = sides[frame];
	uint64_t first, second;

	if (!beside(mc, s, side[0], &first) || !beside(mc, s, side[1], &second) ||
	    second != first + (uint64_t)(side[1] - side[0]) * s->span)
		return false;
	*entry = first - (uint64_t)side[0] * s->span;
	return s->entry != *entry;
}

/* Is what @s leads to mapped a second time, where it is in its place beside the frame's @entry? */
static bool is_misplaced(struct memmap_check *mc, const struct table_step *s, uint64_t entry)
{
	uint64_t kaddr = s->kaddr + (s->entry - entry), pfn;
	struct table_path path;

	return s->what == ARCH_LEAF && kernel_page_to_pfn(mc->k, kaddr, &pfn) &&
	       vmcore_table_path(mc->vc, kaddr, NULL, &path) == PGC_OK &&
	       last_step(&path)->entry == s->entry;
}

/* What is read through the entry @path ends with, as it should be, are struct pages of its pfns. */
static bool frame_fits(struct memmap_check *mc, uint64_t kaddr, uint64_t end,
		       const struct table_mend *mended)
{
	struct table_path tried;
	struct opinion o;

	if (vmcore_table_path(mc->vc, kaddr, mended, &tried) != PGC_OK)
		return false;
	mc->trial = mended;
	o = ask_leaf(mc, last_step(&tried), end);
	mc->trial = NULL;
	return is_own(&o) || is_like(&o);
}

/* What @frame says of the entry that @path ends with, if that is wrong. */
static bool frame_says(struct memmap_check *mc, enum frame frame, uint64_t kaddr, uint64_t end,
		       const struct table_path *path, enum pgc_status st, const struct opinion *o,
		       struct table_mend *mended)
{
	const struct table_step *s = last_step(path);

	mended->paddr = s->paddr;
	if (!is_framed(mc, s, frame, &mended->entry))
		return false;
	/* A node's memmap begins anywhere, and so does what a huge page got back of its own. */
	if ((frame != FRAME_BOTH || (st == PGC_OK && (is_like(o) || is_of_huge_page(s, o)))) &&
	    !is_misplaced(mc, s, mended->entry))
		return false;
	return frame_fits(mc, kaddr, end, mended);
}

/*
 * An entry that is not what its neighbours say, though struct pages are there: what it leads to is
 * none of them, or those of other pfns. What huge pages share is read-only.
 */
static bool mend_framed(struct memmap_check *mc, uint64_t kaddr, uint64_t end,
			const struct table_path *path, enum pgc_status st, const struct opinion *o)
{
	const struct table_step *s = last_step(path);
	struct table_mend mended;
	struct record_fact fact;
	enum frame frame = 0;

	if (is_own(o) || (st == PGC_OK && is_read_only(mc, s)))
		return false;
	while (!frame_says(mc, frame, kaddr, end, path, st, o, &mended))
		if (++frame == FRAMES)
			return false;
	fact = make_fact(mc, s, st == PGC_OK ? "it does not map these struct pages" :
					       "it maps nothing, but these struct pages exist");
	fact.expected = mended.entry;
	fact.has_expected = true;
	kernel_note_record(mc->k, &fact);
	return vmcore_mend_table(mc->vc, &mended);
}

/* Where it leads to is wrong; true: it was mended. */
static bool mend(struct memmap_check *mc, const struct section *s, uint64_t kaddr, uint64_t end,
		 const struct table_path *path, enum pgc_status st, const struct opinion *o)
{
	const struct table_step *last = last_step(path);
	struct record_fact fact;
	struct table_mend mended;
	unsigned int nr;

	/* What cannot be mended is counted all the same: of many it is no entry that is wrong. */
	if (!mc->fails) {
		mc->n_absent += st == PGC_ABSENT && s->early && s->kaddr;
		return false;
	}
	if (find_mend(mc, kaddr, end, path, &nr, &mended)) {
		fact = make_fact(mc, &path->step[nr], path->step[nr].what == ARCH_NOTHING ?
			"it maps nothing, but these struct pages exist" :
			"it does not map these struct pages");
		fact.expected = mended.entry;
		fact.has_expected = true;
		kernel_note_record(mc->k, &fact);
		return vmcore_mend_table(mc->vc, &mended);
	}
	mc->fails--;
	if (st == PGC_OK && is_mapped_twice(mc, last, o)) {
		fact = make_fact(mc, last, "it maps other struct pages, which have an entry of their own");
		kernel_note_record(mc->k, &fact);
		/* What is read there would be laid at the wrong pages. */
		(void)vmcore_mend_table(mc->vc, &(struct table_mend){ .paddr = last->paddr });
	} else if (st == PGC_ABSENT && s->early && s->kaddr) {
		/* Memory of boot has all of its memmap (mm/sparse.c:sparse_init_nid(), all versions). */
		mc->absent[mc->n_absent % FAILS_MAX] =
			make_fact(mc, last, "it maps nothing, but these struct pages exist");
		mc->n_absent++;
	}
	return false;
}

static void check_bits(struct memmap_check *mc, const struct table_step *s)
{
	uint64_t wrong = mc->pg->wrong_bits ? mc->pg->wrong_bits(mc->pg, s->entry, s->level) : 0;
	struct record_fact fact;

	if (!wrong)
		return;
	fact = make_fact(mc, s, "these bits are invalid in an entry of the memmap");
	fact.expected = s->entry ^ wrong;
	fact.has_expected = true;
	kernel_note_record(mc->k, &fact);
}

static void count_rights(struct memmap_check *mc, const struct table_step *s)
{
	uint64_t rights = s->entry & mc->pg->rights;

	for (size_t i = 0; i < mc->n_variants; i++)
		if (mc->variants[i].level == s->level && mc->variants[i].rights == rights) {
			mc->variants[i].count++;
			return;
		}
	if (mc->n_variants < VARIANTS)
		mc->variants[mc->n_variants++] = (struct variant){
			.level = s->level, .count = 1, .rights = rights, .first = *s,
		};
}

/* Each entry once: those of the path before were looked at. */
static void check_steps(struct memmap_check *mc, const struct table_path *path)
{
	for (unsigned int i = 0; i < path->n; i++) {
		const struct table_step *s = &path->step[i];

		if (i < mc->last.n && mc->last.step[i].paddr == s->paddr)
			continue;
		check_bits(mc, s);
		if (s->what == ARCH_LEAF)
			count_rights(mc, s);
	}
	mc->last = *path;
}

/* One leaf among many that has other rights. */
static void check_rights(struct memmap_check *mc)
{
	for (size_t i = 0; i < mc->n_variants; i++) {
		const struct variant *one = &mc->variants[i], *most = one;
		struct record_fact fact;
		uint64_t xor;

		for (size_t j = 0; j < mc->n_variants; j++)
			if (mc->variants[j].level == one->level && mc->variants[j].count > most->count)
				most = &mc->variants[j];
		xor = one->rights ^ most->rights;
		if (one->count > 1 || most->count < ALIKE_MIN || !one_bit(xor))
			continue;
		fact = make_fact(mc, &one->first, "all other entries of the memmap have other rights");
		fact.expected = one->first.entry ^ xor;
		fact.has_expected = true;
		fact.doubtful = true;
		kernel_note_record(mc->k, &fact);
	}
}

/* Need what it maps be looked at? Small pages in one piece have one beginning. */
static bool wants_look(struct memmap_check *mc, const struct table_step *leaf)
{
	if (leaf->level > 1)
		return true;
	if (mc->before.span && (continues(&mc->before, leaf) ||
				(is_read_only(mc, leaf) && is_read_only(mc, &mc->before) &&
				 same_place(&mc->before, leaf))))
		return false;
	return mc->reads && mc->reads--;
}

/* The leaf that maps the struct pages at @kaddr. Returns how far it maps them. */
static uint64_t check_leaf(struct memmap_check *mc, const struct section *s, uint64_t kaddr,
			   uint64_t end)
{
	struct table_path path;
	enum pgc_status st = vmcore_table_path(mc->vc, kaddr, NULL, &path);
	struct opinion o = { 0 };
	const struct table_step *last;

	if (!path.n)
		return end;
	if (st == PGC_OK && wants_look(mc, last_step(&path))) {
		o = ask_leaf(mc, last_step(&path), end);
		if (mend_framed(mc, kaddr, end, &path, st, &o) ||
		    (!is_own(&o) && !is_like(&o) && !o.unseen &&
		     !is_of_huge_page(last_step(&path), &o) &&
		     mend(mc, s, kaddr, end, &path, st, &o)))
			st = vmcore_table_path(mc->vc, kaddr, NULL, &path);
	} else if (st == PGC_ABSENT || st == PGC_DAMAGED) {
		if (mend_framed(mc, kaddr, end, &path, st, &o) ||
		    mend(mc, s, kaddr, end, &path, st, &o))
			st = vmcore_table_path(mc->vc, kaddr, NULL, &path);
	}
	last = last_step(&path);
	if (st == PGC_OK) {
		check_steps(mc, &path);
		mc->n_right++;
		mc->before = *last;
	}
	return last->kaddr + (last->span - 1) < end ? last->kaddr + last->span : end;
}

static const enum layout_key page_words[] = { L_page_flags, L_page_lru };

void kernel_check_memmap_tables(struct kernel *k, struct vmcore *vc)
{
	struct memmap_check mc = {
		.k = k, .vc = vc, .pg = vmcore_paging(vc), .reads = READS_MAX, .fails = FAILS_MAX,
	};

	if (!mc.pg || !k->struct_page_shift || k->struct_page > CHUNK || !k->running ||
	    !layout_words_fit(k->lay, page_words, ARRAY_SIZE(page_words), k->struct_page - 8) ||
	    layout_get(k->lay, L_list_head_next) > 8 || layout_get(k->lay, L_list_head_prev) > 8)
		return;
	for (size_t i = 0; i < k->n_sections; i++) {
		const struct section *s = &k->sections[i];
		uint64_t at = kernel_pfn_to_page(k, s->start_pfn);
		uint64_t end = at + (k->pages_per_section << k->struct_page_shift);

		if (!s->online)
			continue;
		while (at < end)
			at = check_leaf(&mc, s, at, end);
	}
	/* Sections that are none, as their record is read wrongly, have no memmap either. */
	for (uint64_t i = 0; i < mc.n_absent && mc.n_absent <= mc.n_right; i++)
		if (i < FAILS_MAX)
			kernel_note_record(k, &mc.absent[i]);
	check_rights(&mc);
}
