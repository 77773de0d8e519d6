#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads a fleet for a minute in each way: workers replaced, one frozen, nats-server restarted, one of three killed.

    KAMEXEC_MODULE=build/exec.so tests/kamailio/load/fleet_load.py [--seconds 60] [--rate 300]

Prints a table. The exit status is 0 if every row is as the documentation says (docs/how-to/fleet.md).
"""

import argparse
import sys
import tempfile
from pathlib import Path

KAMAILIO_TESTS = Path(__file__).resolve().parents[1]
REPOSITORY = KAMAILIO_TESTS.parents[1]
sys.path[:0] = [str(KAMAILIO_TESTS), str(REPOSITORY / "bench")]

# comparison.machine first: it makes the harness usable without pytest.
from comparison import machine  # noqa: E402
from harness.errors import HarnessError  # noqa: E402
from harness.nats import NATS_SERVER  # noqa: E402
from harness.paths import KAMAILIO  # noqa: E402
from load import fleet_changes  # noqa: E402
from load.sipp import SIPP  # noqa: E402

MOST_RETURN_SECONDS = 1.0
MOST_MISSED = 0.01  # of idempotent calls, with one of three worker hosts frozen
TIMES = 3  # that a nats-server is killed


def row(name, seen) -> None:
    words = ", ".join(f"{count} {word}" for word, count in sorted(seen.outcomes.items()) if word != "yes")
    back = f"{1000 * max(seen.return_seconds):.0f}" if seen.return_seconds else ""
    print(
        f"| {name} | {seen.made} | {len(seen.failed)} | {words or '-'} | {len(seen.twice)} | "
        f"{seen.median_ms:.1f} | {seen.longest_ms:.0f} | {back} |",
        flush=True,
    )


def rolling(chosen, directory) -> list:
    seen = fleet_changes.rolling(directory, chosen.seconds, chosen.rate)
    row("all workers replaced, one by one", seen)
    if seen.failed or seen.twice or seen.never_asked:
        return [f"replaced: {len(seen.failed)} calls failed, {len(seen.twice)} ran twice: {seen.outcomes}"]
    return []


def rolling_under_sip(chosen, directory) -> list:
    seen = fleet_changes.rolling_under_sip(directory, chosen.seconds, chosen.rate)
    print(
        f"| the same, SIP calls through Kamailio | {seen.made} | {seen.lost} | - | {len(seen.twice)} | "
        f"{seen.median_ms:.1f} | {seen.longest_ms:.0f} | |",
        flush=True,
    )
    if seen.lost or seen.twice:
        return [f"replaced under SIP load: {seen.lost} calls were lost, {len(seen.twice)} ran twice"]
    return []


def lost_at_most(name, seen, times, lost_words) -> list:
    """What was under way may be lost; what came while there was no connection is refused at once."""
    missed = []
    most = times * fleet_changes.CLIENTS
    lost = sum(seen.outcomes[word] for word in lost_words)
    if lost > most:
        missed.append(f"{name}: {lost} calls were lost, and {most} at most were under way: {seen.outcomes}")
    if set(seen.outcomes) - {"yes", "not-started", *lost_words}:
        missed.append(f"{name}: {seen.outcomes}")
    if seen.twice or seen.never_asked:
        missed.append(f"{name}: {len(seen.twice)} calls ran twice")
    if max(seen.return_seconds) > MOST_RETURN_SECONDS:
        missed.append(f"{name}: calls succeeded only after {max(seen.return_seconds):.2f} s")
    return missed


def restarted(chosen, directory) -> list:
    seen = fleet_changes.restarted(directory, chosen.seconds, chosen.rate, TIMES)
    row(f"nats-server killed and started again, {TIMES} times", seen)
    return lost_at_most("restarted", seen, TIMES, ["unusable"])


def one_of_three(chosen, directory) -> list:
    seen = fleet_changes.one_of_three_servers_killed(directory, chosen.seconds, chosen.rate, TIMES)
    row(f"one of three nats-servers killed, {TIMES} times", seen)
    return lost_at_most("one of three killed", seen, TIMES, ["unusable", "deadline"])


def frozen(chosen, directory) -> list:
    seen, others = fleet_changes.frozen(directory, chosen.seconds, chosen.rate)
    row("one of three worker hosts frozen", seen)
    missed = []
    if not seen.failed:
        missed.append("frozen: no call was held: this run shows nothing")
    if set(seen.outcomes) - {"yes", "deadline"} or seen.twice:
        missed.append(f"frozen: {seen.outcomes}, {len(seen.twice)} ran twice")
    reached = [id for id in seen.failed if id in others]
    if reached:
        missed.append(f"frozen: {len(reached)} calls failed that another worker host had got")
    return missed


def frozen_idempotent(chosen, directory) -> list:
    seen, _ = fleet_changes.frozen(directory, chosen.seconds, chosen.rate, idempotent="yes")
    row("the same, idempotent = yes", seen)
    if len(seen.failed) > MOST_MISSED * seen.made:
        return [f"frozen, idempotent: {len(seen.failed)} of {seen.made} calls failed: {seen.outcomes}"]
    return []


WAYS = {
    "rolling": rolling,
    "rolling-sip": rolling_under_sip,
    "restarted": restarted,
    "one-of-three": one_of_three,
    "frozen": frozen,
    "idempotent": frozen_idempotent,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="of each way")
    parser.add_argument("--rate", type=int, default=300, help="calls a second")
    parser.add_argument("--only", choices=WAYS, action="append", help="this way alone; may be repeated")
    chosen = parser.parse_args()
    lacking = [
        what for what, path in (("kamailio", KAMAILIO), ("sipp", SIPP), ("nats-server", NATS_SERVER)) if not path
    ]
    if lacking:
        print(f"no load: {' and '.join(lacking)} not installed")
        return 1
    print(", ".join(f"{key} {value}" for key, value in machine.describe().items()))
    print("\n| | calls | failed | of these | ran twice | median, ms | longest, ms | back after, ms |")
    print("|---|---|---|---|---|---|---|---|")
    missed = []
    for name in chosen.only or WAYS:
        with tempfile.TemporaryDirectory(prefix="kamexec-fleet-") as directory:
            missed += WAYS[name](chosen, Path(directory) / "load")
    print()
    for reason in missed:
        print(f"missed: {reason}")
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        print(f"fleet_load.py: {error}", file=sys.stderr)
        sys.exit(2)
