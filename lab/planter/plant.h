/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pgcons_plant: plant one known fault in the page allocator's metadata and
 * tell the truth about it, so that an offline checker can be scored.
 */
#ifndef PGCONS_PLANT_H
#define PGCONS_PLANT_H

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/types.h>

#if __has_include(<linux/dual_bitmap.h>)
#include <linux/dual_bitmap.h>
#else
/* A kernel without the checker: only the struct's shape is needed to build. */
#define DUAL_BITMAP_PRIMARY	0
#define DUAL_BITMAP_SECONDARY	1

struct dual_bitmap {
	unsigned long *bitmap[2];
	unsigned int nbits;
};
#endif

/*
 * pc_state is an anonymous static struct in mm/page_consistency.c, so it has
 * no type that could be included: this repeats its members in their order.
 */
struct pc_state_view {
	struct dual_bitmap db;
	unsigned long min_pfn;
	unsigned long max_pfn;
};

struct pc_stats_view {
	atomic64_t pages_tracked;
	atomic64_t alloc_count;
	atomic64_t free_count;
	atomic64_t violations_detected;
};

#define PLANT_MAX_UNDO	16384
#define PLANT_MAX_TOLD	256	/* writes listed in the truth */
#define PLANT_TEXT	2048
#define PLANT_OBJECTS	2048

struct plant;

/**
 * struct fault - one row of the catalogue
 * @name:	what the lab asks for
 * @plant:	does it; returns 0, -ENOENT without a fitting victim, or
 *		-EOPNOTSUPP where this kernel has no such thing
 * @arg:	distinguishes rows that share a function
 * @needs_checker: the fault is in the checker's own data
 * @drain:	the per-CPU lists must be short: the planter itself allocates and
 *		frees, and no free may spill over onto the buddy lists
 */
struct fault {
	const char *name;
	int (*plant)(struct plant *p, long arg);
	long arg;
	bool needs_checker;
	bool drain;
};

extern const struct fault bit_faults[];
extern const struct fault list_faults[];
extern const struct fault page_faults[];
extern const struct fault inuse_faults[];
extern const struct fault count_faults[];
extern const struct fault real_faults[];
extern const struct fault lru_faults[];
extern const struct fault link_faults[];
extern const struct fault kind_faults[];
extern const struct fault record_faults[];
extern const struct fault hugetlb_faults[];
extern const struct fault slab_faults[];
extern const struct fault cma_faults[];
extern const struct fault bug_faults[];

/* A write that was made, so that hold mode can take it back. */
struct plant_undo {
	void *addr;
	u64 old;
	unsigned int size;
};

struct plant {
	const struct fault *fault;
	u64 seed;
	u64 rnd;
	unsigned long pfn;
	bool has_pfn;
	bool overflow;
	unsigned int nr_undo;
	struct page *own;		/* to be freed once all is put back */
	unsigned int own_order;
	unsigned int nr_objects;	/* the same, of kmalloc() */
	void *objects[PLANT_OBJECTS];
	struct plant_undo undo[PLANT_MAX_UNDO];
	char expect[PLANT_TEXT];
	char also[PLANT_TEXT];
	const char *incomplete;		/* what the report may lack */
	char detail[PLANT_TEXT];
};

/*
 * core.c: what the kernel keeps, resolved once. The names differ from the
 * kernel's, for kallsyms would find this module's own where it has none.
 */
extern struct pc_state_view *lab_pc;		/* writable alias, or NULL */
extern struct pc_stats_view *lab_stats;

unsigned long plant_lookup(const char *name);

/* Every change goes through one of these, or is announced by plant_save(). */
void plant_save(struct plant *p, void *addr, unsigned int size);
void plant_save_all(struct plant *p, void *addr, unsigned int size);
void plant_u64(struct plant *p, void *addr, u64 value);
void plant_u32(struct plant *p, void *addr, u32 value);
void plant_u8(struct plant *p, void *addr, u8 value);

/* faults_lists.c: a node off its list, or to the front of one */
void list_take(struct plant *p, struct list_head *node);
void list_put(struct plant *p, struct list_head *node, struct list_head *head);

/*
 * faults_real.c: a page that was allocated and freed again, on the list of this CPU, or NULL; this
 * CPU's lists; and whether so many more pages stay there when they are freed.
 */
struct page *plant_freed_page(struct plant *p);
struct per_cpu_pages *plant_own_pcp(struct page *page);
bool plant_pcp_room(struct page *page, int more);

/* report.c */
int uart_find(void);
void uart_puts(const char *s);
int uart_poll(void);
void truth_pfn(struct plant *p, unsigned long pfn);
void truth_expect(struct plant *p, const char *finding, unsigned long pfn);
void truth_expect_or(struct plant *p, const char *findings, unsigned long pfn,
		     unsigned long near);
void truth_expect_run(struct plant *p, const char *finding,
		      unsigned long pfn, unsigned long count);
void truth_expect_within(struct plant *p, const char *finding,
			 unsigned long first, unsigned long last);
void truth_expect_all(struct plant *p, const char *findings,
		      unsigned long pfn, unsigned long count);
void truth_expect_part(struct plant *p, const char *findings,
		       unsigned long pfn, unsigned long span);
void truth_expect_told(struct plant *p, const char *findings,
		       unsigned long pfn);
void truth_expect_ends(struct plant *p, const char *findings,
		       unsigned long pfn, unsigned long near,
		       unsigned long before);
void truth_expect_limit(struct plant *p, const char *findings,
			const char *limit, unsigned long pfn,
			unsigned long span);
void truth_expect_zone(struct plant *p, const char *findings,
		       const struct zone *zone, int order);
void truth_expect_any(struct plant *p, const char *finding);
void truth_incomplete(struct plant *p, const char *limit);
void truth_also(struct plant *p, const char *findings);
__printf(3, 4)
void truth_detail(struct plant *p, const char *key, const char *fmt, ...);
void truth_change(struct plant *p, const void *addr, u64 old, u64 new);
void truth_zone(struct plant *p, const struct zone *zone);
void truth_emit(const struct plant *p);

/* pick.c: victims, chosen by the seed */
struct block {			/* one node of a buddy list */
	struct zone *zone;
	unsigned int order;
	int mt;
	struct page *page;
	struct list_head *list;
	unsigned int index;	/* position in its list */
};

struct pcp_entry {		/* one node of a per-CPU list */
	struct zone *zone;
	int cpu;
	struct per_cpu_pages *pcp;
	unsigned int pindex;
	unsigned int order;
	struct page *page;
	struct list_head *list;
	unsigned int index;
};

typedef bool (*block_test)(const struct block *b, long arg);
typedef bool (*entry_test)(const struct pcp_entry *e, long arg);
typedef bool (*page_test)(struct page *page, unsigned long pfn);

u64 rnd64(struct plant *p);
u64 rnd_below(struct plant *p, u64 n);

bool pick_block(struct plant *p, struct block *b, block_test test, long arg);
bool pick_entry(struct plant *p, struct pcp_entry *e, entry_test test, long arg);
struct page *pick_page(struct plant *p, page_test test);
/* A section with free blocks in it; the truth names it. */
struct mem_section *pick_section(struct plant *p);
struct zone *pick_zone(struct plant *p);
struct zone *other_zone(struct plant *p, const struct zone *not_this);
unsigned int pcp_order(unsigned int pindex);
void truth_block(struct plant *p, const struct block *b);
void truth_entry(struct plant *p, const struct pcp_entry *e);

bool block_any(const struct block *b, long arg);
bool entry_any(const struct pcp_entry *e, long arg);
bool block_min_order(const struct block *b, long order);
bool block_has_previous(const struct block *b, long arg);

#define for_each_lab_zone(nid, i, z)					\
	for_each_online_node(nid)					\
		for ((i) = 0; (i) < MAX_NR_ZONES; (i)++)		\
			if ((z) = &NODE_DATA(nid)->node_zones[i],	\
			    (z)->initialized && (z)->spanned_pages)

/* The flags are a plain word up to 6.17 and a struct of one word since. */
static inline unsigned long *flags_word(struct page *page)
{
	BUILD_BUG_ON(sizeof(page->flags) != sizeof(unsigned long));
	return (unsigned long *)&page->flags;
}

/* _mapcount and page_type share a word on every kernel served here. */
static inline u32 *type_word(struct page *page)
{
	return (u32 *)&page->_mapcount;
}

static inline u32 *refcount_word(struct page *page)
{
	return (u32 *)&page->_refcount.counter;
}

static inline struct page *node_page(struct list_head *node)
{
	return list_entry(node, struct page, lru);
}

static inline bool pc_covers(unsigned long pfn)
{
	return lab_pc && pfn >= lab_pc->min_pfn && pfn < lab_pc->max_pfn;
}

static inline bool pc_bit(int map, unsigned long pfn)
{
	unsigned long nr = pfn - lab_pc->min_pfn;

	return test_bit(nr, lab_pc->db.bitmap[map]);
}

void pc_flip(struct plant *p, int map, unsigned long pfn);

#endif /* PGCONS_PLANT_H */
