/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/origin.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/one_bit.h"
#include "judge/damage.h"

/* More wrong words than these say nothing more. */
#define MAX_WORDS 1024
/* Of a kernel address, on every architecture that is known, these bits are set. */
#define KERNEL_HALF UINT64_C(0xffff000000000000)

enum limit {
#define ORIGIN_LIMIT(id, value) LIMIT_##id = (value),
#include "judge/origin.def"
};

static const struct origin_sign_type signs[ORIGIN_SIGNS] = {
#define ORIGIN_NEITHER ORIGIN_UNDECIDED
#define ORIGIN_SIGN(id_, slug_, side_, weight_, most_, text_)                           \
	[SIGN_##id_] = { .slug = slug_, .side = ORIGIN_##side_, .weight = weight_,      \
			 .most = most_, .text = text_ },
#include "judge/origin.def"
};

struct field_type {
	const char *name;
	unsigned int bits, at;
	uint64_t alone;	/* the bits that code changes alone */
};

static const struct field_type fields[] = {
#define ORIGIN_FIELD(name_, bits_, at_, mask_)                                          \
	{ .name = name_, .bits = bits_, .at = at_, .alone = mask_ },
#include "judge/origin.def"
};

enum oddity {
#define PAGE_ODDITY(id, facts, part, field, text) ODDITY_##id,
#include "judge/page_oddities.def"
	ODDITIES
};

static const char *const oddities[ODDITIES] = {
#define PAGE_ODDITY(id, facts, part, field, text) text,
#include "judge/page_oddities.def"
};

static const struct {
	enum oddity oddity;
	enum origin_sign sign;
} oddity_signs[] = {
#define ORIGIN_ODDITY(oddity_, sign_) { ODDITY_##oddity_, SIGN_##sign_ },
#include "judge/origin.def"
};

static const enum origin_sign complaint_signs[COMPLAINTS] = {
#define ORIGIN_COMPLAINT(complaint_, sign_) [COMPLAINT_##complaint_] = SIGN_##sign_,
#include "judge/origin.def"
};

static const struct {
	unsigned int score, confidence;
} steps[] = {
#define ORIGIN_STEP(score_, confidence_) { score_, confidence_ },
#include "judge/origin.def"
};

/* What stands in freed memory: list poison, SLUB's, page_poison's, KASAN's fill, stack canaries. */
static const uint64_t poisons[] = {
	0xdead000000000100, 0xdead000000000122, 0xdead000000000200, 0x100, 0x122, 0x200,
	0x6b6b6b6b6b6b6b6b, 0x5a5a5a5a5a5a5a5a, 0xa5a5a5a5a5a5a5a5, 0xbbbbbbbbbbbbbbbb,
	0xcccccccccccccccc, 0xaaaaaaaaaaaaaaaa, 0xfefefefefefefefe, 0xdead4ead,
};

/* A word that is wrong. */
struct word {
	const char *field;
	const struct field_type *type;
	uint64_t place;		/* its address, or that of its record; 0: unknown */
	uint64_t wrong;		/* bits; 0: what should be there is unknown */
	uint64_t found;
	enum origin_sign sign;
};

struct origin_case {
	uint64_t findings;
	uint64_t times[ORIGIN_SIGNS];	/* of what is not about one word */
	size_t n;
	struct word words[MAX_WORDS];
};

enum pgc_status origin_create(struct origin_case **ret, struct pgc_err *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? PGC_OK : pgc_err_nomem(err, "what may have caused it");
}

void origin_destroy(struct origin_case *c)
{
	free(c);
}

const struct origin_sign_type *origin_sign_type(enum origin_sign sign)
{
	return &signs[sign];
}

unsigned int origin_sign_weight(enum origin_sign sign, uint64_t times)
{
	const struct origin_sign_type *s = &signs[sign];

	return s->weight * (unsigned int)(times < s->most ? times : s->most);
}

const char *origin_name(enum origin o)
{
	static const char *const names[ORIGINS] = {
		[ORIGIN_UNDECIDED] = "undecided",
		[ORIGIN_HARDWARE] = "hardware",
		[ORIGIN_SOFTWARE] = "software",
	};

	return names[o];
}

static const struct field_type *field_type(const char *name)
{
	const struct field_type *t = fields;

	while (strncmp(name, t->name, strlen(t->name)) != 0)
		t++;	/* the last row fits all */
	return t;
}

static uint64_t low_bits(unsigned int n)
{
	return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

static bool is_poison(uint64_t value)
{
	for (size_t i = 0; i < ARRAY_SIZE(poisons); i++)
		if (value == poisons[i])
			return true;
	return false;
}

/* As many bytes as it has, four at least, are letters, or one byte. */
static bool is_text(uint64_t value, unsigned int bits)
{
	size_t size = value >> 32 ? bits / 8 : LIMIT_TEXT_BYTES;
	uint64_t le = htole64(value);
	const char *like;
	uint8_t bytes[8];

	memcpy(bytes, &le, sizeof(bytes));
	like = damage_looks_like(bytes, size);
	return like && (!strcmp(like, "text") || !strcmp(like, "a repeated byte"));
}

/* A value of a field that is an address. */
static bool is_address(uint64_t value)
{
	return (value & KERNEL_HALF) == KERNEL_HALF;
}

/* All ones stand for no type, and for a page that is not mapped. */
static bool is_type(const struct field_type *t)
{
	return !strcmp(t->name, "page.page_type");
}

static bool is_count(const struct finding *f, const struct field_type *t)
{
	return f->field.kind == EV_INT ||
	       (is_type(t) && f->field.expected == low_bits(t->bits));
}

/* @a - @b as a number of the field's size is small. */
static bool is_near(uint64_t a, uint64_t b, unsigned int bits)
{
	uint64_t off = (a - b) & low_bits(bits), back = (b - a) & low_bits(bits);

	return off <= LIMIT_SMALL_OFF || back <= LIMIT_SMALL_OFF;
}

/* Another page is a power of two away as often as not; but this link is no page's. */
static bool leads_astray(const struct finding *f, uint64_t wrong)
{
	return !finding_fact(f, FACT_LEADS_TO_PFN) && wrong >= LIMIT_FLAG_BITS;
}

/* Few bits differ, as flips do it. */
static enum origin_sign sign_of_bit(const struct finding *f, const struct field_type *t,
				    uint64_t wrong)
{
	uint64_t expected = f->field.expected & low_bits(t->bits);

	if (wrong & t->alone && !(finding_fact(f, FACT_LINK) && leads_astray(f, wrong)))
		return SIGN_COMMON_BIT;
	/* One more or less, in the upper half: an aligned count of 32 bits, wherever that was meant. */
	if (t->bits == 64 && wrong == UINT64_C(1) << 32)
		return SIGN_COMMON_BIT;
	/* A word that is all one value says little of who changed it, a byte of 0 or 1 nothing. */
	if (!expected && f->field.kind != EV_STR && !strstr(t->name, "bit"))
		return __builtin_ctzll(wrong) % 8 ? SIGN_BARE_BIT : SIGN_COMMON_BIT;
	return SIGN_LONE_BIT;
}

/* A word of which is known what should be there. */
static enum origin_sign sign_of_known(const struct finding *f, const struct field_type *t,
				      uint64_t wrong)
{
	uint64_t found = f->field.found & low_bits(t->bits);

	if (is_count(f, t) && is_near(f->field.found, f->field.expected, t->bits))
		return SIGN_ONE_OFF;
	/* What has a type may have another, or a mapping: what it had is not known. */
	if (is_type(t) && is_near(found, low_bits(t->bits), t->bits))
		return found == low_bits(t->bits) ? SIGN_OTHER_TYPE : SIGN_ONE_OFF;
	if (one_bit(wrong))
		return sign_of_bit(f, t, wrong);
	/* A mapping was dropped that a page with a type has not. */
	if (is_type(t) && found == ((f->field.expected - 1) & low_bits(t->bits)))
		return SIGN_ONE_OFF;
	if (is_poison(found))
		return SIGN_POISON;
	if (!found && is_address(f->field.expected))
		return SIGN_NULL_WORD;
	if (finding_fact(f, FACT_LEADS_TO_PFN) ||
	    (is_address(found) && is_address(f->field.expected)))
		return SIGN_STALE_POINTER;
	if (is_text(found, t->bits))
		return SIGN_TEXT;
	if (!(wrong & ~t->alone) && !is_type(t))
		return SIGN_LOW_BITS;
	if (__builtin_popcountll(wrong) == 2)
		return SIGN_TWO_BITS;
	return is_type(t) ? SIGN_UNCLEAR : SIGN_WRITTEN;
}

static uint64_t fact_num(const struct finding *f, enum fact_id id)
{
	const struct evidence *e = finding_fact(f, id);

	return e && e->kind != EV_STR ? e->num : 0;
}

static bool is_link(const char *field)
{
	return !strncmp(field, "page.lru.", strlen("page.lru.")) ||
	       !strncmp(field, "list_head.", strlen("list_head."));
}

/* In more bits than memory fails at once it differs from all that is near @kaddr. */
static bool is_far(uint64_t found, uint64_t kaddr)
{
	return kaddr && __builtin_popcountll((found ^ kaddr) & ~low_bits(LIMIT_NEAR_BITS)) >
				LIMIT_FLIPPED;
}

/* A word of which is only known that it cannot be. */
static enum origin_sign sign_of_found(const struct finding *f, const struct field_type *t)
{
	uint64_t found = f->field.found & low_bits(t->bits);
	uint64_t bent = ~found & KERNEL_HALF;
	uint64_t low = low_bits(16);

	if (is_poison(found))
		return SIGN_POISON;
	if (t->bits == 64 && one_bit(bent))
		return SIGN_BENT_ADDRESS;
	/* The bit of a type may be cleared as well. */
	if (is_type(t) && one_bit(~found & low_bits(t->bits) & ~t->alone) &&
	    __builtin_popcountll(~found & low_bits(t->bits)) <= 2)
		return SIGN_LONE_BIT;
	/* What it should be is not known, but it is an address or 0. */
	if (f->field.kind == EV_HEX && t->bits == 64 && one_bit(found))
		return sign_of_bit(f, t, found);
	if (is_count(f, t)) {
		if (!found)
			return SIGN_NO_REFERENCE;
		if ((int64_t)f->field.found < 0 &&
		    (int64_t)f->field.found >= -(int64_t)LIMIT_SMALL_COUNT)
			return SIGN_BELOW_ZERO;
		if (one_bit(found & ~low) && (found & low) <= LIMIT_SMALL_COUNT)
			return SIGN_HIGH_BIT;
	}
	if (is_text(found, t->bits))
		return SIGN_TEXT;
	if (f->id == FIND_SLAB_FREELIST && is_far(found, fact_num(f, FACT_FIELD_KADDR)))
		return SIGN_WRITTEN;
	if (is_link(f->field.name) && !found)
		return SIGN_NULL_WORD;
	if (is_link(f->field.name) && is_address(found) && !(found & LIMIT_ALIGNED))
		return SIGN_STRAY_LINK;
	return SIGN_UNCLEAR;
}

/* Where the word, or its record, is. */
static uint64_t place_of(const struct finding *f)
{
	static const enum fact_id places[] = {
		FACT_LINK_KADDR, FACT_FIELD_KADDR, FACT_PAGE, FACT_ENTRY_PADDR,
	};

	if (f->verdict == VERDICT_PRIMARY)
		return fact_num(f, FACT_PRIMARY_WORD_KADDR);
	if (f->verdict == VERDICT_SECONDARY)
		return fact_num(f, FACT_SECONDARY_WORD_KADDR);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (fact_num(f, places[i]))
			return fact_num(f, places[i]);
	return 0;
}

/* Two findings may be about the same word. */
static void add_word(struct origin_case *c, const struct word *w)
{
	if (c->n == MAX_WORDS)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (c->words[i].place == w->place && !strcmp(c->words[i].field, w->field))
			return;
	c->words[c->n++] = *w;
}

/* Does what overwrote it look like something that code had in hand? */
static bool has_pattern(const struct finding *f)
{
	const struct evidence *like = finding_fact(f, FACT_LOOKS_LIKE);

	return like && strcmp(like->str, "zeros") != 0 && strcmp(like->str, "ones") != 0;
}

bool origin_may_be_flips(uint64_t wrong)
{
	return wrong && __builtin_popcountll(wrong) <= LIMIT_FLIPPED;
}

/* Is the byte of @word that has the one bit of @wrong all zeros or all ones? */
static bool is_bare_byte(uint64_t word, uint64_t wrong)
{
	uint64_t byte = word >> (__builtin_ctzll(wrong) & ~7) & 0xff;

	return byte == 0 || byte == 0xff;
}

/*
 * One bit of a map. Runs of equal bits are long in the maps: in a byte with one odd bit memory changes
 * any of eight bits, but a write of zeros, or of ones, that very one.
 */
static enum origin_sign sign_of_map_bit(const struct finding *f, uint64_t wrong)
{
	enum fact_id wrong_one = f->verdict == VERDICT_PRIMARY ? FACT_PRIMARY_WORD : FACT_SECONDARY_WORD;

	return (f->verdict == VERDICT_PRIMARY || f->verdict == VERDICT_SECONDARY) &&
			       is_bare_byte(fact_num(f, wrong_one), wrong) ?
		       SIGN_BARE_BYTE : SIGN_LONE_BIT;
}

/* The maps are each other's complement: where they are not, bits are wrong. */
static void add_pair(struct origin_case *c, const struct finding *f)
{
	const struct evidence *primary = finding_fact(f, FACT_PRIMARY_WORD);
	const struct evidence *secondary = finding_fact(f, FACT_SECONDARY_WORD);
	struct word w = { .field = "primary bit", .place = fact_num(f, FACT_PRIMARY_WORD_KADDR) };

	w.type = field_type(w.field);
	if (f->damage == CLASS_OVERWRITE) {
		c->times[has_pattern(f) ? SIGN_PATTERN : SIGN_GARBLED]++;
		return;
	}
	if (!primary || !secondary) {
		c->times[SIGN_UNCLEAR]++;
		return;
	}
	w.wrong = ~(primary->num ^ secondary->num);
	w.sign = one_bit(w.wrong) ? sign_of_map_bit(f, w.wrong) :
		 __builtin_popcountll(w.wrong) == 2 ? SIGN_TWO_BITS : SIGN_WRITTEN;
	add_word(c, &w);
}

/* Zone and node of a page, which are named in place of their bits. */
static uint64_t zone_bits(const struct finding *f)
{
	const struct evidence *node = finding_fact(f, FACT_FOUND_NODE);
	const struct evidence *zone = finding_fact(f, FACT_FOUND_ZONE);
	const struct evidence *right_node = finding_fact(f, FACT_EXPECTED_NODE);
	const struct evidence *right_zone = finding_fact(f, FACT_EXPECTED_ZONE);

	if (fact_num(f, FACT_XOR))
		return fact_num(f, FACT_XOR);
	if (f->verdict != VERDICT_STRUCT_PAGE || !node || !zone || !right_node || !right_zone)
		return 0;
	return (node->num ^ right_node->num) << 32 | (zone->num ^ right_zone->num);
}

/* A zone that exists may be another page's, copied. Zone and node never change. */
static enum origin_sign sign_of_zone(const struct finding *f, uint64_t wrong)
{
	bool exists = f->field.kind == EV_STR || (f->field.found ^ f->field.expected) <= 1;

	if (!one_bit(wrong))
		return __builtin_popcountll(wrong) > 2 ? SIGN_WRITTEN : SIGN_UNCLEAR;
	return exists ? SIGN_COMMON_BIT : SIGN_LONE_BIT;
}

static uint64_t wrong_bits(const struct finding *f, const struct field_type *t)
{
	if (!strncmp(f->field.name, "page.flags.", strlen("page.flags.")))
		return zone_bits(f);
	if (!f->field.has_expected || f->field.kind == EV_STR)
		return 0;
	return (f->field.found ^ f->field.expected) & low_bits(t->bits);
}

/* What is wrong with a page may say it by itself. */
static bool sign_of_oddity(const struct finding *f, enum origin_sign *ret)
{
	const struct evidence *what = finding_fact(f, FACT_WHAT);

	if (!what || what->kind != EV_STR)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(oddity_signs); i++) {
		if (strcmp(what->str, oddities[oddity_signs[i].oddity]) != 0)
			continue;
		*ret = oddity_signs[i].sign;
		return true;
	}
	return false;
}

/*
 * Of the kernel's code. No stray write gets there by way of page tables, so that which code changes
 * what is no question.
 */
static void add_text(struct origin_case *c, const struct finding *f)
{
	struct word w = { .field = f->field.name, .type = field_type(f->field.name),
			  .place = place_of(f), .found = f->field.found };

	if (f->damage != CLASS_SINGLE_BIT) {
		c->times[has_pattern(f) ? SIGN_PATTERN : SIGN_TEXT_WRITTEN]++;
		return;
	}
	w.wrong = wrong_bits(f, w.type);
	w.sign = SIGN_TEXT_BIT;
	add_word(c, &w);
}

static void add_field(struct origin_case *c, const struct finding *f)
{
	struct word w = { .field = f->field.name, .type = field_type(f->field.name),
			  .place = place_of(f), .found = f->field.found };

	w.wrong = wrong_bits(f, w.type);
	if (!strncmp(w.field, "page.flags.", strlen("page.flags.")))
		w.sign = sign_of_zone(f, w.wrong);
	else if (w.wrong)
		w.sign = sign_of_known(f, w.type, w.wrong);
	else
		w.sign = f->field.kind == EV_STR ? SIGN_UNCLEAR : sign_of_found(f, w.type);
	(void)sign_of_oddity(f, &w.sign);
	add_word(c, &w);
	/* Of a page's own record; one entry of a table is of many pages. */
	if (f->count >= LIMIT_RUN_RECORDS && finding_fact(f, FACT_PAGE))
		c->times[SIGN_SAME_CHANGE]++;
}

/* A record of which nothing is left. */
static void add_overwritten(struct origin_case *c, const struct finding *f)
{
	bool blank = f->id == FIND_PAGE_BLANK || finding_fact(f, FACT_LOOKS_LIKE);

	if (has_pattern(f))
		c->times[SIGN_PATTERN]++;
	else if (blank && f->count < LIMIT_RUN_RECORDS)
		c->times[SIGN_ZEROED]++;
	else
		c->times[SIGN_OVERWRITTEN]++;
}

void origin_add(struct origin_case *c, const struct finding *f)
{
	enum origin_sign sign;

	if (f->severity == SEV_NOTE)
		return;
	c->findings++;
	if (f->id == FIND_MODEL_MISMATCH)
		c->times[SIGN_OTHER_MODEL]++;
	else if (f->id == FIND_TEXT_CHANGED && f->field.name)
		add_text(c, f);
	else if (f->id == FIND_BLOCKS_OVERLAP || f->id == FIND_LISTED_TWICE)
		c->times[SIGN_TWO_HOLDERS]++;
	else if (f->id == FIND_COMPLEMENT_BROKEN)
		add_pair(c, f);
	else if (f->id == FIND_FREE_IN_USE || f->id == FIND_ALLOCATED_ON_FREE_LIST)
		c->times[f->verdict == VERDICT_BITMAPS ? SIGN_MAPS_AGREE : SIGN_UNCLEAR]++;
	else if (f->damage == CLASS_OVERWRITE)
		add_overwritten(c, f);
	else if (f->field.name)
		add_field(c, f);
	else
		c->times[sign_of_oddity(f, &sign) ? sign : SIGN_UNCLEAR]++;
}

static bool is_flip(const struct word *w)
{
	return one_bit(w->wrong) && signs[w->sign].side != ORIGIN_SOFTWARE;
}

/* Right beside it is a word that is wrong in more bits than fail at once: it is part of what wrote that. */
static bool is_in_overwrite(const struct origin_case *c, const struct word *w)
{
	for (size_t i = 0; w->place && i < c->n; i++) {
		uint64_t place = c->words[i].place;
		uint64_t off = place < w->place ? w->place - place : place - w->place;

		if (place && off && off < LIMIT_BESIDE &&
		    __builtin_popcountll(c->words[i].wrong) > LIMIT_FLIPPED)
			return true;
	}
	return false;
}

static int by_place(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

/* Are there so many different flips within the bytes of one bank? @words by place. */
static bool has_many_bits(const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t different = 1;

		for (size_t j = i + 1; j < n && words[j].place - words[i].place < LIMIT_NEAR_BYTES; j++)
			different += words[j].type != words[i].type || words[j].wrong != words[i].wrong;
		if (words[i].place && different >= LIMIT_FEW_WORDS)
			return true;
	}
	return false;
}

/* What several flips say together. */
static void add_flips(const struct origin_case *c, struct origin_verdict *v)
{
	struct word flips[MAX_WORDS];
	size_t lines[64] = { 0 }, n = 0, most = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct word *w = &c->words[i];

		if (!is_flip(w) || is_in_overwrite(c, w))
			continue;
		flips[n++] = *w;
		if (w->sign != SIGN_COMMON_BIT)
			lines[(w->type->at + (unsigned int)__builtin_ctzll(w->wrong)) % 64]++;
	}
	if (!n)
		return;
	qsort(flips, n, sizeof(flips[0]), by_place);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		most = lines[i] > most ? lines[i] : most;
	v->times[SIGN_MANY_BITS] = has_many_bits(flips, n);
	v->times[SIGN_SAME_LINE] = most >= LIMIT_FEW_WORDS;
}

/*
 * The same change of a field that code changes so, in several records: a loop of code; or, where
 * they are whole rows of memory cells apart, a column of cells, all of them in one bit.
 */
static bool has_same_change(const struct origin_case *c, enum origin_sign *ret)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct word *w = &c->words[i];
		size_t same = 0, rows = 0;

		if (!w->wrong || signs[w->sign].side == ORIGIN_HARDWARE)
			continue;
		for (size_t j = i; j < c->n; j++) {
			if (c->words[j].type != w->type || c->words[j].wrong != w->wrong)
				continue;
			same++;
			rows += (c->words[j].place - w->place) % DAMAGE_ROW_BYTES == 0;
		}
		if (same < LIMIT_FEW_WORDS)
			continue;
		*ret = rows == same && one_bit(w->wrong) ? SIGN_COLUMN : SIGN_SAME_CHANGE;
		return true;
	}
	return false;
}

/* Do two links, one from either side, point to a page that points back at neither? */
static bool has_lost_node(const struct origin_case *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct word *a = &c->words[i];

		if (a->sign != SIGN_STRAY_LINK)
			continue;
		for (size_t j = i + 1; j < c->n; j++)
			if (c->words[j].sign == SIGN_STRAY_LINK && c->words[j].found == a->found &&
			    strcmp(c->words[j].field, a->field) != 0)
				return true;
	}
	return false;
}

static unsigned int confidence_of(unsigned int score)
{
	unsigned int confidence = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps) && steps[i].score <= score; i++)
		confidence = steps[i].confidence;
	return confidence;
}

const char *origin_sign_line(enum origin_sign sign, const struct complaints *said, bool *by_memory)
{
	for (size_t i = 0; i < COMPLAINTS; i++) {
		if (complaint_signs[i] != sign)
			continue;
		*by_memory = said->by_memory[i];
		return said->first[i][0] ? said->first[i] : NULL;
	}
	return NULL;
}

static void add_past(const struct origin_past *past, struct origin_verdict *v)
{
	v->times[SIGN_AGAIN] = past->again;
	v->times[SIGN_HARDWARE_BEFORE] = past->hardware_before;
	/* Two may be chance. */
	if (past->elsewhere >= LIMIT_OTHER_MACHINES)
		v->times[SIGN_ELSEWHERE] = past->elsewhere;
}

bool origin_judge(const struct origin_case *c, const struct complaints *said,
		  const struct origin_past *past, struct origin_verdict *ret)
{
	unsigned int hardware = 0, software = 0;
	enum origin_sign together;

	*ret = (struct origin_verdict){ .origin = ORIGIN_UNDECIDED };
	if (!c->findings)
		return false;
	memcpy(ret->times, c->times, sizeof(ret->times));
	for (size_t i = 0; i < c->n; i++)
		if (!is_flip(&c->words[i]) || !is_in_overwrite(c, &c->words[i]))
			ret->times[c->words[i].sign]++;
	for (size_t i = 0; said && i < COMPLAINTS; i++)
		ret->times[complaint_signs[i]] += said->times[i];
	if (past)
		add_past(past, ret);
	add_flips(c, ret);
	if (has_same_change(c, &together))
		ret->times[together]++;
	ret->times[SIGN_LOST_NODE] = has_lost_node(c);
	for (size_t i = 0; i < ORIGIN_SIGNS; i++) {
		unsigned int weight = origin_sign_weight((enum origin_sign)i, ret->times[i]);

		hardware += signs[i].side == ORIGIN_HARDWARE ? weight : 0;
		software += signs[i].side == ORIGIN_SOFTWARE ? weight : 0;
	}
	if (ret->times[SIGN_OTHER_MODEL])
		return true;
	if (hardware >= software + LIMIT_HARDWARE_FROM) {
		ret->origin = ORIGIN_HARDWARE;
		ret->confidence = confidence_of(hardware - software);
	} else if (software >= hardware + LIMIT_SOFTWARE_FROM) {
		ret->origin = ORIGIN_SOFTWARE;
		ret->confidence = confidence_of(software - hardware);
	}
	return true;
}
