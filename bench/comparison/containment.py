# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to keep something from a program: a run of /bin/true by the engine, in turns."""

from pathlib import Path

from . import engine

# More than a run with nothing kept, of all parts together.
MOST = 1.10
_ROWS = "contained/"
_FIRST = "nothing"
_ALL = ("strict", "strict_and_cgroup")


def measure_containment(build: Path) -> list:
    """[{"call", "median_us", "deviation_us", "times", "missed"}], the plain run first; empty where the
    engine's benchmarks were not built."""
    rows = [
        {**one, "call": one["name"].removeprefix(_ROWS)}
        for one in engine.measure(build / "bench" / "engine_benchmark", f"^{_ROWS}")
    ]
    plain = next((one["median_us"] for one in rows if one["call"] == _FIRST), None)
    for one in rows:
        one["times"] = one["median_us"] / plain
        late = one["call"] in _ALL and one["times"] > MOST
        one["missed"] = [f"{one['times']:.2f} times a plain run, more than {MOST}"] if late else []
    return sorted(rows, key=lambda one: one["median_us"])


HEAD = ("what is kept from the program", "median", "deviation", "of a plain run")


def row(one: dict) -> tuple:
    return (
        one["call"].replace("_", " "),
        f"{one['median_us']:.0f} µs",
        f"{one['deviation_us']:.0f} µs",
        f"{one['times']:.2f}",
    )


TEXT = """
### Sandboxes

The engine runs `/bin/true` with nothing kept from it, with each part of a sandbox by itself, and with all of
them, in turns. Each start puts the filter of system calls and the rules of files on again.

{table}
"""
