# SPDX-License-Identifier: GPL-2.0-or-later
"""pgcons-kdump where it is meant to be: in the capture kernel after the dump,
and over the saved dump after the reboot."""

import json
import os
import pathlib
import re
import subprocess

from . import score, tools
from .base import LAB, LabError, cache_dir, newer, run, say

SCRIPT = LAB.parent / "kdump" / "pgcons-kdump.in"
POST_HOOK = LAB.parent / "kdump" / "pgcons.in"
FOLDER = "crash/lab"            # on the share: where guest/capture saves
AFTER_SECONDS = 1200


def layout_of(tool, kernel):
    """The layout of a lab kernel, kept beside its initramfs images."""
    path = cache_dir() / "layout" / f"{kernel.root.name}.layout"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not newer(path, [kernel.vmlinux, tool]):
        run([tool, f"--save-layout={path}", kernel.vmlinux], "the layout")
    return path


def installed(path):
    """What "make install" makes of a script."""
    text = path.read_text(encoding="utf-8")
    return text.replace("@sbindir@", "/sbin").encode()


def add(cpio, kernel, args):
    """What a hook needs: the tool, its libraries, the script, the layout."""
    for name, path in tools.analyzer_files(args, "pgcons-dump").items():
        cpio.copy(f"opt/tools/pgcons-dump/{name}", os.path.realpath(path))
    cpio.file("sbin/pgcons-dump",
              b'#!/bin/sh\nexec /opt/tools/run pgcons-dump "$@"\n', 0o755)
    cpio.file("sbin/pgcons-kdump", installed(SCRIPT), 0o755)
    cpio.file("etc/kdump/post.d/pgcons", installed(POST_HOOK), 0o755)
    cpio.file("etc/kdump.conf", b"ext4 /dev/vda\npath /crash\n")
    cpio.copy(f"var/lib/pgcons/{kernel.root.name}.layout",
              layout_of(args.tool, kernel), 0o644)


def judged(folder, truth):
    """What is wrong with a report, as lines."""
    path = folder / "pgcons.json"
    if not path.exists():
        return ["no pgcons.json"]
    if path.stat().st_mode & 0o077:
        return [f"pgcons.json has mode {path.stat().st_mode & 0o777:o}"]
    report = json.loads(path.read_text(encoding="utf-8"))
    counts, notes = score.judge(truth, report)
    bad = [name for name in score.COLUMNS[1:] if counts[name]]
    if report["coverage"]["walked"] == 0:
        bad.append("nothing walked")
    if not (folder / "pgcons.txt").exists():
        bad.append("no pgcons.txt")
    return bad + notes if bad else []


def verdict_of(folder):
    """The first line of the text."""
    path = folder / "pgcons.txt"
    if not path.exists():
        return "(no text)"
    return path.read_text(encoding="utf-8").split("\n", 1)[0]


def used(share):
    """Peak memory in KiB and seconds of the hook, as the guest measured."""
    text = (share / "hook.log").read_text(errors="replace")
    peak = re.search(r"Maximum resident set size \(kbytes\): (\d+)", text)
    took = re.search(r"Elapsed .*: (?:(\d+)h )?(\d+)m ([\d.]+)s", text)
    return (int(peak[1]) if peak else None,
            round(int(took[2]) * 60 + float(took[3]), 1) if took else None)


def check_capture(share, console, truth):
    """The report that the hook wrote in the capture kernel."""
    folder = share / FOLDER
    problems = judged(folder, truth)
    text = console.read_text(errors="replace")
    line = f"pgcons-kdump: {verdict_of(folder)}"
    if line not in text:
        problems.append(f"the console does not say \"{line}\"")
    if "hook status 0" not in text:
        problems.append("the hook's status is not 0")
    if not (folder / ".pgcons-vmcore").exists():
        problems.append("the dump is not marked as done")
    return problems


def scan(share, tool, layouts):
    """pgcons-kdump scan, as after the reboot; what it printed."""
    text = SCRIPT.read_text(encoding="utf-8")
    env = {**os.environ, "PGCONS_DUMP": str(pathlib.Path(tool).resolve()),
           "PGCONS_LAYOUT_DIR": str(layouts), "PGCONS_RUN_DIR": str(share),
           "PGCONS_DEBUG_ROOT": str(share / "none")}
    done = subprocess.run(["sh", "-s", "scan", str(share / "crash")],
                          input=text, env=env, text=True, check=False,
                          timeout=AFTER_SECONDS, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        raise LabError(f"pgcons-kdump scan: status {done.returncode}\n"
                       + done.stdout)
    return done.stdout


def check_reboot(share, tool, truth):
    """The service over the same dump: done is done; without its mark, again."""
    folder = share / FOLDER
    problems = []
    for path in (share / "crash", folder):
        path.chmod(0o755)
    layouts = cache_dir() / "layout"
    if scan(share, tool, layouts):
        problems.append("the scan did what the hook had done")
    for path in folder.glob("*pgcons*"):
        path.unlink()
    line = scan(share, tool, layouts)
    problems += judged(folder, truth)
    if verdict_of(folder) not in line:
        problems.append(f"the scan says: {line.strip()}")
    return problems


def check(share, console, tool, truth):
    """Both, told on stdout; returns how many of the two failed."""
    failed = 0
    for what, problems in (
            ("in the capture kernel", check_capture(share, console, truth)),
            ("after the reboot", check_reboot(share, tool, truth))):
        verdict = verdict_of(share / FOLDER)
        print(f"hook {what}: {'FAILED' if problems else 'passed'}: {verdict}")
        for problem in problems:
            say(problem)
        failed += bool(problems)
    peak, took = used(share)
    print(f"hook: at most {peak} KiB in one process, {took} s")
    return failed
