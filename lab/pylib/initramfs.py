# SPDX-License-Identifier: GPL-2.0-or-later
"""Initramfs images: a cpio archive written here, so no root rights and no
staging directory are needed."""

import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess

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


def busybox():
    """A static busybox."""
    for path in BUSYBOX:
        if os.path.exists(path):
            return path
    raise LabError("busybox-static is not installed")


def load_generator():
    """lab/guest/busy.c, compiled statically."""
    source = LAB / "guest" / "busy.c"
    binary = cache_dir() / "guest" / "busy"
    binary.parent.mkdir(parents=True, exist_ok=True)
    if not newer(binary, [source]):
        run([os.environ.get("CC", "gcc"), "-O2", "-static", "-o", binary,
             source], "the load generator")
    return binary


def libraries(program):
    """The shared objects a program needs: (name it is asked for, path)."""
    text = subprocess.run(["ldd", program], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*(?:(\S+) => )?(/\S+) \(0x", line)
        if match:
            path = match.group(2)
            found.append((os.path.basename(match.group(1) or path), path))
    return found


def add_tools(cpio, programs):
    """
    Programs with their libraries under /opt/tools, run through their own
    loader: so they may come from another Debian suite than the host's.
    """
    done = set()
    for program in programs:
        cpio.copy(f"opt/tools/{os.path.basename(program)}", program)
        for name, path in libraries(program):
            if name not in done:
                done.add(name)
                cpio.copy(f"opt/tools/{name}", os.path.realpath(path))
    cpio.file("opt/tools/run", b"""#!/bin/sh
prog=$1
shift
d=/opt/tools
exec $d/ld-linux-x86-64.so.2 --library-path $d $d/$prog "$@"
""", 0o755)


def add_modules(cpio, kernel, planter):
    """The modules loaded at boot, in order, and the planter."""
    names = []
    for path in kernel.modules:
        names.append(path.name)
        cpio.copy(f"lib/lab/{path.name}", path, 0o644)
    if names:
        cpio.file("lib/lab/modules", ("\n".join(names) + "\n").encode())
    if planter:
        cpio.copy("lib/lab/pgcons_plant.ko", planter, 0o644)


def tool(name):
    """A program that only the crash images carry."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        raise LabError(f"{name} is not installed")
    return path


def build(kernel, planter=None, crash=False):
    """The image for a guest; with the dump tools for crash guests."""
    cpio = Cpio()
    cpio.device("dev/console", 5, 1)
    cpio.copy("init", LAB / "guest" / "init")
    cpio.copy("bin/busybox", busybox())
    cpio.copy("bin/busy", load_generator())
    cpio.copy("capture", LAB / "guest" / "capture", 0o644)
    add_modules(cpio, kernel, planter)
    if crash:
        add_tools(cpio, [tool("makedumpfile"), tool("kexec")])
    kind = "crash" if crash else "plain"
    path = cache_dir() / "initramfs" / f"{kernel.root.name}-{kind}.cpio.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    cpio.write(path)
    return path
