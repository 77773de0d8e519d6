# SPDX-License-Identifier: GPL-2.0-or-later
"""A pool's worker, called from the script: against a process for each call under the distribution's
module, and against a bare round trip of the same bytes between two processes."""

import os
from dataclasses import dataclass
from pathlib import Path

from . import figures
from .bare_subject import PairSubject
from .cases import Case
from .harness import STOCK
from .rounds import Plan, measure
from .scene import Scene
from .server_subject import ServerSubject

# Calls a second by a worker in C++, above those of a process each under the distribution's module.
LEAST_SPEEDUP = 25
# Time of a call above that of a bare round trip, both on one processor. Of exec_cmd: what exec_avp
# takes beyond that is the server's, which keeps an AVP.
MOST_TO_BARE = 2.0
# A call is short: so many for each one that starts a process.
REPEATS = 40

# docs/worker-protocol.md, for the call below.
REQUEST = b"request 0123456789abcdef avp 2000\narg hello\narg bob\nend 0123456789abcdef\n"
REPLY = b"reply 0123456789abcdef 0\nline hello bob\nend 0123456789abcdef\n"


@dataclass(frozen=True)
class PooledCase(Case):
    """Bounds: None where nothing is demanded."""

    worker: str = ""
    least_speedup: float = None
    most_to_bare: float = None


def _avp(name: str, program: str, worker: str, least_speedup) -> PooledCase:
    return PooledCase(
        name,
        f'exec_avp("@{program} hello $rU", "$avp(answer)")',
        (),
        before="$(avp(answer)[*]) = $null;",
        check='$avp(answer) == "hello bob"',
        stock_call='exec_avp("/bin/echo hello $rU", "$avp(answer)")',
        worker=worker,
        least_speedup=least_speedup,
    )


CASES = (
    _avp("avp", "echo", "C++", LEAST_SPEEDUP),
    _avp("avp_python", "echo_python", "Python", None),
    PooledCase(
        "cmd",
        'exec_cmd("@echo hello $rU")',
        (),
        stock_call='exec_cmd("/bin/true")',
        worker="C++",
        most_to_bare=MOST_TO_BARE,
    ),
)


def _programs(build: Path) -> tuple:
    source = Path(__file__).resolve().parents[1]
    return tuple(
        ("program", f"name={name}; run={run}; via=pool; environment=PATH")
        for name, run in (
            ("echo", build / "bench" / "echo_worker"),
            ("echo_python", source / "echo_worker.py"),
        )
    )


def _subjects(module: Path, build: Path, scene: Scene) -> list:
    """One processor: both ends run on the same, so that no other is woken. Which one that is, the
    scheduler decides elsewhere, now so, now so, and it counts for more than what is measured."""
    one = max(os.sched_getaffinity(0))
    programs = _programs(build.resolve())

    def server(name, exec_so, *more):
        return scene.add(ServerSubject(name, exec_so, scene.directory(), CASES, *more))

    def bare(name, *more):
        pair = build / "bench" / "bare_pair"
        return scene.add(PairSubject(name, pair, len(REQUEST), len(REPLY), *more))

    return [
        server("stock", STOCK),
        server("ours", module, programs, REPEATS),
        server("ours, one processor", module, programs, REPEATS, one),
        bare("bare", REPEATS),
        bare("bare, one processor", REPEATS, one),
    ]


def _figures(case: PooledCase, series: dict) -> dict:
    result = {
        "call": case.call,
        "stock_call": case.stock_call,
        "worker": case.worker,
        **{name: figures.spread(values) for name, values in series.items()},
    }
    medians = {name: result[name]["median_us"] for name in series}
    result["speedup"] = medians["stock"] / medians["ours"]
    result["to_bare"] = medians["ours, one processor"] / medians["bare, one processor"]
    result["missed"] = []
    if case.least_speedup is not None and result["speedup"] < case.least_speedup:
        result["missed"].append(f"speedup {result['speedup']:.1f}, wanted {case.least_speedup}")
    if case.most_to_bare is not None and result["to_bare"] > case.most_to_bare:
        result["missed"].append(f"{result['to_bare']:.2f} round trips, wanted {case.most_to_bare}")
    return result


def measure_pooled(module: Path, build: Path, plan: Plan, scene: Scene, progress) -> list:
    """Figures by case."""
    series = measure(_subjects(module, build, scene), CASES, plan, progress)
    return [_figures(case, series[case.name]) for case in CASES]


HEAD = (
    "call", "worker", "stock us", "kamexec us", "bare us", "stock/s", "kamexec/s", "times as fast",
    "kamexec us, one cpu", "bare us, one cpu", "round trips",
)  # fmt: skip


def row(one: dict) -> tuple:
    return (
        one["call"],
        one["worker"],
        f"{one['stock']['median_us']:.0f}",
        *(f"{one[name]['median_us']:.1f}" for name in ("ours", "bare")),
        *(f"{one[name]['calls_per_second']:.0f}" for name in ("stock", "ours")),
        f"{one['speedup']:.0f}",
        *(f"{one[name + ', one processor']['median_us']:.1f}" for name in ("ours", "bare")),
        f"{one['to_bare']:.2f}",
    )


TEXT = f"""
## A pool's worker

Here kamexec calls a worker of a pool (`via=pool`) and starts no process; the rest is measured as above.
`bench/echo_worker.cpp` and `bench/echo_worker.py` answer what `/bin/echo` would print. The stock module
has no pool: it calls `exec_avp("/bin/echo hello $rU", "$avp(answer)")`, and `exec_cmd("/bin/true")` where
kamexec calls the worker by `exec_cmd`. "Bare" is a round trip over a socket pair to a child that reads
{len(REQUEST)} bytes and writes {len(REPLY)}, as many as the call sends and receives. For each call of the
stock module, the others make {REPEATS}.

To wake another processor takes longer than everything else in such a call, and the scheduler decides
whether that happens. In the columns "one cpu" both ends of the call, and both ends of the round trip, run
on one processor. "Round trips" is the ratio of these two columns.

{{table}}

The bounds are: at least {LEAST_SPEEDUP} times as many calls per second as stock by `exec_avp` with a
worker in C++, and at most {MOST_TO_BARE:.0f} bare round trips for a call by `exec_cmd`, which includes the
script's loop, the variable and the counters. A call by `exec_avp` takes longer, because it stores an AVP in
shared memory. {{verdict}}"""
