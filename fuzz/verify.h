/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify - is a report one, whatever the dump said?
 */
#ifndef PGCONS_FUZZ_VERIFY_H
#define PGCONS_FUZZ_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

/*
 * Aborts when the report of @len bytes at @text is no text that a terminal takes as such, or no
 * JSON, or if its findings are not as many as @findings. @findings UINT64_MAX: not known.
 */
void verify_report(const char *text, size_t len, enum report_format format, uint64_t findings);

/* Aborts unless the two are the same. */
void verify_same(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
