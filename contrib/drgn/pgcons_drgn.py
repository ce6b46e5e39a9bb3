# SPDX-License-Identifier: GPL-2.0-or-later
"""pgcons-dump inside drgn: its findings as objects of the program that is being debugged.

    >>> from pgcons_drgn import pgcons
    >>> report = pgcons(prog)
    >>> report.verdict
    'INCONSISTENT: 1 corrupt finding (list-cycle)'
    >>> report[0].page().lru.next
    >>> print(report[0].explain())

or "%pgcons", which prints a line for each finding and leaves the report in the variable
pgcons_report; with options it prints what pgcons-dump prints ("%pgcons --page 0x19bc").

Nothing is decided here: pgcons-dump is run on the same dump, or with --live on the running kernel,
with the same vmlinux. It is searched for in PATH and in the sbin folders; PGCONS_DUMP names another.
"""

import json
import os
import shlex
import shutil
import subprocess

from drgn import ProgramFlags
from drgn.helpers.linux.mm import pfn_to_page

SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
# A page's worth of lists is a finding; the 20th alike says nothing new.
MOST = 1000


class PgconsError(Exception):
    """pgcons-dump could not analyse the dump; the message is its own."""


class Finding:
    """One finding: its record (see pgcons-report(5)) and the pages that it is about.

    What the record has is an attribute, too: finding, severity, pfn, count, verdict, text, ...;
    what it lacks is None.
    """

    def __init__(self, run, record):
        self.record = record
        self._run = run

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.record.get(name)

    def __repr__(self):
        return f"<{self.severity} {self.finding}: {self.text}>"

    def page(self, index=0):
        """The struct page * of its first page, or of another; None: it is about no page."""
        if self.pfn is None or not 0 <= index < (self.count or 1):
            return None
        return pfn_to_page(self._run.prog, self.pfn + index)

    def pages(self):
        """The struct page * of each page."""
        if self.pfn is not None:
            for index in range(self.count or 1):
                yield self.page(index)

    def explain(self):
        """What it means, how it arises and what to look at, with commands for this dump."""
        return self._run.text("--explain=" + self.finding)


class Report:
    """What pgcons-dump says of a dump: a sequence of findings, and the whole document."""

    def __init__(self, run, text):
        self.text = text
        self.document = json.loads(text)
        self.findings = [Finding(run, record) for record in self.document.get("findings", ())]
        self._run = run
        self._verdict = None

    def __len__(self):
        return len(self.findings)

    def __getitem__(self, index):
        return self.findings[index]

    def __repr__(self):
        return f"<pgcons: {self.verdict}>"

    @property
    def result(self):
        """consistent, inconsistent or incomplete"""
        return self.document["result"]

    @property
    def verdict(self):
        """The first line of the program's report: another run, the first time."""
        if self._verdict is None:
            self._verdict = self._run.text("--quiet").strip()
        return self._verdict


class _Run:
    """The program, with the arguments that name the dump."""

    def __init__(self, prog, dump, vmlinux, options):
        self.prog = prog
        self.options = list(options)
        self.tool = os.environ.get("PGCONS_DUMP") or shutil.which("pgcons-dump") or \
            shutil.which("pgcons-dump", path=SBIN)
        if not self.tool:
            raise PgconsError("pgcons-dump is not installed, or PGCONS_DUMP must name it")
        if dump:
            self.files = [os.fspath(dump)]
        elif prog.flags & ProgramFlags.IS_LIVE:
            self.files = ["--live"]
        else:
            self.files = [_core_of(prog)]
        vmlinux = vmlinux or _vmlinux_of(prog)
        if vmlinux:
            self.files.append(os.fspath(vmlinux))

    def call(self, *options):
        """The completed process; both outputs are text."""
        return subprocess.run([self.tool, *options, *self.options, *self.files], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def text(self, *options):
        """What it prints."""
        done = self.call(*options)
        if not done.stdout:
            raise PgconsError(_last_line(done.stderr))
        return done.stdout


def _last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "pgcons-dump said nothing"


def _core_of(prog):
    path = getattr(prog, "core_dump_path", None)
    if not path:
        raise PgconsError("drgn does not tell which dump this is: pgcons(prog, dump=FILE)")
    return path


def _vmlinux_of(prog):
    """The file with the kernel's debug information, if this drgn knows modules and has one."""
    try:
        module = prog.main_module()
        return module.debug_file_path or module.loaded_file_path
    except (AttributeError, LookupError):
        return None


def pgcons(prog, *options, dump=None, vmlinux=None):
    """Analyse the dump or the live kernel of prog; options are pgcons-dump's."""
    run = _Run(prog, dump, vmlinux, options)
    done = run.call("--json", f"--max-findings={MOST}")
    try:
        report = Report(run, done.stdout)
    except ValueError:
        raise PgconsError(_last_line(done.stderr)) from None
    if report.document.get("record") == "error":
        raise PgconsError("; ".join(report.document["limits"]))
    return report


def _print_report(report):
    print(report.verdict)
    for found in report:
        page = found.page()
        where = f" {page.value_():#x}" if page is not None else ""
        print(f"{found.severity:8}{found.finding}{where} {found.text}")


def _register():
    """%pgcons, where this drgn has commands."""
    try:
        from drgn.commands import CommandError, raw_command
    except ImportError:
        return

    @raw_command(
        name="pgcons",
        description="check the page allocator's records against one another",
        usage="**pgcons** [*option*...]",
        long_description="""
        Without options: a line for each finding of pgcons-dump, and the report in the
        variable pgcons_report. With options: what pgcons-dump prints with them.
        """,
    )
    def _cmd_pgcons(prog, name, args, **kwargs):
        try:
            options = shlex.split(args)
            if options:
                print(_Run(prog, None, None, options).text(), end="")
                return None
            report = pgcons(prog)
            _print_report(report)
        except (PgconsError, ValueError) as error:
            raise CommandError(str(error)) from None
        kwargs.get("globals", {})["pgcons_report"] = report
        return report


_register()
