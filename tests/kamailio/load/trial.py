# SPDX-License-Identifier: GPL-2.0-or-later
"""One server with one SIP worker under load: what its callers saw."""

from dataclasses import dataclass
from pathlib import Path

from harness.config import Config
from harness.server import Server

from . import sipp
from .options_probe import OptionsProbe
from .quantiles import quantile

PROGRAM = "sleep 0.2"

ROUTE = """
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "Up"); exit; }
    if (is_method("ACK")) { t_check_trans(); exit; }
    CALL
}
"""
SYNCHRONOUS = f"""t_newtran(); exec_cmd("{PROGRAM}"); t_reply("480", "Done"); exit;"""
ASYNCHRONOUS = f"""exec_avp_async("{PROGRAM}", "DONE"); t_reply("503", "Refused"); exit;"""
MORE = """
route[DONE] { if ($exec(rc) == 1) t_reply("480", "Done"); else t_reply("500", "Failed"); }
"""


@dataclass
class Seen:
    made: int
    answered: int
    median_ms: float
    p99_ms: float
    longest_ms: float
    options_sent: int
    options_lost: int
    options_median_ms: float
    options_p99_ms: float

    @property
    def lost(self) -> int:
        return self.made - self.answered


def run(module: Path, directory: Path, rate: int, seconds: float, asynchronous: bool) -> Seen:
    """Calls by sipp, each for a program of 200 ms, and OPTIONS beside them."""
    call = ASYNCHRONOUS if asynchronous else SYNCHRONOUS
    config = Config(
        request_route=ROUTE.replace("CALL", call), more=MORE if asynchronous else "", children=1
    )
    server = Server(config, module, directory, strict=asynchronous)
    try:
        probe = OptionsProbe(server.port)
        try:
            calls = sipp.run(directory, server.port, rate, seconds)
        finally:
            probe.stop()
    finally:
        server.stop()
    return Seen(
        made=calls.made,
        answered=calls.answered,
        median_ms=quantile(calls.milliseconds, 0.5),
        p99_ms=quantile(calls.milliseconds, 0.99),
        longest_ms=quantile(calls.milliseconds, 1),
        options_sent=probe.sent,
        options_lost=probe.lost,
        options_median_ms=1000 * quantile(probe.seconds, 0.5),
        options_p99_ms=1000 * quantile(probe.seconds, 0.99),
    )
