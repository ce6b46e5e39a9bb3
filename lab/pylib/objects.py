# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the objects of a dumped kernel lie, by the layout that pgcons-dump saves of it.

But for a fault planted in it the dump is a healthy one, so what is read here is believed.
"""

import dataclasses
import functools
import struct

from .base import LabError
from .image import PAGE

KERNEL_MAP = 0xffffffff80000000
PRESENT, LARGE = 1, 0x80
ADDRESS = 0x000ffffffffff000
PGTABLE_LEVELS = 4


class Layout:
    """The lines of a layout file."""

    def __init__(self, text):
        self.offsets, self.sizes, self.lengths = {}, {}, {}
        self.places, self.numbers = {}, {}
        self.enums = {}         # all that an enumeration has, where the file says it
        tables = {"offset": self.offsets, "size": self.sizes, "length": self.lengths,
                  "variable": self.places, "symbol": self.places,
                  "variable-length": self.lengths, "enumerator": self.numbers}
        for line in text.splitlines():
            words = line.split()
            if len(words) > 2 and words[0] in tables and words[2] != "absent":
                tables[words[0]][words[1]] = int(words[2], 0)
            elif len(words) == 4 and words[0] == "enum":
                self.enums.setdefault(words[1], {})[words[2]] = int(words[3], 0)


@dataclasses.dataclass(frozen=True)
class Zone:
    """One zone with pages."""
    addr: int
    node: int
    name: str
    start: int
    spanned: int

    @property
    def key(self):
        """As reports have it."""
        return self.node, self.name

    def has(self, pfn):
        """Whether it spans a page."""
        return self.start <= pfn < self.start + self.spanned


class Kernel:
    """Reads the memory of a dump by kernel addresses."""

    def __init__(self, image, layout):
        self.image = image
        self.layout = layout
        self.page = functools.lru_cache(2048)(image.page)
        lines = dict(line.split("=", 1) for line in
                     image.vmcoreinfo()[1].decode(errors="replace").splitlines() if "=" in line)
        self.slide = int(lines.get("KERNELOFFSET", "0"), 16)
        self.phys_base = int(lines["NUMBER(phys_base)"])
        self.levels = PGTABLE_LEVELS + int(lines.get("NUMBER(pgtable_l5_enabled)", "0"))
        self.root = self.linear(self.symbol("init_top_pgt"))
        self.zones = self.read_zones()

    def symbol(self, name):
        """The address of a variable or symbol; LabError: this kernel has none."""
        try:
            return self.layout.places[name] + self.slide
        except KeyError:
            raise LabError(f"no {name} here") from None

    def offset(self, name):
        """Of a member; LabError: there is none."""
        try:
            return self.layout.offsets[name]
        except KeyError:
            raise LabError(f"no {name} here") from None

    def linear(self, addr):
        """The physical address of the kernel image's."""
        return addr - KERNEL_MAP + self.phys_base

    def entries(self, addr):
        """The physical addresses of the page table entries that lead to an address."""
        table, found = self.root, []
        for level in reversed(range(self.levels)):
            place = table + (addr >> 12 + 9 * level & 511) * 8
            found.append(place)
            entry = int.from_bytes(self.read_phys(place, 8), "little")
            if not entry & PRESENT:
                raise LabError(f"{addr:#x} is not mapped")
            if level and entry & LARGE:
                size = 1 << 12 + 9 * level
                return found, (entry & ADDRESS & -size) + addr % size
            table = entry & ADDRESS
        return found, table + addr % PAGE

    def phys(self, addr):
        """By the page tables."""
        return self.entries(addr)[1]

    def read_phys(self, paddr, size):
        """Within a page."""
        contents = self.page(paddr // PAGE)
        if contents is None:
            raise LabError(f"physical address {paddr:#x} is not in the dump")
        return contents[paddr % PAGE:paddr % PAGE + size]

    def read(self, addr, size):
        """At a kernel address."""
        found = b""
        while len(found) < size:
            piece = min(size - len(found), PAGE - addr % PAGE)
            found += self.read_phys(self.phys(addr), piece)
            addr += piece
        return found

    def u64(self, addr):
        """An eight byte number or pointer."""
        return int.from_bytes(self.read(addr, 8), "little")

    def read_zones(self):
        """All zones that have pages."""
        lay, found = self.layout, []
        for node, pgdat in self.nodes():
            count = min(self.u64(pgdat + self.offset("pglist_data.nr_zones")) & 0xff,
                        lay.lengths["pglist_data.node_zones"])
            for number in range(count):
                addr = pgdat + self.offset("pglist_data.node_zones") + \
                    number * lay.sizes["zone"]
                if not self.u64(addr + self.offset("zone.present_pages")):
                    continue
                name = self.read(self.u64(addr + self.offset("zone.name")), 16)
                found.append(Zone(addr, node, name.split(b"\0")[0].decode(),
                                  self.u64(addr + self.offset("zone.zone_start_pfn")),
                                  self.u64(addr + self.offset("zone.spanned_pages"))))
        return found

    def nodes(self):
        """Number and address of each node's pglist_data."""
        base = self.symbol("node_data")
        found = [(node, self.u64(base + 8 * node))
                 for node in range(self.layout.lengths["node_data"])]
        return [(node, pgdat) for node, pgdat in found if pgdat]

    @functools.cached_property
    def memmap(self):
        """The address of pfn 0's struct page, were there one."""
        return self.u64(self.symbol("vmemmap_base"))

    def struct_page(self, pfn):
        """Its address."""
        return self.memmap + pfn * self.layout.sizes["page"]

    def pfn_of(self, link):
        """The page that a link lies in."""
        return (link - self.memmap) // self.layout.sizes["page"]

    def chain(self, head):
        """The links of a ring, without its head; of one that a fault broke, up to there."""
        found, link = {}, self.u64(head)
        while link != head and link not in found:
            found[link] = True
            try:
                link = self.u64(link)
            except LabError:
                break
        return list(found)

    @functools.cache
    def lists(self, zone):
        """(head, order, links) of each buddy list that is not empty."""
        lay, found = self.layout, []
        for order in range(lay.lengths["zone.free_area"]):
            area = zone.addr + self.offset("zone.free_area") + order * lay.sizes["free_area"]
            for number in range(lay.lengths["free_area.free_list"]):
                head = area + self.offset("free_area.free_list") + \
                    number * lay.sizes["list_head"]
                links = self.chain(head)
                if links:
                    found.append((head, order, links))
        return found

    @functools.cache
    def pcps(self, zone):
        """The zone's per_cpu_pages, of each CPU."""
        pageset = self.u64(zone.addr + self.offset("zone.per_cpu_pageset"))
        return [pageset + offset & (1 << 64) - 1 for offset in self.cpu_offsets()]

    def cpu_offsets(self):
        """__per_cpu_offset of the CPUs possible."""
        base = self.symbol("__per_cpu_offset")
        mask = self.u64(self.symbol("__cpu_possible_mask"))
        return [self.u64(base + 8 * cpu) for cpu in range(mask.bit_length())]

    @functools.cache
    def pcp_lists(self, zone):
        """(head, links) of each per-CPU list that is not empty."""
        found = []
        for pcp in self.pcps(zone):
            for number in range(self.layout.lengths["per_cpu_pages.lists"]):
                head = pcp + self.offset("per_cpu_pages.lists") + number * 16
                links = self.chain(head)
                if links:
                    found.append((head, links))
        return found

    @functools.cached_property
    def unread(self):
        """Pages stored that nobody looks into: free ones, and anonymous memory."""
        free = [pfn for zone in self.zones for _, order, links in self.lists(zone)
                for link in links
                for pfn in range(self.pfn_of(link), self.pfn_of(link) + (1 << order))]
        lru = 1 << self.layout.numbers["pageflags.PG_lru"]
        anon = []
        for zone in self.zones:
            for pfn in range(zone.start, zone.start + zone.spanned):
                flags, = struct.unpack("<Q", self.read(self.struct_page(pfn), 8))
                mapping = self.u64(self.struct_page(pfn) + self.offset("page.mapping"))
                if flags & lru and mapping & 1:
                    anon.append(pfn)
        return [pfn for pfn in free + anon if self.image.page(pfn) is not None]

    def zone_of(self, pfn):
        """The zone that spans a page."""
        return next((zone for zone in self.zones if zone.has(pfn)), None)
