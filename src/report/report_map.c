/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of memory for a terminal: a letter for some pages, rows by zone. */
#include <inttypes.h>
#include <string.h>

#include "report/report_priv.h"
#include "walk/memory_map.h"

#define ROW 64
#define MAX_ROWS 24

bool report_zone_cells(const struct summary *sum, const struct zone_summary *z, size_t *first,
		       size_t *n)
{
	const struct memory_map *map = sum->map;
	struct map_cell cell;
	size_t last;

	if (!z->spanned || z->start_pfn > UINT64_MAX - z->spanned)
		return false;
	*first = memory_map_find(map, z->start_pfn);
	last = memory_map_find(map, z->start_pfn + z->spanned - 1);
	if (*first >= memory_map_cells(map))
		return false;
	if (last >= memory_map_cells(map))
		last = memory_map_cells(map) - 1;
	/* The last page may lie in a gap: then the cell behind the gap was found. */
	(void)memory_map_cell(map, last, &cell);
	if (cell.pfn >= z->start_pfn + z->spanned) {
		if (last == *first)
			return false;
		last--;
	}
	*n = last - *first + 1;
	return true;
}

/* What @n cells from @at on are for the eye: the worst finding, else the most frequent kind. */
static char letter_of(const struct memory_map *map, size_t at, size_t n, bool seen[MAP_KINDS])
{
	unsigned int counts[MAP_KINDS] = { 0 }, most = 0;
	enum map_kind kind = MAP_HOLE;
	int worst = -1;

	for (size_t i = at; i < at + n; i++) {
		struct map_cell cell;

		if (!memory_map_cell(map, i, &cell))
			continue;
		if (cell.worst > worst)
			worst = cell.worst;
		if (++counts[cell.kind] > most) {
			most = counts[cell.kind];
			kind = cell.kind;
		}
	}
	if (worst == SEV_CORRUPT)
		return '!';
	if (worst == SEV_SUSPECT)
		return '%';
	if (most)
		seen[kind] = true;
	return most ? map_kind_letter(kind) : '_';
}

static void put_letters(const struct report *rep, size_t at, size_t n, size_t fold,
			bool seen[MAP_KINDS])
{
	for (size_t i = at; i < at + n; i += fold) {
		char c = letter_of(rep->sum->map, i, at + n - i < fold ? at + n - i : fold, seen);
		const char *code = c == '!' ? report_severity_color(SEV_CORRUPT) :
				   c == '%' ? report_severity_color(SEV_SUSPECT) : "";

		if (rep->opt.color && code[0])
			fprintf(rep->out, "%s%c\033[0m", code, c);
		else
			fputc(c, rep->out);
	}
	fputc('\n', rep->out);
}

static void put_zone(const struct report *rep, const struct zone_summary *z, size_t fold,
		     bool seen[MAP_KINDS])
{
	size_t first, n;
	char name[32];

	if (!report_zone_cells(rep->sum, z, &first, &n))
		return;
	report_clean(name, sizeof(name), z->name ? z->name : "?", true);
	fprintf(rep->out, "  node %d, %s\n", z->node, name);
	for (size_t at = 0; at < n; at += ROW * fold) {
		struct map_cell cell;

		(void)memory_map_cell(rep->sum->map, first + at, &cell);
		fprintf(rep->out, "  0x%-10" PRIx64 "  ", cell.pfn);
		put_letters(rep, first + at, n - at < ROW * fold ? n - at : ROW * fold, fold,
			    seen);
	}
}

static void put_legend(FILE *out, const bool seen[MAP_KINDS])
{
	fputs("  ! a corrupt page, % a suspect one\n", out);
	for (size_t i = 0; i < MAP_KINDS; i++)
		if (seen[i])
			fprintf(out, "  %c %s\n", map_kind_letter((enum map_kind)i),
				map_kind_text((enum map_kind)i));
}

void report_text_map(const struct report *rep)
{
	const struct summary *sum = rep->sum;
	bool seen[MAP_KINDS] = { false };
	char size[32];
	size_t fold = 1;

	while (memory_map_cells(sum->map) / fold > (size_t)ROW * MAX_ROWS)
		fold *= 2;
	report_size(memory_map_grain(sum->map) * fold * sum->page_size, size, sizeof(size));
	fprintf(rep->out, "\nmap of memory: a letter is %" PRIu64 " pages (%s)\n",
		memory_map_grain(sum->map) * fold, size);
	for (size_t i = 0; i < sum->n_zones; i++)
		put_zone(rep, &sum->zones[i], fold, seen);
	put_legend(rep->out, seen);
}
