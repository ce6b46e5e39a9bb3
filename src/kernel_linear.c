/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_linear.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dump_xlat.h"
#include "kernel.h"
#include "vmcore.h"

#define IMAGE_MAX (1ULL << 30)		/* arch/x86: KERNEL_IMAGE_SIZE, with KASLR */
#define DIRECT_MAP_MAX (1ULL << 46)	/* ... 64 TiB, with four levels of page tables */

bool kernel_assume_linear(struct kernel *k)
{
	const struct vmcore_info *info = vmcore_info(k->vc);
	uint64_t phys_base, size, direct;

	if (info->live || !info->arch || strcmp(info->arch, "x86_64") ||
	    !layout_has(k->lay, L_page_offset_base) ||
	    !vmcore_number(k->vc, "NUMBER(phys_base)", &phys_base))
		return false;
	if (!vmcore_number(k->vc, "NUMBER(KERNEL_IMAGE_SIZE)", &size) || size > IMAGE_MAX)
		size = IMAGE_MAX;
	if (!vmcore_assume_linear(k->vc, X86_64_KERNEL_MAP, size, phys_base))
		return false;
	if (vmcore_read_u64(k->vc, kernel_addr(k, L_page_offset_base), "page_offset_base", &direct,
			    NULL) == PGC_OK &&
	    kernel_region_base(direct) && vmcore_assume_linear(k->vc, direct, DIRECT_MAP_MAX, 0))
		return true;
	(void)vmcore_assume_linear(k->vc, 0, 0, 0);
	return false;
}
