/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_html - one self-contained file: no network, no need for scripts, bounded in size
 *
 * Everything from the dump is escaped here and nowhere else: html_text() is the only way into
 * the file for a string that is not a constant of this program.
 */
#ifndef PGCONS_REPORT_HTML_H
#define PGCONS_REPORT_HTML_H

#include "report/report_priv.h"
#include "walk/memory_map.h"

/* Listed one by one, of a kind and severity and in all; zones listed; cells drawn. */
#define HTML_KIND_FINDINGS 50
/* ... of these the first ones with their evidence open, as the text has it. Paper has the first's. */
#define HTML_WITH_EVIDENCE 3
/* ... and so many at all; report.css counts them. */
#define HTML_ON_PAPER 10u
#define HTML_FINDINGS 400
#define HTML_ZONES 256
#define HTML_CELLS (2 * MAP_CELLS)

/* @text, cleaned and escaped for an element or a quoted attribute. */
void html_text(FILE *out, const char *text);

/* report.css, report_patterns.svg and report.js, as the build makes them of the files. */
extern const char html_css[], html_patterns[], html_js[];

void html_head(FILE *out, const char *title);	/* up to <body>, with style */
void html_script(FILE *out);			/* the hover, at the end of the body */

/* Parts of the body. */
void html_map(const struct report *rep, FILE *out);
void html_tiles(const struct report *rep, FILE *out);
void html_bits(const struct report *rep, FILE *out);
void html_findings(const struct report *rep, FILE *out);
void html_zones(const struct report *rep, FILE *out);

#endif
