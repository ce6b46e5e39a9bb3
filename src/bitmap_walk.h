/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bitmap_walk - every pfn, once, with all its witnesses side by side
 *
 * Drives the walk: lists first (they tell which pages are free), then the memmap and the
 * checker's bits together, in pfn order. Facts go to the judge, findings to a sink, folded
 * into runs of consecutive pages. It knows no output.
 */
#ifndef PGCONS_BITMAP_WALK_H
#define PGCONS_BITMAP_WALK_H

#include <signal.h>

#include "cleanup.h"
#include "error.h"
#include "finding.h"
#include "kernel.h"
#include "summary.h"

/*
 * Walk all of @k and fill the checker, coverage, zones, states and limits of @sum
 * (sum->zones is allocated here; the caller frees it). When *@stop becomes non-zero the walk
 * ends early with sum->interrupted set. Fails for want of memory, or when the page types of
 * this kernel cannot be told; what cannot be read is coverage.
 */
_must_check_ enum pgc_status bitmap_walk(struct kernel *k, struct summary *sum,
					 const volatile sig_atomic_t *stop,
					 finding_sink *sink, void *arg, struct pgc_err *err);

#endif
