# SPDX-License-Identifier: GPL-2.0-or-later
"""Rounds of load that each end with a power cut: the store's disk loses what was not synced, and the
daemon dies at the same moment."""

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError, ServerDied
from harness.kamexecd import KAMEXECD, Kamexecd
from harness.wait import PATIENCE, wait_until

from .callers import Callers
from .crash import damage, dead, drain
from .lossy_disk import Losses, LossyDisk
from .programs import Programs
from .verdict import Verdict, judge


# What the daemon is doing when the power fails, each with a weight. It brings its log home (a checkpoint)
# when it ends, and recovers when it starts.
MOMENTS = {"at work": 6, "starting": 2, "ending": 2, "ended": 1}
LEAST_CALLS = 5  # answered before the power fails, but while it starts


@dataclass
class Outcome:
    verdict: Verdict
    losses: Losses
    moments: Counter


def run(lossy_disk: Path, directory: Path, rounds: int, seed: int, program=KAMEXECD,
        names=("spawned", "pooled"), environment=None, most_pause=0.5, tell=lambda line: None) -> Outcome:
    """`lossy_disk`: the program."""
    directory.mkdir(exist_ok=True)
    chance, losses, moments, calls, wrong = random.Random(seed), Losses(), Counter(), [], []
    programs = Programs(directory, names)
    with LossyDisk(lossy_disk, directory) as disk:
        # The daemon makes the directory itself: its name must survive, too.
        daemon = Kamexecd(
            directory / "daemon", programs.definitions, program=program, environment=environment,
            state=disk.path / "state", start=False,
        )
        try:
            for number in range(rounds):
                moment = chance.choices(list(MOMENTS), MOMENTS.values())[0]
                moments[moment] += 1
                daemon.start(wait=moment != "starting")
                # Keys of its own: a call without an answer may still run in a later round.
                callers = Callers(
                    daemon.socket_path, list(names), pause=0.01, seed=f"{seed} {number}", name=f"r{number}k"
                )
                try:
                    time.sleep(chance.uniform(0, 0.1 if moment == "starting" else most_pause))
                    if moment != "starting":
                        wait_until(lambda: callers.count("yes") >= LEAST_CALLS)
                    if moment in ("ending", "ended"):
                        daemon.process.terminate()
                        wait_until(lambda: not daemon.alive(), PATIENCE if moment == "ended" else chance.uniform(0, 0.1))
                    losses += disk.cut(chance.getrandbits(63))
                    daemon.kill9()
                finally:
                    callers.end()
                calls += callers.made
                wrong += callers.wrong
                disk.mount()
                if number % 10 == 9:
                    tell(f"cut {number + 1} of {rounds}: {sum(c.word == 'yes' for c in calls)} calls answered 1")
            daemon.start()
            left = drain(daemon, programs)
            wrong += [left] if left else dead(daemon)
            daemon.stop()
            disk.end()
            wrong += damage(disk.on_disk / "state")
        except ServerDied as error:
            wrong.append(f"after a cut: {error}")
        finally:
            if daemon.alive():
                daemon.kill9()
    verdict = judge(calls, programs.seen())
    verdict.wrong = wrong + verdict.wrong
    return Outcome(verdict, losses, moments)


# A program of its own, so that it has nothing of a database open when the power fails but what it
# would have: prints each row that is committed.
_WRITER = """
import sqlite3, sys
path, synchronous = sys.argv[1:]
database = sqlite3.connect(path, isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute(f"PRAGMA synchronous={synchronous}")
database.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, filler)")
number = database.execute("SELECT coalesce(max(number), 0) FROM rows").fetchone()[0]
while True:
    number += 1
    database.execute("INSERT INTO rows VALUES (?, ?)", (number, "x" * 300))
    print(number, flush=True)
"""


def rows_lost(lossy_disk: Path, directory: Path, synchronous: str, rounds: int, seed: int) -> int:
    """Of SQLite alone on such a disk: committed rows that were gone after a cut, of all rounds; a
    database that can't be read has lost all of them."""
    directory.mkdir()
    chance, lost, told = random.Random(seed), 0, 0
    with LossyDisk(lossy_disk, directory) as disk:
        for _ in range(rounds):
            writer = subprocess.Popen(
                [sys.executable, "-c", _WRITER, disk.path / "rows.sqlite", synchronous],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
            rows = [int(writer.stdout.readline() or 0) for _ in range(chance.randint(20, 200))]
            disk.cut(chance.getrandbits(63))
            writer.kill()
            rows += [int(line) for line in writer.stdout if line.endswith("\n")]
            writer.wait()
            told = max(rows)
            if told == 0:
                raise HarnessError("SQLite has committed nothing")
            disk.mount()
            there = _rows(disk.path / "rows.sqlite")
            lost += max(told - there, 0)
            if there < told:  # the numbers go on from those: begin anew
                for file in disk.path.iterdir():
                    file.unlink()
    return lost


def _rows(path: Path) -> int:
    try:
        return sqlite3.connect(path).execute("SELECT count(*) FROM rows").fetchone()[0]
    except sqlite3.Error:
        return 0
