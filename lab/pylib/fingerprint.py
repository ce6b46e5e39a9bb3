# SPDX-License-Identifier: GPL-2.0-or-later
"""lab fingerprint: what kernels have that the judge stands on, as rows of known_layouts.def."""

import lzma
import pathlib
import re
import struct
import subprocess
import tempfile

from .base import LabError, run as run_program

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
TABLE = SOURCE / "judge/known_layouts.def"
ALL_ONES = (1 << 64) - 1
INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, \
    VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(1, 20)
# Bytes that follow a type: of each of its parts, and once.
PARTS = {STRUCT: 12, UNION: 12, ENUM: 8, FUNC_PROTO: 8, DATASEC: 12, ENUM64: 12}
ONCE = {INT: 4, ARRAY: 12, VAR: 4, DECL_TAG: 4}


def kept():
    """([structs], [enums]) whose members are kept, in the order of the layout's table."""
    text = (SOURCE / "layout/layout.def").read_text(encoding="utf-8")
    return ([re.search(r'"(\w+)"\)$', line)[1] for line in text.splitlines()
             if line.startswith("LAYOUT_STRUCT(")],
            [line.split('"')[1] for line in text.splitlines()
             if line.startswith("LAYOUT_ENUM(")])


class Btf:
    """The types that a kernel carries about itself (include/uapi/linux/btf.h)."""

    def __init__(self, raw):
        _, _, _, header, types, types_len, strings, strings_len = struct.unpack_from("<HBBIIIII",
                                                                                   raw)
        self.strings = raw[header + strings:header + strings + strings_len]
        self.types, self.named = [None], {}
        at = header + types
        while at < header + types + types_len:
            name, info, size = struct.unpack_from("<III", raw, at)
            kind, count = info >> 24 & 31, info & 0xffff
            length = PARTS.get(kind, 0) * count + ONCE.get(kind, 0)
            if kind in (STRUCT, UNION, ENUM, ENUM64) and (count or kind < ENUM):
                self.named.setdefault(self.text(name), len(self.types))
            self.types.append((kind, self.text(name), size, count, info >> 31,
                               raw[at + 12:at + 12 + length]))
            at += 12 + length

    def text(self, offset):
        """A name."""
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def peel(self, number):
        """Without typedefs and qualifiers."""
        while number and self.types[number][0] in (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG):
            number = self.types[number][2]
        return number

    def size(self, number):
        """Bytes; 0: unknown."""
        number = self.peel(number)
        if not number:
            return 0
        kind, _, size, _, _, more = self.types[number]
        if kind == ARRAY:
            element, _, count = struct.unpack("<III", more)
            return self.size(element) * count
        return 8 if kind == PTR else size if kind not in (FWD, FUNC_PROTO) else 0

    def name(self, number):
        """As src/layout/btf.h calls types."""
        suffix = ""
        while number:
            kind, name, other, _, _, more = self.types[number]
            if kind == PTR:
                suffix += "*"
            elif kind == ARRAY:
                suffix += "[]"
                other = struct.unpack_from("<I", more)[0]
            elif kind in (INT, FLOAT):
                return f"int{other * 8}{suffix}"
            elif kind == FUNC_PROTO:
                return f"function{suffix}"
            elif kind not in (VOLATILE, CONST, RESTRICT, TYPE_TAG):
                return (name or "-") + suffix
            number = other
        return "void" + suffix

    def members(self, number, base=0):
        """(name, offset, size, type) of each, and of those of anonymous ones inside it."""
        _, _, _, count, bits, more = self.types[self.peel(number)]
        for i in range(count):
            name, kind, offset = struct.unpack_from("<III", more, 12 * i)
            width = offset >> 24 if bits else 0
            at = base + ((offset & 0xffffff) if bits else offset) // 8
            if name:
                yield (self.text(name), at, 0 if width else self.size(kind), self.name(kind))
            elif self.types[self.peel(kind)][0] in (STRUCT, UNION):
                yield from self.members(kind, at)

    def enumerators(self, number):
        """(name, value) of each."""
        kind, _, _, count, _, more = self.types[number]
        for i in range(count):
            if kind == ENUM:
                name, value = struct.unpack_from("<Ii", more, 8 * i)
            else:
                name, low, high = struct.unpack_from("<IIi", more, 12 * i)
                value = high << 32 | low
            yield self.text(name), value

    def lines(self):
        """What a layout file says of it."""
        structs, enums = kept()
        lines = []
        for name in structs:
            if name in self.named:
                lines += [f"member {name} {one} {at} {size} {kind}"
                          for one, at, size, kind in self.members(self.named[name])]
        for name in enums:
            if name in self.named:
                lines += [f"enum {name} {one} {value}"
                          for one, value in self.enumerators(self.named[name])]
        return lines


def unpack_image(path):
    """The vmlinux in a kernel image, and its release."""
    raw = path.read_bytes()
    if raw[514:518] != b"HdrS":
        raise LabError(f"{path}: no layout file, no vmlinux and no kernel image")
    at = struct.unpack_from("<H", raw, 526)[0] + 512
    release = raw[at:raw.index(b"\0", at)].decode().split()[0]
    start = (raw[497] + 1) * 512 + struct.unpack_from("<I", raw, 584)[0]
    if raw[start:start + 4] == b"\xfd7zX":
        return lzma.LZMADecompressor().decompress(raw[start:]), release
    if raw[start:start + 4] == b"\x28\xb5\x2f\xfd":
        done = subprocess.run(["zstd", "-dc"], input=raw[start:], check=False,
                              capture_output=True)
        if done.stdout:
            return done.stdout, release
    raise LabError(f"{path}: compressed in a way that is unknown here")


def btf_of(vmlinux):
    """The section .BTF of an ELF file."""
    offset = struct.unpack_from("<Q", vmlinux, 40)[0]
    size, count, names = struct.unpack_from("<HHH", vmlinux, 58)
    sections = [struct.unpack_from("<IIQQQQ", vmlinux, offset + i * size) for i in range(count)]
    for name, _, _, _, at, length in sections:
        if vmlinux[sections[names][4] + name:].startswith(b".BTF\0"):
            return vmlinux[at:at + length]
    raise LabError("a kernel without BTF")


def layout_lines(path, tool):
    """(lines about members and enums, release) of a layout file, a vmlinux or a kernel image."""
    start = path.read_bytes()[:14]
    if start.startswith(b"\x7fELF"):
        with tempfile.TemporaryDirectory() as place:
            layout = pathlib.Path(place) / "layout"
            run_program([tool, f"--save-layout={layout}", path], "the layout")
            text = layout.read_text(encoding="utf-8")
    elif start.startswith(b"pgcons-layout"):
        text = path.read_text(encoding="utf-8")
    else:
        vmlinux, release = unpack_image(path)
        return Btf(btf_of(vmlinux)).lines(), release
    lines = text.splitlines()
    release = next((line.split()[1] for line in lines if line.startswith("release ")), "unknown")
    return lines, release


def fnv(value, data):
    """FNV-1a, 64 bits, as base/hash.h."""
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & ALL_ONES
    return value


def fingerprint(structs, enums):
    """The hash that grounds.c makes of all of them."""
    value = 0xcbf29ce484222325
    for name, members in structs.items():
        value = fnv(value, name.encode() + b"\0")
        for member, offset, size, kind in members:
            value = fnv(value, member.encode() + b"\0" + kind.encode() + b"\0" +
                        struct.pack("<QQ", offset, size))
    for name, enumerators in enums.items():
        value = fnv(value, name.encode() + b"\0")
        for one, number in enumerators:
            value = fnv(value, one.encode() + b"\0" + struct.pack("<Q", number & ALL_ONES))
    return value


def read(path, tool):
    """(release, structs, enums) of one kernel."""
    lines, release = layout_lines(path, tool)
    names = kept()
    structs, enums = {name: [] for name in names[0]}, {name: [] for name in names[1]}
    for line in lines:
        words = line.split()
        if words[0] == "member" and words[1] in structs:
            structs[words[1]].append((words[2], int(words[3]), int(words[4]), words[5]))
        if words[0] == "enum" and words[1] in enums and len(words) == 4:
            enums[words[1]].append((words[2], int(words[3])))
    if not structs["zone"]:
        raise LabError(f"{path}: an older program saved it: it lists no members")
    return release, structs, enums


def take(args):
    """lab fingerprint"""
    rows = {line for line in TABLE.read_text(encoding="utf-8").splitlines()
            if line.startswith("KNOWN_")}
    for path in args.files:
        release, structs, enums = read(path, args.tool)
        new = {f'KNOWN_MEMBER({name}, "{member}", "{kind}")'
               for name, members in structs.items() for member, _, _, kind in members}
        new |= {f'KNOWN_ENUMERATOR({name}, "{one}")'
                for name, enumerators in enums.items() for one, _ in enumerators}
        value = fingerprint(structs, enums)
        if not any(f"{value:#018x}" in row for row in rows):
            rows.add(f'KNOWN_LAYOUT({value:#018x}, "{release}")')
        news = sorted(new - rows)
        print(f"{path}: {release}: {value:#018x}; " +
              (", ".join(news) if news else "nothing is new"))
        rows |= new
    if args.update:
        head = TABLE.read_text(encoding="utf-8").partition("\n\nKNOWN_")[0]
        TABLE.write_text(head + "\n\n" + "\n".join(sorted(rows)) + "\n\n#undef KNOWN_MEMBER\n"
                         "#undef KNOWN_ENUMERATOR\n#undef KNOWN_LAYOUT\n", encoding="utf-8")
    return 0
