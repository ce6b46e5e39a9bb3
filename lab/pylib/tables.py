# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage to page tables and to counts of mappings, written into a copy of a healthy dump.

Each is a run of its own, and must be named at the very entry, page or address space. The seed is
all that it takes to do the same again. Of x86-64, where all address spaces are on a list.
"""

import dataclasses
import struct

from . import plants
from .base import LabError
from .image import PAGE
from .objects import ADDRESS, ALL_BITS, KERNEL_MAP, LARGE, PRESENT

SPECIAL, USER = 1 << 9, 1 << 2
TYPE_NONE = 0xffffffff
FINDINGS = ("table-entry", "table-page", "mapcount-recount", "mm-counter")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One that is present."""
    mm: int             # 0: the kernel's
    vaddr: int
    level: int
    paddr: int          # where it is
    raw: int

    @property
    def pfn(self):
        """That it leads to."""
        return (self.raw & ADDRESS) // PAGE


class Tables:
    """The page tables of a dump."""

    def __init__(self, subject):
        self.kernel = subject.kernel
        offsets = self.kernel.layout.offsets
        self.owner = offsets["ptdesc.pt_mm" if "ptdesc.pt_mm" in offsets else "page.pt_mm"]
        self.pages = self.read_pages()
        self.free = self.free_pages()
        self.mms = self.read_mms()
        entries = [one for mm, root in self.mms.items() for one in self.walk(mm, root, 4, 0)]
        self.tables = [one for one in entries if one.level > 1 and not one.raw & LARGE]
        self.leaves = [one for one in entries if one.level == 1 and not one.raw & SPECIAL
                       and self.is_small(one.pfn)]
        self.large = [one for one in entries if one.level == 2 and one.raw & LARGE]
        self.vmalloc = self.vmalloc_leaves()
        if not self.leaves:
            raise LabError("no page of a process is mapped there")

    def read_pages(self):
        """(flags, compound, mapping, mapcount) by pfn."""
        kernel, found = self.kernel, {}
        size = kernel.layout.sizes["page"]
        offsets = kernel.layout.offsets
        compound = offsets.get("page.compound_info", offsets.get("page.compound_head"))
        for zone in kernel.zones:
            for pfn in range(zone.start, zone.start + zone.spanned, PAGE // size):
                try:
                    raw = kernel.read(kernel.struct_page(pfn), PAGE // size * size)
                except LabError:
                    continue
                for number in range(PAGE // size):
                    one = raw[number * size:(number + 1) * size]
                    found[pfn + number] = tuple(
                        struct.unpack_from(form, one, place)[0] for form, place in (
                            ("<Q", offsets["page.flags"]), ("<Q", compound),
                            ("<Q", offsets["page.mapping"]), ("<I", offsets["page._mapcount"])))
        return found

    def free_pages(self):
        """Pfns on buddy lists."""
        kernel = self.kernel
        return [pfn for zone in kernel.zones for _, order, links in kernel.lists(zone)
                for link in links
                for pfn in range(kernel.pfn_of(link), kernel.pfn_of(link) + (1 << order))]

    def flag(self, name):
        """The mask of a page flag; 0: this kernel has none."""
        number = self.kernel.layout.numbers.get(f"pageflags.PG_{name}")
        return 0 if number is None else 1 << number

    def is_small(self, pfn):
        """By itself, and counted."""
        flags, compound, _, mapcount = self.pages.get(pfn, (0, 1, 0, TYPE_NONE))
        return not flags & self.flag("head") and not compound & 1 and mapcount < 1 << 20

    def of_slabs(self):
        """Pfns of slabs' first pages."""
        slab = self.flag("slab")
        return [pfn for pfn, (flags, compound, _, mapcount) in self.pages.items()
                if not compound & 1 and (flags & slab if slab else mapcount >> 24 == 0xf5)]

    def read_mms(self):
        """The physical address of the first table by mm_struct."""
        kernel, found = self.kernel, {}
        lru = kernel.offset("page.lru")
        for link in kernel.chain(kernel.symbol("pgd_list")):
            mm = kernel.u64(link - lru + self.owner)
            found[mm] = kernel.phys(kernel.u64(mm + kernel.offset("mm_struct.pgd")))
        return found

    def walk(self, mm, table, level, base, only=range(256)):
        """All entries that are present."""
        raw = self.kernel.read_phys(table, PAGE)
        for number in only:
            entry, = struct.unpack_from("<Q", raw, number * 8)
            if not entry & PRESENT:
                continue
            vaddr = base + (number << 12 + 9 * (level - 1))
            yield Entry(mm, vaddr, level, table + number * 8, entry)
            if level > 1 and not entry & LARGE:
                yield from self.walk(mm, entry & ADDRESS, level - 1, vaddr, range(512))

    def vmalloc_leaves(self):
        """Small ones of the kernel's outside of direct map, image and memory map."""
        kernel = self.kernel
        direct = kernel.u64(kernel.symbol("page_offset_base"))
        start = kernel.memmap
        found = {}      # some tables are there many times (espfix)
        for one in self.walk(0, kernel.root, 4, ALL_BITS + 1 - (1 << 48), range(256, 512)):
            memory = one.raw & ADDRESS
            if one.level == 1 and one.vaddr < KERNEL_MAP and one.vaddr - direct != memory and \
                    not start <= one.vaddr < start + (1 << 40) and memory // PAGE in self.pages:
                found[one.paddr] = None if one.paddr in found else one
        return [one for one in found.values() if one]


class Faults:
    """Each makes one kind: writes of (physical address, bytes), and what must be named."""

    def __init__(self, tables, chance):
        self.tables, self.chance = tables, chance

    def entry(self, one, value):
        """Over an entry; it must be named, or a page."""
        return [(one.paddr, (value & ALL_BITS).to_bytes(8, "little"))], {"vaddr": one.vaddr}

    def leads(self, one, pfn):
        """An entry that leads elsewhere."""
        return self.entry(one, one.raw & ~ADDRESS | pfn * PAGE)

    def word(self, pfn, offset, value, wanted=None):
        """Four bytes of a struct page, or behind it."""
        addr = self.tables.kernel.struct_page(pfn) + offset
        return [(self.tables.kernel.phys(addr), (value & 0xffffffff).to_bytes(4, "little"))], \
            {"pfn": wanted or {pfn}}

    def leaf(self):
        """Any that maps a small page."""
        return self.chance.choice(self.tables.leaves)

    def pte_free(self):
        """It maps a free page."""
        return self.leads(self.leaf(), self.chance.choice(self.tables.free))

    def pte_slab(self):
        """It maps a slab."""
        return self.leads(self.leaf(), self.chance.choice(self.tables.of_slabs()))

    def pte_table(self):
        """It maps a page table."""
        return self.leads(self.leaf(), self.chance.choice(self.tables.tables).pfn)

    def pte_no_memory(self):
        """It leads beyond all memory."""
        return self.leads(self.leaf(), max(self.tables.pages) + (1 << 20))

    def pte_bit(self):
        """One bit of the address: another page, or none."""
        one = self.leaf()
        writes, wanted = self.entry(one, one.raw ^ 1 << self.chance.randrange(12, 46))
        wanted["pfn"] = {one.pfn}
        return writes, wanted

    def pte_other(self):
        """It maps another page of a process."""
        one, other = self.leaf(), self.leaf()
        while other.pfn == one.pfn:
            other = self.leaf()
        writes, wanted = self.leads(one, other.pfn)
        wanted["pfn"] = {one.pfn, other.pfn}
        return writes, wanted

    def pte_rights(self):
        """A bit that such an entry always has, or never."""
        one = self.leaf()
        return self.entry(one, one.raw ^ self.chance.choice((USER, 1 << 52, 1 << 55, 1 << 4, 1 << 8)))

    def pte_cleared(self):
        """It is gone: the page has one mapping less than it counts."""
        one = self.leaf()
        return self.entry(one, 0)[0], {"pfn": {one.pfn}}

    def table(self, level):
        """An entry of a table of that level that leads to another table."""
        return self.chance.choice([one for one in self.tables.tables if one.level == level])

    def pmd_cleared(self):
        """What led to a last table is gone."""
        one = self.table(2)
        return self.entry(one, 0)[0], {"pfn": {one.pfn}}

    def pud_cleared(self):
        """What led to a table above these is gone."""
        one = self.table(3)
        return self.entry(one, 0)[0], {"pfn": {one.pfn}}

    def pmd_data(self):
        """It leads to a page of a process."""
        return self.leads(self.table(2), self.leaf().pfn)

    def pmd_free(self):
        """It leads to a free page."""
        return self.leads(self.table(2), self.chance.choice(self.tables.free))

    def pmd_twice(self):
        """It leads to another's table."""
        one, other = self.table(2), self.table(2)
        while other.pfn == one.pfn:
            other = self.table(2)
        writes, wanted = self.leads(one, other.pfn)
        wanted["pfn"] = {one.pfn, other.pfn}
        return writes, wanted

    def pmd_bit(self):
        """One bit of where a table is."""
        one = self.table(2)
        return self.entry(one, one.raw ^ 1 << self.chance.randrange(12, 46))

    def large_bit(self):
        """One bit of where a large entry leads."""
        one = self.chance.choice(self.tables.large)
        writes, wanted = self.entry(one, one.raw ^ 1 << self.chance.randrange(21, 46))
        wanted["pfn"] = {one.pfn}
        return writes, wanted

    def mapcount_more(self):
        """One more than there are."""
        pfn = self.leaf().pfn
        return self.word(pfn, self.tables.kernel.offset("page._mapcount"),
                         self.tables.pages[pfn][3] + 1)

    def mapcount_less(self):
        """One less."""
        pfn = self.leaf().pfn
        return self.word(pfn, self.tables.kernel.offset("page._mapcount"),
                         self.tables.pages[pfn][3] - 1)

    def whole_count(self):
        """Large entries of a folio."""
        offsets = self.tables.kernel.layout.offsets
        pfn = self.chance.choice(self.tables.large).pfn
        place = offsets.get("folio._entire_mapcount") or \
            self.tables.kernel.layout.sizes["page"] + offsets["page.compound_mapcount"]
        return self.word(pfn, place, self.number(pfn, place) + self.chance.choice((1, -1)))

    def sum_count(self):
        """All mappings of a folio."""
        pfn = self.chance.choice(self.tables.large).pfn
        place = self.tables.kernel.offset("folio._large_mapcount")
        return self.word(pfn, place, self.number(pfn, place) + 1)

    def number(self, pfn, place):
        """Four bytes from a struct page on."""
        kernel = self.tables.kernel
        return kernel.u64(kernel.struct_page(pfn) + place) & 0xffffffff

    def table_type(self):
        """A last table is none by its type."""
        pfn = self.table(2).pfn
        return self.word(pfn, self.tables.kernel.offset("page._mapcount"), TYPE_NONE)

    def in_mm(self, name, change, extra=0):
        """A number of an address space."""
        kernel = self.tables.kernel
        mm = self.leaf().mm
        addr = mm + kernel.offset(name) + extra
        value = kernel.u64(addr) + change & ALL_BITS
        return [(kernel.phys(addr), value.to_bytes(8, "little"))], {"mm": mm}

    def tables_bytes(self):
        """pgtables_bytes: a page more or less, or a flipped bit."""
        return self.in_mm("mm_struct.pgtables_bytes", self.chance.choice((PAGE, -PAGE, 1 << 20)))

    def resident(self):
        """rss_stat, of any kind."""
        layout = self.tables.kernel.layout
        number = self.chance.randrange(4)
        if "mm_struct.rss_stat.count" in layout.offsets:
            return self.in_mm("mm_struct.rss_stat.count", 1, 8 * number)
        return self.in_mm("mm_struct.rss_stat", 1, number * layout.sizes["percpu_counter"] +
                          layout.offsets["percpu_counter.count"])

    def vmalloc_free(self):
        """Memory of vmalloc() is a free page."""
        return self.leads(self.chance.choice(self.tables.vmalloc),
                          self.chance.choice(self.tables.free))


HELPERS = ("entry", "leads", "word", "leaf", "table", "number", "in_mm")
KINDS = [name for name in vars(Faults) if name not in HELPERS and not name.startswith("_")]


def can(tables, kind):
    """Whether this dump has what a kind is of."""
    offsets = tables.kernel.layout.offsets
    if kind in ("large_bit", "whole_count", "sum_count") and not tables.large:
        return False
    return kind != "sum_count" or "folio._large_mapcount" in offsets


def are_mine(findings):
    """Those about page tables, but for notes."""
    return [one for one in findings if one["finding"] in FINDINGS and one["severity"] != "note"]


def names(finding, wanted):
    """Does it name what was planted?"""
    evidence = finding["evidence"]
    return any((int(evidence.get("vaddr", "-1"), 0) == wanted.get("vaddr", -2),
                finding.get("pfn") in wanted.get("pfn", ()),
                int(evidence.get("mm", "-1"), 0) == wanted.get("mm", -2)))


def plant(subject, chance, table):
    """All kinds in one dump, as far as it has what they are of."""
    tables = Tables(subject)
    clean = are_mine(plants.analyse(subject, "tables")["findings"])
    if clean:
        raise LabError(f"{subject.vmlinux.parent}: {len(clean)} findings before anything was planted")
    faults = Faults(tables, chance)
    for kind in subject.args.kinds or KINDS:
        for _ in range(subject.args.count if can(tables, kind) else 0):
            writes, wanted = getattr(faults, kind)()
            # Entries of tables are known by where they are in memory.
            mine = are_mine(plants.damaged(subject, writes, "tables", lambda paddr: paddr))
            exact = [one for one in mine if names(one, wanted)]
            table[kind]["planted"] += 1
            table[kind]["exact"] += bool(exact)
            table[kind]["seen"] += bool(mine)
            table[kind]["corrupt"] += any(one["severity"] == "corrupt" for one in exact)
            table[kind]["others"] += len(mine) - len(exact)
            if not exact:
                print(f"FAILED {subject.name} {kind} {wanted} {writes}", flush=True)
            yield bool(exact)


def take(args):
    """lab tables"""
    return plants.take(args, plant, KINDS, ("planted", "exact", "seen", "corrupt", "others"))
