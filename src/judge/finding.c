/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/finding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"

static const struct finding_type catalogue[FINDING_IDS] = {
#define G(ground) GROUND_##ground
#define FULL .moved = MOVED_FULL
#define SUSPECT_IF(grounds_) .moved = MOVED_SUSPECT, .grounds = (grounds_)
#define OFF_IF(grounds_) .moved = MOVED_OFF, .grounds = (grounds_)
#define FINDING(id_, slug_, severity_, part_, flight_, passes_, marks_, excuses_, among_, apart_, \
		moved_, summary_)                                                                 \
	[FIND_##id_] = {                                                                    \
		.slug = slug_, .severity = SEV_##severity_, .part = PART_##part_,           \
		.flight = FLIGHT_##flight_, .passes = STAYS_##passes_, .marks = marks_,     \
		.excuses = excuses_, .among = AMONG_##among_, .apart = APART_##apart_,      \
		moved_, .summary = summary_,                                                        \
	},
#include "judge/findings.def"
};

static const struct evidence_type evidence[FACT_IDS] = {
#define EVIDENCE(id_, key_, kind_, witness_, text_, html_, passes_)                      \
	[FACT_##id_] = {                                                                 \
		.key = key_, .kind = EV_##kind_, .witness = BY_##witness_,               \
		.text = IN_##text_, .html = IN_##html_, .passes = PASSES_##passes_,      \
	},
#include "judge/evidence.def"
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

bool finding_excused_by(enum finding_id id, unsigned int excuses)
{
	return (catalogue[id].excuses & excuses) != 0;
}

bool finding_marked(enum finding_id id, unsigned int marks)
{
	return (catalogue[id].marks & marks) != 0;
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

const struct evidence_type *evidence_type(enum fact_id id)
{
	return &evidence[id];
}

bool evidence_by_key(const char *key, size_t len, enum fact_id *id)
{
	for (size_t i = 0; i < FACT_IDS; i++) {
		if (strncmp(evidence[i].key, key, len) == 0 && !evidence[i].key[len]) {
			*id = (enum fact_id)i;
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

uint64_t finding_hash(uint64_t hash, const struct finding *f)
{
	const char *slug = finding_type(f->id)->slug;
	const uint64_t words[] = {
		f->pfn, f->count, (uint64_t)f->severity, (uint64_t)f->node, (uint64_t)f->order,
		(uint64_t)f->cpu, f->field.found, f->field.expected,
	};

	hash = hash_bytes(hash, slug, strlen(slug));
	if (f->zone)
		hash = hash_bytes(hash, f->zone, strlen(f->zone));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		hash = hash_number(hash, words[i]);
	return hash;
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
		.cpu = -1, .state = -1,
	};
}

/* One of another kind than its row's is a mistake of the program's, not of the dump's. */
static void add_fact(struct finding *f, enum fact_id id, enum evidence_kind kind, uint64_t num,
		     const char *str)
{
	enum evidence_kind row = evidence[id].kind;

	assert(row == EV_ANY || row == kind || (row == EV_PFN && kind == EV_NUM));
	if (f->n_evidence == FINDING_EVIDENCE)
		return;
	f->evidence[f->n_evidence++] = (struct evidence){
		.id = id, .kind = row == EV_ANY ? kind : row, .num = num, .str = str,
	};
}

void finding_num(struct finding *f, enum fact_id id, uint64_t value)
{
	add_fact(f, id, EV_NUM, value, NULL);
}

void finding_int(struct finding *f, enum fact_id id, int64_t value)
{
	add_fact(f, id, EV_INT, (uint64_t)value, NULL);
}

void finding_hex(struct finding *f, enum fact_id id, uint64_t value)
{
	add_fact(f, id, EV_HEX, value, NULL);
}

void finding_str(struct finding *f, enum fact_id id, const char *value)
{
	/* NULL is "unknown", which is said by leaving the key out. */
	if (value)
		add_fact(f, id, EV_STR, 0, value);
}

const struct evidence *finding_fact(const struct finding *f, enum fact_id id)
{
	for (size_t i = 0; i < f->n_evidence; i++)
		if (f->evidence[i].id == id)
			return &f->evidence[i];
	return NULL;
}

void finding_field(struct finding *f, const char *name, enum evidence_kind kind,
		   uint64_t found, uint64_t expected)
{
	finding_field_found(f, name, kind, found);
	f->field.has_expected = true;
	f->field.expected = expected;
}

void finding_field_found(struct finding *f, const char *name, enum evidence_kind kind,
			 uint64_t found)
{
	f->field = (struct wrong_field){ .name = name, .kind = kind, .found = found };
}

void finding_field_str(struct finding *f, const char *name, const char *found,
		       const char *expected)
{
	/* What should be there says nothing without what is. */
	if (found)
		f->field = (struct wrong_field){ .name = name, .kind = EV_STR,
						 .has_expected = expected != NULL,
						 .found_str = found,
						 .expected_str = expected };
}

uint64_t finding_field_xor(const struct finding *f)
{
	const struct wrong_field *w = &f->field;

	return w->name && w->kind == EV_HEX && w->has_expected ? w->found ^ w->expected : 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool finding_same_field(const struct finding *a, const struct finding *b)
{
	const struct wrong_field *x = &a->field, *y = &b->field;

	return same_text(x->name, y->name) && x->kind == y->kind &&
	       x->has_expected == y->has_expected && x->found == y->found &&
	       x->expected == y->expected && same_text(x->found_str, y->found_str) &&
	       same_text(x->expected_str, y->expected_str);
}

static bool is_text(const struct evidence *e)
{
	return e->kind == EV_STR && e->str;
}

char *finding_own_texts(struct finding *f)
{
	size_t len = 1, used = 0;
	char *texts;

	for (size_t i = 0; i < f->n_evidence; i++)
		len += is_text(&f->evidence[i]) ? strlen(f->evidence[i].str) + 1 : 0;
	texts = malloc(len);
	for (size_t i = 0; texts && i < f->n_evidence; i++) {
		struct evidence *e = &f->evidence[i];
		size_t n = is_text(e) ? strlen(e->str) + 1 : 0;

		if (!n)
			continue;
		e->str = memcpy(texts + used, e->str, n);
		used += n;
	}
	return texts;
}
