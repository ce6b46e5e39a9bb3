/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_sample - summaries and findings as a run would hand them to the report
 *
 * For the unit test of the reports and for emit_report, whose documents are held against
 * the JSON Schema.
 */
#ifndef PGCONS_REPORT_SAMPLE_H
#define PGCONS_REPORT_SAMPLE_H

#include <string.h>

#include "report/report.h"

/* What a hostile dump would put in a name: an escape sequence, half a character, mark-up. */
#define SAMPLE_HOSTILE "\033[2J\xc3\"'\\\n\xff\xed\xa0\x80\xc3\xa9</a><script>alert(1)</script>&"

struct sample {
	struct vmcore_info info;
	struct summary sum;
	struct zone_summary zone;
	struct report_options opt;
};

static inline void sample_init(struct sample *s, enum report_format format)
{
	static const char *const migratetypes[] = { "Unmovable", "Movable", "Reclaimable" };

	*s = (struct sample){
		.info = { .path = "vmcore", .format = "ELF", .arch = &arch_x86_64,
			  .bytes = 536870912, .page_size = 4096 },
		.zone = { .node = 1, .name = "DMA32", .start_pfn = 4096, .spanned = 126976,
			  .present = 126976, .managed = 120000, .free_listed = 10,
			  .nr_free_pages = -3, .orders = 3, .migratetypes = 3,
			  .pcp = 17,
			  .per_cpu = { .cpus = 4, .counted = 18, .most = 9,
				       .most_cpu = 3, .differ = 1 },
			  .blocks = { { 2, 0, 0 }, { 0, 4, 0 } }, .nr_free = { 2, 5 } },
		.sum = { .dump_id = "0123456789abcdef", .release = "6.1.0", .build_id = "0123abcd", .page_size = 4096,
			 .cpus = 4, .nodes = 2, .facts_from = "vmlinux", .n_zones = 1,
			 .migratetypes = migratetypes, .n_migratetypes = 3 },
		.opt = { .format = format,
			 .max_findings = format == REPORT_TEXT ? 20 : UINT64_MAX },
	};
	s->sum.checker = (struct checker_summary){
		.state = CHECKER_ACTIVE, .has_range = true, .min_pfn = 1, .max_pfn = 131072,
		.nbits = 131071, .primary_paddr = 0x1000000, .secondary_paddr = 0x1400000,
		.has_popcount = true, .primary_popcount = 1000, .has_stats = true,
		.pages_tracked = 1000, .alloc_count = 90000, .free_count = 89000,
	};
	s->sum.coverage = (struct coverage){ .pfns = 131072, .walked = 131039, .holes = 33 };
	s->sum.states[PS_IN_USE] = 1000;
	s->sum.states[PS_BUDDY_HEAD] = 6;
}

/* A page that is handed out and free, with all that is known of it. */
static inline void sample_finding(struct finding *f)
{
	finding_init(f, FIND_ALLOCATED_ON_FREE_LIST, 0x1e403);
	f->node = 1;
	f->zone = "DMA32";
	f->order = 0;
	f->migratetype = "Movable";
	f->verdict = VERDICT_BITMAPS;
	f->damage = CLASS_ISOLATED;
	finding_hex(f, FACT_PRIMARY_WORD, 0xffffffff00000008);
	finding_num(f, FACT_BIT, 3);
	finding_int(f, FACT_REFCOUNT, -1);
	finding_str(f, FACT_WHAT, "free_area[0].free_list[Movable]");
}

/* One of each kind, as bare as it can be, and one with hostile names. */
static inline void sample_all(struct report *rep)
{
	struct finding f;

	for (size_t i = 0; i < FINDING_IDS; i++) {
		finding_init(&f, (enum finding_id)i, FINDING_NO_PFN);
		report_finding(rep, &f);
	}
	sample_finding(&f);
	f.count = 8;
	f.cpu = 2;
	f.explained = "the lock was held";
	f.zone = f.migratetype = SAMPLE_HOSTILE;
	finding_str(&f, FACT_WHAT, SAMPLE_HOSTILE);
	finding_field(&f, "page.flags", EV_HEX, 0x8, 0);
	report_finding(rep, &f);
	finding_field_str(&f, "page.flags.zone", SAMPLE_HOSTILE, SAMPLE_HOSTILE);
	f.pfn = UINT64_MAX - 1;	/* neither the run nor the address can be computed */
	report_finding(rep, &f);
}

#endif
