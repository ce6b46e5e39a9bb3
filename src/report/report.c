/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include <errno.h>
#include <string.h>

#include "base/checked.h"
#include "report/report_html.h"
#include "report/report_priv.h"
#include "walk/memory_map.h"

static const struct report_writer *const writers[] = {
	[REPORT_TEXT] = &report_text_writer,
	[REPORT_JSON] = &report_json_writer,
	[REPORT_JSONL] = &report_jsonl_writer,
	[REPORT_ONELINE] = &report_oneline_writer,
};

/* --html=- */
static bool is_stdout(const struct report *rep)
{
	return rep->opt.html && !strcmp(rep->opt.html, "-");
}

/* What open_html() opened; false: not all of it could be written. */
static bool close_html(struct report *rep)
{
	bool failed;

	if (rep->nowhere)
		fclose(rep->nowhere);
	if (!rep->html)
		return true;
	if (rep->nowhere)
		return !fflush(rep->html) && !ferror(rep->html);
	failed = ferror(rep->html) != 0;
	failed |= fclose(rep->html) != 0;
	return !failed;
}

static enum pgc_status open_html(struct report *rep, struct pgc_err *err)
{
	if (!rep->opt.html)
		return PGC_OK;
	if (is_stdout(rep)) {
		/* In the place of the text, which goes nowhere. */
		rep->nowhere = fopen("/dev/null", "we");
		if (!rep->nowhere)
			return pgc_err_set(err, PGC_EIO, "/dev/null: %s", strerror(errno));
		rep->html = rep->out;
		rep->out = rep->nowhere;
	} else {
		rep->html = fopen(rep->opt.html, "we");
	}
	if (!rep->html)
		return pgc_err_set(err, PGC_EIO, "cannot write %s: %s", rep->opt.html,
				   strerror(errno));
	if (rep->kept.max < HTML_KIND_FINDINGS)
		rep->kept.max = HTML_KIND_FINDINGS;
	return PGC_OK;
}

enum pgc_status report_begin(FILE *out, const struct report_options *opt,
			     const struct vmcore_info *info, struct summary *sum,
			     struct report **ret, struct pgc_err *err)
{
	struct report *rep = calloc(1, sizeof(*rep));
	enum pgc_status st;

	*ret = NULL;
	if (!rep)
		return pgc_err_nomem(err, "report");
	rep->out = out;
	rep->opt = *opt;
	rep->path = info->path;
	rep->info = info;
	rep->sum = sum;
	st = origin_create(&rep->origin, err);
	if (st != PGC_OK) {
		free(rep);
		return st;
	}
	if (opt->history)
		st = history_read(opt->history, &rep->history, err);
	if (st != PGC_OK) {
		origin_destroy(rep->origin);
		free(rep);
		return st;
	}
	report_name_run(rep);
	rep->writer = writers[opt->format];
	if (rep->writer->keeps && !opt->quiet)
		rep->kept.max = opt->max_findings;
	/* Whoever wants details, or a map of all of them, gets each. */
	if (rep->writer->keeps && !opt->verbose && !opt->html) {
		rep->kept.alike = report_alike;
		rep->kept.alike_arg = rep;
	}
	st = open_html(rep, err);
	if (st == PGC_OK)
		st = rep->writer->begin(rep, err);
	if (st != PGC_OK) {
		(void)close_html(rep);
		history_destroy(rep->history);
		origin_destroy(rep->origin);
		free(rep);
		return st;
	}
	*ret = rep;
	return PGC_OK;
}

static void add_place(struct report_tally *tally, const struct finding *f)
{
	for (size_t i = 0; i < tally->n_places; i++)
		if (tally->places[i].node == f->node && tally->places[i].zone == f->zone)
			return;
	if (tally->n_places == REPORT_PLACES) {
		tally->more_places = true;
		return;
	}
	tally->places[tally->n_places].node = f->node;
	tally->places[tally->n_places++].zone = f->zone;
}

static void count(struct report *rep, const struct finding *f)
{
	struct report_tally *tally = &rep->tally[f->id][f->severity];
	struct totals *totals = &rep->sum->totals;

	totals->by_severity[f->severity]++;
	totals->by_finding[f->id]++;
	tally->findings++;
	add_place(tally, f);
	if (f->pfn == FINDING_NO_PFN)
		return;
	if (!add_ok(tally->pages, f->count, &tally->pages))
		tally->pages = UINT64_MAX;
	if (f->explained && !add_ok(totals->explained, f->count, &totals->explained))
		totals->explained = UINT64_MAX;
}

/* Which bits of a word are wrong, as far as the evidence says. */
static void count_bits(struct report *rep, const struct finding *f)
{
	const struct evidence *xor = finding_fact(f, FACT_XOR), *bit = finding_fact(f, FACT_BIT);

	if (f->severity == SEV_NOTE)
		return;
	if (finding_field_xor(f) || (xor && xor->kind == EV_HEX)) {
		uint64_t wrong = finding_field_xor(f) ? finding_field_xor(f) : xor->num;

		for (uint64_t bits = wrong; bits; bits &= bits - 1)
			rep->bits[__builtin_ctzll(bits)]++;
	} else if (bit && finding_type(f->id)->flight == FLIGHT_PAIR) {
		/* A run goes on through the words of the map. */
		for (unsigned int i = 0; i < 64; i++)
			rep->bits[(bit->num + i) % 64] += f->count / 64 + (i < f->count % 64);
	}
}

void report_finding(void *arg, const struct finding *f)
{
	struct report *rep = arg;
	struct report_tally *tally = &rep->tally[f->id][f->severity];

	/* Ignoring a hole in the dump does not fill it. */
	if (finding_marked(f->id, MARK_HOLE))
		rep->sum->incomplete = true;
	if (rep->opt.ignore[f->id]) {
		rep->sum->totals.ignored++;
		return;
	}
	count(rep, f);
	count_bits(rep, f);
	report_signature_add(&rep->signature, f);
	origin_add(rep->origin, f);
	if (rep->history)
		history_note(rep->history, f, rep->sum->page_size);
	if (rep->sum->map && f->pfn != FINDING_NO_PFN)
		memory_map_mark(rep->sum->map, f->pfn, f->count, f->severity);
	if (rep->status == PGC_OK)
		rep->status = report_kept_add(&rep->kept, f);
	/* Capped by severity too: many notes must not crowd out the one that is corrupt.
	 */
	if (rep->status != PGC_OK || tally->listed >= rep->opt.max_findings)
		return;
	tally->listed++;
	if (!rep->writer->finding)
		return;
	errno = 0;
	rep->status = rep->writer->finding(rep, f);
	if (rep->status == PGC_OK && ferror(rep->out))
		rep->status = PGC_EIO;
	rep->saved_errno = errno;
}

/* The stream's own word on whether all of it arrived. */
static enum pgc_status flush(struct report *rep, enum pgc_status st, struct pgc_err *err)
{
	if (st != PGC_OK && st != PGC_EIO)
		return st;
	if (st == PGC_OK && fflush(rep->out) == 0 && !ferror(rep->out))
		return PGC_OK;
	if (st == PGC_OK)
		rep->saved_errno = errno;
	return pgc_err_set(err, PGC_EIO, "cannot write the report: %s",
			   rep->saved_errno ? strerror(rep->saved_errno) : "write error");
}

/* The other output may have failed: this one is still of use. */
static enum pgc_status write_html(struct report *rep, enum pgc_status st, struct pgc_err *err)
{
	if (!rep->html)
		return st;
	if (rep->status != PGC_ENOMEM)
		report_html(rep, rep->html);
	if (!close_html(rep) && st == PGC_OK)
		return pgc_err_set(err, PGC_EIO, "cannot write %s: %s", rep->opt.html,
				   errno ? strerror(errno) : "write error");
	return st;
}

enum pgc_status report_end(struct report *rep, struct pgc_err *err)
{
	enum pgc_status st = rep->status;

	if (st == PGC_ENOMEM) {
		(void)pgc_err_nomem(err, "finding");
	} else if (st == PGC_OK) {
		errno = 0;
		st = rep->writer->end(rep, err);
	}
	st = flush(rep, st, err);
	st = write_html(rep, st, err);
	report_kept_free(&rep->kept);
	history_destroy(rep->history);
	origin_destroy(rep->origin);
	free(rep);
	return st;
}

enum pgc_status report_failure(FILE *out, const struct report_options *opt, const char *path,
			       const struct vmcore_info *info, struct summary *sum,
			       const char *why, struct pgc_err *err)
{
	struct report *rep;
	enum pgc_status st;

	if (opt->format != REPORT_JSON && opt->format != REPORT_JSONL)
		return PGC_OK;
	rep = calloc(1, sizeof(*rep));
	if (!rep)
		return pgc_err_nomem(err, "report");
	rep->out = out;
	rep->opt = *opt;
	rep->path = path;
	rep->info = info;
	rep->sum = sum;
	report_name_run(rep);
	errno = 0;
	if (opt->format == REPORT_JSON)
		st = report_json_failure(rep, why, err);
	else
		st = report_jsonl_failure(rep, why, err);
	st = flush(rep, st, err);
	free(rep);
	return st;
}

int report_exit_status(const struct summary *sum, bool strict)
{
	int status = EXIT_CONSISTENT;

	if (report_inconsistent(sum, strict))
		status |= EXIT_CORRUPT;
	if (report_incomplete(sum))
		status |= EXIT_INCOMPLETE;
	if (sum->interrupted)
		status |= EXIT_INTERRUPTED;
	return status;
}
