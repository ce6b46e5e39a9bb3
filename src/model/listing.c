/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/listing.h"

#include <stdlib.h>

#include "base/array.h"
#include "model/kernel.h"

/* A block whose head is not to be asked for its zone. */
struct noted {
	uint64_t pfn, zone;
};

struct listing {
	const struct kernel *k;
	struct noted *noted;		/* by pfn once the listing has ended */
	size_t n_noted, room;
	struct listing_word **chunks;	/* by index of the section; NULL: nothing listed */
	size_t words;			/* in one chunk */
};

enum pgc_status listing_create(const struct kernel *k, struct listing **ret,
			       struct pgc_err *err)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l)
		l->chunks = calloc(k->n_sections, sizeof(*l->chunks));
	if (!l || !l->chunks) {
		free(l);
		return pgc_err_nomem(err, "the map of listed pages");
	}
	l->k = k;
	l->words = (size_t)((k->pages_per_section + 63) / 64);
	*ret = l;
	return PGC_OK;
}

void listing_destroy(struct listing *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->k->n_sections; i++)
		free(l->chunks[i]);
	free(l->chunks);
	free(l->noted);
	free(l);
}

enum pgc_status listing_note_zone(struct listing *l, uint64_t pfn, uint64_t zone,
				  struct pgc_err *err)
{
	struct noted *noted = array_grow(l->noted, &l->room, l->n_noted, sizeof(*noted));

	if (!noted)
		return pgc_err_nomem(err, "the map of listed pages");
	l->noted = noted;
	l->noted[l->n_noted++] = (struct noted){ pfn, zone };
	return PGC_OK;
}

static int by_pfn(const void *a, const void *b)
{
	const struct noted *x = a, *y = b;

	if (x->pfn != y->pfn)
		return x->pfn < y->pfn ? -1 : 1;
	return x->zone < y->zone ? -1 : x->zone > y->zone;
}

void listing_end(struct listing *l)
{
	if (l->n_noted)
		qsort(l->noted, l->n_noted, sizeof(*l->noted), by_pfn);
}

bool listing_noted_zone(const struct listing *l, uint64_t pfn, uint64_t *zone)
{
	size_t lo = bisect(i, l->n_noted, l->noted[i].pfn < pfn);

	if (lo == l->n_noted || l->noted[lo].pfn != pfn)
		return false;
	*zone = l->noted[lo].zone;
	return true;
}

/* The word that holds @pfn, or NULL: not there, or nothing is listed around it. */
static struct listing_word *word_at(const struct listing *l, uint64_t pfn)
{
	const struct section *s = kernel_section(l->k, pfn);
	struct listing_word *chunk;

	if (!s)
		return NULL;
	chunk = l->chunks[s - l->k->sections];
	return chunk ? &chunk[(pfn - s->start_pfn) / 64] : NULL;
}

static enum pgc_status make_word(struct listing *l, uint64_t pfn, struct listing_word **ret,
				 struct pgc_err *err)
{
	const struct section *s = kernel_section(l->k, pfn);
	struct listing_word **chunk;

	*ret = NULL;
	if (!s)
		return PGC_OK;
	chunk = &l->chunks[s - l->k->sections];
	if (!*chunk)
		*chunk = calloc(l->words, sizeof(**chunk));
	if (!*chunk)
		return pgc_err_nomem(err, "the map of listed pages");
	*ret = &(*chunk)[(pfn - s->start_pfn) / 64];
	return PGC_OK;
}

enum pgc_status listing_add(struct listing *l, uint64_t pfn, uint64_t count,
			    enum list_kind kind, enum listing_clash *clash, uint64_t *at,
			    struct pgc_err *err)
{
	*clash = CLASH_NONE;
	for (uint64_t done = 0; done < count;) {
		uint64_t here = pfn + done, bit = here % 64, n = 64 - bit, mask, taken;
		struct listing_word *w;
		enum pgc_status st;

		if (n > count - done)
			n = count - done;
		mask = (n < 64 ? (1ULL << n) - 1 : UINT64_MAX) << bit;
		st = make_word(l, here, &w, err);
		if (st != PGC_OK)
			return st;
		done += n;
		if (!w)
			continue;
		taken = (w->kind[0] | w->kind[1]) & mask;
		if (taken && *clash == CLASH_NONE) {
			*at = here - bit + (unsigned int)__builtin_ctzll(taken);
			*clash = *at == pfn && (w->head >> bit) & 1 && here == pfn ?
					 CLASH_TWICE :
					 CLASH_OVERLAP;
		}
		if (here == pfn)
			w->head |= 1ULL << bit;
		/* Who came first keeps its kind. */
		mask &= ~taken;
		if (kind & 1)
			w->kind[0] |= mask;
		if (kind & 2)
			w->kind[1] |= mask;
	}
	return PGC_OK;
}

bool listing_is_head(const struct listing *l, uint64_t pfn)
{
	const struct listing_word *w = word_at(l, pfn);

	return w && (w->head >> (pfn % 64)) & 1;
}

bool listing_has(const struct listing *l, uint64_t pfn)
{
	const struct listing_word *w = word_at(l, pfn);

	return w && (w->kind[0] | w->kind[1]) >> (pfn % 64) & 1;
}

struct listing_word listing_word(const struct listing *l, uint64_t pfn)
{
	const struct listing_word *w = word_at(l, pfn);

	return w ? *w : (struct listing_word){ 0 };
}
