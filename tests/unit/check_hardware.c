/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "fake_vmcore.h"
#include "model/complaints.h"
#include "model/hardware.h"
#include "model/kernel.h"
#include "unit.h"

#define VARS FAKE_DIRECT_MAP
#define TEXTS (FAKE_DIRECT_MAP + 0x1000)
#define TABLE_AT 0x2000		/* physical */
#define RECORDS (FAKE_DIRECT_MAP + 0x3000)
#define BIG 0x10000

enum {
	V_IDENT = 0, V_BASE = 0x100, V_LEN = 0x108, V_MODULES = 0x110, V_N = 0x118,
	V_CONTROLLERS = 0x120, V_EVENTS = 0x140,
	MODULE_DEVICE = 0, MODULE_SIZE = 16, MODULE = 32,
	MCI_LINK = 0x80, MCI_TOTAL = 0x90, MCI_DIMMS = 0x98,
	DIMM_LABEL = 0x10, DIMM_CE = 0x40, DIMM_UE = 0x44,
	EVENT_MCE = 8, MCE_STATUS = 0, MCE_ADDR = 16, MCE_BANK = 64,
};

struct fixture {
	struct vmcore *vc;
	struct layout *lay;
	struct kernel k;
	uint64_t text;		/* where the next one goes */
};

/* A text, and where it is. */
static uint64_t put_text(struct fixture *f, const char *text)
{
	uint64_t at = f->text;

	strcpy((char *)fake_vmcore_at(f->vc, at), text);
	f->text += strlen(text) + 1;
	return at;
}

static void set_up(struct fixture *f)
{
	static const struct {
		enum layout_key key;
		uint64_t value;
	} rows[] = {
		{ L_dmi_ident, VARS + V_IDENT },
		{ L_DMI_BIOS_VERSION, 2 },
		{ L_DMI_BIOS_DATE, 3 },
		{ L_DMI_SYS_VENDOR, 6 },
		{ L_DMI_PRODUCT_NAME, 7 },
		{ L_DMI_PRODUCT_UUID, 10 },
		{ L_DMI_BOARD_NAME, 14 },
		{ L_DMI_CHASSIS_TYPE, 19 },
		{ L_dmi_base, VARS + V_BASE },
		{ L_dmi_len, VARS + V_LEN },
		{ L_dmi_memdev, VARS + V_MODULES },
		{ L_dmi_memdev_nr, VARS + V_N },
		{ L_dmi_memdev_info, MODULE },
		{ L_dmi_memdev_info_device, MODULE_DEVICE },
		{ L_dmi_memdev_info_size, MODULE_SIZE },
		{ L_mc_devices, VARS + V_CONTROLLERS },
		{ L_mem_ctl_info_link, MCI_LINK },
		{ L_mem_ctl_info_tot_dimms, MCI_TOTAL },
		{ L_mem_ctl_info_dimms, MCI_DIMMS },
		{ L_dimm_info_label, DIMM_LABEL },
		{ L_dimm_info_ce_count, DIMM_CE },
		{ L_dimm_info_ue_count, DIMM_UE },
		{ L_mce_event_llist, VARS + V_EVENTS },
		{ L_mce_evt_llist_mce, EVENT_MCE },
		{ L_mce_status, MCE_STATUS },
		{ L_mce_addr, MCE_ADDR },
		{ L_mce_bank, MCE_BANK },
	};
	struct pgc_err err = PGC_ERR_INIT;

	memset(f, 0, sizeof(*f));
	f->vc = fake_vmcore_create();
	f->text = TEXTS;
	ck_assert_ok(layout_create(&f->lay, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		layout_set(f->lay, rows[i].key, rows[i].value, 8);
	f->k = (struct kernel){ .lay = f->lay, .page_shift = 12 };
	fake_vmcore_region(f->vc, VARS, BIG);
	fake_put64(f->vc, VARS + V_CONTROLLERS, VARS + V_CONTROLLERS);
}

static void tear_down(struct fixture *f)
{
	layout_destroy(f->lay);
	vmcore_close(f->vc);
}

static struct hardware hardware_of(struct fixture *f)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct hardware hw;

	ck_assert_ok(hardware_read(kernel_reader_of(&f->k, f->vc), &hw, &err), &err);
	return hw;
}

static void ident(struct fixture *f, unsigned int nr, const char *text)
{
	fake_put64(f->vc, VARS + V_IDENT + nr * 8, put_text(f, text));
}

START_TEST(nothing_is_unknown)
{
	struct fixture f;
	struct hardware hw;

	set_up(&f);
	hw = hardware_of(&f);
	ck_assert(!hw.vendor[0] && !hw.chassis[0] && !hw.has_id && !hw.edac);
	ck_assert_int_eq(hw.ecc, ECC_UNKNOWN);
	ck_assert_uint_eq(hw.slots + hw.n_modules + hw.n_counts + hw.checks, 0);
	ck_assert_ptr_null(hardware_ecc_name(hw.ecc));
	tear_down(&f);
}
END_TEST

START_TEST(what_firmware_calls_it)
{
	struct hardware hw, other;
	struct fixture f;

	set_up(&f);
	ident(&f, 6, "Maker\033  ");
	ident(&f, 7, "Model 7");
	ident(&f, 14, "Board 9");
	ident(&f, 2, "3.14");
	ident(&f, 3, "04/01/2026");
	ident(&f, 10, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
	ident(&f, 19, "9");
	hw = hardware_of(&f);
	ck_assert_str_eq(hw.vendor, "Maker?");
	ck_assert_str_eq(hw.product, "Model 7");
	ck_assert_str_eq(hw.board, "Board 9");
	ck_assert_str_eq(hw.bios, "3.14 04/01/2026");
	ck_assert_str_eq(hw.chassis, "laptop");
	ck_assert(hw.has_id);
	/* Another machine of the kind is another one; what no maker filled in is none. */
	ident(&f, 10, "6ba7b810-9dad-11d1-80b4-00c04fd430c9");
	other = hardware_of(&f);
	ck_assert_uint_ne(hw.id, other.id);
	ident(&f, 10, "03000200-0400-0500-0006-000700080009");
	ck_assert(!hardware_of(&f).has_id);
	/* A name of another half of memory, or none at all. */
	fake_put64(f.vc, VARS + V_IDENT + 7 * 8, 0x1234);
	ck_assert_str_eq(hardware_of(&f).product, "");
	tear_down(&f);
}
END_TEST

/* An array of memory whose errors are handled as @ecc says, and a module of 2 GB. */
static size_t put_table(struct fixture *f, unsigned int use, unsigned int ecc)
{
	static const uint8_t array[] = { 16, 15, 0, 0x10, 3, 3, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };
	static const uint8_t module[34] = { 17, 34, 0, 0x11, [12] = 0, 8, [16] = 2, [17] = 1 };
	uint8_t *at = fake_vmcore_at(f->vc, FAKE_DIRECT_MAP + TABLE_AT), *start = at;

	memcpy(at, array, sizeof(array));
	at[5] = (uint8_t)use;
	at[6] = (uint8_t)ecc;
	at += sizeof(array);
	memcpy(at, module, sizeof(module));
	at += sizeof(module);
	memcpy(at, "BANK 0\0DIMM_A1\0", 16);
	at += 16;
	memcpy(at, "\177\004\0\0\0\0", 6);
	fake_put64(f->vc, VARS + V_BASE, TABLE_AT);
	fake_put32(f->vc, VARS + V_LEN, (uint32_t)(at + 6 - start));
	return (size_t)(at + 6 - start);
}

START_TEST(the_table_of_firmware)
{
	static const enum hardware_ecc by[] = {
		ECC_UNKNOWN, ECC_UNKNOWN, ECC_UNKNOWN, ECC_NONE, ECC_PARITY, ECC_SINGLE, ECC_MULTI,
		ECC_CRC, ECC_UNKNOWN,
	};
	struct hardware hw;
	struct fixture f;
	size_t len;

	set_up(&f);
	for (unsigned int i = 0; i < ARRAY_SIZE(by); i++) {
		(void)put_table(&f, 3, i);
		hw = hardware_of(&f);
		ck_assert_int_eq(hw.ecc, by[i]);
		ck_assert_uint_eq(hw.slots, 1);
		ck_assert_str_eq(hw.modules[0].place, "DIMM_A1");
		ck_assert_uint_eq(hw.modules[0].size, 2ULL << 30);
	}
	/* The memory of a graphics card has another. */
	len = put_table(&f, 4, 3);
	ck_assert_int_eq(hardware_of(&f).ecc, ECC_UNKNOWN);
	/* Cut anywhere it says less, and nothing is read behind it. */
	for (size_t i = 0; i < len; i++) {
		fake_put32(f.vc, VARS + V_LEN, (uint32_t)i);
		hw = hardware_of(&f);
		ck_assert_uint_le(hw.slots, 1);
	}
	fake_put32(f.vc, VARS + V_LEN, UINT32_MAX);
	ck_assert_uint_eq(hardware_of(&f).slots, 0);
	/* Without the table there is the kernel's own list. */
	fake_put64(f.vc, VARS + V_BASE, 0);
	fake_put32(f.vc, VARS + V_N, 2);
	fake_put64(f.vc, VARS + V_MODULES, RECORDS);
	fake_put64(f.vc, RECORDS + MODULE_DEVICE, put_text(&f, "A1"));
	fake_put64(f.vc, RECORDS + MODULE_SIZE, 1ULL << 30);
	fake_put64(f.vc, RECORDS + MODULE + MODULE_DEVICE, put_text(&f, "A2"));
	hw = hardware_of(&f);
	ck_assert_uint_eq(hw.slots, 2);
	ck_assert_str_eq(hw.modules[1].place, "A2");
	ck_assert_uint_eq(hw.modules[1].size, 0);
	fake_put32(f.vc, VARS + V_N, UINT32_MAX);
	ck_assert_uint_le(hardware_of(&f).n_modules, HARDWARE_MODULES);
	tear_down(&f);
}
END_TEST

/* What EDAC counted, and what the log is told of it. */
START_TEST(counts_of_modules)
{
	const uint64_t mci = RECORDS + 0x1000, dimms = mci + 0x200, dimm = mci + 0x400;
	struct pgc_err err = PGC_ERR_INIT;
	struct complaints c;
	struct hardware hw;
	struct fixture f;

	set_up(&f);
	fake_put64(f.vc, VARS + V_CONTROLLERS, mci + MCI_LINK);
	fake_put64(f.vc, mci + MCI_LINK, VARS + V_CONTROLLERS);
	fake_put32(f.vc, mci + MCI_TOTAL, 2);
	fake_put64(f.vc, mci + MCI_DIMMS, dimms);
	fake_put64(f.vc, dimms, dimm);
	fake_put64(f.vc, dimms + 8, dimm + 0x100);
	strcpy((char *)fake_vmcore_at(f.vc, dimm + 0x100 + DIMM_LABEL), "CPU0_DIMM_B1");
	hw = hardware_of(&f);
	ck_assert(hw.edac);
	ck_assert_uint_eq(hw.n_counts, 0);
	ck_assert_ok(complaints_read(kernel_reader_of(&f.k, f.vc), &hw, &c, &err), &err);
	ck_assert_uint_eq(c.times[COMPLAINT_MEMORY], 0);
	fake_put32(f.vc, dimm + 0x100 + DIMM_CE, 12);
	fake_put32(f.vc, dimm + 0x100 + DIMM_UE, 1);
	hw = hardware_of(&f);
	ck_assert_uint_eq(hw.n_counts, 1);
	ck_assert_str_eq(hw.counts[0].place, "CPU0_DIMM_B1");
	ck_assert_uint_eq(hw.counts[0].corrected, 12);
	ck_assert_uint_eq(hw.counts[0].uncorrected, 1);
	ck_assert_ok(complaints_read(kernel_reader_of(&f.k, f.vc), &hw, &c, &err), &err);
	ck_assert_uint_eq(c.times[COMPLAINT_MEMORY], 1);
	ck_assert_str_eq(c.first[COMPLAINT_MEMORY],
			 "EDAC counted 12 corrected and 1 uncorrected errors at CPU0_DIMM_B1");
	/* A ring that is none ends. */
	fake_put64(f.vc, mci + MCI_LINK, mci + MCI_LINK);
	ck_assert_uint_le(hardware_of(&f).n_counts, HARDWARE_MODULES);
	tear_down(&f);
}
END_TEST

/* Machine checks that nobody has read: the log has no line of them. */
START_TEST(checks_that_wait)
{
	const uint64_t event = RECORDS + 0x1000, second = event + 0x100;
	struct pgc_err err = PGC_ERR_INIT;
	struct complaints c;
	struct hardware hw;
	struct fixture f;

	set_up(&f);
	fake_put64(f.vc, VARS + V_EVENTS, event);
	fake_put64(f.vc, event, second);
	fake_put64(f.vc, event + EVENT_MCE + MCE_STATUS, 0x8c00004000010090);
	fake_put64(f.vc, event + EVENT_MCE + MCE_ADDR, 0x12345000);
	*fake_vmcore_at(f.vc, event + EVENT_MCE + MCE_BANK) = 7;
	fake_put64(f.vc, second + EVENT_MCE + MCE_STATUS, 0x8000000000000135);
	/* Of which machine is unknown: then what it means is, too. */
	fake_vmcore_arch(f.vc, NULL);
	ck_assert_uint_eq(hardware_of(&f).checks, 0);
	fake_vmcore_arch(f.vc, &arch_x86_64);
	hw = hardware_of(&f);
	ck_assert_uint_eq(hw.checks, 2);
	ck_assert_uint_eq(hw.memory_checks, 1);
	ck_assert(hw.has_address);
	ck_assert_uint_eq(hw.check_address, 0x12345000);
	ck_assert_uint_eq(hw.check_bank, 7);
	ck_assert_ok(complaints_read(kernel_reader_of(&f.k, f.vc), &hw, &c, &err), &err);
	ck_assert_uint_eq(c.times[COMPLAINT_MEMORY], 1);
	ck_assert_uint_eq(c.times[COMPLAINT_MACHINE], 0);
	ck_assert_str_eq(c.first[COMPLAINT_MEMORY], "machine check not logged yet: bank 7, status "
			 "0x8c00004000010090, address 0x12345000");
	/* One that is not valid is none. */
	fake_put64(f.vc, event + EVENT_MCE + MCE_STATUS, 0x90);
	hw = hardware_of(&f);
	ck_assert_uint_eq(hw.checks, 1);
	ck_assert_uint_eq(hw.memory_checks, 0);
	ck_assert_ok(complaints_read(kernel_reader_of(&f.k, f.vc), &hw, &c, &err), &err);
	ck_assert_uint_eq(c.times[COMPLAINT_MACHINE], 1);
	/* A chain that leads to itself ends. */
	fake_put64(f.vc, second, event);
	ck_assert_uint_ge(hardware_of(&f).checks, 1);
	tear_down(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hardware");
	TCase *tc = tcase_create("hardware");

	tcase_add_test(tc, nothing_is_unknown);
	tcase_add_test(tc, what_firmware_calls_it);
	tcase_add_test(tc, the_table_of_firmware);
	tcase_add_test(tc, counts_of_modules);
	tcase_add_test(tc, checks_that_wait);
	return unit_run_case(suite, tc);
}
