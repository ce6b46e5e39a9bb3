/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memmap_read - the struct pages of a run of pages, as far as they are there
 *
 * What is not in the dump, or not mapped, ends with a page of the memory map: the struct pages that
 * lie in it, also those that reach across its edge, are lost, and what is behind it is read. It says
 * which are lost, and does not decode any.
 */
#ifndef PGCONS_MEMMAP_READ_H
#define PGCONS_MEMMAP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "model/kernel.h"

/*
 * Read those of the @n pages from @pfn on into @raw. @status has an enum pgc_status for each: PGC_OK,
 * or the gap that it is in; *@gaps: there are any. Fails when the dump cannot be read.
 */
_must_check_ enum pgc_status memmap_read(struct kernel_reader kr, uint64_t pfn, size_t n, uint8_t *raw,
					 uint8_t *status, bool *gaps, struct pgc_err *err);

#endif
