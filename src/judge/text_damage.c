/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/text_damage.h"

#include <stdio.h>

#include "judge/damage.h"

/* From so many bytes on it is worth a word what they look like. */
#define WORD sizeof(uint64_t)

/* "0f 1f 44 00" */
static void put_hex(const uint8_t *bytes, size_t n, char *buf)
{
	buf[0] = '\0';
	for (size_t i = 0; i < n && i < TEXT_BYTES; i++)
		sprintf(buf + (i ? 3 * i - 1 : 0), i ? " %02x" : "%02x", bytes[i]);
}

static const char *looks_like(const struct text_change *ch)
{
	size_t n = ch->len < ch->n_sample ? ch->len : ch->n_sample;

	return n < WORD ? NULL : damage_looks_like(ch->sample, n);
}

void text_damage_finding(const struct text_change *ch, unsigned int page_shift,
			 struct text_words *words, struct finding *f)
{
	const char *like = looks_like(ch);

	finding_init(f, FIND_TEXT_CHANGED,
		     ch->paddr ? ch->paddr >> page_shift : FINDING_NO_PFN);
	finding_field(f, ch->code ? "kernel.text" : "kernel.rodata", EV_HEX, ch->found,
		      ch->expected);
	if (ch->bits == 1)
		f->damage = CLASS_SINGLE_BIT;
	else if (ch->len >= WORD)
		f->damage = CLASS_OVERWRITE;
	put_hex(ch->right, ch->n_shown, words->right);
	put_hex(ch->wrong, ch->n_shown, words->wrong);
	if (ch->symbol[0])
		finding_str(f, FACT_SYMBOL, ch->symbol);
	finding_str(f, FACT_SECTION, ch->section);
	finding_hex(f, FACT_FIELD_KADDR, ch->kaddr);
	finding_hex(f, FACT_LINKED_KADDR, ch->linked);
	finding_num(f, FACT_BYTES, ch->len);
	finding_num(f, FACT_BITS, ch->bits);
	finding_hex(f, FACT_BYTES_KADDR, ch->shown_kaddr);
	finding_str(f, FACT_BYTES_FOUND, words->wrong);
	finding_str(f, FACT_BYTES_EXPECTED, words->right);
	if (ch->words_right[0]) {
		finding_str(f, FACT_CODE_FOUND, ch->words_wrong);
		finding_str(f, FACT_CODE_EXPECTED, ch->words_right);
	}
	if (like)
		finding_str(f, FACT_LOOKS_LIKE, like);
}
