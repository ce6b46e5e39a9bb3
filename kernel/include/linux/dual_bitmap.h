/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dual_bitmap - a bitmap kept twice, the second time inverted
 *
 * A bit is set in the primary exactly when it is clear in the secondary, so one flipped bit
 * in either map shows. Both bits of a pair may only be changed by whoever owns that bit; the
 * updates are atomic with regard to the neighbours in the same word, and between the two of
 * them the pair is unequal for an instant.
 *
 * Bits past nbits in the last word stay as dual_bitmap_init() left them, 0 in the primary and
 * 1 in the secondary: whole words can be compared.
 */
#ifndef _LINUX_DUAL_BITMAP_H
#define _LINUX_DUAL_BITMAP_H

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/types.h>

enum {
	DUAL_BITMAP_PRIMARY = 0,
	DUAL_BITMAP_SECONDARY = 1,
};

struct dual_bitmap {
	unsigned long *bitmap[2];
	unsigned int nbits;
};

/* All bits clear. The maps are the caller's, BITS_TO_LONGS(nbits) words each. */
static inline void dual_bitmap_init(struct dual_bitmap *db, unsigned long *primary,
				    unsigned long *secondary, unsigned int nbits)
{
	bitmap_zero(primary, nbits);
	bitmap_fill(secondary, nbits);
	db->bitmap[DUAL_BITMAP_PRIMARY] = primary;
	db->bitmap[DUAL_BITMAP_SECONDARY] = secondary;
	db->nbits = nbits;
}

static inline bool dual_bitmap_test(const struct dual_bitmap *db, unsigned int bit)
{
	return test_bit(bit, db->bitmap[DUAL_BITMAP_PRIMARY]);
}

/* Are the two bits of the pair complements of each other? */
static inline bool dual_bitmap_consistent(const struct dual_bitmap *db, unsigned int bit)
{
	return test_bit(bit, db->bitmap[DUAL_BITMAP_PRIMARY]) !=
	       test_bit(bit, db->bitmap[DUAL_BITMAP_SECONDARY]);
}

/* Set @bit whatever the pair held. Returns the old bit of the primary. */
static inline bool dual_bitmap_set(struct dual_bitmap *db, unsigned int bit)
{
	bool old = test_and_set_bit(bit, db->bitmap[DUAL_BITMAP_PRIMARY]);

	test_and_clear_bit(bit, db->bitmap[DUAL_BITMAP_SECONDARY]);
	return old;
}

/* Clear @bit whatever the pair held. Returns the old bit of the primary. */
static inline bool dual_bitmap_clear(struct dual_bitmap *db, unsigned int bit)
{
	bool old = test_and_clear_bit(bit, db->bitmap[DUAL_BITMAP_PRIMARY]);

	test_and_set_bit(bit, db->bitmap[DUAL_BITMAP_SECONDARY]);
	return old;
}

static inline unsigned long dual_bitmap_words(const struct dual_bitmap *db)
{
	return BITS_TO_LONGS((unsigned long)db->nbits);
}

/* As dual_bitmap_consistent(), for all pairs of one word, padding included. */
static inline bool dual_bitmap_word_consistent(const struct dual_bitmap *db, unsigned long word)
{
	return READ_ONCE(db->bitmap[DUAL_BITMAP_PRIMARY][word]) ==
	       ~READ_ONCE(db->bitmap[DUAL_BITMAP_SECONDARY][word]);
}

#endif /* _LINUX_DUAL_BITMAP_H */
