// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/hardware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/hash.h"
#include "base/target_int.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "model/task.h"
#include "vmcore.h"

#define MAX_TABLE (64u << 10)	/* of SMBIOS, bytes */
#define MAX_CONTROLLERS 64
#define MAX_CHECKS 512
#define TEXT_LEN 256

/* SMBIOS: structures, and bytes in them */
#define TYPE_ARRAY 16
#define TYPE_MODULE 17
#define TYPE_END 127
#define HEADER 4
#define ARRAY_USE 5
#define ARRAY_ECC 6
#define USE_SYSTEM 3
#define MODULE_SIZE 12
#define MODULE_PLACE 16
#define MODULE_LARGE_SIZE 28
#define SIZE_LARGE 0x7fff
#define SIZE_UNKNOWN 0xffff
#define SIZE_IN_KB 0x8000

static void copy_text(char *dst, const char *src)
{
	size_t n = 0;

	for (; n < HARDWARE_TEXT - 1 && src[n]; n++)
		dst[n] = src[n] >= ' ' && src[n] <= '~' ? src[n] : '?';
	while (n && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
}

/* The text that the pointer at @at leads to. */
static bool read_text(struct kernel_reader kr, uint64_t at, char text[TEXT_LEN])
{
	uint64_t kaddr;

	text[0] = '\0';
	return vmcore_read_u64(kr.vc, at, "a text of DMI", &kaddr, NULL) == PGC_OK && kaddr &&
	       vmcore_read_str(kr.vc, kaddr, text, TEXT_LEN, "a text of DMI", NULL) == PGC_OK &&
	       text[0];
}

static bool read_ident(struct kernel_reader kr, enum layout_key field, char text[TEXT_LEN])
{
	uint64_t i = layout_has(kr.k->lay, field) ? layout_get(kr.k->lay, field) : 0;

	return i && read_text(kr, kernel_addr(kr.k, L_dmi_ident) + i * sizeof(uint64_t), text);
}

/* DMI's number of the case: the kinds that matter to whoever asks for ECC. */
static const char *chassis_name(unsigned long type)
{
	static const unsigned char laptops[] = { 8, 9, 10, 14, 30, 31, 32 };
	static const unsigned char desktops[] = { 3, 4, 5, 6, 7, 13, 15, 35 };
	static const unsigned char servers[] = { 17, 23, 25, 28, 29 };

	if (type && type <= UINT8_MAX && memchr(laptops, (int)type, sizeof(laptops)))
		return "laptop";
	if (type && type <= UINT8_MAX && memchr(desktops, (int)type, sizeof(desktops)))
		return "desktop";
	if (type && type <= UINT8_MAX && memchr(servers, (int)type, sizeof(servers)))
		return "server";
	return "";
}

/* What boards have whose maker gave them none: many machines share it. */
static const char no_uuid[] = "03000200-0400-0500-0006-000700080009";

static void read_idents(struct kernel_reader kr, struct hardware *hw)
{
	char text[TEXT_LEN], date[TEXT_LEN];

	if (!layout_has(kr.k->lay, L_dmi_ident))
		return;
	if (read_ident(kr, L_DMI_SYS_VENDOR, text))
		copy_text(hw->vendor, text);
	if (read_ident(kr, L_DMI_PRODUCT_NAME, text))
		copy_text(hw->product, text);
	if (read_ident(kr, L_DMI_BOARD_NAME, text))
		copy_text(hw->board, text);
	if (read_ident(kr, L_DMI_CHASSIS_TYPE, text))
		snprintf(hw->chassis, sizeof(hw->chassis), "%s",
			 chassis_name(strtoul(text, NULL, 10)));
	if (read_ident(kr, L_DMI_BIOS_VERSION, text)) {
		copy_text(hw->bios, text);
		if (read_ident(kr, L_DMI_BIOS_DATE, date) &&
		    strlen(hw->bios) + strlen(date) + 1 < sizeof(hw->bios)) {
			strcat(hw->bios, " ");
			copy_text(hw->bios + strlen(hw->bios), date);
		}
	}
	if (read_ident(kr, L_DMI_PRODUCT_UUID, text) && strcmp(text, no_uuid) != 0) {
		hw->has_id = true;
		hw->id = hash_bytes(HASH_INIT, text, strlen(text));
	}
}

static struct hardware_module *add_module(struct hardware *hw)
{
	hw->slots++;
	return hw->n_modules < HARDWARE_MODULES ? &hw->modules[hw->n_modules++] : NULL;
}

/* The kernel's own list of modules, which every dump has that has the kernel. */
static void read_modules(struct kernel_reader kr, struct hardware *hw)
{
	const struct layout *lay = kr.k->lay;
	uint64_t list;
	uint32_t n;

	if (!layout_has(lay, L_dmi_memdev) || !layout_has(lay, L_dmi_memdev_nr) ||
	    !layout_has(lay, L_dmi_memdev_info) || !layout_has(lay, L_dmi_memdev_info_device) ||
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_dmi_memdev_nr), "dmi_memdev_nr", &n, NULL) != PGC_OK ||
	    vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_dmi_memdev), "dmi_memdev", &list, NULL) != PGC_OK ||
	    !list)
		return;
	for (uint32_t i = 0; i < n && i < MAX_CHECKS; i++) {
		uint64_t at = list + i * layout_get(lay, L_dmi_memdev_info);
		struct hardware_module *m;
		char text[TEXT_LEN];

		if (!read_text(kr, at + layout_get(lay, L_dmi_memdev_info_device), text))
			continue;
		m = add_module(hw);
		if (!m)
			continue;
		copy_text(m->place, text);
		if (!layout_has(lay, L_dmi_memdev_info_size) ||
		    vmcore_read_u64(kr.vc, at + layout_get(lay, L_dmi_memdev_info_size),
				    "dmi_memdev.size", &m->size, NULL) != PGC_OK ||
		    m->size == UINT64_MAX)
			m->size = 0;
	}
}

/* One structure of firmware's table, and its texts behind it. */
struct entry {
	const uint8_t *bytes;
	size_t len;		/* without the texts */
	const uint8_t *texts, *end;
};

static uint64_t module_size(const struct entry *e)
{
	uint64_t size;

	if (e->len < MODULE_SIZE + 2)
		return 0;
	size = e->bytes[MODULE_SIZE] | (unsigned int)e->bytes[MODULE_SIZE + 1] << 8;
	if (size == SIZE_UNKNOWN)
		return 0;
	if (size == SIZE_LARGE && e->len >= MODULE_LARGE_SIZE + 4)
		return (uint64_t)target_u32(e->bytes + MODULE_LARGE_SIZE) << 20;
	return size & SIZE_IN_KB ? (size & ~(uint64_t)SIZE_IN_KB) << 10 : size << 20;
}

/* The text number @nr of an entry, counted from 1. */
static void entry_text(const struct entry *e, unsigned int nr, char *ret)
{
	const uint8_t *at = e->texts;
	char text[TEXT_LEN];
	size_t n = 0;

	ret[0] = '\0';
	while (nr > 1 && at < e->end) {
		at += strnlen((const char *)at, (size_t)(e->end - at)) + 1;
		nr--;
	}
	if (nr != 1)
		return;
	for (; at < e->end && *at && n < sizeof(text) - 1; at++)
		text[n++] = (char)*at;
	text[n] = '\0';
	copy_text(ret, text);
}

static void take_entry(struct hardware *hw, const struct entry *e, bool has_modules)
{
	static const enum hardware_ecc by_number[] = {
		ECC_UNKNOWN, ECC_UNKNOWN, ECC_UNKNOWN, ECC_NONE, ECC_PARITY, ECC_SINGLE,
		ECC_MULTI, ECC_CRC,
	};
	struct hardware_module *m;

	if (e->bytes[0] == TYPE_ARRAY && e->len > ARRAY_ECC && e->bytes[ARRAY_USE] == USE_SYSTEM &&
	    e->bytes[ARRAY_ECC] < ARRAY_SIZE(by_number)) {
		/* Of several arrays the one that says least. */
		enum hardware_ecc ecc = by_number[e->bytes[ARRAY_ECC]];

		if (hw->ecc == ECC_UNKNOWN || ecc < hw->ecc)
			hw->ecc = ecc;
	}
	if (e->bytes[0] != TYPE_MODULE || e->len <= MODULE_PLACE)
		return;
	m = has_modules ? NULL : add_module(hw);
	if (!m)
		return;
	entry_text(e, e->bytes[MODULE_PLACE], m->place);
	m->size = module_size(e);
}

static void walk_table(struct hardware *hw, const uint8_t *table, size_t len)
{
	bool has_modules = hw->slots > 0;
	size_t at = 0;

	while (at + HEADER <= len) {
		struct entry e = { .bytes = table + at, .len = table[at + 1] };
		size_t texts = at + e.len, end;

		if (e.len < HEADER || texts + 2 > len || e.bytes[0] == TYPE_END)
			break;
		end = texts;
		while (end + 2 <= len && (table[end] || table[end + 1]))
			end++;
		e.texts = table + texts;
		e.end = table + end;
		take_entry(hw, &e, has_modules);
		at = end + 2;
	}
}

/* Firmware's table itself, where the dump has reserved memory: only it has the kind of ECC. */
static enum pgc_status read_table(struct kernel_reader kr, struct hardware *hw,
				  struct pgc_err *err)
{
	const struct layout *lay = kr.k->lay;
	uint64_t base;
	uint32_t len;
	uint8_t *table;
	size_t done = 0;

	if (!layout_has(lay, L_dmi_base) || !layout_has(lay, L_dmi_len) ||
	    vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_dmi_base), "dmi_base", &base, NULL) != PGC_OK ||
	    vmcore_read_u32(kr.vc, kernel_addr(kr.k, L_dmi_len), "dmi_len", &len, NULL) != PGC_OK ||
	    !base || !len || len > MAX_TABLE)
		return PGC_OK;
	table = malloc(len);
	if (!table)
		return pgc_err_nomem(err, "the firmware's table");
	(void)!vmcore_read_phys(kr.vc, base, table, len, &done, NULL);
	walk_table(hw, table, done < len ? done : len);
	free(table);
	return PGC_OK;
}

static void take_dimm(struct kernel_reader kr, struct hardware *hw, uint64_t dimm)
{
	const struct layout *lay = kr.k->lay;
	struct hardware_count *c = &hw->counts[hw->n_counts];
	uint32_t corrected = 0, uncorrected = 0;
	char text[TEXT_LEN];

	if (vmcore_read_u32(kr.vc, dimm + layout_get(lay, L_dimm_info_ce_count), "dimm_info",
			    &corrected, NULL) != PGC_OK ||
	    vmcore_read_u32(kr.vc, dimm + layout_get(lay, L_dimm_info_ue_count), "dimm_info",
			    &uncorrected, NULL) != PGC_OK ||
	    (!corrected && !uncorrected) || hw->n_counts == HARDWARE_MODULES)
		return;
	c->corrected = corrected;
	c->uncorrected = uncorrected;
	if (vmcore_read_str(kr.vc, dimm + layout_get(lay, L_dimm_info_label), text, sizeof(text),
			    "dimm_info.label", NULL) == PGC_OK)
		copy_text(c->place, text);
	hw->n_counts++;
}

/* What the drivers of memory controllers counted. */
static void read_controllers(struct kernel_reader kr, struct hardware *hw)
{
	const struct layout *lay = kr.k->lay;
	uint64_t head, node;

	if (!layout_has(lay, L_mc_devices) || !layout_has(lay, L_mem_ctl_info_link) ||
	    !layout_has(lay, L_mem_ctl_info_dimms) || !layout_has(lay, L_mem_ctl_info_tot_dimms) ||
	    !layout_has(lay, L_dimm_info_label) || !layout_has(lay, L_dimm_info_ce_count) ||
	    !layout_has(lay, L_dimm_info_ue_count))
		return;
	head = kernel_addr(kr.k, L_mc_devices);
	node = head;
	for (size_t i = 0; i < MAX_CONTROLLERS; i++) {
		uint64_t mci, dimms, dimm;
		uint32_t n;

		if (vmcore_read_u64(kr.vc, node, "mc_devices", &node, NULL) != PGC_OK || !node ||
		    node == head)
			return;
		hw->edac = true;
		mci = node - layout_get(lay, L_mem_ctl_info_link);
		if (vmcore_read_u32(kr.vc, mci + layout_get(lay, L_mem_ctl_info_tot_dimms),
				    "mem_ctl_info", &n, NULL) != PGC_OK ||
		    vmcore_read_u64(kr.vc, mci + layout_get(lay, L_mem_ctl_info_dimms),
				    "mem_ctl_info", &dimms, NULL) != PGC_OK)
			continue;
		for (uint32_t d = 0; d < n && d < HARDWARE_MODULES; d++)
			if (vmcore_read_u64(kr.vc, dimms + d * sizeof(uint64_t),
					    "mem_ctl_info.dimms", &dimm, NULL) == PGC_OK && dimm)
				take_dimm(kr, hw, dimm);
	}
}

static void take_check(struct kernel_reader kr, struct hardware *hw, uint64_t mce)
{
	const struct layout *lay = kr.k->lay;
	const struct arch *arch = arch_known(vmcore_info(kr.vc)->arch);
	enum arch_check what;
	uint64_t status, addr = 0;
	uint8_t bank = 0;

	if (!arch->check_of ||
	    vmcore_read_u64(kr.vc, mce + layout_get(lay, L_mce_status), "mce.status", &status,
			    NULL) != PGC_OK)
		return;
	what = arch->check_of(status);
	if (what == ARCH_CHECK_NONE)
		return;
	hw->memory_checks += what == ARCH_CHECK_MEMORY;
	if (hw->checks++)
		return;
	(void)!vmcore_read_u64(kr.vc, mce + layout_get(lay, L_mce_addr), "mce.addr", &addr, NULL);
	(void)!vmcore_read(kr.vc, mce + layout_get(lay, L_mce_bank), &bank, sizeof(bank), "mce.bank",
			   NULL);
	hw->check_status = status;
	hw->has_address = arch->check_has_address(status);
	hw->check_address = addr;
	hw->check_bank = bank;
}

/* Machine checks that wait for the log, and the worst that each CPU saw in a panic. */
static void read_checks(struct kernel_reader kr, struct hardware *hw)
{
	const struct layout *lay = kr.k->lay;
	uint64_t node, in;

	if (!layout_has(lay, L_mce_status) || !layout_has(lay, L_mce_addr) ||
	    !layout_has(lay, L_mce_bank))
		return;
	if (layout_has(lay, L_mces_seen))
		for (size_t i = 0; i < kr.k->n_cpus; i++)
			take_check(kr, hw, task_percpu(kr.k, layout_get(lay, L_mces_seen),
							&kr.k->cpus[i]));
	if (layout_has(lay, L_mce_evt_llist_mce))
		in = layout_get(lay, L_mce_evt_llist_mce);
	else if (layout_has(lay, L_mce_evt_llist_err))
		in = layout_get(lay, L_mce_evt_llist_err);
	else
		return;
	if (!layout_has(lay, L_mce_event_llist) ||
	    vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_mce_event_llist), "mce_event_llist", &node,
			    NULL) != PGC_OK)
		return;
	for (size_t i = 0; node && i < MAX_CHECKS; i++) {
		take_check(kr, hw, node + in);
		if (vmcore_read_u64(kr.vc, node, "mce_event_llist", &node, NULL) != PGC_OK)
			return;
	}
}

enum pgc_status hardware_read(struct kernel_reader kr, struct hardware *ret, struct pgc_err *err)
{
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	read_idents(kr, ret);
	read_modules(kr, ret);
	st = read_table(kr, ret, err);
	read_controllers(kr, ret);
	read_checks(kr, ret);
	return st;
}

const char *hardware_ecc_name(enum hardware_ecc ecc)
{
	static const char *const names[] = {
		[ECC_NONE] = "none", [ECC_PARITY] = "parity", [ECC_SINGLE] = "single-bit ECC",
		[ECC_MULTI] = "multi-bit ECC", [ECC_CRC] = "CRC",
	};

	return ecc < ARRAY_SIZE(names) ? names[ecc] : NULL;
}
