/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/damage.h"
#include "judge/judge.h"
#include "model/page_cache.h"

static const enum finding_id ids[] = {
	[CACHE_ENTRY] = FIND_CACHE_ENTRY, [CACHE_PAGE] = FIND_CACHE_PAGE,
	[CACHE_LOST] = FIND_CACHE_PAGE, [CACHE_NODE] = FIND_CACHE_NODE,
	[CACHE_COUNT] = FIND_CACHE_COUNT, [CACHE_WRITEBACK] = FIND_CACHE_TAG,
};

/* Whose word it is. */
static enum verdict verdict_of(const struct cache_fact *fact)
{
	if (fact->kind == CACHE_PAGE)
		return VERDICT_STRUCT_PAGE;
	return fact->kind == CACHE_COUNT ? VERDICT_COUNTER : VERDICT_UNKNOWN;
}

static void add_place(const struct cache_fact *fact, struct finding *f)
{
	finding_str(f, FACT_FILE_SYSTEM, fact->fs->type);
	if (*fact->fs->id)
		finding_str(f, FACT_DEVICE, fact->fs->id);
	if (fact->ino)
		finding_num(f, FACT_INODE, fact->ino);
	finding_num(f, FACT_INDEX, fact->index);
	if (fact->mapping)
		finding_hex(f, FACT_ADDRESS_SPACE, fact->mapping);
	if (fact->node)
		finding_hex(f, FACT_XA_NODE, fact->node);
	if (fact->slot >= 0)
		finding_num(f, FACT_SLOT, (uint64_t)fact->slot);
	if (fact->kaddr)
		finding_hex(f, FACT_FIELD_KADDR, fact->kaddr);
}

/* D55 to D59 */
void judge_cache(const struct cache_fact *fact, struct finding *f)
{
	enum evidence_kind kind = fact->is_count ? EV_INT : EV_HEX;

	finding_init(f, ids[fact->kind],
		     fact->pfn == UINT64_MAX ? FINDING_NO_PFN : fact->pfn);
	f->verdict = verdict_of(fact);
	finding_str(f, FACT_WHAT, fact->what);
	add_place(fact, f);
	if (fact->field && fact->expected_known) {
		finding_field(f, fact->field, kind, fact->found, fact->expected);
		if (!fact->is_count)
			f->damage = damage_of_xor(fact->found ^ fact->expected);
	} else if (fact->field) {
		finding_field_found(f, fact->field, kind, fact->found);
	}
	if (fact->doubtful)
		f->severity = SEV_SUSPECT;
	if (fact->lock != LOCK_FREE) {
		f->severity = SEV_NOTE;
		f->explained = judge_lock_unknown;
	}
}
