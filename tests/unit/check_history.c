/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "report/report_history.h"
#include "unit.h"

static struct pgc_err err;
static char folder[64];

static void new_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/check_history.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void put_below(const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/a.json", name);
	put(path, text);
}

static struct history *history(void)
{
	struct history *h;
	char command[128];

	ck_assert_ok(history_read(folder, &h, &err), &err);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
	return h;
}

/* A document about @machine, crashed at @time after an hour, with what it found in @findings. */
static void document(const char *dump, const char *machine, unsigned int time, const char *findings)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "{\"schema\": \"pgcons-dump/1\",\n\"dump_id\": \"%s\",\n\"run_id\": \"r%s\",\n"
		 "\"kernel\": {\"page_size\":4096},\n"
		 "\"crash\": {\"hostname\":\"%s\",\"time\":%u,\"uptime\":3600},\n"
		 "\"findings\": [%s],\n\"signature\": {\"kind\":\"feed\"},\n\"origin\": \"hardware\"\n}\n",
		 dump, dump, machine, time, findings);
	put("runs.json", text);
}

#define FLAG_REST "\"severity\":\"suspect\",\"count\":1,\"pfn\":512,\"field\":\"page.flags\"," \
		  "\"xor\":\"0x1000000000\",\"evidence\":{}"
#define FLAG "{" FLAG_REST "}"

static const struct history_now now = {
	.dump_id = "now", .names = { "alpha" }, .kind = "feed", .time = 2000000, .uptime = 60,
};

static void note_flag(struct history *h, uint64_t pfn)
{
	struct finding f;

	finding_init(&f, FIND_LISTED_FLAGS, pfn);
	finding_field(&f, "page.flags", EV_HEX, 0x1000000000, 0);
	history_note(h, &f, 4096);
}

static struct origin_past past(struct history *h, const struct history_now *n)
{
	struct origin_past ret;

	history_compare(h, n, &ret);
	history_destroy(h);
	return ret;
}

START_TEST(the_same_bit_again)
{
	struct origin_past p;
	struct history *h;

	new_folder();
	document("old", "alpha", 1000000, FLAG);
	h = history();
	note_flag(h, 512);
	p = past(h, &now);
	ck_assert_uint_eq(p.runs, 1);
	ck_assert_uint_eq(p.same_machine, 1);
	ck_assert_uint_eq(p.again, 1);
	ck_assert_uint_eq(p.hardware_before, 1);
	ck_assert_uint_eq(p.elsewhere, 0);
	/* Another page. */
	new_folder();
	document("old", "alpha", 1000000, FLAG);
	h = history();
	note_flag(h, 513);
	ck_assert_uint_eq(past(h, &now).again, 0);
}
END_TEST

/* What is no other dump of this machine, or may be of the same boot, says nothing of cells. */
START_TEST(what_is_not_again)
{
	static const struct {
		const char *dump, *machine;
		unsigned int time;
		uint64_t same;
	} rows[] = {
		{ "now", "alpha", 1000000, 0 },		/* this very dump */
		{ "old", "beta", 1000000, 0 },
		{ "old", "alpha", 2003540, 1 },		/* of the same boot, an hour later */
		{ "old", "alpha", 2000000, 1 },		/* of the same crash */
		{ "old", "alpha", 0, 1 },		/* nobody knows when */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct origin_past p;
		struct history *h;

		new_folder();
		document(rows[i].dump, rows[i].machine, rows[i].time, FLAG);
		h = history();
		note_flag(h, 512);
		p = past(h, &now);
		ck_assert_msg(p.again == 0 && p.hardware_before == 0, "row %zu", i);
		ck_assert_uint_eq(p.same_machine, rows[i].same);
	}
}
END_TEST

/* The checker's words and the kernel's code are places in physical memory, whoever tells of them. */
START_TEST(places_in_memory)
{
	struct origin_past p;
	struct history *h;
	struct finding f;

	new_folder();
	document("old", "alpha", 1000000,
		 "{\"severity\":\"corrupt\",\"count\":1,\"verdict\":\"secondary\",\"evidence\":"
		 "{\"bit\":43,\"secondary_word_paddr\":\"0x7000\"}},"
		 "{\"severity\":\"suspect\",\"count\":1,\"pfn\":9,\"field\":\"kernel.text\","
		 "\"xor\":\"0x400\",\"evidence\":{\"field_kaddr\":\"0xffffffff81000021\"}}");
	h = history();
	finding_init(&f, FIND_TEXT_CHANGED, 7);
	finding_field(&f, "kernel.rodata", EV_HEX, 0x1000, 0x1800);
	finding_hex(&f, FACT_FIELD_KADDR, 0xffffffff9a000001);
	history_note(h, &f, 4096);
	p = past(h, &now);
	ck_assert_uint_eq(p.again, 0);	/* 0x7001, bit 3; that was 0x7005 */
	new_folder();
	document("old", "alpha", 1000000,
		 "{\"severity\":\"corrupt\",\"count\":1,\"verdict\":\"secondary\",\"evidence\":"
		 "{\"bit\":11,\"secondary_word_paddr\":\"0x7000\"}}");
	h = history();
	history_note(h, &f, 4096);
	ck_assert_uint_eq(past(h, &now).again, 1);
}
END_TEST

START_TEST(records_in_lines)
{
	struct history_now with = now;
	struct origin_past p;
	struct history *h;

	/* Two runs, mixed; pgcons-fleet's record of a third. */
	new_folder();
	put("a.jsonl",
	    "{\"record\":\"header\",\"dump_id\":\"d1\",\"run_id\":\"r1\",\"crash\":{\"machine\":\"m7\",\"time\":9000,\"uptime\":9}}\n"
	    "{\"record\":\"header\",\"dump_id\":\"d2\",\"run_id\":\"r2\",\"crash\":{\"machine\":\"m8\",\"time\":9000,\"uptime\":9}}\n"
	    "{\"record\":\"finding\",\"dump_id\":\"d1\",\"run_id\":\"r1\",\"finding\":\"listed-flags\"," FLAG_REST "}\n"
	    "{\"record\":\"finding\",\"dump_id\":\"d2\",\"run_id\":\"r2\",\"finding\":\"listed-flags\"," FLAG_REST "}\n"
	    "{\"record\":\"summary\",\"dump_id\":\"d1\",\"run_id\":\"r1\",\"origin\":\"software\",\"signature\":{\"kind\":\"feed\"}}\n"
	    "{\"path\":\"x\",\"report\":{\"dump_id\":\"d3\",\"run_id\":\"r3\",\"crash\":{\"hostname\":\"h9\"},\"signature\":{\"kind\":\"feed\"}}}\n");
	/* Of folders below, one level is read; others' files and hidden ones are not. */
	put_below("3f", "{\"dump_id\":\"d4\",\"run_id\":\"r4\"}\n");
	put_below("3f/3f", "{\"dump_id\":\"d5\",\"run_id\":\"r5\"}\n");
	put_below(".part-0", "{\"dump_id\":\"d6\",\"run_id\":\"r6\"}\n");
	with.names[0] = "m7";
	h = history();
	ck_assert_uint_eq(history_unread(h), 0);
	ck_assert_uint_eq(history_runs(h), 4);
	note_flag(h, 512);
	p = past(h, &with);
	ck_assert_uint_eq(p.same_machine, 1);
	ck_assert_uint_eq(p.again, 1);
	ck_assert_uint_eq(p.hardware_before, 0);
	ck_assert_uint_eq(p.elsewhere, 1);
}
END_TEST

/* A UUID is better than a host's name, which may change, or be that of many; a name given is best. */
START_TEST(a_machine_by_its_uuid)
{
	struct history_now with = now;
	struct origin_past p;
	struct history *h;

	new_folder();
	put("a.jsonl",
	    "{\"dump_id\":\"d1\",\"run_id\":\"r1\",\"crash\":{\"hostname\":\"old\",\"hardware\":{\"machine_id\":\"0x77\"}}}\n"
	    "{\"dump_id\":\"d2\",\"run_id\":\"r2\",\"crash\":{\"hostname\":\"alpha\",\"hardware\":{\"machine_id\":\"0x78\"}}}\n"
	    "{\"dump_id\":\"d3\",\"run_id\":\"r3\",\"crash\":{\"hostname\":\"alpha\"}}\n"
	    "{\"dump_id\":\"d4\",\"run_id\":\"r4\",\"signature\":{\"kind\":\"feed\"},\"crash\":{\"machine\":\"m7\",\"hardware\":{\"machine_id\":\"0x78\"}}}\n"
	    "{\"dump_id\":\"d5\",\"run_id\":\"r5\",\"signature\":{\"kind\":\"feed\"},\"crash\":{\"hardware\":{\"machine_id\":\"0x79\"}}}\n");
	with.machine_id = 0x77;
	h = history();
	ck_assert_uint_eq(history_unread(h), 0);
	history_compare(h, &with, &p);
	ck_assert_uint_eq(p.same_machine, 2);
	ck_assert_uint_eq(p.elsewhere, 2);
	with.machine_id = 0x79;
	with.named = true;
	with.names[0] = "m7";
	history_compare(h, &with, &p);
	ck_assert_uint_eq(p.same_machine, 2);
	ck_assert_uint_eq(p.elsewhere, 0);
	history_destroy(h);
}
END_TEST

START_TEST(the_same_elsewhere)
{
	struct history_now with = now;

	new_folder();
	document("d1", "beta", 1000000, "");
	document("d2", "beta", 1000000, "");
	document("d3", "gamma", 1000000, "");
	document("d4", "alpha", 1000000, "");
	ck_assert_uint_eq(past(history(), &with).elsewhere, 2);
	/* Flips look alike everywhere. */
	new_folder();
	document("d1", "beta", 1000000, "");
	with.flips = true;
	ck_assert_uint_eq(past(history(), &with).elsewhere, 0);
	/* Which machine this is must be known. */
	new_folder();
	document("d1", "beta", 1000000, "");
	with = now;
	with.names[0] = "";
	ck_assert_uint_eq(past(history(), &with).elsewhere, 0);
}
END_TEST

/* Whatever the files hold: what is no record is counted, and all others are read. */
START_TEST(hostile)
{
	static const char *const bad[] = {
		"garbage\n", "{\"dump_id\":\n", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]\n", "{\"dump_id\":7}\n",
		"\"text\"\n", "null\n", "{}\n", "{\"dump_id\":\"x\",,}\n", "\xff\xfe\n",
	};
	struct history *h;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		new_folder();
		put("a.jsonl", bad[i]);
		put("a.jsonl", "{\"dump_id\":\"d\",\"run_id\":\"r\"}\n");
		h = history();
		ck_assert_msg(history_unread(h) >= 1, "row %zu: nothing unread", i);
		history_destroy(h);
	}
	/* Values of a type that nobody wrote, and numbers that overflow. */
	new_folder();
	document("old", "alpha", 1000000,
		 "7, null, {\"severity\":7}, {\"severity\":\"suspect\",\"count\":-1,\"pfn\":99999999999999999999,"
		 "\"field\":\"kernel.text\",\"xor\":\"0x1\",\"evidence\":{\"field_kaddr\":\"0xzz\"}},"
		 "{\"severity\":\"suspect\",\"pfn\":9223372036854775807,\"field\":\"kernel.text\",\"xor\":\"0x1\","
		 "\"evidence\":{\"field_kaddr\":\"0xffffffffffffffff\",\"bit\":9999}},"
		 "{\"severity\":\"suspect\",\"evidence\":[],\"xor\":\"0x11111111111111111111\"}");
	h = history();
	ck_assert_uint_eq(history_runs(h), 1);
	note_flag(h, 512);
	ck_assert_uint_eq(past(h, &now).again, 0);
	/* One that is cut short, a folder that is called as a file, and one of another name */
	new_folder();
	put("cut.json", "{\"dump_id\":\"d\",\"run_id\":");
	put("other.txt", "{\"dump_id\":\"d\",\"run_id\":\"r\"}\n");
	h = history();
	ck_assert_uint_eq(history_runs(h), 0);
	ck_assert_uint_eq(history_unread(h), 1);
	history_destroy(h);
	ck_assert_int_eq(history_read("/nowhere/at/all", &h, &err), PGC_EIO);
	ck_assert_ptr_null(h);
	ck_assert_int_eq(history_read("/dev/null", &h, &err), PGC_EIO);
}
END_TEST

UNIT_MAIN("history", the_same_bit_again, what_is_not_again, places_in_memory, records_in_lines,
	  a_machine_by_its_uuid, the_same_elsewhere, hostile)
