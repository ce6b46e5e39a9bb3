/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "finding.h"

#include <string.h>

static const struct finding_type catalogue[FINDING_IDS] = {
#define FINDING(id_, slug_, severity_, summary_)                                         \
	[FIND_##id_] = { .slug = slug_, .severity = SEV_##severity_, .summary = summary_ },
#include "findings.def"
};

static const char *const severities[SEVERITIES] = {
	[SEV_NOTE] = "note",
	[SEV_SUSPECT] = "suspect",
	[SEV_CORRUPT] = "corrupt",
};

static const char *const verdicts[] = {
	[VERDICT_NONE] = NULL,
	[VERDICT_UNKNOWN] = "unknown",
	[VERDICT_PRIMARY] = "primary",
	[VERDICT_SECONDARY] = "secondary",
	[VERDICT_BITMAPS] = "bitmaps",
	[VERDICT_STRUCT_PAGE] = "struct-page",
	[VERDICT_FREE_LIST] = "free-list",
	[VERDICT_COUNTER] = "counter",
};

static const char *const classes[] = {
	[CLASS_NONE] = NULL,
	[CLASS_SINGLE_BIT] = "single-bit",
	[CLASS_ROW] = "row",
	[CLASS_COLUMN] = "column",
	[CLASS_OVERWRITE] = "overwrite",
	[CLASS_RUN] = "run",
	[CLASS_ISOLATED] = "isolated",
};

const struct finding_type *finding_type(enum finding_id id)
{
	return &catalogue[id];
}

bool finding_by_slug(const char *slug, enum finding_id *id)
{
	for (size_t i = 0; i < FINDING_IDS; i++) {
		if (strcmp(catalogue[i].slug, slug) == 0) {
			*id = (enum finding_id)i;
			return true;
		}
	}
	return false;
}

const char *severity_name(enum severity sev)
{
	return severities[sev];
}

const char *verdict_name(enum verdict v)
{
	return verdicts[v];
}

const char *class_name(enum damage_class c)
{
	return classes[c];
}

void finding_init(struct finding *f, enum finding_id id, uint64_t pfn)
{
	*f = (struct finding){
		.id = id,
		.severity = catalogue[id].severity,
		.pfn = pfn,
		.count = 1,
		.node = -1,
		.order = -1,
		.cpu = -1,
	};
}

static void add_fact(struct finding *f, const struct evidence *fact)
{
	if (f->n_evidence < FINDING_EVIDENCE)
		f->evidence[f->n_evidence++] = *fact;
}

void finding_num(struct finding *f, const char *key, uint64_t value)
{
	add_fact(f, &(struct evidence){ .key = key, .kind = EV_NUM, .num = value });
}

void finding_int(struct finding *f, const char *key, int64_t value)
{
	add_fact(f, &(struct evidence){ .key = key, .kind = EV_INT, .num = (uint64_t)value });
}

void finding_hex(struct finding *f, const char *key, uint64_t value)
{
	add_fact(f, &(struct evidence){ .key = key, .kind = EV_HEX, .num = value });
}

void finding_str(struct finding *f, const char *key, const char *value)
{
	/* NULL is "unknown", which is said by leaving the key out. */
	if (value)
		add_fact(f, &(struct evidence){ .key = key, .kind = EV_STR, .str = value });
}

const struct evidence *finding_fact(const struct finding *f, const char *key)
{
	for (size_t i = 0; i < f->n_evidence; i++)
		if (strcmp(f->evidence[i].key, key) == 0)
			return &f->evidence[i];
	return NULL;
}
