/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/crash_facts.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "model/dmesg.h"
#include "model/kernel.h"
#include "vmcore.h"

#define NSEC_PER_SEC UINT64_C(1000000000)
#define UTS_FIELD 65 /* struct new_utsname: six strings of __NEW_UTS_LEN + 1 bytes */

/*
 * struct uts_namespace begins with a kref in kernels whose VMCOREINFO does not yet say where its
 * names are.
 */
#define UTS_NAME_OLD 4

static void copy_printable(char *dst, size_t size, const char *src, size_t len)
{
	size_t n = 0;

	for (; n < size - 1 && n < len && src[n] && src[n] != '\n'; n++)
		dst[n] = src[n] >= ' ' && src[n] <= '~' ? src[n] : '?';
	while (n && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
}

/* The names are at @kaddr if the first one is the system's, and the third the kernel's. */
static bool read_names(struct kernel_reader kr, uint64_t kaddr, char *hostname)
{
	const char *release = vmcore_info(kr.vc)->release;
	char names[3 * UTS_FIELD];

	if (vmcore_read(kr.vc, kaddr, names, sizeof(names), "init_uts_ns.name", NULL) != PGC_OK)
		return false;
	if (memcmp(names, "Linux", sizeof("Linux")) ||
	    (release && strncmp(names + 2 * UTS_FIELD, release, UTS_FIELD)))
		return false;
	/* makedumpfile --config writes over all of what it erases, the end of the name, too. */
	if (strnlen(names + UTS_FIELD, UTS_FIELD) == UTS_FIELD)
		return true;
	copy_printable(hostname, CRASH_HOST_LEN, names + UTS_FIELD, UTS_FIELD);
	if (!strcmp(hostname, "(none)"))
		hostname[0] = '\0';
	return true;
}

static void read_hostname(struct kernel_reader kr, struct crash_facts *ret)
{
	uint64_t uts, name = 0;

	if (!vmcore_number(kr.vc, "SYMBOL(init_uts_ns)", &uts))
		return;
	(void)vmcore_number(kr.vc, "OFFSET(uts_namespace.name)", &name);
	if (!read_names(kr, uts + name, ret->hostname))
		(void)read_names(kr, uts + UTS_NAME_OLD, ret->hostname);
}

enum words {
	WORDS_NONE,
	WORDS_DETAILS,	/* of a fault that was reported just before, as a rule */
	WORDS_FAULT,	/* of which a kernel may die */
	WORDS_PANIC,
};

/* What a kernel says when it dies. */
static const struct {
	const char *start;
	enum words words;
} last_words[] = {
	{ "Kernel panic - not syncing: ", WORDS_PANIC },
	{ "kernel BUG at ", WORDS_FAULT },
	{ "BUG: kernel ", WORDS_FAULT },
	{ "BUG: unable to handle ", WORDS_FAULT },
	{ "general protection fault", WORDS_FAULT },
	{ "Unable to handle kernel ", WORDS_FAULT },
	{ "Oops: ", WORDS_DETAILS },
	{ "Internal error: ", WORDS_DETAILS },
};

/* What a kernel says of the machine while it boots. */
static const struct {
	const char *start;
	size_t at;	/* in struct crash_machine */
} machine_words[] = {
	{ "DMI: Memory slots populated: ", offsetof(struct crash_machine, slots) },
	{ "DMI: ", offsetof(struct crash_machine, board) },
	{ "microcode: Current revision: ", offsetof(struct crash_machine, microcode) },
	{ "microcode: microcode updated early to revision ", offsetof(struct crash_machine, microcode) },
	{ "Hypervisor detected: ", offsetof(struct crash_machine, hypervisor) },
};

/* These lines have no names. */
static const char smbios[] = "DMI: SMBIOS ", no_dmi[] = "DMI: not present";

struct log_end {
	struct crash_facts *facts;
	enum words words; /* the surest so far */
	uint64_t last; /* when the last line was written */
};

/*
 * A panic says all. Of faults the last one counts, and only where the kernel wrote down that it
 * crashed: it may have survived them.
 */
static bool is_surer(const struct log_end *e, enum words words)
{
	if (words != WORDS_PANIC && !e->facts->has_time)
		return false;
	return words > e->words || (words == e->words && words != WORDS_DETAILS);
}

static bool starts(const struct dmesg_record *rec, const char *with)
{
	size_t len = strlen(with);

	return rec->len >= len && !memcmp(rec->text, with, len);
}

static void take_machine(struct crash_machine *m, const struct dmesg_record *rec)
{
	static const char edac[] = "Giving out device to module";

	/* "EDAC MC0: Giving out device to module skx_edac controller ...": one that has ECC. */
	if (starts(rec, "EDAC MC") && memmem(rec->text, rec->len, edac, strlen(edac)))
		m->edac = true;
	if (starts(rec, smbios) || starts(rec, no_dmi))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(machine_words); i++) {
		size_t len = strlen(machine_words[i].start);

		if (!starts(rec, machine_words[i].start))
			continue;
		copy_printable((char *)m + machine_words[i].at, CRASH_MACHINE_LEN, rec->text + len,
			       rec->len - len);
		return;
	}
}

static void take_record(void *arg, const struct dmesg_record *rec)
{
	struct log_end *e = arg;

	e->last = rec->ts_nsec;
	/* Anyone with /dev/kmsg may write what looks like the kernel's. */
	if (rec->facility)
		return;
	take_machine(&e->facts->machine, rec);
	for (size_t i = 0; i < ARRAY_SIZE(last_words); i++) {
		size_t len = strlen(last_words[i].start), skip = 0;

		if (rec->len < len || memcmp(rec->text, last_words[i].start, len) ||
		    !is_surer(e, last_words[i].words))
			continue;
		e->words = last_words[i].words;
		if (e->words == WORDS_PANIC)
			skip = len;
		copy_printable(e->facts->panic, CRASH_PANIC_LEN, rec->text + skip,
			       rec->len - skip);
		e->facts->uptime = rec->ts_nsec / NSEC_PER_SEC;
		return;
	}
}

/*
 * What the log has no more. "LabWorks Rack 7/Board 9, BIOS 3.14 04/01/2026", as the kernel says it.
 */
static void complete_machine(struct crash_machine *m, const struct hardware *hw)
{
	size_t full = 0;

	m->edac |= hw->edac;
	if (!m->board[0] && (hw->vendor[0] || hw->product[0]))
		snprintf(m->board, sizeof(m->board), "%.20s %.20s%s%.20s%s%.20s", hw->vendor,
			 hw->product, hw->board[0] ? "/" : "", hw->board,
			 hw->bios[0] ? ", BIOS " : "", hw->bios);
	for (size_t i = 0; i < hw->n_modules; i++)
		full += hw->modules[i].size != 0;
	if (!m->slots[0] && hw->slots)
		snprintf(m->slots, sizeof(m->slots), "%zu/%zu", full, hw->slots);
}

enum pgc_status crash_facts_read(struct kernel_reader kr, struct crash_facts *ret,
				 struct pgc_err *err)
{
	struct log_end e = { .facts = ret };
	struct dmesg_stats stats = { 0 };
	enum pgc_status st;

	*ret = (struct crash_facts){ 0 };
	ret->has_time = vmcore_number(kr.vc, "CRASHTIME", &ret->time) && ret->time &&
			ret->time <= INT64_MAX;
	ret->has_taint = layout_has(kr.k->lay, L_tainted_mask) &&
			 vmcore_read_u64(kr.vc, kernel_addr(kr.k, L_tainted_mask),
					 "tainted_mask", &ret->taint, NULL) == PGC_OK;
	read_hostname(kr, ret);
	st = dmesg_each(kr, take_record, &e, &stats, err);
	if (st != PGC_OK)
		return st;
	st = hardware_read(kr, &ret->hardware, err);
	if (st != PGC_OK)
		return st;
	complete_machine(&ret->machine, &ret->hardware);
	ret->has_uptime = stats.records > 0;
	if (e.words == WORDS_NONE)
		ret->uptime = e.last / NSEC_PER_SEC;
	return PGC_OK;
}
