/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is the same in every HTML report: style, patterns, script. */
#include "report/report_html.h"

/*
 * Kinds are told apart in grey, too: solid ones by steps of lightness, the rest by a pattern.
 * The hues are Okabe and Ito's.
 */
static const char style[] =
	":root{color-scheme:light}"
	"body{font:15px/1.45 system-ui,sans-serif;color:#111;background:#fff;"
	"margin:1.5em auto;max-width:60em;padding:0 1em}"
	"h1{font-size:1.25em;border-left:.5em solid #0072b2;padding:.4em .7em;background:#eef4f8}"
	"h1.inconsistent{border-color:#b33c00;background:#fbeee8}"
	"h1.incomplete{border-color:#b07800;background:#fbf4e4}"
	"h2{font-size:1.1em;margin:1.6em 0 .4em;border-bottom:1px solid #bbb}"
	"h3{font-size:1em;margin:1.2em 0 .2em}"
	"table{border-collapse:collapse}td,th{padding:.15em .7em;text-align:right;"
	"vertical-align:top;font-variant-numeric:tabular-nums}"
	"thead th{border-bottom:1px solid #999}"
	"table.pairs th,table.pairs td,td.text,th.text{text-align:left}"
	"table.pairs td{overflow-wrap:anywhere}table.pairs th{font-weight:600;white-space:nowrap}"
	"tr.differ{font-weight:700;background:#fbeee8}"
	"code,pre,.mono{font-family:ui-monospace,monospace;font-size:.92em}"
	"pre{background:#f4f4f4;padding:.5em .8em;overflow-x:auto}"
	".scroll{overflow-x:auto}"
	".corrupt{color:#a03000;font-weight:700}.suspect{color:#7a5200;font-weight:700}"
	".finding{margin:.8em 0;padding-left:.8em;border-left:3px solid #bbb}"
	".witnesses td,.witnesses th{text-align:left;border-right:1px solid #ddd}"
	".witnesses th.wrong{background:#fbeee8}"
	".facts{columns:2;list-style:none;padding:0;margin:.4em 0}"
	".facts li{break-inside:avoid;overflow-wrap:anywhere}"
	"details summary{cursor:pointer}"
	"svg{display:block;max-width:100%;height:auto}svg text{font-family:sans-serif;fill:#333}"
	".legend{display:flex;flex-wrap:wrap;gap:.2em 1.2em;list-style:none;padding:0}"
	".legend svg{display:inline-block;width:1.1em;height:1.1em;vertical-align:-.15em;"
	"margin-right:.4em;border:1px solid #888}"
	".map-hole{fill:#fff}.map-unread{fill:url(#p-unread)}.map-reserved{fill:url(#p-reserved)}"
	".map-free-large{fill:#eaf4fb}.map-free-medium{fill:#bfe0f2}.map-free-small{fill:#8cc4e6}"
	".map-pcp{fill:url(#p-pcp)}.map-lru{fill:#004a80}.map-slab{fill:#d08a10}"
	".map-table{fill:url(#p-table)}.map-compound{fill:#1a9070}.map-other{fill:#151515}"
	".map-odd{fill:url(#p-odd)}.map-unseen{fill:url(#p-unseen)}"
	".mark-corrupt{fill:#000;stroke:#fff;stroke-width:.12}"
	".mark-suspect{fill:#fff;stroke:#000;stroke-width:.25}"
	".mark-note{fill:none;stroke:#000;stroke-width:.1}"
	".bar{fill:#005a94}.grid{stroke:#ccc;stroke-width:.5}"
	"#tip{position:fixed;background:#fff;border:1px solid #333;padding:.2em .5em;"
	"font-size:.9em;pointer-events:none;box-shadow:0 1px 4px #0004;display:none}"
	"footer{margin-top:2em;color:#555}"
	"@media print{body{max-width:none;font-size:10.5pt}h2,h3{break-after:avoid}"
	"section.zone,.finding,svg{break-inside:avoid}details>*{display:block}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

/* A cell is one unit: the patterns repeat with it. */
static const char patterns[] =
	"<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
	"<pattern id=\"p-unread\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\">"
	"<path fill=\"#fff\" d=\"M0 0h1v1h-1z\"/>"
	"<path stroke=\"#777\" stroke-width=\".14\" d=\"M0 1L1 0M-.2 .2L.2 -.2M.8 1.2L1.2 .8\"/>"
	"</pattern>"
	"<pattern id=\"p-unseen\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\">"
	"<path fill=\"#fff\" d=\"M0 0h1v1h-1z\"/><circle cx=\".5\" cy=\".5\" r=\".1\" fill=\"#999\"/>"
	"</pattern>"
	"<pattern id=\"p-reserved\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\">"
	"<path fill=\"#d9d9d9\" d=\"M0 0h1v1h-1z\"/>"
	"<path stroke=\"#888\" stroke-width=\".2\" d=\"M0 .5h1\"/></pattern>"
	"<pattern id=\"p-pcp\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\">"
	"<path fill=\"#bfe0f2\" d=\"M0 0h1v1h-1z\"/><circle cx=\".5\" cy=\".5\" r=\".26\" fill=\"#005a94\"/>"
	"</pattern>"
	"<pattern id=\"p-table\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\">"
	"<path fill=\"#f0e442\" d=\"M0 0h1v1h-1z\"/>"
	"<path stroke=\"#555\" stroke-width=\".22\" d=\"M.5 0v1\"/></pattern>"
	"<pattern id=\"p-odd\" width=\"1\" height=\"1\" patternUnits=\"userSpaceOnUse\">"
	"<path fill=\"#e6b8d0\" d=\"M0 0h1v1h-1z\"/>"
	"<path stroke=\"#702050\" stroke-width=\".2\" d=\"M0 0L1 1M1 0L0 1\"/></pattern>"
	"</defs></svg>";

/*
 * Hover only. A map says in attributes how its cells are numbered: data-cols, data-grain (pages
 * of a cell), data-seg ("cell:pfn," where the pfns jump) and data-run ("kind*count," in order).
 */
static const char script[] =
	"\"use strict\";(function(){"
	"var tip=document.createElement('div');tip.id='tip';document.body.appendChild(tip);"
	"var names=JSON.parse(document.getElementById('kinds').textContent);"
	"function pairs(s,by){return s.split(',').filter(Boolean).map(function(p){"
	"return p.split(by)})}"
	"document.querySelectorAll('svg.map').forEach(function(svg){"
	"var d=svg.dataset,cols=+d.cols,grain=+d.grain,kinds=[],n=0;"
	"pairs(d.run,'*').forEach(function(r){n+=+r[1];kinds.push([n,r[0]])});"
	"var seg=pairs(d.seg,':').map(function(p){return[+p[0],parseInt(p[1],16)]});"
	"svg.addEventListener('mousemove',function(e){"
	"var m=svg.getScreenCTM().inverse(),p=svg.createSVGPoint();p.x=e.clientX;p.y=e.clientY;"
	"p=p.matrixTransform(m);var x=Math.floor(p.x),y=Math.floor(p.y),i=y*cols+x;"
	"if(x<0||x>=cols||y<0||i>=n){tip.style.display='none';return}"
	"var k=kinds.find(function(r){return i<r[0]})[1],s=seg[0];"
	"seg.forEach(function(c){if(c[0]<=i)s=c});"
	"var pfn=s[1]+(i-s[0])*grain;"
	"tip.textContent='page 0x'+pfn.toString(16)+(grain>1?'-0x'+(pfn+grain-1).toString(16):'')"
	"+': '+(names[k]||'not walked');"
	"tip.style.display='block';tip.style.left=Math.min(e.clientX+12,innerWidth-260)+'px';"
	"tip.style.top=(e.clientY+14)+'px'});"
	"svg.addEventListener('mouseleave',function(){tip.style.display='none'})})})();";

void html_head(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<title>", out);
	html_text(out, title);
	fprintf(out, "</title>\n<style>%s</style></head>\n<body>\n%s\n", style, patterns);
}

void html_script(FILE *out)
{
	fputs("<script id=\"kinds\" type=\"application/json\">{", out);
	for (size_t i = 0; i < MAP_KINDS; i++)
		fprintf(out, "%s\"%zu\":\"%s\"", i ? "," : "", i, map_kind_text((enum map_kind)i));
	fprintf(out, "}</script>\n<script>%s</script>\n", script);
}
