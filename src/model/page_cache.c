/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/page_cache.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/target_int.h"
#include "model/kernel_list.h"
#include "model/page_cache_priv.h"
#include "vmcore.h"

#define INODE_MAX 2048		/* bytes of struct inode; it has some 600 */
#define MOUNTED_MAX (1u << 20)
#define INODE_LEAST 256		/* no inode is smaller: as many as memory has room for */

static bool on_super_block(void *arg, uint64_t node)
{
	struct page_cache *pc = arg;
	uint64_t sb = node - layout_get(pc->kr.k->lay, L_super_block_s_list);
	size_t at = cache_add_tally(pc, "", "");

	if (at == SIZE_MAX)
		return false;
	/* Without a name it is checked all the same. */
	(void)file_system_names(pc->kr, sb, &pc->tallies->list[at].fs);
	pc->n_mounted++;
	return true;
}

/* A file system whose inodes are checked. */
struct inodes {
	struct page_cache *pc;
	struct cache_tally *tally;
};

static bool on_inode(void *arg, uint64_t node)
{
	const struct inodes *in = arg;
	struct page_cache *pc = in->pc;
	const struct layout *lay = pc->kr.k->lay;
	uint64_t inode = node - layout_get(lay, L_inode_i_sb_list);
	uint64_t data = layout_get(lay, L_inode_i_data);
	struct cache_tally *tally = in->tally;
	uint8_t raw[INODE_MAX];

	tally->inodes++;
	if (vmcore_read(pc->kr.vc, inode + data, raw, pc->mapping_size, "inode.i_data", NULL) == PGC_OK)
		cache_check_file(pc, inode + data, raw, tally);
	else
		tally->unread++;
	return !pc->no_memory;
}

/* The inodes of the file system @tally is of; what is behind a broken link from the other end on. */
static void check_inodes(struct page_cache *pc, struct cache_tally *tally)
{
	const struct kernel *k = pc->kr.k;
	uint64_t head = tally->fs.sb + layout_get(k->lay, L_super_block_s_inodes);
	uint64_t most = pc->bytes / INODE_LEAST;
	struct inodes in = { .pc = pc, .tally = tally };

	tally->cut = !kernel_list_walk(pc->kr, head, false, most, on_inode, &in) &&
		     !kernel_list_walk(pc->kr, head, true, most, on_inode, &in);
}

static bool init(struct page_cache *pc)
{
	static const enum layout_key needed[] = {
		L_super_blocks, L_super_block_s_list, L_super_block_s_inodes, L_inode_i_data,
		L_inode_i_sb_list, L_inode_i_sb, L_inode_i_mapping, L_address_space,
		L_address_space_i_pages, L_address_space_nrpages, L_address_space_host, L_folio,
	};
	const struct layout *lay = pc->kr.k->lay;

	if (!layout_has_all(lay, needed, ARRAY_SIZE(needed)) || !xarray_format_init(&pc->xa, pc->kr.k) ||
	    !pc->fmt->index)
		return false;
	pc->mapping_size = (unsigned int)layout_get(lay, L_address_space);
	if (pc->mapping_size > INODE_MAX || pc->mapping_size < sizeof(uint64_t))
		return false;
	pc->i_pages = (unsigned int)layout_get(lay, L_address_space_i_pages);
	pc->nrpages = (unsigned int)layout_get(lay, L_address_space_nrpages);
	if (layout_has(lay, L_address_space_flags))
		pc->flags = (unsigned int)layout_get(lay, L_address_space_flags);
	return pc->i_pages + pc->xa.head + 8 <= pc->mapping_size && pc->nrpages + 8 <= pc->mapping_size &&
	       pc->flags + 8 <= pc->mapping_size;
}

static uint64_t page_flag(const struct layout *lay, const char *name)
{
	int64_t bit;

	return layout_enum_value(lay, LE_pageflags, name, &bit) && bit >= 0 && bit < 64 ? 1ULL << bit : 0;
}

static void read_flags(struct page_cache *pc)
{
	const struct layout *lay = pc->kr.k->lay;

	pc->writeback = page_flag(lay, "writeback");
	pc->swapcache = page_flag(lay, "swapcache");
	if (pc->flags && layout_has(lay, L_AS_NO_WRITEBACK_TAGS) &&
	    layout_get(lay, L_AS_NO_WRITEBACK_TAGS) < 64)
		pc->no_tags = 1ULL << layout_get(lay, L_AS_NO_WRITEBACK_TAGS);
}

static bool make_room(struct page_cache *pc)
{
	const struct kernel *k = pc->kr.k;
	uint64_t words = k->n_sections * k->pages_per_section / 64 + 1;

	pc->seen = calloc((size_t)words, sizeof(*pc->seen));
	pc->seen_swap = calloc((size_t)words, sizeof(*pc->seen_swap));
	pc->broken = calloc(CACHE_BROKEN_MAX, sizeof(*pc->broken));
	return pc->seen && pc->seen_swap && pc->broken;
}

static enum pgc_status check_all(struct page_cache *pc, struct pgc_err *err)
{
	uint64_t head = kernel_addr(pc->kr.k, L_super_blocks);
	enum pgc_status st = PGC_OK;

	if (!kernel_list_walk(pc->kr, head, false, MOUNTED_MAX, on_super_block, pc))
		pc->tallies->cut = true;
	pc->none = cache_add_tally(pc, "none", "");
	if (!make_room(pc) || pc->none == SIZE_MAX || !swap_cache_names(pc))
		return pgc_err_nomem(err, "the page cache");
	for (size_t i = 0; i < pc->n_mounted && !pc->no_memory; i++)
		check_inodes(pc, &pc->tallies->list[i]);
	swap_cache_check(pc);
	st = cache_check_claims(pc, err);
	for (size_t i = 0; i < pc->n_broken; i++)
		pc->fn(pc->arg, &pc->broken[i]);
	return st == PGC_OK && pc->no_memory ? pgc_err_nomem(err, "the page cache") : st;
}

enum pgc_status page_cache_check(struct kernel_reader kr, const struct page_format *fmt,
				 struct cache_tallies *ret, cache_fact_fn *fn, void *arg,
				 struct pgc_err *err)
{
	struct page_cache pc = {
		.kr = kr, .fmt = fmt, .fn = fn, .arg = arg, .tallies = ret,
		.bytes = (kr.k->n_sections * kr.k->pages_per_section) << kr.k->page_shift,
	};
	enum pgc_status st = PGC_OK;

	*ret = (struct cache_tallies){ .list = NULL };
	if (init(&pc)) {
		pc.budget = xarray_budget_of(&pc.xa, pc.bytes);
		read_flags(&pc);
		st = check_all(&pc, err);
	}
	free(pc.seen);
	free(pc.seen_swap);
	free(pc.broken);
	free(pc.files.slot);
	return st;
}
