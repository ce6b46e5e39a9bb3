/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dump/dump_map.h"

#include <linux/magic.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"

/*
 * What the handler knows. A signal handler gets no argument of ours, hence the one mutable
 * table of this program. A slot is in use while its start is not 0.
 */
#define MAPS 16

struct range {
	atomic_uintptr_t start;
	atomic_uintptr_t end;
	atomic_bool lost;
};

static struct range ranges[MAPS];
static uintptr_t host_page;

struct dump_map {
	void *at;
	size_t len;
	struct range *range;
};

static struct range *range_of(uintptr_t addr)
{
	for (size_t i = 0; i < MAPS; i++)
		if (addr >= atomic_load(&ranges[i].start) && addr < atomic_load(&ranges[i].end))
			return &ranges[i];
	return NULL;
}

/* mmap() is no more than the system call on Linux: it may be called here. */
static void on_sigbus(int sig, siginfo_t *info, void *ucontext _unused_)
{
	uintptr_t addr = (uintptr_t)info->si_addr;
	struct range *r = range_of(addr);
	void *page = (void *)(addr & ~(host_page - 1));

	if (r && mmap(page, host_page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		      0) != MAP_FAILED) {
		atomic_store(&r->lost, true);
		return;
	}
	/* Not ours: the access is made again, and ends as it would without us. */
	signal(sig, SIG_DFL);
}

static bool install_handler(void)
{
	struct sigaction sa = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };
	long page = sysconf(_SC_PAGESIZE);

	if (page <= 0)
		return false;
	host_page = (uintptr_t)page;
	return sigaction(SIGBUS, &sa, NULL) == 0;
}

static struct range *take_range(uintptr_t start, uintptr_t end)
{
	for (size_t i = 0; i < MAPS; i++) {
		uintptr_t nobody = 0;

		if (!atomic_compare_exchange_strong(&ranges[i].start, &nobody, start))
			continue;
		atomic_store(&ranges[i].lost, false);
		atomic_store(&ranges[i].end, end);
		return &ranges[i];
	}
	return NULL;
}

/*
 * /proc/vmcore is mapped whole at mmap(), not as it is touched: 2 MiB of page tables for each
 * GiB, out of the little memory that a capture kernel has (fs/proc/vmcore.c, mmap_vmcore()).
 */
static bool is_in_procfs(int fd)
{
	struct statfs sf;

	return fstatfs(fd, &sf) == 0 && sf.f_type == PROC_SUPER_MAGIC;
}

struct dump_map *dump_map_create(int fd, uint64_t size)
{
	struct dump_map *dm;

	if (!size || size > SIZE_MAX || is_in_procfs(fd) || !install_handler())
		return NULL;
	dm = calloc(1, sizeof(*dm));
	if (!dm)
		return NULL;
	dm->len = (size_t)size;
	dm->at = mmap(NULL, dm->len, PROT_READ, MAP_SHARED, fd, 0);
	if (dm->at != MAP_FAILED)
		dm->range = take_range((uintptr_t)dm->at, (uintptr_t)dm->at + dm->len);
	if (!dm->range) {
		dump_map_destroy(dm);
		return NULL;
	}
	return dm;
}

void dump_map_destroy(struct dump_map *dm)
{
	if (!dm)
		return;
	if (dm->range) {
		atomic_store(&dm->range->end, 0);
		atomic_store(&dm->range->start, 0);
	}
	if (dm->at != MAP_FAILED)
		munmap(dm->at, dm->len);
	free(dm);
}

const unsigned char *dump_map_bytes(const struct dump_map *dm)
{
	return dm->at;
}

bool dump_map_lost(const struct dump_map *dm)
{
	return atomic_load(&dm->range->lost);
}
