/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_census.h"

#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"

struct page_census {
	uint64_t *keys;		/* 0: free */
	uint32_t *first;	/* the page that has it; SEVERAL */
	uint32_t *taken;	/* the slots that are, to be freed again */
	uint64_t *lone;		/* a bit for each page */
	size_t size, used, words; /* of keys, a power of two; of taken; of lone */
};

#define SEVERAL UINT32_MAX

/* Kernel addresses have the top bits set, so the kinds stay apart. */
static uint64_t key_of(enum page_owner_kind kind, uint64_t ptr)
{
	return kind == OWNER_MEMCG ? ptr ^ 1ULL << 62 : ptr;
}

static size_t slot_of(const struct page_census *c, uint64_t key)
{
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (c->size - 1);

	while (c->keys[at] && c->keys[at] != key)
		at = (at + 1) & (c->size - 1);
	return at;
}

enum pgc_status page_census_create(size_t pages, struct page_census **ret, struct pgc_err *err)
{
	struct page_census *c = calloc(1, sizeof(*c));

	if (!c)
		return pgc_err_nomem(err, "the walk");
	/* Two owners a page fill half of it at most. */
	for (c->size = 64; c->size < 4 * pages;)
		c->size *= 2;
	c->words = (pages + 63) / 64;
	c->keys = calloc(c->size, sizeof(*c->keys));
	c->first = calloc(c->size, sizeof(*c->first));
	c->taken = calloc(c->size, sizeof(*c->taken));
	c->lone = calloc(c->words, sizeof(*c->lone));
	if (!c->keys || !c->first || !c->taken || !c->lone) {
		page_census_destroy(c);
		return pgc_err_nomem(err, "the walk");
	}
	*ret = c;
	return PGC_OK;
}

void page_census_destroy(struct page_census *c)
{
	if (!c)
		return;
	free(c->keys);
	free(c->first);
	free(c->taken);
	free(c->lone);
	free(c);
}

static void count(struct page_census *c, enum page_owner_kind kind, uint64_t ptr, size_t page)
{
	uint64_t key = key_of(kind, ptr);
	size_t at = slot_of(c, key);

	if (c->keys[at]) {
		c->first[at] = SEVERAL;
		return;
	}
	c->keys[at] = key;
	c->first[at] = (uint32_t)page;
	c->taken[c->used++] = (uint32_t)at;
}

void page_census_take(struct page_census *c, const struct page_format *fmt, const uint8_t *raw,
		      size_t n)
{
	while (c->used)
		c->keys[c->taken[--c->used]] = 0;
	memset(c->lone, 0, c->words * sizeof(*c->lone));
	for (size_t i = 0; i < n && i < 64 * c->words; i++, raw += fmt->size) {
		uint64_t mapping = target_u64(raw + fmt->mapping);
		uint64_t memcg = fmt->memcg ? target_u64(raw + fmt->memcg) : 0;

		if (!(target_u64(raw + fmt->flags) & fmt->lru) ||
		    target_u64(raw + fmt->compound) & 1)
			continue;
		if (mapping)
			count(c, OWNER_MAPPING, mapping, i);
		if (memcg)
			count(c, OWNER_MEMCG, memcg, i);
	}
	for (size_t i = 0; i < c->used; i++) {
		uint32_t page = c->first[c->taken[i]];

		if (page != SEVERAL)
			c->lone[page / 64] |= 1ULL << page % 64;
	}
}

uint64_t page_census_lone(const struct page_census *c, size_t at)
{
	return at / 64 < c->words ? c->lone[at / 64] : 0;
}

bool page_census_near(const struct page_census *c, enum page_owner_kind kind, uint64_t ptr,
		      unsigned int *bit, uint64_t *ret)
{
	while (*bit < 64) {
		*ret = ptr ^ 1ULL << (*bit)++;
		if (*ret && c->keys[slot_of(c, key_of(kind, *ret))])
			return true;
	}
	return false;
}
