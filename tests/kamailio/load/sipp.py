# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of sipp, and what it counted."""

import csv
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import HarnessError
from harness.ports import free_port

SIPP = shutil.which("sipp")
SCENARIO = Path(__file__).resolve().parents[1] / "sipp" / "invite.xml"


@dataclass
class Calls:
    made: int = 0
    answered: int = 0
    milliseconds: list = field(default_factory=list)  # from INVITE to final reply, of the answered

    @property
    def lost(self) -> int:
        return self.made - self.answered


def run(directory: Path, port: int, rate: int, seconds: float, at_once=0, again=False) -> Calls:
    """`rate` calls a second for so long, `at_once` of them at the same time (0: any number). None is
    sent twice: what gets lost is lost; `again`: as SIP demands over UDP. A call without its reply
    after 5 s has failed."""
    count = int(rate * seconds)
    command = [SIPP, f"127.0.0.1:{port}", "-sf", SCENARIO, "-r", rate, "-m", count]
    command += ["-l", at_once or count, "-i", "127.0.0.1", "-p", free_port(), "-nostdin"]
    command += [] if again else ["-nr"]
    command += ["-recv_timeout", 5000, "-timeout", int(seconds) + 30]
    command += ["-trace_stat", "-stf", directory / "statistics.csv", "-fd", 1]
    command += ["-trace_rtt", "-rtt_freq", 1]
    with open(directory / "sipp.log", "wb") as log:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=seconds + 60,
            check=False,
        )
    if done.returncode not in (0, 1, 97):  # 1: some calls failed; 97: -timeout
        tail = (directory / "sipp.log").read_bytes()[-500:].decode(errors="replace")
        raise HarnessError(f"sipp: status {done.returncode}: {tail}")
    return _counted(directory)


def _rows(path: Path) -> list:
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _counted(directory: Path) -> Calls:
    last = _rows(directory / "statistics.csv")[-1]
    made, answered = int(last["TotalCallCreated"]), int(last["SuccessfulCall(C)"])
    times = []
    for path in directory.glob("*_rtt.csv"):
        times += [float(row["response_time_ms"]) for row in _rows(path)]
    return Calls(made, answered, times)
