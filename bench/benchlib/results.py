# SPDX-License-Identifier: GPL-2.0-or-later
"""The table, the bars, and bench/RESULTS.md."""

import re
import time

START_UP = ("open", "layout", "model")
WALK = ("lists", "pages")
MB = 1 << 20
LAPTOP_PFNS = 3_000_000         # 12 GB


def milliseconds(seconds):
    """For a cell."""
    if seconds is None:
        return "-"
    ms = seconds * 1000
    return f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


def ratio(a, b, digits=2):
    """a / b for a cell."""
    return f"{a / b:.{digits}f}" if a and b else "-"


def wall(result, name):
    """Median wall-clock seconds of a contender, or None."""
    found = result.get(name)
    return found.wall() if found else None


def cpu(result, name):
    """Median CPU seconds of a contender, or None."""
    found = result.get(name)
    return found.cpu() if found else None


def phase(result, name, phases):
    """Median seconds of phases of a contender, or None."""
    found = result.get(name)
    return found.phase(*phases) if found else None


def floor(result, threads=1):
    """Median seconds that the bytes alone take, or None."""
    found = result.get(f"floor t{threads}")
    return found.floor() if found else None


def memory_bar(result):
    """48 MB and 3 bits a pfn, in bytes."""
    return 48 * 1000 * 1000 + result.pfns * 3 // 8


def speed(result):
    """Million pages a second in the walk, for a cell."""
    seconds = phase(result, "vmlinux t1", WALK)
    if not seconds or not result.pfns:
        return "-"
    return f"{result.pfns / seconds / 1e6:.1f}"


def rounds_of(result):
    """How many runs the medians are of."""
    found = result.get("vmlinux t1")
    return str(len(found.runs)) if found else "0"


def memory(result):
    """Peak memory, for a cell."""
    most = max(result.anon.values(), default=0)
    return f"{most / 1e6:.1f}" if most else "-"


def bytes_read(result):
    """Megabytes that the floor reads, for a cell."""
    found = result.get("floor t1")
    return f"{found.floor_bytes() / MB:.0f}" if found else "-"


# Heading of a column: the cell of a result
COLUMNS = {
    "dump": lambda r: r.case.name,
    "M pfns": lambda r: f"{r.pfns / 1e6:.2f}",
    "MB to read": bytes_read,
    "run": lambda r: milliseconds(wall(r, "vmlinux t1")),
    "CPU": lambda r: milliseconds(cpu(r, "vmlinux t1")),
    "run t2": lambda r: milliseconds(wall(r, "vmlinux t2")),
    "run, layout": lambda r: milliseconds(wall(r, "layout t1")),
    "start": lambda r: milliseconds(phase(r, "vmlinux t1", START_UP)),
    "start, layout": lambda r: milliseconds(phase(r, "layout t1", START_UP)),
    "walk": lambda r: milliseconds(phase(r, "vmlinux t1", WALK)),
    "walk t2": lambda r: milliseconds(phase(r, "vmlinux t2", WALK)),
    "floor": lambda r: milliseconds(floor(r)),
    "floor t2": lambda r: milliseconds(floor(r, 2)),
    "walk/floor": lambda r: ratio(phase(r, "vmlinux t1", WALK), floor(r)),
    "t2/floor": lambda r: ratio(phase(r, "vmlinux t2", WALK), floor(r)),
    "crash": lambda r: milliseconds(wall(r, "crash")),
    "drgn": lambda r: milliseconds(wall(r, "drgn")),
    "makedumpfile": lambda r: milliseconds(wall(r, "makedumpfile")),
    "M pages/s": speed,
    "memory MB": memory,
    "bar MB": lambda r: f"{memory_bar(r) / 1e6:.1f}",
    "rounds": rounds_of,
}


def table(results):
    """Rows of cells, the headings first; columns with no figure are out."""
    rows = [list(COLUMNS)]
    rows += [[cell(result) for cell in COLUMNS.values()]
             for result in results]
    kept = [i for i in range(len(rows[0]))
            if any(row[i] != "-" for row in rows[1:])]
    return [[row[i] for i in kept] for row in rows]


def plain(rows):
    """For a terminal: the headings would be too wide, so one dump a block."""
    text = []
    width = max(len(name) for name in rows[0])
    for row in rows[1:]:
        text.append(row[0])
        text += [f"  {name:<{width}}  {cell:>10}"
                 for name, cell in zip(rows[0][1:], row[1:]) if cell != "-"]
        text.append("")
    return "\n".join(text)


def markdown(rows):
    """For RESULTS.md."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "| --- |" + " ---: |" * (len(rows[0]) - 1))
    return "\n".join(lines)


def bars_of_peers(result):
    """(what, figure, at most) against the others."""
    for name in ("vmlinux t1", "vmlinux t2"):
        total = wall(result, name)
        for peer, share in (("crash", 10), ("drgn", 25)):
            other = wall(result, peer)
            if total and other:
                yield (f"{name}: run <= 1/{share} of {peer}", total / other,
                       1 / share)


def bars_of_elf(result):
    """(what, figure, at most) against pread()."""
    walk, base = phase(result, "vmlinux t1", WALK), floor(result)
    walk2, base2 = phase(result, "vmlinux t2", WALK), floor(result, 2)
    if walk and base:
        yield "walk <= 2.0 x pread, one thread", walk / base, 2.0
    if walk2 and base:
        yield ("walk, two threads <= 1.2 x pread by one thread",
               walk2 / base, 1.2)
    if walk2 and base2:
        yield ("walk, two threads, to pread by two threads (no bar)",
               walk2 / base2, None)


def bars_of_kdump(result):
    """The same against libkdumpfile, of a compressed dump."""
    walk, base = phase(result, "vmlinux t1", WALK), floor(result)
    walk2 = phase(result, "vmlinux t2", WALK)
    if walk and base:
        allowed = 1 / 1.5 if result.case.name.endswith("zlib") else 1.1
        yield "walk to libkdumpfile's inflating", walk / base, allowed
    if walk and walk2:
        yield "walk, two threads to one (1/1.8)", walk2 / walk, 1 / 1.8


def bars_of_all(result):
    """What holds for any dump."""
    most = max(result.anon.values(), default=0)
    if most:
        yield ("memory <= 48 MB + 3 bits a pfn", most / 1e6,
               memory_bar(result) / 1e6)
    start = phase(result, "vmlinux t1", START_UP)
    if start:
        yield "start-up with vmlinux, ms", start * 1000, 100
    start = phase(result, "layout t1", START_UP)
    if start:
        yield "start-up with a layout, ms", start * 1000, 5
    total = wall(result, "vmlinux t1")
    if total and result.case.name.startswith("fragmented"):
        yield "a million free blocks, whole run, ms", total * 1000, 500
        lists = phase(result, "vmlinux t1", ("lists",)) or 0
        yield "of that the lists, ms (no bar)", lists * 1000, None


def bars(results):
    """Rows of cells: dump, bar, figure, allowed, whether it is met."""
    rows = [["dump", "bar", "figure", "at most", ""]]
    for result in results:
        found = list(bars_of_all(result))
        # The bars are for laptops and up: what is read in a blink is all
        # start-up.
        if result.pfns >= LAPTOP_PFNS and not result.case.is_elf():
            found += bars_of_kdump(result)
        # Lists are walked by pointers: no bar for a dump that is all lists.
        elif result.pfns >= LAPTOP_PFNS and \
                not result.case.name.startswith("fragmented"):
            found += [*bars_of_peers(result), *bars_of_elf(result)]
        for what, figure, allowed in found:
            rows.append([result.case.name, what, f"{figure:.3g}",
                         f"{allowed:.3g}" if allowed else "-",
                         "" if allowed is None else
                         "met" if figure <= allowed else "**not met**"])
    return rows


def left_out(results):
    """Lines about who did not take part: one for each reason."""
    found = {}
    for result in results:
        for who in result.left_out.items():
            found.setdefault(who, []).append(result.case.name)
    for (name, why), dumps in found.items():
        where = "all dumps" if len(dumps) == len(results) > 1 else \
            ", ".join(dumps)
        yield f"{name} not run on {where}: {why}"


def commands(results, args):
    """How it was called; places are of this machine, so only names."""
    yield args.called
    names = dict.fromkeys(name for result in results
                          for name in result.contenders)
    for name in names:
        one = next(result.contenders[name] for result in results
                   if name in result.contenders)
        words = [re.sub(r"^(--\w+=)?/.*/", r"\1", str(word))
                 for word in one.argv]
        yield (f"{name}: taskset -c {one.cpus} "
               + " ".join(word for word in words if word)
               + (f" <{one.stdin.rpartition('/')[2]}" if one.stdin else ""))


LEGEND = """\
Times are medians in milliseconds, page cache warm, all programs in turn within
each round. run: the whole program by the clock, with the vmlinux, one thread;
CPU: what that took of the CPU; t2: two threads on two CPUs; layout: a saved
layout instead of the vmlinux. start: open, layout, model; walk: lists and pages;
both by --stats. floor: the same bytes by read_floor (pread, 256 KiB at a time,
nothing is looked at), and of compressed dumps by kdump_floor (libkdumpfile,
cache.size=32, 64 KiB at a time). crash: `kmem -f`. drgn: bench/drgn_check.py.
makedumpfile: -d 31 --dry-run, which looks for free pages, too. memory: the most
that was resident, but for files, of all ways of running. Dumps called grown and
fragmented are made by bench/grow.
"""


def write(path, results, machine, versions, args):
    """RESULTS.md"""
    parts = ["# What bench/run measured", "",
             time.strftime("%d %B %Y", time.gmtime()), "",
             markdown([["", ""], *([*pair] for pair in machine)]), "",
             markdown([["", ""], *([*pair] for pair in versions)]), "",
             "## Figures", "", LEGEND, markdown(table(results)), "",
             "## Bars", "", markdown(bars(results)), "",
             "## What was said of the dumps", ""]
    parts += [f"- {result.case.name}: {result.verdict}" for result in results]
    parts += ["", "## Not run", ""]
    parts += [f"- {line}" for line in left_out(results)] or ["nothing"]
    parts += ["", "## Commands", "", "```"]
    parts += list(commands(results, args))
    parts += ["```", ""]
    path.write_text("\n".join(parts), encoding="utf-8")
