# SPDX-License-Identifier: GPL-2.0-or-later
"""From the times of single rounds to medians, spreads, ratios, and whether they meet the bounds."""

import statistics


def spread(series) -> dict:
    """Of one subject's measurements of a case (rounds.Series)."""
    times = series.times_us
    first, _, third = statistics.quantiles(times, n=4, method="inclusive")
    middle = statistics.median(times)
    return {
        "median_us": middle,
        "first_quartile_us": first,
        "third_quartile_us": third,
        "least_us": min(times),
        "most_us": max(times),
        "calls_per_second": 1e6 / middle,
        "cpu_us": series.cpu_us / series.calls,
        "rounds_us": times,
    }


def _by_round(above, below) -> dict:
    """How sure a ratio is: quartiles of the ratios of single rounds, taken close together."""
    first, middle, third = statistics.quantiles(
        [a / b for a, b in zip(above.times_us, below.times_us)], n=4, method="inclusive"
    )
    return {"first_quartile": first, "median": middle, "third_quartile": third}


def of_case(case, series: dict, stock_failed: int) -> dict:
    """`series`: {"stock" | "ours" | "bare": rounds.Series}. Ratios are of medians."""
    figures = {
        "name": case.name,
        "call": case.call,
        "shell": case.shell,
        "stock_failed": stock_failed,
        **{name: spread(values) for name, values in series.items()},
    }
    ours = figures["ours"]["median_us"]
    speedup = figures["stock"]["median_us"] / ours
    overhead = ours / figures["bare"]["median_us"] - 1
    figures["speedup_by_round"] = _by_round(series["stock"], series["ours"])
    figures["ours_to_bare_by_round"] = _by_round(series["ours"], series["bare"])
    figures.update(speedup=speedup, least_speedup=case.least_speedup)
    figures.update(overhead=overhead, most_overhead=case.most_overhead, missed=[])
    if speedup < case.least_speedup:
        figures["missed"].append(f"speedup {speedup:.2f}, wanted {case.least_speedup:.2f}")
    if case.most_overhead is not None and overhead > case.most_overhead:
        most = f"{case.most_overhead:.0%}"
        figures["missed"].append(f"overhead {overhead:.1%}, wanted {most} at most")
    return figures
