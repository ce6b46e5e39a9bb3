/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump_floor - how long does it take to read given physical memory from a kdump-compressed
 * dump: by libkdumpfile with cache.size=32, or by dump_kdump?
 *
 *	kdump_floor ranges VMCORE VMLINUX >RANGES	where the struct pages are
 *	kdump_floor library|own DUMP [THREADS [ROUNDS]] <RANGES
 *
 * RANGES are lines "START BYTES" in hexadecimal. Each round has new readers, one a thread,
 * and reads 64 KiB at a time; it prints its seconds without the opening, by the clock and of
 * all CPUs (the better measure on a busy machine), and a sum of 8 bytes in 64, which is the
 * same for both readers, or one of them is wrong.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "debuginfo/debuginfo.h"
#include "dump/dump_kdump.h"
#include "dump/kdump_library.h"
#include "model/kernel.h"
#include "vmcore.h"

#define STEP 65536u
#define PIECE (2u << 20)	/* what a thread takes at once */
#define THREADS_MAX 64

struct range {
	uint64_t start, len;
};

struct job {
	struct range *pieces;
	size_t n;
	_Atomic size_t next;
	bool library;
};

struct worker {
	struct job *job;
	pthread_t thread;
	struct dump_kdump *own;
	struct kdump_library *library;
	uint64_t bytes, sum;
};

static void die(const char *what, const struct pgc_err *err)
{
	fprintf(stderr, "kdump_floor: %s: %s\n", what, err->msg);
	exit(1);
}

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void print_section(const struct kernel *k, struct vmcore *vc,
			  const struct section *s)
{
	uint64_t kaddr = kernel_pfn_to_page(k, s->start_pfn);
	uint64_t end = kernel_pfn_to_page(k, s->start_pfn + k->pages_per_section);
	uint64_t paddr, run;

	for (; kaddr < end; kaddr += run) {
		if (vmcore_translate(vc, kaddr, &paddr, &run, NULL) != PGC_OK)
			continue;
		printf("%" PRIx64 " %" PRIx64 "\n", paddr,
		       run < end - kaddr ? run : end - kaddr);
	}
}

static int print_ranges(const char *vmcore, const char *vmlinux)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct debuginfo *di = NULL;
	struct vmcore *vc = NULL;
	struct layout *lay = NULL;
	struct kernel *k = NULL;

	if (vmcore_open(vmcore, &vc, &err) != PGC_OK ||
	    debuginfo_open(vmlinux, &di, &err) != PGC_OK ||
	    layout_from_debuginfo(di, &lay, &err) != PGC_OK ||
	    kernel_create(vc, lay, &k, &err) != PGC_OK)
		die("ranges", &err);
	for (size_t i = 0; i < k->n_sections; i++)
		print_section(k, vc, &k->sections[i]);
	kernel_destroy(k);
	layout_destroy(lay);
	debuginfo_close(di);
	vmcore_close(vc);
	return 0;
}

static void add_piece(struct job *job, uint64_t start, uint64_t len)
{
	job->pieces = realloc(job->pieces, (job->n + 1) * sizeof(*job->pieces));
	if (!job->pieces)
		abort();
	job->pieces[job->n++] = (struct range){ start, len };
}

static void read_ranges(struct job *job)
{
	uint64_t start, len;

	while (scanf("%" SCNx64 " %" SCNx64, &start, &len) == 2)
		for (uint64_t at = 0; at < len; at += PIECE)
			add_piece(job, start + at, len - at < PIECE ? len - at : PIECE);
}

static enum pgc_status read_chunk(struct worker *w, uint64_t paddr, void *buf, size_t len,
				  size_t *done, struct pgc_err *err)
{
	return w->library ? kdump_library_read(w->library, paddr, buf, len, done, err) :
	       dump_kdump_read(w->own, paddr, buf, len, done, err);
}

static void *work(void *arg)
{
	static _Thread_local unsigned char buf[STEP];
	struct pgc_err err = PGC_ERR_INIT;
	struct worker *w = arg;
	size_t i, done;

	while ((i = w->job->next++) < w->job->n) {
		const struct range *r = &w->job->pieces[i];

		/* A page that is not there is passed over. */
		for (uint64_t at = 0; at < r->len; at += done ? done : 4096) {
			size_t n = r->len - at < STEP ? (size_t)(r->len - at) : STEP;
			enum pgc_status st = read_chunk(w, r->start + at, buf, n, &done, &err);
			uint64_t word;

			if (st != PGC_OK && !pgc_is_gap(st))
				die("read", &err);
			for (size_t b = 0; b < done; b += 64) {
				memcpy(&word, buf + b, 8);
				w->sum += word;
			}
			w->bytes += done;
		}
	}
	return NULL;
}

static void run_round(struct job *job, struct worker *w, size_t threads)
{
	uint64_t bytes = 0, sum = 0;
	double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), spent;

	job->next = 0;
	for (size_t i = 1; i < threads; i++)
		if (pthread_create(&w[i].thread, NULL, work, &w[i]))
			abort();
	work(&w[0]);
	for (size_t i = 1; i < threads; i++)
		pthread_join(w[i].thread, NULL);
	spent = now(CLOCK_MONOTONIC) - start;
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (size_t i = 0; i < threads; i++) {
		bytes += w[i].bytes;
		sum += w[i].sum;
	}
	printf("%.6f s, CPU %.6f s, %.3f us/page, %" PRIu64 " bytes, sum %016" PRIx64 "\n",
	       spent, cpu, bytes ? cpu * 1e6 * 4096 / (double)bytes : 0.0, bytes, sum);
	fflush(stdout);
}

static void one_round(struct job *job, int fd, uint64_t size, size_t threads)
{
	struct worker w[THREADS_MAX] = { 0 };
	struct pgc_err err = PGC_ERR_INIT;
	enum pgc_status st = PGC_OK;

	for (size_t i = 0; i < threads && st == PGC_OK; i++) {
		w[i].job = job;
		st = i ? dump_kdump_dup(w[0].own, &w[i].own, &err) :
		     dump_kdump_open(fd, size, &w[i].own, &err);
		if (st == PGC_OK && job->library)
			st = kdump_library_open(fd, dump_kdump_header(w[0].own),
						&w[i].library, &err);
	}
	if (st != PGC_OK)
		die("open", &err);
	run_round(job, w, threads);
	for (size_t i = threads; i-- > 0;) {
		kdump_library_close(w[i].library);
		dump_kdump_close(w[i].own);
	}
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	struct stat st;
	unsigned long threads, rounds;
	int fd;

	if (argc == 4 && !strcmp(argv[1], "ranges"))
		return print_ranges(argv[2], argv[3]);
	job.library = argc > 1 && !strcmp(argv[1], "library");
	if (argc < 3 || argc > 5 || (!job.library && strcmp(argv[1], "own"))) {
		fprintf(stderr, "kdump_floor: wrong usage: see bench/kdump_floor.c\n");
		return 16;
	}
	threads = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	rounds = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
	fd = open(argv[2], O_RDONLY);
	if (fd < 0 || fstat(fd, &st) || !threads || threads > THREADS_MAX) {
		perror(argv[2]);
		return 1;
	}
	read_ranges(&job);
	while (rounds--)
		one_round(&job, fd, (uint64_t)st.st_size, threads);
	free(job.pieces);
	return 0;
}
