/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/cache_users.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "layout/layout.h"
#include "model/context.h"
#include "model/kernel.h"
#include "model/page_list.h"
#include "model/task.h"
#include "vmcore.h"

#define LISTED_MAX 65536	/* pages on lists of theirs, of all of them */

struct word {
	uint64_t value;
	uint32_t who;
};

struct name {
	char text[96];
	bool collapse;
};

struct cache_users {
	struct kernel_reader kr;
	const struct page_format *fmt;
	struct word *words;	/* by value, once all are there */
	size_t n, room;
	struct name *names;
	size_t n_names, names_room;
	uint32_t listed;	/* may still be kept */
};

static enum pgc_status keep(struct cache_users *cu, uint64_t value, struct pgc_err *err)
{
	struct word *bigger;

	if (!arch_kernel_half(cu->kr.k->arch, value))
		return PGC_OK;
	bigger = array_grow(cu->words, &cu->room, cu->n, sizeof(*bigger));
	if (!bigger)
		return pgc_err_nomem(err, "users of the page cache");
	cu->words = bigger;
	cu->words[cu->n++] = (struct word){ kernel_bare(cu->kr.k, value), (uint32_t)cu->n_names - 1 };
	return PGC_OK;
}

static enum pgc_status on_page(void *arg, const struct list_node *node, struct pgc_err *err)
{
	struct cache_users *cu = arg;

	if (!cu->listed)
		return PGC_ENOENT;
	cu->listed--;
	return keep(cu, kernel_pfn_to_page(cu->kr.k, node->pfn), err);
}

/* The pages on a list whose head is at @at, if what it leads to leads back. */
static enum pgc_status keep_list(struct cache_users *cu, uint64_t at, uint64_t next, struct pgc_err *err)
{
	const struct layout *lay = cu->kr.k->lay;
	uint64_t lru = layout_get(lay, L_page_lru), back, pfn;
	struct list_walk walk;
	enum pgc_status st;

	if (next < lru || !kernel_page_to_pfn(cu->kr.k, next - lru, &pfn) ||
	    vmcore_read_u64(cu->kr.vc, next + layout_get(lay, L_list_head_prev), "page.lru", &back,
			    NULL) != PGC_OK ||
	    kernel_bare(cu->kr.k, back) != at)
		return PGC_OK;
	st = page_list_walk(cu->kr, cu->fmt, back, lru, on_page, cu, &walk, err);
	return pgc_is_gap(st) || st == PGC_ENOENT ? PGC_OK : st;
}

static enum pgc_status on_context(void *arg, const struct context *ctx, struct pgc_err *err)
{
	struct cache_users *cu = arg;
	struct name *bigger = array_grow(cu->names, &cu->names_room, cu->n_names, sizeof(*bigger));
	enum pgc_status st = PGC_OK;
	char name[64];

	if (!bigger)
		return pgc_err_nomem(err, "users of the page cache");
	cu->names = bigger;
	context_name(ctx->cpu, ctx->task, name, sizeof(name));
	snprintf(cu->names[cu->n_names++].text, sizeof(bigger->text), "%s, in %s", name,
		 ctx->cache ? ctx->cache : ctx->function);
	cu->names[cu->n_names - 1].collapse = ctx->frames[TEXT_COLLAPSE].found;
	for (unsigned int i = 0; ctx->regs && i < ctx->regs->n && st == PGC_OK; i++)
		st = keep(cu, ctx->regs->gpr[i], err);
	for (size_t part = 0; part < ctx->n_parts; part++) {
		const struct stack_part *p = &ctx->part[part];

		for (size_t i = 0; i < p->n && st == PGC_OK; i++) {
			st = keep(cu, p->word[i], err);
			if (st == PGC_OK)
				st = keep_list(cu, p->start + 8 * i, p->word[i], err);
		}
	}
	return st;
}

static int by_value(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

enum pgc_status cache_users_create(struct kernel_reader kr, const struct page_format *fmt,
				   struct cache_users **ret, struct pgc_err *err)
{
	struct cache_users *cu = calloc(1, sizeof(*cu));
	struct context_stats stats = { .cpus = 0 };
	struct tasks tasks = { .n = 0 };
	enum pgc_status st;

	if (!cu)
		return pgc_err_nomem(err, "users of the page cache");
	*cu = (struct cache_users){ .kr = kr, .fmt = fmt, .listed = LISTED_MAX };
	st = tasks_read(kr, &tasks, err);
	if (st == PGC_OK)
		st = context_each(kr, &tasks, &stats, on_context, cu, err);
	tasks_deinit(&tasks);
	if (st != PGC_OK) {
		cache_users_destroy(cu);
		return st;
	}
	if (cu->n)
		qsort(cu->words, cu->n, sizeof(*cu->words), by_value);
	*ret = cu;
	return PGC_OK;
}

void cache_users_destroy(struct cache_users *cu)
{
	if (!cu)
		return;
	free(cu->words);
	free(cu->names);
	free(cu);
}

const char *cache_users_find(const struct cache_users *cu, uint64_t start, uint64_t end, bool collapse)
{
	size_t at = bisect(i, cu->n, cu->words[i].value < start);

	for (; at < cu->n && cu->words[at].value < end; at++) {
		const struct name *name = &cu->names[cu->words[at].who];

		if (name->collapse || !collapse)
			return name->text;
	}
	return NULL;
}
