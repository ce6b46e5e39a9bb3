# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of lab flips: how much is noticed, by class of page and by field."""

import collections
import math

from .pageclass import CLASSES, FREE

WILSON = 1.959964       # of 95%
DARK_ROWS = 30
# What a finding may call the word of struct page that a bit is in; slabs have names of their own.
NAMES = (("page.flags",), ("page.lru", "page.compound_"), ("page.lru",), ("page.mapping",),
         ("page.index",), ("page.private",), (), ("page.memcg_data",))
MAPCOUNT, REFCOUNT = ("page.page_type", "page._mapcount", "page.mapcount"), \
    ("page.refcount", "page._refcount")


def interval(found, total):
    """Wilson's, of 95%, in percent."""
    if not total:
        return 0.0, 100.0
    share, square = found / total, WILSON * WILSON
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = WILSON / (1 + square / total) * math.sqrt(
        share * (1 - share) / total + square / (4 * total * total))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def is_exact(line):
    """Named with its very page."""
    return bool(line["exact"])


def is_noticed(line):
    """... or laid at what it has to do with, or said to be past doing."""
    return bool(line["exact"] or line["near"] or line["limits"])


def is_certain(line):
    """Exact, and corrupt: what makes the exit status."""
    return any(name.endswith(" corrupt") for name in line["exact"])


def is_right(line):
    """Exact, and the finding's field is the one."""
    word, bit = divmod(line["bit"], 64)
    names = NAMES[word] or (MAPCOUNT if bit < 32 else REFCOUNT)
    return any(name.startswith((*names, "slab.")) for name in line["named"])


def percent(test, lines):
    """A share with its interval."""
    if not lines:
        return "-"
    found = sum(map(test, lines))
    low, high = interval(found, len(lines))
    return f"{100 * found / len(lines):.1f} [{low:.1f}, {high:.1f}]"


def weighed(test, strata):
    """A share of strata (weight, lines), with the interval of a stratified sample."""
    strata = [(weight, lines) for weight, lines in strata if lines]
    total = sum(weight for weight, _ in strata)
    if not total:
        return "-"
    share = variance = 0
    for weight, lines in strata:
        part, own = weight / total, sum(map(test, lines)) / len(lines)
        share += part * own
        # Agresti's, so that a stratum of none or all is not taken for certain.
        near = (sum(map(test, lines)) + 2) / (len(lines) + 4)
        variance += part * part * near * (1 - near) / (len(lines) + 4)
    half = WILSON * math.sqrt(variance)
    return f"{100 * share:.1f} [{100 * max(0, share - half):.1f}, " \
           f"{100 * min(1, share + half):.1f}]"


def live(lines):
    """Without those of dead bits."""
    return [line for line in lines if not line["dead"]]


def table(head, rows):
    """Markdown; numbers to the right."""
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def by(name, lines):
    """Lists of lines by a key."""
    found = collections.defaultdict(list)
    for line in lines:
        found[line[name]].append(line)
    return found


def sums_of(kinds):
    """What is added up: (name, classes)."""
    if kinds != CLASSES:
        return [("all", kinds)]
    return [("free", FREE), ("in use", CLASSES[len(FREE):]), ("all", CLASSES)]


def alive_of(strata):
    """The strata of live bits: the weights are of bits, then."""
    return [(weight * len(live(some)) / len(some), live(some)) for weight, some in strata]


def print_classes(lines, population, kinds_here):
    """One row for each class, then sums weighed by how many there are."""
    found, rows = by("class", lines), []
    for kind in (kind for kind in kinds_here if found[kind]):
        some = live(found[kind])
        dead = 100 * (1 - len(some) / len(found[kind]))
        rows.append((kind, population[kind], len(found[kind]), percent(is_exact, found[kind]),
                     f"{dead:.1f}", percent(is_exact, some), percent(is_noticed, some),
                     percent(is_certain, some), *right_cell(found[kind])))
    for name, kinds in sums_of(kinds_here):
        every = [(population[kind], found[kind]) for kind in kinds if found[kind]]
        alive = alive_of(every)
        total = sum(weight for weight, _ in every)
        dead = 100 * (1 - sum(weight for weight, _ in alive) / total) if total else 0
        rows.append((f"**{name}**", total, sum(len(some) for _, some in every),
                     weighed(is_exact, every), f"{dead:.1f}", weighed(is_exact, alive),
                     weighed(is_noticed, alive), weighed(is_certain, alive),
                     *right_cell([line for _, some in every for line in some])))
    head = ("class", "there are", "times", "exact, all bits %", "dead bits %", "exact, live %",
            "noticed, live %", "corrupt, live %", "right field, of exact %")
    table(head[:len(rows[0])], rows)


def right_cell(lines):
    """The share of exact ones that name the field as well; of single bits of the memmap only."""
    exact = [line for line in lines if is_exact(line)]
    if lines[0]["area"] != "memmap" or lines[0]["shape"] != "bit":
        return ()
    return (f"{100 * sum(map(is_right, exact)) / len(exact):.1f}" if exact else "-",)


def print_rules(lines, kinds_here):
    """Which findings tell of it."""
    found = by("class", lines)
    kinds = [kind for kind in kinds_here if found[kind]]
    told = {kind: collections.Counter(name.split()[0] for line in found[kind]
                                      for name in line["exact"]) for kind in kinds}
    print("\ntold by, in percent of all that was done:\n")
    names = sorted(set().union(*told.values()), key=lambda name: -sum(
        told[kind][name] / len(found[kind]) for kind in kinds))
    table(("finding", *kinds), ((name, *(f"{100 * told[kind][name] / len(found[kind]):.1f}"
                                         if told[kind][name] else "" for kind in kinds))
                                for name in names))


def fields_of(lines):
    """In the order of struct page."""
    return list(dict.fromkeys(line["field"]
                              for line in sorted(lines, key=lambda line:
                                                  line.get("offset", 0) * 8 + line.get("bit", 0))))


def cell(lines):
    """Of a field in a class."""
    alive = live(lines)
    if not alive:
        return "dead" if lines else ""
    return f"{100 * sum(map(is_exact, alive)) / len(alive):.0f} ({len(alive)})"


def print_fields(lines, kinds_here):
    """Of each field, what part of its live bits is exact."""
    found = by("class", lines)
    kinds = [kind for kind in kinds_here if found[kind]]
    print("\nexact % of live bits (flips), by field and class:\n")
    fields = {kind: by("field", found[kind]) for kind in kinds}
    table(("field", *kinds), ((field, *(cell(fields[kind][field]) for kind in kinds))
                              for field in fields_of(lines)))


def print_dark(lines, population):
    """What is live and not exact, the largest first."""
    found = by("class", lines)
    total = sum(population[kind] for kind in found)
    dark = []
    for kind, every in found.items():
        for field, some in by("field", every).items():
            missed = sum(not is_exact(line) for line in live(some))
            if missed:
                share = population[kind] / total * missed / len(every)
                dark.append((share, kind, field, missed, len(live(some))))
    print(f"\nstill dark, in percent of all bits (the first {DARK_ROWS}):\n")
    table(("class, field", "% of all bits", "missed", "of live flips"),
          ((f"{kind}, {field}", f"{100 * share:.2f}", missed, of)
           for share, kind, field, missed, of in sorted(dark, reverse=True)[:DARK_ROWS]))


def print_dead(lines, population):
    """The reasons, by how much they are of all."""
    found = by("class", lines)
    total = sum(population[kind] for kind in found)
    shares = collections.Counter()
    for kind, every in found.items():
        for line in every:
            if line["dead"]:
                shares[kind, line["dead"]] += population[kind] / total / len(every)
    print("\ndead bits, in percent of all bits:\n")
    table(("class, why", "% of all bits"), ((f"{kind}: {why}", f"{100 * share:.2f}")
                                           for (kind, why), share in shares.most_common()))


def print_tables(lines, population, kinds):
    """All of them."""
    print_classes(lines, population, kinds)
    print_rules(lines, kinds)
    if len(fields_of(lines)) == 1:
        return
    print_fields(lines, kinds)
    print_dark(lines, population)
    print_dead(lines, population)


def print_summary(counts):
    """Of several dumps side by side: what part of the live is exact. (name, area, shape, lines,
    population, kinds) of each."""
    groups = collections.defaultdict(list)
    for name, area, shape, lines, population, kinds in counts:
        groups[area, shape, kinds].append((name, by("class", lines), population))
    for (area, shape, kinds), dumps in groups.items():
        rows = [(kind, *(percent(is_exact, live(found[kind])) for _, found, _ in dumps))
                for kind in kinds if any(found[kind] for _, found, _ in dumps)]
        for title, some in sums_of(kinds):
            rows.append((f"**{title}**", *(weighed(is_exact, alive_of(
                [(population[kind], found[kind]) for kind in some if found[kind]]))
                for _, found, population in dumps)))
        print(f"\n## {area}, {shape}: exact % of the live\n")
        table(("class", *(name for name, _, _ in dumps)), rows)
