/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dump_xlat.h"

#define KERNEL_MAP 0xffffffff80000000ULL	/* __START_KERNEL_map */
#define STEP (UINT64_C(1) << 21)		/* the least CONFIG_PHYSICAL_ALIGN */
#define STEPS 512				/* the map is of 1 GiB at most */
#define PAGE 4096u
#define MAX_ID 64

struct search {
	const struct kernel_image *img;
	const char *arch;
	dump_fill_fn *read;
	void *arg;
	unsigned char id[MAX_ID];
	size_t id_len;
	uint64_t moved;		/* physical address less the linked one's place in the map */
	uint64_t slide;
	bool la57;
};

/* Hex digits to bytes; false: it is no build-id. */
static bool parse_id(struct search *s)
{
	const char *hex = s->img->build_id;
	unsigned int byte;

	for (s->id_len = 0; hex && s->id_len < MAX_ID && *hex; hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			return false;
		s->id[s->id_len++] = (unsigned char)byte;
		if (!hex[1])
			return false;
	}
	return hex && !*hex && s->id_len >= 8;
}

static bool read_all(const struct search *s, uint64_t paddr, void *buf, size_t len)
{
	size_t done;

	return s->read(s->arg, paddr, buf, len, &done, NULL) == PGC_OK;
}

/* Is the image where @s->moved has it? */
static bool has_notes(const struct search *s)
{
	unsigned char notes[PAGE];
	uint64_t len = s->img->notes_end - s->img->notes;

	return read_all(s, s->img->notes - KERNEL_MAP + s->moved, notes, (size_t)len) &&
	       memmem(notes, (size_t)len, s->id, s->id_len);
}

/* What is said of the page tables; the release is told by the banner, if that is there. */
static int put_lines(const struct search *s, char *text, size_t size)
{
	static const char version[] = "Linux version ";
	const struct kernel_image *img = s->img;
	char banner[128] = "";
	size_t word = 0;

	if (img->banner && read_all(s, img->banner - KERNEL_MAP + s->moved, banner, 127) &&
	    !strncmp(banner, version, sizeof(version) - 1))
		word = strcspn(banner + sizeof(version) - 1, " \n=");
	return snprintf(text, size,
			"OSRELEASE=%.*s\nBUILD-ID=%s\nPAGESIZE=%u\n"
			"SYMBOL(init_top_pgt)=%" PRIx64 "\nSYMBOL(_stext)=%" PRIx64 "\n"
			"NUMBER(phys_base)=0x%" PRIx64 "\nNUMBER(pgtable_l5_enabled)=%d\n"
			"KERNELOFFSET=%" PRIx64 "\n",
			(int)word, banner + sizeof(version) - 1, img->build_id, PAGE,
			img->root + s->slide, (img->stext ? img->stext : img->notes) + s->slide,
			s->moved - s->slide, s->la57, s->slide);
}

static enum pgc_status set_lines(const struct search *s, struct dump_notes *ret,
				 struct pgc_err *err)
{
	char text[1024];
	int len = put_lines(s, text, sizeof(text));

	dump_notes_deinit(ret);
	if (len < 0 || (size_t)len >= sizeof(text))
		return pgc_err_set(err, PGC_EFORMAT, "a build-id that is none");
	return dump_notes_set_vmcoreinfo(ret, text, (size_t)len, err);
}

/* By these page tables, do the notes lie where they were found? */
static bool find_slide(struct search *s, struct dump_xlat *dx)
{
	uint64_t at = s->img->notes, paddr, run;

	for (unsigned int i = 0; i < STEPS; i++) {
		uint64_t slide = i * STEP;

		if (at + slide >= at &&
		    dump_xlat_translate(dx, at + slide, &paddr, &run, NULL) == PGC_OK &&
		    paddr == at - KERNEL_MAP + s->moved) {
			s->slide = slide;
			return true;
		}
	}
	return false;
}

/* The image is here: so are its page tables, with as many levels as it runs with. */
static enum pgc_status try_levels(struct search *s, struct dump_notes *ret, struct pgc_err *err)
{
	for (int la57 = 0; la57 <= 1; la57++) {
		struct dump_xlat *dx = NULL;
		enum pgc_status st;
		bool found;

		s->slide = 0;
		s->la57 = la57;
		st = set_lines(s, ret, err);
		if (st == PGC_OK)
			st = dump_xlat_create(s->arch, ret, s->read, s->arg, &dx, err);
		if (st != PGC_OK)
			return st;
		found = find_slide(s, dx);
		dump_xlat_destroy(dx);
		if (found)
			return set_lines(s, ret, err);
	}
	dump_notes_deinit(ret);
	return PGC_ENOENT;
}

static bool in_map(uint64_t kaddr)
{
	return kaddr >= KERNEL_MAP && kaddr - KERNEL_MAP < STEPS * STEP;
}

enum pgc_status kernel_place_find(const struct kernel_image *img, const char *arch,
				  dump_fill_fn *read, void *arg, uint64_t start, uint64_t end,
				  struct dump_notes *ret, struct pgc_err *err)
{
	struct search s = { .img = img, .arch = arch, .read = read, .arg = arg };
	uint64_t at, paddr;

	if (!arch || strcmp(arch, "x86_64") || !in_map(img->notes) || !in_map(img->root) ||
	    img->notes_end <= img->notes || img->notes_end - img->notes > PAGE || !parse_id(&s))
		return PGC_ENOENT;
	at = img->notes - KERNEL_MAP;
	/* The first place in the range, and then each step. */
	paddr = start + (at - start) % STEP;
	for (; paddr >= start && paddr < end && end - paddr >= s.id_len; paddr += STEP) {
		enum pgc_status st;

		s.moved = paddr - at;
		if (!has_notes(&s))
			continue;
		st = try_levels(&s, ret, err);
		if (st != PGC_ENOENT)
			return st;
	}
	return PGC_ENOENT;
}
