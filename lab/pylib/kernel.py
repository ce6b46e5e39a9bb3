# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernels of the lab: where one lies, and the planter built for it."""

import dataclasses
import fcntl
import pathlib
import shutil

from . import machine as machines
from .base import LAB, LabError, cache_dir, newer, run, say

IMAGES = ("bzImage", "arch/x86/boot/bzImage", "arch/arm64/boot/Image",
          "vmlinuz")


@dataclasses.dataclass
class Kernel:
    """One bootable kernel."""
    name: str
    root: pathlib.Path                  # vmlinux and the build tree
    image: pathlib.Path
    vmlinux: pathlib.Path
    machine: machines.Machine
    modules: list[pathlib.Path] = dataclasses.field(default_factory=list)
    extra: list[pathlib.Path] = dataclasses.field(default_factory=list) # for guest/rewrites

    @property
    def tree(self):
        """What modules are built against: the folder, or what kernel/module-tree made in it."""
        made = self.root / "tree" / "obj"
        return made if (made / "Makefile").exists() else self.root

    @property
    def has_tags(self):
        """Whether its pointers have tags, where the machine has them (arm64's MTE)."""
        config = self.root / "config"
        return config.is_file() and \
            "CONFIG_KASAN_HW_TAGS=y\n" in config.read_text()

    @property
    def can_build_modules(self):
        """Whether external modules, the planter that is, can be built."""
        return (self.tree / "Makefile").exists()


def find(version, arch=None):
    """
    The kernel called 7.2, 6.12, 6.1 (7.2-arm64-64k and the like, without an
    architecture), or a directory laid out like one. Of another architecture
    than the host's a stock one will do.
    """
    wanted = machines.named(arch) if arch else None
    if wanted and not wanted.host:
        roots = [cache_dir() / f"{kind}-{version}-{wanted.name}"
                 for kind in ("kernel", "stock")]
    else:
        roots = [cache_dir() / f"kernel-{version}"]
    root = next((root for root in roots if root.exists()),
                pathlib.Path(version))
    if not root.is_dir():
        raise LabError(f"no kernel {version}: build it with "
                       f"lab/kernel/build {version}" if len(roots) == 1 else
                       f"no {wanted.name} kernel {version}: build it with lab/"
                       f"kernel/build --arch {wanted.name} {version}, or get a "
                       f"stock one: lab/kernel/fetch --arch {wanted.name} stock "
                       f"{version}")
    for name in IMAGES:
        if (root / name).exists():
            image = root / name
            break
    else:
        raise LabError(f"{root}: no kernel image in it")
    machine = machines.of_kernel(root)
    if wanted and wanted != machine:
        raise LabError(f"{root}: a kernel of {machine.name}")
    modules, extra = (
        [root / line for line in (root / name).read_text().split()]
        if (root / name).exists() else [] for name in ("modules.list", "modules.extra"))
    return Kernel(version if "/" not in version else root.name, root.resolve(),
                  image.resolve(), root.resolve() / "vmlinux", machine,
                  modules, extra)


def planter(kernel):
    """The planter's module for this kernel, built if it is not up to date."""
    if not kernel.can_build_modules:
        raise LabError(f"kernel {kernel.name} has no build tree, so no fault "
                       "can be planted in it (a stock kernel: lab/kernel/"
                       f"module-tree {kernel.root} makes one)")
    source = LAB / "planter"
    files = sorted(path for path in source.iterdir()
                   if path.suffix in (".c", ".h") or path.name == "Kbuild")
    work = cache_dir() / "planter" / kernel.root.name
    module = work / "pgcons_plant.ko"
    work.mkdir(parents=True, exist_ok=True)
    with open(work / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if newer(module, files + [kernel.image]):
            return module
        say(f"building the planter for {kernel.name}")
        # Kbuild writes beside the sources: keep the tree clean.
        for path in files:
            shutil.copy(path, work)
        run(["make", "-C", kernel.tree, f"M={work}", *kernel.machine.kbuild,
             "modules"], "the planter")
        if not module.exists():
            raise LabError("the planter: make gave no module")
        # The guest reads the file: its names of folders are no part of a dump.
        run([kernel.machine.cross + "strip", "--strip-debug", module],
            "the planter")
    return module
