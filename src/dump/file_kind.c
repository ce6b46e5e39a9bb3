/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/file_kind.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arch/arch.h"
#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_io.h"

/* The last magic is that of Btrfs, at 64 KiB and a bit. */
#define HEAD_LEN (66u << 10)
/* Of a text this much is looked at. */
#define TEXT_LEN 4096

struct file_kind {
	enum { BY_MAGIC, BY_TEXT, BY_NAME } by;
	uint32_t at;
	uint32_t len;
	const char *magic, *mask;
	bool masked;
	const char *what, *advice;
};

#define KIND(at_, magic_, mask_, what_, advice_) \
	{ BY_MAGIC, at_, sizeof(magic_) - 1, magic_, mask_, sizeof(mask_) > 1, what_, advice_ },
#define LIKE(text_, what_, advice_) \
	{ BY_TEXT, 0, sizeof(text_) - 1, text_, "", false, what_, advice_ },
#define NAME(suffix_, what_, advice_) \
	{ BY_NAME, 0, sizeof(suffix_) - 1, suffix_, "", false, what_, advice_ },
static const struct file_kind kinds[] = {
#include "dump/file_kinds.def"
};
#undef KIND
#undef LIKE
#undef NAME

/* The beginning of a file. */
struct head {
	const unsigned char *bytes;
	size_t len;
	const char *name;	/* the file's, without its folder */
};

static const char *wanted_name(enum file_wanted wanted)
{
	return wanted == FILE_DUMP ? "dump" : "vmlinux";
}

static bool fits_magic(const struct file_kind *kind, const struct head *head)
{
	if (!range_ok(kind->at, kind->len, head->len))
		return false;
	for (size_t i = 0; i < kind->len; i++) {
		unsigned char mask = kind->masked ? (unsigned char)kind->mask[i] : 0xff;

		if ((head->bytes[kind->at + i] ^ (unsigned char)kind->magic[i]) & mask)
			return false;
	}
	return true;
}

static bool fits_letter(char pattern, unsigned char c)
{
	switch (pattern) {
	case '$':
		return isxdigit(c);
	case '%':
		return isdigit(c) || c == ' ';
	case '@':
		return isalpha(c);
	default:
		return tolower((unsigned char)pattern) == tolower(c);
	}
}

/* Past what editors and servers put before a text. */
static size_t text_start(const struct head *head)
{
	size_t at = head->len >= 3 && !memcmp(head->bytes, "\xef\xbb\xbf", 3) ? 3 : 0;

	while (at < head->len && at < TEXT_LEN && isspace(head->bytes[at]))
		at++;
	return at;
}

static bool fits_text(const struct file_kind *kind, const struct head *head)
{
	size_t at = text_start(head);

	if (!range_ok(at, kind->len, head->len))
		return false;
	for (size_t i = 0; i < kind->len; i++)
		if (!fits_letter(kind->magic[i], head->bytes[at + i]))
			return false;
	return true;
}

static bool fits(const struct file_kind *kind, const struct head *head)
{
	const char *dot = strrchr(head->name, '.');

	switch (kind->by) {
	case BY_MAGIC:
		return fits_magic(kind, head);
	case BY_TEXT:
		return fits_text(kind, head);
	default:
		return !strcmp(dot ? dot + 1 : head->name, kind->magic);
	}
}

static bool is_text(const struct head *head)
{
	for (size_t i = 0; i < head->len && i < TEXT_LEN; i++)
		if (head->bytes[i] < ' ' ? !isspace(head->bytes[i]) : head->bytes[i] == 0x7f)
			return false;
	return true;
}

static bool is_zero(const struct head *head)
{
	return !head->bytes[0] && !memcmp(head->bytes, head->bytes + 1, head->len - 1);
}

static bool has_word(const struct head *head, const char *word)
{
	return memmem(head->bytes, head->len < TEXT_LEN ? head->len : TEXT_LEN, word,
		      strlen(word)) != NULL;
}

static const struct file_kind *find_kind(const struct head *head)
{
	static const struct file_kind log = {
		.what = "the text of a kernel log",
		.advice = "the dump is the file vmcore or dump.* beside it",
	}, text = {
		.what = "a text",
		.advice = "the dump or the vmlinux itself is needed",
	}, zeros = {
		.what = "zeros, as far as it was read",
		.advice = "it was not written, or its disk lost it: take the dump again",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (fits(&kinds[i], head))
			return &kinds[i];
	if (is_zero(head))
		return &zeros;
	if (!is_text(head))
		return NULL;
	return has_word(head, "Linux version ") ? &log : &text;
}

#define ARCHS "@ARCHS@"

static enum pgc_status refuse_kind(const struct file_kind *kind, const char *name,
				   struct pgc_err *err)
{
	const char *at = strstr(kind->advice, ARCHS);
	char titles[128] = "";

	if (!at)
		return pgc_err_set(err, PGC_EFORMAT, "not a %s, but %s: %s", name, kind->what,
				   kind->advice);
	arch_list(true, titles, sizeof(titles));
	return pgc_err_set(err, PGC_EFORMAT, "not a %s, but %s: %.*s%s%s", name, kind->what,
			   (int)(at - kind->advice), kind->advice, titles, at + strlen(ARCHS));
}

bool file_kind_known(int fd, const char *path)
{
	_cleanup_free_ unsigned char *bytes = malloc(HEAD_LEN);
	const char *slash = strrchr(path, '/');
	struct head head = { .bytes = bytes, .name = slash ? slash + 1 : path };

	if (!bytes || dump_pread(fd, bytes, HEAD_LEN, 0, &head.len, NULL) != PGC_OK)
		return true;	/* whoever refuses it says why */
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (fits(&kinds[i], &head))
			return true;
	return false;
}

enum pgc_status file_kind_refuse(int fd, uint64_t size, const char *path,
				 enum file_wanted wanted, struct pgc_err *err)
{
	_cleanup_free_ unsigned char *bytes = malloc(HEAD_LEN);
	const char *name = wanted_name(wanted), *slash = strrchr(path, '/');
	struct head head = { .bytes = bytes, .name = slash ? slash + 1 : path };
	const struct file_kind *kind;
	enum pgc_status st;

	if (!size)
		return pgc_err_set(err, PGC_EFORMAT, "not a %s: the file is empty", name);
	if (!bytes)
		return pgc_err_nomem(err, path);
	st = dump_pread(fd, bytes, HEAD_LEN, 0, &head.len, err);
	if (st != PGC_OK && st != PGC_DAMAGED)
		return st;
	kind = head.len ? find_kind(&head) : NULL;
	if (kind)
		return refuse_kind(kind, name, err);
	if (wanted == FILE_VMLINUX)
		return pgc_err_set(err, PGC_EFORMAT, "not a vmlinux: not an ELF file, nor any other known kind of file");
	return pgc_err_set(err, PGC_EFORMAT,
			   "not a dump: neither an ELF core nor kdump-compressed nor flattened, and no memory with a Linux kernel in it");
}

enum pgc_status file_kind_missing(const char *path, int error, enum file_wanted wanted,
				  struct pgc_err *err)
{
	if (error == ENOENT && !strcmp(path, "-"))
		return pgc_err_set(err, PGC_EFORMAT, "a %s cannot be read from standard input, because it is not read in order: save it to a file",
				   wanted_name(wanted));
	if (error == ENOENT && strstr(path, "://"))
		return pgc_err_set(err, PGC_EFORMAT, "a URL, not a file: download the %s first",
				   wanted_name(wanted));
	return pgc_err_set(err, PGC_EIO, "%s", strerror(error));
}

static bool is_dump_name(const struct dirent *ent)
{
	return ent->d_name[0] != '.' && strlen(ent->d_name) < 80 &&
	       (!strcmp(ent->d_name, "vmcore") || !strncmp(ent->d_name, "vmcore.", 7) ||
		!strncmp(ent->d_name, "dump.", 5) || !strncmp(ent->d_name, "kdump.", 6));
}

/* The first dump in a directory, by kdump's names for it; false: there is none. */
static bool dump_inside(const char *path, char *name, size_t size)
{
	DIR *dir = opendir(path);
	struct dirent *ent;
	bool found = false;

	while (dir && (ent = readdir(dir))) {
		if (is_dump_name(ent) && (!found || strcmp(ent->d_name, name) < 0)) {
			snprintf(name, size, "%.79s", ent->d_name);
			found = true;
		}
	}
	if (dir)
		closedir(dir);
	return found;
}

enum pgc_status file_kind_special(const char *path, unsigned int mode, enum file_wanted wanted,
				  struct pgc_err *err)
{
	const char *name = wanted_name(wanted);
	char inside[80] = "";

	if (S_ISDIR(mode) && wanted == FILE_DUMP && dump_inside(path, inside, sizeof(inside)))
		return pgc_err_set(err, PGC_EFORMAT, "is a directory, not a dump: the dump in it is %s",
				   inside);
	if (S_ISDIR(mode))
		return pgc_err_set(err, PGC_EFORMAT, "is a directory, not a %s: name the file in it",
				   name);
	if (S_ISFIFO(mode))
		return pgc_err_set(err, PGC_EFORMAT, "is a pipe, not a %s: save it to a file first",
				   name);
	if (S_ISBLK(mode) || S_ISCHR(mode))
		return pgc_err_set(err, PGC_EFORMAT, "is a device, not a %s: copy what is on it to a file first",
				   name);
	return pgc_err_set(err, PGC_EFORMAT, "is not a regular file");
}

/* "... only 64-bit x86 kernels (x86_64) are read" */
_printf_(2, 3) static enum pgc_status not_read(struct pgc_err *err, const char *fmt, ...)
{
	char what[128], titles[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	arch_list(true, titles, sizeof(titles));
	return pgc_err_set(err, PGC_EFORMAT, "%s: only %s are supported", what, titles);
}

/*
 * Every range of a process has the physical address 0, and most lie in the lower half of the
 * address space. A kernel's do neither.
 */
static bool is_process(const struct arch *arch, int fd, const unsigned char *eh)
{
	uint64_t phoff = target_u64(eh + offsetof(Elf64_Ehdr, e_phoff));
	unsigned int n = target_u16(eh + offsetof(Elf64_Ehdr, e_phnum));
	unsigned int loads = 0, low = 0;
	unsigned char ph[sizeof(Elf64_Phdr)];
	size_t done;

	if (n == PN_XNUM || target_u16(eh + offsetof(Elf64_Ehdr, e_phentsize)) != sizeof(ph))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t vaddr;

		if (dump_pread(fd, ph, sizeof(ph), phoff + i * sizeof(ph), &done, NULL) != PGC_OK)
			return false;
		if (target_u32(ph + offsetof(Elf64_Phdr, p_type)) != PT_LOAD)
			continue;
		if (target_u64(ph + offsetof(Elf64_Phdr, p_paddr)))
			return false;
		vaddr = target_u64(ph + offsetof(Elf64_Phdr, p_vaddr));
		loads++;
		low += vaddr && !arch_kernel_half(arch, vaddr);
	}
	return loads > 1 && low;
}

enum pgc_status file_kind_check_elf(int fd, uint64_t size, struct pgc_err *err)
{
	unsigned char eh[sizeof(Elf64_Ehdr)] = "";
	unsigned int machine;
	const char *name;
	size_t done;
	bool big;

	if (size < EI_NIDENT + 4 ||
	    (dump_pread(fd, eh, sizeof(eh), 0, &done, NULL) != PGC_OK && done < EI_NIDENT + 4))
		return PGC_OK;	/* whoever opens it says that it is cut off */
	big = eh[EI_DATA] == ELFDATA2MSB;
	machine = target_u16(eh + offsetof(Elf64_Ehdr, e_machine));
	if (big)
		machine = __builtin_bswap16((uint16_t)machine);
	name = arch_machine_name(machine, big);
	if (!arch_is_read(arch_by_machine(machine)) || big || eh[EI_CLASS] != ELFCLASS64)
		return not_read(err, "an ELF core of a%s %s machine (number %u)",
				eh[EI_CLASS] == ELFCLASS64 ? " 64-bit" : " 32-bit",
				name ? name : big ? "big-endian" : "little-endian", machine);
	if (!target_u16(eh + offsetof(Elf64_Ehdr, e_phnum)) &&
	    target_u16(eh + offsetof(Elf64_Ehdr, e_shnum)))
		return pgc_err_set(err, PGC_EFORMAT, "a dump of a Xen domain (xl dump-core): it is not supported; take the dump with kdump inside the domain");
	if (is_process(arch_by_machine(machine), fd, eh))
		return pgc_err_set(err, PGC_EFORMAT, "a core of a process, not of a kernel: gdb PROGRAM FILE reads it");
	return PGC_OK;
}

/* struct disk_dump_header: utsname.machine is at the same place for all machines. */
#define KDUMP_MACHINE 272
#define UTS_LEN 65

enum pgc_status file_kind_check_kdump(int fd, struct pgc_err *err)
{
	char machine[UTS_LEN + 1] = "";
	size_t done;

	if (dump_pread(fd, machine, UTS_LEN, KDUMP_MACHINE, &done, NULL) != PGC_OK)
		return PGC_OK;
	if (arch_name_is_other(machine))
		return not_read(err, "a kdump-compressed dump of the architecture %s", machine);
	return PGC_OK;
}
