/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checker's statics, kept whole. */
typedef struct {
	long counter;
} atomic64_t;

struct dual_bitmap {
	unsigned long *bitmap[2];
	unsigned int nbits;
};

struct page_consistency_stats {
	atomic64_t pages_tracked, alloc_count, free_count, violations_detected;
};

struct static_key_false {
	struct static_key {
		struct {
			int counter;
		} enabled;
		void *entries;
	} key;
};

#define KEPT __attribute__((used))

KEPT struct static_key_false page_consistency_enabled;
KEPT static struct {
	struct dual_bitmap db;
	unsigned long min_pfn;
	unsigned long max_pfn;
} pc_state = { .min_pfn = 1 };
KEPT static struct page_consistency_stats page_consistency_stats;
