// SPDX-License-Identifier: GPL-2.0
/*
 * What bugs do, for the question whether hardware or software did it ("lab origin"). Not chosen by
 * what is damaged, but by how code goes wrong: memory is taken from the kernel and given back by
 * its own functions, and what is then done to it is what a driver does that has kept a pointer
 * too long, counts wrong, or writes too much. Nothing is promised of what a report says of it: much
 * of it harms nothing that a record tells of. All words are saved before they change.
 */
#include <linux/ctype.h>
#include <linux/gfp.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/version.h>

#include "inuse.h"

#define MOST_BYTES	2048

static u8 source[MOST_BYTES];

/* What code has in hand when it writes where it should not. */
static void fill_text(struct plant *p, size_t n)
{
	static const char *const texts[] = { "linux_banner", "saved_command_line" };
	const char *from = (const char *)plant_lookup(texts[0]);
	char **line = (char **)plant_lookup(texts[1]);
	size_t i, len;

	if (line && *line && rnd_below(p, 2))
		from = *line;
	if (!from || !rnd_below(p, 4))
		from = current->comm;
	len = strlen(from);
	for (i = 0; i < n; i++)
		source[i] = i < len ? from[i] : i == len ? 0 : from[i % (len + 1)];
}

static void fill_pointers(struct plant *p, size_t n)
{
	const unsigned long known[] = {
		(unsigned long)current, (unsigned long)current->mm, (unsigned long)source,
		(unsigned long)current->stack, (unsigned long)init_utsname(),
		(unsigned long)p->fault->plant, (unsigned long)virt_to_page(current),
	};
	unsigned long *at = (unsigned long *)source;
	size_t i;

	for (i = 0; i * sizeof(*at) < n; i++)
		at[i] = known[rnd_below(p, ARRAY_SIZE(known))];
}

/* Records of a device: descriptors, or what came by the wire. */
static void fill_packet(struct plant *p, size_t n)
{
	static const u8 head[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x52, 0x54, 0x00, 0xab, 0xcd,
				   0xef, 0x08, 0x00, 0x45, 0x00 };
	size_t i;

	for (i = 0; i < n; i++)
		source[i] = i < sizeof(head) ? head[i] : rnd64(p);
}

static void fill_ring(struct plant *p, size_t n)
{
	u32 *at = (u32 *)source;
	size_t i;

	for (i = 0; i * sizeof(*at) < n; i++)
		at[i] = i % 2 ? 60 + rnd_below(p, 1455) : rnd_below(p, 256);
}

static void fill(struct plant *p, size_t n)
{
	static const u8 bytes[] = { 0x00, 0x20, 0x5a, 0xa5, 0xff, 0x01 };
	u64 *at = (u64 *)source;
	size_t i;

	switch (rnd_below(p, 7)) {
	case 0:
		return fill_text(p, n);
	case 1:
		return fill_pointers(p, n);
	case 2:
		return fill_packet(p, n);
	case 3:
		return fill_ring(p, n);
	case 4:
		memset(source, bytes[rnd_below(p, sizeof(bytes))], n);
		return;
	case 5:				/* small numbers */
		for (i = 0; i * sizeof(*at) < n; i++)
			at[i] = rnd_below(p, 5000);
		return;
	default:			/* some other object */
		memcpy(source, (u8 *)current + rnd_below(p, 64) * 8, n);
	}
}

/* As far as it is of one mapping. */
static void put_bytes(struct plant *p, void *addr, size_t n)
{
	unsigned long from = (unsigned long)addr & ~7UL;
	unsigned long end = ALIGN((unsigned long)addr + n, 8);

	plant_save_all(p, (void *)from, end - from);
	memcpy(addr, source, n);
	truth_detail(p, "address", "\"0x%lx\"", (unsigned long)addr);
	truth_detail(p, "bytes", "%zu", n);
}

static void save_node(struct plant *p, struct list_head *node)
{
	plant_save_all(p, node, sizeof(*node));
}

static bool page_any(struct page *page, unsigned long pfn)
{
	return true;
}

static bool page_of_use(struct page *page, unsigned long pfn)
{
	return page_lru(page, pfn) || page_slab_head(page, pfn) || page_table(page, pfn);
}

enum victim { FREED, IN_USE };
enum use {
	GET, PUT, PIN, FRAGMENTS, FLAG, CLEAR, MAP, UNMAP, MAPPING, NO_MAPPING, PRIVATE, INDEX,
	MEMCG, ADD, DEL, DEL_INIT, MOVE, PREPARE, UNDERFLOW, COMPOUND, USES
};

/* A page that was just freed, or that is free for long; or another's. */
static struct page *stale_page(struct plant *p, enum victim of, struct page *(*freed)(struct plant *))
{
	if (of == IN_USE)
		return pick_victim(p, page_of_use);
	return rnd_below(p, 2) ? freed(p) : pick_free_page(p);
}

static bool links_are_whole(struct page *page)
{
	struct list_head *node = &page->lru;

	return virt_addr_valid(node->next) || pfn_valid(page_to_pfn(node_page(node->next)));
}

/* Lists of the pages that code has for itself, and of others. */
static int use_list(struct plant *p, struct page *page, enum use use)
{
	static LIST_HEAD(drivers_own);
	struct list_head *node = &page->lru, *to = &drivers_own;
	struct pcp_entry e;

	INIT_LIST_HEAD(&drivers_own);
	if (use == MOVE) {
		if (!pick_entry(p, &e, entry_any, 0) || e.page == page)
			return -ENOENT;
		to = e.list;
	}
	if (use != ADD) {
		/* Without neighbours it is on no list, and the function would go astray. */
		if (!node->next || !node->prev || !links_are_whole(page) ||
		    node->next->prev != node || node->prev->next != node || node->next == node)
			return -ENOENT;
		save_node(p, node->next);
		save_node(p, node->prev);
	}
	save_node(p, node);
	save_node(p, to);
	save_node(p, to->next);
	switch (use) {
	case ADD:
		list_add(node, to);
		break;
	case DEL:
		list_del(node);
		break;
	case DEL_INIT:
		list_del_init(node);
		break;
	default:
		list_move(node, to);
	}
	return 0;
}

/* A whole block is made one compound page, as who allocates it does. */
static int use_compound(struct plant *p, struct page *page)
{
	void (*prep)(struct page *page, unsigned int order);
	unsigned int order = 1 + rnd_below(p, 3), i;

	prep = (void *)plant_lookup("prep_compound_page");
	if (!prep)
		return -EOPNOTSUPP;
	page = pfn_to_page(page_to_pfn(page) & ~((1UL << order) - 1));
	for (i = 0; i < 1U << order; i++)
		plant_save_all(p, page + i, sizeof(*page));
	prep(page, order);
	return 0;
}

static unsigned int any_flag(struct plant *p)
{
	static const unsigned int flags[] = {
		PG_locked, PG_dirty, PG_uptodate, PG_referenced, PG_active, PG_lru, PG_writeback,
		PG_private, PG_workingset, PG_reclaim, PG_waiters, PG_swapbacked,
	};

	return flags[rnd_below(p, ARRAY_SIZE(flags))];
}

static int use_words(struct plant *p, struct page *page, enum use use)
{
	struct page was = *page, *other = pick_page(p, page_lru);
	unsigned long *w = (unsigned long *)page;
	unsigned int i;

	plant_save_all(p, page, sizeof(*page));
	switch (use) {
	case GET:
		page_ref_inc(page);
		break;
	case PUT:
		page_ref_dec(page);
		break;
	case PIN:
		page_ref_add(page, 1024);
		break;
	case FRAGMENTS:
		page_ref_add(page, 32768 - rnd_below(p, 40));
		break;
	case FLAG:
		for (i = 0; i < 50 && w[0] == *flags_word(&was); i++)
			set_bit(any_flag(p), flags_word(page));
		break;
	case CLEAR:
		for (i = 0; i < 50 && w[0] == *flags_word(&was); i++)
			clear_bit(any_flag(p), flags_word(page));
		break;
	case MAP:
		atomic_inc(&page->_mapcount);
		break;
	case UNMAP:
		atomic_dec(&page->_mapcount);
		break;
	case MAPPING:
		page->mapping = other ? other->mapping : NULL;
		break;
	case NO_MAPPING:
		page->mapping = NULL;
		break;
	case PRIVATE:			/* attach_page_private() */
		page_ref_inc(page);
		set_page_private(page, (unsigned long)current->mm);
		set_bit(PG_private, flags_word(page));
		break;
	case INDEX:
		w[4] = rnd_below(p, 100000);
		break;
	case MEMCG:
		w[7] = other ? ((unsigned long *)other)[7] : 0;
		break;
	case PREPARE:			/* as who allocates it does */
		set_page_private(page, 0);
		set_page_count(page, 1);
		break;
	case UNDERFLOW:
		page_ref_sub(page, page_count(page) + 1 + rnd_below(p, 2));
		break;
	default:
		return -EOPNOTSUPP;
	}
	return memcmp(page, &was, sizeof(was)) ? 0 : -ENOENT;
}

static int use_page(struct plant *p, struct page *page, enum use use)
{
	if (!page)
		return -ENOENT;
	if (use >= ADD && use <= MOVE)
		return use_list(p, page, use);
	return use == COMPOUND ? use_compound(p, page) : use_words(p, page, use);
}

static int after_free(struct plant *p, long use)
{
	return use_page(p, stale_page(p, FREED, plant_freed_page), use);
}

static int stale(struct plant *p, long use)
{
	return use_page(p, stale_page(p, IN_USE, NULL), use);
}

/* A batch of pages is released a second time. */
static int put_batch(struct plant *p, long arg)
{
	unsigned int n = 2 + rnd_below(p, 8), i;
	struct page *page;

	for (i = 0; i < n; i++) {
		page = pick_free_page(p);
		if (!page)
			return -ENOENT;
		plant_save(p, refcount_word(page), sizeof(u32));
		page_ref_dec(page);
	}
	return 0;
}

typedef void (*free_fn)(struct page *page, unsigned int order);

static free_fn find_free(void)
{
	free_fn fn = (free_fn)plant_lookup("free_frozen_pages");

	return fn ? fn : (free_fn)plant_lookup("free_unref_page");
}

/* All that a free of these pages may change, when it ends on a per-CPU list. */
static void save_free(struct plant *p, struct page *page, unsigned int pages)
{
	struct per_cpu_pages *pcp = plant_own_pcp(page);
	unsigned long pfn = page_to_pfn(page);
	unsigned int i;
	int map;

	plant_save_all(p, pcp, sizeof(*pcp));
	for (i = 0; i < ARRAY_SIZE(pcp->lists); i++)
		save_node(p, pcp->lists[i].next);
	for (i = 0; i < pages; i++)
		plant_save_all(p, page + i, sizeof(*page));
	if (lab_stats)
		plant_save_all(p, lab_stats, sizeof(*lab_stats));
	for (map = 0; map < 2 && pc_covers(pfn); map++)
		plant_save_all(p, &lab_pc->db.bitmap[map][(pfn - lab_pc->min_pfn) / 64],
			       2 * sizeof(long));
}

enum again { TWICE, WRONG_ORDER, REFERENCED };

/* Who frees without a count, or with the wrong size, is not stopped. */
static int free_again(struct plant *p, long how)
{
	unsigned int order = how == REFERENCED ? 0 : rnd_below(p, 3);
	unsigned int wrong = how == WRONG_ORDER ? order + 1 : order;
	struct page *page = alloc_pages(__GFP_NOWARN | (order ? __GFP_COMP : 0), order);
	free_fn free = find_free();

	if (!page)
		return -ENOENT;
	truth_pfn(p, page_to_pfn(page));
	truth_zone(p, page_zone(page));
	truth_detail(p, "order", "%u", wrong);
	if (!free || !plant_pcp_room(page, 2U << wrong) || !lab_pc) {
		__free_pages(page, order);
		return free ? -ENOENT : -EOPNOTSUPP;
	}
	if (how == TWICE) {
		__free_pages(page, order);
	} else {
		p->own = page;
		p->own_order = order;
	}
	save_free(p, page, 1U << wrong);
	if (how == REFERENCED)
		page_ref_inc(page);
	free(page, wrong);
	return 0;
}

/* Where a stray pointer may lead to: records, as many as there are bytes of them. */
static void *wild_place(struct plant *p)
{
	struct page *page = pick_page(p, page_any);
	struct pcp_entry e;
	struct zone *zone;

	switch (rnd_below(p, 10)) {
	case 0:
		zone = pick_zone(p);
		return zone ? (u8 *)zone + rnd_below(p, sizeof(*zone)) : NULL;
	case 1:
		if (!pick_entry(p, &e, entry_any, 0))
			return NULL;
		return (u8 *)e.pcp + rnd_below(p, sizeof(*e.pcp));
	case 2:
		if (!lab_pc)
			return NULL;
		return (u8 *)lab_pc->db.bitmap[rnd_below(p, 2)] +
		       rnd_below(p, lab_pc->db.nbits / 8);
	case 3:
		page = pick_page(p, page_slab_head);
		return page ? (u8 *)page_address(page) + rnd_below(p, PAGE_SIZE) : NULL;
	default:
		return page ? (u8 *)page + rnd_below(p, sizeof(*page)) : NULL;
	}
}

static int wild(struct plant *p, long size)
{
	unsigned long at = (unsigned long)wild_place(p);
	size_t n = size <= 8 ? size : 9 + rnd_below(p, 56);

	if (!at)
		return -ENOENT;
	if (size <= 8)
		at &= ~(size - 1);
	else if (rnd_below(p, 2))
		at &= ~7UL;
	if (offset_in_page(at) + n > PAGE_SIZE)
		at -= n;
	fill(p, n);
	/* Who writes what is there changes nothing. */
	if (!memcmp((void *)at, source, n))
		return -ENOENT;
	put_bytes(p, (void *)at, n);
	return 0;
}

/* In use itself, before a slab: whoever has it may run over its end. */
static bool slab_behind(struct page *page, unsigned long pfn)
{
	return page_slab_head(page, pfn) && pfn && pfn_valid(pfn - 1) &&
	       (page_count(page - 1) > 0 || page_slab_head(page - 1, pfn - 1));
}

enum where { OBJECT, PAGE, MEMMAP, BITMAP };

/* An array, a copy or a text that is longer than its room. */
static int overflow(struct plant *p, long where, size_t n)
{
	static const unsigned int sizes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512 };
	struct page *page;
	void *at = NULL;
	size_t size;

	switch (where) {
	case OBJECT:
		size = sizes[rnd_below(p, ARRAY_SIZE(sizes))];
		while (p->nr_objects < 24) {
			at = kmalloc(size, GFP_NOWAIT | __GFP_NOWARN);
			if (!at)
				return -ENOENT;
			p->objects[p->nr_objects++] = at;
		}
		at = p->objects[rnd_below(p, p->nr_objects)] + size;
		break;
	case PAGE:
		page = pick_victim(p, slab_behind);
		at = page ? page_address(page) : NULL;
		break;
	case MEMMAP:
		page = pick_victim(p, page_any);
		at = page ? (void *)((unsigned long)page & PAGE_MASK) : NULL;
		break;
	case BITMAP:
		at = lab_pc ? lab_pc->db.bitmap[rnd_below(p, 2)] : NULL;
		break;
	}
	if (!at)
		return -ENOENT;
	if (offset_in_page(at) + n > PAGE_SIZE)
		n = PAGE_SIZE - offset_in_page(at);
	fill(p, n);
	if (!memcmp(at, source, n))
		return -ENOENT;
	put_bytes(p, at, n);
	return 0;
}

static int run_over(struct plant *p, long where)
{
	return overflow(p, where, 1 + rnd_below(p, 64));
}

static int copy_too_long(struct plant *p, long where)
{
	return overflow(p, where, 65 + rnd_below(p, 960));
}

/* A field of an object that was freed is written to. */
static int stale_object(struct plant *p, long arg)
{
	static const unsigned int sizes[] = { 16, 32, 64, 96, 128, 192, 256 };
	size_t size = sizes[rnd_below(p, ARRAY_SIZE(sizes))], at;
	void *object = kmalloc(size, GFP_NOWAIT | __GFP_NOWARN);

	if (!object)
		return -ENOENT;
	kfree(object);
	/* Who has freed one may have lists in it, a reference, or a state. */
	at = rnd_below(p, 2) ? size / 2 : rnd_below(p, size / 8) * 8;
	plant_save_all(p, object + at, 8);
	switch (rnd_below(p, 5)) {
	case 0:
		atomic_dec((atomic_t *)(object + at));
		break;
	case 1:
		WRITE_ONCE(*(void **)(object + at), current);
		break;
	case 2:
		WRITE_ONCE(*(u8 *)(object + at), 1);
		break;
	case 3:
		WRITE_ONCE(*(void **)(object + at), NULL);
		break;
	default:
		WRITE_ONCE(*(void **)(object + at), object + at);
	}
	truth_detail(p, "address", "\"0x%lx\"", (unsigned long)object + at);
	return 0;
}

/* A page of a device is freed while the device has it: it is a slab by then, and the device writes. */
static int device_slab(struct plant *p, long arg)
{
	struct page *page = plant_freed_page(p);
	size_t at = rnd_below(p, 32) * 64, n = 64 + rnd_below(p, 1400);
	void *object;

	if (!page)
		return -ENOENT;
	do {
		if (p->nr_objects == PLANT_OBJECTS)
			return -ENOENT;
		object = kmalloc(32, GFP_NOWAIT | __GFP_NOWARN);
		if (!object)
			return -ENOENT;
		p->objects[p->nr_objects++] = object;
	} while (virt_to_page(object) != page);
	if (rnd_below(p, 2))
		fill_packet(p, n);
	else
		fill_ring(p, n);
	put_bytes(p, page_address(page) + at, n);
	return 0;
}

/* ... or it is free still, and only what it has is changed: as the kernel leaves it by init_on_free. */
static int free_content(struct plant *p, long device)
{
	struct page *page = rnd_below(p, 2) ? plant_freed_page(p) : pick_free_page(p);
	size_t n = device ? 64 + rnd_below(p, 1400) : 1 + rnd_below(p, 64);
	size_t at = device ? rnd_below(p, 32) * 64 : rnd_below(p, 500) * 8;

	if (!page)
		return -ENOENT;
	if (device)
		fill_packet(p, n);
	else
		fill(p, n);
	if (!memcmp(page_address(page) + at, source, n))
		return -ENOENT;
	put_bytes(p, page_address(page) + at, n);
	return 0;
}

const struct fault bug_faults[] = {
	{ "bug-freed-get",	after_free, GET, .drain = true },
	{ "bug-freed-put",	after_free, PUT, .drain = true },
	{ "bug-freed-pin",	after_free, PIN, .drain = true },
	{ "bug-freed-fragments", after_free, FRAGMENTS, .drain = true },
	{ "bug-freed-flag",	after_free, FLAG, .drain = true },
	{ "bug-freed-map",	after_free, MAP, .drain = true },
	{ "bug-freed-unmap",	after_free, UNMAP, .drain = true },
	{ "bug-freed-mapping",	after_free, MAPPING, .drain = true },
	{ "bug-freed-private",	after_free, PRIVATE, .drain = true },
	{ "bug-freed-memcg",	after_free, MEMCG, .drain = true },
	{ "bug-freed-add",	after_free, ADD, .drain = true },
	{ "bug-freed-del",	after_free, DEL, .drain = true },
	{ "bug-freed-del-init",	after_free, DEL_INIT, .drain = true },
	{ "bug-freed-move",	after_free, MOVE, .drain = true },
	{ "bug-freed-prepare",	after_free, PREPARE, .drain = true },
	{ "bug-freed-compound",	after_free, COMPOUND, .drain = true },
	{ "bug-freed-batch",	put_batch },
	{ "bug-freed-write",	free_content, 0, .drain = true },
	{ "bug-free-twice",	free_again, TWICE, .drain = true },
	{ "bug-free-wrong-order", free_again, WRONG_ORDER, .drain = true },
	{ "bug-free-referenced", free_again, REFERENCED, .drain = true },
	{ "bug-underflow",	stale, UNDERFLOW },
	{ "bug-put-once",	stale, PUT },
	{ "bug-stale-unmap",	stale, UNMAP },
	{ "bug-stale-clear",	stale, CLEAR },
	{ "bug-stale-mapping",	stale, MAPPING },
	{ "bug-stale-no-mapping", stale, NO_MAPPING },
	{ "bug-stale-private",	stale, PRIVATE },
	{ "bug-stale-index",	stale, INDEX },
	{ "bug-stale-memcg",	stale, MEMCG },
	{ "bug-stale-add",	stale, ADD },
	{ "bug-stale-del",	stale, DEL },
	{ "bug-stale-move",	stale, MOVE },
	{ "bug-stale-prepare",	stale, PREPARE },
	{ "bug-stale-compound",	stale, COMPOUND },
	{ "bug-stale-object",	stale_object },
	{ "bug-wild-1",		wild, 1 },
	{ "bug-wild-2",		wild, 2 },
	{ "bug-wild-4",		wild, 4 },
	{ "bug-wild-8",		wild, 8 },
	{ "bug-wild-more",	wild, 64 },
	{ "bug-overflow-object", run_over, OBJECT },
	{ "bug-overflow-page",	run_over, PAGE },
	{ "bug-overflow-memmap", run_over, MEMMAP },
	{ "bug-overflow-bitmap", run_over, BITMAP, true },
	{ "bug-copy-object",	copy_too_long, OBJECT },
	{ "bug-copy-page",	copy_too_long, PAGE },
	{ "bug-copy-memmap",	copy_too_long, MEMMAP },
	{ "bug-copy-bitmap",	copy_too_long, BITMAP, true },
	{ "bug-device-slab",	device_slab, .drain = true },
	{ "bug-device-free",	free_content, 1, .drain = true },
	{ }
};
