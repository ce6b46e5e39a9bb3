/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch/arch.h"
#include "debuginfo/debuginfo_module.h"
#include "dump/dump_packed.h"
#include "fake_vmcore.h"
#include "model/kernel.h"
#include "model/module_text.h"
#include "unit.h"

/*
 * A module's file: a note, 64 bytes of code with three calls of one symbol and one of another, a place
 * of ftrace, and a function called f.
 */
#define NOTE_LEN 0x24
#define TEXT_LEN 64
#define TEXT 0xffffffffc0000000ULL
#define RODATA 0xffffffffc0010000ULL
#define RECORDS FAKE_DIRECT_MAP
#define TARGET 0xffffffff81234560ULL

enum { S_NULL, S_NOTE, S_TEXT, S_RELA, S_MCOUNT, S_RELA_MCOUNT, S_SYMTAB, S_STRTAB, S_NAMES, SECTIONS };
enum { SYM_NULL, SYM_TEXT, SYM_F, SYM_OTHER, SYM_ONCE, SYMBOLS };

struct ko {
	Elf64_Ehdr eh;
	uint8_t note[NOTE_LEN], text[TEXT_LEN];
	Elf64_Rela rela[4];
	uint8_t mcount[8];
	Elf64_Rela rela_mcount[1];
	Elf64_Sym sym[SYMBOLS];
	char strings[16], names[96];
	Elf64_Shdr sh[SECTIONS];
};

/* Calls, at these places; the last is of a symbol that nothing else uses. */
static const uint64_t calls[] = { 9, 21, 33, 45 };

static void section(struct ko *k, int i, const char *name, uint32_t type, uint64_t flags,
		    const void *at, uint64_t size)
{
	size_t len = strlen(k->names + 1);

	while (k->names[len + 1 + 1])
		len += 1 + strlen(k->names + len + 2);
	strcpy(k->names + len + 2, name);
	k->sh[i] = (Elf64_Shdr){ .sh_name = (uint32_t)len + 2, .sh_type = type, .sh_flags = flags,
				 .sh_offset = (uint64_t)((const uint8_t *)at - (const uint8_t *)k),
				 .sh_size = size, .sh_addralign = 1 };
}

static void make_ko(struct ko *k)
{
	memset(k, 0, sizeof(*k));
	memcpy(k->eh.e_ident, ELFMAG, SELFMAG);
	k->eh.e_ident[EI_CLASS] = ELFCLASS64;
	k->eh.e_ident[EI_DATA] = ELFDATA2LSB;
	k->eh.e_ident[EI_VERSION] = EV_CURRENT;
	k->eh.e_type = ET_REL;
	k->eh.e_machine = EM_X86_64;
	k->eh.e_version = EV_CURRENT;
	k->eh.e_shoff = offsetof(struct ko, sh);
	k->eh.e_ehsize = sizeof(k->eh);
	k->eh.e_shentsize = sizeof(k->sh[0]);
	k->eh.e_shnum = SECTIONS;
	k->eh.e_shstrndx = S_NAMES;
	memset(k->note, 0x5c, sizeof(k->note));
	for (size_t i = 0; i < TEXT_LEN; i++)
		k->text[i] = (uint8_t)(0x80 + i);
	k->names[1] = '-';
	section(k, S_NOTE, ".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, k->note, NOTE_LEN);
	section(k, S_TEXT, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, k->text, TEXT_LEN);
	section(k, S_RELA, ".rela", SHT_RELA, 0, k->rela, sizeof(k->rela));
	section(k, S_MCOUNT, "__mcount_loc", SHT_PROGBITS, SHF_ALLOC, k->mcount, sizeof(k->mcount));
	section(k, S_RELA_MCOUNT, ".rela2", SHT_RELA, 0, k->rela_mcount, sizeof(k->rela_mcount));
	section(k, S_SYMTAB, ".symtab", SHT_SYMTAB, 0, k->sym, sizeof(k->sym));
	section(k, S_STRTAB, ".strtab", SHT_STRTAB, 0, k->strings, sizeof(k->strings));
	section(k, S_NAMES, ".shs", SHT_STRTAB, 0, k->names, sizeof(k->names));
	k->sh[S_RELA].sh_info = S_TEXT;
	k->sh[S_RELA_MCOUNT].sh_info = S_MCOUNT;
	k->sh[S_RELA].sh_entsize = k->sh[S_RELA_MCOUNT].sh_entsize = sizeof(Elf64_Rela);
	k->sh[S_RELA].sh_link = k->sh[S_RELA_MCOUNT].sh_link = S_SYMTAB;
	k->sh[S_SYMTAB].sh_entsize = sizeof(Elf64_Sym);
	k->sh[S_SYMTAB].sh_link = S_STRTAB;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		k->rela[i] = (Elf64_Rela){ .r_offset = calls[i], .r_addend = -4,
					   .r_info = ELF64_R_INFO(i < 3 ? SYM_OTHER : SYM_ONCE,
								  R_X86_64_PLT32) };
		memset(k->text + calls[i], 0, 4);
	}
	k->rela_mcount[0] = (Elf64_Rela){ .r_addend = 56,
					  .r_info = ELF64_R_INFO(SYM_TEXT, R_X86_64_64) };
	strcpy(k->strings + 1, "f");
	k->sym[SYM_TEXT] = (Elf64_Sym){ .st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION),
					.st_shndx = S_TEXT };
	k->sym[SYM_F] = (Elf64_Sym){ .st_name = 1, .st_shndx = S_TEXT,
				     .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC) };
}

struct fixture {
	struct vmcore *vc;
	struct layout *lay;
	struct kernel k;
	char folder[32], vmlinux[48];
	struct ko ko;
	uint8_t *text;		/* as loaded */
};

static void write_ko(struct fixture *f)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/lab", f->folder);
	(void)!mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/lab/my-mod.ko", f->folder);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(&f->ko, sizeof(f->ko), 1, out), 1);
	ck_assert_int_eq(fclose(out), 0);
}

static void set_up(struct fixture *f)
{
	static const struct {
		enum layout_key key;
		uint64_t value;
	} rows[] = {
		{ L_modules, RECORDS }, { L_module_list, 8 }, { L_module_state, 0 },
		{ L_module_name, 24 }, { L_MODULE_STATE_LIVE, 0 }, { L_module_mem, 128 },
		{ L_module_memory, 16 }, { L_module_memory_base, 0 }, { L_module_memory_size, 8 },
		{ L_MOD_TEXT, 0 }, { L_MOD_RODATA, 2 },
	};
	const uint64_t module = RECORDS + 0x100;
	struct pgc_err err = PGC_ERR_INIT;

	memset(f, 0, sizeof(*f));
	f->vc = fake_vmcore_create();
	fake_vmcore_arch(f->vc, &arch_x86_64);
	ck_assert_ok(layout_create(&f->lay, &err), &err);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		layout_set(f->lay, rows[i].key, rows[i].value,
			   rows[i].key == L_module_memory_base ? 8 : 4);
	f->k = (struct kernel){ .lay = f->lay, .page_shift = 12 };
	strcpy(f->folder, "/tmp/check_module.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->folder));
	snprintf(f->vmlinux, sizeof(f->vmlinux), "%s/vmlinux", f->folder);
	make_ko(&f->ko);
	write_ko(f);
	fake_vmcore_region(f->vc, RECORDS, 0x1000);
	fake_put64(f->vc, RECORDS, module + 8);
	fake_put64(f->vc, module + 8, RECORDS);
	strcpy((char *)fake_vmcore_at(f->vc, module + 24), "my_mod");
	fake_put64(f->vc, module + 128, TEXT);
	fake_put64(f->vc, module + 136, 0x1000);
	fake_put64(f->vc, module + 128 + 32, RODATA);
	f->text = fake_vmcore_region(f->vc, TEXT, 0x1000);
	memcpy(f->text, f->ko.text, TEXT_LEN);
	memcpy(fake_vmcore_region(f->vc, RODATA, 0x1000), f->ko.note, NOTE_LEN);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		uint32_t off = htole32((uint32_t)(TARGET - 4 - (TEXT + calls[i])));

		memcpy(f->text + calls[i], &off, 4);
	}
}

static void tear_down(struct fixture *f)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", f->folder);
	ck_assert_int_eq(system(command), 0);
	layout_destroy(f->lay);
	vmcore_close(f->vc);
}

static struct text_check check_of(struct fixture *f)
{
	static struct text_check ret;
	struct pgc_err err = PGC_ERR_INIT;

	memset(&ret, 0, sizeof(ret));
	ck_assert_ok(module_text_compare(kernel_reader_of(&f->k, f->vc), NULL, f->vmlinux, &ret,
					 &err), &err);
	return ret;
}

START_TEST(a_module)
{
	struct text_check c;
	struct fixture f;

	set_up(&f);
	c = check_of(&f);
	ck_assert_uint_eq(c.modules, 1);
	ck_assert_uint_eq(c.modules_missing + c.modules_unknown + c.changes, 0);
	ck_assert_uint_eq(c.compared, TEXT_LEN);
	/* Any byte of its code, but what ftrace rewrites, and what one relocation alone says. */
	for (size_t i = 0; i < TEXT_LEN; i++) {
		bool free_byte = (i >= calls[3] && i < calls[3] + 4) || (i >= 40 && i < 61);

		f.text[i] ^= 4;
		c = check_of(&f);
		ck_assert_msg(c.changes == !free_byte, "byte %zu: %d", i, (int)c.changes);
		if (!free_byte) {
			char name[32];

			snprintf(name, sizeof(name), "my_mod:f+0x%zx", i);
			ck_assert_str_eq(c.change[0].symbol, name);
			ck_assert_uint_eq(c.change[0].bits, 1);
			ck_assert(c.change[0].code);
		}
		f.text[i] ^= 4;
	}
	tear_down(&f);
}
END_TEST

/* A file that is another's, or none, is not held against it. */
START_TEST(not_its_file)
{
	struct text_check c;
	struct fixture f;

	set_up(&f);
	f.ko.note[20] ^= 1;
	write_ko(&f);
	c = check_of(&f);
	ck_assert_uint_eq(c.modules_missing, 1);
	ck_assert_uint_eq(c.modules + c.modules_unknown + c.changes, 0);
	f.ko.note[20] ^= 1;
	/* Code that does not come out as long as it is there. */
	f.ko.sh[S_TEXT].sh_addralign = 0x10000;
	f.ko.sh[S_TEXT].sh_size = 0x7fffffff;
	write_ko(&f);
	c = check_of(&f);
	ck_assert_uint_eq(c.modules + c.changes, 0);
	/* Noise in place of the file. */
	for (size_t i = 0; i < sizeof(f.ko); i += 7) {
		make_ko(&f.ko);
		((uint8_t *)&f.ko)[i] ^= 0xff;
		write_ko(&f);
		(void)check_of(&f);
	}
	tear_down(&f);
}
END_TEST

static bool run_in(const struct fixture *f, const char *command)
{
	char line[192];

	snprintf(line, sizeof(line), "cd %s/lab && %s", f->folder, command);
	return system(line) == 0;
}

/* As distributions pack them. */
START_TEST(compressed)
{
	static const struct {
		const char *magic, *pack, *name;
	} forms[] = {
		{ "\x1f\x8b", "gzip -q my-mod.ko", "my-mod.ko.gz" },
		{ "\xfd" "7zXZ", "xz -q --check=crc32 my-mod.ko", "my-mod.ko.xz" },
		{ "\x28\xb5\x2f\xfd", "zstd -q --rm my-mod.ko", "my-mod.ko.zst" },
	};
	struct text_check c;
	char command[128];
	size_t done = 0;
	struct fixture f;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		set_up(&f);
		if (dump_packed_name(forms[i].magic, strlen(forms[i].magic)) && run_in(&f, forms[i].pack)) {
			c = check_of(&f);
			ck_assert_uint_eq(c.modules, 1);
			ck_assert_uint_eq(c.compared, TEXT_LEN);
			f.text[2] ^= 1;
			c = check_of(&f);
			ck_assert_uint_eq(c.changes, 1);
			ck_assert_str_eq(c.change[0].symbol, "my_mod:f+0x2");
			/* Cut off, or damaged: then it is no file. */
			snprintf(command, sizeof(command), "truncate -s -9 %s", forms[i].name);
			ck_assert(run_in(&f, command));
			c = check_of(&f);
			ck_assert_uint_eq(c.modules_missing, 1);
			done++;
		}
		tear_down(&f);
	}
	ck_assert_uint_gt(done, 0);
}
END_TEST

/* Debug files have the build-id, and no code: the one with the code is looked for on. */
START_TEST(without_code)
{
	struct text_check c;
	struct fixture f;

	set_up(&f);
	f.ko.sh[S_TEXT].sh_type = SHT_NOBITS;
	write_ko(&f);
	c = check_of(&f);
	ck_assert_uint_eq(c.modules_missing, 1);
	ck_assert_uint_eq(c.modules + c.modules_unknown + c.changes, 0);
	ck_assert(run_in(&f, "mkdir debug && mv my-mod.ko debug"));
	f.ko.sh[S_TEXT].sh_type = SHT_PROGBITS;
	write_ko(&f);
	c = check_of(&f);
	ck_assert_uint_eq(c.modules, 1);
	ck_assert_uint_eq(c.modules_missing + c.modules_unknown, 0);
	tear_down(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("module_text");
	TCase *tc = tcase_create("module_text");

	tcase_add_test(tc, a_module);
	tcase_add_test(tc, not_its_file);
	tcase_add_test(tc, compressed);
	tcase_add_test(tc, without_code);
	return unit_run_case(suite, tc);
}
