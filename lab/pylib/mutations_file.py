# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutations of the dump file: headers, tables, lengths, compressed pages, VMCOREINFO."""

import re

from .draft import ALWAYS, CALM, Kind, NoVictim
from .image import PAGE, PAGE_DESC
from .mutations_memory import memmap_page


def only(draft, form):
    """For the dumps of a form."""
    if draft.image.form != form:
        raise NoVictim(f"not {form}")


def field_wrong(draft, arg):
    """A field of a header, by its name: arg is the form and the names."""
    form, names = arg
    only(draft, form)
    field = draft.one_of(one for one in draft.image.fields if one.name in names)
    draft.set_field(field, None)


def headers_flips(draft, _):
    """Bit flips in what comes before the pages."""
    first = min(draft.image.boundaries[-1], draft.image.size) or PAGE
    for _ in range(draft.chance.choice((1, 2, 8))):
        offset = draft.chance.randrange(first)
        draft.write_raw(offset, bytes([byte_at(draft, offset) ^ 1 << draft.chance.randrange(8)]))


def byte_at(draft, offset):
    """Of the very file."""
    return getattr(draft.image, "stream", draft.image.data)[offset]


def file_flips(draft, _):
    """Bit flips anywhere in the file."""
    for _ in range(draft.chance.choice((1, 8, 64, 512))):
        offset = draft.chance.randrange(draft.image.size)
        draft.write_raw(offset, bytes([byte_at(draft, offset) ^ 1 << draft.chance.randrange(8)]))


def zeroed_range(draft, _):
    """Blocks of the file are zeros, as a file system gives them back after a crash."""
    block = draft.chance.choice((512, PAGE, 1 << 16))
    offset = draft.chance.randrange(draft.image.size // block) * block
    draft.tell(f"{block} bytes at {offset}")
    draft.write_raw(offset, bytes(min(block, draft.image.size - offset)))


def cut_at_boundary(draft, _):
    """Ends where a header or a table begins or ends, or beside it."""
    draft.cut(draft.one_of(draft.image.boundaries) + draft.chance.choice((-1, 0, 0, 1)))


def cut_anywhere(draft, _):
    """Ends anywhere."""
    draft.cut(draft.chance.randrange(draft.image.size))


def cut_short_of_end(draft, _):
    """Ends in the last pages."""
    draft.cut(draft.image.size - draft.chance.randrange(1, 1 << 18))


def longer(draft, _):
    """Something is appended that belongs to nothing."""
    draft.write_raw(draft.image.size, draft.chance.randbytes(draft.chance.choice((1, PAGE))))


def notes_noise(draft, _):
    """Noise in the notes, but not in their headers."""
    base, length = draft.image.notes
    start, info = draft.image.vmcoreinfo()
    headers = {field.offset + at for field in draft.image.fields for at in range(4)}
    place = draft.one_of(offset for offset in range(base, base + length)
                         if offset not in headers and not start <= offset < start + len(info))
    draft.tell(f"notes at {place}")
    draft.write(place, draft.chance.randbytes(1))


# VMCOREINFO

def info_lines(draft, wanted="."):
    """(offset, line) of each."""
    base, info = draft.image.vmcoreinfo()
    found, offset = [], base
    for line in info.split(b"\n"):
        if line and re.search(wanted.encode(), line):
            found.append((offset, line))
        offset += len(line) + 1
    return found


def info_line_gone(draft, wanted):
    """A line is missing: its key is one nobody knows."""
    offset, line = draft.one_of(info_lines(draft, wanted))
    draft.tell(line.decode())
    draft.write(offset, b"X" * len(line.split(b"=")[0]))


def info_value(draft, wanted):
    """A line has another value, of the same length."""
    offset, line = draft.one_of(info_lines(draft, wanted))
    key, value = line.split(b"=", 1)
    digits = b"0123456789abcdef" if re.fullmatch(rb"[0-9a-f]+", value) else b"0123456789"
    length = len(value)
    other = draft.one_of((b"0" * length, b"9" * length, b"f" * length, b"-" + b"9" * (length - 1),
                          bytes(draft.chance.choices(digits, k=length)), b" " * length,
                          b"=" * length, bytes(draft.chance.randbytes(length))))[:length]
    draft.tell(f"{line.decode()} -> {other!r}")
    draft.write(offset + len(key) + 1, other)


def info_all_gone(draft, _):
    """All of it is zeros, or noise, or one endless line."""
    base, info = draft.image.vmcoreinfo()
    draft.write(base, draft.one_of((bytes(len(info)), draft.chance.randbytes(len(info)),
                                    b"A" * len(info), b"\n" * len(info))))


def info_flips(draft, _):
    """Bit flips in it."""
    base, info = draft.image.vmcoreinfo()
    for _ in range(draft.chance.choice((1, 1, 8))):
        at = draft.chance.randrange(len(info))
        draft.tell(f"byte {at}: {info[max(0, at - 20):at + 20]!r}")
        draft.write(base + at, bytes([info[at] ^ 1 << draft.chance.randrange(7)]))


# Descriptors and compressed pages

def desc_wrong(draft, names):
    """A field of a page's descriptor."""
    only(draft, "kdump")
    pfn = draft.one_of(draft.image.pages())
    draft.tell(f"page {pfn:#x}")
    field = draft.one_of(one for one in draft.image.desc_fields(pfn) if one.name in names)
    draft.set_field(field, None)


def undecodable(draft, pfn):
    """A page that does not decompress."""
    only(draft, "kdump")
    offset, size, flags = draft.image.packed(pfn)
    draft.tell(f"page {pfn:#x}, {size} bytes at {offset}, flags {flags}")
    how = draft.chance.randrange(3)
    desc = draft.image.desc_at(pfn)
    if how == 0:        # of a compression that there is not, or that it is not of
        draft.write(desc, PAGE_DESC.pack(offset, size, draft.one_of({1, 2, 4, 0x20} - {flags}), 0))
    elif how == 1:      # of a size that cannot be
        draft.write(desc, PAGE_DESC.pack(offset, draft.one_of((0, 1, PAGE + 1, 1 << 31)),
                                         flags, 0))
    else:               # where there is no file
        draft.write(desc, PAGE_DESC.pack(draft.one_of((draft.image.size, 1 << 40, -1)), size,
                                         flags, 0))


def memmap_undecodable(draft, _):
    """A page of the memmap."""
    undecodable(draft, memmap_page(draft))


def any_undecodable(draft, _):
    """Any page."""
    undecodable(draft, draft.one_of(draft.image.pages()))


def packed_noise(draft, _):
    """Noise in the bytes of a compressed page."""
    only(draft, "kdump")
    pfn = draft.one_of(draft.image.pages())
    offset, size, flags = draft.image.packed(pfn)
    if not flags:
        raise NoVictim("not compressed")
    at = draft.chance.randrange(size)
    draft.tell(f"page {pfn:#x} at {at} of {size}")
    draft.write(offset + at, draft.chance.randbytes(min(size - at, 16)))


def bitmap_flip(draft, which):
    """Which pages there are, and which are stored."""
    only(draft, "kdump")
    image = draft.image
    base = image.bitmaps + which * image.half
    at = base + draft.chance.randrange(image.half if draft.chance.randrange(2) else 512)
    draft.write(at, draft.one_of((b"\0", b"\xff", draft.chance.randbytes(8), bytes(512))))


def record_wrong(draft, _):
    """Offset or size of a record of a flattened dump."""
    if not hasattr(draft.image, "record_fields"):
        raise NoVictim("not flattened")
    draft.set_field(draft.one_of(draft.image.record_fields), None, raw=True)


def flat_head(draft, _):
    """The header of a flattened dump."""
    if not hasattr(draft.image, "record_fields"):
        raise NoVictim("not flattened")
    draft.write_raw(draft.chance.randrange(32), draft.chance.randbytes(8))


KINDS = (
    Kind("elf-ident-type-machine", field_wrong, CALM,
         ("elf", ("e_ident", "e_type", "e_machine"))),
    Kind("elf-header-places", field_wrong, CALM,
         ("elf", ("e_phoff", "e_ehsize", "e_phentsize", "e_phnum"))),
    Kind("elf-header-rest", field_wrong, ("same",),
         ("elf", ("e_entry", "e_shoff", "e_shentsize", "e_shnum", "e_shstrndx"))),
    # One bit of it is makedumpfile's mark of a dump that it could not end.
    Kind("elf-header-flags", field_wrong, CALM, ("elf", ("e_flags",))),
    Kind("elf-segment-type", field_wrong, CALM, ("elf", ("p_type",))),
    Kind("elf-segment-place", field_wrong, ALWAYS, ("elf", ("p_offset", "p_paddr"))),
    Kind("elf-segment-size", field_wrong, CALM, ("elf", ("p_filesz", "p_memsz"))),
    Kind("elf-segment-rest", field_wrong, CALM, ("elf", ("p_flags", "p_align", "p_vaddr"))),
    Kind("note-headers", field_wrong, CALM, ("elf", ("n_namesz", "n_descsz", "n_type"))),
    Kind("note-headers-kdump", field_wrong, CALM, ("kdump", ("n_namesz", "n_descsz", "n_type"))),
    Kind("note-contents", notes_noise, CALM),
    Kind("kdump-signature", field_wrong, CALM, ("kdump", ("signature", "header_version"))),
    Kind("kdump-sizes", field_wrong, ALWAYS,
         ("kdump", ("block_size", "sub_hdr_size", "bitmap_blocks"))),
    Kind("kdump-max-mapnr", field_wrong, CALM, ("kdump", ("max_mapnr", "max_mapnr_64"))),
    Kind("kdump-names", field_wrong, CALM, ("kdump", ("utsname", "release", "machine"))),
    Kind("kdump-header-rest", field_wrong, CALM,
         ("kdump", ("tv_sec", "total_ram_blocks", "device_blocks",
                    "written_blocks", "current_cpu", "nr_cpus"))),
    Kind("kdump-status", field_wrong, CALM, ("kdump", ("status",))),
    Kind("kdump-sub-vmcoreinfo", field_wrong, CALM,
         ("kdump", ("offset_vmcoreinfo", "size_vmcoreinfo"))),
    Kind("kdump-sub-notes", field_wrong, CALM, ("kdump", ("offset_note", "size_note"))),
    Kind("kdump-sub-split", field_wrong, CALM,
         ("kdump", ("split", "start_pfn", "end_pfn", "start_pfn_64", "end_pfn_64"))),
    Kind("kdump-sub-rest", field_wrong, CALM,
         ("kdump", ("phys_base", "dump_level", "offset_eraseinfo", "size_eraseinfo"))),
    Kind("kdump-bitmap-ram", bitmap_flip, CALM, 0),
    Kind("kdump-bitmap-stored", bitmap_flip, CALM, 1),
    Kind("desc-place", desc_wrong, ALWAYS, ("desc.offset",)),
    Kind("desc-size-flags", desc_wrong, CALM, ("desc.size", "desc.flags")),
    Kind("desc-page-flags", desc_wrong, ("same",), ("desc.page_flags",)),
    Kind("page-undecodable", any_undecodable, CALM),
    Kind("memmap-undecodable", memmap_undecodable, ("calm", "told", "others")),
    Kind("packed-noise", packed_noise, ALWAYS),
    Kind("flat-record", record_wrong, ALWAYS),
    Kind("flat-head", flat_head, CALM),
    Kind("header-flips", headers_flips, ALWAYS),
    Kind("file-flips", file_flips, ALWAYS),
    Kind("file-zeroed", zeroed_range, ALWAYS),
    Kind("cut-at-boundary", cut_at_boundary, CALM),
    Kind("cut-anywhere", cut_anywhere, CALM),
    Kind("cut-short-of-end", cut_short_of_end, CALM),
    Kind("longer", longer, ("same",)),
    Kind("vmcoreinfo-line-gone", info_line_gone, CALM, "."),
    Kind("vmcoreinfo-value", info_value, CALM, "."),
    Kind("vmcoreinfo-place", info_value, CALM, "KERNELOFFSET|phys_base|swapper_pg_dir|BUILD-ID|"
         "PAGESIZE|pgtable_l5|OSRELEASE"),
    Kind("vmcoreinfo-gone", info_all_gone, CALM),
    Kind("vmcoreinfo-flips", info_flips, CALM),
    Kind("alone-vmcoreinfo-value", info_value, ("calm",), ".", alone=True),
    Kind("alone-vmcoreinfo-line-gone", info_line_gone, ("calm",), ".", alone=True),
    Kind("alone-vmcoreinfo-flips", info_flips, ("calm",), alone=True),
    Kind("alone-cut", cut_anywhere, CALM, alone=True),
    Kind("alone-file-flips", file_flips, ALWAYS, alone=True),
)
