#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads a server with calls that each wait 200 ms for a program: this module's, then the
distribution's.

    tests/kamailio/load/async_load.py --module build/exec.so [--check] [--write-docs]
"""

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

KAMAILIO_TESTS = Path(__file__).resolve().parents[1]
REPOSITORY = KAMAILIO_TESTS.parents[1]
sys.path[:0] = [str(KAMAILIO_TESTS), str(REPOSITORY / "bench")]

# comparison.machine first: it makes the harness usable without pytest.
from comparison import machine  # noqa: E402
from harness.errors import HarnessError  # noqa: E402
from harness.paths import KAMAILIO, STOCK  # noqa: E402
from load import load_document, sipp, trial  # noqa: E402

DOCUMENT = REPOSITORY / "docs" / "async-load.md"
MOST_P99_MS, MOST_OPTIONS_MEDIAN_MS = 400, 5
# Above this load for each processor at the beginning, others' work would be in the figures.
MOST_LOAD = 0.5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", type=Path, required=True, help="the exec.so to load")
    parser.add_argument("--rate", type=int, default=200, help="calls a second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--check", action="store_true", help="exit status 1 if a bound is missed")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"write {DOCUMENT.name}, if the machine is idle"
    )
    return parser.parse_args()


def missed(seen: trial.Seen) -> list:
    """What was promised of the asynchronous functions and not kept."""
    reasons = []
    if seen.lost:
        reasons.append(f"{seen.lost} of {seen.made} calls were not answered")
    if not seen.p99_ms < MOST_P99_MS:
        reasons.append(f"99th percentile of {seen.p99_ms:.0f} ms, wanted: under {MOST_P99_MS}")
    if seen.options_lost:
        reasons.append(f"{seen.options_lost} OPTIONS were not answered")
    if not seen.options_median_ms < MOST_OPTIONS_MEDIAN_MS:
        reasons.append(
            f"OPTIONS in a median of {seen.options_median_ms:.2f} ms, "
            f"wanted: under {MOST_OPTIONS_MEDIAN_MS}"
        )
    return reasons


def one_trial(module: Path, chosen, asynchronous: bool) -> trial.Seen:
    with tempfile.TemporaryDirectory(prefix="kamexec-load-") as directory:
        return trial.run(module, Path(directory), chosen.rate, chosen.seconds, asynchronous)


def main() -> int:
    chosen = arguments()
    lacking = [what for what, path in (("kamailio", KAMAILIO), ("sipp", sipp.SIPP)) if not path]
    if lacking:
        print(f"no load: {' and '.join(lacking)} not installed")
        return 1
    results = {
        "machine": machine.describe(),
        "rate": chosen.rate,
        "seconds": chosen.seconds,
        "ours": one_trial(chosen.module.resolve(), chosen, asynchronous=True),
        "stock": one_trial(STOCK, chosen, asynchronous=False),
    }
    reasons = missed(results["ours"])
    for name in ("ours", "stock"):
        shown = (f"{key} {value:.6g}" for key, value in asdict(results[name]).items())
        print(f"{name}: {', '.join(shown)}")
    for reason in reasons:
        print(f"missed: {reason}")
    if chosen.write_docs:
        if results["machine"]["load"] > MOST_LOAD * results["machine"]["cpus"]:
            print(f"{DOCUMENT.name} is not written: its figures are to be an idle machine's")
            return 1
        DOCUMENT.write_text(load_document.text(results, reasons))
    return 1 if chosen.check and reasons else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        print(f"async_load.py: {error}", file=sys.stderr)
        sys.exit(2)
