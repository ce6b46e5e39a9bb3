# SPDX-License-Identifier: GPL-2.0-or-later
"""The architectures of guests: what QEMU, the compiler and the guest differ in."""

import dataclasses

from .base import LabError


@dataclasses.dataclass(frozen=True)
class Machine:
    """One of them."""
    name: str
    debian: str                 # what Debian calls it
    qemu: str
    argv: tuple                 # the machine itself
    cpu: str                    # under TCG
    host: bool                  # KVM is worth a try on the machine that runs the lab
    console: str                # names of serial ports in the guest
    agent: str
    agent_argv: tuple           # the second port, on the chardev "agent"
    cross: str                  # what the compiler's programs are called before their name
    image: str                  # the kernel image in a tree that it was built in
    loader: str                 # of shared objects

    @property
    def compiler(self):
        """The C compiler."""
        return self.cross + "gcc"

    @property
    def kbuild(self):
        """What the kernel's make is told of it."""
        return [f"ARCH={self.name}", f"CROSS_COMPILE={self.cross}"]


MACHINES = {
    # la57: TCG's "max" turns 5-level paging on, which is a test of its own.
    # cx16: QEMU 7.2's TCG was seen to corrupt RFLAGS around cmpxchg16b.
    "x86_64": Machine(
        "x86_64", "amd64", "qemu-system-x86_64", ("-machine", "pc"),
        "max,la57=off,cx16=off", True, "ttyS0", "ttyS1",
        ("-serial", "chardev:agent"), "", "arch/x86/boot/bzImage",
        "ld-linux-x86-64.so.2"),
    # Signed return addresses by QEMU's own function: the architecture's takes minutes to boot.
    # sve: QEMU 7.2 makes room for the notes of all CPUs by those of the first. Where the vectors
    # of another one are longer just then, all memory in the file is moved by the difference.
    "arm64": Machine(
        "arm64", "arm64", "qemu-system-aarch64",
        ("-machine", "virt,gic-version=3"), "max,pauth-impdef=on,sve=off", False,
        "ttyAMA0", "ttyS0", ("-device", "pci-serial,chardev=agent"),
        "aarch64-linux-gnu-", "arch/arm64/boot/Image",
        "ld-linux-aarch64.so.1"),
}

HOST = next(machine for machine in MACHINES.values() if machine.host)


def named(name):
    """That of a name, this lab's or Debian's."""
    for machine in MACHINES.values():
        if name in (machine.name, machine.debian):
            return machine
    raise LabError(f"no architecture {name}: there are " +
                   ", ".join(MACHINES))


def of_kernel(root):
    """That of a kernel in a folder: by the note that fetch leaves, or by the image that was
    built there, where "arch" is the kernel's own folder."""
    said = root / "arch"
    if said.is_file():
        return named(said.read_text().strip())
    return next((machine for machine in MACHINES.values()
                 if (root / machine.image).exists()), MACHINES["x86_64"])
