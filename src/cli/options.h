/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options - the command line as data
 */
#ifndef PGCONS_OPTIONS_H
#define PGCONS_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "report/report.h"
#include "walk/page_inspect.h"

enum action {
	ACTION_ANALYSE,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST_FINDINGS,
	ACTION_SAVE_LAYOUT,
	ACTION_EXPLAIN,
	ACTION_PAGE,
};

struct options {
	enum action action;
	/* In the order given; which is which is decided by their content, not here. */
	const char *vmcore;	/* borrowed from argv; NULL with ACTION_SAVE_LAYOUT */
	const char *vmlinux;	/* NULL: none was given */
	const char *const *pieces;	/* of a split dump, borrowed from argv; NULL: one file */
	size_t n_pieces;
	const char *layout;	/* the file to read, with ACTION_SAVE_LAYOUT to write, or NULL */
	const char *vmcoreinfo;	/* a file with it, for dumps without, or NULL */
	const char *debug_dir;	/* where a vmlinux is searched for first, or NULL */
	bool debuginfod;	/* debuginfod servers may be asked for one */
	bool force;
	bool not_atomic;	/* the dump was taken while the machine ran */
	bool verify_areas;	/* the pages of areas of kernel memory are checked */
	bool verify_tags;	/* the tags of allocations are checked */
	bool verify_tables;	/* page tables and what they map are checked */
	bool verify_slab;	/* the free objects of slabs are checked */
	bool owners;		/* where memory went is counted */
	bool verify_cache;	/* the page cache and the swap cache are */
	bool verify_text;	/* the kernel's code is compared with the vmlinux's in any case */
	struct page_name page;	/* with ACTION_PAGE */
	bool contents;
	enum finding_id explain;	/* with ACTION_EXPLAIN */
	unsigned int threads;
	bool progress;		/* draw a meter on stderr */
	bool progress_terminal;	/* ... which is a terminal */
	bool stats;
	bool live;		/* @vmcore is the running kernel's memory */
	unsigned int looks, gap_ms;	/* --settle */
	unsigned int watch;	/* seconds between reports; 0: one report */
	struct report_options report;
};

/*
 * Parse the command line. Returns 0 or EXIT_USAGE; a mistake is reported on stderr in one line
 * that ends in "Try 'pgcons-dump --help'.". With ACTION_HELP and ACTION_VERSION what comes
 * after the option is not read.
 */
int options_parse(struct options *opt, int argc, char **argv);

/* The answers that need no dump. */
void options_usage(FILE *out);
void options_list_findings(FILE *out);	/* slug, severity, summary; one line each */

#endif
