/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "finding_help.h"
#include "report_priv.h"

static void put_part(FILE *out, const char *label, const char *text)
{
	if (!text[0])
		return;
	fprintf(out, "\n%s\n  ", label);
	report_text_wrap(out, text, 2, 2);
}

/* Commands are copied to another program: they are not wrapped. */
static void put_commands(FILE *out, const char *program, const char *commands)
{
	if (!commands[0])
		return;
	fprintf(out, "\nThe same spot in %s\n", program);
	while (*commands) {
		size_t len = strcspn(commands, "\n");

		fprintf(out, "    %.*s\n", (int)len, commands);
		commands += len + (commands[len] == '\n');
	}
}

void report_explain(FILE *out, enum finding_id id)
{
	const struct finding_type *type = finding_type(id);
	const struct finding_help *help = finding_help(id);

	fprintf(out, "%s (%s)\n  ", type->slug, severity_name(type->severity));
	report_text_wrap(out, type->summary, 2, 2);
	put_part(out, "What it means", help->meaning);
	put_part(out, "How kernels come to it", help->causes);
	put_part(out, "What to look at next", help->next);
	put_commands(out, "crash", help->crash);
	put_commands(out, "drgn", help->drgn);
}
