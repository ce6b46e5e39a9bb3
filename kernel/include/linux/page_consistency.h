/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page_consistency - what the page allocator calls to have its transitions tracked
 */
#ifndef _LINUX_PAGE_CONSISTENCY_H
#define _LINUX_PAGE_CONSISTENCY_H

#ifdef CONFIG_DEBUG_PAGE_CONSISTENCY

#include <linux/jump_label.h>

struct page;

DECLARE_STATIC_KEY_FALSE(page_consistency_enabled);

void page_consistency_init(void);
void __page_consistency_alloc(struct page *page, unsigned int order);
void __page_consistency_free(struct page *page, unsigned int order);

/* To be called once a block is wholly prepared for its new owner. */
static inline void page_consistency_alloc(struct page *page, unsigned int order)
{
	if (static_branch_unlikely(&page_consistency_enabled))
		__page_consistency_alloc(page, order);
}

/* To be called before a block reaches any list: from then on it may be allocated again. */
static inline void page_consistency_free(struct page *page, unsigned int order)
{
	if (static_branch_unlikely(&page_consistency_enabled))
		__page_consistency_free(page, order);
}

#else

struct page;

static inline void page_consistency_init(void)
{
}

static inline void page_consistency_alloc(struct page *page, unsigned int order)
{
}

static inline void page_consistency_free(struct page *page, unsigned int order)
{
}

#endif /* CONFIG_DEBUG_PAGE_CONSISTENCY */
#endif /* _LINUX_PAGE_CONSISTENCY_H */
