# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/benchmarks.md: the same figures in Markdown, with what they were measured on."""

from . import parts

_TEXT = """# Benchmarks

`{command}` wrote this page on {date} with the figures of its run. `make bench` measures your machine, and
writes its figures, also those of each round, to `build/bench/results.json`.

| | |
|---|---|
{machine}

## Against the distribution's module

Two Kamailio servers run with one SIP worker each and with the same configuration, log level and
environment. One loads the distribution's `exec.so` ("stock"), the other loads kamexec's. An INVITE with
{headers} header fields names a case and a number of calls. The script makes these calls in a loop, and
reads the time (`$TV(Sn)`) before and after the loop. The figures are therefore for whole calls: the module
expands the variables and makes the SIP environment (`setvars` is on), and the script checks the results.

"Bare" is a small program without Kamailio. It starts the program of the call with `posix_spawn(3)`, with
the same environment and no more than the one pipe that the call needs, and waits for its end.

Only one of the three is busy at a time: they make {rounds} rounds of {calls} calls, in turns, forwards and
backwards. The table has the medians of the rounds in microseconds per call, with the quartiles in brackets:

| call | stock | kamexec | bare | stock, calls/s | kamexec, calls/s | times as fast | above bare |
|---|---:|---:|---:|---:|---:|---:|---:|
{cases}

"Times as fast" is the median of stock divided by that of kamexec; the brackets have the quartiles of the
ratios of single rounds. "Above bare" is the time of kamexec beyond that of the bare spawn. The bounds are:
at least {without_shell} times as fast where no shell is needed (the first {plain} calls), at least
{with_shell} where the text needs a shell, and at most {overhead} above bare where no shell is needed.
{verdict}{failed}
The server and all processes that it started used this processor time, in microseconds per call:

| call | stock | kamexec | bare |
|---|---:|---:|---:|
{cpu}
{parts}{engine}"""

_ENGINE = """
## The engine alone

Google Benchmark measures the engine without a server, in {repetitions} interleaved repetitions.
`spawn_program` starts the program of `run_program` by a bare spawn, in the same process. `round_trip` only
sends and receives as many bytes as `call_worker`; both run on one processor.

| benchmark | median, us | standard deviation, us |
|---|---:|---:|
{rows}
"""

_FAILED = """
{call} failed {count} times under stock: in the stock module, a write to a program that has ended is a
failure. The figures include these calls.
"""


def _code(call: str) -> str:
    return "`" + call.replace("|", "\\|") + "`"


def _row(cells) -> str:
    return "| " + " | ".join(cells) + " |"


def _case(case) -> str:
    times = "{median_us:.0f} ({first_quartile_us:.0f}..{third_quartile_us:.0f})"
    ratios = "({first_quartile:.2f}..{third_quartile:.2f})"
    return _row(
        [
            _code(case["call"]),
            *(times.format(**case[name]) for name in ("stock", "ours", "bare")),
            *(f"{case[name]['calls_per_second']:.0f}" for name in ("stock", "ours")),
            f"{case['speedup']:.2f} " + ratios.format(**case["speedup_by_round"]),
            f"{case['overhead']:+.1%}",
        ]
    )


def _cpu(case) -> str:
    used = (f"{case[name]['cpu_us']:.0f}" for name in ("stock", "ours", "bare"))
    return _row([_code(case["call"]), *used])


def _verdict(figures) -> str:
    missed = [
        f"- {_code(one['call'])}: {why}" for one in figures for why in one.get("missed", ())
    ]
    return "This run missed:\n\n" + "\n".join(missed) + "\n" if missed else "This run met all bounds.\n"


def _failed(cases) -> str:
    return "".join(
        _FAILED.format(call=_code(case["call"]), count=case["stock_failed"])
        for case in cases
        if case["stock_failed"]
    )


def _part(part, figures: list, words: dict) -> str:
    rows = []
    for one in figures:
        first, *others = part.row(one)
        rows.append(_row([_code(first) if "(" in first else first, *others]))
    table = [_row(part.HEAD), "|---|" + "---:|" * (len(part.HEAD) - 1), *rows]
    return part.TEXT.format(table="\n".join(table), verdict=_verdict(figures), **words)


def _engine(results) -> str:
    if not results["engine"]:
        return ""
    rows = [
        _row([f"`{one['name']}`", f"{one['median_us']:.2f}", f"{one['deviation_us']:.2f}"])
        for one in results["engine"]
    ]
    return _ENGINE.format(repetitions=results["plan"]["repetitions"], rows="\n".join(rows))


def _machine(results) -> str:
    machine = dict(results["machine"])
    del machine["date"]
    machine["load at the beginning"] = f"{machine.pop('load'):.2f}"
    machine["some process waited for a processor"] = f"{results['waiting_for_cpu']:.0%} of the time"
    return "\n".join(_row([name, str(value)]) for name, value in machine.items())


def text(results: dict) -> str:
    """Of a run with all cases."""
    cases = results["cases"]
    plain = [case for case in cases if not case["shell"]]
    shell = [case for case in cases if case["shell"]]
    return _TEXT.format(
        command=results["command"],
        date=results["machine"]["date"],
        machine=_machine(results),
        headers=results["headers"],
        rounds=results["plan"]["rounds"],
        calls=results["plan"]["calls"],
        cases="\n".join(_case(case) for case in cases),
        without_shell=plain[0]["least_speedup"],
        with_shell=shell[0]["least_speedup"],
        overhead=f"{plain[0]['most_overhead']:.0%}",
        plain=len(plain),
        verdict=_verdict(cases),
        failed=_failed(cases),
        cpu="\n".join(_cpu(case) for case in cases),
        parts="".join(
            _part(part, results[key], parts.words(results)) for key, (part, _) in parts.PARTS.items()
        ),
        engine=_engine(results),
    )
