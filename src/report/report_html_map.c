/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps as SVG: all of memory by zone, the pages around findings, the bits that were wrong. */
#include <inttypes.h>
#include <string.h>

#include "report/report_html.h"

#define WIDTH 768	/* pixels of a row of cells */
#define LABEL 84	/* and of the numbers before it */
#define TILE_COLS 32
#define TILES 24

/* Cells to be drawn: their kind, or -1: not walked. */
struct grid {
	FILE *out;
	size_t n, cols;
	int (*kind)(const void *arg, size_t i);
	const void *arg;
};

/* Little memory gets large cells; how much there may be is bounded. */
static size_t columns(size_t n)
{
	return n <= 512 ? 32 : n <= 2048 ? 64 : 96;
}

struct zone_grid {
	const struct memory_map *map;
	size_t first;
};

static int cell_kind(const void *arg, size_t i)
{
	const struct zone_grid *zg = arg;
	struct map_cell cell;

	return memory_map_cell(zg->map, zg->first + i, &cell) ? (int)cell.kind : -1;
}

static int tile_kind(const void *arg, size_t i)
{
	const struct map_tile *tile = arg;

	return tile->kinds[i];
}

/* All cells of one kind are one path; neighbours in a row are one box. */
static void put_kind(const struct grid *g, int kind)
{
	bool any = false;

	for (size_t i = 0; i < g->n;) {
		size_t run = 1;

		if (g->kind(g->arg, i) != kind) {
			i++;
			continue;
		}
		while (i + run < g->n && (i + run) % g->cols &&
		       g->kind(g->arg, i + run) == kind)
			run++;
		if (!any)
			fprintf(g->out, "<path class=\"map-%s\" d=\"",
				kind < 0 ? "unseen" : map_kind_slug((enum map_kind)kind));
		any = true;
		fprintf(g->out, "M%zu %zuh%zuv1h-%zuz", i % g->cols, i / g->cols, run, run);
		i += run;
	}
	if (any)
		fputs("\"/>\n", g->out);
}

/* For the script: kinds in runs. */
static void put_runs(const struct grid *g)
{
	fputs(" data-run=\"", g->out);
	for (size_t i = 0; i < g->n;) {
		int kind = g->kind(g->arg, i);
		size_t run = 1;

		while (i + run < g->n && g->kind(g->arg, i + run) == kind)
			run++;
		fprintf(g->out, "%d*%zu,", kind, run);
		i += run;
	}
	fputc('"', g->out);
}

static void put_kinds(const struct grid *g)
{
	for (int kind = -1; kind < MAP_KINDS; kind++)
		if (kind != MAP_HOLE)
			put_kind(g, kind);
}

/* A sign larger than its cell, so that one of thousands is seen. */
static void put_mark(FILE *out, size_t at, size_t cols, int sev, double r)
{
	static const char *const classes[SEVERITIES] = { "note", "suspect", "corrupt" };

	fprintf(out, "<circle class=\"mark-%s\" cx=\"%zu.5\" cy=\"%zu.5\" r=\"%.2f\"/>",
		classes[sev], at % cols, at / cols, r);
}

static void put_segments(FILE *out, const struct memory_map *map, size_t first, size_t n)
{
	uint64_t next = UINT64_MAX;

	fputs(" data-seg=\"", out);
	for (size_t i = 0; i < n; i++) {
		struct map_cell cell;

		(void)memory_map_cell(map, first + i, &cell);
		if (cell.pfn != next)
			fprintf(out, "%zu:%" PRIx64 ",", i, cell.pfn);
		next = cell.pfn + memory_map_grain(map);
	}
	fputc('"', out);
}

/* Row numbers, about every 40 pixels; @cell is the size of a cell in pixels. */
static void put_labels(const struct grid *g, const struct memory_map *map, size_t first,
		       double cell)
{
	size_t every = cell > 20 ? 2 : cell > 10 ? 4 : 6;

	for (size_t row = 0; row * g->cols < g->n; row += every) {
		struct map_cell c;

		(void)memory_map_cell(map, first + row * g->cols, &c);
		fprintf(g->out, "<text x=\"%.2f\" y=\"%zu.75\" font-size=\"%.2f\" "
				"text-anchor=\"end\">0x%" PRIx64 "</text>\n",
			-6 / cell, row, 11 / cell, c.pfn);
	}
}

/* The worst last: it lies on top. */
static void put_marks(const struct grid *g, const struct memory_map *map, size_t first,
		      double cell)
{
	double r = cell > 10 ? 0.45 : 0.9;

	for (int sev = SEV_NOTE; sev < SEVERITIES; sev++)
		for (size_t i = 0; i < g->n; i++) {
			struct map_cell c;

			(void)memory_map_cell(map, first + i, &c);
			if (c.worst == sev)
				put_mark(g->out, i, g->cols, sev, sev == SEV_NOTE ? 0.35 : r);
		}
}

static void put_zone_svg(FILE *out, const struct memory_map *map, size_t first, size_t n)
{
	struct zone_grid zg = { .map = map, .first = first };
	struct grid g = { .out = out, .n = n, .cols = columns(n), .kind = cell_kind, .arg = &zg };
	size_t rows = (n + g.cols - 1) / g.cols;
	double cell = (double)WIDTH / (double)g.cols;

	fprintf(out, "<svg class=\"map\" role=\"img\" aria-label=\"map of the zone\" "
		     "width=\"%d\" height=\"%.0f\" viewBox=\"%.2f -1 %.2f %zu\" "
		     "data-cols=\"%zu\" data-grain=\"%" PRIu64 "\"",
		LABEL + WIDTH, (double)(rows + 2) * cell, -LABEL / cell,
		(LABEL + WIDTH) / cell, rows + 2, g.cols, memory_map_grain(map));
	put_segments(out, map, first, n);
	put_runs(&g);
	fputs(">\n", out);
	put_kinds(&g);
	fprintf(out, "<path fill=\"none\" stroke=\"#999\" stroke-width=\"%.2f\" "
		     "d=\"M0 0h%zuv%zuh-%zuz\"/>\n", 1 / cell, g.cols, rows, g.cols);
	put_labels(&g, map, first, cell);
	put_marks(&g, map, first, cell);
	fputs("</svg>\n", out);
}

static void put_legend(FILE *out)
{
	fputs("<ul class=\"legend\">\n", out);
	for (size_t i = 0; i < MAP_KINDS; i++)
		fprintf(out, "<li><svg viewBox=\"0 0 2 2\"><path class=\"map-%s\" d=\"M0 0h2v2h-2z\"/>"
			     "</svg>%s</li>\n",
			map_kind_slug((enum map_kind)i), map_kind_text((enum map_kind)i));
	fputs("<li><svg viewBox=\"0 0 2 2\"><path class=\"map-unseen\" d=\"M0 0h2v2h-2z\"/></svg>"
	      "not walked</li>\n", out);
	for (int sev = SEV_CORRUPT; sev >= SEV_NOTE; sev--) {
		fputs("<li><svg viewBox=\"0 0 2 2\"><g transform=\"translate(.5 .5)\">", out);
		put_mark(out, 0, 1, sev, sev == SEV_NOTE ? 0.4 : 0.8);
		fprintf(out, "</g></svg>%s finding</li>\n", severity_name((enum severity)sev));
	}
	fputs("</ul>\n", out);
}

void html_map(const struct report *rep, FILE *out)
{
	const struct summary *sum = rep->sum;
	size_t drawn = 0, left_out = 0;
	char size[32];

	report_size(memory_map_grain(sum->map) * sum->page_size, size, sizeof(size));
	fprintf(out, "<section id=\"map\"><h2>Map of memory</h2>\n<p>A cell is %" PRIu64
		     " pages (%s), filled with the most frequent kind among them. A mark "
		     "shows a cell with at least one finding. The numbers at the left are page "
		     "frames.</p>\n",
		memory_map_grain(sum->map), size);
	put_legend(out);
	for (size_t i = 0; i < sum->n_zones; i++) {
		const struct zone_summary *z = &sum->zones[i];
		size_t first, n;

		if (!report_zone_cells(sum, z, &first, &n))
			continue;
		/* Zones may overlap, and in a damaged dump each may claim all of memory. */
		if (drawn + n > HTML_CELLS || i >= HTML_ZONES) {
			left_out++;
			continue;
		}
		drawn += n;
		fprintf(out, "<section class=\"zone\"><h3>node %d, ", z->node);
		html_text(out, z->name ? z->name : "?");
		fputs("</h3>\n<div class=\"scroll\">\n", out);
		put_zone_svg(out, sum->map, first, n);
		fputs("</div></section>\n", out);
	}
	if (left_out)
		fprintf(out, "<p>%zu more zones are not drawn.</p>\n", left_out);
	fputs("</section>\n", out);
}

/* The worst finding of @pfn that is listed; NULL: none. */
static const struct finding *finding_at(const struct report *rep, uint64_t pfn)
{
	for (int sev = SEV_CORRUPT; sev >= SEV_NOTE; sev--)
		for (size_t id = 0; id < FINDING_IDS; id++)
			for (const struct kept *k = report_kept_first(
				     &rep->kept, (enum finding_id)id, (enum severity)sev);
			     k; k = k->next)
				if (k->f.pfn <= pfn && pfn - k->f.pfn < k->f.count)
					return &k->f;
	return NULL;
}

static bool tile_matters(const struct report *rep, const struct map_tile *tile, enum severity sev)
{
	for (size_t i = 0; i < MAP_TILE_PAGES; i++) {
		const struct finding *f = finding_at(rep, tile->pfn + i);

		if (f && f->severity >= sev)
			return true;
	}
	return false;
}

static void put_tile(const struct report *rep, FILE *out, const struct map_tile *tile)
{
	struct grid g = { .out = out, .n = MAP_TILE_PAGES, .cols = TILE_COLS,
			  .kind = tile_kind, .arg = tile };
	const size_t rows = MAP_TILE_PAGES / TILE_COLS;
	enum finding_id last = FINDING_IDS;

	fprintf(out, "<section class=\"zone\"><h3>pages 0x%" PRIx64 " to 0x%" PRIx64 "</h3>\n"
		     "<svg class=\"map\" role=\"img\" aria-label=\"pages around a finding\" "
		     "width=\"%d\" height=\"%zu\" viewBox=\"-.2 -.2 %d.4 %zu.4\" "
		     "data-cols=\"%d\" data-grain=\"1\" data-seg=\"0:%" PRIx64 ",\"",
		tile->pfn, tile->pfn + MAP_TILE_PAGES - 1, TILE_COLS * 14, rows * 14, TILE_COLS,
		rows, TILE_COLS, tile->pfn);
	put_runs(&g);
	fputs(">\n", out);
	put_kinds(&g);
	fprintf(out, "<path fill=\"none\" stroke=\"#999\" stroke-width=\".1\" "
		     "d=\"M0 0h%dv%zuh-%dz\"/>\n", TILE_COLS, rows, TILE_COLS);
	for (size_t i = 0; i < MAP_TILE_PAGES; i++) {
		const struct finding *f = finding_at(rep, tile->pfn + i);

		if (f)
			put_mark(out, i, TILE_COLS, f->severity,
				 f->severity == SEV_NOTE ? 0.3 : 0.42);
	}
	fputs("</svg><p>", out);
	for (size_t i = 0; i < MAP_TILE_PAGES; i++) {
		const struct finding *f = finding_at(rep, tile->pfn + i);

		if (f && f->id != last) {
			fprintf(out, "<span class=\"%s\">0x%" PRIx64 "</span> <a href=\"#%s\">%s</a> ",
				severity_name(f->severity), tile->pfn + i,
				finding_type(f->id)->slug, finding_type(f->id)->slug);
			last = f->id;
		}
	}
	fputs("</p></section>\n", out);
}

void html_tiles(const struct report *rep, FILE *out)
{
	const struct memory_map *map = rep->sum->map;
	size_t drawn = 0, left_out = 0;

	for (size_t i = 0; i < memory_map_tiles(map); i++) {
		const struct map_tile *tile = memory_map_tile(map, i);

		if (!tile_matters(rep, tile, SEV_SUSPECT))
			continue;
		if (drawn == TILES) {
			left_out++;
			continue;
		}
		if (!drawn++)
			fputs("<section><h2>Pages around findings</h2>\n", out);
		put_tile(rep, out, tile);
	}
	if (left_out)
		fprintf(out, "<p>%zu more places are not drawn.</p>\n", left_out);
	if (drawn)
		fputs("</section>\n", out);
}

void html_bits(const struct report *rep, FILE *out)
{
	uint64_t most = 0;

	for (size_t i = 0; i < 64; i++)
		if (rep->bits[i] > most)
			most = rep->bits[i];
	/* Of a single word it shows nothing that its finding does not. */
	if (most < 2)
		return;
	fputs("<section><h2>Wrong bits by their place in the word</h2>\n"
	      "<p>One tall bar suggests a line of a memory module, or one flag; bars of equal height "
	      "suggest an overwrite.</p>\n"
	      "<svg role=\"img\" aria-label=\"histogram\" width=\"780\" height=\"150\" "
	      "viewBox=\"-20 -14 780 150\">\n<path class=\"grid\" d=\"M0 100h704\"/>\n", out);
	for (int i = 0; i < 64; i++) {
		int height = (int)(100.0 * (double)rep->bits[i] / (double)most + 0.5);

		if (rep->bits[i])
			fprintf(out, "<path class=\"bar\" d=\"M%d %dh9v%dh-9z\"/>"
				     "<text x=\"%d\" y=\"%d\" font-size=\"8\" text-anchor=\"middle\">"
				     "%" PRIu64 "</text>\n",
				i * 11 + 1, 100 - (height ? height : 1), height ? height : 1,
				i * 11 + 5, 97 - height, rep->bits[i]);
		if (i % 8 == 0 || i == 63)
			fprintf(out, "<text x=\"%d\" y=\"112\" font-size=\"9\" "
				     "text-anchor=\"middle\">%d</text>\n", i * 11 + 5, i);
	}
	fputs("</svg></section>\n", out);
}
