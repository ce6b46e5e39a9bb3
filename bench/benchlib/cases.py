# SPDX-License-Identifier: GPL-2.0-or-later
"""The dumps: taken as they are, or made where they are missing."""

import dataclasses
import pathlib
import subprocess

from pylib import elfdump, sample
from pylib.base import LAB, LabError, cache_dir, replace_link, run, say

TOP = LAB.parent
SIZES = ("1G", "4G", "12G")
KERNELS = ("checker", "stock")
# Two more files of the same dump: what makedumpfile compresses it to.
COMPRESSED = {"zlib": "-c", "lzo": "-l"}
SAMPLE = "6.1-healthy"
# name: what bench/grow is told
GROWN = {
    "grown-64G": ("--size", "64G"),
    "grown-1T": ("--size", "1T"),
    "grown-16T": ("--size", "16T"),
    "fragmented-16G": ("--size", "16G", "--free-blocks", "1000000"),
}


@dataclasses.dataclass
class Case:
    """One dump to measure."""
    name: str
    vmcore: pathlib.Path
    vmlinux: pathlib.Path

    @property
    def grown(self):
        """Whether it is of a machine that never was."""
        return self.name.startswith(("grown", "fragmented"))

    def is_elf(self):
        """An ELF dump, or a kdump file."""
        with open(self.vmcore, "rb") as file:
            return file.read(4) == b"\x7fELF"


def find_kernel(prefix):
    """The kernel of cases so called, as lab/lab takes it, or None."""
    if prefix == "checker":
        return "6.1" if (cache_dir() / "kernel-6.1").exists() else None
    stock = cache_dir() / "stock-6.1"
    if not (stock / "vmlinux").exists():
        say("fetching a stock kernel and its debug file")
        run([LAB / "kernel" / "fetch", "stock", "6.1"], "the stock kernel")
    return str(stock)


def boot(kernel, size, folder):
    """A guest of that size, dumped; its headers as other tools want them."""
    if (folder / "truth.json").exists():
        return
    say(f"{folder.name}: booting a guest of {size}")
    done = subprocess.run([LAB / "lab", "dump", kernel, "--mem", size, "--out",
                           folder], check=False)
    if done.returncode:
        raise LabError(f"{folder.name}: the guest gave no dump")
    elfdump.plain_header(folder / "vmcore")


def compress(folder):
    """The same dump as makedumpfile writes it, without free and user pages."""
    for name, flag in COMPRESSED.items():
        target = folder / f"vmcore.{name}"
        if target.exists():
            continue
        say(f"{folder.name}: {name}")
        part = target.with_suffix(".part")
        part.unlink(missing_ok=True)
        run([*sample.makedumpfile(), flag, "-d", "31", folder / "vmcore",
             part], "makedumpfile")
        part.rename(target)


def grow(name, folder, tools):
    """A dump of a machine too large to have, made of a shipped sample."""
    target = folder / "vmcore"
    if target.exists():
        return
    say(f"{name}: growing it")
    folder.mkdir(parents=True, exist_ok=True)
    source = folder.parent / "samples"
    run([TOP / "tests/tools/make-sample", SAMPLE, source], "the sample")
    vmlinux = source / SAMPLE / "vmlinux"
    part = target.with_suffix(".part")
    run([tools / "grow", *GROWN[name], source / SAMPLE / "vmcore", vmlinux,
         part], "bench/grow")
    replace_link(folder / "vmlinux", vmlinux.resolve())
    part.rename(target)


def make(folder, sizes, grown, wanted, tools):
    """What is wanted, a test of names, and not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in grown:
        if wanted(name):
            grow(name, folder / name, tools)
    prefixes = [prefix for prefix in KERNELS
                if any(wanted(f"{prefix}-{size}") for size in sizes)]
    for prefix in prefixes:
        kernel = find_kernel(prefix)
        for size in sizes:
            if not kernel or not wanted(f"{prefix}-{size}"):
                continue
            try:
                boot(kernel, size, folder / f"{prefix}-{size}")
                if size == sizes[-1]:
                    compress(folder / f"{prefix}-{size}")
            except LabError as error:
                say(f"{error}".splitlines()[0])


def order(case):
    """Small before large, real before grown."""
    size = case.vmcore.parent.name.rpartition("-")[2]
    unit = {"M": 1, "G": 1 << 10, "T": 1 << 20}.get(size[-1:], 1)
    number = int(size[:-1]) if size[:-1].isdigit() else 0
    return case.grown, case.vmcore.parent.name.split("-")[0], \
        number * unit, case.name


def find(folder):
    """All dumps in the folders of a folder."""
    cases = []
    for vmlinux in sorted(folder.glob("*/vmlinux")):
        for vmcore in sorted(vmlinux.parent.glob("vmcore*")):
            if vmcore.suffix != ".part" and vmcore.suffix[1:] in \
                    ("", *COMPRESSED):
                name = vmlinux.parent.name + (
                    " " + vmcore.suffix[1:] if vmcore.suffix else "")
                cases.append(Case(name, vmcore, vmlinux))
    return sorted(cases, key=order)
