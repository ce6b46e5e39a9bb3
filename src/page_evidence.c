/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page_evidence.h"

#include "damage.h"
#include "dual_bitmap.h"
#include "flag_names.h"
#include "judge.h"
#include "kernel.h"
#include "page_facts.h"
#include "page_sense.h"
#include "vmcore.h"

/* The zone a page belongs to by its own flags, else the one that spans its pfn. */
static const struct zone_summary *zone_of(const struct page_evidence *pe,
					  const struct page_view *v)
{
	const struct kernel *k = pe->k;
	const struct zone *z = NULL;

	/* What says so itself cannot be the one that is wrong. */
	if (v->facts & PF_MEMMAP && !(v->facts & (PF_MISPLACED | PF_GARBAGE)))
		z = kernel_zone(k, kernel_flags_nid(k, v->page.flags),
				kernel_flags_zone(k, v->page.flags));
	for (size_t i = 0; !z && i < k->n_zones; i++)
		if (v->pfn >= k->zones[i].start_pfn &&
		    v->pfn - k->zones[i].start_pfn < k->zones[i].spanned)
			z = &k->zones[i];
	return z ? &pe->zones[z - k->zones] : NULL;
}

static void add_bits(const struct page_evidence *pe, const struct page_view *v,
		     struct finding *f)
{
	static const struct {
		const char *kaddr, *paddr, *value, *bit;
	} keys[BITMAPS] = {
		[BITMAP_PRIMARY] = { "primary_word_kaddr", "primary_word_paddr",
				     "primary_word", "primary_bit" },
		[BITMAP_SECONDARY] = { "secondary_word_kaddr", "secondary_word_paddr",
				       "secondary_word", "secondary_bit" },
	};
	uint64_t word, paddr, run;
	unsigned int bit;

	for (int map = 0; map < BITMAPS && (v->facts & PF_BITS); map++) {
		uint64_t kaddr = dual_bitmap_word_kaddr(pe->db, map, v->pfn, &bit);

		finding_hex(f, keys[map].kaddr, kaddr);
		if (vmcore_translate(pe->k->vc, kaddr, &paddr, &run, NULL) == PGC_OK)
			finding_hex(f, keys[map].paddr, paddr);
		if (map == BITMAP_SECONDARY)
			finding_num(f, "bit", bit);
		if (vmcore_read_u64(pe->k->vc, kaddr, keys[map].value, &word, NULL) != PGC_OK)
			continue;
		finding_hex(f, keys[map].value, word);
		finding_num(f, keys[map].bit, word >> bit & 1);
	}
}

static const char *listed_as(uint32_t facts)
{
	switch (facts & (PF_ON_BUDDY | PF_ON_PCP)) {
	case 0:
		return "no";
	case PF_ON_BUDDY:
		return facts & PF_LIST_HEAD ? "buddy" : "inside a buddy block";
	case PF_ON_PCP:
		return facts & PF_LIST_HEAD ? "per-CPU" : "inside a per-CPU entry";
	default:
		return "other list";
	}
}

static void add_struct_page(const struct page_evidence *pe, const struct page_view *v,
			    struct finding *f)
{
	if (!(v->facts & (PF_MEMMAP | PF_BLANK)))
		return;
	finding_hex(f, "page", kernel_pfn_to_page(pe->k, v->pfn));
	flag_names_want(f, v->page.flags);
	finding_int(f, "refcount", v->page.refcount);
	finding_hex(f, "page_type", v->page.mapcount);
	finding_str(f, "page_kind",
		    page_kind_name(page_kind(&pe->pages->fmt, v->page.mapcount)));
	finding_hex(f, "private", v->page.private);
	finding_hex(f, "mapping", v->page.mapping);
}

/* A struct page of which nothing is left was written over. */
static void classify_page(const struct page_evidence *pe, const struct page_view *v,
			  struct finding *f)
{
	const char *like;

	if (!v->raw || f->verdict != VERDICT_STRUCT_PAGE)
		return;
	like = damage_looks_like(v->raw, pe->pages->fmt.size);
	if (like || v->facts & (PF_BLANK | PF_GARBAGE))
		f->damage = CLASS_OVERWRITE;
	finding_str(f, "looks_like", like);
}

/* Zone and node that the flags say, and those that the pfn says, where it is one zone's. */
static void tell_zones(const struct page_evidence *pe, const struct page_view *v,
		       struct finding *f)
{
	const struct kernel *k = pe->k;
	uint64_t bits, wrong;

	finding_num(f, "found_node", (uint64_t)kernel_flags_nid(k, v->page.flags));
	finding_num(f, "found_zone", kernel_flags_zone(k, v->page.flags));
	if (!page_facts_home_bits(pe->pages, v->pfn, &bits))
		return;
	finding_num(f, "expected_node", (uint64_t)kernel_flags_nid(k, bits));
	finding_num(f, "expected_zone", kernel_flags_zone(k, bits));
	wrong = (v->page.flags ^ bits) & pe->pages->zone_bits;
	finding_hex(f, "xor", wrong);
	f->damage = damage_of_xor(wrong);
}

/* What is wrong with the page's own record. */
static void tell_oddity(const struct page_evidence *pe, const struct page_view *v,
			struct finding *f)
{
	if (f->id == FIND_PAGE_MISPLACED)
		tell_zones(pe, v, f);
	if (f->id == FIND_PAGE_STATE)
		finding_str(f, "what", v->facts & PF_GARBAGE ?
				    "nothing in it is what a struct page has" :
				    page_oddity_text(pe->pages->odd));
}

/* That a page is on no list says something only when all lists it could be on were seen. */
static void explain_unlisted(const struct page_evidence *pe, const struct page_view *v,
			     const struct zone_summary *z, struct finding *f)
{
	const struct kernel *k = pe->k;
	const struct zone *own = kernel_zone(k, kernel_flags_nid(k, v->page.flags),
					     kernel_flags_zone(k, v->page.flags));

	if (f->id != FIND_BUDDY_NOT_LISTED && f->id != FIND_LIMBO_EXCESS)
		return;
	if (!own)
		f->explained = "the lists of its zone are not in the dump";
	else if (z && z->lists_cut)
		f->explained = "a free list of its zone is broken: the page may be behind the break";
	else if (z && z->lock_held && f->id == FIND_BUDDY_NOT_LISTED)
		f->explained = "the zone's lock was held: the page was being put on a list or taken off";
	else if (own->lock == LOCK_UNKNOWN && f->id == FIND_BUDDY_NOT_LISTED)
		f->explained = "whether the zone's lock was held is not known: the page may have been on its way";
	if (f->explained)
		f->severity = SEV_NOTE;
}

void page_evidence_name(const struct page_evidence *pe, const struct page_view *v,
			enum finding_id id, struct finding *f)
{
	finding_init(f, id, v->pfn);
	/* Two buddies: named by the lower, though the upper is where it shows. */
	if (id == FIND_BUDDIES_UNMERGED)
		f->pfn = v->pfn - (1ULL << pe->pages->block_order);
}

void page_evidence_make(const struct page_evidence *pe, const struct page_view *v,
			enum finding_id id, struct finding *f)
{
	const struct zone_summary *z = zone_of(pe, v);

	page_evidence_name(pe, v, id, f);
	judge_page_detail(v->facts, f);
	if (id == FIND_BUDDIES_UNMERGED &&
	    pe->pages->block_order >= (int)pe->k->pageblock_order) {
		f->severity = SEV_NOTE;
		f->explained = "pageblocks whose migratetypes did not mix when they were freed";
	}
	if (z) {
		f->node = z->node;
		f->zone = z->name;
	}
	if ((v->facts & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_BUDDY)
		f->order = pe->pages->block_order;
	explain_unlisted(pe, v, z, f);
	add_bits(pe, v, f);
	finding_str(f, "listed", listed_as(v->facts));
	add_struct_page(pe, v, f);
	tell_oddity(pe, v, f);
	classify_page(pe, v, f);
}
