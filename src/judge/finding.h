/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding - the catalogue of what can be wrong, and one instance of it
 *
 * findings.def is the single source of the slugs, severities and summaries: the judge, the
 * reports, --list-findings, --ignore, the man page and the tests all come from it.
 * Slugs are interface: never renamed, never reused. evidence.def is the same for the facts that
 * back a finding: who adds one and who reads it name its row.
 */
#ifndef PGCONS_FINDING_H
#define PGCONS_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum finding_id {
#define FINDING(id, slug, severity, part, flight, passes, marks, excuses, among, apart, \
		moved, summary)                                                      \
	FIND_##id,
#include "judge/findings.def"
#undef FINDING
	FINDING_IDS
};

enum severity { SEV_NOTE, SEV_SUSPECT, SEV_CORRUPT, SEVERITIES };

/* The witness held to be wrong. */
enum verdict {
	VERDICT_NONE,		/* not judged: the key is absent in JSON */
	VERDICT_UNKNOWN,
	VERDICT_PRIMARY,
	VERDICT_SECONDARY,
	VERDICT_BITMAPS,
	VERDICT_STRUCT_PAGE,
	VERDICT_FREE_LIST,
	VERDICT_COUNTER,
	VERDICTS
};

/* The shape of the damage. */
enum damage_class {
	CLASS_NONE,		/* not classified: the key is absent in JSON */
	CLASS_SINGLE_BIT,
	CLASS_ROW,
	CLASS_COLUMN,
	CLASS_OVERWRITE,
	CLASS_RUN,
	CLASS_ISOLATED,
	DAMAGE_CLASSES
};

/* The columns of findings.def, where they are explained. */
enum finding_part {
	PART_NONE,
	PART_BIT,
	PART_NO_REFS, PART_REFS,
	PART_FREE_FLAGS, PART_FLAGS, PART_CPUPID,
	PART_NO_TYPE, PART_TYPE, PART_TYPE_BITS,
	PART_BLOCK_ZONE, PART_OWN_ZONE,
	PART_NO_MAPPING, PART_MAPPING, PART_MEMCG,
	PART_HEAD,
	PART_WORD,
	PART_ODDITY,
	PART_ZONE, PART_SECTION, PART_TABLE, PART_LOCK,
	PARTS
};
enum finding_flight {
	FLIGHT_NONE, FLIGHT_PAIR, FLIGHT_PAGE, FLIGHT_REFERENCE, FLIGHT_OWNER, FLIGHT_LIMBO,
	FLIGHT_RUN, FLIGHT_CACHE,
};
enum population {
#define POPULATION(id, states, broken, percent, text) AMONG_##id,
#include "judge/populations.def"
	POPULATIONS
};
enum finding_apart { APART_NONE, APART_NODES, APART_ZONES };
/* The structs and enums of the kernel that rules stand on; grounds.c says which is which. */
enum finding_ground {
	GROUND_PAGE = 1 << 0,
	GROUND_ZONE = 1 << 1,
	GROUND_FREE_AREA = 1 << 2,
	GROUND_PCP = 1 << 3,
	GROUND_NODE = 1 << 4,
	GROUND_SECTION = 1 << 5,
	GROUND_FLAGS = 1 << 6,
	GROUND_TYPES = 1 << 7,
	GROUND_MIGRATETYPES = 1 << 8,
	GROUND_COUNTERS = 1 << 9,
	GROUND_ZONES = 1 << 10,
	GROUND_PAGEBLOCKS = 1 << 11,
};
enum finding_moved { MOVED_FULL, MOVED_SUSPECT, MOVED_OFF };
enum finding_passes { STAYS_SAME, STAYS_BLOCK, STAYS_COUNT, STAYS_BITS };
enum finding_mark {
	MARK_NO_OWNER = 1 << 0,
	MARK_HOLE = 1 << 1,
	MARK_LATE = 1 << 2,
	MARK_UPPER = 1 << 3,
};
enum finding_excuse {
	EXCUSE_BOOT = 1 << 0,
	EXCUSE_TIME = 1 << 1,
	EXCUSE_TIME_IN_PAGE = 1 << 2,
	EXCUSE_MEMORY = 1 << 3,
	EXCUSE_LISTS = 1 << 4,
	EXCUSE_LOCK = 1 << 5,
};

struct finding_type {
	const char *slug;
	enum severity severity;	/* unless the judge knows better for one instance */
	enum finding_part part;
	enum finding_flight flight;
	enum finding_passes passes;
	unsigned int marks;	/* enum finding_mark */
	unsigned int excuses;	/* enum finding_excuse */
	enum population among;
	enum finding_apart apart;
	enum finding_moved moved;
	unsigned int grounds;	/* enum finding_ground */
	const char *summary;	/* one line, for --list-findings */
};

/* The catalogue; static, never NULL for a valid @id. */
const struct finding_type *finding_type(enum finding_id id);
/* Does one of @excuses make a note of it? */
bool finding_excused_by(enum finding_id id, unsigned int excuses);
/* Has its kind one of @marks? */
bool finding_marked(enum finding_id id, unsigned int marks);
/* The id of a slug; false when there is none. */
bool finding_by_slug(const char *slug, enum finding_id *id);
const char *severity_name(enum severity sev);
const char *verdict_name(enum verdict v);	/* NULL for VERDICT_NONE */
const char *class_name(enum damage_class c);	/* NULL for CLASS_NONE */

/* The rows of evidence.def, where each column is explained. */
enum fact_id {
#define EVIDENCE(id, key, kind, witness, text, html, passes) FACT_##id,
#include "judge/evidence.def"
	FACT_IDS
};

enum evidence_kind {
	EV_NUM,		/* a count or order: JSON number */
	EV_PFN,		/* a page's number, hex for people: JSON number */
	EV_INT,		/* a number that may be below zero (@num as int64_t): JSON number */
	EV_HEX,		/* an address or raw word: JSON string "0x..." */
	EV_STR,		/* text, borrowed for the life of the finding: static or long-lived */
	EV_ANY,		/* of a row of the table only: each fact has its own */
};

enum evidence_witness { BY_BITMAPS, BY_PAGE, BY_LISTS, BY_VALUES, BY_KERNEL };
enum evidence_place { IN_TABLE, IN_CHAIN, IN_FACT };
enum evidence_passes { PASSES_SAME, PASSES_AROUND, PASSES_INSIDE };

struct evidence_type {
	const char *key;	/* snake_case: the key in the JSON "evidence" object */
	enum evidence_kind kind;
	enum evidence_witness witness;
	enum evidence_place text, html;
	enum evidence_passes passes;
};

/* The row of a fact; static, never NULL for a valid @id. */
const struct evidence_type *evidence_type(enum fact_id id);
/* The fact whose key is the @len letters at @key; false when there is none. */
bool evidence_by_key(const char *key, size_t len, enum fact_id *id);

/* One raw fact. */
struct evidence {
	enum fact_id id;
	enum evidence_kind kind; /* never EV_ANY */
	uint64_t num;
	const char *str;
};

/*
 * The one field that is wrong, with what stands there and what should. Raw words and addresses
 * are EV_HEX: only there an XOR says which bits. Texts (EV_STR) are static or as long-lived as
 * a zone's name.
 */
struct wrong_field {
	const char *name;	/* as in C, static: "page.refcount"; NULL: not known */
	enum evidence_kind kind;
	bool has_expected;
	bool varies;		/* of a run of pages: @found is that of the first */
	bool bits_vary;		/* the same, and other bits are wrong in others */
	uint64_t found, expected;
	const char *found_str, *expected_str;	/* of EV_STR */
};

#define FINDING_EVIDENCE 32
#define FINDING_NO_PFN UINT64_MAX

struct finding {
	enum finding_id id;
	enum severity severity;
	uint64_t pfn;		/* first page, or FINDING_NO_PFN */
	uint64_t count;		/* consecutive pages with the same finding; 1 at least */
	int node;		/* -1: unknown or not of one node */
	const char *zone;	/* name, borrowed from the kernel model; NULL: unknown */
	int order;		/* of the block or list; -1: does not apply */
	int cpu;		/* of the per-CPU list; -1: does not apply */
	int state;		/* enum page_state of the first page; -1: unknown. Not shown */
	const char *migratetype; /* of the list, borrowed; NULL: does not apply */
	enum verdict verdict;
	enum damage_class damage;
	const char *explained;	/* why it is a note, static; NULL: not explained */
	struct wrong_field field;
	size_t n_evidence;
	struct evidence evidence[FINDING_EVIDENCE];
};

/* @hash, and what was found where: the name, the place, and the wrong field. */
uint64_t finding_hash(uint64_t hash, const struct finding *f);

/* A finding with its catalogue severity and nothing else known. */
void finding_init(struct finding *f, enum finding_id id, uint64_t pfn);
/*
 * Add one fact, of the kind that its row has: a number of a page is added as a number. More than
 * FINDING_EVIDENCE are dropped.
 */
void finding_num(struct finding *f, enum fact_id id, uint64_t value);
void finding_int(struct finding *f, enum fact_id id, int64_t value);
void finding_hex(struct finding *f, enum fact_id id, uint64_t value);
void finding_str(struct finding *f, enum fact_id id, const char *value);
/* The wrong field: what was found and what should be there; the second may be unknown. */
void finding_field(struct finding *f, const char *name, enum evidence_kind kind,
		   uint64_t found, uint64_t expected);
void finding_field_found(struct finding *f, const char *name, enum evidence_kind kind,
			 uint64_t found);
/* By their names, for what has names; NULL: unknown. */
void finding_field_str(struct finding *f, const char *name, const char *found,
		       const char *expected);
/* The bits in which the wrong field differs; 0: it has none that mean something. */
uint64_t finding_field_xor(const struct finding *f);
bool finding_same_field(const struct finding *a, const struct finding *b);
/*
 * Let the texts of @f's facts be in one block of its own, which the caller frees when it is done
 * with @f. NULL: out of memory.
 */
char *finding_own_texts(struct finding *f);
/* The fact @id, or NULL. */
const struct evidence *finding_fact(const struct finding *f, enum fact_id id);

/*
 * How much of a finding about the page @pfn is wanted, asked before its evidence is put together,
 * which takes much longer than to see that there is one. May be asked by several threads at once.
 */
enum finding_want { WANT_NOTHING, WANT_NAME, WANT_ALL };
typedef enum finding_want finding_want_fn(void *arg, enum finding_id id, uint64_t pfn);

/* Where findings go. The finding is only valid during the call. */
typedef void finding_sink(void *arg, const struct finding *f);

#endif
