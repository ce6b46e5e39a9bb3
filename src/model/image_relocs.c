/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/image_relocs.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/target_int.h"

#define WORD sizeof(uint64_t)
/* No kernel has so many. */
#define MAX_RELOCS (8u << 20)

struct image_relocs {
	struct debuginfo_reloc *all;	/* by address */
	size_t n, room;
	bool failed;			/* out of memory */
};

static bool take(void *arg, const struct debuginfo_reloc *one)
{
	struct image_relocs *r = arg;
	struct debuginfo_reloc *bigger;

	if (r->n == MAX_RELOCS)
		return false;
	bigger = array_grow(r->all, &r->room, r->n, sizeof(*r->all));
	r->failed = !bigger;
	if (!bigger)
		return false;
	r->all = bigger;
	r->all[r->n++] = *one;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct debuginfo_reloc *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

enum pgc_status image_relocs_create(struct debuginfo *di, const struct arch *arch,
				    struct image_relocs **ret, struct pgc_err *err)
{
	struct image_relocs *r = calloc(1, sizeof(*r));

	if (r && arch && arch->image_reloc) {
		debuginfo_reloc_each(di, arch->image_reloc, take, r);
		if (r->n)
			qsort(r->all, r->n, sizeof(*r->all), by_address);
	}
	if (!r || r->failed) {
		image_relocs_destroy(r);
		return pgc_err_nomem(err, "addresses in the kernel's image");
	}
	*ret = r;
	return PGC_OK;
}

void image_relocs_destroy(struct image_relocs *r)
{
	if (!r)
		return;
	free(r->all);
	free(r);
}

bool image_relocs_any(const struct image_relocs *r)
{
	return r->n;
}

void image_relocs_apply(const struct image_relocs *r, uint64_t addr, uint8_t *bytes, size_t size,
			uint64_t slide)
{
	/* One may begin before and end within. */
	size_t i = bisect(at, r->n, r->all[at].addr < addr && addr - r->all[at].addr >= WORD);

	/* What is cut in two is not read: pieces overlap. */
	for (; i < r->n && (r->all[i].addr < addr || r->all[i].addr - addr < size); i++) {
		uint64_t off = r->all[i].addr - addr;	/* wraps around where it begins before */
		uint64_t value = r->all[i].value;

		if (r->all[i].in_place) {
			if (off >= size || size - off < WORD)
				continue;
			value = target_u64(bytes + off);
		}
		value = htole64(value + slide);
		for (size_t b = 0; b < WORD; b++)
			if (off + b < size)
				bytes[off + b] = ((const uint8_t *)&value)[b];
	}
}
