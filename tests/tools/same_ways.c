/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * same_ways VMCORE VMLINUX - walk a dump by one thread and by several, with the short cuts past
 * plain pages and without; status 1 when any two differ in what they count or find.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bitmap_walk.h"
#include "debuginfo/debuginfo.h"
#include "layout/layout.h"
#include "model/kernel.h"
#include "vmcore.h"

/* What a walk came to: counts, and a hash of all findings in their order. */
struct outcome {
	struct summary sum;
	uint64_t findings, hash;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3);
}

static void hash_finding(void *arg, const struct finding *f)
{
	struct outcome *o = arg;

	o->findings++;
	o->hash = mix(o->hash, f->id);
	o->hash = mix(o->hash, f->severity);
	o->hash = mix(o->hash, f->pfn);
	o->hash = mix(o->hash, f->count);
	o->hash = mix(o->hash, f->verdict);
	o->hash = mix(o->hash, f->damage);
	for (size_t i = 0; i < f->n_evidence; i++) {
		o->hash = mix(o->hash, f->evidence[i].num);
		o->hash = mix(o->hash, f->evidence[i].id);
	}
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->findings == b->findings && a->hash == b->hash &&
	       !memcmp(a->sum.states, b->sum.states, sizeof(a->sum.states)) &&
	       !memcmp(&a->sum.coverage, &b->sum.coverage, sizeof(a->sum.coverage)) &&
	       a->sum.checker.primary_popcount == b->sum.checker.primary_popcount;
}

static int compare(struct kernel *k, struct vmcore *vc)
{
	static const struct walk_options ways[] = {
		{ .threads = 1 }, { .threads = 2 }, { .threads = 5 },
		{ .threads = 1, .long_way = true }, { .threads = 3, .long_way = true },
	};
	static struct outcome first, o;
	struct pgc_err err = PGC_ERR_INIT;
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		memset(&o, 0, sizeof(o));
		if (bitmap_walk(k, vc, &o.sum, &ways[i], NULL, hash_finding, &o, &err) !=
		    PGC_OK) {
			fprintf(stderr, "same_ways: %s\n", err.msg);
			return 1;
		}
		free(o.sum.zones);
		if (!i)
			first = o;
		if (same(&first, &o))
			continue;
		printf("threads %u, %s way: not as one thread's: %" PRIu64 " findings, not %" PRIu64
		       "\n", ways[i].threads, ways[i].long_way ? "long" : "short", o.findings,
		       first.findings);
		for (size_t st = 0; st < PAGE_STATES; st++)
			if (o.sum.states[st] != first.sum.states[st])
				printf("  %s: %" PRIu64 ", not %" PRIu64 "\n",
				       page_state_slug((enum page_state)st), o.sum.states[st],
				       first.sum.states[st]);
		status = 1;
	}
	return status;
}

int main(int argc, char **argv)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct debuginfo *di = NULL;
	struct layout *lay = NULL;
	struct vmcore *vc = NULL;
	struct kernel *k = NULL;
	int status = 1;

	if (argc != 3)
		return 16;
	if (vmcore_open(argv[1], &vc, &err) == PGC_OK &&
	    debuginfo_open(argv[2], &di, &err) == PGC_OK &&
	    layout_from_debuginfo(di, &lay, &err) == PGC_OK &&
	    kernel_create(vc, lay, &k, &err) == PGC_OK)
		status = compare(k, vc);
	else
		fprintf(stderr, "same_ways: %s\n", err.msg);
	kernel_destroy(k);
	layout_destroy(lay);
	debuginfo_close(di);
	vmcore_close(vc);
	return status;
}
