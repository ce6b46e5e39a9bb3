/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/lru_locks.h"

#include <stdbool.h>

#include "vmcore.h"

#define HEAD_SIZE 16 /* struct list_head of a 64-bit kernel */
#define LRUVECS_MAX 16384 /* that are looked for: a file may have any number of heads */

/* A lruvec's arrays of list heads: the classic ones, and those of the generations. */
struct heads {
	uint64_t at, n;
};

static size_t head_arrays(const struct kernel *k, struct heads ret[2])
{
	static const enum layout_key keys[] = { L_lruvec_lists, L_lruvec_lrugen_folios };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		if (!layout_has(k->lay, keys[i]))
			continue;
		ret[n].at = layout_get(k->lay, keys[i]);
		ret[n].n = layout_size(k->lay, keys[i]) / HEAD_SIZE;
		n++;
	}
	return n;
}

static bool is_head(struct kernel_reader kr, uint64_t at)
{
	uint64_t next, prev, back;

	if (vmcore_read_u64(kr.vc, at, "list_head.next", &next, NULL) != PGC_OK ||
	    vmcore_read_u64(kr.vc, at + 8, "list_head.prev", &prev, NULL) != PGC_OK)
		return false;
	if (next == at)
		return prev == at;
	return vmcore_read_u64(kr.vc, next + 8, "list_head.prev", &back, NULL) ==
		       PGC_OK &&
	       back == at;
}

/*
 * How many of the classic lists have a head there, if a lruvec begins at @base. That of the
 * unevictable pages is none (lruvec_init(), since 5.18), and one may be damaged.
 */
static unsigned int fits(struct kernel_reader kr, uint64_t base)
{
	uint64_t lists = base + layout_get(kr.k->lay, L_lruvec_lists);
	uint64_t n = layout_size(kr.k->lay, L_lruvec_lists) / HEAD_SIZE;
	unsigned int found = 0;

	for (uint64_t i = 0; i < n && i < 16; i++)
		found += is_head(kr, lists + i * HEAD_SIZE);
	return found;
}

/* The lruvec that has @head; false: none. */
static bool find_lruvec(struct kernel_reader kr, uint64_t head, uint64_t *ret)
{
	struct heads arrays[2];
	size_t n = head_arrays(kr.k, arrays);
	unsigned int best = 2;

	for (size_t a = 0; a < n; a++) {
		for (uint64_t i = 0; i < arrays[a].n && i < 256; i++) {
			uint64_t base = head - arrays[a].at - i * HEAD_SIZE;
			unsigned int found = fits(kr, base);

			if (found <= best)
				continue;
			best = found;
			*ret = base;
		}
	}
	return best > 2;
}

static bool locks_known(const struct kernel *k)
{
	return layout_has(k->lay, L_lruvec_lru_lock) && layout_has(k->lay, L_lruvec_lists);
}

static enum lock_state lock_of(struct kernel_reader kr, uint64_t lruvec)
{
	return kernel_lock_state(kr, lruvec + layout_get(kr.k->lay, L_lruvec_lru_lock));
}

enum lock_state lru_lock_of_head(struct kernel_reader kr, uint64_t head)
{
	uint64_t lruvec;

	if (!locks_known(kr.k) || !find_lruvec(kr, head, &lruvec))
		return LOCK_UNKNOWN;
	return lock_of(kr, lruvec);
}

enum lock_state lru_lock_of_node(struct kernel_reader kr, int nid)
{
	const struct kernel *k = kr.k;
	if (!layout_has(k->lay, L_pglist_data_lru_lock))
		return LOCK_UNKNOWN;
	for (size_t i = 0; i < k->n_nodes; i++)
		if (k->nodes[i].nid == nid)
			return kernel_lock_state(kr, k->nodes[i].kaddr +
						 layout_get(k->lay, L_pglist_data_lru_lock));
	return LOCK_UNKNOWN;
}

/* Is @head in the lruvec that begins at @base? */
static bool belongs(const struct kernel *k, uint64_t base, uint64_t head)
{
	struct heads arrays[2];
	size_t n = head_arrays(k, arrays);

	for (size_t a = 0; a < n; a++)
		if (head - base - arrays[a].at < arrays[a].n * HEAD_SIZE)
			return true;
	return false;
}

enum lock_state lru_locks_of_all(struct kernel_reader kr, const uint64_t *heads, size_t n)
{
	bool found = false, have = false;
	unsigned int looked = 0;
	uint64_t base = 0;

	if (!locks_known(kr.k))
		return LOCK_UNKNOWN;
	for (size_t i = 0; i < n; i++) {
		enum lock_state lock;

		/* Heads of one lruvec are neighbours. */
		if ((have && belongs(kr.k, base, heads[i])) || !is_head(kr, heads[i]))
			continue;
		if (looked++ == LRUVECS_MAX)
			return LOCK_UNKNOWN;
		have = find_lruvec(kr, heads[i], &base);
		if (!have)
			continue;
		lock = lock_of(kr, base);
		if (lock != LOCK_FREE)
			return lock;
		found = true;
	}
	return found ? LOCK_FREE : LOCK_UNKNOWN;
}
