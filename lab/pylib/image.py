# SPDX-License-Identifier: GPL-2.0-or-later
"""A dump file as something to damage: where its headers, tables and pages lie.

ELF, kdump-compressed (pages plain or zlib; those of other compressions can be replaced, not
read), and the flattened form of it. Of a healthy dump only: what is read is trusted.
"""

import bisect
import dataclasses
import mmap
import struct
import zlib

from .base import LabError
from .elfdump import EHDR_SIZE, PHDR, PT_LOAD

PAGE = 4096
PT_NOTE = 4
KDUMP_MAGIC = b"KDUMP   "
FLAT_MAGIC = b"makedumpfile"
FLAT_HEAD = 4096
FLAT_RECORD = struct.Struct(">qq")
PAGE_DESC = struct.Struct("<qIIQ")
ZLIB = 1
COMPRESSED = 0x3f

# name, offset, size: struct disk_dump_header and kdump_sub_header of a 64-bit kernel
KDUMP_FIELDS = (
    ("signature", 0, 8), ("header_version", 8, 4), ("utsname", 12, 64), ("release", 142, 65),
    ("machine", 272, 65), ("tv_sec", 408, 8), ("status", 424, 4), ("block_size", 428, 4),
    ("sub_hdr_size", 432, 4), ("bitmap_blocks", 436, 4), ("max_mapnr", 440, 4),
    ("total_ram_blocks", 444, 4), ("device_blocks", 448, 4), ("written_blocks", 452, 4),
    ("current_cpu", 456, 4), ("nr_cpus", 460, 4))
SUB_FIELDS = (
    ("phys_base", 0, 8), ("dump_level", 8, 4), ("split", 12, 4), ("start_pfn", 16, 8),
    ("end_pfn", 24, 8), ("offset_vmcoreinfo", 32, 8), ("size_vmcoreinfo", 40, 8),
    ("offset_note", 48, 8), ("size_note", 56, 8), ("offset_eraseinfo", 64, 8),
    ("size_eraseinfo", 72, 8), ("start_pfn_64", 80, 8), ("end_pfn_64", 88, 8),
    ("max_mapnr_64", 96, 8))
EHDR_FIELDS = (
    ("e_ident", 0, 8), ("e_type", 16, 2), ("e_machine", 18, 2), ("e_version", 20, 4),
    ("e_entry", 24, 8), ("e_phoff", 32, 8), ("e_shoff", 40, 8), ("e_flags", 48, 4),
    ("e_ehsize", 52, 2), ("e_phentsize", 54, 2), ("e_phnum", 56, 2), ("e_shentsize", 58, 2),
    ("e_shnum", 60, 2), ("e_shstrndx", 62, 2))
PHDR_FIELDS = (
    ("p_type", 0, 4), ("p_flags", 4, 4), ("p_offset", 8, 8), ("p_vaddr", 16, 8),
    ("p_paddr", 24, 8), ("p_filesz", 32, 8), ("p_memsz", 40, 8), ("p_align", 48, 8))
NHDR_FIELDS = (("n_namesz", 0, 4), ("n_descsz", 4, 4), ("n_type", 8, 4))


@dataclasses.dataclass(frozen=True)
class Field:
    """A number in a header."""
    name: str
    offset: int
    size: int
    order: str = "little"


class Image:
    """What all forms have in common. Offsets are the file's."""
    form = None

    def __init__(self, data):
        self.data = data
        self.size = len(data)
        self.plain = None       # another image of the same memory, that can be read
        self.fields = []
        self.boundaries = []    # where a header or a table begins or ends
        self.notes = (0, 0)     # offset and length of all the notes

    def add_fields(self, rows, base, order="little"):
        """The fields of a header at an offset."""
        self.fields += [Field(name, base + offset, size, order)
                        for name, offset, size in rows]

    def add_notes(self, base, length):
        """Header by header."""
        self.notes = base, length
        self.boundaries += [base, base + length]
        offset = base
        while offset + 12 <= base + length:
            namesz, descsz, _ = struct.unpack_from("<III", self.data, offset)
            self.add_fields(NHDR_FIELDS, offset)
            offset += 12 + (namesz + 3 & ~3)
            self.boundaries.append(offset)
            offset += descsz + 3 & ~3

    def vmcoreinfo(self):
        """Offset and text."""
        base, length = self.vmcoreinfo_at()
        return base, bytes(self.data[base:base + length])

    def vmcoreinfo_at(self):
        """Offset and length, for the form to know better."""
        base, length = self.notes
        start = self.data.find(b"OSRELEASE=", base, base + length)
        if start < 0:
            raise LabError("the dump has no VMCOREINFO")
        end = self.data.find(b"\0", start)
        return start, min(end, base + length) - start

    def number(self, field):
        """The value of a field."""
        return int.from_bytes(self.data[field.offset:field.offset + field.size], field.order)


class ElfImage(Image):
    """QEMU's dumps, and /proc/vmcore's."""
    form = "elf"

    def __init__(self, data):
        super().__init__(data)
        self.add_fields(EHDR_FIELDS, 0)
        phoff, = struct.unpack_from("<Q", data, 32)
        count, = struct.unpack_from("<H", data, 56)
        self.loads = []
        for number in range(count):
            base = phoff + number * PHDR.size
            kind, _, place, _, paddr, size, _, _ = PHDR.unpack_from(data, base)
            self.add_fields(PHDR_FIELDS, base)
            if kind == PT_LOAD and size:
                self.loads.append((paddr, size, place))
                self.boundaries += [place, place + size]
            elif kind == PT_NOTE:
                self.add_notes(place, size)
        self.boundaries += [EHDR_SIZE, phoff, phoff + count * PHDR.size]

    def pages(self):
        """The pfns of all pages stored."""
        return [pfn for paddr, size, _ in self.loads
                for pfn in range(-(-paddr // PAGE), (paddr + size) // PAGE)]

    def place(self, pfn):
        """The offset of a page; None: not stored."""
        paddr = pfn * PAGE
        for start, length, place in self.loads:
            if start <= paddr < start + length:
                return place + paddr - start
        return None

    def page(self, pfn):
        """The contents of a page; None: not stored."""
        place = self.place(pfn)
        return None if place is None else bytes(self.data[place:place + PAGE])

    def store(self, pfn, contents, _end):
        """The writes that give a page other contents."""
        return [(self.place(pfn), contents)]


class KdumpImage(Image):
    """makedumpfile's. Its blocks are the kernel's pages; here they are pieces of PAGE bytes."""
    form = "kdump"

    def __init__(self, data):
        super().__init__(data)
        self.add_fields(KDUMP_FIELDS, 0)
        block, sub, bitmaps = struct.unpack_from("<iiI", data, 428)
        if block % PAGE or not block:
            raise LabError(f"blocks of {block} bytes")
        self.block, self.pieces = block, block // PAGE
        self.add_fields(SUB_FIELDS, block)
        first = (1 + sub) * block
        self.half = bitmaps // 2 * block
        self.bitmaps = first
        self.descs = first + bitmaps * block
        stored = data[first + self.half:self.descs]
        # A part of a split dump has the whole bitmap, but only its own pages.
        split, = struct.unpack_from("<I", data, block + 12)
        start, end = struct.unpack_from("<QQ", data, block + 80) if split else (0, 1 << 52)
        self.stored = [byte * 8 + bit for byte, bits in enumerate(stored) if bits
                       for bit in range(8) if bits >> bit & 1 and start <= byte * 8 + bit < end]
        self.info = struct.unpack_from("<QQ", data, block + 32)
        self.add_notes(*struct.unpack_from("<QQ", data, block + 48))
        self.boundaries += [block, first, first + self.half, self.descs,
                            self.descs + len(self.stored) * PAGE_DESC.size]

    def vmcoreinfo_at(self):
        return self.info

    def pages(self):
        """The pfns of all pages stored."""
        if self.pieces == 1:
            return self.stored
        return [block * self.pieces + piece for block in self.stored
                for piece in range(self.pieces)]

    def desc_at(self, pfn):
        """The offset of a page's descriptor; None: not stored."""
        block = pfn // self.pieces
        index = bisect.bisect_left(self.stored, block)
        if index == len(self.stored) or self.stored[index] != block:
            return None
        return self.descs + index * PAGE_DESC.size

    def desc_fields(self, pfn):
        """Those of a page's descriptor."""
        rows = (("offset", 0, 8), ("size", 8, 4), ("flags", 12, 4), ("page_flags", 16, 8))
        return [Field("desc." + name, self.desc_at(pfn) + offset, size)
                for name, offset, size in rows]

    def packed(self, pfn):
        """Offset, size and flags of a page's bytes."""
        return PAGE_DESC.unpack_from(self.data, self.desc_at(pfn))[:3]

    def page(self, pfn):
        """The contents of a page; None: not stored."""
        if self.desc_at(pfn) is None:
            return None
        offset, size, flags = self.packed(pfn)
        inside = pfn % self.pieces * PAGE
        contents = bytes(self.data[offset:offset + size])
        if not flags & COMPRESSED:
            return contents[inside:inside + PAGE]
        if flags & COMPRESSED != ZLIB:
            if not self.plain:
                raise LabError("pages of a compression that cannot be read here, and no "
                               "\"memory\" beside it: the same dump, not compressed")
            return self.plain.page(pfn)
        return zlib.decompress(contents)[inside:inside + PAGE]

    def own_place(self, pfn):
        """The offset of a page that is not compressed and has a place of its own, else None."""
        offset, _, flags = self.packed(pfn)
        if flags & COMPRESSED:
            return None
        offset += pfn % self.pieces * PAGE
        # Pages of zeros share one place.
        return offset if any(self.data[offset:offset + PAGE]) else None

    def store(self, pfn, contents, end):
        """In its place, else behind all others, as it is."""
        place = self.own_place(pfn)
        if place is not None:
            return [(place, contents)]
        if self.pieces > 1:
            raise LabError("a piece of a block that is compressed, or of zeros")
        return [(end, contents), (self.desc_at(pfn), PAGE_DESC.pack(end, PAGE, 0, 0))]


class FlatImage(KdumpImage):
    """A kdump-compressed file as a stream of records."""
    form = "flat"

    def __init__(self, data):
        records, offset = [], FLAT_HEAD
        flat = bytearray()
        while offset + FLAT_RECORD.size <= len(data):
            target, length = FLAT_RECORD.unpack_from(data, offset)
            if target < 0:
                break
            body = offset + FLAT_RECORD.size
            records.append((target, length, body))
            if len(flat) < target + length:
                flat.extend(bytes(target + length - len(flat)))
            flat[target:target + length] = data[body:body + length]
            offset = body + length
        super().__init__(flat)
        self.stream = data
        self.size = len(data)
        # In the order of the file: the last one that wrote a byte is it.
        self.records = records
        self.boundaries = [FLAT_HEAD] + \
            [body + at for _, length, body in records[:40] for at in (-16, -8, 0, length)]
        self.record_fields = [
            Field(f"record.{name}", body - 16 + at, 8, "big")
            for _, _, body in records for name, at in (("offset", 0), ("size", 8))]

    def to_stream(self, offset, contents):
        """A write to the file that is meant, as writes to the stream."""
        writes = []
        for target, length, body in self.records:
            first, last = max(offset, target), min(offset + len(contents), target + length)
            if first < last:
                writes.append((body + first - target, contents[first - offset:last - offset]))
        return writes

    def store(self, pfn, contents, end):
        place = self.own_place(pfn)
        if place is None:
            raise LabError("a page of a stream that is compressed, or of zeros")
        return self.to_stream(place, contents)


def load(path):
    """The image of a dump."""
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    head = data[:16]
    if head[:8] == KDUMP_MAGIC:
        return KdumpImage(data)
    if head[:len(FLAT_MAGIC)] == FLAT_MAGIC:
        return FlatImage(data)
    if head[:4] == b"\x7fELF":
        return ElfImage(data)
    raise LabError(f"{path}: neither ELF nor kdump")
