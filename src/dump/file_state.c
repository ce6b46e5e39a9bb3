/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/file_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "vmcore.h"

struct lines {
	char (*v)[FILE_STATE_LEN];
	size_t n;
};

_printf_(2, 3) static void say(struct lines *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->v[l->n++], FILE_STATE_LEN, fmt, ap);
	va_end(ap);
}

static void say_truncated(struct lines *l, const struct vmcore_info *info)
{
	char pages[64] = "";

	if (info->unwritten)
		snprintf(pages, sizeof(pages), ", its last %" PRIu64 " pages among them",
			 info->unwritten);
	if (!info->missing_bytes)
		say(l, "the dump is truncated: it ends at offset %" PRIu64
		       ", and how much is missing%s is unknown", info->truncated_at, pages);
	else
		say(l, "the dump is truncated: %s%" PRIu64 " bytes are missing after offset %" PRIu64
		       "%s", info->missing_least ? "at least " : "", info->missing_bytes,
		    info->truncated_at, pages);
}

static void say_pieces(struct lines *l, const struct vmcore_info *info)
{
	if (info->pieces == 1)
		say(l, "one piece of a split dump (pages 0x%" PRIx64 " to 0x%" PRIx64 " of 0x%" PRIx64
		       "): give all its pieces as arguments", info->piece_start,
		    info->piece_end - 1, info->max_pfn);
	else
		say(l, "a split dump, of which the piece with pages 0x%" PRIx64 " to 0x%" PRIx64
		       "%s missing: give all pieces as arguments", info->missing_start,
		    info->missing_end - 1, info->missing_ranges > 1 ? " and others are" : " is");
}

size_t file_state(const struct vmcore_info *info, char lines[FILE_STATES][FILE_STATE_LEN])
{
	struct lines l = { .v = lines };

	if (info->marked_incomplete)
		say(&l, "the writer marked this dump incomplete");
	if (info->unwritten && !info->truncated_at)
		say(&l, "the writer stopped early: at least %" PRIu64
			" pages at the end of the dump were never written", info->unwritten);
	if (info->truncated_at)
		say_truncated(&l, info);
	if (info->missing_pages)
		say_pieces(&l, info);
	if (info->stored_excess)
		say(&l, "the dump's bitmap of stored pages is damaged (%+" PRId64
			" pages): one page may be read in place of another", info->stored_excess);
	if (info->kernel_doubtful)
		say(&l, "two kernels are in memory, and it is unknown which one ran: give the "
			"vmlinux of the one that ran, or its VMCOREINFO with --vmcoreinfo");
	return l.n;
}

enum pgc_status file_state_add(const struct vmcore_info *info, enum pgc_status st,
			       struct pgc_err *err)
{
	char lines[FILE_STATES][FILE_STATE_LEN];
	size_t n;

	if (st == PGC_OK || st == PGC_ENOMEM)
		return st;
	/* A gap has no message to put it before. */
	if (pgc_is_gap(st))
		st = pgc_err_set(err, PGC_EFORMAT, "%s", pgc_why(st, err));
	n = file_state(info, lines);
	/* What is not in the file fits nothing. */
	if (info->doubt && !n)
		(void)pgc_err_add(err, st, "%s", info->doubt);
	while (n)
		(void)pgc_err_add(err, st, "%s", lines[--n]);
	return st;
}
