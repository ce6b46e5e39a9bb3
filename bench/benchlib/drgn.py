# SPDX-License-Identifier: GPL-2.0-or-later
"""drgn of a newer Debian suite, unpacked into the lab's cache, never installed.

It brings its own python and libc: they run from there by their own loader.
"""

import os
import shutil

from pylib import machine as machines, tools
from pylib.base import LabError, cache_dir, run, say

PACKAGE = "python3-drgn"


def needed():
    """The package and all it depends on, as if nothing were installed."""
    text = run(["apt-get", "install", "-s", "--no-install-recommends",
                PACKAGE], "drgn's packages", env=tools.private_apt(machines.HOST))
    return [line.split()[1] for line in text.decode().splitlines()
            if line.startswith("Inst ")]


def fetch():
    """The root that drgn runs from; fetched if it is not there yet."""
    root = cache_dir() / "drgn"
    if (root / ".complete").exists():
        return root
    say("fetching drgn of a newer suite")
    tools.unpack(machines.HOST, root, needed(), "drgn")
    return root


def python_of(root):
    """The newest python in there."""
    found = sorted((root / "usr/bin").glob("python3.[0-9]*"),
                   key=lambda path: int(path.suffix.strip(".") or 0))
    if not found:
        raise LabError(f"{root}: no python in it")
    return found[-1]


def command(fetch_it):
    """
    (argv, environment) that run a Python program with drgn, or None: the
    unpacked one, else the machine's own.
    """
    root = cache_dir() / "drgn"
    if fetch_it:
        try:
            root = fetch()
        except LabError as error:
            say(f"{error}".splitlines()[0])
    if (root / ".complete").exists():
        loader = next(root.rglob(machines.HOST.loader))
        env = {**os.environ, "PYTHONHOME": str(root / "usr"),
               "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
               "PYTHONDONTWRITEBYTECODE": "1"}
        return [str(loader), "--library-path", tools.library_path(root),
                str(python_of(root))], env
    python = shutil.which("python3")
    done = run([python, "-c", "import importlib.util as u;"
                "print(bool(u.find_spec('drgn')))"], "python3")
    return ([python], dict(os.environ)) if done.strip() == b"True" else None
