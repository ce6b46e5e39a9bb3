/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/vmcore_lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dump/dump_vmcoreinfo.h"
#include "dump/lines_fit.h"

#define CANDIDATES 16
/* Memory is searched in pieces of this many bytes. */
#define PIECE (UINT64_C(256) << 20)
/* And so far for a second kernel, once there is one that will do: reading all takes long. */
#define ENOUGH (UINT64_C(16) << 30)

enum origin { FROM_FILE, FROM_NOTE, FROM_MEMORY };

struct candidate {
	struct dump_notes lines;	/* owned; nothing but the text */
	enum origin from;
	size_t nr;			/* of the notes, which; counted from 1 */
	uint64_t paddr;			/* where in memory it is */
	struct lines_fit fit;
};

struct vmcore_choice {
	struct vmcore *vc;
	const char *file;		/* borrowed until the dump is closed */
	bool force;			/* it was taken untried, and nothing else was looked at */
	const char *what;		/* "vmlinux" or "layout" whose build it is; NULL: unknown */
	bool chosen;			/* a first time */
	bool all_seen;			/* memory was searched */
	struct candidate c[CANDIDATES];
	size_t n;
	size_t best;			/* CANDIDATES: none yet */
	uint64_t searched;		/* bytes of memory, since there is one that will do */
	enum pgc_status st;		/* PGC_ENOMEM: not all could be tried */
};

void vmcore_choice_destroy(struct vmcore_choice *ch)
{
	if (!ch)
		return;
	for (size_t i = 0; i < ch->n; i++)
		dump_notes_deinit(&ch->c[i].lines);
	free(ch);
}

static void forget_remarks(struct vmcore *vc)
{
	while (vc->info.n_remarks)
		free(vc->remarks[--vc->info.n_remarks]);
	free(TAKE_PTR(vc->doubt));
	vc->info.doubt = NULL;
	vc->info.kernel_doubtful = false;
	vc->info.vmcoreinfo_paddr = 0;
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

/* Takes the text out of @lines. @at: the note's number, or where in memory. */
static void add(struct vmcore_choice *ch, struct dump_notes *lines, enum origin from, uint64_t at)
{
	struct candidate new = { .from = from, .nr = from == FROM_NOTE ? at : 0,
				 .paddr = from == FROM_MEMORY ? at : 0 };
	const struct lines_fit_dump dump = {
		.arch = ch->vc->info.arch,
		.kdump = ch->vc->kdump ? dump_kdump_header(ch->vc->kdump) : NULL,
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
			    ch->vc->lines != &ch->c[i].lines && better(&new, &ch->c[i]))
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

/* A copy of the text of note @nr. */
static enum pgc_status add_note(struct vmcore_choice *ch, size_t nr, const char *text, size_t len,
				struct pgc_err *err)
{
	struct dump_notes lines = { .vmcoreinfo_len = len };

	lines.vmcoreinfo = malloc(len + 1);
	if (!lines.vmcoreinfo)
		return pgc_err_nomem(err, "VMCOREINFO");
	memcpy(lines.vmcoreinfo, text, len + 1);
	add(ch, &lines, FROM_NOTE, nr);
	dump_notes_deinit(&lines);
	return PGC_OK;
}

static enum pgc_status add_notes(struct vmcore_choice *ch, struct pgc_err *err)
{
	const struct dump_notes *notes = ch->vc->notes;
	enum pgc_status st = PGC_OK;

	if (notes->vmcoreinfo)
		st = add_note(ch, 1, notes->vmcoreinfo, notes->vmcoreinfo_len, err);
	for (size_t i = 0; i < notes->n_more && st == PGC_OK; i++)
		st = add_note(ch, i + 2, notes->more[i].text, notes->more[i].len, err);
	return st;
}

static bool offer(void *arg, struct dump_notes *lines, uint64_t paddr)
{
	struct vmcore_choice *ch = arg;

	add(ch, lines, FROM_MEMORY, paddr);
	return ch->st != PGC_OK;
}

/* Is there one that will do, so that no other is looked for? */
static bool settled(const struct vmcore_choice *ch)
{
	const struct candidate *c = &ch->c[ch->best];

	return ch->best < CANDIDATES && c->fit.cpus >= 0 &&
	       (c->fit.stage == FIT_NODE || (c->fit.stage == FIT_RELEASE && c->fit.untold));
}

static enum pgc_status search(struct vmcore *vc, const void *what, uint64_t start, uint64_t end,
			      struct pgc_err *err)
{
	struct vmcore_choice *ch = *(struct vmcore_choice *const *)what;
	enum pgc_status st = PGC_ENOENT;

	while (start < end && st == PGC_ENOENT) {
		uint64_t len = end - start < PIECE ? end - start : PIECE;
		/* The second search, for the kernel of a vmlinux, has one to fall back on as well. */
		bool sure = settled(ch) && (ch->c[ch->best].fit.cpus > 0 || ch->chosen);

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

/* "the VMCOREINFO note", of several the number, or where else it is. */
static const char *name_of(const struct vmcore_choice *ch, const struct candidate *c,
			   char buf[160])
{
	if (c->from == FROM_MEMORY)
		snprintf(buf, 160, "the copy in memory at phys 0x%" PRIx64, c->paddr);
	else if (c->from == FROM_FILE)
		snprintf(buf, 160, "%.100s", ch->file);
	else if (ch->vc->notes->n_more)
		snprintf(buf, 160, "VMCOREINFO note %zu", c->nr);
	else
		snprintf(buf, 160, "the VMCOREINFO note");
	return buf;
}

/* Why @best and not @c, which fits as well; NULL: nothing shows which of them ran. */
static const char *reason(const struct vmcore_choice *ch, const struct candidate *c,
			  const struct candidate *best, char buf[80])
{
	if (best->fit.cpus > c->fit.cpus)
		return best->fit.cpus > 0 ? "which the CPUs run" : "because the CPUs do not run the other";
	if (ch->what) {
		snprintf(buf, 80, "of which the %.30s is", ch->what);
		return buf;
	}
	return best->from == FROM_FILE ? "which --vmcoreinfo names" : NULL;
}

/* Whose kernel is there as well, and is not taken? */
static void tell_other(struct vmcore_choice *ch, const struct candidate *c,
		       const struct candidate *best)
{
	struct vmcore *vc = ch->vc;
	char name[160], used[160], buf[80];

	if (c->fit.stage >= FIT_RELEASE && !same_kernel(&c->lines, &best->lines)) {
		const char *why = reason(ch, c, best, buf);

		remark(vc, "two kernels are in memory: %s by %s, %s, is analysed; %s by %s is not%s",
		       release_of(best), name_of(ch, best, used),
		       why ? why : best->fit.stage > c->fit.stage ? "which fits best" :
		       "the first of two that fit",
		       release_of(c), name_of(ch, c, name),
		       why ? "" : " (no CPU's registers show which one ran)");
		vc->info.kernel_doubtful |= !why && best->fit.stage == c->fit.stage;
	} else if (c->from != FROM_MEMORY) {
		remark(vc, "%s is wrong (%s): %s was used", name_of(ch, c, name),
		       c->fit.why, name_of(ch, best, used));
	}
}

static void tell(struct vmcore_choice *ch)
{
	const struct candidate *best = &ch->c[ch->best];
	struct vmcore *vc = ch->vc;
	bool any_note = false;

	if (ch->force)
		remark(vc, "%s was used without a check (--force)%s%s", ch->file,
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

static bool note_has(const struct dump_notes *notes, const char *id)
{
	const char *own = dump_notes_line(notes, "BUILD-ID");
	bool has = own && !strcmp(own, id);

	for (size_t i = 0; i < notes->n_more && !has; i++) {
		const struct dump_notes more = { .vmcoreinfo = notes->more[i].text,
						 .vmcoreinfo_len = notes->more[i].len };

		own = dump_notes_line(&more, "BUILD-ID");
		has = own && !strcmp(own, id);
	}
	return has;
}

/* The user's file goes before a note that fits as well only if both are of one build. */
static enum pgc_status check_file(const struct vmcore_choice *ch, struct pgc_err *err)
{
	const struct candidate *file = &ch->c[0];
	const char *id = dump_notes_line(&file->lines, "BUILD-ID");

	/* Of two notes it says which one is meant. */
	if (id && note_has(ch->vc->notes, id))
		return PGC_OK;
	for (size_t i = 1; i < ch->n; i++) {
		const char *own = dump_notes_line(&ch->c[i].lines, "BUILD-ID");

		if (ch->c[i].from == FROM_NOTE && own && id && strcmp(own, id) &&
		    ch->c[i].fit.stage >= file->fit.stage)
			return pgc_err_set(err, PGC_EMISMATCH, "%s: VMCOREINFO of another kernel: its build-id is %s, the dump's kernel has %s (--force uses it all the same)",
					   ch->file, id, own);
	}
	return PGC_OK;
}

static void take(struct vmcore_choice *ch)
{
	const struct candidate *best = &ch->c[ch->best];
	struct vmcore *vc = ch->vc;

	forget_remarks(vc);
	tell(ch);
	vc->lines = &best->lines;
	if (best->from == FROM_MEMORY)
		vc->info.vmcoreinfo_paddr = best->paddr;
	if (!vc->info.arch)
		vc->info.arch = best->fit.arch;
}

static enum pgc_status search_memory(struct vmcore_choice *ch, struct pgc_err *err)
{
	enum pgc_status st;

	/* That there is no copy is no failure, nor that a page cannot be read. */
	st = vmcore_look_everywhere(ch->vc, search, &ch, NULL);
	ch->all_seen = true;
	if (st == PGC_ENOMEM || ch->st != PGC_OK)
		return pgc_err_nomem(err, "VMCOREINFO");
	return PGC_OK;
}

static enum pgc_status choose(struct vmcore_choice *ch, struct pgc_err *err)
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
	if (!ch->force)
		st = add_notes(ch, err);
	if (st == PGC_OK && ch->file && !ch->force)
		st = check_file(ch, err);
	if (st == PGC_OK && ch->st != PGC_OK)
		st = pgc_err_nomem(err, "VMCOREINFO");
	if (st == PGC_OK && !settled(ch) && !ch->force)
		st = search_memory(ch, err);
	if (st == PGC_OK && ch->best < CANDIDATES)
		take(ch);
	ch->chosen = true;
	return st;
}

enum pgc_status vmcore_find_lines(struct vmcore *vc, const char *file, bool force,
				  struct pgc_err *err)
{
	struct vmcore_choice *ch;

	/* A live kernel's own word is right, and its memory does not hold still. */
	if (vc->kcore) {
		vc->lines = vc->notes->vmcoreinfo ? vc->notes : NULL;
		return PGC_OK;
	}
	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return pgc_err_nomem(err, "VMCOREINFO");
	vc->choice = ch;
	ch->vc = vc;
	ch->file = file;
	ch->force = force && file;
	ch->best = CANDIDATES;
	return choose(ch, err);
}

static bool is_build(const struct candidate *c, const char *build_id, const char *release)
{
	const char *own = dump_notes_line(&c->lines, "BUILD-ID");

	if (own && build_id)
		return !strcasecmp(own, build_id);
	own = dump_notes_line(&c->lines, "OSRELEASE");
	return own && release && !strcmp(own, release);
}

/* The one of that build which fits; of several, the one that the CPUs run. CANDIDATES: none. */
static size_t find_build(const struct vmcore_choice *ch, const char *build_id, const char *release)
{
	size_t found = CANDIDATES;

	for (size_t i = 0; i < ch->n; i++)
		if (ch->c[i].fit.stage >= FIT_RELEASE && is_build(&ch->c[i], build_id, release) &&
		    (found == CANDIDATES || better(&ch->c[i], &ch->c[found])))
			found = i;
	return found;
}

enum pgc_status vmcore_find_build(struct vmcore *vc, const char *what, const char *build_id,
				  const char *release, struct pgc_err *err)
{
	struct vmcore_choice *ch = vc->choice;
	size_t found, best = ch ? ch->best : CANDIDATES;
	char name[160];

	if (best == CANDIDATES || ch->force)
		return PGC_ENOENT;
	/* What is of that build already stays, and may be sure from now on. */
	found = is_build(&ch->c[best], build_id, release) ? best : find_build(ch, build_id, release);
	if (found == CANDIDATES && !ch->all_seen && !ch->c[best].fit.cpus) {
		enum pgc_status st = search_memory(ch, err);

		if (st != PGC_OK)
			return st;
		found = find_build(ch, build_id, release);
	}
	ch->best = best;
	if (found == CANDIDATES)
		return PGC_ENOENT;
	if (ch->c[found].fit.cpus < ch->c[best].fit.cpus)
		return pgc_err_set(err, PGC_EMISMATCH, "%s by %s is in memory as well, but the CPUs run the other kernel",
				   release_of(&ch->c[found]), name_of(ch, &ch->c[found], name));
	ch->best = found;
	ch->what = what;
	take(ch);
	return PGC_OK;
}
