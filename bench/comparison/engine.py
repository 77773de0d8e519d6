# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine's microbenchmarks (Google Benchmark), where they were built."""

import json
import subprocess
from pathlib import Path

from .errors import MeasurementError

PATIENCE = 60.0  # seconds
REPETITIONS = 5

_TO_MICROSECONDS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def measure(program: Path, only: str = "-^contained/") -> list:
    """[{"name", "median_us", "deviation_us"}], by name, of those that `only` (a pattern of Google
    Benchmark) selects; empty where the program is missing. The cost of containment is a part by itself."""
    if not program.exists():
        return []
    command = [program, "--benchmark_format=json", "--benchmark_min_time=0.1", f"--benchmark_filter={only}"]
    command += [f"--benchmark_repetitions={REPETITIONS}", "--benchmark_report_aggregates_only=true"]
    command += ["--benchmark_enable_random_interleaving=true"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        raise MeasurementError(f"{program.name}: {done.stderr.strip()}")
    results = {}
    for entry in json.loads(done.stdout)["benchmarks"]:
        if entry.get("error_occurred"):
            raise MeasurementError(f"{entry['name']}: {entry.get('error_message')}")
        name = entry["run_name"].removesuffix("/real_time")
        figure = {"median": "median_us", "stddev": "deviation_us"}.get(entry["aggregate_name"])
        if figure:
            micros = entry["real_time"] * _TO_MICROSECONDS[entry["time_unit"]]
            results.setdefault(name, {"name": name})[figure] = micros
    return sorted(results.values(), key=lambda one: one["name"])
