/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_damage - a change of the kernel's code or constants, as a finding
 *
 * Pure.
 */
#ifndef PGCONS_TEXT_DAMAGE_H
#define PGCONS_TEXT_DAMAGE_H

#include "judge/finding.h"
#include "model/kernel_text.h"

/* The bytes of a change in hex; facts of the finding borrow them. */
struct text_words {
	char right[3 * TEXT_BYTES], wrong[3 * TEXT_BYTES];
};

/*
 * Pages have 2^@page_shift bytes. Texts are those of @change and @words, which must live as long as
 * @f does.
 */
void text_damage_finding(const struct text_change *change, unsigned int page_shift,
			 struct text_words *words, struct finding *f);

#endif
