# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that there are not yet, or not here: what each would change in a healthy dump.

A row changes the memory, or what is said of its layout, as a kernel might that is newer than the
analyzer or whose vendor patched it. Nothing in it is damaged, so nothing may be called corrupt.
"""

import dataclasses
import re
import struct

from .image import PAGE

ALL_ONES = (1 << 64) - 1
PAGE_BUSY = ("LRU anon", "LRU file")
FREE_BLOCK = ("free head", "free inner")
E_MACHINE_NEW = 0x1234


class Copy:
    """A healthy dump, and what is to be changed in it."""

    def __init__(self, image, kernel, pages, layout):
        self.image, self.kernel, self.pages, self.layout = image, kernel, pages, layout
        self.changed = {}       # contents by pfn
        self.bytes = []         # (offset, bytes) in the file itself

    def write(self, paddr, data):
        """At a physical address."""
        while data:
            pfn, at = divmod(paddr, PAGE)
            if pfn not in self.changed:
                self.changed[pfn] = bytearray(self.image.page(pfn))
            piece = data[:PAGE - at]
            self.changed[pfn][at:at + len(piece)] = piece
            paddr, data = paddr + len(piece), data[len(piece):]

    def word(self, page, number, value):
        """One of the eight words of a struct page."""
        self.write(self.pages.places[page.pfn] + 8 * number,
                   struct.pack("<Q", value & ALL_ONES))

    def kind(self, *kinds):
        """Pages of these classes, in order, with their words."""
        return [(page, self.pages.words[pfn]) for pfn, page in sorted(self.pages.pages.items())
                if page.kind in kinds]

    def each(self, kinds, number, change, step=1):
        """Change a word of each (or of every step-th) page of these classes."""
        for page, words in self.kind(*kinds)[::step]:
            self.word(page, number, change(words[number]))

    def u64(self, addr, value):
        """At a kernel address."""
        self.write(self.kernel.phys(addr), struct.pack("<Q", value & ALL_ONES))

    def say(self, pattern, text):
        """The layout says something else: of the lines that match."""
        self.layout, count = re.subn(pattern, text, self.layout, flags=re.M)
        return count

    def enum(self, kind, name, value):
        """Another value of an enumerator."""
        self.say(rf"^(enumerator {kind}\.{name}|enum {kind} {name}) \d+$", rf"\1 {value}")

    def bit(self, name):
        """The mask of a page flag."""
        return 1 << self.pages.flags[name]

    def is_old(self):
        """Before 6.11."""
        return self.pages.is_old


@dataclasses.dataclass(frozen=True)
class Imitation:
    """One row."""
    name: str
    what: str
    make: object


ROWS = []


def row(name, what):
    """Adds a row."""
    def add(make):
        ROWS.append(Imitation(name, what, make))
        return make
    return add


@row("zeroed", "PG_private is set on free blocks that are known to be zero (PG_zeroed)")
def zeroed(copy):
    """Of every second one."""
    copy.each(("free head",), 0, lambda word: word | copy.bit("PG_private"), 2)


@row("zeroed-pages", "the same, on each page of such a block")
def zeroed_pages(copy):
    """Of all."""
    copy.each(FREE_BLOCK, 0, lambda word: word | copy.bit("PG_private"))


def empty_lists(copy, counts):
    """Every buddy list is empty; with counts, so are the areas."""
    lay, kernel = copy.kernel.layout, copy.kernel
    for zone in kernel.zones:
        for order in range(lay.lengths["zone.free_area"]):
            area = zone.addr + kernel.offset("zone.free_area") + order * lay.sizes["free_area"]
            for number in range(lay.lengths["free_area.free_list"]):
                head = area + kernel.offset("free_area.free_list") + number * 16
                copy.u64(head, head)
                copy.u64(head + 8, head)
            if counts:
                copy.u64(area + kernel.offset("free_area.nr_free"), 0)


@row("superpageblocks", "the free lists are elsewhere: those of the zones are empty")
def superpageblocks(copy):
    """The zone's own counts as well."""
    empty_lists(copy, True)


@row("lists-elsewhere", "the free lists are elsewhere, but the zones count as before")
def lists_elsewhere(copy):
    """nr_free stays."""
    empty_lists(copy, False)


@row("pcp-elsewhere", "the per-CPU lists are elsewhere, but their counts are where they were")
def pcp_elsewhere(copy):
    """All of them are empty."""
    kernel = copy.kernel
    for zone in kernel.zones:
        for pcp in kernel.pcps(zone):
            for number in range(kernel.layout.lengths["per_cpu_pages.lists"]):
                head = pcp + kernel.offset("per_cpu_pages.lists") + number * 16
                copy.u64(head, head)
                copy.u64(head + 8, head)


@row("order-elsewhere", "a free block keeps its order somewhere else: page.private is 0")
def order_elsewhere(copy):
    """Of each block."""
    copy.each(("free head",), 5, lambda word: 0)


@row("order-tagged", "a free block keeps more beside its order in page.private")
def order_tagged(copy):
    """A bit above it."""
    copy.each(("free head",), 5, lambda word: word | 0x100)


@row("free-mapping", "free blocks keep a pointer where pages have their mapping")
def free_mapping(copy):
    """Of each block."""
    copy.each(("free head",), 3, lambda word: copy.kernel.memmap)


@row("types-renumbered", "the page types, but for the buddy type, have other numbers")
def types_renumbered(copy):
    """The next ones; the bits of older kernels will not change any more."""
    if copy.is_old():
        return
    for page, words in copy.kind("table", "slab"):
        copy.word(page, 6, words[6] + (8 << 24))


@row("buddy-renumbered", "the buddy type is another one, and what is said of it is not true")
def buddy_renumbered(copy):
    """A type that is none."""
    if copy.is_old():
        copy.each(("free head",), 6, lambda word: word ^ 0x80 ^ 0x2000)
    else:
        copy.each(("free head",), 6, lambda word: word + (12 << 24))


@row("flags-renumbered", "page flags have other numbers than is said: PG_lru and PG_private")
def flags_renumbered(copy):
    """They change places, in the dump alone."""
    one, other = copy.pages.flags["PG_lru"], copy.pages.flags["PG_private"]
    for page, words in copy.kind(*PAGE_BUSY, "slab", "table", "other", "free head"):
        low = words[0] >> one & 1, words[0] >> other & 1
        copy.word(page, 0, words[0] & ~(1 << one | 1 << other) | low[1] << one | low[0] << other)


@row("flags-named", "the same, and the kernel's own table of names has the numbers that are true")
def flags_named(copy):
    """Which the layout has not."""
    flags_renumbered(copy)
    one, other = (1 << copy.pages.flags[name] for name in ("PG_lru", "PG_private"))
    table = copy.kernel.symbol("pageflag_names")
    while copy.kernel.u64(table + 8):
        mask = copy.kernel.u64(table)
        if mask in (one, other):
            copy.u64(table, one + other - mask)
        table += 16


@row("name-changed", "a migratetype has another name in the kernel's own table")
def name_changed(copy):
    """Reclaimable, where it stands."""
    kernel = copy.kernel
    value = kernel.layout.enums["migratetype"]["MIGRATE_RECLAIMABLE"]
    text = kernel.u64(kernel.symbol("migratetype_names") + 8 * value)
    copy.write(kernel.phys(text), b"Recyclable\0")


@row("names-swapped", "the kernel's own tables have two migratetypes, zones and counters the other way round")
def names_swapped(copy):
    """And two page types, where it names them."""
    kernel = copy.kernel
    for symbol, enum, first, second, base in (
            ("migratetype_names", "migratetype", "MIGRATE_UNMOVABLE", "MIGRATE_MOVABLE", 0),
            ("zone_names", "zone_type", "ZONE_DMA32", "ZONE_NORMAL", 0),
            ("vmstat_text", "zone_stat_item", "NR_FREE_PAGES", "NR_ZONE_ACTIVE_FILE", 0),
            ("page_type_names", "pagetype", "PGTY_buddy", "PGTY_slab", 0xf0)):
        if symbol not in kernel.layout.places:
            continue
        one, other = (kernel.symbol(symbol) + 8 * (kernel.layout.enums[enum][name] - base)
                      for name in (first, second))
        copy.u64(one, kernel.u64(other))
        copy.u64(other, kernel.u64(one))


@row("new-flag", "a new flag of pages on LRU lists, where page.flags had no use for a bit")
def new_flag(copy):
    """The last one that nothing uses; of every second page."""
    unused = [at for at, name in copy.pages.names.items() if name == "unused"]
    if not unused:
        return
    bit = 1 << max(unused)
    copy.each(PAGE_BUSY, 0, lambda word: word | bit, 2)


@row("mapping-tagged", "mappings have a tag in their upper bits")
def mapping_tagged(copy):
    """Bit 62 is 0."""
    copy.each(PAGE_BUSY, 3, lambda word: word & ~(1 << 62) if word else 0)


@row("memcg-tagged", "memory cgroups have a tag in their upper bits")
def memcg_tagged(copy):
    """Bit 62 is 0; where pages have none, they get one."""
    copy.each(PAGE_BUSY, 7, lambda word: (word or 0xffff888001000000) & ~(1 << 62))


@row("refcount-bit", "a new bit in the reference counts of pages on LRU lists")
def refcount_bit(copy):
    """The one below the sign."""
    copy.each(PAGE_BUSY, 6, lambda word: word | 1 << 62, 2)


@row("slab-counters", "new bits in the upper half of slab.counters, and in its numbers")
def slab_counters(copy):
    """Of each slab."""
    copy.each(("slab",), 5, lambda word: word ^ 0x0000_0015_0004_0000)


@row("tail-mapping", "the tails of compound pages have another constant, and a word of their own")
def tail_mapping(copy):
    """In place of TAIL_MAPPING."""
    copy.each(("tail",), 3, lambda word: word ^ 0x0c00 if word >> 48 == 0xdead else word)


@row("list-poison", "pages that are taken off a list get another poison")
def list_poison(copy):
    """0xdead000000000110 and so on."""
    for page, words in copy.kind("other", "slab", "table", "free inner"):
        for number in 1, 2:
            if words[number] >> 48 == 0xdead:
                copy.word(page, number, words[number] ^ 0x10)


@row("memdesc", "mapping and links have left the struct pages of LRU pages for an object of their own")
def memdesc(copy):
    """What is left: the pointer to it."""
    for page, words in copy.kind(*PAGE_BUSY):
        for number in 1, 2, 3, 4, 7:
            copy.word(page, number, 0)
        copy.word(page, 5, 0xffff888001000000 + 64 * page.pfn)


@row("small-struct-page", "a struct page has 32 bytes")
def small_struct_page(copy):
    """So it is said."""
    copy.say(r"^size page 64$", "size page 32")
    copy.say(r"^(offset page\.(index|__folio_index)) 32 8$", r"\1 16 8")
    copy.say(r"^(offset page\.private) 40 8$", r"\1 16 8")
    copy.say(r"^(offset page\._mapcount) 48 4$", r"\1 24 4")
    copy.say(r"^(offset page\._refcount) 52 4$", r"\1 28 4")
    copy.say(r"^(offset page\.memcg_data) 56 8$", r"\1 16 8")
    copy.say(r"^(offset page\.mapping) 24 8$", r"\1 16 8")
    copy.say(r"^(offset slab\.\w+) (32|40) 8$", r"\1 16 8")


@row("new-zone", "there is one zone more than is said, and it is not the last")
def new_zone(copy):
    """Zone numbers in page.flags go up by one."""
    names = copy.pages.names
    shift = min(bit for bit, name in names.items() if name == "zone")
    for page, words in copy.kind(*PAGE_BUSY, *FREE_BLOCK, "pcp", "slab", "table", "tail",
                                 "reserved", "other"):
        zone = words[0] >> shift & 3
        copy.word(page, 0, words[0] & ~(3 << shift) | (zone + 1 & 3) << shift)


@row("more-pcp-lists", "there are fewer per-CPU lists than is said, and counters behind them")
def more_pcp_lists(copy):
    """As many as fit."""
    count = copy.kernel.layout.lengths["per_cpu_pages.lists"]
    copy.say(r"^(length per_cpu_pages\.lists) \d+ \d+$", rf"\1 {count + 3} {16 * (count + 3)}")
    copy.say(r"^(offset per_cpu_pages\.lists \d+) \d+$", rf"\1 {16 * (count + 3)}")


@row("more-free-lists", "each order has two more lists than there were, unlike what is said")
def more_free_lists(copy):
    """What is said makes the areas larger than they are."""
    size = copy.kernel.layout.sizes["free_area"]
    count = copy.kernel.layout.lengths["free_area.free_list"]
    orders = copy.kernel.layout.lengths["zone.free_area"]
    copy.say(r"^size free_area \d+$", f"size free_area {size + 32}")
    copy.say(r"^(length free_area\.free_list) \d+ \d+$", rf"\1 {count + 2} {16 * (count + 2)}")
    copy.say(r"^(offset free_area\.free_list \d+) \d+$", rf"\1 {16 * (count + 2)}")
    copy.say(r"^(offset free_area\.nr_free) \d+ (\d+)$", rf"\1 {16 * (count + 2)} \2")
    copy.say(r"^(offset zone\.free_area \d+) \d+$", rf"\1 {(size + 32) * orders}")
    copy.say(r"^(length zone\.free_area \d+) \d+$", rf"\1 {(size + 32) * orders}")


@row("counters-moved", "the zones' counters are in another order")
def counters_moved(copy):
    """By one place."""
    last = max(copy.kernel.layout.enums["zone_stat_item"].values())
    for name, value in copy.kernel.layout.enums["zone_stat_item"].items():
        if value < last:
            copy.enum("zone_stat_item", name, (value + 1) % last)


@row("pageblock-bit", "pageblocks have a new bit in their migratetype")
def pageblock_bit(copy):
    """Said of them: one bit more than there is in the type."""
    copy.enum("migratetype", "MIGRATE_PCPTYPES", 1)
    copy.say(r"^(offset mem_section_usage\.pageblock_flags) (\d+)", r"\1 32")


@row("machine", "an unknown architecture")
def machine(copy):
    """In the file's header."""
    if copy.image.form == "elf":
        copy.bytes.append((18, struct.pack("<H", E_MACHINE_NEW)))
    else:
        copy.bytes.append((272, b"zarch9\0\0\0\0"))
