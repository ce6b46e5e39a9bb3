/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore - the bytes of a dumped kernel's memory
 *
 * Opens a crash dump of any supported format and answers reads by physical address and by
 * kernel virtual address, in bulk or a few bytes at a time. It knows file formats, page
 * tables and VMCOREINFO; it knows nothing of struct page, zones or bitmaps.
 *
 * Five answers are kept apart all the way: bytes, PGC_EXCLUDED (RAM that the dump left
 * out), PGC_ABSENT (no such memory), PGC_ELSEWHERE (in a piece of a split dump that was not
 * given) and PGC_DAMAGED (should be there, but reads short or does not inflate). A page that the dump left out never reads as zeros.
 *
 * A vmcore may be used by one thread at a time: each further thread has one of its own, made by
 * vmcore_dup().
 */
#ifndef PGCONS_VMCORE_H
#define PGCONS_VMCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "dump/table_path.h"

struct vmcore;

#define VMCORE_REMARKS 8

struct vmcore_info {
	const char *path;
	const char *format;	/* "ELF", "kdump", "flattened ELF", "flattened kdump", "kcore" */
	const struct arch *arch; /* NULL where unknown */
	uint64_t bytes;		/* size of the file, or of a live kernel's memory, bytes */
	bool live;
	bool while_running;	/* whoever saved it ran on the machine itself */
	uint32_t page_size;	/* bytes */
	unsigned int page_shift;
	bool has_vmcoreinfo;
	uint64_t vmcoreinfo_paddr; /* where in memory it was found; 0: it is not from there */
	const char *remarks[VMCORE_REMARKS]; /* of texts of VMCOREINFO, and kernels, not taken */
	unsigned int n_remarks;
	const char *doubt;	/* why VMCOREINFO does not fit the memory; NULL: it does */
	bool kernel_doubtful;	/* there are several kernels, and nothing shows which one ran */
	bool vmcoreinfo_rebuilt; /* by vmcore_place_kernel() */
	const char *release;	/* OSRELEASE; NULL where unknown */
	const char *build_id;	/* lower-case hex of the kernel's build-id; NULL where unknown */
	uint64_t kernel_offset;	/* KASLR slide of the kernel image, bytes; 0 where unknown */
	unsigned int cpus;	/* CPUs with a PRSTATUS note; 0 where unknown */
	uint64_t truncated_at;	/* file offset where the dump ends early; 0: it does not */
	uint64_t missing_bytes;	/* bytes that the headers promise past the end of file */
	bool missing_least;	/* ... and there may be more of them */
	bool marked_incomplete;	/* the writer says so in the header */
	uint64_t unwritten;	/* stored pages, the last ones, whose descriptors are all zeros */
	size_t pieces;		/* of a split dump that are here; 0: it is not split */
	uint64_t piece_start, piece_end;	/* pfns of the only one that is here */
	uint64_t max_pfn;	/* of a split dump: where the whole of it ends */
	uint64_t missing_pages;	/* stored in pieces that are not here; 0: none is missing */
	uint64_t missing_start, missing_end; /* pfns of the first such piece */
	unsigned int missing_ranges;	/* such pieces, as far as the others show */
	int64_t stored_excess;	/* pages called stored without a descriptor, or less than those;
				 * not 0: from some page on, pages are taken for others */
};

/*
 * Open the dump at @path. The caller owns *@ret. A truncated dump opens (what is there can
 * be analysed); see truncated_at. Fails with PGC_EIO (cannot open or read), PGC_EFORMAT
 * (not a dump this program reads) or PGC_ENOMEM. A flattened dump takes the room of its
 * content in $TMPDIR, else /var/tmp, until it is closed. Of a split dump, one piece opens by
 * itself; what the other pieces hold reads as PGC_ELSEWHERE.
 */
_must_check_ enum pgc_status vmcore_open(const char *path, struct vmcore **ret,
					 struct pgc_err *err);
/*
 * The same with the VMCOREINFO in the file @vmcoreinfo (may be NULL) besides the dump's own. Where
 * that does not fit the memory, neither does the dump's note, or the CPUs run another kernel, the
 * copies in memory are tried; with @force the file is taken as it is. See remarks.
 */
_must_check_ enum pgc_status vmcore_open_with(const char *path, const char *vmcoreinfo,
					      bool force, struct vmcore **ret,
					      struct pgc_err *err);

/*
 * The same with the @n pieces of one split dump, in any order, @n at least 1. Some may be missing:
 * see missing_pages. PGC_EMISMATCH: they are not of one dump.
 */
_must_check_ enum pgc_status vmcore_open_pieces(const char *const *paths, size_t n,
						const char *vmcoreinfo, bool force,
						struct vmcore **ret, struct pgc_err *err);

/*
 * Open the running kernel's memory instead: @path is /proc/kcore but for tests. Nothing of it
 * holds still, so that two reads may disagree; vmcore_flush() lets the second one see it. Zeros
 * prove nothing there: see dump_kcore.h.
 */
_must_check_ enum pgc_status vmcore_open_live(const char *path, struct vmcore **ret,
					      struct pgc_err *err);

/*
 * For a dump without VMCOREINFO (has_vmcoreinfo): find the kernel in its memory and rebuild what
 * VMCOREINFO would say of page tables. PGC_ENOENT, with a message: it is not there.
 */
struct kernel_image;
_must_check_ enum pgc_status vmcore_place_kernel(struct vmcore *vc,
						 const struct kernel_image *img,
						 struct pgc_err *err);

/*
 * A vmlinux or layout (@what, static) of that @build_id or, where that is unknown, @release is
 * used: where several kernels are in memory, that one is read from now on. Either may be NULL.
 * To be called before anything was read. PGC_ENOENT, without a message: none there is known to be
 * of it, all stays as it was. PGC_EMISMATCH: there is, but the CPUs run another kernel.
 */
_must_check_ enum pgc_status vmcore_prefer(struct vmcore *vc, const char *what,
					   const char *build_id, const char *release,
					   struct pgc_err *err);

/*
 * Forget what was read before, of a live kernel. While there are vmcores made by vmcore_dup(), only
 * of these. Fails with PGC_ENOMEM, or when the kernel no longer gives its memory.
 */
_must_check_ enum pgc_status vmcore_flush(struct vmcore *vc, struct pgc_err *err);

/*
 * NULL is fine. When threads have a vmcore each, close them after the threads ended: see
 * dump_kdump_close().
 */
void vmcore_close(struct vmcore *vc);

/*
 * Another vmcore of the same dump, for another thread: what is read once is shared, what
 * changes from call to call is its own. The caller owns *@ret and closes it before @vc.
 */
_must_check_ enum pgc_status vmcore_dup(const struct vmcore *vc, struct vmcore **ret,
					struct pgc_err *err);

/*
 * Take it from now on, by this vmcore and those that are made of it, whatever the page tables
 * say, that the @len bytes from @kaddr are those from @paddr, as they are in the kernel image
 * and in the direct map. With @len 0: nowhere any more. False: there is no room for it.
 */
bool vmcore_assume_linear(struct vmcore *vc, uint64_t kaddr, uint64_t len, uint64_t paddr);

/*
 * Are, by this vmcore and those that are made of it, the upper bytes of kernel addresses taken for tags,
 * which translation and reading ignore? At first they are not.
 */
void vmcore_assume_tags(struct vmcore *vc, bool tags);

/*
 * How often the system refused to read what is there (PGC_EIO), by this vmcore and all that share its
 * dump: findings there may be missing, even where its reader could continue without.
 */
unsigned int vmcore_failed_reads(const struct vmcore *vc);

/* Bytes read from the dump in bulk, so far, by this vmcore; frames that are mapped often, once. */
uint64_t vmcore_bytes_read(const struct vmcore *vc);

/*
 * Is the file at @path a dump, by its content? Lets the command line take its arguments in
 * either order. A vmlinux (ELF with a .symtab or debug sections) is not.
 */
bool vmcore_looks_like_dump(const char *path);

/* Borrowed until vmcore_close(). */
const struct vmcore_info *vmcore_info(const struct vmcore *vc);

/*
 * The value of a VMCOREINFO line, e.g. "KERNELOFFSET" or "SYMBOL(mem_section)". NULL when
 * there is none; borrowed until vmcore_close().
 */
const char *vmcore_vmcoreinfo(const struct vmcore *vc, const char *key);

/* The same as a number, see dump_notes_value(). False: no such line, or it is no number. */
bool vmcore_number(const struct vmcore *vc, const char *key, uint64_t *ret);
/* The same for who knows no dump. @vc is borrowed. */
struct arch_lines vmcore_lines(const struct vmcore *vc);

/*
 * The registers in the @nr-th PRSTATUS note, NULL when there is none: borrowed. QEMU writes
 * one note per CPU, in order; a crashing kernel leaves out CPUs that are offline.
 */
struct cpu_regs;
const struct cpu_regs *vmcore_regs(const struct vmcore *vc, unsigned int nr);

/*
 * Read @len bytes at physical address @paddr. Stops at the first page that cannot be had:
 * *@done (may not be NULL) is the number of good bytes before it and the status says why.
 * To continue, skip to the next page boundary and call again.
 */
_must_check_ enum pgc_status vmcore_read_phys(struct vmcore *vc, uint64_t paddr, void *buf,
					      size_t len, size_t *done, struct pgc_err *err);

/*
 * Translate the kernel virtual address @kaddr. *@run is the number of bytes from @kaddr on
 * that are known to be physically linear (up to the end of the leaf mapping). PGC_ABSENT:
 * not mapped; PGC_EXCLUDED, PGC_DAMAGED: the page table is not there to read. After these
 * *@run is how far the answer holds, at least to the end of the page. PGC_ENOENT, with a
 * message: the dump has no VMCOREINFO, or too little of it to find the page tables.
 */
_must_check_ enum pgc_status vmcore_translate(struct vmcore *vc, uint64_t kaddr,
					      uint64_t *paddr, uint64_t *run,
					      struct pgc_err *err);

/*
 * The kernel's own page tables, for who holds them against what they lead to: what entries are
 * like, NULL where there are none to read or of a live kernel; and the entries that lead to
 * @kaddr, see dump_xlat_path().
 */
const struct arch_paging *vmcore_paging(const struct vmcore *vc);
_must_check_ enum pgc_status vmcore_table_path(struct vmcore *vc, uint64_t kaddr,
					       const struct table_mend *trial,
					       struct table_path *ret);
/*
 * Read this entry as another value from now on, by this vmcore and those that are made of it
 * later; NULL: all as they are again. False: there is no room for it.
 */
bool vmcore_mend_table(struct vmcore *vc, const struct table_mend *mend);
/* Where the dump's physical memory ends, at most; 0: unknown. */
uint64_t vmcore_memory_end(const struct vmcore *vc);

/*
 * Read @len bytes at kernel virtual address @kaddr, across mappings. Same contract as
 * vmcore_read_phys(). Meant for large runs: nothing is cached.
 */
_must_check_ enum pgc_status vmcore_read_bulk(struct vmcore *vc, uint64_t kaddr, void *buf,
					      size_t len, size_t *done, struct pgc_err *err);

/*
 * Read a small object (all of it or fail) through a page cache: the way to chase pointers.
 * @what names the object in the message, e.g. "zone.lock". Gaps format no message.
 */
_must_check_ enum pgc_status vmcore_read(struct vmcore *vc, uint64_t kaddr, void *buf,
					 size_t len, const char *what, struct pgc_err *err);
_must_check_ enum pgc_status vmcore_read_u64(struct vmcore *vc, uint64_t kaddr,
					     const char *what, uint64_t *ret,
					     struct pgc_err *err);
_must_check_ enum pgc_status vmcore_read_u32(struct vmcore *vc, uint64_t kaddr,
					     const char *what, uint32_t *ret,
					     struct pgc_err *err);
/* A NUL-terminated string of at most @size - 1 bytes; longer ones are cut. */
_must_check_ enum pgc_status vmcore_read_str(struct vmcore *vc, uint64_t kaddr, char *buf,
					     size_t size, const char *what,
					     struct pgc_err *err);

/* What dumps may be compressed with as a whole, for --version; static. */
const char *vmcore_packings(void);

/* The version of libkdumpfile, for --version; static. */
const char *vmcore_library_version(void);

#endif
