# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server holds when nothing is under way: to compare before and after."""

import os
import time

from .processes import children_of


class Measure:
    """Of the main process and those that it forked. `ask`: the server's RPC, with tm and kex."""

    def __init__(self, server, ask):
        pids = [server.process.pid, *children_of(server.process.pid)]
        self.descriptors = {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in pids}
        self.children = [child for pid in pids[1:] for child in children_of(pid)]
        self.shared = ask("core.shmmem", "b")["used"]  # bytes
        self.private = {pid: _private(ask, pid) for pid in pids}  # bytes of the server's own pool
        self.resident = {pid: _resident(pid) for pid in pids}  # bytes

    def grown(self, before: "Measure", what: str, by: int) -> dict:
        """The processes whose `what` is larger than before by more than that, and by how much."""
        now, then = getattr(self, what), getattr(before, what)
        growth = {pid: now[pid] - then.get(pid, 0) for pid in now}
        return {pid: bytes_ for pid, bytes_ in growth.items() if bytes_ > by}


def _private(ask, pid) -> int:
    """The least of several readings: requests and timers use some of it for a moment."""

    def reading():
        time.sleep(0.02)
        stats = ask("pkg.stats", "pid", pid)
        return (stats[0] if isinstance(stats, list) else stats)["used"]

    return min(reading() for _ in range(4))


def _resident(pid) -> int:
    """Without shared memory: of that, pages that a process touches first would count."""
    with open(f"/proc/{pid}/status") as file:
        (line,) = (line for line in file if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024
