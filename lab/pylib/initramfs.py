# SPDX-License-Identifier: GPL-2.0-or-later
"""Initramfs images: a cpio archive written here, so no root rights and no
staging directory are needed."""

import gzip
import os
import pathlib
import stat
import subprocess

from . import hook, tools
from .base import LAB, LabError, cache_dir, newer, run

BUSYBOX = ("/bin/busybox", "/usr/bin/busybox")


class Cpio:
    """A "newc" archive in memory."""

    def __init__(self):
        self.parts = []
        self.inode = 0
        self.known = set()

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                  device[0], device[1], len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields)
        head += name.encode() + b"\0"
        head += b"\0" * (-len(head) % 4)
        self.parts += [head, data, b"\0" * (-len(data) % 4)]

    def folder(self, name):
        """A directory and those above it, once."""
        if not name or name in self.known:
            return
        self.folder(os.path.dirname(name))
        self.known.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        """A file, with the directories it needs."""
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, data)

    def copy(self, name, path, mode=0o755):
        """A file of the host."""
        self.file(name, pathlib.Path(path).read_bytes(), mode)

    def device(self, name, major, minor):
        """A character device."""
        self.folder(os.path.dirname(name))
        self._entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def write(self, path):
        """The whole archive, gzip'ed."""
        self._entry("TRAILER!!!", 0)
        # A name of its own first: another run may be booting the old one.
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(gzip.compress(b"".join(self.parts), 1, mtime=0))
        part.rename(path)


def busybox(machine):
    """A static busybox."""
    if not machine.host:
        folder = run([LAB / "kernel" / "fetch", "--arch", machine.debian,
                      "package", "busybox-static"], "busybox",
                     stderr=subprocess.DEVNULL)
        return next(pathlib.Path(folder.decode().strip()).rglob(
            "bin/busybox"))
    for path in BUSYBOX:
        if os.path.exists(path):
            return path
    raise LabError("busybox-static is not installed")


def guest_program(machine, name):
    """lab/guest/NAME.c, compiled statically."""
    source = LAB / "guest" / f"{name}.c"
    binary = cache_dir() / "guest" / \
        (name if machine.host else f"{name}-{machine.name}")
    binary.parent.mkdir(parents=True, exist_ok=True)
    compiler = os.environ.get("CC", machine.compiler) if machine.host else \
        machine.compiler
    if not newer(binary, [source]):
        run([compiler, "-O2", "-static", "-o", binary, source],
            f"the guest's program {name}")
    return binary


def add_tools(cpio, machine):
    """
    The dump tools with their libraries under /opt/tools, each run through
    its own loader: makedumpfile comes from another Debian suite.
    """
    for name, path in tools.collect(machine).items():
        cpio.copy(f"opt/tools/{name}", path)
    cpio.file("opt/tools/run", f"""#!/bin/sh
d=/opt/tools/$1
prog=$d/$1
shift
exec $d/{machine.loader} --library-path $d $prog "$@"
""".encode(), 0o755)


def add_modules(cpio, kernel, planter):
    """The modules loaded at boot, in order, those that come and go, and the planter."""
    names = []
    for path in kernel.modules:
        names.append(path.name)
        cpio.copy(f"lib/lab/{path.name}", path, 0o644)
    if names:
        cpio.file("lib/lab/modules", ("\n".join(names) + "\n").encode())
    for path in kernel.extra:
        cpio.copy(f"lib/lab/extra/{path.name}", path, 0o644)
    if planter:
        cpio.copy("lib/lab/pgcons_plant.ko", planter, 0o644)


def build(kernel, planter=None, crash=False, hook_of=None, extra=None, kind=None):
    """
    The image for a guest; with the dump tools for crash guests, and with
    hook_of (the options that name the program) also pgcons-kdump's hook. extra: more files, name there -> path on
    the host; kind tells such images apart.
    """
    cpio = Cpio()
    cpio.device("dev/console", 5, 1)
    cpio.copy("init", LAB / "guest" / "init")
    cpio.copy("bin/busybox", busybox(kernel.machine))
    for name in ("busy", "attach"):
        cpio.copy(f"bin/{name}", guest_program(kernel.machine, name))
    for name in ("cgroups", "rewrites"):
        cpio.copy(f"bin/{name}", LAB / "guest" / name)
    cpio.copy("capture", LAB / "guest" / "capture", 0o644)
    add_modules(cpio, kernel, planter)
    if crash:
        add_tools(cpio, kernel.machine)
    if hook_of:
        hook.add(cpio, kernel, hook_of)
    for name, source in (extra or {}).items():
        cpio.copy(name, source)
    kind = kind or ("hook" if hook_of else "crash" if crash else "plain")
    path = cache_dir() / "initramfs" / f"{kernel.root.name}-{kind}.cpio.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    cpio.write(path)
    return path
