# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/async-load.md: the figures in Markdown, with what they were measured on."""

from . import trial

_TEXT = """<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
# A server that does not wait

Written by `make load` on {date}; the figures are that run's. Two servers in turn, each with one
SIP worker. sipp sends {rate} INVITEs a second for {seconds} s and repeats none; for each, the
script runs `{program}` and answers. kamexec's script calls `exec_avp_async`, with its default
parameters (one process for commands, 64 of them at once); the distribution's module ("stock") has
no such function, and its script calls `exec_cmd`. A call without an answer after 5 s is lost. Beside the calls an
OPTIONS goes out every 20 ms, which the script answers at once.

| | kamexec | stock |
|---|---:|---:|
{rows}

Wanted: all calls answered, the 99th percentile under 400 ms, OPTIONS in a median under 5 ms.
{verdict}

| | |
|---|---|
{machine}
"""

_ROWS = {
    "calls": lambda seen: f"{seen.made}",
    "answered": lambda seen: f"{seen.answered}",
    "lost": lambda seen: f"{seen.lost}",
    "answer, median": lambda seen: f"{seen.median_ms:.0f} ms",
    "answer, 99th percentile": lambda seen: f"{seen.p99_ms:.0f} ms",
    "answer, longest": lambda seen: f"{seen.longest_ms:.0f} ms",
    "OPTIONS": lambda seen: f"{seen.options_sent}",
    "OPTIONS lost": lambda seen: f"{seen.options_lost}",
    "OPTIONS, median": lambda seen: f"{seen.options_median_ms:.2f} ms",
    "OPTIONS, 99th percentile": lambda seen: f"{seen.options_p99_ms:.2f} ms",
}


def text(results: dict, missed: list) -> str:
    machine = dict(results["machine"])
    date = machine.pop("date")
    machine["load at the beginning"] = f"{machine.pop('load'):.2f}"
    return _TEXT.format(
        date=date,
        rate=results["rate"],
        seconds=results["seconds"],
        program=trial.PROGRAM,
        rows="\n".join(
            f"| {name} | {show(results['ours'])} | {show(results['stock'])} |"
            for name, show in _ROWS.items()
        ),
        verdict="Not met in this run: " + "; ".join(missed) + "." if missed else "All is met.",
        machine="\n".join(f"| {name} | {value} |" for name, value in machine.items()),
    )
