/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_records - zones and sections whose own record is wrong
 *
 * A damaged field of a zone or of a section makes all the pages that it speaks of look wrong.
 * Each is compared with what does not depend on it, and the model continues with the right
 * value.
 */
#include "model/kernel_priv.h"

#include "vmcore.h"

void kernel_note_record(struct kernel *k, const struct record_fact *fact)
{
	if (k->n_records < ARRAY_SIZE(k->records))
		k->records[k->n_records++] = *fact;
	else if (k->n_records++ == ARRAY_SIZE(k->records))
		kernel_limit(k, "more than %d zone and section records are wrong; the rest is not listed",
			     KERNEL_RECORDS);
}

bool kernel_page_speaks(struct kernel_reader kr, uint64_t pfn, uint64_t *flags)
{
	const struct kernel *k = kr.k;
	const struct section *s = kernel_section(k, pfn);
	uint64_t page = kernel_pfn_to_page(k, pfn);
	uint32_t mapcount;

	if (!s || !layout_has(k->lay, L_PG_reserved) ||
	    vmcore_read_u64(kr.vc, page + layout_get(k->lay, L_page_flags), "page.flags",
			    flags, NULL) != PGC_OK)
		return false;
	/* A free page of the first zone has no flag at all: its mapcount is not 0, at least. */
	if (!*flags && (vmcore_read_u32(kr.vc, page + layout_get(k->lay, L_page_mapcount),
					"page._mapcount", &mapcount, NULL) != PGC_OK || !mapcount))
		return false;
	return *flags != UINT64_MAX &&
	       !(*flags >> (layout_get(k->lay, L_PG_reserved) & 63) & 1);
}
