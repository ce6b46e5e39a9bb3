/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "dump/kernel_place.h"
#include "unit.h"

#define MAP 0xffffffff80000000ULL
#define STEP 0x200000ULL
#define PAGE 4096ULL
#define ID "00112233445566778899aabbccddeeff00112233"

/* As linked: the notes 0x1123 bytes into the image, the top of the page tables after them. */
#define LINKED 0x1000000ULL
#define NOTES (LINKED + 0x1123)
#define ROOT (LINKED + 0x2000)
#define BANNER (LINKED + 0x7000)
/* As loaded: five steps up in memory, 40 in the map. */
#define LOADED (LINKED + 5 * STEP)
#define SLIDE (40 * STEP)

static unsigned char image[8 * PAGE];	/* at LOADED; all else in memory is zeros */
static bool tables_gone;

static enum pgc_status read_memory(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
			    struct pgc_err *err)
{
	memset(buf, 0, len);
	*done = 0;
	if (tables_gone && paddr >= LOADED + 0x2000 && paddr < LOADED + 0x6000)
		return PGC_EXCLUDED;
	for (size_t i = 0; i < len; i++)
		if (paddr + i >= LOADED && paddr + i - LOADED < sizeof(image))
			((unsigned char *)buf)[i] = image[paddr + i - LOADED];
	*done = len;
	return PGC_OK;
}

static void put64(size_t at, uint64_t value)
{
	value = htole64(value);
	memcpy(image + at, &value, 8);
}

static void make_image(bool la57)
{
	uint64_t place = (LINKED + SLIDE) / STEP;
	size_t top = 0x2000;

	memset(image, 0, sizeof(image));
	tables_gone = false;
	for (unsigned int i = 0; i < 20; i++)
		sscanf(&ID[2 * i], "%2hhx", &image[0x1123 + 16 + i]);
	strcpy((char *)image + 0x7000, "Linux version 7.2.0-unit (who@where)");
	if (la57) {
		put64(top + 511 * 8, (LOADED + 0x3000) | 0x67);
		top += 0x1000;
	}
	put64(top + 511 * 8, (LOADED + 0x4000) | 0x67);
	put64(0x4000 + 510 * 8, (LOADED + 0x5000) | 0x67);
	put64(0x5000 + place * 8, LOADED | 0xe3);	/* 2 MiB, which the image is in */
}

static enum pgc_status place(uint64_t start, uint64_t end, const char *id, struct dump_notes *ret)
{
	const struct kernel_image img = {
		.arch = &arch_x86_64, .build_id = id, .notes = MAP + NOTES, .notes_end = MAP + NOTES + 36,
		.symbol = { MAP + ROOT }, .banner = MAP + BANNER, .stext = MAP + LINKED,
	};
	struct pgc_err err = PGC_ERR_INIT;

	*ret = (struct dump_notes)DUMP_NOTES_INIT;
	return kernel_place_find(&img, read_memory, NULL, start, end, ret, &err);
}

static void found(bool la57)
{
	struct dump_notes notes;
	uint64_t value;

	make_image(la57);
	ck_assert_int_eq(place(0, 0x4000000, ID, &notes), PGC_OK);
	ck_assert_str_eq(dump_notes_line(&notes, "OSRELEASE"), "7.2.0-unit");
	ck_assert_str_eq(dump_notes_line(&notes, "BUILD-ID"), ID);
	ck_assert(dump_notes_number(&notes, "KERNELOFFSET", &value));
	ck_assert_uint_eq(value, SLIDE);
	ck_assert(dump_notes_number(&notes, "NUMBER(phys_base)", &value));
	ck_assert_uint_eq(value, LOADED - LINKED - SLIDE);
	ck_assert(dump_notes_number(&notes, "SYMBOL(init_top_pgt)", &value));
	ck_assert_uint_eq(value, MAP + ROOT + SLIDE);
	ck_assert(dump_notes_number(&notes, "NUMBER(pgtable_l5_enabled)", &value));
	ck_assert_uint_eq(value, la57);
	dump_notes_deinit(&notes);
}

START_TEST(found_in_memory_and_in_the_map)
{
	found(false);
	found(true);
}
END_TEST

START_TEST(not_there)
{
	struct dump_notes notes;

	make_image(false);
	/* Not in this part of memory, or cut off in the middle of it. */
	ck_assert_int_eq(place(0, LOADED, ID, &notes), PGC_ENOENT);
	ck_assert_int_eq(place(LOADED + STEP, 0x4000000, ID, &notes), PGC_ENOENT);
	ck_assert_int_eq(place(LOADED, LOADED + 0x1130, ID, &notes), PGC_ENOENT);
	ck_assert_int_eq(place(LOADED + 0x1000, LOADED + 0x3000, ID, &notes), PGC_OK);
	dump_notes_deinit(&notes);
	/* Another build's, or no build-id at all. */
	ck_assert_int_eq(place(0, 0x4000000, "ff" ID, &notes), PGC_ENOENT);
	ck_assert_int_eq(place(0, 0x4000000, "0011", &notes), PGC_ENOENT);
	ck_assert_int_eq(place(0, 0x4000000, ID "0", &notes), PGC_ENOENT);
	ck_assert_int_eq(place(0, 0x4000000, "no hex at all here", &notes), PGC_ENOENT);
	ck_assert_int_eq(place(0, 0x4000000, NULL, &notes), PGC_ENOENT);
	/* Its page tables are lost, or lead elsewhere: a stale copy of the image. */
	tables_gone = true;
	ck_assert_int_eq(place(0, 0x4000000, ID, &notes), PGC_ENOENT);
	make_image(false);
	put64(0x5000 + (LINKED + SLIDE) / STEP * 8, (LOADED + STEP) | 0xe3);
	ck_assert_int_eq(place(0, 0x4000000, ID, &notes), PGC_ENOENT);
	ck_assert_ptr_null(notes.vmcoreinfo);
}
END_TEST

UNIT_MAIN("kernel_place", found_in_memory_and_in_the_map, not_there)
