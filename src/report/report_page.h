/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_page - one page for a reader: what --page prints
 */
#ifndef PGCONS_REPORT_PAGE_H
#define PGCONS_REPORT_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include "judge/finding.h"
#include "layout/layout.h"
#include "walk/page_inspect.h"
#include "walk/summary.h"

void report_page(FILE *out, const struct page_inspection *pi, const struct kernel *k);

/* One finding about the page, as a line of it. @first: none was printed before. */
void report_page_finding(FILE *out, const struct finding *f, uint32_t page_size, bool first);

/* What was not seen of the dump, and may be why there is no finding; nothing: all was. */
void report_page_limits(FILE *out, const struct summary *sum);

/* The bytes of the page, 16 a line, runs of equal lines folded. */
void report_page_contents(FILE *out, const uint8_t *bytes, size_t n);

#endif
