/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_sections - which pfns have a struct page: the section map of SPARSEMEM
 *
 * Facts: include/linux/mmzone.h and mm/sparse.c of 6.1, 6.12 and 7.2. section_mem_map holds
 * the address that struct page 0 would have, with flags in its low bits; with vmemmap it is
 * the same for every section, and that is how the vmemmap base is found under KASLR.
 */
#include "model/kernel_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/target_int.h"
#include "vmcore.h"

#define MAX_SECTION_NRS (1ULL << 25) /* 52 physical bits in sections of 128 MiB */
#define MAX_SECTION_SIZE 256

struct section_map {
	struct kernel *k;
	struct vmcore *vc;
	uint64_t entry;		/* bytes of one struct mem_section */
	uint64_t per_root;	/* entries in one root page */
	uint64_t nrs;		/* section numbers that can be */
	uint64_t roots;		/* kaddr of the array of root pointers; 0: flat */
	uint64_t flat;		/* kaddr of the array, one per section, when not EXTREME */
	size_t room;
	uint64_t *mem_map;	/* decoded section_mem_map, beside k->sections */
};

static uint64_t vmcoreinfo_number(struct vmcore *vc, const char *key, uint64_t otherwise)
{
	uint64_t number;

	return vmcore_number(vc, key, &number) ? number : otherwise;
}

/* One past the highest section number that any node reaches. */
static uint64_t highest_section(const struct kernel *k)
{
	uint64_t end = 0, node_end;

	for (size_t i = 0; i < k->n_nodes; i++)
		if (add_ok(k->nodes[i].start_pfn, k->nodes[i].spanned, &node_end) &&
		    node_end > end)
			end = node_end;
	return end / k->pages_per_section + (end % k->pages_per_section != 0);
}

static enum pgc_status grow(struct section_map *m, struct pgc_err *err)
{
	size_t room = m->room ? m->room * 2 : 64;
	struct section *s;
	uint64_t *mm;

	if (m->k->n_sections < m->room)
		return PGC_OK;
	s = realloc(m->k->sections, room * sizeof(*s));
	if (s)
		m->k->sections = s;
	mm = realloc(m->mem_map, room * sizeof(*mm));
	if (mm)
		m->mem_map = mm;
	if (!s || !mm)
		return pgc_err_nomem(err, "the section table");
	m->room = room;
	return PGC_OK;
}

static bool flag(const struct layout *lay, enum layout_key key, uint64_t word,
		 bool otherwise)
{
	if (!layout_has(lay, key) || layout_get(lay, key) > 11)
		return otherwise;
	return (word >> layout_get(lay, key)) & 1;
}

/*
 * Present, online and with a pointer, but without the bit that says so: no section is ever. Its
 * memory goes offline before the bit is cleared (mm/sparse.c, 7.2 mm/sparse-vmemmap.c:
 * section_deactivate()), and while a word has no pointer yet it has the node there.
 */
static bool lost_map_bit(const struct layout *lay, uint64_t word)
{
	return (word & ~0xfffULL) && layout_has(lay, L_SECTION_HAS_MEM_MAP_BIT) &&
	       flag(lay, L_SECTION_MARKED_PRESENT_BIT, word, false) &&
	       flag(lay, L_SECTION_IS_ONLINE_BIT, word, false);
}

/* One struct mem_section: kept when it has a memmap. */
static enum pgc_status add_section(struct section_map *m, uint64_t nr, uint64_t kaddr,
				   const uint8_t *raw, struct pgc_err *err)
{
	const struct layout *lay = m->k->lay;
	uint64_t word = target_u64(raw + layout_get(lay, L_mem_section_section_mem_map));
	struct section *s;
	enum pgc_status st;

	if (!flag(lay, L_SECTION_HAS_MEM_MAP_BIT, word, word != 0) && !lost_map_bit(lay, word))
		return PGC_OK;
	st = grow(m, err);
	if (st != PGC_OK)
		return st;
	m->mem_map[m->k->n_sections] = word & ~0xfffULL;
	s = &m->k->sections[m->k->n_sections++];
	*s = (struct section){
		.nr = nr,
		.start_pfn = nr * m->k->pages_per_section,
		.kaddr = kaddr,
		.word = word,
		.online = flag(lay, L_SECTION_IS_ONLINE_BIT, word, true),
		.early = flag(lay, L_SECTION_IS_EARLY_BIT, word, true),
	};
	if (layout_has(lay, L_mem_section_usage))
		s->usage = target_u64(raw + layout_get(lay, L_mem_section_usage));
	if (layout_has(lay, L_mem_section_page_ext))
		s->page_ext = target_u64(raw + layout_get(lay, L_mem_section_page_ext));
	return PGC_OK;
}

/* @count entries of consecutive sections, stored at @kaddr. */
static enum pgc_status read_entries(struct section_map *m, uint64_t kaddr, uint64_t nr,
				    uint64_t count, struct pgc_err *err)
{
	uint8_t raw[MAX_SECTION_SIZE];
	bool told = false;

	for (uint64_t i = 0; i < count; i++) {
		enum pgc_status st = vmcore_read(m->vc, kaddr + i * m->entry, raw,
						 m->entry, "mem_section", NULL);

		if (st == PGC_OK)
			st = add_section(m, nr + i, kaddr + i * m->entry, raw, err);
		else if (!told) {
			m->k->memory_unseen = true;
			kernel_limit(m->k, "sections from %" PRIu64
				     " on: the section map cannot be read", nr + i);
			told = true;
			st = PGC_OK;
		}
		if (st == PGC_ENOMEM)
			return st;
	}
	return PGC_OK;
}

static enum pgc_status read_roots(struct section_map *m, struct pgc_err *err)
{
	for (uint64_t root = 0; root * m->per_root < m->nrs; root++) {
		uint64_t first = root * m->per_root, count = m->nrs - first, kaddr;
		enum pgc_status st;

		st = vmcore_read_u64(m->vc, m->roots + root * 8, "mem_section[]", &kaddr,
				     NULL);
		if (st != PGC_OK) {
			m->k->memory_unseen = true;
			kernel_limit(m->k, "the section map ends at section %" PRIu64
				     ": its root array cannot be read", first);
			return PGC_OK;
		}
		if (!kaddr)
			continue;
		st = read_entries(m, kaddr, first, count < m->per_root ? count : m->per_root,
				  err);
		if (st != PGC_OK)
			return st;
	}
	return PGC_OK;
}

static const enum layout_key section_words[] = {
	L_mem_section_section_mem_map, L_mem_section_usage, L_mem_section_page_ext,
};

/*
 * A section is at least a block of the largest order, as the kernel's own build asserts
 * (include/linux/mmzone.h, all versions), and at least a word of the checker's maps.
 */
static bool section_can_be(const struct kernel *k, uint64_t bits)
{
	unsigned int order = k->orders - 1 > 6 ? k->orders - 1 : 6;

	return bits >= k->page_shift + order && bits <= 40;
}

static uint64_t section_bits(struct kernel *k, struct vmcore *vc)
{
	const unsigned int otherwise = arch_pages(k->arch, k->page_shift)->section_bits;
	uint64_t bits = vmcoreinfo_number(vc, "NUMBER(SECTION_SIZE_BITS)", otherwise);

	if (section_can_be(k, bits))
		return bits;
	k->memory_unseen = true;
	kernel_limit(k, "implausible section size of 2^%" PRIu64 " bytes; assuming 2^%u", bits,
		     otherwise);
	return otherwise;
}

/*
 * SPARSEMEM_EXTREME: mem_section is a pointer to an array of root pointers. Static: an
 * array of one-entry roots. The type of the variable says which (VARLEN is unknown for a
 * pointer).
 */
static enum pgc_status find_map(struct section_map *m, struct pgc_err *err)
{
	struct kernel *k = m->k;
	uint64_t bits = section_bits(k, m->vc), roots, addr = 0;
	bool said = vmcore_number(m->vc, "SYMBOL(mem_section)", &addr);
	enum pgc_status st;

	if (!layout_has(k->lay, L_mem_section) || (!layout_has(k->lay, L_mem_section_var) && !said) ||
	    !layout_has(k->lay, L_mem_section_section_mem_map))
		return pgc_err_set(err, PGC_ENOENT,
				   "no mem_section: only kernels with SPARSEMEM are supported");
	m->entry = layout_get(k->lay, L_mem_section);
	if (!m->entry || m->entry > MAX_SECTION_SIZE || !section_can_be(k, bits) ||
	    m->entry > 1ULL << k->page_shift ||
	    !layout_words_fit(k->lay, section_words, ARRAY_SIZE(section_words), m->entry))
		return pgc_err_set(err, PGC_EFORMAT, "sections of 2^%" PRIu64
				   " bytes, mem_section of %" PRIu64 " bytes: impossible", bits, m->entry);
	k->section_shift = (unsigned int)bits - k->page_shift;
	k->pages_per_section = 1ULL << k->section_shift;
	m->nrs = highest_section(k);
	if (m->nrs > MAX_SECTION_NRS) {
		k->memory_unseen = true;
		kernel_limit(k, "a node ends past the largest possible memory: its sections beyond 4 PiB were skipped");
		m->nrs = MAX_SECTION_NRS;
	}
	if (layout_has(k->lay, L_mem_section_var_len)) {
		m->flat = kernel_addr(k, L_mem_section_var);
		return PGC_OK;
	}
	m->per_root = (1ULL << k->page_shift) / m->entry;
	/* The array has an end, whatever nodes claim: what lies behind it is not of the map. */
	roots = vmcoreinfo_number(m->vc, "LENGTH(mem_section)", 0);
	if (roots && roots < m->nrs / m->per_root) {
		k->memory_unseen = true;
		kernel_limit(k, "a node ends past the section map: its sections from %" PRIu64 " on were skipped",
			     roots * m->per_root);
		m->nrs = roots * m->per_root;
	}
	/* VMCOREINFO has the value of a pointer, but the address of an array: take the former. */
	if (!layout_has(k->lay, L_mem_section_var)) {
		m->roots = addr;
		return PGC_OK;
	}
	st = vmcore_read_u64(m->vc, kernel_addr(k, L_mem_section_var), "mem_section",
			     &m->roots, err);
	if (st != PGC_OK) {
		k->memory_unseen = true;
		kernel_limit(k, "mem_section at 0x%" PRIx64 " cannot be read",
			     kernel_addr(k, L_mem_section_var));
	}
	return PGC_OK;
}

/* Where the vmemmap starts, by VMCOREINFO or the kernel's own variable; 0: neither says. */
static uint64_t vmemmap_base(struct kernel *k, struct vmcore *vc)
{
	const struct arch_lines lines = vmcore_lines(vc);
	uint64_t base;

	if (vmcore_number(vc, "SYMBOL(vmemmap)", &base))
		return base;
	if (k->arch->vmemmap && k->arch->vmemmap(&lines, k->page_shift, k->struct_page, &base))
		return base;
	if (!layout_has(k->lay, L_vmemmap_base) ||
	    vmcore_read_u64(vc, kernel_addr(k, L_vmemmap_base), "vmemmap_base", &base,
			    NULL) != PGC_OK)
		return 0;
	return base;
}

/* And the struct page of @pfn is there. */
static bool base_has(struct kernel_reader kr, uint64_t base, uint64_t pfn)
{
	uint64_t paddr, run;

	return arch_region_base(kr.k->arch, base) &&
	       vmcore_translate(kr.vc, base + pfn * kr.k->struct_page, &paddr, &run, NULL) ==
		       PGC_OK;
}

static bool base_can_be(struct kernel_reader kr, uint64_t base)
{
	return base_has(kr, base, kr.k->sections[0].start_pfn);
}

static bool node_has_memmap(struct kernel_reader kr, uint64_t base)
{
	for (size_t i = 0; i < kr.k->n_nodes; i++)
		if (base_has(kr, base, kr.k->nodes[i].start_pfn))
			return true;
	return false;
}

static size_t sections_at(const struct section_map *m, uint64_t base)
{
	size_t agree = 0;

	for (size_t i = 0; i < m->k->n_sections; i++)
		agree += m->mem_map[i] == base;
	return agree;
}

static void check_map_bit(struct kernel *k, const struct section *s)
{
	struct record_fact fact = {
		.kind = RECORD_SECTION, .field = "mem_section.section_mem_map", .nid = -1, .cpu = -1,
		.what = "SECTION_HAS_MEM_MAP is clear, but the section is present and online",
		.pfn = s->start_pfn, .pages = k->pages_per_section, .kaddr = s->kaddr,
		.found = s->word, .has_expected = true,
	};

	/* What was made up of other evidence has no word. */
	if (flag(k->lay, L_SECTION_HAS_MEM_MAP_BIT, s->word, true) || !lost_map_bit(k->lay, s->word))
		return;
	fact.expected = s->word | 1ULL << layout_get(k->lay, L_SECTION_HAS_MEM_MAP_BIT);
	kernel_note_record(k, &fact);
}

/* Boyer-Moore majority vote: no other base can be that of more than half of them. */
static uint64_t most_named_base(const struct section_map *m)
{
	uint64_t candidate = 0;
	size_t lead = 0;

	for (size_t i = 0; i < m->k->n_sections; i++) {
		if (!lead)
			candidate = m->mem_map[i];
		lead += m->mem_map[i] == candidate ? 1 : (size_t)-1;
	}
	return candidate;
}

/*
 * The memmap base that most sections name. One damaged section must not move it, not even the
 * only one; a kernel where they all differ has no vmemmap.
 */
static enum pgc_status find_memmap(struct section_map *m, struct pgc_err *err)
{
	struct kernel *k = m->k;
	uint64_t candidate = most_named_base(m), known = vmemmap_base(k, m->vc);
	size_t agree;

	if (k->n_sections && known != candidate &&
	    base_can_be(kernel_reader_of(k, m->vc), known) &&
	    (sections_at(m, known) >= (k->n_sections + 1) / 2 ||
	     (k->n_sections == 1 && !base_can_be(kernel_reader_of(k, m->vc), candidate))))
		candidate = known;
	agree = sections_at(m, candidate);
	if ((!agree && candidate != known) || agree < k->n_sections / 2 ||
	    !arch_kernel_half(k->arch, candidate))
		return pgc_err_set(err, PGC_EFORMAT,
				   "%zu of %zu sections have their memmap at the vmemmap base 0x%" PRIx64
				   ": only kernels with SPARSEMEM_VMEMMAP are supported",
				   agree, k->n_sections, candidate);
	k->memmap = candidate;
	/* pfn_to_page() does not ask the section: its pages are where they always were. */
	for (size_t i = 0; i < k->n_sections; i++) {
		if (m->mem_map[i] == candidate) {
			check_map_bit(k, &k->sections[i]);
			continue;
		}
		/* Its flags are in the same word. */
		k->sections[i].online = k->sections[i].early = true;
		kernel_limit(k, "section %" PRIu64 ": section_mem_map is damaged: assuming that its struct pages are in the vmemmap",
			     k->sections[i].nr);
	}
	return PGC_OK;
}

/* Is there a node that begins with struct pages at @base, but with none of the sections? */
static bool node_lacks_section(struct kernel_reader kr, uint64_t base)
{
	const struct kernel *k = kr.k;

	for (size_t i = 0; i < k->n_nodes; i++) {
		uint64_t nr = k->nodes[i].start_pfn / k->pages_per_section;
		size_t s = 0;

		while (s < k->n_sections && k->sections[s].nr != nr)
			s++;
		if (s == k->n_sections && base_has(kr, base, k->nodes[i].start_pfn))
			return true;
	}
	return false;
}

/* The word of the section behind the last that any node reaches; 0: it cannot be read. */
static uint64_t word_past_end(const struct section_map *m)
{
	uint64_t kaddr = m->flat, nr = m->nrs, word;

	if (!m->flat) {
		if (vmcore_read_u64(m->vc, m->roots + nr / m->per_root * 8, "mem_section[]",
				    &kaddr, NULL) != PGC_OK)
			return 0;
		nr %= m->per_root;
	}
	kaddr += nr * m->entry + layout_get(m->k->lay, L_mem_section_section_mem_map);
	return vmcore_read_u64(m->vc, kaddr, "mem_section", &word, NULL) == PGC_OK ? word : 0;
}

/* Is there a section that has its struct pages at @base, where none are? */
static bool section_lacks_memmap(const struct section_map *m, uint64_t base)
{
	const uint64_t word = word_past_end(m);
	const uint64_t bytes = m->k->pages_per_section * m->k->struct_page;
	uint64_t paddr, run;

	for (size_t i = 0; i < m->k->n_sections; i++)
		if (m->mem_map[i] == base && m->k->sections[i].online &&
		    vmcore_translate(m->vc, base + m->k->sections[i].nr * bytes, &paddr, &run,
				     NULL) == PGC_ABSENT && run >= bytes)
			return true;
	/* Memory that was added and never used has an offline section behind all nodes. */
	return (word & ~0xfffULL) == base && flag(m->k->lay, L_SECTION_IS_ONLINE_BIT, word, false);
}

/*
 * What was read is not the section map. A pointer to the map that leads beside it ends in memory
 * of any kind, some words of which look like sections with a memmap: none of them names the
 * vmemmap, which is there, nor do most agree on another place where struct pages are. Or it ends
 * in the map itself, whose sections then have each other's numbers: one has no struct pages, and
 * those of a node have no section. (One damaged word is that of the only section, if its number
 * is one that has struct pages: find_memmap() mends it.)
 */
static bool no_section_map(const struct section_map *m)
{
	struct kernel_reader kr = kernel_reader_of(m->k, m->vc);
	uint64_t known = vmemmap_base(m->k, m->vc), other;

	if (!m->k->n_sections || !known || !node_has_memmap(kr, known))
		return false;
	if (sections_at(m, known))
		return section_lacks_memmap(m, known) && node_lacks_section(kr, known);
	if (m->k->n_sections == 1)
		return !base_can_be(kr, known) || node_lacks_section(kr, known);
	other = most_named_base(m);
	return !node_has_memmap(kr, other) || sections_at(m, other) <= m->k->n_sections / 2;
}

/* Sections from @nr on whose struct pages have no mapping at all: there is no such memory. */
static uint64_t unmapped_sections(struct kernel_reader kr, uint64_t base, uint64_t nr)
{
	uint64_t bytes = kr.k->pages_per_section * kr.k->struct_page, paddr, run;

	if (!bytes ||
	    vmcore_translate(kr.vc, base + nr * bytes, &paddr, &run, NULL) != PGC_ABSENT)
		return 0;
	return run / bytes;
}

/*
 * The section map is lost (it lies at the very end of memory, the first to go when a dump is
 * cut): where the vmemmap is known, take it that the nodes have memory all over, but for what
 * the page tables say is not there: a node may claim any size. Struct pages that cannot be
 * read are reported when they are walked.
 */
static enum pgc_status assume_sections(struct section_map *m, struct pgc_err *err)
{
	struct kernel *k = m->k;
	uint64_t base = vmemmap_base(k, m->vc);
	const char *why = k->n_sections ? "its sections are not where struct pages are" :
					  "it is not in the dump";

	if (!base)
		return PGC_OK;
	k->n_sections = 0;
	for (size_t i = 0; i < k->n_nodes; i++) {
		const struct node *n = &k->nodes[i];
		uint64_t nr = n->start_pfn / k->pages_per_section, end;

		if (!add_ok(n->start_pfn, n->spanned, &end))
			continue;
		/* Nodes may share a section: those come in ascending order only once. */
		if (k->n_sections && nr <= k->sections[k->n_sections - 1].nr)
			nr = k->sections[k->n_sections - 1].nr + 1;
		for (; nr * k->pages_per_section < end && nr < m->nrs; nr++) {
			uint64_t none =
				unmapped_sections(kernel_reader_of(k, m->vc), base, nr);
			enum pgc_status st;

			if (none) {
				nr += none - 1;
				continue;
			}
			st = grow(m, err);
			if (st != PGC_OK)
				return st;
			m->mem_map[k->n_sections] = base;
			k->sections[k->n_sections++] = (struct section){
				.nr = nr, .start_pfn = nr * k->pages_per_section,
				.online = true, .early = true,
			};
		}
	}
	kernel_limit(k, "the section map is lost (%s): assuming that all of each node is memory", why);
	return PGC_OK;
}

/*
 * All that is present has a memmap. Where the sections are less, the section map is damaged, or
 * the size of a section, which only VMCOREINFO has.
 */
void kernel_compare_sections(struct kernel *k)
{
	uint64_t present = 0, have = k->n_sections * k->pages_per_section;

	for (size_t i = 0; i < k->n_zones; i++) {
		const struct zone *z = &k->zones[i];
		uint64_t pages = z->present < z->spanned ? z->present : z->spanned;

		/* What an overwritten record has for a count says nothing of the sections. */
		if (z->overwritten)
			continue;
		if (!add_ok(present, pages, &present))
			return;
	}
	if (present <= have)
		return;
	k->memory_unseen = true;
	kernel_limit(k, "zones have %" PRIu64 " pages, sections only %" PRIu64
		     ": the section map or the size of a section is damaged", present, have);
}

enum pgc_status kernel_read_sections(struct kernel *k, struct vmcore *vc,
				      struct pgc_err *err)
{
	struct section_map m = { .k = k, .vc = vc };
	enum pgc_status st;

	st = find_map(&m, err);
	if (st == PGC_OK)
		st = m.flat ? read_entries(&m, m.flat, 0, m.nrs, err) :
			      m.roots ? read_roots(&m, err) : PGC_OK;
	if (st == PGC_OK && (!k->n_sections || no_section_map(&m)))
		st = assume_sections(&m, err);
	if (st == PGC_OK && !k->n_sections)
		st = pgc_err_set(err, PGC_EFORMAT, "the section map has no section%s%s",
				 k->n_limits ? ": " : "", k->n_limits ? k->limits[0] : "");
	if (st == PGC_OK)
		st = find_memmap(&m, err);
	free(m.mem_map);
	if (st != PGC_OK)
		return pgc_err_add(err, st, "memory sections");
	k->n_section_nrs = m.nrs;
	k->section_index = calloc(m.nrs ? m.nrs : 1, sizeof(*k->section_index));
	if (!k->section_index)
		return pgc_err_nomem(err, "the section index");
	for (size_t i = 0; i < k->n_sections; i++)
		k->section_index[k->sections[i].nr] = (uint32_t)i + 1;
	return PGC_OK;
}
