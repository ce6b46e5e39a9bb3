/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/owner_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/origin.h"
#include "layout/symbols.h"
#include "model/alloc_tags.h"
#include "model/gfp_names.h"
#include "model/slab_users.h"
#include "model/stack_depot.h"
#include "walk/pointee.h"

struct owner_story {
	struct kernel_reader kr;
	const char *vmlinux;
	finding_sink *sink;
	void *arg;
	bool asked, stored, named, tagged; /* whether these were tried to open */
	enum owner_state state;
	struct alloc_tags *tags;
	struct page_owner *owner;
	struct stack_depot *depot;
	struct symbols *symbols;
	struct pointee *pointee;
};

enum pgc_status owner_story_create(struct kernel_reader kr, const char *vmlinux,
				   finding_sink *sink, void *arg, struct owner_story **ret,
				   struct pgc_err *err)
{
	struct owner_story *os = calloc(1, sizeof(*os));
	const struct memory_names names = { .function = owner_story_function, .arg = os };
	enum pgc_status st;

	*ret = NULL;
	if (!os)
		return pgc_err_nomem(err, "owners");
	os->kr = kr;
	os->vmlinux = vmlinux;
	os->sink = sink;
	os->arg = arg;
	st = pointee_create(kr, &names, &os->pointee, err);
	if (st == PGC_OK)
		*ret = os;
	else
		owner_story_destroy(os);
	return st;
}

void owner_story_destroy(struct owner_story *os)
{
	if (!os)
		return;
	page_owner_destroy(os->owner);
	alloc_tags_destroy(os->tags);
	stack_depot_destroy(os->depot);
	symbols_destroy(os->symbols);
	pointee_destroy(os->pointee);
	free(os);
}

/* Out of memory here costs the stacks, nothing else. */
static const struct page_owner *owner(struct owner_story *os)
{
	if (!os->asked) {
		os->asked = true;
		os->state = OWNER_UNUSABLE;
		if (page_owner_create(os->kr, &os->owner, &os->state,
				      NULL) != PGC_OK)
			os->owner = NULL;
	}
	return os->owner;
}

static const struct stack_depot *depot(struct owner_story *os)
{
	if (!os->stored) {
		os->stored = true;
		if (stack_depot_create(os->kr, &os->depot, NULL) != PGC_OK)
			os->depot = NULL;
	}
	return os->depot;
}

/* The line of source that allocated the page; "" when not known. */
static void site_of(struct owner_story *os, uint64_t pfn, char site[ALLOC_SITE_LEN])
{
	enum alloc_tags_state state;
	struct alloc_tag tag;
	uint64_t at;

	if (!os->tagged) {
		os->tagged = true;
		if (alloc_tags_create(os->kr, &os->tags, &state, NULL) != PGC_OK)
			os->tags = NULL;
	}
	at = os->tags ? alloc_tags_of(os->tags, pfn) : 0;
	snprintf(site, ALLOC_SITE_LEN, "%s", at && alloc_tags_read(os->tags, at, &tag) ? tag.site : "");
}

static void name_of(struct owner_story *os, uint64_t addr, char *buf, size_t size)
{
	if (!os->named) {
		os->named = true;
		if (symbols_create(os->kr.vc, os->vmlinux, os->kr.k->slide, &os->symbols,
				   NULL) != PGC_OK)
			os->symbols = NULL;
	}
	symbols_name(os->symbols, addr, buf, size);
}

enum owner_state owner_story_state(struct owner_story *os)
{
	(void)owner(os);
	return os->state;
}

bool owner_story_record(struct owner_story *os, uint64_t pfn, struct owner_record *ret)
{
	return owner(os) && page_owner_record(os->owner, pfn, ret);
}

void owner_story_stack(struct owner_story *os, uint32_t handle, char buf[OWNER_STACK_SIZE])
{
	uint64_t frames[STACK_DEPOT_FRAMES];
	size_t n = depot(os) ? stack_depot_fetch(os->depot, handle, frames) : 0, len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n && len < OWNER_STACK_SIZE; i++) {
		char name[160];

		name_of(os, frames[i], name, sizeof(name));
		len += (size_t)snprintf(buf + len, OWNER_STACK_SIZE - len, "%s%s",
					i ? " < " : "", name);
	}
}

void owner_story_function(void *arg, uint64_t kaddr, char *buf, size_t size)
{
	name_of(arg, kaddr, buf, size);
}

/* Is it one of the allocator's own, which all stacks begin with? mm/page_alloc.c, mm/mempolicy.c */
static bool is_allocator(const char *name)
{
	static const char *const begins[] = {
		"alloc_pages", "alloc_frozen_pages", "alloc_folio", "folio_alloc", "get_free_page",
		"get_zeroed_page", "get_page_from_freelist", "post_alloc_hook", "prep_new_page",
		"set_page_owner", "alloc_page_interleave", "free_pages",
	};

	name += strspn(name, "_");
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

void owner_story_asked(void *arg, uint32_t handle, char *buf, size_t size)
{
	uint64_t frames[STACK_DEPOT_FRAMES];
	size_t n = depot(arg) ? stack_depot_fetch(depot(arg), handle, frames) : 0, len = 0;
	char name[160];

	buf[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++) {
		name_of(arg, frames[i], name, sizeof(name));
		if (len || !is_allocator(name) || i + 1 == n)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " < " : "",
						name);
	}
}

/* The stack, or if the kernel keeps none the caller; "" when nobody did. */
static void user_stack(struct owner_story *os, const struct slab_user *user,
		       char buf[OWNER_STACK_SIZE])
{
	buf[0] = '\0';
	if (!user->addr)
		return;
	owner_story_stack(os, user->handle, buf);
	if (!buf[0])
		name_of(os, user->addr, buf, OWNER_STACK_SIZE);
}

/* Of an object of a slab: who allocated it, and who freed it last. False: it is not known. */
static bool add_users(struct owner_story *os, struct finding *f, char alloc[OWNER_STACK_SIZE],
		      char freed[OWNER_STACK_SIZE])
{
	const struct evidence *object = finding_fact(f, FACT_OBJECT);
	struct slab_user by, last;

	if (!object || !slab_users_read(os->kr, f->pfn, object->num, &by, &last) || !by.addr)
		return false;
	finding_int(f, FACT_OWNER_PID, by.pid);
	user_stack(os, &by, alloc);
	user_stack(os, &last, freed);
	return true;
}

/*
 * Of an object of a slab: what is before it, and who allocated that: whoever writes beyond the end of
 * something writes into what is behind it.
 */
static void add_before(struct owner_story *os, struct finding *f, char before[POINTEE_LEN],
		       char stack[OWNER_STACK_SIZE])
{
	const struct evidence *object = finding_fact(f, FACT_OBJECT);
	struct owner_record rec;
	struct slab_user by, last;
	uint64_t kaddr, pfn;

	stack[0] = '\0';
	if (!object || !pointee_before(os->pointee, object->num, &kaddr, &pfn, before))
		return;
	finding_str(f, FACT_OBJECT_BEFORE, before);
	if (kaddr != UINT64_MAX && slab_users_read(os->kr, f->pfn, kaddr, &by, &last))
		user_stack(os, &by, stack);
	else if (pfn != UINT64_MAX && owner_story_record(os, pfn, &rec))
		owner_story_stack(os, rec.handle, stack);
	if (stack[0])
		finding_str(f, FACT_BEFORE_STACK, stack);
}

static bool wants_story(const struct finding *f)
{
	return f->severity != SEV_NOTE && f->pfn != FINDING_NO_PFN &&
	       !finding_marked(f->id, MARK_NO_OWNER);
}

static void add_stacks(struct finding *f, const char *alloc, const char *freed)
{
	if (alloc[0])
		finding_str(f, FACT_ALLOC_STACK, alloc);
	if (freed[0])
		finding_str(f, FACT_FREE_STACK, freed);
}

/* The page as a whole. */
static void add_owner(struct owner_story *os, const struct owner_record *rec, struct finding *f,
		      char gfp[160], char alloc[OWNER_STACK_SIZE], char freed[OWNER_STACK_SIZE])
{
	finding_str(f, FACT_OWNER, rec->allocated ? "allocated" : "free");
	if (rec->order >= 0)
		finding_int(f, FACT_OWNER_ORDER, rec->order);
	gfp_names(os->kr.k->lay, rec->gfp, gfp, 160);
	finding_str(f, FACT_OWNER_GFP, gfp);
	if (rec->pid >= 0)
		finding_int(f, FACT_OWNER_PID, rec->pid);
	if (rec->comm[0])
		finding_str(f, FACT_OWNER_COMM, rec->comm);
	owner_story_stack(os, rec->handle, alloc);
	owner_story_stack(os, rec->free_handle, freed);
}

/* The least of 1, 2, 4 and 8 bytes that, aligned, hold all bits of @wrong, of which there are some. */
static unsigned int write_width(uint64_t wrong)
{
	int first = __builtin_ctzll(wrong) / 8, last = (63 - __builtin_clzll(wrong)) / 8, width = 1;

	while (first / width != last / width)
		width *= 2;
	return (unsigned int)width;
}

/*
 * The pointer that was found, where it is neither right nor the right one with some bits flipped:
 * whose it is. "" when it is none.
 */
static void whose(struct owner_story *os, const struct finding *f, char buf[POINTEE_LEN])
{
	const struct wrong_field *w = &f->field;

	if (f->severity == SEV_NOTE || !w->name || w->kind != EV_HEX ||
	    origin_may_be_flips(finding_field_xor(f)) || !pointee_describe(os->pointee, w->found, buf))
		buf[0] = '\0';
}

void owner_story_finding(void *arg, const struct finding *f)
{
	char alloc[OWNER_STACK_SIZE] = "", freed[OWNER_STACK_SIZE] = "", gfp[160];
	char site[ALLOC_SITE_LEN], pointee[POINTEE_LEN], before[POINTEE_LEN], beside[OWNER_STACK_SIZE];
	struct owner_story *os = arg;
	struct finding copy = *f;
	struct owner_record rec;
	uint64_t wrong = finding_field_xor(f);

	if (wants_story(f)) {
		if (!add_users(os, &copy, alloc, freed) && owner_story_record(os, f->pfn, &rec))
			add_owner(os, &rec, &copy, gfp, alloc, freed);
		add_stacks(&copy, alloc, freed);
		add_before(os, &copy, before, beside);
		site_of(os, f->pfn, site);
		if (site[0] && !finding_fact(f, FACT_ALLOC_SITE))
			finding_str(&copy, FACT_ALLOC_SITE, site);
	}
	if (f->severity != SEV_NOTE && wrong && !origin_may_be_flips(wrong))
		finding_num(&copy, FACT_WRITE_WIDTH, write_width(wrong));
	whose(os, f, pointee);
	if (pointee[0])
		finding_str(&copy, FACT_FOUND_IS, pointee);
	os->sink(os->arg, &copy);
}
