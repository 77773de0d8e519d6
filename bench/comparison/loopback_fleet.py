# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet on loopback: nats-server, a kamexecd with workers, a kamexecd that hands calls on to it."""

from pathlib import Path

from . import cpu
from .errors import MeasurementError
from .harness import NATS_SERVER, Fleet, Kamexecd, NatsServer, cluster
from .scene import Scene
from .service import worker_lines

# Calls that count bytes, after some from which the callers learn what a worker wants. The least of several
# counts: daemons also say something now and then that belongs to no call.
_LEARNING, _COUNTED, _TIMES = 20, 100, 5


def is_built(build: Path) -> bool:
    """Whether kamexecd was built with NATS. What else it takes is installed then (scripts/setup bench)."""
    if not (build / "bench" / "bare_nats").exists():
        return False
    if NATS_SERVER is None:
        raise MeasurementError("nats-server is not installed")
    return True


class LoopbackFleet:
    """`workers`: of program echo, all started. The SIP host's daemon also hands on a program `nobody`,
    which nobody offers. `crossed`: there is a cluster of three nats-servers, and the two daemons are at
    different ones. Ends with the scene."""

    def __init__(self, build: Path, scene: Scene, workers: int, crossed=False):
        self._scene, self._program = scene, build.resolve() / "kamexecd"
        directory = scene.directory()
        self.servers = cluster(directory) if crossed else [NatsServer(directory)]
        for server in self.servers:
            scene.add(_Ended(server.stop))
        fleet = Fleet(self._daemon, self.servers)
        run = build.resolve() / "bench" / "echo_worker"
        at_worker, at_host = self.servers[-1].url, self.servers[0].url
        self.worker = fleet.worker({"echo": worker_lines(run, workers)}, servers=at_worker)
        self.host = fleet.host("echo", "nobody", servers=at_host)

    def _daemon(self, programs, **options) -> Kamexecd:
        made = Kamexecd(self._scene.directory(), programs, program=self._program, **options)
        self._scene.add(_Ended(made.stop))
        return made

    @property
    def url(self) -> str:
        return self.servers[0].url

    @property
    def socket_path(self) -> Path:
        return self.host.socket_path

    def bytes_of(self, make_calls) -> tuple:
        """(there, back): of one of the calls that make_calls(count) makes, in what nats-server gets:
        headers and payload."""
        make_calls(_LEARNING)
        counts = [self._received()]
        for _ in range(_TIMES):
            make_calls(_COUNTED)
            counts.append(self._received())
        return tuple(
            round(min(after[name] - before[name] for before, after in zip(counts, counts[1:])) / _COUNTED)
            for name in (self.host.nats_name, self.worker.nats_name)
        )

    def _received(self) -> dict:
        return {one.get("name"): one["in_bytes"] for server in self.servers for one in server.connections()}

    def processor_us(self) -> dict:
        """What each part has used so far; "…_loop": of a kamexecd, its loop's thread alone, which no second
        processor helps."""
        return {
            "host": _used_us(self.host.pid),
            "host_loop": cpu.first_thread_us(self.host.pid),
            "nats": self.servers_us(),
            "worker": _used_us(self.worker.pid),
            "worker_loop": cpu.first_thread_us(self.worker.pid),
            "programs": sum(map(_used_us, self.worker.children())),
        }

    def servers_us(self) -> float:
        return sum(_used_us(server.pid) for server in self.servers)


class _Ended:
    def __init__(self, end):
        self.close = end


def _used_us(pid: int) -> float:
    return sum(cpu.threads_us(pid).values())
