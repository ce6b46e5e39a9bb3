# SPDX-License-Identifier: GPL-2.0-or-later
"""What bugs write: the stores of software errors, made in the memory of a healthy dump.

Not made by a running kernel: where one did the same (lab/planter), that is the better witness, and
`lab origin --cases` has it. These are more, of other seeds, on any dump.
"""

from .flips_records import Bitmaps
from .pageclass import ALL_ONES, FREE

POISON_NEXT, POISON_PREV = 0xdead000000000100, 0xdead000000000122
FILLS = (0x00, 0x6b, 0x5a, 0xa5, 0xbb, 0xcc, 0xff)
LOW_FLAGS = 24          # those that code sets, on any kernel
WORD = {"flags": 0, "next": 8, "prev": 16, "mapping": 24, "index": 32, "private": 40,
        "mapcount": 48, "refcount": 52, "memcg": 56}
TEXTS = (b"kworker/u8:2", b"/usr/lib/systemd/systemd-journald", b"eth0", b"GET / HTTP/1.1\r\n",
         b"ext4", b"[drm] fence timed out")


class Bugs:
    """Each method is a bug: a list of (physical address, bytes)."""

    def __init__(self, subject, chance):
        self.pages, self.kernel, self.chance = subject.pages, subject.kernel, chance
        self.maps, self.by_kind = Bitmaps(subject), {}
        for page in self.pages.pages.values():
            self.by_kind.setdefault(page.kind, []).append(page)

    def page(self, *kinds):
        """One of these classes."""
        kinds = [kind for kind in kinds if kind in self.by_kind]
        return self.chance.choice(self.by_kind[self.chance.choice(kinds)])

    def word(self, page, name):
        """As it is."""
        value = self.pages.words[page.pfn][WORD[name] // 8]
        return value >> 32 if name == "refcount" else value & 0xffffffff \
            if name == "mapcount" else value

    def put(self, page, name, value):
        """A store into a field."""
        size = 4 if name in ("mapcount", "refcount") else 8
        return [(self.pages.places[page.pfn] + WORD[name],
                 (value & (1 << size * 8) - 1).to_bytes(size, "little"))]

    def link(self, page):
        """The address of a page's list_head."""
        return self.kernel.struct_page(page.pfn) + WORD["next"]

    def get_after_free(self):
        """A reference taken on a free page."""
        return self.put(self.page(*FREE), "refcount", self.chance.choice((1, 1, 1, 2)))

    def put_after_free(self):
        """A reference dropped that was not there."""
        return self.put(self.page(*FREE), "refcount", -1)

    def put_in_use(self):
        """One put too many on a page in use: the count falls below zero."""
        return self.put(self.page("LRU anon", "LRU file", "slab", "table"), "refcount",
                        -self.chance.randrange(1, 4))

    def unmapped_twice(self):
        """A mapping taken from a free page."""
        return self.put(self.page(*FREE), "mapcount", -2)

    def flag_after_free(self):
        """A flag set on a free page, as set_page_dirty() and lock_page() do."""
        page = self.page(*FREE)
        bit = self.chance.randrange(LOW_FLAGS)
        return self.put(page, "flags", self.word(page, "flags") | 1 << bit)

    def mapping_after_free(self):
        """A free page is put into a file or an address space."""
        return self.put(self.page(*FREE), "mapping",
                        self.word(self.page("LRU anon", "LRU file"), "mapping"))

    def freed_on_lru(self):
        """The struct page of a page in use is freed, and the fields are reset."""
        page = self.page("LRU anon", "LRU file")
        return self.put(page, "mapping", 0) + self.put(page, "refcount", 0)

    def poisoned_link(self):
        """list_del() of a page that stays on the list."""
        page = self.page("free head", "pcp")
        return self.put(page, "next", POISON_NEXT) + self.put(page, "prev", POISON_PREV)

    def null_link(self):
        """A link is cleared."""
        return self.put(self.page("free head", "pcp"), self.chance.choice(("next", "prev")), 0)

    def stale_link(self):
        """A link as it was when another page was there."""
        return self.put(self.page("free head", "pcp"), self.chance.choice(("next", "prev")),
                        self.link(self.page("free head", "free inner", "pcp", "LRU file", "slab")))

    def stale_slab(self):
        """A slab names another cache."""
        return self.put(self.page("slab"), "next", self.word(self.page("slab"), "next"))

    def wrong_order(self):
        """An order written into a block that is already free."""
        page = self.page("free head")
        orders = [order for order in range(11) if order != page.order]
        return self.put(page, "private", self.chance.choice(orders))

    def both_bits(self):
        """A hook of the checker that was missed: both maps say the other thing."""
        page = self.page("free head", "pcp", "LRU anon", "LRU file", "slab")
        bit, writes = page.pfn - self.maps.first, []
        if not 0 <= bit < self.maps.count:
            return []
        for base in self.maps.maps:
            paddr = self.kernel.phys(base + bit // 8)
            byte = self.kernel.read_phys(paddr, 1)[0]
            writes.append((paddr, bytes([byte ^ 1 << bit % 8])))
        return writes

    def value(self, size):
        """What a program would store."""
        chance = self.chance
        value = chance.choice((
            chance.randrange(1, 256), 0, ALL_ONES, chance.randrange(1 << 16),
            self.kernel.struct_page(self.page("LRU file", "other").pfn),
            self.word(self.page("LRU anon", "LRU file"), "mapping"),
            int.from_bytes(chance.choice(TEXTS)[:8].ljust(8, b"\0"), "little")))
        return (value & (1 << size * 8) - 1).to_bytes(size, "little")

    def any_place(self, size):
        """An aligned address in the memmap."""
        return self.pages.places[self.page(*self.by_kind).pfn] + self.chance.randrange(0, 64, size)

    def wild_store(self):
        """A store of 1, 2, 4 or 8 bytes through a bad pointer."""
        size = self.chance.choice((1, 2, 4, 8, 8))
        return [(self.any_place(size), self.value(size))]

    def wild_count(self):
        """An increment or decrement through a bad pointer."""
        size = self.chance.choice((4, 8))
        paddr = self.any_place(size)
        old = int.from_bytes(self.kernel.read_phys(paddr, size), "little")
        new = old + self.chance.choice((1, -1)) & (1 << size * 8) - 1
        return [(paddr, new.to_bytes(size, "little"))]

    def wild_flag(self):
        """set_bit() or clear_bit() of a low bit through a bad pointer."""
        paddr, bit = self.any_place(8), self.chance.randrange(LOW_FLAGS)
        old = int.from_bytes(self.kernel.read_phys(paddr, 8), "little")
        return [(paddr, (old ^ 1 << bit).to_bytes(8, "little"))]

    def long_copy(self):
        """A copy that ran on into the memmap: bytes of other pages of the dump."""
        length = 8 * self.chance.randrange(2, 33)
        target, source = self.any_place(8), self.any_place(8)
        length = min(length, 4096 - target % 4096, 4096 - source % 4096)
        return [(target, self.kernel.read_phys(source, length))]

    def long_text(self):
        """A string that ran on."""
        text = self.chance.choice(TEXTS) * 4
        target = self.any_place(8)
        return [(target, text[:min(self.chance.randrange(8, 80), 4096 - target % 4096)])]

    def long_fill(self):
        """memset() or a freed object's poison, too long."""
        target = self.any_place(8)
        length = min(8 * self.chance.randrange(2, 65), 4096 - target % 4096)
        return [(target, bytes([self.chance.choice(FILLS)]) * length)]


# How often each is made: an aimless set_bit() is rare, and looks like a flip.
SHARES = {"get_after_free": 4, "put_after_free": 4, "put_in_use": 2, "unmapped_twice": 2,
          "flag_after_free": 4, "mapping_after_free": 3, "freed_on_lru": 2, "poisoned_link": 3,
          "null_link": 3, "stale_link": 4, "stale_slab": 2, "wrong_order": 2, "both_bits": 4,
          "wild_store": 8, "wild_count": 4, "wild_flag": 1, "long_copy": 4, "long_text": 3,
          "long_fill": 4}
