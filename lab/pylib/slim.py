# SPDX-License-Identifier: GPL-2.0-or-later
"""A vmlinux small enough to ship.

Of 100 MB of debug information an analyzer of the page allocator needs what a
few source files declare. Compile units do not refer to each other here, so the
others can be left out. Code and data go as well: they are in the dump.
"""

import bisect
import dataclasses
import pathlib
import re
import subprocess
import tempfile

from .base import LabError, run

# Of these files the debug information stays.
KEEP = re.compile(
    r"(^|/)(mm/(page_\w+|sparse|sparse-vmemmap|percpu|mm_init|memory-failure|"
    r"memory_hotplug|hugetlb|hugetlb_vmemmap|compaction|slub|vmstat|"
    r"debug_page_alloc|cma|init-mm|memblock|show_mem|huge_memory|numa)|"
    r"lib/stackdepot|init/(main|version)|"
    r"kernel/(fork|resource|crash_core|vmcore_info|kexec_core|kallsyms|"
    r"sched/core|printk/printk)|"
    r"arch/x86/kernel/(setup|setup_percpu|head64)|"
    r"arch/x86/mm/(init_64|numa|kaslr))\.c$")

# Sections that nobody reads who does not unwind or print lines.
DROP = (".debug_line", ".debug_loclists", ".debug_rnglists", ".debug_loc",
        ".debug_ranges", ".debug_aranges", ".debug_frame", ".debug_pubnames",
        ".debug_pubtypes")


@dataclasses.dataclass
class Unit:
    """One compile unit."""
    offset: int
    size: int
    abbrev: int
    name: str = ""


def units_of(vmlinux):
    """The compile units, as readelf tells them."""
    text = subprocess.run(
        ["readelf", "-W", "--debug-dump=info", "--dwarf-depth=1",
         str(vmlinux)], check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout.decode(errors="replace")
    units = []
    for line in text.splitlines():
        if match := re.match(r"\s*Compilation Unit @ offset (?:0x)?(\w+)",
                             line):
            units.append(Unit(int(match[1], 16), 0, 0))
        elif match := re.match(r"\s*Length:\s+0x(\w+) \(32-bit\)", line):
            units[-1].size = int(match[1], 16) + 4
        elif match := re.match(r"\s*Abbrev Offset:\s+(?:0x)?(\w+)", line):
            units[-1].abbrev = int(match[1], 16)
        elif match := re.match(r".*DW_AT_name\s*:.*?(\S+)\s*$", line):
            units[-1].name = units[-1].name or match[1]
    if not units or not all(unit.size for unit in units):
        raise LabError(f"{vmlinux}: no debug information that can be parted")
    return units


def keep_info(data, units):
    """.debug_info with the kept units only."""
    return b"".join(data[unit.offset:unit.offset + unit.size]
                    for unit in units)


def keep_abbrevs(data, units, kept):
    """
    .debug_abbrev with the tables that nobody uses any more zeroed: the
    offsets of the others stay what they are, and zeros compress to nothing.
    """
    starts = sorted({unit.abbrev for unit in units}) + [len(data)]
    wanted = {unit.abbrev for unit in kept}
    out = bytearray(len(data))
    for start in wanted:
        end = starts[bisect.bisect_right(starts, start)]
        out[start:end] = data[start:end]
    return bytes(out)


def slim(vmlinux, target):
    """Write the small vmlinux; returns the names of the kept units."""
    units = units_of(vmlinux)
    kept = [unit for unit in units if KEEP.search(unit.name)]
    with tempfile.TemporaryDirectory(prefix="pgcons-lab.") as name:
        folder = pathlib.Path(name)
        info, abbrev = folder / "info", folder / "abbrev"
        run(["objcopy", "--dump-section", f".debug_info={info}",
             "--dump-section", f".debug_abbrev={abbrev}", vmlinux,
             folder / "copy"], "the small vmlinux")
        info.write_bytes(keep_info(info.read_bytes(), kept))
        abbrev.write_bytes(keep_abbrevs(abbrev.read_bytes(), units, kept))
        argv = ["objcopy", "--only-keep-debug", "--remove-relocations=*"]
        for section in DROP:
            argv += ["--remove-section", section]
        run([*argv, folder / "copy", folder / "only"], "the small vmlinux")
        run(["objcopy", "--update-section", f".debug_info={info}",
             "--update-section", f".debug_abbrev={abbrev}",
             folder / "only", target], "the small vmlinux")
    return [unit.name for unit in kept]
