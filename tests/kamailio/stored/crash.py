# SPDX-License-Identifier: GPL-2.0-or-later
"""Rounds of load with a fault in each; then whether all that was answered has run."""

import json
import random
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from harness.kamexecd import KAMEXECD, Kamexecd
from harness.wait import PATIENCE, wait_until

from .callers import Callers
from .faults import Faults, SmallDisk
from .programs import Programs, store_of
from .verdict import Verdict, judge

# Without any progress for so long, what is left will never run.
STANDSTILL_SECONDS = 3 * PATIENCE


def empty(daemon: Kamexecd) -> bool:
    """Whether nothing waits in the store, nor runs."""
    with daemon.connect() as client:
        stored = store_of(client.control("status"))
    return not any(one["waiting"] or one["running"] for one in stored.values())


def drain(daemon: Kamexecd, programs: Programs) -> str:
    """Waits until all that is stored has run; what is left, in words."""
    size, since = programs.log_path.stat().st_size, time.monotonic()
    while not empty(daemon):
        now = programs.log_path.stat().st_size
        if now != size:
            size, since = now, time.monotonic()
        if time.monotonic() - since > STANDSTILL_SECONDS:
            with daemon.connect() as client:
                return f"nothing runs, and there is left: {json.dumps(store_of(client.control('status')))}"
        time.sleep(0.05)
    return ""


def dead(daemon: Kamexecd) -> list:
    with daemon.connect() as client:
        stored = store_of(client.control("status"))
    return [f"{one['dead']} calls of {name} are dead" for name, one in stored.items() if one["dead"]]


def damage(state: Path) -> list:
    """What SQLite finds wrong with the store."""
    path = state / "queue.sqlite"
    if not path.exists():
        return []
    found = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall()
    return [] if found == [("ok",)] else [f"{path.name}: {found}"]


@dataclass
class Outcome:
    verdict: Verdict
    happened: dict
    rounds: int
    no_disk: str = ""  # why none was filled


def run(directory: Path, rounds: int, seed: int, program=KAMEXECD, names=("spawned", "pooled"),
        faults=None, environment=None, kamailio=None, keys=4, least=0, most_pause=0.3,
        tell=lambda line: None) -> Outcome:
    """`keys`: of a client. `least`: calls that are answered before the next fault, at least. `faults`:
    names of those that happen, in turns; absent: all. `kamailio(socket)`: a context with
    calls of its own (its `made` afterwards)."""
    directory.mkdir(exist_ok=True)
    chance = random.Random(seed)
    programs = Programs(directory, names)
    disk = SmallDisk(directory)
    state = disk.path / "state"
    try:
        daemon = Kamexecd(
            directory / "daemon", programs.definitions, program=program, environment=environment, state=state
        )
        try:
            callers = Callers(daemon.socket_path, list(names), keys=keys, seed=seed)
            others = kamailio(daemon.socket_path) if kamailio else None
            try:
                happening = Faults(daemon, callers, None if disk.hindrance else disk, chance)
                wanted = [one for one in faults or happening.all if one in happening.all]
                for number in range(rounds if wanted else 0):
                    if number % len(wanted) == 0:
                        chance.shuffle(wanted)
                    time.sleep(chance.uniform(0, most_pause))
                    wanted_calls = (number + 1) * least
                    wait_until(lambda wanted=wanted_calls: callers.count("yes") >= wanted)
                    happening.happen(wanted[number % len(wanted)])
                    if number % 10 == 9:
                        # What retries let pile up, and what the callers were answered, runs meanwhile.
                        tell(f"round {number + 1} of {rounds}: {callers.count('yes')} calls answered 1")
            finally:
                callers.end()
                if others:
                    others.end()
            wrong = callers.wrong + (others.wrong if others else [])
            left = drain(daemon, programs)
            wrong += [left] if left else dead(daemon)
        finally:
            daemon.stop()
        wrong += damage(state)
    finally:
        disk.close()
    verdict = judge(callers.made + (others.made if others else []), programs.seen())
    verdict.wrong = wrong + verdict.wrong
    return Outcome(verdict, happening.happened, rounds, disk.hindrance)
