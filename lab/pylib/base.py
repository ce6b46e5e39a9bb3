# SPDX-License-Identifier: GPL-2.0-or-later
"""Places, errors and small helpers that the other modules share."""

import os
import pathlib
import subprocess
import sys

LAB = pathlib.Path(__file__).resolve().parent.parent


class LabError(Exception):
    """Something that the user should read as one line."""


def cache_dir():
    """Where everything that can be made again is kept; never in the tree."""
    named = os.environ.get("PGCONS_LAB_CACHE")
    if named:
        return pathlib.Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "pgcons-lab"


def say(text):
    """Progress, on stderr: stdout is for results."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def run(argv, what, **kwargs):
    """Run a program; its output is shown only if it fails."""
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("stderr", subprocess.STDOUT)
    argv = [str(arg) for arg in argv]
    try:
        done = subprocess.run(argv, check=False, **kwargs)
    except FileNotFoundError:
        raise LabError(f"{what}: {argv[0]} is not installed") from None
    if done.returncode:
        text = (done.stdout or b"").decode(errors="replace")
        raise LabError(f"{what}: {argv[0]} failed ({done.returncode})\n{text}")
    return done.stdout


def newer(target, sources):
    """True if the target exists and no source is younger than it."""
    if not target.exists():
        return False
    made = target.stat().st_mtime
    return all(source.stat().st_mtime <= made for source in sources)


def replace_link(link, target):
    """Make link a symlink to target, whatever it was before."""
    if link.is_symlink() or link.exists():
        link.unlink()
    link.symlink_to(target)


def punch_holes(path):
    """Give the zero blocks of a dump back to the file system."""
    # Not every file system can; the dump is as good without.
    subprocess.run(["fallocate", "-d", str(path)], check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
