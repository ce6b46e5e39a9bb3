/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/target_int.h"
#include "model/dmesg.h"
#include "model/kernel.h"
#include "vmcore.h"

/* Of each kind the first and the last so many lines are kept: a storm has both ends. */
#define KEEP_FIRST 512
#define KEEP_LAST 512
#define MAX_PFN (1ULL << 52)

struct kept {
	struct log_line line;
	uint64_t order;
};

struct page_line {
	uint64_t pfn;
	size_t line;
};

struct kernel_log {
	struct kept *kept;
	size_t n_kept, room;
	size_t slot[LOG_KINDS][KEEP_LAST]; /* those that the next line may replace */
	uint64_t seen[LOG_KINDS];
	uint64_t order;
	struct page_line *pages; /* by pfn, then by line */
	size_t n_pages;
	struct dmesg_stats stats;
	bool has_taint;
	uint64_t taint;
};

/* How a line names the pages that it is about. */
enum page_ref {
	NO_PAGE,
	DECIMAL,	/* a pfn, after the key */
	HEX,		/* a pfn, after the last key: a task's name may come before it */
	HEX_FIRST,	/* a pfn, after the first key */
	PADDR,		/* a physical address, after the key */
	POINTERS,	/* addresses of list_heads, some of them in struct pages */
};

/*
 * What to look for. Lines begin with @start: names of tasks are part of some lines, so
 * that a text somewhere inside proves nothing. Facts: mm/page_consistency.c of the RFC,
 * mm/debug.c, mm/memory.c, mm/page_alloc.c, mm/filemap.c, mm/page_poison.c,
 * mm/memory-failure.c, lib/list_debug.c, arch/x86/kernel/cpu/mce/core.c,
 * drivers/edac/edac_mc.c and drivers/firmware/efi/cper.c of 6.1, 6.12 and 7.2.
 */
static const struct pattern {
	enum log_kind kind;
	const char *start, *inside; /* @inside NULL: anything */
	enum page_ref ref;
	const char *key;
} patterns[] = {
	{ LOG_DOUBLE_ALLOC, "page_consistency: DOUBLE-ALLOC ", NULL, DECIMAL, "PFN " },
	{ LOG_DOUBLE_FREE, "page_consistency: DOUBLE-FREE ", NULL, DECIMAL, "PFN " },
	{ LOG_BITMAP_CORRUPTION, "page_consistency: bitmap corruption ", NULL, DECIMAL,
	  "PFN " },
	{ LOG_VALIDATION, "page_consistency: Validation found ", NULL, NO_PAGE, NULL },
	{ LOG_CHECKER_DISABLED, "page_consistency: ", "feature disabled", NO_PAGE, NULL },
	{ LOG_BAD_PAGE_STATE, "BUG: Bad page state", NULL, HEX, "pfn:" },
	{ LOG_BAD_PAGE_MAP, "BUG: Bad page map", NULL, NO_PAGE, NULL },
	{ LOG_BAD_PAGE_CACHE, "BUG: Bad page cache", NULL, HEX, "pfn:" },
	{ LOG_LIST_CORRUPTION, "list_add corruption", NULL, POINTERS, NULL },
	{ LOG_LIST_CORRUPTION, "list_add double add", NULL, POINTERS, NULL },
	{ LOG_LIST_CORRUPTION, "list_del corruption", NULL, POINTERS, NULL },
	{ LOG_PAGE_POISON, "pagealloc: memory corruption", NULL, NO_PAGE, NULL },
	{ LOG_PAGE_POISON, "pagealloc: single bit error", NULL, NO_PAGE, NULL },
	{ LOG_MM_BUG, "kernel BUG at mm/", NULL, NO_PAGE, NULL },
	{ LOG_KASAN, "BUG: KASAN: ", NULL, NO_PAGE, NULL },
	{ LOG_KFENCE, "BUG: KFENCE: ", NULL, NO_PAGE, NULL },
	{ LOG_PAGE_DUMP, "page:", "refcount:", HEX, "pfn:" },
	{ LOG_MEMORY_FAILURE, "Memory failure: ", NULL, HEX_FIRST, "0x" },
	{ LOG_MEMORY_FAILURE, "Injecting memory failure for pfn", NULL, HEX_FIRST, "0x" },
	{ LOG_MEMORY_FAILURE, "Soft offlining pfn ", NULL, HEX_FIRST, "0x" },
	{ LOG_MEMORY_FAILURE, "Soft offline: ", NULL, HEX_FIRST, "0x" },
	{ LOG_MEMORY_FAILURE, "soft offline: ", NULL, HEX_FIRST, "0x" },
	{ LOG_MEMORY_FAILURE, "soft_offline: ", NULL, HEX_FIRST, "0x" },
	{ LOG_MEMORY_FAILURE, "Unpoison: ", NULL, HEX_FIRST, "0x" },
	{ LOG_HARDWARE_ERROR, "mce: Uncorrected hardware memory error", NULL, PADDR,
	  " at " },
	{ LOG_HARDWARE_ERROR, "mce: [Hardware Error]: ", NULL, PADDR, " ADDR " },
	{ LOG_HARDWARE_ERROR, "Fatal machine check", NULL, NO_PAGE, NULL },
	{ LOG_HARDWARE_ERROR, "Fatal local machine check", NULL, NO_PAGE, NULL },
	{ LOG_HARDWARE_ERROR, "[Hardware Error]: ", NULL, PADDR, "physical_address: " },
	{ LOG_HARDWARE_ERROR, "{", "}[Hardware Error]: ", PADDR, "physical_address: " },
	{ LOG_EDAC, "EDAC ", "page:0x", HEX, "page:" },
};

static bool starts_with(const char *s, const char *start)
{
	return !strncmp(s, start, strlen(start));
}

static const char *find_last(const char *s, const char *part)
{
	const char *last = NULL;

	for (; (s = strstr(s, part)); s++)
		last = s;
	return last;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The number at @s, "0x" allowed before a hexadecimal one. Returns its digits. */
static size_t parse_number(const char *s, int base, uint64_t *ret)
{
	size_t digits = 0;

	if (base == 16 && s[0] == '0' && s[1] == 'x')
		s += 2;
	*ret = 0;
	for (int v; (v = digit_value(s[digits])) < base; digits++)
		if (__builtin_mul_overflow(*ret, (uint64_t)base, ret) ||
		    __builtin_add_overflow(*ret, (uint64_t)v, ret))
			return 0;
	return digits;
}

static void add_pfn(struct log_line *l, uint64_t pfn)
{
	if (pfn >= MAX_PFN || l->n_pfns == LOG_LINE_PFNS)
		return;
	for (size_t i = 0; i < l->n_pfns; i++)
		if (l->pfns[i] == pfn)
			return;
	l->pfns[l->n_pfns++] = pfn;
}

/* Every pointer into a struct page: "%px" is 16 digits. */
static void add_pointers(const struct kernel *k, struct log_line *l, const char *text)
{
	uint64_t size = k->struct_page, ptr, pfn;

	while (*text) {
		size_t digits = parse_number(text, 16, &ptr);

		if (digits == 16 && ptr >= k->memmap &&
		    kernel_page_to_pfn(k, ptr - (ptr - k->memmap) % size, &pfn))
			add_pfn(l, pfn);
		text += digits ? digits : 1;
	}
}

static void find_pages(const struct kernel *k, const struct pattern *p,
		       struct log_line *l, const char *text)
{
	const char *at = NULL;
	uint64_t value;

	if (p->ref == POINTERS)
		add_pointers(k, l, text);
	if (p->key)
		at = p->ref == HEX ? find_last(text, p->key) : strstr(text, p->key);
	if (!at)
		return;
	/* A key of "0x" is part of the number. */
	if (p->ref != HEX_FIRST)
		at += strlen(p->key);
	if (parse_number(at, p->ref == DECIMAL ? 10 : 16, &value))
		add_pfn(l, p->ref == PADDR ? value >> k->page_shift : value);
}

/* A place for one more line of @kind: a new one, or the oldest of the last ones. */
static struct kept *make_room(struct kernel_log *log, enum log_kind kind)
{
	uint64_t nth = log->seen[kind]++;
	size_t *slot = &log->slot[kind][(nth - KEEP_FIRST) % KEEP_LAST];
	struct kept *kept;

	if (nth >= KEEP_FIRST + KEEP_LAST)
		return &log->kept[*slot];
	kept = array_grow(log->kept, &log->room, log->n_kept, sizeof(*kept));
	if (!kept)
		return NULL;
	log->kept = kept;
	if (nth >= KEEP_FIRST)
		*slot = log->n_kept;
	return &log->kept[log->n_kept++];
}

struct reader {
	const struct kernel *k;
	struct kernel_log *log;
	bool nomem;
};

static void take_line(struct reader *r, const struct dmesg_record *rec, const char *text)
{
	static const char panic[] = "Kernel panic - not syncing: ";
	const char *said = starts_with(text, panic) ? text + strlen(panic) : text;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		const struct pattern *p = &patterns[i];
		struct kept *kept;

		if (!starts_with(said, p->start) ||
		    (p->inside && !strstr(said, p->inside)))
			continue;
		kept = make_room(r->log, p->kind);
		if (!kept) {
			r->nomem = true;
			return;
		}
		*kept = (struct kept){ .order = r->log->order++ };
		kept->line.kind = p->kind;
		kept->line.seq = rec->seq;
		kept->line.ts_nsec = rec->ts_nsec;
		strncpy(kept->line.text, text, sizeof(kept->line.text) - 1);
		find_pages(r->k, p, &kept->line, said);
		return;
	}
}

static void take_record(void *arg, const struct dmesg_record *rec)
{
	struct reader *r = arg;
	char text[DMESG_TEXT_MAX + 1], *rest = text;

	/* Anyone with /dev/kmsg may write what looks like the kernel's. */
	if (rec->facility || rec->len >= sizeof(text) || r->nomem)
		return;
	memcpy(text, rec->text, rec->len + 1);
	for (char *tab = text; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	for (char *line; (line = strsep(&rest, "\n"));)
		take_line(r, rec, line);
}

static int by_order(const void *pa, const void *pb)
{
	const struct kept *a = pa, *b = pb;

	return a->order < b->order ? -1 : a->order > b->order;
}

static int by_pfn(const void *pa, const void *pb)
{
	const struct page_line *a = pa, *b = pb;

	if (a->pfn != b->pfn)
		return a->pfn < b->pfn ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static enum pgc_status index_pages(struct kernel_log *log, struct pgc_err *err)
{
	if (!log->n_kept)
		return PGC_OK;
	qsort(log->kept, log->n_kept, sizeof(*log->kept), by_order);
	log->pages = calloc(log->n_kept * LOG_LINE_PFNS, sizeof(*log->pages));
	if (!log->pages)
		return pgc_err_nomem(err, "the log's lines");
	for (size_t i = 0; i < log->n_kept; i++)
		for (size_t j = 0; j < log->kept[i].line.n_pfns; j++)
			log->pages[log->n_pages++] = (struct page_line){
				.pfn = log->kept[i].line.pfns[j], .line = i,
			};
	qsort(log->pages, log->n_pages, sizeof(*log->pages), by_pfn);
	return PGC_OK;
}

static void read_taint(struct kernel_log *log, struct kernel_reader kr)
{
	log->has_taint = layout_has(kr.k->lay, L_tainted_mask) &&
			 vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_tainted_mask),
					 "tainted_mask", &log->taint, NULL) == PGC_OK;
}

enum pgc_status kernel_log_create(struct kernel_reader kr, struct kernel_log **ret,
				  struct pgc_err *err)
{
	struct kernel_log *log = calloc(1, sizeof(*log));
	struct reader r = { .k = kr.k, .log = log };
	enum pgc_status st;

	if (!log)
		return pgc_err_nomem(err, "the log's lines");
	st = dmesg_each(kr, take_record, &r, &log->stats, err);
	if (st == PGC_OK && r.nomem)
		st = pgc_err_nomem(err, "the log's lines");
	if (st == PGC_OK)
		st = index_pages(log, err);
	if (st != PGC_OK) {
		kernel_log_destroy(log);
		return st;
	}
	read_taint(log, kr);
	*ret = log;
	return PGC_OK;
}

void kernel_log_destroy(struct kernel_log *log)
{
	if (!log)
		return;
	free(log->kept);
	free(log->pages);
	free(log);
}

const struct log_line *kernel_log_about(const struct kernel_log *log, uint64_t pfn,
					uint64_t count)
{
	size_t low = bisect(i, log->n_pages, log->pages[i].pfn < pfn), first = SIZE_MAX;

	for (; low < log->n_pages && log->pages[low].pfn - pfn < count; low++)
		if (log->pages[low].line < first)
			first = log->pages[low].line;
	return first == SIZE_MAX ? NULL : &log->kept[first].line;
}

size_t kernel_log_lines(const struct kernel_log *log)
{
	return log->n_kept;
}

const struct log_line *kernel_log_line(const struct kernel_log *log, size_t i)
{
	return i < log->n_kept ? &log->kept[i].line : NULL;
}

uint64_t kernel_log_seen(const struct kernel_log *log, enum log_kind kind)
{
	return (unsigned int)kind < LOG_KINDS ? log->seen[kind] : 0;
}

uint64_t kernel_log_records(const struct kernel_log *log)
{
	return log->stats.records;
}

const char *kernel_log_note(const struct kernel_log *log)
{
	return log->stats.note;
}

bool kernel_log_taint(const struct kernel_log *log, uint64_t *mask)
{
	*mask = log->has_taint ? log->taint : 0;
	return log->has_taint;
}

bool kernel_log_tainted(const struct kernel_log *log, unsigned int bit)
{
	return log->has_taint && bit < 64 && (log->taint >> bit & 1);
}

const char *log_kind_name(enum log_kind kind)
{
	static const char *const names[LOG_KINDS] = {
		[LOG_DOUBLE_ALLOC] = "double-alloc",
		[LOG_DOUBLE_FREE] = "double-free",
		[LOG_BITMAP_CORRUPTION] = "bitmap-corruption",
		[LOG_VALIDATION] = "validation",
		[LOG_CHECKER_DISABLED] = "checker-disabled",
		[LOG_BAD_PAGE_STATE] = "bad-page-state",
		[LOG_BAD_PAGE_MAP] = "bad-page-map",
		[LOG_BAD_PAGE_CACHE] = "bad-page-cache",
		[LOG_LIST_CORRUPTION] = "list-corruption",
		[LOG_PAGE_POISON] = "page-poison",
		[LOG_MM_BUG] = "mm-bug",
		[LOG_KASAN] = "kasan",
		[LOG_KFENCE] = "kfence",
		[LOG_PAGE_DUMP] = "page-dump",
		[LOG_MEMORY_FAILURE] = "memory-failure",
		[LOG_HARDWARE_ERROR] = "hardware-error",
		[LOG_EDAC] = "edac",
	};

	return (unsigned int)kind < LOG_KINDS ? names[kind] : "?";
}
