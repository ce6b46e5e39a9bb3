/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/watch.h"
#include "unit.h"

#define CYCLE(page) \
	"new: corrupt list-cycle: page " page ": a free list loops back to a node other than its head;"
#define FLAGS "new: corrupt listed-flags: page 0x100 (phys 0x100000, DMA) is on a free list with flags " \
	"that no free page may have;"

static char *text;
static size_t len;

struct fixture {
	FILE *out;
	struct watch *w;
};

static struct fixture begin(void)
{
	struct pgc_err err = PGC_ERR_INIT;
	struct fixture f;

	free(text);
	f.out = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(f.out);
	ck_assert_ok(watch_create(f.out, 4096, &f.w, &err), &err);
	return f;
}

static void end(struct fixture *f)
{
	watch_destroy(f->w);
	fclose(f->out);
}

static void find(struct fixture *f, enum finding_id id, uint64_t pfn, const char *zone)
{
	struct finding found;

	finding_init(&found, id, pfn);
	found.zone = zone;
	watch_finding(f->w, &found);
}

/* What this time adds, each line without its stamp; valid until the next. */
static const char *told(struct fixture *f, const char *verdict)
{
	static char said[1 << 16];
	struct pgc_err err = PGC_ERR_INIT;
	size_t before, n = 0;

	fflush(f->out);
	before = len;
	ck_assert_ok(watch_tell(f->w, verdict, &err), &err);
	said[0] = '\0';
	for (const char *s = text + before; *s && n < sizeof(said); s = strchr(s, '\n') + 1) {
		/* "2026-11-27 04:07:04 " */
		ck_assert_int_eq(s[4], '-');
		ck_assert_int_eq(s[19], ' ');
		n += (size_t)snprintf(said + n, sizeof(said) - n, "%.*s;",
				      (int)(strchr(s, '\n') - s - 20), s + 20);
	}
	return said;
}

START_TEST(only_changes_are_told)
{
	struct fixture f = begin();

	ck_assert_str_eq(told(&f, "consistent"), "consistent;");
	ck_assert_str_eq(told(&f, "consistent"), "");
	find(&f, FIND_LIST_CYCLE, 0x100, "DMA");
	ck_assert_contains(told(&f, "inconsistent"), "new: corrupt list-cycle: page 0x100 ");
	find(&f, FIND_LIST_CYCLE, 0x100, "DMA");
	ck_assert_str_eq(told(&f, "inconsistent"), "");
	/* Another page, another kind, another zone are other findings. */
	find(&f, FIND_LIST_CYCLE, 0x100, "DMA");
	find(&f, FIND_LIST_CYCLE, 0x101, "DMA");
	find(&f, FIND_LISTED_FLAGS, 0x100, "DMA");
	find(&f, FIND_LIST_CYCLE, 0x100, "Normal");
	ck_assert_str_eq(told(&f, "inconsistent"), 
			 CYCLE("0x101 (phys 0x101000, DMA)") FLAGS
			 CYCLE("0x100 (phys 0x100000, Normal)"));
	/* Gone, all but one, and then that one. */
	find(&f, FIND_LISTED_FLAGS, 0x100, "DMA");
	ck_assert_contains(told(&f, "inconsistent"), "gone: corrupt list-cycle: page 0x100 ");
	ck_assert_str_eq(strstr(told(&f, "consistent"), "consistent;"), "consistent;");
	/* What is gone is forgotten, and new when it comes back. */
	find(&f, FIND_LISTED_FLAGS, 0x100, "DMA");
	ck_assert_ptr_nonnull(strstr(told(&f, "consistent"), "new: "));
	end(&f);
}
END_TEST

START_TEST(a_flood_is_counted)
{
	struct fixture f = begin();

	for (uint64_t pfn = 0; pfn < WATCH_MAX + 5; pfn++)
		find(&f, FIND_LISTED_FLAGS, pfn, "DMA");
	told(&f, "inconsistent");
	ck_assert_ptr_nonnull(strstr(text, "5 more findings are not followed one by one"));
	for (uint64_t pfn = 0; pfn < WATCH_MAX + 5; pfn++)
		find(&f, FIND_LISTED_FLAGS, pfn, "DMA");
	ck_assert_str_eq(told(&f, "inconsistent"), "");
	end(&f);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
	struct pgc_err err = PGC_ERR_INIT;
	FILE *full = fopen("/dev/full", "w");
	struct watch *w;

	if (!full)
		return;
	ck_assert_ok(watch_create(full, 4096, &w, &err), &err);
	ck_assert_int_eq(watch_tell(w, "consistent", &err), PGC_EIO);
	watch_destroy(w);
	fclose(full);
}
END_TEST

UNIT_MAIN("watch", only_changes_are_told, a_flood_is_counted, a_full_disk_is_told)
