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
# Descriptors of arm64: the last two bits, and with 52 bits of address the shareability's place.
BLOCK, TABLE = 1, 3
ALL_BITS = (1 << 64) - 1


class Layout:
    """The lines of a layout file."""

    def __init__(self, text):
        self.offsets, self.sizes, self.lengths = {}, {}, {}
        self.places, self.numbers = {}, {}
        self.spans = {}         # bytes that a member has
        self.enums = {}         # all that an enumeration has, where the file says it
        tables = {"offset": self.offsets, "size": self.sizes, "length": self.lengths,
                  "variable": self.places, "symbol": self.places,
                  "variable-length": self.lengths, "enumerator": self.numbers}
        for line in text.splitlines():
            words = line.split()
            if len(words) > 2 and words[0] in tables and words[2] != "absent":
                tables[words[0]][words[1]] = int(words[2], 0)
                if words[0] == "offset" and len(words) > 3:
                    self.spans[words[1]] = int(words[3], 0)
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


class X86Tables:
    """Page tables of x86_64."""
    page_shift = 12
    root_symbol = "init_top_pgt"

    def __init__(self, lines):
        self.phys_base = int(lines["NUMBER(phys_base)"])
        levels = PGTABLE_LEVELS + int(lines.get("NUMBER(pgtable_l5_enabled)", "0"))
        # Lowest bit and number of bits of each index, from the root on.
        self.indexes = [(12 + 9 * level, 9) for level in reversed(range(levels))]

    def linear(self, addr):
        """The physical address of the kernel image's."""
        return addr - KERNEL_MAP + self.phys_base

    @staticmethod
    def decode(entry, last):
        """The address in an entry; whether it is that of memory, and no table's."""
        if not entry & PRESENT:
            return None
        return entry & ADDRESS, last or bool(entry & LARGE)


class Arm64Tables:
    """Page tables of arm64."""
    root_symbol = "swapper_pg_dir"

    def __init__(self, lines):
        self.page_shift = int(lines["PAGESIZE"]).bit_length() - 1
        self.voffset = int(lines["NUMBER(kimage_voffset)"], 0)
        self.in_use = 64 - int(lines["NUMBER(TCR_EL1_T1SZ)"], 0)
        bits = int(lines["NUMBER(VA_BITS)"]) if self.page_shift == 16 else self.in_use
        step = self.page_shift - 3
        starts = range(self.page_shift, bits, step)
        self.indexes = [(start, min(step, bits - start)) for start in reversed(starts)]

    def linear(self, addr):
        """The physical address of the kernel image's."""
        return addr - self.voffset & ALL_BITS

    def decode(self, entry, last):
        """The address in an entry; whether it is that of memory, and no table's."""
        if entry & 3 != TABLE and (last or entry & 3 != BLOCK):
            return None
        if self.page_shift == 16:
            paddr = entry & (1 << 48) - (1 << 16) | (entry >> 12 & 15) << 48
        elif self.in_use == 52:
            paddr = entry & (1 << 50) - (1 << self.page_shift) | (entry >> 8 & 3) << 50
        else:
            paddr = entry & (1 << 48) - (1 << self.page_shift)
        return paddr, last or entry & 3 == BLOCK


class Kernel:
    """Reads the memory of a dump by kernel addresses."""

    def __init__(self, image, layout):
        self.image = image
        self.layout = layout
        self.page = functools.lru_cache(2048)(image.page)
        lines = dict(line.split("=", 1) for line in
                     image.vmcoreinfo()[1].decode(errors="replace").splitlines() if "=" in line)
        self.lines = lines
        self.slide = int(lines.get("KERNELOFFSET", "0"), 16)
        self.tables = (Arm64Tables if "NUMBER(kimage_voffset)" in lines else X86Tables)(lines)
        self.root = self.tables.linear(self.symbol(self.tables.root_symbol))
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

    def entries(self, addr):
        """The physical addresses of the page table entries that lead to an address."""
        table, found = self.root, []
        for start, bits in self.tables.indexes:
            place = table + (addr >> start & (1 << bits) - 1) * 8
            found.append(place)
            entry = int.from_bytes(self.read_phys(place, 8), "little")
            decoded = self.tables.decode(entry, start == self.tables.page_shift)
            if not decoded:
                raise LabError(f"{addr:#x} is not mapped")
            table, leaf = decoded
            if leaf:
                break
        size = 1 << start
        return found, (table & -size) + addr % size

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
        if "SYMBOL(vmemmap)" in self.lines:
            return int(self.lines["SYMBOL(vmemmap)"], 16)
        if "NUMBER(PHYS_OFFSET)" in self.lines:
            offset = int(self.lines["NUMBER(PHYS_OFFSET)"], 0)
            offset -= (offset >> 63) << 64
            return int(self.lines["NUMBER(VMEMMAP_START)"], 0) - \
                (offset >> self.tables.page_shift) * self.layout.sizes["page"]
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
        if "zone.per_cpu_pageset" in self.layout.offsets:
            pageset = self.u64(zone.addr + self.offset("zone.per_cpu_pageset"))
        else:       # up to 5.13 they lie in a struct per_cpu_pageset
            pageset = self.u64(zone.addr + self.offset("zone.pageset")) + \
                self.offset("per_cpu_pageset.pcp")
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
