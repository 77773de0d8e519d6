# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program `record` wrote down of its start."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import HarnessError
from .wait import PATIENCE, wait_until


def build(directory: Path) -> Path:
    """Compiles record.c; returns the program."""
    program = directory / "record"
    source = Path(__file__).with_name("record.c")
    made = subprocess.run(
        ["cc", "-O1", "-Wall", "-o", program, source], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise HarnessError(f"record.c: {made.stderr}")
    return program


@dataclass
class Record:
    argv: list
    environ: dict  # of two entries with one name the first, as getenv does
    entries: list  # NAME=value as given, in order
    fds: list
    status: dict  # fields of /proc/self/status, and pgid, sid


def _entries(path: Path) -> list:
    return path.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]


def read(prefix: Path, seconds=PATIENCE):
    """The record at `prefix`, which is taken away. Asserts that the program was started in time."""
    ready = Path(f"{prefix}.argv")
    assert wait_until(ready.exists, seconds), f"the program that writes {prefix.name} never ran"
    entries = _entries(Path(f"{prefix}.environ"))
    environ = {}
    for entry in entries:
        name, _, value = entry.partition("=")
        environ.setdefault(name, value)
    status = {}
    for line in Path(f"{prefix}.status").read_text().splitlines():
        name, _, value = line.partition(":")
        status[name] = value.strip()
    record = Record(
        _entries(ready),
        environ,
        entries,
        [int(line) for line in Path(f"{prefix}.fds").read_text().split()],
        status,
    )
    ready.unlink()
    return record
