# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables that people read on a terminal."""

from . import parts

SUBJECTS = ("stock", "ours", "bare")

# The share of time in which something waited for a processor; an idle machine stays below it.
MOST_WAITING = 0.3

_RATIOS_HEAD = (
    "call", "stock us", "kamexec us", "bare us", "stock/s", "kamexec/s", "times as fast", "bound",
    "above bare", "bound",
)  # fmt: skip
_SPREADS_HEAD = ("call", "stock us", "kamexec us", "bare us", "stock/kamexec", "kamexec/bare")
_CPU_HEAD = ("call", "stock us", "kamexec us", "bare us")


def _table(title: str, head: tuple, rows: list) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [title]
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _ratios(case) -> tuple:
    bound = case["most_overhead"]
    return (
        case["call"],
        *(f"{case[subject]['median_us']:.0f}" for subject in SUBJECTS),
        *(f"{case[subject]['calls_per_second']:.0f}" for subject in ("stock", "ours")),
        f"{case['speedup']:.2f}",
        f">= {case['least_speedup']:.2f}",
        f"{case['overhead']:+.1%}",
        f"<= {bound:.0%}" if bound is not None else "",
    )


def _spreads(case) -> tuple:
    times = "{first_quartile_us:.0f}..{third_quartile_us:.0f} ({least_us:.0f}..{most_us:.0f})"
    ratios = "{first_quartile:.2f}..{third_quartile:.2f}"
    return (
        case["call"],
        *(times.format(**case[subject]) for subject in SUBJECTS),
        *(ratios.format(**case[name]) for name in ("speedup_by_round", "ours_to_bare_by_round")),
    )


def _cpu(case) -> tuple:
    return (case["call"], *(f"{case[subject]['cpu_us']:.0f}" for subject in SUBJECTS))


def _comparison(results) -> list:
    cases, plan = results["cases"], results["plan"]
    title = (
        f"One SIP worker, an INVITE of {results['headers']} header fields, {plan['rounds']} rounds "
        f"of {plan['calls']} calls\nin turns. Medians of the rounds, for one call."
    )
    return [
        _table(title, _RATIOS_HEAD, [_ratios(case) for case in cases]),
        _table("Quartiles (least..most).", _SPREADS_HEAD, [_spreads(case) for case in cases]),
        _table(
            "Processor time for one call, of the server and all that it started.",
            _CPU_HEAD,
            [_cpu(case) for case in cases],
        ),
    ]


def _parts(results) -> list:
    return [
        _table(title, part.HEAD, [part.row(one) for one in results[key]])
        for key, (part, title) in parts.PARTS.items()
        if results.get(key)
    ]


def missed(results) -> list:
    """(call, why) for each bound that was not met."""
    cases = [(case["call"], why) for case in results["cases"] for why in case["missed"]]
    return cases + parts.missed(results)


def _engine(results) -> str:
    rows = [
        (one["name"], f"{one['median_us']:.2f}", f"{one['deviation_us']:.2f}")
        for one in results["engine"]
    ]
    return _table("The engine alone.", ("benchmark", "median us", "deviation"), rows)


def was_disturbed(results) -> bool:
    return results.get("waiting_for_cpu", 0) > MOST_WAITING


def _remarks(results) -> list:
    remarks = []
    if was_disturbed(results):
        remarks.append(
            "note: the machine was busy with other work too: something waited for a processor\n"
            f"      {results['waiting_for_cpu']:.0%} of the time. Measure again when it is idle."
        )
    for case in results["cases"]:
        if case["stock_failed"]:
            remarks.append(f"note: {case['stock_failed']} of stock's calls failed: {case['call']}")
    return remarks + [f"missed: {call}: {why}" for call, why in missed(results)]


def text(results: dict) -> str:
    tables = _comparison(results) + _parts(results) if results["cases"] else []
    if results["engine"]:
        tables.append(_engine(results))
    remarks = _remarks(results)
    if remarks:
        tables.append("\n".join(remarks))
    return "\n\n".join(tables)
