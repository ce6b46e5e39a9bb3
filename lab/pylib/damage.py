# SPDX-License-Identifier: GPL-2.0-or-later
"""lab damage: faults made in healthy dumps, for kernels that no module can be built for."""

import pathlib
import shutil

from . import faults, image, objects, recipe, score
from .base import LabError, replace_link, run, say
from .dumps import write_truth
from .pageclass import Pages


class Case:
    """A copy of a healthy dump, in which one fault after the other is made and taken back."""

    def __init__(self, folder, args):
        self.folder = args.out / folder.name
        self.folder.mkdir(parents=True)
        self.dump = self.folder / "vmcore"
        run(["cp", "--sparse=always", folder / "vmcore", self.dump], "the copy")
        self.dump.chmod(0o600)
        vmlinux = (folder / "vmlinux").resolve()
        replace_link(self.folder / "vmlinux", vmlinux)
        layout = args.out / f"{folder.name}.layout"
        run([args.tool, f"--save-layout={layout}", vmlinux], "the layout")
        text = layout.read_text(encoding="utf-8")
        self.kernel = objects.Kernel(image.load(folder / "vmcore"), objects.Layout(text))
        self.pages = Pages(self.kernel)

    def write(self, truth, what):
        """The new contents, or the old ones again."""
        with recipe.open_dump(self.dump) as dump:
            places = [dump.place(int(write[0], 16)) for write in truth["writes"]]
        with open(self.dump, "r+b") as file:
            for place, write in zip(places, truth["writes"]):
                file.seek(place)
                file.write(int(write[what], 16).to_bytes(write[1], "little"))

    def score(self, name, seed, args):
        """The verdict on the dump with this fault; None: there is no victim for it."""
        try:
            truth = faults.make(self.kernel, name, seed, self.pages)
        except (LabError, IndexError) as error:
            say(f"{self.folder.name}: no {name}: {error}")
            return None
        self.write(truth, 3)
        write_truth(self.folder, truth)
        verdict = score.score_case(self.folder, args)
        self.write(truth, 2)
        if not verdict.passed:
            say(f"FAILED {self.folder.name} {name} seed {seed}: {'; '.join(verdict.notes[:3])}")
        return verdict


def take(args):
    """lab damage"""
    score.find_tool(args)
    if args.out.exists():
        raise LabError(f"{args.out}: is there already")
    args.out.mkdir(parents=True)
    wanted = args.faults.split(",") if args.faults else faults.KINDS
    if unknown := set(wanted) - set(faults.KINDS):
        raise LabError(f"no fault called {', '.join(unknown)}")
    verdicts = []
    for folder in args.dirs:
        case = Case(pathlib.Path(folder), args)
        for name in wanted:
            for seed in range(args.seed, args.seed + args.rounds):
                verdicts.append(case.score(name, seed, args))
        shutil.rmtree(case.folder)
    verdicts = list(filter(None, verdicts))
    score.print_table(verdicts)
    return score.print_closing(verdicts)
