// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/text_runs.h"

#include <stdio.h>
#include <string.h>

#include "base/target_int.h"
#include "debuginfo/debuginfo.h"
#include "debuginfo/disassembly.h"
#include "vmcore.h"

#define LINE 64			/* bytes that are compared at once */
#define SAME_RUN 16		/* equal bytes that part two runs */
#define SHOWN_BEFORE 6		/* bytes that are shown before the first wrong one */
#define CODE_BEFORE 16		/* no instruction is longer */
#define MAX_PROBES 65536

/* The right and the found bytes around @at, as far as there are any. */
static void show(struct text_change *ch, const struct text_piece *p, uint64_t slide, size_t at)
{
	size_t from = at < SHOWN_BEFORE ? 0 : at - SHOWN_BEFORE;
	size_t word = (p->addr + at) % 8 > at ? 0 : at - (p->addr + at) % 8;
	uint8_t right[8] = { 0 }, found[8] = { 0 };
	size_t len = p->size - word < 8 ? p->size - word : 8;

	ch->shown_kaddr = p->addr + slide + from;
	ch->n_shown = p->size - from < TEXT_BYTES ? p->size - from : TEXT_BYTES;
	memcpy(ch->right, p->right + from, ch->n_shown);
	memcpy(ch->wrong, p->found + from, ch->n_shown);
	memcpy(right, p->right + word, len);
	memcpy(found, p->found + word, len);
	ch->word_kaddr = p->addr + slide + word;
	ch->expected = target_u64(right);
	ch->found = target_u64(found);
	ch->n_sample = p->size - at < TEXT_SAMPLE ? p->size - at : TEXT_SAMPLE;
	memcpy(ch->sample, p->found + at, ch->n_sample);
	from = at < CODE_BEFORE ? 0 : at - CODE_BEFORE;
	ch->code_linked = p->addr + from;
	ch->n_code = p->size - from < TEXT_CODE ? p->size - from : TEXT_CODE;
	memcpy(ch->code_right, p->right + from, ch->n_code);
	memcpy(ch->code_wrong, p->found + from, ch->n_code);
}

/* A run begins at @at. */
static void open_run(struct text_runs *c, const struct text_piece *p, size_t at)
{
	struct text_check *ret = c->ret;
	struct text_change *ch;
	uint64_t run;

	c->open = true;
	if (ret->changes++ >= TEXT_CHANGES)
		return;
	ch = &ret->change[ret->n++];
	*ch = (struct text_change){ .kaddr = p->addr + c->kr.k->slide + at,
				    .linked = p->addr + at };
	ch->code = ch->linked >= c->text && ch->linked < c->etext;
	snprintf(ch->section, sizeof(ch->section), "%s", p->name);
	if (vmcore_translate(c->kr.vc, ch->kaddr, &ch->paddr, &run, NULL) != PGC_OK)
		ch->paddr = 0;
	show(ch, p, c->kr.k->slide, at);
}

/* The byte @i differs. */
static void add_byte(struct text_runs *c, const struct text_piece *p, size_t i)
{
	uint64_t addr = p->addr + i;
	struct text_change *ch;

	if (!c->open || addr - c->last > SAME_RUN)
		open_run(c, p, i);
	c->last = addr;
	if (c->ret->changes > TEXT_CHANGES)
		return;
	ch = &c->ret->change[c->ret->n - 1];
	ch->len = addr - ch->linked + 1;
	ch->bits += (uint64_t)__builtin_popcount((unsigned int)(p->right[i] ^ p->found[i]));
}

void text_runs_find(struct text_runs *c, const struct text_piece *p)
{
	for (size_t line = p->from; line < p->to; line += LINE) {
		size_t end = p->to - line < LINE ? p->to : line + LINE;

		if (!memcmp(p->right + line, p->found + line, end - line))
			continue;
		for (size_t i = line; i < end; i++)
			if (p->right[i] != p->found[i])
				add_byte(c, p, i);
	}
}

void text_code_words(const struct disassembly *d, const uint8_t *code, size_t len, uint64_t linked,
		     struct text_change *ch)
{
	uint64_t kaddr = ch->kaddr - ch->linked, start;
	size_t at, n;

	if (!d || !ch->code || ch->linked < linked || ch->linked - linked >= len)
		return;
	start = linked + disassembly_start(d, code, len, ch->linked - linked);
	if (start < ch->code_linked)
		return;
	at = start - ch->code_linked;
	kaddr += start;
	n = disassembly_words(d, ch->code_right + at, ch->n_code - at, kaddr,
			      ch->linked + ch->len - start, ch->words_right,
			      sizeof(ch->words_right));
	(void)disassembly_words(d, ch->code_wrong + at, ch->n_code - at, kaddr, n,
				ch->words_wrong, sizeof(ch->words_wrong));
	/* What is no instruction is not said to be one. */
	if (n && !ch->words_wrong[0])
		snprintf(ch->words_wrong, sizeof(ch->words_wrong), "no instruction");
}

void text_probes_each(struct kernel_reader kr, struct debuginfo *di,
		      void (*fn)(void *arg, uint64_t kaddr), void *arg)
{
	static const char unit[] = "kernel/kprobes.c";
	struct debuginfo_member node, addr;
	struct debuginfo_var table;
	size_t n = 0;

	if (!di || debuginfo_variable(di, unit, "kprobe_table", "", &table, NULL) != PGC_OK ||
	    debuginfo_member(di, unit, "kprobe", "hlist", &node, NULL) != PGC_OK ||
	    debuginfo_member(di, unit, "kprobe", "addr", &addr, NULL) != PGC_OK)
		return;
	for (uint64_t i = 0; i < table.member.length && i < MAX_PROBES; i++) {
		uint64_t at = table.addr + kr.k->slide + i * sizeof(uint64_t), place;

		while (vmcore_read_u64(kr.vc, at, "kprobe_table", &at, NULL) == PGC_OK && at &&
		       n++ < MAX_PROBES)
			if (vmcore_read_u64(kr.vc, at - node.offset + addr.offset, "kprobe.addr",
					    &place, NULL) == PGC_OK)
				fn(arg, place);
	}
}
