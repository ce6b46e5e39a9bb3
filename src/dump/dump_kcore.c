/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/dump_elf.h"
#include "dump/dump_io.h"

/* A range of RAM each, and one of its memmap: no machine has so many. */
#define PHNUM_MAX 0xffffu /* PN_XNUM */
#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"

/* [kaddr, kaddr + len) of virtual memory, physically linear from @paddr on. */
struct range {
	uint64_t kaddr, paddr, len;
	uint64_t off;		/* in the file */
};

/*
 * An open file. What the kernel hands out goes through one page that it has for each open file,
 * with no lock on it (fs/proc/kcore.c:read_kcore(), private_data; the same in 6.1, 6.12 and 7.2):
 * of two threads that read one file at once each may get the other's bytes.
 */
struct handle {
	pthread_mutex_t busy;	/* while it is read */
	int fd;
};

#define HANDLES 32

struct dump_kcore {
	struct handle handles[HANDLES];
	size_t n_handles;
	struct dump_kcore_info info;
	struct range *ranges;	/* by physical address; those of the image may lie in others */
	size_t n;
};

/* Is the kernel locked down as far as to refuse its memory? */
static bool locked_down(void)
{
	char text[128];
	_cleanup_fd_ int fd = open(LOCKDOWN_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	/* security/lockdown/lockdown.c: LOCKDOWN_KCORE is a matter of confidentiality. */
	return strstr(text, "[confidentiality]") != NULL;
}

static enum pgc_status refused(int why, struct pgc_err *err)
{
	if (why == ENOENT)
		return pgc_err_set(err, PGC_EIO,
				   "does not exist: this kernel has no CONFIG_PROC_KCORE, or /proc is hidden here");
	if (why == EPERM && locked_down())
		return pgc_err_set(err, PGC_EIO,
				   "the kernel is locked down (confidentiality): its memory cannot be read");
	if (why == EPERM)
		return pgc_err_set(err, PGC_EIO,
				   "not permitted: CAP_SYS_RAWIO is missing (a container?), or the kernel is locked down");
	if (why == EACCES)
		return pgc_err_set(err, PGC_EIO, "only root may read the running kernel's memory");
	return pgc_err_set(err, PGC_EIO, "cannot be opened: %s", strerror(why));
}

static enum pgc_status open_file(const char *path, int *fd, struct pgc_err *err)
{
	struct stat sb;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return refused(errno, err);
	if (fstat(*fd, &sb) < 0)
		return pgc_err_set(err, PGC_EIO, "cannot be opened: %s", strerror(errno));
	/* Containers put /dev/null there. */
	if (!S_ISREG(sb.st_mode))
		return pgc_err_set(err, PGC_EIO,
				   "is hidden here (a container?): no file with the kernel's memory");
	return PGC_OK;
}

static void add_range(struct dump_kcore *dk, const unsigned char *ph)
{
	struct range r = {
		.kaddr = target_u64(ph + offsetof(Elf64_Phdr, p_vaddr)),
		.paddr = target_u64(ph + offsetof(Elf64_Phdr, p_paddr)),
		.len = target_u64(ph + offsetof(Elf64_Phdr, p_filesz)),
		.off = target_u64(ph + offsetof(Elf64_Phdr, p_offset)),
	};
	uint64_t end;

	/* The last byte of the address space may be one of the kernel's. */
	if (r.paddr == UINT64_MAX || !r.len || !add_ok(r.kaddr, r.len - 1, &end) ||
	    !add_ok(r.paddr, r.len, &end) || !range_ok(r.off, r.len, INT64_MAX))
		return;
	dk->ranges[dk->n++] = r;
}

static int range_cmp(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->paddr != y->paddr)
		return x->paddr < y->paddr ? -1 : 1;
	return (x->kaddr > y->kaddr) - (x->kaddr < y->kaddr);
}

/* The kernel's image lies in the direct map, too: it does not count twice. */
static void set_ranges(struct dump_kcore *dk, const unsigned char *ph, size_t n)
{
	uint64_t end = 0;

	dk->n = 0;
	for (size_t i = 0; i < n; i++, ph += sizeof(Elf64_Phdr))
		if (target_u32(ph + offsetof(Elf64_Phdr, p_type)) == PT_LOAD)
			add_range(dk, ph);
	qsort(dk->ranges, dk->n, sizeof(*dk->ranges), range_cmp);
	dk->info.ram = 0;
	for (size_t i = 0; i < dk->n; i++) {
		const struct range *r = &dk->ranges[i];
		uint64_t from = r->paddr > end ? r->paddr : end;

		if (r->paddr + r->len <= from)
			continue;
		end = r->paddr + r->len;
		dk->info.ram += end - from;
	}
}

static enum pgc_status read_notes(struct dump_kcore *dk, const unsigned char *ph, size_t n,
				  struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < n && st == PGC_OK; i++, ph += sizeof(Elf64_Phdr))
		if (target_u32(ph + offsetof(Elf64_Phdr, p_type)) == PT_NOTE)
			st = dump_notes_read(&dk->info.notes, dk->handles[0].fd, INT64_MAX,
					     target_u64(ph + offsetof(Elf64_Phdr, p_offset)),
					     target_u64(ph + offsetof(Elf64_Phdr, p_filesz)),
					     err);
	/* The one PRSTATUS is that of the reader itself, and empty. */
	dk->info.notes.cpus = dk->info.notes.n_regs = 0;
	return st;
}

/* The program headers: the caller frees *@ret, @n of them. */
static enum pgc_status read_headers(struct dump_kcore *dk, unsigned char **ret, size_t *n,
				    struct pgc_err *err)
{
	_cleanup_free_ unsigned char *ph = NULL;
	unsigned char eh[sizeof(Elf64_Ehdr)];
	enum pgc_status st;

	st = dump_pread_all(dk->handles[0].fd, eh, sizeof(eh), 0, "ELF header", err);
	if (st != PGC_OK)
		return st;
	*n = target_u16(eh + offsetof(Elf64_Ehdr, e_phnum));
	if (memcmp(eh, ELFMAG, SELFMAG) || eh[EI_CLASS] != ELFCLASS64 ||
	    eh[EI_DATA] != ELFDATA2LSB ||
	    target_u16(eh + offsetof(Elf64_Ehdr, e_type)) != ET_CORE ||
	    target_u16(eh + offsetof(Elf64_Ehdr, e_phentsize)) != sizeof(Elf64_Phdr))
		return pgc_err_set(err, PGC_EFORMAT,
				   "not the ELF core of a 64-bit little-endian kernel");
	if (!*n || *n >= PHNUM_MAX)
		return pgc_err_set(err, PGC_EFORMAT, "%zu memory ranges are impossible", *n);
	dk->info.arch = arch_by_machine(target_u16(eh + offsetof(Elf64_Ehdr, e_machine)));
	ph = malloc(*n * sizeof(Elf64_Phdr));
	if (!ph)
		return pgc_err_nomem(err, "the memory ranges");
	st = dump_pread_all(dk->handles[0].fd, ph, *n * sizeof(Elf64_Phdr),
			    target_u64(eh + offsetof(Elf64_Ehdr, e_phoff)), "program headers",
			    err);
	if (st == PGC_OK)
		*ret = TAKE_PTR(ph);
	return st;
}

static enum pgc_status parse(struct dump_kcore *dk, bool notes, struct pgc_err *err)
{
	_cleanup_free_ unsigned char *ph = NULL;
	struct range *ranges;
	enum pgc_status st;
	size_t n = 0;

	st = read_headers(dk, &ph, &n, err);
	if (st != PGC_OK)
		return st;
	ranges = reallocarray(dk->ranges, n, sizeof(*ranges));
	if (!ranges)
		return pgc_err_nomem(err, "the memory ranges");
	dk->ranges = ranges;
	set_ranges(dk, ph, n);
	if (!dk->n)
		return pgc_err_set(err, PGC_EFORMAT,
				   "no range of it has a physical address: --live does not support this kernel");
	return notes ? read_notes(dk, ph, n, err) : PGC_OK;
}

enum pgc_status dump_kcore_refresh(struct dump_kcore *dk, struct pgc_err *err)
{
	return parse(dk, false, err);
}

/* One file for each CPU that this process may use: no more can read at once. */
static enum pgc_status open_handles(struct dump_kcore *dk, const char *path, struct pgc_err *err)
{
	enum pgc_status st = PGC_OK;
	cpu_set_t cpus;
	size_t n = 1;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 0)
		n = (size_t)CPU_COUNT(&cpus);
	if (n > HANDLES)
		n = HANDLES;
	while (dk->n_handles < n && st == PGC_OK) {
		struct handle *h = &dk->handles[dk->n_handles];

		h->fd = -1;
		st = open_file(path, &h->fd, err);
		if (h->fd < 0)
			break;
		pthread_mutex_init(&h->busy, NULL);
		dk->n_handles++;
	}
	return st;
}

enum pgc_status dump_kcore_open(const char *path, struct dump_kcore **ret, struct pgc_err *err)
{
	struct dump_kcore *dk = calloc(1, sizeof(*dk));
	enum pgc_status st;

	if (!dk)
		return pgc_err_nomem(err, path);
	st = open_handles(dk, path, err);
	if (st == PGC_OK)
		st = parse(dk, true, err);
	if (st != PGC_OK) {
		dump_kcore_close(dk);
		return st;
	}
	*ret = dk;
	return PGC_OK;
}

void dump_kcore_close(struct dump_kcore *dk)
{
	if (!dk)
		return;
	for (size_t i = 0; i < dk->n_handles; i++) {
		cleanup_fd(&dk->handles[i].fd);
		pthread_mutex_destroy(&dk->handles[i].busy);
	}
	dump_notes_deinit(&dk->info.notes);
	free(dk->ranges);
	free(dk);
}

const struct dump_kcore_info *dump_kcore_info(const struct dump_kcore *dk)
{
	return &dk->info;
}

/* The longest range that holds @paddr: the image lies inside the direct map, too. */
static const struct range *find_paddr(const struct dump_kcore *dk, uint64_t paddr)
{
	const struct range *best = NULL;

	for (size_t i = 0; i < dk->n && dk->ranges[i].paddr <= paddr; i++) {
		const struct range *r = &dk->ranges[i];

		if (paddr - r->paddr < r->len && (!best || r->len > best->len))
			best = r;
	}
	return best;
}

/* One that nobody reads, and nobody else will until unlocked; this CPU's if all are read. */
static struct handle *take_handle(struct dump_kcore *dk)
{
	int cpu = sched_getcpu();
	size_t mine = (cpu < 0 ? 0 : (size_t)cpu) % dk->n_handles;

	for (size_t i = 0; i < dk->n_handles; i++) {
		struct handle *h = &dk->handles[(mine + i) % dk->n_handles];

		if (!pthread_mutex_trylock(&h->busy))
			return h;
	}
	pthread_mutex_lock(&dk->handles[mine].busy);
	return &dk->handles[mine];
}

static enum pgc_status read_file(struct dump_kcore *dk, void *buf, size_t len, uint64_t off,
				 size_t *got, struct pgc_err *err)
{
	struct handle *h = take_handle(dk);
	enum pgc_status st = dump_pread(h->fd, buf, len, off, got, err);

	pthread_mutex_unlock(&h->busy);
	return st;
}

enum pgc_status dump_kcore_read(struct dump_kcore *dk, uint64_t paddr, void *buf,
				size_t len, size_t *done, struct pgc_err *err)
{
	*done = 0;
	while (*done < len) {
		const struct range *r = find_paddr(dk, paddr);
		size_t n = len - *done, got;
		enum pgc_status st;

		if (!r)
			return PGC_ABSENT;
		if (n > r->len - (paddr - r->paddr))
			n = (size_t)(r->len - (paddr - r->paddr));
		st = read_file(dk, (char *)buf + *done, n, r->off + (paddr - r->paddr), &got, err);
		*done += got;
		paddr += got;
		if (st != PGC_OK)
			return st;
	}
	return PGC_OK;
}

bool dump_kcore_translate(const struct dump_kcore *dk, uint64_t kaddr, uint64_t *paddr,
			  uint64_t *run)
{
	for (size_t i = 0; i < dk->n; i++) {
		const struct range *r = &dk->ranges[i];

		if (kaddr < r->kaddr || kaddr - r->kaddr >= r->len)
			continue;
		*paddr = r->paddr + (kaddr - r->kaddr);
		*run = r->len - (kaddr - r->kaddr);
		return true;
	}
	return false;
}
