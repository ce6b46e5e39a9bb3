/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/settle.h"

#include <stdlib.h>

#define SLOTS (1u << 18)	/* a quarter stays free, so that searches are short */

_Static_assert(SETTLE_MAX <= SLOTS / 4 * 3, "the table must not fill up");

struct slot {
	uint64_t key;		/* 0: free */
	_Atomic uint32_t look;	/* the last that gave it */
	uint32_t since;		/* words: the first of those, up to that, that all gave them */
};

struct tally {
	uint64_t all, notes;
};

struct settle {
	uint32_t look, agree;
	struct tally first;	/* places that the first look gave */
	uint64_t left;		/* findings of this look, at places that all looks before gave */
	uint64_t unripe;	/* of them: a look more is not enough */
	struct tally settled;	/* of them: in as many looks as must agree */
	uint64_t lost;
	uint64_t n_words;
	struct slot *places;	/* by page, or by kind: made by the first look */
	struct slot *words;	/* by all that must stay the same: made by all others */
};

enum pgc_status settle_create(unsigned int agree, struct settle **ret, struct pgc_err *err)
{
	struct settle *s = calloc(1, sizeof(*s));

	if (!s)
		return pgc_err_nomem(err, "the findings of a live kernel");
	s->agree = agree;
	/* Of the slots only those in use take memory. */
	s->places = calloc(SLOTS, sizeof(*s->places));
	s->words = calloc(SLOTS, sizeof(*s->words));
	if (!s->places || !s->words) {
		settle_destroy(s);
		return pgc_err_nomem(err, "the findings of a live kernel");
	}
	*ret = s;
	return PGC_OK;
}

void settle_destroy(struct settle *s)
{
	if (!s)
		return;
	free(s->places);
	free(s->words);
	free(s);
}

void settle_begin(struct settle *s)
{
	s->look++;
	s->left = s->unripe = 0;
	s->settled = (struct tally){ 0 };
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	/* The last steps of splitmix64: all bits of @v reach those that choose the slot. */
	h = (h ^ v) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

static uint64_t mix_str(uint64_t h, const char *s)
{
	for (; s && *s; s++)
		h = mix(h, (unsigned char)*s);
	return mix(h, s != NULL);
}

static uint64_t difference(const struct finding *f)
{
	const struct evidence *found = finding_fact(f, FACT_FOUND);
	const struct evidence *expected = finding_fact(f, FACT_EXPECTED);

	return found && expected ? found->num - expected->num : 0;
}

static uint64_t mix_fact(uint64_t h, const struct evidence *fact)
{
	h = mix(h, fact->id);
	return fact->kind == EV_STR ? mix_str(h, fact->str) : mix(h, fact->num);
}

/* What a finding of this kind stands on. */
static bool matters(enum finding_id id, const struct evidence *fact)
{
	enum evidence_passes passes = evidence_type(fact->id)->passes;

	switch (finding_type(id)->passes) {
	case STAYS_BITS:
		return fact->id == FACT_PRIMARY_BIT || fact->id == FACT_SECONDARY_BIT;
	case STAYS_COUNT:
		return fact->kind == EV_STR;
	case STAYS_BLOCK:
		return passes == PASSES_SAME;
	default:
		return passes != PASSES_AROUND;
	}
}

/* What must be the same in all looks. Strings by content: each look has its own. */
static uint64_t key_of(const struct finding *f)
{
	uint64_t h = mix(1, f->id);

	h = mix(h, f->pfn);
	h = mix(h, f->count);
	/* A free block grows and splits around the page that is wrong. */
	h = mix(h, f->pfn == FINDING_NO_PFN ? (uint32_t)f->order : 0);
	h = mix(h, (uint32_t)f->node);
	h = mix(h, (uint32_t)f->cpu);
	h = mix_str(mix_str(h, f->zone), f->migratetype);
	if (finding_type(f->id)->passes == STAYS_COUNT)
		h = mix(h, difference(f));
	for (size_t i = 0; i < f->n_evidence; i++)
		if (matters(f->id, &f->evidence[i]))
			h = mix_fact(h, &f->evidence[i]);
	return h ? h : 1;
}

/* A page is a place, whatever is wrong with it. */
static uint64_t place_of_page(uint64_t pfn)
{
	uint64_t h = mix(1, pfn);

	return h ? h : 1;
}

/* So is a list or a counter, for each kind of finding. */
static uint64_t place_of(const struct finding *f)
{
	uint64_t h;

	if (f->pfn != FINDING_NO_PFN)
		return place_of_page(f->pfn);
	h = mix(mix(mix(2, f->id), (uint32_t)f->order), (uint32_t)f->node);
	h = mix_str(mix_str(mix(h, (uint32_t)f->cpu), f->zone), f->migratetype);
	return h ? h : 1;
}

/* The slot of @key, or the free one where it would go. */
static struct slot *find(struct slot *slots, uint64_t key)
{
	size_t i = key % SLOTS;

	while (slots[i].key && slots[i].key != key)
		i = (i + 1) % SLOTS;
	return &slots[i];
}

static void count(struct tally *t, bool note)
{
	t->all++;
	t->notes += note;
}

enum finding_want settle_wants(const struct settle *s, uint64_t pfn)
{
	const struct slot *place;

	if (s->look == 1)
		return WANT_NAME;
	place = find(s->places, place_of_page(pfn));
	return place->key && place->look + 1 >= s->look ? WANT_ALL : WANT_NOTHING;
}

/* A place of the first look. */
static bool make_place(struct settle *s, struct slot *place, const struct finding *f)
{
	bool note = f->severity == SEV_NOTE;

	if (place->key)
		return true;	/* twice in one look is once */
	if (s->first.all == SETTLE_MAX) {
		s->lost++;
		return false;
	}
	place->key = place_of(f);
	place->look = s->look;
	count(&s->first, note);
	s->left++;
	s->unripe++;
	return true;
}

/* The slot of @f's words; NULL: there is no room for more. */
static struct slot *words_of(struct settle *s, const struct finding *f)
{
	uint64_t key = key_of(f);
	struct slot *words = find(s->words, key);

	if (words->key)
		return words;
	if (s->n_words == SETTLE_MAX) {
		s->lost++;
		return NULL;
	}
	s->n_words++;
	words->key = key;
	return words;
}

/* The words of a finding, at a place that all looks gave. */
static bool see_words(struct settle *s, const struct finding *f)
{
	struct slot *words = words_of(s, f);
	bool settled;

	if (!words)
		return false;
	if (words->look + 1 < s->look)
		words->since = s->look;
	settled = s->look - words->since + 1 >= s->agree;
	if (words->look == s->look)
		return settled;
	words->look = s->look;
	s->left++;
	s->unripe += s->look - words->since + 2 < s->agree;
	if (settled)
		count(&s->settled, f->severity == SEV_NOTE);
	return settled;
}

bool settle_see(struct settle *s, const struct finding *f)
{
	struct slot *place = find(s->places, place_of(f));

	if (s->look == 1)
		return make_place(s, place, f);
	if (!place->key || place->look + 1 < s->look)
		return false;
	place->look = s->look;
	return see_words(s, f);
}

unsigned int settle_looks(const struct settle *s)
{
	return s->look;
}

uint64_t settle_left(const struct settle *s)
{
	return s->left;
}

bool settle_ripe(const struct settle *s)
{
	return !s->unripe;
}

uint64_t settle_transient(const struct settle *s)
{
	uint64_t first = s->first.all - s->first.notes, left = s->settled.all - s->settled.notes;

	/* Lists and zones may give several from one place. */
	return first > left ? first - left : 0;
}

uint64_t settle_lost(const struct settle *s)
{
	return s->lost;
}
