# SPDX-License-Identifier: GPL-2.0-or-later
"""makedumpfile and kexec for the crash guests.

Debian 12's makedumpfile knows neither zstd nor kernels as new as the lab's, so
a newer suite's is unpacked (never installed) into the cache. Without one, the
host's own serves: older kernels, fewer formats. kexec is the host's: it only
hands two files to the kernel. For a guest of another architecture both, with
all of their libraries, are that architecture's of the newer suite.
"""

import os
import pathlib
import re
import shutil
import subprocess

from .base import LAB, LabError, cache_dir, run, say

PACKAGES = ("makedumpfile", "libc6", "libdw1t64", "libelf1t64", "liblzo2-2",
            "libzstd1", "zlib1g", "liblzma5", "libbz2-1.0")


def private_apt(machine):
    """The environment of the private apt root that lab/kernel/fetch makes."""
    conf = cache_dir() / ("apt" if machine.host else f"apt-{machine.debian}") \
        / "apt.conf"
    if not conf.exists():
        # Any harmless query makes it.
        run([LAB / "kernel" / "fetch", "--arch", machine.debian, "suites",
             "7.2"], "the apt root")
    return {**os.environ, "APT_CONFIG": str(conf)}


def unpack(machine, root, packages, what):
    """Unpack packages of the newest suite that has them into a folder."""
    part = root.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    run(["apt-get", "-qq", "download", *packages], what, cwd=part,
        env=private_apt(machine))
    for package in sorted(part.glob("*.deb")):
        run(["dpkg", "-x", package, part], what)
        package.unlink()
    (part / ".complete").touch()
    shutil.rmtree(root, ignore_errors=True)
    part.rename(root)


def kexec_packages(machine):
    """kexec, and Xen's libraries, whose packages have a version in their name."""
    text = run(["apt-cache", "depends", "--recurse", "--important",
                "kexec-tools"], "the dump tools",
               env=private_apt(machine)).decode()
    return ["kexec-tools",
            *sorted(set(re.findall(r"^libxen\S+$", text, re.MULTILINE)))]


def fetch_root(machine):
    """The unpacked newer tools, or None where they cannot be had."""
    root = cache_dir() / ("tools" if machine.host else
                          f"tools-{machine.name}")
    if (root / ".complete").exists():
        return root
    say("fetching the makedumpfile of a newer suite")
    try:
        packages = PACKAGES if machine.host else \
            (*PACKAGES, *kexec_packages(machine))
        unpack(machine, root, packages, "the dump tools")
    except LabError as error:
        if not machine.host:
            raise
        say(f"{error}".splitlines()[0] + "; the host's are used instead")
        return None
    return root


def host_program(name):
    """A program of the host."""
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        raise LabError(f"{name} is not installed")
    return pathlib.Path(path)


def library_path(root):
    """The folders of the unpacked root that hold shared objects."""
    found = {path.parent for path in root.rglob("*.so*")}
    return ":".join(str(path) for path in sorted(found))


def loader_list(argv):
    """What the dynamic loader says a program needs: name -> path."""
    text = subprocess.run([str(arg) for arg in argv], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = {}
    for line in text.splitlines():
        match = re.match(r"\s*(?:(\S+) => )?(/\S+) \(0x", line)
        if match:
            path = match.group(2)
            found[os.path.basename(match.group(1) or path)] = path
    return found


def program_files(path, name):
    """A program of the host, called name, and its libraries."""
    return {**loader_list(["ldd", path]), name: path}


def needed(path):
    """The names of the shared objects that an ELF file of any machine asks for, the loader's, too."""
    text = run(["readelf", "-Wld", path], f"what {path} needs").decode()
    return re.findall(r"Shared library: \[(.+)\]|program interpreter: (?:.*/)?(.+)\]", text)


def foreign_files(folder, name):
    """
    The program that lab/host made in a folder, called name, and its libraries there: the loader of
    this machine cannot be asked for them.
    """
    there = {path.name: path for path in (folder / "root").rglob("*.so*")
             if path.exists()}
    found = {name: folder / "build/pgcons-dump"}
    left = [found[name]]
    while left:
        for names in needed(left.pop()):
            library = "".join(names)
            if library not in found:
                if library not in there:
                    raise LabError(f"{folder}: no {library}")
                found[library] = there[library]
                left.append(there[library])
    return found


def analyzer_files(args, name):
    """The program as it runs in a guest, called name, with its libraries: name -> path."""
    if args.guest_tool:
        return foreign_files(args.guest_tool.resolve(), name)
    return program_files(args.tool, name)


def unpacked_files(root, name):
    """
    A program of an unpacked root, called name, with every library there is:
    what it needs of them is not asked for, as it does not run here.
    """
    program = next(path for path in root.rglob(name)
                   if path.parent.name in ("bin", "sbin"))
    return {name: program,
            **{path.name: path for path in root.rglob("*.so*")
               if path.is_file() and path.parent.name != "gconv"}}


def collect(machine):
    """Files for /opt/tools in a guest: name there -> path on the host."""
    root = fetch_root(machine)
    if not machine.host:
        return {f"{name}/{file}": os.path.realpath(path)
                for name in ("kexec", "makedumpfile")
                for file, path in unpacked_files(root, name).items()}
    found = {"kexec": program_files(host_program("kexec"), "kexec")}
    if root:
        program = root / "usr/bin/makedumpfile"
        loader = next(root.rglob(machine.loader))
        files = loader_list([loader, "--library-path", library_path(root),
                             "--list", program])
        files[machine.loader] = loader
    else:
        program = host_program("makedumpfile")
        files = loader_list(["ldd", program])
    found["makedumpfile"] = {**files, "makedumpfile": program}
    return {f"{folder}/{name}": os.path.realpath(path)
            for folder, files in found.items()
            for name, path in files.items()}
