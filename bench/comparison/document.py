# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/benchmarks.md: the same figures in Markdown, with what they were measured on."""

_TEXT = """# Benchmarks

Written by `{command}` on {date}; the figures are that run's. `make bench` measures anew, and writes
its figures, those of each round too, to `build/bench/results.json`.

| | |
|---|---|
{machine}

## Against the distribution's module

Two Kamailio servers with one SIP worker each, the same configuration, log level and environment; one
has the distribution's `exec.so` ("stock"), one has kamexec's. An INVITE of {headers} header fields
brings the name of a case and a number of calls; the script makes the calls in a loop and takes the
time (`$TV(Sn)`) before and after: whole calls, variables expanded, the SIP environment made
(`setvars` is on), results checked in the script. "Bare" is a small program that starts the same
program with `posix_spawn(3)`, with the same environment and no more than the one pipe that the call
needs, and waits for it. Only one of the three is busy at a time: {rounds} rounds of {calls} calls, in
turns, forwards and backwards. Medians of the rounds, in brackets the quartiles; microseconds for a
call:

| call | stock | kamexec | bare | stock, calls/s | kamexec, calls/s | faster | above bare |
|---|---:|---:|---:|---:|---:|---:|---:|
{cases}

"Faster" is stock's median over kamexec's; in brackets, quartiles of the single rounds' ratios. Wanted
are at least {without_shell} where no shell is needed (the first {plain}), and at least {with_shell}
where the text is a shell's; and at most {overhead} above the bare spawn where no shell is needed.
{verdict}{failed}{engine}"""

_ENGINE = """
## The engine alone

Google Benchmark, {repetitions} interleaved repetitions; `spawn_program` is the bare spawn, in the same
process.

| benchmark | median, us | standard deviation, us |
|---|---:|---:|
{rows}
"""


def _cell(figures) -> str:
    return "{median_us:.0f} ({first_quartile_us:.0f}..{third_quartile_us:.0f})".format(**figures)


def _case(case) -> str:
    call = case["call"].replace("|", "\\|")
    cells = [f"`{call}`"] + [_cell(case[name]) for name in ("stock", "ours", "bare")]
    cells += [f"{case[name]['calls_per_second']:.0f}" for name in ("stock", "ours")]
    quartiles = "({first_quartile:.2f}..{third_quartile:.2f})".format(**case["speedup_by_round"])
    cells += [f"{case['speedup']:.2f} {quartiles}", f"{case['overhead']:+.1%}"]
    return "| " + " | ".join(cells) + " |"


def _verdict(cases) -> str:
    missed = [f"- `{case['call']}`: {why}" for case in cases for why in case["missed"]]
    return "Not met in this run:\n\n" + "\n".join(missed) + "\n" if missed else "All are met.\n"


def _failed(cases) -> str:
    lines = [
        f"Stock's `{case['call']}` returned false {case['stock_failed']} times: writing to a program "
        "that has ended already is a failure there. Its time counts all the same."
        for case in cases
        if case["stock_failed"]
    ]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def _engine(results) -> str:
    if not results["engine"]:
        return ""
    rows = [
        f"| `{one['name']}` | {one['median_us']:.2f} | {one['deviation_us']:.2f} |"
        for one in results["engine"]
    ]
    return _ENGINE.format(repetitions=results["plan"]["repetitions"], rows="\n".join(rows))


def text(results: dict) -> str:
    machine = dict(results["machine"])
    date = machine.pop("date")
    machine["load"] = f"{machine['load']:.2f} (one minute's average when it began)"
    cases = results["cases"]
    plain = [case for case in cases if not case["shell"]]
    shell = [case for case in cases if case["shell"]]
    return _TEXT.format(
        command=results["command"],
        date=date,
        machine="\n".join(f"| {name} | {value} |" for name, value in machine.items()),
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
        engine=_engine(results),
    )
