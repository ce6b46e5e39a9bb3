/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "model/kernel_priv.h"
#include "vmcore.h"

uint64_t kernel_addr(const struct kernel *k, enum layout_key key)
{
	return layout_get(k->lay, key) + k->slide;
}

bool kernel_no_memory(struct kernel_reader kr, uint64_t kaddr)
{
	uint64_t paddr, run;
	enum pgc_status st = vmcore_translate(kr.vc, kaddr, &paddr, &run, NULL);

	if (st != PGC_OK)
		return st == PGC_ABSENT;
	return !kr.k->memory_unseen && !kernel_section(kr.k, paddr >> kr.k->page_shift);
}

/* What is at @kaddr, as wide as @key is in this kernel. */
static bool read_wide(struct kernel_reader kr, uint64_t kaddr, enum layout_key key,
		      uint64_t *ret)
{
	uint64_t size = layout_size(kr.k->lay, key);
	uint8_t raw[8];

	if (!size || size > sizeof(raw) ||
	    vmcore_read(kr.vc, kaddr, raw, size, layout_name(key), NULL) != PGC_OK)
		return false;
	*ret = target_uint(raw, (unsigned int)size);
	return true;
}

bool kernel_read_var(struct kernel_reader kr, enum layout_key key, uint64_t *ret)
{
	return layout_has(kr.k->lay, key) &&
	       read_wide(kr, kernel_addr(kr.k, key), key, ret);
}

bool kernel_member(struct kernel_reader kr, uint64_t base, enum layout_key key,
		   uint64_t *ret)
{
	return layout_has(kr.k->lay, key) &&
	       read_wide(kr, base + layout_get(kr.k->lay, key), key, ret);
}

bool kernel_pointer(struct kernel_reader kr, uint64_t base, enum layout_key key, uint64_t *ret)
{
	if (!kernel_member(kr, base, key, ret))
		return false;
	*ret = kernel_bare(kr.k, *ret);
	return true;
}

bool kernel_pointer_at(struct kernel_reader kr, uint64_t kaddr, const char *what, uint64_t *ret)
{
	if (vmcore_read_u64(kr.vc, kaddr, what, ret, NULL) != PGC_OK)
		return false;
	*ret = kernel_bare(kr.k, *ret);
	return true;
}

bool kernel_add_diffs(struct kernel_reader kr, uint64_t diff, int64_t *sum)
{
	for (size_t i = 0; i < kr.k->n_cpus; i++) {
		int8_t own;

		if (vmcore_read(kr.vc, diff + kr.k->cpus[i].offset, &own, 1, "vm_stat_diff", NULL) !=
		    PGC_OK)
			return false;
		*sum += own;
	}
	return true;
}

bool kernel_flags_device(const struct kernel *k, uint64_t flags)
{
	return layout_has(k->lay, L_ZONE_DEVICE) &&
	       kernel_flags_zone(k, flags) == layout_get(k->lay, L_ZONE_DEVICE);
}

void kernel_limit(struct kernel *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	limits_add(k->limits, KERNEL_LIMITS, &k->n_limits, &k->limits_dropped, fmt, ap);
	va_end(ap);
}

/* An unsigned member of the object at @base, of whatever width this kernel gives it. */
enum pgc_status kernel_read_member(struct kernel *k, struct vmcore *vc, uint64_t base,
				   enum layout_key key, uint64_t *ret,
				   struct pgc_err *err)
{
	uint8_t raw[8];
	uint64_t size = layout_size(k->lay, key);
	enum pgc_status st;

	if (size > sizeof(raw))
		size = sizeof(raw);
	st = vmcore_read(vc, base + layout_get(k->lay, key), raw, size, layout_name(key),
			 err);
	if (st == PGC_OK)
		*ret = target_uint(raw, (unsigned int)size);
	return st;
}

/*
 * A gap where the model needs bytes is a failure: say so, gaps carry no message.
 */
enum pgc_status kernel_need(enum pgc_status st, uint64_t kaddr, const char *what,
			    struct pgc_err *err)
{
	if (!pgc_is_gap(st))
		return pgc_err_add(err, st, "%s", what);
	return pgc_err_set(err, PGC_EFORMAT, "%s at 0x%" PRIx64 ": %s", what, kaddr,
			   pgc_why(st, NULL));
}

/*
 * Low byte: locked, 1, or 3 when a paravirtual lock has been halted for (_Q_SLOW_VAL); next the
 * pending bit, alone in its byte below 16K CPUs; on top which CPU waits last, plus 1, and in
 * which of its four contexts.
 */
bool kernel_lock_can_be(const struct kernel *k, uint32_t word)
{
	uint64_t cpus = layout_has(k->lay, L_per_cpu_offset_len) ?
				layout_get(k->lay, L_per_cpu_offset_len) : 0;
	bool many = cpus >= 1 << 14;
	uint32_t locked = word & 0xff, tail = word >> (many ? 11 : 18);
	uint32_t context = word >> (many ? 9 : 16) & 3;

	if (locked > 1 && locked != 3)
		return false;
	if (!many && word & 0xfe00)
		return false;
	if (!tail)
		return !context;
	return !cpus || tail <= cpus;
}

enum lock_state kernel_lock_state(struct kernel_reader kr, uint64_t kaddr)
{
	uint32_t val;

	/* PREEMPT_RT has no raw_lock there; its owner word is another matter. */
	if (!layout_has(kr.k->lay, L_spinlock_raw_val))
		return LOCK_UNKNOWN;
	kaddr += layout_get(kr.k->lay, L_spinlock_raw_val);
	if (vmcore_read_u32(kr.vc, kaddr, "spinlock", &val, NULL) != PGC_OK)
		return LOCK_UNKNOWN;
	return (val & 0xff) && kernel_lock_can_be(kr.k, val) ? LOCK_HELD : LOCK_FREE;
}

bool kernel_mask_bit(const uint8_t *mask, size_t size, size_t bit)
{
	/* Words of unsigned long, little-endian: byte order and bit order agree. */
	return bit / 8 < size && (mask[bit / 8] >> (bit % 8)) & 1;
}

/* The bitmap object at @kaddr, whole. The caller frees it. */
enum pgc_status kernel_read_mask(struct vmcore *vc, uint64_t kaddr, uint64_t size,
				 const char *what, uint8_t **ret, struct pgc_err *err)
{
	_cleanup_free_ uint8_t *mask = NULL;
	enum pgc_status st;

	if (!size || size > KERNEL_MAX_CPUS / 8)
		return pgc_err_set(err, PGC_EFORMAT, "%s: implausible size of %" PRIu64 " bytes",
				   what, size);
	mask = malloc(size);
	if (!mask)
		return pgc_err_nomem(err, what);
	st = vmcore_read(vc, kaddr, mask, size, what, err);
	if (st != PGC_OK)
		return kernel_need(st, kaddr, what, err);
	*ret = TAKE_PTR(mask);
	return PGC_OK;
}

const struct section *kernel_section(const struct kernel *k, uint64_t pfn)
{
	uint64_t nr = pfn >> k->section_shift;

	if (nr >= k->n_section_nrs || !k->section_index[nr])
		return NULL;
	return &k->sections[k->section_index[nr] - 1];
}

bool kernel_in_memmap(const struct kernel *k, uint64_t kaddr)
{
	return kaddr >= k->memmap && kernel_section(k, (kaddr - k->memmap) / k->struct_page);
}

bool kernel_page_to_pfn(const struct kernel *k, uint64_t page, uint64_t *pfn)
{
	uint64_t off = page - k->memmap;

	if (page < k->memmap)
		return false;
	/* Each step along a free list gets here: a division would be most of it. */
	if (k->struct_page_shift && !(off & (k->struct_page - 1)))
		*pfn = off >> k->struct_page_shift;
	else if (!k->struct_page_shift && off % k->struct_page == 0)
		*pfn = off / k->struct_page;
	else
		return false;
	return kernel_section(k, *pfn) != NULL;
}

const struct zone *kernel_zone(const struct kernel *k, int nid, unsigned int idx)
{
	for (size_t i = 0; i < k->n_zones; i++)
		if (k->zones[i].nid == nid && k->zones[i].idx == idx)
			return &k->zones[i];
	return NULL;
}
