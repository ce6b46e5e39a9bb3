/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "dump/dump_map.h"
#include "mkdump.h"
#include "unit.h"

static int make_file(size_t pages)
{
	struct img img = { 0 };
	unsigned char page[MK_PAGE];

	memset(page, 'x', sizeof(page));
	for (size_t i = 0; i < pages; i++)
		img_put(&img, i * MK_PAGE, page, sizeof(page));
	return mk_file(&img);
}

START_TEST(reads_what_the_file_has)
{
	int fd = make_file(4);
	struct dump_map *dm = dump_map_create(fd, 4 * MK_PAGE);

	ck_assert_ptr_nonnull(dm);
	ck_assert_int_eq(dump_map_bytes(dm)[4 * MK_PAGE - 1], 'x');
	ck_assert(!dump_map_lost(dm));
	dump_map_destroy(dm);
	close(fd);
}
END_TEST

START_TEST(a_file_that_shrinks_is_told)
{
	int fd = make_file(4), other_fd = make_file(1);
	struct dump_map *dm = dump_map_create(fd, 4 * MK_PAGE);
	struct dump_map *other = dump_map_create(other_fd, MK_PAGE);

	ck_assert_int_eq(ftruncate(fd, MK_PAGE), 0);
	ck_assert(!dump_map_lost(dm));
	/* Would be a SIGBUS. */
	ck_assert_int_eq(dump_map_bytes(dm)[2 * MK_PAGE + 7], 0);
	ck_assert(dump_map_lost(dm));
	ck_assert(!dump_map_lost(other));
	ck_assert_int_eq(dump_map_bytes(dm)[7], 'x');
	dump_map_destroy(dm);
	dump_map_destroy(other);
	close(fd);
	close(other_fd);
}
END_TEST

START_TEST(other_faults_are_as_deadly_as_ever)
{
	int fd = make_file(2), ours = make_file(1);
	struct dump_map *dm = dump_map_create(ours, MK_PAGE);
	void *map = mmap(NULL, 2 * MK_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	const volatile unsigned char *at = map;

	ck_assert_ptr_nonnull(dm);
	ck_assert_ptr_ne(map, MAP_FAILED);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(at[MK_PAGE], 0);
	ck_abort_msg("the access should have ended this process");
}
END_TEST

START_TEST(more_maps_than_are_kept)
{
	struct dump_map *maps[40];
	int fd = make_file(1);
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		n += (maps[i] = dump_map_create(fd, MK_PAGE)) != NULL;
	ck_assert_uint_gt(n, 8);
	ck_assert_uint_lt(n, ARRAY_SIZE(maps));
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		dump_map_destroy(maps[i]);
	/* Their places are free again. */
	maps[0] = dump_map_create(fd, MK_PAGE);
	ck_assert_ptr_nonnull(maps[0]);
	dump_map_destroy(maps[0]);
	ck_assert_ptr_null(dump_map_create(fd, 0));
	ck_assert_ptr_null(dump_map_create(-1, MK_PAGE));
	close(fd);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("dump_map");

	tcase_add_test(tc, reads_what_the_file_has);
	tcase_add_test(tc, a_file_that_shrinks_is_told);
	tcase_add_test_raise_signal(tc, other_faults_are_as_deadly_as_ever, SIGBUS);
	tcase_add_test(tc, more_maps_than_are_kept);
	return unit_run_case(suite_create("dump_map"), tc);
}
