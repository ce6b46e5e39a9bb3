# SPDX-License-Identifier: GPL-2.0-or-later
"""One piece of random damage: what is written, and which findings tell of it."""

import dataclasses


@dataclasses.dataclass
class Damage:
    """What is written over the copy of a dump."""
    area: str
    shape: str
    kind: str               # a class of pages, a record, a level of tables
    field: str
    place: dict             # where, for the results
    writes: list            # of (offset in the file, bytes)
    dead: str = None        # why nobody reads what was changed
    claim: frozenset = frozenset()      # what no other of the same run may have to do with
    pfns: frozenset = frozenset()       # the pages damaged: a finding of one is exact
    heads: frozenset = frozenset()      # first pages of the blocks that it may be laid at
    record: dict = None     # node, zone, cpu of the record damaged: the same
    names: tuple = ()       # beginnings of the findings that name such a thing

    def is_exact(self, finding):
        """Whether a finding names what was damaged."""
        if self.record is not None:
            return all(finding.get(key) == value for key, value in self.record.items())
        return finding.get("pfn") in self.pfns or \
            any(finding["finding"].startswith(name) for name in self.names)

    def is_near(self, finding, pages):
        """Whether it names what that has to do with."""
        page = pages.pages.get(finding.get("pfn"))
        return page is not None and page.head in self.heads

    def line(self, name, exact, near, limits):
        """For the results."""
        return {"dump": name, "area": self.area, "shape": self.shape, "class": self.kind,
                "field": self.field, **self.place, "dead": self.dead,
                "exact": said(exact), "near": said(near), "limits": limits,
                "named": sorted({one["field"] for one in exact if "field" in one})}


def said(findings):
    """What they are called."""
    return sorted({f"{one['finding']} {one['severity']}" for one in findings})


def flipped(data, bit):
    """Bytes with one bit of them changed."""
    found = bytearray(data)
    found[bit // 8] ^= 1 << bit % 8
    return bytes(found)
