/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "dump/vmcore_priv.h"

enum pgc_status vmcore_read_phys(struct vmcore *vc, uint64_t paddr, void *buf, size_t len,
				 size_t *done, struct pgc_err *err)
{
	enum pgc_status st;

	if (vc->kcore)
		st = dump_kcore_read(vc->kcore, paddr, buf, len, done, err);
	else
		st = vc->elf ? dump_elf_read(vc->elf, paddr, buf, len, done, err) :
			       dump_pieces_read(vc->pieces, paddr, buf, len, done, err);
	if (st == PGC_EIO)
		(*vc->failed_reads)++;
	return st;
}

unsigned int vmcore_failed_reads(const struct vmcore *vc)
{
	return *vc->failed_reads;
}

static bool by_line(const struct vmcore *vc, uint64_t kaddr, uint64_t *paddr, uint64_t *run)
{
	const struct vmcore *owner = vc->owner ? vc->owner : vc;

	for (unsigned int i = 0; i < owner->n_linear; i++) {
		const struct linear *l = &owner->linear[i];

		if (kaddr < l->kaddr || kaddr - l->kaddr >= l->len)
			continue;
		*paddr = kaddr - l->kaddr + l->paddr;
		*run = FRAME_LEN - kaddr % FRAME_LEN;
		return true;
	}
	return false;
}

void vmcore_assume_tags(struct vmcore *vc, bool tags)
{
	vc->tagged = tags;
}

/* @kaddr without its tag, where there are tags. */
static uint64_t bare(const struct vmcore *vc, uint64_t kaddr)
{
	const struct vmcore *owner = vc->owner ? vc->owner : vc;

	return owner->tagged ? arch_untag(arch_known(owner->info.arch), kaddr) : kaddr;
}

enum pgc_status vmcore_translate(struct vmcore *vc, uint64_t kaddr, uint64_t *paddr,
				 uint64_t *run, struct pgc_err *err)
{
	kaddr = bare(vc, kaddr);
	if (by_line(vc, kaddr, paddr, run))
		return PGC_OK;
	if (vc->kcore && dump_kcore_translate(vc->kcore, kaddr, paddr, run))
		return PGC_OK;
	if (!vc->xlat)
		return pgc_err_set(err, vc->no_xlat.status, "%s", vc->no_xlat.msg);
	return dump_xlat_translate(vc->xlat, kaddr, paddr, run, err);
}

/*
 * Translate @kaddr and go on while the next mapping continues in physical memory: a region
 * mapped by 4 KiB pages is then not read by 4 KiB calls.
 */
static enum pgc_status translate_run(struct vmcore *vc, uint64_t kaddr, size_t want,
				     uint64_t *paddr, size_t *len, struct pgc_err *err)
{
	uint64_t run, next_paddr, next_run;
	enum pgc_status st;

	st = vmcore_translate(vc, kaddr, paddr, &run, err);
	if (st != PGC_OK)
		return st;
	while (run < want) {
		if (vmcore_translate(vc, kaddr + run, &next_paddr, &next_run, NULL) !=
		    PGC_OK || next_paddr != *paddr + run)
			break;
		run += next_run;
	}
	*len = run < want ? (size_t)run : want;
	return PGC_OK;
}

/*
 * Read @len bytes at @paddr of one mapping. A whole page that stands alone is likely to be met
 * again: it is read, and inflated, only once.
 */
static enum pgc_status read_mapping(struct vmcore *vc, uint64_t paddr, void *buf, size_t len,
				    size_t *done, struct pgc_err *err)
{
	struct frame *f = &vc->frames[paddr / FRAME_LEN % FRAMES];
	bool frame = len == FRAME_LEN && paddr % FRAME_LEN == 0 && !vc->kcore;
	enum pgc_status st;

	if (frame && f->used && f->paddr == paddr) {
		memcpy(buf, f->bytes, FRAME_LEN);
		*done = FRAME_LEN;
		return PGC_OK;
	}
	st = vmcore_read_phys(vc, paddr, buf, len, done, err);
	vc->bytes_read += *done;
	if (frame && st == PGC_OK) {
		memcpy(f->bytes, buf, FRAME_LEN);
		f->paddr = paddr;
		f->used = true;
	}
	return st;
}

enum pgc_status vmcore_read_bulk(struct vmcore *vc, uint64_t kaddr, void *buf, size_t len,
				 size_t *done, struct pgc_err *err)
{
	*done = 0;
	/* Nothing is mapped across the top of the address space. */
	if (len && kaddr + (len - 1) < kaddr)
		return PGC_ABSENT;
	while (*done < len) {
		enum pgc_status st;
		uint64_t paddr;
		size_t n, got;

		st = translate_run(vc, kaddr + *done, len - *done, &paddr, &n, err);
		if (st != PGC_OK)
			return st;
		st = read_mapping(vc, paddr, (char *)buf + *done, n, &got, err);
		*done += got;
		if (st != PGC_OK)
			return st;
	}
	return PGC_OK;
}

uint64_t vmcore_bytes_read(const struct vmcore *vc)
{
	return vc->bytes_read;
}

static struct window *large_window(struct vmcore *vc, uint64_t kaddr)
{
	return &vc->large[(kaddr >> LARGE_SHIFT) % LARGE_WINDOWS];
}

/* A page at @kaddr had to be read: how often does that happen around it? */
void vmcore_heat(struct vmcore *vc, uint64_t kaddr)
{
	uint64_t start = kaddr >> LARGE_SHIFT << LARGE_SHIFT;
	struct window *w = large_window(vc, kaddr);

	if (w->start != start)
		*w = (struct window){ .start = start };
	if (w->heat < WINDOW_HEAT)
		w->heat++;
}

/* Make @w the window of 1 << @shift bytes around @kaddr, if all of that is in one piece. */
static bool open_window(struct vmcore *vc, struct window *w, uint64_t kaddr, unsigned int shift)
{
	uint64_t size = UINT64_C(1) << shift, start = kaddr & ~(size - 1), paddr, run;
	const unsigned char *at;
	size_t len;

	if (vmcore_translate(vc, start, &paddr, &run, NULL) != PGC_OK || run < size)
		return false;
	at = dump_elf_peek(vc->elf, paddr, &len);
	if (!at || len < size)
		return false;
	w->start = start;
	w->len = size;
	w->at = at;
	return true;
}

static bool in_window(const struct window *w, uint64_t kaddr)
{
	return kaddr - w->start < w->len;
}

/* The window that @kaddr is in, or NULL: it is to be read the other way. */
static const struct window *find_window(struct vmcore *vc, uint64_t kaddr)
{
	struct window *large = large_window(vc, kaddr);
	struct window *small = &vc->small[(kaddr >> SMALL_SHIFT) % SMALL_WINDOWS];

	if (in_window(large, kaddr))
		return large;
	if (in_window(small, kaddr))
		return small;
	if (!vc->elf || large->heat < WINDOW_HEAT ||
	    large->start != kaddr >> LARGE_SHIFT << LARGE_SHIFT)
		return NULL;
	if (open_window(vc, large, kaddr, LARGE_SHIFT))
		return large;
	return open_window(vc, small, kaddr, SMALL_SHIFT) ? small : NULL;
}

static void close_windows(struct vmcore *vc)
{
	for (size_t i = 0; i < LARGE_WINDOWS; i++)
		vc->large[i].len = 0;
	for (size_t i = 0; i < SMALL_WINDOWS; i++)
		vc->small[i].len = 0;
}

/* Whatever is left of a mapping whose file shrank, nothing of it is to be used again. */
static bool windows_intact(struct vmcore *vc)
{
	if (!vc->elf || dump_elf_intact(vc->elf))
		return true;
	close_windows(vc);
	return false;
}

bool vmcore_assume_linear(struct vmcore *vc, uint64_t kaddr, uint64_t len, uint64_t paddr)
{
	if (vc->owner || (len && vc->n_linear == ARRAY_SIZE(vc->linear)))
		return false;
	if (len)
		vc->linear[vc->n_linear++] = (struct linear){ .kaddr = kaddr, .len = len,
							      .paddr = paddr };
	else
		vc->n_linear = 0;
	/* What was read by other translations, or was not there. */
	dump_cache_flush(vc->cache);
	close_windows(vc);
	return true;
}

const struct arch_paging *vmcore_paging(const struct vmcore *vc)
{
	return vc->xlat && !vc->kcore ? dump_xlat_paging(vc->xlat) : NULL;
}

enum pgc_status vmcore_table_path(struct vmcore *vc, uint64_t kaddr, const struct table_mend *trial,
				  struct table_path *ret)
{
	ret->n = 0;
	return vmcore_paging(vc) ? dump_xlat_path(vc->xlat, bare(vc, kaddr), trial, ret, NULL) : PGC_ENOENT;
}

bool vmcore_mend_table(struct vmcore *vc, const struct table_mend *mend)
{
	if (vc->owner || !vmcore_paging(vc) || !dump_xlat_mend(vc->xlat, mend))
		return false;
	/* What was read by other translations, or was not there. */
	dump_cache_flush(vc->cache);
	close_windows(vc);
	return true;
}

uint64_t vmcore_memory_end(const struct vmcore *vc)
{
	uint64_t start, end, last = 0;

	if (vc->kdump && !mul_ok(dump_kdump_header(vc->kdump)->max_mapnr, vc->info.page_size, &last))
		last = 0;
	for (size_t i = 0; vc->elf && dump_elf_range(vc->elf, i, &start, &end); i++)
		last = end > last ? end : last;
	return last;
}

enum pgc_status vmcore_read(struct vmcore *vc, uint64_t kaddr, void *buf, size_t len,
			    const char *what, struct pgc_err *err)
{
	const struct window *w;
	enum pgc_status st;

	kaddr = bare(vc, kaddr);
	w = find_window(vc, kaddr);
	if (w && len <= w->len - (kaddr - w->start)) {
		memcpy(buf, w->at + (kaddr - w->start), len);
		if (windows_intact(vc))
			return PGC_OK;
	}
	st = dump_cache_read(vc->cache, kaddr, buf, len, err);
	return pgc_err_add(err, st, "%s at 0x%" PRIx64, what, kaddr);
}

enum pgc_status vmcore_read_u64(struct vmcore *vc, uint64_t kaddr, const char *what,
				uint64_t *ret, struct pgc_err *err)
{
	unsigned char raw[8];
	enum pgc_status st = vmcore_read(vc, kaddr, raw, sizeof(raw), what, err);

	if (st == PGC_OK)
		*ret = target_u64(raw);
	return st;
}

enum pgc_status vmcore_read_u32(struct vmcore *vc, uint64_t kaddr, const char *what,
				uint32_t *ret, struct pgc_err *err)
{
	unsigned char raw[4];
	enum pgc_status st = vmcore_read(vc, kaddr, raw, sizeof(raw), what, err);

	if (st == PGC_OK)
		*ret = target_u32(raw);
	return st;
}

enum pgc_status vmcore_read_str(struct vmcore *vc, uint64_t kaddr, char *buf, size_t size,
				const char *what, struct pgc_err *err)
{
	size_t done = 0;

	if (!size)
		return PGC_OK;
	kaddr = bare(vc, kaddr);
	while (done < size - 1) {
		const unsigned char *p;
		enum pgc_status st;
		size_t n, len;

		st = dump_cache_peek(vc->cache, kaddr + done, &p, &n, err);
		if (st != PGC_OK)
			return pgc_err_add(err, st, "%s at 0x%" PRIx64, what, kaddr);
		if (n > size - 1 - done)
			n = size - 1 - done;
		len = strnlen((const char *)p, n);
		memcpy(buf + done, p, len);
		done += len;
		if (len < n)
			break;
	}
	buf[done] = '\0';
	return PGC_OK;
}
