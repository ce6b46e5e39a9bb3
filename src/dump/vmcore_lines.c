/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/vmcore_lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/dump_vmcoreinfo.h"
#include "dump/lines_fit.h"

#define CANDIDATES 16
/* Memory is searched in pieces of this many bytes. */
#define PIECE (UINT64_C(256) << 20)
/* And so far for a second kernel, once the one that the CPUs run is known: reading all takes long. */
#define ENOUGH (UINT64_C(16) << 30)

enum origin { FROM_FILE, FROM_NOTE, FROM_MEMORY };

struct candidate {
	struct dump_notes lines;	/* owned; nothing but the text */
	enum origin from;
	uint64_t paddr;			/* where in memory it is */
	struct lines_fit fit;
};

struct choice {
	struct vmcore *vc;
	const char *file;
	struct candidate c[CANDIDATES];
	size_t n;
	size_t best;			/* CANDIDATES: none yet */
	uint64_t searched;		/* bytes of memory, since there is one that will do */
	enum pgc_status st;		/* PGC_ENOMEM: not all could be tried */
};

static void deinit(struct choice *ch)
{
	for (size_t i = 0; i < ch->n; i++)
		dump_notes_deinit(&ch->c[i].lines);
}

_printf_(2, 3) static void remark(struct vmcore *vc, const char *fmt, ...)
{
	char *line = NULL;
	va_list ap;
	int n;

	if (vc->info.n_remarks == VMCORE_REMARKS)
		return;
	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	vc->remarks[vc->info.n_remarks] = line;
	vc->info.remarks[vc->info.n_remarks++] = line;
}

static enum pgc_status read_phys(void *arg, uint64_t paddr, void *buf, size_t len, size_t *done,
				 struct pgc_err *err)
{
	return vmcore_read_phys(arg, paddr, buf, len, done, err);
}

/* @keys may be NULL, and ends with NULL. */
static bool same_lines(const char *const *keys, const struct dump_notes *a,
		       const struct dump_notes *b)
{
	for (; keys && *keys; keys++) {
		const char *x = dump_notes_line(a, *keys), *y = dump_notes_line(b, *keys);

		if (!x != !y || (x && strcmp(x, y)))
			return false;
	}
	return true;
}

/* Do these texts speak of one kernel, at one place? */
static bool same_kernel(const struct dump_notes *a, const struct dump_notes *b)
{
	static const char *const keys[] = {
		"OSRELEASE", "BUILD-ID", "SYMBOL(init_uts_ns)", "SYMBOL(swapper_pg_dir)", NULL,
	};
	const struct arch *arch;

	for (size_t i = 0; (arch = arch_row(i)) != NULL; i++)
		if (!same_lines(arch->own_lines, a, b))
			return false;
	return same_lines(keys, a, b);
}

/* Is @a to be preferred to @b? Where they are alike, the one that came first is. */
static bool better(const struct candidate *a, const struct candidate *b)
{
	bool a_fits = a->fit.stage >= FIT_RELEASE, b_fits = b->fit.stage >= FIT_RELEASE;

	if (a_fits != b_fits)
		return a_fits;
	if (a_fits && a->fit.cpus != b->fit.cpus)
		return a->fit.cpus > b->fit.cpus;
	return a->fit.stage > b->fit.stage;
}

/* Takes the text out of @lines. */
static void add(struct choice *ch, struct dump_notes *lines, enum origin from, uint64_t paddr)
{
	struct candidate new = { .from = from, .paddr = paddr };
	const struct lines_fit_dump dump = {
		.arch = ch->vc->info.arch, .page_size = ch->vc->info.page_size,
		.fixed_page_size = ch->vc->kdump != NULL,
		.notes = ch->vc->notes, .read = read_phys, .arg = ch->vc,
	};
	struct candidate *c = &ch->c[ch->n];

	for (size_t i = 0; i < ch->n; i++)
		if (same_kernel(&ch->c[i].lines, lines) && ch->c[i].fit.stage >= FIT_RELEASE)
			return;
	lines_fit(lines, &dump, &new.fit);
	if (new.fit.no_memory) {
		ch->st = PGC_ENOMEM;
		return;
	}
	if (ch->n == CANDIDATES) {
		/* What leads nowhere makes room for what does. */
		c = NULL;
		for (size_t i = 0; i < ch->n && !c; i++)
			if (ch->c[i].from == FROM_MEMORY && i != ch->best &&
			    better(&new, &ch->c[i]))
				c = &ch->c[i];
		if (!c)
			return;
		dump_notes_deinit(&c->lines);
	} else {
		ch->n++;
	}
	*c = new;
	c->lines.vmcoreinfo = TAKE_PTR(lines->vmcoreinfo);
	c->lines.vmcoreinfo_len = lines->vmcoreinfo_len;
	if (ch->best == CANDIDATES || better(c, &ch->c[ch->best]))
		ch->best = (size_t)(c - ch->c);
}

/* A copy of a note's text. */
static enum pgc_status add_note(struct choice *ch, const char *text, size_t len,
				struct pgc_err *err)
{
	struct dump_notes lines = { .vmcoreinfo_len = len };

	lines.vmcoreinfo = malloc(len + 1);
	if (!lines.vmcoreinfo)
		return pgc_err_nomem(err, "VMCOREINFO");
	memcpy(lines.vmcoreinfo, text, len + 1);
	add(ch, &lines, FROM_NOTE, 0);
	dump_notes_deinit(&lines);
	return PGC_OK;
}

static enum pgc_status add_notes(struct choice *ch, struct pgc_err *err)
{
	const struct dump_notes *notes = ch->vc->notes;
	enum pgc_status st = PGC_OK;

	if (notes->vmcoreinfo)
		st = add_note(ch, notes->vmcoreinfo, notes->vmcoreinfo_len, err);
	for (size_t i = 0; i < notes->n_more && st == PGC_OK; i++)
		st = add_note(ch, notes->more[i].text, notes->more[i].len, err);
	return st;
}

static bool offer(void *arg, struct dump_notes *lines, uint64_t paddr)
{
	struct choice *ch = arg;

	add(ch, lines, FROM_MEMORY, paddr);
	return ch->st != PGC_OK;
}

/* Is there one that will do, so that no other is looked for? */
static bool settled(const struct choice *ch)
{
	const struct candidate *c = &ch->c[ch->best];

	return ch->best < CANDIDATES && c->fit.cpus >= 0 &&
	       (c->fit.stage == FIT_NODE || (c->fit.stage == FIT_RELEASE && c->fit.untold));
}

static enum pgc_status search(struct vmcore *vc, const void *what, uint64_t start, uint64_t end,
			      struct pgc_err *err)
{
	struct choice *ch = *(struct choice *const *)what;
	enum pgc_status st = PGC_ENOENT;

	while (start < end && st == PGC_ENOENT) {
		uint64_t len = end - start < PIECE ? end - start : PIECE;
		bool sure = settled(ch) && ch->c[ch->best].fit.cpus > 0;

		if (sure && ch->searched > ENOUGH)
			return PGC_OK;
		st = dump_vmcoreinfo_scan(read_phys, vc, start, start + len, offer, ch, err);
		ch->searched += sure ? len : 0;
		start += len;
	}
	return st;
}

static const char *release_of(const struct candidate *c)
{
	const char *release = dump_notes_line(&c->lines, "OSRELEASE");

	return release && *release ? release : "an unknown release";
}

/* "the VMCOREINFO note", or where else it is. */
static const char *name_of(const struct choice *ch, const struct candidate *c, char buf[160])
{
	if (c->from == FROM_MEMORY)
		snprintf(buf, 160, "the copy in memory at phys 0x%" PRIx64, c->paddr);
	else
		snprintf(buf, 160, "%.100s", c->from == FROM_FILE ? ch->file : "the VMCOREINFO note");
	return buf;
}

/* Whose kernel is there as well, and is not taken? */
static void tell_other(struct choice *ch, const struct candidate *c, const struct candidate *best)
{
	struct vmcore *vc = ch->vc;
	char name[160], used[160];

	if (c->fit.stage >= FIT_RELEASE && !same_kernel(&c->lines, &best->lines)) {
		remark(vc, "two kernels are in memory: %s by %s, %s, is analysed; %s by %s is not%s",
		       release_of(best), name_of(ch, best, used),
		       best->fit.cpus > 0 ? "which the CPUs run" :
		       best->fit.cpus < c->fit.cpus ? "as wanted" : "which reads best",
		       release_of(c), name_of(ch, c, name),
		       best->fit.cpus > c->fit.cpus ? "" : " (no CPU's registers tell which one ran)");
		vc->info.kernel_doubtful |= best->fit.cpus == c->fit.cpus &&
					    best->fit.stage == c->fit.stage;
	} else if (c->from != FROM_MEMORY) {
		remark(vc, "%s is wrong (%s): %s was used", name_of(ch, c, name),
		       c->fit.why, name_of(ch, best, used));
	}
}

static void tell(struct choice *ch, bool force)
{
	const struct candidate *best = &ch->c[ch->best];
	struct vmcore *vc = ch->vc;
	bool any_note = false;

	if (force)
		remark(vc, "%s was taken whether it fits or not (--force)%s%s", ch->file,
		       best->fit.why[0] ? ": " : "", best->fit.why);

	for (size_t i = 0; i < ch->n; i++) {
		any_note |= ch->c[i].from != FROM_MEMORY;
		if (i != ch->best && best->fit.stage >= FIT_RELEASE)
			tell_other(ch, &ch->c[i], best);
	}
	if (best->from == FROM_MEMORY && !any_note)
		remark(vc, "%s VMCOREINFO in its notes: found in memory at phys 0x%" PRIx64,
		       vc->notes->blank ? "nothing but zeros for" : "no", best->paddr);
	if (best->fit.stage < FIT_RELEASE && best->fit.why[0] &&
	    asprintf(&vc->doubt, "VMCOREINFO does not fit this memory: %s", best->fit.why) < 0)
		vc->doubt = NULL;
	vc->info.doubt = vc->doubt;
}

/* The user's file goes before a note that fits as well only if both are of one build. */
static enum pgc_status check_file(const struct choice *ch, struct pgc_err *err)
{
	const struct candidate *file = &ch->c[0];
	const char *id = dump_notes_line(&file->lines, "BUILD-ID");

	for (size_t i = 1; i < ch->n; i++) {
		const char *own = dump_notes_line(&ch->c[i].lines, "BUILD-ID");

		if (ch->c[i].from == FROM_NOTE && own && id && strcmp(own, id) &&
		    ch->c[i].fit.stage >= file->fit.stage)
			return pgc_err_set(err, PGC_EMISMATCH, "%s: VMCOREINFO of another kernel: its build-id is %s, the dump's kernel has %s (--force takes it all the same)",
					   ch->file, id, own);
	}
	return PGC_OK;
}

static void take(struct choice *ch, bool force)
{
	struct candidate *best = &ch->c[ch->best];
	struct vmcore *vc = ch->vc;

	tell(ch, force);
	vc->other.vmcoreinfo = TAKE_PTR(best->lines.vmcoreinfo);
	vc->other.vmcoreinfo_len = best->lines.vmcoreinfo_len;
	vc->lines = &vc->other;
	if (best->from == FROM_MEMORY)
		vc->info.vmcoreinfo_paddr = best->paddr;
	if (!vc->info.arch)
		vc->info.arch = best->fit.arch;
}

static enum pgc_status choose(struct choice *ch, bool force, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	if (ch->file) {
		struct dump_notes lines = DUMP_NOTES_INIT;

		st = dump_vmcoreinfo_load(ch->file, &lines, err);
		if (st == PGC_OK)
			add(ch, &lines, FROM_FILE, 0);
		dump_notes_deinit(&lines);
		if (st != PGC_OK)
			return st;
	}
	if (!force || !ch->file)
		st = add_notes(ch, err);
	if (st == PGC_OK && ch->file && !force)
		st = check_file(ch, err);
	if (st != PGC_OK)
		return st;
	if (!settled(ch) && !(ch->file && force)) {
		/* That there is no copy is no failure, nor that a page cannot be read. */
		st = vmcore_look_everywhere(ch->vc, search, &ch, NULL);
		if (st == PGC_ENOMEM)
			return pgc_err_nomem(err, "VMCOREINFO");
	}
	if (ch->best < CANDIDATES)
		take(ch, force && ch->file);
	return PGC_OK;
}

enum pgc_status vmcore_find_lines(struct vmcore *vc, const char *file, bool force,
				  struct pgc_err *err)
{
	struct choice *ch;
	enum pgc_status st;

	/* A live kernel's own word is right, and its memory does not hold still. */
	if (vc->kcore) {
		vc->lines = vc->notes->vmcoreinfo ? vc->notes : NULL;
		return PGC_OK;
	}
	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return pgc_err_nomem(err, "VMCOREINFO");
	ch->vc = vc;
	ch->file = file;
	ch->best = CANDIDATES;
	st = choose(ch, force, err);
	if (st == PGC_OK && ch->st != PGC_OK)
		st = pgc_err_nomem(err, "VMCOREINFO");
	deinit(ch);
	free(ch);
	return st;
}
