# SPDX-License-Identifier: GPL-2.0-or-later
"""What the demo's programs were started with, as programs/record.sh kept it."""

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Run:
    pid: int
    program: str
    arguments: list
    variables: dict  # those named SIP_*


def _words(path: Path) -> list:
    return path.read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]


def _read(path: Path) -> Run:
    _shell, script, *arguments = _words(path)
    entries = (entry.partition("=")[::2] for entry in _words(path.with_suffix(".environ")))
    variables = {name: value for name, value in entries if name.startswith("SIP_")}
    return Run(int(path.stem), Path(script).name, arguments, variables)


def take(directory: Path) -> list:
    """The runs that began since the last call, in order; each is given once."""
    records = sorted((directory / "runs").glob("*.argv"), key=lambda p: p.stat().st_mtime_ns)
    found = [_read(path) for path in records]
    for path in records:
        path.with_suffix(".environ").unlink()
        path.unlink()
    return found


def wait_for(directory: Path, count: int, seconds=5.0) -> list:
    """As take, but until there were `count` of them or time is up: a job in the background may
    begin after its call was answered."""
    end = time.monotonic() + seconds
    found = take(directory)
    while len(found) < count and time.monotonic() < end:
        time.sleep(0.02)
        found += take(directory)
    return found
