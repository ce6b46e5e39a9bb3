/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/target_int.h"
#include "dump/dump_flat.h"
#include "dump/dump_image.h"
#include "dump/dump_io.h"
#include "dump/dump_kcore.h"
#include "dump/dump_lkcd.h"
#include "dump/dump_probe.h"
#include "dump/dump_sadump.h"
#include "dump/file_kind.h"
#include "dump/kdump_header.h"

static bool is_elf(const unsigned char *head, size_t len)
{
	return len >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG);
}

static bool is_elf_core(const unsigned char *head, size_t len)
{
	unsigned int type;

	if (len < EI_NIDENT + 2)
		return false;
	type = target_u16(head + EI_NIDENT);
	if (head[EI_DATA] == ELFDATA2MSB)
		type = __builtin_bswap16((uint16_t)type);
	return type == ET_CORE;
}

/* It looks like a regular file, of 128 TiB, and holds still for nobody. */
static bool is_running_kernel(const struct stat *sb)
{
	struct stat kcore;

	return stat(KCORE_PATH, &kcore) == 0 && S_ISREG(kcore.st_mode) &&
	       kcore.st_dev == sb->st_dev && kcore.st_ino == sb->st_ino;
}

enum pgc_status dump_probe_open(const char *path, int *ret_fd, uint64_t *size,
				unsigned char *head, size_t *len, struct pgc_err *err)
{
	_cleanup_fd_ int fd = -1;
	enum pgc_status st;
	struct stat sb;

	/* Look first: opening a FIFO may block, opening a device may do anything. */
	if (stat(path, &sb) < 0)
		return file_kind_missing(path, errno, FILE_DUMP, err);
	if (!S_ISREG(sb.st_mode))
		return file_kind_special(path, sb.st_mode, FILE_DUMP, err);
	if (is_running_kernel(&sb))
		return pgc_err_set(err, PGC_EFORMAT,
				   "is the running kernel, not a dump: use --live");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &sb) < 0)
		return pgc_err_set(err, PGC_EIO, "cannot be opened: %s", strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return pgc_err_set(err, PGC_EFORMAT, "is not a regular file");
	*size = (uint64_t)sb.st_size;
	st = dump_pread(fd, head, DUMP_HEAD_LEN, 0, len, err);
	if (st != PGC_OK && st != PGC_DAMAGED)
		return st;
	*ret_fd = fd;
	fd = -1;
	return PGC_OK;
}

enum dump_kind dump_probe_kind(const unsigned char *head, size_t len)
{
	if (is_elf(head, len))
		return is_elf_core(head, len) ? DUMP_ELF : DUMP_ELF_OTHER;
	if (kdump_header_is(head, len))
		return DUMP_KDUMP;
	if (dump_flat_is(head, len))
		return DUMP_FLAT;
	if (dump_image_is_lime(head, len))
		return DUMP_LIME;
	if (dump_image_is_raw(head, len))
		return DUMP_RAW;
	if (dump_sadump_is(head, len))
		return DUMP_SADUMP;
	if (dump_lkcd_is(head, len))
		return DUMP_LKCD;
	return DUMP_NONE;
}

enum dump_kind dump_probe_file(int fd, uint64_t size, const char *path, const unsigned char *head,
			       size_t len)
{
	enum dump_kind kind = dump_probe_kind(head, len);

	return kind == DUMP_NONE && !file_kind_known(fd, path) && dump_image_has_kernel(fd, size) ?
		       DUMP_RAW : kind;
}

enum pgc_status dump_probe_check(int fd, uint64_t size, const char *path, enum dump_kind kind,
				 struct pgc_err *err)
{
	switch (kind) {
	case DUMP_NONE:
		return file_kind_refuse(fd, size, path, FILE_DUMP, err);
	case DUMP_ELF:
		return file_kind_check_elf(fd, size, err);
	case DUMP_KDUMP:
		return file_kind_check_kdump(fd, err);
	default:
		return PGC_OK;
	}
}
