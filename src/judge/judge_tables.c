/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judge.h"

static enum finding_id table_id(enum table_fact_kind kind)
{
	static const enum finding_id ids[] = {
		[TABLE_ENTRY] = FIND_TABLE_ENTRY, [TABLE_MAPCOUNT] = FIND_MAPCOUNT_RECOUNT,
		[TABLE_PAGE] = FIND_TABLE_PAGE, [TABLE_COUNTER] = FIND_MM_COUNTER,
	};

	return ids[kind];
}

static void add_entry(const struct table_fact *fact, struct finding *f)
{
	finding_hex(f, FACT_VADDR, fact->vaddr);
	finding_num(f, FACT_LEVEL, fact->level);
	finding_hex(f, FACT_ENTRY_PADDR, fact->at);
}

void judge_table(const struct table_fact *fact, struct finding *f)
{
	finding_init(f, table_id(fact->kind),
		     fact->pfn == UINT64_MAX ? FINDING_NO_PFN : fact->pfn);
	f->verdict = VERDICT_UNKNOWN;
	/* What is changed by two steps is corrupt only where nobody can be between them. */
	if (!fact->certain)
		f->severity = SEV_SUSPECT;
	if (fact->mm)
		finding_hex(f, FACT_MM, fact->mm);
	if (fact->comm) {
		finding_num(f, FACT_PID, fact->pid);
		finding_str(f, FACT_COMM, fact->comm);
	}
	if (fact->has_entry)
		add_entry(fact, f);
	if (fact->what)
		finding_str(f, FACT_WHAT, fact->what);
	if (fact->kind == TABLE_ENTRY && fact->right)
		finding_field(f, "the page table entry", EV_HEX, fact->entry, fact->right);
	else if (fact->kind == TABLE_ENTRY)
		finding_field_found(f, "the page table entry", EV_HEX, fact->entry);
	if (fact->field)
		finding_field(f, fact->field, EV_INT, (uint64_t)fact->found,
			      (uint64_t)fact->expected);
	if (fact->kaddr)
		finding_hex(f, FACT_FIELD_KADDR, fact->kaddr);
	if (fact->who) {
		f->severity = SEV_NOTE;
		f->explained = fact->who;
	}
}
