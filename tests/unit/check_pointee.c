/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose address a word is: in words, or not at all. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "fake_kernel.h"
#include "fake_vmcore.h"
#include "model/kernel.h"
#include "unit.h"
#include "walk/pointee.h"

#define OBJECT(n) (FK_DIRECT + (FK_SLAB << 12) + 256 * (n))

static void no_name(void *arg _unused_, uint64_t kaddr, char *buf, size_t size)
{
	snprintf(buf, size, "0x%llx", (unsigned long long)kaddr);
}

static const struct {
	uint64_t kaddr;
	const char *text; /* NULL: nobody's */
} rows[] = {
	{ OBJECT(3) + 8, "an object of the slab cache ?, 8 bytes in" },
	{ OBJECT(0), "an object of the slab cache ?, 0 bytes in" },
	{ FK_DIRECT + (FK_ORDER10 << 12) + 8, "the page frame 0x1400" },
	{ FK_DIRECT + (1ULL << 44), NULL },
	{ FK_MEMMAP, NULL },
	{ 0x7f0012345678, NULL },
	{ 0, NULL },
};

START_TEST(each_address)
{
	const struct memory_names names = { .function = no_name };
	struct fake_kernel *fk = fk_create();
	char buf[POINTEE_LEN] = "";
	struct pointee *p;
	struct kernel *k;
	bool known;

	fk_add_slab_caches(fk);
	k = fk_open(fk);
	ck_assert_int_eq(pointee_create(kernel_reader_of(k, fk_vmcore(fk)), &names, &p, NULL), PGC_OK);
	known = pointee_describe(p, rows[_i].kaddr, buf);
	ck_assert_int_eq(known, rows[_i].text != NULL);
	if (known)
		ck_assert_str_eq(buf, rows[_i].text);
	pointee_destroy(p);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

/* Before an object there is the one before it, before the first one another page. */
START_TEST(what_is_before)
{
	const struct memory_names names = { .function = no_name };
	struct fake_kernel *fk = fk_create();
	uint64_t kaddr, pfn;
	char buf[POINTEE_LEN];
	struct pointee *p;
	struct kernel *k;

	fk_add_slab_caches(fk);
	k = fk_open(fk);
	ck_assert_int_eq(pointee_create(kernel_reader_of(k, fk_vmcore(fk)), &names, &p, NULL), PGC_OK);
	ck_assert(pointee_before(p, OBJECT(3), &kaddr, &pfn, buf));
	ck_assert_uint_eq(kaddr, OBJECT(2));
	ck_assert_uint_eq(pfn, UINT64_MAX);
	ck_assert_ptr_nonnull(strstr(buf, ", in slot 2 of the same slab"));
	ck_assert(pointee_before(p, OBJECT(0), &kaddr, &pfn, buf));
	ck_assert_uint_eq(kaddr, UINT64_MAX);
	ck_assert_uint_eq(pfn, FK_SLAB - 1);
	ck_assert_ptr_nonnull(strstr(buf, "the page frame 0x"));
	/* No object of a slab, and no memory. */
	ck_assert(!pointee_before(p, FK_DIRECT + (FK_ORDER10 << 12), &kaddr, &pfn, buf));
	ck_assert(!pointee_before(p, FK_DIRECT + (1ULL << 44), &kaddr, &pfn, buf));
	ck_assert(!pointee_before(p, 0, &kaddr, &pfn, buf));
	pointee_destroy(p);
	kernel_destroy(k);
	fk_destroy(fk);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pointee");
	TCase *tc = tcase_create("pointee");

	tcase_add_loop_test(tc, each_address, 0, (int)ARRAY_SIZE(rows));
	tcase_add_test(tc, what_is_before);
	return unit_run_case(suite, tc);
}
