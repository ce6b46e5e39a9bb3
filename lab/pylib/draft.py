# SPDX-License-Identifier: GPL-2.0-or-later
"""One mutation while it is thought out: what is written over a dump, and where it cuts.

The rows of mutations_file.py and mutations_memory.py each have a function that draws one.
"""

import dataclasses
import typing

from .base import LabError
from .image import PAGE

LIMIT = 1 << 64


class NoVictim(LabError):
    """This dump has nothing that the mutation could be done to."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """A row of the tables."""
    name: str
    make: typing.Callable
    holds: tuple            # names of PROMISES in mutate_judge.py
    arg: typing.Any = None
    alone: bool = False     # analysed without a layout: the dump tells of its kernel


# What many kinds promise.
ALWAYS = ()
WHOLE = ("whole",)
CALM = ("calm", "whole")


class Draft:
    """Collects the writes."""

    def __init__(self, image, kernel, chance):
        self.image = image
        self.kernel = kernel
        self.chance = chance
        self.pages = {}
        self.writes = []
        self.length = None
        self.touched = set()    # keys of the zones whose findings may change
        self.holds = None       # instead of the row's
        self.detail = []

    def one_of(self, found):
        """Any of them; NoVictim: there is none."""
        found = sorted(found) if isinstance(found, set) else list(found)
        if not found:
            raise NoVictim("nothing to do it to")
        return self.chance.choice(found)

    def tell(self, text):
        """For whoever looks at a failure."""
        self.detail.append(text)

    # The file

    def write(self, offset, contents):
        """Over the file, where for a flattened dump the file is the one it stands for."""
        to_stream = getattr(self.image, "to_stream", None)
        self.writes += to_stream(offset, contents) if to_stream else [(offset, contents)]

    def write_raw(self, offset, contents):
        """Over the very file."""
        self.writes.append((offset, contents))

    def set_field(self, field, value, raw=False):
        """A number in a header."""
        old = self.image.number(field) if not raw else \
            int.from_bytes(self.image.stream[field.offset:field.offset + 8], "big")
        if value is None:
            value = self.absurd(old, field.size * 8)
        value %= 1 << field.size * 8
        self.tell(f"{field.name} at {field.offset}: {old:#x} -> {value:#x}")
        put = self.write_raw if raw else self.write
        put(field.offset, value.to_bytes(field.size, field.order))

    def cut(self, length):
        """Truncate."""
        self.length = max(0, min(length, self.image.size))
        self.tell(f"cut to {self.length} of {self.image.size}")

    # Memory

    def contents(self, pfn):
        """A page, to be changed; NoVictim: it is not in the dump."""
        if pfn not in self.pages:
            found = self.image.page(pfn)
            if found is None:
                raise NoVictim(f"page {pfn:#x} is not in the dump")
            self.pages[pfn] = bytearray(found)
        return self.pages[pfn]

    def put_phys(self, paddr, data):
        """Within a page."""
        self.contents(paddr // PAGE)[paddr % PAGE:paddr % PAGE + len(data)] = data

    def put(self, addr, value, size=8):
        """A number at a kernel address."""
        value %= 1 << size * 8
        self.tell(f"{size} bytes at {addr:#x} := {value:#x}")
        self.put_bytes(addr, value.to_bytes(size, "little"))

    def put_bytes(self, addr, data):
        """Bytes at a kernel address."""
        while data:
            piece = data[:PAGE - addr % PAGE]
            self.put_phys(self.kernel.phys(addr), piece)
            addr, data = addr + len(piece), data[len(piece):]

    def finish(self):
        """All writes to the file, in order, and its length (None: what they come to)."""
        writes, end = list(self.writes), self.image.size
        for pfn, contents in self.pages.items():
            added = self.image.store(pfn, bytes(contents), end)
            writes += added
            end = max([end] + [offset + len(data) for offset, data in added])
        return [(offset, data) for offset, data in writes if data], self.length

    # Choices

    def zone(self, having=lambda zone: True):
        """A zone, whose findings may then change."""
        zone = self.one_of(zone for zone in self.kernel.zones if having(zone))
        self.touch(zone)
        return zone

    def touch(self, *zones):
        """Zones whose findings may change."""
        self.touched |= {zone.key for zone in zones}

    def touch_all(self):
        """All of them."""
        self.touch(*self.kernel.zones)

    def absurd(self, old=0, bits=64):
        """Another number than the old one."""
        top = 1 << bits
        values = [0, 1, 3, old + 1, old - 1, old * 2, old + 0x1000, old ^ 1 << bits - 1, top - 1,
                  top // 2, top // 2 - 1, top - 0x1000, self.chance.getrandbits(bits),
                  old ^ 1 << self.chance.randrange(bits), 1 << min(40, bits - 2), 0xffffffff]
        values = {value % top for value in values} - {old % top}
        return self.chance.choice(sorted(values))

    def wild(self, own=0):
        """A pointer that should not be there."""
        choice, kernel = self.chance, self.kernel
        values = [0, 1, 8, 0xdead000000000100, 0xdead000000000122, LIMIT - 1, LIMIT - 8,
                  0x0123456789abcdef, 0x00007fff00001000, 0xffff900000000000 +
                  choice.getrandbits(40), own + 1, own ^ 1 << choice.randrange(64),
                  kernel.symbol("_stext"), kernel.memmap, kernel.memmap + 4,
                  kernel.memmap - 64, kernel.struct_page(1 << 40), kernel.symbol("_end"),
                  kernel.zones[0].addr, choice.getrandbits(64)]
        return choice.choice([value for value in values if value != own])
