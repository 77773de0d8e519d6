# SPDX-License-Identifier: GPL-2.0-or-later
"""After the scenes, on a terminal: the proxy goes on, and each program that runs is shown."""

import time
from pathlib import Path

import runs
import show

SEND = Path(__file__).resolve().with_name("send.py")


def serve(proxy) -> None:
    """Until interrupted (KeyboardInterrupt); returns where the server ends by itself."""
    port = proxy.server.port
    show.line()
    show.line(f"Kamailio keeps running on 127.0.0.1:{port}, UDP. Send it requests from another terminal:")
    show.line(f"  {SEND} {port} INVITE +4930123456")
    show.line(f"  {SEND} {port} INVITE '`$SIP_HF_COMMAND`' 'Command: touch /tmp/pwned'")
    show.line(f"  {SEND} {port} MESSAGE bob --body 'Lunch at one?'")
    show.line(f"its log    {proxy.server.log_path}")
    show.line(f"its tables {proxy.directory}")
    show.line("Ctrl-C ends it.")
    while proxy.server.alive():
        for run in runs.take(proxy.directory):
            show.ran(run, *(name for name in ("SIP_RURI", "SIP_HF_FROM") if name in run.variables))
        time.sleep(0.2)
    show.closing(False, "the server ended:")
    show.log(proxy.server.log_tail())
