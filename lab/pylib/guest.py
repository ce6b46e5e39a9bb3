# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest under QEMU: boot it, order it about, stop it, dump it."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from .base import LabError, cache_dir, say

READY = 240         # seconds to userspace: both cores may be building kernels
KVM_TRY = 12        # a kernel that boots under KVM at all is there by then


@dataclasses.dataclass
class Setup:
    """What kind of machine a guest is."""
    mem: str = "512M"
    cpus: int = 2
    nodes: int = 2
    append: str = ""
    vmcoreinfo: bool = True     # QEMU's device of that name
    accel: str = "auto"
    cpu: str | None = None      # QEMU's -cpu under TCG, if not the machine's own
    disk: pathlib.Path | None = None        # an image, as virtio-blk
    extra: tuple = ()

    @property
    def megabytes(self):
        """The size of memory."""
        match = re.fullmatch(r"(\d+)([MG]?)", self.mem)
        if not match:
            raise LabError(f"memory size {self.mem}: use 512M or 2G")
        return int(match[1]) * (1024 if match[2] == "G" else 1)


class Channel:
    """One of QEMU's unix sockets, read line by line."""

    def __init__(self, path):
        self.path = path
        self.sock = None
        self.buffer = b""

    def connect(self, alive, timeout=20):
        """QEMU makes the socket a moment after it starts."""
        end = time.monotonic() + timeout
        while True:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(str(self.path))
            except OSError:
                sock.close()
                if not alive() or time.monotonic() > end:
                    raise LabError("QEMU did not start") from None
                time.sleep(0.05)
                continue
            self.sock = sock
            return

    def send(self, text):
        """One line out."""
        self.sock.sendall(text.encode() + b"\n")

    def line(self, timeout):
        """One line in, or None when the time is over; EOFError at the end."""
        end = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                return None
            except OSError:
                data = b""
            if not data:
                raise EOFError
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")

    def close(self):
        """May be called at any time."""
        if self.sock:
            self.sock.close()


class Guest:
    """One running guest. Use it in a with statement."""

    def __init__(self, kernel, initrd, setup, workdir):
        self.kernel = kernel
        self.initrd = initrd
        self.setup = setup
        self.workdir = pathlib.Path(workdir)
        self.workdir.mkdir(parents=True, exist_ok=True)
        # Socket names are limited to 107 bytes, so not in the work directory.
        self.rundir = pathlib.Path(tempfile.mkdtemp(prefix="pgcons-lab."))
        self.agent = Channel(self.rundir / "agent")
        self.monitor = Channel(self.rundir / "qmp")
        self.process = None
        self.accel = None
        self.boot_seconds = None

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    # Starting

    @property
    def machine(self):
        """Of which architecture it is: the kernel's."""
        return self.kernel.machine

    def _memory(self):
        setup = self.setup
        size = setup.megabytes
        argv = ["-m", f"{size}M", "-smp", str(setup.cpus)]
        if setup.nodes < 2:
            return argv
        # A node is a socket; the kernel warns of one that spans two nodes.
        cores = -(-setup.cpus // setup.nodes)
        if setup.cpus % setup.nodes == 0:
            argv[-1] += f",sockets={setup.nodes},cores={cores},threads=1"
        # Whole megabytes each; the last node takes what is left.
        part = size // setup.nodes
        for node in range(setup.nodes):
            mine = part if node < setup.nodes - 1 else \
                size - part * (setup.nodes - 1)
            cpus = ",".join(f"cpus={cpu}" for cpu in range(setup.cpus)
                            if cpu // cores == node)
            argv += ["-object", f"memory-backend-ram,id=m{node},size={mine}M",
                     "-numa", f"node,nodeid={node},memdev=m{node}"
                     + ("," + cpus if cpus else "")]
        return argv

    def _cmdline(self):
        # A busy host may not run the guest for as long as that check takes.
        machine = self.machine
        words = [f"console={machine.console}", "panic=0", "rdinit=/init",
                 "no_timer_check"]
        if machine.agent != "ttyS1":
            words.append(f"lab_agent={machine.agent}")
        if self.setup.append:
            words.append(self.setup.append)
        return " ".join(words)

    def _argv(self, accel):
        machine = self.machine
        argv = [machine.qemu, "-nodefaults", "-no-user-config",
                "-display", "none", "-no-reboot", *machine.argv,
                *(["-device", "vmcoreinfo"] if self.setup.vmcoreinfo else []),
                "-kernel", self.kernel.image, "-initrd", self.initrd,
                "-append", self._cmdline(),
                "-chardev", f"file,id=console,path={self.console}",
                "-serial", "chardev:console",
                "-chardev", f"socket,id=agent,path={self.agent.path},"
                "server=on,wait=off",
                *machine.agent_argv,
                "-qmp", f"unix:{self.monitor.path},server=on,wait=off"]
        if accel == "kvm":
            argv += ["-accel", "kvm", "-cpu", "host"]
        else:
            argv += ["-accel", "tcg,thread=multi", "-cpu",
                     self.setup.cpu or machine.cpu]
            if self.kernel.has_tags and not self.setup.cpu:
                argv += ["-machine", "mte=on"]
        if self.setup.disk:
            argv += ["-drive", f"file={self.setup.disk},format=raw,"
                     "if=virtio,cache=unsafe"]
        argv += self._memory()
        return [str(arg) for arg in argv + list(self.setup.extra)]

    @property
    def console(self):
        """The log of the guest's console."""
        return self.workdir / "console.log"

    def alive(self):
        """Whether QEMU still runs."""
        return self.process and self.process.poll() is None

    def launch(self, accel):
        """Start QEMU, and do not wait for what comes of it."""
        with open(self.workdir / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(
                self._argv(accel), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT)
        self.accel = accel
        self.agent.connect(self.alive)
        self.monitor.connect(self.alive)
        try:
            self.monitor.line(10)           # the greeting
            self.qmp("qmp_capabilities")
        except (EOFError, OSError):
            # It answers before it finds that there is no /dev/kvm.
            raise LabError("QEMU ended as it started") from None

    def is_up(self, timeout=0.1):
        """Whether userspace has said, or does in that time, that it is up."""
        end = time.monotonic() + timeout
        while True:
            line = self._agent_line(end - time.monotonic())
            if line is None:
                return False
            if line.endswith("ready"):
                return True

    def _start(self, accel, timeout):
        started = time.monotonic()
        self.launch(accel)
        up = self.is_up(timeout)
        self.boot_seconds = round(time.monotonic() - started, 1)
        return up

    def boot(self):
        """Start QEMU and wait for userspace; KVM only where it works."""
        if self.machine.host and choose_accel(self.setup.accel) == "kvm":
            try:
                if self._start("kvm", KVM_TRY):
                    remember_accel("kvm")
                    return
            except LabError:
                pass
            self._stop_qemu()
            if self.setup.accel == "kvm":
                raise LabError("the guest does not boot under KVM")
            remember_accel("tcg")
        if not self._start("tcg", READY):
            raise LabError(f"the guest is not up after {READY} s:\n"
                           + self.console_tail())

    # Orders

    def _agent_line(self, timeout):
        try:
            return self.agent.line(max(timeout, 0))
        except EOFError:
            raise LabError("the guest ended:\n" + self.console_tail()) \
                from None

    def order(self, text, timeout=120):
        """Give an order and return the lines of its answer."""
        self.agent.send(text)
        lines = []
        end = time.monotonic() + timeout
        while True:
            line = self._agent_line(end - time.monotonic())
            if line is None:
                raise LabError(f"no answer to \"{text}\":\n"
                               + self.console_tail())
            if line == "ok":
                return lines
            if line.startswith("err "):
                raise LabError(f"\"{text}\" failed: " + " / ".join(lines))
            lines.append(line.removeprefix("| "))

    def plant(self, fault, seed, mode="hold", timeout=120):
        """
        Plant a fault and return the truth about it, or None where this guest
        has no victim for it. In hold mode the guest then waits for release().
        """
        truths = self.plant_many([fault], seed, mode, timeout)
        return truths[0] if truths else None

    def plant_many(self, faults, seed, mode="hold", timeout=120):
        """
        As plant(), for faults told in one stop of the machine, of which only
        the last stays. The truths, up to that of the last.
        """
        self.agent.send(f"plant {','.join(faults)} {seed} {mode}")
        end = time.monotonic() + timeout
        truths, said = [], [""]
        while not truths or truths[-1]["fault"] != faults[-1]:
            line = self._agent_line(end - time.monotonic())
            if line is None:
                raise LabError("the planter gave no truth:\n"
                               + self.console_tail())
            if line.startswith("truth "):
                truths.append(json.loads(line.removeprefix("truth ")))
            elif line.startswith("err "):
                # ENOENT and EOPNOTSUPP are answers, anything else is not.
                if "No such file" in said[-1] or "not supported" in said[-1]:
                    return None
                raise LabError(f"{faults[-1]}: " + " / ".join(said))
            else:
                said.append(line)
        return truths

    def release(self):
        """Let a guest that holds a fault take it back and go on."""
        self.agent.send("")
        self.await_end()

    def await_end(self):
        """Wait until the planter is through with an order."""
        while True:
            line = self._agent_line(60)
            if line is None:
                raise LabError("the guest does not go on:\n"
                               + self.console_tail())
            if line == "ok" or line.startswith("err"):
                return

    # The monitor

    def qmp(self, command, timeout=300, **arguments):
        """One QMP command; events are passed over."""
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        self.monitor.send(json.dumps(request))
        while True:
            try:
                line = self.monitor.line(timeout)
            except EOFError:
                raise LabError(f"QEMU ended during {command}") from None
            if line is None:
                raise LabError(f"QEMU: no answer to {command}")
            answer = json.loads(line)
            if "error" in answer:
                raise LabError(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def stop(self):
        """Freeze all CPUs where they are."""
        self.qmp("stop")

    def cont(self):
        """Let them run on."""
        self.qmp("cont")

    def dump(self, path, form):
        """dump-guest-memory in a QEMU format: elf, kdump-zlib."""
        self.qmp("dump-guest-memory", timeout=900, paging=False,
                 protocol=f"file:{pathlib.Path(path).resolve()}", format=form)

    # Ending

    def wait_end(self, timeout):
        """Wait until the guest powers itself off."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError(f"the guest did not end in {timeout} s:\n"
                           + self.console_tail()) from None

    def console_text(self):
        """All that the console saw."""
        if not self.console.exists():
            return ""
        return self.console.read_text(errors="replace")

    def console_tail(self, lines=12):
        """The last the console saw, for messages."""
        text = self.console_text().splitlines()
        return "\n".join("  | " + line for line in text[-lines:])

    def _stop_qemu(self):
        if self.alive():
            self.process.kill()
        if self.process:
            self.process.wait()
        self.agent.close()
        self.monitor.close()
        self.agent = Channel(self.agent.path)
        self.monitor = Channel(self.monitor.path)
        for channel in (self.agent, self.monitor):
            channel.path.unlink(missing_ok=True)

    def close(self):
        """End the guest, whatever it is at."""
        self._stop_qemu()
        shutil.rmtree(self.rundir, ignore_errors=True)


def accel_note():
    """Where it is remembered whether KVM boots our kernels here."""
    return cache_dir() / "accel"


def remember_accel(accel):
    """Once it was tried, it need not be tried again on this machine."""
    say(f"KVM {'works' if accel == 'kvm' else 'does not work'} here "
        f"(noted in {accel_note().name})")
    accel_note().write_text(accel + "\n", encoding="ascii")


def choose_accel(wanted):
    """tcg, or kvm if it is asked for or has not been found wanting."""
    if wanted != "auto":
        return wanted
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    if accel_note().exists():
        return accel_note().read_text(encoding="ascii").strip()
    return "kvm"
