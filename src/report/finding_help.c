/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/finding_help.h"

static const struct finding_help helps[FINDING_IDS] = {
#define FINDING_HELP(id_, meaning_, causes_, next_, crash_, drgn_)                       \
	[FIND_##id_] = { .meaning = meaning_, .causes = causes_, .next = next_,          \
			 .crash = crash_, .drgn = drgn_ },
#include "report/finding_help.def"
};

const struct finding_help *finding_help(enum finding_id id)
{
	return &helps[id];
}
