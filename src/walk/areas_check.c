/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk/areas_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/task.h"
#include "walk/memory_claims.h"

struct checking {
	finding_sink *sink;
	void *arg;
};

/* "kernel stacks (of tasks)": a finding has no other name of the class. */
static void complete_names(struct memory_items *items)
{
	for (size_t i = 0; i < items->n; i++) {
		struct memory_item *item = &items->list[i];
		char name[MEMORY_NAME_LEN];

		snprintf(name, sizeof(name), "%s", item->name);
		if (name[0])
			snprintf(item->name, sizeof(item->name), "%s (%.80s)",
				 memory_class_text(item->class), name);
		else
			snprintf(item->name, sizeof(item->name), "%s",
				 memory_class_text(item->class));
	}
}

static void on_claim(void *arg, const struct claim_fact *fact)
{
	static const char *const others[MEMORY_CLASSES] = {
#define MEMORY_CLASS(id, slug, text) [MEM_##id] = "it is in use for " text ", too",
#include "walk/memory_classes.def"
	};
	struct checking *c = arg;
	struct finding f;

	finding_init(&f, FIND_OWNER_CONFLICT, fact->pfn);
	f.count = fact->pages;
	f.verdict = VERDICT_UNKNOWN;
	if (!fact->mapped)
		f.severity = SEV_SUSPECT;
	finding_str(&f, FACT_AREA, fact->item->name);
	finding_str(&f, FACT_WHAT,
		    fact->other ? others[fact->other->class] : "a free list has it");
	finding_hex(&f, FACT_FIELD_KADDR, fact->kaddr);
	c->sink(c->arg, &f);
}

enum pgc_status areas_check(struct kernel_reader kr, const struct listing *listing,
			    const struct memory_names *names, finding_sink *sink, void *arg,
			    struct memory_items *items, struct areas_checked *ret,
			    struct pgc_err *err)
{
	struct memory_claims *claims = calloc(1, sizeof(*claims));
	struct checking c = { .sink = sink, .arg = arg };
	struct tasks tasks = { 0 };
	enum pgc_status st;

	*ret = (struct areas_checked){ 0 };
	if (!claims)
		return pgc_err_nomem(err, "the areas of memory");
	st = tasks_read(kr, &tasks, err);
	if (st == PGC_OK)
		st = memory_claims_read(kr, &tasks, items, names, claims, err);
	if (st == PGC_OK) {
		complete_names(items);
		memory_claims_check(kr, claims, items, listing, on_claim, &c);
		ret->cut = claims->areas_cut;
		ret->unread = claims->unread;
	}
	memory_claims_deinit(claims);
	free(claims);
	tasks_deinit(&tasks);
	return st;
}
