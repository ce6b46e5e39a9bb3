/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of an HTML report, with the texts of report.css, report_patterns.svg and report.js. */
#include "report/report_html.h"

void html_text(FILE *out, const char *text)
{
	char clean[1024];

	report_clean(clean, sizeof(clean), text, true);
	for (const char *c = clean; *c; c++) {
		switch (*c) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*c, out);
		}
	}
}

void html_head(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>", out);
	html_text(out, title);
	fprintf(out, "</title>\n<style>%s</style></head>\n<body>\n%s\n", html_css, html_patterns);
}

void html_script(FILE *out)
{
	fputs("<script id=\"kinds\" type=\"application/json\">{", out);
	for (size_t i = 0; i < MAP_KINDS; i++)
		fprintf(out, "%s\"%zu\":\"%s\"", i ? "," : "", i, map_kind_text((enum map_kind)i));
	fprintf(out, "}</script>\n<script>%s</script>\n", html_js);
}
