/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * origin - hardware or software? What the shape of all damage of a run says of its cause
 *
 * Memory that fails changes single bits, wherever they are; code writes whole words, changes the
 * bits that it has a use for, and leaves records that are valid in themselves. Of each corrupt or
 * suspect finding the wrong word is taken; the words together show signs (origin.def), each of
 * which speaks for one side with a weight. Undecided, unless one side is far ahead: to blame a
 * memory module for a bug is the worse mistake. Pure, bounded.
 */
#ifndef PGCONS_ORIGIN_H
#define PGCONS_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"
#include "model/complaints.h"

enum origin { ORIGIN_UNDECIDED, ORIGIN_HARDWARE, ORIGIN_SOFTWARE, ORIGINS };

enum origin_sign {
#define ORIGIN_SIGN(id, slug, side, weight, most, text) SIGN_##id,
#include "judge/origin.def"
	ORIGIN_SIGNS
};

struct origin_sign_type {
	const char *slug;
	enum origin side;	/* ORIGIN_UNDECIDED: it speaks for neither */
	unsigned int weight, most;
	const char *text;
};

struct origin_case;

/* What earlier reports say. */
struct origin_past {
	uint64_t runs;		/* reports that were read */
	uint64_t same_machine;	/* of these: of other dumps of this machine */
	uint64_t again;		/* wrong bits in those of other boots that are wrong now, too */
	uint64_t hardware_before;	/* of other boots: found to be hardware's */
	uint64_t elsewhere;	/* other machines with the same damage, which is not of flips */
};

struct origin_verdict {
	enum origin origin;
	unsigned int confidence;	/* percent; of undecided 0 */
	uint64_t times[ORIGIN_SIGNS];	/* how often each sign was seen */
};

/* Are these few enough wrong bits of one word for memory that fails? Not if there are none. */
bool origin_may_be_flips(uint64_t wrong);

/* The caller owns *@ret. */
_must_check_ enum pgc_status origin_create(struct origin_case **ret, struct pgc_err *err);
void origin_destroy(struct origin_case *c);	/* NULL is fine */

/* Add a finding; notes are none. */
void origin_add(struct origin_case *c, const struct finding *f);

/*
 * What all that was added, and what @said (NULL: nothing) was said before, come to; with @past
 * (NULL: unknown), what earlier reports say. False: nothing
 * was corrupt or suspect, so there is nothing to ask.
 */
bool origin_judge(const struct origin_case *c, const struct complaints *said,
		  const struct origin_past *past, struct origin_verdict *ret);

/* Static. */
const char *origin_name(enum origin o);
const struct origin_sign_type *origin_sign_type(enum origin_sign sign);
/*
 * The line of the log that a sign was taken from, or with *@by_memory the place in memory that
 * shows it, borrowed from @said; NULL: from none.
 */
const char *origin_sign_line(enum origin_sign sign, const struct complaints *said, bool *by_memory);
/* What a sign counts for, seen so often. */
unsigned int origin_sign_weight(enum origin_sign sign, uint64_t times);

#endif
