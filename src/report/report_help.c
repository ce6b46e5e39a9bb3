/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "report/finding_help.h"
#include "report/report_priv.h"

static void put_part(FILE *out, const char *label, const char *text)
{
	if (!text[0])
		return;
	fprintf(out, "\n%s\n  ", label);
	report_text_wrap(out, text, 2, 2);
}

/* What a placeholder stands for in @f; false: not known, or no placeholder. */
static bool value_of(const char *word, size_t len, const struct finding *f, uint32_t page_size,
		     uint64_t *ret)
{
	const struct evidence *page = finding_fact(f, FACT_PAGE);
	const struct evidence *head = finding_fact(f, FACT_LIST_KADDR);
	const struct evidence *maps = finding_fact(f, FACT_MAPS_KADDR);
	const struct evidence *entry = finding_fact(f, FACT_ENTRY_PADDR);
	const struct evidence *text = finding_fact(f, FACT_FIELD_KADDR);
	const struct evidence *code = finding_fact(f, FACT_BYTES_KADDR);
	bool has_pfn = f->pfn != FINDING_NO_PFN;
	const struct {
		const char *name;
		bool known;
		uint64_t value;
	} words[] = {
		{ "PFN", has_pfn, f->pfn },
		{ "PHYS", has_pfn, f->pfn * page_size },
		{ "PAGE", page != NULL, page ? page->num : 0 },
		{ "HEAD", head != NULL, head ? head->num : 0 },
		{ "ADDRESS", maps != NULL, maps ? maps->num : 0 },
		{ "ENTRY", entry != NULL, entry ? entry->num : 0 },
		{ "TEXT", text != NULL, text ? text->num : 0 },
		{ "CODE", code != NULL, code ? code->num : 0 },
		{ "CPU", f->cpu >= 0, (uint64_t)f->cpu },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) != len || strncmp(words[i].name, word, len) != 0)
			continue;
		*ret = words[i].value;
		return words[i].known;
	}
	return false;
}

/* @len bytes of commands, with what @f knows in the place of words; NULL: all words stay. */
static void fill(FILE *out, const char *commands, size_t len, const struct finding *f,
		 uint32_t page_size)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_0123456789";

	while (len) {
		size_t n = strspn(commands, letters);
		uint64_t value;

		if (n && f && value_of(commands, n, f, page_size, &value))
			fprintf(out, strncmp(commands, "CPU", n) ? "0x%" PRIx64 : "%" PRIu64,
				value);
		else
			fprintf(out, "%.*s", (int)(n ? n : 1), commands);
		commands += n ? n : 1;
		len -= n ? n : 1;
	}
}

void report_commands(FILE *out, const char *commands, const struct finding *f,
		     uint32_t page_size)
{
	fill(out, commands, strlen(commands), f, page_size);
	fputc('\n', out);
}

/* Commands are copied to another program: they are not wrapped. */
static void put_commands(FILE *out, const char *program, const char *commands,
			 const struct finding *f, uint32_t page_size)
{
	if (!commands[0])
		return;
	fprintf(out, "\nHow to examine it in %s\n", program);
	while (*commands) {
		size_t len = strcspn(commands, "\n");

		fputs("    ", out);
		fill(out, commands, len, f, page_size);
		fputc('\n', out);
		commands += len + (commands[len] == '\n');
	}
}

static void put_help(FILE *out, const struct finding_help *help, const struct finding *f,
		     uint32_t page_size)
{
	put_part(out, "What it means", help->meaning);
	put_part(out, "Possible causes", help->causes);
	put_part(out, "What to do next", help->next);
	put_commands(out, "crash", help->crash, f, page_size);
	put_commands(out, "drgn", help->drgn, f, page_size);
}

void report_explain(FILE *out, enum finding_id id)
{
	const struct finding_type *type = finding_type(id);

	fprintf(out, "%s (%s)\n  ", type->slug, severity_name(type->severity));
	report_text_wrap(out, type->summary, 2, 2);
	put_help(out, finding_help(id), NULL, 0);
}

void report_explain_one(FILE *out, const struct finding *f, uint32_t page_size)
{
	put_help(out, finding_help(f->id), f, page_size);
}
