/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/complaints.h"

#include <stdio.h>
#include <string.h>

#include "layout/layout.h"
#include "model/kernel.h"
#include "vmcore.h"

#define TAINT_MACHINE_CHECK 4	/* include/linux/panic.h */

/* Which one a line is; false: none. */
static bool complaint_of(const struct log_line *line, enum complaint *ret)
{
	switch (line->kind) {
	case LOG_HARDWARE_ERROR:
		*ret = line->n_pfns ? COMPLAINT_MEMORY : COMPLAINT_MACHINE;
		return true;
	case LOG_EDAC:
		*ret = COMPLAINT_MEMORY;
		return true;
	case LOG_PAGE_POISON:
		*ret = COMPLAINT_FREE_BIT;
		return strstr(line->text, "single bit error") != NULL;
	case LOG_KASAN:
	case LOG_KFENCE:
		*ret = COMPLAINT_SANITIZER;
		return true;
	case LOG_DOUBLE_ALLOC:
	case LOG_DOUBLE_FREE:
		*ret = COMPLAINT_TWICE;
		return true;
	case LOG_BITMAP_CORRUPTION:
		*ret = COMPLAINT_MAPS;
		return true;
	default:
		return false;
	}
}

static void read_lines(const struct kernel_log *log, struct complaints *c)
{
	enum complaint what;

	for (size_t i = 0; i < kernel_log_lines(log); i++) {
		const struct log_line *line = kernel_log_line(log, i);

		if (complaint_of(line, &what) && !c->times[what]++)
			snprintf(c->first[what], sizeof(c->first[what]), "%s", line->text);
	}
}

/* Tests poison pages, too, and say so; so may anyone by madvise(). */
static bool was_injected(const struct kernel_log *log)
{
	for (size_t i = 0; i < kernel_log_lines(log); i++)
		if (kernel_log_line(log, i)->kind == LOG_MEMORY_FAILURE &&
		    strstr(kernel_log_line(log, i)->text, "Injecting"))
			return true;
	return false;
}

static void read_poisoned(struct kernel_reader kr, const struct kernel_log *log,
			  struct complaints *c)
{
	uint64_t n;

	if (layout_has(kr.k->lay, L_num_poisoned_pages) &&
	    vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_num_poisoned_pages), "num_poisoned_pages",
			    &n, NULL) == PGC_OK && n && n <= INT64_MAX && !was_injected(log))
		c->times[COMPLAINT_POISONED] = n;
}

enum pgc_status complaints_read(struct kernel_reader kr, struct complaints *ret,
				struct pgc_err *err)
{
	struct kernel_log *log;
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	st = kernel_log_create(kr, &log, err);
	if (st != PGC_OK)
		return st;
	read_lines(log, ret);
	if (!ret->times[COMPLAINT_MACHINE] && kernel_log_tainted(log, TAINT_MACHINE_CHECK))
		ret->times[COMPLAINT_MACHINE] = 1;
	read_poisoned(kr, log, ret);
	kernel_log_destroy(log);
	return PGC_OK;
}
