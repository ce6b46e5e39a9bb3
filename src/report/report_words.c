/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all forms of the report share and none of them owns: cleaned, wrapped and coloured text,
 * sizes, names of the dump, and the result. It uses nothing else of the report.
 */
#include <inttypes.h>
#include <string.h>

#include "report/report_priv.h"

#define COLUMNS 80

const char *report_release(const struct report *rep)
{
	if (rep->sum->release || !rep->info)
		return rep->sum->release;
	return rep->info->release;
}

const char *report_build_id(const struct report *rep)
{
	if (rep->sum->build_id || !rep->info)
		return rep->sum->build_id;
	return rep->info->build_id;
}

const char *report_arch(const struct report *rep)
{
	if (rep->sum->arch || !rep->info)
		return rep->sum->arch;
	return arch_known(rep->info->arch)->name;
}

/* Length of the UTF-8 character at @s and its code point; 0 when it is not well-formed.
 */
static size_t utf8_decode(const char *s, uint32_t *code)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s[0];
	size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	*code = c;
	if (len == 1)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	*code = c & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		/* The terminating NUL is no continuation byte either. */
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (*code < smallest[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

static bool drives_terminal(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

void report_clean(char *dst, size_t size, const char *src, bool terminal)
{
	size_t n = 0;

	while (*src) {
		uint32_t code;
		size_t len = utf8_decode(src, &code);
		bool keep = len > 0 && !(terminal && drives_terminal(code));
		size_t put = keep ? len : 1;

		if (n + put >= size)
			break;
		memcpy(dst + n, keep ? src : "?", put);
		n += put;
		src += len ? len : 1;
	}
	dst[n] = '\0';
}

/*
 * Vermilion, orange and blue are told apart by all kinds of colour vision (Okabe and Ito's
 * palette); the word is always there: colour alone says nothing.
 */
static const char *const severity_colors[SEVERITIES] = {
	[SEV_NOTE] = "\033[38;5;74m",
	[SEV_SUSPECT] = "\033[1;38;5;214m",
	[SEV_CORRUPT] = "\033[1;38;5;202m",
};

const char *report_severity_color(enum severity sev)
{
	return severity_colors[sev];
}

/* A word longer than a line is not cut. */
/* Of a word that no line has room for, as a list of flags, the part that one has. */
static size_t part_of_word(const char *word, size_t len, size_t room)
{
	for (size_t i = room; i > 0 && len > room; i--)
		if (word[i - 1] == '|')
			return i;
	return len;
}

void report_text_wrap(FILE *out, const char *text, size_t column, size_t indent)
{
	size_t at = column;

	while (*text) {
		size_t space = strspn(text, " ");
		size_t word = part_of_word(text + space, strcspn(text + space, " "),
					   COLUMNS > indent ? COLUMNS - indent : 0);

		if (at + space + word > COLUMNS && at > indent) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			text += space;
			space = 0;
		}
		fprintf(out, "%.*s", (int)(space + word), text);
		at += space + word;
		text += space + word;
	}
	fputc('\n', out);
}

void report_size(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(buf, size, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (; value >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
		value /= 1024;
	snprintf(buf, size, "%.1f %s", value, units[unit]);
}

bool report_incomplete(const struct summary *sum)
{
	/* A walk that saw nothing found nothing wrong; that is not an answer. */
	return sum->incomplete || sum->coverage.walked == 0;
}

bool report_inconsistent(const struct summary *sum, bool strict)
{
	const uint64_t *by_severity = sum->totals.by_severity;

	return by_severity[SEV_CORRUPT] > 0 || (strict && by_severity[SEV_SUSPECT] > 0);
}

const char *report_result(const struct summary *sum, bool strict)
{
	if (report_inconsistent(sum, strict))
		return "inconsistent";
	if (report_incomplete(sum) || sum->interrupted)
		return "incomplete";
	return "consistent";
}
