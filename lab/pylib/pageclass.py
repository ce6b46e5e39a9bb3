# SPDX-License-Identifier: GPL-2.0-or-later
"""What each page of a healthy dump is, and the name of each bit of its struct page.

By the lists, flags and page types themselves, not by what pgcons-dump makes of them: the
measure of a tool must not rest on its word.
"""

import collections
import dataclasses
import functools
import struct

from .base import LabError
from .image import PAGE

PAGE_WORDS = struct.Struct("<8Q")
BITS = 8 * PAGE_WORDS.size
# In the order of the tables.
CLASSES = ("free head", "free inner", "pcp", "LRU anon", "LRU file", "slab", "tail", "table",
           "reserved", "other", "uninitialised")
FREE = CLASSES[:3]
# The words of struct page, by the names that they have in most states.
WORDS = ("flags", "lru.next", "lru.prev", "mapping", "index", "private", None, "memcg_data")
LRU_GEN_BITS, LRU_REFS_BITS = 3, 2
LOW_ORDERS, PCP_TYPES = 4, 3
ALL_ONES = (1 << 64) - 1
# enum pagetype (page-flags.h) from 6.11 on; before, a bit that is clear below 0xf0000000.
OLD_TABLE = 0x200


@dataclasses.dataclass(frozen=True)
class Page:
    """One page frame: what it is, and of which block or compound page."""
    pfn: int
    kind: str
    head: int           # the first page of its block or compound page, or itself
    order: int          # of that block
    ring: object        # the list it is on: none but of free pages


class Pages:
    """All the pages that zones span."""

    def __init__(self, kernel):
        self.kernel = kernel
        if kernel.layout.sizes["page"] != PAGE_WORDS.size:
            raise LabError("a struct page that is not of 64 bytes")
        self.flags = kernel.layout.enums["pageflags"]
        self.types = kernel.layout.enums.get("pagetype", {})
        self.words, self.places = {}, {}
        self.read()
        self.names = self.flag_names()
        self.pages = {}
        self.classify()

    def read(self):
        """The memmap of all zones."""
        lay = self.kernel.layout
        for zone in self.kernel.zones:
            pfn, end = zone.start, zone.start + zone.spanned
            while pfn < end:
                addr = self.kernel.struct_page(pfn)
                count = min((PAGE - addr % PAGE) // PAGE_WORDS.size, end - pfn)
                try:
                    paddr = self.kernel.phys(addr)
                    data = self.kernel.read_phys(paddr, count * lay.sizes["page"])
                except LabError:
                    pfn += count
                    continue
                for number, words in enumerate(PAGE_WORDS.iter_unpack(data)):
                    self.words[pfn + number] = words
                    self.places[pfn + number] = paddr + number * PAGE_WORDS.size
                pfn += count

    @property
    def is_old(self):
        """Before 6.11, when page types were bits and slab a flag."""
        return "PGTY_buddy" not in self.types

    def is_page(self, address):
        """The pfn of the struct page that an address lies in, or None."""
        pfn = self.kernel.pfn_of(address)
        return pfn if pfn in self.words else None

    def listed(self):
        """Every free page: (pfn, order, its list, the class of the first page)."""
        for zone in self.kernel.zones:
            for head, order, links in self.kernel.lists(zone):
                for link in links:
                    yield self.kernel.pfn_of(link), order, head, "free head"
            for number, (head, links) in enumerate(self.kernel.pcp_lists(zone)):
                for link in links:
                    yield self.kernel.pfn_of(link), self.pcp_order(head, zone), head, "pcp"

    def pcp_order(self, head, zone):
        """Of the pages on a per-CPU list (mmzone.h, NR_PCP_LISTS)."""
        for pcp in self.kernel.pcps(zone):
            number = (head - pcp - self.kernel.offset("per_cpu_pages.lists")) // 16
            if 0 <= number < self.kernel.layout.lengths["per_cpu_pages.lists"]:
                return number // PCP_TYPES if number < PCP_TYPES * LOW_ORDERS else \
                    self.kernel.tables.page_shift - 3    # of a pageblock
        raise LabError("a per-CPU list of no CPU")

    def classify(self):
        """All pages."""
        for pfn, order, ring, kind in self.listed():
            self.pages[pfn] = Page(pfn, kind, pfn, order, ring)
            for inner in range(pfn + 1, pfn + (1 << order)):
                self.pages[inner] = Page(inner, "free inner", pfn, order, None)
        for pfn, words in self.words.items():
            if pfn not in self.pages:
                head = self.head_of(pfn, words)
                self.pages[pfn] = Page(pfn, self.kind_of(pfn, words), head, 0, None)
        for pfn in [pfn for pfn in self.pages if pfn not in self.words]:
            del self.pages[pfn]

    def head_of(self, pfn, words):
        """Of a compound page, by a tail's word (a pointer, or from 7.0 on maybe a mask)."""
        if not words[1] & 1:
            return pfn
        value = words[1] - 1
        if "page.compound_info" in self.kernel.layout.offsets and value >> 32 == ALL_ONES >> 32 \
                and self.is_page(value) is None:
            return self.kernel.pfn_of(self.kernel.struct_page(pfn) & value)
        return self.is_page(value) or pfn

    def has(self, words, name):
        """A page flag."""
        return self.flags.get(name) is not None and words[0] >> self.flags[name] & 1

    def typed(self, words, name, old=0):
        """A page type."""
        kind = words[6] & 0xffffffff
        if not self.is_old:
            return kind >> 24 == self.types.get(name)
        return old and kind >> 28 == 0xf and not kind & old

    def kind_of(self, pfn, words):
        """The class of a page that is on no list."""
        if words == (ALL_ONES,) * 8 or words == (0,) * 8:
            return "uninitialised"
        if words[1] & 1:
            return "tail"
        if self.has(words, "PG_slab") or self.typed(words, "PGTY_slab"):
            return "slab"
        if self.typed(words, "PGTY_table", OLD_TABLE):
            return "table"
        if self.has(words, "PG_reserved"):
            return "reserved"
        if self.has(words, "PG_lru"):
            return "LRU anon" if words[3] & 1 else "LRU file"
        return "other"

    def flag_names(self):
        """Of each bit of page.flags (include/linux/page-flags-layout.h, from the top)."""
        lay, names = self.kernel.layout, {}
        nodes = (lay.lengths.get("node_data", 1) - 1).bit_length()
        count = self.flags["__NR_PAGEFLAGS"]
        zones = (lay.numbers["zone_type.__MAX_NR_ZONES"] - 1).bit_length()
        top = 64
        for name, width in ("node", nodes), ("zone", zones):
            for bit in range(top - width, top):
                names[bit] = name
            top -= width
        # Ones in every page that is free or new (page_cpupid_reset_last()).
        common = functools.reduce(lambda one, other: one & other,
                                  (words[0] for words in self.words.values()
                                   if self.has(words, "PG_reserved")), ALL_ONES)
        while common >> top - 1 & 1 and top > count:
            top -= 1
            names[top] = "cpupid"
        if "lruvec.lrugen" in lay.offsets:
            for name, width in ("lru_gen", LRU_GEN_BITS), ("lru_refs", LRU_REFS_BITS):
                for bit in range(max(top - width, count), top):
                    names[bit] = name
                top -= width
        for bit in range(count, 64):
            names.setdefault(bit, "unused")
        return names

    def bit_names(self):
        """What the low bits of page.flags are called: the first name of each."""
        found = {}
        for name, bit in self.flags.items():
            if name.startswith("PG_") and bit is not None:
                found.setdefault(bit, name)
        return found

    def field_of(self, bit):
        """The name of a bit of struct page, by its number from 0 to 511."""
        word, bit = divmod(bit, 64)
        if word == 0:
            name = self.names.get(bit) or self.bit_names().get(bit, "unused")
            return f"flags {name}"
        if word == 6:
            return "mapcount" if bit < 32 else "refcount"
        return WORDS[word]

    def around(self, page):
        """The pages that damage to this one may be laid at: those its links lead to."""
        words, found = self.words[page.pfn], set()
        for word in words[1:4]:
            pfn = self.is_page(word & ~7)
            if pfn is not None:
                found.add(self.pages[pfn].head)
        return found

    def population(self):
        """Pages of each class."""
        return collections.Counter(page.kind for page in self.pages.values())
