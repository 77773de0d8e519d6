# SPDX-License-Identifier: GPL-2.0-or-later
"""A file system with a power switch (lossy_disk.cpp): what was not synced may be gone after a cut.

    with LossyDisk(program, directory) as disk:
        ...                  # files below disk.path
        disk.cut(seed)       # every access fails from now on
        disk.mount()         # with what has survived
"""

import os
import select
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.wait import PATIENCE

_SOURCES = ("lossy_disk.cpp", "lossy_files.cpp")


def hindrance() -> str:
    """Why there can be none here; nothing where there can."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse can't be opened here"
    if os.geteuid() != 0 and not shutil.which("fusermount3"):
        return "there is no fusermount3 (Debian: fuse3)"
    if not shutil.which("pkg-config") or _fuse("--exists").returncode != 0:
        return "there is no libfuse3 to build with (Debian: libfuse3-dev)"
    return ""


def _fuse(*options):
    return subprocess.run(["pkg-config", *options, "fuse3"], capture_output=True, text=True, check=False)


def build(directory: Path) -> Path:
    """Compiles it; returns the program."""
    program = directory / "lossy_disk"
    sources = [Path(__file__).with_name(name) for name in _SOURCES]
    command = ["g++", "-std=c++20", "-O1", "-Wall", "-o", program, *sources]
    command += _fuse("--cflags", "--libs").stdout.split()
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise HarnessError(f"lossy_disk.cpp: {made.stderr}")
    return program


@dataclass
class Losses:
    """What cuts found unsynced, and what they took: writes (whole, or in part), and names made,
    removed or changed in directories."""

    writes: int = 0
    lost: int = 0
    torn: int = 0
    names: int = 0
    lost_names: int = 0

    def __add__(self, other):
        return Losses(*(a + b for a, b in zip(vars(self).values(), vars(other).values())))


class LossyDisk:
    """Mounted at `path`, below `directory`; `on_disk`: what has survived, after cut() and end()."""

    def __init__(self, program: Path, directory: Path):
        self._program = program
        self.path, self.on_disk = directory / "mounted", directory / "on_disk"
        for one in (self.path, self.on_disk):
            one.mkdir(parents=True)
        self._process = None
        self.mount()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.unmount()

    def mount(self) -> None:
        self._process = subprocess.Popen(
            [self._program, self.path, self.on_disk], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._answer("mounted")

    def cut(self, seed: int) -> Losses:
        """The power fails. Unmounted when this returns: open files give EIO."""
        losses = Losses(*map(int, self._ask(f"cut {seed}", "cut")))
        self.unmount()
        return losses

    def end(self) -> None:
        """An orderly end: nothing is lost."""
        self._ask("end", "ended")
        self.unmount()

    def unmount(self) -> None:
        if self._process is None:
            return
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        self._process = None

    def _ask(self, words: str, answer: str) -> list:
        self._process.stdin.write(f"{words}\n".encode())
        self._process.stdin.flush()
        return self._answer(answer)

    def _answer(self, wanted: str) -> list:
        if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
            raise HarnessError(f"lossy_disk has not said {wanted!r}")
        word, *more = self._process.stdout.readline().decode().split() or [""]
        if word != wanted:
            raise HarnessError(f"lossy_disk said {word!r}, not {wanted!r}")
        return more
