# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of docs/scaling.md, in Markdown."""

import functools

from . import capacity
from .capacity import Shape
from .constants import SOURCES, Constants
from .queueing import Setting, erlang_b, simulate

SHAPES = (
    Shape(1, 1, 8, 1_000),
    Shape(1, 3, 8, 10_000),
    Shape(4, 3, 64, 10_000),
    Shape(10, 3, 64, 1_000),
    Shape(10, 10, 64, 10_000),
    Shape(50, 10, 64, 1_000),
    Shape(50, 50, 64, 1_000),
    Shape(50, 50, 256, 100_000),
)
PROGRAM_US = (0, 1_000, 10_000, 100_000)
LOADS = (0.5, 0.7, 0.8, 0.9, 0.95)
FLEETS = ((3, 8), (24, 8), (3, 64))  # worker hosts, workers of each
HEDGES = (None, 1, 2, 3, 5, 10)
HEDGE_LOAD, HEDGE_TIMEOUT = 0.5, 40
RATES = (1_000, 10_000, 50_000)
CANCELLED = (0.0, 0.01, 0.1)
CANCEL_HOSTS = (3, 10, 100)


def _table(head, rows, words=(0,)) -> str:
    """`words`: the columns that have no figures."""
    lines = [head, ["---" if column in words else "---:" for column in range(len(head))], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _count(number: float) -> str:
    """With as many digits as are known."""
    digits = len(str(int(number)))
    return f"{int(round(number, -max(0, digits - 2))):,}"


def _share(part: float) -> str:
    return f"{part:.1%}"


def _ms(us: float) -> str:
    return f"{us / 1000:g} ms"


def of_constants(c: Constants) -> str:
    rows = [(f"`{name}`", what, f"{getattr(c, name):.1f}", source) for name, what, source in SOURCES]
    rows.append(("`bytes_there`, `bytes_back`", "headers and payload of the request and of the reply",
                 f"{c.bytes_there}, {c.bytes_back}", "many callers, as nats-server counts them"))  # fmt: skip
    return _table(("constant", "for one call", "µs", "row of the benchmarks"), rows, words=(0, 1, 3))


def of_parts(c: Constants) -> str:
    daemon, nats = capacity.host_daemon(c), capacity.nats_server(c, 1)
    parts = (
        ("a SIP host's kamexecd", "1 / `host_loop_cpu_us`", daemon),
        ("a nats-server, each processor", "1 / `nats_cpu_us`", nats),
        (f"a cluster of {capacity.CLUSTER} of {capacity.NATS_CPUS} processors each", "see below",
         capacity.cluster(c, capacity.NATS_CPUS)),
        ("a worker host's kamexecd", "1 / `worker_loop_cpu_us`", capacity.worker_daemon(c)),
        (f"a worker host of {capacity.WORKER_HOST_CPUS} processors, programs that only wait",
         "processors / (`worker_cpu_us` + `program_cpu_us`)",
         capacity.worker_host_cpu(c, capacity.WORKER_HOST_CPUS)),
    )  # fmt: skip
    rows = [(name, formula, _count(most), _count(capacity.PLANNED * most)) for name, formula, most in parts]
    head = ("part", "formula", "calls/s at most", f"calls/s to plan with ({capacity.PLANNED:.0%})")
    return _table(head, rows, words=(0, 1))


def of_waiting(c: Constants) -> str:
    rows = [
        (
            _ms(program),
            _count(capacity.sip_worker(c, program)),
            _count(capacity.SIP_WORKERS * capacity.sip_worker(c, program)),
            _count(capacity.workers(c, 8, program)) if program else "",
            _count(capacity.workers(c, 64, program)) if program else "",
        )
        for program in PROGRAM_US
    ]
    return _table(
        ("time of the program", "a SIP worker", f"{capacity.SIP_WORKERS} SIP workers", "8 workers", "64 workers"),
        rows,
    )


def of_limits(c: Constants) -> str:
    rows = []
    for shape in SHAPES:
        most = capacity.limits(c, shape)
        first = min(most, key=most.get)
        rows.append(
            (
                f"{shape.sip_hosts} SIP host{'s' if shape.sip_hosts > 1 else ''}, "
                f"{shape.worker_hosts} × {shape.workers} workers, {_ms(shape.program_us)}",
                *(f"**{_count(calls)}**" if part == first else _count(calls) for part, calls in most.items()),
            )
        )
    return _table(("fleet", *capacity.limits(c, SHAPES[0])), rows)


def first_limits(c: Constants, asynchronous: bool) -> dict:
    """{part: for how many of these fleets it is the first at its limit}, the most frequent first.
    `asynchronous`: SIP workers don't wait."""
    found = {}
    for shape in SHAPES:
        most = capacity.limits(c, shape)
        if asynchronous:
            del most["SIP workers"]
        first = min(most, key=most.get)
        found[first] = found.get(first, 0) + 1
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def of_network(c: Constants) -> str:
    rows = [(f"{calls:,}", f"{capacity.nats_megabits(c, calls):.0f}") for calls in RATES]
    return _table(("calls/s", "Mbit/s at a nats-server, in and out together"), rows)


def of_cancels(c: Constants) -> str:
    rows = [
        (f"{hosts}", *(f"{capacity.messages(hosts, share):.2f}" for share in CANCELLED)) for hosts in CANCEL_HOSTS
    ]
    return _table(("worker hosts", *(f"{share:.0%} of the calls" for share in CANCELLED)), rows)


def _round_trip(c: Constants, program_us: float) -> float:
    """What lies between a try and the next one, in program times."""
    return round(c.call_us / program_us, 4)


@functools.lru_cache
def _queued(round_trip: float) -> dict:
    """{(hosts, workers, load): its figures}."""
    return {
        (hosts, workers, load): simulate(Setting(hosts, workers, load, round_trip=round_trip))
        for hosts, workers in FLEETS
        for load in LOADS
    }


def waiting_at(c: Constants, load: float) -> str:
    """The share of calls that wait, of each of the fleets, in words."""
    seen = _queued(_round_trip(c, 10_000))
    return ", ".join(f"{_share(seen[hosts, workers, load].waited)} of {hosts} × {workers}" for hosts, workers in FLEETS)


def of_queues(c: Constants) -> str:
    rows = [
        (
            f"{hosts} × {workers}, {load:.0%}",
            _share(erlang_b(workers, load)),
            _share(seen.first_full),
            f"{seen.tries:.2f}",
            _share(seen.waited),
            f"{seen.wait_p99:.2f}",
            f"{seen.p99:.1f}",
            _share(seen.refused),
        )
        for (hosts, workers, load), seen in _queued(_round_trip(c, 10_000)).items()
    ]
    head = ("worker hosts × workers, load", "a host is full, by formula", "first host full", "tries a call",
            "waits", "99th percentile of the wait", "99th percentile of the call", "-4")  # fmt: skip
    return _table(head, rows)


def of_hedges(c: Constants) -> str:
    rows = []
    for tail in (True, False):
        for hedge in HEDGES:
            setting = {"tail": tail, "hedge": hedge, "timeout": HEDGE_TIMEOUT, "round_trip": _round_trip(c, 10_000)}
            well = simulate(Setting(3, 8, HEDGE_LOAD, **setting))
            ill = simulate(Setting(3, 8, HEDGE_LOAD, frozen=1, **setting))
            rows.append(
                (
                    f"{'varies' if tail else 'is always the same'}, "
                    + (f"`hedge` {hedge} ×" if hedge else "not `idempotent`"),
                    _share(well.hedged),
                    f"{well.work:.2f}",
                    f"{well.p99:.1f}",
                    _share(ill.late),
                    f"{ill.p99:.1f}",
                )
            )
    head = ("the program's time …", "second host asked", "work for a call", "99th percentile",
            "one frozen: late", "one frozen: 99th percentile")  # fmt: skip
    return _table(head, rows)
