# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutations of the kernel's memory in a dump: what a corrupt kernel leaves behind."""

import re

from .base import LabError
from .draft import ALWAYS, CALM, WHOLE, Kind, NoVictim
from .image import PAGE

# Struct pages

def page_link(draft, pfn, which="next"):
    """The address of a link in a struct page."""
    return draft.kernel.struct_page(pfn) + draft.kernel.offset("page.lru") + \
        8 * (which == "prev")


def listed(draft, zone, least=1):
    """A buddy list of the zone that has so many blocks."""
    return draft.one_of(one for one in draft.kernel.lists(zone) if len(one[2]) >= least)


def has_list(draft, least=1):
    """For Draft.zone: the zones with such a list."""
    return lambda zone: any(len(links) >= least for _, _, links in draft.kernel.lists(zone))


def loop_in_list(draft, _):
    """A node leads back to one before it, or to itself."""
    _, _, links = listed(draft, draft.zone(has_list(draft, 3)), 3)
    at = draft.chance.randrange(1, len(links))
    draft.put(links[at], links[draft.chance.randrange(at + 1)])


def loop_across_lists(draft, _):
    """A node of each of two lists leads into the other."""
    zone = draft.zone(lambda zone: len(draft.kernel.lists(zone)) > 1)
    first, second = draft.chance.sample(draft.kernel.lists(zone), 2)
    one, two = draft.one_of(first[2]), draft.one_of(second[2])
    draft.put(one, two)
    draft.put(two, one)


def two_zones(draft):
    """Two of them with lists."""
    zones = [zone for zone in draft.kernel.zones if draft.kernel.lists(zone)]
    if len(zones) < 2:
        raise NoVictim("one zone only")
    pair = draft.chance.sample(zones, 2)
    draft.touch(*pair)
    return pair


def loop_across_zones(draft, _):
    """A node of each of two zones leads into the other zone's list."""
    one, two = (draft.one_of(listed(draft, zone)[2]) for zone in two_zones(draft))
    draft.put(one, two)
    draft.put(two, one)


def swap_heads(draft, _):
    """The heads of two zones' lists are exchanged."""
    one, two = (listed(draft, zone)[0] for zone in two_zones(draft))
    for there, here in (one, two), (two, one):
        draft.put_bytes(there, draft.kernel.read(here, 16))


def swap_areas(draft, _):
    """The whole free_area arrays of two zones are exchanged."""
    kernel = draft.kernel
    one, two = (zone.addr + kernel.offset("zone.free_area") for zone in two_zones(draft))
    size = kernel.layout.lengths["zone.free_area"] * kernel.layout.sizes["free_area"]
    for there, here in (one, two), (two, one):
        draft.put_bytes(there, kernel.read(here, size))


def link_wild(draft, _):
    """A link of a node or head is no pointer to one."""
    head, _, links = listed(draft, draft.zone(has_list(draft)))
    link = draft.one_of([head, *links]) + draft.chance.choice((0, 8))
    draft.put(link, draft.wild(draft.kernel.u64(link)))


def all_pages_listed(draft, closed):
    """A list that leads through every struct page of a zone, and ends (or never does)."""
    zone = draft.zone(has_list(draft))
    head, _, _ = listed(draft, zone)
    pfns = [pfn for pfn in range(zone.start, zone.start + zone.spanned)
            if stored(draft, page_link(draft, pfn))]
    if len(pfns) < 3:
        raise NoVictim("its memmap is not in the dump")
    nodes = [page_link(draft, pfn) for pfn in pfns]
    ring = [head, *nodes, head if closed else nodes[1]]
    for here, there in zip(ring, ring[1:]):
        draft.put_bytes(here, there.to_bytes(8, "little"))
        draft.put_bytes(there + 8, here.to_bytes(8, "little"))
    draft.tell(f"{len(nodes)} nodes")


def stored(draft, addr):
    """Whether an address is in the dump."""
    try:
        return draft.image.page(draft.kernel.phys(addr) // PAGE) is not None
    except LabError:
        return False


def order_absurd(draft, _):
    """The order in a listed block's struct page."""
    _, _, links = listed(draft, draft.zone(has_list(draft)))
    page = draft.kernel.struct_page(draft.kernel.pfn_of(draft.one_of(links)))
    addr = page + draft.kernel.offset("page.private")
    draft.put(addr, draft.absurd(draft.kernel.u64(addr)))


def nr_free_absurd(draft, _):
    """nr_free of one order."""
    zone, kernel = draft.zone(), draft.kernel
    addr = zone.addr + kernel.offset("zone.free_area") + kernel.offset("free_area.nr_free") + \
        draft.chance.randrange(kernel.layout.lengths["zone.free_area"]) * \
        kernel.layout.sizes["free_area"]
    draft.put(addr, draft.absurd(kernel.u64(addr)))


def free_area_noise(draft, _):
    """Noise over some of a free_area array."""
    zone, kernel = draft.zone(), draft.kernel
    size = kernel.layout.lengths["zone.free_area"] * kernel.layout.sizes["free_area"]
    start = draft.chance.randrange(0, size - 64, 8)
    draft.put_bytes(zone.addr + kernel.offset("zone.free_area") + start,
                    draft.chance.randbytes(draft.chance.randrange(8, size - start)))


def struct_page_noise(draft, _):
    """One struct page, or one word of it, is noise."""
    zone = draft.zone()
    addr = draft.kernel.struct_page(draft.chance.randrange(zone.start, zone.start + zone.spanned))
    at, size = draft.chance.choice(((0, 64), (8 * draft.chance.randrange(8), 8)))
    draft.put_bytes(addr + at, draft.chance.randbytes(size))


def struct_page_flip(draft, _):
    """One bit of a struct page."""
    zone = draft.zone()
    addr = draft.kernel.struct_page(draft.chance.randrange(zone.start, zone.start + zone.spanned))
    addr += 8 * draft.chance.randrange(8)
    draft.put(addr, draft.kernel.u64(addr) ^ 1 << draft.chance.randrange(64))


def memmap_page(draft):
    """A page of the memmap all of whose struct pages are one zone's: its pfn, and the zone."""
    zone = draft.zone()
    each = PAGE // draft.kernel.layout.sizes["page"]
    first = draft.chance.randrange(-(-zone.start // each), (zone.start + zone.spanned) // each)
    return draft.kernel.phys(draft.kernel.struct_page(first * each)) // PAGE


def memmap_page_is(draft, how):
    """A page of the memmap is zeros, another one's copy, noise, or exchanged with another."""
    here = memmap_page(draft)
    page_is(draft, here, how, lambda: memmap_page(draft))


def page_is(draft, here, how, other):
    """What may happen to a page."""
    old = bytes(draft.contents(here))
    draft.tell(f"page {here:#x}")
    if how == "zeroed":
        draft.contents(here)[:] = bytes(PAGE)
    elif how == "noise":
        draft.contents(here)[:] = draft.chance.randbytes(PAGE)
    else:
        there = other()
        draft.tell(f"page {there:#x}")
        draft.contents(here)[:] = draft.contents(there)
        if how == "swapped":
            draft.contents(there)[:] = old


def kernel_page_is(draft, how):
    """The same to any page that is stored."""
    draft.touch_all()
    pages = draft.image.pages()
    page_is(draft, draft.one_of(pages), how, lambda: draft.one_of(pages))


def kernel_page_flips(draft, _):
    """Bit flips in any pages that are stored."""
    draft.touch_all()
    for _ in range(draft.chance.choice((1, 8, 64))):
        contents = draft.contents(draft.one_of(draft.image.pages()))
        contents[draft.chance.randrange(PAGE)] ^= 1 << draft.chance.randrange(8)


def unread_page_flips(draft, _):
    """Bit flips in free pages and users' memory: nothing that is looked at."""
    for _ in range(draft.chance.choice((1, 8, 64))):
        contents = draft.contents(draft.one_of(draft.kernel.unread))
        contents[draft.chance.randrange(PAGE)] ^= 1 << draft.chance.randrange(8)


# Zones and nodes

def zone_member(draft, member):
    """A number in struct zone."""
    addr = draft.zone().addr + draft.kernel.offset(member)
    draft.put(addr, draft.absurd(draft.kernel.u64(addr)))


def zone_absurd(draft, member):
    """The same, by so much that no node has it."""
    addr = draft.zone().addr + draft.kernel.offset(member)
    draft.put(addr, draft.chance.choice((1 << 40, 1 << 63, (1 << 63) - 1, -1, -4096,
                                         1 << 40 | draft.chance.getrandbits(64))))


def zone_pointer(draft, member):
    """A pointer in struct zone."""
    addr = draft.zone().addr + draft.kernel.offset(member)
    draft.put(addr, draft.wild(draft.kernel.u64(addr)))


def zone_stat(draft, _):
    """NR_FREE_PAGES of a zone."""
    addr = draft.zone().addr + draft.kernel.offset("zone.vm_stat") + \
        8 * draft.kernel.layout.numbers["zone_stat_item.NR_FREE_PAGES"]
    draft.put(addr, draft.kernel.u64(addr) + draft.chance.choice((1 << 12, 1 << 40, 1 << 63)))


def zone_noise(draft, _):
    """Noise over some of a struct zone."""
    zone = draft.zone()
    size = draft.kernel.layout.sizes["zone"]
    start = draft.chance.randrange(0, size - 8, 8)
    draft.put_bytes(zone.addr + start,
                    draft.chance.randbytes(draft.chance.randrange(8, size - start + 1)))


def zone_lock(draft, _):
    """A zone's lock is held: no damage, if only the lock's word is written."""
    draft.put(draft.zone().addr + draft.kernel.offset("zone.lock"), 1, 4)


def node_pointer(draft, _):
    """node_data[] of a node leads nowhere, or to another node's."""
    node, pgdat = draft.one_of(draft.kernel.nodes())
    others = [other for _, other in draft.kernel.nodes() if other != pgdat]
    value = draft.chance.choice([draft.wild(pgdat), *others])
    draft.touch(*(zone for zone in draft.kernel.zones if zone.node == node or value in others))
    draft.put(draft.kernel.symbol("node_data") + 8 * node, value)


def node_member(draft, member):
    """A number in struct pglist_data."""
    node, pgdat = draft.one_of(draft.kernel.nodes())
    draft.touch(*(zone for zone in draft.kernel.zones if zone.node == node))
    addr = pgdat + draft.kernel.offset(member)
    draft.put(addr, draft.absurd(draft.kernel.u64(addr) & 0xffffffff, 32), 4)


def nodes_online(draft, _):
    """The mask of the nodes that are online."""
    kernel = draft.kernel
    draft.touch_all()
    addr = kernel.symbol("node_states") + 8 * kernel.layout.numbers["node_states.N_ONLINE"]
    draft.put(addr, draft.absurd(kernel.u64(addr)))


# Per-CPU lists

def cpu_offset(draft, _):
    """__per_cpu_offset of a CPU."""
    draft.touch_all()
    cpus = draft.kernel.cpu_offsets()
    cpu = draft.chance.randrange(len(cpus))
    draft.put(draft.kernel.symbol("__per_cpu_offset") + 8 * cpu,
              draft.chance.choice([draft.wild(cpus[cpu]), *sorted(set(cpus) - {cpus[cpu]})]))


def cpu_mask(draft, _):
    """The masks of the CPUs."""
    draft.touch_all()
    addr = draft.kernel.symbol(draft.chance.choice(("__cpu_possible_mask", "__cpu_online_mask")))
    draft.put(addr, draft.absurd(draft.kernel.u64(addr)))


def pcp_link(draft, _):
    """A link of a per-CPU list."""
    zone = draft.zone(lambda zone: draft.kernel.pcp_lists(zone))
    head, links = draft.one_of(draft.kernel.pcp_lists(zone))
    link = draft.one_of([head, *links]) + draft.chance.choice((0, 8))
    old = draft.kernel.u64(link)
    draft.put(link, draft.one_of({draft.wild(old), link, draft.one_of(links)} - {old}))


def pcp_count(draft, _):
    """count of a per-CPU list."""
    zone = draft.zone(lambda zone: draft.kernel.pcp_lists(zone))
    addr = draft.one_of(draft.kernel.pcps(zone)) + draft.kernel.offset("per_cpu_pages.count")
    draft.put(addr, draft.absurd(draft.kernel.u64(addr) & 0xffffffff, 32), 4)


# The checker

def checker(draft, member):
    """A number in pc_state."""
    addr = draft.kernel.symbol("pc_state." + member)
    size = 4 if member == "db.nbits" else 8
    old = int.from_bytes(draft.kernel.read(addr, size), "little")
    draft.put(addr, draft.absurd(old, size * 8), size)


def checker_nbits(draft, value):
    """nbits is that."""
    draft.put(draft.kernel.symbol("pc_state.db.nbits"), value, 4)


def maps(draft):
    """Where the pointers to the two bitmaps are, and the pointers."""
    places = [draft.kernel.symbol(f"pc_state.db.bitmap[{number}]") for number in (0, 1)]
    return places, [draft.kernel.u64(place) for place in places]


def maps_swapped(draft, _):
    """The pointers to the bitmaps are exchanged."""
    places, values = maps(draft)
    draft.put(places[0], values[1])
    draft.put(places[1], values[0])


def maps_equal(draft, _):
    """Both point to the same bitmap."""
    places, values = maps(draft)
    one = draft.chance.randrange(2)
    draft.put(places[one], values[1 - one])


def map_wild(draft, _):
    """One points to where no bitmap can be."""
    places, values = maps(draft)
    one = draft.chance.randrange(2)
    draft.put(places[one], draft.wild(values[one]))


def map_page_is(draft, how):
    """A page of a bitmap."""
    _, values = maps(draft)
    draft.touch_all()
    page_is(draft, draft.kernel.phys(draft.one_of(values)) // PAGE, how,
            lambda: draft.one_of(draft.image.pages()))


# Sections, page tables, page_ext, stack depot

def sections(draft):
    """The addresses of the mem_sections that are there."""
    kernel, lay = draft.kernel, draft.kernel.layout
    root = kernel.u64(kernel.symbol("mem_section"))
    if "mem_section" not in lay.lengths:
        root = kernel.u64(root)     # SPARSEMEM_EXTREME: a table of tables
    found = [root + number * lay.sizes["mem_section"] for number in range(4)]
    return [section for section in found if kernel.u64(section)]


def section_root(draft, _):
    """mem_section itself, or its first table."""
    draft.touch_all()
    addr = draft.kernel.symbol("mem_section")
    addr = draft.chance.choice((addr, draft.kernel.u64(addr)))
    draft.put(addr, draft.wild(draft.kernel.u64(addr)))


def section_member(draft, member):
    """A pointer in a mem_section."""
    draft.touch_all()
    addr = draft.one_of(sections(draft)) + draft.kernel.offset(member)
    old = draft.kernel.u64(addr)
    draft.put(addr, draft.chance.choice((draft.wild(old), draft.absurd(old))))


def section_usage(draft, member):
    """Subsections and pageblock flags of a section are noise."""
    draft.touch_all()
    usage = draft.kernel.u64(draft.one_of(sections(draft)) +
                             draft.kernel.offset("mem_section.usage"))
    draft.put_bytes(usage + draft.kernel.offset(member), draft.chance.randbytes(8))


def memmap_base(draft, _):
    """vmemmap_base is wild."""
    draft.touch_all()
    draft.put(draft.kernel.symbol("vmemmap_base"), draft.wild(draft.kernel.memmap))


def table_entry(draft, how):
    """An entry on the way to something that is needed: a loop, nothing, or noise."""
    kernel = draft.kernel
    draft.touch_all()
    target = draft.one_of((kernel.memmap + 64, kernel.zones[0].addr, kernel.zones[-1].addr,
                           kernel.symbol("node_data"), kernel.symbol("init_task")))
    found, _ = kernel.entries(target)
    entry = draft.one_of(found)
    value = {"loop": draft.one_of(found) & ~(PAGE - 1) | 0x63, "zero": 0,
             "noise": draft.chance.getrandbits(64) | 1}[how]
    draft.tell(f"entry at phys {entry:#x} := {value:#x}, towards {target:#x}")
    draft.put_phys(entry, value.to_bytes(8, "little"))


def table_noise(draft, _):
    """A whole page of page table is noise."""
    draft.touch_all()
    found, _ = draft.kernel.entries(draft.one_of((draft.kernel.memmap,
                                                  draft.kernel.zones[-1].addr)))
    page_is(draft, draft.one_of(found) // PAGE, "noise", None)


def page_ext(draft, _):
    """What a section's page_ext points to, or its size, or where page_owner's part is."""
    kernel = draft.kernel
    addr = draft.one_of((kernel.symbol("page_ext_size"), kernel.symbol("page_owner_ops.offset"),
                         draft.one_of(sections(draft)) + kernel.offset("mem_section.page_ext")))
    draft.put(addr, draft.chance.choice((draft.wild(kernel.u64(addr)),
                                         draft.absurd(kernel.u64(addr)))))


def page_ext_noise(draft, _):
    """Noise over some of a section's page_ext."""
    kernel = draft.kernel
    base = kernel.u64(draft.one_of(sections(draft)) + kernel.offset("mem_section.page_ext"))
    if not base:
        raise NoVictim("no page_ext")
    draft.touch_all()
    # The pointer is one to pfn 0's, wherever the section begins.
    pfn = draft.chance.randrange(kernel.zones[0].start, 0x1000)
    draft.put_bytes((base & ~3) + pfn * kernel.u64(kernel.symbol("page_ext_size")),
                    draft.chance.randbytes(256))


def stack_pools(draft, _):
    """The stack depot: how many pools, where, and what is in them."""
    kernel = draft.kernel
    pools = kernel.symbol("stack_pools")
    if draft.chance.randrange(2):
        addr = draft.one_of((pools, pools + 8))
        draft.put(addr, draft.wild(kernel.u64(addr)))
        return
    first = kernel.u64(pools)
    if not first:
        raise NoVictim("no stack depot")
    draft.put_bytes(first + draft.chance.randrange(0, 0x2000, 8), draft.chance.randbytes(64))


# Context: tasks, resources, the log

def tasks(draft, _):
    """The list of tasks, or what a task says."""
    kernel = draft.kernel
    task = kernel.symbol("init_task")
    links = task + kernel.offset("task_struct.tasks")
    second = kernel.u64(links)
    member = draft.one_of(("task_struct.tasks", "task_struct.stack", "task_struct.signal",
                           "task_struct.thread.sp"))
    victim = draft.one_of((task, second - kernel.offset("task_struct.tasks")))
    addr = victim + kernel.offset(member)
    draft.put(addr, draft.chance.choice((draft.wild(kernel.u64(addr)), links, second, second + 8)))


def resources(draft, _):
    """The tree of iomem resources runs in a circle, or is wild."""
    kernel = draft.kernel
    root = kernel.symbol("iomem_resource")
    child = kernel.u64(root + kernel.offset("resource.child"))
    member = kernel.offset(draft.one_of(("resource.child", "resource.sibling", "resource.start",
                                         "resource.end", "resource.name")))
    addr = draft.one_of((root, child)) + member
    draft.touch_all()
    draft.put(addr, draft.chance.choice((draft.wild(kernel.u64(addr)), root, child)))


def log_buffer(draft, _):
    """The log's descriptors, sizes and pointers."""
    kernel = draft.kernel
    ring = kernel.u64(kernel.symbol("prb"))
    if draft.chance.randrange(4) == 0:
        draft.put(kernel.symbol("prb"), draft.wild(ring))
        return
    member = draft.one_of(("desc_ring.count_bits", "desc_ring.descs", "desc_ring.infos",
                           "desc_ring.head_id", "text_data_ring.size_bits",
                           "text_data_ring.data"))
    addr = ring + kernel.offset("printk_ringbuffer." + member)
    if member.endswith("bits"):
        draft.put(addr, draft.absurd(0, 32), 4)
    else:
        draft.put(addr, draft.wild(kernel.u64(addr)))


def log_noise(draft, _):
    """The log's text and descriptors are noise."""
    kernel = draft.kernel
    ring = kernel.u64(kernel.symbol("prb"))
    addr = kernel.u64(ring + kernel.offset(
        "printk_ringbuffer." + draft.one_of(("desc_ring.descs", "desc_ring.infos",
                                             "text_data_ring.data"))))
    draft.put_bytes(addr + 8 * draft.chance.randrange(256), draft.chance.randbytes(4096))


# Without a layout: kallsyms and BTF from the dump itself

def kallsyms(draft, _):
    """A table of kallsyms, by VMCOREINFO's own words."""
    text = draft.image.vmcoreinfo()[1].decode(errors="replace")
    places = re.findall(r"SYMBOL\((kallsyms_\w+)\)=(\w+)", text)
    name, addr = draft.one_of(places)
    draft.tell(name)
    draft.touch_all()
    draft.put_bytes(int(addr, 16) + 8 * draft.chance.randrange(128),
                    draft.chance.randbytes(draft.chance.choice((1, 8, 512))))


OTHERS = ("others",)
TOLD = ("told", "others")
CHECKER = ("told", "lists", "found_without")
TABLES = ("entries", "whole")

KINDS = (
    Kind("list-loop", loop_in_list, TOLD),
    Kind("list-loop-across-lists", loop_across_lists, TOLD),
    Kind("list-loop-across-zones", loop_across_zones, TOLD),
    Kind("list-heads-swapped", swap_heads, TOLD),
    Kind("list-areas-swapped", swap_areas, TOLD),
    Kind("list-link-wild", link_wild, TOLD),
    Kind("list-of-all-pages", all_pages_listed, TOLD, True),
    Kind("list-without-end", all_pages_listed, TOLD, False),
    Kind("block-order-absurd", order_absurd, TOLD),
    Kind("nr-free-absurd", nr_free_absurd, TOLD),
    Kind("free-area-noise", free_area_noise, TOLD),
    Kind("struct-page-noise", struct_page_noise, OTHERS),
    Kind("struct-page-flip", struct_page_flip, OTHERS),
    Kind("memmap-page-zeroed", memmap_page_is, OTHERS, "zeroed"),
    Kind("memmap-page-noise", memmap_page_is, ("noted", "others"), "noise"),
    Kind("memmap-page-duplicated", memmap_page_is, OTHERS, "duplicated"),
    Kind("memmap-pages-swapped", memmap_page_is, OTHERS, "swapped"),
    Kind("any-page-zeroed", kernel_page_is, ALWAYS, "zeroed"),
    Kind("any-page-noise", kernel_page_is, ALWAYS, "noise"),
    Kind("any-page-duplicated", kernel_page_is, ALWAYS, "duplicated"),
    Kind("any-pages-swapped", kernel_page_is, ALWAYS, "swapped"),
    Kind("any-page-flips", kernel_page_flips, ALWAYS),
    Kind("unread-page-flips", unread_page_flips, ("same",)),
    Kind("zone-spanned-absurd", zone_absurd, TOLD, "zone.spanned_pages"),
    Kind("zone-start-absurd", zone_absurd, TOLD, "zone.zone_start_pfn"),
    Kind("zone-spanned-wrong", zone_member, OTHERS, "zone.spanned_pages"),
    Kind("zone-start-wrong", zone_member, OTHERS, "zone.zone_start_pfn"),
    Kind("zone-present-absurd", zone_member, OTHERS, "zone.present_pages"),
    Kind("zone-managed-absurd", zone_member, OTHERS, "zone.managed_pages"),
    Kind("zone-pageset-wild", zone_pointer, TOLD, "zone.per_cpu_pageset"),
    Kind("zone-name-wild", zone_pointer, OTHERS, "zone.name"),
    Kind("zone-counter-absurd", zone_stat, TOLD),
    Kind("zone-noise", zone_noise, OTHERS),
    Kind("zone-lock-held", zone_lock, ("calm", "others")),
    Kind("node-pointer-wild", node_pointer, TOLD),
    Kind("node-nr-zones-absurd", node_member, OTHERS, "pglist_data.nr_zones"),
    Kind("node-id-absurd", node_member, OTHERS, "pglist_data.node_id"),
    Kind("nodes-online-absurd", nodes_online, ("told", "lists", "found")),
    Kind("cpu-offset-wild", cpu_offset, ("told",)),
    Kind("cpu-mask-absurd", cpu_mask, ALWAYS),
    Kind("pcp-link-wild", pcp_link, TOLD),
    Kind("pcp-count-absurd", pcp_count, TOLD),
    Kind("checker-min-pfn", checker, CHECKER, "min_pfn"),
    Kind("checker-max-pfn", checker, CHECKER, "max_pfn"),
    Kind("checker-nbits", checker, CHECKER, "db.nbits"),
    Kind("checker-nbits-0", checker_nbits, CHECKER, 0),
    Kind("checker-nbits-huge", checker_nbits, CHECKER, 0xffffffff),
    Kind("checker-maps-swapped", maps_swapped, CHECKER),
    Kind("checker-maps-equal", maps_equal, CHECKER),
    Kind("checker-map-wild", map_wild, CHECKER),
    Kind("checker-map-zeroed", map_page_is, CHECKER, "zeroed"),
    Kind("checker-map-noise", map_page_is, CHECKER, "noise"),
    Kind("checker-map-duplicated", map_page_is, CHECKER, "duplicated"),
    Kind("section-root-wild", section_root, ("calm", "told")),
    # Not told: a flag of the word that nothing depends on.
    Kind("section-memmap-wild", section_member, CALM, "mem_section.section_mem_map"),
    Kind("section-usage-wild", section_member, ALWAYS, "mem_section.usage"),
    Kind("section-subsections-noise", section_usage, ALWAYS,
         "mem_section_usage.subsection_map"),
    Kind("section-pageblock-noise", section_usage, ALWAYS, "mem_section_usage.pageblock_flags"),
    Kind("memmap-base-wild", memmap_base, ALWAYS),
    Kind("page-table-loop", table_entry, WHOLE, "loop"),
    Kind("page-table-hole", table_entry, TABLES, "zero"),
    Kind("page-table-entry-noise", table_entry, TABLES, "noise"),
    Kind("page-table-noise", table_noise, TABLES),
    Kind("page-ext-wild", page_ext, ("others", "lists")),
    Kind("page-ext-noise", page_ext_noise, ("lists",)),
    Kind("stack-depot-wild", stack_pools, ("calm", "others")),
    Kind("tasks-wild", tasks, ("calm", "others")),
    Kind("resources-wild", resources, ("lists",)),
    Kind("log-wild", log_buffer, ("calm", "others")),
    Kind("log-noise", log_noise, ("calm", "others")),
    Kind("alone-kallsyms-noise", kallsyms, ALWAYS, alone=True),
    Kind("alone-any-page-noise", kernel_page_is, ALWAYS, "noise", alone=True),
    Kind("alone-any-page-flips", kernel_page_flips, ALWAYS, alone=True),
)
