/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_log - what the kernel itself said about its pages before it was dumped
 *
 * Picks, out of the log in the dump, the lines that bear on pages: the consistency
 * checker's, the allocator's and the list code's complaints, sanitizers' reports, memory
 * errors of the hardware. Finds no fault by itself: a line is evidence that others show
 * beside a finding.
 */
#ifndef PGCONS_KERNEL_LOG_H
#define PGCONS_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct kernel_reader;
struct kernel_log;

enum log_kind {
	LOG_DOUBLE_ALLOC,	/* the checker: "DOUBLE-ALLOC detected: PFN" */
	LOG_DOUBLE_FREE,	/* "DOUBLE-FREE detected: PFN" */
	LOG_BITMAP_CORRUPTION,	/* "bitmap corruption at PFN" */
	LOG_VALIDATION,		/* "Validation found N inconsistent words" */
	LOG_CHECKER_DISABLED,	/* "feature disabled" */
	LOG_BAD_PAGE_STATE,
	LOG_BAD_PAGE_MAP,
	LOG_BAD_PAGE_CACHE,
	LOG_LIST_CORRUPTION,	/* "list_add corruption", "list_del corruption" */
	LOG_PAGE_POISON,	/* "pagealloc: memory corruption", "single bit error" */
	LOG_MM_BUG,		/* "kernel BUG at mm/" */
	LOG_KASAN,
	LOG_KFENCE,
	LOG_PAGE_DUMP,      /* "page: refcount:0 ... pfn:0x": goes with the line before */
	LOG_MEMORY_FAILURE, /* "Memory failure: 0x", soft offline, unpoison */
	LOG_HARDWARE_ERROR, /* "mce: [Hardware Error]", GHES */
	LOG_EDAC,
	LOG_KINDS
};

#define LOG_LINE_PFNS 3
#define LOG_LINE_TEXT 256
#define TAINT_BAD_PAGE 5 /* include/linux/panic.h */

struct log_line {
	enum log_kind kind;
	uint64_t seq;     /* of its record */
	uint64_t ts_nsec; /* since boot */
	/* The pages it names: by pfn, physical address or address of their struct page */
	size_t n_pfns;
	uint64_t pfns[LOG_LINE_PFNS];
	char text[LOG_LINE_TEXT]; /* printable, one line, cut when longer */
};

/*
 * Read the log of the dump. A log that is not there or is damaged gives what can be read,
 * and kernel_log_note() says what is missing. Fails only for want of memory. The caller
 * owns *@ret, which keeps nothing of @k.
 */
_must_check_ enum pgc_status
kernel_log_create(struct kernel_reader kr, struct kernel_log **ret, struct pgc_err *err);
void kernel_log_destroy(struct kernel_log *log); /* NULL is fine */

/*
 * The first line that names a page of [@pfn, @pfn + @count), or NULL; borrowed. Of all
 * the lines about a page the first is nearest to the cause.
 */
const struct log_line *kernel_log_about(const struct kernel_log *log, uint64_t pfn,
					uint64_t count);

/*
 * The kept lines, oldest first; borrowed. Of each kind only the first and the last so
 * many are kept, kernel_log_seen() counts them all.
 */
size_t kernel_log_lines(const struct kernel_log *log);
const struct log_line *kernel_log_line(const struct kernel_log *log, size_t i);
uint64_t kernel_log_seen(const struct kernel_log *log, enum log_kind kind);

/* Records read; why there is no log or not all of it, "" when all is well; borrowed. */
uint64_t kernel_log_records(const struct kernel_log *log);
const char *kernel_log_note(const struct kernel_log *log);

/* The kernel's taint flags; false when they cannot be read. */
bool kernel_log_taint(const struct kernel_log *log, uint64_t *mask);
bool kernel_log_tainted(const struct kernel_log *log, unsigned int bit);

/* "double-alloc", "bad-page-state"...; static */
const char *log_kind_name(enum log_kind kind);

#endif
