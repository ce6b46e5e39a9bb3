/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/gfp_names.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "layout/layout.h"

static const struct {
	enum layout_key key;
	int old;
	const char *name;
} flags[] = {
#define GFP(name_, old_) { .key = L_GFP_##name_, .old = old_, .name = #name_ },
#include "layout/gfp_flags.def"
#undef GFP
};

/* The bit of a flag, or -1. A kernel has the enumerators, all of them, or has none. */
static int bit_of(const struct layout *lay, size_t i)
{
	if (layout_has(lay, L_GFP_IO))
		return layout_has(lay, flags[i].key) ? (int)layout_get(lay, flags[i].key) : -1;
	return flags[i].old;
}

void gfp_names(const struct layout *lay, uint32_t gfp, char *buf, size_t size)
{
	size_t len = 0;

	snprintf(buf, size, "none");
	for (size_t i = 0; i < ARRAY_SIZE(flags) && len < size; i++) {
		int bit = bit_of(lay, i);

		if (bit < 0 || bit > 31 || !(gfp >> bit & 1))
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? "|" : "",
					flags[i].name);
		gfp &= ~(1u << bit);
	}
	if (gfp && len < size)
		snprintf(buf + len, size - len, "%s0x%x", len ? "|" : "", gfp);
}
