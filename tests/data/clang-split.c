/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checker's statics as clang sees them: nothing takes their address, so at -O2 each
 * member becomes a variable of its own (or none), and DWARF has pc_state in pieces.
 * clang-split-dwarf4.elf and -dwarf5.elf are made of this; see README.
 */
struct dual_bitmap {
	unsigned long *bitmap[2];
	unsigned int nbits;
};

static struct {
	struct dual_bitmap db;
	unsigned long min_pfn;
	unsigned long max_pfn;
	unsigned long never_read;
} pc_state;

struct page_consistency_stats {
	long pages_tracked, alloc_count, free_count, violations_detected;
};

/* Volatile accesses keep a struct whole: one of each kind. */
static volatile struct page_consistency_stats page_consistency_stats;

void pc_init(unsigned long *primary, unsigned long *secondary, unsigned long min,
	     unsigned long max)
{
	pc_state.db.bitmap[0] = primary;
	pc_state.db.bitmap[1] = secondary;
	pc_state.db.nbits = (unsigned int)(max - min);
	pc_state.min_pfn = min;
	pc_state.max_pfn = max;
	pc_state.never_read = min ^ max;
}

int pc_test(unsigned long pfn)
{
	unsigned long bit = pfn - pc_state.min_pfn;

	if (pfn >= pc_state.max_pfn || bit >= pc_state.db.nbits)
		return -1;
	page_consistency_stats.pages_tracked++;
	return ((pc_state.db.bitmap[0][bit / 64] ^ pc_state.db.bitmap[1][bit / 64]) >>
		bit % 64) & 1;
}
