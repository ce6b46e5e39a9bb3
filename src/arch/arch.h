/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch - what of a dump depends on the architecture of its kernel
 *
 * One row per architecture, each in a file of its own (arch_NAME.c), and the table of them. No
 * other module names an architecture or has a number of one: tests/arch.t looks for such. A row
 * is constant: it gets lines of VMCOREINFO and bytes from its caller, and knows no dump, no
 * layout and no file. What a row leaves out (NULL, 0) is unknown of that architecture, and
 * its readers then take what accuses nobody.
 *
 * To add one: write its file, name it in arch.h, arch.c and Makefile.am, and give layout.def the
 * symbols that the row names, where they are not there yet.
 */
#ifndef PGCONS_ARCH_H
#define PGCONS_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cpu_regs.h"
#include "base/cleanup.h"
#include "base/error.h"

/* No architecture has smaller pages, and none larger ones: for buffers and for pieces to read. */
#define ARCH_PAGE_MIN_SHIFT 12
#define ARCH_PAGE_MIN (1u << ARCH_PAGE_MIN_SHIFT)
#define ARCH_PAGE_MAX 65536u

/* Lines of VMCOREINFO, wherever they are. */
struct arch_lines {
	bool (*number)(const void *arg, const char *key, uint64_t *ret);
	const void *arg;
};

/* A page size, and what kernels with such pages have where nothing in the dump says it. */
struct arch_pages {
	unsigned int shift;
	unsigned int section_bits;	/* SECTION_SIZE_BITS */
	uint32_t stack;			/* THREAD_SIZE */
};
#define ARCH_PAGE_SIZES 5

/* Page tables: how to go from a kernel address to a physical one. */
enum arch_entry { ARCH_NOTHING, ARCH_TABLE, ARCH_LEAF };
#define ARCH_LEVELS 5

/* An entry in the tables of a process. */
enum arch_user { ARCH_USER_NONE, ARCH_USER_TABLE, ARCH_USER_LEAF, ARCH_USER_SWAP };

struct arch_user_entry {
	enum arch_user what;
	uint64_t paddr;		/* of the table or the memory; what only faults leads there, too */
	bool special;		/* the kernel counts no mapping for it (pte_special()) */
	uint64_t wrong;		/* bits that must be otherwise in such an entry */
	unsigned int type;	/* of a swap entry (include/linux/swapops.h); UINT_MAX: unknown */
	uint64_t pfn;		/* what is the page's number in its offset, where it has one */
};

struct arch_paging {
	uint64_t root;		/* physical address of the first table */
	unsigned int levels;	/* tables passed on the way to a page, at most */
	/* Bits of an address: [0] the offset in a page, [n] the index in a table of level n. */
	uint8_t bits[ARCH_LEVELS + 1];
	bool both_halves;	/* of the address space; else of the upper one only */
	uint64_t not_address;	/* bits of an entry that are no part of the address in it */
	/*
	 * What @entry, of a table of level @level (1: the last), is, and the address in it. What
	 * leads on from the last level is a leaf.
	 */
	enum arch_entry (*decode)(const struct arch_paging *pg, uint64_t entry, unsigned int level,
				  uint64_t *paddr);
	/*
	 * What the kernel's own tables never have in an entry that maps memory for data, or always:
	 * the bits in which @entry is otherwise. It is one that leads on. NULL: unknown.
	 */
	uint64_t (*wrong_bits)(const struct arch_paging *pg, uint64_t entry, unsigned int level);
	uint64_t rights;	/* bits of a leaf in which a region's leaves are alike; 0: unknown */
	uint64_t writable;	/* of these the one that lets the kernel write; 0: unknown */
	/*
	 * Tables of a process: so many entries of the first one are its own, from 0 on; the rest are
	 * the kernel's. And what one of its entries is, at @level; @user_entry NULL: unknown.
	 */
	unsigned int own_entries;
	void (*user_entry)(const struct arch_paging *pg, uint64_t entry, unsigned int level,
			   struct arch_user_entry *ret);
};

/* Bits of an address below the index in a table of level @level. */
static inline unsigned int arch_table_shift(const struct arch_paging *pg, unsigned int level)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < level; i++)
		bits += pg->bits[i];
	return bits;
}

/* Kernel addresses that are physical ones at a distance. */
struct arch_linear {
	uint64_t kaddr, len, paddr;
};

/* Is @kaddr in the range that @map maps? */
static inline bool arch_linear_has(const struct arch_linear *map, uint64_t kaddr)
{
	return kaddr - map->kaddr < map->len;
}

/*
 * What the kernel itself rewrites in its code and constants: places that a table of the kernel's
 * image names, entry by entry. A table is a section of vmlinux, or lies between two symbols.
 */
enum arch_patch_at {
	ARCH_PATCH_NONE,	/* the end of the list */
	ARCH_PATCH_NEAR,	/* an entry begins with the distance to the place, 32 bits */
	ARCH_PATCH_FAR,		/* with its address, 64 bits */
	/* No table: all that is there is rewritten. Without @stop @after bytes */
	ARCH_PATCH_WHOLE,
	/* Where there is such a table it is not known which places are rewritten: nothing is compared */
	ARCH_PATCH_UNKNOWN,
};

struct arch_patch {
	enum arch_patch_at at;
	const char *section;	/* all whose names so begin, with a '*' at the end; or NULL: */
	const char *start, *stop;	/* symbols */
	const char *module;	/* ... and what that section is called in a module's file; or NULL */
	/* Of a section: there is no such place unless this one is there, too; NULL: always */
	const char *with;
	uint8_t stride;		/* of an entry, bytes. Of several rows of a section the first fits */
	uint8_t size_at;	/* where in it the length is, one byte; 0: it has none */
	uint8_t before, after;	/* so many bytes around the place; @after where there is no length */
};

#define ARCH_PLACE_SYMBOLS 3

/* What the register of a machine check says: nothing, an error of something, or of memory. */
enum arch_check { ARCH_CHECK_NONE, ARCH_CHECK_MACHINE, ARCH_CHECK_MEMORY };

/* A kernel image in the memory of a dump that does not say where it is. See kernel_place.h. */
struct arch_place {
	/* The row's place_symbols, as linked; 0: not known, but for the first */
	uint64_t symbol[ARCH_PLACE_SYMBOLS];
	uint64_t notes;		/* __start_notes, as linked */
	uint64_t paddr;		/* where in memory these notes are */
	uint64_t slide;		/* run-time less linked addresses; the row may set it */
	uint32_t page_size;	/* the default one; the row may set it */
	/* Physical memory; false: not all of it is there. */
	bool (*read)(const void *arg, uint64_t paddr, void *buf, size_t len);
	const void *arg;
};

struct arch {
	const char *name;	/* as utsname.machine has it, and reports; NULL: arch_unknown */
	const char *title;	/* "64-bit x86 kernels (x86_64)": in a sentence on what is read */
	uint16_t e_machine;	/* of its ELF cores */
	bool elf_flags_free;	/* its ABI has no e_flags: makedumpfile's mark is no other thing */
	const char *const *own_lines; /* of VMCOREINFO, that no other has; ends with NULL */

	/* Pages, the default first; the list ends with shift 0 */
	struct arch_pages pages[ARCH_PAGE_SIZES + 1];

	/* CPUs: the size of a PRSTATUS note, and what its registers are */
	uint32_t prstatus_size;
	void (*decode_regs)(const unsigned char *regs, struct cpu_regs *ret);
	/* In QEMU's own note of a CPU: the register that says where its page tables are */
	bool (*root_register)(const unsigned char *note, uint64_t size, uint64_t *ret);
	/* The @nr-th root of page tables that such a value may stand for; false: past the last */
	bool (*root_of_register)(uint64_t value, unsigned int nr, uint64_t *root);

	/* Addresses. A pointer's sign is in this bit; above it there may be a tag (untagged: none) */
	unsigned int sign_bit;
	bool untagged;		/* neither pointers nor page flags ever have a KASAN tag, in no kernel */
	uint64_t region_align;	/* the large regions (direct map, vmemmap) begin at multiples */
	uint64_t image, image_len; /* where it and nothing else can be; len 0: no such range */

	/* PGC_ENOENT, with a message: a line is missing. NULL: page tables are not read yet. */
	enum pgc_status (*paging)(const struct arch_lines *lines, struct arch_paging *ret,
				  struct pgc_err *err);
	bool linear_mapped;	/* page tables map both of these whole, and nothing else there */
	/* Without page tables: the kernel image, and the direct map. False: not known. @end is where
	 * the image ends (_end), @base the kernel's variable page_offset_base; 0: not known. */
	bool (*linear_image)(const struct arch_lines *lines, uint64_t end,
			     struct arch_linear *ret);
	bool (*linear_direct)(const struct arch_lines *lines, uint64_t base,
			      struct arch_linear *ret);
	/* The vmemmap's struct page of pfn 0, where no line and no variable is that. May be NULL. */
	bool (*vmemmap)(const struct arch_lines *lines, unsigned int page_shift,
			uint64_t struct_page, uint64_t *ret);

	/*
	 * Finding the image without VMCOREINFO: it lies at multiples of @image_step, in physical
	 * memory and, at most @image_slides of them up from where it is linked, in virtual. @place
	 * writes the @nr-th guess of the lines that page tables follow from; 0: there is none. May be
	 * NULL. Of the symbols that it goes by the first must be known.
	 */
	const char *place_symbols[ARCH_PLACE_SYMBOLS];
	uint64_t image_step;
	unsigned int image_slides;
	size_t (*place)(struct arch_place *at, unsigned int nr, char *lines, size_t size);

	/* Stacks and code. Names are per-CPU symbols, those of rows of layout.def. */
	const char *current_task;	/* a pointer to the task_struct */
	const char *irq_stack;		/* a pointer into or to the interrupts' stack */
	/* By that pointer's value the stack [@lowest, @top); false: it cannot be */
	bool (*irq_stack_range)(uint64_t value, uint64_t stack_size, uint64_t *lowest,
				uint64_t *top);
	unsigned int irq_link_words;	/* of its last words, one has where the task's stack goes on */
	/* Bits of a return address on a stack that may be a signature; all ones without. NULL: none */
	uint64_t (*signature)(const struct arch_lines *lines);
	/* Do the @call_bytes bytes of code at @code end with a call? NULL: cannot be determined */
	unsigned int call_bytes;
	bool (*is_call)(const uint8_t *code);
	/*
	 * Code and constants, for who holds them against vmlinux: the list of what is rewritten there,
	 * the last row's @at is ARCH_PATCH_NONE. NULL: unknown, and nothing can be compared. And
	 * the bytes of code that a probe may replace.
	 */
	const struct arch_patch *patches;
	unsigned int probe_bytes;
	/*
	 * The type of the relocations that vmlinux has for each address in itself, which may have
	 * nothing in its place; 0: none are left, and what KASLR moved must be recognized
	 */
	uint32_t image_reloc;
	/*
	 * Of a module's file: the bytes that a relocation of this type writes; *@relative: the distance
	 * from there, else an address. 0: unknown. NULL: all are
	 */
	unsigned int (*reloc_bytes)(uint32_t type, bool *relative);
	/*
	 * Can @word[@i], of @n, be the pc in registers that an interrupt saved? Then *@sp is the
	 * stack pointer among them. NULL: not known.
	 */
	bool (*interrupted)(const uint64_t *word, size_t n, size_t i, uint64_t *sp);
	/* Machine checks, by their status: what of, and is their address valid? Both NULL: none */
	enum arch_check (*check_of)(uint64_t status);
	bool (*check_has_address)(uint64_t status);
};

#define ARCH_CALL_MAX 8	/* call_bytes is at most that */

/* The rows. Only the table and tests name them. */
extern const struct arch arch_x86_64, arch_arm64;

/* NULL: no row has it. By the size of its PRSTATUS notes is a guess: some share one. */
const struct arch *arch_by_machine(unsigned int e_machine);
const struct arch *arch_by_name(const char *utsname_machine);
const struct arch *arch_by_prstatus(uint32_t size);
/* By lines of VMCOREINFO that only one has. */
const struct arch *arch_by_lines(const struct arch_lines *lines);
/* The @i-th row of the table; NULL past the last. The first is the one to assume where one must. */
const struct arch *arch_row(size_t i);

/* @arch, or where that is NULL a row that knows nothing. */
const struct arch *arch_known(const struct arch *arch);

/* Are its kernels read? */
bool arch_is_read(const struct arch *arch);
/* "x86_64 and aarch64", of those that are read; their titles, with @titles. */
void arch_list(bool titles, char *buf, size_t size);

/*
 * What to call the machine of an ELF file of either byte order, also one that is not read; NULL:
 * not known. Is @utsname_machine an architecture that is known, and not read?
 */
const char *arch_machine_name(unsigned int e_machine, bool big_endian);
bool arch_name_is_other(const char *utsname_machine);

/* Can a kernel of @arch (NULL: of any) have pages of this size? */
bool arch_page_size_ok(const struct arch *arch, uint64_t size);
/* What goes with a page size; where it is none of its page sizes, with the default one. */
const struct arch_pages *arch_pages(const struct arch *arch, unsigned int page_shift);

static inline uint32_t arch_default_page_size(const struct arch *arch)
{
	return 1u << arch_known(arch)->pages[0].shift;
}

static inline bool arch_number(const struct arch_lines *lines, const char *key, uint64_t *ret)
{
	return lines->number(lines->arg, key, ret);
}

/* A pointer without its tag: all bits above the sign are copies of it. */
static inline uint64_t arch_untag(const struct arch *arch, uint64_t kaddr)
{
	unsigned int tag = 63 - arch->sign_bit;

	return (uint64_t)((int64_t)(kaddr << tag) >> tag);
}

/* Is it an address of the kernel's half? Below it there is no kernel memory. */
static inline bool arch_kernel_half(const struct arch *arch, uint64_t kaddr)
{
	return arch_untag(arch, kaddr) >> 63;
}

/* Bits from here on are ones in all addresses of any kernel that may have tags. */
#define ARCH_BARE_SHIFT 52

/* Can it be an address of the kernel without a tag, as those of code are? */
static inline bool arch_bare_address(uint64_t kaddr)
{
	return kaddr >> 56 == 0xff;
}

/* Is it one with a tag? */
static inline bool arch_tagged_address(const struct arch *arch, uint64_t kaddr)
{
	return !arch->untagged && !arch_bare_address(kaddr) &&
	       arch_untag(arch, kaddr) >> ARCH_BARE_SHIFT == UINT64_MAX >> ARCH_BARE_SHIFT;
}

/* Can one of the kernel's large regions (direct map, vmemmap) start at @kaddr? */
static inline bool arch_region_base(const struct arch *arch, uint64_t kaddr)
{
	return arch_bare_address(kaddr) && kaddr % arch->region_align == 0;
}

static inline bool arch_in_image(const struct arch *arch, uint64_t kaddr)
{
	return kaddr >= arch->image && kaddr - arch->image < arch->image_len;
}

#endif
