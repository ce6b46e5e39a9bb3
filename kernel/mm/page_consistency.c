// SPDX-License-Identifier: GPL-2.0
/*
 * page_consistency - does the page allocator's word on a page still stand?
 *
 * One bit per pfn says whether the page allocator has handed the page out. It is kept twice,
 * as a dual bitmap, so damage to the record itself shows as well as a page that is handed out
 * or taken back twice. The bit says nothing of lists: a page is marked free before it reaches
 * one, and pages the allocator never had (reserved memory, holes) stay free for ever.
 *
 * A report does not stop the update: it goes on to write both bits, and with that heals the
 * pair. With DEBUG_PAGE_CONSISTENCY_PANIC nothing heals, as the report does not return.
 */

#define pr_fmt(fmt) "page_consistency: " fmt

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/dual_bitmap.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/page_consistency.h>
#include <linux/panic.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

/* How often, and how many microseconds apart, an unequal word is read again; see below. */
#define PC_VALIDATE_RETRIES	10
#define PC_VALIDATE_WAIT_US	1000

struct page_consistency_stats {
	atomic64_t pages_tracked;	/* pages whose primary bit was set by us */
	atomic64_t alloc_count;		/* blocks marked allocated */
	atomic64_t free_count;		/* blocks marked free */
	atomic64_t violations_detected;
};

enum pc_fault {
	PC_CORRUPT_BEFORE_ALLOC,
	PC_CORRUPT_BEFORE_FREE,
	PC_DOUBLE_ALLOC,
	PC_DOUBLE_FREE,
};

typedef void (*pc_report_fn)(enum pc_fault fault, unsigned long pfn);

DEFINE_STATIC_KEY_FALSE(page_consistency_enabled);

/* Bit of a pfn: pfn - min_pfn. The range is [min_pfn, max_pfn), holes included. */
static struct {
	struct dual_bitmap db;
	unsigned long min_pfn;
	unsigned long max_pfn;
} pc_state __ro_after_init;

static struct page_consistency_stats page_consistency_stats;

/* A macro, as some architectures want the format of WARN() to be a literal. */
#define pc_fail(fmt, pfn)							\
do {										\
	if (IS_ENABLED(CONFIG_DEBUG_PAGE_CONSISTENCY_PANIC))			\
		panic(pr_fmt(fmt), pfn);					\
	WARN(1, pr_fmt(fmt), pfn);						\
} while (0)

static void pc_report(enum pc_fault fault, unsigned long pfn)
{
	atomic64_inc(&page_consistency_stats.violations_detected);
	switch (fault) {
	case PC_CORRUPT_BEFORE_ALLOC:
		pc_fail("bitmap corruption at PFN %lu before alloc\n", pfn);
		break;
	case PC_CORRUPT_BEFORE_FREE:
		pc_fail("bitmap corruption at PFN %lu before free\n", pfn);
		break;
	case PC_DOUBLE_ALLOC:
		pc_fail("DOUBLE-ALLOC detected: PFN %lu\n", pfn);
		break;
	case PC_DOUBLE_FREE:
		pc_fail("DOUBLE-FREE detected: PFN %lu\n", pfn);
		break;
	}
}

/*
 * Mark @nr pages from @pfn on. The two return how many of the primary's bits really changed:
 * a page that is already in the state asked for must not be counted twice.
 */
static __always_inline long pc_mark_alloc(struct dual_bitmap *db, unsigned long min_pfn,
					  unsigned long pfn, unsigned long nr,
					  pc_report_fn report)
{
	unsigned long end = pfn + nr;
	long changed = 0;

	for (; pfn < end; pfn++) {
		unsigned int bit = pfn - min_pfn;

		if (unlikely(!dual_bitmap_consistent(db, bit)))
			report(PC_CORRUPT_BEFORE_ALLOC, pfn);
		if (unlikely(dual_bitmap_set(db, bit)))
			report(PC_DOUBLE_ALLOC, pfn);
		else
			changed++;
	}
	return changed;
}

/* @booted: a page that was never allocated may no longer be freed. */
static __always_inline long pc_mark_free(struct dual_bitmap *db, unsigned long min_pfn,
					 unsigned long pfn, unsigned long nr, bool booted,
					 pc_report_fn report)
{
	unsigned long end = pfn + nr;
	long changed = 0;

	for (; pfn < end; pfn++) {
		unsigned int bit = pfn - min_pfn;

		if (unlikely(!dual_bitmap_consistent(db, bit)))
			report(PC_CORRUPT_BEFORE_FREE, pfn);
		if (likely(dual_bitmap_clear(db, bit)))
			changed++;
		else if (booted)
			report(PC_DOUBLE_FREE, pfn);
	}
	return changed;
}

/* A block that is only partly inside the range is none of ours. */
static bool pc_covers(unsigned long min_pfn, unsigned long max_pfn, unsigned long pfn,
		      unsigned long nr)
{
	return pfn >= min_pfn && pfn + nr - 1 < max_pfn;
}

void __page_consistency_alloc(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned long nr = 1UL << order;
	long changed;

	if (!pc_covers(pc_state.min_pfn, pc_state.max_pfn, pfn, nr))
		return;
	changed = pc_mark_alloc(&pc_state.db, pc_state.min_pfn, pfn, nr, pc_report);
	atomic64_add(changed, &page_consistency_stats.pages_tracked);
	atomic64_inc(&page_consistency_stats.alloc_count);
}

void __page_consistency_free(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned long nr = 1UL << order;
	long changed;

	if (!pc_covers(pc_state.min_pfn, pc_state.max_pfn, pfn, nr))
		return;
	/*
	 * Until boot is over memory that was reserved, and so never allocated, is given to the
	 * allocator by freeing it: init memory, the initrd, all of memblock's.
	 */
	changed = pc_mark_free(&pc_state.db, pc_state.min_pfn, pfn, nr,
			       system_state >= SYSTEM_RUNNING, pc_report);
	atomic64_sub(changed, &page_consistency_stats.pages_tracked);
	atomic64_inc(&page_consistency_stats.free_count);
}

/*
 * Must run while memblock still hands out memory and before it gives the rest to the buddy
 * allocator, so that no page is allocated untracked.
 */
void __init page_consistency_init(void)
{
	unsigned long *primary, *secondary;
	unsigned long span;
	size_t size;

	pc_state.min_pfn = PFN_DOWN(memblock_start_of_DRAM());
	pc_state.max_pfn = PFN_DOWN(memblock_end_of_DRAM());
	span = pc_state.max_pfn - pc_state.min_pfn;
	if (pc_state.max_pfn <= pc_state.min_pfn) {
		pr_warn("no memory to track, feature disabled\n");
		return;
	}
	if (span > UINT_MAX) {
		pr_warn("%lu pages are more than one bitmap can hold, feature disabled\n", span);
		return;
	}

	size = BITS_TO_LONGS(span) * sizeof(long);
	primary = memblock_alloc(size, PAGE_SIZE);
	secondary = memblock_alloc(size, PAGE_SIZE);
	if (!primary || !secondary) {
		if (primary)
			memblock_free(primary, size);
		if (secondary)
			memblock_free(secondary, size);
		pr_warn("no memory for two bitmaps of %zu bytes, feature disabled\n", size);
		return;
	}

	dual_bitmap_init(&pc_state.db, primary, secondary, span);
	static_branch_enable(&page_consistency_enabled);
	pr_info("tracking PFNs %lu-%lu, two bitmaps of %zu bytes\n",
		pc_state.min_pfn, pc_state.max_pfn - 1, size);
}

/*
 * The number of words in which some pair is unequal. A CPU may be between its two updates of
 * a pair, even scheduled away there, so an unequal word gets some time to settle.
 */
static unsigned long pc_validate(const struct dual_bitmap *db)
{
	unsigned long words = dual_bitmap_words(db);
	unsigned long bad = 0;
	unsigned long word;

	for (word = 0; word < words; word++) {
		unsigned int retries = PC_VALIDATE_RETRIES;

		while (!dual_bitmap_word_consistent(db, word)) {
			if (!retries--) {
				bad++;
				break;
			}
			usleep_range(PC_VALIDATE_WAIT_US, 2 * PC_VALIDATE_WAIT_US);
		}
		if (!(word % 4096))
			cond_resched();
	}
	return bad;
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct page_consistency_stats *stats = &page_consistency_stats;

	seq_printf(m, "enabled: %d\n", static_key_enabled(&page_consistency_enabled));
	seq_printf(m, "min_pfn: %lu\n", pc_state.min_pfn);
	seq_printf(m, "max_pfn: %lu\n", pc_state.max_pfn);
	seq_printf(m, "pages_tracked: %lld\n", (s64)atomic64_read(&stats->pages_tracked));
	seq_printf(m, "alloc_count: %lld\n", (s64)atomic64_read(&stats->alloc_count));
	seq_printf(m, "free_count: %lld\n", (s64)atomic64_read(&stats->free_count));
	seq_printf(m, "violations_detected: %lld\n",
		   (s64)atomic64_read(&stats->violations_detected));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

static ssize_t validate_write(struct file *file, const char __user *buf, size_t count,
			      loff_t *ppos)
{
	unsigned long bad;

	if (!static_key_enabled(&page_consistency_enabled))
		return -ENODEV;
	bad = pc_validate(&pc_state.db);
	if (bad)
		pr_err("Validation found %lu inconsistent words\n", bad);
	else
		pr_info("Validation passed\n");
	return count;
}

static const struct file_operations validate_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = validate_write,
	.llseek = noop_llseek,
};

static int __init page_consistency_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("page_consistency", NULL);

	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	debugfs_create_file("validate", 0200, dir, NULL, &validate_fops);
	return 0;
}
late_initcall(page_consistency_debugfs_init);

#ifdef CONFIG_DEBUG_PAGE_CONSISTENCY_KUNIT_TEST
#include "page_consistency_test.c"
#endif
