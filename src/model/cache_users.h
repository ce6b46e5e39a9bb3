/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cache_users - who puts a page into the page cache, or takes one out
 *
 * A page gets its mapping and index before it is in the file's array, and may have them for a moment
 * after it left it; a file's pages are replaced by a huge one over many steps. Whoever does that has
 * the page, the file or a list of the pages in registers or on the stack: a CPU or a task inside a
 * function of allocator_text.def. Here these words are kept, each by itself: nothing is taken for
 * a block, as inflight does.
 */
#ifndef PGCONS_CACHE_USERS_H
#define PGCONS_CACHE_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct cache_users;
struct kernel_reader;
struct page_format;

/*
 * Look at every CPU and every task: expensive. What cannot be read is skipped; fails only for want of
 * memory. The caller owns *@ret.
 */
_must_check_ enum pgc_status cache_users_create(struct kernel_reader kr, const struct page_format *fmt,
						struct cache_users **ret, struct pgc_err *err);
void cache_users_destroy(struct cache_users *cu); /* NULL is fine */

/*
 * Who has an address in [@start, @end), as "CPU 1, task 312 (dd), in __filemap_add_folio"; NULL:
 * nobody. With @collapse only who puts a huge page in place of others: a file's array and its count
 * are half done then while the lock is free (6.1 mm/khugepaged.c:collapse_file()), and the references
 * of its pages are frozen. Borrowed until cache_users_destroy().
 */
const char *cache_users_find(const struct cache_users *cu, uint64_t start, uint64_t end, bool collapse);

#endif
