/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emit_report KIND [--jsonl] [--html=FILE] - write the JSON of a made-up run: clean, faulty,
 * bare, or large: a machine of 4 TiB with a finding in every cell of the map
 */
#include <stdio.h>

#include "report_sample.h"
#include "walk/memory_map.h"

#define LARGE_SECTIONS 32768
#define SECTION_SHIFT 15

/* All of physical memory of a machine, with each kind of page somewhere. */
static struct memory_map *make_map(struct kernel *k, size_t sections)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct memory_map *map;

	*k = (struct kernel){ .pages_per_section = 1ULL << SECTION_SHIFT,
			      .section_shift = SECTION_SHIFT, .n_sections = sections,
			      .n_section_nrs = sections };
	k->sections = calloc(sections, sizeof(*k->sections));
	k->section_index = calloc(sections, sizeof(*k->section_index));
	if (!k->sections || !k->section_index)
		return NULL;
	for (size_t i = 0; i < sections; i++) {
		k->sections[i] = (struct section){ .nr = i, .start_pfn = i << SECTION_SHIFT };
		k->section_index[i] = (uint32_t)i + 1;
	}
	if (memory_map_create(k, &map, &err) != PGC_OK)
		return NULL;
	for (uint64_t i = 0; i < sections * 512; i++) {
		uint64_t states[PAGE_STATES] = { 0 };

		states[i * 2654435761u % PAGE_STATES] = 64;
		memory_map_add(map, i * 64, states, (int)(i % 11));
	}
	return map;
}

/* More findings than are listed, in every cell and with a tile each; hostile zones. */
static void feed_large(struct report *rep, struct memory_map *map)
{
	uint8_t kinds[MAP_TILE_PAGES];
	struct finding f;

	for (size_t i = 0; i < MAP_TILE_PAGES; i++)
		kinds[i] = (uint8_t)(i % MAP_KINDS);
	for (uint64_t i = 0; i < memory_map_cells(map); i++) {
		sample_finding(&f);
		f.id = (enum finding_id)(i % FINDING_IDS);
		f.severity = (enum severity)(i % SEVERITIES);
		f.pfn = i * memory_map_grain(map);
		f.zone = SAMPLE_HOSTILE;
		while (f.n_evidence < FINDING_EVIDENCE)
			finding_str(&f, FACT_WHAT, SAMPLE_HOSTILE);
		report_finding(rep, &f);
		memory_map_keep(map, f.pfn & ~255ULL, kinds, sizeof(kinds), f.severity + 1U);
	}
}

static void make_hostile(struct sample *s)
{
	s->info.path = s->info.format = SAMPLE_HOSTILE;
	s->info.missing_bytes = 17;
	s->zone.name = s->sum.release = SAMPLE_HOSTILE;
	strcpy(s->sum.crash.panic, SAMPLE_HOSTILE);
	strcpy(s->sum.crash.hostname, "\xff<host>");
	s->sum.memory_hash = 1;
	strcpy(s->sum.limits[0], SAMPLE_HOSTILE);
	s->sum.n_limits = 1;
	s->sum.incomplete = s->sum.interrupted = true;
}

/* All that may be unknown is. */
static void make_bare(struct sample *s)
{
	s->info = (struct vmcore_info){ .path = "vmcore", .format = "ELF" };
	s->sum = (struct summary){ .incomplete = true };
}

/* A thousand zones, each of which claims all of memory. */
static bool make_large(struct sample *s, struct kernel *k)
{
	size_t n = 1000;

	s->sum.zones = calloc(n, sizeof(*s->sum.zones));
	s->sum.map = make_map(k, LARGE_SECTIONS);
	for (size_t i = 0; s->sum.zones && i < n; i++) {
		s->sum.zones[i] = s->zone;
		s->sum.zones[i].orders = SUMMARY_ORDERS;
		s->sum.zones[i].migratetypes = SUMMARY_MIGRATETYPES;
		s->sum.zones[i].start_pfn = 0;
		s->sum.zones[i].spanned = (uint64_t)LARGE_SECTIONS << SECTION_SHIFT;
	}
	s->sum.n_zones = n;
	return s->sum.zones && s->sum.map;
}

static bool parse(struct sample *s, int argc, char **argv)
{
	if (argc < 2)
		return false;
	sample_init(s, REPORT_JSON);
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--jsonl") == 0)
			sample_init(s, REPORT_JSONL);
		else if (strncmp(argv[i], "--html=", 7) == 0)
			s->opt.html = argv[i] + 7;
		else
			return false;
	}
	s->sum.zones = &s->zone;
	return true;
}

static bool emit(struct sample *s, const char *kind)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct report *rep;

	if (report_begin(stdout, &s->opt, &s->info, &s->sum, &rep, &err) != PGC_OK)
		return false;
	if (strcmp(kind, "faulty") == 0)
		sample_all(rep);
	else if (strcmp(kind, "large") == 0)
		feed_large(rep, s->sum.map);
	return report_end(rep, &err) == PGC_OK;
}

int main(int argc, char **argv)
{
	struct kernel k = { .sections = NULL };
	struct sample s;
	bool done;

	if (!parse(&s, argc, argv))
		return 2;
	if (strcmp(argv[1], "faulty") == 0)
		make_hostile(&s);
	else if (strcmp(argv[1], "bare") == 0)
		make_bare(&s);
	else if (strcmp(argv[1], "large") == 0 && !make_large(&s, &k))
		return 1;
	if (s.opt.html && !s.sum.map)
		s.sum.map = make_map(&k, 4);
	done = emit(&s, argv[1]);
	memory_map_destroy(s.sum.map);
	free(k.sections);
	free(k.section_index);
	if (s.sum.zones != &s.zone)
		free(s.sum.zones);
	return done ? 0 : 1;
}
