/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel_linear.h"

#include <stddef.h>
#include <stdint.h>

#include "model/kernel.h"
#include "vmcore.h"

/* The kernel's own variable, which the image has. */
static uint64_t direct_map_base(struct kernel_reader kr)
{
	uint64_t base;

	if (!layout_has(kr.k->lay, L_page_offset_base) ||
	    vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_page_offset_base),
			    "page_offset_base", &base, NULL) != PGC_OK)
		return 0;
	return base;
}

/* Where the image ends; 0: not known. */
static uint64_t image_end(const struct kernel *k)
{
	return layout_has(k->lay, L_end) ? kernel_addr(k, L_end) : 0;
}

bool kernel_image_map(struct kernel_reader kr, struct arch_linear *ret)
{
	const struct arch_lines lines = vmcore_lines(kr.vc);

	return kr.k->arch->linear_image &&
	       kr.k->arch->linear_image(&lines, image_end(kr.k), ret);
}

bool kernel_direct_map(struct kernel_reader kr, struct arch_linear *ret)
{
	const struct arch_lines lines = vmcore_lines(kr.vc);

	return kr.k->arch->linear_direct &&
	       kr.k->arch->linear_direct(&lines, direct_map_base(kr), ret);
}

bool kernel_assume_linear(struct kernel *k, struct vmcore *vc)
{
	struct arch_linear image, direct;

	if (vmcore_info(vc)->live || !kernel_image_map(kernel_reader_of(k, vc), &image) ||
	    !vmcore_assume_linear(vc, image.kaddr, image.len, image.paddr))
		return false;
	if (kernel_direct_map(kernel_reader_of(k, vc), &direct) &&
	    vmcore_assume_linear(vc, direct.kaddr, direct.len, direct.paddr))
		return true;
	(void)vmcore_assume_linear(vc, 0, 0, 0);
	return false;
}
