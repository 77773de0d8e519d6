# SPDX-License-Identifier: GPL-2.0-or-later
"""Many calls through a fleet at the same time, without Kamailio: against as many bare requests by libnats."""

from pathlib import Path

from . import cpu, figures
from .bare_subject import Repeater
from .loopback_fleet import LoopbackFleet, is_built
from .rounds import LEAST_ROUNDS, Series
from .scene import Scene

CALLERS = (1, 16, 64)
# Of the calls a second of bare requests, with as many threads as there are callers.
LEAST_THROUGHPUT = 0.7
LEAST_FOR = 64  # callers
ROUNDS = 11
SECONDS = 0.3  # of a round, about
MOST_CALLS = 500_000  # of a round

# How bare requests are made: see bench/bare_nats.cpp.
WAYS = ("threads", "messages")


class _Subject:
    """A program that makes calls. `used_us`: processor time of all of them, by part."""

    def __init__(self, command, more_parts):
        self._program = Repeater(command)
        self._more_parts = more_parts
        self.forget()

    def forget(self):
        self.used_us, self.calls = {}, 0

    def _parts(self) -> dict:
        return {"callers": sum(cpu.threads_us(self._program.pid).values()), **self._more_parts()}

    def measure(self, calls: int) -> float:
        """Microseconds for one call, of `calls`."""
        before = self._parts()
        nanoseconds, _ = self._program.run(calls)
        for name, used in self._parts().items():
            self.used_us[name] = self.used_us.get(name, 0.0) + used - before[name]
        self.calls += calls
        return nanoseconds / 1000 / calls

    def processor_us(self) -> dict:
        """Of one call."""
        return {name: used / self.calls for name, used in self.used_us.items()}

    def close(self):
        self._program.end()
        self._program.wait()


def _ours(callers: int, build: Path, fleet: LoopbackFleet, scene: Scene) -> _Subject:
    program = build / "bench" / "service_callers"
    command = [program, fleet.socket_path, "echo", "hello", str(callers), "0"]
    return scene.add(_Subject(command, fleet.processor_us))


def _bare(callers: int, build: Path, fleet: LoopbackFleet, scene: Scene, messages: tuple) -> dict:
    program, directory = build / "bench" / "bare_nats", scene.directory()
    there, back = (one.write(directory / name) for one, name in zip(messages, ("there", "back")))
    return {
        way: scene.add(
            _Subject(
                [program, fleet.url, there, back, str(callers), way],
                lambda: {"nats": fleet.servers_us()},
            )
        )
        for way in WAYS
    }


def _in_turns(subjects: dict, least: int) -> dict:
    """{name: figures}. Rounds are of the same length, whatever a call takes, but of `least` calls."""
    calls = {}
    for name, subject in subjects.items():
        subject.measure(least)
        calls[name] = min(MOST_CALLS, max(least, int(SECONDS * 1e6 / subject.measure(least))))
        subject.measure(calls[name])
        subject.forget()
    series = {name: Series() for name in subjects}
    for number in range(max(ROUNDS, LEAST_ROUNDS)):
        names = list(subjects) if number % 2 == 0 else list(subjects)[::-1]
        for name in names:
            series[name].times_us.append(subjects[name].measure(calls[name]))
            series[name].calls += calls[name]
    made = {name: figures.spread(values) for name, values in series.items()}
    made["processor_us"] = {name: subject.processor_us() for name, subject in subjects.items()}
    return made


def _measure(callers: int, build: Path, fleet: LoopbackFleet) -> dict:
    with Scene() as scene:
        ours = _ours(callers, build, fleet, scene)
        messages = fleet.messages_of(ours.measure)
        made = _in_turns({"ours": ours, **_bare(callers, build, fleet, scene, messages)}, 20 * callers)
    result = {
        "call": f"{callers} callers" if callers > 1 else "1 caller",
        "callers": callers,
        "bytes_there": messages[0].size,
        "bytes_back": messages[1].size,
        **made,
        "missed": [],
    }
    for way in WAYS:
        result[f"of_{way}"] = made[way]["median_us"] / made["ours"]["median_us"]
    if callers == LEAST_FOR and result["of_threads"] < LEAST_THROUGHPUT:
        result["missed"].append(f"throughput {result['of_threads']:.2f}, wanted {LEAST_THROUGHPUT}")
    return result


def _measure_crossed(callers: int, build: Path) -> dict:
    """Between daemons at different servers of a cluster; without bare requests."""
    with Scene() as scene:
        fleet = LoopbackFleet(build, scene, workers=callers, crossed=True)
        made = _in_turns({"ours": _ours(callers, build, fleet, scene)}, 20 * callers)
    return {"call": f"{callers} callers, {CROSSED}", "callers": callers, **made, "missed": []}


def measure_fleet_callers(build: Path, scene: Scene) -> list:
    """Figures by number of callers; empty where kamexecd was built without NATS."""
    if not is_built(build):
        return []
    fleet = LoopbackFleet(build, scene, workers=max(CALLERS))
    return [*(_measure(callers, build, fleet) for callers in CALLERS), _measure_crossed(max(CALLERS), build)]


CROSSED = "two servers of a cluster"
PARTS = ("callers", "host", "nats", "worker", "programs")
HEAD = (
    "", "fleet us", "fleet/s", "threads/s", "messages/s", "of threads", "of messages",
    "callers CPU", "SIP host CPU", "nats CPU", "worker host CPU", "worker CPU", "libnats' nats CPU",
)  # fmt: skip


def row(one: dict) -> tuple:
    alone = "threads" not in one
    used = one["processor_us"]
    return (
        one["call"],
        f"{one['ours']['median_us']:.0f}",
        f"{one['ours']['calls_per_second']:.0f}",
        *("" if alone else f"{one[way]['calls_per_second']:.0f}" for way in WAYS),
        *("" if alone else f"{one['of_' + way]:.2f}" for way in WAYS),
        *(f"{used['ours'][part]:.0f}" for part in PARTS),
        "" if alone else f"{used['threads']['nats']:.0f}",
    )


TEXT = f"""
### Many callers

Clients of the SIP host's kamexecd, all in one program without Kamailio, each have one call under way; the worker
host has {max(CALLERS)} C++ workers. Bare requests are made in two ways, over one connection each. "Threads" are
as many threads as there are callers, each of which waits in `natsConnection_RequestMsg()`, as a program that uses
libnats does it. "Messages" is the fastest that libnats does: no thread waits for a reply, and the library's
thread sends the next request when one comes. All took turns; the figures are medians. The last columns are
processor time of one call in microseconds: of the callers, of the SIP host's kamexecd, of nats-server, of the
worker host's kamexecd, of its workers, and of nats-server for a bare request (threads). In the last row the two
kamexecd are at different servers of a cluster of three, and "nats CPU" is that of all three.

{{table}}

The bound is, with {LEAST_FOR} callers, {LEAST_THROUGHPUT} of the requests a second of as many threads of
libnats. {{verdict}}"""
