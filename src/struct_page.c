/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "struct_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"
#include "model/kernel.h"
#include "model/list_each.h"
#include "vmcore.h"

static const struct {
	const char *slug, *text;
} states[PAGE_STATES] = {
#define PAGE_STATE(id, slug_, text_) [PS_##id] = { .slug = slug_, .text = text_ },
#include "model/page_states.def"
#undef PAGE_STATE
};

const char *page_state_slug(enum page_state st)
{
	return states[st].slug;
}

const char *page_state_text(enum page_state st)
{
	return states[st].text;
}

const char *page_kind_name(enum page_kind kind)
{
	static const char *const names[] = {
		[KIND_NONE] = "none",	[KIND_MAPPED] = "mapped", [KIND_BUDDY] = "buddy",
		[KIND_OFFLINE] = "offline", [KIND_GUARD] = "guard", [KIND_TABLE] = "table",
		[KIND_SLAB] = "slab",	[KIND_HUGETLB] = "hugetlb", [KIND_OTHER] = "other",
	};

	return names[kind];
}

/*
 * Several enumerators share a number (PG_reported is PG_uptodate on a free page): the first
 * one declared is the flag's own name.
 */
void page_flag_names(const struct layout *lay, uint64_t flags, char *buf, size_t size)
{
	uint64_t n = layout_has(lay, L_NR_PAGEFLAGS) ? layout_get(lay, L_NR_PAGEFLAGS) : 0;
	size_t used = 0;

	snprintf(buf, size, n ? "none" : "unknown");
	for (uint64_t bit = 0; bit < n && bit < 64 && used < size; bit++) {
		const char *name = layout_enum_name(lay, LE_pageflags, (int64_t)bit);

		if (flags >> bit & 1)
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
						 used ? "|" : "", name ? name : "?");
	}
}

/* A flag's mask, or 0 when this kernel has no such flag. */
static uint64_t flag_mask(const struct layout *lay, enum layout_key key)
{
	if (!layout_has(lay, key) || layout_get(lay, key) > 63)
		return 0;
	return 1ULL << layout_get(lay, key);
}

/*
 * PAGE_FLAGS_CHECK_AT_PREP: every page flag but PG_hwpoison. PG_reported aliases another
 * flag and may stay on the head of a reported free block (mm/page_reporting.h).
 */
static void find_free_flags(struct page_format *fmt, const struct layout *lay)
{
	uint64_t n = layout_has(lay, L_NR_PAGEFLAGS) ? layout_get(lay, L_NR_PAGEFLAGS) : 0;

	fmt->on_free_page = n < 64 ? (1ULL << n) - 1 : 0;
	fmt->on_free_page &= ~fmt->hwpoison;
	fmt->on_buddy_head = fmt->on_free_page & ~flag_mask(lay, L_PG_reported);
}

/* The mask of those of @names that this kernel has, up to NULL. */
static uint64_t named_flags(const struct layout *lay, const char *const names[])
{
	uint64_t mask = 0;
	int64_t bit;

	for (size_t i = 0; names[i]; i++)
		if (layout_enum_value(lay, LE_pageflags, names[i], &bit) && bit >= 0 && bit < 64)
			mask |= 1ULL << bit;
	return mask;
}

/*
 * include/linux/page-flags.h, 5.10 to 7.2: the policies PF_HEAD and PF_NO_TAIL, without those
 * names whose bit means something else in a tail. A reserved page that is mapped for a while (the
 * vDSO) may keep what folio_mark_accessed() and its like set.
 */
static void find_rare_flags(struct page_format *fmt, const struct layout *lay)
{
	static const char *const no_tail[] = { "locked",  "writeback", "unevictable", "mlocked",
					       "lru",	  "uptodate",  "dirty",	      "referenced",
					       "reclaim", "swapbacked", NULL };
	static const char *const no_reserved[] = { "locked",	 "writeback",	"waiters", "active",
						   "private",	 "reclaim",	"swapbacked",
						   "unevictable", "mlocked",	NULL };
	static const char *const no_kernel[] = { "writeback",  "reclaim", "swapbacked", "unevictable",
						 "mlocked",    "uptodate", NULL };
	static const char *const own_private[] = { "private", "private_2", "owner_priv_1",
						   "swapcache", "fscache", NULL };
	static const char *const unevictable[] = { "unevictable", NULL };
	static const char *const swapbacked[] = { "swapbacked", NULL };
	static const char *const bootmem[] = { "private", NULL };
	/* mm/slub.c:slab_set_node_partial(), since 6.8 */
	static const char *const slab_listed[] = { "workingset", NULL };

	fmt->swapbacked = named_flags(lay, swapbacked);
	fmt->bootmem = named_flags(lay, bootmem);
	fmt->slab_listed = named_flags(lay, slab_listed);
	fmt->unevictable = named_flags(lay, unevictable);
	fmt->never_on_tail = named_flags(lay, no_tail);
	fmt->never_on_reserved = named_flags(lay, no_reserved);
	fmt->never_on_kernel = named_flags(lay, no_kernel);
	fmt->uses_private = named_flags(lay, own_private);
}

/*
 * Addresses of the kernel's half have copies of the sign above what page tables translate: on
 * x86-64 of bit 47, or of bit 56 with five levels of them. Tables of the upper half alone translate
 * no copy.
 */
static void find_pointers(struct page_format *fmt, struct kernel_reader kr)
{
	const struct arch_lines lines = vmcore_lines(kr.vc);
	struct arch_paging pg;
	unsigned int bits = 0;

	fmt->tagged_pointers = kr.k->tagged;
	fmt->pointer_ones = 56;
	if (fmt->tagged_pointers || !kr.k->arch->paging ||
	    kr.k->arch->paging(&lines, &pg, NULL) != PGC_OK)
		return;
	for (unsigned int level = 0; level <= pg.levels && level <= ARCH_LEVELS; level++)
		bits += pg.bits[level];
	if (bits > 40 && bits < fmt->pointer_ones)
		fmt->pointer_ones = pg.both_halves ? bits - 1 : bits;
}

/* Since Linux 6.11 (enum pagetype): the names that mean something to a free page walk. */
static void find_type_bytes(struct page_format *fmt, const struct layout *lay)
{
	static const struct {
		const char *name;
		enum page_kind kind;
	} known[] = {
		{ "buddy", KIND_BUDDY }, { "offline", KIND_OFFLINE }, { "guard", KIND_GUARD },
		{ "table", KIND_TABLE }, { "slab", KIND_SLAB },	      { "hugetlb", KIND_HUGETLB },
	};
	int64_t value;

	for (unsigned int byte = 0; byte < ARRAY_SIZE(fmt->types); byte++)
		fmt->types[byte] = layout_enum_name(lay, LE_pagetype, byte) ? KIND_OTHER : -1;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (layout_enum_value(lay, LE_pagetype, known[i].name, &value) && value >= 0 &&
		    value < 256)
			fmt->types[value] = (int)known[i].kind;
}

/* Where compound pages keep what they are. */
static void find_compound(struct page_format *fmt, struct kernel_reader kr)
{
	const struct layout *lay = kr.k->lay;
	bool power_of_2 = !(fmt->size & (fmt->size - 1));

	/*
	 * include/linux/page-flags.h:compound_info_has_mask() of 7.2 asks for
	 * HUGETLB_PAGE_OPTIMIZE_VMEMMAP, and so does zone.vmemmap_tails.
	 */
	fmt->compound_mask = layout_has(lay, L_page_compound_info) &&
			     layout_has(lay, L_zone_vmemmap_tails) && power_of_2;
	/* free_pages_prepare() does since 7.0; in stable kernels of 2026, too, but nothing says so. */
	fmt->private_cleared = layout_has(lay, L_page_compound_info);
	fmt->heads_unknown = layout_has(lay, L_page_compound_info) && layout_partial(lay);
	/* A member of its own up to 6.5, since then the low byte of page[1].flags. */
	fmt->order = fmt->flags;
	if (layout_has(lay, L_page_compound_order) &&
	    layout_get(lay, L_page_compound_order) < fmt->size)
		fmt->order = (unsigned int)layout_get(lay, L_page_compound_order);
	if (layout_has(lay, L_page_compound_dtor) &&
	    layout_get(lay, L_page_compound_dtor) < fmt->size &&
	    vmcore_number(kr.vc, "NUMBER(HUGETLB_PAGE_DTOR)", &fmt->hugetlb_dtor))
		fmt->dtor = fmt->size + (unsigned int)layout_get(lay, L_page_compound_dtor);
	if (layout_has(lay, L_page_memcg_data) &&
	    layout_get(lay, L_page_memcg_data) + 8 <= fmt->size)
		fmt->memcg = (unsigned int)layout_get(lay, L_page_memcg_data);
	fmt->memcg_or_mapping = fmt->memcg ? fmt->memcg : fmt->mapping;
}

/* ~PG_buddy with PG_buddy 0x80, v4.18 to v6.11 (a macro, so DWARF does not have it) */
#define BUDDY_BITS ((uint32_t)~0x80)

/* What the first pages of the buddy lists have for a type. */
struct first_pages {
	struct kernel_reader kr;
	const struct page_format *fmt;
	size_t seen, agree;
};

static enum pgc_status ask_first(void *arg, const struct free_list *list,
				 struct pgc_err *err _unused_)
{
	struct first_pages *first = arg;
	uint32_t mapcount;
	uint64_t link;

	if (list->kind != LISTED_BUDDY ||
	    vmcore_read_u64(first->kr.vc, list->head, "a free list", &link, NULL) !=
		    PGC_OK ||
	    link == list->head || link < first->fmt->lru_next ||
	    vmcore_read_u32(first->kr.vc,
			    link - first->fmt->lru_next + first->fmt->mapcount,
			    "a struct page", &mapcount, NULL) != PGC_OK)
		return PGC_OK;
	first->seen++;
	first->agree += mapcount == BUDDY_BITS;
	return PGC_OK;
}

/* Do the pages on the buddy lists have the type of these kernels? VMCOREINFO may not say it. */
static bool lists_have_bits(const struct page_format *fmt, struct kernel_reader kr)
{
	struct first_pages first = { .kr = kr, .fmt = fmt };

	for (size_t z = 0; z < kr.k->n_zones; z++)
		if (free_list_each(kr, &kr.k->zones[z], ask_first, &first, NULL) !=
		    PGC_OK)
			return false;
	return first.agree > first.seen / 2;
}

/*
 * PG_buddy 0x80, PG_offline 0x100, PG_table 0x200, PG_guard 0x400, all cleared bits. Until 5.10
 * PG_kmemcg, of pages that are charged to a memory cgroup, was before the last two: it says nothing
 * of what they are. It went when page.mem_cgroup became memcg_data, and zone.pageset soon after.
 */
static void place_types(struct page_format *fmt, const struct layout *lay)
{
	bool old = layout_has(lay, L_page_mem_cgroup) ||
		   (!layout_has(lay, L_page_memcg_data) && layout_has(lay, L_zone_pageset));

	fmt->accounted = old ? 0x200 : 0;
	fmt->table = 0x200u << old;
	fmt->guard = 0x400u << old;
}

/*
 * Beside the four that all of these kernels have: 0x800 was PG_guard until 5.10 (place_types()), and is
 * PG_hugetlb since a compound page's destructor no longer says so (6.9); the next one is PG_slab since
 * that is no flag any more (6.10).
 */
static uint32_t other_types(struct kernel_reader kr)
{
	const uint32_t type = 0x800;
	uint32_t bits = 0;
	int64_t slab;
	uint64_t dtor;

	if (!layout_has(kr.k->lay, L_page_memcg_data) ||
	    !vmcore_number(kr.vc, "NUMBER(HUGETLB_PAGE_DTOR)", &dtor))
		bits |= type;
	if (!layout_enum_value(kr.k->lay, LE_pageflags, "slab", &slab))
		bits |= type << 1;
	return bits;
}

static enum pgc_status find_types(struct page_format *fmt, struct kernel_reader kr,
				  struct pgc_err *err)
{
	uint64_t said;

	if (layout_has(kr.k->lay, L_PGTY_buddy)) {
		fmt->encoding = TYPES_BYTE;
		fmt->buddy = (uint32_t)layout_get(kr.k->lay, L_PGTY_buddy);
		find_type_bytes(fmt, kr.k->lay);
		return PGC_OK;
	}
	if (!vmcore_number(kr.vc, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &said))
		said = 0;
	/* What it says may be damaged, too: most free pages are not. */
	if ((uint32_t)said != BUDDY_BITS && lists_have_bits(fmt, kr))
		said = BUDDY_BITS;
	if (!said)
		return pgc_err_set(err, PGC_ENOENT,
				   "neither enum pagetype nor PAGE_BUDDY_MAPCOUNT_VALUE: the buddy page type of this kernel is unknown");
	if ((uint32_t)said == BUDDY_BITS) {
		fmt->encoding = TYPES_BITS;
		fmt->buddy = 0x80;
		fmt->other_types = other_types(kr);
		place_types(fmt, kr.k->lay);
	} else {
		fmt->encoding = TYPES_BUDDY_ONLY;
		fmt->buddy = (uint32_t)said;
	}
	return PGC_OK;
}

enum pgc_status page_format_init(struct page_format *fmt, struct kernel_reader kr,
				 struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	uint64_t lru = layout_get(lay, L_page_lru);

	memset(fmt, 0, sizeof(*fmt));
	fmt->size = (unsigned int)layout_get(lay, L_page);
	fmt->flags = (unsigned int)layout_get(lay, L_page_flags);
	fmt->lru_next = (unsigned int)(lru + layout_get(lay, L_list_head_next));
	fmt->lru_prev = (unsigned int)(lru + layout_get(lay, L_list_head_prev));
	fmt->mapping = (unsigned int)layout_get(lay, L_page_mapping);
	fmt->private = (unsigned int)layout_get(lay, L_page_private);
	if (layout_has(lay, L_page_index))
		fmt->index = (unsigned int)layout_get(lay, L_page_index);
	else if (layout_has(lay, L_page_folio_index))
		fmt->index = (unsigned int)layout_get(lay, L_page_folio_index);
	fmt->mapcount = (unsigned int)layout_get(lay, L_page_mapcount);
	fmt->refcount = (unsigned int)layout_get(lay, L_page_refcount);
	if (layout_has(lay, L_page_compound_info))
		fmt->compound = (unsigned int)layout_get(lay, L_page_compound_info);
	else if (layout_has(lay, L_page_compound_head))
		fmt->compound = (unsigned int)layout_get(lay, L_page_compound_head);
	else
		return pgc_err_set(err, PGC_ENOENT, "struct page has no compound_head or compound_info");
	if (fmt->size < 8 || fmt->flags > fmt->size - 8 || fmt->lru_next > fmt->size - 8 ||
	    fmt->lru_prev > fmt->size - 8 || fmt->mapping > fmt->size - 8 || fmt->index > fmt->size - 8 ||
	    fmt->private > fmt->size - 8 || fmt->mapcount > fmt->size - 4 ||
	    fmt->refcount > fmt->size - 4 || fmt->compound > fmt->size - 8)
		return pgc_err_set(err, PGC_EFORMAT, "struct page: a member lies outside the structure");
	fmt->head = flag_mask(lay, L_PG_head);
	fmt->reserved = flag_mask(lay, L_PG_reserved);
	fmt->lru = flag_mask(lay, L_PG_lru);
	fmt->slab = flag_mask(lay, L_PG_slab);
	fmt->hwpoison = flag_mask(lay, L_PG_hwpoison);
	find_rare_flags(fmt, lay);
	find_pointers(fmt, kr);
	fmt->anon_bits = fmt->pointer_ones - kr.k->page_shift;
	fmt->in_page = (UINT64_C(1) << kr.k->page_shift) - 1;
	find_free_flags(fmt, lay);
	find_compound(fmt, kr);
	return find_types(fmt, kr, err);
}

void page_decode(const struct page_format *fmt, const uint8_t *raw, struct page *ret)
{
	ret->flags = target_u64(raw + fmt->flags);
	ret->lru_next = target_u64(raw + fmt->lru_next);
	ret->lru_prev = target_u64(raw + fmt->lru_prev);
	ret->mapping = target_u64(raw + fmt->mapping);
	ret->index = fmt->index ? target_u64(raw + fmt->index) : 0;
	ret->private = target_u64(raw + fmt->private);
	ret->compound = target_u64(raw + fmt->compound);
	ret->memcg = fmt->memcg ? target_u64(raw + fmt->memcg) : 0;
	ret->mapcount = target_u32(raw + fmt->mapcount);
	ret->refcount = (int32_t)target_u32(raw + fmt->refcount);
}

static enum page_kind kind_of_bits(const struct page_format *fmt, uint32_t v)
{
	v |= fmt->accounted;
	if (v == UINT32_MAX)
		return KIND_NONE;
	if ((v & 0xf0000000u) != 0xf0000000u)
		return (int32_t)v >= 0 ? KIND_MAPPED : KIND_OTHER;
	if (!(v & 0x80))
		return KIND_BUDDY;
	if (!(v & 0x100))
		return KIND_OFFLINE;
	if (!(v & fmt->table))
		return KIND_TABLE;
	if (!(v & fmt->guard))
		return KIND_GUARD;
	return KIND_OTHER;
}

enum page_kind page_kind(const struct page_format *fmt, uint32_t v)
{
	if (v == UINT32_MAX)
		return KIND_NONE;
	switch (fmt->encoding) {
	case TYPES_BITS:
		return kind_of_bits(fmt, v);
	case TYPES_BYTE:
		/* 0x80..0xef is a mapcount that overflowed, still a mapcount */
		if (v >> 24 < 0xf0)
			return KIND_MAPPED;
		return fmt->types[v >> 24] < 0 ? KIND_OTHER :
						 (enum page_kind)fmt->types[v >> 24];
	case TYPES_BUDDY_ONLY:
		break;
	}
	if (v == fmt->buddy)
		return KIND_BUDDY;
	return (int32_t)v >= 0 ? KIND_MAPPED : KIND_OTHER;
}

uint32_t page_buddy_word(const struct page_format *fmt)
{
	switch (fmt->encoding) {
	case TYPES_BITS:
		return ~fmt->buddy;
	case TYPES_BYTE:
		return fmt->buddy << 24;
	default:
		return fmt->buddy;
	}
}

uint64_t page_head_kaddr(const struct page_format *fmt, const struct page *p, uint64_t page)
{
	return fmt->compound_mask ? page & p->compound : p->compound - 1;
}

bool page_fix_fake_head(const struct page_format *fmt, const uint8_t *raw, uint64_t page,
			struct page *p)
{
	struct page next;

	/* Where tails may have masks, what the next one has is no address of a head to go by. */
	if (fmt->compound_mask || fmt->heads_unknown || page & fmt->in_page || !(p->flags & fmt->head))
		return false;
	page_decode(fmt, raw + fmt->size, &next);
	if (!page_is_tail(&next) || next.compound - 1 == page)
		return false;
	p->compound = next.compound;
	return true;
}

unsigned int page_compound_order(const struct page_format *fmt, const uint8_t *raw)
{
	return raw[fmt->size + fmt->order];
}

bool page_is_hugetlb_by_dtor(const struct page_format *fmt, const struct page *p, const uint8_t *raw)
{
	return fmt->dtor && p->flags & fmt->head && raw[fmt->dtor] == fmt->hugetlb_dtor;
}

bool page_type_unknown(const struct page_format *fmt, uint32_t v)
{
	return fmt->encoding == TYPES_BYTE && v >> 24 >= 0xf0 && v != UINT32_MAX &&
	       fmt->types[v >> 24] < 0;
}

/*
 * include/linux/page-flags.h. Since 6.12 0x80 to 0xef in the top byte are kept free to catch a
 * mapcount that overflows, and 0xff one that underflows. Before, types are bits that are cleared
 * in a word of ones: from 0x80 on, below which a mapcount underflows (PAGE_MAPCOUNT_RESERVE).
 */
bool page_type_impossible(const struct page_format *fmt, uint32_t v)
{
	if ((int32_t)v >= 0 || v == UINT32_MAX)
		return false;
	switch (fmt->encoding) {
	case TYPES_BYTE:
		return v >> 24 < 0xf0 || v >> 24 == 0xff;
	case TYPES_BITS:
		return v >> 28 != 0xf || ~v & 0x0fffffffu & ~(0x780 | fmt->other_types);
	default:
		return false;
	}
}

bool page_type_plain_buddy(const struct page_format *fmt, uint32_t v)
{
	switch (fmt->encoding) {
	case TYPES_BYTE:
		return v == fmt->buddy << 24;
	case TYPES_BITS:
		return v == BUDDY_BITS;
	default:
		return v == fmt->buddy;
	}
}

bool page_refs_impossible(const struct page_format *fmt, const struct page *p)
{
	if (!fmt->reserved)
		return false;	/* those pages count as they like, and cannot be told */
	if (page_is_tail(p) || p->flags & (fmt->head | fmt->reserved | fmt->hwpoison))
		return false;
	if (p->refcount < 0)
		return true;
	return (int32_t)p->mapcount >= 0 && (int64_t)p->mapcount + 1 > p->refcount;
}

bool page_is_blank(const struct page *p)
{
	return !p->flags && !p->mapcount && !p->refcount && !p->lru_next && !p->lru_prev &&
	       !p->private && !p->mapping;
}

static enum page_state typed_state(enum page_kind kind, enum page_state otherwise)
{
	switch (kind) {
	case KIND_SLAB:
		return PS_SLAB;
	case KIND_TABLE:
		return PS_TABLE;
	case KIND_HUGETLB:
		return PS_HUGETLB;
	case KIND_OTHER:
		return PS_TYPED;
	default:
		return otherwise;
	}
}

enum page_state page_unlisted_state(const struct page_format *fmt, const struct page *p,
				    bool tracked)
{
	enum page_kind kind = page_kind(fmt, p->mapcount);

	if (p->flags == UINT64_MAX)
		return PS_UNINIT; /* mm/debug.c:page_init_poison() */
	/* First of all: the first tail's flags hold the folio's order since 6.6. */
	if (page_is_tail(p))
		return PS_TAIL;
	if (kind == KIND_BUDDY)
		return PS_BUDDY_UNLISTED;
	if (p->flags & fmt->hwpoison)
		return PS_HWPOISON;
	if (kind == KIND_OFFLINE)
		return PS_OFFLINE;
	if (kind == KIND_GUARD)
		return PS_GUARD;
	if (p->flags & fmt->reserved)
		return PS_RESERVED;
	if (p->flags & fmt->slab)
		return PS_SLAB;
	if (typed_state(kind, PS_IN_USE) != PS_IN_USE)
		return typed_state(kind, PS_IN_USE);
	if (p->flags & fmt->lru)
		return PS_LRU;
	if (p->flags & fmt->head)
		return PS_COMPOUND_HEAD;
	if (p->refcount)
		return PS_IN_USE;
	return tracked ? PS_FROZEN : PS_LIMBO;
}
