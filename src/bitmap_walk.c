/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bitmap_walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/ordered.h"
#include "judge/bit_damage.h"
#include "judge/flag_names.h"
#include "judge/judge.h"
#include "model/cma_areas.h"
#include "model/dual_bitmap.h"
#include "model/free_list.h"
#include "model/hugetlb_lists.h"
#include "model/iomem.h"
#include "model/listing.h"
#include "model/lru_edges.h"
#include "model/page_cache.h"
#include "model/page_owner.h"
#include "model/slab_caches.h"
#include "model/slab_lists.h"
#include "model/zone_counters.h"
#include "vmcore.h"
#include "walk/areas_check.h"
#include "walk/finding_run.h"
#include "walk/list_evidence.h"
#include "walk/memory_owners.h"
#include "walk/lru_check.h"
#include "walk/page_chunks.h"
#include "walk/page_facts.h"
#include "walk/page_homes.h"
#include "walk/page_walk.h"
#include "walk/tags_check.h"

/* Findings of a chunk that wait for their turn; with more of them its thread waits itself. */
#define KEPT_FINDINGS 32

/* What a chunk came to, until it is its turn. */
struct result {
	struct page_counts counts;
	bool spilled;		/* there were more: they have been delivered already */
	size_t n;
	struct finding findings[KEPT_FINDINGS];
};

/* One thread's part. */
struct worker {
	struct vmcore *vc;	/* owned, but for the only thread's: the first view */
	struct page_walk *pages;
	struct lru_edges *lru;
};

struct walk {
	struct kernel *k;
	struct kernel_reader kr;	/* of k, for all but the workers */
	struct summary *sum;
	const struct walk_options *opt;
	struct page_format fmt;
	struct listing *listing;
	struct dual_bitmap *db;		/* NULL: no bits */
	struct iomem *iomem;		/* NULL: everything may be memory */
	struct slab_caches *slabs;	/* NULL: what slabs say proves nothing */
	struct cma_areas *cma;		/* NULL: not known */
	struct page_homes *homes;	/* NULL: zone and node of pages prove nothing */
	struct page_owner *owner;	/* NULL: not recorded */
	struct flag_names *flags;
	struct finding_run lists;	/* findings about lists: folded, then to the sink */
	struct finding_run run;		/* findings about pages: folded, ... */
	struct bit_damage *damage;	/* ... then classified, then to the sink */
	finding_sink *sink;
	void *arg;
	struct page_chunks *chunks;
	uint64_t first, n_chunks;	/* those to be walked */
	struct worker *workers;
	bool wants_lru;
	unsigned int threads;
	struct result *results;		/* by slot */
};

/* A chunk under way on one thread. */
struct under_way {
	struct walk *w;
	struct ordered *o;
	const struct ordered_item *it;
	bool unwanted;			/* the job ended meanwhile */
};

/* Is it wanted? Then its flags are put into words. */
static bool take(struct walk *w, struct finding *f)
{
	if (w->opt->keep && !w->opt->keep(w->opt->keep_arg, f))
		return false;
	flag_names_fill(w->flags, f);
	return true;
}

/* Findings about zones and the checker: as they come. */
static void pass_on(struct walk *w, struct finding *f)
{
	if (take(w, f))
		w->sink(w->arg, f);
}

static void on_list_fact(void *arg, const struct list_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	if (!judge_list(fact, &f))
		return;
	list_evidence_add(w->kr, &w->fmt, w->db, fact, &f);
	if (take(w, &f))
		finding_run_add_listed(&w->lists, &f);
}

static void on_checker_fact(void *arg, const struct checker_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	if (judge_checker(fact, &f))
		pass_on(w, &f);
}

static void deliver_finding(struct walk *w, const struct finding *f)
{
	struct finding copy = *f;

	if (take(w, &copy))
		finding_run_add(&w->run, &copy);
}

/* Too many to be kept: wait for this chunk's turn, and deliver from now on as they come. */
static void spill(struct under_way *u)
{
	struct result *r = &u->w->results[u->it->slot];

	u->unwanted = !ordered_turn(u->o, u->it);
	for (size_t i = 0; i < r->n && !u->unwanted; i++)
		deliver_finding(u->w, &r->findings[i]);
	r->n = 0;
	r->spilled = true;
}

static void keep_finding(void *arg, const struct finding *f)
{
	struct under_way *u = arg;
	struct result *r = &u->w->results[u->it->slot];

	if (!r->spilled && r->n < KEPT_FINDINGS) {
		r->findings[r->n++] = *f;
		return;
	}
	if (!r->spilled)
		spill(u);
	if (!u->unwanted)
		deliver_finding(u->w, f);
}

static enum pgc_status walk_chunk(void *arg, struct ordered *o, const struct ordered_item *it,
				  struct pgc_err *err)
{
	struct walk *w = arg;
	struct result *r = &w->results[it->slot];
	struct under_way u = { .w = w, .o = o, .it = it };
	struct page_chunk chunk = page_chunks_get(w->chunks, w->first + it->nr);

	r->n = 0;
	r->spilled = false;
	return page_walk_chunk(w->workers[it->thread].pages, &chunk, &r->counts, keep_finding, &u,
			       err);
}

static void add_counts(struct summary *sum, const struct page_counts *c)
{
	struct coverage *cov = &sum->coverage;

	for (size_t i = 0; i < PAGE_STATES; i++)
		sum->states[i] += c->states[i];
	cov->pfns += c->coverage.pfns;
	cov->walked += c->coverage.walked;
	cov->holes += c->coverage.holes;
	cov->excluded += c->coverage.excluded;
	cov->elsewhere += c->coverage.elsewhere;
	cov->unreadable += c->coverage.unreadable;
	cov->limbo += c->coverage.limbo;
	cov->strays += c->coverage.strays;
	cov->bitmap_excluded += c->coverage.bitmap_excluded;
	cov->bitmap_elsewhere += c->coverage.bitmap_elsewhere;
	cov->bitmap_unreadable += c->coverage.bitmap_unreadable;
	sum->checker.primary_popcount += c->primary_popcount;
	if (c->hash) {
		uint64_t hash = htole64(c->hash);	/* the same name on any host */

		sum->memory_hash = hash_memory(sum->memory_hash, &hash, sizeof(hash));
	}
}

static void tell_progress(const struct walk *w, uint64_t done)
{
	if (w->opt->progress)
		w->opt->progress(w->opt->progress_arg, done, w->n_chunks);
}

static void deliver_chunk(void *arg, const struct ordered_item *it)
{
	struct walk *w = arg;
	const struct result *r = &w->results[it->slot];

	for (size_t i = 0; i < r->n; i++)
		deliver_finding(w, &r->findings[i]);
	add_counts(w->sum, &r->counts);
	tell_progress(w, it->nr + 1);
}

/* A thread has its own view of the dump; a single one uses the one there is. */
static enum pgc_status start_worker(struct walk *w, struct worker *worker, struct pgc_err *err)
{
	struct page_walk_input in = {
		.k = w->k, .listing = w->listing, .db = w->db, .iomem = w->iomem,
		.homes = w->homes,
		.slabs = w->slabs,
		.owner = w->owner, .zones = w->sum->zones, .long_way = w->opt->long_way,
		.hash = w->opt->hash, .cma = w->cma,
		.map = w->sum->map, .asked = w->opt->asked, .singly = w->opt->keep != NULL,
		.want = w->opt->want, .want_arg = w->opt->keep_arg,
		.live = vmcore_info(w->kr.vc)->live,
	};
	enum pgc_status st = PGC_OK;

	worker->vc = w->kr.vc;
	if (w->threads > 1)
		st = vmcore_dup(w->kr.vc, &worker->vc, err);
	if (st == PGC_OK && w->wants_lru)
		st = lru_edges_create(&worker->lru, err);
	in.lru = worker->lru;
	return st == PGC_OK ? page_walk_create(&in, worker->vc, &worker->pages, err) : st;
}

static void stop_workers(struct walk *w)
{
	for (unsigned int i = 0; w->workers && i < w->threads; i++) {
		struct worker *worker = &w->workers[i];

		page_walk_destroy(worker->pages);
		lru_edges_destroy(worker->lru);
		if (!worker->vc || worker->vc == w->kr.vc)
			continue;
		w->sum->bytes_read += vmcore_bytes_read(worker->vc);
		vmcore_close(worker->vc);
	}
	free(w->workers);
	w->workers = NULL;
}

static void on_lru_fact(void *arg, const struct lru_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	judge_lru(fact, &f);
	list_evidence_add_lru(w->kr, &w->fmt, w->db, fact, &f);
	pass_on(w, &f);
}

static void on_owner_fact(void *arg, const struct owner_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	judge_owner(fact, &f);
	list_evidence_add_owner(w->kr, &w->fmt, w->db, fact, &f);
	pass_on(w, &f);
}

static void on_slab_object(void *arg, const struct slab_object_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	judge_slab_object(fact, &f);
	pass_on(w, &f);
}

static void on_cache_fact(void *arg, const struct cache_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	judge_cache(fact, &f);
	pass_on(w, &f);
}

static void on_table_fact(void *arg, const struct table_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	judge_table(fact, &f);
	pass_on(w, &f);
}

static void on_cma_fact(void *arg, const struct cma_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	judge_cma(fact, &f);
	pass_on(w, &f);
}

static void on_counter_fact(void *arg, const struct counter_fact *fact)
{
	struct walk *w = arg;
	struct finding f;

	if (judge_counter(fact, &f))
		pass_on(w, &f);
}

/* No struct page is missing, in the dump or where its section is not known. */
static bool all_pages_seen(const struct walk *w)
{
	const uint64_t *states = w->sum->states;

	return !states[PS_EXCLUDED] && !states[PS_UNREADABLE] && !states[PS_NO_MEMMAP] &&
	       !states[PS_UNINIT] && !w->k->memory_unseen && w->fmt.swapbacked;
}

/* What the zones say of their pages on LRU lists. */
static void check_lru_counters(struct walk *w, const struct lru_edges *all)
{
	if (!all_pages_seen(w))
		return;
	for (size_t i = 0; i < w->k->n_zones; i++)
		if (w->k->zones[i].initialized && !w->k->zones[i].overwritten)
			zone_counters_compare_lru(w->kr, &w->k->zones[i], all, on_counter_fact, w);
}

/*
 * The links of the LRU lists, when all pages were walked. Not of a live kernel, whose lists change
 * faster than they are read.
 */
static enum pgc_status check_lru(struct walk *w, struct pgc_err *err)
{
	struct lru_edges *all = w->workers[0].lru;
	enum pgc_status st = PGC_OK;
	bool cut = false;

	for (unsigned int i = 1; i < w->threads && st == PGC_OK; i++)
		st = lru_edges_merge(all, w->workers[i].lru, err);
	if (st == PGC_OK)
		check_lru_counters(w, all);
	if (st == PGC_OK)
		lru_check(w->kr, &w->fmt, w->listing, w->homes, all, on_lru_fact, w, &cut);
	if (cut)
		summary_limit(w->sum, "not all links of the LRU lists could be checked");
	return st;
}

static enum pgc_status run_job(struct walk *w, const atomic_bool *stop, struct pgc_err *err)
{
	const struct ordered_job job = {
		.items = w->n_chunks, .threads = w->threads,
		.work = walk_chunk, .deliver = deliver_chunk, .arg = w, .stop = stop,
	};
	uint64_t delivered;
	enum pgc_status st;

	tell_progress(w, 0);
	st = ordered_run(&job, &delivered, err);
	/* Failed or stopped: what was not delivered was not walked. */
	w->sum->interrupted = st == PGC_OK && delivered < job.items;
	return st;
}

/* All chunks, or the one that has the page; a page that no chunk has is not judged. */
static void choose_chunks(struct walk *w)
{
	w->n_chunks = page_chunks_count(w->chunks);
	if (!w->opt->one_page)
		return;
	for (; w->first < w->n_chunks; w->first++) {
		struct page_chunk chunk = page_chunks_get(w->chunks, w->first);

		if (w->opt->pfn >= chunk.pfn && w->opt->pfn - chunk.pfn < chunk.n)
			break;
	}
	w->n_chunks = w->first < w->n_chunks;
}

static enum pgc_status walk_pages(struct walk *w, const atomic_bool *stop, struct pgc_err *err)
{
	bool live = vmcore_info(w->kr.vc)->live;
	enum pgc_status st;

	w->wants_lru = !w->opt->one_page && !live;
	st = page_chunks_create(w->k, w->db, &w->chunks, err);
	if (st != PGC_OK)
		return st;
	choose_chunks(w);
	w->threads = w->opt->threads ? w->opt->threads : 1;
	if (w->threads > w->n_chunks)
		w->threads = w->n_chunks ? (unsigned int)w->n_chunks : 1;
	w->workers = calloc(w->threads, sizeof(*w->workers));
	w->results = calloc(ordered_slots(w->threads), sizeof(*w->results));
	if (!w->workers || !w->results)
		return pgc_err_nomem(err, "the walk");
	for (unsigned int i = 0; i < w->threads && st == PGC_OK; i++)
		st = start_worker(w, &w->workers[i], err);
	if (st == PGC_OK)
		st = run_job(w, stop, err);
	finding_run_end(&w->run);
	bit_damage_flush(w->damage);
	if (st == PGC_OK && w->wants_lru && !w->sum->interrupted)
		st = check_lru(w, err);
	else if (st == PGC_OK && w->opt->one_page && !live)
		lru_check_page(w->kr, &w->fmt, w->listing, w->homes, w->opt->pfn, on_lru_fact, w);
	stop_workers(w);
	return st;
}

static void note_violations(struct walk *w)
{
	struct finding f;

	if (!w->sum->checker.has_stats || !w->sum->checker.violations_detected)
		return;
	finding_init(&f, FIND_VIOLATIONS_LOGGED, FINDING_NO_PFN);
	finding_num(&f, FACT_FOUND, w->sum->checker.violations_detected);
	pass_on(w, &f);
}

/* What was not seen must be reported: no findings in half of the memory is not a clean bill. */
/* What was asked for, and could not be done. */
static void tell_slab_limits(struct walk *w)
{
	uint64_t unread = 0;

	if (!w->opt->verify_slab)
		return;
	for (size_t i = 0; i < w->sum->slabs.n; i++)
		unread += w->sum->slabs.caches[i].unread;
	if (!w->sum->slabs.n)
		summary_limit(w->sum, "slabs were not checked: the kernel's slab caches were not found");
	else if (unread)
		summary_limit(w->sum, "%" PRIu64 " slabs were not checked: their memory is not in the dump",
			      unread);
}

static void tell_cache_limits(struct walk *w)
{
	const struct cache_tallies *cache = &w->sum->cache;
	uint64_t unread = 0, cut = cache->cut;

	if (!w->opt->verify_cache)
		return;
	for (size_t i = 0; i < cache->n; i++) {
		unread += cache->list[i].unread;
		cut += cache->list[i].cut;
	}
	if (!cache->n)
		summary_limit(w->sum, "the page cache was not checked: this kernel's is unknown");
	if (unread)
		summary_limit(w->sum, "%" PRIu64 " nodes of the page cache were not checked: they are not in the dump",
			      unread);
	if (cut)
		summary_limit(w->sum, "%" PRIu64 " lists of file systems or inodes could not be walked to the end",
			      cut);
}

static void tell_table_limits(struct walk *w)
{
	const struct table_tally *t = &w->sum->tables;

	if (!w->opt->verify_tables)
		return;
	if (!t->spaces)
		summary_limit(w->sum, "page tables were not checked: the kernel's address spaces were not found");
	if (t->unread)
		summary_limit(w->sum, "%" PRIu64 " page tables were not checked: they are not in the dump",
			      t->unread);
	if (t->spaces && t->incomplete)
		summary_remark(w->sum, "some address spaces may not have been found: that a page has fewer mappings than it counts is not reported");
	if (t->dropped)
		summary_limit(w->sum, "%" PRIu64 " findings about page tables are not listed", t->dropped);
}

/* A kernel without them lacks nothing. */
static void tell_tag_limits(struct walk *w)
{
	const struct tags_tally *t = &w->sum->tags;

	if (!w->opt->verify_tags)
		return;
	if (t->state == ALLOC_TAGS_UNUSABLE)
		summary_limit(w->sum, "the tags of allocations were not checked: they are not in page_ext, or their state cannot be read");
	if (t->stale)
		summary_remark(w->sum, "%" PRIu64 " free pages have tags of allocations: profiling was off for a time, so these and the counts of tags were not checked",
			       t->stale);
	if (t->dropped)
		summary_limit(w->sum, "the tags of %" PRIu64 " pages were not checked: there are too many odd ones",
			      t->dropped);
}

static void tell_limits(struct walk *w)
{
	const struct coverage *c = &w->sum->coverage;
	const struct checker_summary *pc = &w->sum->checker;

	for (size_t i = 0; i < w->k->n_limits; i++)
		summary_limit(w->sum, "%s", w->k->limits[i]);
	if (c->excluded > c->elsewhere)
		summary_limit(w->sum, "%" PRIu64 " struct pages are excluded from the dump",
			      c->excluded - c->elsewhere);
	if (c->elsewhere)
		summary_limit(w->sum, "%" PRIu64 " struct pages are in other pieces of the split dump",
			      c->elsewhere);
	if (c->unreadable)
		summary_limit(w->sum, "%" PRIu64 " struct pages cannot be read", c->unreadable);
	if (c->strays)
		summary_limit(w->sum, "%" PRIu64 " free pages are in zones that were not found: the lists of these zones were skipped",
			      c->strays);
	tell_slab_limits(w);
	tell_cache_limits(w);
	tell_table_limits(w);
	tell_tag_limits(w);
	if (c->lists_cut)
		summary_limit(w->sum, "%" PRIu64 " free list%s could not be walked to the end",
			      c->lists_cut, c->lists_cut == 1 ? "" : "s");
	if (pc->state == CHECKER_UNKNOWN && !layout_partial(w->k->lay))
		summary_limit(w->sum, "the kernel has the checker, but its bitmaps could not be located");
	if (pc->unreadable)
		summary_limit(w->sum, "the checker's state is not in the dump");
	if (pc->unusable)
		summary_limit(w->sum, "the checker's state is damaged: its bits were not compared");
	if (c->bitmap_elsewhere)
		summary_limit(w->sum, "the bits of %" PRIu64 " pages are in other pieces of the split dump",
			      c->bitmap_elsewhere);
	if (c->bitmap_excluded + c->bitmap_unreadable > c->bitmap_elsewhere)
		summary_limit(w->sum, "the bits of %" PRIu64 " pages are not in the dump",
			      c->bitmap_excluded + c->bitmap_unreadable - c->bitmap_elsewhere);
}

/* What was seen wrong while the model was read: before the lists that stand on it. */
static void check_records(struct walk *w)
{
	struct finding f;

	for (size_t i = 0; i < w->k->n_records && i < KERNEL_RECORDS; i++) {
		judge_record(w->k, &w->k->records[i], &f);
		pass_on(w, &f);
	}
}

/* What the zones say of themselves; against lists that were cut it would mean nothing. */
static void check_zones(struct walk *w)
{
	struct finding f;

	for (size_t i = 0; i < w->k->n_zones; i++) {
		const struct zone *z = &w->k->zones[i];

		if (!z->overwritten && judge_zone(z, &f))
			pass_on(w, &f);
		if (z->initialized && !w->sum->zones[i].lists_cut)
			zone_counters_compare(w->kr, z, &w->sum->zones[i], on_counter_fact, w);
	}
}

static void on_check_finding(void *arg, const struct finding *f)
{
	struct finding copy = *f;

	pass_on(arg, &copy);
}

static enum pgc_status check_areas(struct walk *w, struct pgc_err *err)
{
	struct areas_checked done;
	enum pgc_status st = areas_check(w->kr, w->listing, w->opt->names, on_check_finding, w,
					 &w->sum->areas, &done, err);

	if (st == PGC_OK && done.cut)
		summary_limit(w->sum, "not all areas of vmalloc were checked: their list could not be read");
	if (st == PGC_OK && done.unread)
		summary_limit(w->sum, "%" PRIu64 " areas of kernel memory were not checked whole: not all of their pages are known",
			      done.unread);
	return st;
}

/* What the owners of pages keep of them. What the slab allocator's lists hold is for the walk, too. */
static enum pgc_status check_owners(struct walk *w, struct pgc_err *err)
{
	enum pgc_status st;

	hugetlb_lists_check(w->kr, &w->fmt, on_owner_fact, w);
	st = cma_areas_create(w->kr, &w->cma, err);
	if (st != PGC_OK)
		return st;
	if (w->cma)
		cma_areas_check(w->cma, w->kr, w->listing, on_cma_fact, w);
	if (w->opt->verify_areas)
		st = check_areas(w, err);
	if (st == PGC_OK && w->opt->verify_tags)
		st = tags_check(w->kr, w->listing, on_check_finding, w, &w->sum->tags, err);
	if (st == PGC_OK && w->opt->verify_cache)
		st = page_cache_check(w->kr, &w->fmt, &w->sum->cache, on_cache_fact, w, err);
	if (st == PGC_OK && w->opt->verify_tables)
		st = table_check(w->kr, &w->fmt, w->listing, &w->sum->tables, on_table_fact, w, err);
	if (!w->slabs || st != PGC_OK)
		return st;
	st = slab_lists_check(w->kr, &w->fmt, w->slabs, on_owner_fact, w, err);
	return st == PGC_OK && w->opt->verify_slab ?
		       slab_objects_check(w->kr, &w->fmt, w->slabs, &w->sum->slabs, on_slab_object, w, err) :
		       st;
}

static enum pgc_status count_owners(struct walk *w, struct pgc_err *err)
{
	const struct memory_owners_input in = {
		.kr = w->kr, .fmt = &w->fmt, .listing = w->listing, .iomem = w->iomem,
		.slabs = w->slabs, .owner = w->owner, .names = w->opt->names,
	};
	enum pgc_status st;

	if (!w->opt->owners || w->sum->interrupted)
		return PGC_OK;
	st = memory_owners_count(&in, &w->sum->owners, err);
	if (st == PGC_OK && w->sum->owners.areas_cut)
		summary_remark(w->sum, "not all areas of vmalloc could be read: their pages are in use by nobody known");
	if (st == PGC_OK && w->sum->owners.unread)
		summary_remark(w->sum, "the pages of %" PRIu64 " areas of memory are not all known: of %s",
			       w->sum->owners.unread, w->sum->owners.unread_name);
	return st;
}

static enum pgc_status walk_all(struct walk *w, const atomic_bool *stop, struct pgc_err *err)
{
	enum owner_state owner_state;
	enum pgc_status st;

	st = listing_create(w->k, &w->listing, err);
	if (st == PGC_OK)
		st = dual_bitmap_create(w->kr, &w->sum->checker, on_checker_fact, w, &w->db, err);
	if (st != PGC_OK)
		return st;
	note_violations(w);
	check_records(w);
	st = iomem_create(w->kr, &w->iomem, err);
	if (st == PGC_OK)
		st = page_homes_create(w->k, w->kr.vc, w->iomem, &w->homes, err);
	if (st == PGC_OK)
		st = slab_caches_create(w->kr, &w->slabs, err);
	if (st == PGC_OK)
		st = page_owner_create(w->kr, &w->owner, &owner_state, err);
	if (st != PGC_OK)
		return st;
	st = free_list_walk_all(w->kr, &w->fmt, w->listing, w->sum->zones,
				&w->sum->coverage.lists_cut, on_list_fact, w, err);
	finding_run_end(&w->lists);
	if (st == PGC_OK) {
		check_zones(w);
		/* Those of a live kernel change while they are read, and no lock of it is ours. */
		if (!vmcore_info(w->kr.vc)->live)
			st = check_owners(w, err);
	}
	if (st == PGC_OK)
		st = walk_pages(w, stop, err);
	if (st == PGC_OK)
		st = count_owners(w, err);
	finding_run_end(&w->run);
	bit_damage_flush(w->damage);
	w->sum->checker.has_popcount = w->db && !w->sum->interrupted;
	tell_limits(w);
	return st;
}

static enum pgc_status setup(struct walk *w, struct pgc_err *err)
{
	enum pgc_status st = page_format_init(&w->fmt, w->kr, err);

	if (st == PGC_OK)
		st = bit_damage_create(w->sink, w->arg, &w->damage, err);
	if (st != PGC_OK)
		return st;
	finding_run_init(&w->lists, w->sink, w->arg);
	finding_run_init(&w->run, bit_damage_add, w->damage);
	w->flags = flag_names_create(w->k->lay);
	w->sum->zones = calloc(w->k->n_zones, sizeof(*w->sum->zones));
	if (!w->flags || !w->sum->zones)
		return pgc_err_nomem(err, "the walk");
	w->sum->n_zones = w->k->n_zones;
	return PGC_OK;
}

enum pgc_status bitmap_walk(struct kernel *k, struct vmcore *vc, struct summary *sum,
			    const struct walk_options *opt, const atomic_bool *stop,
			    finding_sink *sink, void *arg, struct pgc_err *err)
{
	struct walk w = {
		.k = k, .kr = kernel_reader_of(k, vc), .sum = sum, .opt = opt,
		.sink = sink, .arg = arg,
	};
	enum pgc_status st = setup(&w, err);

	if (st == PGC_OK)
		st = walk_all(&w, stop, err);
	bit_damage_destroy(w.damage);
	page_chunks_destroy(w.chunks);
	dual_bitmap_destroy(w.db);
	iomem_destroy(w.iomem);
	page_homes_destroy(w.homes);
	slab_caches_destroy(w.slabs);
	page_owner_destroy(w.owner);
	cma_areas_destroy(w.cma);
	listing_destroy(w.listing);
	flag_names_destroy(w.flags);
	free(w.results);
	return st;
}
