# SPDX-License-Identifier: GPL-2.0-or-later
"""A dump's memory by kernel addresses, and its kernel's objects by a layout
that pgcons-dump saved: just enough to damage them by name."""

import re
import struct

from .base import LabError
from .recipe import open_dump

KERNEL_MAP = 0xffffffff80000000
PRESENT, LARGE = 1, 0x80
ADDRESS = 0x000ffffffffff000
PAGE = 4096


def read_layout(path):
    """The lines of a layout file: (kind, name) -> value, size."""
    rows = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if len(words) >= 3 and words[2] != "absent" and words[0] in (
                    "size", "offset", "length", "variable", "symbol",
                    "variable-length"):
                size = int(words[3]) if len(words) > 3 else 0
                rows[words[0], words[1]] = int(words[2], 0), size
    return rows


class Memory:
    """Where in a dump's file the kernel's objects are."""

    def __init__(self, path, layout):
        self.dump = open_dump(path)
        self.rows = read_layout(layout)
        with open(path, "rb") as file:
            head = file.read(1 << 16)
        info = re.search(rb"OSRELEASE=[^\0]*", head)
        if not info:
            raise LabError(f"{path}: no VMCOREINFO in its headers")
        text = info.group(0).decode("ascii", "replace")
        self.slide = int(self._line(text, "KERNELOFFSET"), 16)
        self.phys_base = int(self._line(text, r"NUMBER\(phys_base\)"), 0)
        root = int(self._line(text, r"SYMBOL\((?:init_top_pgt|swapper_pg_dir)"
                              r"\)"), 16)
        self.root = root - KERNEL_MAP + self.phys_base
        self.tables = set()

    @staticmethod
    def _line(text, key):
        found = re.search(rf"^{key}=(\S+)$", text, re.M)
        if not found:
            raise LabError(f"VMCOREINFO has no {key}")
        return found.group(1)

    def at(self, paddr, size=8):
        """The offset in the file of bytes at a physical address."""
        return self.dump.place(paddr)

    def word_at(self, paddr):
        """Eight bytes of physical memory."""
        self.dump.file.seek(self.at(paddr))
        return struct.unpack("<Q", self.dump.file.read(8))[0]

    def translate(self, kaddr):
        """The physical address of a kernel address (4 levels)."""
        table = self.root
        for shift in (39, 30, 21, 12):
            self.tables.add(table)
            entry = self.word_at(table + (kaddr >> shift & 511) * 8)
            if not entry & PRESENT:
                raise LabError(f"{kaddr:#x} is not mapped")
            if shift == 12 or entry & LARGE:
                mask = (1 << shift) - 1
                return (entry & ADDRESS & ~mask) + (kaddr & mask)
            table = entry & ADDRESS
        raise LabError(f"{kaddr:#x} is not mapped")

    def place(self, kaddr):
        """The offset in the file of a kernel address."""
        return self.at(self.translate(kaddr))

    def word(self, kaddr):
        """Eight bytes of kernel memory."""
        return self.word_at(self.translate(kaddr))

    def row(self, kind, name):
        """A row of the layout, or LabError."""
        try:
            return self.rows[kind, name][0]
        except KeyError:
            raise LabError(f"no {kind} {name} in this kernel") from None

    def variable(self, name):
        """The run-time address of a variable or symbol."""
        kind = "variable" if ("variable", name) in self.rows else "symbol"
        return self.row(kind, name) + self.slide

    def member(self, base, name):
        """The address of a member."""
        return base + self.row("offset", name)

    def zones(self):
        """(node, index, kaddr) of each zone that has pages."""
        found = []
        for node in range(self.row("variable-length", "node_data")):
            pgdat = self.word(self.variable("node_data") + 8 * node)
            if not pgdat:
                break
            for index in range(self.row("length", "pglist_data.node_zones")):
                zone = self.member(pgdat, "pglist_data.node_zones") + \
                    index * self.row("size", "zone")
                if self.word(self.member(zone, "zone.present_pages")):
                    found.append((node, index, zone))
        return found

    def lists(self, zone):
        """The addresses of a zone's free lists that have pages."""
        area = self.member(zone, "zone.free_area")
        found = []
        for order in range(self.row("length", "zone.free_area")):
            for kind in range(self.row("length", "free_area.free_list")):
                head = area + order * self.row("size", "free_area") + \
                    self.row("offset", "free_area.free_list") + 16 * kind
                if self.word(head) != head:
                    found.append(head)
        return found

    def nodes(self, head, most=200):
        """The links of a list, as far as it is whole."""
        links, at = [], self.word(head)
        while at != head and len(links) < most:
            links.append(at)
            at = self.word(at)
        return links
