/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/arch.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#ifndef EM_RISCV
#define EM_RISCV 243
#endif
#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

/* With registers, page tables and all else still to be written. */
static const char *const riscv64_lines[] = {
	"NUMBER(satp)", "NUMBER(va_kernel_pa_offset)", NULL,
};

#define NOTHING_KNOWN \
	.pages = { { 12, 27, 16384 }, { 13, 27, 16384 }, { 14, 27, 16384 }, { 15, 27, 32768 }, \
		   { 16, 27, 65536 } }, \
	.sign_bit = 63, .region_align = UINT64_C(1) << 30

static const struct arch arch_ppc64 = {
	.name = "ppc64", .e_machine = EM_PPC64, NOTHING_KNOWN,
};

static const struct arch arch_riscv64 = {
	.name = "riscv64", .e_machine = EM_RISCV, .own_lines = riscv64_lines, NOTHING_KNOWN,
};

static const struct arch arch_unknown = { .name = NULL, NOTHING_KNOWN };

static const struct arch *const archs[] = {
	&arch_x86_64, &arch_arm64, &arch_ppc64, &arch_riscv64,
};

const struct arch *arch_row(size_t i)
{
	return i < ARRAY_SIZE(archs) ? archs[i] : NULL;
}

const struct arch *arch_known(const struct arch *arch)
{
	return arch ? arch : &arch_unknown;
}

const struct arch *arch_by_machine(unsigned int e_machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i]->e_machine == e_machine)
			return archs[i];
	return NULL;
}

const struct arch *arch_by_name(const char *utsname_machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (!strcmp(archs[i]->name, utsname_machine))
			return archs[i];
	return NULL;
}

const struct arch *arch_by_prstatus(uint32_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (size && archs[i]->prstatus_size == size)
			return archs[i];
	return NULL;
}

static bool has_line(const struct arch *arch, const struct arch_lines *lines)
{
	uint64_t value;

	for (const char *const *key = arch->own_lines; key && *key; key++)
		if (arch_number(lines, *key, &value))
			return true;
	return false;
}

const struct arch *arch_by_lines(const struct arch_lines *lines)
{
	/* From the last: the more a row knows, the more of the generic names are among its lines. */
	for (size_t i = ARRAY_SIZE(archs); i--;)
		if (has_line(archs[i], lines))
			return archs[i];
	return NULL;
}

bool arch_is_read(const struct arch *arch)
{
	return arch && arch->paging;
}

void arch_list(bool titles, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(archs) && len < size; i++)
		if (arch_is_read(archs[i]))
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " and " : "",
						titles ? archs[i]->title : archs[i]->name);
}

const char *arch_machine_name(unsigned int e_machine, bool big_endian)
{
	static const struct {
		unsigned int machine;
		const char *little, *big;
	} names[] = {
		{ EM_X86_64, "x86_64", NULL },
		{ EM_386, "i386", NULL },
		{ EM_AARCH64, "arm64", "big-endian arm64" },
		{ EM_ARM, "arm", "arm" },
		{ EM_PPC64, "ppc64le", "ppc64" },
		{ EM_PPC, "powerpc", "powerpc" },
		{ EM_S390, NULL, "s390x" },
		{ EM_RISCV, "riscv", NULL },
		{ EM_LOONGARCH, "loongarch", NULL },
		{ EM_MIPS, "mips", "mips" },
		{ EM_IA_64, "ia64", "ia64" },
		{ EM_SPARCV9, NULL, "sparc64" },
		{ EM_PARISC, NULL, "parisc" },
		{ EM_ALPHA, "alpha", NULL },
		{ EM_68K, NULL, "m68k" },
		{ EM_SH, "sh", "sh" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].machine == e_machine)
			return big_endian ? names[i].big : names[i].little;
	return NULL;
}

bool arch_name_is_other(const char *utsname_machine)
{
	static const char *const others[] = {
		"aarch64", "aarch64_be", "arm64", "ppc64", "ppc64le", "s390x", "s390", "riscv64", "riscv32",
		"loongarch64", "i386", "i486", "i586", "i686", "arm", "armv6l", "armv7l", "armv8l",
		"mips", "mips64", "ia64", "sparc64", "ppc", "parisc64", "alpha",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(utsname_machine, others[i]))
			return !arch_is_read(arch_by_name(utsname_machine));
	return false;
}

bool arch_page_size_ok(const struct arch *arch, uint64_t size)
{
	for (const struct arch_pages *p = arch_known(arch)->pages; p->shift; p++)
		if (size == UINT64_C(1) << p->shift)
			return true;
	return false;
}

const struct arch_pages *arch_pages(const struct arch *arch, unsigned int page_shift)
{
	const struct arch_pages *pages = arch_known(arch)->pages;

	for (const struct arch_pages *p = pages; p->shift; p++)
		if (p->shift == page_shift)
			return p;
	return pages;
}
