# SPDX-License-Identifier: GPL-2.0-or-later
"""A worker behind kamexecd, called from the script, and an answer that kamexecd keeps: against a process
for each call under the distribution's module, and against bare round trips of the same bytes, over two
hops with a relay between, or over one."""

import os
from dataclasses import dataclass
from pathlib import Path

from . import figures
from .bare_subject import PairSubject
from .cases import Case
from .harness import STOCK, Kamexecd
from .rounds import Plan, measure
from .scene import Scene
from .server_subject import ServerSubject

# Calls a second by exec_avp, above those of a process each under the distribution's module.
LEAST_SPEEDUP = 40
LEAST_SPEEDUP_KEPT = 80
# Time of a call above that of the bare round trips, all on one processor. Of exec_cmd, as for pools.
MOST_TO_RELAYED = 1.6
MOST_TO_ONE_HOP = 1.3
# A call is short: so many for each one that starts a process.
REPEATS = 40

# docs/service-protocol.md, for the call below.
REQUEST = b"request 0123456789abcdef avp 2000\nprogram echo\narg hello\narg bob\nend 0123456789abcdef\n"
REPLY = b"reply 0123456789abcdef 0\nline hello bob\nran 12345 0 20\nend 0123456789abcdef\n"

ONE_PROCESSOR = ", one processor"


@dataclass(frozen=True)
class ServiceCase(Case):
    """`hops`: of the bare round trip that it is compared with. Bounds: None where nothing is demanded."""

    hops: int = 2
    least_speedup: float = None
    most_to_bare: float = None


def _avp(name: str, program: str, hops: int, least_speedup) -> ServiceCase:
    return ServiceCase(
        name,
        f'exec_avp("@{program} hello $rU", "$avp(answer)")',
        (),
        before="$(avp(answer)[*]) = $null;",
        check='$avp(answer) == "hello bob"',
        stock_call='exec_avp("/bin/echo hello $rU", "$avp(answer)")',
        hops=hops,
        least_speedup=least_speedup,
    )


def _cmd(name: str, program: str, hops: int, most_to_bare) -> ServiceCase:
    return ServiceCase(
        name,
        f'exec_cmd("@{program} hello $rU")',
        (),
        stock_call='exec_cmd("/bin/true")',
        hops=hops,
        most_to_bare=most_to_bare,
    )


CASES = (
    _avp("avp", "echo", 2, LEAST_SPEEDUP),
    _avp("avp_kept", "kept", 1, LEAST_SPEEDUP_KEPT),
    _cmd("cmd", "echo", 2, MOST_TO_RELAYED),
    _cmd("cmd_kept", "kept", 1, MOST_TO_ONE_HOP),
)


class Daemon:
    """A kamexecd with `programs`: {name: lines of its section}. `processor`: it and its workers run on
    that one alone."""

    def __init__(self, build: Path, directory: Path, programs: dict, processor=None):
        self._daemon = Kamexecd(directory, programs, program=build.resolve() / "kamexecd")
        self.socket_path = self._daemon.socket_path
        # Workers are there by then, and theirs is the daemon's.
        for pid in self.pids() if processor is not None else ():
            os.sched_setaffinity(pid, {processor})

    def pids(self) -> list:
        return [self._daemon.pid, *self._daemon.children()]

    def close(self):
        self._daemon.stop()


def worker_lines(run: Path, workers: int) -> str:
    """Of a section: all workers are started at once."""
    counts = f"workers = {workers}\nworkers_least = {workers}\nworkers_start = {workers}\nworkers_idle = 0"
    return f"run = {run}\nvia = pool\nenvironment = PATH\n{counts}"


class _Bare:
    """The round trip that a case is compared with."""

    def __init__(self, name, build: Path, processor=None):
        pair = build / "bench" / "bare_pair"
        self.name, self.repeats = name, REPEATS
        self._pairs = {
            hops: PairSubject(name, pair, len(REQUEST), len(REPLY), REPEATS, processor, more)
            for hops, more in ((1, ()), (2, ("relayed",)))
        }

    def measure(self, case, calls: int) -> float:
        return self._pairs[case.hops].measure(case, calls)

    def pid(self, case) -> int:
        return self._pairs[case.hops].pid(case)

    def close(self):
        for pair in self._pairs.values():
            pair.close()


def _subjects(module: Path, build: Path, scene: Scene) -> list:
    """One processor, as for pools: see pooled.py."""
    one = max(os.sched_getaffinity(0))
    echo = worker_lines(build.resolve() / "bench" / "echo_worker", 1)
    programs = {"echo": echo, "kept": f"{echo}\ncache = 1h"}

    def served(name, processor=None):
        daemon = scene.add(Daemon(build, scene.directory(), programs, processor))
        service = (("service", str(daemon.socket_path)),)
        return scene.add(
            ServerSubject(name, module, scene.directory(), CASES, service, REPEATS, processor)
        )

    return [
        scene.add(ServerSubject("stock", STOCK, scene.directory(), CASES)),
        served("ours"),
        served("ours" + ONE_PROCESSOR, one),
        scene.add(_Bare("bare", build)),
        scene.add(_Bare("bare" + ONE_PROCESSOR, build, one)),
    ]


def _figures(case: ServiceCase, series: dict) -> dict:
    result = {
        "call": case.call,
        "stock_call": case.stock_call,
        "hops": case.hops,
        **{name: figures.spread(values) for name, values in series.items()},
    }
    medians = {name: result[name]["median_us"] for name in series}
    result["speedup"] = medians["stock"] / medians["ours"]
    result["to_bare"] = medians["ours" + ONE_PROCESSOR] / medians["bare" + ONE_PROCESSOR]
    result["missed"] = []
    if case.least_speedup is not None and result["speedup"] < case.least_speedup:
        result["missed"].append(f"speedup {result['speedup']:.1f}, wanted {case.least_speedup}")
    if case.most_to_bare is not None and result["to_bare"] > case.most_to_bare:
        result["missed"].append(f"{result['to_bare']:.2f} round trips, wanted {case.most_to_bare}")
    return result


def measure_service(module: Path, build: Path, plan: Plan, scene: Scene, progress) -> list:
    """Figures by case."""
    series = measure(_subjects(module, build, scene), CASES, plan, progress)
    return [_figures(case, series[case.name]) for case in CASES]


HEAD = (
    "call", "hops", "stock us", "kamexec us", "bare us", "stock/s", "kamexec/s", "times as fast",
    "kamexec us, one cpu", "bare us, one cpu", "round trips",
)  # fmt: skip


def row(one: dict) -> tuple:
    return (
        one["call"],
        f"{one['hops']}",
        f"{one['stock']['median_us']:.0f}",
        *(f"{one[name]['median_us']:.1f}" for name in ("ours", "bare")),
        *(f"{one[name]['calls_per_second']:.0f}" for name in ("stock", "ours")),
        f"{one['speedup']:.0f}",
        *(f"{one[name + ONE_PROCESSOR]['median_us']:.1f}" for name in ("ours", "bare")),
        f"{one['to_bare']:.2f}",
    )


TEXT = f"""
## A worker behind kamexecd

Here the worker is one of kamexecd, which the server asks through a socket (`modparam("exec", "service",
…)`); the rest is as for pools. `kept` is the same worker with `cache = 1h`: after the first call kamexecd
answers by itself. "Bare" are round trips of {len(REQUEST)} bytes there and {len(REPLY)} bytes back over
socket pairs: over two hops, to a process that passes them on to a second one and passes its answer back; for `kept`
over one hop.

{{table}}

The bounds are: at least {LEAST_SPEEDUP} times as many calls per second as stock by `exec_avp`, and
{LEAST_SPEEDUP_KEPT} times if kamexecd keeps the answer; at most {MOST_TO_RELAYED} bare round trips over two
hops for a call by `exec_cmd`, and {MOST_TO_ONE_HOP} over one hop if kamexecd keeps the answer. {{verdict}}"""
