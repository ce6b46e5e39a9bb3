/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/complaints.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/one_bit.h"
#include "layout/layout.h"
#include "model/hardware.h"
#include "model/kernel.h"
#include "model/samples.h"
#include "model/task.h"
#include "vmcore.h"

#define TAINT_MACHINE_CHECK 4	/* include/linux/panic.h */
#define STACK_END_MAGIC UINT64_C(0x57ac6e9d)	/* include/uapi/linux/magic.h */
/* More samples that are wrong are another kernel's way, or damage that others tell of. */
#define FEW 4

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

/* One bit in a word: who writes there leaves more of them. */
static void sample_zeros(struct kernel_reader kr, struct complaints *c)
{
	const uint64_t size = vmcore_info(kr.vc)->page_size;
	uint64_t word, bits = 0, words = 0;

	if (!layout_has(kr.k->lay, L_empty_zero_page))
		return;
	for (uint64_t at = 0; at < size; at += sizeof(word)) {
		if (vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_empty_zero_page) + at,
				    "empty_zero_page", &word, NULL) != PGC_OK)
			return;
		words += word != 0;
		bits += one_bit(word);
	}
	if (words == bits && words <= FEW)
		c->times[COMPLAINT_ZERO_BIT] = bits;
}

/* Where most stacks have another mark, this kernel has another one. */
static enum pgc_status sample_stacks(struct kernel_reader kr, struct complaints *c,
				     struct pgc_err *err)
{
	uint64_t right = 0, bits = 0, others = 0;
	struct tasks ts = { 0 };
	enum pgc_status st = tasks_read(kr, &ts, err);

	for (size_t i = 0; st == PGC_OK && i < ts.n; i++) {
		uint64_t word;

		if (!ts.list[i].stack || vmcore_read_u64(kr.vc, ts.list[i].stack, "end of a stack",
							 &word, NULL) != PGC_OK)
			continue;
		right += word == STACK_END_MAGIC;
		bits += one_bit(word ^ STACK_END_MAGIC);
		others += word != STACK_END_MAGIC && !one_bit(word ^ STACK_END_MAGIC);
	}
	if (bits + others <= FEW && right > FEW * (bits + others)) {
		c->times[COMPLAINT_STACK_BIT] = bits;
		c->times[COMPLAINT_STACK_END] = others;
	}
	tasks_deinit(&ts);
	return st;
}

static void say(struct complaints *c, enum complaint what, uint64_t times, const char *text)
{
	if (!times)
		return;
	c->times[what] = times;
	c->by_memory[what] = true;
	snprintf(c->first[what], sizeof(c->first[what]), "%s", text);
}

static enum pgc_status take_samples(struct kernel_reader kr, struct complaints *c,
				    struct pgc_err *err)
{
	struct samples s;
	enum pgc_status st = samples_read(kr, &s, err);

	if (st != PGC_OK)
		return st;
	say(c, COMPLAINT_FREED_BIT, s.free_bits, s.free_bit);
	say(c, COMPLAINT_FREED_WRITTEN, s.free_written, s.free_write);
	say(c, COMPLAINT_TABLE_BIT, s.table_bits, s.table);
	return PGC_OK;
}

/* What drivers counted, and machine checks that the log has not yet. */
static void take_hardware(const struct hardware *hw, struct complaints *c)
{
	enum complaint what = hw->memory_checks ? COMPLAINT_MEMORY : COMPLAINT_MACHINE;
	char text[LOG_LINE_TEXT], address[48] = "";

	if (hw->n_counts && !c->times[COMPLAINT_MEMORY]) {
		snprintf(text, sizeof(text), "EDAC counted %" PRIu64 " corrected and %" PRIu64 " uncorrected errors at %s",
			 hw->counts[0].corrected, hw->counts[0].uncorrected,
			 hw->counts[0].place[0] ? hw->counts[0].place : "a module");
		say(c, COMPLAINT_MEMORY, hw->n_counts, text);
	}
	if (!hw->checks || c->times[what])
		return;
	if (hw->has_address)
		snprintf(address, sizeof(address), ", address 0x%" PRIx64, hw->check_address);
	snprintf(text, sizeof(text), "machine check not logged yet: bank %u, status 0x%" PRIx64 "%s",
		 hw->check_bank, hw->check_status, address);
	say(c, what, hw->memory_checks ? hw->memory_checks : hw->checks, text);
}

enum pgc_status complaints_read(struct kernel_reader kr, const struct hardware *hw,
				struct complaints *ret, struct pgc_err *err)
{
	struct kernel_log *log;
	enum pgc_status st;

	memset(ret, 0, sizeof(*ret));
	st = kernel_log_create(kr, &log, err);
	if (st != PGC_OK)
		return st;
	read_lines(log, ret);
	take_hardware(hw, ret);
	if (!ret->times[COMPLAINT_MACHINE] && kernel_log_tainted(log, TAINT_MACHINE_CHECK))
		ret->times[COMPLAINT_MACHINE] = 1;
	read_poisoned(kr, log, ret);
	kernel_log_destroy(log);
	sample_zeros(kr, ret);
	st = sample_stacks(kr, ret, err);
	return st == PGC_OK ? take_samples(kr, ret, err) : st;
}
