# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet on loopback: nats-server, a kamexecd with workers, a kamexecd that hands calls on to it."""

from pathlib import Path

from . import cpu
from .errors import MeasurementError
from .harness import NATS_SERVER, Fleet, Kamexecd, NatsServer, handed_on
from .scene import Scene
from .service import worker_lines

# Calls that count bytes, after some from which the callers learn what a worker wants.
_LEARNING, _COUNTED = 20, 100


def is_built(build: Path) -> bool:
    """Whether kamexecd was built with NATS. What else it takes is installed then (scripts/setup bench)."""
    if not (build / "bench" / "bare_nats").exists():
        return False
    if NATS_SERVER is None:
        raise MeasurementError("nats-server is not installed")
    return True


class LoopbackFleet:
    """`workers`: of program echo, all started. The SIP host's daemon also hands on a program `nobody`,
    which nobody offers. Ends with the scene."""

    def __init__(self, build: Path, scene: Scene, workers: int):
        self._scene, self._program = scene, build.resolve() / "kamexecd"
        self.nats = NatsServer(scene.directory())
        scene.add(_Ended(self.nats.stop))
        fleet = Fleet(self._daemon, [self.nats])
        run = build.resolve() / "bench" / "echo_worker"
        self.worker = fleet.worker({"echo": worker_lines(run, workers)})
        self.host = fleet.host("echo", "nobody")

    def _daemon(self, programs, **options) -> Kamexecd:
        made = Kamexecd(self._scene.directory(), programs, program=self._program, **options)
        self._scene.add(_Ended(made.stop))
        return made

    @property
    def socket_path(self) -> Path:
        return self.host.socket_path

    def bytes_of(self, make_calls) -> tuple:
        """(there, back): of one of the calls that make_calls(count) makes, in what nats-server gets:
        headers and payload."""
        make_calls(_LEARNING)
        before = self._received()
        make_calls(_COUNTED)
        after = self._received()
        return tuple(
            round((after[daemon.nats_name] - before[daemon.nats_name]) / _COUNTED)
            for daemon in (self.host, self.worker)
        )

    def _received(self) -> dict:
        return {one.get("name"): one["in_bytes"] for one in self.nats.connections()}

    def processor_us(self) -> dict:
        """What each part has used so far."""
        return {
            "host": _used_us(self.host.pid),
            "nats": _used_us(self.nats.pid),
            "worker": _used_us(self.worker.pid),
            "programs": sum(map(_used_us, self.worker.children())),
        }


class _Ended:
    def __init__(self, end):
        self.close = end


def _used_us(pid: int) -> float:
    return sum(cpu.threads_us(pid).values())
