#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mixed load at the edge of the limits, commands and named programs, of one process a call and of
pools, waited for and not; with commands and workers killed at random and workers replaced: no crash, no leak, and the
outcomes add up to the calls.

    tests/kamailio/load/soak.py --module build/exec.so [--minutes 10] [--seed N]
"""

import argparse
import collections
import sys
import tempfile
import time
import types
from pathlib import Path

KAMAILIO_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(KAMAILIO_TESTS))
if __name__ == "__main__":  # the package itself imports pytest, for its marks
    _package = types.ModuleType("harness")
    _package.__path__ = [str(KAMAILIO_TESTS / "harness")]
    sys.modules.setdefault("harness", _package)

from harness import rpc  # noqa: E402
from harness.errors import HarnessError  # noqa: E402
from harness.job_process import job_processes  # noqa: E402
from harness.paths import KAMAILIO  # noqa: E402
from harness.processes import wait_until_gone  # noqa: E402
from harness.server import Server  # noqa: E402
from harness.transactions import left_after  # noqa: E402
from harness.uas import Uas  # noqa: E402
from load import soak_script  # noqa: E402
from load.killer import Killer  # noqa: E402
from load.repeater import Repeater  # noqa: E402
from load.soak_leaks import Holding  # noqa: E402
from load.soak_driver import Driver  # noqa: E402
from load.soak_script import USUAL_OUTCOMES, WAITING_CALLS  # noqa: E402

CAUSES = ("ok", "no", "deadline", "not_started", "refused", "unusable")
RELOAD_EVERY = 2.0  # seconds
WARM_UP = 3.0  # seconds: what is allocated once, is allocated then


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", type=Path, required=True, help="the exec.so to try")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="to repeat a run's choices")
    return parser.parse_args()


def settled(server, ask) -> list:
    """Waits until nothing is under way; what still is, in words."""
    wrong = []
    if wait_until_gone(lambda: ask("exec.stats")["async_under_way"], 15.0):
        wrong.append(f"under way for ever: {ask('exec.jobs')}")
    if left_after(ask, 15.0):
        wrong.append(f"transactions left: {ask('tm.stats')}")
    return wrong


def faults_of_calls(driver: Driver) -> list:
    wrong = []
    allowed = {
        "command": (200, 503),
        "cancelled": (480, 487, 503),  # a CANCEL may come too late
        "pooled cancelled": (480, 487, 503),
        **dict.fromkeys(WAITING_CALLS, (480,)),
    }
    for (kind, status), count in driver.outcomes().items():
        if status not in allowed.get(kind, (480, 503)):
            wrong.append(f"{count} of the kind {kind} were answered with {status or 'nothing'}")
    seen = {(c.kind, c.replies[0]["X-Outcome"]) for c in driver.calls.values() if c.replies}
    for kind, outcome in USUAL_OUTCOMES.items():
        if (kind, outcome) not in seen:
            wrong.append(f"no call of the kind {kind} ended as {outcome}")
    twice = sum(len(call.replies) > 1 for call in driver.calls.values())
    if twice:
        wrong.append(f"{twice} calls got more than one final reply")
    return wrong


def taken(driver: Driver) -> int:
    """Asynchronous calls that the module must have taken, by the replies."""
    count = 0
    for call in driver.calls.values():
        reply = call.replies[0] if call.replies else None
        if reply is None or call.kind in WAITING_CALLS:
            continue
        if reply.status in (200, 480, 487):
            count += int(reply["X-Calls"] or 1)
        elif reply.status == 503:
            count += int(reply["X-Calls"] or 1) - 1  # the first of two
    return count


def faults_of_counters(stats, driver: Driver) -> list:
    """`stats`: those of the server since its start; all calls are the driver's."""
    wrong = []
    statuses = collections.Counter(c.replies[0].status for c in driver.calls.values() if c.replies)
    waits = sum(call.kind in WAITING_CALLS for call in driver.calls.values())
    refused = sum(c.replies[0]["X-Outcome"] == "refused" for c in driver.calls.values() if c.replies)

    def equal(what, counted, expected):
        if counted != expected:
            wrong.append(f"{what}: {counted}, by the replies {expected}")

    # A CANCEL may come between the script's making the transaction and its call, which is refused then.
    overtaken = statuses[487] - stats["async_gone"]
    if not 0 <= overtaken <= statuses[487]:
        wrong.append(f"gone: {stats['async_gone']}, by the replies {statuses[487]}")
    equal("outcomes together", sum(stats[cause] for cause in CAUSES), stats["calls"])
    # A pool may refuse what was cancelled while it was on its way there: that reply tells nothing.
    refused += overtaken
    untold = driver.outcomes()["pooled cancelled", 487]
    if not refused <= stats["refused"] <= refused + untold:
        wrong.append(f"refused: {stats['refused']}, by the replies {refused} to {refused + untold}")
    equal("taken", stats["async_calls"], taken(driver) - overtaken)
    equal("calls", stats["calls"], taken(driver) + statuses[503] + waits)
    return wrong


def soak(module: Path, directory: Path, seconds: float, seed: int) -> tuple:
    """What was wrong, and the statistics at the end. HarnessError: the server crashed, or left
    something behind."""
    (directory / "uris").write_text("sip:a@example.com\nsip:b@example.com\n")
    server = Server(soak_script.config(), module, directory)
    busy = Uas(486)
    driver = Driver(server.port, busy.uri(), seed)

    def ask(method, *parameters):
        return rpc.call(directory, method, *parameters)

    def load(time_):
        killer = Killer(callers, seed)
        reloader = Repeater(lambda: ask("exec.reload"), RELOAD_EVERY)
        try:
            driver.load(time_)
        finally:
            reloader.stop()
            killer.stop()
        return settled(server, ask)

    try:
        waiting, later = server.workers(), job_processes(ask)
        callers = waiting + later
        wrong = load(WARM_UP)
        before = Holding(server, ask, waiting, later)
        wrong += load(seconds)
        wrong += Holding(server, ask, waiting, later).faults_since(before)
        stats = ask("exec.stats")
        wrong += faults_of_calls(driver)
        wrong += faults_of_counters(stats, driver)
    finally:
        driver.close()
        busy.close()
        server.stop()
    return wrong, stats


def main() -> int:
    chosen = arguments()
    if KAMAILIO is None:
        print("no soak: there is no Kamailio")
        return 1
    seed = time.time_ns() % 1_000_000 if chosen.seed is None else chosen.seed
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="kamexec-soak-") as directory:
        wrong, stats = soak(chosen.module.resolve(), Path(directory), 60 * chosen.minutes, seed)
    shown = ("calls", "async_calls", "async_gone", *CAUSES)
    print(", ".join(f"{name} {stats[name]}" for name in shown))
    for what in wrong:
        print(f"wrong: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        print(f"soak.py: {error}", file=sys.stderr)
        sys.exit(2)
