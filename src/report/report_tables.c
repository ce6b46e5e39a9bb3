/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of the text form: free blocks by order and migratetype, states, coverage.
 */
#include <inttypes.h>
#include <string.h>

#include "report/report_priv.h"

/* So many zones are listed even when nothing is wrong with them. */
#define FEW_ZONES 4
#define TOP_SITES 10

/* Which columns of the table have anything in them, and how wide they are. */
struct columns {
	bool used[SUMMARY_MIGRATETYPES];
	int width[SUMMARY_MIGRATETYPES];
	char name[SUMMARY_MIGRATETYPES][24];
};

static int digits(uint64_t n)
{
	int d = 1;

	for (; n > 9; n /= 10)
		d++;
	return d;
}

static void plan_columns(const struct summary *sum, const struct zone_summary *z,
			 struct columns *col)
{
	*col = (struct columns){ 0 };
	for (size_t mt = 0; mt < SUMMARY_MIGRATETYPES; mt++) {
		int width = 0;

		if (mt < sum->n_migratetypes && sum->migratetypes[mt])
			report_clean(col->name[mt], sizeof(col->name[mt]),
				     sum->migratetypes[mt], true);
		else
			snprintf(col->name[mt], sizeof(col->name[mt]), "type %zu", mt);
		for (size_t order = 0; order < SUMMARY_ORDERS; order++) {
			col->used[mt] |= z->blocks[order][mt] > 0;
			if (digits(z->blocks[order][mt]) > width)
				width = digits(z->blocks[order][mt]);
		}
		if ((int)strlen(col->name[mt]) > width)
			width = (int)strlen(col->name[mt]);
		col->width[mt] = width;
	}
}

static uint64_t listed_blocks(const struct zone_summary *z, size_t order)
{
	uint64_t listed = 0;

	for (size_t mt = 0; mt < SUMMARY_MIGRATETYPES; mt++)
		listed += z->blocks[order][mt];
	return listed;
}

static void put_order(FILE *out, const struct zone_summary *z, const struct columns *col,
		      size_t order)
{
	uint64_t listed = listed_blocks(z, order);

	fprintf(out, "  %5zu", order);
	for (size_t mt = 0; mt < SUMMARY_MIGRATETYPES; mt++)
		if (col->used[mt])
			fprintf(out, "  %*" PRIu64, col->width[mt], z->blocks[order][mt]);
	fprintf(out, "  %7" PRIu64 "  %7" PRIu64 "%s\n", listed, z->nr_free[order],
		listed == z->nr_free[order] ? "" : "  <- differ");
}

static void zone_name(const struct zone_summary *z, char *buf, size_t size)
{
	char name[32];

	report_clean(name, sizeof(name), z->name ? z->name : "?", true);
	snprintf(buf, size, "node %d, %s", z->node, name);
}

static void put_zone_head(FILE *out, const struct zone_summary *z)
{
	char name[48];

	zone_name(z, name, sizeof(name));
	fprintf(out, "\n%s: from page 0x%" PRIx64 ", %" PRIu64 " spanned, %" PRIu64
		     " present, %" PRIu64 " managed\n", name, z->start_pfn, z->spanned,
		z->present, z->managed);
	fprintf(out, "  free: %" PRIu64 " on lists, %" PRId64 " by counter%s%s\n",
		z->free_listed, z->nr_free_pages, z->lists_cut ? "; not all lists were seen" : "",
		z->lock_held ? "; its lock was held" : "");
	if (z->unaccepted)
		fprintf(out, "  %" PRIu64 " not yet accepted\n", z->unaccepted);
}

/* Orders of which there are no blocks are left out: most of a busy zone's. */
static void put_zone(FILE *out, const struct summary *sum, const struct zone_summary *z)
{
	struct columns col;
	bool any = false;

	put_zone_head(out, z);
	plan_columns(sum, z, &col);
	for (size_t order = 0; order < z->orders && order < SUMMARY_ORDERS; order++) {
		if (!listed_blocks(z, order) && !z->nr_free[order])
			continue;
		if (!any) {
			fputs("  order", out);
			for (size_t mt = 0; mt < SUMMARY_MIGRATETYPES; mt++)
				if (col.used[mt])
					fprintf(out, "  %*s", col.width[mt], col.name[mt]);
			fputs("   listed  nr_free\n", out);
		}
		any = true;
		put_order(out, z, &col, order);
	}
}

/* Most nodes lack most zones. */
static bool is_used(const struct zone_summary *z)
{
	return z->spanned > 0 || z->free_listed > 0;
}

static bool has_findings(const struct report *rep, const struct zone_summary *z)
{
	for (size_t i = 0; i < FINDING_IDS; i++)
		for (size_t sev = SEV_SUSPECT; sev < SEVERITIES; sev++) {
			const struct report_tally *t = &rep->tally[i][sev];

			if (t->more_places)
				return true;
			for (size_t p = 0; p < t->n_places; p++)
				if (t->places[p].node == z->node && t->places[p].zone == z->name)
					return true;
		}
	return false;
}

static void put_zones(const struct report *rep)
{
	const struct summary *sum = rep->sum;
	size_t used = 0, left_out = 0;

	for (size_t i = 0; i < sum->n_zones; i++)
		used += is_used(&sum->zones[i]);
	for (size_t i = 0; i < sum->n_zones; i++) {
		const struct zone_summary *z = &sum->zones[i];

		if (!is_used(z))
			continue;
		/* A machine with many nodes would bury the zones that matter. */
		if (rep->opt.verbose || used <= FEW_ZONES || has_findings(rep, z))
			put_zone(rep->out, sum, z);
		else
			left_out++;
	}
	if (left_out)
		fprintf(rep->out, "\n%zu zones without findings: add -v\n", left_out);
}

static void put_per_cpu(const struct report *rep)
{
	const struct summary *sum = rep->sum;
	bool any = false;

	for (size_t i = 0; i < sum->n_zones; i++) {
		const struct zone_summary *z = &sum->zones[i];
		const struct pcp_summary *p = &z->per_cpu;
		char name[48], most[48] = "-";

		if (!p->cpus || (!z->pcp && !p->counted && !p->differ && !p->locked))
			continue;
		if (!any)
			fputs("\nper CPU            CPUs   listed  counted  most              differ  locked\n",
			      rep->out);
		any = true;
		zone_name(z, name, sizeof(name));
		if (p->most)
			snprintf(most, sizeof(most), "%" PRIu64 " on CPU %d", p->most,
				 p->most_cpu);
		fprintf(rep->out, "  %-16s %4u %8" PRIu64 " %8" PRId64 "  %-16s  %6u  %6u\n",
			name, p->cpus, z->pcp, p->counted, most, p->differ, p->locked);
	}
}

static void put_states(const struct report *rep)
{
	const struct summary *sum = rep->sum;

	fputs("\npages by state\n", rep->out);
	for (size_t i = 0; i < PAGE_STATES; i++)
		if (sum->states[i] > 0)
			fprintf(rep->out, "  %-46s %12" PRIu64 "\n",
				page_state_text((enum page_state)i), sum->states[i]);
}

/* One line for each cache that has slabs on partial lists. */
static void put_slabs(const struct report *rep)
{
	const struct slab_tallies *slabs = &rep->sum->slabs;

	if (slabs->n)
		fputs("\nslab caches                                 size   slabs  free objects  result\n",
		      rep->out);
	for (size_t i = 0; i < slabs->n; i++) {
		const struct slab_tally *c = &slabs->caches[i];
		char name[SLAB_NAME_LEN];

		if (!c->slabs)
			continue;
		report_clean(name, sizeof(name), c->name, true);
		fprintf(rep->out, "  %-40s %5" PRIu32 " %7" PRIu64 " %13" PRIu64 "  ", name, c->size,
			c->slabs, c->free);
		if (c->corrupt)
			fprintf(rep->out, "%" PRIu64 " corrupt\n", c->corrupt);
		else if (c->unread)
			fprintf(rep->out, "%" PRIu64 " not read\n", c->unread);
		else
			fputs("clean\n", rep->out);
	}
}

/* One line for each file system with pages in the page cache, and each swap area. */
static void put_cache(const struct report *rep)
{
	const struct cache_tallies *cache = &rep->sum->cache;

	if (cache->n)
		fputs("\nfile systems                       files      pages     values  result\n", rep->out);
	for (size_t i = 0; i < cache->n; i++) {
		const struct cache_tally *c = &cache->list[i];
		char text[2 * FILE_SYSTEM_NAME_LEN + 4], name[sizeof(text)];

		if (!c->files && !c->corrupt && !c->unread && !c->locked)
			continue;
		snprintf(text, sizeof(text), *c->fs.id ? "%s (%s)" : "%s", c->fs.type, c->fs.id);
		report_clean(name, sizeof(name), text, true);
		fprintf(rep->out, "  %-30s %7" PRIu64 " %10" PRIu64 " %10" PRIu64 "  ", name, c->files,
			c->pages, c->values);
		if (c->corrupt)
			fprintf(rep->out, "%" PRIu64 " wrong\n", c->corrupt);
		else if (c->unread)
			fprintf(rep->out, "%" PRIu64 " not read\n", c->unread);
		else if (c->locked)
			fprintf(rep->out, "clean, %" PRIu64 " locked\n", c->locked);
		else
			fputs("clean\n", rep->out);
	}
}

static void put_page_tables(const struct report *rep)
{
	const struct table_tally *t = &rep->sum->tables;

	if (t->spaces)
		fprintf(rep->out, "\npage tables: %" PRIu64 " of %" PRIu64 " address spaces and the kernel, %"
			PRIu64 " entries that map pages\n", t->tables, t->spaces, t->entries);
}

/* Those lines of source that have most, by the kernel's own count. */
static void put_alloc_tags(const struct report *rep)
{
	const struct tags_tally *t = &rep->sum->tags;
	size_t shown = rep->opt.verbose || t->n < TOP_SITES ? t->n : TOP_SITES;

	if (t->state != ALLOC_TAGS_ON)
		return;
	fprintf(rep->out, "\nallocation tags: of %" PRIu64 " pages, by %zu lines of source\n", t->pages, t->n);
	for (size_t i = 0; i < shown; i++) {
		const struct tag_use *use = &t->uses[i];
		char site[ALLOC_SITE_LEN], size[32];

		report_clean(site, sizeof(site), use->tag.site, true);
		report_size(use->tag.bytes > 0 ? (uint64_t)use->tag.bytes : 0, size, sizeof(size));
		fprintf(rep->out, "  %10s  ", use->tag.counted ? size : "?");
		report_text_wrap(rep->out, site, 14, 14);
	}
	if (shown < t->n)
		fprintf(rep->out, "  and %zu more (-v shows all)\n", t->n - shown);
}

void report_text_tables(const struct report *rep)
{
	put_zones(rep);
	put_per_cpu(rep);
	put_slabs(rep);
	put_cache(rep);
	put_page_tables(rep);
	put_alloc_tags(rep);
	if (rep->opt.verbose)
		put_states(rep);
}

/* Rounding must not make all of what is not quite all, nor nothing of a little. */
static void put_share(FILE *out, const char *label, uint64_t n, uint64_t of)
{
	double percent;

	fprintf(out, "  %-46s %12" PRIu64, label, n);
	percent = of > 0 ? 100.0 * (double)n / (double)of : 0;
	if (of == 0)
		fputc('\n', out);
	else if (n > 0 && percent < 0.1)
		fputs("   <0.1 %\n", out);
	else if (n < of && percent > 99.9)
		fputs("  >99.9 %\n", out);
	else
		fprintf(out, "  %5.1f %%\n", percent);
}

size_t report_gaps(const struct coverage *cov, struct report_gap ret[REPORT_GAPS])
{
	const struct report_gap all[REPORT_GAPS] = {
		{ "no memmap (holes)", cov->holes },
		{ "excluded from the dump", cov->excluded - cov->elsewhere },
		{ "in another piece of the split dump", cov->elsewhere },
		{ "unreadable", cov->unreadable },
		{ "bits of the maps excluded",
		  cov->bitmap_excluded - cov->bitmap_elsewhere },
		{ "bits of the maps in another piece", cov->bitmap_elsewhere },
		{ "bits of the maps unreadable", cov->bitmap_unreadable },
	};
	size_t n = 0;

	for (size_t i = 0; i < REPORT_GAPS; i++)
		if (all[i].pages)
			ret[n++] = all[i];
	return n;
}

void report_text_coverage(FILE *out, const struct summary *sum)
{
	const struct coverage *cov = &sum->coverage;
	struct report_gap gaps[REPORT_GAPS];
	size_t n_gaps = report_gaps(cov, gaps);

	fputs("\ncoverage\n", out);
	put_share(out, "page frames in the range", cov->pfns, 0);
	put_share(out, "walked", cov->walked, cov->pfns);
	for (size_t i = 0; i < n_gaps; i++)
		put_share(out, gaps[i].label, gaps[i].pages, cov->pfns);
	if (cov->limbo > 0)
		put_share(out, "walked, but refcount 0 and on no list", cov->limbo,
			  cov->pfns);
	if (sum->totals.explained > 0)
		put_share(out, "in findings that have a harmless cause", sum->totals.explained,
			  cov->pfns);
	if (cov->lists_cut > 0)
		put_share(out, "free lists not walked to the end", cov->lists_cut, 0);
	if (cov->looks > 0) {
		put_share(out, "passes that had to agree on a finding", cov->looks, 0);
		put_share(out, "findings of the first pass that were gone", cov->transient, 0);
	}
	if (sum->text.done) {
		put_share(out, "bytes of code and constants compared", sum->text.compared, 0);
		put_share(out, "that the kernel may rewrite", sum->text.left_out, sum->text.compared);
		put_share(out, "that are not in the dump", sum->text.unread, sum->text.compared);
		if (sum->text.modules + sum->text.modules_missing + sum->text.modules_unknown) {
			put_share(out, "modules compared with their files", sum->text.modules, 0);
			put_share(out, "modules whose file was not found",
				  sum->text.modules_missing + sum->text.modules_unknown, 0);
		}
	}
	for (size_t i = 0; i < sum->n_limits && i < ARRAY_SIZE(sum->limits); i++) {
		char limit[LIMIT_LEN];

		report_clean(limit, sizeof(limit), sum->limits[i], true);
		fputs(i == 0 ? "limits\n  - " : "  - ", out);
		report_text_wrap(out, limit, 4, 4);
	}
	if (sum->totals.ignored > 0)
		fprintf(out, "ignored on request: %" PRIu64 " findings\n",
			sum->totals.ignored);
}
