# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's ELF dumps: just enough to check what was planted, and to make them
readable for makedumpfile."""

import struct

from .base import LabError

EHDR_SIZE = 64
PHDR = struct.Struct("<IIQQQQQQ")
PT_LOAD = 1


class ElfDump:
    """A dump opened for reading by physical address."""

    def __init__(self, path):
        self.file = open(path, "rb")
        head = self.file.read(EHDR_SIZE)
        if head[:4] != b"\x7fELF":
            self.file.close()
            raise LabError(f"{path}: not an ELF dump")
        offset, = struct.unpack_from("<Q", head, 32)
        count, = struct.unpack_from("<H", head, 56)
        self.file.seek(offset)
        self.raw = self.file.read(PHDR.size * count)
        self.loads = []
        for number in range(count):
            kind, _, place, _, paddr, size, _, _ = PHDR.unpack_from(
                self.raw, number * PHDR.size)
            if kind == PT_LOAD:
                self.loads.append((paddr, size, place))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def place(self, paddr):
        """The offset in the file of the byte at a physical address."""
        for start, length, place in self.loads:
            if start <= paddr < start + length:
                return place + paddr - start
        raise LabError(f"physical address {paddr:#x} is not in the dump")

    def read(self, paddr, size):
        """Bytes at a physical address."""
        self.file.seek(self.place(paddr))
        return self.file.read(size)


def check_writes(path, truth):
    """The dump must hold what the planter says it wrote."""
    final = {}
    for paddr, size, _, new in truth.get("writes", ()):
        final[int(paddr, 16), size] = int(new, 16)
    with ElfDump(path) as dump:
        for (paddr, size), new in final.items():
            found = int.from_bytes(dump.read(paddr, size), "little")
            if found != new:
                raise LabError(f"{path}: {found:#x} at {paddr:#x}, but the "
                               f"planter wrote {new:#x}")


def plain_header(path):
    """
    Move the program headers to where makedumpfile looks for them. QEMU puts
    section headers right after the ELF header, which nobody needs.
    """
    with ElfDump(path) as dump:
        headers = dump.raw
        first = min(place for _, _, place in dump.loads)
    if EHDR_SIZE + len(headers) > first:
        raise LabError(f"{path}: too many program headers")
    with open(path, "r+b") as file:
        head = bytearray(file.read(EHDR_SIZE))
        struct.pack_into("<QQ", head, 32, EHDR_SIZE, 0)     # e_phoff, e_shoff
        struct.pack_into("<H", head, 52, EHDR_SIZE)         # e_ehsize
        struct.pack_into("<HHH", head, 58, 0, 0, 0)         # e_sh*
        file.seek(0)
        file.write(head + headers)
