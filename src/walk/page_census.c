/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/page_census.h"

#include <stdlib.h>
#include <string.h>

#include "base/target_int.h"

struct page_census {
	uint64_t *keys;		/* 0: free */
	uint32_t *first;	/* the first page that has it; SEVERAL is set: there are others */
	uint64_t *near;		/* that page's index, PAGE_FAR_SHIFT bits less */
	uint32_t *taken;	/* the slots that are, to be freed again */
	uint64_t *lone, *far;	/* a bit for each page */
	size_t size, used, words; /* of keys, a power of two; of taken; of lone and far */
};

#define SEVERAL (1u << 31)

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
	c->near = calloc(c->size, sizeof(*c->near));
	c->lone = calloc(c->words, sizeof(*c->lone));
	c->far = calloc(c->words, sizeof(*c->far));
	if (!c->keys || !c->first || !c->near || !c->taken || !c->lone || !c->far) {
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
	free(c->near);
	free(c->lone);
	free(c->far);
	free(c);
}

static void set_bit(uint64_t *bits, size_t page)
{
	bits[page / 64] |= 1ULL << page % 64;
}

static void count(struct page_census *c, enum page_owner_kind kind, uint64_t ptr, size_t page,
		  uint64_t index)
{
	uint64_t key = key_of(kind, ptr);
	size_t at = slot_of(c, key);

	if (c->keys[at]) {
		/* Either may be the one that is wrong. */
		if (c->near[at] != index >> PAGE_FAR_SHIFT) {
			set_bit(c->far, page);
			set_bit(c->far, c->first[at] & ~SEVERAL);
		}
		c->first[at] |= SEVERAL;
		return;
	}
	c->keys[at] = key;
	c->first[at] = (uint32_t)page;
	c->near[at] = index >> PAGE_FAR_SHIFT;
	c->taken[c->used++] = (uint32_t)at;
}

void page_census_begin(struct page_census *c)
{
	while (c->used)
		c->keys[c->taken[--c->used]] = 0;
	memset(c->lone, 0, c->words * sizeof(*c->lone));
	memset(c->far, 0, c->words * sizeof(*c->far));
}

void page_census_add(struct page_census *c, const struct page_format *fmt, size_t at,
		     const uint8_t *raw, size_t n)
{
	for (size_t end = at + n; at < end && at < 64 * c->words; at++, raw += fmt->size) {
		uint64_t mapping = target_u64(raw + fmt->mapping);
		uint64_t index = fmt->index ? target_u64(raw + fmt->index) : 0;
		uint64_t memcg = fmt->memcg ? target_u64(raw + fmt->memcg) : 0;

		if (!(target_u64(raw + fmt->flags) & fmt->lru) ||
		    target_u64(raw + fmt->compound) & 1)
			continue;
		if (mapping)
			count(c, OWNER_MAPPING, mapping, at, index);
		if (memcg)
			count(c, OWNER_MEMCG, memcg, at, 0);
	}
}

void page_census_end(struct page_census *c)
{
	for (size_t i = 0; i < c->used; i++) {
		uint32_t page = c->first[c->taken[i]];

		if (!(page & SEVERAL))
			set_bit(c->lone, page);
	}
}

uint64_t page_census_lone(const struct page_census *c, size_t at)
{
	return at / 64 < c->words ? c->lone[at / 64] : 0;
}

uint64_t page_census_far(const struct page_census *c, size_t at)
{
	return at / 64 < c->words ? c->far[at / 64] : 0;
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
