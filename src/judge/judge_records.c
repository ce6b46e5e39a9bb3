/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, the records of zones and sections, and the state of the checker. */
#include "judge/judge.h"

#include <stddef.h>

#include "base/checked.h"
#include "judge/damage.h"

static void checker_field(const struct checker_fact *fact, struct finding *f)
{
	static const char *const maps[BITMAPS] = {
		[BITMAP_PRIMARY] = "pc_state.db.bitmap[0]",
		[BITMAP_SECONDARY] = "pc_state.db.bitmap[1]",
	};

	if (fact->kind == CHECKER_SIZE)
		finding_field(f, "pc_state.db.nbits", EV_NUM, fact->found, fact->expected);
	else if (fact->kind == CHECKER_RANGE)
		finding_field_found(f, "pc_state.min_pfn", EV_HEX, fact->found);
	else if (fact->kind == CHECKER_POINTER && fact->map >= 0)
		finding_field_found(f, maps[fact->map], EV_HEX, fact->found);
	else if (fact->kind == CHECKER_EXCHANGED)
		finding_field(f, maps[BITMAP_PRIMARY], EV_HEX, fact->found, fact->expected);
	else if (fact->kind == CHECKER_BENT && fact->map >= 0)
		finding_field(f, maps[fact->map], EV_HEX, fact->found, fact->expected);
	else if (fact->kind == CHECKER_PADDING && fact->map >= 0)
		finding_field(f, fact->map == BITMAP_PRIMARY ? "last word of bitmap[0]" :
							       "last word of bitmap[1]",
			      EV_HEX, fact->found, fact->expected);
}

bool judge_checker(const struct checker_fact *fact, struct finding *f)
{
	static const char *const what[] = {
		[CHECKER_SIZE] = "nbits is not max_pfn - min_pfn",
		[CHECKER_RANGE] = "min_pfn is not below max_pfn",
		[CHECKER_POINTER] = "a bitmap pointer is not kernel memory",
		[CHECKER_EXCHANGED] = "the two bitmap pointers are exchanged",
		[CHECKER_BENT] = "a bitmap pointer has a flipped bit",
		[CHECKER_OVERLAP] = "the two bitmaps overlap",
		[CHECKER_FRAME] = "a bitmap lies in memory that was not reserved for it",
		[CHECKER_PADDING] = "bits past the end were changed",
	};

	finding_init(f, fact->kind == CHECKER_PADDING ? FIND_BITMAP_PADDING : FIND_CHECKER_STATE,
		     fact->kind == CHECKER_FRAME ? fact->found : FINDING_NO_PFN);
	finding_str(f, FACT_WHAT, what[fact->kind]);
	if (fact->map >= 0)
		finding_str(f, FACT_MAP, fact->map == BITMAP_PRIMARY ? "primary" : "secondary");
	finding_hex(f, FACT_EXPECTED, fact->expected);
	finding_hex(f, FACT_FOUND, fact->found);
	if (fact->kind == CHECKER_BENT) {
		finding_hex(f, FACT_XOR, fact->expected ^ fact->found);
		f->damage = damage_of_xor(fact->expected ^ fact->found);
	}
	checker_field(fact, f);
	if (fact->kind == CHECKER_PADDING) {
		finding_hex(f, FACT_XOR, fact->expected ^ fact->found);
		f->damage = damage_of_xor(fact->expected ^ fact->found);
		f->verdict = fact->map == BITMAP_PRIMARY ? VERDICT_PRIMARY : VERDICT_SECONDARY;
	}
	return true;
}

/* Of any two numbers: it need not fit in an int64_t. */
static uint64_t distance(int64_t a, int64_t b)
{
	return a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
}

/* D23, D24, D32 */
bool judge_counter(const struct counter_fact *fact, struct finding *f)
{
	if (distance(fact->expected, fact->found) <= (uint64_t)fact->slack)
		return false;
	finding_init(f, FIND_ZONE_COUNTER, FINDING_NO_PFN);
	f->verdict = VERDICT_COUNTER;
	f->node = fact->zone->nid;
	f->zone = fact->zone->name;
	finding_str(f, FACT_COUNTER, fact->name);
	finding_int(f, FACT_EXPECTED, fact->expected);
	finding_int(f, FACT_FOUND, fact->found);
	finding_field(f, fact->name, EV_INT, (uint64_t)fact->found, (uint64_t)fact->expected);
	if (fact->zone->lock == LOCK_HELD) {
		f->severity = SEV_NOTE;
		f->explained = "the zone's lock was held: the counter is updated after the lists";
	} else if (fact->guarded) {
		f->severity = SEV_NOTE;
		f->explained = "debug_guardpage_minorder is on: guard pages are not counted back in";
	}
	return true;
}

/* Which entry of the page tables it is. */
static void add_entry(const struct record_fact *fact, struct finding *f)
{
	finding_str(f, FACT_REGION, fact->region);
	finding_hex(f, FACT_ENTRY_PADDR, fact->paddr);
	finding_num(f, FACT_TABLE_INDEX, fact->index);
	finding_hex(f, FACT_MAPS_KADDR, fact->maps);
	finding_num(f, FACT_MAPS_BYTES, fact->maps_len);
}

void judge_record(const struct kernel *k, const struct record_fact *fact, struct finding *f)
{
	static const enum finding_id ids[] = {
		[RECORD_LOCK] = FIND_LOCK_IMPOSSIBLE, [RECORD_ZONE] = FIND_ZONE_RECORD,
		[RECORD_SECTION] = FIND_SECTION_RECORD, [RECORD_TABLE] = FIND_PAGE_TABLE_ENTRY,
	};
	const struct zone *z = fact->nid < 0 ? NULL : kernel_zone(k, fact->nid, fact->zone);

	finding_init(f, ids[fact->kind], fact->pfn);
	if (fact->pages)
		f->count = fact->pages;
	f->verdict = VERDICT_COUNTER;
	f->node = fact->nid;
	f->zone = z ? z->name : NULL;
	f->cpu = fact->cpu;
	if (fact->doubtful)
		f->severity = SEV_SUSPECT;
	finding_str(f, FACT_WHAT, fact->what);
	if (fact->kind == RECORD_TABLE)
		add_entry(fact, f);
	if (fact->kind != RECORD_TABLE || fact->kaddr)
		finding_hex(f, FACT_FIELD_KADDR, fact->kaddr);
	if (fact->whole)
		f->damage = CLASS_OVERWRITE;
	else if (fact->has_expected)
		f->damage = damage_of_xor(fact->found ^ fact->expected);
	if (fact->has_expected)
		finding_field(f, fact->field, EV_HEX, fact->found, fact->expected);
	else
		finding_field_found(f, fact->field, EV_HEX, fact->found);
}

/* D30 */
bool judge_zone(const struct zone *z, struct finding *f)
{
	bool inside = z->start_pfn >= z->node_start_pfn &&
		      range_ok(z->start_pfn - z->node_start_pfn, z->spanned, z->node_spanned);

	if (z->managed <= z->present && z->present <= z->spanned && (inside || !z->spanned))
		return false;
	finding_init(f, FIND_ZONE_SPAN, FINDING_NO_PFN);
	f->verdict = VERDICT_COUNTER;
	f->node = z->nid;
	f->zone = z->name;
	finding_num(f, FACT_MANAGED, z->managed);
	finding_num(f, FACT_PRESENT, z->present);
	finding_num(f, FACT_SPANNED, z->spanned);
	if (inside || !z->spanned)
		return true;
	finding_num(f, FACT_FIRST_PFN, z->start_pfn);
	finding_num(f, FACT_NODE_FIRST_PFN, z->node_start_pfn);
	finding_num(f, FACT_NODE_SPANNED, z->node_spanned);
	return true;
}
