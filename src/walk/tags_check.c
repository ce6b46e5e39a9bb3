/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/tags_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "model/listing.h"
#include "walk/memory_items.h"

/*
 * While profiling is switched off, pages are freed and keep their tags (pgalloc_tag_sub()): more free
 * pages with tags than that, and it was.
 */
#define STALE 32u
#define WILD_MAX 4000u
/* A tag takes 40 bytes of the kernel: this many are 40 MiB of them. */
#define TAGS_MAX (1u << 20)

/* A page whose tag cannot be. */
struct odd_tag {
	uint64_t pfn, kaddr, tag;
};

struct checking {
	const struct kernel *k;
	struct alloc_tags *at;
	const struct listing *listing;
	struct tags_tally *tally;
	finding_sink *sink;
	void *arg;
	struct memory_items tags; /* by address; pages are those that have it */
	struct odd_tag *wild, free[STALE];
	size_t n_wild, room_wild, n_free;
	bool no_memory;
};

void tags_tally_deinit(struct tags_tally *t)
{
	free(TAKE_PTR(t->uses));
	t->n = 0;
}

static void note_wild(struct checking *c, const struct odd_tag *odd)
{
	struct odd_tag *more;

	if (c->n_wild == WILD_MAX) {
		c->tally->dropped++;
		return;
	}
	more = array_grow(c->wild, &c->room_wild, c->n_wild, sizeof(*more));
	if (!more) {
		c->no_memory = true;
		return;
	}
	c->wild = more;
	c->wild[c->n_wild++] = *odd;
}

/* A tag is read when it is met first; the name of one that is none stays empty. */
static void read_tag(struct checking *c, struct memory_item *item)
{
	struct alloc_tag tag;

	if (!alloc_tags_read(c->at, item->key, &tag))
		return;
	snprintf(item->name, sizeof(item->name), "%s", tag.site);
	c->tally->n++;
}

static void on_tag(void *arg, uint64_t pfn, uint64_t kaddr, uint64_t tag)
{
	const struct odd_tag odd = { .pfn = pfn, .kaddr = kaddr, .tag = tag };
	struct checking *c = arg;
	uint32_t index = MEMORY_NO_ITEM;
	struct memory_item *item;
	bool made = false;

	c->tally->pages++;
	if (c->tags.n < TAGS_MAX) {
		index = memory_items_get(&c->tags, MEM_UNKNOWN, tag, &made);
		c->no_memory |= index == MEMORY_NO_ITEM;
	}
	if (index == MEMORY_NO_ITEM) {
		c->tally->dropped++;
		return;
	}
	item = &c->tags.list[index];
	if (made)
		read_tag(c, item);
	item->pages++;
	if (!item->name[0]) {
		note_wild(c, &odd);
	} else if (listing_has(c->listing, pfn)) {
		if (c->n_free < STALE)
			c->free[c->n_free++] = odd;
		c->tally->stale++;
	}
}

static int compare_uses(const void *a, const void *b)
{
	const struct tag_use *one = a, *other = b;

	if (one->tag.bytes != other->tag.bytes)
		return one->tag.bytes > other->tag.bytes ? -1 : 1;
	return one->kaddr < other->kaddr ? -1 : one->kaddr > other->kaddr;
}

static enum pgc_status make_uses(struct checking *c, struct pgc_err *err)
{
	struct tags_tally *t = c->tally;
	size_t n = 0;

	t->uses = calloc(t->n ? t->n : 1, sizeof(*t->uses));
	if (!t->uses)
		return pgc_err_nomem(err, "the tags of allocations");
	for (size_t i = 0; i < c->tags.n && n < t->n; i++) {
		const struct memory_item *item = &c->tags.list[i];
		struct tag_use *use = &t->uses[n];

		if (!item->name[0] || !alloc_tags_read(c->at, item->key, &use->tag))
			continue;
		use->kaddr = item->key;
		use->pages = item->pages;
		n++;
	}
	t->n = n;
	qsort(t->uses, n, sizeof(*t->uses), compare_uses);
	return PGC_OK;
}

static const char *site_of(const struct tags_tally *t, uint64_t kaddr)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->uses[i].kaddr == kaddr)
			return t->uses[i].tag.site;
	return NULL;
}

static void tell_page(struct checking *c, const struct odd_tag *odd, enum severity severity,
		      const char *what)
{
	const char *site = site_of(c->tally, odd->tag);
	struct finding f;

	finding_init(&f, FIND_ALLOC_TAG, odd->pfn);
	f.verdict = VERDICT_UNKNOWN;
	f.severity = severity;
	finding_hex(&f, FACT_FOUND, odd->tag);
	finding_hex(&f, FACT_FIELD_KADDR, odd->kaddr);
	if (site)
		finding_str(&f, FACT_ALLOC_SITE, site);
	finding_str(&f, FACT_WHAT, what);
	c->sink(c->arg, &f);
}

static void tell_count(struct checking *c, const struct tag_use *use, const char *counter, int64_t found,
		       int64_t expected)
{
	struct finding f;

	finding_init(&f, FIND_ALLOC_TAG, FINDING_NO_PFN);
	f.verdict = VERDICT_UNKNOWN;
	finding_str(&f, FACT_COUNTER, counter);
	finding_int(&f, FACT_FOUND, found);
	finding_int(&f, FACT_EXPECTED, expected);
	finding_str(&f, FACT_ALLOC_SITE, use->tag.site);
	finding_hex(&f, FACT_FIELD_KADDR, use->kaddr);
	c->sink(c->arg, &f);
}

/*
 * Counters are above what pages show: objects of slabs count there, too. A page is counted first and
 * has its tag then, and loses its tag last: one that somebody was about to free is short here.
 */
static void check_counts(struct checking *c, const struct tag_use *use)
{
	int64_t halfway = (int64_t)c->k->n_cpus + 1, pages;

	if (!use->tag.counted)
		return;
	pages = use->pages > (uint64_t)halfway ? (int64_t)use->pages - halfway : 0;
	if (use->tag.calls < pages)
		tell_count(c, use, "calls", use->tag.calls, (int64_t)use->pages);
	if (use->tag.bytes < (int64_t)((uint64_t)pages << c->k->page_shift))
		tell_count(c, use, "bytes", use->tag.bytes,
			   (int64_t)(use->pages << c->k->page_shift));
}

static void tell(struct checking *c)
{
	for (size_t i = 0; i < c->n_wild; i++)
		tell_page(c, &c->wild[i], SEV_CORRUPT, "there is no tag at that address");
	/* All of them, or, where profiling was off for a time, none. */
	if (c->tally->stale > c->n_free)
		return;
	c->tally->stale = 0;
	for (size_t i = 0; i < c->n_free; i++)
		tell_page(c, &c->free[i], SEV_SUSPECT, "a free page has no tag");
	for (size_t i = 0; i < c->tally->n; i++)
		check_counts(c, &c->tally->uses[i]);
}

enum pgc_status tags_check(struct kernel_reader kr, const struct listing *listing, finding_sink *sink,
			   void *arg, struct tags_tally *ret, struct pgc_err *err)
{
	struct checking *c = calloc(1, sizeof(*c));
	enum pgc_status st;

	*ret = (struct tags_tally){ 0 };
	if (!c)
		return pgc_err_nomem(err, "the tags of allocations");
	*c = (struct checking){ .k = kr.k, .listing = listing, .tally = ret, .sink = sink, .arg = arg };
	st = alloc_tags_create(kr, &c->at, &ret->state, err);
	if (st == PGC_OK && c->at) {
		st = alloc_tags_each(c->at, on_tag, c, err);
		if (st == PGC_OK && c->no_memory)
			st = pgc_err_nomem(err, "the tags of allocations");
		if (st == PGC_OK)
			st = make_uses(c, err);
		if (st == PGC_OK)
			tell(c);
	}
	alloc_tags_destroy(c->at);
	memory_items_deinit(&c->tags);
	free(c->wild);
	free(c);
	return st;
}
