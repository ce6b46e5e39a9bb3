/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_vmcore - vmcore.h over memory that a test made
 *
 * Linked in place of vmcore.c. A region is kernel memory at some address; a page of it can
 * be made a gap.
 */
#ifndef PGCONS_FAKE_VMCORE_H
#define PGCONS_FAKE_VMCORE_H

#include <stdint.h>

#include "vmcore.h"

#define FAKE_DIRECT_MAP 0xffff888000000000ULL

struct vmcore *fake_vmcore_create(void);

/* @len zeroed bytes at @kaddr, for the test to fill; freed by vmcore_close(). */
uint8_t *fake_vmcore_region(struct vmcore *vc, uint64_t kaddr, size_t len);

/* Where @kaddr is, to change it; NULL when there is no such memory. */
uint8_t *fake_vmcore_at(struct vmcore *vc, uint64_t kaddr);

/* An integer there, as the kernel stores it. There must be such memory. */
void fake_put16(struct vmcore *vc, uint64_t kaddr, uint16_t value);
void fake_put32(struct vmcore *vc, uint64_t kaddr, uint32_t value);
void fake_put64(struct vmcore *vc, uint64_t kaddr, uint64_t value);

/* The 4 KiB page at @kaddr reads as @why from now on. */
void fake_vmcore_gap(struct vmcore *vc, uint64_t kaddr, enum pgc_status why);

/* The page table that maps the page at @kaddr is not in the dump. */
void fake_vmcore_no_table(struct vmcore *vc, uint64_t kaddr);

/*
 * From now on all is read by page tables in its memory, of x86-64: @FAKE_MEMORY bytes of the direct
 * map by small pages, and each region elsewhere by large ones. vmcore_table_path() has the entries.
 */
#define FAKE_MEMORY (32ULL << 20)
void fake_vmcore_tables(struct vmcore *vc);

/* It is the running kernel's from now on. */
void fake_vmcore_live(struct vmcore *vc);

/* A line of VMCOREINFO; both borrowed. */
void fake_vmcore_info_line(struct vmcore *vc, const char *key, const char *value);

/* The build-id of its kernel; borrowed. */
void fake_vmcore_build_id(struct vmcore *vc, const char *build_id);

/* Its architecture. */
struct arch;
void fake_vmcore_arch(struct vmcore *vc, const struct arch *arch);

/* One more CPU with registers, for the test to fill. */
struct cpu_regs;
struct cpu_regs *fake_vmcore_add_cpu(struct vmcore *vc);

#endif
