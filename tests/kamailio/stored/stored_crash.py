#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether calls that kamexecd has stored are lost, whatever happens to it: kills, full disks, power cuts.

    tests/kamailio/stored/stored_crash.py --module build/exec.so [--rounds 200] [--seed N]
"""

import argparse
import random
import sys
import tempfile
import types
from pathlib import Path

KAMAILIO_TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(KAMAILIO_TESTS))
if __name__ == "__main__":  # the package itself imports pytest, for its marks
    _package = types.ModuleType("harness")
    _package.__path__ = [str(KAMAILIO_TESTS / "harness")]
    sys.modules.setdefault("harness", _package)

from harness.errors import HarnessError  # noqa: E402
from harness.paths import KAMAILIO  # noqa: E402
from load import sipp  # noqa: E402
from stored import crash, lossy_disk, power_cut  # noqa: E402
from stored.sip_calls import SipCalls  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", type=Path, required=True, help="the exec.so to load; kamexecd is beside it")
    parser.add_argument("--rounds", type=int, default=200, help="of faults, and as many of power cuts")
    parser.add_argument("--seed", type=int, default=None, help="of what happens when; random")
    return parser.parse_args()


def told(line: str) -> None:
    print(line, flush=True)


def faults(chosen, directory: Path, seed: int) -> list:
    def kamailio(socket_path):
        return SipCalls(chosen.module.resolve(), directory / "kamailio", socket_path)

    has_sip = KAMAILIO and sipp.SIPP
    outcome = crash.run(
        directory, chosen.rounds, seed, program=chosen.module.resolve().parent / "kamexecd",
        kamailio=kamailio if has_sip else None, tell=told,
    )
    happened = ", ".join(f"{name} {times}" for name, times in outcome.happened.items())
    told(f"crashes: {outcome.rounds} rounds ({happened}); {outcome.verdict}")
    if outcome.no_disk:
        told(f"crashes: the disk was not filled: {outcome.no_disk}")
    if not has_sip:
        told("crashes: without Kamailio: it or sipp is not installed")
    return outcome.verdict.wrong


def power_cuts(chosen, directory: Path, seed: int) -> list:
    why = lossy_disk.hindrance()
    if why:
        told(f"power cuts: none: {why}")
        return []
    directory.mkdir()
    program = lossy_disk.build(directory)
    wrong = []
    for synchronous in ("FULL", "OFF"):
        lost = power_cut.rows_lost(program, directory / synchronous, synchronous, 20, seed)
        told(f"power cuts: SQLite alone with synchronous={synchronous} lost {lost} committed rows in 20 cuts")
        if (lost > 0) != (synchronous == "OFF"):
            wrong.append(f"the disk proves nothing: synchronous={synchronous} lost {lost} rows")
    outcome = power_cut.run(
        program, directory / "store", chosen.rounds, seed,
        program=chosen.module.resolve().parent / "kamexecd", tell=told,
    )
    losses = outcome.losses
    moments = ", ".join(f"{name} {times}" for name, times in outcome.moments.items())
    told(
        f"power cuts: {chosen.rounds} ({moments}; {losses.writes} unsynced writes, {losses.lost} lost, {losses.torn} torn; "
        f"{losses.names} unsynced names, {losses.lost_names} lost); {outcome.verdict}"
    )
    return wrong + outcome.verdict.wrong


def main() -> int:
    chosen = arguments()
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().getrandbits(32)
    told(f"seed {seed}")
    wrong = []
    for part in (faults, power_cuts):
        with tempfile.TemporaryDirectory(prefix="kamexec-stored-") as directory:
            wrong += part(chosen, Path(directory) / "run", seed)
    for one in wrong[:50]:
        told(f"wrong: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except HarnessError as error:
        print(f"stored_crash.py: {error}", file=sys.stderr)
        sys.exit(2)
