# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/async-load.md: the figures in Markdown, with what they were measured on."""

from . import trial

_TEXT = """<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
# Asynchronous calls under load

`make load` wrote this page on {date} with the figures of its run. It puts load on two servers, one after
the other, each with one SIP worker. sipp sends {rate} INVITEs per second for {seconds} s and retransmits
none. For each INVITE the script runs `{program}` and answers. With kamexec the script calls
`exec_avp_async`; the module has its default parameters (one process for commands, 64 commands at once). The
distribution's module ("stock") has no such function, so the script calls `exec_cmd`. A call is lost if
there is no answer within 5 s. Every 20 ms the test also sends an OPTIONS, which the script answers at once.

| | kamexec | stock |
|---|---:|---:|
{rows}

The bounds for kamexec are: the server answers all calls, the 99th percentile of the time to answer is below
400 ms, and the median for OPTIONS is below 5 ms. {verdict}

| | |
|---|---|
{machine}
"""

_ROWS = {
    "calls": lambda seen: f"{seen.made}",
    "answered": lambda seen: f"{seen.answered}",
    "lost": lambda seen: f"{seen.lost}",
    "time to answer, median": lambda seen: f"{seen.median_ms:.0f} ms",
    "time to answer, 99th percentile": lambda seen: f"{seen.p99_ms:.0f} ms",
    "time to answer, longest": lambda seen: f"{seen.longest_ms:.0f} ms",
    "OPTIONS": lambda seen: f"{seen.options_sent}",
    "OPTIONS lost": lambda seen: f"{seen.options_lost}",
    "OPTIONS, time to answer, median": lambda seen: f"{seen.options_median_ms:.2f} ms",
    "OPTIONS, time to answer, 99th percentile": lambda seen: f"{seen.options_p99_ms:.2f} ms",
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
        verdict="This run missed: " + "; ".join(missed) + "." if missed else "This run met all bounds.",
        machine="\n".join(f"| {name} | {value} |" for name, value in machine.items()),
    )
