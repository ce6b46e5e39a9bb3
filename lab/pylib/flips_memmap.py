# SPDX-License-Identifier: GPL-2.0-or-later
"""Random damage to the memmap, in several shapes."""

import collections

from .base import LabError
from .flips_damage import Damage
from .image import PAGE
from .pageclass import BITS, CLASSES

SIZE = BITS // 8        # of a struct page, which is a line of the caches as well
SLACK = 64              # pages between two victims of a run
ROW = 8192              # bytes of a row of DRAM
# Of the faults of DRAM in the field (Sridharan and others, SC 2012 to ASPLOS 2015), rounded.
DRAM = (("bit", 79), ("row", 9), ("column", 6), ("bank", 4))


def one_bit(memmap, page, chance):
    """A single bit."""
    return [(memmap.paddr(page.pfn), chance.randrange(BITS))]


def row(memmap, page, chance):
    """Bits of one row of DRAM: 8 KB side by side."""
    base = memmap.paddr(page.pfn) // ROW * ROW
    return [(base, chance.randrange(ROW * 8)) for _ in range(chance.randrange(8, 128))]


def column(memmap, page, chance):
    """The same bit of many rows."""
    base, bit = memmap.paddr(page.pfn), chance.randrange(BITS)
    return [(base + number * ROW, bit) for number in range(chance.randrange(8, 64))]


def bank(memmap, page, chance):
    """Bits all over a megabyte."""
    base = memmap.paddr(page.pfn) >> 20 << 20
    return [(base, chance.randrange(8 << 20)) for _ in range(chance.randrange(64, 512))]


def bits_written(make):
    """A shape whose function gives (address, bit) of bits to flip."""
    def shape(memmap, page, chance):
        bits = {}
        for paddr, bit in make(memmap, page, chance):
            bits[paddr + bit // 8] = bits.get(paddr + bit // 8, 0) | 1 << bit % 8
        return [(paddr, bytes([memmap.byte(paddr) ^ mask])) for paddr, mask in bits.items()
                if memmap.pfn_at(paddr) is not None]
    return shape


def dram(memmap, page, chance):
    """A fault of DRAM, as often of each kind as in the field."""
    name, = chance.choices([name for name, _ in DRAM], [share for _, share in DRAM])
    return bits_written({"bit": one_bit, "row": row, "column": column,
                         "bank": bank}[name])(memmap, page, chance)


def stale(memmap, page, chance):
    """The line as it may have been before: that of a page of another class, of the zone."""
    zone = memmap.subject.kernel.zone_of(page.pfn)
    for _ in range(64):
        other = memmap.any_page(chance.choice(memmap.here), chance)
        if other.kind != page.kind and zone and zone.has(other.pfn):
            return [(memmap.paddr(page.pfn), memmap.line(other.pfn))]
    return []


def swapped(memmap, page, _):
    """Two lines side by side have changed places."""
    other = page.pfn ^ 1
    if other not in memmap.subject.pages.pages:
        return []
    return [(memmap.paddr(page.pfn), memmap.line(other)),
            (memmap.paddr(other), memmap.line(page.pfn))]


def garbage(memmap, page, chance):
    """Eight bytes of noise."""
    return [(memmap.paddr(page.pfn) + chance.randrange(0, SIZE, 8), chance.randbytes(8))]


def zeros(memmap, page, chance):
    """A run of zeros, of 8 to 256 bytes."""
    start = memmap.paddr(page.pfn) + chance.randrange(0, SIZE, 8)
    length = min(8 * chance.randrange(1, 33), PAGE - start % PAGE)
    return [(start, bytes(length))]


SHAPES = {"bit": bits_written(one_bit), "dram": dram, "stale": stale, "swapped": swapped,
          "garbage": garbage, "zeros": zeros}


class Memmap:
    """Damage to struct pages, in batches whose parts cannot touch one another."""
    name = "memmap"
    kinds = CLASSES
    remarks = ()

    def __init__(self, subject, shape="bit"):
        self.subject, self.shape = subject, shape
        self.by_class = collections.defaultdict(list)
        self.first = {}         # of each page of the memmap that is stored: (pfn, address)
        pages = subject.pages
        for page in pages.pages.values():
            self.by_class[page.kind].append(page.pfn)
            paddr = pages.places[page.pfn]
            self.first.setdefault(paddr // PAGE, (page.pfn, paddr))
        self.here = [kind for kind in CLASSES if self.by_class[kind]]

    def population(self):
        """What the classes weigh."""
        return self.subject.pages.population()

    def paddr(self, pfn):
        """Of a struct page."""
        return self.subject.pages.places[pfn]

    def pfn_at(self, paddr):
        """The page whose struct page is there, or None."""
        if paddr // PAGE not in self.first:
            return None
        pfn, start = self.first[paddr // PAGE]
        pfn += (paddr - start) // SIZE
        return pfn if pfn in self.subject.pages.pages else None

    def line(self, pfn):
        """The bytes of a struct page."""
        return b"".join(word.to_bytes(8, "little") for word in self.subject.pages.words[pfn])

    def byte(self, paddr):
        """As it is in the dump."""
        pfn = self.pfn_at(paddr)
        return self.line(pfn)[paddr - self.paddr(pfn)] if pfn is not None else 0

    def any_page(self, kind, chance):
        """Of a class."""
        return self.subject.pages.pages[chance.choice(self.by_class[kind])]

    def changed(self, writes):
        """{pfn: bits} of what the writes change."""
        found = collections.defaultdict(set)
        for paddr, data in writes:
            for number, byte in enumerate(data):
                pfn = self.pfn_at(paddr + number)
                if pfn is None:
                    continue
                at = paddr + number - self.paddr(pfn)
                differ = self.line(pfn)[at] ^ byte
                found[pfn] |= {at * 8 + bit for bit in range(8) if differ >> bit & 1}
        return {pfn: bits for pfn, bits in found.items() if bits}

    def why_dead(self, changed):
        """The reason, if nobody reads any of the bits."""
        pages, why = self.subject.pages, None
        for pfn, bits in changed.items():
            for bit in bits:
                why = self.subject.dead.why(pages.pages[pfn], pages.field_of(bit), bit)
                if why is None:
                    return None
        return why

    def draw(self, kind, chance):
        """Damage to a page of a class; None: it did nothing, or has no place in the file."""
        pages, page = self.subject.pages, self.any_page(kind, chance)
        writes = SHAPES[self.shape](self, page, chance)
        changed = self.changed(writes)
        placed = [(self.subject.offset(paddr), data) for paddr, data in writes]
        if page.pfn not in changed or any(offset is None for offset, _ in placed):
            return None
        place = {"pfn": page.pfn, "inside": page.pfn - page.head}
        field = self.shape
        if self.shape == "bit":
            place["bit"], = changed[page.pfn]
            field = pages.field_of(place["bit"])
        else:
            place["pages"] = len(changed)
        hit = [pages.pages[pfn] for pfn in changed]
        around = set().union(*(pages.around(one) for one in hit))
        heads = frozenset({one.head for one in hit} | around)
        near = {pfn // SLACK for pfn in {*changed, *heads}}
        claim = {("near", number) for number in near} | {("block", pfn) for pfn in heads} | \
            {("ring", one.ring) for one in hit if one.ring is not None}
        return Damage("memmap", self.shape, kind, field, place, placed,
                      self.why_dead(changed), frozenset(claim), frozenset(changed), heads)

    def batches(self, wanted, size, chance):
        """Lists of damage, as many of each class as wanted."""
        left = dict.fromkeys(self.here, wanted)
        idle = 0
        while left:
            batch, taken = [], set()
            for kind in chance.choices(list(left), [*left.values()], k=size * 2):
                one = self.draw(kind, chance) if left.get(kind) else None
                if one and not one.claim & taken and len(batch) < size:
                    taken |= one.claim
                    batch.append(one)
                    left[kind] -= 1
            left = {kind: count for kind, count in left.items() if count}
            idle = 0 if batch else idle + 1
            if idle > 1000:
                raise LabError(f"{self.shape}: no page for it of {', '.join(left)}")
            if batch:
                yield batch
