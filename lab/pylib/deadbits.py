# SPDX-License-Identifier: GPL-2.0-or-later
"""Which bits of a struct page nobody reads in the state that the page is in: lab/dead-bits."""

import dataclasses

from .base import LAB, LabError

TABLE = LAB / "dead-bits"
FOLIO_PAGES = 4         # the first pages of a compound page have words of the whole
POISON = 0xdead000000000100, 0xdead000000000122     # LIST_POISON1, LIST_POISON2


def is_full(counters):
    """Whether every object of a slab is in use, and no CPU has it (struct slab)."""
    inuse, objects, frozen = counters & 0xffff, counters >> 16 & 0x7fff, counters >> 31 & 1
    return inuse == objects and not frozen


def off_list(words):
    """Since it was taken off one: the very values that list_del() leaves."""
    return words[1:3] == POISON


def no_private(pages, words):
    """Neither private data nor swap cache."""
    return not any(pages.has(words, name) for name in
                   ("PG_private", "PG_private_2", "PG_swapcache"))


def head_words(pages, page):
    """Those of the first page."""
    return pages.words[page.head]


def late_tail(_, page, __):
    """Behind the pages that have words of the whole."""
    return page.pfn - page.head >= FOLIO_PAGES


# A name in the table: of (pages, page, words).
WHEN = {
    "-": lambda pages, page, words: True,
    "new": lambda pages, page, words: not pages.is_old,
    "no private": lambda pages, page, words: no_private(pages, words),
    "unevictable": lambda pages, page, words: pages.has(words, "PG_unevictable"),
    "full slab": lambda pages, page, words: not pages.is_old and is_full(words[5]),
    "old full slab": lambda pages, page, words: pages.is_old and is_full(words[5]),
    "off list": lambda pages, page, words: off_list(words),
    "small lock": lambda pages, page, words: pages.kernel.layout.sizes.get("spinlock") == 4,
    "late tail": late_tail,
    "not anon": lambda pages, page, words: not head_words(pages, page)[3] & 1,
    "no folio": lambda pages, page, words: not pages.has(head_words(pages, page), "PG_lru"),
}


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the table."""
    kinds: frozenset
    fields: frozenset
    first: int
    last: int
    when: tuple
    why: str

    def fits(self, pages, page, field, bit):
        """Whether it makes a bit of a word dead."""
        return (page.kind in self.kinds or "any" in self.kinds) and field in self.fields and \
            self.first <= bit <= self.last and \
            all(WHEN[name](pages, page, pages.words[page.pfn]) for name in self.when)


def parse(text):
    """The rows of the table; LabError: a line that is none."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 5 or not all(cells):
            raise LabError(f"{TABLE}:{number}: not five cells")
        kinds, fields, bits, when, why = cells
        names = tuple(name.strip() for name in when.split(","))
        if not set(names) <= set(WHEN):
            raise LabError(f"{TABLE}:{number}: \"{when}\" is not known")
        first, last = (int(word) for word in bits.split("-"))
        rows.append(Row(frozenset(name.strip() for name in kinds.split(",")),
                        frozenset(name.strip() for name in fields.split(",")),
                        first, last, names, why))
    return rows


class DeadBits:
    """The table, asked of the pages of one dump."""

    def __init__(self, pages):
        self.pages = pages
        self.rows = parse(TABLE.read_text(encoding="utf-8"))

    def why(self, page, field, bit):
        """The reason why a bit is dead, or None. The bit is one of struct page's 512."""
        if field in ("mapcount", "refcount"):
            return None
        return next((row.why for row in self.rows
                     if row.fits(self.pages, page, field, bit % 64)), None)
