/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layout/layout_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "debuginfo/debuginfo.h"
#include "unit.h"

static struct pgc_err err;
static char dir[] = "/tmp/check_layout_file.XXXXXX";
static char path[64];		/* the file under test, in @dir */

static void make_dir(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/layout", dir);
}

/* Fails when anything but the file is left in the folder. */
static void remove_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct layout *layout_of(const char *name)
{
	const char *top = getenv("TOP_BUILDDIR");
	struct debuginfo *di = NULL;
	struct layout *lay = NULL;
	char file[4096];

	snprintf(file, sizeof(file), "%s/tests/data/%s", top ? top : ".", name);
	ck_assert_ok(debuginfo_open(file, &di, &err), &err);
	ck_assert_ok(layout_from_debuginfo(di, &lay, &err), &err);
	debuginfo_close(di);
	return lay;
}

static void assert_same_enum(const struct layout *a, const struct layout *b,
			     enum layout_enum e)
{
	const char *a_name, *b_name;
	int64_t a_val, b_val;
	size_t i;

	for (i = 0; layout_enum_at(a, e, i, &a_name, &a_val); i++) {
		ck_assert(layout_enum_at(b, e, i, &b_name, &b_val));
		ck_assert_str_eq(a_name, b_name);
		ck_assert_int_eq(a_val, b_val);
		ck_assert_str_eq(layout_enum_name(a, e, a_val), layout_enum_name(b, e, a_val));
	}
	ck_assert(!layout_enum_at(b, e, i, &b_name, &b_val));
}

static void assert_same_string(const char *a, const char *b)
{
	ck_assert((a == NULL) == (b == NULL));
	if (a)
		ck_assert_str_eq(a, b);
}

static void assert_same(const struct layout *a, const struct layout *b)
{
	const struct layout_text *a_text, *b_text;
	size_t n, m;

	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++) {
		ck_assert_msg(layout_has(a, key) == layout_has(b, key), "%s", layout_name(key));
		if (!layout_has(a, key))
			continue;
		ck_assert_msg(layout_get(a, key) == layout_get(b, key), "%s", layout_name(key));
		ck_assert_msg(layout_size(a, key) == layout_size(b, key), "%s", layout_name(key));
	}
	for (enum layout_enum e = 0; e < LAYOUT_ENUMS; e++)
		assert_same_enum(a, b, e);
	for (enum layout_struct s = 0; s < LAYOUT_STRUCTS; s++) {
		const struct layout_member *a_member = layout_members(a, s, &n);
		const struct layout_member *b_member = layout_members(b, s, &m);

		ck_assert_uint_eq(n, m);
		for (size_t i = 0; i < n; i++) {
			ck_assert_str_eq(a_member[i].name, b_member[i].name);
			ck_assert_str_eq(a_member[i].type, b_member[i].type);
			ck_assert_uint_eq(a_member[i].offset, b_member[i].offset);
			ck_assert_uint_eq(a_member[i].size, b_member[i].size);
		}
	}
	a_text = layout_texts(a, &n);
	b_text = layout_texts(b, &m);
	ck_assert_uint_eq(n, m);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(a_text[i].start, b_text[i].start);
		ck_assert_uint_eq(a_text[i].end, b_text[i].end);
		ck_assert_int_eq(a_text[i].class, b_text[i].class);
		ck_assert_str_eq(a_text[i].name, b_text[i].name);
	}
	assert_same_string(layout_build_id(a), layout_build_id(b));
	assert_same_string(layout_release(a), layout_release(b));
}

static void save(const struct layout *lay)
{
	ck_assert_ok(layout_file_save(lay, path, &err), &err);
}

static struct layout *load(size_t unsaid_wanted)
{
	struct layout_unsaid unsaid = { .n = 99 };
	struct layout *lay = NULL;

	ck_assert_ok(layout_file_load(path, &lay, &unsaid, &err), &err);
	ck_assert_uint_eq(unsaid.n, unsaid_wanted);
	ck_assert((unsaid.first != NULL) == (unsaid_wanted != 0));
	ck_assert_str_eq(layout_source_name(lay), "layout");
	return lay;
}

static void round_trip(struct layout *lay)
{
	struct layout *again;

	save(lay);
	again = load(0);
	assert_same(lay, again);
	layout_destroy(lay);
	layout_destroy(again);
}

START_TEST(what_a_vmlinux_tells)
{
	make_dir();
	round_trip(layout_of("vmlinux-6.1"));
	round_trip(layout_of("vmlinux-7.2")); /* over the first one */
	remove_dir();
}
END_TEST

/* Numbers up to what they may be, in each row; sizes may be nothing. */
START_TEST(every_row)
{
	struct layout *lay;

	make_dir();
	ck_assert_ok(layout_create(&lay, &err), &err);
	for (enum layout_key key = 0; key < LAYOUT_KEYS; key++) {
		enum layout_kind kind = layout_row(key)->kind;
		uint64_t most = kind == LAYOUT_VAR || kind == LAYOUT_SYMBOL ? UINT64_MAX :
				kind == LAYOUT_ENUM ? (uint64_t)INT64_MIN : 1u << 24;

		/* Members lie in their structs, whole ones are all of it; some have a size. */
		if (kind == LAYOUT_SIZE)
			layout_set(lay, key, most, 0);
		else if (kind == LAYOUT_OFFSET)
			layout_set(lay, key, most - 16 - 2 * key, layout_row_bytes(key) || !(key % 3) ?
				   layout_row_bytes(key) : 2 * key);
		else
			layout_set(lay, key, most - (kind == LAYOUT_ENUM ? 0 : key),
				   key % 3 ? (1u << 24) - key : 0);
	}
	ck_assert_ok(layout_add_enumerator(lay, LE_pageflags, "PG_low", INT64_MIN, &err), &err);
	ck_assert_ok(layout_add_enumerator(lay, LE_pageflags, "PG_PG_high", INT64_MAX, &err), &err);
	ck_assert_ok(layout_add_enumerator(lay, LE_pageflags, "__NR", 0, &err), &err);
	/* Two at one address: the order counts. */
	ck_assert_ok(layout_add_function(lay, "__free_pages.cold", 0x1000, 0, &err), &err);
	ck_assert_ok(layout_add_function(lay, "expand", 0x1000, 1, &err), &err);
	round_trip(lay);
	remove_dir();
}
END_TEST

START_TEST(rows_have_names_of_their_own)
{
	for (enum layout_key a = 0; a < LAYOUT_KEYS; a++) {
		ck_assert_uint_eq(layout_row(a)->key, a);
		for (enum layout_key b = 0; b < a; b++)
			ck_assert_msg(layout_row(a)->kind != layout_row(b)->kind ||
				      strcmp(layout_name(a), layout_name(b)), "%s",
				      layout_name(a));
	}
}
END_TEST

/* The saved layout as text; the tests put lines in, and take lines out. */
static char text[1 << 17];

static void read_back(void)
{
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
}

static void write_bytes(const char *bytes, size_t n)
{
	FILE *f;

	unlink(path); /* some file systems wait for the disk when a file is written anew */
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

/* Write @text with @line (NULL: nothing) in the place of the line that starts with @start. */
static void write_with(const char *start, const char *line)
{
	static char out[2 * sizeof(text)];
	unsigned int lines = 0;
	size_t n = 0;
	bool found = false;

	for (const char *s = text; strncmp(s, "end ", 4); s = strchr(s, '\n') + 1) {
		bool here = !found && !strncmp(s, start, strlen(start));

		found |= here;
		if (here && !line)
			continue;
		if (here)
			n += (size_t)sprintf(out + n, "%s\n", line);
		else
			n += (size_t)sprintf(out + n, "%.*s\n", (int)strcspn(s, "\n"), s);
		lines++;
	}
	ck_assert_msg(found, "no line %s", start);
	for (const char *s = line ? line : ""; (s = strchr(s, '\n')); s++)
		lines++;
	n += (size_t)sprintf(out + n, "end %u\n", lines);
	write_bytes(out, n);
}

static void refused(enum pgc_status st, const char *part)
{
	struct layout_unsaid unsaid;
	struct layout *lay = NULL;

	ck_assert_int_eq(layout_file_load(path, &lay, &unsaid, &err), st);
	ck_assert_ptr_null(lay);
	ck_assert_contains(err.msg, part);
	ck_assert_ptr_null(strchr(err.msg, '\n'));
}

/* @line, as the third one of the file, is refused with a message that has its number. */
static void bad_line(const char *line, const char *part)
{
	write_with("build-id", line);
	refused(PGC_EFORMAT, part);
	ck_assert_contains(err.msg, ":3: ");
}

static void begin(void)
{
	struct layout *lay = layout_of("vmlinux-7.2");

	make_dir();
	save(lay);
	layout_destroy(lay);
	read_back();
}

START_TEST(lines_that_cannot_be)
{
	static const struct {
		const char *line, *part;
	} bad[] = {
		{ "build-id 12 34", "'build-id' has too many words" },
		{ "build-id", "'build-id' has too few words" },
		{ "build-id 123", "'123' is not a build-id" },
		{ "build-id 12ZZ", "'12ZZ' is not a build-id" },
		{ "", "a field is empty" },
		{ "size  page 64", "a field is empty" },
		{ "size page 64 ", "a field is empty" },
		{ " size page 64", "a field is empty" },
		{ "size page", "'size' has too few words" },
		{ "size page 64 1 2", "'size' has too many words" },
		{ "size page 64 1 2 3 4 5 6 7", "'size' has too many words" },
		{ "size page x", "struct page: 'x' is not a number" },
		{ "size page -1", "struct page: '-1' is not a number" },
		{ "size page +1", "struct page: '+1' is not a number" },
		{ "size page 0x", "struct page: '0x' is not a number" },
		{ "size page 0x0x1", "struct page: '0x0x1' is not a number" },
		{ "size page 12e", "struct page: '12e' is not a number" },
		{ "size page 99999999999999999999", "is not a number" },
		{ "size page 16777217", "struct page: 16777217 is too large" },
		{ "offset page.lru 8 16777217", "struct page.lru: 16777217 is too large" },
		{ "offset page.lru 8 absent", "struct page.lru: 'absent' is not a number" },
		{ "offset page.lru absent 8", "struct page.lru: 'absent' is not a number" },
		{ "symbol _stext 0x1ffffffffffffffff", "is not a number" },
		{ "enumerator pageflags.PG_head --1", "'--1' is not a number" },
		{ "enumerator pageflags.PG_head 9223372036854775808", "is not a number" },
		{ "enumerator SECTION_IS_EARLY_BIT three", "'three' is not a number" },
		{ "enum pageflags PG_x", "enumerator PG_x without a value" },
		{ "enum pageflags", "'enum' has too few words" },
		{ "enum pageflags PG_x y", "PG_x: 'y' is not a number" },
		{ "function expand 0x1000", "function expand without a size" },
		{ "function expand x 1", "expand: 'x' is not a number" },
		{ "function expand 0x1000 0x1000001", "expand: 0x1000001 is too large" },
		{ "function expand 0xffffffffffffffff 2", "expand ends past the last address" },
		{ "release", "'release' has too few words" },
		{ "end", "'end' has too few words" },
		{ "end 5", "there should be 5 lines before this one" },
		{ "end x", "end: 'x' is not a number" },
		{ "Size page 64", "'Size' is not a keyword of a layout file" },
		{ "size=64", "'size=64' is not a keyword of a layout file" },
		{ "size\tpage 64", "a character that is not printable ASCII" },
		{ "size page 64\r", "a character that is not printable ASCII" },
		{ "# caf\xc3\xa9", "a character that is not printable ASCII" },
	};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad_line(bad[i].line, bad[i].part);
	remove_dir();
}
END_TEST

/* What is said twice may be said in two ways: neither is better. */
START_TEST(lines_that_contradict)
{
	static const struct {
		const char *line, *part;
	} twice[] = {
		{ "build-id 12\nbuild-id 12", "build-id appears a second time" },
		{ "release 7.2\nrelease 7.2", "release appears a second time" },
		{ "size page 64\nsize page 64", "struct page appears a second time" },
		{ "size page absent\nsize page 64", "struct page appears a second time" },
		{ "enum pageflags PG_x 1\nenum pageflags PG_x 2", "PG_x appears a second time" },
		{ "enum pageflags PG_x 1\nenum pageflags absent", "pageflags is both absent" },
		{ "enum pageflags absent\nenum pageflags PG_x 1", "pageflags is both absent" },
		{ "enum pageflags absent\nenum pageflags absent", "pageflags is both absent" },
		{ "function expand 16 4\nfunction expand 0x10 4", "expand at 0x10 appears a second" },
		{ "function expand 16 4\nfunction expand absent", "expand is both absent" },
		{ "function expand absent\nfunction expand 16 4", "expand is both absent" },
		{ "end 2\nsize page 64", "a line after the end" },
	};
	begin();
	for (size_t i = 0; i < ARRAY_SIZE(twice); i++) {
		write_with("build-id", twice[i].line);
		refused(PGC_EFORMAT, twice[i].part);
		ck_assert_contains(err.msg, ":4: "); /* the second of the two */
	}
	remove_dir();
}
END_TEST

START_TEST(files_that_are_no_layout)
{
	begin();
	write_bytes("", 0);
	refused(PGC_EFORMAT, "not a layout file, as --save-layout writes it");
	write_bytes("\177ELF\2\1\1", 7);
	refused(PGC_EFORMAT, "not a layout file");
	write_bytes("pgcons-layout 2\nend 1\n", 22);
	refused(PGC_EFORMAT, ":1: format 2, but this program reads format 1");
	write_bytes("pgcons-layout 1 2\nend 1\n", 24);
	refused(PGC_EFORMAT, ":1: format 1, but");
	write_bytes("pgcons-layout \n", 15);
	refused(PGC_EFORMAT, ":1: a field is empty");
	write_bytes("pgcons-layout 1\nend 1\n", 22);
	refused(PGC_ENOENT, "layout has no struct page: no line in");
	memset(text, 'x', sizeof(text));
	memcpy(text, "pgcons-layout 1\n", 16);
	write_bytes(text, 1000);
	refused(PGC_EFORMAT, ":2: a line of 984 characters");
	unlink(path);
	refused(PGC_EIO, "No such file");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refused(PGC_EFORMAT, "not a regular file");
	remove_dir();
}
END_TEST

START_TEST(a_file_that_is_too_large)
{
	FILE *f;

	make_dir();
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "pgcons-layout 1\n");
	for (int i = 0; i < 200000; i++)
		fprintf(f, "# %d\n", i);
	ck_assert_int_eq(fclose(f), 0);
	refused(PGC_EFORMAT, "too large for a layout file");
	remove_dir();
}
END_TEST

/* A copy that was cut short anywhere is noticed. */
START_TEST(files_that_are_cut_short)
{
	struct layout_unsaid unsaid;
	size_t size;

	begin();
	size = strlen(text);
	for (size_t cut = 0; cut < size; cut += cut < size - 200 ? 37 : 1) {
		struct layout *lay = NULL;

		write_bytes(text, cut);
		ck_assert_int_eq(layout_file_load(path, &lay, &unsaid, &err), PGC_EFORMAT);
	}
	/* One line less, but the end is there. */
	write_with("size page ", NULL);
	refused(PGC_ENOENT, "layout has no struct page: no line in");
	remove_dir();
}
END_TEST

START_TEST(what_is_required)
{
	begin();
	write_with("offset page.lru ", "offset page.lru absent");
	refused(PGC_ENOENT, "layout has no struct page.lru: absent, by ");
	write_with("offset page.lru ", NULL);
	refused(PGC_ENOENT, "layout has no struct page.lru: no line in ");
	remove_dir();
}
END_TEST

/* What an older program did not ask for is not taken for absent without a word. */
START_TEST(files_of_older_programs)
{
	struct layout_unsaid unsaid;
	struct layout *lay = NULL;

	begin();
	write_with("offset page.pcp_llist ", NULL);
	ck_assert_ok(layout_file_load(path, &lay, &unsaid, &err), &err);
	ck_assert_uint_eq(unsaid.n, 1);
	ck_assert_str_eq(unsaid.first, "struct page.pcp_llist");
	ck_assert(!layout_has(lay, L_page_pcp_llist));
	layout_destroy(lay);
	write_with("function expand ", "enum none absent");
	ck_assert_ok(layout_file_load(path, &lay, &unsaid, &err), &err);
	ck_assert_uint_eq(unsaid.n, 1);
	ck_assert_str_eq(unsaid.first, "expand");
	layout_destroy(lay);
	remove_dir();
}
END_TEST

/* What a newer one asked for changes nothing. */
START_TEST(files_of_newer_programs)
{
	struct layout *lay = layout_of("vmlinux-7.2"), *again;
	char lines[512];

	begin();
	snprintf(lines, sizeof(lines), "build-id %s\n# more\noffset page.new_member 8 8\n"
		 "symbol new_symbol absent\nenum new_enum A 1\nenum new_enum A 1\n"
		 "function new_function 0x10 4\nnew-word with any number of fields of all kinds\n"
		 "size page.lru x", layout_build_id(lay));
	write_with("build-id", lines);
	again = load(0);
	assert_same(lay, again);
	layout_destroy(lay);
	layout_destroy(again);
	remove_dir();
}
END_TEST

/* Some bytes, of the first lines most of all, as other ones: an answer, no crash. */
START_TEST(spoilt_bytes)
{
	static const char values[] = { 0, '\n', ' ', '0', '9', '-', 'x', '~', '\x80', '\xff' };
	struct layout_unsaid unsaid;
	size_t size, loaded = 0, tried = 0;

	begin();
	size = strlen(text);
	for (size_t at = 0; at < size; at += at < 400 ? 5 : 211) {
		char was = text[at];

		for (size_t i = 0; i < sizeof(values); i++, tried++) {
			struct layout *lay = NULL;

			text[at] = values[i];
			write_bytes(text, size);
			loaded += layout_file_load(path, &lay, &unsaid, &err) == PGC_OK;
			layout_destroy(lay);
		}
		text[at] = was;
	}
	ck_assert_uint_gt(loaded, 100);
	ck_assert_uint_lt(loaded, tried / 2);
	remove_dir();
}
END_TEST

START_TEST(how_it_is_written)
{
	struct layout *lay = layout_of("vmlinux-6.1");
	mode_t mask = umask(027);
	struct stat sb;
	char sub[128];

	make_dir();
	save(lay);
	umask(mask);
	ck_assert_int_eq(stat(path, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 0777, 0640);
	/* A name beside it that is taken already does no harm. */
	snprintf(sub, sizeof(sub), "%s.%ld-0.tmp", path, (long)getpid());
	ck_assert_int_eq(symlink("/nowhere/at/all", sub), 0);
	save(lay);
	ck_assert_int_eq(unlink(sub), 0);
	snprintf(sub, sizeof(sub), "%s/none/layout", dir);
	ck_assert_int_eq(layout_file_save(lay, sub, &err), PGC_EIO);
	ck_assert_contains(err.msg, "none/layout: No such file or directory");
	ck_assert_int_eq(layout_file_save(lay, dir, &err), PGC_EIO);
	ck_assert_contains(err.msg, "not a regular file, left as it is");
	ck_assert_int_eq(layout_file_save(lay, "/dev/null", &err), PGC_EIO);
	ck_assert_int_eq(stat("/dev/null", &sb), 0);
	ck_assert(S_ISCHR(sb.st_mode));
	layout_destroy(lay);
	remove_dir();
}
END_TEST

UNIT_MAIN("layout_file", what_a_vmlinux_tells, every_row, rows_have_names_of_their_own,
	  lines_that_cannot_be, lines_that_contradict, files_that_are_no_layout,
	  a_file_that_is_too_large, files_that_are_cut_short, what_is_required,
	  files_of_older_programs, files_of_newer_programs, spoilt_bytes, how_it_is_written)
