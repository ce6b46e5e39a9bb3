/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/stack_depot.h"

#include <stdlib.h>

#include "vmcore.h"

#define POOL_ORDER 2	/* DEPOT_POOL_ORDER, before: STACK_ALLOC_ORDER */
#define ALIGN 4		/* DEPOT_STACK_ALIGN: records lie at multiples of 16 bytes */
#define EXTRA_BITS 5	/* STACK_DEPOT_EXTRA_BITS */

struct stack_depot {
	struct kernel_reader kr;
	uint64_t table;		/* kaddr of the array of pointers to pools */
	uint64_t pools;		/* used ones */
	unsigned int offset_bits;
};

/* How a handle is made, least significant bits first: index, offset, valid, extra. */
struct variant {
	unsigned int valid_bits;
	uint64_t index_is;	/* of the first pool */
};

/*
 * Where the pools are: 6.1 calls the array stack_slabs; in 7.2 it is allocated. What says how
 * many there are has always been the number of the one in use, or of all.
 */
static bool find_pools(struct stack_depot *sd)
{
	const struct layout *lay = sd->kr.k->lay;

	if (layout_has(lay, L_stack_slabs)) {
		sd->table = kernel_addr(sd->kr.k, L_stack_slabs);
		if (!kernel_read_var(sd->kr, L_depot_index, &sd->pools))
			return false;
		sd->pools++;
		return true;
	}
	if (!layout_has(lay, L_stack_pools) ||
	    !kernel_read_var(sd->kr, L_pools_num, &sd->pools))
		return false;
	sd->table = kernel_addr(sd->kr.k, L_stack_pools);
	if (layout_has(lay, L_stack_pools_len))
		return true;
	return vmcore_read_u64(sd->kr.vc, sd->table, "stack_pools", &sd->table, NULL) ==
	       PGC_OK;
}

enum pgc_status stack_depot_create(struct kernel_reader kr, struct stack_depot **ret,
				   struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	struct stack_depot *sd;

	*ret = NULL;
	if (!layout_has(lay, L_stack_record_handle) || !layout_has(lay, L_stack_record_size) ||
	    !layout_has(lay, L_stack_record_entries))
		return PGC_OK;
	sd = calloc(1, sizeof(*sd));
	if (!sd)
		return pgc_err_nomem(err, "the stack depot");
	sd->kr = kr;
	sd->offset_bits = POOL_ORDER + kr.k->page_shift - ALIGN;
	if (!find_pools(sd) || sd->offset_bits + EXTRA_BITS >= 32) {
		stack_depot_destroy(sd);
		return PGC_OK;
	}
	*ret = sd;
	return PGC_OK;
}

void stack_depot_destroy(struct stack_depot *sd)
{
	free(sd);
}

static uint32_t low_bits(uint32_t value, unsigned int n)
{
	return value & (uint32_t)((1ULL << n) - 1);
}

/* The record of @handle, if its index and offset are where @v has them. */
static bool find_record(const struct stack_depot *sd, uint32_t handle, const struct variant *v,
			uint64_t *record)
{
	const struct layout *lay = sd->kr.k->lay;
	unsigned int index_bits = 32 - EXTRA_BITS - v->valid_bits - sd->offset_bits;
	uint32_t index = low_bits(handle, index_bits), said;
	uint64_t pool;

	if (index < v->index_is || index - v->index_is >= sd->pools)
		return false;
	if (vmcore_read_u64(sd->kr.vc, sd->table + (index - v->index_is) * 8,
			    "stack_pools", &pool, NULL) != PGC_OK)
		return false;
	*record = pool + ((uint64_t)low_bits(handle >> index_bits, sd->offset_bits) << ALIGN);
	if (vmcore_read_u32(sd->kr.vc, *record + layout_get(lay, L_stack_record_handle),
			    "stack_record.handle", &said, NULL) != PGC_OK)
		return false;
	/* The extra bits are the user's own. */
	return low_bits(said, 32 - EXTRA_BITS) == low_bits(handle, 32 - EXTRA_BITS);
}

size_t stack_depot_fetch(const struct stack_depot *sd, uint32_t handle,
			 uint64_t frames[STACK_DEPOT_FRAMES])
{
	/* 6.12, 7.2 (the index is that of the pool plus 1); 6.1. */
	static const struct variant variants[] = { { 0, 1 }, { 1, 0 } };
	uint64_t record = 0;
	uint32_t size;
	size_t n = 0;
	bool found = false;

	if (!sd || !handle)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(variants) && !found; i++)
		found = find_record(sd, handle, &variants[i], &record);
	if (!found ||
	    vmcore_read_u32(sd->kr.vc,
			    record + layout_get(sd->kr.k->lay, L_stack_record_size),
			    "stack_record.size", &size, NULL) != PGC_OK)
		return 0;
	for (; n < size && n < STACK_DEPOT_FRAMES; n++)
		if (vmcore_read_u64(
			    sd->kr.vc,
			    record + layout_get(sd->kr.k->lay, L_stack_record_entries) +
				    n * 8,
			    "stack_record.entries", &frames[n], NULL) != PGC_OK)
			break;
	return n;
}
