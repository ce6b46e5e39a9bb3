/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/memmap_read.h"

#include <inttypes.h>
#include <string.h>

#include "vmcore.h"

enum pgc_status memmap_read(struct kernel_reader kr, uint64_t pfn, size_t n, uint8_t *raw,
			    uint8_t *status, bool *gaps, struct pgc_err *err)
{
	uint64_t start = kernel_pfn_to_page(kr.k, pfn), page = 1ULL << kr.k->page_shift;
	size_t size = (size_t)kr.k->struct_page, len = n * size, at = 0;

	memset(status, PGC_OK, n);
	*gaps = false;
	while (at < len) {
		size_t done = 0, end;
		enum pgc_status st = vmcore_read_bulk(kr.vc, start + at, raw + at, len - at, &done, err);

		if (st == PGC_OK)
			break;
		if (!pgc_is_gap(st))
			return pgc_err_add(err, st, "memmap of pfn 0x%" PRIx64, pfn);
		*gaps = true;
		at += done;
		end = at + (size_t)(page - (start + at) % page);
		/* A struct page may straddle the edge of the gap: it is not all there. */
		for (size_t i = at / size; i < n && i * size < end; i++)
			status[i] = (uint8_t)st;
		at = end;
	}
	return PGC_OK;
}
