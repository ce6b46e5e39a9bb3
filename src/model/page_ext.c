/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/page_ext.h"

#include "base/checked.h"
#include "dump/dump_io.h"
#include "vmcore.h"

#define PAGE_EXT_INVALID 1ULL /* mm/page_ext.c: a section that is going offline */

bool page_ext_open(struct kernel_reader kr, enum layout_key ops_offset, struct page_ext *ret)
{
	*ret = (struct page_ext){ .kr = kr };
	return layout_has(kr.k->lay, L_mem_section_page_ext) && kr.k->pages_per_section &&
	       kernel_read_var(kr, L_page_ext_size, &ret->record) &&
	       kernel_read_var(kr, ops_offset, &ret->at) &&
	       ret->record && ret->record <= PAGE_EXT_MAX && ret->record % 4 == 0 &&
	       ret->at < ret->record;
}

/* The array of the section of @pfn, biased by its first pfn; 0: there is none. */
static uint64_t array_of(const struct page_ext *pe, uint64_t pfn)
{
	const struct section *s = kernel_section(pe->kr.k, pfn);

	return s && !(s->page_ext & PAGE_EXT_INVALID) ? s->page_ext : 0;
}

/* [@pfn, @end), in one section whose biased array is @base */
static enum pgc_status read_section(const struct page_ext *pe, uint8_t *chunk, uint64_t base,
				    uint64_t pfn, uint64_t end, page_ext_fn *fn, void *arg,
				    struct pgc_err *err)
{
	uint64_t page = 1ULL << pe->kr.k->page_shift;
	size_t per_chunk = PAGE_EXT_CHUNK / pe->record;

	while (pfn < end) {
		/* The base may lie below 0 by its bias: wrapping is meant. */
		uint64_t kaddr = base + pfn * pe->record, skip;
		size_t n = per_chunk, done = 0;
		enum pgc_status st;

		if (n > end - pfn)
			n = (size_t)(end - pfn);
		st = vmcore_read_bulk(pe->kr.vc, kaddr, chunk, n * pe->record, &done, err);
		if (st != PGC_OK && !pgc_is_gap(st))
			return pgc_err_add(err, st, "the records of page_ext");
		for (size_t i = 0; i < done / pe->record; i++)
			fn(arg, pfn + i, chunk + i * pe->record);
		if (st == PGC_OK) {
			pfn += n;
			continue;
		}
		/* On with the first record that begins behind the missing page. */
		skip = kaddr + done;
		skip += page - skip % page;
		pfn += (skip - kaddr + pe->record - 1) / pe->record;
	}
	return PGC_OK;
}

enum pgc_status page_ext_each(const struct page_ext *pe, uint8_t *chunk, uint64_t pfn, uint64_t end,
			      page_ext_fn *fn, void *arg, struct pgc_err *err)
{
	uint64_t per_section = pe->kr.k->pages_per_section;

	while (pfn < end) {
		uint64_t base = array_of(pe, pfn), stop = (pfn / per_section + 1) * per_section;
		enum pgc_status st;

		if (stop > end)
			stop = end;
		st = base ? read_section(pe, chunk, base, pfn, stop, fn, arg, err) : PGC_OK;
		if (st != PGC_OK)
			return st;
		pfn = stop;
	}
	return PGC_OK;
}

enum pgc_status page_ext_all(const struct page_ext *pe, page_ext_fn *fn, void *arg,
			     struct pgc_err *err)
{
	const struct kernel *k = pe->kr.k;
	_cleanup_free_ uint8_t *chunk = dump_buffer(PAGE_EXT_CHUNK);
	enum pgc_status st = chunk ? PGC_OK : pgc_err_nomem(err, "the records of page_ext");

	for (size_t i = 0; i < k->n_sections && st == PGC_OK; i++) {
		uint64_t start = k->sections[i].start_pfn;

		st = page_ext_each(pe, chunk, start, start + k->pages_per_section, fn, arg, err);
	}
	return st;
}

uint64_t page_ext_kaddr(const struct page_ext *pe, uint64_t pfn)
{
	uint64_t base = array_of(pe, pfn);

	return base ? base + pfn * pe->record : 0;
}

bool page_ext_record(const struct page_ext *pe, uint64_t pfn, uint8_t record[PAGE_EXT_MAX])
{
	uint64_t kaddr = page_ext_kaddr(pe, pfn);

	return kaddr && vmcore_read(pe->kr.vc, kaddr, record, pe->record, "page_ext", NULL) == PGC_OK;
}
