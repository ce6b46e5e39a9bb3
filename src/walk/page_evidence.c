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
	const struct kernel *k = pe->kr.k;
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
		if (vmcore_translate(pe->kr.vc, kaddr, &paddr, &run, NULL) == PGC_OK)
			finding_hex(f, ids[map].paddr, paddr);
		if (map == BITMAP_SECONDARY)
			finding_num(f, FACT_BIT, bit);
		if (vmcore_read_u64(pe->kr.vc, kaddr, evidence_type(ids[map].value)->key,
				    &word, NULL) != PGC_OK)
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
	finding_hex(f, FACT_PAGE, kernel_pfn_to_page(pe->kr.k, v->pfn));
	flag_names_want(f, v->page.flags);
	finding_int(f, FACT_REFCOUNT, v->page.refcount);
	finding_hex(f, FACT_PAGE_TYPE, v->page.mapcount);
	finding_str(f, FACT_PAGE_KIND,
		    page_kind_name(page_kind(&pe->pages->fmt, v->page.mapcount)));
	finding_hex(f, FACT_PRIVATE, v->page.private);
	finding_hex(f, FACT_MAPPING, v->page.mapping);
	if (finding_type(f->id)->part == PART_NO_MAPPING && pe->pages->fmt.memcg)
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
	const struct kernel *k = pe->kr.k;
	uint64_t flags = v->page.flags, bits;

	if (page_facts_home_bits(pe->pages, v->pfn, &bits))
		zone_field(k, flags, bits, f);
	else
		finding_field_found(f, "page.flags.zone", EV_NUM, kernel_flags_zone(k, flags));
}

/* A word that has one right value. */
static void word_field(const struct odd_word *word, const char *name, struct finding *f)
{
	if (word->unknown) {
		finding_field_found(f, name, EV_HEX, word->found);
		return;
	}
	finding_field(f, name, EV_HEX, word->found, word->expected);
	finding_hex(f, FACT_XOR, word->found ^ word->expected);
	f->damage = damage_of_xor(word->found ^ word->expected);
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

/* The part of a record that is wrong: of the page's it is the field @name, where it has several. */
static void wrong_part(const struct page_evidence *pe, const struct page_view *v,
		       enum finding_part part, const char *name, struct finding *f)
{
	const struct page_format *fmt = &pe->pages->fmt;
	const struct page *p = &v->page;
	uint64_t refcount = (uint64_t)(int64_t)p->refcount;

	switch (part) {
	case PART_BIT:
		bit_field(v, f);
		break;
	case PART_NO_REFS:
		finding_field(f, "page.refcount", EV_INT, refcount, 0);
		break;
	case PART_REFS:
		finding_field_found(f, "page.refcount", EV_INT, refcount);
		break;
	case PART_FREE_FLAGS:
		finding_field(f, "page.flags", EV_HEX, p->flags,
			      (p->flags & ~page_facts_never_free(fmt, v->facts)) |
				      (page_cpupid_odd(fmt, p->flags) ? fmt->cpupid : 0));
		break;
	case PART_CPUPID:
		finding_field(f, "page.flags", EV_HEX, p->flags, p->flags | fmt->cpupid);
		break;
	case PART_FLAGS:
		finding_field_found(f, "page.flags", EV_HEX, p->flags);
		break;
	case PART_NO_TYPE:
		finding_field(f, "page.page_type", EV_HEX, p->mapcount, UINT32_MAX);
		break;
	case PART_TYPE:
		finding_field_found(f, "page.page_type", EV_HEX, p->mapcount);
		break;
	case PART_TYPE_BITS:
		finding_field(f, "page.page_type", EV_HEX, p->mapcount, p->mapcount & 0xff000000u);
		break;
	case PART_BLOCK_ZONE:
		/* That of the block's head. */
		if (pe->pages->block_zone != PAGE_FACTS_NO_ZONE)
			zone_field(pe->kr.k, p->flags, pe->pages->block_zone, f);
		break;
	case PART_OWN_ZONE:
		misplaced_field(pe, v, f);
		break;
	case PART_NO_MAPPING:
		mapping_field(v, f);
		break;
	case PART_MAPPING:
		finding_field_found(f, "page.mapping", EV_HEX, p->mapping);
		break;
	case PART_MEMCG:
		finding_field_found(f, "page.memcg_data", EV_HEX, p->memcg);
		break;
	case PART_HEAD:
		finding_field_found(f, "page.compound_head", EV_HEX, p->compound);
		break;
	case PART_WORD:
		word_field(&pe->pages->odd_word, name, f);
		break;
	default:
		break;
	}
}

/* The field that the finding is about, as far as it is one. */
static void wrong_field(const struct page_evidence *pe, const struct page_view *v,
			struct finding *f)
{
	enum finding_part part = finding_type(f->id)->part;
	uint32_t odd = pe->pages->odd;

	/* The first thing in the page that makes no sense, unless nothing in it does. */
	if (part == PART_ODDITY && odd && !(v->facts & PF_GARBAGE))
		wrong_part(pe, v, page_oddity_part(odd), page_oddity_field(odd), f);
	else
		wrong_part(pe, v, part, NULL, f);
}

/* A struct page of which nothing is left was overwritten. */
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
	const struct kernel *k = pe->kr.k;
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
	enum finding_part part = finding_type(f->id)->part;

	if (part == PART_OWN_ZONE)
		tell_zones(pe, v, f);
	if (part == PART_ODDITY)
		finding_str(f, FACT_WHAT, v->facts & PF_GARBAGE ?
				    "none of its fields is possible" :
				    page_oddity_text(pe->pages->odd));
}

/* What was seen of the lists that the page could be on. */
static struct page_lists lists_of(const struct page_evidence *pe, const struct page_view *v,
				  const struct zone_summary *z)
{
	const struct kernel *k = pe->kr.k;
	const struct zone *own = kernel_zone(k, kernel_flags_nid(k, v->page.flags),
					     kernel_flags_zone(k, v->page.flags));

	return (struct page_lists){
		.unseen = !own,
		.cut = z && z->lists_cut,
		.held = z && z->lock_held,
		.lock_unknown = own && own->lock == LOCK_UNKNOWN,
		.own_pageblocks = pe->pages->block_order >= (int)k->pageblock_order,
	};
}

void page_evidence_name(const struct page_evidence *pe, const struct page_view *v,
			enum finding_id id, struct finding *f)
{
	finding_init(f, id, v->pfn);
	if (finding_marked(id, MARK_UPPER))
		f->pfn = v->pfn - (1ULL << pe->pages->block_order);
}

void page_evidence_make(const struct page_evidence *pe, const struct page_view *v,
			enum finding_id id, struct finding *f)
{
	const struct zone_summary *z = zone_of(pe, v);
	const struct page_lists lists = lists_of(pe, v, z);

	page_evidence_name(pe, v, id, f);
	f->state = v->state;
	judge_page_detail(v->facts, f);
	judge_page_lists(&lists, f);
	if (z) {
		f->node = z->node;
		f->zone = z->name;
	}
	if ((v->facts & (PF_ON_BUDDY | PF_ON_PCP)) == PF_ON_BUDDY)
		f->order = pe->pages->block_order;
	if (finding_marked(id, MARK_UPPER))
		finding_num(f, FACT_BUDDY_PFN, v->pfn);
	add_bits(pe, v, f);
	finding_str(f, FACT_LISTED, listed_as(v->facts));
	add_struct_page(pe, v, f);
	tell_oddity(pe, v, f);
	wrong_field(pe, v, f);
	classify_page(pe, v, f);
}
