/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/kernel_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dump/dump_xlat.h"

#define NOTES_MAX ARCH_PAGE_MIN
#define MAX_ID 64

struct search {
	const struct kernel_image *img;
	const struct arch *arch;
	dump_fill_fn *read;
	void *arg;
	unsigned char id[MAX_ID];
	size_t id_len;
	struct arch_place at;
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

static bool read_all(const void *arg, uint64_t paddr, void *buf, size_t len)
{
	const struct search *s = arg;
	size_t done;

	return s->read(s->arg, paddr, buf, len, &done, NULL) == PGC_OK;
}

/* Where in memory what is linked at @kaddr is. */
static uint64_t place_of(const struct search *s, uint64_t kaddr)
{
	return kaddr - s->img->notes + s->at.paddr;
}

/* Is the image where @s->at has it? */
static bool has_notes(const struct search *s)
{
	unsigned char notes[NOTES_MAX];
	uint64_t len = s->img->notes_end - s->img->notes;

	return read_all(s, s->at.paddr, notes, (size_t)len) &&
	       memmem(notes, (size_t)len, s->id, s->id_len);
}

/* What any kernel says; the release is in the banner, if that is there. */
static int put_lines(const struct search *s, char *text, size_t size)
{
	static const char version[] = "Linux version ";
	const struct kernel_image *img = s->img;
	char banner[128] = "";
	size_t word = 0;

	if (img->banner && read_all(s, place_of(s, img->banner), banner, 127) &&
	    !strncmp(banner, version, sizeof(version) - 1))
		word = strcspn(banner + sizeof(version) - 1, " \n=");
	return snprintf(text, size,
			"OSRELEASE=%.*s\nBUILD-ID=%s\nPAGESIZE=%" PRIu32 "\n"
			"SYMBOL(_stext)=%" PRIx64 "\nKERNELOFFSET=%" PRIx64 "\n",
			(int)word, banner + sizeof(version) - 1, img->build_id,
			s->at.page_size,
			(img->stext ? img->stext : img->notes) + s->at.slide, s->at.slide);
}

/* With the @nr-th guess of what page tables follow from. PGC_ENOENT: there is none. */
static enum pgc_status set_lines(struct search *s, unsigned int nr, struct dump_notes *ret,
				 struct pgc_err *err)
{
	char own[1024], text[2048];
	size_t own_len;
	int len;

	s->at.page_size = arch_default_page_size(s->arch);
	own_len = s->arch->place(&s->at, nr, own, sizeof(own));
	dump_notes_deinit(ret);
	if (!own_len)
		return PGC_ENOENT;
	len = put_lines(s, text, sizeof(text));
	if (len < 0 || (size_t)len >= sizeof(text) - own_len)
		return pgc_err_set(err, PGC_EFORMAT, "an empty build-id");
	memcpy(text + len, own, own_len);
	return dump_notes_set_vmcoreinfo(ret, text, (size_t)len + own_len, err);
}

/* By these page tables, do the notes lie where they were found? */
static bool find_slide(struct search *s, struct dump_xlat *dx)
{
	uint64_t at = s->img->notes, first = s->at.slide, paddr, run;

	for (unsigned int i = 0; i < s->arch->image_slides; i++) {
		uint64_t slide = first + i * s->arch->image_step;

		if (at + slide >= at &&
		    dump_xlat_translate(dx, at + slide, &paddr, &run, NULL) == PGC_OK &&
		    paddr == s->at.paddr) {
			s->at.slide = slide;
			return true;
		}
	}
	return false;
}

/* The image is here: so are its page tables, by one of the guesses. */
static enum pgc_status try_tables(struct search *s, struct dump_notes *ret, struct pgc_err *err)
{
	for (unsigned int nr = 0;; nr++) {
		struct dump_xlat *dx = NULL;
		enum pgc_status st;
		bool found;

		s->at.slide = 0;
		st = set_lines(s, nr, ret, err);
		if (st == PGC_OK)
			st = dump_xlat_create(s->arch, ret, s->read, s->arg, &dx, err);
		if (st != PGC_OK)
			return st;
		found = find_slide(s, dx);
		dump_xlat_destroy(dx);
		if (found)
			return set_lines(s, nr, ret, err);
	}
}

/* Can a kernel be linked there? */
static bool in_image(const struct search *s, uint64_t kaddr)
{
	return s->arch->image_len ? arch_in_image(s->arch, kaddr) :
				    arch_kernel_half(s->arch, kaddr);
}

enum pgc_status kernel_place_find(const struct kernel_image *img, dump_fill_fn *read, void *arg,
				  uint64_t start, uint64_t end, struct dump_notes *ret,
				  struct pgc_err *err)
{
	struct search s = { .img = img, .arch = arch_known(img->arch), .read = read, .arg = arg };
	uint64_t step = s.arch->image_step, paddr;

	if (!s.arch->place || !step || !in_image(&s, img->notes) ||
	    !in_image(&s, img->symbol[0]) || img->notes_end <= img->notes ||
	    img->notes_end - img->notes > NOTES_MAX || !parse_id(&s))
		return PGC_ENOENT;
	s.at = (struct arch_place){ .notes = img->notes, .read = read_all, .arg = &s };
	memcpy(s.at.symbol, img->symbol, sizeof(s.at.symbol));
	/* The first place in the range, and then each step. */
	paddr = start + (img->notes - s.arch->image - start) % step;
	for (; paddr >= start && paddr < end && end - paddr >= s.id_len; paddr += step) {
		enum pgc_status st;

		s.at.paddr = paddr;
		if (!has_notes(&s))
			continue;
		st = try_tables(&s, ret, err);
		if (st != PGC_ENOENT)
			return st;
	}
	return PGC_ENOENT;
}
