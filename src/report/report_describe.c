/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/checked.h"
#include "report/report_priv.h"

/*
 * Sentences by finding. {name} is a word of words[] or the value of the evidence called so.
 * What stands in [brackets] goes when one of its names is unknown; where an alternative
 * lacks a name outside brackets the next one, after '|', is taken. Last comes the summary
 * of the catalogue. The wrong field is put behind a sentence that has no {wrong}.
 */
static const char *const sentences[FINDING_IDS] = {
	[FIND_ALLOC_TAG] =
		"the allocation tag of {page} is {wrong}[ ({alloc_site})]: {what}|"
		"{counter} of the allocation tag {alloc_site} is {wrong}, but pages in use have {right}",
	[FIND_ALLOCATED_NO_MEMORY] =
		"{page} {is} allocated according to the bitmap, but there is no memory there",
	[FIND_ALLOCATED_ON_FREE_LIST] =
		"{page} {is} allocated according to the bitmap, but also on {list}",
	[FIND_BITMAP_PADDING] =
		"padding bits past the end of the {map} bitmap were modified: {wrong}, should "
		"be {right}[ (xor {xor})]",
	[FIND_BLOCK_MISPLACED] =
		"{block} {is} not aligned to {its} order: {past_boundary} pages past a "
		"boundary|"
		"{block} {lies} outside {its} zone (pages {zone_first_pfn} up to "
		"{zone_end_pfn}) or outside memory",
	[FIND_BLOCKS_OVERLAP] =
		"{page} {is} in two listed free blocks: of order {order} at {block_pfn} and of "
		"order {other_order} at {other_block_pfn}|"
		"{page} {is} in two listed free blocks: of order {order} at {block_pfn} and at "
		"{other_block_pfn}|"
		"{page} {is} in two listed free blocks, one of them of order {order} at "
		"{block_pfn}|"
		"{block} overlaps another listed block",
	[FIND_BUDDIES_UNMERGED] =
		"{block} and its buddy at {buddy_pfn} are both free and should have been "
		"merged|"
		"{block} and its buddy are both free and should have been merged",
	[FIND_BUDDY_NOT_LISTED] =
		"{page} {has} the buddy type, but {is} on no free list of the zone",
	[FIND_CACHE_COUNT] =
		"{file_system}[ ({device})][, inode {inode}]: {field} is {wrong}; should be {right}: {what}",
	[FIND_CACHE_ENTRY] =
		"{file_system}[ ({device})][, inode {inode}], index {index}: {field}[ at {field_kaddr}] is "
		"{wrong}[; should be {right}][ (xor {xor})]: {what}",
	[FIND_CACHE_NODE] =
		"{file_system}[ ({device})][, inode {inode}], index {index}: {field}[ of slot {slot}] is "
		"{wrong}[; should be {right}][ (xor {xor})]: {what}",
	[FIND_CACHE_PAGE] =
		"{page}, {file_system}[ ({device})][, inode {inode}], index {index}: {field} is "
		"{wrong}[; should be {right}][ (xor {xor})]: {what}|"
		"{page}, {file_system}[ ({device})][, inode {inode}], index {index}: {what}",
	[FIND_CACHE_TAG] =
		"{page}, {file_system}[ ({device})][, inode {inode}], index {index}: {field} is "
		"{wrong}; should be {right}: {what}",
	[FIND_CHECKER_STATE] = "the checker's own state is inconsistent: {what}[ ({map} bitmap)]",
	[FIND_CMA_BITMAP] =
		"{page} {is} free, but allocated according to the bitmap of CMA area {area}",
	[FIND_CMA_COUNTER] =
		"{counter}[ of CMA area {area}] is {wrong}, but must be {right}",
	[FIND_COMPLEMENT_BROKEN] =
		"the checker's two bits of {page} contradict each other[: both are {both}]"
		"[; the {map_bit} is wrong]",
	[FIND_COMPOUND_BROKEN] =
		"{page} {is} a tail of a compound page, but {its} head pointer is invalid",
	[FIND_DAMAGED_DUMP] =
		"the dump is damaged: {page} cannot be read in full (this says nothing "
		"about the kernel)",
	[FIND_FREE_IN_USE] =
		"{page} {is} free according to the bitmap, but in use[ (reference count "
		"{refcount})]",
	[FIND_HUGETLB_COUNTER] =
		"{counter} of {list} is {wrong}, but must be {right}|"
		"{counter} of {list} is {wrong}, which is more than there are",
	[FIND_HUGETLB_LINKAGE] =
		"the {link} pointer of {member} is {wrong}; should be {right}[ (xor {xor})]|"
		"the {link} pointer of {member} is {wrong}, where nothing leads back to it",
	[FIND_HUGETLB_LISTED] =
		"{page} {is} on {list}, but {what}[: {field} is {wrong}, should be {right}]",
	[FIND_LIMBO_EXCESS] = "{page} {is} free (refcount 0), but on no list",
	[FIND_LIST_BAD_POINTER] =
		"the {link} pointer of {member} is {wrong}; should be {right}[ (xor {xor})]|"
		"the {link} pointer of {member} is {wrong}, which is not a node of a list",
	[FIND_LIST_CYCLE] =
		"the {link} pointer of {member} loops back to {wrong}, not to the head of the "
		"list[; should be {right}]",
	[FIND_LIST_LINKAGE] =
		"the {link} pointer of {member} is {wrong}; should be {right}[ (xor {xor})]",
	[FIND_LISTED_FLAGS] =
		"{page} {is} on {list} with flags that no free page may have[: {flag_names}]",
	[FIND_LISTED_MAPCOUNT] =
		"{page} {is} on {list}, but page_type is {wrong}; expected {right}[ ({one_bit})]|"
		"{page} {is} on {list} with a mapcount or page type",
	[FIND_LISTED_MAPPING] = "{page} {is} on {list} with a mapping or memory cgroup",
	[FIND_LISTED_NOT_BUDDY] = "{page} {is} on {list} without the buddy page type",
	[FIND_LISTED_REFCOUNT] = "{page} {is} on {list} with a reference count",
	[FIND_LISTED_TWICE] = "{page} {is} listed twice, the second time on {list}",
	[FIND_LISTED_WRONG_ZONE] =
		"{page} {is} on {list}, but {its} flags name another zone or node than the "
		"list's",
	[FIND_LOCK_HELD] =
		"the {lock} of {zone} was held when the dump was taken: one half-done "
		"operation is expected there",
	[FIND_LOCK_IMPOSSIBLE] =
		"{field} of CPU {cpu} in {zone} is {wrong}: {what}|"
		"{field} of {zone} is {wrong}: {what}",
	[FIND_LRU_LINKAGE] =
		"the {link} pointer of {member} is {wrong}; should be {right}[ (xor {xor})]|"
		"the {link} pointer of {member} is {wrong}, where nothing leads back to it|"
		"{page} {is} marked as on an LRU list, but {is} on none: {what}",
	[FIND_MODEL_MISMATCH] =
		"this kernel differs from those that are known: {rule} would be reported for {broken} of "
		"{asked} {asked_of}, everywhere alike, and is not reported ({what})",
	[FIND_MAPCOUNT_RECOUNT] =
		"{page}: {field} counts {wrong} mappings, page tables have {right}, one at {vaddr} in "
		"process {pid} ({comm})|"
		"{page}: {field} counts {wrong} mappings, page tables have {right}[, one at {vaddr}]",
	[FIND_MM_COUNTER] =
		"{field} of process {pid} ({comm}) is {wrong}, but its page tables have {right}|"
		"{field} of the address space {mm} is {wrong}, but its page tables have {right}",
	[FIND_NR_FREE_COUNT] =
		"nr_free of order {order} in {zone} is {wrong}, but the lists hold {right} "
		"blocks",
	[FIND_ORDER_MISMATCH] =
		"{page} {is} on {list}, but the order stored there is {wrong}|"
		"{page} {is} on {list}, but the order stored there is another",
	[FIND_OWNER_CONFLICT] =
		"{page} {is} in use for {area}[ at {field_kaddr}], but {what}",
	[FIND_OWNER_DISAGREES] =
		"the primary bit of {page} is {primary_bit}, but page_owner says the opposite",
	[FIND_PAGE_BLANK] =
		"{page} {has} nothing but {looks_like} for a struct page, but there is memory",
	[FIND_PAGE_MISPLACED] =
		"{page} {is} marked as node {found_node}, zone {found_zone}, but its pfn "
		"belongs to node {expected_node}, zone {expected_zone}|"
		"{page} {is} marked as node {found_node}, zone {found_zone}, which does not "
		"span its pfn",
	[FIND_PAGE_STATE] =
		"{page} {has} an overwritten struct page: {looks_like}|"
		"{page} {has} an invalid struct page: {what}",
	[FIND_PAGE_TABLE_ENTRY] =
		"the page table entry for {maps_kaddr} in {region} ({field} {table_index}, phys "
		"{entry_paddr}) is {wrong}[; should be {right}][ (xor {xor})]: {what}",
	[FIND_PCP_COUNT] =
		"the page set of CPU {cpu} in {zone} counts {wrong} pages, but its lists hold "
		"{right}",
	[FIND_PCP_IS_BUDDY] = "{page} {is} on {list}, but {has} the buddy page type",
	[FIND_REFCOUNT_IMPOSSIBLE] =
		"{page} {has} an impossible reference count[: {wrong}]",
	[FIND_SECTION_RECORD] =
		"the section of {page}: {field} is {wrong}[; should be {right}][ (xor {xor})]: {what}",
	[FIND_SLAB_COUNTER] = "{counter} of {list} is {wrong}, but must be {right}",
	[FIND_SLAB_FREELIST] =
		"the slab of cache {cache} at {page}: {field}[ in slot {slot}][ (list of CPU {cpu})] is "
		"{wrong}[; should be {right}][ (xor {xor})]: {what}|"
		"cache {cache}, CPU {cpu}: {field} is {wrong}: {what}",
	[FIND_SLAB_LINKAGE] =
		"the {link} pointer of {member} is {wrong}; should be {right}[ (xor {xor})]|"
		"the {link} pointer of {member} is {wrong}, where nothing leads back to it",
	[FIND_SLAB_LISTED] =
		"{page} {is} on {list}, but {what}[: {field} is {wrong}, should be {right}]",
	[FIND_SLAB_OBJECT] =
		"the slab of cache {cache} at {page}: {field} in slot {slot} is {wrong}; should be "
		"{right}[ (xor {xor})]: {what}",
	[FIND_TABLE_ENTRY] =
		"the page table entry of {vaddr}[ in process {pid} ({comm})], level {level}, is {wrong}"
		"[; should be {right}][ (xor {xor})]: {what}",
	[FIND_TABLE_PAGE] =
		"{page} is the page table of {vaddr}[ in process {pid} ({comm})], but {what}|"
		"{page}: {what}",
	[FIND_TEXT_CHANGED] =
		"{field} at {symbol} is {wrong}; should be {right}[ (xor {xor})][: {bytes} bytes of "
		"{looks_like}][: \"{code_found}\" in place of \"{code_expected}\"]|"
		"{field} is {wrong}; should be {right}[ (xor {xor})][: {bytes} bytes of {looks_like}]",
	[FIND_TRACKED_COUNT] =
		"{found} primary bits are set, but {expected} pages are tracked",
	[FIND_VIOLATIONS_LOGGED] =
		"the checker itself counted {found} violations before the dump[; the first in "
		"the log is about page {logged_pfn}]",
	[FIND_WRONG_MIGRATETYPE] =
		"{block} {is} on the {migratetype} list, but {its} pageblock is {wrong}|"
		"{page}: {what}",
	[FIND_ZONE_COUNTER] =
		"{counter} of {zone} is {wrong}, but the lists hold {right}",
	[FIND_ZONE_RECORD] =
		"{field} of {zone} is {wrong}[; should be {right}][ (xor {xor})]: {what}",
	[FIND_ZONE_SPAN] =
		"{zone} is not within its node: {spanned} pages from {first_pfn} on, of the "
		"node's {node_spanned} from {node_first_pfn} on|"
		"managed <= present <= spanned does not hold for {zone}[: {managed}, "
		"{present}, {spanned}]",
};

/* What is wrong with the whole of the finding in words of people: which record, which shape. */
static const char *const verdict_words[] = {
	[VERDICT_PRIMARY] = "the primary bitmap",
	[VERDICT_SECONDARY] = "the secondary bitmap",
	[VERDICT_BITMAPS] = "both bitmaps",
	[VERDICT_STRUCT_PAGE] = "the struct page",
	[VERDICT_FREE_LIST] = "the free list",
	[VERDICT_COUNTER] = "the counter",
};

static const char *const damage_words[] = {
	[CLASS_SINGLE_BIT] = "one flipped bit",
	[CLASS_ROW] = "bits of one row of memory",
	[CLASS_COLUMN] = "the same bit of many words",
	[CLASS_OVERWRITE] = "an overwrite",
	[CLASS_RUN] = "a run of pages",
	[CLASS_ISOLATED] = "scattered bits",
};

/* A zone's and a section's own record have the witness of the counters: they lie beside them. */
static const char *witness_words(const struct finding *f)
{
	static const char *const records[PARTS] = {
		[PART_ZONE] = "struct zone",
		[PART_SECTION] = "struct mem_section",
		[PART_TABLE] = "the page table entry",
		[PART_LOCK] = "the lock",
	};
	const char *record = records[finding_type(f->id)->part];

	return record ? record : verdict_words[f->verdict];
}

bool report_wrong_record(const struct finding *f, char *buf, size_t size)
{
	const char *damage = f->damage == CLASS_NONE ? NULL : damage_words[f->damage];

	if (f->verdict == VERDICT_NONE && !damage)
		return false;
	if (f->verdict == VERDICT_NONE)
		snprintf(buf, size, "Damage: %s", damage);
	else
		snprintf(buf, size, "%s%s%s%s%s",
			 f->verdict == VERDICT_UNKNOWN ? "Cannot tell which record is wrong" :
							 "Wrong record: ",
			 f->verdict == VERDICT_UNKNOWN ? "" : witness_words(f),
			 damage ? " (" : "", damage ? damage : "", damage ? ")" : "");
	return true;
}

static void field_value(const struct wrong_field *w, bool expected, char *buf, size_t size)
{
	struct evidence e = {
		.kind = w->kind,
		.num = expected ? w->expected : w->found,
		.str = expected ? w->expected_str : w->found_str,
	};

	/* One word is both: 0 and up is one less than the mappings. */
	if (w->kind == EV_HEX && strcmp(w->name, "page.page_type") == 0 && e.num < 0x80000000)
		snprintf(buf, size, "0x%" PRIx64 " (mapcount %" PRIu64 ")", e.num, e.num + 1);
	else
		report_fact(&e, buf, size);
}

size_t report_field(const struct finding *f, char *buf, size_t size)
{
	const struct wrong_field *w = &f->field;
	char found[80], expected[80] = "", xor[32] = "";

	if (!w->name) {
		buf[0] = '\0';
		return 0;
	}
	field_value(w, false, found, sizeof(found));
	if (w->has_expected)
		field_value(w, true, expected, sizeof(expected));
	/* Against nothing it would repeat the value. */
	if (finding_field_xor(f) && w->expected)
		snprintf(xor, sizeof(xor), " (xor 0x%" PRIx64 ")", finding_field_xor(f));
	return (size_t)snprintf(buf, size, "%s%s: found %s%s%s%s", w->name,
				w->varies ? " of the first" : "", found,
				w->has_expected ? ", expected " : "", expected, xor);
}

void report_fact(const struct evidence *e, char *buf, size_t size)
{
	switch (e->kind) {
	case EV_NUM:
		snprintf(buf, size, "%" PRIu64, e->num);
		break;
	case EV_INT:
		snprintf(buf, size, "%" PRId64, (int64_t)e->num);
		break;
	case EV_PFN:	/* a page is called by the same number everywhere */
	case EV_HEX:
		snprintf(buf, size, "0x%" PRIx64, e->num);
		break;
	case EV_STR:
		report_clean(buf, size, e->str, true);
		break;
	case EV_ANY:
		buf[0] = '\0';
		break;
	}
}

struct sentence {
	const struct finding *f;
	uint32_t page_size;
	char *buf;
	size_t size, len;
	bool field_said;	/* the wrong field is in it */
};

_printf_(2, 3) static void add(struct sentence *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->buf + s->len, s->size - s->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		s->len += (size_t)n < s->size - s->len ? (size_t)n : s->size - s->len - 1;
}

/* "node 1, DMA32"; false when neither is known. */
static bool add_place(struct sentence *s, const char *before, const char *zone_word)
{
	const struct finding *f = s->f;

	if (f->node < 0 && !f->zone)
		return false;
	add(s, "%s", before);
	if (f->node >= 0)
		add(s, "node %d", f->node);
	if (f->zone)
		add(s, "%s%s%s", f->node >= 0 ? ", " : "", zone_word, f->zone);
	return true;
}

static bool is_run(const struct finding *f)
{
	return f->count > 1 && f->pfn <= UINT64_MAX - f->count;
}

/* "page 0x1e403 (phys 0x1e403000, node 1, DMA32)" */
static bool add_page(struct sentence *s)
{
	const struct finding *f = s->f;
	bool open = false;
	uint64_t paddr;

	if (f->pfn == FINDING_NO_PFN)
		return false;
	if (is_run(f))
		add(s, "%" PRIu64 " pages 0x%" PRIx64 "-0x%" PRIx64, f->count, f->pfn,
		    f->pfn + f->count - 1);
	else
		add(s, "page 0x%" PRIx64, f->pfn);
	if (s->page_size > 0 && mul_ok(f->pfn, s->page_size, &paddr)) {
		add(s, " (phys 0x%" PRIx64, paddr);
		open = true;
	}
	open |= add_place(s, open ? ", " : " (", "");
	if (open)
		add(s, ")");
	return true;
}

static bool add_block(struct sentence *s)
{
	if (s->f->pfn == FINDING_NO_PFN)
		return false;
	add(s, "the free block%s ", is_run(s->f) ? "s" : "");
	if (s->f->order >= 0)
		add(s, "of order %d ", s->f->order);
	add(s, "at ");
	return add_page(s);
}

/* The place is named with the page; without one it belongs to the list. */
static bool add_list(struct sentence *s)
{
	const struct finding *f = s->f;

	if (f->id == FIND_LRU_LINKAGE)
		add(s, "an LRU list");
	else if (finding_fact(f, FACT_CACHE))
		add(s, "the partial list of slab cache %s", finding_fact(f, FACT_CACHE)->str);
	else if (f->id == FIND_HUGETLB_LISTED)
		add(s, "the list of free huge pages of order %d", f->order);
	else if (f->id == FIND_HUGETLB_LINKAGE)
		add(s, "a list of huge pages of order %d", f->order);
	else if (f->id == FIND_HUGETLB_COUNTER)
		add(s, "the huge pages of order %d", f->order);
	else if (f->cpu >= 0)
		add(s, "the per-CPU list of CPU %d", f->cpu);
	else if (f->order >= 0)
		add(s, "the free list of order %d", f->order);
	else
		add(s, "a free list");
	if (f->migratetype)
		add(s, " (%s)", f->migratetype);
	if (f->pfn == FINDING_NO_PFN)
		add_place(s, ", ", "zone ");
	return true;
}

/* A node of a list: the page it is in, or the head of the list. */
static bool add_member(struct sentence *s)
{
	const struct evidence *holder = finding_fact(s->f, FACT_HOLDER);

	if (holder && holder->kind == EV_STR && strcmp(holder->str, "list head") == 0) {
		add(s, "the head of ");
		return add_list(s);
	}
	if (!add_page(s))
		add(s, "a node");
	add(s, " on ");
	return add_list(s);
}

static bool add_zone(struct sentence *s)
{
	const struct finding *f = s->f;

	if (f->zone)
		add(s, "zone %s", f->zone);
	if (f->node >= 0)
		add(s, "%snode %d", f->zone ? " of " : "", f->node);
	return f->zone || f->node >= 0;
}

static bool add_lock(struct sentence *s)
{
	if (s->f->cpu >= 0)
		add(s, "lock of CPU %d's page set", s->f->cpu);
	else
		add(s, "lock");
	return true;
}

static bool add_number(struct sentence *s, int number)
{
	if (number >= 0)
		add(s, "%d", number);
	return number >= 0;
}

static bool add_order(struct sentence *s)
{
	return add_number(s, s->f->order);
}

static bool add_cpu(struct sentence *s)
{
	return add_number(s, s->f->cpu);
}

static bool add_migratetype(struct sentence *s)
{
	if (s->f->migratetype)
		add(s, "%s", s->f->migratetype);
	return s->f->migratetype != NULL;
}

static bool add_fact(struct sentence *s, enum fact_id id)
{
	const struct evidence *fact = finding_fact(s->f, id);
	char value[160];

	if (!fact)
		return false;
	report_fact(fact, value, sizeof(value));
	add(s, "%s", value);
	return true;
}

/* A link is named by the page that it leads to. */
static void add_link(struct sentence *s, uint64_t kaddr, enum fact_id pfn_id)
{
	const struct evidence *pfn = finding_fact(s->f, pfn_id);
	const struct evidence *head = finding_fact(s->f, FACT_LIST_KADDR);

	if (kaddr == 0)
		add(s, "NULL");
	else
		add(s, "0x%" PRIx64, kaddr);
	if (pfn)
		add(s, " (page 0x%" PRIx64 ")", pfn->num);
	else if (head && head->num == kaddr)
		add(s, " (the list head)");
}

/* What the wrong field holds, or @expected: what it should. */
static bool add_field(struct sentence *s, bool expected)
{
	const struct wrong_field *w = &s->f->field;
	char value[80];

	if (!w->name)
		return add_fact(s, expected ? FACT_EXPECTED : FACT_FOUND);
	if (expected && !w->has_expected)
		return false;
	s->field_said = true;
	if (finding_fact(s->f, FACT_LINK)) {
		add_link(s, expected ? w->expected : w->found,
			 expected ? FACT_EXPECTED_PFN : FACT_LEADS_TO_PFN);
		return true;
	}
	field_value(w, expected, value, sizeof(value));
	add(s, "%s%s", value, !expected && w->varies ? " (the first)" : "");
	return true;
}

static bool add_wrong(struct sentence *s)
{
	return add_field(s, false);
}

static bool add_right(struct sentence *s)
{
	return add_field(s, true);
}

static bool add_field_name(struct sentence *s)
{
	if (!s->f->field.name)
		return false;
	add(s, "%s", s->f->field.name);
	return true;
}

static bool add_xor(struct sentence *s)
{
	uint64_t xor = finding_field_xor(s->f);

	/* Against NULL it would repeat the value. */
	if (!xor || !s->f->field.expected || !s->f->field.found)
		return false;
	add(s, "0x%" PRIx64, xor);
	return true;
}

static bool add_one_bit(struct sentence *s)
{
	uint64_t xor = finding_field_xor(s->f);

	if (!xor || xor & (xor - 1) || s->f->field.varies)
		return false;
	add(s, "one bit differs");
	return true;
}

/* The value that both of the checker's bits have. */
static bool add_both(struct sentence *s)
{
	if (!add_fact(s, FACT_PRIMARY_BIT))
		return false;
	if (is_run(s->f))
		add(s, " for the first");
	return true;
}

/* "secondary (phys 0x7db7230, bit 38)" */
static bool add_map_bit(struct sentence *s)
{
	bool secondary = s->f->verdict == VERDICT_SECONDARY;
	const struct evidence *paddr = finding_fact(
		s->f, secondary ? FACT_SECONDARY_WORD_PADDR : FACT_PRIMARY_WORD_PADDR);
	const struct evidence *bit = finding_fact(s->f, FACT_BIT);

	if (!secondary && s->f->verdict != VERDICT_PRIMARY)
		return false;
	s->field_said = true;
	add(s, "%s", secondary ? "secondary" : "primary");
	if (paddr && bit)
		add(s, " (%sphys 0x%" PRIx64 ", bit %" PRIu64 "%s)",
		    is_run(s->f) ? "from " : "", paddr->num, bit->num, is_run(s->f) ? " on" : "");
	return true;
}

static const struct {
	const char *name;
	bool (*add)(struct sentence *s);	/* false: unknown */
} words[] = {
	{ "page", add_page },
	{ "block", add_block },
	{ "list", add_list },
	{ "member", add_member },
	{ "zone", add_zone },
	{ "lock", add_lock },
	{ "order", add_order },
	{ "cpu", add_cpu },
	{ "migratetype", add_migratetype },
	{ "field", add_field_name },
	{ "wrong", add_wrong },
	{ "right", add_right },
	{ "xor", add_xor },
	{ "one_bit", add_one_bit },
	{ "both", add_both },
	{ "map_bit", add_map_bit },
};

/* Words of one page, or of a run of them; called by the former. */
static const struct {
	const char *one, *many;
} forms[] = {
	{ "is", "are" },
	{ "has", "have" },
	{ "its", "their" },
	{ "lies", "lie" },
};

static bool is_name(const char *name, const char *word, size_t len)
{
	return strncmp(name, word, len) == 0 && !name[len];
}

/* A placeholder, @len letters; false when what it stands for is unknown. */
static bool add_word(struct sentence *s, const char *word, size_t len)
{
	enum fact_id id;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_name(words[i].name, word, len))
			return words[i].add(s);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (is_name(forms[i].one, word, len)) {
			add(s, "%s", is_run(s->f) ? forms[i].many : forms[i].one);
			return true;
		}
	return evidence_by_key(word, len, &id) && add_fact(s, id);
}

static bool is_word(const char *word, size_t len)
{
	enum fact_id id;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_name(words[i].name, word, len))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (is_name(forms[i].one, word, len))
			return true;
	return evidence_by_key(word, len, &id);
}

const char *report_describe_dead(enum finding_id id)
{
	const char *t = sentences[id];

	while (t && (t = strchr(t, '{'))) {
		size_t len = strcspn(++t, "}");

		if (!is_word(t, len))
			return t;
	}
	return NULL;
}

/* Writes one alternative, up to '|' or the end; false when something in it is unknown. */
static bool expand(struct sentence *s, const char *t)
{
	size_t start = s->len, bracket = 0;
	bool in_bracket = false, known = true, bracket_known = true;

	for (; *t && *t != '|'; t++) {
		if (*t == '[') {
			bracket = s->len;
			in_bracket = bracket_known = true;
		} else if (*t == ']') {
			if (!bracket_known)
				s->len = bracket;
			in_bracket = false;
		} else if (*t == '{') {
			size_t len = strcspn(t + 1, "}");

			if (!add_word(s, t + 1, len))
				*(in_bracket ? &bracket_known : &known) = false;
			t += len + 1;
		} else {
			add(s, "%c", *t);
		}
	}
	if (!known) {
		s->len = start;
		s->field_said = false;
	}
	s->buf[s->len] = '\0';
	return known;
}

/* "a page has ..." becomes a sentence about this page. */
static void add_summary(struct sentence *s)
{
	static const char subject[] = "a page has ";
	const char *t = finding_type(s->f->id)->summary;

	if (strncmp(t, subject, strlen(subject)) == 0 && add_page(s)) {
		add(s, " %s %s", is_run(s->f) ? "have" : "has", t + strlen(subject));
		return;
	}
	if (add_page(s) || add_zone(s))
		add(s, ": ");
	add(s, "%s", t);
}

void report_describe(const struct finding *f, uint32_t page_size, char *buf, size_t size)
{
	struct sentence s = { .f = f, .page_size = page_size, .buf = buf, .size = size };
	const char *t = sentences[f->id];
	bool done = false;
	char field[256];

	if (size == 0)
		return;
	buf[0] = '\0';
	while (t && !done) {
		done = expand(&s, t);
		t = strchr(t, '|');
		if (t)
			t++;
	}
	if (!done)
		add_summary(&s);
	if (!s.field_said && report_field(f, field, sizeof(field)))
		add(&s, "; %s", field);
	/* Names come from the dump: what is not plain text does not pass. */
	for (char *c = buf; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
}
