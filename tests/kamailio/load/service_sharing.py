# SPDX-License-Identifier: GPL-2.0-or-later
"""A Kamailio with 16 SIP workers whose calls share four workers of kamexecd."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.config import Config
from harness.server import Server

from . import sipp
from .quantiles import quantile
from .service_changes import Changing

SIP_WORKERS, WORKERS = 16, 4

# The worker answers with its argument: each call gets its own answer, or no 480.
ROUTE = """
request_route {
    if (is_method("ACK")) { t_check_trans(); exit; }
    if (!is_method("INVITE")) { sl_send_reply("200", "Up"); exit; }
    t_newtran();
    if (exec_avp("@asked $ci", "$avp(answer)") == 1 && $avp(answer) == $ci) t_reply("480", "Done");
    else t_reply("500", "Failed: $exec(cause)");
    exit;
}
"""


@dataclass
class Shared:
    made: int
    answered: int  # with their own answer
    twice: list  # what workers were asked more than once
    workers: list  # pids of all that ever ran
    reloads: int
    restarts: int
    median_ms: float
    longest_ms: float

    @property
    def lost(self) -> int:
        return self.made - self.answered


def run(module: Path, directory: Path, rate, seconds, work_seconds=0.0, at_once=0,
        reload_every=None, restart_every=None, replace=False) -> Shared:
    """Calls by sipp, each for `work_seconds` of a worker; meanwhile the daemon changes, if it is
    told how often."""
    directory.mkdir(exist_ok=True)
    changing = Changing(directory / "daemon", activated=not replace, seconds=work_seconds)
    try:
        service = (("service", changing.daemon.socket_path),)
        # tm keeps each transaction for 5 s: 2500 of them at 500 calls a second.
        memory = ("-DD", "-m", "256")
        config = Config(request_route=ROUTE, children=SIP_WORKERS, params=service, kamailio=memory)
        server = Server(config, module, directory)
        try:
            with ThreadPoolExecutor(1) as threads:
                load = threads.submit(
                    sipp.run, directory, server.port, rate, seconds, at_once, again=True
                )
                if reload_every:
                    changing.change(seconds, reload_every, restart_every, replace)
                calls = load.result()
        finally:
            server.stop()
        asked = changing.asked()
        return Shared(
            made=calls.made,
            answered=calls.answered,
            twice=[id for id, times in asked.items() if times > 1],
            workers=changing.workers(),
            reloads=changing.reloads,
            restarts=changing.restarts,
            median_ms=quantile(calls.milliseconds, 0.5),
            longest_ms=quantile(calls.milliseconds, 1),
        )
    finally:
        changing.stop()
