/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump_cache - the memory that small reads touch, by address
 *
 * Direct-mapped lines, of which only what is used is resident. Lines that cannot be read are
 * remembered as well. How long a line is depends on what a read costs: a page where it must be
 * inflated, less where it is copied. libkdumpfile's own cache is a linear list and gets slower
 * as it grows.
 */
#ifndef PGCONS_DUMP_CACHE_H
#define PGCONS_DUMP_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct dump_cache;

/* Fill @buf from @addr; the contract of vmcore_read_phys(). */
typedef enum pgc_status dump_fill_fn(void *arg, uint64_t addr, void *buf, size_t len,
				     size_t *done, struct pgc_err *err);

/* @slots lines of @line bytes, both powers of two, a line at most a page. NULL: out of memory. */
struct dump_cache *dump_cache_create(size_t line, size_t slots, dump_fill_fn *fill, void *arg);
void dump_cache_destroy(struct dump_cache *dc); /* NULL is fine */

/* Forget everything: the memory behind it has changed. */
void dump_cache_flush(struct dump_cache *dc);

/* Read all @len bytes at @addr, or fail. Failures other than gaps are not remembered. */
_must_check_ enum pgc_status dump_cache_read(struct dump_cache *dc, uint64_t addr, void *buf,
					     size_t len, struct pgc_err *err);

/*
 * The part of the cached line that starts at @addr: *@ret is borrowed until the next call,
 * *@len at least 1.
 */
_must_check_ enum pgc_status dump_cache_peek(struct dump_cache *dc, uint64_t addr,
					     const unsigned char **ret, size_t *len,
					     struct pgc_err *err);

#endif
