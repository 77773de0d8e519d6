# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls that kamexecd stores, against bare commits of as many bytes, grouped as the daemon grouped them."""

import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import cpu, figures
from .bare_subject import Repeater
from .disk import file_system, sync_us
from .errors import MeasurementError
from .rounds import LEAST_ROUNDS, Series
from .scene import Scene
from .service import Daemon

# Time of a stored call, above that of its share of a bare commit of the same group.
MOST_TO_BARE = 1.5
CALLERS = (1, 16, 64)
# Of kamexecd, as the system has them.
LOOP, STORE = "kamexecd", "kamexecd-store"
# Of one call: the SIP_ variables of an ordinary INVITE, as exec_cmd hands them over.
BYTES = 1000
WARM_UPS, ROUNDS = 4, 11
SECONDS = 0.5  # of a round, about

# Whose only attempt goes on for ever, by the argument of its calls: nothing but the storing is measured.
_FOR_EVER = "infinity"
_PROGRAM = """run = /bin/sleep
delivery = stored
timeout = 24h
max = 1
store_most = 1000000000
store_timeout = 1m
"""


def directory_on_disk(build: Path, scene: Scene) -> Path:
    """Below the build directory, which is on a disk where /tmp may be none."""
    into = build / "bench"
    into.mkdir(exist_ok=True)
    made = tempfile.TemporaryDirectory(prefix="store-", dir=into)
    scene.add(_Closing(made.cleanup))
    return Path(made.name).resolve()


@dataclass
class _Closing:
    close: object


class _Subject:
    """A program that makes calls, or rows, as it is told. `used_us`: processor time of all calls, by thread."""

    def __init__(self, command):
        self._program = Repeater(command)
        self.forget()

    def forget(self):
        self.used_us, self.calls = {}, 0

    def _threads(self) -> dict:
        return {"itself": sum(cpu.threads_us(self._program.pid).values())}

    def measure(self, calls: int) -> float:
        """Microseconds for one call."""
        before = self._threads()
        nanoseconds, _ = self._program.run(calls)
        for name, used in self._threads().items():
            self.used_us[name] = self.used_us.get(name, 0.0) + used - before.get(name, 0.0)
        self.calls += calls
        return nanoseconds / 1000 / calls

    def processor_us(self) -> dict:
        """Of one call."""
        return {name: used / self.calls for name, used in self.used_us.items()}

    def close(self):
        self._program.end()
        self._program.wait()


class _Ours(_Subject):
    """`groups`: calls in a commit, of each measurement."""

    def __init__(self, build: Path, daemon: Daemon, callers: int):
        program = build / "bench" / "service_callers"
        self._daemon = daemon
        super().__init__([program, daemon.socket_path, "billing", _FOR_EVER, str(callers), str(BYTES)])

    def forget(self):
        super().forget()
        self.groups = []

    def _threads(self) -> dict:
        return {**super()._threads(), **cpu.threads_us(self._daemon.pids()[0])}

    def measure(self, calls: int) -> float:
        before = self._daemon.store()
        taken = super().measure(calls)
        after = self._daemon.store()
        commits = after["commits"] - before["commits"]
        if after["refused"] != before["refused"] or commits < 1:
            raise MeasurementError(f"the store has failed: {after}")
        self._daemon.check_attempts("billing")
        self.groups.append((after["inserted"] - before["inserted"]) / commits)
        return taken


class _Bare(_Subject):
    def __init__(self, build: Path, directory: Path, group: float):
        program = build / "bench" / "bare_commits"
        super().__init__([program, directory / f"bare{group}.sqlite", f"{group:.2f}", str(BYTES)])


class StoringDaemon(Daemon):
    def _status(self) -> dict:
        with self._daemon.connect() as client:
            return json.loads(client.control("status").output)

    def store(self) -> dict:
        return self._status()["store"]

    def check_attempts(self, name: str):
        """None of the program has ended: else they are measured, too."""
        for program in self._status()["programs"]:
            if program["name"] == name and program["stored"]["failed_attempts"] > 0:
                raise MeasurementError(f"attempts of {name} end: {program['stored']}")


def _measure(callers: int, build: Path, daemon: StoringDaemon, directory: Path, scene: Scene) -> dict:
    ours = scene.add(_Ours(build, daemon, callers))
    calls = max(callers, 50)
    calls = max(calls, int(SECONDS * 1e6 / ours.measure(calls)))
    ours.forget()
    for _ in range(WARM_UPS):
        ours.measure(calls)
    group = statistics.mean(ours.groups)
    bare = scene.add(_Bare(build, directory, group))
    bare.measure(calls)
    ours.forget()
    bare.forget()
    series = {"ours": Series(), "bare": Series()}
    for number in range(max(ROUNDS, LEAST_ROUNDS)):
        pairs = [("ours", ours), ("bare", bare)]
        for name, subject in pairs if number % 2 == 0 else pairs[::-1]:
            series[name].times_us.append(subject.measure(calls))
            series[name].calls += calls
    ours.close()
    bare.close()
    result = {
        "call": f"{callers} callers" if callers > 1 else "1 caller",
        "callers": callers,
        "group": group,
        "groups": ours.groups,
        "processor_us": {"ours": ours.processor_us(), "bare": bare.processor_us()},
        **{name: figures.spread(values) for name, values in series.items()},
    }
    result["to_bare"] = result["ours"]["median_us"] / result["bare"]["median_us"]
    result["missed"] = []
    if result["to_bare"] > MOST_TO_BARE:
        result["missed"].append(f"{result['to_bare']:.2f} times a bare commit, wanted {MOST_TO_BARE}")
    return result


def measure_stored(build: Path, scene: Scene) -> list:
    directory = directory_on_disk(build, scene)
    disk = {"file_system": file_system(directory), "sync": sync_us(directory)}
    daemon = scene.add(StoringDaemon(build, directory, {"billing": _PROGRAM}))
    return [{**_measure(callers, build, daemon, directory, scene), **disk} for callers in CALLERS]


HEAD = (
    "callers", "calls in a commit", "kamexecd us", "bare us", "kamexecd/s", "bare/s", "times", "fdatasync us",
    "clients CPU", "loop CPU", "store CPU", "bare CPU",
)  # fmt: skip


def row(one: dict) -> tuple:
    return (
        f"{one['callers']}",
        f"{one['group']:.1f}",
        *(f"{one[name]['median_us']:.0f}" for name in ("ours", "bare")),
        *(f"{one[name]['calls_per_second']:.0f}" for name in ("ours", "bare")),
        f"{one['to_bare']:.2f}",
        f"{one['sync']['median_us']:.0f}",
        *(f"{one['processor_us']['ours'][name]:.0f}" for name in ("itself", LOOP, STORE)),
        f"{one['processor_us']['bare']['itself']:.0f}",
    )


TEXT = f"""
## Stored calls

Clients of kamexecd each have one call under way of a program with `delivery=stored`. A call has {BYTES} bytes
of variables, and is over when it is on disk. Its program is not run meanwhile. "Bare" is SQLite in a program
of its own: rows of {BYTES} bytes in one table without an index, with as many rows in a transaction as kamexecd
had calls in one (WAL, `synchronous=FULL`). Both databases are on the same disk (file system:
{{stored_file_system}}). `fdatasync us` is what that takes there after a write of 4 KiB; a tmpfs has no such cost.
kamexecd and bare were measured in turns; the times are for one call, and medians. The last four columns are
processor time of one call in microseconds: of all clients together, of kamexecd's loop, of its store's thread, and
of bare. What a call of one caller takes beyond that of bare is this work, one part after the other, and the
waking of a sleeping thread four times. With many callers the parts work at the same time.

{{table}}

The bound is {MOST_TO_BARE} times the time of the bare commits. {{verdict}}"""
