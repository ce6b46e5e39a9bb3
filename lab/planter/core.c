// SPDX-License-Identifier: GPL-2.0
/*
 * pgcons_plant: the frame around the faults.
 *
 *	echo "NAME SEED MODE" > /sys/module/pgcons_plant/parameters/plant
 *
 * NAME may be a list, a,b,c: all but the last are done in mode "tell".
 *
 * The fault is planted inside stop_machine(): every other CPU spins with
 * interrupts off, no zone or per-CPU list lock is held, and nothing runs that
 * could repair or trip over the damage before the dump is taken. MODE:
 *
 *  hold	tell the truth on the second serial port, then wait for a byte
 *		there; the host dumps meanwhile. All is put back afterwards, so
 *		that one boot serves many faults.
 *  tell	tell the truth and put everything back at once: with the writes
 *		that the truth lists, the fault can be made in a healthy dump
 *		of the same instant
 *  panic	tell the truth, then panic() on the spot (kexec crash dumps)
 *  keep	tell the truth and let the kernel run with the damage
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/vmalloc.h>

#include "plant.h"

struct pc_state_view *lab_pc;
struct pc_stats_view *lab_stats;

static void *pc_state_map;		/* the vmap() behind lab_pc */
static struct plant *the_plant;		/* too big for a stack */
static DEFINE_MUTEX(plant_mutex);

enum plant_mode { MODE_HOLD, MODE_TELL, MODE_PANIC, MODE_KEEP };

static const char * const mode_names[] = {
	[MODE_HOLD]	= "hold",
	[MODE_TELL]	= "tell",
	[MODE_PANIC]	= "panic",
	[MODE_KEEP]	= "keep",
};

static const struct fault * const tables[] = {
	bit_faults, list_faults, page_faults, inuse_faults, count_faults,
	real_faults, lru_faults, link_faults, kind_faults, record_faults, hugetlb_faults,
	slab_faults, cma_faults, bug_faults,
};

#define MORE_TABLES	6	/* the names of these are a parameter of their own */
#define BUG_TABLE	(ARRAY_SIZE(tables) - 1)	/* and so are those of bugs */

typedef unsigned long (*lookup_fn)(const char *name);

/* kallsyms_lookup_name() is not exported; a kprobe on it tells its address. */
static lookup_fn find_lookup(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };
	lookup_fn fn;

	if (register_kprobe(&kp))
		return NULL;
	fn = (lookup_fn)kp.addr;
	unregister_kprobe(&kp);
	return fn;
}

unsigned long plant_lookup(const char *name)
{
	static lookup_fn lookup;

	if (!lookup)
		lookup = find_lookup();
	return lookup ? lookup(name) : 0;
}

void plant_save(struct plant *p, void *addr, unsigned int size)
{
	struct plant_undo *u;

	if (p->nr_undo == PLANT_MAX_UNDO) {
		p->overflow = true;
		return;
	}
	u = &p->undo[p->nr_undo++];
	u->addr = addr;
	u->size = size;
	u->old = 0;
	memcpy(&u->old, addr, size);
}

/* Several words, before a function of the kernel changes them. */
void plant_save_all(struct plant *p, void *addr, unsigned int size)
{
	unsigned int at;

	for (at = 0; at < size; at += sizeof(u64))
		plant_save(p, addr + at, min_t(unsigned int, size - at, 8));
}

void plant_u64(struct plant *p, void *addr, u64 value)
{
	plant_save(p, addr, sizeof(value));
	WRITE_ONCE(*(u64 *)addr, value);
}

void plant_u32(struct plant *p, void *addr, u32 value)
{
	plant_save(p, addr, sizeof(value));
	WRITE_ONCE(*(u32 *)addr, value);
}

void plant_u8(struct plant *p, void *addr, u8 value)
{
	plant_save(p, addr, sizeof(value));
	WRITE_ONCE(*(u8 *)addr, value);
}

static void undo_all(struct plant *p)
{
	while (p->nr_undo) {
		struct plant_undo *u = &p->undo[--p->nr_undo];

		memcpy(u->addr, &u->old, u->size);
	}
	if (p->own)
		__free_pages(p->own, p->own_order);
	p->own = NULL;
	while (p->nr_objects)
		kfree(p->objects[--p->nr_objects]);
}

static const struct fault *find_fault(const char *name)
{
	const struct fault *f;
	int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (f = tables[i]; f->name; f++)
			if (!strcmp(f->name, name))
				return f;
	return NULL;
}

struct request {
	char *names;
	u64 seed;
	enum plant_mode mode;
	int err;
};

/* Plants one fault and tells of it; on an error nothing is left changed. */
static int plant_one(struct plant *p, const struct fault *fault, u64 seed)
{
	int err;

	memset(p, 0, sizeof(*p));
	p->fault = fault;
	p->seed = seed;
	/* Distinct streams for neighbouring seeds, and never the state 0. */
	p->rnd = seed * 0x9e3779b97f4a7c15ULL + 0x1234567;
	err = fault->plant(p, fault->arg);
	if (!err && p->overflow)
		err = -ENOSPC;
	if (err) {
		undo_all(p);
		return err;
	}
	truth_emit(p);
	return 0;
}

static void hold(void)
{
	while (uart_poll() < 0) {
		touch_nmi_watchdog();
		cpu_relax();
	}
}

static int plant_stopped(void *data)
{
	struct request *req = data;
	struct plant *p = the_plant;
	char *names = req->names, *name;

	while ((name = strsep(&names, ","))) {
		req->err = plant_one(p, find_fault(name), req->seed);
		if (names || req->mode == MODE_TELL)
			undo_all(p);
	}
	if (req->err)
		return 0;

	switch (req->mode) {
	case MODE_PANIC:
		panic("pgcons_plant: %s planted", p->fault->name);
	case MODE_HOLD:
		hold();
		undo_all(p);
		break;
	default:
		break;
	}
	return 0;
}

/*
 * All must be known, and possible on this kernel, before CPUs are stopped;
 * then what cannot be done any more is done.
 */
static int prepare(const char *list)
{
	void (*drain_all_pages)(struct zone *zone);
	char copy[256], *names = copy, *name;

	drain_all_pages = (void *)plant_lookup("drain_all_pages");
	strscpy(copy, list, sizeof(copy));
	while ((name = strsep(&names, ","))) {
		const struct fault *fault = find_fault(name);

		if (!fault)
			return -EINVAL;
		if (fault->needs_checker && !lab_pc)
			return -EOPNOTSUPP;
		if (fault->drain && drain_all_pages)
			drain_all_pages(NULL);
	}
	return 0;
}

static int plant_set(const char *val, const struct kernel_param *kp)
{
	char names[256], mode_name[16] = "hold";
	struct request req = { .names = names, .seed = 1 };
	int mode;

	if (sscanf(val, "%255s %llu %15s", names, &req.seed, mode_name) < 1)
		return -EINVAL;
	for (mode = 0; mode < ARRAY_SIZE(mode_names); mode++)
		if (!strcmp(mode_name, mode_names[mode]))
			break;
	if (mode == ARRAY_SIZE(mode_names))
		return -EINVAL;
	req.mode = mode;
	req.err = prepare(names);
	if (req.err)
		return req.err;

	/* Loading with "plant=" comes before plant_init() made the memory. */
	if (!the_plant)
		return -EBUSY;

	mutex_lock(&plant_mutex);
	stop_machine(plant_stopped, &req, NULL);
	mutex_unlock(&plant_mutex);
	return req.err;
}

static const struct kernel_param_ops plant_ops = { .set = plant_set };
module_param_cb(plant, &plant_ops, NULL, 0200);
MODULE_PARM_DESC(plant, "NAME[,NAME...] [SEED [hold|tell|panic|keep]]");

/* A parameter's text is a page at most. */
static int faults_get(char *buffer, const struct kernel_param *kp)
{
	static const int ends[] = { 0, MORE_TABLES, BUG_TABLE, ARRAY_SIZE(tables) };
	const int part = (long)kp->arg;
	int i = ends[part], end = ends[part + 1], len = 0;
	const struct fault *f;

	for (; i < end; i++)
		for (f = tables[i]; f->name; f++)
			if (lab_pc || !f->needs_checker)
				len += scnprintf(buffer + len, PAGE_SIZE - len,
						 "%s\n", f->name);
	return len;
}

static const struct kernel_param_ops faults_ops = { .get = faults_get };
module_param_cb(faults, &faults_ops, NULL, 0400);
MODULE_PARM_DESC(faults, "The names of the faults this kernel can be given");
module_param_cb(faults_more, &faults_ops, (void *)1, 0400);
MODULE_PARM_DESC(faults_more, "... and of those that a page has no room for");
module_param_cb(bugs, &faults_ops, (void *)2, 0400);
MODULE_PARM_DESC(bugs, "The names of what bugs do");

/*
 * pc_state is __ro_after_init, and on x86 its direct-map alias is read-only
 * too. A private mapping of the same frames is writable. Two pages, since the
 * struct may lie across a page border.
 */
static int map_pc_state(void)
{
	unsigned long addr = plant_lookup("pc_state");
	struct page *pages[2];
	unsigned long pfn;

	if (!addr)
		return 0;
	pfn = __pa_symbol(addr) >> PAGE_SHIFT;
	pages[0] = pfn_to_page(pfn);
	pages[1] = pfn_to_page(pfn + 1);
	pc_state_map = vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	if (!pc_state_map)
		return -ENOMEM;
	lab_pc = pc_state_map + offset_in_page(addr);
	if (!lab_pc->db.bitmap[0] || !lab_pc->db.bitmap[1]) {
		pr_info("pgcons_plant: checker built in but disabled\n");
		lab_pc = NULL;
	}
	lab_stats = (void *)plant_lookup("page_consistency_stats");
	if (!lab_stats)
		lab_pc = NULL;
	return 0;
}

static int __init plant_init(void)
{
	int err;

	if (!plant_lookup("kallsyms_lookup_name"))
		return -ENOENT;
	err = uart_find();
	if (err)
		return err;
	the_plant = vzalloc(sizeof(*the_plant));
	if (!the_plant)
		return -ENOMEM;
	err = map_pc_state();
	if (err)
		vfree(the_plant);
	return err;
}

static void __exit plant_exit(void)
{
	vunmap(pc_state_map);
	vfree(the_plant);
}

module_init(plant_init);
module_exit(plant_exit);
MODULE_DESCRIPTION("Plant known faults for pgcons-dump's lab");
MODULE_LICENSE("GPL");
