/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_create - the model of a kernel, step by step, each by what the steps before it found
 */
#include "model/kernel.h"

#include <inttypes.h>
#include <stdlib.h>

#include "model/kernel_priv.h"
#include "model/pageblock.h"
#include "vmcore.h"

/* No kernel has more. */
#define MAX_ORDERS 32
#define MAX_MIGRATETYPES 16

/*
 * VMCOREINFO knows where the kernel ran; the vmlinux knows where it was linked. Two
 * witnesses for the slide must agree, else these files do not belong together.
 */
static enum pgc_status find_slide(struct kernel *k, struct vmcore *vc,
				  struct pgc_err *err)
{
	uint64_t stext, by_offset;

	k->slide = vmcore_info(vc)->kernel_offset;
	if (!layout_has(k->lay, L_stext) || !vmcore_number(vc, "SYMBOL(_stext)", &stext))
		return PGC_OK;
	k->slide = stext - layout_get(k->lay, L_stext);
	if (vmcore_number(vc, "KERNELOFFSET", &by_offset) && k->slide != by_offset)
		return pgc_err_set(err, PGC_EMISMATCH,
				   "_stext is 0x%" PRIx64 " from where the vmlinux has it, but the dump's KERNELOFFSET is 0x%" PRIx64 ": not the vmlinux of this kernel",
				   k->slide, by_offset);
	return PGC_OK;
}

static unsigned int bits_for(uint64_t values)
{
	unsigned int bits = 0;

	while (bits < 63 && (1ULL << bits) < values)
		bits++;
	return bits;
}

/*
 * page.flags from the top: [SECTION][NODE][ZONE]..., SECTION being empty with vmemmap
 * (include/linux/page-flags-layout.h, all versions). NODES_SHIFT is a macro, but
 * node_data[] has 1 << NODES_SHIFT elements.
 */
static void find_page_flags_layout(struct kernel *k)
{
	unsigned int node_bits = 0, zone_bits;

	if (layout_has(k->lay, L_node_data_len))
		node_bits = bits_for(layout_get(k->lay, L_node_data_len));
	zone_bits = bits_for(layout_get(k->lay, L_MAX_NR_ZONES));
	if (node_bits + zone_bits > 32)
		node_bits = 0;
	k->node_shift = 64 - node_bits;
	k->node_mask = (1u << node_bits) - 1;
	if (!node_bits)
		k->node_shift = 0;
	k->zone_shift = 64 - node_bits - zone_bits;
	k->zone_mask = (1u << zone_bits) - 1;
	if (!zone_bits)
		k->zone_shift = 0;
}

static enum pgc_status read_cpus(struct kernel *k, struct vmcore *vc, struct pgc_err *err)
{
	_cleanup_free_ uint8_t *possible = NULL, *online = NULL;
	uint64_t len, size;
	enum pgc_status st;

	/* Without CPUs there are no per-CPU lists to walk. */
	if (layout_partial(k->lay))
		return PGC_OK;
	if (!layout_has(k->lay, L_per_cpu_offset) || !layout_has(k->lay, L_per_cpu_offset_len) ||
	    !layout_has(k->lay, L_cpu_possible_mask)) {
		/* A kernel without SMP: per-CPU pointers are plain pointers. */
		k->cpus = calloc(1, sizeof(*k->cpus));
		if (!k->cpus)
			return pgc_err_nomem(err, "the CPU table");
		k->cpus[0].online = true;
		k->n_cpus = 1;
		return PGC_OK;
	}
	len = layout_get(k->lay, L_per_cpu_offset_len);
	size = layout_size(k->lay, L_cpu_possible_mask);
	if (len > KERNEL_MAX_CPUS)
		return pgc_err_set(err, PGC_EFORMAT, "__per_cpu_offset has %" PRIu64
				   " elements: impossible", len);
	st = kernel_read_mask(vc, kernel_addr(k, L_cpu_possible_mask), size,
			      "__cpu_possible_mask", &possible, err);
	if (st != PGC_OK)
		return st;
	if (layout_has(k->lay, L_cpu_online_mask) &&
	    kernel_read_mask(vc, kernel_addr(k, L_cpu_online_mask), size,
			     "__cpu_online_mask", &online, NULL) != PGC_OK)
		online = NULL;
	k->cpus = calloc(len ? len : 1, sizeof(*k->cpus));
	if (!k->cpus)
		return pgc_err_nomem(err, "the CPU table");
	for (uint64_t id = 0; id < len; id++) {
		struct cpu *c = &k->cpus[k->n_cpus];

		if (!kernel_mask_bit(possible, size, id))
			continue;
		st = vmcore_read_u64(vc, kernel_addr(k, L_per_cpu_offset) + id * 8,
				     "__per_cpu_offset", &c->offset, NULL);
		if (st != PGC_OK) {
			kernel_limit(k, "CPU %" PRIu64 ": its per-CPU offset cannot be read",
				     id);
			continue;
		}
		c->id = (unsigned int)id;
		c->online = !online || kernel_mask_bit(online, size, id);
		k->n_cpus++;
	}
	return PGC_OK;
}

static void read_system_state(struct kernel *k, struct vmcore *vc)
{
	uint64_t state;

	k->running = true;
	if (layout_has(k->lay, L_SYSTEM_RUNNING) &&
	    kernel_read_var(kernel_reader_of(k, vc), L_system_state, &state))
		k->running = state >= layout_get(k->lay, L_SYSTEM_RUNNING);
}

/*
 * Of small memory all pageblocks become MIGRATE_UNMOVABLE, or stay what they were at boot
 * (mm/page_alloc.c:build_all_zonelists(), set_pageblock_migratetype(), all versions): they say
 * nothing of the lists.
 */
static void read_mobility(struct kernel *k, struct vmcore *vc)
{
	uint64_t disabled;

	k->by_mobility = !kernel_read_var(kernel_reader_of(k, vc),
					  L_page_group_by_mobility_disabled, &disabled) ||
			 !disabled;
}

/* Has a pointer to the first or last slab cache a tag? These are objects of a slab themselves. */
static bool caches_have_tags(const struct kernel *k, struct vmcore *vc)
{
	uint64_t link[2];

	if (!layout_has(k->lay, L_slab_caches))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(link); i++)
		if (vmcore_read_u64(vc, kernel_addr(k, L_slab_caches) + 8 * i, "slab_caches", &link[i],
				    NULL) == PGC_OK &&
		    arch_tagged_address(k->arch, link[i]))
			return true;
	return false;
}

/*
 * KASAN's tags, since 4.20 by software (KASAN_SW_TAGS), since 5.11 by MTE (KASAN_HW_TAGS), which a
 * word of the command line or the machine turns off: then its switch is off, and a damaged one is
 * not believed. Where it is not known what the kernel has, tags are possible.
 */
static void find_tags(struct kernel *k, struct vmcore *vc)
{
	bool none = k->arch->untagged || layout_has(k->lay, L_asan_loadN) ||
		    (!layout_partial(k->lay) && layout_has(k->lay, L_free_pages) &&
		     !layout_has(k->lay, L_kasan_report) && !layout_has(k->lay, L_kasan_poison_pages));
	uint32_t on = 1;

	k->page_tags = k->tagged = !none;
	if (!none && layout_has(k->lay, L_kasan_flag_enabled) &&
	    vmcore_read_u32(vc, kernel_addr(k, L_kasan_flag_enabled), "kasan_flag_enabled", &on,
			    NULL) == PGC_OK && !on)
		k->tagged = caches_have_tags(k, vc);
	vmcore_assume_tags(vc, k->tagged);
}

static enum pgc_status find_constants(struct kernel *k, struct vmcore *vc,
				      struct pgc_err *err)
{
	uint64_t orders = layout_get(k->lay, L_zone_nr_free_area);
	uint64_t types = layout_get(k->lay, L_free_area_nr_free_list);

	k->arch = arch_known(vmcore_info(vc)->arch);
	k->page_shift = vmcore_info(vc)->page_shift;
	if (!orders || orders > MAX_ORDERS || !types || types > MAX_MIGRATETYPES)
		return pgc_err_set(err, PGC_EFORMAT,
				   "zone.free_area has %" PRIu64 " orders of %" PRIu64
				   " lists: an unknown layout",
				   orders, types);
	if (!layout_get(k->lay, L_page) || layout_get(k->lay, L_page) > 1024)
		return pgc_err_set(err, PGC_EFORMAT, "struct page of %" PRIu64 " bytes is impossible",
				   layout_get(k->lay, L_page));
	if (layout_get(k->lay, L_zone) > 65536)
		return pgc_err_set(err, PGC_EFORMAT, "struct zone of %" PRIu64 " bytes is impossible",
				   layout_get(k->lay, L_zone));
	k->struct_page = layout_get(k->lay, L_page);
	if (!(k->struct_page & (k->struct_page - 1)))
		k->struct_page_shift = (unsigned int)__builtin_ctzll(k->struct_page);
	k->orders = (unsigned int)orders;
	k->migratetypes = (unsigned int)types;
	/* A huge page maps PAGE_SIZE / 8 pages. Pageblocks usually have its order. */
	k->huge_order = k->page_shift - 3;
	if (k->huge_order > k->orders - 1)
		k->huge_order = k->orders - 1;
	k->pageblock_order = k->huge_order;
	return PGC_OK;
}

enum pgc_status kernel_create(struct vmcore *vc, const struct layout *lay,
			      struct kernel **ret, struct pgc_err *err)
{
	struct kernel *k = calloc(1, sizeof(*k));
	enum pgc_status st;

	if (!k)
		return pgc_err_nomem(err, "the kernel model");
	k->lay = lay;
	st = find_constants(k, vc, err);
	if (st == PGC_OK)
		st = find_slide(k, vc, err);
	if (st == PGC_OK)
		st = kernel_check_linear_tables(k, vc, err);
	if (st == PGC_OK) {
		find_tags(k, vc);
		find_page_flags_layout(k);
		st = kernel_find_nodes(k, vc, err);
	}
	if (st == PGC_OK)
		st = read_cpus(k, vc, err);
	if (st == PGC_OK)
		st = kernel_read_sections(k, vc, err);
	if (st == PGC_OK) {
		pageblock_find_order(k);
		read_system_state(k, vc);
		kernel_check_memmap_tables(k, vc);
		read_mobility(k, vc);
		kernel_settle_pagesets(k);
		kernel_check_zone_records(k, vc);
		kernel_check_zone_words(k);
		st = kernel_check_section_records(k, vc, err);
	}
	if (st != PGC_OK) {
		kernel_destroy(k);
		return st;
	}
	kernel_compare_sections(k);
	kernel_tell_nameless(k);
	*ret = k;
	return PGC_OK;
}

void kernel_destroy(struct kernel *k)
{
	if (!k)
		return;
	kernel_forget_nodes(k);
	free(k->cpus);
	free(k->sections);
	free(k->section_index);
	free(k);
}
