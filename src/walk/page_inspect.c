/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "judge/damage.h"
#include "model/iomem.h"
#include "model/pageblock.h"
#include "vmcore.h"

#define MAX_STRUCT_PAGE 1024
#define MAX_PAGE 65536

enum pgc_status page_name_resolve(const struct page_name *name, const struct kernel *k,
				  uint64_t *pfn, struct pgc_err *err)
{
	uint64_t into;

	switch (name->by) {
	case PAGE_BY_PFN:
		*pfn = name->value;
		break;
	case PAGE_BY_PHYS:
		*pfn = name->value >> k->page_shift;
		break;
	case PAGE_BY_STRUCT:
		/* Also an address inside one, as that of its lru, which a list's link holds. */
		into = k->struct_page ? (name->value - k->memmap) % k->struct_page : 0;
		if (!kernel_page_to_pfn(k, name->value - into, pfn))
			return pgc_err_set(err, PGC_ENOENT,
					   "0x%" PRIx64 " is not in a struct page (the memmap begins at 0x%" PRIx64 ")",
					   name->value, k->memmap);
		break;
	}
	/* Beyond what any physical address can name. */
	if (*pfn >> (63 - k->page_shift))
		return pgc_err_set(err, PGC_ENOENT, "page 0x%" PRIx64 ": no such page exists",
				   *pfn);
	return PGC_OK;
}

/* The cache of a slab; a tail is of the slab that its head is. */
static void find_slab(struct kernel_reader kr, const struct page_format *fmt,
		      struct page_inspection *pi)
{
	const struct kernel *k = kr.k;
	uint64_t kaddr = pi->tail ? kernel_pfn_to_page(k, pi->head_pfn) : pi->kaddr, cache, name;
	enum page_kind kind = pi->kind;
	uint64_t flags = pi->page.flags;
	uint32_t type;

	if (pi->tail &&
	    (vmcore_read_u32(kr.vc, kaddr + fmt->mapcount, "page_type", &type, NULL) !=
		     PGC_OK ||
	     vmcore_read_u64(kr.vc, kaddr + fmt->flags, "flags", &flags, NULL) != PGC_OK))
		return;
	if (pi->tail)
		kind = page_kind(fmt, type);
	if ((kind != KIND_SLAB && !(flags & fmt->slab)) ||
	    !layout_has(k->lay, L_slab_slab_cache) || !layout_has(k->lay, L_kmem_cache_name))
		return;
	if (vmcore_read_u64(kr.vc, kaddr + layout_get(k->lay, L_slab_slab_cache),
			    "slab.slab_cache", &cache, NULL) == PGC_OK &&
	    vmcore_read_u64(kr.vc, cache + layout_get(k->lay, L_kmem_cache_name),
			    "kmem_cache.name", &name, NULL) == PGC_OK &&
	    vmcore_read_str(kr.vc, name, pi->slab, sizeof(pi->slab), "kmem_cache.name",
			    NULL) != PGC_OK)
		pi->slab[0] = '\0';
}

static void find_compound(struct kernel_reader kr, const struct page_format *fmt,
			  const uint8_t *raw, struct page_inspection *pi)
{
	uint8_t head[2 * MAX_STRUCT_PAGE];
	uint64_t head_kaddr;

	pi->compound_order = -1;
	pi->tail = page_is_tail(&pi->page);
	pi->head = !pi->tail && pi->page.flags & fmt->head;
	if (pi->head) {
		pi->compound_order = (int)page_compound_order(fmt, raw);
		return;
	}
	if (!pi->tail)
		return;
	head_kaddr = page_head_kaddr(fmt, &pi->page, pi->kaddr);
	if (!kernel_page_to_pfn(kr.k, head_kaddr, &pi->head_pfn)) {
		pi->head_pfn = UINT64_MAX;
		return;
	}
	if (vmcore_read(kr.vc, head_kaddr, head, 2 * fmt->size, "struct page", NULL) ==
	    PGC_OK)
		pi->compound_order = (int)page_compound_order(fmt, head);
}

static void read_struct_page(struct kernel_reader kr, const struct page_format *fmt,
			     struct page_inspection *pi)
{
	const struct kernel *k = kr.k;
	uint8_t raw[2 * MAX_STRUCT_PAGE];
	uint64_t flags_mask = (1ULL << (layout_get(k->lay, L_NR_PAGEFLAGS) & 63)) - 1;

	memset(raw, 0, sizeof(raw));
	pi->why = PGC_ABSENT;
	if (!pi->section || fmt->size > MAX_STRUCT_PAGE)
		return;
	pi->why = vmcore_read(kr.vc, pi->kaddr, raw, fmt->size, "struct page", NULL);
	if (pi->why != PGC_OK)
		return;
	/* The next one has the order of a head; it may be missing. */
	if (vmcore_read(kr.vc, pi->kaddr + fmt->size, raw + fmt->size, fmt->size,
			"struct page", NULL) != PGC_OK)
		memset(raw + fmt->size, 0, fmt->size);
	page_decode(fmt, raw, &pi->page);
	page_fix_fake_head(fmt, raw, pi->kaddr, &pi->page);
	pi->kind = page_kind(fmt, pi->page.mapcount);
	page_flag_names(k->lay, pi->page.flags & flags_mask, pi->flag_names,
			sizeof(pi->flag_names));
	pi->zone = kernel_zone(k, kernel_flags_nid(k, pi->page.flags),
			       kernel_flags_zone(k, pi->page.flags));
	find_compound(kr, fmt, raw, pi);
	if (!pi->tail || pi->head_pfn != UINT64_MAX)
		find_slab(kr, fmt, pi);
}

/* Damage of the checker's state is the walk's to report. */
static void ignore_fact(void *arg _unused_, const struct checker_fact *fact _unused_)
{
}

/* A word that the dump left out, and that the walk takes for zeros all the same. */
static enum pgc_status infer_zeros(struct dual_bitmap *db, struct page_inspection *pi,
				   struct pgc_err *err)
{
	struct bitmap_gaps gaps = { 0 };
	struct bit_pair pair;
	enum pgc_status st;

	st = dual_bitmap_read(db, pi->pfn & ~63ULL, &pair, 1, &gaps, err);
	for (int map = 0; map < BITMAPS && st == PGC_OK; map++)
		pi->words[map].as_zeros = !pi->words[map].has_value &&
					  pair.known >> pi->pfn % 64 & 1;
	return st;
}

static enum pgc_status read_bits(struct kernel_reader kr, struct page_inspection *pi,
				 struct pgc_err *err)
{
	struct checker_summary sum = { .state = CHECKER_ABSENT };
	struct dual_bitmap *db = NULL;
	enum pgc_status st = dual_bitmap_create(kr, &sum, ignore_fact,
						NULL, &db, err);

	pi->checker = sum.state;
	if (st != PGC_OK || !db)
		return st;
	pi->has_words = pi->pfn >= dual_bitmap_min_pfn(db) && pi->pfn < dual_bitmap_max_pfn(db);
	for (int map = 0; map < BITMAPS && pi->has_words; map++) {
		struct word_view *w = &pi->words[map];
		uint64_t run;

		w->kaddr = dual_bitmap_word_kaddr(db, map, pi->pfn, &pi->bit);
		w->has_paddr = vmcore_translate(kr.vc, w->kaddr, &w->paddr, &run, NULL) ==
			       PGC_OK;
		w->why = vmcore_read_u64(kr.vc, w->kaddr, "bitmap", &w->value, NULL);
		w->has_value = w->why == PGC_OK;
	}
	if (pi->has_words)
		st = infer_zeros(db, pi, err);
	dual_bitmap_destroy(db);
	return st;
}

static void read_owner(struct kernel_reader kr, struct owner_story *owners,
		       struct page_inspection *pi)
{
	uint64_t record;

	if (pi->section && pi->section->page_ext &&
	    kernel_read_var(kr, L_page_ext_size, &record))
		pi->page_ext = (pi->section->page_ext & ~1ULL) + pi->pfn * record;
	pi->owner_state = owner_story_state(owners);
	pi->has_owner = owner_story_record(owners, pi->pfn, &pi->owner);
	if (!pi->has_owner)
		return;
	owner_story_stack(owners, pi->owner.handle, pi->alloc_stack);
	owner_story_stack(owners, pi->owner.free_handle, pi->free_stack);
}

/* What debug options fill pages and slabs with: include/linux/poison.h. */
static const char *poison_name(uint8_t byte)
{
	switch (byte) {
	case 0xaa:
		return "0xaa everywhere: poison of a free page";
	case 0x6b:
		return "0x6b everywhere: poison of a freed object";
	case 0x5a:
		return "0x5a everywhere: poison of an object in use";
	case 0xcc:
		return "0xcc everywhere: freed init memory";
	default:
		return "one byte, repeated";
	}
}

static void look_inside(struct kernel_reader kr, struct page_inspection *pi)
{
	size_t size = (size_t)1 << kr.k->page_shift, done = 0, zeros = 0;
	_cleanup_free_ uint8_t *buf = size <= MAX_PAGE ? malloc(size) : NULL;
	const char *like;

	pi->content_why = buf ? vmcore_read_phys(kr.vc, pi->paddr, buf, size, &done, NULL)
			      : PGC_ENOMEM;
	if (pi->content_why != PGC_OK)
		return;
	like = damage_looks_like(buf, size);
	for (size_t i = 0; i < size; i++)
		zeros += !buf[i];
	if (zeros == size || (like && buf[0] == 0xff && memcmp(buf, buf + 1, size - 1) == 0))
		snprintf(pi->content, sizeof(pi->content), "%s", like);
	else if (memcmp(buf, buf + 1, size - 1) == 0)
		snprintf(pi->content, sizeof(pi->content), "%s", poison_name(buf[0]));
	else
		snprintf(pi->content, sizeof(pi->content), "%s, %zu %% zero bytes",
			 like ? like : "mixed data", zeros * 100 / size);
}

enum pgc_status page_inspect(struct kernel_reader kr, struct owner_story *owners,
			     uint64_t pfn, struct page_inspection *ret,
			     struct pgc_err *err)
{
	struct iomem *iomem = NULL;
	struct page_format fmt;
	enum pgc_status st = page_format_init(&fmt, kr, err);
	uint64_t end;

	memset(ret, 0, sizeof(*ret));
	if (st == PGC_OK)
		st = iomem_create(kr, &iomem, err);
	if (st != PGC_OK)
		return st;
	ret->pfn = pfn;
	ret->paddr = pfn << kr.k->page_shift;
	ret->kaddr = kernel_pfn_to_page(kr.k, pfn);
	ret->section = kernel_section(kr.k, pfn);
	ret->is_ram = iomem_is_ram(iomem, pfn, &end);
	iomem_destroy(iomem);
	ret->migratetype =
		ret->section ? pageblock_migratetype(kr, pfn) : -1;
	read_struct_page(kr, &fmt, ret);
	st = read_bits(kr, ret, err);
	if (st != PGC_OK)
		return st;
	if (ret->zone)
		ret->listed = list_search(kr, &fmt, ret->zone, pfn,
					  &ret->place);
	read_owner(kr, owners, ret);
	look_inside(kr, ret);
	return PGC_OK;
}
