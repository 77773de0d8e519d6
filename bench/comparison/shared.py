# SPDX-License-Identifier: GPL-2.0-or-later
"""Many SIP workers that call at once: a pool in each of them, against one that all share in kamexecd."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import figures, invite
from .cases import Case
from .errors import MeasurementError
from .harness import Client, Config, Server
from .rounds import LEAST_ROUNDS, Series
from .scene import Scene
from .server_subject import PATIENCE, microseconds, route
from .service import Daemon, worker_lines

SIP_WORKERS = 16
WORKERS = 4  # that they share
LEAST_THROUGHPUT = 0.8
CALLS = 100  # of each SIP worker in a round
ROUNDS = 25
SECONDS = 40.0  # no round begins after that, but for the least number of them

KINDS = ("C++", "Python")


def _case(call: str) -> Case:
    return Case(
        "call",
        call,
        (),
        before="$(avp(answer)[*]) = $null;",
        check='$avp(answer) == "hello bob"',
    )


def _pss_mib(pids) -> float:
    """Memory of these processes; what several share counts for each by its share."""
    total = 0
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss:\s+(\d+) kB", text, re.M)[1])
    return total / 1024


def _children(pid: int) -> list:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class _Subject:
    """A server whose SIP workers all call `@echo` at once."""

    def __init__(self, module: Path, directory: Path, params):
        case = _case('exec_avp("@echo hello $rU", "$avp(answer)")')
        config = Config(
            {"call": route(case, case.call)},
            children=SIP_WORKERS,
            modparams="max_while_loops=1000000\n",
            params=params,
        )
        self._server = Server(config, module, directory, strict=False)
        self._clients = [Client(self._server) for _ in range(SIP_WORKERS)]
        self._threads = ThreadPoolExecutor(SIP_WORKERS)

    def measure(self, calls: int) -> float:
        """Microseconds for one call, of `calls` calls of each SIP worker at the same time."""

        def ask(client):
            return client.call(
                "call",
                method="INVITE",
                headers=invite.headers(calls),
                body=invite.BODY,
                within=PATIENCE,
            )

        replies = list(self._threads.map(ask, self._clients))
        good = sum(int(reply["X-Good"]) for reply in replies)
        if good != calls * SIP_WORKERS:
            raise MeasurementError(f"{calls * SIP_WORKERS - good} calls failed\n" + self._server.log_tail())
        begin = min(microseconds(reply["X-Begin"]) for reply in replies)
        end = max(microseconds(reply["X-End"]) for reply in replies)
        return (end - begin) / (calls * SIP_WORKERS)

    def workers(self) -> list:
        """The processes of this server's own pools."""
        return [child for one in self._server.workers() for child in _children(one)]

    def close(self):
        self._threads.shutdown()
        for client in self._clients:
            client.close()
        self._server.stop()


def _runs(build: Path) -> dict:
    source = Path(__file__).resolve().parents[1]
    return {"C++": build.resolve() / "bench" / "echo_worker", "Python": source / "echo_worker.py"}


def _measure_kind(kind: str, module: Path, build: Path, scene: Scene) -> dict:
    run = _runs(build)[kind]
    daemon = scene.add(Daemon(build, scene.directory(), {"echo": worker_lines(run, WORKERS)}))
    private = scene.add(
        _Subject(
            module,
            scene.directory(),
            (("program", f"name=echo; run={run}; via=pool; environment=PATH"),),
        )
    )
    shared = scene.add(
        _Subject(module, scene.directory(), (("service", str(daemon.socket_path)),))
    )
    series = {"private": Series(), "shared": Series()}
    for subject in (private, shared):
        for _ in range(3):  # so that each SIP worker has had its turn
            subject.measure(CALLS // 10)
    end = time.monotonic() + SECONDS
    for number in range(ROUNDS):
        if number >= LEAST_ROUNDS and time.monotonic() > end:
            break
        pairs = [("private", private), ("shared", shared)]
        for name, subject in pairs if number % 2 == 0 else pairs[::-1]:
            series[name].times_us.append(subject.measure(CALLS))
            series[name].calls += CALLS * SIP_WORKERS
    result = {"call": f"{SIP_WORKERS} SIP workers, a worker in {kind}", "kind": kind}
    for name, values in series.items():
        result[name] = figures.spread(values)
    result["throughput"] = result["private"]["median_us"] / result["shared"]["median_us"]
    result["by_round"] = statistics.median(
        a / b for a, b in zip(series["private"].times_us, series["shared"].times_us)
    )
    result["private_workers"] = len(private.workers())
    result["private_mib"] = _pss_mib(private.workers())
    result["shared_mib"] = _pss_mib(daemon.pids())
    result["missed"] = []
    if result["throughput"] < LEAST_THROUGHPUT:
        result["missed"].append(
            f"throughput {result['throughput']:.2f} of private pools, wanted {LEAST_THROUGHPUT}"
        )
    return result


def measure_shared(module: Path, build: Path) -> list:
    made = []
    for kind in KINDS:
        with Scene() as scene:  # one at a time: the processes of the other would be in the way
            made.append(_measure_kind(kind, module, build, scene))
    return made


HEAD = (
    "worker", "own pools, calls/s", "shared, calls/s", "throughput", "own workers", "own MiB",
    "shared workers", "shared MiB, with kamexecd",
)  # fmt: skip


def row(one: dict) -> tuple:
    return (
        one["kind"],
        f"{one['private']['calls_per_second']:.0f}",
        f"{one['shared']['calls_per_second']:.0f}",
        f"{one['throughput']:.2f}",
        f"{one['private_workers']}",
        f"{one['private_mib']:.1f}",
        f"{WORKERS}",
        f"{one['shared_mib']:.1f}",
    )


TEXT = f"""
### Shared by all SIP workers

{SIP_WORKERS} SIP workers call `exec_avp("@echo hello $rU", "$avp(answer)")` at the same time, {CALLS} times each in
a round. In one server each has a pool of its own; in the other all share {WORKERS} workers of kamexecd. The
memory is that of the workers (and of kamexecd), where what several processes share counts once (PSS).

{{table}}

The bound is a throughput of {LEAST_THROUGHPUT} of that of the pools of each SIP worker. {{verdict}}"""
