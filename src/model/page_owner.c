/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/page_owner.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"
#include "model/kernel.h"
#include "model/page_ext.h"

struct page_owner {
	struct page_ext ext;	/* its part of a record is a struct page_owner */
	uint64_t flags_at, handle_at; /* of a record */
	uint64_t owner, allocated; /* masks in its flags */
	uint32_t early_handle;
	bool has_early;
	bool frees_are_seen;	/* the kernel can clear the allocated flag */
	uint8_t *chunk;		/* PAGE_EXT_CHUNK */
};

static bool layout_complete(const struct layout *lay)
{
	static const enum layout_key keys[] = {
		L_mem_section_page_ext,     L_page_ext_size,
		L_page_ext_flags,           L_PAGE_EXT_OWNER,
		L_PAGE_EXT_OWNER_ALLOCATED, L_page_owner_ops_offset,
		L_page_owner_inited,        L_page_owner_handle,
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!layout_has(lay, keys[i]))
			return false;
	return layout_get(lay, L_PAGE_EXT_OWNER) < 64 &&
	       layout_get(lay, L_PAGE_EXT_OWNER_ALLOCATED) < 64;
}

/* Where things are in a record. False when the numbers cannot be. */
static bool find_record(struct page_owner *po, struct kernel_reader kr)
{
	const struct layout *lay = kr.k->lay;

	if (!page_ext_open(kr, L_page_owner_ops_offset, &po->ext))
		return false;
	po->flags_at = layout_get(lay, L_page_ext_flags);
	return layout_size(lay, L_page_ext_flags) == 8 &&
	       range_ok(po->flags_at, 8, po->ext.record) &&
	       layout_size(lay, L_page_owner_handle) == 4 &&
	       add_ok(po->ext.at, layout_get(lay, L_page_owner_handle), &po->handle_at) &&
	       range_ok(po->handle_at, 4, po->ext.record);
}

/*
 * The special handles. When the depot could not even keep the two that stand for a
 * failure, frees come without a handle, and 6.12 and 7.2 do not clear the flag without
 * one (mm/page_owner.c:__update_page_owner_free_handle()).
 */
static void find_handles(struct page_owner *po)
{
	struct kernel_reader kr = po->ext.kr;
	uint64_t early, dummy, failure;

	po->has_early = kernel_read_var(kr, L_page_owner_early_handle, &early);
	if (po->has_early)
		po->early_handle = (uint32_t)early;
	po->frees_are_seen =
		kernel_read_var(kr, L_page_owner_dummy_handle, &dummy) && dummy &&
		kernel_read_var(kr, L_page_owner_failure_handle, &failure) && failure;
}

enum pgc_status page_owner_create(struct kernel_reader kr, struct page_owner **ret,
				  enum owner_state *state, struct pgc_err *err)
{
	struct page_owner *po;
	uint64_t inited;

	*ret = NULL;
	*state = OWNER_ABSENT;
	if (!layout_complete(kr.k->lay))
		return PGC_OK;
	*state = OWNER_UNUSABLE;
	if (!kernel_read_var(kr, L_page_owner_inited, &inited))
		return PGC_OK;
	*state = OWNER_OFF;
	if ((int32_t)inited <= 0)
		return PGC_OK;
	po = calloc(1, sizeof(*po));
	if (!po)
		return pgc_err_nomem(err, "the page_owner reader");
	po->owner = 1ULL << layout_get(kr.k->lay, L_PAGE_EXT_OWNER);
	po->allocated = 1ULL << layout_get(kr.k->lay, L_PAGE_EXT_OWNER_ALLOCATED);
	if (!find_record(po, kr)) {
		*state = OWNER_UNUSABLE;
		page_owner_destroy(po);
		return PGC_OK;
	}
	find_handles(po);
	po->chunk = dump_buffer(PAGE_EXT_CHUNK);
	if (!po->chunk) {
		page_owner_destroy(po);
		return pgc_err_nomem(err, "the page_owner reader");
	}
	*state = OWNER_ON;
	*ret = po;
	return PGC_OK;
}

enum pgc_status page_owner_dup(const struct page_owner *po, struct kernel_reader kr,
			       struct page_owner **ret, struct pgc_err *err)
{
	struct page_owner *dup = malloc(sizeof(*dup));

	if (!dup)
		return pgc_err_nomem(err, "the page_owner reader");
	*dup = *po;
	dup->ext.kr = kr;
	dup->chunk = dump_buffer(PAGE_EXT_CHUNK);
	if (!dup->chunk) {
		free(dup);
		return pgc_err_nomem(err, "the page_owner reader");
	}
	*ret = dup;
	return PGC_OK;
}

void page_owner_destroy(struct page_owner *po)
{
	if (!po)
		return;
	free(po->chunk);
	free(po);
}

/*
 * What the record of a page says. Healthy kernels disagree with the checker in one way
 * only: init_pages_in_zone() marks as allocated, with early_handle, every page that is
 * neither reserved nor inside a buddy block, and pages on per-CPU lists are so. (Guard
 * pages and unaccepted memory too.) A page migrated from such a one inherits the handle.
 * The first free clears the flag, and from then on the two go together.
 */
static void take_record(const struct page_owner *po, const uint8_t *raw, uint64_t bit,
			struct owner_bits *b)
{
	uint64_t flags = target_u64(raw + po->flags_at);

	if (!(flags & po->owner))
		return;
	if (flags & po->allocated) {
		if (!po->frees_are_seen || !po->has_early ||
		    target_u32(raw + po->handle_at) == po->early_handle)
			return;
		b->allocated |= bit;
	}
	b->known |= bit;
}

struct reading {
	const struct page_owner *po;
	uint64_t first;
	struct owner_bits *bits; /* @first's on */
};

static void on_record(void *arg, uint64_t pfn, const uint8_t *raw)
{
	const struct reading *r = arg;
	uint64_t at = pfn - r->first;

	take_record(r->po, raw, 1ULL << at % 64, &r->bits[at / 64]);
}

enum pgc_status page_owner_read(struct page_owner *po, uint64_t pfn,
				struct owner_bits *bits, size_t words,
				struct pgc_err *err)
{
	struct reading r = { .po = po, .first = pfn, .bits = bits };
	uint64_t end;

	memset(bits, 0, words * sizeof(*bits));
	if (!add_ok(pfn, (uint64_t)words * 64, &end))
		return PGC_OK;
	return page_ext_each(&po->ext, po->chunk, pfn, end, on_record, &r, err);
}

/* A member of struct page_owner as a number; @absent where this kernel has it not. */
static uint64_t member(const struct page_owner *po, const uint8_t *raw, enum layout_key key,
		       uint64_t absent)
{
	const struct layout *lay = po->ext.kr.k->lay;
	uint64_t at, size;

	if (!layout_has(lay, key))
		return absent;
	size = layout_size(lay, key);
	if (!add_ok(po->ext.at, layout_get(lay, key), &at) || !range_ok(at, size, po->ext.record))
		return absent;
	switch (size) {
	case 2:
		return (uint64_t)raw[at] | (uint64_t)raw[at + 1] << 8;
	case 4:
		return target_u32(raw + at);
	case 8:
		return target_u64(raw + at);
	default:
		return absent;
	}
}

static void take_comm(const struct page_owner *po, const uint8_t *raw, char comm[17])
{
	const struct layout *lay = po->ext.kr.k->lay;
	uint64_t at, size;

	comm[0] = '\0';
	if (!layout_has(lay, L_page_owner_comm))
		return;
	size = layout_size(lay, L_page_owner_comm);
	if (size > 16)
		size = 16;
	if (!add_ok(po->ext.at, layout_get(lay, L_page_owner_comm), &at) ||
	    !range_ok(at, size, po->ext.record))
		return;
	memcpy(comm, raw + at, size);
	comm[size] = '\0';
}

bool page_owner_record(const struct page_owner *po, uint64_t pfn, struct owner_record *ret)
{
	uint8_t raw[PAGE_EXT_MAX];
	uint64_t flags;

	if (!page_ext_record(&po->ext, pfn, raw))
		return false;
	flags = target_u64(raw + po->flags_at);
	if (!(flags & po->owner))
		return false;
	*ret = (struct owner_record){
		.allocated = flags & po->allocated,
		.order = (int)member(po, raw, L_page_owner_order, (uint64_t)-1),
		.gfp = (uint32_t)member(po, raw, L_page_owner_gfp_mask, 0),
		.handle = target_u32(raw + po->handle_at),
		.free_handle = (uint32_t)member(po, raw, L_page_owner_free_handle, 0),
		.ts_nsec = member(po, raw, L_page_owner_ts_nsec, 0),
		.free_ts_nsec = member(po, raw, L_page_owner_free_ts_nsec, 0),
		.pid = (int)member(po, raw, L_page_owner_pid, (uint64_t)-1),
		.tgid = (int)member(po, raw, L_page_owner_tgid, (uint64_t)-1),
		.free_pid = (int)member(po, raw, L_page_owner_free_pid, (uint64_t)-1),
	};
	/* The stack of early_handle is page_owner's own, and says nothing of the page. */
	ret->early = po->has_early && ret->handle == po->early_handle;
	if (ret->early)
		ret->handle = 0;
	take_comm(po, raw, ret->comm);
	return true;
}
