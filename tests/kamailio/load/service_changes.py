# SPDX-License-Identifier: GPL-2.0-or-later
"""kamexecd under load while it changes: reloads, restarts, replacements, its sudden death."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.kamexecd import Kamexecd
from harness.service_callers import Callers
from harness.wait import wait_until

from .quantiles import quantile

# Answers with its argument, and writes down its pid, and what it was asked: a line for each time.
WORKER = """#!/usr/bin/python3
import os, sys, time
asked = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
with open(sys.argv[2], "a") as workers:
    workers.write(f"{os.getpid()}\\n")
for line in sys.stdin:
    field, _, value = line.rstrip("\\n").partition(" ")
    if field == "hello":
        print("hello 1", flush=True)
    elif field == "request":
        name, argument = value.split(" ")[0], ""
    elif field == "arg":
        argument = value
        os.write(asked, (value + "\\n").encode())
        time.sleep(float(sys.argv[3]))
    elif field == "end":
        print(f"reply {name} 0\\nline {argument}\\nend {name}", flush=True)
"""
POOL = """run = {worker} {asked} {workers} {seconds}
via = pool
workers = 4
workers_start = 4
workers_least = 4
queue = 10000
timeout = 15s
"""


class Changing:
    """A daemon with a pool, "asked", whose workers work for so many `seconds` on each call."""

    def __init__(self, directory: Path, activated=True, seconds=0.0):
        directory.mkdir(exist_ok=True)
        worker = directory / "worker.py"
        worker.write_text(WORKER)
        worker.chmod(0o755)
        self._asked, self._workers = directory / "asked", directory / "workers"
        self._pool = POOL.format(
            worker=worker, asked=self._asked, workers=self._workers, seconds=seconds
        )
        self.reloads = self.restarts = 0
        self.daemon = Kamexecd(directory, self._programs(), activated=activated)

    def _programs(self) -> dict:
        """Different each time: another program always, that which is called every third time."""
        count = self.reloads
        return {
            "asked": self._pool + f"age = {3600 + count // 3}s",
            "other": f"run = /bin/echo {count}",
            f"new{count}": "run = /bin/true",
        }

    def reload(self) -> None:
        self.reloads += 1
        self.daemon.write(self._programs())
        assert self.daemon.reload(), self.daemon.log()

    def restart(self, replace=False) -> None:
        self.restarts += 1
        if replace:
            old = self.daemon.replace()
            assert wait_until(lambda: old.poll() is not None)
            assert old.returncode == 0, self.daemon.log()
        else:
            self.daemon.restart()

    def asked(self) -> Counter:
        """What the workers were asked: arguments, each with how often."""
        return Counter(self._asked.read_text().split() if self._asked.exists() else ())

    def workers(self) -> list:
        """Pids of all workers that ever ran."""
        return [int(pid) for pid in self._workers.read_text().split()]

    def change(self, seconds, reload_every, restart_every, replace=False) -> None:
        """For so long a reload and a restart every so many seconds: by the service manager that holds
        the socket, or by a daemon that takes it over (`replace`)."""
        begun = time.monotonic()
        reload_at, restart_at = begun + reload_every, begun + restart_every
        while (now := time.monotonic()) < begun + seconds:
            if now >= restart_at:
                restart_at += restart_every
                self.restart(replace)
            if now >= reload_at:
                reload_at += reload_every
                self.reload()
            time.sleep(0.01)

    def stop(self) -> None:
        self.daemon.stop()


@dataclass
class Seen:
    """What came of calls while the daemon changed."""

    made: int
    wrong: list
    outcomes: Counter
    asked: Counter  # id: how often a worker got it
    never_asked: set  # answered, and no worker has seen them
    reloads: int
    restarts: int
    median_ms: float
    longest_ms: float

    @property
    def twice(self) -> list:
        return [id for id, times in self.asked.items() if times > 1]


def seen_by(callers: Callers, changing: Changing) -> Seen:
    """`callers` have ended."""
    asked = changing.asked()
    return Seen(
        made=len(callers.ids),
        wrong=callers.wrong,
        outcomes=callers.outcomes,
        asked=asked,
        never_asked=set(callers.ids) - set(asked),
        reloads=changing.reloads,
        restarts=changing.restarts,
        median_ms=1000 * quantile(callers.seconds, 0.5),
        longest_ms=1000 * quantile(callers.seconds, 1),
    )


def run_changes(directory: Path, seconds, rate, reload_every, restart_every, replace=False) -> Seen:
    """`rate` calls a second of ten clients, while the daemon changes."""
    changing = Changing(directory, activated=not replace)
    try:
        with Callers(changing.daemon.socket_path, "asked", clients=10, rate=rate) as callers:
            changing.change(seconds, reload_every, restart_every, replace)
        return seen_by(callers, changing)
    finally:
        changing.stop()
