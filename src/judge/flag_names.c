/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/flag_names.h"

#include <stdlib.h>
#include <string.h>

#include "layout/layout.h"
#include "struct_page.h"

#define TEXTS 64

struct flag_names {
	const struct layout *lay;
	uint64_t mask;		/* of the bits that are flags */
	size_t n;
	struct {
		uint64_t flags;
		char text[96];
	} texts[TEXTS];
};

struct flag_names *flag_names_create(const struct layout *lay)
{
	struct flag_names *fn = calloc(1, sizeof(*fn));

	if (!fn)
		return NULL;
	fn->lay = lay;
	fn->mask = UINT64_MAX;
	if (layout_has(lay, L_NR_PAGEFLAGS))
		fn->mask = (1ULL << (layout_get(lay, L_NR_PAGEFLAGS) & 63)) - 1;
	return fn;
}

void flag_names_destroy(struct flag_names *fn)
{
	free(fn);
}

void flag_names_want(struct finding *f, uint64_t flags)
{
	size_t n;

	finding_hex(f, FACT_FLAGS, flags);
	n = f->n_evidence;
	finding_str(f, FACT_FLAG_NAMES, "");
	if (f->n_evidence > n)
		f->evidence[n].num = flags;
}

static const char *text_of(struct flag_names *fn, uint64_t flags)
{
	size_t i = 0;

	flags &= fn->mask;
	while (i < fn->n && fn->texts[i].flags != flags)
		i++;
	if (i == TEXTS)
		return NULL;
	if (i == fn->n) {
		fn->texts[i].flags = flags;
		page_flag_names(fn->lay, flags, fn->texts[i].text, sizeof(fn->texts[i].text));
		fn->n++;
	}
	return fn->texts[i].text;
}

void flag_names_fill(struct flag_names *fn, struct finding *f)
{
	for (size_t i = 0; i < f->n_evidence; i++) {
		struct evidence *ev = &f->evidence[i];

		if (ev->id != FACT_FLAG_NAMES || ev->str[0])
			continue;
		ev->str = text_of(fn, ev->num);
		if (ev->str)
			return;
		/* Left out, as what is unknown is. */
		f->n_evidence--;
		memmove(ev, ev + 1, (f->n_evidence - i) * sizeof(*ev));
		return;
	}
}
