/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/lines_fit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/target_int.h"
#include "dump/dump_xlat.h"

#define UTS_LEN 65
#define UTS_RELEASE (2 * UTS_LEN)	/* struct new_utsname: the third string */
#define NODES 1024			/* CONFIG_NODES_SHIFT is 10 at most */
#define ZONES 8
#define PFN_BITS 40			/* 52 bits of physical address */

/* No kernel's code is longer; the map of the image ends where modules begin. */
#define TEXT_MAX (UINT64_C(64) << 20)
#define STACK_LOOK 1024			/* bytes of a stack */
#define CPUS_LOOK 64

struct trial {
	const struct dump_notes *lines;
	const struct lines_fit_dump *dump;
	struct dump_xlat *xlat;
	struct lines_fit *ret;
};

_printf_(2, 3) static void why(struct trial *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->ret->why, sizeof(t->ret->why), fmt, ap);
	va_end(ap);
}

static bool number(const struct trial *t, const char *key, uint64_t *ret)
{
	return dump_notes_number(t->lines, key, ret);
}

/* What failed for want of memory says nothing of the lines. */
static enum pgc_status heed(struct trial *t, enum pgc_status st)
{
	t->ret->no_memory |= st == PGC_ENOMEM;
	return st;
}

/* Read at a kernel address, by the page tables that are tried. */
static enum pgc_status read_at(struct trial *t, uint64_t kaddr, void *buf, size_t len)
{
	size_t all = 0;

	while (all < len) {
		uint64_t paddr, run;
		size_t part, done;
		enum pgc_status st;

		if (kaddr + all < kaddr)
			return PGC_ABSENT;
		st = heed(t, dump_xlat_translate(t->xlat, kaddr + all, &paddr, &run, NULL));
		if (st != PGC_OK)
			return st;
		part = run < len - all ? (size_t)run : len - all;
		st = heed(t, t->dump->read(t->dump->arg, paddr, (char *)buf + all, part, &done,
					   NULL));
		if (st != PGC_OK)
			return st;
		all += part;
	}
	return PGC_OK;
}

/* What the dump left out tells neither for nor against. */
static bool missing(enum pgc_status st)
{
	return st == PGC_EXCLUDED || st == PGC_DAMAGED;
}

static bool try_lines(struct trial *t)
{
	uint64_t size;

	if (!dump_notes_line(t->lines, "OSRELEASE") || !number(t, "PAGESIZE", &size)) {
		why(t, "it has no OSRELEASE or PAGESIZE");
		return false;
	}
	if (!arch_page_size_ok(t->ret->arch, size) ||
	    (t->dump->kdump && !kdump_blocks_fit(t->dump->kdump, size))) {
		why(t, "its page size of %" PRIu64 " bytes is impossible here", size);
		return false;
	}
	t->ret->stage = FIT_LINES;
	return true;
}

static bool try_tables(struct trial *t)
{
	struct pgc_err err = PGC_ERR_INIT;

	if (heed(t, dump_xlat_create(t->ret->arch, t->lines, t->dump->read, t->dump->arg,
				     &t->xlat, &err)) != PGC_OK) {
		why(t, "%.190s", err.msg);
		return false;
	}
	t->ret->stage = FIT_TABLES;
	return true;
}

static bool try_release(struct trial *t)
{
	const char *release = dump_notes_line(t->lines, "OSRELEASE");
	char found[UTS_LEN + 1] = "";
	uint64_t uts, name = 0;
	enum pgc_status st;

	if (!number(t, "SYMBOL(init_uts_ns)", &uts)) {
		t->ret->untold = true;
		why(t, "it has no SYMBOL(init_uts_ns)");
		return false;
	}
	(void)number(t, "OFFSET(uts_namespace.name)", &name);
	st = read_at(t, uts + name + UTS_RELEASE, found, UTS_LEN);
	if (st != PGC_OK) {
		why(t, "it says that the kernel's release is at 0x%" PRIx64 ", but nothing can be read there: %s",
		    uts + name + UTS_RELEASE, pgc_why(st, NULL));
		return false;
	}
	if (strncmp(found, release, UTS_LEN)) {
		why(t, "it says that the kernel's release is at 0x%" PRIx64 ", but %.80s is not there",
		    uts + name + UTS_RELEASE, release);
		return false;
	}
	t->ret->stage = FIT_RELEASE;
	return true;
}

static bool read_word(struct trial *t, uint64_t kaddr, unsigned int size, uint64_t *ret,
		      enum pgc_status *st)
{
	unsigned char raw[8];

	*st = read_at(t, kaddr, raw, size);
	if (*st == PGC_OK)
		*ret = target_uint(raw, size);
	return *st == PGC_OK;
}

/* The lines that a node is read by. */
struct node_lines {
	uint64_t id, start, spanned, zones, zone_size, zone_spanned;
};

static bool find_node_lines(const struct trial *t, struct node_lines *n)
{
	return number(t, "OFFSET(pglist_data.node_id)", &n->id) &&
	       number(t, "OFFSET(pglist_data.node_start_pfn)", &n->start) &&
	       number(t, "OFFSET(pglist_data.node_spanned_pages)", &n->spanned) &&
	       number(t, "OFFSET(pglist_data.node_zones)", &n->zones) &&
	       number(t, "SIZE(zone)", &n->zone_size) &&
	       number(t, "OFFSET(zone.spanned_pages)", &n->zone_spanned);
}

/* A node that has the number @nid, and spans what its first zones do. */
static enum pgc_status try_node(struct trial *t, const struct node_lines *n, uint64_t pgdat,
				uint64_t nid, bool *fits)
{
	uint64_t id, start, spanned, zone;
	enum pgc_status st;

	*fits = false;
	if (!read_word(t, pgdat + n->id, 4, &id, &st) ||
	    !read_word(t, pgdat + n->start, 8, &start, &st) ||
	    !read_word(t, pgdat + n->spanned, 8, &spanned, &st))
		return st;
	for (unsigned int i = 0; i < 2; i++) {
		if (!read_word(t, pgdat + n->zones + i * n->zone_size + n->zone_spanned, 8, &zone, &st))
			return st;
		if (zone > spanned)
			return PGC_OK;
	}
	*fits = id == nid && spanned && !(start >> PFN_BITS) && !(spanned >> PFN_BITS);
	return PGC_OK;
}

static bool try_nodes(struct trial *t)
{
	uint64_t array = 0, pgdat = 0, len = NODES, nid = 0;
	struct node_lines n;
	enum pgc_status st = PGC_OK;
	bool fits = false;

	if (!find_node_lines(t, &n) || (!number(t, "SYMBOL(node_data)", &array) &&
					!number(t, "SYMBOL(contig_page_data)", &pgdat))) {
		t->ret->untold = true;
		why(t, "it does not say where a node is");
		return false;
	}
	if (number(t, "LENGTH(node_data)", &len) && len > NODES)
		len = NODES;
	for (; array && nid < len && !pgdat && st == PGC_OK; nid += !pgdat)
		(void)read_word(t, array + nid * 8, 8, &pgdat, &st);
	if (st == PGC_OK && pgdat)
		st = try_node(t, &n, pgdat, nid, &fits);
	t->ret->untold = missing(st);
	if (fits)
		t->ret->stage = FIT_NODE;
	else
		why(t, "no node is where it says: %s",
		    st == PGC_OK ? "something else is there" : pgc_why(st, NULL));
	return fits;
}

/* Do the page tables from @root on map @kaddr, and is that @paddr? 0: cannot be determined. */
static int same_map(struct trial *t, uint64_t root, uint64_t kaddr, uint64_t paddr)
{
	uint64_t at = 0, run;
	enum pgc_status st;

	dump_xlat_set_root(t->xlat, root);
	st = heed(t, dump_xlat_translate(t->xlat, kaddr, &at, &run, NULL));
	if (st == PGC_OK)
		return at == paddr ? 1 : -1;
	return st == PGC_ABSENT ? -1 : 0;
}

/* By the page tables that a CPU uses, of those that its register may mean. */
static int vote_by_root(struct trial *t, uint64_t value, uint64_t stext, uint64_t paddr)
{
	const struct arch *arch = arch_known(t->ret->arch);
	uint64_t root;
	int vote = 0;

	for (unsigned int i = 0; arch->root_of_register && arch->root_of_register(value, i, &root) &&
	     vote <= 0; i++) {
		int one = same_map(t, root, stext, paddr);

		vote = one ? one : vote;
	}
	return vote;
}

static bool in_text(uint64_t stext, uint64_t kaddr)
{
	return kaddr >= stext && kaddr - stext < TEXT_MAX;
}

/* By where a CPU stood, and what lies on its stack. */
static int vote_by_regs(struct trial *t, const struct cpu_regs *regs, uint64_t stext)
{
	const struct arch *arch = arch_known(t->ret->arch);
	unsigned char stack[STACK_LOOK];
	uint64_t paddr, run;
	enum pgc_status st;
	int vote = 0;

	if (arch_kernel_half(arch, regs->pc)) {
		st = heed(t, dump_xlat_translate(t->xlat, regs->pc, &paddr, &run, NULL));
		if (st == PGC_ABSENT)
			vote--;
		else if (in_text(stext, regs->pc))
			vote++;
		else if (arch_in_image(arch, regs->pc))
			vote--;
	}
	if (!arch_kernel_half(arch, regs->sp))
		return vote;
	/* As much of it as is in one page. */
	run = ARCH_PAGE_MIN - regs->sp % ARCH_PAGE_MIN;
	st = read_at(t, regs->sp, stack, run < sizeof(stack) ? run : sizeof(stack));
	if (st == PGC_ABSENT)
		return vote - 1;
	for (size_t i = 0; st == PGC_OK && i + 8 <= run && i < sizeof(stack); i += 8)
		if (in_text(stext, target_u64(stack + i)))
			return vote + 1;
	return vote;
}

static void ask_cpus(struct trial *t)
{
	const struct dump_notes *notes = t->dump->notes;
	uint64_t stext, paddr, run;
	int votes = 0;

	if (!number(t, "SYMBOL(_stext)", &stext) ||
	    heed(t, dump_xlat_translate(t->xlat, stext, &paddr, &run, NULL)) != PGC_OK)
		return;
	for (unsigned int i = 0; i < notes->n_regs && i < CPUS_LOOK && !notes->n_roots; i++)
		votes += vote_by_regs(t, &notes->regs[i], stext);
	for (unsigned int i = 0; i < notes->n_roots && i < CPUS_LOOK; i++)
		votes += vote_by_root(t, notes->roots[i], stext, paddr);
	t->ret->cpus = (votes > 0) - (votes < 0);
}

void lines_fit(const struct dump_notes *lines, const struct lines_fit_dump *dump,
	       struct lines_fit *ret)
{
	struct trial t = { .lines = lines, .dump = dump, .ret = ret };
	const struct arch_lines own = dump_notes_lines(lines);

	*ret = (struct lines_fit){ .stage = FIT_NOT };
	ret->arch = dump->arch ? dump->arch : arch_by_lines(&own);
	if (try_lines(&t) && try_tables(&t) && try_release(&t)) {
		if (try_nodes(&t))
			ret->why[0] = '\0';
		ask_cpus(&t);
		if (ret->cpus < 0 && !ret->why[0])
			why(&t, "the CPUs run a kernel other than its %.80s",
			    dump_notes_line(lines, "OSRELEASE"));
	}
	dump_xlat_destroy(t.xlat);
}
