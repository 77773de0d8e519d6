# SPDX-License-Identifier: GPL-2.0-or-later
"""The table that people read."""

# Share of time in which something waits for a processor that the measurement itself causes.
MOST_WAITING = 0.25

_HEAD = ("call", "stock us", "ours us", "bare us", "stock/s", "ours/s", "ratio", "wanted",
         "over bare", "wanted")

_SPREAD_HEAD = ("call", "stock us", "ours us", "bare us", "stock/ours", "ours/bare",
                "cpu: stock", "ours", "bare")


def _row(case) -> tuple:
    bound = case["most_overhead"]
    return (
        case["call"],
        *(f"{case[subject]['median_us']:.0f}" for subject in ("stock", "ours", "bare")),
        *(f"{case[subject]['calls_per_second']:.0f}" for subject in ("stock", "ours")),
        f"{case['speedup']:.2f}",
        f">= {case['least_speedup']:.2f}",
        f"{case['overhead']:+.1%}",
        f"<= {bound:.0%}" if bound is not None else "",
    )


def _table(head: tuple, rows: list) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _quartiles(case) -> tuple:
    return (case["call"],) + tuple(
        "{first_quartile_us:.0f}..{third_quartile_us:.0f} ({least_us:.0f}..{most_us:.0f})".format(
            **case[subject]
        )
        for subject in ("stock", "ours", "bare")
    ) + tuple(
        "{first_quartile:.2f}..{third_quartile:.2f}".format(**case[ratio])
        for ratio in ("speedup_by_round", "ours_to_bare_by_round")
    ) + tuple(f"{case[subject]['cpu_us']:.0f}" for subject in ("stock", "ours", "bare"))


def _notes_of_machine(results) -> list:
    waiting = results.get("waiting_for_cpu", 0)
    if waiting < MOST_WAITING:
        return []
    return [f"note: this machine had other work to do (something waited for a processor in {waiting:.0%}"
            " of the time): measure again when it is idle"]


def text(results: dict) -> str:
    parts = []
    cases = results["cases"]
    if cases:
        plan = results["plan"]
        parts.append(
            f"One SIP worker, an INVITE of {results['headers']} header fields, {plan['rounds']} rounds "
            f"of {plan['calls']} calls in turns; medians.\n"
            + _table(_HEAD, [_row(case) for case in cases])
        )
        parts.append(
            "Quartiles (least..most) of the rounds, us for a call, and of their ratios; processor time of "
            "server and programs, us for a call.\n"
            + _table(_SPREAD_HEAD, [_quartiles(case) for case in cases])
        )
    if results["engine"]:
        rows = [
            (one["name"], f"{one['median_us']:.2f}", f"{one['deviation_us']:.2f}")
            for one in results["engine"]
        ]
        parts.append("The engine alone.\n" + _table(("benchmark", "median us", "deviation"), rows))
    notes = _notes_of_machine(results) + [
        f"note: {c['stock_failed']} of stock's calls failed: {c['call']}"
        for c in cases
        if c["stock_failed"]
    ]
    if notes:
        parts.append("\n".join(notes))
    missed = [f"missed: {c['call']}: {why}" for c in cases for why in c["missed"]]
    if missed:
        parts.append("\n".join(missed))
    return "\n\n".join(parts)
