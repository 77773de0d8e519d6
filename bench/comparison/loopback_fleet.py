# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet on loopback: nats-server, a kamexecd with workers, a kamexecd that hands calls on to it."""

import time
from pathlib import Path

from . import cpu
from .errors import MeasurementError
from .harness import NATS_SERVER, Fleet, Kamexecd, NatsServer, cluster
from .scene import Scene
from .service import worker_lines

# The callers learn from the answers what a worker wants, and its daemon from its hello, a while later: so
# many calls, and seconds, before each of the messages of which the shortest counts.
_LEARNING, _SECONDS, _TIMES = 20, 0.3, 4


class Message:
    """One that has passed: its headers and payload."""

    def __init__(self, heard):
        self._headers, self._payload = heard.headers, heard.payload

    def write(self, path: Path) -> Path:
        """As bare_nats reads it."""
        lines = "".join(f"{name}: {value}\n" for name, value in self._headers.items())
        path.write_bytes(f"{lines}\n".encode() + self._payload)
        return path

    @property
    def size(self) -> int:
        """In what a server counts: headers and payload."""
        block = "".join(f"{name}: {value}\r\n" for name, value in self._headers.items())
        return len(self._payload) + (len(f"NATS/1.0\r\n{block}\r\n".encode()) if block else 0)


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

    def messages_of(self, make_calls) -> tuple:
        """(there, back): what one of the calls sends that make_calls(count) makes."""
        heard = []
        for _ in range(_TIMES):
            make_calls(_LEARNING)
            time.sleep(_SECONDS)
            with self.servers[0].connect() as listener:
                there, back = listener.subscribe("kx.call.>"), listener.subscribe("_INBOX.>")
                listener.ping()
                make_calls(1)
                request, reply = listener.next(there), listener.next(back)
                while not reply.payload:  # a daemon's ping
                    reply = listener.next(back)
            heard.append((Message(request), Message(reply)))
        return min(heard, key=lambda both: both[0].size + both[1].size)

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
