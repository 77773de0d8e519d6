#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads kamexecd for a minute in each way: shared by 16 SIP workers, while it changes, when it dies.

    tests/kamailio/load/service_load.py --module build/exec.so [--seconds 60] [--rate 500]
"""

import argparse
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

KAMAILIO_TESTS = Path(__file__).resolve().parents[1]
REPOSITORY = KAMAILIO_TESTS.parents[1]
sys.path[:0] = [str(KAMAILIO_TESTS), str(REPOSITORY / "bench")]

# comparison.machine first: it makes the harness usable without pytest.
from comparison import machine  # noqa: E402
from harness.errors import HarnessError  # noqa: E402
from harness.paths import KAMAILIO  # noqa: E402
from harness.service_callers import Callers  # noqa: E402
from load import service_changes, service_sharing, sipp  # noqa: E402

RELOAD_EVERY, RESTART_EVERY = 1, 10
MOST_LONGEST = 3  # times the median
MOST_RETURN_SECONDS = 1


def show(name, **figures):
    shown = (f"{key} {value:.6g}" for key, value in figures.items() if isinstance(value, (int, float)))
    print(f"{name}: {', '.join(shown)}", flush=True)


def shared(chosen, directory) -> list:
    # Four workers with 10 ms for each call: 400 calls a second at most, so that all 16 wait.
    seen = service_sharing.run(
        chosen.module, directory, rate=400, seconds=chosen.seconds, work_seconds=0.01,
        at_once=service_sharing.SIP_WORKERS,
    )
    show("shared", **asdict(seen), lost=seen.lost, workers_ever=len(seen.workers))
    missed = []
    if seen.lost or seen.twice:
        missed.append(f"{seen.lost} calls were lost, {len(seen.twice)} asked twice")
    if len(seen.workers) != service_sharing.WORKERS:
        missed.append(f"{len(seen.workers)} workers ran, wanted: {service_sharing.WORKERS}")
    if seen.longest_ms > MOST_LONGEST * seen.median_ms:
        missed.append(
            f"the longest wait was {seen.longest_ms:.1f} ms, the median {seen.median_ms:.1f} ms"
        )
    return missed


def changed_by_kamailio(chosen, directory, replace) -> list:
    name = "replaced under SIP load" if replace else "restarted under SIP load"
    seen = service_sharing.run(
        chosen.module, directory, chosen.rate, chosen.seconds, reload_every=RELOAD_EVERY,
        restart_every=RESTART_EVERY, replace=replace,
    )
    show(name, **asdict(seen), lost=seen.lost)
    if seen.lost or seen.twice:
        return [f"{name}: {seen.lost} calls were lost, {len(seen.twice)} asked twice"]
    return []


def changed(chosen, directory, replace) -> list:
    name = "replaced" if replace else "restarted"
    seen = service_changes.run_changes(
        directory, chosen.seconds, chosen.rate, RELOAD_EVERY, RESTART_EVERY, replace
    )
    show(name, **asdict(seen), failed=len(seen.wrong), twice=len(seen.twice))
    if seen.wrong or seen.twice or seen.never_asked:
        return [f"{name}: {len(seen.wrong)} calls failed, {len(seen.twice)} were asked twice"]
    return []


def died(chosen, directory) -> list:
    clients, missed, returns = 16, [], []
    changing = service_changes.Changing(directory, seconds=0.005)
    try:
        with Callers(changing.daemon.socket_path, "asked", clients=clients) as callers:
            end = time.monotonic() + chosen.seconds
            while time.monotonic() < end:
                callers.go_on(400)
                changing.daemon.kill9()
                lost_before = callers.outcomes["lost"]
                changing.daemon.start()
                back, calls = time.monotonic(), callers.calls()
                while callers.calls() < calls + 3 * clients:
                    time.sleep(0.001)
                returns.append(time.monotonic() - back)
                if callers.outcomes["lost"] > lost_before + clients:
                    missed.append("more calls than those under way were lost")
        seen = service_changes.seen_by(callers, changing)
    finally:
        changing.stop()
    show("died", deaths=len(returns), made=seen.made, lost=seen.outcomes["lost"],
         longest_return_ms=1000 * max(returns), twice=len(seen.twice))
    if len(seen.wrong) > seen.outcomes["lost"] or seen.twice:
        missed.append(f"died: {seen.outcomes}, {len(seen.twice)} asked twice")
    if seen.outcomes["lost"] > clients * len(returns):
        missed.append(f"died: {seen.outcomes['lost']} calls were lost in {len(returns)} deaths")
    if max(returns) > MOST_RETURN_SECONDS:
        missed.append(f"died: calls succeeded only {max(returns):.2f} s after its return")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", type=Path, required=True, help="the exec.so to load")
    parser.add_argument("--seconds", type=float, default=60, help="of each way")
    parser.add_argument("--rate", type=int, default=500, help="calls a second")
    chosen = parser.parse_args()
    chosen.module = chosen.module.resolve()
    lacking = [what for what, path in (("kamailio", KAMAILIO), ("sipp", sipp.SIPP)) if not path]
    if lacking:
        print(f"no load: {' and '.join(lacking)} not installed")
        return 1
    show("machine", **machine.describe())
    ways = [
        lambda directory: shared(chosen, directory),
        lambda directory: changed_by_kamailio(chosen, directory, replace=False),
        lambda directory: changed_by_kamailio(chosen, directory, replace=True),
        lambda directory: changed(chosen, directory, replace=False),
        lambda directory: changed(chosen, directory, replace=True),
        lambda directory: died(chosen, directory),
    ]
    missed = []
    for way in ways:
        with tempfile.TemporaryDirectory(prefix="kamexec-load-") as directory:
            missed += way(Path(directory) / "load")
    for reason in missed:
        print(f"missed: {reason}")
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        print(f"service_load.py: {error}", file=sys.stderr)
        sys.exit(2)
