/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_signature - what kind of damage a dump shows, without where
 *
 * A sorted set of (finding, zone, order, class, bit) of all that is corrupt or suspect. Two
 * machines of a fleet that suffer from the same thing have the same set; together with the
 * build-id it shows crashes that need to be examined only once.
 */
#ifndef PGCONS_REPORT_SIGNATURE_H
#define PGCONS_REPORT_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/finding.h"

/* Of larger sets the smallest are kept, so that the order of findings does not matter. */
#define SIGNATURE_ITEMS 512

struct signature_item {
	enum finding_id id;
	char zone[16];		/* "": none */
	int order, bit;		/* -1: none */
	enum damage_class damage;
};

struct report_signature {
	size_t n;
	bool cut;		/* there were more */
	bool kinds[FINDING_IDS][VERDICTS][DAMAGE_CLASSES];
	struct signature_item items[SIGNATURE_ITEMS];
};

/* All zero is an empty set. Notes do not count. */
void report_signature_add(struct report_signature *sig, const struct finding *f);

/*
 * What was found, by which witness and in what shape, as one number: the same for one fault in
 * whatever zone, order, bit or build of a kernel. 0: nothing was found.
 */
uint64_t report_signature_kind(const struct report_signature *sig);

/* The set and @build_id (NULL: unknown) as one number. */
uint64_t report_signature_hash(const struct report_signature *sig, const char *build_id);

#endif
