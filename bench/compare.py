#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures a module against the distribution's exec.so and against the bare cost, in turns.

    bench/compare.py --module build/exec.so --build build [--check] [--write-docs]

A table goes to standard output, all figures to BUILD/bench/results.json.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from comparison import cpu, document, engine, figures, invite, machine, report
from comparison.bare_subject import BareSubject
from comparison.cases import CASES
from comparison.errors import MeasurementError
from comparison.harness import KAMAILIO, STOCK, HarnessError
from comparison.parts import measure_parts
from comparison.rounds import Plan, measure
from comparison.scene import Scene
from comparison.server_subject import ServerSubject

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--module", type=Path, required=True, help="the exec.so to measure")
    parser.add_argument("--build", type=Path, required=True, help="the build directory")
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--calls", type=int, default=Plan.calls, help="in each round")
    parser.add_argument(
        "--case", action="append", help="only this one, and no other part (may be repeated)"
    )
    parser.add_argument("--check", action="store_true", help="exit status 1 if a bound is missed")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"write {DOCUMENT.name}, if the machine is idle and the tree is a commit"
    )
    chosen = parser.parse_args()
    unknown = set(chosen.case or ()) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if chosen.write_docs and chosen.case:
        parser.error("--write-docs wants all cases")
    if chosen.write_docs and (why := machine.not_a_commit()):
        parser.error(f"--write-docs wants the figures of a commit: {why}")
    if chosen.rounds < 1 or chosen.calls < 1:
        parser.error("--rounds and --calls are counts")
    return chosen


def hindrance(module: Path) -> str:
    """Why the modules can't be compared here, or nothing."""
    if not KAMAILIO:
        return "there is no Kamailio"
    missing = [path for path in (STOCK, module) if not path.exists()]
    return f"there is no {missing[0]}" if missing else ""


def compare(module: Path, build: Path, cases, plan: Plan) -> tuple:
    """The figures of all cases, and how large the programs' environments are, in bytes."""
    with Scene() as scene:

        def serve(name, path):
            return scene.add(ServerSubject(name, path, scene.directory(), CASES))

        stock, ours = serve("stock", STOCK), serve("ours", module)
        # The bare spawn passes on what our calls do: the kernel's work is then the same for both.
        environments = {variables: ours.environment(variables) for variables in (True, False)}
        spawner = build / "bench" / "bare_spawn"
        bare = scene.add(BareSubject(spawner, environments, scene.directory()))
        series = measure([stock, ours, bare], cases, plan, progress)
        sizes = {
            one.name: {
                "sip": one.environment(True).stat().st_size,
                "plain": one.environment(False).stat().st_size,
            }
            for one in (stock, ours)
        }
    return [figures.of_case(c, series[c.name], stock.failed[c.name]) for c in cases], sizes


def progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\rround {done} ", end="", file=sys.stderr, flush=True)


def command_line() -> str:
    words = [word.replace(f"{REPOSITORY}/", "") for word in sys.argv[1:]]
    return " ".join(["bench/compare.py", *words])


def main() -> int:
    chosen = arguments()
    module = chosen.module.resolve()
    results = {"command": command_line(), "machine": machine.describe(), "cases": []}
    why = hindrance(module)
    if why:
        print(f"modules are not compared: {why}")
        if chosen.check or chosen.write_docs:
            return 1
    else:
        cases = [case for case in CASES if not chosen.case or case.name in chosen.case]
        plan = Plan(chosen.rounds, chosen.calls)
        before, begin = cpu.pressure_us(), time.monotonic()
        results["cases"], results["environment_bytes"] = compare(module, chosen.build, cases, plan)
        if not chosen.case:
            results.update(measure_parts(module, chosen.build, plan, progress))
        waited = (cpu.pressure_us() - before) / 1e6
        results["waiting_for_cpu"] = waited / (time.monotonic() - begin)
        results["headers"] = invite.header_fields()
    results["engine"] = engine.measure(chosen.build / "bench" / "engine_benchmark")
    results["plan"] = {
        "rounds": len(results["cases"][0]["ours"]["rounds_us"]) if results["cases"] else 0,
        "calls": chosen.calls,
        "repetitions": engine.REPETITIONS,
    }
    print(report.text(results))
    into = chosen.build / "bench" / "results.json"
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(json.dumps(results, indent=1) + "\n")
    if chosen.write_docs and report.was_disturbed(results):
        print(f"\n{DOCUMENT.name} is not written: its figures are to be those of an idle machine")
        return 1
    if chosen.write_docs:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(document.text(results))
    return 1 if chosen.check and report.missed(results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (MeasurementError, HarnessError, AssertionError) as error:
        print(f"compare.py: {error}", file=sys.stderr)
        sys.exit(2)
