# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/benchmarks.md: the same figures in Markdown, with what they were measured on."""

from . import parts

_TEXT = """# Benchmarks

Written by `{command}` on {date}; the figures are that run's. `make bench` measures anew, and writes
its figures, those of each round too, to `build/bench/results.json`.

| | |
|---|---|
{machine}

## Against the distribution's module

Two Kamailio servers with one SIP worker each, the same configuration, log level and environment;
one has the distribution's `exec.so` ("stock"), one has kamexec's. An INVITE of {headers} header
fields brings the name of a case and a number of calls; the script makes the calls in a loop and
takes the time (`$TV(Sn)`) before and after: whole calls, variables expanded, the SIP environment
made (`setvars` is on), results checked in the script. "Bare" is a small program that starts the
same program with `posix_spawn(3)`, with the same environment and no more than the one pipe that the
call needs, and waits for it. Only one of the three is busy at a time: {rounds} rounds of {calls}
calls, in turns, forwards and backwards. Medians of the rounds, in brackets the quartiles, in
microseconds for a call:

| call | stock | kamexec | bare | stock, calls/s | kamexec, calls/s | faster | above bare |
|---|---:|---:|---:|---:|---:|---:|---:|
{cases}

"Faster" is stock's median over kamexec's; in brackets, quartiles of the single rounds' ratios.
Wanted are at least {without_shell} where no shell is needed (the first {plain}), and at least
{with_shell} where the text is a shell's; and at most {overhead} above the bare spawn where no shell
is needed. {verdict}{failed}
Processor time of the server and of all that it started, in microseconds for a call:

| call | stock | kamexec | bare |
|---|---:|---:|---:|
{cpu}
{parts}{engine}"""

_ENGINE = """
## The engine alone

Google Benchmark, {repetitions} interleaved repetitions. `spawn_program` is the bare spawn of what
`run_program` runs, in the same process; `round_trip` is the bare one of the bytes that `call_worker`
sends and gets, both on one processor.

| benchmark | median, us | standard deviation, us |
|---|---:|---:|
{rows}
"""

_FAILED = """
{call} failed {count} times under stock: there, writing to a program that has ended is a failure.
The time of these calls counts all the same.
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
    return "Not met in this run:\n\n" + "\n".join(missed) + "\n" if missed else "All are met.\n"


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
    machine["something waited for a processor"] = f"{results['waiting_for_cpu']:.0%} of the time"
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
