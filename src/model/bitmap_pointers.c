/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/bitmap_pointers.h"

#include <string.h>

#include "vmcore.h"

#define SAMPLES 64	/* runs of words that are compared, spread over the maps */
#define RUN 64		/* words of each */
#define TELLING 8	/* words that are neither zeros nor ones, without which nothing is reported */
#define FAR_BETTER 16	/* so many times fewer words disagree by the right pointer */

/* How well two pieces of memory are each other's complement. */
struct agreement {
	uint64_t words;		/* compared */
	uint64_t broken;	/* that are not */
	uint64_t telling;	/* neither all zeros nor all ones */
};

static bool place(struct kernel_reader kr, uint64_t kaddr, uint64_t bytes,
		  uint64_t *paddr)
{
	uint64_t run, last;

	return !(kaddr & 7) && kaddr + bytes > kaddr &&
	       vmcore_translate(kr.vc, kaddr, paddr, &run, NULL) == PGC_OK &&
	       vmcore_translate(kr.vc, kaddr + bytes - 1, &last, &run, NULL) == PGC_OK;
}

bool bitmap_pointers_sound(struct kernel_reader kr, const struct bitmap_pointers *bp,
			   uint64_t paddr[2])
{
	return place(kr, bp->kaddr[0], bp->bytes, &paddr[0]) &&
	       place(kr, bp->kaddr[1], bp->bytes, &paddr[1]) &&
	       (paddr[0] >= paddr[1] + bp->bytes || paddr[1] >= paddr[0] + bp->bytes);
}

static void compare_run(struct kernel_reader kr, const struct bitmap_pointers *bp,
			uint64_t at, struct agreement *a)
{
	uint64_t words[2][RUN], left = bp->bytes - at;
	size_t len = left < sizeof(words[0]) ? (size_t)left : sizeof(words[0]), done;

	for (int map = 0; map < 2; map++)
		if (vmcore_read_bulk(kr.vc, bp->kaddr[map] + at, words[map], len, &done,
				     NULL) != PGC_OK)
			return;
	for (size_t i = 0; i < len / 8; i++) {
		a->words++;
		a->broken += words[0][i] != ~words[1][i];
		a->telling += words[0][i] && ~words[0][i] && words[1][i] && ~words[1][i];
	}
}

static struct agreement compare(struct kernel_reader kr, const struct bitmap_pointers *bp)
{
	uint64_t step = (bp->bytes / SAMPLES + 7) & ~7ULL;
	struct agreement a = { 0 };

	if (step < RUN * 8)
		step = RUN * 8;
	for (uint64_t at = 0; at < bp->bytes; at += step)
		compare_run(kr, bp, at, &a);
	return a;
}

/* Count the frames of the map at @paddr by what their own bits say. */
static void ask_frames(struct kernel_reader kr, const struct bitmap_pointers *bp,
		       uint64_t paddr, uint64_t *right, uint64_t *reversed)
{
	uint64_t first = paddr >> kr.k->page_shift,
		 end = (paddr + bp->bytes - 1) >> kr.k->page_shift;

	for (uint64_t pfn = first; pfn <= end; pfn++) {
		uint64_t index = pfn - bp->min_pfn, bits[2];

		if (pfn < bp->min_pfn || index / 8 >= bp->bytes)
			continue;
		for (int map = 0; map < 2; map++) {
			if (vmcore_read_u64(kr.vc, bp->kaddr[map] + index / 64 * 8,
					    "bitmap", &bits[map], NULL) != PGC_OK)
				return;
			bits[map] = bits[map] >> index % 64 & 1;
		}
		*right += !bits[0] && bits[1];
		*reversed += bits[0] && !bits[1];
	}
}

static bool frames_say(struct kernel_reader kr, const struct bitmap_pointers *bp,
		       const uint64_t paddr[2], bool exchanged)
{
	uint64_t right = 0, reversed = 0;

	for (int map = 0; map < 2; map++)
		ask_frames(kr, bp, paddr[map], &right, &reversed);
	return exchanged ? reversed >= 2 && !right : right && !reversed;
}

bool bitmap_pointers_exchanged(struct kernel_reader kr, const struct bitmap_pointers *bp)
{
	uint64_t paddr[2];

	return bitmap_pointers_sound(kr, bp, paddr) && frames_say(kr, bp, paddr, true);
}

/*
 * Is there at @kaddr what @map should be, by the other map, and far better so than by @now?
 * *@broken are the words that disagree all the same.
 */
static bool is_map(struct kernel_reader kr, const struct bitmap_pointers *bp, int map,
		   uint64_t kaddr, const struct agreement *now, uint64_t *broken)
{
	struct bitmap_pointers other = *bp;
	struct agreement a;
	uint64_t paddr[2];

	other.kaddr[map] = kaddr;
	if (!bitmap_pointers_sound(kr, &other, paddr))
		return false;
	a = compare(kr, &other);
	*broken = a.broken;
	return a.telling >= TELLING && a.words >= now->words &&
	       a.broken * FAR_BETTER <= (now->words ? now->broken : a.words) &&
	       frames_say(kr, &other, paddr, false);
}

bool bitmap_pointers_bent(struct kernel_reader kr, const struct bitmap_pointers *bp,
			  int *map, uint64_t *kaddr)
{
	uint64_t paddr[2], best = UINT64_MAX, broken;
	struct agreement now = { 0 };

	if (bitmap_pointers_sound(kr, bp, paddr)) {
		now = compare(kr, bp);
		/* Damaged bits leave most words whole; a wrong place leaves few. */
		if (now.words && now.broken < FAR_BETTER)
			return false;
	}
	/* Moving the other one as far agrees nearly as well: the best is taken. */
	for (int m = 0; m < 2; m++)
		for (unsigned int bit = 0; bit < 64; bit++) {
			uint64_t at = bp->kaddr[m] ^ 1ULL << bit;

			if (!is_map(kr, bp, m, at, &now, &broken) || broken >= best)
				continue;
			best = broken;
			*map = m;
			*kaddr = at;
		}
	return best != UINT64_MAX;
}
