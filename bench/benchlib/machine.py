# SPDX-License-Identifier: GPL-2.0-or-later
"""What ran on what: the machine and the versions."""

import os
import pathlib
import platform
import re
import subprocess


def first_line(argv, env=None):
    """The first line that a program prints, or nothing."""
    try:
        done = subprocess.run([str(arg) for arg in argv], check=False,
                              stdin=subprocess.DEVNULL, env=env,
                              stdout=subprocess.PIPE, timeout=60,
                              stderr=subprocess.STDOUT)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return lines[0].strip() if lines else ""


def read(path):
    """A small file, or nothing."""
    try:
        return pathlib.Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def find(pattern, text):
    """The first group of a match, or a question mark."""
    match = re.search(pattern, text, re.MULTILINE)
    return match[1].strip() if match else "?"


def describe():
    """(name, value) of the machine."""
    memory = int(find(r"^MemTotal:\s+(\d+)", read("/proc/meminfo")) or 0)
    cpuinfo = read("/proc/cpuinfo")
    return [
        ("CPU", f"{len(os.sched_getaffinity(0))} x "
                + find(r"^model name\s*:\s*(.*)", cpuinfo)
                + (", virtual" if " hypervisor" in cpuinfo else "")),
        ("caches", ", ".join(caches()) or "?"),
        ("memory", f"{memory / (1 << 20):.1f} GiB"),
        ("kernel", platform.release()),
        ("system", find(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"))),
        ("load before", " ".join(read("/proc/loadavg").split()[:3])),
    ]


def caches():
    """Level and size of the first CPU's caches, instructions left out."""
    base = pathlib.Path("/sys/devices/system/cpu/cpu0/cache")
    for index in sorted(base.glob("index*")):
        if read(index / "type").strip() != "Instruction":
            yield (f"L{read(index / 'level').strip()} "
                   f"{read(index / 'size').strip()}")


def versions(tools, top):
    """(name, value) of the programs."""
    revision = first_line(["git", "-C", top, "describe", "--always",
                           "--dirty"])
    found = [
        ("pgcons-dump", first_line([tools.pgcons, "--version"])
         + (f", {revision}" if re.fullmatch(r"[\w.-]+", revision) else "")),
        ("compiler", first_line(["gcc", "--version"])),
        ("libkdumpfile", first_line(["pkg-config", "--modversion",
                                     "libkdumpfile"])),
        ("elfutils", first_line(["pkg-config", "--modversion", "libdw"])),
    ]
    if tools.crash:
        found.append(("crash", first_line([tools.crash, "--version"])))
    if tools.drgn:
        argv, env = tools.drgn
        found.append(("drgn", first_line(
            [*argv, "-c", "import drgn; print(drgn.__version__)"], env)))
    if tools.makedumpfile:
        found.append(("makedumpfile", first_line([tools.makedumpfile, "-v"])))
    return found
