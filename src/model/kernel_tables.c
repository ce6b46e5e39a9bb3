/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the kernel image and of the direct map: each entry leads where the distance says.
 *
 * An entry that does not is wrong where a table, or the page that it stands for, is one bit away; or
 * where nearly all others are right. Entries that are not present say nothing: the kernel takes
 * pages out of both (debug_pagealloc, KFENCE, memfd_secret(), poisoned memory).
 */
#include "model/kernel_priv.h"

#include <stdlib.h>

#include "base/target_int.h"
#include "model/kernel_linear.h"
#include "vmcore.h"

#define TABLES_MAX 5000		/* tables read of a region: 12 GB in large pages have a dozen */
#define TRIALS_MAX 5000		/* tables read to see whether a changed entry leads to one */
#define WRONG_MAX 16
#define LOST_MAX 16 /* times the memory of the file that there may have been */
#define SUBTABLES 2		/* of a table, that are asked whether it is one */
#define FAR_MORE 8		/* so many times more entries must be right than wrong */
/*
 * A guest that shares memory with its host marks it so in a bit of the address (TDX, SEV-SNP with
 * vTOM: arch/x86/coco/core.c:cc_mkdec()): then more than a few are wrong in the same bit.
 */
#define SAME_BIT_MAX 3

struct wrong_entry {
	struct table_step step;
	uint64_t expected;
	bool mended;		/* @expected is one bit away, and right by what it leads to */
	bool has_expected;
};

struct linear_check {
	struct kernel *k;
	struct vmcore *vc;
	const struct arch_paging *pg;
	struct arch_linear region;
	unsigned int tables, trials;	/* that may still be read */
	uint64_t right, wrong;
	struct wrong_entry found[WRONG_MAX];
	size_t n_found;
	unsigned char *tried[ARCH_LEVELS + 1], *walked[ARCH_LEVELS + 1];
};

static const char *level_name(const struct arch_paging *pg, unsigned int level)
{
	static const char *const names[] = { "pte", "pmd", "pud", "p4d", "pgd" };

	return names[level == pg->levels ? ARCH_LEVELS - 1 : level - 1];
}

struct record_fact kernel_table_fact(struct kernel *k, struct vmcore *vc,
				     const struct table_step *s, const char *region)
{
	struct record_fact fact = {
		.kind = RECORD_TABLE, .field = level_name(vmcore_paging(vc), s->level), .nid = -1,
		.cpu = -1, .pfn = UINT64_MAX, .found = s->entry, .region = region,
		.index = s->index, .paddr = s->paddr, .maps = s->kaddr, .maps_len = s->span,
	};
	struct arch_linear direct;

	if (kernel_direct_map(kernel_reader_of(k, vc), &direct))
		fact.kaddr = s->paddr - direct.paddr + direct.kaddr;
	return fact;
}

static uint64_t table_len(const struct arch_paging *pg, unsigned int level)
{
	return UINT64_C(8) << pg->bits[level];
}

static enum pgc_status read_table(struct linear_check *lc, uint64_t paddr, unsigned int level,
				  unsigned char *buf)
{
	size_t done;

	return vmcore_read_phys(lc->vc, paddr, buf, (size_t)table_len(lc->pg, level), &done, NULL);
}

/* The @index-th entry of a table that stands for the addresses from @kaddr on. */
static struct table_step step_at(const struct linear_check *lc, uint64_t paddr, unsigned int level,
				 uint64_t kaddr, unsigned int index, const unsigned char *buf)
{
	unsigned int shift = arch_table_shift(lc->pg, level);
	struct table_step s = {
		.paddr = paddr + index * UINT64_C(8), .entry = target_u64(buf + index * (size_t)8),
		.level = level, .index = index, .kaddr = kaddr + ((uint64_t)index << shift),
		.span = UINT64_C(1) << shift,
	};

	s.what = lc->pg->decode(lc->pg, s.entry, level, &s.to);
	return s;
}

/* Does any of what it stands for lie in the region? */
static bool in_region(const struct linear_check *lc, const struct table_step *s)
{
	const struct arch_linear *r = &lc->region;

	return s->kaddr + (s->span - 1) >= r->kaddr && s->kaddr <= r->kaddr + (r->len - 1);
}

static uint64_t right_place(const struct linear_check *lc, const struct table_step *s)
{
	return (lc->region.paddr + (s->kaddr - lc->region.kaddr)) & ~(s->span - 1);
}

/* Below the address of a large page there is nothing but, at times, a bit of caching. */
static bool leaf_fits(const struct linear_check *lc, const struct table_step *s)
{
	uint64_t caching = s->level > 1 ? 1ULL << lc->pg->bits[0] : 0;

	return (s->to & ~caching) == right_place(lc, s);
}

/* FIT_ABSENT: by the file there is no memory; but a file may have lost a part that it had. */
enum fit { FIT_RIGHT, FIT_WRONG, FIT_EMPTY, FIT_ABSENT, FIT_UNSEEN };

/* *@entries of it are right. */
static enum fit table_fits(struct linear_check *lc, uint64_t paddr, unsigned int level,
			   uint64_t kaddr, unsigned int *entries)
{
	unsigned int right = 0, wrong = 0, subtables = 0, below;
	enum pgc_status st;

	*entries = 0;
	if (!lc->trials)
		return FIT_UNSEEN;
	lc->trials--;
	st = read_table(lc, paddr, level, lc->tried[level]);
	if (st != PGC_OK)
		return st == PGC_ABSENT ? FIT_ABSENT : FIT_UNSEEN;
	for (unsigned int i = 0; i < 1u << lc->pg->bits[level]; i++) {
		struct table_step s = step_at(lc, paddr, level, kaddr, i, lc->tried[level]);
		enum fit fit = FIT_UNSEEN;

		if (!in_region(lc, &s))
			continue;
		if (s.what == ARCH_LEAF)
			fit = leaf_fits(lc, &s) ? FIT_RIGHT : FIT_WRONG;
		else if (s.what == ARCH_TABLE && subtables++ < SUBTABLES)
			fit = table_fits(lc, s.to, level - 1, s.kaddr, &below);
		right += fit == FIT_RIGHT;
		wrong += fit == FIT_WRONG;
	}
	*entries = right;
	if (!right)
		return wrong ? FIT_WRONG : FIT_EMPTY;
	/* No other table has even a few right ones. */
	return right > wrong ? FIT_RIGHT : FIT_WRONG;
}

/*
 * Would it be right with @entry? 0: no; else by how much of what it leads to. What was taken out of
 * the map on purpose is not writable.
 */
static unsigned int would_fit(struct linear_check *lc, const struct table_step *at, uint64_t entry)
{
	struct table_step s = *at;
	unsigned int right;

	s.entry = entry;
	s.what = lc->pg->decode(lc->pg, entry, s.level, &s.to);
	if (s.what == ARCH_TABLE)
		return table_fits(lc, s.to, s.level - 1, s.kaddr, &right) == FIT_RIGHT ? right : 0;
	return s.what == ARCH_LEAF && leaf_fits(lc, &s) &&
	       (at->what != ARCH_NOTHING || entry & lc->pg->writable);
}

/*
 * The one bit with which it is right, or most so: a table of another level may look like one for
 * its first entry.
 */
static bool mend_bit(struct linear_check *lc, const struct table_step *s, uint64_t *ret)
{
	unsigned int most = 0;
	bool one = false;

	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t entry = s->entry ^ 1ULL << bit;
		unsigned int right = would_fit(lc, s, entry);

		if (!right || right < most)
			continue;
		one = right > most;
		most = right;
		*ret = entry;
	}
	return one;
}

static void keep(struct linear_check *lc, const struct wrong_entry *w)
{
	if (lc->n_found < WRONG_MAX)
		lc->found[lc->n_found++] = *w;
}

static void check_table(struct linear_check *lc, uint64_t paddr, unsigned int level, uint64_t kaddr);

/* It may be a lower entry that is wrong, where that is nearly all that its table has. */
static bool lower_is_wrong(struct linear_check *lc, const struct table_step *s)
{
	size_t before = lc->n_found;
	uint64_t right = lc->right, wrong = lc->wrong;

	check_table(lc, s->to, s->level - 1, s->kaddr);
	for (size_t i = before; i < lc->n_found; i++)
		if (lc->found[i].mended)
			return true;
	lc->n_found = before;
	lc->right = right;
	lc->wrong = wrong;
	return false;
}

/* A file that has a segment less ends early, but no machine has so much more than it shows. */
static bool may_be_lost(const struct linear_check *lc, uint64_t paddr)
{
	return paddr / LOST_MAX < vmcore_memory_end(lc->vc);
}

static void note_wrong(struct linear_check *lc, const struct table_step *s, enum fit fit,
		       const struct table_step *neighbour)
{
	struct wrong_entry w = { .step = *s };

	w.mended = w.has_expected = mend_bit(lc, s, &w.expected);
	if (!w.mended && s->what == ARCH_TABLE && lower_is_wrong(lc, s))
		return;
	/* What says nothing proves nothing, nor does a table that may be in a part that is lost. */
	if (!w.mended && (fit == FIT_EMPTY || (fit == FIT_ABSENT && may_be_lost(lc, s->to))))
		return;
	if (!w.mended && s->what == ARCH_LEAF && neighbour) {
		w.expected = neighbour->entry + (s->kaddr - neighbour->kaddr);
		w.has_expected = would_fit(lc, s, w.expected) > 0;
	}
	lc->wrong++;
	keep(lc, &w);
}

/* It leads to the right table, but has bits that no entry of the kernel's has. */
static void check_bits(struct linear_check *lc, const struct table_step *s)
{
	uint64_t wrong = lc->pg->wrong_bits ? lc->pg->wrong_bits(lc->pg, s->entry, s->level) : 0;
	struct wrong_entry w = {
		.step = *s, .expected = s->entry ^ wrong, .mended = true, .has_expected = true,
	};

	if (wrong)
		keep(lc, &w);
}

static void check_table(struct linear_check *lc, uint64_t paddr, unsigned int level, uint64_t kaddr)
{
	struct table_step last, *neighbour = NULL;
	unsigned int entries;

	if (!lc->tables || read_table(lc, paddr, level, lc->walked[level]) != PGC_OK)
		return;
	lc->tables--;
	for (unsigned int i = 0; i < 1u << lc->pg->bits[level]; i++) {
		struct table_step s = step_at(lc, paddr, level, kaddr, i, lc->walked[level]);
		enum fit fit = FIT_EMPTY;

		if (!s.entry || !in_region(lc, &s))
			continue;
		if (s.what == ARCH_TABLE)
			fit = table_fits(lc, s.to, level - 1, s.kaddr, &entries);
		else if (s.what == ARCH_LEAF)
			fit = leaf_fits(lc, &s) ? FIT_RIGHT : FIT_WRONG;
		else if (level == 1)
			continue;
		lc->right += fit == FIT_RIGHT;
		if (fit == FIT_WRONG || fit == FIT_EMPTY || fit == FIT_ABSENT)
			note_wrong(lc, &s, fit, neighbour);
		else if (s.what == ARCH_TABLE)
			check_table(lc, s.to, level - 1, s.kaddr);
		if (fit == FIT_RIGHT && s.what == ARCH_TABLE)
			check_bits(lc, &s);
		if (fit == FIT_RIGHT && s.what == ARCH_LEAF) {
			last = s;
			neighbour = &last;
		}
	}
}

static bool is_marked(const struct linear_check *lc, const struct wrong_entry *w)
{
	size_t n = 0;

	for (size_t i = 0; i < lc->n_found; i++)
		n += lc->found[i].mended && w->mended &&
		     (lc->found[i].step.entry ^ lc->found[i].expected) == (w->step.entry ^ w->expected);
	return n > SAME_BIT_MAX;
}

/* The pages that it stands for, as far as there is memory. */
static void add_pages(const struct linear_check *lc, const struct table_step *s,
		      struct record_fact *fact)
{
	uint64_t first = s->kaddr > lc->region.kaddr ? s->kaddr : lc->region.kaddr;
	uint64_t last = s->kaddr + (s->span - 1), end = lc->region.kaddr + (lc->region.len - 1);

	last = last < end ? last : end;
	fact->pfn = (lc->region.paddr + (first - lc->region.kaddr)) >> lc->k->page_shift;
	fact->pages = (last - first + 1) >> lc->k->page_shift;
}

static void tell_wrong(struct linear_check *lc, const char *name)
{
	bool understood = lc->right / FAR_MORE >= lc->wrong;

	for (size_t i = 0; i < lc->n_found; i++) {
		const struct wrong_entry *w = &lc->found[i];
		struct record_fact fact;

		if ((!understood && !w->mended) || is_marked(lc, w))
			continue;
		fact = kernel_table_fact(lc->k, lc->vc, &w->step, name);
		fact.what = "it does not map the memory at these addresses";
		fact.expected = w->expected;
		fact.has_expected = w->has_expected;
		fact.whole = w->has_expected && !w->mended;
		add_pages(lc, &w->step, &fact);
		kernel_note_record(lc->k, &fact);
		if (w->has_expected)
			(void)vmcore_mend_table(lc->vc, &(struct table_mend){ w->step.paddr, w->expected });
	}
}

static enum pgc_status check_region(struct linear_check *lc, const struct arch_linear *region,
				    const char *name)
{
	unsigned int top = lc->pg->levels;
	unsigned int all = arch_table_shift(lc->pg, top + 1);

	lc->region = *region;
	lc->tables = TABLES_MAX;
	lc->trials = TRIALS_MAX;
	lc->right = lc->wrong = 0;
	lc->n_found = 0;
	check_table(lc, lc->pg->root, top, region->kaddr >> all << all);
	tell_wrong(lc, name);
	return PGC_OK;
}

static void forget(struct linear_check *lc)
{
	for (unsigned int level = 0; level <= ARCH_LEVELS; level++) {
		free(lc->tried[level]);
		free(lc->walked[level]);
	}
}

static enum pgc_status make_room(struct linear_check *lc, struct pgc_err *err)
{
	for (unsigned int level = 1; level <= lc->pg->levels; level++) {
		lc->tried[level] = malloc((size_t)table_len(lc->pg, level));
		lc->walked[level] = malloc((size_t)table_len(lc->pg, level));
		if (!lc->tried[level] || !lc->walked[level])
			return pgc_err_nomem(err, "page tables");
	}
	return PGC_OK;
}

enum pgc_status kernel_check_linear_tables(struct kernel *k, struct vmcore *vc, struct pgc_err *err)
{
	struct linear_check lc = { .k = k, .vc = vc };
	uint64_t end = vmcore_memory_end(vc);
	struct arch_linear region;
	enum pgc_status st;

	/* Another model of the same dump begins with what is there. */
	(void)vmcore_mend_table(vc, NULL);
	lc.pg = vmcore_paging(vc);
	/* arm64 unmaps what it needs to boot only, inside the image (mm/init.c:free_initmem()). */
	if (!lc.pg || !k->arch->linear_mapped)
		return PGC_OK;
	st = make_room(&lc, err);
	if (st == PGC_OK && kernel_image_map(kernel_reader_of(k, vc), &region) && region.len)
		st = check_region(&lc, &region, "the kernel image");
	if (st == PGC_OK && kernel_direct_map(kernel_reader_of(k, vc), &region) && end > region.paddr) {
		if (region.len > end - region.paddr)
			region.len = end - region.paddr;
		st = check_region(&lc, &region, "the direct map");
	}
	forget(&lc);
	return st;
}
