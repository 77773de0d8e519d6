# SPDX-License-Identifier: GPL-2.0-or-later
"""A fleet under load while it changes: workers replaced, one frozen, nats-servers restarted and killed.

Callers ask the daemon of a SIP host without a pause; each worker daemon has a program that writes down what it was
asked, in a file of that daemon.
"""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.config import Config
from harness.fleet import Fleet, handed_on
from harness.kamexecd import Kamexecd
from harness.nats import NatsServer, cluster
from harness.paths import OURS
from harness.server import Server
from harness.service_callers import Callers
from harness.wait import wait_until

from . import sipp
from .quantiles import quantile
from .service_changes import WORKER
from .service_sharing import ROUTE, SIP_WORKERS, Shared

POOL = """run = {worker} {asked} {workers} {seconds}
via = pool
workers = 2
workers_start = 2
workers_least = 2
queue = 10000
timeout = 15s
"""
CLIENTS = 10


@dataclass
class Seen:
    """What came of the calls of one scene."""

    made: int
    outcomes: Counter
    failed: dict  # id: word
    asked: dict  # daemon: Counter of the ids that its workers got
    median_ms: float
    longest_ms: float
    return_seconds: list  # from the return of NATS to the next call that succeeded
    answered: tuple  # ids

    @property
    def twice(self) -> list:
        total = sum(self.asked.values(), Counter())
        return [id for id, times in total.items() if times > 1]

    @property
    def never_asked(self) -> set:
        """Answered well, and no worker has seen them."""
        got = set().union(*self.asked.values()) if self.asked else set()
        return {id for id in self.answered if id not in got}


class FleetUnderLoad:
    """A context: `workers` worker daemons and a SIP host's daemon on `size` nats-servers. `attributes`: of the
    program on the SIP host."""

    def __init__(self, directory: Path, workers=3, size=1, seconds=0.002, **attributes):
        directory.mkdir(parents=True, exist_ok=True)
        self._directory, self._seconds, self._daemons = directory, seconds, []
        self.servers = []
        self.returns = []
        self._script = directory / "worker.py"
        self._script.write_text(WORKER)
        self._script.chmod(0o755)
        try:
            self.servers = cluster(directory / "nats", size) if size > 1 else [NatsServer(directory / "nats")]
            self.fleet = Fleet(self._daemon, self.servers)
            self.workers = [self.new_worker() for _ in range(workers)]
            self.host = self.fleet.host(programs={"asked": handed_on(**{"timeout": "10s", **attributes})})
            assert wait_until(lambda: self.host.call("asked", "first").lines == ["first"])
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _daemon(self, programs, **options) -> Kamexecd:
        number = len(self._daemons)
        self._daemons.append(Kamexecd(self._directory / f"daemon{number}", programs, **options))
        return self._daemons[-1]

    def _pool(self, number) -> str:
        names = {name: self._directory / f"{name}{number}" for name in ("asked", "workers")}
        return POOL.format(worker=self._script, seconds=self._seconds, **names)

    def new_worker(self) -> Kamexecd:
        return self.fleet.worker({"asked": self._pool(len(self._daemons))})

    def replace(self, number: int) -> None:
        """A new one in its place, then the end of the old one, which finishes what it has."""
        old = self.workers[number]
        self.workers[number] = self.new_worker()
        assert old.end() == 0, old.log()

    def call(self, rate: int, clients=CLIENTS) -> Callers:
        return Callers(self.host.socket_path, "asked", clients=clients, rate=rate, milliseconds=0)

    def note_return(self, callers: Callers) -> None:
        """Waits for the next calls that succeed, and notes how long that took."""
        back, succeeded = time.monotonic(), callers.outcomes["yes"]
        assert wait_until(lambda: callers.outcomes["yes"] > succeeded), callers.outcomes
        self.returns.append(time.monotonic() - back)

    def asked(self) -> dict:
        """Daemon by number: the ids that its workers got, each with how often."""
        paths = self._directory.glob("asked*")
        return {int(p.name.removeprefix("asked")): Counter(p.read_text().split()) for p in paths}

    def asked_by(self, daemon: Kamexecd) -> Counter:
        return self.asked().get(self._daemons.index(daemon), Counter())

    def seen(self, callers: Callers) -> Seen:
        """`callers` have ended."""
        return Seen(
            made=len(callers.ids),
            outcomes=callers.outcomes,
            failed=dict(callers.failed),
            asked=self.asked(),
            median_ms=1000 * quantile(callers.seconds, 0.5),
            longest_ms=1000 * quantile(callers.seconds, 1),
            return_seconds=list(self.returns),
            answered=tuple(id for id in callers.ids if id not in callers.failed),
        )

    def stop(self) -> None:
        for ended in [*self._daemons, *self.servers]:
            ended.stop()


def rolling(directory, seconds, rate, pause=1.0) -> Seen:
    """All worker daemons are replaced, one after the other, again and again."""
    with FleetUnderLoad(directory) as load:
        with load.call(rate) as callers:
            end, number = time.monotonic() + seconds, 0
            while time.monotonic() < end or number < len(load.workers):
                time.sleep(pause)
                load.replace(number % len(load.workers))
                number += 1
            callers.go_on(3 * CLIENTS)
        return load.seen(callers)


def rolling_under_sip(directory, seconds, rate, pause=1.0) -> Shared:
    """The same, with SIP calls by sipp through a Kamailio with 16 SIP workers."""
    with FleetUnderLoad(directory) as load:
        sip = directory / "sip"
        sip.mkdir()
        config = Config(
            request_route=ROUTE, children=SIP_WORKERS, params=[("service", load.host.socket_path)],
            kamailio=("-DD", "-m", "256"),
        )
        server = Server(config, OURS, sip)
        try:
            with ThreadPoolExecutor(1) as threads:
                calls = threads.submit(sipp.run, sip, server.port, rate, seconds, again=True)
                number = 0
                while not calls.done():
                    time.sleep(pause)
                    load.replace(number % len(load.workers))
                    number += 1
                calls = calls.result()
        finally:
            server.stop()
        asked = sum(load.asked().values(), Counter())
        return Shared(
            made=calls.made,
            answered=calls.answered,
            twice=[id for id, times in asked.items() if times > 1],
            workers=[],
            reloads=0,
            restarts=number,
            median_ms=quantile(calls.milliseconds, 0.5),
            longest_ms=quantile(calls.milliseconds, 1),
        )


def restarted(directory, seconds, rate, times=3, pause=0.5) -> Seen:
    """nats-server is killed, and started again after `pause`."""
    with FleetUnderLoad(directory) as load:
        with load.call(rate) as callers:
            for _ in range(times):
                time.sleep(seconds / times)
                load.servers[0].kill9()
                time.sleep(pause)
                load.servers[0].start()
                load.note_return(callers)
            callers.go_on(3 * CLIENTS)
        return load.seen(callers)


def frozen(directory, seconds, rate, timeout="1s", **attributes) -> tuple:
    """One of three worker daemons is stopped. (Seen, the ids that the other two were asked)."""
    with FleetUnderLoad(directory, timeout=timeout, **attributes) as load:
        # Many, as each of those whose call is held waits for its deadline.
        with load.call(rate, clients=64) as callers:
            callers.go_on(100)
            os.kill(load.workers[0].pid, signal.SIGSTOP)
            try:
                time.sleep(seconds)
                callers.end()
                others = load.asked_by(load.workers[1]) + load.asked_by(load.workers[2])
            finally:
                os.kill(load.workers[0].pid, signal.SIGCONT)
        return load.seen(callers), others


def one_of_three_servers_killed(directory, seconds, rate, times=3) -> Seen:
    """In a cluster of three: that which the SIP host is connected to is killed, and started again later."""
    with FleetUnderLoad(directory, size=3, timeout="2s") as load:
        with load.call(rate) as callers:
            for _ in range(times):
                time.sleep(seconds / times)
                server = load.fleet.server_of(load.host)
                server.kill9()
                load.note_return(callers)
                callers.go_on(3 * CLIENTS)
                server.start()
            callers.go_on(3 * CLIENTS)
        return load.seen(callers)
