# SPDX-License-Identifier: GPL-2.0-or-later
"""A call through a fleet, from the script and back: against a process for each call under the
distribution's module, and against bare requests by libnats of the same bytes."""

from dataclasses import dataclass
from pathlib import Path

from . import figures
from .bare_subject import PairSubject, Repeater
from .cases import Case
from .harness import STOCK
from .loopback_fleet import LoopbackFleet, is_built
from .rounds import Plan, measure
from .scene import Scene
from .server_subject import ServerSubject

# Calls a second by exec_avp, above those of a process each under the distribution's module.
LEAST_SPEEDUP = 4
# Time of a call above that of the bare request and reply. Of exec_cmd, as for pools.
MOST_TO_BARE = 1.5
# The same of a call that nobody answers, above a bare request that somebody does.
MOST_NOBODY_TO_BARE = 3
# A call is short: so many for each one that starts a process.
REPEATS = 8


@dataclass(frozen=True)
class FleetCase(Case):
    """`bare_as`: the case whose bytes the bare requests have. Bounds: None where nothing is demanded."""

    bare_as: str = ""
    least_speedup: float = None
    most_to_bare: float = None


SERVED = (
    FleetCase(
        "avp",
        'exec_avp("@echo hello $rU", "$avp(answer)")',
        (),
        before="$(avp(answer)[*]) = $null;",
        check='$avp(answer) == "hello bob"',
        stock_call='exec_avp("/bin/echo hello $rU", "$avp(answer)")',
        bare_as="avp",
        least_speedup=LEAST_SPEEDUP,
    ),
    FleetCase(
        "cmd",
        'exec_cmd("@echo hello $rU")',
        (),
        stock_call='exec_cmd("/bin/true")',
        bare_as="cmd",
        most_to_bare=MOST_TO_BARE,
    ),
)
NOBODY = FleetCase(
    "nobody",
    '!exec_cmd("@nobody hello $rU")',
    (),
    check="$rc == -3",
    bare_as="cmd",
    most_to_bare=MOST_NOBODY_TO_BARE,
)
CASES = (*SERVED, NOBODY)


class _Bare:
    """Requests by libnats to an echo in another process, one after another. `messages`: (there, back),
    by case."""

    name, repeats = "bare", REPEATS

    def __init__(self, build: Path, url: str, messages: dict, directory: Path):
        program = build / "bench" / "bare_nats"
        self._askers = {
            name: Repeater(
                [program, url, there.write(directory / f"{name}.there"), back.write(directory / f"{name}.back")]
                + ["1", "threads"]
            )
            for name, (there, back) in messages.items()
        }

    def measure(self, case, calls: int) -> float:
        nanoseconds, _ = self._askers[case.bare_as].run(calls)
        return nanoseconds / 1000 / calls

    def pid(self, case) -> int:
        return self._askers[case.bare_as].pid

    def close(self):
        for asker in self._askers.values():
            asker.end()
        for asker in self._askers.values():
            asker.wait()


def _figures(case: FleetCase, series: dict, messages: dict) -> dict:
    there, back = messages[case.bare_as]
    result = {
        "call": case.call,
        "stock_call": case.stock_call,
        "bytes_there": there.size,
        "bytes_back": back.size,
        **{name: figures.spread(values) for name, values in series.items()},
    }
    medians = {name: result[name]["median_us"] for name in series}
    result["to_bare"] = medians["ours"] / medians["bare"]
    result["missed"] = []
    if "stock" in series:
        result["speedup"] = medians["stock"] / medians["ours"]
    if case.least_speedup is not None and result["speedup"] < case.least_speedup:
        result["missed"].append(f"speedup {result['speedup']:.1f}, wanted {case.least_speedup}")
    if case.most_to_bare is not None and result["to_bare"] > case.most_to_bare:
        result["missed"].append(f"{result['to_bare']:.2f} bare requests, wanted {case.most_to_bare}")
    return result


def measure_fleet(module: Path, build: Path, plan: Plan, scene: Scene, progress) -> list:
    """Figures by case; empty where kamexecd was built without NATS."""
    if not is_built(build):
        return []
    fleet = LoopbackFleet(build, scene, workers=1)
    service = (("service", str(fleet.socket_path)),)
    ours = scene.add(ServerSubject("ours", module, scene.directory(), CASES, service, REPEATS))
    messages = {
        case.name: fleet.messages_of(lambda calls, case=case: ours.measure(case, calls)) for case in SERVED
    }
    stock = scene.add(ServerSubject("stock", STOCK, scene.directory(), SERVED))
    bare = scene.add(_Bare(build, fleet.url, messages, scene.directory()))
    there, back = (one.size for one in messages["cmd"])
    pair = build / "bench" / "bare_pair"
    local = scene.add(PairSubject("local", pair, there, back, REPEATS, more=("relayed",)))
    series = measure([stock, ours, bare, local], SERVED, plan, progress)
    series.update(measure([ours, bare], (NOBODY,), plan, progress))
    return [_figures(case, series[case.name], messages) for case in CASES]


HEAD = (
    "call", "stock us", "fleet us", "bare us", "local us", "stock/s", "fleet/s", "times as fast", "bare requests",
    "bytes there", "bytes back",
)  # fmt: skip


def row(one: dict) -> tuple:
    stock = one.get("stock")
    return (
        one["call"],
        f"{stock['median_us']:.0f}" if stock else "",
        *(f"{one[name]['median_us']:.0f}" if name in one else "" for name in ("ours", "bare", "local")),
        f"{stock['calls_per_second']:.0f}" if stock else "",
        f"{one['ours']['calls_per_second']:.0f}",
        f"{one['speedup']:.1f}" if stock else "",
        f"{one['to_bare']:.2f}",
        f"{one['bytes_there']}",
        f"{one['bytes_back']}",
    )


TEXT = f"""
## A fleet

Here the program is `via = nats` in the file of the SIP host's kamexecd, which hands the calls on over a
`nats-server` to another kamexecd; that one has the C++ worker. All of it runs on this machine and on all of its
processors, and meets on loopback. "Bare" are requests by libnats (`natsConnection_RequestMsg()`) in a program of its
own, to an echo (a subscription with a callback, in a queue group) in another one, over the same `nats-server`, with
the headers and payloads that kamexecd sent there and back. For each call of the stock module,
the others make {REPEATS}. Nobody offers `@nobody`: the call returns -3, and is compared with a bare request that is
answered. "Local" is what a call has beside those: a bare round trip of as many bytes over two socket pairs with a
process between, in the place of the hop from the SIP worker to its kamexecd and of that from the other kamexecd to
the worker.

{{table}}

The bounds are: at least {LEAST_SPEEDUP} times as many calls per second as stock by `exec_avp`; at most
{MOST_TO_BARE} bare requests for a call by `exec_cmd`, and {MOST_NOBODY_TO_BARE} for one that nobody answers.
{{verdict}}"""
