/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - what changed from one report to the next, a line each
 *
 * Remembers what was reported, by kind and place. Evidence may differ from one time to the
 * next: a counter that is wrong goes on counting. At most WATCH_MAX findings are remembered; of
 * more only the number is reported.
 */
#ifndef PGCONS_WATCH_H
#define PGCONS_WATCH_H

#include <stdint.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "judge/finding.h"

#define WATCH_MAX 4096

struct watch;

/* Lines go to @out, borrowed. The caller owns *@ret. */
_must_check_ enum pgc_status watch_create(FILE *out, uint32_t page_size, struct watch **ret,
					  struct pgc_err *err);
void watch_destroy(struct watch *w); /* NULL is fine */

/* A finding_sink; @arg is the struct watch: a finding that is there this time. */
void watch_finding(void *arg, const struct finding *f);

/*
 * All of this time have come: report what is new and what is gone, and @verdict, borrowed and
 * static, where it is another than the last time. PGC_EIO when @out takes no more.
 */
_must_check_ enum pgc_status watch_tell(struct watch *w, const char *verdict, struct pgc_err *err);

#endif
