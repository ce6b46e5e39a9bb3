/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/bit_damage.h"

#include <endian.h>
#include <stdlib.h>

#include "judge/damage.h"

#define MAX_RUNS 2048
#define MAX_BITS 65536

struct bit_damage {
	finding_sink *sink;
	void *arg;
	size_t n;
	struct finding runs[MAX_RUNS];
	size_t n_bits;
	struct damaged_bit bits[MAX_BITS];
};

enum pgc_status bit_damage_create(finding_sink *sink, void *arg, struct bit_damage **ret,
				  struct pgc_err *err)
{
	struct bit_damage *bd = malloc(sizeof(*bd));

	if (!bd)
		return pgc_err_nomem(err, "the damaged bits");
	bd->sink = sink;
	bd->arg = arg;
	bd->n = 0;
	*ret = bd;
	return PGC_OK;
}

void bit_damage_destroy(struct bit_damage *bd)
{
	free(bd);
}

/*
 * The bits of one run. Both maps have the same shape: the place in the primary map stands
 * for that in either.
 */
static void add_bits(struct bit_damage *bd, const struct finding *f)
{
	const struct evidence *word = finding_fact(f, FACT_PRIMARY_WORD_KADDR);
	const struct evidence *bit = finding_fact(f, FACT_BIT);

	if (!word || !bit)
		return;
	for (uint64_t i = 0; i < f->count && bd->n_bits < MAX_BITS; i++) {
		uint64_t at = bit->num + i;

		bd->bits[bd->n_bits++] = (struct damaged_bit){
			.kaddr = word->num + at / 8, .bit = (unsigned int)(at % 8),
		};
	}
}

static int by_address(const void *a, const void *b)
{
	const struct damaged_bit *x = a, *y = b;

	if (x->kaddr != y->kaddr)
		return x->kaddr < y->kaddr ? -1 : 1;
	return x->bit < y->bit ? -1 : x->bit > y->bit;
}

/* The shape of all that is held back, or of what one map is blamed for. */
static enum damage_class shape_of(struct bit_damage *bd, const enum verdict *only)
{
	bd->n_bits = 0;
	for (size_t i = 0; i < bd->n; i++)
		if (!only || bd->runs[i].verdict == *only)
			add_bits(bd, &bd->runs[i]);
	qsort(bd->bits, bd->n_bits, sizeof(bd->bits[0]), by_address);
	return damage_shape(bd->bits, bd->n_bits);
}

static void classify(struct bit_damage *bd)
{
	enum damage_class all = shape_of(bd, NULL), shape;

	for (size_t i = 0; i < bd->n; i++)
		bd->runs[i].damage = all;
	if (all != CLASS_ISOLATED)
		return;
	/* Two kinds of damage at once: the maps are far apart, each may have its own. */
	for (enum verdict v = VERDICT_UNKNOWN; v <= VERDICT_SECONDARY; v++) {
		shape = shape_of(bd, &v);
		for (size_t i = 0; i < bd->n; i++) {
			struct finding *f = &bd->runs[i];

			if (f->verdict == v && shape != CLASS_SINGLE_BIT)
				f->damage = shape == CLASS_ISOLATED && f->count > 1 ? CLASS_RUN :
										     shape;
		}
	}
}

static void tell_content(struct finding *f)
{
	const struct evidence *word = finding_fact(
		f, f->verdict == VERDICT_SECONDARY ? FACT_SECONDARY_WORD : FACT_PRIMARY_WORD);
	const char *like;
	uint64_t le;

	if (!word || f->damage != CLASS_OVERWRITE)
		return;
	le = htole64(word->num);
	like = damage_looks_like((const uint8_t *)&le, sizeof(le));
	if (like)
		finding_str(f, FACT_LOOKS_LIKE, like);
}

void bit_damage_flush(struct bit_damage *bd)
{
	classify(bd);
	for (size_t i = 0; i < bd->n; i++) {
		tell_content(&bd->runs[i]);
		bd->sink(bd->arg, &bd->runs[i]);
	}
	bd->n = 0;
}

void bit_damage_add(void *arg, const struct finding *f)
{
	struct bit_damage *bd = arg;

	if (f->id != FIND_COMPLEMENT_BROKEN) {
		bd->sink(bd->arg, f);
		return;
	}
	if (bd->n == MAX_RUNS)
		bit_damage_flush(bd);
	bd->runs[bd->n++] = *f;
}
