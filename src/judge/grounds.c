/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/grounds.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "layout/layout.h"
#include "model/kernel_names.h"

#define LESS_SURE \
	"this kernel has parts that no known kernel has (see limits): the rule may not fit it"

/* Which ground each struct and enum is, and what one of its enumerators is called. */
static const uint32_t of_struct[LAYOUT_STRUCTS] = {
	[LS_page] = GROUND_PAGE,
	[LS_zone] = GROUND_ZONE,
	[LS_free_area] = GROUND_FREE_AREA,
	[LS_per_cpu_pages] = GROUND_PCP,
	[LS_per_cpu_pageset] = GROUND_PCP,
	[LS_per_cpu_zonestat] = GROUND_COUNTERS,
	[LS_pglist_data] = GROUND_NODE,
	[LS_mem_section] = GROUND_SECTION,
	[LS_mem_section_usage] = GROUND_SECTION,
};

static const struct {
	uint32_t ground;
	const char *what;
} of_enum[LAYOUT_ENUMS] = {
	[LE_pageflags] = { GROUND_FLAGS, "page flag" },
	[LE_pagetype] = { GROUND_TYPES, "page type" },
	[LE_migratetype] = { GROUND_MIGRATETYPES, "migratetype" },
	[LE_zone_stat_item] = { GROUND_COUNTERS, "zone counter" },
	[LE_zone_type] = { GROUND_ZONES, "zone type" },
	[LE_pageblock_bits] = { GROUND_PAGEBLOCKS, "pageblock bit" },
};

static const struct {
	enum layout_struct s;
	const char *name, *type;
} known_members[] = {
#define KNOWN_MEMBER(s_, name_, type_) { LS_##s_, name_, type_ },
#include "judge/known_layouts.def"
};

static const struct {
	enum layout_enum e;
	const char *name;
} known_enumerators[] = {
#define KNOWN_ENUMERATOR(e_, name_) { LE_##e_, name_ },
#include "judge/known_layouts.def"
};

static const uint64_t known_fingerprints[] = {
#define KNOWN_LAYOUT(fingerprint, text) fingerprint,
#include "judge/known_layouts.def"
};

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

__attribute__((format(printf, 3, 4))) static void
add_news(struct grounds *g, uint32_t ground, const char *fmt, ...)
{
	size_t used = strlen(g->news);
	va_list ap;

	g->moved |= ground;
	g->n_news++;
	/* Room is left for how many others there are. */
	if (used + 120 >= sizeof(g->news))
		return;
	if (used)
		used += (size_t)snprintf(g->news + used, sizeof(g->news) - used, ", ");
	va_start(ap, fmt);
	vsnprintf(g->news + used, 80, fmt, ap);
	va_end(ap);
	g->named++;
}

/* A member of that name may have several types: they are all looked for before it is news. */
static void judge_member(struct grounds *g, enum layout_struct s, const struct layout_member *m)
{
	const char *known_as = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(known_members); i++) {
		if (known_members[i].s != s || strcmp(known_members[i].name, m->name) != 0)
			continue;
		if (!strcmp(known_members[i].type, m->type))
			return;
		known_as = known_members[i].type;
	}
	if (known_as)
		add_news(g, of_struct[s], "%s.%s as %s", layout_struct_type(s), m->name, m->type);
	else
		add_news(g, of_struct[s], "%s.%s", layout_struct_type(s), m->name);
}

static void judge_enumerator(struct grounds *g, enum layout_enum e, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_enumerators); i++)
		if (known_enumerators[i].e == e && !strcmp(known_enumerators[i].name, name))
			return;
	add_news(g, of_enum[e].ground, "%s %s", of_enum[e].what, name);
}

static void judge_members(struct grounds *g, const struct layout *lay, enum layout_struct s)
{
	size_t n;
	const struct layout_member *m = layout_members(lay, s, &n);

	g->fingerprint = hash_text(g->fingerprint, layout_struct_type(s));
	for (size_t i = 0; i < n; i++) {
		g->listed = true;
		g->fingerprint = hash_text(g->fingerprint, m[i].name);
		g->fingerprint = hash_text(g->fingerprint, m[i].type);
		g->fingerprint = hash_number(g->fingerprint, m[i].offset);
		g->fingerprint = hash_number(g->fingerprint, m[i].size);
		judge_member(g, s, &m[i]);
	}
}

static void judge_enum(struct grounds *g, const struct layout *lay, enum layout_enum e)
{
	const char *name;
	int64_t value;

	g->fingerprint = hash_text(g->fingerprint, layout_enum_type(e));
	for (size_t i = 0; layout_enum_at(lay, e, i, &name, &value); i++) {
		g->fingerprint = hash_text(g->fingerprint, name);
		g->fingerprint = hash_number(g->fingerprint, (uint64_t)value);
		judge_enumerator(g, e, name);
	}
}

static void judge_names(struct grounds *g, const struct kernel_names *names)
{
	for (size_t i = 0; i < names->n && i < ARRAY_SIZE(names->misfits); i++) {
		const struct name_misfit *m = &names->misfits[i];

		g->misnamed = true;
		add_news(g, of_enum[m->e].ground, "%s %" PRId64 " named %s, not %s",
			 of_enum[m->e].what, m->value, m->found, m->expected);
	}
	if (names->n > ARRAY_SIZE(names->misfits))
		g->n_news += names->n - ARRAY_SIZE(names->misfits);
}

void grounds_judge(const struct layout *lay, const struct kernel_names *names,
		   struct grounds *ret)
{
	struct grounds *g = ret;

	*g = (struct grounds){ .fingerprint = HASH_INIT };
	for (enum layout_struct s = 0; s < LAYOUT_STRUCTS; s++)
		judge_members(g, lay, s);
	for (enum layout_enum e = 0; g->listed && e < LAYOUT_ENUMS; e++)
		judge_enum(g, lay, e);
	if (!g->listed)
		*g = (struct grounds){ .listed = false };
	if (names)
		judge_names(g, names);
	if (g->n_news > g->named)
		snprintf(g->news + strlen(g->news), sizeof(g->news) - strlen(g->news),
			 " and %zu others", g->n_news - g->named);
	for (size_t i = 0; g->listed && i < ARRAY_SIZE(known_fingerprints); i++)
		g->known |= known_fingerprints[i] == g->fingerprint;
}

bool grounds_apply(struct grounds *g, struct finding *f)
{
	const struct finding_type *type = finding_type(f->id);
	uint32_t grounds = type->grounds;

	/* A rule of lists stands on those that it is about. */
	if (f->cpu >= 0)
		grounds &= ~GROUND_FREE_AREA;
	else if (f->order >= 0)
		grounds &= ~GROUND_PCP;
	if (!(grounds & g->moved) || f->severity == SEV_NOTE)
		return true;
	if (type->moved == MOVED_OFF) {
		g->off++;
		return false;
	}
	g->less_sure++;
	f->severity = SEV_SUSPECT;
	if (!finding_fact(f, FACT_RESERVATION))
		finding_str(f, FACT_RESERVATION, LESS_SURE);
	return true;
}
