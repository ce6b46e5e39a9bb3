/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout_file - a layout as a small text file
 *
 * What a vmlinux of half a gigabyte tells, in some hundred lines: for machines that have no
 * debug package, and for the capture kernel, where there is no room for one. Knows the table
 * of layout.h only, no DWARF.
 *
 * A line is a word and what belongs to it, separated by single spaces:
 *
 *	pgcons-layout 1			first line; the number is the format's
 *	# ...				a comment
 *	build-id HEX			of the kernel; left out where unknown
 *	release NAME			as uname -r has it; left out where unknown
 *	KIND NAME VALUE [BYTES]		a row of the table, e.g. "offset page.lru 8 16"
 *	KIND NAME absent		a row that this kernel has not
 *	enum TYPE NAME VALUE		an enumerator of an enum that is kept whole
 *	enum TYPE absent
 *	member STRUCT NAME OFFSET BYTES TYPE	a member of a struct that is kept whole
 *	function NAME ADDRESS BYTES	a piece of a function of allocator_text.def
 *	function NAME absent
 *	end LINES			last line: the number of the lines before it
 *
 * Addresses are as linked. "absent" is written down because silence means something else:
 * that the program which saved the file did not ask. The other way round, words, rows,
 * enums and functions that are not known here come from a newer program and are passed
 * over: this one would not have asked a vmlinux for them either. What a reader must not
 * pass over needs another format number.
 */
#ifndef PGCONS_LAYOUT_FILE_H
#define PGCONS_LAYOUT_FILE_H

#include <stddef.h>

#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "layout/layout.h"

/*
 * Write @lay to @path, by way of a temporary file beside it: either the whole file is there
 * or the old one. "-" is standard output. PGC_EIO: it cannot be written, or is something
 * that must not be replaced (a device, a folder).
 */
_must_check_ enum pgc_status layout_file_save(const struct layout *lay, const char *path,
					      struct pgc_err *err);

/* What a file leaves open, because an older program saved it. */
struct layout_unsaid {
	size_t n;		/* rows, enums and functions that it does not mention */
	const char *first;	/* the name of one, static; NULL: none */
};

/*
 * Read a file that layout_file_save() wrote; the caller owns *@ret. A layout is the same as
 * the one that was saved but for layout_source_name(), which is "layout". PGC_EIO: cannot
 * be read; PGC_EFORMAT: not such a file, cut short, or a line in it cannot be (the message
 * has its number); PGC_ENOENT: a row that is required is absent or not mentioned.
 */
_must_check_ enum pgc_status layout_file_load(const char *path, struct layout **ret,
					      struct layout_unsaid *unsaid,
					      struct pgc_err *err);
/* The same for what layout_source_name() is to call @source, static. */
_must_check_ enum pgc_status layout_file_load_as(const char *path, const char *source,
						 struct layout **ret,
						 struct layout_unsaid *unsaid,
						 struct pgc_err *err);
/* Write what layout_file_save() does to a stream, whose errors are the caller's to look at. */
void layout_file_write(const struct layout *lay, FILE *out);

#endif
