/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/population.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/one_bit.h"

/* Stretches of memory that are compared, all of one size. */
#define BINS 256
/* Fewer pages than this that break a rule are no share of anything, or in fewer stretches. */
#define LEAST_BROKEN 24
#define LEAST_BINS 8
/* Stretches are put together until so many of their pages should break the rule, ... */
#define TELLING 4
/* ... and there must be so many of these. */
#define LEAST_TELLING 6
/*
 * Or so many pages that break it all in one bit, all over memory, and not in a column: that is the
 * same bit at one place in all rows of 8 KiB, not at so many.
 */
#define LEAST_ALIKE 128
#define LEAST_PLACES 16
/* So many empty lists of blocks that count some, where no list has any, are not lost by damage. */
#define LEAST_LISTS 8
/* Zones and CPUs beyond these count for none. */
#define MAX_ZONES 64
#define MAX_CPUS 8192

#define RESERVED_WHY \
	"a rule does not fit this kernel (model-mismatch): this one may not fit it either"

/*
 * The rules of one page's record are those of page_oddities.def, and that it is none at all. The last
 * rule is that there is none to break.
 */
enum {
#define PAGE_ODDITY(id, facts, part, field, text) RULE_##id,
#include "judge/page_oddities.def"
	RULE_GARBAGE,
	PAGE_RULES
};
#define RULE_ANY (FINDING_IDS + PAGE_RULES)
#define RULES (RULE_ANY + 1)

static const char *const page_rules[PAGE_RULES] = {
#define PAGE_ODDITY(id, facts, part, field, text) [RULE_##id] = text,
#include "judge/page_oddities.def"
};

static const struct {
	uint32_t states;
	bool with_broken;
	unsigned int percent;
	const char *text;
} populations[POPULATIONS] = {
#define S(state) (1u << PS_##state)
#define WITH_BROKEN true
#define POPULATION(id, states_, broken, percent_, text_) \
	[AMONG_##id] = { .states = states_, .with_broken = broken, .percent = percent_, .text = text_ },
#include "judge/populations.def"
#undef S
#undef WITH_BROKEN
};

_Static_assert(PAGE_STATES <= 32, "populations.def needs wider masks");

/* The state of a page is unknown, or no matter. */
#define ANY_STATE PAGE_STATES

/* One rule, of pages in one state. */
struct asked {
	uint64_t first;		/* a page that breaks it */
	uint64_t broken;
	uint64_t alike[64];	/* how many of them are wrong in this bit alone */
	uint64_t places[2];	/* where in their rows struct pages are that break it: 128 of them */
	uint32_t bins[BINS];	/* how many break it */
};

/* One that does not fit. */
struct misfit {
	uint64_t first, broken, asked;
	const char *of;
};

/* One rule that names no page. */
struct apart {
	uint64_t zones;		/* a bit for each in which it is broken */
	uint32_t orders[MAX_ZONES]; /* the same, of each order of its lists */
	size_t cpus_end;	/* it is broken on no CPU from this one on */
	size_t n_cpus;		/* that break it nearly everywhere */
	bool misfit, misfit_cpus;
};

struct held {
	struct finding f;
	char *texts;
};

struct held_findings {
	const struct kernel *k;
	finding_sink *sink;
	void *arg;
	bool again;		/* the walk can be done again */
	bool passing;		/* nothing is held any more: all is known that will be */
	bool overflow;		/* not all of it was kept */
	struct held *held;
	size_t n, room;
	uint64_t per_bin;	/* pages */
	uint64_t pages[PAGE_STATES][BINS];
	struct asked *asked[RULES][PAGE_STATES + 1]; /* NULL: none breaks it */
	struct misfit misfit[RULES];	/* .broken: 0: it fits */
	struct apart apart[FINDING_IDS];
	uint64_t corrupt[FINDING_IDS];	/* findings of each kind that are */
	unsigned int misfits;
	/* The zones' bits of each CPU. The last, as hardly any of it is ever touched. */
	uint64_t cpus[FINDING_IDS][MAX_CPUS];
};

enum pgc_status held_findings_create(const struct kernel *k, bool again, finding_sink *sink,
				     void *arg, struct held_findings **ret, struct pgc_err *err)
{
	struct held_findings *h = calloc(1, sizeof(*h));
	uint64_t all = k->n_sections * k->pages_per_section;

	if (!h)
		return pgc_err_nomem(err, "findings");
	h->k = k;
	h->again = again;
	h->sink = sink;
	h->arg = arg;
	h->per_bin = (all / BINS / POPULATION_PAGES + 1) * POPULATION_PAGES;
	if (all % (BINS * (uint64_t)POPULATION_PAGES) == 0 && all)
		h->per_bin -= POPULATION_PAGES;
	*ret = h;
	return PGC_OK;
}

static void forget(struct held_findings *h)
{
	for (size_t i = 0; i < h->n; i++)
		free(h->held[i].texts);
	h->n = 0;
}

void held_findings_destroy(struct held_findings *h)
{
	if (!h)
		return;
	forget(h);
	for (size_t i = 0; i < RULES; i++)
		for (size_t st = 0; st <= PAGE_STATES; st++)
			free(h->asked[i][st]);
	free(h->held);
	free(h);
}

/* The stretch of @pfn, and how many pages from it on are in it; BINS: there is no memory. */
static size_t bin_of(const struct held_findings *h, uint64_t pfn, uint64_t *more)
{
	const struct kernel *k = h->k;
	size_t at = bisect(i, k->n_sections,
			   k->sections[i].start_pfn + k->pages_per_section <= pfn);
	uint64_t index, left;

	*more = 1;
	if (at == k->n_sections || pfn < k->sections[at].start_pfn)
		return BINS;
	left = k->sections[at].start_pfn + k->pages_per_section - pfn;
	index = at * k->pages_per_section + (pfn - k->sections[at].start_pfn);
	*more = h->per_bin - index % h->per_bin;
	if (*more > left)
		*more = left;
	return index / h->per_bin < BINS ? (size_t)(index / h->per_bin) : BINS;
}

void held_findings_pages(struct held_findings *h, uint64_t pfn, const uint64_t states[PAGE_STATES])
{
	uint64_t more;
	size_t bin = bin_of(h, pfn, &more);

	if (h->passing || bin == BINS)
		return;
	for (size_t st = 0; st < PAGE_STATES; st++)
		if (states[st])
			__atomic_fetch_add(&h->pages[st][bin], states[st], __ATOMIC_RELAXED);
}

static size_t rule_of(const struct finding *f)
{
	const struct evidence *what = finding_fact(f, FACT_WHAT);

	if (finding_type(f->id)->part != PART_ODDITY)
		return f->id;
	for (size_t i = 0; i < RULE_GARBAGE; i++)
		if (what && !strcmp(what->str, page_rules[i]))
			return FINDING_IDS + i;
	return FINDING_IDS + RULE_GARBAGE;
}

static size_t state_of(const struct finding *f)
{
	if (f->state >= 0)
		return (size_t)f->state;
	/* A list tells of what it links. */
	return f->cpu >= 0 ? PS_PCP_HEAD : f->order >= 0 ? PS_BUDDY_HEAD : ANY_STATE;
}

static void count_rule(struct held_findings *h, size_t rule, const struct finding *f)
{
	struct asked **place = &h->asked[rule][state_of(f)], *a;
	uint64_t pfn = f->pfn, left = f->count, xor = finding_field_xor(f);

	if (!*place) {
		/* Without memory for it the rule fits. */
		*place = calloc(1, sizeof(**place));
		if (*place)
			(*place)->first = pfn;
	}
	a = *place;
	if (!a)
		return;
	a->broken += left;
	if (!f->field.bits_vary && one_bit(xor))
		a->alike[__builtin_ctzll(xor)] += left;
	a->places[pfn / 64 % 2] |= 1ULL << pfn % 64;
	while (left) {
		uint64_t n;
		size_t bin = bin_of(h, pfn, &n);

		/* A run is of one section, or ends where memory does. */
		if (bin == BINS)
			break;
		if (n > left)
			n = left;
		a->bins[bin] += (uint32_t)n;
		pfn += n;
		left -= n;
	}
}

static enum population among(size_t rule)
{
	return finding_type(rule < FINDING_IDS ? (enum finding_id)rule : FIND_PAGE_STATE)->among;
}

/* What one page's record says by itself. */
static bool is_plain(size_t rule)
{
	return among(rule) == AMONG_SAME || among(rule) == AMONG_PAGES;
}

static void count_pages(struct held_findings *h, const struct finding *f)
{
	size_t rule = rule_of(f);

	if (among(rule) != AMONG_NONE)
		count_rule(h, rule, f);
}

static void count_apart(struct held_findings *h, const struct finding *f)
{
	struct apart *a = &h->apart[f->id];

	for (size_t i = 0; i < h->k->n_zones && i < MAX_ZONES; i++) {
		if (h->k->zones[i].nid != f->node || !f->zone ||
		    strcmp(h->k->zones[i].name, f->zone) != 0)
			continue;
		if (f->cpu >= 0 && f->cpu < MAX_CPUS) {
			h->cpus[f->id][f->cpu] |= 1ULL << i;
			if ((size_t)f->cpu >= a->cpus_end)
				a->cpus_end = (size_t)f->cpu + 1;
		} else if (f->cpu < 0) {
			a->zones |= 1ULL << i;
		}
		if (f->cpu < 0 && f->order >= 0)
			a->orders[i] |= 1u << f->order % 32;
	}
}

/* What something explains, or may, is not held against the rule. */
static void count(struct held_findings *h, const struct finding *f)
{
	if (f->severity == SEV_NOTE || finding_fact(f, FACT_RESERVATION))
		return;
	h->corrupt[f->id] += f->severity == SEV_CORRUPT;
	if (f->pfn != FINDING_NO_PFN)
		count_pages(h, f);
	else
		count_apart(h, f);
}

static bool is_misfit(const struct held_findings *h, const struct finding *f)
{
	if (!h->misfits || f->severity == SEV_NOTE || finding_fact(f, FACT_RESERVATION))
		return false;
	if (f->pfn != FINDING_NO_PFN)
		return h->misfit[rule_of(f)].broken || (h->misfit[RULE_ANY].broken &&
							is_plain(rule_of(f)));
	return f->cpu >= 0 ? h->apart[f->id].misfit_cpus : h->apart[f->id].misfit;
}

static void hand_on(struct held_findings *h, const struct finding *f)
{
	struct finding copy;

	if (is_misfit(h, f))
		return;
	if (!h->misfits || f->severity != SEV_CORRUPT) {
		h->sink(h->arg, f);
		return;
	}
	copy = *f;
	copy.severity = SEV_SUSPECT;
	finding_str(&copy, FACT_RESERVATION, RESERVED_WHY);
	h->sink(h->arg, &copy);
}

static void hand_on_all(struct held_findings *h)
{
	for (size_t i = 0; i < h->n; i++)
		hand_on(h, &h->held[i].f);
	forget(h);
}

/* False: there is no room. */
static bool hold(struct held_findings *h, const struct finding *f)
{
	struct held *list, *one;

	if (h->n == POPULATION_HELD)
		return false;
	list = array_grow(h->held, &h->room, h->n, sizeof(*list));
	if (!list)
		return false;
	h->held = list;
	one = &list[h->n];
	one->f = *f;
	one->texts = finding_own_texts(&one->f);
	if (!one->texts)
		return false;
	h->n++;
	return true;
}

void held_findings_add(void *arg, const struct finding *f)
{
	struct held_findings *h = arg;

	if (!h->passing)
		count(h, f);
	/* A note is handed on in any case: it waits only for what came before it. */
	if (h->passing || (f->severity == SEV_NOTE && !h->n && !h->overflow)) {
		hand_on(h, f);
		return;
	}
	if (h->overflow || hold(h, f))
		return;
	if (h->again) {
		h->overflow = true;
		return;
	}
	hand_on_all(h);
	h->passing = true;
	hand_on(h, f);
}

/* Is the rule broken by a large share, everywhere alike? */
static bool is_even(const uint32_t broken[BINS], const uint64_t pages[BINS], unsigned int percent)
{
	uint64_t sum = 0, all = 0, alike = 0, some_pages = 0, some_broken = 0;
	size_t bins = 0, telling = 0, telling_alike = 0;

	for (size_t i = 0; i < BINS; i++) {
		all += pages[i];
		sum += broken[i] < pages[i] ? broken[i] : pages[i];
		bins += broken[i] > 0;
	}
	if (sum < LEAST_BROKEN || bins < LEAST_BINS || sum * 100 < all * percent)
		return false;
	/* A quarter of the share is as good as all of it: what counts is where there is none. */
	for (size_t i = 0; i < BINS; i++) {
		some_pages += pages[i];
		some_broken += broken[i];
		if (some_pages * sum / all < TELLING && i < BINS - 1)
			continue;
		telling += some_pages * sum / all >= TELLING;
		if (some_broken * 4 >= some_pages * sum / all) {
			telling_alike += some_pages * sum / all >= TELLING;
			alike += some_pages;
		}
		some_pages = some_broken = 0;
	}
	/* Damage may have made most of the pages, in one place: then there are none elsewhere. */
	return telling >= LEAST_TELLING && alike * 4 >= all * 3 &&
	       telling_alike * 10 >= telling * 9;
}

static size_t online_cpus(const struct kernel *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_cpus; i++)
		n += k->cpus[i].online;
	return n;
}

/* Have @zones nearly all pages of memory? */
static bool are_most(const struct kernel *k, uint64_t zones)
{
	uint64_t all = 0, pages = 0;

	for (size_t i = 0; i < k->n_zones && i < MAX_ZONES; i++) {
		uint64_t managed = k->zones[i].managed >> 8; /* it may be any number */

		all += managed;
		pages += zones >> i & 1 ? managed : 0;
	}
	return pages && pages / 3 >= all / 4;
}

/* Of a list in each order's place: of half of the orders, or it is as good as of none. */
static uint64_t zones_of(const struct held_findings *h, const struct apart *a)
{
	uint64_t zones = a->zones;

	for (size_t i = 0; i < MAX_ZONES; i++)
		if (a->orders[i] && (unsigned int)__builtin_popcount(a->orders[i]) * 2 + 1 <
					    h->k->orders)
			zones &= ~(1ULL << i);
	return zones;
}

/* Is it so of two zones at least; and if those of one node lie side by side, of two nodes? */
static bool is_everywhere(const struct kernel *k, uint64_t zones, enum finding_apart apart)
{
	bool nodes = false;
	size_t n = 0;
	int nid = -1;

	for (size_t i = 0; i < k->n_zones && i < MAX_ZONES; i++) {
		if (!k->zones[i].managed || !(zones >> i & 1))
			continue;
		nodes |= n && k->zones[i].nid != nid;
		nid = k->zones[i].nid;
		n++;
	}
	return n > 1 && are_most(k, zones) && (nodes || apart != APART_NODES);
}

static void tell(struct held_findings *h, const char *rule, const char *what, uint64_t first,
		 uint64_t broken, uint64_t all, const char *of)
{
	struct finding f;

	finding_init(&f, FIND_MODEL_MISMATCH, FINDING_NO_PFN);
	finding_str(&f, FACT_RULE, rule);
	finding_str(&f, FACT_WHAT, what);
	finding_num(&f, FACT_BROKEN, broken);
	finding_num(&f, FACT_ASKED, all);
	finding_str(&f, FACT_ASKED_OF, of);
	if (first != FINDING_NO_PFN)
		finding_num(&f, FACT_FIRST_PFN, first);
	h->sink(h->arg, &f);
}

static void add_states(const struct held_findings *h, uint32_t states, uint64_t pages[BINS])
{
	memset(pages, 0, BINS * sizeof(*pages));
	for (size_t st = 0; st < PAGE_STATES; st++)
		for (size_t i = 0; i < BINS && states >> st & 1; i++)
			pages[i] += h->pages[st][i];
}

/* Nearly every page that breaks it is wrong in one bit, the same one, wherever it lies. */
static void judge_one_bit(struct held_findings *h, size_t rule)
{
	struct misfit *m = &h->misfit[rule];
	uint64_t broken = 0, alike[64] = { 0 }, most = 0, places[2] = { 0 }, first = FINDING_NO_PFN;
	bool bins[BINS] = { false };
	size_t n_bins = 0;

	for (size_t st = 0; st <= PAGE_STATES; st++) {
		const struct asked *a = h->asked[rule][st];

		if (!a)
			continue;
		for (size_t bit = 0; bit < 64; bit++) {
			alike[bit] += a->alike[bit];
			most = alike[bit] > most ? alike[bit] : most;
		}
		broken += a->broken;
		first = a->first < first ? a->first : first;
		places[0] |= a->places[0];
		places[1] |= a->places[1];
		for (size_t i = 0; i < BINS; i++) {
			n_bins += a->bins[i] && !bins[i];
			bins[i] |= a->bins[i] > 0;
		}
	}
	if (most < LEAST_ALIKE || most * 100 < broken * 95 || n_bins < LEAST_BINS ||
	    __builtin_popcountll(places[0]) + __builtin_popcountll(places[1]) < LEAST_PLACES)
		return;
	h->misfits++;
	*m = (struct misfit){ .first = first, .broken = broken,
			      .of = populations[AMONG_PAGES].text };
	for (size_t st = 0; st < PAGE_STATES; st++)
		for (size_t i = 0; i < BINS && populations[AMONG_PAGES].states >> st & 1; i++)
			m->asked += h->pages[st][i];
}

/* Of the pages in one state, or of those of its population, whatever states these are in. */
static void judge_rule(struct held_findings *h, size_t rule, size_t st, enum population p)
{
	bool same = p == AMONG_SAME && st < PAGE_STATES && populations[p].states >> st & 1;
	const struct asked *a = h->asked[rule][st];
	struct misfit *m = &h->misfit[rule];
	uint32_t broken[BINS] = { 0 };
	uint64_t pages[BINS];

	if (p == AMONG_SAME && !same)
		p = AMONG_PAGES;
	add_states(h, same ? 1u << st : populations[p].states, pages);
	for (size_t i = same ? st : 0; i <= (same ? st : PAGE_STATES); i++)
		for (size_t bin = 0; bin < BINS && h->asked[rule][i]; bin++)
			broken[bin] += h->asked[rule][i]->bins[bin];
	if (populations[p].with_broken)
		for (size_t bin = 0; bin < BINS; bin++)
			pages[bin] += broken[bin];
	if (!is_even(broken, pages, populations[p].percent))
		return;
	h->misfits += !m->broken;
	if (!m->broken)
		m->first = a->first;
	/* All findings of the rule are left out. */
	m->broken += a->broken;
	m->of = m->of && m->of != populations[p].text ? populations[AMONG_PAGES].text :
							populations[p].text;
	if (same)
		m->of = populations[AMONG_PAGES].text;
	for (size_t bin = 0; bin < BINS; bin++)
		m->asked += pages[bin];
}

/*
 * Of a struct page that is another altogether many rules are broken, each by few. What is broken by
 * a rule that does not fit is no part of that.
 */
static void judge_any(struct held_findings *h)
{
	struct misfit *m = &h->misfit[RULE_ANY];
	uint32_t broken[BINS] = { 0 };
	uint64_t pages[BINS], first = FINDING_NO_PFN, sum = 0;

	add_states(h, populations[AMONG_PAGES].states, pages);
	for (size_t i = 0; i < RULE_ANY; i++) {
		for (size_t st = 0; st <= PAGE_STATES; st++) {
			const struct asked *a = h->asked[i][st];

			if (!a || h->misfit[i].broken || !is_plain(i))
				continue;
			for (size_t bin = 0; bin < BINS; bin++)
				broken[bin] += a->bins[bin];
			first = a->first < first ? a->first : first;
			sum += a->broken;
		}
	}
	if (!is_even(broken, pages, populations[AMONG_PAGES].percent))
		return;
	h->misfits++;
	*m = (struct misfit){ .first = first, .broken = sum, .of = populations[AMONG_PAGES].text };
	for (size_t bin = 0; bin < BINS; bin++)
		m->asked += pages[bin];
}

static void judge_rules(struct held_findings *h)
{
	for (size_t i = 0; i < RULE_ANY; i++) {
		for (size_t st = 0; st <= PAGE_STATES; st++)
			if (h->asked[i][st])
				judge_rule(h, i, st, among(i));
		if (!h->misfit[i].broken)
			judge_one_bit(h, i);
	}
	judge_any(h);
}

static void tell_rules(struct held_findings *h)
{
	for (size_t i = 0; i < RULES; i++) {
		const struct misfit *m = &h->misfit[i];

		if (!m->broken)
			continue;
		tell(h, i < FINDING_IDS ? finding_type((enum finding_id)i)->slug :
		     i == RULE_ANY ? "any finding about a page" :
				     finding_type(FIND_PAGE_STATE)->slug,
		     i < FINDING_IDS ? finding_type((enum finding_id)i)->summary :
		     i == RULE_ANY ? "the fields of struct page are not what they are taken for" :
		     i == FINDING_IDS + RULE_GARBAGE ? "none of its fields is possible" :
						       page_rules[i - FINDING_IDS],
		     m->first, m->broken, m->asked, m->of);
	}
}

static size_t count_bits(uint64_t bits)
{
	return (size_t)__builtin_popcountll(bits);
}

/*
 * Is something corrupt that is no such record? Lists that are lost have counters that differ, in as
 * many zones as there are: where pages do not show that the idea of them is wrong, these do not.
 */
static bool all_corrupt_apart(const struct held_findings *h)
{
	for (size_t i = 0; i < FINDING_IDS; i++)
		if (h->corrupt[i] && !h->apart[i].misfit && !h->apart[i].misfit_cpus)
			return false;
	return true;
}

static uint64_t pages_in(const struct held_findings *h, uint32_t states)
{
	uint64_t pages[BINS], sum = 0;

	add_states(h, states, pages);
	for (size_t i = 0; i < BINS; i++)
		sum += pages[i];
	return sum;
}

/*
 * No block at all is on a buddy list, though many count some. Where all else is a note, as on
 * PREEMPT_RT, these counts are all that says so.
 */
static bool buddies_are_elsewhere(const struct held_findings *h, enum finding_id id)
{
	const struct apart *counts = &h->apart[FIND_NR_FREE_COUNT];
	size_t lists = 0;

	if (id != FIND_NR_FREE_COUNT && id != FIND_ZONE_COUNTER)
		return false;
	for (size_t i = 0; i < MAX_ZONES; i++)
		lists += count_bits(counts->orders[i]);
	return lists >= LEAST_LISTS && !pages_in(h, 1u << PS_BUDDY_HEAD | 1u << PS_BUDDY_TAIL);
}

/*
 * No page at all is on a per-CPU list, though several of them count some: few machines have all
 * of their lists in use, and damage that empties one leaves others.
 */
static bool pcp_is_elsewhere(const struct held_findings *h, enum finding_id id)
{
	size_t sets = 0;

	if (id != FIND_PCP_COUNT)
		return false;
	for (size_t cpu = 0; cpu < h->apart[id].cpus_end; cpu++)
		sets += count_bits(h->cpus[id][cpu]);
	return sets > 1 && !pages_in(h, 1u << PS_PCP_HEAD | 1u << PS_PCP_TAIL);
}

static void judge_apart(struct held_findings *h)
{
	bool by_pages = h->misfits > 0;

	for (size_t i = 0; i < FINDING_IDS; i++) {
		enum finding_apart apart = finding_type((enum finding_id)i)->apart;
		struct apart *a = &h->apart[i];

		if (apart == APART_NONE)
			continue;
		for (size_t cpu = 0; cpu < a->cpus_end; cpu++)
			a->n_cpus += h->cpus[i][cpu] && are_most(h->k, h->cpus[i][cpu]);
		a->misfit = is_everywhere(h->k, zones_of(h, a), apart) ||
			    (a->zones && buddies_are_elsewhere(h, (enum finding_id)i));
		a->misfit_cpus = a->n_cpus > 1 && a->n_cpus * 4 >= online_cpus(h->k) * 3;
		if (!a->misfit_cpus && pcp_is_elsewhere(h, (enum finding_id)i)) {
			a->misfit_cpus = true;
			a->n_cpus = 0;
			for (size_t cpu = 0; cpu < a->cpus_end; cpu++)
				a->n_cpus += h->cpus[i][cpu] != 0;
		}
	}
	if (!by_pages && !all_corrupt_apart(h))
		for (size_t i = 0; i < FINDING_IDS; i++)
			h->apart[i].misfit = h->apart[i].misfit_cpus = false;
	for (size_t i = 0; i < FINDING_IDS; i++)
		h->misfits += h->apart[i].misfit + h->apart[i].misfit_cpus;
}

static void tell_apart(struct held_findings *h)
{
	for (size_t i = 0; i < FINDING_IDS; i++) {
		const struct finding_type *type = finding_type((enum finding_id)i);
		const struct apart *a = &h->apart[i];

		if (a->misfit)
			tell(h, type->slug, type->summary, FINDING_NO_PFN, count_bits(a->zones),
			     h->k->n_zones, "zones");
		if (a->misfit_cpus)
			tell(h, type->slug, type->summary, FINDING_NO_PFN, a->n_cpus,
			     online_cpus(h->k), "CPUs");
	}
}

bool held_findings_end(struct held_findings *h, bool whole)
{
	if (!h->passing && whole) {
		judge_rules(h);
		judge_apart(h);
	}
	h->passing = true;
	if (h->overflow && whole) {
		h->overflow = false;
		forget(h);
		return false;
	}
	hand_on_all(h);
	tell_rules(h);
	tell_apart(h);
	return true;
}

unsigned int held_findings_misfits(const struct held_findings *h)
{
	return h->misfits;
}
