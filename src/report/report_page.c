/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "model/gfp_names.h"
#include "report/report_priv.h"

#define LABEL 13

/* "label        text": cleaned, wrapped; "" goes on under the label before. */
_printf_(3, 4) static void put_line(FILE *out, const char *label, const char *fmt, ...)
{
	char raw[1400], text[1400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	report_clean(text, sizeof(text), raw, true);
	fprintf(out, "%-*s", LABEL, label);
	report_text_wrap(out, text, LABEL, LABEL);
}

static const char *gap(enum pgc_status why)
{
	switch (why) {
	case PGC_EXCLUDED:
		return "excluded from the dump";
	case PGC_ELSEWHERE:
		return "in another piece of the split dump: give all its pieces as arguments";
	case PGC_DAMAGED:
		return "cannot be read: the dump is damaged there";
	case PGC_ENOMEM:
		return "skipped";
	default:
		return "does not exist";
	}
}

static void put_place(FILE *out, const struct page_inspection *pi, const struct kernel *k)
{
	const char *mt = pi->migratetype < 0 ?
				 NULL :
				 layout_enum_name(k->lay, LE_migratetype, pi->migratetype);

	if (pi->zone)
		put_line(out, "place", "node %d, zone %s by its flags%s", pi->zone->nid,
			 pi->zone->name, pi->is_ram ? "" : "; not System RAM");
	else
		put_line(out, "place", "%s", pi->is_ram ? "unknown zone" :
							    "not System RAM");
	if (pi->section)
		put_line(out, "", "section %" PRIu64 " (%s%s), pageblock %s", pi->section->nr,
			 pi->section->online ? "online" : "offline",
			 pi->section->early ? ", early" : "", mt ? mt : "of unknown type");
	else
		put_line(out, "", "no section with a memmap");
	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *z = &k->zones[i];

		if (z != pi->zone && pi->pfn >= z->start_pfn &&
		    pi->pfn - z->start_pfn < z->spanned)
			put_line(out, "", "also spanned by node %d, zone %s", z->nid, z->name);
	}
}

static void put_word(FILE *out, const struct page_inspection *pi, const char *name, int map)
{
	const struct word_view *w = &pi->words[map];
	char paddr[40] = "", value[120];

	if (w->has_paddr)
		snprintf(paddr, sizeof(paddr), " (phys 0x%" PRIx64 ")", w->paddr);
	if (w->has_value)
		snprintf(value, sizeof(value), ", which is 0x%" PRIx64, w->value);
	else if (w->as_zeros)
		snprintf(value, sizeof(value), ", excluded from the dump: taken as zeros, because the other map is ones there");
	else
		snprintf(value, sizeof(value), ": %s", gap(w->why));
	put_line(out, map == BITMAP_PRIMARY ? "bitmaps" : "", "%s %s: bit %u of the word at 0x%" PRIx64
		 "%s%s", name, w->has_value ? (w->value >> pi->bit & 1 ? "1" : "0") : w->as_zeros ? "0" : "?",
		 pi->bit, w->kaddr, paddr, value);
}

static void put_bits(FILE *out, const struct page_inspection *pi)
{
	static const char *const states[] = {
		[CHECKER_ABSENT] = "this kernel was built without the checker",
		[CHECKER_DISABLED] = "the checker is disabled",
		[CHECKER_ACTIVE] = "the checker has no bit for it",
		[CHECKER_UNKNOWN] = "unknown: its bitmaps could not be located",
	};
	const struct word_view *p = &pi->words[BITMAP_PRIMARY];
	const struct word_view *s = &pi->words[BITMAP_SECONDARY];
	bool primary = p->value >> pi->bit & 1, secondary = s->value >> pi->bit & 1;

	if (!pi->has_words) {
		put_line(out, "bitmaps", "%s", states[pi->checker]);
		return;
	}
	put_word(out, pi, "primary", BITMAP_PRIMARY);
	put_word(out, pi, "secondary", BITMAP_SECONDARY);
	if (p->has_value && s->has_value)
		put_line(out, "", "together: %s", primary == secondary ? "a contradiction" :
						    primary ? "allocated" : "free");
}

/* A neighbour on a list: a page, or the head. */
static void neighbour(const struct kernel *k, const struct page_inspection *pi, uint64_t link,
		      char *buf, size_t size)
{
	const struct free_list *list = &pi->place.list;
	uint64_t lru = layout_get(k->lay, list->chained ? L_page_pcp_llist : L_page_lru), pfn;

	if (link == list->head)
		snprintf(buf, size, "the head");
	else if (list->chained && !link)
		snprintf(buf, size, "the end");
	else if (link >= lru && kernel_page_to_pfn(k, link - lru, &pfn))
		snprintf(buf, size, "page 0x%" PRIx64, pfn);
	else
		snprintf(buf, size, "0x%" PRIx64, link);
}

static void put_list(FILE *out, const struct page_inspection *pi, const struct kernel *k)
{
	const struct list_place *p = &pi->place;
	const struct free_list *list = &p->list;
	char name[80], next[40], prev[40];

	if (!pi->listed) {
		put_line(out, "free lists", "%s", pi->zone ? "on no list of its zone" :
							      "not searched: its zone is unknown");
		return;
	}
	free_list_name(k, list, name, sizeof(name));
	if (list->chained)
		put_line(out, "free lists", "%s, order %d: entry %" PRIu64 " of the chain that begins at 0x%" PRIx64,
			 name, list->order, p->position, list->head);
	else
		put_line(out, "free lists", "%s, order %d: entry %" PRIu64 " of %" PRIu64 "%s%s, head at 0x%" PRIx64,
			 name, list->order, p->position, p->entries, p->from_tail ? " from the tail" : "",
			 p->whole ? "" : " (the list is broken)", list->head);
	if (p->block != pi->pfn)
		put_line(out, "", "inside the entry of page 0x%" PRIx64 ", page %" PRIu64 " of %" PRIu64,
			 p->block, pi->pfn - p->block + 1, UINT64_C(1) << list->order);
	neighbour(k, pi, p->next, next, sizeof(next));
	if (list->chained) {
		put_line(out, "", "behind it %s", next);
		return;
	}
	neighbour(k, pi, p->prev, prev, sizeof(prev));
	put_line(out, "", "before it %s, behind it %s", prev, next);
}

static void put_struct_page(FILE *out, const struct page_inspection *pi)
{
	const struct page *p = &pi->page;

	if (pi->why != PGC_OK) {
		put_line(out, "struct page", "%s", gap(pi->why));
		return;
	}
	put_line(out, "struct page", "at 0x%" PRIx64 ", flags 0x%" PRIx64 " (%s)", pi->kaddr,
		 p->flags, pi->flag_names);
	if (pi->kind == KIND_MAPPED)
		put_line(out, "", "refcount %d, mapcount %" PRIu64 " (raw 0x%x)", p->refcount,
			 (uint64_t)p->mapcount + 1, p->mapcount);
	else
		put_line(out, "", "refcount %d, %s (page_type 0x%x)", p->refcount,
			 pi->kind == KIND_NONE ? "no page type" : page_kind_name(pi->kind),
			 p->mapcount);
	put_line(out, "", "mapping 0x%" PRIx64 ", private 0x%" PRIx64 ", lru 0x%" PRIx64
		 " 0x%" PRIx64, p->mapping, p->private, p->lru_next, p->lru_prev);
	if (p->memcg)
		put_line(out, "", "memcg_data 0x%" PRIx64, p->memcg);
	if (pi->tail && pi->head_pfn == UINT64_MAX)
		put_line(out, "compound", "a tail whose head 0x%" PRIx64 " is not a struct page",
			 p->compound);
	else if (pi->tail)
		put_line(out, "compound", "a tail of page 0x%" PRIx64 ", order %d", pi->head_pfn,
			 pi->compound_order);
	else if (pi->head)
		put_line(out, "compound", "a head, order %d", pi->compound_order);
	if (pi->slab[0])
		put_line(out, "slab", "cache %s", pi->slab);
}

static void put_stack(FILE *out, const char *stack)
{
	while (*stack) {
		size_t len = strcspn(stack, " ");

		fprintf(out, "%*s%.*s\n", LABEL + 2, "", (int)len, stack);
		stack += len;
		stack += strspn(stack, " <");
	}
}

static void put_owner(FILE *out, const struct page_inspection *pi, const struct kernel *k)
{
	static const char *const states[] = {
		[OWNER_ABSENT] = "absent: this kernel was built without it",
		[OWNER_OFF] = "off: not enabled at boot (page_owner=on)",
		[OWNER_UNUSABLE] = "its variables cannot be read",
		[OWNER_ON] = "no record of this page",
	};
	const struct owner_record *o = &pi->owner;
	char gfp[200];

	if (pi->page_ext)
		put_line(out, "page_ext", "at 0x%" PRIx64, pi->page_ext);
	if (!pi->has_owner) {
		put_line(out, "page_owner", "%s", states[pi->owner_state]);
		return;
	}
	gfp_names(k->lay, o->gfp, gfp, sizeof(gfp));
	put_line(out, "page_owner", "%s; the last allocation: order %d, gfp 0x%x (%s)",
		 o->allocated ? "allocated" : "free", o->order, o->gfp, gfp);
	put_line(out, "", "pid %d, tgid %d (%s), at %" PRIu64 ".%06" PRIu64 " s", o->pid, o->tgid,
		 o->comm, o->ts_nsec / 1000000000, o->ts_nsec / 1000 % 1000000);
	if (o->early)
		put_line(out, "", "allocated before page_owner started: no stack");
	put_stack(out, pi->alloc_stack);
	if (!o->free_handle)
		return;
	if (o->free_pid >= 0)
		put_line(out, "", "the last free: pid %d, at %" PRIu64 ".%06" PRIu64 " s", o->free_pid,
			 o->free_ts_nsec / 1000000000, o->free_ts_nsec / 1000 % 1000000);
	else
		put_line(out, "", "the last free: at %" PRIu64 ".%06" PRIu64 " s",
			 o->free_ts_nsec / 1000000000, o->free_ts_nsec / 1000 % 1000000);
	put_stack(out, pi->free_stack);
}

void report_page(FILE *out, const struct page_inspection *pi, const struct kernel *k)
{
	fprintf(out, "page 0x%" PRIx64 " (%" PRIu64 "), phys 0x%" PRIx64 "\n\n", pi->pfn, pi->pfn,
		pi->paddr);
	put_place(out, pi, k);
	put_bits(out, pi);
	put_list(out, pi, k);
	put_struct_page(out, pi);
	put_owner(out, pi, k);
	put_line(out, "content", "%s", pi->content_why == PGC_OK ? pi->content :
								    gap(pi->content_why));
}

void report_page_finding(FILE *out, const struct finding *f, uint32_t page_size, bool first)
{
	char text[512];

	report_describe(f, page_size, text, sizeof(text));
	put_line(out, first ? "findings" : "", "%s %s: %s%s%s", severity_name(f->severity),
		 finding_type(f->id)->slug, text, f->explained ? "; explained: " : "",
		 f->explained ? f->explained : "");
}

void report_page_limits(FILE *out, const struct summary *sum)
{
	for (size_t i = 0; i < sum->n_limits; i++)
		put_line(out, i ? "" : "limits", "%s", sum->limits[i]);
}

void report_page_contents(FILE *out, const uint8_t *bytes, size_t n)
{
	bool folded = false;

	fputc('\n', out);
	for (size_t at = 0; at < n; at += 16) {
		size_t len = n - at < 16 ? n - at : 16;

		if (at && at + len < n && memcmp(bytes + at, bytes + at - 16, len) == 0) {
			if (!folded)
				fputs("*\n", out);
			folded = true;
			continue;
		}
		folded = false;
		fprintf(out, "%06zx ", at);
		for (size_t i = 0; i < len; i++)
			fprintf(out, "%s%02x", i == 8 ? "  " : " ", bytes[at + i]);
		fputs("  ", out);
		for (size_t i = 0; i < len; i++)
			fputc(bytes[at + i] >= 0x20 && bytes[at + i] < 0x7f ? bytes[at + i] : '.',
			      out);
		fputc('\n', out);
	}
}
