/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zones and sections whose own record is wrong, and healthy ones that look like it. */
#include <check.h>
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "unit.h"

/* The lists of CPU 0 in zone 0 begin there (what fk_set_pcp_lists() takes). */
static uint64_t lists_of(struct fake_kernel *fk, unsigned int zone)
{
	struct kernel *k = fk_open(fk);
	uint64_t kaddr = k->zones[zone].pageset + k->cpus[0].offset +
			 layout_get(k->lay, L_per_cpu_pages_lists);

	kernel_destroy(k);
	return kaddr;
}

static void span_half(struct fake_kernel *fk)
{
	fk_set_zone_span(fk, 1, 4096, 2048);
}

static void span_of_first_half(struct fake_kernel *fk)
{
	fk_set_zone_span(fk, 0, 1, 2048);
}

/* All of it is free: its pages have no flag, and are of zone 0 of node 0. */
static void span_of_free_zone(struct fake_kernel *fk)
{
	fk_set_zone_span(fk, 0, 1, 2048);
	for (uint64_t pfn = 2049; pfn < 4096; pfn++)
		fk_set_flags(fk, pfn, 0);
}

static void start_up(struct fake_kernel *fk)
{
	fk_set_zone_span(fk, 1, 4096 + 512, 4096);
}

static void start_down(struct fake_kernel *fk)
{
	fk_set_zone_span(fk, 1, 0, 4096);
}

static void zone_noise(struct fake_kernel *fk)
{
	fk_write_over_zone(fk, 1, false);
}

static void zone_noise_lists(struct fake_kernel *fk)
{
	fk_write_over_zone(fk, 1, true);
}

static void lock_text(struct fake_kernel *fk)
{
	fk_set_zone_lock(fk, 1, 0x41414141);
}

static void zone_of_another_node(struct fake_kernel *fk)
{
	fk_set_zone_home(fk, 1, 4, 0);
}

static void zone_pgdat_bit(struct fake_kernel *fk)
{
	fk_set_zone_home(fk, 0, 0, 1ULL << 20);
}

static void pcp_lock_text(struct fake_kernel *fk)
{
	fk_set_pcp_lock(fk, 0, 1, 0x2000);
}

static void pageset_far(struct fake_kernel *fk)
{
	fk_set_pcp_lists(fk, 0, lists_of(fk, 0) ^ 1ULL << 44);
}

static void pageset_lost(struct fake_kernel *fk)
{
	fk_set_pcp_lists(fk, 0, lists_of(fk, 0) ^ 3ULL << 44);
}

/* By two heads: most places still have a list head. */
static void pageset_near(struct fake_kernel *fk)
{
	fk_set_pcp_lists(fk, 0, lists_of(fk, 0) ^ 0x20);
}

static void section_offline(struct fake_kernel *fk)
{
	fk_use_usage(fk, 0);
	fk_set_offline(fk, 1);
}

/* Nothing of it is in use: one free block says it, and a second. */
static void free_section_offline(struct fake_kernel *fk)
{
	fk_use_usage(fk, 0);
	for (uint64_t pfn = 4096; pfn < 8192; pfn++)
		fk_set_flags(fk, pfn, fk_flags(fk, pfn) & ~(1ULL << 5));
	for (uint64_t pfn = 4096; pfn < 8192; pfn += 512) {
		fk_set_mapcount(fk, pfn, 0xf0000000u);
		fk_set_refcount(fk, pfn, 0);
	}
	fk_set_offline(fk, 1);
}

static void section_no_map(struct fake_kernel *fk)
{
	fk_add_layout(fk, L_SECTION_MARKED_PRESENT_BIT, 0, 0);
	fk_set_section_mem_map(fk, 1, FK_MEMMAP | 0xd);
}

static void usage_bit(struct fake_kernel *fk)
{
	fk_set_usage(fk, 1, fk_use_usage(fk, 1) ^ 0x20);
}

static void usage_far(struct fake_kernel *fk)
{
	fk_set_usage(fk, 0, fk_use_usage(fk, 0) ^ 1ULL << 40);
}

static void usage_of_another(struct fake_kernel *fk)
{
	fk_set_usage(fk, 1, fk_use_usage(fk, 0));
}

static const struct {
	const char *name;
	void (*plant)(struct fake_kernel *fk);
	enum finding_id id;
	const char *field;
	uint64_t expected;	/* 0: not known */
	bool whole;
} wrong[] = {
	{ "span of the last zone", span_half, FIND_ZONE_RECORD, "zone.spanned_pages", 4096, false },
	{ "span of the first zone", span_of_first_half, FIND_ZONE_RECORD, "zone.spanned_pages",
	  4095, false },
	{ "start too high", start_up, FIND_ZONE_RECORD, "zone.zone_start_pfn", 4096, false },
	{ "start too low", start_down, FIND_ZONE_RECORD, "zone.zone_start_pfn", 4096, false },
	{ "noise over a zone's counts", zone_noise, FIND_ZONE_RECORD, "zone.zone_start_pfn", 4096,
	  true },
	{ "noise over a zone's lists", zone_noise_lists, FIND_ZONE_RECORD, "zone.free_area", 0,
	  true },
	{ "a zone that says another node", zone_of_another_node, FIND_ZONE_RECORD, "zone.node", 1,
	  false },
	{ "a bit of a zone's pointer to its node", zone_pgdat_bit, FIND_ZONE_RECORD,
	  "zone.zone_pgdat", 1, false },
	{ "text over a zone's lock", lock_text, FIND_LOCK_IMPOSSIBLE, "zone.lock", 0, false },
	{ "a bit of a CPU's lock", pcp_lock_text, FIND_LOCK_IMPOSSIBLE, "per_cpu_pages.lock", 0,
	  false },
	{ "pageset to nowhere", pageset_far, FIND_ZONE_RECORD, "zone.per_cpu_pageset", 1, false },
	{ "pageset that cannot be mended", pageset_lost, FIND_ZONE_RECORD, "zone.per_cpu_pageset", 0,
	  false },
	{ "pageset beside its place", pageset_near, FIND_ZONE_RECORD, "zone.per_cpu_pageset", 1,
	  false },
	{ "section said to be offline", section_offline, FIND_SECTION_RECORD,
	  "mem_section.section_mem_map", FK_MEMMAP | 0xf, false },
	{ "section said to have no memmap", section_no_map, FIND_SECTION_RECORD,
	  "mem_section.section_mem_map", FK_MEMMAP | 0xf, false },
	{ "usage beside its place", usage_bit, FIND_SECTION_RECORD, "mem_section.usage", 1, false },
	{ "usage of another section", usage_of_another, FIND_SECTION_RECORD, "mem_section.usage", 0,
	  false },
	{ "usage to nowhere", usage_far, FIND_SECTION_RECORD, "mem_section.usage", 1, false },
};

START_TEST(one_record_one_finding)
{
	struct fake_kernel *fk = fk_create();
	const struct finding *f = NULL;
	struct fk_result *r;
	size_t n;

	wrong[_i].plant(fk);
	r = fk_run(fk);
	n = fk_count(r, wrong[_i].id, &f);
	ck_assert_msg(n >= 1, "%s: nothing is found", wrong[_i].name);
	/* A zone whose lists are gone has two: its span is wrong, too. */
	for (size_t i = 0; i < r->n; i++)
		ck_assert_msg(r->findings[i].id == wrong[_i].id || r->findings[i].severity == SEV_NOTE,
			      "%s: also %s", wrong[_i].name,
			      finding_type(r->findings[i].id)->slug);
	for (size_t i = 0; i < r->n && n > 1; i++)
		if (!strcmp(r->findings[i].field.name, wrong[_i].field))
			f = &r->findings[i];
	ck_assert_str_eq(f->field.name, wrong[_i].field);
	ck_assert_int_eq(f->field.has_expected, wrong[_i].expected != 0);
	if (wrong[_i].expected > 1)
		ck_assert_uint_eq(f->field.expected, wrong[_i].expected);
	ck_assert_int_eq(f->damage == CLASS_OVERWRITE, wrong[_i].whole);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/*
 * One bit of a pointer apart, as with pages of 16 KiB, both of two sections that have the same record
 * could be mended: the order of the sections says which is wrong.
 */
START_TEST(the_section_whose_record_it_is)
{
	struct fake_kernel *fk = fk_create();
	uint64_t first = fk_use_usage(fk, 0), second = first + 0x40;
	const struct finding *f = NULL;
	struct fk_result *r;

	memcpy(fake_vmcore_at(fk_vmcore(fk), second), fake_vmcore_at(fk_vmcore(fk), first), 24);
	fk_set_usage(fk, 0, _i ? first : second);
	fk_set_usage(fk, 1, _i ? first : second);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_SECTION_RECORD, &f), 1);
	ck_assert_uint_eq(f->pfn, _i ? 4096 : 0);
	ck_assert(f->field.has_expected);
	ck_assert_uint_eq(f->field.expected, _i ? second : first);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* A lock that is held excuses what a lock word that cannot be does not. */
static void lock_held(struct fake_kernel *fk)
{
	fk_set_zone_lock(fk, 0, 1);
	fk_set_zone_lock(fk, 1, 3);
}

static void lock_waited_for(struct fake_kernel *fk)
{
	fk_set_zone_lock(fk, 0, 0x101);
	fk_set_zone_lock(fk, 1, 2 << 18 | 3 << 16 | 0x101);
}

static void lists_damaged(struct fake_kernel *fk)
{
	fk_set_prev(fk, FK_PCP_A, 0);
	fk_set_next(fk, FK_PCP_B, 0);
}

/* Memory went offline as the kernel does it: emptied, isolated, and the zone shrunk. */
static void offlined(struct fake_kernel *fk)
{
	fk_use_usage(fk, 0);
	fk_set_pageblocks(fk, 1, 4);
	fk_set_offline(fk, 1);
	fk_set_zone_counts(fk, 1, 0, 0);
}

/* A node that is larger than its zones, and holes that are said to be of the zone before. */
static void hole_after_zone(struct fake_kernel *fk)
{
	for (uint64_t pfn = 2048; pfn < 4096; pfn++)
		fk_set_flags(fk, pfn, 1ULL << 13);
	fk_set_zone_span(fk, 0, 1, 2047);
}

/* As they are where the pages are read from other memory. */
static void heads_lead_to_pages(struct fake_kernel *fk)
{
	for (unsigned int order = 0; order < 11; order++)
		for (unsigned int mt = 0; mt < 5; mt++)
			for (unsigned int link = 0; link < 2; link++)
				fake_put64(fk_vmcore(fk), fk_list_head(1, order, mt) + 8 * link,
					   fk_link(FK_ANON + 5 * order + mt));
}

static const struct {
	const char *name;
	void (*make)(struct fake_kernel *fk);
} sound[] = {
	{ "as it is", NULL },
	{ "locks that are held", lock_held },
	{ "locks that are waited for", lock_waited_for },
	{ "damaged lists", lists_damaged },
	{ "offlined", offlined },
	{ "a hole", hole_after_zone },
	{ "heads that lead to pages", heads_lead_to_pages },
};

START_TEST(sound_records)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	if (sound[_i].make)
		sound[_i].make(fk);
	k = fk_open(fk);
	ck_assert_msg(!k->n_records, "%s: %s", sound[_i].name,
		      k->n_records ? k->records[0].field : "");
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

START_TEST(free_pages_of_zone_0_speak)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	span_of_free_zone(fk);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, 1);
	ck_assert_str_eq(k->records[0].field, "zone.spanned_pages");
	ck_assert_uint_eq(k->zones[0].spanned, 4095);
	kernel_destroy(k);
	/* Those that were never made do not. */
	for (uint64_t pfn = 2049; pfn < 4096; pfn++)
		fk_fill_page(fk, pfn, 0);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, 0);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

START_TEST(a_free_section_is_not_offline)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	free_section_offline(fk);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, 1);
	ck_assert_str_eq(k->records[0].field, "mem_section.section_mem_map");
	ck_assert(k->sections[1].online);
	kernel_destroy(k);
	/* No page says it, but its zone counts them. */
	fk_set_pageblocks(fk, 1, 4);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, 1);
	ck_assert(k->records[0].doubtful);
	ck_assert_contains(k->records[0].what, "counts its pages as present");
	ck_assert(k->sections[1].online);
	kernel_destroy(k);
	/* As it is when it did go offline. */
	fk_set_zone_counts(fk, 1, 0, 0);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, 0);
	ck_assert(!k->sections[1].online);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/*
 * mem_section leads beside the map, where words look like sections (those of the second entry were
 * a zone's watermarks): not one of them names the vmemmap that there is, or the numbers are those
 * of other sections. Where one does, or both agree on another, the map is what it was taken for,
 * and so it is where a section alone is lost.
 */
static const struct {
	uint64_t word[3];
	const char *vmemmap;
	size_t sections;
	const char *limit;
} maps[] = {
	{ { 0x6af, 0xb4c00000592 }, "ffffea0000000000", 2, "the section map is lost" },
	{ { 0x6af, 0xffffc1ffc00de00f }, "ffffea0000000000", 2, "the section map is lost" },
	{ { 0x6af, FK_MEMMAP | 0xf }, "ffffea0000000000", 2, "section 0: section_mem_map is" },
	{ { FK_MEMMAP | 0xf, FK_MEMMAP | 0xf }, "ffff888000000000", 2, NULL },
	{ { 0, FK_MEMMAP | 0xf, FK_MEMMAP | 0xf }, "ffffea0000000000", 2, "the section map is lost" },
	{ { 0, FK_MEMMAP | 0xf, FK_MEMMAP | 0xb }, "ffffea0000000000", 1, "zones have 8191 pages" },
};

START_TEST(words_that_are_no_section_map)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	for (uint64_t i = 0; i < ARRAY_SIZE(maps[_i].word); i++)
		fk_set_section_mem_map(fk, i, maps[_i].word[i]);
	fake_vmcore_info_line(fk_vmcore(fk), "SYMBOL(vmemmap)", maps[_i].vmemmap);
	k = fk_open(fk);
	ck_assert_uint_eq(k->memmap, FK_MEMMAP);
	ck_assert_uint_eq(k->n_sections, maps[_i].sections);
	if (maps[_i].limit)
		ck_assert_contains(k->limits[0], maps[_i].limit);
	else
		ck_assert_uint_eq(k->n_limits, 0);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Where the words of a zone that are bounded are in this kernel. */
enum { MARKS = 0, RESERVE = 4, FREE_PFN = 8, MIGRATE_PFN = 9, TAILS = 11, CMA = 13, DRIFT = 14 };

static void add_words(struct fake_kernel *fk, unsigned int marks)
{
	static const uint64_t healthy[] = {
		/* zone 0 reserves for zone 1 and higher ones */
		20, 25, 30, 35, 0, 40, 40, 40, 4095, 1, 512, 0, FK_MEMMAP + 0x40 * 64, 0, 0,
	};

	fk_add_layout(fk, L_zone_watermark, FK_ZONE_EXTRA + 8 * MARKS, 8 * marks);
	fk_add_layout(fk, L_zone_lowmem_reserve, FK_ZONE_EXTRA + 8 * RESERVE, 32);
	fk_add_layout(fk, L_zone_compact_cached_free_pfn, FK_ZONE_EXTRA + 8 * FREE_PFN, 8);
	fk_add_layout(fk, L_zone_compact_cached_migrate_pfn, FK_ZONE_EXTRA + 8 * MIGRATE_PFN, 16);
	fk_add_layout(fk, L_zone_vmemmap_tails, FK_ZONE_EXTRA + 8 * TAILS, 16);
	fk_add_layout(fk, L_zone_cma_pages, FK_ZONE_EXTRA + 8 * CMA, 8);
	fk_add_layout(fk, L_zone_percpu_drift_mark, FK_ZONE_EXTRA + 8 * DRIFT, 8);
	for (unsigned int i = 0; i < ARRAY_SIZE(healthy); i++)
		for (unsigned int zone = 0; zone < 2; zone++)
			fk_set_zone_word(fk, zone, i, zone && i >= RESERVE && i < FREE_PFN ? 0 :
									     healthy[i]);
}

static const struct {
	unsigned int marks, at;
	uint64_t value;
	const char *field;	/* NULL: it is sound */
	uint64_t expected;	/* UINT64_MAX: not known */
} zone_words[] = {
	{ 4, CMA, 0, NULL, 0 },
	{ 4, MARKS + 0, 20 | 1ULL << 40, "zone._watermark", 20 },
	{ 4, MARKS + 1, 24, "zone._watermark", 25 },
	{ 4, MARKS + 2, 0, "zone._watermark", 30 },
	{ 4, MARKS + 3, 36, "zone._watermark", 35 },
	/* Of three marks, which one is wrong cannot be known. */
	{ 3, MARKS + 2, 30 | 1 << 20, NULL, 0 },
	{ 4, RESERVE + 0, 1, "zone.lowmem_reserve", 0 },
	{ 4, RESERVE + 1, 1 << 20, "zone.lowmem_reserve", UINT64_MAX },
	{ 4, RESERVE + 1, 41, NULL, 0 },
	{ 4, FREE_PFN, 1 << 20, "zone.compact_cached_free_pfn", UINT64_MAX },
	/* Memory was taken away after compaction had been there. */
	{ 4, FREE_PFN, 3 * 4096, NULL, 0 },
	{ 4, MIGRATE_PFN + 1, 1ULL << 33, "zone.compact_cached_migrate_pfn", UINT64_MAX },
	{ 4, TAILS, 0x1000, "zone.vmemmap_tails", UINT64_MAX },
	{ 4, TAILS + 1, FK_MEMMAP + 8, "zone.vmemmap_tails", UINT64_MAX },
	{ 4, CMA, 1ULL << 63, "zone.cma_pages", UINT64_MAX },
	{ 4, DRIFT, 1 << 30, "zone.percpu_drift_mark", UINT64_MAX },
	{ 4, DRIFT, 500, NULL, 0 },
};

START_TEST(words_within_bounds)
{
	struct fake_kernel *fk = fk_create();
	const struct record_fact *fact;
	struct kernel *k;

	add_words(fk, zone_words[_i].marks);
	fk_set_zone_word(fk, 0, zone_words[_i].at, zone_words[_i].value);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, zone_words[_i].field != NULL);
	fact = k->records;
	if (zone_words[_i].field) {
		ck_assert_str_eq(fact->field, zone_words[_i].field);
		ck_assert_uint_eq(fact->found, zone_words[_i].value);
		ck_assert_int_eq(fact->has_expected, zone_words[_i].expected != UINT64_MAX);
		ck_assert(!fact->has_expected || fact->expected == zone_words[_i].expected);
	}
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* A vendor's formula: no zone's marks are even, so they say nothing. */
START_TEST(marks_by_another_formula)
{
	struct fake_kernel *fk = fk_create();
	struct kernel *k;

	add_words(fk, 4);
	for (unsigned int zone = 0; zone < 2; zone++)
		fk_set_zone_word(fk, zone, MARKS + 1, 28);
	k = fk_open(fk);
	ck_assert_uint_eq(k->n_records, 0);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* include/asm-generic/qspinlock_types.h; 3 is what a paravirtual waiter leaves. */
START_TEST(lock_words)
{
	static const struct {
		uint32_t word;
		bool can_be;
	} words[] = {
		{ 0, true }, { 1, true }, { 3, true }, { 2, false }, { 0xff, false },
		{ 0x100, true }, { 0x101, true }, { 0x103, true }, { 0x201, false },
		{ 0x8000, false }, { 1 << 18, true }, { 2 << 18 | 1, true }, { 3 << 18, false },
		{ 1 << 16, false }, { 1 << 18 | 3 << 16, true }, { 0x41414141, false },
		{ 0xdeadbeef, false },
	};
	struct fake_kernel *fk = fk_create();
	struct kernel *k = fk_open(fk);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		ck_assert_msg(kernel_lock_can_be(k, words[i].word) == words[i].can_be, "0x%x",
			      words[i].word);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* A fake kernel that is read by page tables, and knows where its direct map is. */
static struct fake_kernel *with_tables(void)
{
	struct fake_kernel *fk = fk_create();

	fk_add_layout(fk, L_page_offset_base, arch_x86_64.image, 8);
	memcpy(fake_vmcore_region(fk_vmcore(fk), arch_x86_64.image, 4096),
	       &(uint64_t){ htole64(FAKE_DIRECT_MAP) }, 8);
	fake_vmcore_tables(fk_vmcore(fk));
	return fk;
}

/* The entry @up levels above the last one that leads to @kaddr. */
static struct table_step entry_of(struct fake_kernel *fk, uint64_t kaddr, unsigned int up)
{
	struct table_path path;

	ck_assert_int_eq(vmcore_table_path(fk_vmcore(fk), kaddr, NULL, &path), PGC_OK);
	ck_assert_uint_gt(path.n, up);
	return path.step[path.n - 1 - up];
}

static void write_entry(struct fake_kernel *fk, const struct table_step *s, uint64_t entry)
{
	memcpy(fake_vmcore_at(fk_vmcore(fk), FAKE_DIRECT_MAP + s->paddr),
	       &(uint64_t){ htole64(entry) }, 8);
}

START_TEST(sound_tables)
{
	struct fake_kernel *fk = with_tables();
	struct fk_result *r = fk_run(fk);

	ck_assert_uint_eq(r->n, 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

/* arch/x86/include/asm/pgtable_types.h: what the processor writes, ignores or leaves to software. */
static bool is_idle_bit(const struct table_step *s, bool in_memmap, unsigned int bit)
{
	bool leaf = s->what == ARCH_LEAF;

	if (bit == 5 || bit == 6 || (bit >= 9 && bit <= 11) || (bit >= 52 && bit <= 62))
		return true;
	if (!leaf)
		return bit == 2;
	/* A page of the direct map may have any rights, and be taken out of it. */
	return bit == 8 || bit == 63 || (!in_memmap && bit <= 8);
}

static const struct {
	const char *name;
	uint64_t kaddr;
	unsigned int up;
	bool in_memmap;
} entries[] = {
	{ "pmd of the memmap", FK_MEMMAP, 0, true },
	{ "pud of the memmap", FK_MEMMAP, 1, true },
	{ "pgd of the memmap", FK_MEMMAP, 2, true },
	{ "pte of a node", FK_DATA, 0, false },
	{ "pte of a bitmap", FAKE_DIRECT_MAP + 0x40000, 0, false },
	{ "pmd of the direct map", FK_DATA, 1, false },
	{ "pud of the direct map", FK_DATA, 2, false },
	{ "pgd of the direct map", FK_DATA, 3, false },
};

/* Each bit of an entry: one finding, which names it, and all else is read as if it were right. */
START_TEST(one_entry_one_finding)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct fake_kernel *fk = with_tables();
		struct table_step s = entry_of(fk, entries[_i].kaddr, entries[_i].up);
		bool idle = is_idle_bit(&s, entries[_i].in_memmap, bit);
		const struct finding *f = NULL;
		struct fk_result *r;

		/* A page that was taken out of the direct map: nothing there can be read. */
		if (!bit && !entries[_i].in_memmap && !entries[_i].up) {
			fk_destroy(fk);
			continue;
		}
		write_entry(fk, &s, s.entry ^ 1ULL << bit);
		r = fk_run(fk);
		for (size_t i = 0; i < r->n; i++)
			ck_assert_msg(r->findings[i].id == FIND_PAGE_TABLE_ENTRY && !idle,
				      "%s, bit %u: %s", entries[_i].name, bit,
				      finding_type(r->findings[i].id)->slug);
		if (!idle) {
			ck_assert_msg(fk_count(r, FIND_PAGE_TABLE_ENTRY, &f) == 1, "%s, bit %u: %zu",
				      entries[_i].name, bit, r->n);
			ck_assert_msg(f->field.has_expected && f->field.expected == s.entry,
				      "%s, bit %u: 0x%" PRIx64 " should be 0x%" PRIx64, entries[_i].name,
				      bit, f->field.found, f->field.expected);
			ck_assert_int_eq(f->severity, SEV_CORRUPT);
			ck_assert_uint_eq(finding_fact(f, FACT_ENTRY_PADDR)->num, s.paddr);
			ck_assert_uint_eq(finding_fact(f, FACT_TABLE_INDEX)->num, s.index);
			ck_assert_uint_eq(finding_fact(f, FACT_MAPS_KADDR)->num, s.kaddr);
			ck_assert_uint_eq(finding_fact(f, FACT_MAPS_BYTES)->num, s.span);
		}
		fk_result_free(r);
		fk_destroy(fk);
	}
}
END_TEST

/* A table in memory that the file does not have may be lost; so much memory no machine has lost. */
START_TEST(a_table_that_is_not_in_the_file)
{
	struct fake_kernel *fk = with_tables();
	struct table_step s = entry_of(fk, FAKE_DIRECT_MAP + FAKE_MEMORY - 4096, 1);
	uint64_t to = FAKE_MEMORY * (_i ? 35 : 3) + 0x37000;
	struct fk_result *r;

	write_entry(fk, &s, (s.entry & 0xfff) | to);
	r = fk_run(fk);
	ck_assert_uint_eq(fk_count(r, FIND_PAGE_TABLE_ENTRY, NULL), _i ? 1 : 0);
	fk_result_free(r);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("records");
	TCase *tc = tcase_create("records");

	tcase_add_loop_test(tc, the_section_whose_record_it_is, 0, 2);
	tcase_add_loop_test(tc, one_record_one_finding, 0, ARRAY_SIZE(wrong));
	tcase_add_loop_test(tc, words_within_bounds, 0, ARRAY_SIZE(zone_words));
	tcase_add_test(tc, marks_by_another_formula);
	tcase_add_loop_test(tc, sound_records, 0, ARRAY_SIZE(sound));
	tcase_add_test(tc, free_pages_of_zone_0_speak);
	tcase_add_test(tc, a_free_section_is_not_offline);
	tcase_add_loop_test(tc, words_that_are_no_section_map, 0, ARRAY_SIZE(maps));
	tcase_add_test(tc, lock_words);
	tcase_add_test(tc, sound_tables);
	tcase_add_loop_test(tc, a_table_that_is_not_in_the_file, 0, 2);
	tcase_add_loop_test(tc, one_entry_one_finding, 0, ARRAY_SIZE(entries));
	return unit_run_case(suite, tc);
}
