/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grow_memmap - page tables, section map and struct pages of the new memory
 *
 * Facts: arch/x86/include/asm/pgtable_types.h; include/linux/mmzone.h and mm/sparse.c.
 */
#include "grow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"
#include "grow_image.h"
#include "layout/layout.h"
#include "vmcore.h"
#include "walk/page_words.h"

#define PTE_ADDR 0x000ffffffffff000ULL
#define PTE_PRESENT 1ULL
#define PTE_HUGE 0x80ULL
#define TABLE_FLAGS 0x63ULL			/* present, writable, accessed, dirty */
#define HUGE_FLAGS (0x1e3ULL | 1ULL << 63)	/* the same, huge, global; no execution */
#define X86_64_KERNEL_MAP 0xffffffff80000000ULL

static bool vmcoreinfo_number(const struct grow *g, const char *key, int base, uint64_t *ret)
{
	const char *text = vmcore_vmcoreinfo(g->vc, key);

	if (text)
		*ret = strtoull(text, NULL, base);
	return text != NULL;
}

static enum pgc_status page_table_root(const struct grow *g, uint64_t *root,
				       unsigned int *shift, struct pgc_err *err)
{
	uint64_t symbol, base, la57 = 0;

	if ((!vmcoreinfo_number(g, "SYMBOL(init_top_pgt)", 16, &symbol) &&
	     !vmcoreinfo_number(g, "SYMBOL(swapper_pg_dir)", 16, &symbol)) ||
	    !vmcoreinfo_number(g, "NUMBER(phys_base)", 0, &base))
		return pgc_err_set(err, PGC_ENOENT, "VMCOREINFO does not tell where the page tables are");
	(void)vmcoreinfo_number(g, "NUMBER(pgtable_l5_enabled)", 0, &la57);
	*root = symbol - X86_64_KERNEL_MAP + base;
	*shift = la57 ? 48 : 39;
	return PGC_OK;
}

/* The table that the entry at @at points to, made where there is none. */
static enum pgc_status next_table(struct grow *g, uint64_t at, uint64_t *table,
				  struct pgc_err *err)
{
	uint64_t entry, raw, paddr;
	enum pgc_status st = image_read(g->img, at, &raw, 8, err);

	if (st != PGC_OK)
		return st;
	entry = le64toh(raw);
	if (entry & PTE_PRESENT) {
		if (entry & PTE_HUGE)
			return pgc_err_set(err, PGC_EFORMAT, "the new memory's addresses are taken: use a dump of a kernel booted with nokaslr");
		*table = entry & PTE_ADDR;
		return PGC_OK;
	}
	st = grow_alloc(g, GROW_PAGE, &paddr, err);
	if (st != PGC_OK)
		return st;
	*table = paddr;
	raw = htole64(paddr | TABLE_FLAGS);
	return image_write(g->img, at, &raw, 8, err);
}

/* Map 2 MiB. What is mapped there already must not be anything else. */
static enum pgc_status map_huge(struct grow *g, uint64_t kaddr, uint64_t paddr,
				struct pgc_err *err)
{
	unsigned int shift = 0;
	uint64_t table = 0, raw;
	enum pgc_status st = page_table_root(g, &table, &shift, err);

	for (; st == PGC_OK && shift > 21; shift -= 9)
		st = next_table(g, table + (kaddr >> shift & 511) * 8, &table, err);
	if (st != PGC_OK)
		return st;
	table += (kaddr >> 21 & 511) * 8;
	st = image_read(g->img, table, &raw, 8, err);
	if (st != PGC_OK)
		return st;
	if (le64toh(raw) & PTE_PRESENT)
		return pgc_err_set(err, PGC_EFORMAT, "0x%" PRIx64 " is mapped already: use a dump of a kernel booted with nokaslr",
				   kaddr);
	raw = htole64(paddr | HUGE_FLAGS);
	return image_write(g->img, table, &raw, 8, err);
}

enum pgc_status grow_page_tables(struct grow *g, struct pgc_err *err)
{
	uint64_t memmap = kernel_pfn_to_page(g->k, g->start);
	enum pgc_status st = PGC_OK;

	for (uint64_t paddr = g->meta; paddr < g->memmap && st == PGC_OK; paddr += GROW_HUGE)
		st = map_huge(g, g->page_offset + paddr, paddr, err);
	for (uint64_t at = 0; at < g->memmap_len && st == PGC_OK; at += GROW_HUGE)
		st = map_huge(g, memmap + at, g->memmap + at, err);
	return pgc_err_add(err, st, "page tables");
}

/* As in src/model/pageblock.c: since 6.17 the count is rounded up to a power of 2. */
static unsigned int pageblock_bits(const struct grow *g)
{
	unsigned int bits = 1;

	if (layout_has(g->lay, L_NR_PAGEBLOCK_BITS))
		return (unsigned int)layout_get(g->lay, L_NR_PAGEBLOCK_BITS);
	if (!layout_has(g->lay, L_NR_PAGEBLOCK_BITS_raw))
		return 0;
	while (bits < layout_get(g->lay, L_NR_PAGEBLOCK_BITS_raw))
		bits *= 2;
	return bits;
}

/* A mem_section_usage: that of @like, with all pageblocks movable. */
static enum pgc_status make_usage(struct grow *g, const struct section *like, uint64_t *kaddr,
				  struct pgc_err *err)
{
	uint64_t at = layout_get(g->lay, L_mem_section_usage_pageblock_flags), paddr, done = 0;
	uint64_t blocks = g->k->pages_per_section >> g->k->pageblock_order;
	unsigned int bits = pageblock_bits(g);
	uint64_t len = blocks * bits / 8;
	int64_t movable = 1;
	uint8_t raw[64];
	enum pgc_status st;

	if (at > sizeof(raw) || (bits != 4 && bits != 8) || !like->usage)
		return pgc_err_set(err, PGC_EFORMAT, "mem_section_usage is not as it was known");
	(void)layout_enum_value(g->lay, LE_migratetype, "MOVABLE", &movable);
	st = grow_alloc(g, grow_round_up(at + len, 16), &paddr, err);
	if (st == PGC_OK)
		st = vmcore_read(g->vc, like->usage, raw, at, "mem_section_usage", err);
	if (st != PGC_OK)
		return st;
	memcpy(g->meta_data + (paddr - g->meta), raw, at);
	for (uint64_t byte = bits == 4 ? (uint64_t)movable * 0x11 : (uint64_t)movable; done < len;
	     done++)
		g->meta_data[paddr - g->meta + at + done] = (uint8_t)byte;
	*kaddr = g->page_offset + paddr;
	return PGC_OK;
}

/* The root that holds section @nr; made where there is none. */
static enum pgc_status find_root(struct grow *g, uint64_t nr, uint64_t per_root,
				 uint64_t *kaddr, struct pgc_err *err)
{
	uint64_t roots, paddr, at;
	enum pgc_status st;

	if (!kernel_read_var(kernel_reader_of(g->k, g->vc), L_mem_section_var, &roots))
		return pgc_err_set(err, PGC_EFORMAT, "mem_section cannot be read");
	at = roots + nr / per_root * 8;
	st = vmcore_read_u64(g->vc, at, "mem_section[]", kaddr, err);
	/* A page of pointers that makedumpfile left out was all zeros. */
	if (st == PGC_EXCLUDED)
		*kaddr = 0;
	else if (st != PGC_OK)
		return pgc_err_set(err, PGC_EFORMAT, "mem_section[] ends below section %" PRIu64, nr);
	if (*kaddr)
		return PGC_OK;
	st = grow_alloc(g, GROW_PAGE, &paddr, err);
	if (st != PGC_OK)
		return st;
	*kaddr = g->page_offset + paddr;
	return grow_put(g, at, *kaddr, 8, err);
}

/* The flags of a section, such as "online", taken from one of the source. */
static enum pgc_status section_flags(struct grow *g, const struct section *s,
				     uint64_t per_root, uint64_t entry, uint64_t *ret,
				     struct pgc_err *err)
{
	uint64_t root = 0;
	enum pgc_status st = find_root(g, s->nr, per_root, &root, err);

	if (st == PGC_OK)
		st = vmcore_read_u64(g->vc, root + s->nr % per_root * entry +
					    layout_get(g->lay, L_mem_section_section_mem_map),
				     "mem_section", ret, err);
	*ret &= 0xfff;
	return st;
}

enum pgc_status grow_sections(struct grow *g, struct pgc_err *err)
{
	const struct section *like = &g->k->sections[0];
	uint64_t entry = layout_get(g->lay, L_mem_section), per_root = GROW_PAGE / entry;
	uint64_t pps = g->k->pages_per_section, root = 0, flags = 0;
	enum pgc_status st;

	if (!layout_has(g->lay, L_mem_section_usage) ||
	    !layout_has(g->lay, L_mem_section_usage_pageblock_flags))
		return pgc_err_set(err, PGC_EFORMAT, "sections without mem_section_usage");
	st = section_flags(g, like, per_root, entry, &flags, err);
	for (uint64_t nr = g->start / pps; nr < g->end / pps && st == PGC_OK; nr++) {
		uint64_t usage = 0, at;

		if (!root || nr % per_root == 0)
			st = find_root(g, nr, per_root, &root, err);
		if (st == PGC_OK)
			st = make_usage(g, like, &usage, err);
		at = root + nr % per_root * entry;
		if (st == PGC_OK)
			st = grow_put(g, at + layout_get(g->lay, L_mem_section_section_mem_map),
				      g->k->memmap | flags, 8, err);
		if (st == PGC_OK)
			st = grow_put(g, at + layout_get(g->lay, L_mem_section_usage), usage, 8,
				      err);
	}
	return pgc_err_add(err, st, "section map");
}

/* Struct pages of the source that can stand anywhere: they refer to no other one. */
struct harvest {
	uint8_t *in_use;
	size_t n, room;
	uint8_t reserved[64], buddy[64];
	bool has_reserved, has_buddy;
};

static void put_word(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

/*
 * The links of a page that is copied to many places cannot lead to itself, nor round a list: it was
 * taken off a list, and if it is a user's page, is unevictable, which are on none.
 */
static void cut_links(const struct grow *g, uint8_t *raw, const struct page *p)
{
	if (p->flags & g->fmt.lru) {
		put_word(raw + g->fmt.flags, p->flags | g->fmt.unevictable);
	} else if (p->lru_next == p->lru_prev) {
		put_word(raw + g->fmt.lru_next, PAGE_LIST_POISON1);
		put_word(raw + g->fmt.lru_prev, PAGE_LIST_POISON2);
	}
}

static enum pgc_status take(struct grow *g, struct harvest *h, const uint8_t *raw,
			    struct pgc_err *err)
{
	enum page_kind kind;
	struct page p;
	uint8_t *bigger;

	page_decode(&g->fmt, raw, &p);
	kind = page_kind(&g->fmt, p.mapcount);
	if (page_is_blank(&p) || page_is_tail(&p) || p.flags & (g->fmt.head | g->fmt.hwpoison))
		return PGC_OK;
	if (p.flags & g->fmt.reserved || kind == KIND_BUDDY) {
		if (kind == KIND_BUDDY && !h->has_buddy && !(p.flags & g->fmt.on_free_page)) {
			memcpy(h->buddy, raw, 64);
			h->has_buddy = true;
		} else if (kind == KIND_NONE && p.refcount == 1) {
			memcpy(h->reserved, raw, 64);
			cut_links(g, h->reserved, &p);
			h->has_reserved = true;
		}
		return PGC_OK;
	}
	if (p.refcount <= 0 || (kind != KIND_NONE && kind != KIND_MAPPED && kind != KIND_TABLE &&
				kind != KIND_SLAB))
		return PGC_OK;
	if (h->n == h->room) {
		h->room = h->room ? 2 * h->room : 4096;
		bigger = reallocarray(h->in_use, h->room, 64);
		if (!bigger)
			return pgc_err_nomem(err, "struct pages");
		h->in_use = bigger;
	}
	memcpy(h->in_use + 64 * h->n, raw, 64);
	cut_links(g, h->in_use + 64 * h->n++, &p);
	return PGC_OK;
}

static void set_zone(const struct grow *g, uint8_t *raw)
{
	uint64_t mask = kernel_zone_bits(g->k);
	uint64_t flags = htole64((target_u64(raw + g->fmt.flags) & ~mask) | g->flags);

	memcpy(raw + g->fmt.flags, &flags, 8);
}

static enum pgc_status collect(struct grow *g, struct harvest *h, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (size_t s = 0; s < g->k->n_sections; s++) {
		uint64_t first = g->k->sections[s].start_pfn;

		for (uint64_t i = 0; i < g->k->pages_per_section && st == PGC_OK; i += 64) {
			uint8_t raw[GROW_PAGE];
			size_t done = 0;

			if (vmcore_read_bulk(g->vc, kernel_pfn_to_page(g->k, first + i), raw,
					     sizeof(raw), &done, NULL) != PGC_OK)
				continue;
			for (size_t at = 0; at < sizeof(raw) && st == PGC_OK; at += 64)
				st = take(g, h, raw + at, err);
		}
	}
	if (st == PGC_OK && (!h->n || !h->has_reserved || !h->has_buddy))
		st = pgc_err_set(err, PGC_EFORMAT, "the dump has no struct pages to copy");
	for (size_t i = 0; i < h->n; i++)
		set_zone(g, h->in_use + 64 * i);
	set_zone(g, h->reserved);
	set_zone(g, h->buddy);
	return st;
}

/* The memmap of [first, end), stored up to @share bytes, filled with pages of one kind. */
static enum pgc_status add_memmap(struct grow *g, const struct harvest *h, uint64_t first,
				  uint64_t end, uint64_t share, uint8_t **ret,
				  struct pgc_err *err)
{
	uint64_t len = (end - first) * 64, unique = len < share ? len : share;
	enum pgc_status st;

	if (!len)
		return PGC_OK;
	st = image_add(g->img, g->memmap + (first - g->start) * 64, len, unique, ret, err);
	for (uint64_t i = 0; i < unique / 64 && st == PGC_OK; i++) {
		const uint8_t *from = h->in_use + 64 * (i % h->n);

		if (first < g->reserved_end)
			from = h->reserved;
		else if (grow_is_free(g, first + i))
			from = h->buddy;
		memcpy(*ret + 64 * i, from, 64);
	}
	return st;
}

static void make_order_0(const struct grow *g, uint8_t *buddy)
{
	memset(buddy + g->fmt.private, 0, 8);
	memset(buddy + g->fmt.mapping, 0, 8);
}

enum pgc_status grow_struct_pages(struct grow *g, struct pgc_err *err)
{
	struct harvest h = { .in_use = NULL };
	uint8_t *data = NULL;
	enum pgc_status st;

	st = collect(g, &h, err);
	if (st == PGC_OK)
		make_order_0(g, h.buddy);
	if (st == PGC_OK)
		st = add_memmap(g, &h, g->start, g->reserved_end, g->share, &data, err);
	/* Each link is another: these are not shared. */
	if (st == PGC_OK)
		st = add_memmap(g, &h, g->reserved_end, g->alternating_end, UINT64_MAX, &data, err);
	if (st == PGC_OK && g->free_blocks)
		st = grow_free_list(g, data, err);
	if (st == PGC_OK)
		st = add_memmap(g, &h, g->alternating_end, g->end, g->share, &data, err);
	free(h.in_use);
	return pgc_err_add(err, st, "struct pages");
}
