# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage to the kernel's code and constants: as DRAM fails, and as a device writes astray.

Software cannot write there by way of page tables; what does is a transfer to a wrong address.
"""

import struct

from .base import LabError
from .flips_damage import flipped

ROW = 8192
BANK = 1 << 21
DRAM = {"one bit": 79, "row": 9, "column": 6, "bank": 4}
WANTED = (b".text", b".rodata")


def sections(path):
    """{name: (address, size)} of an ELF file's sections."""
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:4] != b"\x7fELF":
            return {}
        start, = struct.unpack_from("<Q", head, 40)
        count, names = struct.unpack_from("<HH", head, 60)
        file.seek(start)
        table = file.read(64 * count)
        rows = [struct.unpack_from("<IIQQQQIIQQ", table, 64 * row) for row in range(count)]
        file.seek(rows[names][4])
        texts = file.read(rows[names][5])
    return {texts[row[0]:texts.index(b"\0", row[0])]: (row[3], row[5])
            for row in rows if row[1] == 1}


class Text:
    """Where the code and constants of a dump are."""

    def __init__(self, subject):
        self.subject, self.kernel = subject, subject.kernel
        self.ranges = [place for name, place in sections(subject.vmlinux).items()
                       if name in WANTED and place[1] > BANK // 2]

    def byte(self, addr):
        """(offset in the file, the byte there), by an address as linked; None: not in the dump."""
        try:
            offset = self.subject.offset(self.kernel.phys(addr + self.kernel.slide))
        except LabError:
            return None
        return None if offset is None else (offset, self.subject.image.data[offset])

    def place(self, chance, room=0):
        """An address as linked, any byte as likely."""
        start, size = chance.choices(self.ranges, [one[1] for one in self.ranges])[0]
        return start + chance.randrange(size - room), start, start + size

    def flips(self, places):
        """The writes of (address, bit), as far as they are in the dump."""
        writes = {}
        for addr, bit in places:
            found = self.byte(addr)
            if found:
                offset, byte = found
                writes[offset] = flipped(writes.get(offset, bytes([byte])), bit)
        return list(writes.items())

    def dram(self, chance):
        """(shape, writes) as memory fails."""
        shape, = chance.choices(list(DRAM), list(DRAM.values()))
        addr, start, end = self.place(chance)
        bit = chance.randrange(8)
        places = [(addr, bit)]
        if shape == "row":
            base = addr - addr % ROW
            places = [(base + chance.randrange(ROW), chance.randrange(8))
                      for _ in range(chance.randrange(2, 9))]
        elif shape == "column":
            places = [(addr + ROW * step, bit) for step in range(chance.randrange(3, 9))]
        elif shape == "bank":
            base = addr - addr % BANK
            places = [(base + chance.randrange(BANK), chance.randrange(8))
                      for _ in range(chance.randrange(3, 17))]
        return shape, self.flips([one for one in places if start <= one[0] < end])

    def astray(self, chance):
        """What a device writes: whole lines of other memory of the dump, or of a packet."""
        length = 64 * chance.randrange(1, 9)
        target, _, _ = self.place(chance, ROW)
        target -= target % 64
        length = min(length, ROW // 2 - target % (ROW // 2))
        found = self.byte(target)
        if not found:
            return []
        page = chance.choice(list(self.subject.pages.pages.values()))
        source = self.subject.offset(page.pfn * (ROW // 2))
        if source is None:
            return []
        return [(found[0], bytes(self.subject.image.data[source:source + length]))]
