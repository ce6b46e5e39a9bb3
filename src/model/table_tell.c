/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/one_bit.h"
#include "model/table_check_priv.h"

#define TYPED_MOST 8u	/* so many with the type for one without: those of that level have it */

static enum pgc_status need_hands(struct table_check *tc, struct pgc_err *err)
{
	return tc->hands ? PGC_OK :
			   table_hands_create(tc->kr, &tc->mms.tasks, tc->direct, &tc->hands, err);
}

/* @text, as long as the tally; NULL: out of memory. */
static const char *keep(struct table_tally *t, const char *text)
{
	char **list;

	for (size_t i = 0; text && i < t->n_texts; i++)
		if (!strcmp(t->texts[i], text))
			return t->texts[i];
	list = text ? reallocarray(t->texts, t->n_texts + 1, sizeof(*list)) : NULL;
	if (!list)
		return NULL;
	t->texts = list;
	list[t->n_texts] = strdup(text);
	return list[t->n_texts] ? list[t->n_texts++] : NULL;
}

/* Hand on @f, whose texts are the check's. */
static void tell(struct table_check *tc, struct table_fact *f)
{
	bool had = f->who;

	f->comm = keep(tc->tally, f->comm);
	f->who = keep(tc->tally, f->who);
	tc->no_memory |= had && !f->who;
	tc->fn(tc->arg, f);
}

/* Some tables were not seen: a page may have more mappings, and a table may be met nowhere. */
static bool unseen(const struct table_check *tc)
{
	return tc->tally->unread || tc->tally->incomplete || !table_check_deposits(tc->kr.k);
}

static void say_mm(const struct mm *m, struct table_fact *f)
{
	if (!m)
		return;
	f->mm = m->kaddr;
	f->pid = m->pid;
	f->comm = m->pid ? m->comm : NULL;
}

static void say_entry(const struct table_entry *e, struct table_fact *f)
{
	say_mm(e->mm, f);
	f->has_entry = true;
	f->vaddr = e->vaddr;
	f->level = e->level;
	f->at = e->at;
	f->entry = e->raw;
}

static void on_odd(void *arg, const struct map_odd *odd)
{
	struct table_check *tc = arg;
	struct odd_count *list;

	/* Of mappings that were not met nothing is known. */
	if (odd->found > odd->expected && odd->count != COUNT_EXCLUSIVE && unseen(tc))
		return;
	if (tc->n_odd == ODD_MAX) {
		tc->tally->dropped++;
		return;
	}
	list = array_grow(tc->odd, &tc->room_odd, tc->n_odd, sizeof(*list));
	tc->no_memory |= !list;
	if (!list)
		return;
	tc->odd = list;
	list[tc->n_odd++] = (struct odd_count){ .odd = *odd };
}

/* What the kernel counts beside the mappings of each page: it differs where these do. */
static bool is_second(enum map_count count)
{
	return count == COUNT_SUM || count == COUNT_CHECKED_ANON || count == COUNT_CHECKED_FILE;
}

static int by_pfn(const void *a, const void *b)
{
	const struct odd_count *x = a, *y = b;

	if (x->odd.pfn != y->odd.pfn)
		return x->odd.pfn < y->odd.pfn ? -1 : 1;
	return x->odd.count < y->odd.count ? -1 : x->odd.count > y->odd.count;
}

/* The second time round, for the entries of pages whose counts differ. */
static bool find_entries(void *arg, const struct table_entry *e)
{
	struct table_check *tc = arg;
	uint64_t pfn = e->is.paddr >> tc->kr.k->page_shift, n;
	size_t i;

	if (e->is.what == ARCH_USER_TABLE) {
		/* As the first time: but for tables that were met, and those two ways lead to. */
		return map_census_kind(tc->census, pfn) == MAP_TABLE ||
		       map_census_met(tc->census, pfn);
	}
	if (e->is.what != ARCH_USER_LEAF || e->is.special)
		return false;
	n = (UINT64_C(1) << arch_table_shift(tc->walk.pg, e->level)) >> tc->kr.k->page_shift;
	for (i = bisect(j, tc->n_odd, tc->odd[j].odd.pfn < pfn);
	     i < tc->n_odd && tc->odd[i].odd.pfn - pfn < n; i++)
		if (!tc->odd[i].entries++)
			tc->odd[i].entry = *e;
	return false;
}

static enum pgc_status find_mappers(struct table_check *tc, struct pgc_err *err)
{
	struct table_walk w;
	enum pgc_status st;

	if (!tc->n_odd)
		return PGC_OK;
	qsort(tc->odd, tc->n_odd, sizeof(*tc->odd), by_pfn);
	st = table_walk_init(&w, tc->kr, find_entries, tc, err);
	if (st != PGC_OK)
		return st;
	for (size_t i = 0; i < tc->mms.n; i++)
		if (tc->mms.list[i].own)
			table_walk_mm(&w, &tc->mms.list[i]);
	table_walk_deinit(&w);
	return PGC_OK;
}

/*
 * A page that has lost one mapping, one bit away from where an entry leads that nobody counts: that
 * entry was of it.
 */
static uint64_t right_entry(struct table_check *tc, const struct table_entry *e, uint64_t pfn)
{
	for (size_t i = 0; i < tc->n_odd; i++) {
		struct odd_count *o = &tc->odd[i];
		uint64_t bits = o->odd.pfn ^ pfn;

		if (o->explained || o->odd.count != COUNT_PAGE || o->odd.found != o->odd.expected + 1 ||
		    e->level > 1 || !one_bit(bits))
			continue;
		/* And its folio's. */
		for (size_t j = 0; j < tc->n_odd; j++)
			if (tc->odd[j].odd.head == o->odd.head && is_second(tc->odd[j].odd.count) &&
			    tc->odd[j].odd.found == tc->odd[j].odd.expected + 1)
				tc->odd[j].explained = true;
		o->explained = true;
		return e->raw ^ bits << tc->kr.k->page_shift;
	}
	return 0;
}

static void match(struct table_check *tc)
{
	for (size_t i = 0; i < tc->n_wrong; i++)
		tc->wrong[i].right = right_entry(tc, &tc->wrong[i].entry, tc->wrong[i].pfn);
	for (size_t i = 0; i < tc->n_odd; i++) {
		struct odd_count *o = &tc->odd[i];

		/* Of several entries each may be the wrong one. */
		if (o->entries == 1 && o->odd.count == COUNT_PAGE &&
		    o->odd.expected == o->odd.found + 1)
			o->right = right_entry(tc, &o->entry, o->odd.pfn);
	}
}

static void tell_wrong(struct table_check *tc)
{
	for (size_t i = 0; i < tc->n_wrong; i++) {
		const struct wrong_entry *w = &tc->wrong[i];
		struct table_fact f = { .kind = TABLE_ENTRY, .what = w->what, .pfn = w->pfn,
					.right = w->right, .certain = true };

		say_entry(&w->entry, &f);
		if (!f.right && w->entry.is.wrong)
			f.right = w->entry.raw ^ w->entry.is.wrong;
		tell(tc, &f);
	}
}

static const char *field_of(const struct table_check *tc, const struct odd_count *o)
{
	switch (o->odd.count) {
	case COUNT_WHOLE:
		return layout_has(tc->kr.k->lay, L_folio_entire_mapcount) ? "folio._entire_mapcount" :
									    "page.compound_mapcount";
	case COUNT_SUM:
		return "folio._large_mapcount";
	case COUNT_CHECKED_ANON:
		return "page_table_check.anon_map_count";
	case COUNT_CHECKED_FILE:
		return "page_table_check.file_map_count";
	case COUNT_EXCLUSIVE:
		return "entries for a page with PG_anon_exclusive";
	default:
		return "page._mapcount";
	}
}

/* A second count says nothing more where that of the page, or of one of its folio, differs. */
static bool follows(const struct table_check *tc, const struct odd_count *o)
{
	if (!is_second(o->odd.count))
		return false;
	for (size_t i = 0; i < tc->n_odd; i++) {
		const struct map_odd *other = &tc->odd[i].odd;

		if (other->head == o->odd.head && other->count < COUNT_SUM &&
		    (other->found > other->expected) == (o->odd.found > o->odd.expected))
			return true;
	}
	return false;
}

static enum pgc_status tell_counts(struct table_check *tc, struct pgc_err *err)
{
	for (size_t i = 0; i < tc->n_odd; i++) {
		const struct odd_count *o = &tc->odd[i];
		struct table_fact f = { .kind = TABLE_MAPCOUNT, .pfn = o->odd.pfn, .right = o->right,
					.kaddr = o->odd.kaddr, .found = o->odd.found,
					.expected = o->odd.expected };
		enum pgc_status st = need_hands(tc, err);

		if (st != PGC_OK)
			return st;
		if (o->explained || follows(tc, o))
			continue;
		f.field = field_of(tc, o);
		if (o->odd.count == COUNT_EXCLUSIVE) {
			f.found = o->odd.expected;
			f.expected = o->odd.found;
		}
		f.who = table_hands_page(tc->hands, o->odd.head, UINT64_C(1) << o->odd.order, true);
		f.certain = !unseen(tc) && !table_hands_missing(tc->hands);
		if (o->entries)
			say_entry(&o->entry, &f);
		if (o->right) {
			f.kind = TABLE_ENTRY;
			f.field = NULL;
			f.kaddr = 0;
			f.what = "the page that it maps does not count it, and one that is one bit away "
				 "has lost a mapping";
		}
		tell(tc, &f);
	}
	return PGC_OK;
}

/* Tables without the type, at a level where others have it, and such as nobody has. */
static enum pgc_status tell_tables(struct table_check *tc, struct pgc_err *err)
{
	for (unsigned int level = 1; level <= ARCH_LEVELS; level++) {
		if (tc->typed[level] < TYPED_MOST * tc->untyped[level])
			continue;
		for (size_t i = 0; i < tc->untyped[level] && i < UNTYPED_KEPT; i++) {
			const struct table_entry *e = &tc->lost[level][i];
			struct table_fact f = { .kind = TABLE_PAGE, .certain = true,
						.what = "it does not have the type of a page table" };

			say_entry(e, &f);
			f.pfn = e->is.paddr >> tc->kr.k->page_shift;
			tell(tc, &f);
		}
	}
	if (unseen(tc))
		return PGC_OK;
	for (size_t i = 0; i < tc->n_orphans; i++) {
		struct table_fact f = { .kind = TABLE_PAGE, .pfn = tc->orphans[i].pfn,
					.certain = tc->orphans[i].upper,
					.what = "it has the type of a page table, and no entry points to it" };
		enum pgc_status st = need_hands(tc, err);

		if (st != PGC_OK)
			return st;
		if (!f.certain)
			f.who = table_hands_table(tc->hands, f.pfn);
		tell(tc, &f);
	}
	return PGC_OK;
}

/* Who has both in hand: this address space and a page table that is part of none. */
static const char *taker(const struct table_check *tc, uint64_t mm, uint64_t len)
{
	const char *who = NULL;

	for (size_t i = 0; !who && i < tc->n_orphans; i++)
		who = table_hands_taker(tc->hands, mm, len, tc->orphans[i].pfn);
	return who;
}

/*
 * Both are changed by who is on a CPU meanwhile. But a page table that khugepaged, or who frees it, has
 * taken out already is counted still, with what it maps, and they may be preempted
 * (mm/khugepaged.c:collapse_huge_page(), mm/memory.c:free_pte_range()): MAY_BE_TAKEN. And who is in
 * execve() counts what is no part of the address space yet: MAY_BE_ARGUMENTS.
 */
enum { MAY_BE_TAKEN = 1, MAY_BE_ARGUMENTS = 2 };

static enum pgc_status tell_counter(struct table_check *tc, const struct mm *m, const char *field,
				    int may_be, int64_t found, int64_t expected, struct pgc_err *err)
{
	struct table_fact f = { .kind = TABLE_COUNTER, .pfn = UINT64_MAX, .field = field,
				.found = found, .expected = expected };
	uint64_t len = layout_has(tc->kr.k->lay, L_mm_struct) ?
			       layout_get(tc->kr.k->lay, L_mm_struct) : 8;
	enum pgc_status st;

	if (found == expected)
		return PGC_OK;
	st = need_hands(tc, err);
	if (st != PGC_OK)
		return st;
	if (may_be & MAY_BE_ARGUMENTS && found > expected &&
	    (uint64_t)(found - expected) == table_hands_arguments(tc->hands, m->kaddr))
		return PGC_OK;
	say_mm(m, &f);
	f.who = table_hands_object(tc->hands, m->kaddr, len, true);
	if (!f.who && may_be & MAY_BE_TAKEN)
		f.who = taker(tc, m->kaddr, len);
	f.certain = !table_hands_missing(tc->hands);
	tell(tc, &f);
	return PGC_OK;
}

static enum pgc_status tell_spaces(struct table_check *tc, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < tc->mms.n && st == PGC_OK; i++) {
		const struct mm *m = &tc->mms.list[i];
		const struct recount *r = &tc->recounts[i];

		if (r->unsure || !m->own)
			continue;
		/* Those that are put by for large entries are in the counter, wherever they are. */
		if (m->has_tables && table_check_deposits(tc->kr.k))
			st = tell_counter(tc, m, "mm.pgtables_bytes",
					  m->tables >> tc->kr.k->page_shift == r->tables + 1 ? MAY_BE_TAKEN : 0,
					  m->tables, r->tables << tc->kr.k->page_shift, err);
		for (size_t c = 0; m->has_counts && c < MM_COUNTERS && st == PGC_OK; c++) {
			bool taken = m->counts[c] > r->counts[c] &&
				     m->counts[c] - r->counts[c] <= INT64_C(1) << tc->walk.pg->bits[1];

			st = tell_counter(tc, m, mm_counter_name((enum mm_counter)c),
					  (taken ? MAY_BE_TAKEN : 0) |
						  (c == MM_COUNT_ANON ? MAY_BE_ARGUMENTS : 0),
					  m->counts[c], r->counts[c], err);
		}
	}
	return st;
}

enum pgc_status table_check_tell(struct table_check *tc, struct pgc_err *err)
{
	enum pgc_status st;

	tc->no_memory |= !map_census_compare(tc->census, on_odd, tc);
	if (tc->no_memory)
		return pgc_err_nomem(err, "page tables");
	st = find_mappers(tc, err);
	if (st != PGC_OK)
		return st;
	match(tc);
	tell_wrong(tc);
	st = tell_counts(tc, err);
	if (st == PGC_OK)
		st = tell_tables(tc, err);
	if (st == PGC_OK)
		st = tell_spaces(tc, err);
	return st == PGC_OK && tc->no_memory ? pgc_err_nomem(err, "page tables") : st;
}
