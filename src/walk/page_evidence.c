/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_evidence.h"

#include "judge/damage.h"
#include "judge/flag_names.h"
#include "judge/judge.h"
#include "model/dual_bitmap.h"
#include "model/kernel.h"
#include "vmcore.h"
#include "walk/page_facts.h"
#include "walk/page_sense.h"

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
		enum fact_id kaddr, paddr, value, bit;
	} ids[BITMAPS] = {
		[BITMAP_PRIMARY] = { FACT_PRIMARY_WORD_KADDR, FACT_PRIMARY_WORD_PADDR,
				     FACT_PRIMARY_WORD, FACT_PRIMARY_BIT },
		[BITMAP_SECONDARY] = { FACT_SECONDARY_WORD_KADDR, FACT_SECONDARY_WORD_PADDR,
				       FACT_SECONDARY_WORD, FACT_SECONDARY_BIT },
	};
	uint64_t word, paddr, run;
	unsigned int bit;

	for (int map = 0; map < BITMAPS && (v->facts & PF_BITS); map++) {
		uint64_t kaddr = dual_bitmap_word_kaddr(pe->db, map, v->pfn, &bit);

		finding_hex(f, ids[map].kaddr, kaddr);
		if (vmcore_translate(pe->k->vc, kaddr, &paddr, &run, NULL) == PGC_OK)
			finding_hex(f, ids[map].paddr, paddr);
		if (map == BITMAP_SECONDARY)
			finding_num(f, FACT_BIT, bit);
		if (vmcore_read_u64(pe->k->vc, kaddr, evidence_type(ids[map].value)->key, &word,
				    NULL) != PGC_OK)
			continue;
		finding_hex(f, ids[map].value, word);
		finding_num(f, ids[map].bit, word >> bit & 1);
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
	finding_hex(f, FACT_PAGE, kernel_pfn_to_page(pe->k, v->pfn));
	flag_names_want(f, v->page.flags);
	finding_int(f, FACT_REFCOUNT, v->page.refcount);
	finding_hex(f, FACT_PAGE_TYPE, v->page.mapcount);
	finding_str(f, FACT_PAGE_KIND,
		    page_kind_name(page_kind(&pe->pages->fmt, v->page.mapcount)));
	finding_hex(f, FACT_PRIVATE, v->page.private);
	finding_hex(f, FACT_MAPPING, v->page.mapping);
	if (f->id == FIND_LISTED_MAPPING && pe->pages->fmt.memcg)
		finding_hex(f, FACT_MEMCG_DATA, v->page.memcg);
}

/* Zone or node of the page's flags: what it is, and by @bits, should be. */
static void zone_field(const struct kernel *k, uint64_t flags, uint64_t bits, struct finding *f)
{
	int nid = kernel_flags_nid(k, flags), right_nid = kernel_flags_nid(k, bits);
	unsigned int idx = kernel_flags_zone(k, flags), right_idx = kernel_flags_zone(k, bits);
	const struct zone *said = kernel_zone(k, nid, idx), *of = kernel_zone(k, right_nid, right_idx);

	if (idx == right_idx)
		finding_field(f, "page.flags.node", EV_NUM, (uint64_t)nid, (uint64_t)right_nid);
	else if (said && of)
		finding_field_str(f, "page.flags.zone", said->name, of->name);
	else
		finding_field(f, "page.flags.zone", EV_NUM, idx, right_idx);
}

static void misplaced_field(const struct page_evidence *pe, const struct page_view *v,
			    struct finding *f)
{
	const struct kernel *k = pe->k;
	uint64_t flags = v->page.flags, bits;

	if (page_facts_home_bits(pe->pages, v->pfn, &bits))
		zone_field(k, flags, bits, f);
	else
		finding_field_found(f, "page.flags.zone", EV_NUM, kernel_flags_zone(k, flags));
}

/* A word that has one right value. */
static void word_field(const struct odd_word *word, const char *name, struct finding *f)
{
	finding_field(f, name, EV_HEX, word->found, word->expected);
	finding_hex(f, FACT_XOR, word->found ^ word->expected);
	f->damage = damage_of_xor(word->found ^ word->expected);
}

/* The first thing in the page that makes no sense, unless nothing in it does. */
static void state_field(const struct page_evidence *pe, const struct page_view *v,
			struct finding *f)
{
	const struct page *p = &v->page;
	uint32_t odd = pe->pages->odd;
	const char *name = page_oddity_field(odd);

	if (!odd || v->facts & PF_GARBAGE)
		return;
	switch (__builtin_ctz(odd)) {
	case PO_ZONE:
		misplaced_field(pe, v, f);
		break;
	case PO_TYPE:
		finding_field_found(f, name, EV_HEX, p->mapcount);
		break;
	case PO_REFS:
		finding_field_found(f, name, EV_INT, (uint64_t)(int64_t)p->refcount);
		break;
	case PO_TAIL_REFS:
		finding_field(f, name, EV_INT, (uint64_t)(int64_t)p->refcount, 0);
		break;
	case PO_RESERVED_LRU:
	case PO_TYPED_LRU:
	case PO_LONE_HEAD:
		finding_field_found(f, name, EV_HEX, p->flags);
		break;
	case PO_MAPPING:
		finding_field_found(f, name, EV_HEX, p->mapping);
		break;
	case PO_ASTRAY:
	case PO_NO_TAIL:
		finding_field_found(f, name, EV_HEX, p->compound);
		break;
	case PO_TAIL_MAPPING:
	case PO_TAIL_FLAGS:
	case PO_KERNEL_FLAGS:
	case PO_POISON:
	case PO_BENT_MAPPING:
	case PO_BENT_MEMCG:
	case PO_HALF_LINK:
	case PO_UNTOUCHED_FLAG:
	case PO_INDEX:
	case PO_PRIVATE:
		word_field(&pe->pages->odd_word, name, f);
		break;
	case PO_TYPE_BITS:
		finding_field(f, name, EV_HEX, p->mapcount, p->mapcount & 0xff000000u);
		break;
	case PO_MANY_REFS:
		finding_field_found(f, name, EV_INT, (uint64_t)(int64_t)p->refcount);
		break;
	case PO_MEMCG:
		finding_field_found(f, name, EV_HEX, p->memcg);
		break;
	default:
		break;
	}
}

/* One bit of a map, when that map alone is held to be wrong, or both are. */
static void bit_field(const struct page_view *v, struct finding *f)
{
	bool secondary = f->verdict == VERDICT_SECONDARY;
	uint64_t bit = v->facts & (secondary ? PF_SECONDARY : PF_PRIMARY) ? 1 : 0;

	if (f->verdict == VERDICT_PRIMARY || secondary || f->verdict == VERDICT_BITMAPS)
		finding_field(f, secondary ? "secondary bit" : "primary bit", EV_NUM, bit, !bit);
}

static void mapping_field(const struct page_view *v, struct finding *f)
{
	if (v->page.mapping)
		finding_field(f, "page.mapping", EV_HEX, v->page.mapping, 0);
	else
		finding_field(f, "page.memcg_data", EV_HEX, v->page.memcg, 0);
}

/* The field that the finding is about, as far as it is one. */
static void wrong_field(const struct page_evidence *pe, const struct page_view *v,
			struct finding *f)
{
	const struct page_format *fmt = &pe->pages->fmt;
	uint64_t flags = v->page.flags;
	uint64_t refcount = (uint64_t)(int64_t)v->page.refcount;

	switch (f->id) {
	case FIND_COMPLEMENT_BROKEN:
	case FIND_ALLOCATED_ON_FREE_LIST:
	case FIND_ALLOCATED_NO_MEMORY:
	case FIND_FREE_IN_USE:
		bit_field(v, f);
		break;
	case FIND_LISTED_REFCOUNT:
		finding_field(f, "page.refcount", EV_INT, refcount, 0);
		break;
	case FIND_REFCOUNT_IMPOSSIBLE:
		finding_field_found(f, "page.refcount", EV_INT, refcount);
		break;
	case FIND_LISTED_FLAGS:
		finding_field(f, "page.flags", EV_HEX, flags,
			      flags & ~(v->facts & PF_LIST_HEAD ? fmt->on_buddy_head :
								  fmt->on_free_page));
		break;
	case FIND_LISTED_MAPCOUNT:
		finding_field(f, "page.page_type", EV_HEX, v->page.mapcount, UINT32_MAX);
		break;
	case FIND_BUDDY_NOT_LISTED:
	case FIND_PAGE_TYPE_UNKNOWN:
		finding_field_found(f, "page.page_type", EV_HEX, v->page.mapcount);
		break;
	case FIND_LISTED_WRONG_ZONE:
		/* That of the block's head. */
		if (pe->pages->block_zone != PAGE_FACTS_NO_ZONE)
			zone_field(pe->k, flags, pe->pages->block_zone, f);
		break;
	case FIND_LISTED_MAPPING:
		mapping_field(v, f);
		break;
	case FIND_COMPOUND_BROKEN:
		finding_field_found(f, "page.compound_head", EV_HEX, v->page.compound);
		break;
	case FIND_PAGE_MISPLACED:
		misplaced_field(pe, v, f);
		break;
	case FIND_PAGE_BLANK:
		finding_field_found(f, "page.flags", EV_HEX, flags);
		break;
	case FIND_PAGE_STATE:
		state_field(pe, v, f);
		break;
	default:
		break;
	}
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
	finding_str(f, FACT_LOOKS_LIKE, like);
}

/* Zone and node that the flags say, and those that the pfn says, where it is one zone's. */
static void tell_zones(const struct page_evidence *pe, const struct page_view *v,
		       struct finding *f)
{
	const struct kernel *k = pe->k;
	uint64_t bits, wrong;

	finding_num(f, FACT_FOUND_NODE, (uint64_t)kernel_flags_nid(k, v->page.flags));
	finding_num(f, FACT_FOUND_ZONE, kernel_flags_zone(k, v->page.flags));
	if (!page_facts_home_bits(pe->pages, v->pfn, &bits))
		return;
	finding_num(f, FACT_EXPECTED_NODE, (uint64_t)kernel_flags_nid(k, bits));
	finding_num(f, FACT_EXPECTED_ZONE, kernel_flags_zone(k, bits));
	wrong = (v->page.flags ^ bits) & pe->pages->zone_bits;
	finding_hex(f, FACT_XOR, wrong);
	f->damage = damage_of_xor(wrong);
}

/* What is wrong with the page's own record. */
static void tell_oddity(const struct page_evidence *pe, const struct page_view *v,
			struct finding *f)
{
	if (f->id == FIND_PAGE_MISPLACED)
		tell_zones(pe, v, f);
	if (f->id == FIND_PAGE_STATE)
		finding_str(f, FACT_WHAT, v->facts & PF_GARBAGE ?
				    "none of its fields is possible" :
				    page_oddity_text(pe->pages->odd));
}

/* That a page is on no list says something only when all lists it could be on were seen. */
static void explain_unlisted(const struct page_evidence *pe, const struct page_view *v,
			     const struct zone_summary *z, struct finding *f)
{
	const struct kernel *k = pe->k;
	const struct zone *own = kernel_zone(k, kernel_flags_nid(k, v->page.flags),
					     kernel_flags_zone(k, v->page.flags));

	if (!finding_excused_by(f->id, EXCUSE_LISTS))
		return;
	if (!own)
		f->explained = "the lists of its zone are not in the dump";
	else if (z && z->lists_cut)
		f->explained = "a free list of its zone is broken: the page may be behind the break";
	else if (z && z->lock_held && finding_excused_by(f->id, EXCUSE_LOCK))
		f->explained = "the zone's lock was held: the page was being put on a list or taken off";
	else if (own->lock == LOCK_UNKNOWN && finding_excused_by(f->id, EXCUSE_LOCK))
		f->explained = "the zone lock's state is unknown; the page may have been in transit";
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
		f->explained = "buddies in pageblocks whose migratetypes must not be merged";
	}
	if (z) {
		f->node = z->node;
		f->zone = z->name;
	}
	if ((v->facts & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_BUDDY)
		f->order = pe->pages->block_order;
	explain_unlisted(pe, v, z, f);
	if (id == FIND_BUDDIES_UNMERGED)
		finding_num(f, FACT_BUDDY_PFN, v->pfn);
	add_bits(pe, v, f);
	finding_str(f, FACT_LISTED, listed_as(v->facts));
	add_struct_page(pe, v, f);
	tell_oddity(pe, v, f);
	wrong_field(pe, v, f);
	classify_page(pe, v, f);
}
