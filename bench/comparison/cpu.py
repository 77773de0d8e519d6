# SPDX-License-Identifier: GPL-2.0-or-later
"""Processor time, which other work on the machine changes less than it changes the clock's."""

import os
from pathlib import Path

_TICK = 1e6 / os.sysconf("SC_CLK_TCK")


def used_us(pid: int) -> float:
    """Microseconds of a process and of all children that it has waited for: utime, stime, cutime
    and cstime of proc(5). In steps of one tick, so for many calls only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * _TICK


def threads_us(pid: int) -> dict:
    """{name of a thread: what it has used}, to the nanosecond, which a short round wants."""
    used = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        used[name] = used.get(name, 0.0) + _task_us(task)
    return used


def first_thread_us(pid: int) -> float:
    """The same, of that with which the process began."""
    return _task_us(Path(f"/proc/{pid}/task/{pid}"))


def _task_us(task: Path) -> float:
    return int((task / "schedstat").read_text().split()[0]) / 1000


def pressure_us() -> int:
    """Microseconds since boot in which something had to wait for a processor; 0 where not told."""
    try:
        first = Path("/proc/pressure/cpu").read_text().splitlines()[0]
    except OSError:
        return 0
    return int(first.rpartition("total=")[2])
